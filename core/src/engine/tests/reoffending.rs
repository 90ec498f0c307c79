//! Proven reoffending: the fixture of the definitions, and its limits.

use super::*;
use crate::engine::MissingReason;
use crate::period::{date_of_days, days_of_date, months_later};

const COHORT: &str = "offender_pid,cohort_quarter,index_date,index_event,index_offence_class,provider,borough,age_at_index,prior_offences_n,pnc_matched,linkage_key_id";
const REOFFENCES: &str = "offender_pid,cohort_quarter,offence_date,proof_date,proof_type,offence_class,recordable,in_england_wales,breach,offence_seq,linkage_key_id";

/// The worked example of the definitions: five offenders of October to December 2015.
const OFFENDERS: [(&str, &str); 5] =
    [("P1", "2015-10-05"), ("P2", "2015-11-01"), ("P3", "2015-12-31"), ("P4", "2015-10-20"), ("P5", "2015-12-01")];

/// Offender, day of the offence, day of its proof, whether it is a breach.
const OFFENCES: [(&str, &str, &str, &str); 8] = [
    ("P1", "2016-01-10", "2016-05-01", "no"),
    ("P1", "2016-03-02", "2016-12-01", "no"),
    ("P2", "2016-11-01", "2017-04-30", "no"),
    ("P2", "2016-11-02", "2017-01-10", "no"),
    ("P3", "2016-12-30", "2017-07-01", "no"),
    ("P4", "2016-02-02", "2016-03-01", "yes"),
    ("P5", "2016-06-06", "2017-05-31", "no"),
    ("P5", "2015-12-01", "2016-01-01", "no"),
];

fn cohort() -> String {
    let rows = OFFENDERS
        .map(|(person, day)| format!("{person},2015/16-Q3,{day},court_order,8N,nps,{SOUTHWARK},30,2,yes,k1"));
    format!("{COHORT}\n{}", rows.join("\n"))
}

fn reoffences() -> String {
    let rows = OFFENCES.map(|(person, day, proof, breach)| {
        format!("{person},2015/16-Q3,{day},{proof},conviction,46,yes,yes,{breach},1,k1")
    });
    format!("{REOFFENCES}\n{}", rows.join("\n"))
}

fn engine_until(last: &str) -> Engine {
    let window = format!("2015-10-01..{last}");
    Ledger::default()
        .submit("moj", "probation_cohort", "2015-10-01..2015-12-31", &cohort())
        .submit("moj", "proven_reoffence", &window, &reoffences())
        .engine()
}

#[test]
fn fixture_reoffending() {
    let engine = engine_until("2017-06-30");
    let found = |measure: &str| computed(&engine, measure, GREATER_LONDON, "2015/16-Q3");
    let rate = found("reoffending-binary-rate");
    assert_eq!((parts(&rate), rate.interval.unwrap().method.id()), ((3.0, 5.0), "wilson"));
    for (variant, value, numbers) in [
        ("per-reoffender", 4.0 / 3.0, (4.0, 3.0)),
        ("per-offender", 0.8, (4.0, 5.0)),
        ("per-100-offenders", 80.0, (4.0, 5.0)),
        // One of three reoffenders, with two of four reoffences.
        ("top-tenth-share", 0.5, (2.0, 4.0)),
    ] {
        let frequency = found(&format!("reoffending-frequency.{variant}"));
        assert!((frequency.result.unwrap() - value).abs() < 1e-12, "{variant}");
        assert_eq!(parts(&frequency), numbers, "{variant}");
        // One resample in a hundred has no reoffender: five offenders are too few for what is divided by reoffenders.
        let divided_by_reoffenders = ["per-reoffender", "top-tenth-share"].contains(&variant);
        let method = frequency.interval.map(|interval| interval.method.id());
        assert_eq!(method, (!divided_by_reoffenders).then_some("bootstrap_percentile"), "{variant}");
        assert!(frequency.caveats.iter().any(|caveat| caveat.contains("2000 resamples")), "{:?}", frequency.caveats);
    }
    assert_eq!(parts(&found("reoffending-severity.serious-rate")), (0.0, 5.0), "a theft is not serious");
    assert_eq!(parts(&computed(&engine, "reoffending-binary-rate.adult", SOUTHWARK, "2015/16-Q3")), (3.0, 5.0));
    let children = found("youth-reoffending-binary-rate");
    assert_eq!(children.result, Err(MissingReason::ZeroDenominator));
}

#[test]
fn a_rate_needs_the_whole_follow_up() {
    // The last index events of the quarter are followed until the end of June 2017.
    let found = computed(&engine_until("2017-05-31"), "reoffending-binary-rate", GREATER_LONDON, "2015/16-Q3");
    assert_eq!((found.result, &*found.marker), (Err(MissingReason::IncompleteFollowUp), "[x]"));
    let without = Ledger::default().submit("moj", "probation_cohort", "2015-10-01..2015-12-31", &cohort()).engine();
    let found = computed(&without, "reoffending-binary-rate", GREATER_LONDON, "2015/16-Q3");
    assert_eq!(found.result, Err(MissingReason::IncompleteFollowUp));
}

#[test]
fn a_report_that_was_extracted_before_the_proofs_is_not_enough() {
    let micros = |day: &str| i64::from(days_of_date(day.parse().unwrap())) * 86_400_000_000;
    let engine = |first_extract: &str| {
        let none = REOFFENCES.to_owned();
        Ledger::default()
            .submit("moj", "probation_cohort", "2015-10-01..2015-12-31", &cohort())
            .submit_as(
                "moj",
                "proven_reoffence",
                "2015-10-01..2016-12-31",
                &reoffences(),
                false,
                micros(first_extract),
            )
            .submit_as("moj", "proven_reoffence", "2017-01-01..2017-06-30", &none, false, micros("2017-09-30"))
            .engine()
    };
    let rate = |first_extract: &str| {
        computed(&engine(first_extract), "reoffending-binary-rate", GREATER_LONDON, "2015/16-Q3").result
    };
    assert_eq!(rate("2017-01-31"), Err(MissingReason::IncompleteFollowUp));
    assert_eq!(rate("2017-06-30"), Ok(0.6));
}

#[test]
fn breakdowns_are_those_of_the_offender() {
    let engine = engine_until("2017-06-30");
    let query = Query {
        breakdown: vec!["index_event".to_owned()],
        basis: Some(Basis::ComputedFromRecords),
        ..ask("reoffending-binary-rate", GREATER_LONDON, "2015/16-Q3")
    };
    let found = engine.query(&query).unwrap();
    let of = |code: &str| found.iter().find(|seen| seen.breakdown[0].code == code).unwrap();
    assert_eq!(parts(of("court_order")), (3.0, 5.0));
    assert_eq!(of("fine").result, Err(MissingReason::ZeroDenominator));
}

#[test]
fn a_month_without_the_day_ends_on_its_last_day() {
    let day = |text: &str| days_of_date(text.parse().unwrap());
    for (from, months, until) in [
        ("2015-12-31", 18, "2017-06-30"),
        ("2015-08-31", 18, "2017-02-28"),
        ("2014-08-31", 18, "2016-02-29"),
        ("2016-02-29", 12, "2017-02-28"),
        ("2016-03-31", -1, "2016-02-29"),
    ] {
        assert_eq!(date_of_days(months_later(day(from), months)).unwrap().to_string(), until, "{from}");
    }
}
