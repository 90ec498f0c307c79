//! Tables of text, and cells in the forms of publishers: decimal commas, thousands commas, dates with the day first.

use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;

use super::finding::{SourceError, SourceFinding, SourceFindingCode};
use crate::intake::{identifier_in, quote};
use crate::period::Month;
use crate::text_table::{Notes, Row, Sink, TextError, TextTable, is_heading, trimmed};

/// A file as lines of trimmed cells.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) header: Vec<String>,
    pub(super) lines: Vec<Line>,
    stray: Vec<u64>,
    notes: Notes,
}

/// One line of data.
#[derive(Debug)]
pub(super) struct Line {
    /// Counted from 1, as a spreadsheet shows it.
    pub(super) number: u64,
    pub(super) cells: Vec<String>,
}

impl Line {
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// The headings of a file; `None` if the bytes are no table. `known` is the number of headings of a layout that a line has.
pub(super) fn headings(bytes: &[u8], known: &dyn Fn(&[&str]) -> usize) -> Option<Vec<String>> {
    /// Bytes that are looked at together.
    const PIECE: usize = 64 << 10;
    let (mut sheet, mut table) = (Reading { known, sheet: Sheet::default() }, TextTable::new());
    for piece in bytes.chunks(PIECE) {
        // Nothing is read of the lines below.
        let read = table.push(piece, &mut sheet);
        if table.has_header() {
            return Some(sheet.sheet.header);
        }
        read.ok()?;
    }
    // A line that is too short refuses the file when it is read, and not here.
    let read = table.finish(&mut sheet);
    (read.is_ok() || !sheet.sheet.header.is_empty()).then_some(sheet.sheet.header)
}

/// A sheet that is being read.
struct Reading<'a> {
    known: &'a dyn Fn(&[&str]) -> usize,
    sheet: Sheet,
}

impl Sink for Reading<'_> {
    type Error = SourceError;
    type Part = ();

    fn known_headings(&self, cells: &[&str]) -> usize {
        (self.known)(cells)
    }

    fn header(&mut self, headings: &[&str], _: u64) -> Result<(), SourceError> {
        self.sheet.header = headings.iter().map(|heading| (*heading).to_owned()).collect();
        Ok(())
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), SourceError> {
        let (line, columns) = (row.line, self.sheet.header.len());
        let mut cells: Vec<String> = row.cells().map(|cell| trimmed(cell).to_owned()).collect();
        if cells.len() < columns {
            return Err(SourceError::ShortLine { line, cells: cells.len(), columns });
        }
        if cells.drain(columns..).any(|cell| !cell.is_empty()) {
            self.sheet.stray.push(line);
        }
        self.sheet.lines.push(Line { number: line, cells });
        Ok(())
    }
}

impl From<TextError> for SourceError {
    fn from(error: TextError) -> Self {
        Self::NotATable(error.to_string())
    }
}

impl Sheet {
    /// Reads a file. `known` is the number of headings of its layout that a line has.
    pub(super) fn read(bytes: &[u8], known: &dyn Fn(&[&str]) -> usize) -> Result<Self, SourceError> {
        let (mut reading, mut table) = (Reading { known, sheet: Self::default() }, TextTable::new());
        table.push(bytes, &mut reading)?;
        reading.sheet.notes = table.finish(&mut reading)?;
        Ok(reading.sheet)
    }

    /// Position of the column with this name, without regard to case, spaces and punctuation.
    pub(super) fn column(&self, name: &str) -> Result<usize, SourceError> {
        self.column_of(&[name])
    }

    /// Position of the column with one of the names that it has had, without regard to case, spaces and punctuation. The first
    /// is the newest.
    pub(super) fn column_of(&self, names: &[&str]) -> Result<usize, SourceError> {
        let mut found = self.header.iter().enumerate().filter(|(_, column)| is_one_of(column, names));
        match (found.next(), found.count()) {
            (Some((position, _)), 0) => Ok(position),
            (first, more) => {
                let column = names.first().copied().unwrap_or_default().to_owned();
                Err(SourceError::Column { column, found: usize::from(first.is_some()) + more })
            }
        }
    }

