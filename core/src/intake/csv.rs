//! Rows that arrive as CSV bytes, in chunks cut at any byte.
//!
//! RFC 4180 with a header row; UTF-8 with or without a byte order mark; lines may end in LF.

use csv_core::{ReadRecordResult, Reader};

use super::header::{ROW_LABELS, is_row_label};
use super::{IntakeError, TableBuilder};

/// Most bytes in one line.
const LONGEST_RECORD: usize = 1 << 20;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The state between two chunks.
pub(super) struct CsvDecoder {
    reader: Reader,
    /// The first bytes, until there are enough to recognise a byte order mark.
    start: Option<Vec<u8>>,
    utf8: Utf8,
    /// The record so far: its values without quotes, one after the other, and the end of each.
    record: Vec<u8>,
    ends: Vec<usize>,
    length: usize,
    fields: usize,
    header: Option<Vec<usize>>,
}

impl std::fmt::Debug for CsvDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CsvDecoder").field("header", &self.header).finish_non_exhaustive()
    }
}

impl CsvDecoder {
    pub(super) fn new() -> Self {
        Self {
            reader: Reader::new(),
            start: Some(Vec::new()),
            utf8: Utf8::default(),
            record: vec![0; 4_096],
            ends: vec![0; 64],
            length: 0,
            fields: 0,
            header: None,
        }
    }

    /// Reads the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8], table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        self.utf8.push(bytes)?;
        let Some(start) = &mut self.start else { return self.read(bytes, table_builder, false) };
        start.extend_from_slice(bytes);
        if start.len() < BYTE_ORDER_MARK.len() {
            return Ok(());
        }
        self.begin(table_builder)
    }

    /// Ends the content.
    pub(super) fn finish(mut self, table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        self.utf8.finish()?;
        self.begin(table_builder)?;
        // An empty input is the end of the content for the reader.
        self.read(&[], table_builder, true)?;
        if self.header.is_none() { Err(IntakeError::NoHeader) } else { Ok(()) }
    }

    fn begin(&mut self, table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        let Some(start) = self.start.take() else { return Ok(()) };
        let start = start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&start);
        if start.is_empty() { Ok(()) } else { self.read(start, table_builder, false) }
    }

    fn read(&mut self, mut bytes: &[u8], table_builder: &mut TableBuilder, at_end: bool) -> Result<(), IntakeError> {
        while at_end || !bytes.is_empty() {
            let output = self.record.get_mut(self.length..).unwrap_or_default();
            let ends = self.ends.get_mut(self.fields..).unwrap_or_default();
            let (result, read, written, ended) = self.reader.read_record(bytes, output, ends);
            bytes = bytes.get(read..).unwrap_or_default();
            self.length += written;
            self.fields += ended;
            match result {
                ReadRecordResult::InputEmpty if at_end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(()),
                ReadRecordResult::OutputFull => self.widen(table_builder.rows)?,
                ReadRecordResult::OutputEndsFull => {
                    let fields = self.ends.len();
                    if fields >= LONGEST_RECORD {
                        return Err(too_long(table_builder.rows));
                    }
                    self.ends.resize(fields * 2, 0);
                }
                ReadRecordResult::Record => self.record(table_builder)?,
            }
        }
        Ok(())
    }

    fn widen(&mut self, rows: usize) -> Result<(), IntakeError> {
        let length = self.record.len();
        if length >= LONGEST_RECORD {
            return Err(too_long(rows));
        }
        self.record.resize(length * 2, 0);
        Ok(())
    }

    fn record(&mut self, table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        let (length, fields) = (std::mem::take(&mut self.length), std::mem::take(&mut self.fields));
        let ends = self.ends.get(..fields).unwrap_or_default();
        // All content is checked to be UTF-8, and the reader removes only ASCII.
        let text = std::str::from_utf8(self.record.get(..length).unwrap_or_default());
        let text = text.map_err(|_| IntakeError::NotUtf8 { position: self.utf8.position })?;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let values = starts.zip(ends).map(|(start, end)| text.get(start..*end).unwrap_or_default());
        match &self.header {
            Some(header) => table_builder.push_texts(header, fields, values),
            None => {
                let names: Vec<&str> = values.collect();
                self.header = Some(table_builder.resolve(&names)?);
                Ok(())
            }
        }
    }
}

fn too_long(rows: usize) -> IntakeError {
    IntakeError::RecordTooLong {
        row: u64::try_from(rows).unwrap_or(u64::MAX).saturating_add(1),
        limit: LONGEST_RECORD,
    }
}

impl TableBuilder {
    /// Appends one row of texts. `header` has the field of each text.
    fn push_texts<'t>(
        &mut self,
        header: &[usize],
        fields: usize,
        values: impl Iterator<Item = &'t str>,
    ) -> Result<(), IntakeError> {
        self.admit(1)?;
        let row = self.rows;
        self.rows += 1;
        if fields != header.len() {
            self.ragged(row, header.len(), fields);
            return Ok(());
        }
        for (position, value) in header.iter().zip(values) {
            if *position == ROW_LABELS && !is_row_label(value) {
                return Err(IntakeError::NoHeading);
            }
            self.with(*position, |builder, context| builder.text(row, value, context));
        }
        if row.is_multiple_of(1_024) { self.check_text_bytes() } else { Ok(()) }
    }
}

/// Checks that bytes are UTF-8, in chunks cut at any byte.
#[derive(Debug, Default)]
struct Utf8 {
    /// Bytes checked.
    position: u64,
    /// The first bytes of a character that is not complete.
    open: Vec<u8>,
}

impl Utf8 {
    fn push(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        let mut rest = bytes;
        while let (false, Some((first, after))) = (self.open.is_empty(), rest.split_first()) {
            self.open.push(*first);
            rest = after;
            match std::str::from_utf8(&self.open) {
                Ok(_) => {
                    self.position += count(self.open.len());
                    self.open.clear();
                }
                Err(error) if error.error_len().is_some() => return self.finish(),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(rest) {
            Ok(_) => self.position += count(rest.len()),
            Err(error) => {
                self.position += count(error.valid_up_to());
                if error.error_len().is_some() {
                    return Err(IntakeError::NotUtf8 { position: self.position });
                }
                self.open.extend_from_slice(rest.get(error.valid_up_to()..).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), IntakeError> {
        if self.open.is_empty() { Ok(()) } else { Err(IntakeError::NotUtf8 { position: self.position }) }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The column names of a dataset as a CSV header line, without the end of the line.
#[must_use]
pub fn csv_header(dataset: &crate::contract::Dataset) -> String {
    let names: Vec<&str> = dataset.submitted().map(|field| field.name.as_str()).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_checked_across_cuts() {
        let text = "crime_ref,é€𝄞\n".as_bytes();
        for cut in 0..=text.len() {
            let mut utf8 = Utf8::default();
            utf8.push(&text[..cut]).unwrap();
            utf8.push(&text[cut..]).unwrap();
            utf8.finish().unwrap();
        }
        let mut wrong = Utf8::default();
        wrong.push(b"ab\xc3").unwrap();
        assert!(matches!(wrong.push(b"c"), Err(IntakeError::NotUtf8 { position: 2 })));
        let mut wrong = Utf8::default();
        assert!(matches!(wrong.push(b"abc\xff"), Err(IntakeError::NotUtf8 { position: 3 })));
    }
}
