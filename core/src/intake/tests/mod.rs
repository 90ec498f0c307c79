//! Tests of whole submissions.

mod encodings;
mod forms;
mod parts;
mod quotes;
mod refusals;
mod registry;
mod services;

use std::sync::LazyLock;

use jiff::civil::date;
use peelian::records::v1::{Crime, GunUse, KnifeUse, RecordStatus, Tri};

use super::*;
use crate::contract::{Contract, Severity};

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let mut reference = Reference::from_seeds().unwrap();
    // Identifiers of measures come from the catalogue, which these tests do not load.
    if reference.codes.list("measure").is_none() {
        let text = "# version: 1\n# source: test\ncode,label\nknife-crime-offences,Knife crime\n";
        let mut files = peelian_seeds::codes();
        files.push(peelian_seeds::SeedFile { path: "codes/measure.csv".to_owned(), text: text.into() });
        reference.codes = std::sync::Arc::new(crate::reference::CodeLists::load(&files).unwrap());
    }
    reference
});

const CRIME_HEADER: &str = "crime_ref,record_status,recorded_at,committed_from,ho_class,victim_based,offence_borough,\
                            flag_da,flag_cse,flag_csa,flag_hba,flag_fm,flag_fgm,knife_use,gun_use,flag_hate";
const CRIME_ROW: &str = "01/1234/17,active,2017-02-03,2017-02-01,8N,true,E09000028,no,no,no,no,no,no,none,none,";

fn dataset(id: &str) -> &'static Dataset {
    Contract::get().dataset(id).unwrap()
}

fn declared() -> Declared {
    Declared {
        period_first: date(2017, 2, 1),
        period_last: date(2017, 2, 28),
        extract_date: date(2017, 3, 10),
        mode: Mode::ReplacePeriod,
    }
}

fn intake(id: &str) -> Intake {
    Intake::new(&REFERENCE, dataset(id), declared(), Limits::default()).unwrap()
}

/// The outcome of a CSV file, with any share of errors.
fn csv_with(intake: Intake, text: &str, held: &dyn Held) -> Result<Checked, IntakeError> {
    let mut intake = intake;
    intake.push_csv(text.as_bytes())?;
    intake.finish(held)
}

fn csv(id: &str, text: &str) -> Result<Checked, IntakeError> {
    csv_with(intake(id), text, &NothingHeld)
}

/// The findings of a CSV file, refused or not.
fn findings(result: Result<Checked, IntakeError>) -> Findings {
    match result {
        Ok(checked) => checked.findings,
        Err(IntakeError::TooManyErrors { findings, .. }) => *findings,
        Err(other) => panic!("{other}"),
    }
}

fn codes(findings: &Findings) -> Vec<(&'static str, u64, &'static str)> {
    findings.kept().iter().map(|finding| (finding.code, finding.row, finding.field)).collect()
}

/// A crime row with some columns changed. A column that the short header lacks is added.
fn crime(changes: &[(&str, &str)]) -> String {
    let mut names: Vec<&str> = CRIME_HEADER.split(',').collect();
    let mut values: Vec<String> = CRIME_ROW.split(',').map(str::to_owned).collect();
    for (name, value) in changes {
        match names.iter().position(|known| known == name) {
            Some(index) => values[index] = (*value).to_owned(),
            None => {
                names.push(name);
                values.push((*value).to_owned());
            }
        }
    }
    format!("{}\n{}\n", names.join(","), values.join(","))
}

fn typed_crime() -> Crime {
    Crime {
        crime_ref: "01/1234/17".into(),
        record_status: RecordStatus::Active.into(),
        recorded_at: "2017-02-03".into(),
        committed_from: "2017-02-01".into(),
        ho_class: "8N".into(),
        victim_based: Some(true),
        offence_borough: "E09000028".into(),
        flag_da: Tri::No.into(),
        flag_cse: Tri::No.into(),
        flag_csa: Tri::No.into(),
        flag_hba: Tri::No.into(),
        flag_fm: Tri::No.into(),
        flag_fgm: Tri::No.into(),
        knife_use: KnifeUse::None.into(),
        gun_use: GunUse::None.into(),
        ..Crime::default()
    }
}

