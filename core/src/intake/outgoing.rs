//! Rows on their way to an exchange: what may leave, and nothing else.
//!
//! An exchange refuses columns that are no fields of the dataset; but then it has received them. So they are refused
//! before, where the rows are. And a table in memory holds more than its rows show: a dictionary keeps values that no row
//! has any more, a filtered column of text the texts of rows that are gone, and a missing value may lie over one that was
//! there. None of them is sent.
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

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, Scalar, new_null_array};
use arrow::compute::is_not_null;
use arrow::compute::kernels::zip::zip;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_ipc::writer::StreamWriter;
use arrow_select::dictionary::garbage_collect_any_dictionary;

use super::header;
use super::{IntakeError, ipc};
use crate::contract::Dataset;

/// Checks that a CSV file has no columns but the dataset's.
///
/// # Errors
///
/// [`IntakeError::UnknownColumn`], [`IntakeError::IdentifierColumn`], [`IntakeError::DerivedColumn`] and
/// [`IntakeError::RepeatedColumn`] for a column; [`IntakeError::NoHeader`] and [`IntakeError::NotUtf8`] where there are
/// no names.
pub fn csv(dataset: &'static Dataset, file: &[u8]) -> Result<(), IntakeError> {
    let mut reader = csv::Reader::from_reader(file);
    let names = match reader.headers() {
        Ok(names) if !names.is_empty() => names,
        Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
            return Err(IntakeError::NotUtf8 { position: 0 });
        }
        _ => return Err(IntakeError::NoHeader),
    };
    header::positions(dataset, names.iter()).map(drop)
}

/// Checks that an Arrow IPC stream has no columns but the dataset's.
///
/// # Errors
///
/// As [`csv`]; [`IntakeError::Arrow`] and [`IntakeError::CutShort`] where the content is no such stream.
pub fn arrow(dataset: &'static Dataset, stream: &[u8]) -> Result<(), IntakeError> {
    columns(dataset, &ipc::first_schema(stream)?)
}

/// An Arrow IPC stream of record batches, with the values that their rows have and no others. The batches may come from
/// another language: Arrow's own invariants are checked first.
///
/// # Errors
///
/// As [`csv`]; [`IntakeError::Arrow`] where an array is not what Arrow says it must be; [`IntakeError::NoHeader`] without
/// a batch.
pub fn batches(dataset: &'static Dataset, batches: &[RecordBatch]) -> Result<Vec<u8>, IntakeError> {
    let schema = batches.first().ok_or(IntakeError::NoHeader)?.schema();
    columns(dataset, &schema)?;
    // What a library notes of a table, as pandas does of its index, is no row.
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_metadata(HashMap::new()));
    let plain = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    written(&plain, batches).map_err(|error| IntakeError::Arrow { reason: error.to_string() })
}

fn columns(dataset: &'static Dataset, schema: &SchemaRef) -> Result<(), IntakeError> {
    header::positions(dataset, schema.fields().iter().map(|field| field.name().as_str())).map(drop)
}

fn written(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    for batch in batches {
        let columns = batch.columns().iter().map(|column| {
            column.to_data().validate_full()?;
            as_shown(column)
        });
        let columns = columns.collect::<Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        writer.write(&RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)?;
    }
    writer.finish()?;
    writer.into_inner()
}

/// The values that an array shows, with nothing beside or below them.
fn as_shown(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let mut array = Arc::clone(array);
    // A list's items beside the slice go with the copy, too.
    if array.null_count() > 0 || matches!(array.data_type(), DataType::List(_) | DataType::LargeList(_)) {
        let missing = Scalar::new(new_null_array(array.data_type(), 1));
        array = zip(&is_not_null(&array)?, &array, &missing)?;
    }
    Ok(match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::Dictionary(..) => {
            let used = garbage_collect_any_dictionary(array.as_any_dictionary())?;
            let used = used.as_any_dictionary();
            used.with_values(as_shown(used.values())?)
        }
        DataType::List(item) => {
            let (_, offsets, values, nulls) = array.as_list::<i32>().clone().into_parts();
            let item = Arc::clone(item);
            Arc::new(arrow::array::ListArray::try_new(item, offsets, as_shown(&values)?, nulls)?)
        }
        DataType::LargeList(item) => {
            let (_, offsets, values, nulls) = array.as_list::<i64>().clone().into_parts();
            let item = Arc::clone(item);
            Arc::new(arrow::array::LargeListArray::try_new(item, offsets, as_shown(&values)?, nulls)?)
        }
        _ => array,
    })
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        BooleanArray, DictionaryArray, Int32Array, ListArray, NullBufferBuilder, StringArray, StringViewArray,
    };
    use arrow::compute::filter;
    use arrow::datatypes::Int32Type;
    use arrow_ipc::reader::StreamReader;

    use super::*;
    use crate::contract::Contract;

    /// Names that are in the memory of tables whose rows do not have them.
    const GONE: [&str; 3] = ["Gone Forgotten-Longname", "Masked Forgotten-Longname", "Unused Forgotten-Longname"];
    const HERE: &str = "a crime reference that is here";

    fn crime() -> &'static Dataset {
        Contract::get().dataset("crime").unwrap()
    }

    /// Three texts, of which a filter takes the first and the null mask covers the second.
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

    /// Two lists, of a slice of which the first item lies outside.
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
        let columns: [(&str, ArrayRef); 5] = [
            ("crime_ref", filtered::<StringArray>(|array| masked(array))),
            ("offence_borough", filtered::<StringViewArray>(|array| masked(array))),
            ("ho_class", dictionary()),
            ("flag_hate", lists()),
            ("hour_band", Arc::new(numbers)),
        ];
        let rows = RecordBatch::try_from_iter(columns).unwrap();
        let noted = HashMap::from([("index".to_owned(), "Noted Forgotten-Longname".to_owned())]);
        let noted = rows.schema().as_ref().clone().with_metadata(noted);
        let rows = rows.with_schema(Arc::new(noted)).unwrap();
        let sent = batches(crime(), &[rows.clone(), rows.clone()]).unwrap();
        let has = |bytes: &[u8]| sent.windows(bytes.len()).any(|window| window == bytes);
        assert!(has(HERE.as_bytes()));
        for gone in GONE.into_iter().chain(["Noted Forgotten-Longname"]) {
            assert!(!has(gone.as_bytes()), "{gone}");
        }
        assert!(!has(&1_234_567_891_i32.to_le_bytes()));
        let read: Vec<RecordBatch> = StreamReader::try_new(&*sent, None).unwrap().collect::<Result<_, _>>().unwrap();
        for batch in &read {
            for (sent, given) in batch.columns().iter().zip(rows.columns()) {
                assert_eq!(sent.to_data(), given.to_data());
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
        // Without a header, the first row stands in its place.
        assert_eq!(code(csv(crime(), b"9434765919,E09000001\n").unwrap_err()), "PEEL-7001");
        assert_eq!(code(csv(crime(), b"").unwrap_err()), code(IntakeError::NoHeader));
        assert!(csv(crime(), b"\xef\xbb\xbfcrime_ref,ho_class").is_ok());
    }
}
