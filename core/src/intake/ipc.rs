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
use arrow_ipc::reader::StreamDecoder;
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

/// What takes the batches of a stream.
pub(super) trait Sink {
    /// Takes the schema. Returns the position of the field of each column.
    fn schema(&mut self, schema: &SchemaRef) -> Result<Vec<usize>, IntakeError>;

    /// Takes the rows of a batch.
    fn batch(&mut self, columns: &[usize], batch: &RecordBatch) -> Result<(), IntakeError>;
}

impl Sink for TableBuilder {
    fn schema(&mut self, schema: &SchemaRef) -> Result<Vec<usize>, IntakeError> {
        columns(schema, self)
    }

    fn batch(&mut self, columns: &[usize], batch: &RecordBatch) -> Result<(), IntakeError> {
        self.push_batch(columns, batch)
    }
}

/// The batches of a stream in memory.
#[derive(Default)]
struct Collected {
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
}

impl Sink for Collected {
    fn schema(&mut self, schema: &SchemaRef) -> Result<Vec<usize>, IntakeError> {
        self.schema = Some(Arc::clone(schema));
        Ok(Vec::new())
    }

    fn batch(&mut self, _: &[usize], batch: &RecordBatch) -> Result<(), IntakeError> {
        self.batches.push(batch.clone());
        Ok(())
    }
}

/// The message at the start of the pending bytes.
enum Frame {
    /// So many bytes are needed.
    Partial { needed: usize },
    /// The end of the stream, of so many bytes.
    End { length: usize },
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
    pub(super) fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), IntakeError> {
        if self.ended {
            return self.check_rest(bytes);
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
                Frame::End { .. } if self.columns.is_none() => return Err(IntakeError::NoHeader),
                Frame::End { length } => {
                    self.ended = true;
                    self.check_rest(rest.get(length..).unwrap_or_default())?;
                    at = self.pending.len();
                    self.end(sink)?;
                    break;
                }
                Frame::Whole { metadata: (from, to), length } => {
                    let message = rest.get(..length).unwrap_or_default();
                    let body = message.get(to..).unwrap_or_default();
                    let about = message.get(from..to).unwrap_or_default();
                    self.allowance = inspect(about, body, self.allowance, self.limit)?;
                    if self.columns.is_none() {
                        self.columns = Some(sink.schema(&schema(about)?)?);
                    }
                    let batches = decode(&mut self.decoder, Buffer::from(message))?;
                    at += length;
                    self.take(&batches, sink)?;
                }
            }
        }
        self.pending.drain(..at);
        Ok(())
    }

    /// Checks what follows the end of the stream: nothing, or the list of the parts of a file.
    fn check_rest(&self, rest: &[u8]) -> Result<(), IntakeError> {
        let may_follow = rest.is_empty() || self.is_file == Some(true);
        if may_follow { Ok(()) } else { Err(refuse("there are bytes after the end of the stream")) }
    }

    /// Ends the content. A stream may end without an end-of-stream marker.
    pub(super) fn finish(mut self, sink: &mut impl Sink) -> Result<(), IntakeError> {
        if !self.pending.is_empty() {
            return Err(IntakeError::CutShort);
        }
        if self.columns.is_none() {
            return Err(IntakeError::NoHeader);
        }
        if self.ended { Ok(()) } else { self.end(sink) }
    }

    /// The decoder reads a message without a body when the next bytes arrive, so it gets an end-of-stream marker.
    fn end(&mut self, sink: &mut impl Sink) -> Result<(), IntakeError> {
        let batches = decode(&mut self.decoder, Buffer::from(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))?;
        self.take(&batches, sink)
    }

    fn take(&mut self, batches: &[RecordBatch], sink: &mut impl Sink) -> Result<(), IntakeError> {
        let Some(columns) = &self.columns else { return Err(IntakeError::NoHeader) };
        batches.iter().try_for_each(|batch| sink.batch(columns, batch))
    }
}

/// The position of the field of each column of a schema.
pub(super) fn columns(schema: &SchemaRef, table_builder: &mut TableBuilder) -> Result<Vec<usize>, IntakeError> {
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
        return Ok(Frame::End { length: skip + 4 });
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
        Frame::End { .. } => Err(IntakeError::NoHeader),
    }
}

/// Whether bytes are an IPC file and not a stream.
pub(super) fn is_file(bytes: &[u8]) -> bool {
    bytes.starts_with(FILE)
}

/// The batches of a whole stream or file; one without rows if it has none. They are checked as those of a submission are, so
/// they expand to no more than `limit`.
pub(crate) fn all_batches(content: &[u8], limit: usize) -> Result<Vec<RecordBatch>, IntakeError> {
    let (mut decoder, mut found) = (IpcDecoder::new(limit), Collected::default());
    decoder.push(content, &mut found)?;
    decoder.finish(&mut found)?;
    let Collected { schema, mut batches } = found;
    if batches.is_empty() {
        batches.extend(schema.map(RecordBatch::new_empty));
    }
    Ok(batches)
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
        assert!(matches!(frame(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], 1_000), Ok(Frame::End { length: 8 })));
        assert!(frame(b"ARROW1\0\0", 1_000).is_err(), "the file format");
    }

    fn written() -> Vec<u8> {
        let texts: arrow::array::ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["a", "b"]));
        let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }

    /// Bytes after the end are refused, also if they arrive with it.
    #[test]
    fn nothing_follows_the_end_of_a_stream() {
        let stream = written();
        assert_eq!(all_batches(&stream, 1_000).unwrap().len(), 1);
        let after = [stream.as_slice(), b"x"].concat();
        for length in [1, 7, stream.len(), after.len()] {
            let (mut decoder, mut found) = (IpcDecoder::new(1_000), Collected::default());
            let read = after.chunks(length).try_for_each(|chunk| decoder.push(chunk, &mut found));
            assert!(matches!(read, Err(IntakeError::Arrow { .. })), "{length}: {read:?}");
        }
    }

    /// A stream that ends before it begins has no columns, however much follows and however it arrives.
    #[test]
    fn a_stream_does_not_end_before_its_schema() {
        let ends = [&CONTINUATION[..], &[0; 4], &written()].concat();
        for content in [ends.as_slice(), &[0; 16]] {
            for length in [1, 2, 8, content.len()] {
                let (mut decoder, mut found) = (IpcDecoder::new(1_000), Collected::default());
                let read = content.chunks(length).try_for_each(|chunk| decoder.push(chunk, &mut found));
                assert!(matches!(read, Err(IntakeError::NoHeader)), "{length}: {read:?}");
            }
        }
    }

    /// To believe a length would be to reserve that much.
    #[test]
    fn no_length_in_a_stream_is_believed() {
        let stream = written();
        for at in (0..stream.len() - 8).step_by(8) {
            let mut stream = stream.clone();
            stream[at..at + 8].copy_from_slice(&0x00ff_ffff_ffff_ffff_u64.to_le_bytes());
            all_batches(&stream, 1_000).ok();
        }
    }
}
