//! Reads the records of a text, in chunks cut at any byte.

use std::sync::Arc;

use csv_core::ReadRecordResult;

use super::encoding::Decoder;
use super::layout::{self, BLOCK, Layout};
use super::lines::Lines;
use super::plain::{FEWEST_COLUMNS, Shape};
use super::words::{is_total, trimmed};
use super::{LONGEST_RECORD, TextError};

/// How a text is divided into parts.
#[derive(Clone, Copy, Debug)]
struct Division {
    /// Bytes of a part, to which its last row is added.
    part: usize,
    /// Fewest bytes in which plain rows are looked for.
    worthwhile: usize,
}

const DIVISION: Division = Division { part: 1 << 18, worthwhile: 1 << 12 };

/// Most rows that are read one by one before plain rows are looked for again.
const PATIENCE: usize = 1 << 10;

/// What a table of text is read into.
pub(crate) trait Sink {
    /// Why the table is refused.
    type Error: From<TextError>;

    /// The rows of a part of a text, read by themselves. A sink that takes all rows one by one has none.
    type Part;

    /// The number of cells that are headings of the table that is expected.
    fn known_headings(&self, cells: &[&str]) -> usize;

    /// Takes the headings, trimmed, without empty ones at the end, and their line.
    fn header(&mut self, headings: &[&str], line: u64) -> Result<(), Self::Error>;

    /// Takes a row that is not empty.
    fn row(&mut self, row: Row<'_>) -> Result<(), Self::Error>;

    /// Whether lines with notes and totals below the rows are left out, as those above the headings are.
    fn leaves_out_asides(&self) -> bool {
        false
    }

    /// Most parts that are read at a time; 0 if all rows are taken one by one.
    fn parts_at_once(&self) -> usize {
        0
    }

    /// Reads the plain rows at the start of each of some texts, in any order, and takes none of them. Whether a text begins with
    /// a row is not known yet.
    fn read_parts(&mut self, _shape: &Shape, _texts: &[&[u8]]) -> Vec<Self::Part> {
        Vec::new()
    }

    /// Number of rows of a part.
    fn rows_of(_part: &Self::Part) -> usize {
        0
    }

    /// Takes the rows of a part, after all rows before it. `line` is the line of its first row.
    fn part(&mut self, _part: Self::Part, _line: u64) -> Result<Taken, Self::Error> {
        Ok(Taken::default())
    }
}

/// What was taken of a part.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// Number of rows. Each is one line.
    pub(crate) rows: usize,
    /// The bytes of these rows.
    pub(crate) bytes: usize,
}

/// One row. Its cells are not trimmed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    text: &'a str,
    ends: &'a [usize],
    /// The line, as a spreadsheet shows it.
    pub(crate) line: u64,
}

impl<'a> Row<'a> {
    /// Number of cells. Cells without content beyond the headings do not count.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cells.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (text, ends) = (self.text, self.ends);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(ends).map(move |(start, end)| text.get(start..*end).unwrap_or_default())
    }

    /// Whether no cell has content.
    fn is_empty(&self) -> bool {
        self.text.is_empty() || trimmed(self.text).is_empty()
    }

    /// The row without cells beyond `columns` that have no content.
    fn without_empty_end(self, columns: usize) -> Self {
        let start = columns.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
        let beyond = self.text.get(start..).unwrap_or_default();
        if trimmed(beyond).is_empty() {
            return Self { text: self.text, ends: self.ends.get(..columns).unwrap_or(self.ends), line: self.line };
        }
        self
    }
}

/// What of a text is not in the usual form, and was read or left out all the same.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Notes {
    /// Whether the text is in Windows-1252.
    pub(crate) windows_1252: bool,
    /// The line of the headings.
    pub(crate) header: u64,
    /// Whether there is content above the headings.
    pub(crate) above: bool,
    /// The first line that repeats the headings, and the number of such lines.
    pub(crate) repeated: Option<(u64, u64)>,
    /// The first line below the rows with a note or a total, and the number of such lines.
    pub(crate) below: Option<(u64, u64)>,
}

/// The reader of a table of text. Its state between two chunks is a part of a record.
pub(crate) struct TextTable {
    decoder: Decoder,
    records: Records,
}

impl std::fmt::Debug for TextTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextTable").field("header", &self.records.header).finish_non_exhaustive()
    }
}

impl TextTable {
    pub(crate) fn new() -> Self {
        Self { decoder: Decoder::new(), records: Records::new(DIVISION) }
    }

