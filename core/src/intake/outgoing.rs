//! Checks and cleans rows before they are sent to an exchange.
//!
//! An exchange refuses columns that are not fields of the dataset, but only after it has received them. They are therefore
//! refused here, before the rows leave. A table in memory also holds values that its rows do not show: a dictionary keeps
//! values that no row has any more, a filtered column of text keeps the texts of removed rows, and a missing value may hide
//! an earlier value. Only the values visible in rows are sent.
//!
//! ```
//! use peelian_core::contract::Contract;
//! use peelian_core::intake::outgoing;
//!
//! let dataset = Contract::get().dataset("crime").ok_or("no such dataset")?;
//! let refused = outgoing::csv(dataset, b"crime_ref,victim_name\nC1,Jo Bloggs\n").unwrap_err();
//! assert_eq!(refused.known().code, "PEEL-7001");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    AnyDictionaryArray, Array, ArrayRef, AsArray as _, BooleanArray, GenericListArray, OffsetSizeTrait, RecordBatch,
    RecordBatchOptions, Scalar, UInt64Array, make_array, new_null_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::kernels::zip::zip;
use arrow::compute::{is_not_null, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_ipc::writer::StreamWriter;
use arrow_select::dictionary::garbage_collect_any_dictionary;

use super::csv::{check_unnamed, known_headings};
use super::header::{self, EMPTY, ROW_LABELS};
use super::{IntakeError, Limits, ipc, quote};
use crate::contract::Dataset;
use crate::text_table::{Row, Sink, TextTable};

/// Checks that all columns of a table of text are fields of the dataset.
///
/// # Errors
///
/// [`IntakeError::UnknownColumns`], [`IntakeError::IdentifierColumn`], [`IntakeError::DerivedColumn`] and
/// [`IntakeError::RepeatedColumn`] for columns; [`IntakeError::NoHeading`] for a column without a heading that holds more
/// than labels of rows; [`IntakeError::NoHeader`], [`IntakeError::NotUtf8`] and [`IntakeError::OtherFile`] if there are no
/// names.
pub fn csv(dataset: &'static Dataset, file: &[u8]) -> Result<(), IntakeError> {
    /// Bytes that are looked at together.
    const PIECE: usize = 64 << 10;
    let (mut columns, mut table) = (Columns { dataset, positions: Vec::new() }, TextTable::new());
    for piece in file.chunks(PIECE) {
        table.push(piece, &mut columns)?;
        if table.has_header() && !columns.has_unnamed() {
            return Ok(());
        }
    }
    table.finish(&mut columns).map(|_| ())
}

/// The columns of a text that is to be sent as it is.
struct Columns {
    dataset: &'static Dataset,
    positions: Vec<usize>,
}

impl Columns {
    /// Whether a column has no heading. Then all rows are looked at: it may hold labels of rows and nothing else.
    fn has_unnamed(&self) -> bool {
        self.positions.iter().any(|position| matches!(*position, ROW_LABELS | EMPTY))
    }
}

impl Sink for Columns {
    type Error = IntakeError;
    type Part = ();

    fn known_headings(&self, cells: &[&str]) -> usize {
        known_headings(self.dataset, cells)
    }

    fn header(&mut self, headings: &[&str], _: u64) -> Result<(), IntakeError> {
        self.positions = header::positions(self.dataset, headings.iter().copied())?;
        Ok(())
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), IntakeError> {
        for (column, (position, value)) in self.positions.iter().zip(row.cells()).enumerate() {
            if matches!(*position, ROW_LABELS | EMPTY) {
                check_unnamed(*position, column, value)?;
            }
        }
        Ok(())
    }
}

/// Checks that all columns of an Arrow IPC stream or file are fields of the dataset. Returns the stream, without the labels of
/// rows that pyarrow may have put into it.
///
/// # Errors
///
/// As [`csv()`]; [`IntakeError::ColumnType`] for a column of a type that cannot be read; [`IntakeError::Arrow`] and
/// [`IntakeError::CutShort`] if the content is not such a stream.
pub fn arrow<'s>(dataset: &'static Dataset, stream: &'s [u8]) -> Result<Cow<'s, [u8]>, IntakeError> {
    let all = || ipc::all_batches(stream, Limits::default().max_bytes);
    if ipc::is_file(stream) {
        return batches(dataset, &all()?).map(Cow::Owned);
    }
    let schema = ipc::first_schema(stream)?;
    columns(dataset, &schema)?;
    if !schema.fields().iter().any(|field| header::is_row_labels(field.name())) {
        return Ok(Cow::Borrowed(stream));
    }
    batches(dataset, &all()?).map(Cow::Owned)
}

/// An Arrow IPC stream of record batches with only the values visible in their rows. The batches may come from another
/// language, so Arrow's invariants are checked first.
///
/// # Errors
///
/// As [`arrow()`]; [`IntakeError::Arrow`] if an array breaks Arrow's invariants; [`IntakeError::NoHeader`] without a batch.
pub fn batches(dataset: &'static Dataset, batches: &[RecordBatch]) -> Result<Vec<u8>, IntakeError> {
    let (first, others) = batches.split_first().ok_or(IntakeError::NoHeader)?;
    columns(dataset, first.schema_ref())?;
    written(first, others).map_err(|error| IntakeError::Arrow { reason: quote::reason(&error.to_string()) })
}

fn columns(dataset: &'static Dataset, schema: &SchemaRef) -> Result<(), IntakeError> {
    let positions = header::positions(dataset, schema.fields().iter().map(|field| field.name().as_str()))?;
    let read = positions.iter().zip(schema.fields()).filter(|(position, _)| **position != header::NOT_READ);
    read.into_iter().try_for_each(|(position, field)| ipc::check_type(dataset, *position, field))
}

fn written(first: &RecordBatch, others: &[RecordBatch]) -> Result<Vec<u8>, ArrowError> {
    let first = shown(first)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &first.schema())?;
    writer.write(&first)?;
    for batch in others {
        writer.write(&shown(batch)?)?;
    }
    writer.finish()?;
    writer.into_inner()
}

