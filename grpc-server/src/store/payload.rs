//! Encodes rows for the store: an Arrow IPC stream of canonical columns in one LZ4 frame.
//!
//! A frame for each column, as Arrow itself compresses, took a fifth of the time of a start after many small submissions: a
//! decoder fills its memory with zeros before it is used. Such payloads of earlier versions are still read.
//!
//! Areas and open codes are stored as numbers, which are stable only within one version of the reference data. So the
//! metadata of each such field lists the codes of the numbers used, and decoding translates them to the current
//! numbers.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{
    DataType, Field as ArrowField, Float64Type, Int32Type, Schema, SchemaRef, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::error::ArrowError;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use lz4_flex::frame::{BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use peelian_core::column::{Batch, Column, MISSING_DATE, to_arrow};
use peelian_core::contract::{Contract, Dataset, Field, Kind};
use peelian_core::reference::Reference;

use super::entry::LeftOutRows;

/// Size of a part. Each part is one row of the database: the parts are few, and each fits into memory easily.
const PART_BYTES: usize = 4 << 20;
/// The first bytes of an LZ4 frame. A stream that is not in a frame begins with others.
const FRAME: [u8; 4] = 0x184D_2204_u32.to_le_bytes();
/// Rows of one message of the stream.
const CHUNK_ROWS: usize = 1 << 17;
/// Metadata key of the list of codes of a field. Each line is a number, a space and a code.
const CODES: &str = "codes";
/// Metadata key of the identifier of the dataset.
const DATASET: &str = "dataset";

/// Metadata key of the fields that are known of rows left out: one hexadecimal number for each row, separated by spaces.
const KNOWN: &str = "known";

/// Why rows cannot be encoded or decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PayloadError {
    /// The bytes are not an Arrow stream of the expected columns.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// The rows cannot be compressed.
    #[error("the rows cannot be compressed: {0}")]
    Compress(#[from] lz4_flex::frame::Error),
    /// The contract has no such dataset.
    #[error("the stored rows belong to the dataset `{0}`, which the contract does not have")]
    Dataset(String),
    /// A column has another type than its field.
    #[error("the stored column `{0}` has another type than its field")]
    Type(String),
    /// The reference data no longer have a code.
    #[error("the stored column `{field}` has the code `{code}`, which the reference data do not have")]
    Code {
        /// The field.
        field: String,
        /// The code.
        code: String,
    },
}

/// Encodes rows in parts.
///
/// # Errors
///
/// If Arrow refuses, or if a number stands for no code.
pub(crate) fn encode(batch: &Batch, reference: &Reference) -> Result<Vec<Vec<u8>>, PayloadError> {
    stream(batch, reference, None)
}

/// Encodes rows that were left out, with the fields that are known of each.
///
/// # Errors
///
/// As [`encode`].
pub(crate) fn encode_left_out(rows: &LeftOutRows, reference: &Reference) -> Result<Vec<Vec<u8>>, PayloadError> {
    let known: Vec<String> = rows.known.iter().map(|fields| format!("{fields:x}")).collect();
    stream(&rows.batch, reference, Some(known.join(" ")))
}

/// No rows of a dataset.
///
/// # Errors
///
/// If the contract does not have the dataset.
pub(crate) fn no_rows(id: &str) -> Result<Batch, PayloadError> {
    let dataset = Contract::get().dataset(id).ok_or_else(|| PayloadError::Dataset(id.to_owned()))?;
    let wrong_type = |field: &Field| PayloadError::Type(format!("{id}.{}", field.name));
    let columns = dataset.kept().map(|field| missing(field, 0).ok_or_else(|| wrong_type(field)));
    Ok(Batch::new(dataset, columns.collect::<Result<_, _>>()?, 0))
}

/// Decodes rows that were left out; `None` if there are none.
///
/// # Errors
///
/// As [`decode`].
pub(crate) fn decode_left_out(parts: &[Vec<u8>], reference: &Reference) -> Result<Option<LeftOutRows>, PayloadError> {
    if parts.is_empty() {
        return Ok(None);
    }
    let (schema, batch) = read(parts, reference)?;
    let known = schema.metadata().get(KNOWN).map_or("", String::as_str);
    let known: Vec<u64> = known.split(' ').filter_map(|fields| u64::from_str_radix(fields, 16).ok()).collect();
    if known.len() == batch.rows() {
        Ok(Some(LeftOutRows { batch, known }))
    } else {
        Err(PayloadError::Type(format!("{}: the known fields of rows left out", batch.dataset().id)))
    }
}

fn stream(batch: &Batch, reference: &Reference, known: Option<String>) -> Result<Vec<Vec<u8>>, PayloadError> {
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.dataset().kept().zip(batch.columns()) {
        let array = to_arrow(column);
        let mut arrow = ArrowField::new(&field.name, array.data_type().clone(), array.is_nullable());
        if let (Some(list), Some(values)) = (Codes::of(field, reference), column.as_u16()) {
            arrow.set_metadata(HashMap::from([(CODES.to_owned(), codes_used(field, &list, values)?)]));
        }
        fields.push(arrow);
        arrays.push(array);
    }
    let mut metadata = HashMap::from([(DATASET.to_owned(), batch.dataset().id.clone())]);
    metadata.extend(known.map(|known| (KNOWN.to_owned(), known)));
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    let records = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    // The smallest block: most submissions are small, and a decoder has memory for a whole block.
    let frame = FrameEncoder::with_frame_info(FrameInfo::new().block_size(BlockSize::Max64KB), Parts::default());
    let mut writer = StreamWriter::try_new(frame, &schema)?;
    for start in (0..batch.rows()).step_by(CHUNK_ROWS) {
        writer.write(&records.slice(start, CHUNK_ROWS.min(batch.rows() - start)))?;
    }
    writer.finish()?;
    Ok(writer.into_inner()?.finish()?.parts)
}

/// Decodes rows.
///
/// # Errors
///
/// If [`encode`] did not write the parts, or if the reference data do not have a code.
pub(crate) fn decode(parts: &[Vec<u8>], reference: &Reference) -> Result<Batch, PayloadError> {
    Ok(read(parts, reference)?.1)
}

fn read(parts: &[Vec<u8>], reference: &Reference) -> Result<(SchemaRef, Batch), PayloadError> {
    let bytes = parts.iter().fold(Box::new(std::io::empty()) as Box<dyn Read + '_>, |before, part| {
        Box::new(before.chain(part.as_slice()))
    });
    let is_framed = parts.first().is_some_and(|part| part.starts_with(&FRAME));
    let stream: Box<dyn Read + '_> = if is_framed { Box::new(FrameDecoder::new(bytes)) } else { bytes };
    let reader = StreamReader::try_new(stream, None)?;
    let schema = reader.schema();
    let chunks = reader.collect::<Result<Vec<_>, _>>()?;
    let id = schema.metadata().get(DATASET).cloned().unwrap_or_default();
    let dataset = Contract::get().dataset(&id).ok_or(PayloadError::Dataset(id))?;
    let records = concat_batches(&schema, &chunks)?;
    let columns =
        dataset.kept().map(|field| column(dataset, field, &records, reference)).collect::<Result<_, _>>()?;
    Ok((schema, Batch::new(dataset, columns, records.num_rows())))
}