/// Crimes for references from other datasets.
fn held_crimes() -> HeldBatches {
    let mut held = HeldBatches::default();
    let text = format!(
        "{CRIME_HEADER},suspect_count\n{CRIME_ROW},0\n{}\n{}\n",
        "K,active,2017-02-05,2017-02-01,5D,true,E09000028,no,no,no,no,no,no,injured,none,,1",
        "H,active,2017-02-06,2017-02-01,1,true,E09000028,yes,no,no,no,no,no,none,none,,1",
    );
    held.insert(csv("crime", &text).unwrap().batch);
    held
}

#[test]
fn a_clean_row_is_kept_and_its_derived_fields_are_worked_out() {
    let checked = csv("crime", &crime(&[("committed_from", "2016-01-31"), ("flag_hate", "race;religion")])).unwrap();
    assert_eq!((checked.received, checked.rejected, checked.batch.rows()), (1, 0, 1));
    assert_eq!(checked.keys, [crate::column::key_of("01/1234/17")]);
    let value = |field: &str| {
        let column = checked.batch.column(field).unwrap();
        show(checked.batch.dataset().field(field).unwrap(), column, 0, &REFERENCE)
    };
    assert_eq!(value("recorded_at"), "2017-02-03");
    assert_eq!(value("ho_class"), "8N");
    assert_eq!(value("offence_borough"), "E09000028");
    assert_eq!(value("flag_hate"), "race;religion");
    assert_eq!(value("crime_group"), "violence_with_injury");
    assert_eq!(value("non_recent"), "true");
    assert_eq!(value("suspect_count"), "", "missing is not zero");
}

#[test]
fn rows_with_errors_are_left_out_and_the_others_kept() {
    let mut text = format!("{CRIME_HEADER}\n");
    for n in 0..100 {
        text.push_str(&CRIME_ROW.replace("01/1234/17", &format!("ref {n}")));
        text.push('\n');
    }
    let text = text.replacen("ref 7,active,2017-02-03", "ref 7,active,2017-02-30", 1);
    let checked = csv("crime", &text).unwrap();
    assert_eq!((checked.received, checked.rejected, checked.batch.rows(), checked.keys.len()), (100, 1, 99, 99));
    let finding = &checked.findings.kept()[0];
    assert_eq!((finding.code, finding.row, finding.field), ("PEEL-5003", 8, "recorded_at"));
    assert_eq!(finding.value, "2017-02-30");
    assert!(finding.message.contains("2017-02-28"), "{}", finding.message);
    assert!(!checked.keys.contains(&crate::column::key_of("ref 7")));
}

