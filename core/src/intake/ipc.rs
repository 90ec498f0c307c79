//! Rows that arrive as the bytes of an Arrow IPC stream, in chunks cut at any byte.
//!
//! An IPC file (Feather version 2) is such a stream between a mark and a list of its parts, which is not needed.
//!
//! The stream is cut into messages here, and every message is checked before it is decoded. The decoder trusts the lengths
//! in a message: a few bytes could make it reserve and fill any amount of memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::{Field, SchemaRef};
use arrow::error::ArrowError;
use arrow_ipc::convert::fb_to_schema;
use arrow_ipc::reader::{FileReader, StreamDecoder, StreamReader};
use arrow_ipc::{CompressionType, Message, MessageHeader, root_as_message};

use super::builder::read;
use super::compressed;
use super::quote;
use super::{IntakeError, TableBuilder, arrow_types, header};
use crate::contract::Dataset;

const CONTINUATION: [u8; 4] = [0xff; 4];

/// The mark at the start of a file. Zeros fill it up to a multiple of 8 or 64 bytes.
const FILE: &[u8] = b"ARROW1";

/// The state between two chunks.
#[derive(Debug)]
pub(super) struct IpcDecoder {
    decoder: StreamDecoder,
    pending: Vec<u8>,
    /// Pending bytes that the next message needs. It is looked at again only when they are there: to look at it takes as
    /// long as it has metadata, and its body can arrive byte by byte.
    needed: usize,
    columns: Option<Vec<usize>>,
    ended: bool,
    /// Whether the content is a file; `None` before its first bytes are there.
    is_file: Option<bool>,
    /// Whether the bytes that fill up the mark of a file may follow.
    in_padding: bool,
    /// Bytes that the rest of the content may expand to.
    allowance: usize,
    limit: usize,
}

/// The message at the start of the pending bytes.
enum Frame {
    /// So many bytes are needed.
    Partial { needed: usize },
    /// The end of the stream.
    End,
    /// A message: its number of bytes, prefix included, and the start and end of its metadata.
    Whole { metadata: (usize, usize), length: usize },
}

impl IpcDecoder {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            decoder: StreamDecoder::new(),
            pending: Vec::new(),
            needed: 0,
            columns: None,
            ended: false,
            is_file: None,
            in_padding: false,
            allowance: limit,
            limit,
        }
    }

    /// Reads the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8], table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        if self.ended && !bytes.is_empty() {
            // The list of the parts of a file.
            let in_file = self.is_file == Some(true);
            return if in_file { Ok(()) } else { Err(refuse("there are bytes after the end of the stream")) };
        }
        self.pending.extend_from_slice(bytes);
        if self.is_file.is_none() {
            let enough = self.pending.len() >= FILE.len();
            let begins = FILE.starts_with(&self.pending) || self.pending.starts_with(FILE);
            if begins && !enough {
                return Ok(());
            }
            (self.is_file, self.in_padding) = (Some(begins), begins);
            self.pending.drain(..if begins { FILE.len() } else { 0 });
        }
        if self.in_padding {
            let zeros = self.pending.iter().take_while(|byte| **byte == 0).count();
            self.pending.drain(..zeros);
            self.in_padding = self.pending.is_empty();
        }
        if self.pending.len() < self.needed {
            return Ok(());
        }
        let mut at = 0;
        loop {
            let rest = self.pending.get(at..).unwrap_or_default();
            match frame(rest, self.limit)? {
                Frame::Partial { needed } => {
                    self.needed = needed;
                    break;
                }
                Frame::End => {
                    self.ended = true;
                    at = self.pending.len();
                    self.end(table_builder)?;
                    break;
                }
                Frame::Whole { metadata: (from, to), length } => {
                    let message = rest.get(..length).unwrap_or_default();
                    let body = message.get(to..).unwrap_or_default();
                    let about = message.get(from..to).unwrap_or_default();
                    self.allowance = inspect(about, body, self.allowance, self.limit)?;
                    if self.columns.is_none() {
                        self.columns = Some(columns(&schema(about)?, table_builder)?);
                    }
                    let batches = decode(&mut self.decoder, Buffer::from(message))?;
                    at += length;
                    self.take(&batches, table_builder)?;
                }
            }
        }
        self.pending.drain(..at);
        Ok(())
    }

    /// Ends the content. A stream may end without an end-of-stream marker.
    pub(super) fn finish(mut self, table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        if !self.pending.is_empty() {
            return Err(IntakeError::CutShort);
        }
        if self.columns.is_none() {
            return Err(IntakeError::NoHeader);
        }
        if self.ended { Ok(()) } else { self.end(table_builder) }
    }

    /// The decoder reads a message without a body when the next bytes arrive, so it gets an end-of-stream marker.
    fn end(&mut self, table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        let batches = decode(&mut self.decoder, Buffer::from(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))?;
        self.take(&batches, table_builder)
    }

    fn take(&mut self, batches: &[RecordBatch], table_builder: &mut TableBuilder) -> Result<(), IntakeError> {
        let Some(columns) = &self.columns else { return Err(IntakeError::NoHeader) };
        batches.iter().try_for_each(|batch| table_builder.push_batch(columns, batch))
    }
}

