//! Workbooks that are made here.

use std::io::Write as _;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::contract::Contract;

fn archive(files: &[(&str, String)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(*name, stored).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A text cell, or a number with the index of its style: 1 is a date, 2 an instant.
fn cell(place: &str, text: &str) -> String {
    match text.split_once('#') {
        Some((style, number)) if !style.is_empty() => format!("<c r=\"{place}\" s=\"{style}\"><v>{number}</v></c>"),
        Some((_, number)) => format!("<c r=\"{place}\"><v>{number}</v></c>"),
        None => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
    }
}

/// A workbook of Excel. Each sheet has its name, and its cells by place.
fn xlsx(sheets: &[(&str, &[(&str, &str)])]) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let numbered = || (1..).zip(sheets);
    let list: String = numbered()
        .map(|(n, (name, _))| format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>"))
        .collect();
    let links: String = numbered()
        .map(|(n, _)| {
            format!("<Relationship Id=\"rId{n}\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>")
        })
        .collect();
    let mut files = vec![
        (
            "[Content_Types].xml".to_owned(),
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned(),
        ),
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!("<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets>{list}</sheets></workbook>"),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships xmlns=\"{package}\">{links}</Relationships>"),
        ),
        (
            "xl/styles.xml".to_owned(),
            format!(
                "<styleSheet xmlns=\"{main}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
            ),
        ),
    ];
    for (n, (_, cells)) in numbered() {
        let mut rows: Vec<(String, String)> = Vec::new();
        for (place, text) in *cells {
            let row = place.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).to_owned();
            match rows.last_mut().filter(|(known, _)| *known == row) {
                Some((_, cells)) => cells.push_str(&cell(place, text)),
                None => rows.push((row, cell(place, text))),
            }
        }
        let rows: String = rows.iter().map(|(row, cells)| format!("<row r=\"{row}\">{cells}</row>")).collect();
        files.push((
            format!("xl/worksheets/sheet{n}.xml"),
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    archive(&files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect::<Vec<_>>())
}

fn expected(dataset: &str) -> Expected {
    Expected::Dataset(Contract::get().dataset(dataset).unwrap())
}

fn text(bytes: &[u8], sheet: Option<&str>, dataset: &str) -> Result<String, WorkbookError> {
    sheet_as_text(bytes, sheet, expected(dataset)).map(|text| String::from_utf8(text).unwrap())
}

const FIGURES: &[(&str, &str)] = &[
    ("B1", "Knife crime, January 2024"),
    ("B3", "Measure"),
    ("C3", "Area code"),
    ("D3", "Period"),
    ("E3", "Numerator"),
    ("B4", "knife-crime-offences"),
    ("C4", "E09000028"),
    ("D4", "1#45292"),
    ("E4", "#10"),
    ("B6", "a, \"b\""),
    ("D6", "1#45293"),
    ("E6", "#0.5"),
];

#[test]
fn cells_keep_their_places_and_dates_are_dates() {
    let read = text(&xlsx(&[("Figures", FIGURES)]), None, "published_figure").unwrap();
    assert_eq!(
        read,
        ",\"Knife crime, January 2024\",,,\n\n,Measure,Area code,Period,Numerator\n\
         ,knife-crime-offences,E09000028,2024-01,10\n\n,\"a, \"\"b\"\"\",,2024-01-02,0.5\n"
    );
    let read = text(
        &xlsx(&[("A", &[("A1", "arrival_at"), ("B1", "x"), ("A2", "2#42776.96875"), ("B2", "1#42776")])]),
        None,
        "istv_attendance",
    );
    assert_eq!(read.unwrap(), "arrival_at,x\n2017-02-10T23:15:00,2017-02-10\n");
}

#[test]
fn the_sheet_is_named_or_the_only_one_with_the_columns() {
    let notes: &[(&str, &str)] = &[("A1", "Notes"), ("A2", "Made up")];
    let book = xlsx(&[("Cover", notes), ("Data", FIGURES), ("Empty", &[])]);
    assert!(text(&book, None, "published_figure").unwrap().contains("E09000028"));
    assert_eq!(text(&book, Some(" cover "), "published_figure").unwrap(), "Notes\nMade up\n");
    let refused = text(&book, Some("Figures"), "published_figure").unwrap_err().to_string();
    assert_eq!(refused, "the workbook has no sheet `Figures`; its sheets are Cover, Data, Empty");
    let refused = text(&book, None, "crime").unwrap_err();
    assert_eq!(
        refused,
        WorkbookError::WhichSheet { many: false, sheets: ["Cover", "Data", "Empty"].map(str::to_owned).into() }
    );
    let twice = xlsx(&[("One", FIGURES), ("Two", FIGURES)]);
    let refused = text(&twice, None, "published_figure").unwrap_err().to_string();
    assert!(refused.starts_with("several of the sheets") && refused.ends_with("One, Two"), "{refused}");
}

#[test]
fn a_sheet_of_a_publisher_is_found_by_its_layout() {
    let crimes: &[(&str, &str)] = &[
        ("A1", "MajorText"),
        ("B1", "MinorText"),
        ("C1", "BoroughName"),
        ("D1", "#202404"),
        ("A2", "ROBBERY"),
        ("B2", "ROBBERY OF PERSONAL PROPERTY"),
        ("C2", "Barnet"),
        ("D2", "#67"),
    ];
    let book = xlsx(&[("Notes", &[("A1", "Read me")]), ("Data", crimes)]);
    let read = sheet_as_text(&book, None, Expected::Published).unwrap();
    assert_eq!(Source::detect(&read), Some(Source::MpsCrimeBorough));
}

#[test]
fn a_workbook_of_open_document_is_read() {
    let office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0";
    let table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0";
    let words = "urn:oasis:names:tc:opendocument:xmlns:text:1.0";
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"{office}\" xmlns:table=\"{table}\" xmlns:text=\"{words}\">\
         <office:body><office:spreadsheet><table:table table:name=\"Data\">\
         <table:table-row>{}{}{}</table:table-row><table:table-row>{}{}\
         <table:table-cell office:value-type=\"float\" office:value=\"7\"><text:p>7</text:p></table:table-cell></table:table-row>\
         <table:table-row><table:table-cell office:value-type=\"date\" office:date-value=\"2024-02-01\"><text:p>x</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"date\" office:date-value=\"2024-02-01\"><text:p>x</text:p></table:table-cell></table:table-row>\
         </table:table></office:spreadsheet></office:body></office:document-content>",
        cell("Area"),
        cell("Period"),
        cell("Numerator"),
        cell("E09000028"),
        cell("2024-01"),
    );
    let book = archive(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>".to_owned(),
        ),
        ("content.xml", content),
    ]);
    assert_eq!(
        text(&book, None, "published_figure").unwrap(),
        "Area,Period,Numerator\nE09000028,2024-01,7\n2024-02-01,2024-02,\n"
    );
}

#[test]
fn another_archive_is_no_workbook() {
    let other = archive(&[("data.csv", "area\n".to_owned())]);
    assert!(is_workbook(&other) && !is_workbook(b"area,period\n"));
    let refused = text(&other, None, "published_figure").unwrap_err();
    assert!(matches!(refused, WorkbookError::Unreadable(_)), "{refused}");
    assert!(matches!(text(b"\xd0\xcf\x11\xe0 cut short", None, "crime"), Err(WorkbookError::Unreadable(_))));
}