    /// Positions of the columns with these names.
    pub(super) fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N], SourceError> {
        let mut positions = [0; N];
        for (position, name) in positions.iter_mut().zip(names) {
            *position = self.column(name)?;
        }
        Ok(positions)
    }

    /// The findings about how the file is written.
    pub(super) fn form(&self) -> Vec<SourceFinding> {
        let mut findings = Vec::new();
        if let Some(first) = self.stray.first() {
            let message = format!("{} lines have cells beyond the last named column: ignored", self.stray.len());
            findings.push(SourceFinding::line(SourceFindingCode::StrayCells, *first, message));
        }
        if self.notes.windows_1252 {
            let message = "the text is in Windows-1252, and is read so: in Excel, \"CSV UTF-8\" leaves no doubt";
            findings.push(SourceFinding::file(SourceFindingCode::Form, message));
        }
        if self.notes.above {
            let message = "the headings are in this line: what is above them is left out";
            findings.push(SourceFinding::line(SourceFindingCode::Form, self.notes.header, message));
        }
        if let Some((first, count)) = self.notes.repeated {
            let message = format!("{count} lines repeat the headings: left out");
            findings.push(SourceFinding::line(SourceFindingCode::Form, first, message));
        }
        findings
    }

    /// The count in a cell.
    pub(super) fn count(&self, line: &Line, column: usize) -> Result<i64, SourceError> {
        count(line.cell(column)).ok_or_else(|| self.wrong(line, column, "a whole number"))
    }

    /// The date in a cell.
    pub(super) fn date(&self, line: &Line, column: usize) -> Result<Date, SourceError> {
        date(line.cell(column)).ok_or_else(|| self.wrong(line, column, "a date (2018-01-31 or 31/1/2018)"))
    }

    pub(super) fn wrong(&self, line: &Line, column: usize, expected: &'static str) -> SourceError {
        SourceError::Value {
            line: line.number,
            column: self.header.get(column).cloned().unwrap_or_default(),
            value: quote::number(line.cell(column)),
            expected,
        }
    }
}

/// Whether a heading is one of these names, without regard to case, spaces and punctuation.
pub(super) fn is_one_of(heading: &str, names: &[&str]) -> bool {
    names.iter().any(|name| is_heading(heading, name))
}

/// A name of the publisher as a finding tells it. In a file with shifted columns it can be anything, so an identifier of a person
/// and a long text are told by their shape.
pub(super) fn named(text: &str) -> String {
    const LONGEST: usize = 100;
    let told = text.chars().count() <= LONGEST && identifier_in(text).is_none();
    if told { format!("`{text}`") } else { quote::shape(text) }
}

/// A whole number, with or without thousands commas, a minus sign or an empty fraction: `1,306`, `-1.0`.
pub(super) fn count(text: &str) -> Option<i64> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let mut groups = digits.split(',');
    let first = groups.next()?;
    let grouped = digits.contains(',');
    let right = !first.is_empty()
        && first.bytes().all(|byte| byte.is_ascii_digit())
        && (!grouped || first.len() <= 3)
        && groups.all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()));
    right.then(|| whole.replace(',', "").parse().ok()).flatten()
}

/// A share from 0 to 1, with a decimal point or comma.
pub(super) fn share(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',');
    let value: f64 = plain.then(|| text.replace(',', ".").parse().ok()).flatten()?;
    (0.0..=1.0).contains(&value).then_some(value)
}

/// A number of 0 or more with a decimal point: `394.5`.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain.then(|| text.parse().ok()).flatten()
}

/// A date as `2018-01-31`, or as day, month and year: `31/1/2018`. Either can be followed by midnight, as it is where a date
/// was kept as an instant.
pub(super) fn date(text: &str) -> Option<Date> {
    let text = without_midnight(text);
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let mut parts = text.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let four_digits = year.len() == 4 && parts.next().is_none();
    four_digits.then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()).flatten()
}

fn without_midnight(text: &str) -> &str {
    let Some((date, time)) = text.split_once([' ', 'T']) else { return text };
    let time =
        time.split_once('.').map_or(time, |(time, part)| if part.bytes().all(|b| b == b'0') { time } else { text });
    if matches!(time, "00:00" | "00:00:00" | "0:00" | "0:00:00") { date } else { text }
}

/// A month as `201004` or `2010-04`.
pub(super) fn month(text: &str) -> Option<Month> {
    let (year, number) = match (text.len(), text.split_once('-')) {
        (6, None) => text.split_at_checked(4)?,
        (7, Some(parts)) => parts,
        _ => return None,
    };
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    (digits(year, 4) && digits(number, 2)).then(|| Month::new(year.parse().ok()?, number.parse().ok()?)).flatten()
}

/// The first `YYYY-MM` in the name of a file.
pub(super) fn month_in_name(name: &str) -> Option<Month> {
    let name = file_name(name);
    (0..name.len()).find_map(|start| month(name.get(start..start + 7)?))
}

/// The first day `YYYY-MM-DD` in the name of a file: the day of its release.
pub(super) fn day_in_name(name: &str) -> Option<Date> {
    const LENGTH: usize = 10;
    let name = file_name(name);
    let is_digit = |at: usize| name.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let alone = |start: usize| (start == 0 || !is_digit(start - 1)) && !is_digit(start + LENGTH);
    let starts = (0..name.len()).filter(|start| alone(*start));
    starts.filter_map(|start| name.get(start..start + LENGTH)).find_map(|text| text.parse().ok())
}

/// The month in words before a year in the name of a file: `principal_offence_category_january_2014.csv`. `None` if there is
/// none, or if there are several.
pub(super) fn month_in_words(name: &str) -> Option<Month> {
    let words = file_name(name).split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    let mut months = words.windows(2).filter_map(|pair| match *pair {
        [word, year] => named_month(word, year),
        _ => None,
    });
    let month = months.next()?;
    months.all(|other| other == month).then_some(month)
}

