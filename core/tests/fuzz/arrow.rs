//! Arrow IPC streams and files: changed bytes, and columns of any type.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, DictionaryArray, Float64Array, Int8Array,
    Int32Array, Int64Array, LargeStringArray, ListArray, NullArray, RecordBatch, RecordBatchOptions, StringArray,
    StringViewArray, StructArray, TimestampMicrosecondArray, UInt16Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int8Type, Int32Type, Schema};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use peelian_core::contract::{Dataset, Presence};
use peelian_core::intake::outgoing;
use peelian_fuzz::{Bytes, Driver, Limits, Mutated, Target, ValueGenerator, below, one_of};

use crate::samples::{datasets, intake, mode, told, value, values};

/// A stream or file, and how it arrives.
#[derive(Clone, Debug)]
struct Content {
    dataset: usize,
    mode: usize,
    /// Bytes of each chunk.
    chunk: usize,
    bytes: Bytes,
}

/// Changed content of each dataset, or columns of any type.
struct Contents(Vec<Mutated>);

impl ValueGenerator for Contents {
    type Output = Content;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Content> {
        let dataset = below(driver, self.0.len())?;
        let (mode, chunk) = (below(driver, 3)?, 1 + below(driver, 500)?);
        let bytes = match below(driver, 3)? {
            0 => Bytes(any_types(driver, &datasets()[dataset])?),
            _ => self.0[dataset].generate(driver)?,
        };
        Some(Content { dataset, mode, chunk, bytes })
    }
}