    /// A reader that looks for plain rows in parts of some bytes.
    #[cfg(test)]
    pub(super) fn with_parts_of(part: usize) -> Self {
        Self { records: Records::new(Division { part, worthwhile: 1 }), ..Self::new() }
    }

    /// Reads the next bytes.
    pub(crate) fn push<S: Sink>(&mut self, bytes: &[u8], sink: &mut S) -> Result<(), S::Error> {
        let records = &mut self.records;
        self.decoder.push(bytes, &mut |text: &[u8]| records.push(text, sink))
    }

    /// Ends the content.
    pub(crate) fn finish<S: Sink>(mut self, sink: &mut S) -> Result<Notes, S::Error> {
        let records = &mut self.records;
        self.decoder.finish(&mut |text: &[u8]| records.push(text, sink))?;
        records.finish(sink)?;
        Ok(Notes { windows_1252: self.decoder.is_windows_1252(), ..self.records.notes })
    }

    /// Whether the headings have been read.
    pub(crate) fn has_header(&self) -> bool {
        self.records.header.is_some()
    }
}

/// The records of a text in UTF-8.
struct Records {
    division: Division,
    /// The first text, until its layout is known.
    start: Option<Vec<u8>>,
    layout: Layout,
    reader: csv_core::Reader,
    /// The record so far: its cells without quotes, one after the other, and the end of each.
    record: Vec<u8>,
    ends: Vec<usize>,
    length: usize,
    fields: usize,
    lines: Lines,
    /// Records above the headings that are still to come.
    above: usize,
    header: Option<Vec<String>>,
    /// How plain rows look, once the headings are known.
    shape: Option<Arc<Shape>>,
    /// Whether a record is under way.
    within: bool,
    /// Whether the last record ended in a carriage return, whose line feed may follow.
    returned: bool,
    /// Lines that are left out if no row follows: their texts, the ends of their cells, and their numbers.
    asides: Vec<Aside>,
    notes: Notes,
}

impl Records {
    fn new(division: Division) -> Self {
        Self {
            division,
            start: Some(Vec::new()),
            layout: Layout { separator: b',', above: 0, declared: false, carriage_returns: false },
            reader: csv_core::Reader::new(),
            record: vec![0; 4_096],
            ends: vec![0; 64],
            length: 0,
            fields: 0,
            lines: Lines::default(),
            above: 0,
            header: None,
            shape: None,
            within: false,
            returned: false,
            asides: Vec::new(),
            notes: Notes::default(),
        }
    }

    fn push<S: Sink>(&mut self, text: &[u8], sink: &mut S) -> Result<(), S::Error> {
        let Some(start) = &mut self.start else { return self.read_text(text, sink) };
        // What is beyond the block has no say, so that it does not matter where the text is cut.
        let (more, rest) = text.split_at_checked(BLOCK.saturating_sub(start.len())).unwrap_or((text, &[]));
        let known = |cells: &[&str]| sink.known_headings(cells);
        if start.is_empty()
            && let Some(layout) = layout::usual(more, &known)
        {
            // The usual case: nothing is copied.
            self.begin(layout);
            return self.read_text(text, sink);
        }
        start.extend_from_slice(more);
        let full = start.len() >= BLOCK;
        let layout = layout::usual(start, &known).or_else(|| full.then(|| layout::of(start, &known)));
        let Some(layout) = layout else { return Ok(()) };
        let start = std::mem::take(start);
        self.begin(layout);
        self.read_text(&start, sink)?;
        self.read_text(rest, sink)
    }

