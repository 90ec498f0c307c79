//! The same rows in every encoding, cut anywhere, give the same batch.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Int8Array, Int64Array, LargeStringArray,
    ListBuilder, StringArray, StringBuilder, StringViewArray, TimestampMillisecondArray, UInt16Array,
};
use arrow::datatypes::{DataType, Field as ArrowField, Int8Type, Int32Type, Schema, UInt16Type};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use proptest::prelude::*;

use super::*;
use crate::period::days_of_date;

fn same(one: &Checked, other: &Checked) {
    assert_eq!(one.batch.columns(), other.batch.columns());
    assert_eq!(one.keys, other.keys);
    assert_eq!(one.findings.kept(), other.findings.kept());
}

fn dictionary(value: &str) -> ArrayRef {
    Arc::new(std::iter::repeat_n(value, 2).collect::<DictionaryArray<Int8Type>>())
}

/// Two crimes in as many types as possible.
fn arrow_crimes() -> RecordBatch {
    let day = |month, day| days_of_date(date(2017, month, day));
    let mut hate = ListBuilder::new(StringBuilder::new());
    hate.values().append_value("race");
    hate.values().append_value("religion");
    hate.append(true);
    hate.append(false);
    let noon = i64::from(day(2, 1)) * 86_400_000;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("crime_ref", Arc::new(StringArray::from(vec!["A", "B"]))),
        ("record_status", Arc::new(vec!["active", "active"].into_iter().collect::<DictionaryArray<Int32Type>>())),
        ("recorded_at", Arc::new(Date32Array::from(vec![day(2, 3), day(2, 4)]))),
        ("committed_from", Arc::new(TimestampMillisecondArray::from(vec![noon, noon]))),
        ("ho_class", Arc::new(vec!["8N", "1"].into_iter().collect::<DictionaryArray<UInt16Type>>())),
        ("victim_based", Arc::new(BooleanArray::from(vec![true, true]))),
        ("offence_borough", Arc::new(StringViewArray::from(vec!["E09000028", "E09000007"]))),
        ("flag_da", Arc::new(LargeStringArray::from(vec!["no", "YES"]))),
        ("flag_cse", Arc::new(BooleanArray::from(vec![false, false]))),
        ("flag_csa", dictionary("no")),
        ("flag_hba", dictionary("no")),
        ("flag_fm", dictionary("no")),
        ("flag_fgm", dictionary("no")),
        ("knife_use", dictionary("none")),
        ("gun_use", dictionary("none")),
        ("flag_hate", Arc::new(hate.finish())),
        ("hour_band", Arc::new(Int64Array::from(vec![Some(23), None]))),
        ("suspect_count", Arc::new(UInt16Array::from(vec![Some(0), None]))),
    ];
    let fields: Vec<ArrowField> =
        columns.iter().map(|(name, array)| ArrowField::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn csv_crimes() -> String {
    format!(
        "{CRIME_HEADER},hour_band,suspect_count\n\
         A,active,2017-02-03,2017-02-01,8N,true,E09000028,no,no,no,no,no,no,none,none,race|religion,23,0\n\
         B,Active, 2017-02-04,2017-02-01,1,1,e09000007,y,n,no,no,no,no,none,none,,,\n"
    )
}

pub(super) fn ipc(batch: &RecordBatch, compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), batch.schema_ref(), options).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn arrow(pieces: &[&[u8]]) -> Result<Checked, IntakeError> {
    let mut intake = intake("crime");
    pieces.iter().try_for_each(|piece| intake.push_arrow(piece))?;
    intake.finish(&NothingHeld)
}

