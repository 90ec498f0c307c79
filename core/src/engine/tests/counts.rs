//! Counts from records: roll-ups, zero and missing.

use super::*;
use crate::engine::{ComparisonKind, MissingReason};

const HEADER: &str = "crime_ref,record_status,recorded_at,ho_class,offence_borough,offence_ward,knife_use,knife_selected,\
flag_hate,flag_da,crime_group,victim_based";

/// Knife crimes: reference, day, borough.
fn knives(rows: &[(&str, &str, &str)]) -> String {
    let mut csv = HEADER.to_owned();
    for (reference, day, borough) in rows {
        csv += &format!("\n{reference},active,{day},34B,{borough},,threatened,yes,,no,robbery_personal,yes");
    }
    csv
}

fn two_years() -> Ledger {
    Ledger::default()
        .submit(
            "mps",
            "crime",
            "2016-01-01..2016-12-31",
            &knives(&[
                ("a", "2016-01-31", SOUTHWARK),
                ("b", "2016-02-29", "E09000007"),
                ("c", "2016-03-01", "E09000019"),
            ]),
        )
        .submit(
            "mps",
            "crime",
            "2017-01-01..2017-12-31",
            &knives(&[
                ("d", "2017-01-05", SOUTHWARK),
                ("e", "2017-01-06", SOUTHWARK),
                ("f", "2017-02-28", "E09000007"),
            ]),
        )
}

fn value(engine: &Engine, area: &str, period: &str) -> Result<f64, MissingReason> {
    computed(engine, "knife-crime-offences", area, period).result
}

#[test]
fn records_roll_up_over_areas_and_periods() {
    let engine = two_years().engine();
    assert_eq!(value(&engine, SOUTHWARK, "2017-01"), Ok(2.0));
    assert_eq!(value(&engine, MPS, "2017-01"), Ok(2.0));
    assert_eq!(value(&engine, MPS, "R12-2017-02"), Ok(4.0));
    assert_eq!(value(&engine, MPS, "CY2016"), Ok(3.0));
    assert_eq!(value(&engine, MPS, "2016/17"), Ok(3.0));
    assert_eq!(value(&engine, SOUTHWARK, "R12-2016-12"), Ok(1.0));
    // Camden and Islington form the command unit CN from the start of 2017. Before, they form none.
    assert_eq!(value(&engine, "CN", "2017-02"), Ok(1.0));
    assert_eq!(value(&engine, "CN", "2016-02"), Err(MissingReason::NotApplicable));
}

#[test]
fn missing_is_not_zero() {
    let engine = two_years().engine();
    let zero = computed(&engine, "knife-crime-offences", SOUTHWARK, "2017-06");
    assert_eq!(zero.result, Ok(0.0));
    assert_eq!(zero.interval.map(|interval| interval.method.id()), Some("exact_poisson"));
    assert!((zero.interval.unwrap().upper - 3.688_879).abs() < 1e-6);
    assert_eq!(zero.completeness.received, 1);
    let missing = computed(&engine, "knife-crime-offences", SOUTHWARK, "R12-2018-03");
    assert_eq!(missing.result, Err(MissingReason::NotSubmitted));
    assert_eq!((missing.completeness.expected, missing.completeness.received), (12, 9));
    assert_eq!((missing.marker.as_ref(), missing.obs_status), ("[x]", "O"));
    assert_eq!(missing.numerator, None);
}

#[test]
fn a_nil_return_is_zero() {
    let ledger = two_years().submit("mps", "crime", "2018-01-01..2018-01-31", HEADER);
    assert_eq!(value(&ledger.engine(), SOUTHWARK, "2018-01"), Ok(0.0));
    let half = two_years().submit("mps", "crime", "2018-01-01..2018-01-30", HEADER).submit(
        "mps",
        "crime",
        "2018-02-01..2018-02-28",
        HEADER,
    );
    assert_eq!(value(&half.engine(), SOUTHWARK, "2018-01"), Err(MissingReason::NotSubmitted));
}

#[test]
fn london_with_the_city_says_so_when_the_city_is_not_there() {
    let engine = two_years().engine();
    let without = computed(&engine, "knife-crime-offences", GREATER_LONDON, "2017-01");
    assert_eq!(without.result, Ok(2.0));
    assert!(without.caveats.iter().any(|caveat| caveat.contains("City of London is not included")));
    assert_eq!(value(&engine, "E09000001", "2017-01"), Err(MissingReason::NotSubmitted));
    let city = knives(&[("z", "2017-01-09", "E09000001")]);
    let ledger = two_years().submit("city-of-london-police", "crime", "2017-01-01..2017-01-31", &city);
    let with = computed(&ledger.engine(), "knife-crime-offences", GREATER_LONDON, "2017-01");
    assert_eq!(with.result, Ok(3.0));
    assert!(!with.caveats.iter().any(|caveat| caveat.contains("City of London is not included")));
    assert_eq!(value(&ledger.engine(), MPS, "2017-01"), Ok(2.0));
}