    fn finish<S: Sink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        if let Some(start) = self.start.take() {
            let layout = layout::of(&start, &|cells: &[&str]| sink.known_headings(cells));
            self.begin(layout);
            self.read_text(&start, sink)?;
        }
        // An empty input is the end of the content for the reader.
        self.read(&[], sink, usize::MAX, true)?;
        let count = u64::try_from(self.asides.len()).unwrap_or(u64::MAX);
        self.notes.below = self.asides.first().map(|(.., line)| (*line, count));
        if self.header.is_none() { Err(TextError::Empty.into()) } else { Ok(()) }
    }

    fn begin(&mut self, layout: Layout) {
        self.start = None;
        self.layout = layout;
        self.above = layout.above;
        self.reader = csv_core::ReaderBuilder::new().delimiter(layout.separator).build();
    }

    fn read_text<S: Sink>(&mut self, text: &[u8], sink: &mut S) -> Result<(), S::Error> {
        if self.layout.carriage_returns {
            let ended: Vec<u8> = text.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect();
            return self.read_rows(&ended, sink);
        }
        self.read_rows(text, sink)
    }

    /// Reads a text: its plain rows in parts, and the others one by one.
    fn read_rows<S: Sink>(&mut self, text: &[u8], sink: &mut S) -> Result<(), S::Error> {
        let mut rest = text;
        while !rest.is_empty() {
            let shape =
                self.shape.clone().filter(|_| rest.len() >= self.division.worthwhile && sink.parts_at_once() > 0);
            rest = match shape {
                Some(shape) => self.read_parts(rest, &shape, sink)?,
                // The records up to the headings, or all.
                None => self.read(rest, sink, if self.header.is_none() { 1 } else { usize::MAX }, false)?,
            };
        }
        Ok(())
    }

    /// Reads some parts of a text, all at once. Each is taken to begin with a row. Where it does not, because a cell has a line
    /// break, its rows are read again one by one. So the rows are the same for any parts. Returns what follows the parts.
    fn read_parts<'t, S: Sink>(&mut self, text: &'t [u8], shape: &Shape, sink: &mut S) -> Result<&'t [u8], S::Error> {
        let text = if self.within { self.read(text, sink, 1, false)? } else { text };
        let mut rest = self.end_line(text, sink)?;
        let mut parts = Vec::new();
        while !rest.is_empty() && parts.len() < sink.parts_at_once() {
            let (part, after) = cut(rest, self.division.part);
            parts.push(part);
            rest = after;
        }
        let read = sink.read_parts(shape, &parts);
        for (text, part) in parts.iter().zip(read) {
            let mut bytes = 0;
            if !self.within {
                bytes = self.take_part(part, sink)?;
            }
            self.read_rest(text.get(bytes..).unwrap_or_default(), shape, sink)?;
        }
        Ok(rest)
    }

    /// Reads the rest of a part: rows that are not plain, and plain rows between them.
    fn read_rest<S: Sink>(&mut self, text: &[u8], shape: &Shape, sink: &mut S) -> Result<(), S::Error> {
        let mut rest = text;
        // Where few rows are plain, they are seldom looked for.
        let mut patience = 1;
        while !rest.is_empty() {
            rest = self.read(rest, sink, patience, false)?;
            if self.within || rest.len() < self.division.worthwhile {
                continue;
            }
            rest = self.end_line(rest, sink)?;
            let mut found = 0;
            for part in sink.read_parts(shape, &[rest]) {
                found = self.take_part(part, sink)?;
            }
            rest = rest.get(found..).unwrap_or_default();
            patience = if found >= self.division.worthwhile { 1 } else { PATIENCE.min(patience * 2) };
        }
        Ok(())
    }

    /// Takes a part that begins with a row. Returns its bytes.
    fn take_part<S: Sink>(&mut self, part: S::Part, sink: &mut S) -> Result<usize, S::Error> {
        if S::rows_of(&part) > 0 {
            hand_on(std::mem::take(&mut self.asides), sink)?;
        }
        let read = self.reader.line();
        let Taken { rows, bytes } = sink.part(part, self.lines.following(read))?;
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.lines.skip(read, rows);
        self.reader.set_line(read + rows);
        Ok(bytes)
    }

    /// Reads the line feed of a record that ended in a carriage return.
    fn end_line<'t, S: Sink>(&mut self, text: &'t [u8], sink: &mut S) -> Result<&'t [u8], S::Error> {
        match text.split_at_checked(1) {
            Some((feed, rest)) if self.returned && feed == b"\n" => {
                self.read(feed, sink, 1, false)?;
                Ok(rest)
            }
            _ => Ok(text),
        }
    }

    /// Reads up to `most` records. Returns what follows them.
    fn read<'t, S: Sink>(
        &mut self,
        mut bytes: &'t [u8],
        sink: &mut S,
        mut most: usize,
        at_end: bool,
    ) -> Result<&'t [u8], S::Error> {
        while most > 0 && (at_end || !bytes.is_empty()) {
            let output = self.record.get_mut(self.length..).unwrap_or_default();
            let ends = self.ends.get_mut(self.fields..).unwrap_or_default();
            let (result, read, written, ended) = self.reader.read_record(bytes, output, ends);
            let (done, rest) = bytes.split_at_checked(read).unwrap_or((bytes, &[]));
            bytes = rest;
            self.length += written;
            self.fields += ended;
            match result {
                ReadRecordResult::InputEmpty if at_end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {
                    // Empty lines are between records.
                    self.within |= !done.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
                    self.returned &= done.is_empty();
                }
                ReadRecordResult::OutputFull => {
                    self.within = true;
                    widen(&mut self.record, self.lines.last())?;
                }
                ReadRecordResult::OutputEndsFull => {
                    self.within = true;
                    widen(&mut self.ends, self.lines.last())?;
                }
                ReadRecordResult::Record => {
                    self.within = false;
                    self.returned = done.last() == Some(&b'\r');
                    self.record(sink, done.last() == Some(&b'\n'))?;
                    most -= 1;
                }
            }
            if result == ReadRecordResult::End {
                break;
            }
        }
        Ok(bytes)
    }

    #[inline]
    fn record<S: Sink>(&mut self, sink: &mut S, ended_in_line_feed: bool) -> Result<(), S::Error> {
        let (length, fields) = (std::mem::take(&mut self.length), std::mem::take(&mut self.fields));
        let record = self.record.get(..length).unwrap_or_default();
        let ends = self.ends.get(..fields).unwrap_or_default();
        let line = self.lines.next(self.reader.line(), record, ended_in_line_feed);
        // The decoder hands on only UTF-8, and the reader removes only ASCII.
        let text = std::str::from_utf8(record).map_err(|_| TextError::NotText { position: 0 })?;
        let row = Row { text, ends, line };
        if self.above > 0 {
            let is_declaration = self.layout.declared && self.above == self.layout.above;
            self.notes.above |= !is_declaration && !row.is_empty();
            self.above -= 1;
            return Ok(());
        }
        if row.is_empty() {
            return Ok(());
        }
        let Some(header) = &self.header else {
            let headings: Vec<&str> = row.cells().map(trimmed).collect();
            let named = headings.iter().rposition(|heading| !heading.is_empty()).map_or(0, |last| last + 1);
            let headings = headings.get(..named).unwrap_or_default();
            let header: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
            self.shape = Shape::new(self.layout.separator, &header).map(Arc::new);
            self.header = Some(header);
            self.notes.header = line;
            return sink.header(headings, line);
        };
        let row = if fields > header.len() { row.without_empty_end(header.len()) } else { row };
        if repeats(header, row) {
            let (_, repeated) = self.notes.repeated.get_or_insert((line, 0));
            *repeated += 1;
            return Ok(());
        }
        if sink.leaves_out_asides() && self.asides.len() < MOST_ASIDES && is_aside(row, header.len()) {
            self.asides.push((row.text.to_owned(), row.ends.to_vec(), row.line));
            return Ok(());
        }
        hand_on(std::mem::take(&mut self.asides), sink)?;
        sink.row(row)
    }
}

