//! Tables in every form, cut anywhere.

use super::*;
use proptest::prelude::*;

/// The headings and the rows of a table, each with its line.
#[derive(Debug, Default, PartialEq)]
struct Table {
    headings: Vec<String>,
    rows: Vec<(u64, Vec<String>)>,
}

impl Sink for Table {
    type Error = TextError;
    type Part = ();

    fn leaves_out_asides(&self) -> bool {
        true
    }

    fn known_headings(&self, cells: &[&str]) -> usize {
        cells.iter().filter(|cell| ["area", "period", "count"].iter().any(|name| is_heading(cell, name))).count()
    }

    fn header(&mut self, headings: &[&str], _: u64) -> Result<(), TextError> {
        self.headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
        Ok(())
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), TextError> {
        self.rows.push((row.line, row.cells().map(|cell| trimmed(cell).to_owned()).collect()));
        Ok(())
    }
}

fn read_pieces(pieces: &[&[u8]]) -> Result<(Table, Notes), TextError> {
    let (mut table, mut reader) = (Table::default(), TextTable::new());
    pieces.iter().try_for_each(|piece| reader.push(piece, &mut table))?;
    let notes = reader.finish(&mut table)?;
    Ok((table, notes))
}

fn read(bytes: &[u8]) -> (Table, Notes) {
    let whole = read_pieces(&[bytes]).unwrap();
    for cut in 0..=bytes.len() {
        assert_eq!(read_pieces(&[&bytes[..cut], &bytes[cut..]]).unwrap(), whole, "cut at {cut}");
    }
    let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(read_pieces(&bytewise).unwrap(), whole);
    whole
}

fn rows(table: &Table) -> Vec<(u64, Vec<&str>)> {
    table.rows.iter().map(|(line, cells)| (*line, cells.iter().map(String::as_str).collect())).collect()
}

fn utf16(text: &str, big_end_first: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big_end_first { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

const PLAIN: &str = "area,period,count\nBarnet,2024-01,3\nEaling,2024-02,4\n";

#[test]
fn every_form_of_a_table_has_the_same_rows() {
    let (plain, notes) = read(PLAIN.as_bytes());
    assert_eq!(rows(&plain), [(2, vec!["Barnet", "2024-01", "3"]), (3, vec!["Ealing", "2024-02", "4"])]);
    assert_eq!(notes, Notes { header: 1, ..Notes::default() });
    let forms = [
        format!("\u{feff}{PLAIN}").into_bytes(),
        PLAIN.replace('\n', "\r\n").into_bytes(),
        PLAIN.replace('\n', "\r").into_bytes(),
        PLAIN.replace(',', ";").into_bytes(),
        PLAIN.replace(',', "\t").into_bytes(),
        PLAIN.trim_end().as_bytes().to_vec(),
        PLAIN.replace('\n', ",,\n").into_bytes(),
        PLAIN.replace("Ealing", " \u{a0}Ealing\u{a0} ").replace("count", "\u{feff}count\u{a0}").into_bytes(),
        format!("{PLAIN},,\n,,\n\n").into_bytes(),
        utf16(&format!("\u{feff}{PLAIN}"), false),
        utf16(&format!("\u{feff}{PLAIN}"), true),
        utf16(PLAIN, false),
        utf16(PLAIN, true),
    ];
    for form in forms {
        assert_eq!(
            read(&form),
            (Table { headings: plain.headings.clone(), rows: plain.rows.clone() }, notes.clone())
        );
    }
}

#[test]
fn a_declared_separator_is_no_row() {
    let (table, notes) = read(format!("sep=;\r\n{}", PLAIN.replace(',', ";")).as_bytes());
    assert_eq!(rows(&table)[0], (3, vec!["Barnet", "2024-01", "3"]));
    assert_eq!((notes.header, notes.above), (2, false));
}

#[test]
fn titles_above_the_headings_are_told() {
    let (table, notes) = read(format!("Crime by area, January,,\n\"Notes\nin lines\"\n\n{PLAIN}").as_bytes());
    assert_eq!(rows(&table)[0], (5, vec!["Barnet", "2024-01", "3"]));
    assert_eq!((notes.header, notes.above), (4, true));
}

#[test]
fn headings_that_are_repeated_are_no_row() {
    let (table, notes) = read(format!("{PLAIN}{PLAIN}area,period,count\n").as_bytes());
    assert_eq!(table.rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 5, 6]);
    assert_eq!(notes.repeated, Some((4, 2)));
}

#[test]
fn lines_are_those_of_a_spreadsheet() {
    let text = "area,period,count\n\"a\nb\",\"c\nd\",1\n\n\ne,f,2\n\"g\n\",h,3\ni,j,4";
    for text in [text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r")] {
        let (table, _) = read(text.as_bytes());
        assert_eq!(table.rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 5, 6, 7], "{text:?}");
    }
}