#[test]
fn every_encoding_gives_the_same_batch() {
    let from_csv = csv("crime", &csv_crimes()).unwrap();
    assert_eq!(codes(&from_csv.findings), []);
    for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        same(&from_csv, &arrow(&[&ipc(&arrow_crimes(), compression)]).unwrap());
    }
    let mut batches = intake("crime");
    let halves = [arrow_crimes().slice(0, 1), arrow_crimes().slice(1, 1)];
    batches.push_batches(&halves, NonZeroUsize::MIN).unwrap();
    same(&from_csv, &batches.finish(&NothingHeld).unwrap());

    let first = Crime {
        crime_ref: "A".into(),
        flag_hate: vec![1, 2],
        hour_band: Some(23),
        suspect_count: Some(0),
        ..typed_crime()
    };
    let second = Crime {
        crime_ref: "B".into(),
        recorded_at: "2017-02-04".into(),
        ho_class: "1".into(),
        offence_borough: "E09000007".into(),
        flag_da: Tri::Yes.into(),
        ..typed_crime()
    };
    let mut typed = intake("crime");
    typed.push_rows(&[first]).unwrap();
    typed.push_rows(&[second]).unwrap();
    same(&from_csv, &typed.finish(&NothingHeld).unwrap());
}

#[test]
fn csv_may_be_cut_anywhere() {
    let text = format!("\u{feff}{}", csv_crimes().replace("A,active", "\"A\",\"active\"").replace('\n', "\r\n"));
    let whole = csv("crime", &text).unwrap();
    for cut in 0..=text.len() {
        let mut intake = intake("crime");
        intake.push_csv(&text.as_bytes()[..cut]).unwrap();
        intake.push_csv(&text.as_bytes()[cut..]).unwrap();
        same(&whole, &intake.finish(&NothingHeld).unwrap());
    }
    let mut by_byte = intake("crime");
    text.as_bytes().iter().for_each(|byte| by_byte.push_csv(&[*byte]).unwrap());
    same(&whole, &by_byte.finish(&NothingHeld).unwrap());
}

#[test]
fn arrow_may_be_cut_anywhere() {
    let bytes = ipc(&arrow_crimes(), Some(CompressionType::LZ4_FRAME));
    let whole = arrow(&[&bytes]).unwrap();
    for cut in (0..=bytes.len()).step_by(7) {
        same(&whole, &arrow(&[&bytes[..cut], &bytes[cut..]]).unwrap());
    }
    assert!(matches!(arrow(&[&bytes[..bytes.len() - 20]]), Err(IntakeError::CutShort)));
}

#[test]
fn an_arrow_file_is_read_as_its_stream() {
    let batch = arrow_crimes();
    let from_stream = arrow(&[&ipc(&batch, None)]).unwrap();
    for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
        let mut writer = FileWriter::try_new_with_options(Vec::new(), batch.schema_ref(), options).unwrap();
        writer.write(&batch.slice(0, 1)).unwrap();
        writer.write(&batch.slice(1, 1)).unwrap();
        writer.finish().unwrap();
        let file = writer.into_inner().unwrap();
        for cut in (0..=file.len()).step_by(11) {
            same(&from_stream, &arrow(&[&file[..cut], &file[cut..]]).unwrap());
        }
        let sent = outgoing::arrow(dataset("crime"), &file).unwrap();
        same(&from_stream, &arrow(&[&sent]).unwrap());
        assert!(matches!(arrow(&[&file[..file.len() / 2]]), Err(IntakeError::CutShort)));
        assert!(outgoing::arrow(dataset("crime"), &file[..file.len() / 2]).is_err());
    }
}

