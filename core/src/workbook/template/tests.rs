use calamine::{Reader as _, open_workbook_auto_from_rs};

use super::*;
use crate::contract::Contract;
use crate::intake::csv_header;
use crate::workbook::{Expected, sheet_as_text};

/// Text of a part of a workbook.
fn part(workbook: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook)).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

#[test]
fn the_template_of_every_dataset_is_read_as_its_header() {
    let reference = Reference::from_seeds().unwrap();
    for dataset in Contract::get().datasets() {
        let workbook = template(dataset, &reference).unwrap();
        let text = sheet_as_text(&workbook, None, Expected::Dataset(dataset)).unwrap();
        assert_eq!(String::from_utf8(text).unwrap().trim_end(), csv_header(dataset), "{}", dataset.id);
        assert_eq!(workbook, template(dataset, &reference).unwrap(), "{}", dataset.id);
    }
}

#[test]
fn codes_are_offered_with_their_meaning() {
    let dataset = Contract::get().known_dataset("istv_attendance").unwrap();
    let workbook = template(dataset, &Reference::from_seeds().unwrap()).unwrap();
    let mut book = open_workbook_auto_from_rs(std::io::Cursor::new(workbook.as_slice())).unwrap();
    assert_eq!(book.sheet_names(), ["istv_attendance", "Codes"]);
    let codes = book.worksheet_range("Codes").unwrap();
    let rows: Vec<Vec<String>> = codes.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let first = rows.iter().position(|row| row[0] == "assault_method").unwrap();
    let last = rows.iter().rposition(|row| row[0] == "assault_method").unwrap();
    let knife = rows.iter().find(|row| row[0] == "assault_method" && row[1] == "03").unwrap();
    assert!(!knife[2].is_empty());
    let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains(&format!("<formula1>Codes!$B${}:$B${}</formula1>", first + 1, last + 1)), "{sheet}");
    let notes = part(&workbook, "xl/comments1.xml");
    assert!(notes.contains("A code of the sheet Codes."), "{notes}");
    assert!(notes.contains("2017-02-28 23:15"), "{notes}");
}