/// A line that is perhaps no row: its text, the ends of its cells, and its number.
type Aside = (String, Vec<usize>, u64);

/// Hands lines on as rows after all, because a row follows.
fn hand_on<S: Sink>(asides: Vec<Aside>, sink: &mut S) -> Result<(), S::Error> {
    asides.iter().try_for_each(|(text, ends, line)| sink.row(Row { text, ends, line: *line }))
}

/// Most lines below the rows that are left out.
const MOST_ASIDES: usize = 1 << 6;

/// Whether a line has a note or a total and not a row: one cell with several words, or the word for a total and little else. A
/// row that was cut short is none.
fn is_aside(row: Row<'_>, columns: usize) -> bool {
    let mut cells = row.cells().map(trimmed).filter(|cell| !cell.is_empty());
    let Some(first) = cells.next() else { return false };
    if columns < FEWEST_COLUMNS {
        return false;
    }
    match cells.next() {
        None => first.contains(' ') || first.ends_with(':') || is_total(first),
        // The first two cells and the others.
        Some(_) => is_total(first) && (2 + cells.count()) * 2 <= columns,
    }
}

/// The first part of a text, which ends in a line feed, and the rest.
fn cut(text: &[u8], part: usize) -> (&[u8], &[u8]) {
    let beyond = text.get(part..).unwrap_or_default();
    match memchr::memchr(b'\n', beyond) {
        Some(at) => text.split_at_checked(part + at + 1).unwrap_or((text, &[])),
        None => (text, &[]),
    }
}

/// Whether a row has the headings again: files that were put together repeat them.
#[inline]
fn repeats(header: &[String], row: Row<'_>) -> bool {
    let same = |(cell, heading): (&str, &String)| trimmed(cell) == heading;
    // Most rows differ in the first cell.
    row.cells().zip(header).all(same) && row.len() == header.len()
}

fn widen<T: Clone + Default>(room: &mut Vec<T>, line: u64) -> Result<(), TextError> {
    if room.len() >= LONGEST_RECORD {
        return Err(TextError::TooLong { line: line + 1 });
    }
    room.resize(room.len() * 2, T::default());
    Ok(())
}
