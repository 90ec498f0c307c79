//! Submissions that are refused as a whole.

use super::*;

#[test]
fn headers_are_matched_by_name() {
    let header = CRIME_HEADER.replace("crime_ref", " CRIME_REF ").replace("gun_use", "Gun_Use");
    assert!(csv("crime", &format!("{header}\n{CRIME_ROW}\n")).is_ok());

    let text = format!("{CRIME_HEADER},offence_brough\n");
    let error = csv("crime", &text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the dataset crime has no column `offence_brough`; did you mean `offence_borough`?"
    );
    let error = csv("crime", &CRIME_HEADER.replace(",gun_use", "")).unwrap_err();
    assert_eq!(error.to_string(), "required columns are missing: gun_use");
    assert!(matches!(csv("crime", &format!("{CRIME_HEADER},gun_use\n")), Err(IntakeError::RepeatedColumn { .. })));
    assert!(matches!(csv("crime", &format!("{CRIME_HEADER},crime_group\n")), Err(IntakeError::DerivedColumn { .. })));
    assert!(matches!(csv("crime", ""), Err(IntakeError::NoHeader)));
}

#[test]
fn labels_of_rows_are_left_behind() {
    let labelled = |label: &str| csv("crime", &format!("\"\",{CRIME_HEADER}\n\"{label}\",{CRIME_ROW}\n"));
    for label in ["1", "0", "123456789", ""] {
        let checked = labelled(label).unwrap();
        assert_eq!((checked.batch.rows(), checked.findings.kept().len()), (1, 0), "{label}");
    }
    for wrong in ["Jo Bloggs", "9434765919"] {
        assert_eq!(
            labelled(wrong).unwrap_err().to_string(),
            "column A has no heading and is more than a number for each row: name it, or remove it"
        );
    }
    // Only the first column can hold labels, and a value beyond the headings has no meaning.
    let error = csv("crime", &format!("{CRIME_HEADER},\n{CRIME_ROW},1\n")).unwrap_err();
    let IntakeError::TooManyErrors { findings, .. } = error else { panic!("{error}") };
    assert_eq!(findings.kept()[0].code, "PEEL-1001");
    let error = csv("crime", &format!("crime_ref,,{}\nA,x,{}\n", &CRIME_HEADER[10..], &CRIME_ROW[11..])).unwrap_err();
    assert_eq!(error.to_string(), "column B has no heading and has values: name it, or remove it");
}