/// The position of the field of each column of a schema.
pub(super) fn columns(schema: &SchemaRef, table_builder: &TableBuilder) -> Result<Vec<usize>, IntakeError> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let columns = table_builder.resolve(&names)?;
    let read = columns.iter().zip(schema.fields()).filter(|(position, _)| **position != header::NOT_READ);
    read.into_iter().try_for_each(|(position, field)| check_type(table_builder.dataset, *position, field))?;
    Ok(columns)
}

/// Checks that a column has a type that can be read.
pub(super) fn check_type(dataset: &'static Dataset, position: usize, column: &Field) -> Result<(), IntakeError> {
    if arrow_types::is_supported(column.data_type()) {
        return Ok(());
    }
    Err(IntakeError::ColumnType {
        column: dataset.fields.get(position).map_or("", |field| field.name.as_str()),
        expected: "text, dictionaries, numbers, dates or lists",
        got: arrow_types::name(column.data_type()),
    })
}

impl TableBuilder {
    /// Appends the rows of a record batch.
    pub(super) fn push_batch(&mut self, columns: &[usize], batch: &RecordBatch) -> Result<(), IntakeError> {
        self.admit(batch.num_rows())?;
        let row = self.rows;
        for (position, array) in columns.iter().zip(batch.columns()) {
            self.with(*position, |builder, context| read(builder, row, array, context)).transpose()?;
            self.check_text_bytes()?;
        }
        self.rows += batch.num_rows();
        Ok(())
    }
}

fn refuse(reason: impl Into<String>) -> IntakeError {
    IntakeError::Arrow { reason: reason.into() }
}

fn frame(bytes: &[u8], limit: usize) -> Result<Frame, IntakeError> {
    // Streams older than format version 0.15 have no continuation marker.
    let skip = if bytes.starts_with(&CONTINUATION) { 4 } else { 0 };
    let Some(size) = bytes.get(skip..skip + 4).and_then(|size| <[u8; 4]>::try_from(size).ok()) else {
        return Ok(Frame::Partial { needed: skip + 4 });
    };
    let size = usize::try_from(u32::from_le_bytes(size)).unwrap_or(usize::MAX);
    if size == 0 {
        return Ok(Frame::End);
    }
    let from = skip + 4;
    let to = from.saturating_add(size);
    if size > limit.min(1 << 26) {
        return Err(refuse("it begins with no message of that format"));
    }
    let Some(metadata) = bytes.get(from..to) else { return Ok(Frame::Partial { needed: to }) };
    let body = usize::try_from(message(metadata)?.bodyLength()).map_err(|_| refuse("a body of negative length"))?;
    if body > limit {
        return Err(IntakeError::TooManyBytes { limit });
    }
    let length = to + body;
    Ok(if bytes.len() < length {
        Frame::Partial { needed: length }
    } else {
        Frame::Whole { metadata: (from, to), length }
    })
}

fn message(metadata: &[u8]) -> Result<Message<'_>, IntakeError> {
    root_as_message(metadata)
        .map_err(|error| refuse(format!("a message cannot be read: {}", quote::reason(&error.to_string()))))
}