/// A table of texts.
fn table(dataset: &Dataset, rows: usize, most: Presence) -> RecordBatch {
    let rows: Vec<Vec<String>> = (0..rows).map(|row| values(dataset, row, most)).collect();
    let columns = dataset.submitted().enumerate().map(|(at, field)| {
        let texts = rows.iter().map(|row| Some(row[at].clone()).filter(|text| !text.is_empty()));
        (field.name.as_str(), Arc::new(texts.collect::<StringArray>()) as ArrayRef, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn stream(batch: &RecordBatch, compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn file(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

/// The same table with a dictionary in the place of each column.
fn with_dictionaries(batch: &RecordBatch) -> RecordBatch {
    let kind = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let names = batch.schema();
    let columns = names
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| (field.name().clone(), arrow::compute::cast(column, &kind).unwrap(), true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn seeds() -> Contents {
    let of = |dataset: &Dataset| {
        let (required, all) = (table(dataset, 2, Presence::Required), table(dataset, 3, Presence::Optional));
        let seeds = [
            stream(&required, None),
            stream(&all, None),
            stream(&all, Some(CompressionType::LZ4_FRAME)),
            stream(&all, Some(CompressionType::ZSTD)),
            stream(&with_dictionaries(&all), None),
            stream(&table(dataset, 0, Presence::Optional), None),
            file(&required),
            file(&with_dictionaries(&all)),
        ];
        Mutated::of(seeds).with_words([
            b"\xff\xff\xff\xff".to_vec(),
            b"\xff\xff\xff\xff\0\0\0\0".to_vec(),
            b"\0\0\0\0\0\0\0\0".to_vec(),
            b"ARROW1\0\0".to_vec(),
            b"\xff\xff\xff\x7f".to_vec(),
            b"\xff\xff\xff\xff\xff\xff\xff\x7f".to_vec(),
        ])
    };
    Contents(datasets().iter().map(of).collect())
}

/// A stream or file of some columns of a dataset, each of any type with any values.
fn any_types<D: Driver>(driver: &mut D, dataset: &Dataset) -> Option<Vec<u8>> {
    let rows = below(driver, 5)?;
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for field in dataset.submitted() {
        let left_out = !field.required() && driver.produce::<bool>()?;
        if left_out || below(driver, 40)? == 0 {
            continue;
        }
        let column = match below(driver, 3)? {
            0 => any_column(driver, rows, &value(field, 0))?,
            _ => Arc::new((0..rows).map(|row| Some(value(field, row))).collect::<StringArray>()),
        };
        fields.push(Field::new(&field.name, column.data_type().clone(), true));
        columns.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).unwrap();
    Some(match below(driver, 4)? {
        0 => file(&batch),
        1 => stream(&batch, Some(CompressionType::LZ4_FRAME)),
        _ => stream(&batch, None),
    })
}

fn any_column<D: Driver>(driver: &mut D, rows: usize, text: &str) -> Option<ArrayRef> {
    let mut numbers = Vec::with_capacity(rows);
    for _ in 0..rows {
        let edge =
            *one_of(driver, &[0, 1, -1, 2, 17_200, 255, i64::MAX, i64::MIN, 1_486_080_000_000_000])?.unwrap_or(&0);
        numbers.push(driver.produce::<bool>()?.then_some(edge));
    }
    let i32s = || numbers.iter().map(|number| number.map(|number| i32::try_from(number).unwrap_or(i32::MIN)));
    let texts: Vec<Option<String>> = numbers
        .iter()
        .map(|number| number.map(|number| if number > 0 { text.to_owned() } else { number.to_string() }))
        .collect();
    let strings = || texts.iter().cloned();
    Some(match below(driver, 20)? {
        0 => Arc::new(i32s().collect::<Int32Array>()),
        1 => Arc::new(numbers.iter().copied().collect::<Int64Array>()),
        2 => Arc::new(
            numbers
                .iter()
                .map(|number| number.map(|number| i8::from_le_bytes([number.to_le_bytes()[0]])))
                .collect::<Int8Array>(),
        ),
        3 => Arc::new(
            numbers
                .iter()
                .map(|number| number.map(|number| u16::try_from(number & 0xffff).unwrap_or_default()))
                .collect::<UInt16Array>(),
        ),
        4 => Arc::new(numbers.iter().map(|number| number.map(i64::cast_unsigned)).collect::<UInt64Array>()),
        5 => {
            let special = [f64::NAN, f64::INFINITY, -0.0, 1.5, f64::MAX];
            let at = below(driver, special.len())?;
            Arc::new(numbers.iter().map(|number| number.map(|_| special[at])).collect::<Float64Array>())
        }
        6 => Arc::new(numbers.iter().map(|number| number.map(|number| number > 0)).collect::<BooleanArray>()),
        7 => Arc::new(i32s().collect::<Date32Array>()),
        8 => Arc::new(numbers.iter().copied().collect::<Date64Array>()),
        9 => Arc::new(numbers.iter().copied().collect::<TimestampMicrosecondArray>()),
        10 => Arc::new(numbers.iter().copied().collect::<TimestampMicrosecondArray>().with_timezone("Europe/London")),
        11 => Arc::new(numbers.iter().copied().collect::<TimestampMicrosecondArray>().with_timezone("no/such")),
        12 => Arc::new(strings().collect::<LargeStringArray>()),
        13 => Arc::new(strings().collect::<StringViewArray>()),
        14 => Arc::new(texts.iter().map(Option::as_deref).collect::<DictionaryArray<Int8Type>>()),
        15 => Arc::new(strings().map(|text| text.map(String::into_bytes)).collect::<BinaryArray>()),
        16 => Arc::new(NullArray::new(rows)),
        17 => Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(
            i32s().map(|number| number.map(|number| vec![Some(number), None])),
        )),
        18 => Arc::new(StructArray::new_null(arrow::datatypes::Fields::empty(), rows)),
        _ => Arc::new(strings().collect::<StringArray>()),
    })
}

/// However a stream is cut, its outcome is the same. What a client lets pass is what it was.
#[test]
fn fuzz_arrow() {
    let limits = Limits { memory: 64 << 20, time: Duration::from_secs(2) };
    Target::new("arrow", limits).run(peelian_fuzz::check!(), seeds(), |content: &Content| {
        let dataset = &datasets()[content.dataset];
        let read = |bytes: &[u8], chunk: usize| {
            told(intake(dataset, mode(content.mode)), |intake| {
                bytes.chunks(chunk).try_for_each(|chunk| intake.push_arrow(chunk))
            })
        };
        let whole = read(&content.bytes, usize::MAX);
        assert_eq!(whole, read(&content.bytes, content.chunk));
        // A client lets content expand further than these limits.
        if matches!(whole.outcome().as_str(), "PEEL-1031" | "PEEL-1032") {
            return whole.outcome();
        }
        match outgoing::arrow(dataset, &content.bytes) {
            Ok(sent) => {
                let sent = read(&sent, usize::MAX);
                if whole.outcome() == Target::ACCEPTED {
                    assert_eq!(whole, sent);
                }
            }
            Err(error) => assert!(!error.known().code.is_empty()),
        }
        whole.outcome()
    });
}