#[test]
fn a_file_with_too_many_errors_is_refused_with_its_findings() {
    let result = csv("crime", &crime(&[("gun_use", "")]));
    let Err(IntakeError::TooManyErrors { received: 1, rejected: 1, findings, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(codes(&findings), [("PEEL-5001", 1, "gun_use")]);
}

#[test]
fn findings_are_counted_beyond_those_kept() {
    let mut text = format!("{CRIME_HEADER}\n");
    for n in 0..3_000 {
        text.push_str(&format!(
            "ref {n},active,2017-02-03,2017-02-01,8N,true,E09000028,no,no,no,no,no,no,injured,none,\n"
        ));
    }
    let text = text.replace(",8N,", ",8Q,");
    let limits = Limits { max_findings_kept: 10, ..Limits::default() };
    let intake = Intake::new(&REFERENCE, dataset("crime"), declared(), limits).unwrap();
    let found = findings(csv_with(intake, &text, &NothingHeld));
    assert!(found.kept().len() <= 20);
    assert_eq!(found.counts().values().map(|count| count.total).max(), Some(3_000));
}

#[test]
fn personal_values_are_never_quoted() {
    let text = "crime_ref,victim_seq,victim_type,victim_pid,injury,age\nK,1,person,Jo Smith,minor,200\n";
    let found = findings(csv_with(intake("crime_victim"), text, &held_crimes()));
    assert_eq!(codes(&found), [("PEEL-5014", 1, "age"), ("PEEL-5017", 1, "victim_pid")]);
    assert!(found.kept().iter().all(|finding| finding.value == "(withheld)"));
}

#[test]
fn references_join_fields_of_other_datasets() {
    let text = "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury,relationship\n\
                H,1,person,0123456789abcdef0123456789abcdef,k1,minor,stranger\n\
                K,1,organisation,,,none,\n\
                unknown,1,organisation,,,none,\n";
    let found = findings(csv_with(intake("crime_victim"), text, &held_crimes()));
    assert_eq!(
        codes(&found),
        [
            ("PEEL-3110", 1, "relationship"),
            ("PEEL-3112", 1, "injury"),
            ("PEEL-6111", 2, "crime_ref"),
            ("PEEL-6002", 3, "crime_ref"),
        ]
    );
}

#[test]
fn a_set_of_codes_without_a_column_is_told() {
    let text = crime(&[]);
    let without = text.replace(",flag_hate", "").replace("none,\n", "none\n");
    assert_eq!(codes(&csv("crime", &text).unwrap().findings), []);
    let found = csv("crime", &without).unwrap().findings;
    assert_eq!(codes(&found), [("PEEL-1006", 0, "flag_hate")]);
    assert!(found.kept()[0].message.contains("no column `flag_hate`"), "{}", found.kept()[0].message);
}

#[test]
fn a_deletion_needs_keys_only() {
    let declared = Declared { mode: Mode::Delete, ..declared() };
    let deletion = || Intake::new(&REFERENCE, dataset("crime"), declared, Limits::default()).unwrap();
    let checked = csv_with(deletion(), "crime_ref\nA\nB\n", &NothingHeld).unwrap();
    assert_eq!((checked.batch.rows(), checked.keys.len()), (2, 2));
    let found = findings(csv_with(deletion(), "crime_ref\nA\nA\n", &NothingHeld));
    assert_eq!(codes(&found), [("PEEL-6001", 1, ""), ("PEEL-6001", 2, "")]);
    let keyless = Intake::new(&REFERENCE, dataset("istv_attendance"), declared, Limits::default());
    assert!(matches!(keyless, Err(IntakeError::NoKey { .. })));
}

#[test]
fn transient_text_is_checked_and_dropped() {
    let header = "reporting_period_start,reporting_period_end,site_code,arrival_at,assault_at,assault_method,\
                  assault_location_type,assault_location_description";
    let site = REFERENCE.codes.list("ods_site").unwrap().at(0).unwrap().code().to_owned();
    let row = |place: &str| {
        format!("{header}\n2017-02-01,2017-02-28,{site},2017-02-05T23:40:00+00:00,unknown,03,01,{place}\n")
    };
    let checked = csv("istv_attendance", &row("outside the club on the High Street")).unwrap();
    assert_eq!(codes(&checked.findings), []);
    assert!(checked.batch.column("assault_location_description").is_none());
    assert!(checked.keys.is_empty());
    let hour = checked.batch.column("arrival_hour").unwrap();
    assert_eq!(hour.as_u8(), Some(&[24][..]), "hour 23, held plus 1");
    let found = findings(csv("istv_attendance", &row("her flat at SE1 7EH")));
    assert_eq!(codes(&found), [("PEEL-7003", 1, "assault_location_description")]);
    assert_eq!(found.kept()[0].value, "(withheld)");
}

#[test]
fn every_dataset_can_begin_and_its_expressions_compile() {
    for dataset in Contract::get().datasets() {
        Intake::new(&REFERENCE, dataset, declared(), Limits::default()).unwrap();
        let compiles = |source: &str, dataset| {
            let compiled = crate::cel::Predicate::compile(source, dataset, &REFERENCE);
            assert!(compiled.is_ok(), "{source}: {compiled:?}");
        };
        for field in &dataset.fields {
            compiles(&field.options.required_when, dataset);
            let pattern = &field.options.pattern;
            assert!(regex::Regex::new(&format!("^(?:{pattern})$")).is_ok(), "{pattern}");
            assert!(!matches!(&field.kind, crate::contract::Kind::Set(codes) if codes.largest() > 16));
        }
        dataset.options.rules.iter().for_each(|rule| compiles(&rule.holds, dataset));
        dataset.options.uniques.iter().for_each(|unique| compiles(&unique.when, dataset));
        for exists in &dataset.options.exists {
            compiles(&exists.some, dataset);
            let referenced = dataset.field(&exists.reference).and_then(|field| field.references()).unwrap();
            compiles(&exists.when, self::dataset(referenced));
        }
    }
}

#[test]
fn severities_add_up() {
    let text = crime(&[("ho_class", "5D"), ("committed_to", "2017-01-01")]);
    let found = findings(csv("crime", &text));
    assert_eq!(found.total(Severity::Error), 1, "{:?}", found.kept());
}