/// The stored column of `field`. If the field was added after the rows were stored, all values are missing.
fn column(
    dataset: &Dataset,
    field: &Field,
    records: &RecordBatch,
    reference: &Reference,
) -> Result<Column, PayloadError> {
    let wrong_type = || PayloadError::Type(format!("{}.{}", dataset.id, field.name));
    let Some((index, arrow)) = records.schema_ref().column_with_name(&field.name) else {
        return missing(field, records.num_rows()).ok_or_else(wrong_type);
    };
    let array = records.column(index);
    let column = match array.data_type() {
        DataType::UInt8 => Column::U8(array.as_primitive::<UInt8Type>().values().clone()),
        DataType::UInt16 => Column::U16(array.as_primitive::<UInt16Type>().values().clone()),
        DataType::UInt32 => Column::U32(array.as_primitive::<UInt32Type>().values().clone()),
        DataType::Int32 => Column::I32(array.as_primitive::<Int32Type>().values().clone()),
        DataType::UInt64 => Column::U64(array.as_primitive::<UInt64Type>().values().clone()),
        DataType::Float64 => Column::F64(array.as_primitive::<Float64Type>().values().clone()),
        DataType::Utf8 => Column::Text(array.as_string::<i32>().clone()),
        _ => return Err(wrong_type()),
    };
    match (arrow.metadata().get(CODES), column) {
        (Some(codes), Column::U16(values)) => {
            let list = Codes::of(field, reference).ok_or_else(wrong_type)?;
            translate(field, &list, codes, values).map(Column::U16)
        }
        (_, column) => Ok(column),
    }
}

