//! Companions of contextual measures, baselines, and the latest periods of several measures.

use super::*;
use crate::engine::{ComparisonKind, MissingReason, NOT_COMPARED, QueryError};
use crate::period::PeriodKind;

const REPORTS: &str = "sexual-violence-reports";
const NON_RECENT: &str = "sexual-violence-reports.non-recent";
const REPEAT: &str = "sexual-violence-repeat-victimisation";

/// Crimes: reference, days of committing and recording. All are rapes in Southwark.
fn rapes(rows: &[(&str, &str, &str)]) -> String {
    let mut csv =
        "crime_ref,record_status,committed_from,recorded_at,non_recent,offence_borough,ho_class,crime_group"
            .to_owned();
    for (reference, committed, recorded) in rows {
        let non_recent = if committed[..4] < recorded[..4] { "yes" } else { "no" };
        csv += &format!("\n{reference},active,{committed},{recorded},{non_recent},{SOUTHWARK},19C,rape");
    }
    csv
}

/// Two years of which the second has three rapes in March, one of them of an earlier year.
fn ledger() -> Ledger {
    let rows =
        [("a", "2017-03-01", "2017-03-02"), ("b", "2017-03-05", "2017-03-06"), ("c", "2012-03-05", "2017-03-07")];
    Ledger::default().submit("mps", "crime", "2016-01-01..2017-12-31", &rapes(&rows))
}

fn with_companions(query: Query) -> Query {
    Query { companions: true, basis: Some(Basis::ComputedFromRecords), ..query }
}

#[test]
fn a_contextual_measure_comes_with_what_is_read_with_it() {
    let engine = ledger().engine();
    let found = engine.query(&with_companions(ask(REPORTS, SOUTHWARK, "2017-03"))).unwrap();
    let [reports] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(reports.result, Ok(3.0));
    let told: Vec<_> =
        reports.companions.iter().map(|with| (&*with.measure, with.period.to_string(), with.result)).collect();
    // Nothing is held of referrals and of the survey. Repeat victimisation needs rows of victims, of which there are none.
    assert_eq!(told[0], (NON_RECENT, "2017-03".to_owned(), Ok(1.0)));
    assert!(told.iter().all(|(measure, ..)| [NON_RECENT, REPEAT].contains(measure)), "{told:?}");
    assert!(reports.companions.iter().all(|with| with.companions.is_empty() && with.comparisons.is_empty()));
    // Companions are values like any other.
    let own = computed(&engine, NON_RECENT, SOUTHWARK, "2017-03");
    assert_eq!(own, reports.companions[0]);
    // They are answered page by page too.
    let page =
        engine.query_page(&with_companions(ask(REPORTS, SOUTHWARK, "2017-03")), Default::default(), 10, &|| true);
    assert_eq!(page.unwrap().observations[0].1, *reports);
    let without = engine.query(&ask(REPORTS, SOUTHWARK, "2017-03")).unwrap();
    assert!(without.iter().all(|found| found.companions.is_empty()));
}

#[test]
fn a_companion_that_does_not_offer_the_period_has_the_year_to_its_end() {
    // The prevalence of a survey is published by year, and a police force reports by month.
    let csv = "measure,area,period,breakdown,numerator,denominator,value,unweighted_base,status,source\n\
        csew-prevalence.sexual-assault-since-16,E23000001,R12-2017-03,,,,0.04,900,final,Survey";
    let engine = ledger().submit("ons", "published_figure", "2016-04-01..2017-03-31", csv).engine();
    let found = engine.query(&with_companions(ask(REPORTS, MPS, "2017-03"))).unwrap();
    let survey = found[0].companions.iter().find(|with| with.measure.starts_with("csew-prevalence")).unwrap();
    assert_eq!((survey.period.to_string().as_str(), survey.result), ("R12-2017-03", Ok(0.04)));
    assert_eq!(survey.basis, Basis::SubmittedFigure);
    // The survey says nothing of a borough, so the borough has no such companion.
    let found = engine.query(&with_companions(ask(REPORTS, SOUTHWARK, "2017-03"))).unwrap();
    assert!(found[0].companions.iter().all(|with| !with.measure.starts_with("csew-prevalence")));
}