/// The names and values of a batch. What pandas adds for its index is left out: metadata, and labels of rows.
fn shown(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        if header::is_row_labels(field.name()) {
            continue;
        }
        column.to_data().validate_full()?;
        let column = as_shown(column)?;
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

/// The values visible in the rows of an array of a supported type.
fn as_shown(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(match array.data_type() {
        DataType::Dictionary(..) => dictionary(array.as_any_dictionary())?,
        DataType::List(_) => Arc::new(list(array.as_list::<i32>())?),
        DataType::LargeList(_) => Arc::new(list(array.as_list::<i64>())?),
        DataType::Utf8View => Arc::new(without_hidden(array)?.as_string_view().gc()),
        // The bytes of a slice of bits also hold bits of its neighbours.
        DataType::Boolean => Arc::new(array.as_boolean().iter().collect::<BooleanArray>()),
        _ => without_hidden(array)?,
    })
}

/// The array without the values hidden by nulls.
fn without_hidden(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if array.null_count() == 0 {
        return Ok(Arc::clone(array));
    }
    zip(&is_not_null(array)?, array, &Scalar::new(new_null_array(array.data_type(), 1)))
}

fn dictionary(array: &dyn AnyDictionaryArray) -> Result<ArrayRef, ArrowError> {
    let used = garbage_collect_any_dictionary(array)?;
    let used = used.as_any_dictionary();
    let (keys, values) = (without_hidden(&used.keys().slice(0, used.len()))?, as_shown(used.values())?);
    let kind = DataType::Dictionary(Box::new(keys.data_type().clone()), Box::new(values.data_type().clone()));
    let joined = keys.to_data().into_builder().data_type(kind);
    Ok(make_array(joined.add_child_data(values.to_data()).build()?))
}

fn list<O: OffsetSizeTrait>(array: &GenericListArray<O>) -> Result<GenericListArray<O>, ArrowError> {
    let (mut items, mut lengths) = (Vec::new(), Vec::with_capacity(array.len()));
    for (row, ends) in array.value_offsets().windows(2).enumerate() {
        let range = match ends {
            [start, end] if array.is_valid(row) => start.as_usize()..end.as_usize(),
            _ => 0..0,
        };
        lengths.push(range.len());
        items.extend(range.map(|item| item as u64));
    }
    let items = as_shown(&take(array.values(), &UInt64Array::from(items), None)?)?;
    let item = Field::new("item", items.data_type().clone(), true);
    let nulls = array.nulls().map(|nulls| nulls.iter().collect());
    GenericListArray::try_new(Arc::new(item), OffsetBuffer::from_lengths(lengths), items, nulls)
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        DictionaryArray, Int8Array, Int32Array, ListArray, NullBufferBuilder, StringArray, StringViewArray,
        StructArray,
    };
    use arrow::compute::{cast, filter};
    use arrow::datatypes::{Int8Type, Int32Type};
    use arrow_ipc::reader::StreamReader;

    use super::*;
    use crate::contract::Contract;

    /// Names in the memory of tables that no row shows.
    const GONE: [&str; 3] = ["Gone Forgotten-Longname", "Masked Forgotten-Longname", "Unused Forgotten-Longname"];
    const HERE: &str = "a crime reference that is here";

    fn crime() -> &'static Dataset {
        Contract::get().dataset("crime").unwrap()
    }

    /// Three texts: a filter removes the first, and the null mask hides the second.
    fn filtered<A: Array + From<Vec<&'static str>> + 'static>(mask: impl Fn(&A) -> ArrayRef) -> ArrayRef {
        let texts = mask(&A::from(vec![GONE[0], GONE[1], HERE]));
        filter(&texts, &BooleanArray::from(vec![false, true, true])).unwrap()
    }

    fn masked(array: &dyn Array) -> ArrayRef {
        let mut nulls = NullBufferBuilder::new(3);
        [true, false, true].into_iter().for_each(|valid| nulls.append(valid));
        let data = array.to_data().into_builder().nulls(nulls.finish()).build().unwrap();
        arrow::array::make_array(data)
    }

    fn dictionary() -> ArrayRef {
        let texts = Arc::new(StringArray::from(vec![GONE[0], HERE, GONE[2]]));
        Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(vec![None, Some(1)]), texts))
    }

    /// As many texts as there are keys of the type, and a row without a text.
    fn full_dictionary() -> ArrayRef {
        let texts = Arc::new(StringArray::from_iter_values((0..128).map(|text| format!("text {text}"))));
        Arc::new(DictionaryArray::<Int8Type>::new(Int8Array::from(vec![None, Some(127)]), texts))
    }

    /// Two lists in a slice; the first item is outside the slice.
    fn lists() -> ArrayRef {
        let items: ArrayRef = Arc::new(StringArray::from(vec![GONE[0], GONE[1], HERE]));
        let item = Arc::new(arrow::datatypes::Field::new("item", DataType::Utf8, true));
        let offsets = arrow::buffer::OffsetBuffer::from_lengths([1, 1, 1]);
        let nulls = Some(vec![true, false, true].into());
        Arc::new(ListArray::new(item, offsets, items, nulls).slice(1, 2))
    }

    #[test]
    fn only_what_rows_show_is_sent() {
        let numbers = Int32Array::new(vec![1_234_567_891, 7].into(), Some(vec![false, true].into()));
        let truths = BooleanArray::from(vec![true; 24]).slice(8, 2);
        let columns: [(&str, ArrayRef); 7] = [
            ("crime_ref", filtered::<StringArray>(|array| masked(array))),
            ("offence_borough", filtered::<StringViewArray>(|array| masked(array))),
            ("ho_class", dictionary()),
            ("flag_hate", lists()),
            ("hour_band", Arc::new(numbers)),
            ("victim_based", Arc::new(truths)),
            ("place_type", full_dictionary()),
        ];
        let rows = RecordBatch::try_from_iter(columns).unwrap();
        let noted = std::collections::HashMap::from([("index".to_owned(), "Noted Forgotten-Longname".to_owned())]);
        let noted = rows.schema().as_ref().clone().with_metadata(noted);
        let rows = rows.with_schema(Arc::new(noted)).unwrap();
        let sent = batches(crime(), &[rows.clone(), rows.clone()]).unwrap();
        let has = |bytes: &[u8]| sent.windows(bytes.len()).any(|window| window == bytes);
        assert!(has(HERE.as_bytes()));
        for gone in GONE.into_iter().chain(["Noted Forgotten-Longname"]) {
            assert!(!has(gone.as_bytes()), "{gone}");
        }
        assert!(!has(&1_234_567_891_i32.to_le_bytes()) && !has(b"text 0"));
        let read: Vec<RecordBatch> = StreamReader::try_new(&*sent, None).unwrap().collect::<Result<_, _>>().unwrap();
        for batch in &read {
            for (sent, given) in batch.columns().iter().zip(rows.columns()) {
                assert_eq!(cast(sent, given.data_type()).unwrap().to_data(), given.to_data());
            }
        }
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn columns_that_are_no_fields_stay() {
        let code = |error: IntakeError| error.known().code;
        let names: ArrayRef = Arc::new(StringArray::from(vec!["Jo Bloggs"]));
        let rows = RecordBatch::try_from_iter([("crime_ref", Arc::clone(&names)), ("officer_notes", names)]).unwrap();
        assert_eq!(code(batches(crime(), std::slice::from_ref(&rows)).unwrap_err()), "PEEL-1011");
        let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).unwrap();
        writer.write(&rows).unwrap();
        let stream = writer.into_inner().unwrap();
        assert_eq!(code(arrow(crime(), &stream).unwrap_err()), "PEEL-1011");
        assert_eq!(code(arrow(crime(), &stream[..100]).unwrap_err()), code(IntakeError::CutShort));
        assert_eq!(code(csv(crime(), b"\xef\xbb\xbfcrime_ref,\"officer\nnotes\"\nC1,x\n").unwrap_err()), "PEEL-1011");
        let nested =
            RecordBatch::try_from_iter([("place_type", Arc::new(StructArray::from(rows)) as ArrayRef)]).unwrap();
        assert_eq!(code(batches(crime(), &[nested]).unwrap_err()), "PEEL-1015");
        assert!(matches!(csv(crime(), b"crime_ref,\xc3\xa9\xe9"), Err(IntakeError::NotUtf8 { position: 12 })));
        // Without a header, the first row is in its place.
        assert_eq!(code(csv(crime(), b"9434765919,E09000001\n").unwrap_err()), "PEEL-7001");
        assert_eq!(code(csv(crime(), b"").unwrap_err()), code(IntakeError::NoHeader));
        assert!(csv(crime(), b"\xef\xbb\xbfcrime_ref,ho_class").is_ok());
    }

    #[test]
    fn labels_of_rows_stay() {
        let references: ArrayRef = Arc::new(StringArray::from(vec![HERE]));
        let names: ArrayRef = Arc::new(StringArray::from(vec!["Jo Bloggs"]));
        let rows = RecordBatch::try_from_iter([("crime_ref", references), ("__index_level_0__", names)]).unwrap();
        let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).unwrap();
        writer.write(&rows).unwrap();
        let stream = writer.into_inner().unwrap();
        for sent in [batches(crime(), &[rows]).unwrap(), arrow(crime(), &stream).unwrap().into_owned()] {
            let read = StreamReader::try_new(&*sent, None).unwrap().next().unwrap().unwrap();
            assert_eq!((read.num_columns(), read.num_rows()), (1, 1));
            assert!(!sent.windows(9).any(|window| window == b"Jo Bloggs"));
        }
        // A CSV file is sent as it is, so its labels must be numbers of rows.
        assert!(csv(crime(), b",crime_ref\n3,C1\n0,C2\n,C3\n").is_ok());
        for wrong in ["Jo Bloggs", "9434765919", "-1", "1.0"] {
            let refused = csv(crime(), format!(",crime_ref\n3,C1\n{wrong},C2\n").as_bytes()).unwrap_err();
            assert!(matches!(refused, IntakeError::NoHeading { .. }), "{wrong}");
            assert!(!refused.to_string().contains(wrong));
        }
    }
}