#[test]
fn windows_1252_is_read_and_told() {
    let (table, notes) = read(b"area,period,count\nKing\x92s \x96 caf\xe9,2024-01,3\n");
    assert_eq!(rows(&table), [(2, vec!["King\u{2019}s \u{2013} caf\u{e9}", "2024-01", "3"])]);
    assert!(notes.windows_1252);
    let (table, notes) = read(b"area,period,count\na,2024-01,caf\xe9");
    assert_eq!((rows(&table)[0].1[2], notes.windows_1252), ("caf\u{e9}", true));
    assert!(!read("area,period,count\ncafé,2024-01,3\n".as_bytes()).1.windows_1252);
    // Half of one encoding and half of another, and a byte that is no letter.
    for (mixed, position) in [(&b"area,count\n\xc3\xa9,\xe9x\n"[..], 14), (b"area,count\nx,\x81y\n", 13)] {
        assert_eq!(read_pieces(&[mixed]), Err(TextError::NotText { position }));
    }
}

#[test]
fn other_files_are_named() {
    for (bytes, kind) in [
        (&b"PK\x03\x04\x14\0\0\0"[..], "workbook (.xlsx or .ods)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook (.xls)"),
        (b"PAR1\x15\x04\x15\x10", "Parquet"),
        (b"%PDF-1.7\n", "a PDF"),
    ] {
        let refused = read_pieces(&[bytes]).unwrap_err().to_string();
        assert!(refused.contains(kind) && refused.contains(": "), "{refused}");
    }
    assert_eq!(read_pieces(&[b""]), Err(TextError::Empty));
    assert_eq!(read_pieces(&[b"\n,,\n \n"]), Err(TextError::Empty));
}

/// The first bytes that are no text are told, however the content is cut.
#[test]
fn bytes_that_are_no_text_are_placed() {
    let half = [0x00, 0xdc];
    let mut utf_16: Vec<u8> = "area,count\nx,1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = utf_16.len();
    utf_16.extend(half);
    utf_16.extend("y,2\n".encode_utf16().flat_map(u16::to_le_bytes));
    let mut windows_1252 = b"area,count\ncaf\xe9,1\n".to_vec();
    let after = windows_1252.len();
    windows_1252.extend(b"\x81,2\n");
    for (bytes, at) in [(utf_16, at), (windows_1252, after)] {
        let refused = Err(TextError::NotText { position: u64::try_from(at).unwrap() });
        for length in [1, 3, 8, bytes.len()] {
            assert_eq!(read_pieces(&bytes.chunks(length).collect::<Vec<_>>()), refused, "{length}");
        }
    }
}

#[test]
fn a_quote_that_is_not_closed_is_placed() {
    let text = format!("area,count\nx,1\n\"{}", "y".repeat(LONGEST_RECORD + 1));
    assert_eq!(read_pieces(&[text.as_bytes()]), Err(TextError::TooLong { line: 3 }));
}

proptest! {
    #[test]
    fn bytes_are_read_the_same_however_they_are_cut(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let whole = read_pieces(&[&bytes]);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([bytes.len()]);
        let pieces: Vec<&[u8]> = starts.zip(ends).map(|(start, end)| &bytes[start..end]).collect();
        prop_assert_eq!(read_pieces(&pieces), whole);
    }
}

/// A table that is also read in parts.
#[derive(Debug, Default, PartialEq)]
struct InParts {
    table: Table,
    /// Rows that came in parts.
    plain: usize,
}

impl Sink for InParts {
    type Error = TextError;
    type Part = (Vec<Vec<String>>, Taken);

    fn known_headings(&self, cells: &[&str]) -> usize {
        self.table.known_headings(cells)
    }

    fn header(&mut self, headings: &[&str], line: u64) -> Result<(), TextError> {
        self.table.header(headings, line)
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), TextError> {
        self.table.row(row)
    }

    fn leaves_out_asides(&self) -> bool {
        true
    }

    fn rows_of((rows, _): &Self::Part) -> usize {
        rows.len()
    }

    fn parts_at_once(&self) -> usize {
        3
    }