#[test]
fn a_breakdown_holds_for_companions_that_offer_it() {
    let query = Query { breakdown: vec!["crime_group".to_owned()], ..ask(REPORTS, SOUTHWARK, "2017-03") };
    let found = ledger().engine().query(&with_companions(query)).unwrap();
    for seen in &found {
        let non_recent = seen.companions.iter().find(|with| &*with.measure == NON_RECENT).unwrap();
        assert_eq!(non_recent.breakdown, seen.breakdown);
        let repeat = seen.companions.iter().find(|with| &*with.measure == REPEAT);
        assert!(repeat.is_none_or(|with| with.breakdown.is_empty()));
    }
    let rape = found.iter().find(|seen| seen.breakdown[0].code == "rape").unwrap();
    assert_eq!((rape.result, rape.companions[0].result), (Ok(3.0), Ok(1.0)));
}

#[test]
fn a_value_is_compared_with_a_baseline_of_its_length() {
    let engine = ledger().engine();
    let compared = |period: &str, baseline: &str| {
        let query = Query {
            comparisons: vec![ComparisonKind::Baseline],
            baseline: Some(baseline.parse().unwrap()),
            basis: Some(Basis::ComputedFromRecords),
            ..ask(REPORTS, SOUTHWARK, period)
        };
        engine.query(&query).unwrap().remove(0).comparisons.remove(0)
    };
    let year = compared("CY2017", "CY2016");
    assert_eq!((year.against.as_str(), year.against_value), ("CY2016", Some(0.0)));
    assert_eq!(compared("2017-03", "2016-03").against, "2016-03");
    for (period, baseline, note) in [
        ("CY2017", "2016-03", "not as long"),
        ("CY2017", "CY2017", "This is the baseline"),
        ("CY2017", "2016/17", "overlaps"),
        ("2017-03", "2016-04", "same one of another year"),
    ] {
        let refused = compared(period, baseline);
        assert_eq!(refused.verdict, NOT_COMPARED);
        assert!(refused.note.contains(note), "{}", refused.note);
    }
    let none = Query { comparisons: vec![ComparisonKind::Baseline], ..ask(REPORTS, SOUTHWARK, "CY2017") };
    assert_eq!(engine.query(&none), Err(QueryError::NoBaseline));
}

#[test]
fn a_profile_is_answered_by_one_query() {
    let engine = ledger().engine();
    let wire = peelian::v1::Query {
        profile: "violence-against-women-and-girls".to_owned(),
        areas: vec![MPS.to_owned()],
        periods: vec!["latest:1:longest".to_owned()],
        ..Default::default()
    };
    let query = Query::from_wire(&wire, &CORE).unwrap();
    let profile = CORE.profiles.get(&wire.profile).unwrap();
    assert_eq!((&query.measures, query.companions), (&profile.measures, true));
    let found = engine.query(&query).unwrap();
    let mut answered: Vec<&str> = found.iter().map(|seen| &*seen.measure).collect();
    answered.dedup();
    assert_eq!(answered, profile.measures);
    let of = |measure: &str| found.iter().find(|seen| &*seen.measure == measure).unwrap();
    assert_eq!((of(REPORTS).period.kind(), of(REPORTS).result), (PeriodKind::RollingYear, Ok(3.0)));
    // Of some measures nothing is held. Each has a row that says so.
    assert_eq!(of("sarc-referrals.all").result, Err(MissingReason::NotSubmitted));
    let unknown = peelian::v1::Query { profile: "no-such".to_owned(), ..wire };
    let refused = Query::from_wire(&unknown, &CORE).unwrap_err();
    assert!(refused.to_string().contains("the profiles are better-criminal-justice-service, "), "{refused}");
}

#[test]
fn a_profile_may_have_a_baseline() {
    let wire = peelian::v1::Query {
        profile: "mopac-7".to_owned(),
        areas: vec![MPS.to_owned()],
        periods: vec!["2012/13".to_owned()],
        comparisons: vec![peelian::v1::ComparisonKind::Baseline.into()],
        ..Default::default()
    };
    let figures = peelian_seeds::figures();
    let challenge = figures.iter().find(|file| file.path.ends_with("mps.mopac-challenge.csv")).unwrap();
    let csv = challenge.text.replace("\"MOPAC Challenge, April 2013\"", "MOPAC Challenge");
    let engine = Ledger::default().submit("mps", "published_figure", "2011-04-01..2013-03-31", &csv).engine();
    let found = engine.query(&Query::from_wire(&wire, &CORE).unwrap()).unwrap();
    // The publisher: 384,474 in 2012/13, a fall by 6% from 2011/12.
    assert_eq!((&*found[0].measure, found[0].result), ("mopac-7-volume.all", Ok(384_474.0)));
    let change = &found[0].comparisons[0];
    assert_eq!((change.against.as_str(), change.against_value), ("2011/12", Some(411_033.0)));
    assert_eq!(format!("{:.3}", change.change.unwrap().0), "0.935");
    assert_eq!(found.len(), 8);
}