/// Checks that the buffers of a message are inside its body, and that they do not expand to more than the allowance. Returns
/// the rest of the allowance.
fn inspect(metadata: &[u8], body: &[u8], allowance: usize, limit: usize) -> Result<usize, IntakeError> {
    let message = message(metadata)?;
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|batch| batch.data()),
        MessageHeader::Schema => return Ok(allowance),
        other => return Err(refuse(format!("a message of type {other:?}"))),
    };
    let batch = batch.ok_or_else(|| refuse("a batch without its header"))?;
    let expanded = match batch.compression().map(|compression| compression.codec()) {
        None => |bytes: &[u8]| Ok(bytes.len()),
        Some(CompressionType::LZ4_FRAME) => compressed::lz4,
        Some(CompressionType::ZSTD) => compressed::zstd,
        Some(other) => return Err(refuse(format!("compressed with {other:?}: use LZ4, ZSTD or none"))),
    };
    let mut left = allowance;
    for buffer in batch.buffers().into_iter().flatten() {
        let place = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let bytes = place.and_then(|(offset, length)| body.get(offset..offset.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| refuse("a buffer lies outside its message"))?;
        let expanded = expanded(bytes).map_err(refuse)?;
        left = left.checked_sub(expanded).ok_or(IntakeError::ExpandsTooFar { limit })?;
    }
    Ok(left)
}

/// Decodes one message. The decoder can panic on inconsistent content; this is an error of the content.
fn decode(decoder: &mut StreamDecoder, mut message: Buffer) -> Result<Vec<RecordBatch>, IntakeError> {
    caught(|| {
        let mut batches = Vec::new();
        while !message.is_empty() {
            batches.extend(decoder.decode(&mut message)?);
        }
        Ok(batches)
    })
}

/// The schema in the first message of a stream.
fn schema(metadata: &[u8]) -> Result<SchemaRef, IntakeError> {
    let message = message(metadata)?;
    let schema = message.header_as_schema().ok_or_else(|| refuse("it does not begin with its schema"))?;
    caught(|| Ok(Arc::new(fb_to_schema(schema))))
}

/// The schema at the start of a whole stream.
pub(super) fn first_schema(stream: &[u8]) -> Result<SchemaRef, IntakeError> {
    match frame(stream, usize::MAX)? {
        Frame::Whole { metadata: (from, to), .. } => schema(stream.get(from..to).unwrap_or_default()),
        Frame::Partial { .. } => Err(IntakeError::CutShort),
        Frame::End => Err(IntakeError::NoHeader),
    }
}

/// Whether bytes are an IPC file and not a stream.
pub(super) fn is_file(bytes: &[u8]) -> bool {
    bytes.starts_with(FILE)
}

/// The batches of a whole file; one without rows if it has none.
pub(super) fn batches_of_file(file: &[u8]) -> Result<Vec<RecordBatch>, IntakeError> {
    caught(|| {
        let reader = FileReader::try_new(std::io::Cursor::new(file), None)?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        Ok(if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches })
    })
}

/// The batches of a whole stream; one without rows if it has none.
pub(super) fn all_batches(stream: &[u8]) -> Result<Vec<RecordBatch>, IntakeError> {
    caught(|| {
        let reader = StreamReader::try_new(stream, None)?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        Ok(if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches })
    })
}

fn caught<T>(work: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, IntakeError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(refuse(quote::reason(&error.to_string()))),
        Err(_) => Err(refuse("a message contradicts itself")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_needs_its_prefix() {
        assert!(matches!(frame(&[], 1_000), Ok(Frame::Partial { needed: 4 })));
        assert!(matches!(frame(&CONTINUATION, 1_000), Ok(Frame::Partial { needed: 8 })));
        assert!(matches!(frame(&[8, 0, 0, 0], 1_000), Ok(Frame::Partial { needed: 12 })));
        assert!(matches!(frame(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], 1_000), Ok(Frame::End)));
        assert!(frame(b"ARROW1\0\0", 1_000).is_err(), "the file format");
    }
}