#[test]
fn decimals_are_numbers() {
    let with = |numbers: ArrayRef| {
        let batch = arrow_crimes();
        let at = batch.schema().index_of("hour_band").unwrap();
        let mut columns = batch.columns().to_vec();
        columns[at] = numbers;
        let schema = batch.schema();
        let fields = schema
            .fields()
            .iter()
            .zip(&columns)
            .map(|(field, column)| ArrowField::new(field.name(), column.data_type().clone(), true));
        RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns.clone()).unwrap()
    };
    let whole = Decimal128Array::from(vec![Some(23), None]).with_precision_and_scale(38, 0).unwrap();
    let tenths = Decimal128Array::from(vec![Some(230), None]).with_precision_and_scale(10, 1).unwrap();
    for numbers in [Arc::new(whole) as ArrayRef, Arc::new(tenths)] {
        same(&arrow(&[&ipc(&arrow_crimes(), None)]).unwrap(), &arrow(&[&ipc(&with(numbers), None)]).unwrap());
    }
    let half = Decimal128Array::from(vec![Some(235), None]).with_precision_and_scale(10, 1).unwrap();
    let told = findings(arrow(&[&ipc(&with(Arc::new(half)), None)]));
    assert_eq!(codes(&told), [("PEEL-5007", 1, "hour_band")]);
    let large = Decimal128Array::from(vec![Some(10_i128.pow(30)), None]).with_precision_and_scale(38, 0).unwrap();
    assert!(matches!(arrow(&[&ipc(&with(Arc::new(large)), None)]), Err(IntakeError::ColumnType { .. })));
}

#[test]
fn the_last_line_needs_no_end_and_quotes_may_hold_line_breaks() {
    let text = format!("{CRIME_HEADER}\n\"two\nlines\"{}", &CRIME_ROW["01/1234/17".len()..]);
    let checked = csv("crime", &text).unwrap();
    assert_eq!(checked.keys, [crate::column::key_of("two\nlines")]);
}

#[test]
fn every_key_width_and_missing_values_of_a_dictionary_are_read() {
    let keys = Int8Array::from(vec![Some(0), None, Some(1)]);
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("yes"), None]));
    let batch = arrow_crimes();
    let column: ArrayRef = Arc::new(DictionaryArray::new(keys, values).slice(0, 2));
    let fields: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .cloned()
        .chain([Arc::new(ArrowField::new("flag_gang", column.data_type().clone(), true))])
        .collect();
    let arrays = batch.columns().iter().cloned().chain([column]).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    let mut intake = intake("crime");
    intake.push_batches(std::slice::from_ref(&batch), std::num::NonZeroUsize::MIN).unwrap();
    let checked = intake.finish(&NothingHeld).unwrap();
    assert_eq!(checked.batch.column("flag_gang").and_then(|column| column.as_u8()), Some(&[1, 0][..]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_are_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = csv_with_bytes(&bytes);
        let _ = arrow(&[&bytes]);
        let _ = arrow(&[&[0xff, 0xff, 0xff, 0xff], &bytes]);
    }

    #[test]
    fn random_text_under_a_right_header_is_never_a_panic(rows in "[ -~\n\"é,]{0,300}") {
        let _ = csv("crime", &format!("{CRIME_HEADER}\n{rows}"));
        let _ = csv("published_figure", &format!("measure,area,period,breakdown,status,source\n{rows}"));
    }

    #[test]
    fn changed_bytes_of_a_stream_are_never_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        compressed in any::<bool>(),
    ) {
        let compression = compressed.then_some(CompressionType::LZ4_FRAME);
        let mut bytes = ipc(&arrow_crimes(), compression);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = arrow(&[&bytes]);
    }
}

fn csv_with_bytes(bytes: &[u8]) -> Result<Checked, IntakeError> {
    let mut intake = intake("crime");
    intake.push_csv(bytes)?;
    intake.finish(&NothingHeld)
}

#[test]
fn an_arrow_column_of_a_wrong_type_is_named() {
    let batch = arrow_crimes();
    let index = batch.schema().index_of("recorded_at").unwrap();
    let mut columns = batch.columns().to_vec();
    columns[index] = Arc::new(BooleanArray::from(vec![true, false]));
    let mut fields: Vec<_> = batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields[index] = ArrowField::new("recorded_at", DataType::Boolean, true);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let error = arrow(&[&ipc(&batch, None)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the column `recorded_at` has the type Boolean, expected date32, date64, timestamps or text"
    );
}
