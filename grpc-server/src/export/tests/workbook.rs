//! The workbook: its sheets, its cells, and what it leaves out of a large release.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use super::example::example;
use super::{CORE, content, exported};
use crate::export::summary::{Measured, measures};
use crate::export::workbook::selection::{MOST, select};

/// The rows of a sheet.
fn sheet(name: &str) -> Vec<Vec<Data>> {
    let files = exported();
    let mut book = Xlsx::new(Cursor::new(content(&files, "tables.xlsx"))).unwrap();
    book.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn each_measure_has_a_sheet_after_those_that_explain() {
    let files = exported();
    let book = Xlsx::new(Cursor::new(content(&files, "tables.xlsx"))).unwrap();
    assert_eq!(book.sheet_names(), ["Cover", "Contents", "Notes", "Table_1", "Table_2", "Table_3"]);
    let contents = sheet("Contents");
    assert_eq!(contents[4], [Data::String("Table_1".into()), Data::String("Knife crime".into())]);
}

#[test]
fn a_cell_has_its_whole_number_or_shorthand() {
    let rows = sheet("Table_2");
    assert_eq!(rows[3][5], Data::String("Share".into()));
    let numbers: Vec<_> = rows[4][5..8].iter().map(|cell| cell.to_string()).collect();
    assert_eq!(numbers, ["0.6666666666666666", "0.30000000000000004", "0.9"]);
    assert_eq!(rows[5][5], Data::String("[u]".into()));
    let rows = sheet("Table_1");
    let withheld = &rows[6][5..11];
    assert!(withheld.iter().all(|cell| *cell == Data::String("[c]".into())), "{withheld:?}");
    assert!(rows[5][11].to_string().starts_with("The exchange holds a month less"), "{:?}", rows[5][11]);
    assert_eq!(rows[6][11], Data::String("None".into()));
}

#[test]
fn a_large_release_has_its_totals_in_the_workbook_and_then_the_latest() {
    let release = example(&CORE);
    let (total, broken_down) = (&release.observations[0], &release.observations[7]);
    let definition = measures(&CORE, &release.observations).unwrap()[0].definition;
    let selected = |observations| {
        let selected = select(&[Measured { definition, observations }]);
        (selected.observations[0].len(), selected.extent)
    };
    let all = selected([vec![total; MOST - 1], vec![broken_down]].concat());
    assert_eq!(all, (MOST, "The workbook has every observation of the release."));
    let (totals, extent) = selected([vec![total; MOST], vec![broken_down]].concat());
    assert!(totals == MOST && extent.starts_with("The workbook has the totals. "), "{extent}");
    // The rolling year to March is the latest; the months are of one period.
    let (march, february) = (&release.observations[4], &release.observations[3]);
    let (latest, extent) = selected([vec![february; MOST], vec![march, total]].concat());
    assert!(latest == 2 && extent.contains("latest periods"), "{extent}");
}