#[test]
fn changes_are_tested() {
    let mut rows = Vec::new();
    let refs: Vec<String> = (0..300).map(|n| format!("r{n}")).collect();
    for (n, reference) in refs.iter().enumerate() {
        rows.push((reference.as_str(), if n < 100 { "2016-01-10" } else { "2017-01-10" }, SOUTHWARK));
    }
    let ledger = Ledger::default().submit("mps", "crime", "2015-01-01..2017-12-31", &knives(&rows));
    let engine = ledger.engine();
    let comparisons =
        vec![ComparisonKind::PreviousWindow, ComparisonKind::SamePeriodLastYear, ComparisonKind::London];
    let month = Query { comparisons: comparisons.clone(), ..ask("knife-crime-offences", SOUTHWARK, "2017-01") };
    let found = engine.query(&month).unwrap();
    let [before, year, london] = found[0].comparisons.as_slice() else { panic!("three comparisons") };
    assert_eq!((before.verdict, before.change), ("not compared", None));
    assert!(before.note.contains("seasons"));
    assert_eq!((year.verdict, year.against.as_str(), year.against_value), ("higher", "2016-01", Some(100.0)));
    assert!((year.change.unwrap().0 - 2.0).abs() < 1e-12);
    assert_eq!(london.verdict, "not compared");
    let rolling = Query { comparisons, ..ask("knife-crime-offences", SOUTHWARK, "R12-2017-12") };
    let found = engine.query(&rolling).unwrap();
    assert_eq!(found[0].comparisons[0].against, "R12-2016-12");
    assert_eq!(found[0].comparisons[0].interval.unwrap().method.id(), "rate_ratio_log_wald");
}

#[test]
fn a_series_is_not_compared_across_a_break() {
    let rows = [("a", "2023-06-01", SOUTHWARK), ("b", "2024-06-01", SOUTHWARK)];
    let ledger = Ledger::default().submit("mps", "crime", "2023-01-01..2024-12-31", &knives(&rows));
    let engine = ledger.engine();
    let query = Query {
        comparisons: vec![ComparisonKind::SamePeriodLastYear],
        ..ask("domestic-abuse-reports", SOUTHWARK, "2024-06")
    };
    let found = engine.query(&query).unwrap();
    assert_eq!(found[0].comparisons[0].verdict, "not compared");
    assert!(found[0].comparisons[0].note.contains("breaks"));
    let allowed = engine.query(&Query { allow_break: true, ..query }).unwrap();
    assert_ne!(allowed[0].comparisons[0].note, found[0].comparisons[0].note);
}

#[test]
fn synthetic_rows_show() {
    let ledger = two_years().submit_as(
        "mps",
        "crime",
        "2018-01-01..2018-01-31",
        &knives(&[("s", "2018-01-01", SOUTHWARK)]),
        true,
        0,
    );
    let engine = ledger.engine();
    assert!(computed(&engine, "knife-crime-offences", SOUTHWARK, "2018-01").synthetic);
    assert!(computed(&engine, "knife-crime-offences", SOUTHWARK, "R12-2018-01").synthetic);
    assert!(!computed(&engine, "knife-crime-offences", SOUTHWARK, "2017-12").synthetic);
}

#[test]
fn breakdowns_have_every_code_of_a_closed_list() {
    let query = Query {
        breakdown: vec!["knife_use".to_owned()],
        basis: Some(Basis::ComputedFromRecords),
        ..ask("knife-crime-offences", MPS, "2017-01")
    };
    let found = two_years().engine().query(&query).unwrap();
    let of = |code: &str| found.iter().find(|found| found.breakdown[0].code == code).map(|found| found.result);
    assert_eq!(of("threatened"), Some(Ok(2.0)));
    assert_eq!(of("injured"), Some(Ok(0.0)));
    assert_eq!(of("not_supplied"), None);
}

/// A crime flagged only as antisemitic is a crime of hostility to religion: in the breakdown, and in every population.
#[test]
fn the_parts_of_a_strand_count_under_it() {
    let csv = "crime_ref,record_status,recorded_at,ho_class,offence_borough,flag_hate\n\
        a,active,2017-01-05,8N,E09000028,antisemitic\n\
        b,active,2017-01-06,8N,E09000028,race|islamophobic\n\
        c,active,2017-01-07,8N,E09000028,religion\n\
        d,active,2017-01-08,8N,E09000028,race";
    let engine = Ledger::default().submit("mps", "crime", "2017-01-01..2017-12-31", csv).engine();
    let query = Query {
        breakdown: vec!["hate_strand".to_owned()],
        basis: Some(Basis::ComputedFromRecords),
        ..ask("hate-crime-reports", MPS, "CY2017")
    };
    let found = engine.query(&query).unwrap();
    let strand = |code: &str| found.iter().find(|found| found.breakdown[0].code == code).map(|found| found.result);
    assert_eq!(strand("religion"), Some(Ok(3.0)));
    assert_eq!(strand("antisemitic"), Some(Ok(1.0)));
    assert_eq!(strand("race"), Some(Ok(2.0)));
    assert_eq!(strand("disability"), Some(Ok(0.0)));
    assert_eq!(computed(&engine, "hate-crime-reports.race-or-religion", MPS, "CY2017").result, Ok(4.0));
}

#[test]
fn a_ward_is_covered_by_two_constables_and_a_support_officer() {
    use crate::reference::Level;

    let areas = &CORE.reference.areas;
    let southwark = areas.by_code(SOUTHWARK).unwrap();
    let wards = areas.members(southwark, Level::Ward, "2017-12-31".parse().unwrap());
    let mut csv = "ward,borough,snapshot_date,dwo_pc,dwo_pcso".to_owned();
    for (n, ward) in wards.iter().take(12).enumerate() {
        let officers = ["2,1", "2,0", "1,1", "3,1"][n % 4];
        csv += &format!("\n{},{SOUTHWARK},2017-12-31,{officers}", areas.get(*ward).code());
    }
    let engine = Ledger::default().submit("mps", "ward_officer", "2017-12-01..2017-12-31", &csv).engine();
    for area in [SOUTHWARK, MPS, GREATER_LONDON] {
        let found = computed(&engine, "ward-officer-coverage", area, "2017-12");
        assert_eq!((parts(&found), found.interval.is_none()), ((6.0, 12.0), true), "{area}");
    }
}