/// A month from its English name, in full or cut to three letters, and a year of four digits.
pub(super) fn named_month(word: &str, year: &str) -> Option<Month> {
    let read = |format| BrokenDownTime::parse(format, word).ok()?.month();
    let number = read("%B").or_else(|| read("%b"))?;
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    is_year.then(|| Month::new(year.parse().ok()?, number.into())).flatten()
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The year in the name of a file: the only group of four digits that begins with 20. `None` if there is none or several.
pub(super) fn year_in_name(name: &str) -> Option<i32> {
    let name = file_name(name);
    let mut years =
        name.split(|letter: char| !letter.is_ascii_digit()).filter(|d| d.len() == 4 && d.starts_with("20"));
    let year = years.next()?;
    years.next().is_none().then(|| year.parse().ok()).flatten()
}

/// A code made of a label: lower case, with `_` between words.
pub(super) fn slug(label: &str) -> String {
    let words = label.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_publishers_write_them() {
        for (text, value) in [
            ("1,306", Some(1306)),
            ("12,345,678", Some(12_345_678)),
            ("0", Some(0)),
            ("-1.0", Some(-1)),
            ("13,06", None),
            ("1306,000", None),
            ("", None),
            ("-", None),
            ("1.5", None),
            (",100", None),
            ("1e3", None),
        ] {
            assert_eq!(count(text), value, "{text}");
        }
        assert_eq!(share("0,56").map(f64::to_bits), Some(0.56_f64.to_bits()));
        assert_eq!(share("1"), Some(1.0));
        for text in ["56", "1,01", "0,5,6", "", "-0,1", "56%", "nan"] {
            assert_eq!(share(text), None, "{text}");
        }
        assert_eq!(decimal("394.5").map(f64::to_bits), Some(394.5_f64.to_bits()));
        for text in ["", "-", ".", "-1", "1,5", "1.2.3", "1e3", "inf"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_day_first() {
        assert_eq!(date("31/3/2015").map(|date| date.to_string()).as_deref(), Some("2015-03-31"));
        assert_eq!(date("2018-01-01").map(|date| date.to_string()).as_deref(), Some("2018-01-01"));
        for midnight in ["2018-01-31 00:00:00", "2018-01-31T00:00:00.000", "31/01/2018 00:00", "31/01/2018 0:00"] {
            assert_eq!(date(midnight), date("2018-01-31"), "{midnight}");
        }
        assert_eq!(date("3/31/2015"), None);
        assert_eq!(date("31/3/15"), None);
        assert_eq!(month("201004").map(|month| month.to_string()).as_deref(), Some("2010-04"));
        assert_eq!(month("201013"), None);
        assert_eq!(month_in_name("cps/2014-01.csv").map(|month| month.to_string()).as_deref(), Some("2014-01"));
        assert_eq!(month_in_name("2014/case-outcomes.csv"), None);
        let day = |name: &str| day_in_name(name).map(|day| day.to_string());
        assert_eq!(day("2024-01-01/crime 2026-04-30 (1).csv").as_deref(), Some("2026-04-30"));
        for name in ["2026-04-30/crime.csv", "2026-04.csv", "2026-04-31.csv", "12026-04-30.csv", "2026-04-301.csv"] {
            assert_eq!(day(name), None, "{name}");
        }
        for name in [
            "2015/principal_offence_category_january_2014.csv",
            "Principal Offence Category - JAN 2014.csv",
            "january_2014_january-2014.csv",
        ] {
            assert_eq!(month_in_words(name).map(|month| month.to_string()).as_deref(), Some("2014-01"), "{name}");
        }
        for name in
            ["january-2014/outcomes.csv", "january_14.csv", "april_2014_to_march_2015.csv", "janitor_2014.csv"]
        {
            assert_eq!(month_in_words(name), None, "{name}");
        }
        assert_eq!(year_in_name("2019/prosecution-times-2018.csv"), Some(2018));
        for name in ["prosecution-times.csv", "times-2017-2018.csv", "times-201812.csv", "times-1918.csv"] {
            assert_eq!(year_in_name(name), None, "{name}");
        }
    }

    #[test]
    fn tables_are_read_whatever_their_separator() {
        let read = |bytes: &[u8]| Sheet::read(bytes, &|_| 0);
        let sheet = read(b"\xef\xbb\xbfA;B;;\r\n1;\"x;y\";;\r\n;;;\r\n2;z;;note\r\n").unwrap();
        assert_eq!(sheet.header, ["A", "B"]);
        assert_eq!(sheet.lines.len(), 2);
        assert_eq!(sheet.lines[0].cells, ["1", "x;y"]);
        assert_eq!(sheet.form()[0].line, Some(4));
        assert!(read(b"A,B\n1\n").is_err());
        assert!(read(b"").is_err());
        assert!(read(b"A,B\n\x81,1\n").is_err());
        let sheet = read(b"A,B\ncaf\xe9,1\n").unwrap();
        assert_eq!((sheet.lines[0].cell(0), sheet.form()[0].code), ("caf\u{e9}", SourceFindingCode::Form));
    }
}
