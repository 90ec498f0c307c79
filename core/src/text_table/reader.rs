//! Reads the records of a text, in chunks cut at any byte.

use csv_core::ReadRecordResult;

use super::encoding::Decoder;
use super::layout::{self, BLOCK, Layout};
use super::lines::Lines;
use super::words::trimmed;
use super::{LONGEST_RECORD, TextError};

/// What a table of text is read into.
pub(crate) trait Sink {
    /// Why the table is refused.
    type Error: From<TextError>;

    /// The number of cells that are headings of the table that is expected.
    fn known_headings(&self, cells: &[&str]) -> usize;

    /// Takes the headings, trimmed, without empty ones at the end, and their line.
    fn header(&mut self, headings: &[&str], line: u64) -> Result<(), Self::Error>;

    /// Takes a row that is not empty.
    fn row(&mut self, row: Row<'_>) -> Result<(), Self::Error>;
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
        Self { decoder: Decoder::new(), records: Records::new() }
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
    notes: Notes,
}

impl Records {
    fn new() -> Self {
        Self {
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
            notes: Notes::default(),
        }
    }

    fn push<S: Sink>(&mut self, text: &[u8], sink: &mut S) -> Result<(), S::Error> {
        let Some(start) = &mut self.start else { return self.read_text(text, sink) };
        let known = |cells: &[&str]| sink.known_headings(cells);
        if start.is_empty()
            && let Some(layout) = layout::usual(text, &known)
        {
            // The usual case: nothing is copied.
            self.begin(layout);
            return self.read_text(text, sink);
        }
        start.extend_from_slice(text);
        let full = start.len() >= BLOCK;
        let layout = layout::usual(start, &known).or_else(|| full.then(|| layout::of(start, &known)));
        let Some(layout) = layout else { return Ok(()) };
        let start = std::mem::take(start);
        self.begin(layout);
        self.read_text(&start, sink)
    }

    fn finish<S: Sink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        if let Some(start) = self.start.take() {
            let layout = layout::of(&start, &|cells: &[&str]| sink.known_headings(cells));
            self.begin(layout);
            self.read_text(&start, sink)?;
        }
        // An empty input is the end of the content for the reader.
        self.read(&[], sink, true)?;
        if self.header.is_none() { Err(TextError::Empty.into()) } else { Ok(()) }
    }

    fn begin(&mut self, layout: Layout) {
        self.start = None;
        self.layout = layout;
        self.above = layout.above;
        self.reader = csv_core::ReaderBuilder::new().delimiter(layout.separator).build();
    }

    fn read_text<S: Sink>(&mut self, text: &[u8], sink: &mut S) -> Result<(), S::Error> {
        if text.is_empty() {
            return Ok(());
        }
        if self.layout.carriage_returns {
            let ended: Vec<u8> = text.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect();
            return self.read(&ended, sink, false);
        }
        self.read(text, sink, false)
    }

    fn read<S: Sink>(&mut self, mut bytes: &[u8], sink: &mut S, at_end: bool) -> Result<(), S::Error> {
        while at_end || !bytes.is_empty() {
            let output = self.record.get_mut(self.length..).unwrap_or_default();
            let ends = self.ends.get_mut(self.fields..).unwrap_or_default();
            let (result, read, written, ended) = self.reader.read_record(bytes, output, ends);
            let ended_in_line_feed = read.checked_sub(1).and_then(|last| bytes.get(last)) == Some(&b'\n');
            bytes = bytes.get(read..).unwrap_or_default();
            self.length += written;
            self.fields += ended;
            match result {
                ReadRecordResult::InputEmpty if at_end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(()),
                ReadRecordResult::OutputFull => widen(&mut self.record, self.lines.last())?,
                ReadRecordResult::OutputEndsFull => widen(&mut self.ends, self.lines.last())?,
                ReadRecordResult::Record => self.record(sink, ended_in_line_feed)?,
            }
        }
        Ok(())
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
            self.header = Some(headings.iter().map(|heading| (*heading).to_owned()).collect());
            self.notes.header = line;
            return sink.header(headings, line);
        };
        let row = if fields > header.len() { row.without_empty_end(header.len()) } else { row };
        if repeats(header, row) {
            let (_, repeated) = self.notes.repeated.get_or_insert((line, 0));
            *repeated += 1;
            return Ok(());
        }
        sink.row(row)
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
