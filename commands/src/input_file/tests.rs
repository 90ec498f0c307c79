//! Files that are damaged, and findings with one fault.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use peelian_core::contract::Contract;
use peelian_core::sources::SourceFindingCode;

use super::*;

/// A schema of Arrow without fields, as Parquet has it beside its own. The library of Parquet panics at it.
const NO_FIELDS: &str = "/////yQAAAAQAAAACgAMAAAABAAIAAAADAAAAAEAAAAIAAAABAAEAAQAAAA=";

fn parquet(properties: WriterProperties) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter([("n", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]).unwrap();
    let options = ArrowWriterOptions::new().with_skip_arrow_metadata(true).with_properties(properties);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_damaged_parquet_file_is_refused() {
    let dataset = Contract::get().dataset("local_priority").unwrap();
    let read = |bytes: &[u8]| Reading::default().rows(Path::new("rows.parquet"), bytes.to_vec(), dataset).map(drop);
    let whole = parquet(WriterProperties::default());
    assert!(read(&whole).is_ok());
    let schema = KeyValue::new("ARROW:schema".to_owned(), NO_FIELDS.to_owned());
    let without_fields = parquet(WriterProperties::builder().set_key_value_metadata(Some(vec![schema])).build());
    for damaged in [&whole[..whole.len() / 2], &without_fields] {
        let error = read(damaged).unwrap_err().to_string();
        assert!(error.starts_with("rows.parquet: "), "{error}");
    }
}

#[test]
fn findings_with_one_fault_are_one_line() {
    let finding =
        |line, message: &str| SourceFinding { code: SourceFindingCode::ALL[0], line, message: message.to_owned() };
    let mut findings: Vec<_> = (2..7).map(|line| finding(Some(line), "an unknown borough")).collect();
    findings.push(finding(None, "the file has no month"));
    findings.push(finding(Some(9), "a partial month"));
    let code = SourceFindingCode::ALL[0].code();
    assert_eq!(
        together(&findings),
        [
            format!("{code} lines 2, 3, 4 and 2 more: an unknown borough"),
            format!("{code} the file has no month"),
            format!("{code} line 9: a partial month"),
        ]
    );
}