    fn read_parts(&mut self, shape: &Shape, texts: &[&[u8]]) -> Vec<Self::Part> {
        let columns = self.table.headings.len();
        let read = |text: &&[u8]| {
            let (mut scanner, mut rows, mut bytes) = (Scanner::new(shape), Vec::new(), 0);
            loop {
                let (found, more) = scanner.next(std::str::from_utf8(&text[bytes..]).unwrap());
                if more == 0 {
                    break (rows.clone(), Taken { rows: rows.len(), bytes });
                }
                bytes += more;
                let cells =
                    |row| (0..columns).map(|column| trimmed(found.column(column).get(row)).to_owned()).collect();
                rows.extend((0..found.len()).map(cells).collect::<Vec<Vec<String>>>());
            }
        };
        texts.iter().map(read).collect()
    }

    fn part(&mut self, (rows, taken): Self::Part, line: u64) -> Result<Taken, TextError> {
        self.plain += rows.len();
        self.table.rows.extend((line..).zip(rows));
        Ok(taken)
    }
}

/// The table of a text read in parts, and how many of its rows were plain.
fn read_in_parts(pieces: &[&[u8]], part: usize) -> Result<(Table, Notes, usize), TextError> {
    let (mut table, mut reader) = (InParts::default(), TextTable::with_parts_of(part));
    pieces.iter().try_for_each(|piece| reader.push(piece, &mut table))?;
    let notes = reader.finish(&mut table)?;
    Ok((table.table, notes, table.plain))
}

#[test]
fn notes_and_totals_below_the_rows_are_left_out() {
    let below = format!("{PLAIN}\nTotal,,7\nSource: a survey,,\n\"Notes:\"\n");
    let (table, notes) = read(below.as_bytes());
    assert_eq!(
        (table.rows.len(), notes.below),
        (3, Some((6, 2))),
        "a total with most cells is a row of three columns"
    );
    let wide = "area,period,count,source\nBarnet,2024-01,3,x\n";
    let (table, notes) = read(format!("{wide}\nTotal,,7,\nSource: a survey,,,\nNotes:\n").as_bytes());
    assert_eq!((table.rows.len(), notes.below), (1, Some((4, 3))));
    // Between rows they are rows, and so is a row that was cut short.
    let (table, notes) = read(format!("{wide}Total,,7,\nSource: a survey,,,\nBarnet,2024-02,3,x\nEal").as_bytes());
    assert_eq!(
        (table.rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), notes.below),
        (vec![2, 3, 4, 5, 6], None)
    );
}

#[test]
fn plain_rows_are_found_in_parts() {
    let rows: String = (1..=500).map(|row| format!("\"Bar, net\",2024-{:02},{row}\n", row % 12 + 1)).collect();
    for text in [format!("area,period,count\n{rows}"), format!("area,period,count\n{rows}").replace('\n', "\r\n")] {
        let (table, _, plain) = read_in_parts(&[text.as_bytes()], 100).unwrap();
        assert_eq!((table.rows.len(), plain), (500, 500));
        assert_eq!(table.rows[499], (501, vec!["Bar, net".to_owned(), "2024-09".to_owned(), "500".to_owned()]));
    }
    // A line that is empty, one that repeats the headings, and a cell with a line break are read one by one.
    let mixed = format!(
        "area,period,count\n{rows}\n{rows}area,period,count\n{rows}\"Bar\nnet\",2024-01,3\n{rows},,,\n{rows}"
    );
    let (table, notes, plain) = read_in_parts(&[mixed.as_bytes()], 300).unwrap();
    assert_eq!((table.rows.len(), notes.repeated), (2501, Some((1003, 1))));
    assert!(plain > 2_400, "{plain}");
    assert_eq!((&table, &notes), (&read_pieces(&[mixed.as_bytes()]).unwrap().0, &notes));
}

proptest! {
    /// Letters that begin, end and divide cells and lines, in any order.
    #[test]
    fn parts_have_no_say(
        rows in prop::collection::vec("[a1é ]{0,3}|[a1,;\" \n\r]{0,9}|\"[a1,\"\n\r]{0,4}\"|1,2,3\n|x,\"y\",z\r\n|,,\n|,,,,\n|area,period,count\n|a note,,\n|Total,,\n|x:\n", 0..60),
        header in prop::sample::select(vec!["area,period,count\n", "area,period,count\r\n", "area,,period\n", "area\n", "a;area;period\n"]),
        part in 1_usize..60,
        cuts in prop::collection::vec(0_usize..400, 0..4),
    ) {
        let text = format!("{header}{}", rows.concat());
        let bytes = text.as_bytes();
        let whole = read_pieces(&[bytes]).unwrap();
        let mut ends: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
        ends.sort_unstable();
        let pieces: Vec<&[u8]> = ends.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect();
        let (table, notes, _) = read_in_parts(&pieces, part).unwrap();
        prop_assert_eq!((table, notes), whole);
    }
}