#[test]
fn direct_identifiers_refuse_the_file() {
    let error = csv("crime", &format!("{CRIME_HEADER},Victim Surname\n{CRIME_ROW},Smith\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the column number 17 holds a direct identifier (name): remove it and send the file again"
    );
    // A file without a header: the message must not quote its first row.
    let error = csv("crime", "SE1 7EH,jo@example.org\n").unwrap_err();
    assert!(matches!(&error, IntakeError::IdentifierColumn { column, .. } if column == "number 1"));
    let error = csv("crime", "Jo Bloggs,Featherstonehaughson\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the dataset crime has no column like column number 1, a text of 9 characters (is the header row missing?)"
    );
    // 943 476 5919 is the NHS's own example of its number.
    let text = format!("{CRIME_HEADER}\n{}\n", CRIME_ROW.replace("01/1234/17", "943 476 5919"));
    let error = csv("crime", &text).unwrap_err();
    assert!(matches!(error, IntakeError::IdentifierValues { column: "crime_ref", kind: Identifier::NhsNumber }));
    assert!(!error.to_string().contains("943"));
}

#[test]
fn limits_have_their_own_errors() {
    let row = |n| format!("{CRIME_HEADER}\n{}", format!("{CRIME_ROW}\n").repeat(n));
    let limits = Limits { max_rows: 2, max_bytes: 1_000, ..Limits::default() };
    let begin = || Intake::new(&REFERENCE, dataset("crime"), declared(), limits).unwrap();
    assert!(matches!(csv_with(begin(), &row(3), &NothingHeld), Err(IntakeError::TooManyRows { limit: 2 })));
    assert!(
        matches!(csv_with(begin(), &row(2), &NothingHeld), Err(IntakeError::TooManyErrors { .. })),
        "two are allowed"
    );
    assert!(matches!(csv_with(begin(), &row(20), &NothingHeld), Err(IntakeError::TooManyBytes { limit: 1_000 })));
    let mut typed = begin();
    typed.push_rows(&[typed_crime(), typed_crime()]).unwrap();
    assert!(matches!(typed.push_rows(&[typed_crime()]), Err(IntakeError::TooManyRows { .. })));
    let mut endless = intake("crime");
    let long = format!("{CRIME_HEADER}\n\"{}", "x".repeat(1 << 21));
    assert!(matches!(endless.push_csv(long.as_bytes()), Err(IntakeError::RecordTooLong { line: 2, .. })));
}

#[test]
fn chunks_of_two_encodings_are_refused() {
    let mut mixed = intake("crime");
    mixed.push_csv(CRIME_HEADER.as_bytes()).unwrap();
    let error = mixed.push_rows(&[typed_crime()]).unwrap_err();
    assert_eq!(error.to_string(), "a submission has one encoding: typed chunks cannot follow CSV chunks");
    let mut other = intake("crime_outcome");
    assert!(matches!(other.push_rows(&[typed_crime()]), Err(IntakeError::OtherRecord { .. })));
}

#[test]
fn bytes_that_are_not_utf8_are_placed() {
    let mut intake = intake("crime");
    let mut bytes = CRIME_HEADER.as_bytes().to_vec();
    bytes.extend_from_slice("\nécaf".as_bytes());
    bytes.extend_from_slice(b"\xe9,");
    let error = intake.push_csv(&bytes).unwrap_err();
    assert!(matches!(error, IntakeError::NotUtf8 { position } if position == CRIME_HEADER.len() as u64 + 6));
}

#[test]
fn all_unknown_columns_are_told_at_once() {
    let header = CRIME_HEADER.replace(",gun_use", "").replace("recorded_at", "Date Record");
    let error = csv("crime", &format!("{header},Colour of shoes,Gun used\n{CRIME_ROW},x\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the dataset crime has none of the columns `Date Record` (column C) (did you mean `recorded_at`?), \
         number 16 (P, a text of 15 characters), `Gun used` (column Q) (did you mean `gun_use`?); required columns are missing: \
         recorded_at, gun_use"
    );
}

#[test]
fn a_compressed_stream_is_held_to_what_it_may_expand_to() {
    use std::sync::Arc;

    use arrow::array::StringArray;
    use arrow::datatypes::{DataType, Field as ArrowField, Schema};

    let declared = Declared { mode: Mode::Delete, ..declared() };
    let rows = 10_000;
    let keys: StringArray = std::iter::repeat_n(Some("the same reference"), rows).collect();
    let schema = Schema::new(vec![ArrowField::new("crime_ref", DataType::Utf8, false)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(keys)]).unwrap();
    let bytes = super::encodings::ipc(&batch, Some(arrow_ipc::CompressionType::LZ4_FRAME));
    assert!(bytes.len() < 100_000);
    let limits = Limits { max_bytes: 100_000, ..Limits::default() };
    let mut small = Intake::new(&REFERENCE, dataset("crime"), declared, limits).unwrap();
    assert!(matches!(small.push_arrow(&bytes), Err(IntakeError::ExpandsTooFar { limit: 100_000 })));
    let mut enough = Intake::new(&REFERENCE, dataset("crime"), declared, Limits::default()).unwrap();
    enough.push_arrow(&bytes).unwrap();
}

#[test]
fn a_dataset_whose_code_list_is_not_loaded_cannot_begin() {
    let mut reference = REFERENCE.clone();
    reference.codes = std::sync::Arc::new(crate::reference::CodeLists::load(&[]).unwrap());
    let error = Intake::new(&reference, dataset("crime"), declared(), Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "the code list `ho_class` of crime is not loaded");
}