/// A column of missing values, in the type of its field.
fn missing(field: &Field, rows: usize) -> Option<Column> {
    Some(match &field.kind {
        Kind::Code(_) | Kind::Flag => Column::U8(vec![0; rows].into()),
        Kind::Set(codes) if codes.largest() <= 8 => Column::U8(vec![0; rows].into()),
        Kind::Integer(max) if *max < 255 => Column::U8(vec![0; rows].into()),
        Kind::Set(_) | Kind::Integer(_) | Kind::OpenCode(_) | Kind::Area => Column::U16(vec![0; rows].into()),
        Kind::Date | Kind::Timestamp => Column::I32(vec![MISSING_DATE; rows].into()),
        Kind::Key | Kind::Pseudonym | Kind::Weight => Column::U64(vec![0; rows].into()),
        Kind::Period => Column::U32(vec![0; rows].into()),
        Kind::Number => Column::F64(vec![f64::NAN; rows].into()),
        Kind::Text => Column::Text(arrow::array::StringArray::new_null(rows)),
    })
}

/// The codes that the numbers of a field of areas or open codes stand for.
enum Codes<'r> {
    Areas(&'r Reference),
    List(&'r peelian_core::reference::CodeList),
}

impl<'r> Codes<'r> {
    fn of(field: &Field, reference: &'r Reference) -> Option<Self> {
        match &field.kind {
            Kind::Area => Some(Self::Areas(reference)),
            Kind::OpenCode(list) => reference.codes.list(list).map(Self::List),
            _ => None,
        }
    }

    /// The code that a stored number stands for. The number is the index of the code plus 1.
    fn code(&self, number: u16) -> Option<&'r str> {
        let index = number.checked_sub(1)?;
        match self {
            Self::Areas(reference) => Some(reference.areas.get(reference.areas.by_index(index)?).code()),
            Self::List(list) => Some(list.at(index)?.code()),
        }
    }

    fn number(&self, code: &str) -> Option<u16> {
        let index = match self {
            Self::Areas(reference) => reference.areas.by_code(code)?.get(),
            Self::List(list) => list.index(code)?,
        };
        index.checked_add(1)
    }
}

fn codes_used(field: &Field, list: &Codes<'_>, values: &[u16]) -> Result<String, PayloadError> {
    let mut used = vec![false; usize::from(u16::MAX) + 1];
    for value in values {
        used[usize::from(*value)] = true;
    }
    let mut lines = String::new();
    for number in (1..=u16::MAX).filter(|number| used[usize::from(*number)]) {
        let unknown = || PayloadError::Code { field: field.name.clone(), code: format!("number {number}") };
        let code = list.code(number).ok_or_else(unknown)?;
        lines.push_str(&format!("{number} {code}\n"));
    }
    Ok(lines)
}

/// Translates stored numbers to the current numbers. Copies nothing if no number has changed.
fn translate(
    field: &Field,
    list: &Codes<'_>,
    codes: &str,
    values: arrow::buffer::ScalarBuffer<u16>,
) -> Result<arrow::buffer::ScalarBuffer<u16>, PayloadError> {
    let mut changed = Vec::new();
    for line in codes.lines() {
        let Some((number, code)) = line.split_once(' ') else { continue };
        let unknown = || PayloadError::Code { field: field.name.clone(), code: code.to_owned() };
        let stored: u16 = number.parse().map_err(|_| unknown())?;
        let number = list.number(code).ok_or_else(unknown)?;
        changed.extend((number != stored).then_some((stored, number)));
    }
    if changed.is_empty() {
        return Ok(values);
    }
    let mut current: Vec<u16> = (0..=u16::MAX).collect();
    for (stored, number) in changed {
        current[usize::from(stored)] = number;
    }
    Ok(values.iter().map(|value| current[usize::from(*value)]).collect::<Vec<_>>().into())
}

/// A writer that cuts what is written into parts of a fixed size.
#[derive(Debug, Default)]
struct Parts {
    parts: Vec<Vec<u8>>,
}

impl std::io::Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.parts.last().is_none_or(|part| part.len() >= PART_BYTES) {
            self.parts.push(Vec::new());
        }
        let Some(part) = self.parts.last_mut() else { return Ok(0) };
        let taken = bytes.len().min(PART_BYTES - part.len());
        part.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
