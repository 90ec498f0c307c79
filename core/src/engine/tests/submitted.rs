//! Submitted figures: sums that are allowed, and sums that are not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::engine::{Local, LocalContent, LocalRows, MissingReason, QueryError};
use crate::period::Month;
use crate::reference::{Coverage as London, Level};

const HEADER: &str = "measure,area,period,breakdown,numerator,denominator,value,unweighted_base,status,source";
const KNIFE: &str = "knife-crime-offences";

fn figures(rows: &[(&str, &str, &str, f64)]) -> String {
    let mut csv = HEADER.to_owned();
    for (measure, area, period, count) in rows {
        csv += &format!("\n{measure},{area},{period},,{count},,,,final,Dashboard");
    }
    csv
}

fn submitted(engine: &Engine, measure: &str, area: &str, period: &str) -> Observation {
    let query = Query { basis: Some(Basis::SubmittedFigure), ..ask(measure, area, period) };
    engine.query(&query).unwrap().remove(0)
}

/// Every borough of the police area has 1 crime in each month of 2016, and Southwark has 10.
fn dashboard() -> String {
    let areas = &CORE.reference.areas;
    let mps = areas.london(London::Mps32).unwrap();
    let mut csv = HEADER.to_owned();
    for borough in areas.members(mps, Level::Borough, "2016-06-30".parse().unwrap()) {
        let code = areas.get(borough).code();
        let count = if code == SOUTHWARK { 10 } else { 1 };
        for month in 1..=12 {
            csv += &format!("\n{KNIFE},{code},2016-{month:02},,{count},,,,final,Dashboard");
        }
    }
    csv + &format!("\n{KNIFE},PSEUDO-AIRPORTS,2016-03,,5,,,,final,Dashboard")
}

#[test]
fn months_and_boroughs_add_up_once() {
    let engine = Ledger::default().submit("mps", "published_figure", "2016-01-01..2016-12-31", &dashboard()).engine();
    let southwark = submitted(&engine, KNIFE, SOUTHWARK, "CY2016");
    assert_eq!((southwark.result, southwark.completeness.expected), (Ok(120.0), 12));
    assert_eq!(southwark.sources, [Arc::from("mps: Dashboard")]);
    assert_eq!(submitted(&engine, KNIFE, SOUTHWARK, "2016/17-Q1").result, Ok(30.0));
    // 31 boroughs have 1 and Southwark has 10. The airports have a figure in March only.
    assert_eq!(submitted(&engine, KNIFE, MPS, "2016-01").result, Ok(41.0));
    assert_eq!(submitted(&engine, KNIFE, MPS, "2016-03").result, Ok(46.0));
    assert_eq!(submitted(&engine, KNIFE, MPS, "R12-2016-12").result, Ok(497.0));
    let greater = submitted(&engine, KNIFE, GREATER_LONDON, "R12-2016-12");
    assert_eq!(greater.result, Ok(497.0));
    assert!(greater.caveats.iter().any(|caveat| caveat.contains("City of London is not included")));
}

#[test]
fn what_a_measure_does_not_offer_is_not_applicable() {
    let csv = figures(&[(KNIFE, SOUTHWARK, "2016-01", 3.0)])
        + &format!("\npublic-good-job-local,{SOUTHWARK},R12-2016-12,,,,0.68,410,final,Survey");
    let engine = Ledger::default().submit("mopac", "published_figure", "2016-01-01..2016-12-31", &csv).engine();
    let of_survey = |period| submitted(&engine, "public-good-job-local", SOUTHWARK, period).result;
    assert!(of_survey("R12-2016-12").is_ok());
    // A borough has too few interviews in a quarter, so the measure offers none there.
    assert_eq!(of_survey("2016/17-Q3"), Err(MissingReason::NotApplicable));
    assert_eq!(of_survey("R12-2016-09"), Err(MissingReason::NotSubmitted));
}

#[test]
fn a_missing_month_is_never_a_smaller_sum() {
    let rows: Vec<String> = (1..=11).map(|month| format!("2016-{month:02}")).collect();
    let rows: Vec<_> = rows.iter().map(|month| (KNIFE, SOUTHWARK, month.as_str(), 3.0)).collect();
    let engine =
        Ledger::default().submit("mps", "published_figure", "2016-01-01..2016-12-31", &figures(&rows)).engine();
    let found = submitted(&engine, KNIFE, SOUTHWARK, "CY2016");
    assert_eq!(found.result, Err(MissingReason::NotSubmitted));
    assert_eq!((found.completeness.expected, found.completeness.received), (12, 11));
    // One borough is not London.
    let london = submitted(&engine, KNIFE, MPS, "2016-01");
    assert_eq!(london.result, Err(MissingReason::NotSubmitted));
    assert_eq!((london.completeness.expected, london.completeness.received), (32, 1));
}

#[test]
fn the_agencys_own_total_comes_before_a_sum() {
    let with_total = dashboard() + &format!("\n{KNIFE},{MPS},R12-2016-12,,500,,,,provisional,Annual");
    let engine = Ledger::default().submit("mps", "published_figure", "2016-01-01..2016-12-31", &with_total).engine();
    let found = submitted(&engine, KNIFE, MPS, "R12-2016-12");
    assert_eq!((found.result, found.obs_status, found.marker.as_ref()), (Ok(500.0), "P", "[p]"));
}

#[test]
fn a_total_is_not_summed_from_its_strands() {
    let mut csv = HEADER.to_owned();
    // Source: Home Office, England and Wales 2017/18: 94,098 crimes. The strands sum to 100,102.
    let strands = [
        ("race", 71_251),
        ("religion", 8_336),
        ("sexual_orientation", 11_638),
        ("disability", 7_226),
        ("transgender", 1_651),
    ];
    for (strand, count) in strands {
        csv += &format!("\nhate-crime-reports,{MPS},2017/18,hate_strand={strand},{count},,,,final,Statistics");
    }
    let window = "2017-04-01..2018-03-31";
    let strands_only = Ledger::default().submit("ho", "published_figure", window, &csv).engine();
    let periods = &CORE.catalogue.get("hate-crime-reports").unwrap().periods[&Level::London];
    assert!(!periods.is_empty());
    assert!(submitted(&strands_only, "hate-crime-reports", MPS, "2017/18").result.is_err());
    csv += &format!("\nhate-crime-reports,{MPS},2017/18,,94098,,,,final,Statistics");
    let engine = Ledger::default().submit("ho", "published_figure", window, &csv).engine();
    assert_eq!(submitted(&engine, "hate-crime-reports", MPS, "2017/18").result, Ok(94_098.0));
    let by_strand = Query {
        breakdown: vec!["hate_strand".to_owned()],
        basis: Some(Basis::SubmittedFigure),
        ..ask("hate-crime-reports", MPS, "2017/18")
    };
    let found = engine.query(&by_strand).unwrap();
    let sum: f64 = found.iter().filter_map(|found| found.result.ok()).sum();
    assert_eq!(sum.to_bits(), 100_102.0_f64.to_bits());
}

#[test]
fn of_two_collections_of_one_agency_the_later_extract_answers() {
    let csv = |count: f64| figures(&[(KNIFE, SOUTHWARK, "2016-01", count)]);
    let window = "2016-01-01..2016-01-31";
    for (first, second, expected) in [(10, 20, 2.0), (20, 10, 1.0)] {
        let mut ledger = Ledger::default()
            .submit_as("mps", "published_figure", window, &csv(1.0), false, first)
            .submit_as("mps", "published_figure", window, &csv(2.0), false, second);
        for (segment, collection) in ledger.0.datasets.values_mut().flatten().zip(["dashboard", "release"]) {
            Arc::get_mut(segment).unwrap().collection = collection.into();
        }
        let found = submitted(&ledger.engine(), KNIFE, SOUTHWARK, "2016-01");
        assert_eq!(found.result, Ok(expected));
        assert_eq!(found.alternatives[0].result, Ok(3.0 - expected));
    }
}

#[test]
fn the_authoritative_figure_answers_whatever_the_order() {
    let window = "2016-01-01..2016-01-31";
    let csv = |count: f64| figures(&[(KNIFE, SOUTHWARK, "2016-01", count)]);
    let agencies = [("mps", 65.0), ("southwark", 999.0)];
    for (first, second) in [(0, 1), (1, 0)] {
        let mut ledger = Ledger::default();
        for (extract, which) in (1..).zip([first, second]) {
            let (agency, count) = agencies[which];
            ledger = ledger.submit_as(agency, "published_figure", window, &csv(count), false, extract);
        }
        let engine = ledger.engine();
        let found = submitted(&engine, KNIFE, SOUTHWARK, "2016-01");
        assert_eq!((found.result, found.sources.len()), (Ok(65.0), 1));
        assert!(found.sources[0].starts_with("mps"), "{:?}", found.sources);
        let [other] = found.alternatives.as_slice() else { panic!("{:?}", found.alternatives) };
        assert_eq!((&*other.agency, other.result, other.difference), ("southwark", Ok(999.0), Some(934.0)));
        let named = Query { source: Some("southwark".to_owned()), ..ask(KNIFE, SOUTHWARK, "2016-01") };
        let named = engine.query(&named).unwrap();
        assert_eq!((named.len(), named[0].result), (1, Ok(999.0)));
        assert_eq!(&*named[0].alternatives[0].agency, "mps");
    }
}

#[test]
fn a_sum_of_several_sources_says_so() {
    let months: Vec<String> = (1..=12).map(|month| format!("2016-{month:02}")).collect();
    let rows = |chosen: &[String]| {
        let rows: Vec<_> = chosen.iter().map(|month| (KNIFE, SOUTHWARK, month.as_str(), 10.0)).collect();
        figures(&rows)
    };
    let window = "2016-01-01..2016-12-31";
    let engine = Ledger::default()
        .submit("mps", "published_figure", window, &rows(&months[..11]))
        .submit("southwark", "published_figure", window, &rows(&months[11..]))
        .engine();
    let found = submitted(&engine, KNIFE, SOUTHWARK, "CY2016");
    assert_eq!(found.result, Ok(120.0));
    assert_eq!((found.completeness.expected, found.completeness.received), (12, 11));
    let caveat = "1 of 12 figures are of Southwark Council, not of the authoritative source (Police force).";
    assert!(found.caveats.iter().any(|found| &**found == caveat), "{:?}", found.caveats);
    // The police area needs every borough.
    let london = submitted(&engine, KNIFE, MPS, "CY2016");
    assert_eq!(london.result, Err(MissingReason::NotSubmitted));
}

#[test]
fn a_suppressed_figure_is_suppressed_in_every_answer() {
    let csv = format!(
        "measure,area,period,breakdown,numerator,status,source,suppressed
        {KNIFE},{SOUTHWARK},2016-01,,,final,made up,yes
        {KNIFE},{SOUTHWARK},2016-02,,7,final,made up,no"
    );
    let window = "2016-01-01..2016-12-31";
    let other = figures(&[(KNIFE, SOUTHWARK, "2016-01", 3.0)]);
    let engine = Ledger::default()
        .submit("mps", "published_figure", window, &csv)
        .submit("southwark", "published_figure", window, &other)
        .engine();
    let found = submitted(&engine, KNIFE, SOUTHWARK, "2016-01");
    assert_eq!((found.result, found.conf_status, &*found.marker), (Err(MissingReason::Suppressed), "A", "[c]"));
    assert_eq!(found.alternatives[0].result, Err(MissingReason::Suppressed), "it would tell the value");
    assert_eq!(submitted(&engine, KNIFE, SOUTHWARK, "2016-02").result, Ok(7.0));
    let own = Query { source: Some("southwark".to_owned()), ..ask(KNIFE, SOUTHWARK, "2016-01") };
    assert_eq!(engine.query(&own).unwrap()[0].result, Err(MissingReason::Suppressed));
    // Nor is it answered from records.
    let crimes = format!(
        "crime_ref,record_status,recorded_at,ho_class,offence_borough,knife_use,knife_selected,flag_da
        a,active,2016-01-05,34B,{SOUTHWARK},threatened,yes,no
        b,active,2016-02-05,34B,{SOUTHWARK},threatened,yes,no"
    );
    let engine = Ledger::default()
        .submit("mps", "published_figure", window, &csv)
        .submit("mps", "crime", window, &crimes)
        .engine();
    assert_eq!(computed(&engine, KNIFE, SOUTHWARK, "2016-01").result, Err(MissingReason::Suppressed));
    assert_eq!(computed(&engine, KNIFE, SOUTHWARK, "2016-02").result, Ok(1.0));
}

#[test]
fn both_bases_answer_and_their_difference_is_explained() {
    let crimes = format!(
        "crime_ref,record_status,recorded_at,ho_class,offence_borough,knife_use,knife_selected,flag_da
        a,active,2016-01-05,34B,{SOUTHWARK},threatened,yes,no
        b,cancelled,2016-01-06,34B,{SOUTHWARK},threatened,yes,no
        c,active,2016-01-07,34B,{SOUTHWARK},none,yes,no"
    );
    let window = "2016-01-01..2016-01-31";
    let engine = Ledger::default()
        .submit("mps", "published_figure", window, &figures(&[(KNIFE, SOUTHWARK, "2016-01", 3.0)]))
        .submit("mps", "crime", window, &crimes)
        .engine();
    let found = engine.query(&ask(KNIFE, SOUTHWARK, "2016-01")).unwrap();
    let bases: Vec<_> = found.iter().map(|found| (found.basis, found.result)).collect();
    assert_eq!(bases, [(Basis::SubmittedFigure, Ok(3.0)), (Basis::ComputedFromRecords, Ok(1.0))]);
    let area = CORE.reference.areas.by_code(SOUTHWARK).unwrap();
    let told = engine.explain(KNIFE, area, "2016-01".parse().unwrap(), &BTreeMap::new()).unwrap();
    assert_eq!(told.difference, Some(2.0));
    let counts: Vec<_> =
        told.steps.iter().map(|step| (step.population.as_str(), step.remaining, step.removed)).collect();
    assert_eq!(counts.first(), Some(&("initial_population", 2, 1)));
    assert_eq!(counts.last(), Some(&("numerator", 1, 1)));
    let submissions: Vec<_> = told.submissions.iter().map(|found| (found.dataset, found.rows)).collect();
    assert_eq!(submissions, [("published_figure", 1), ("crime", 3)]);
}

#[test]
fn a_missing_value_is_explained_as_it_is_answered() {
    let engine = Ledger::default().submit("mps", "published_figure", "2016-01-01..2016-12-31", &dashboard()).engine();
    let area = CORE.reference.areas.by_code("E09000001").unwrap();
    let told = engine.explain(KNIFE, area, "2016-01".parse().unwrap(), &BTreeMap::new()).unwrap();
    let reasons: Vec<_> = told.observations.iter().map(|found| found.result).collect();
    assert_eq!(reasons, [Err(MissingReason::NotSubmitted)]);
}

#[test]
fn a_query_that_nobody_waits_for_ends() {
    let engine = Ledger::default().submit("mps", "published_figure", "2016-01-01..2016-12-31", &dashboard()).engine();
    let asked = AtomicUsize::new(0);
    let awaited = || asked.fetch_add(1, Ordering::Relaxed) < 3;
    let query = ask(KNIFE, SOUTHWARK, "2016-01..2016-12");
    assert!(matches!(engine.query_while(&query, &awaited), Err(QueryError::Abandoned)));
    assert_eq!(asked.into_inner(), 4);
}

#[test]
fn what_does_not_exist_is_refused_with_what_does() {
    let engine = Ledger::default().submit("mps", "published_figure", "2016-01-01..2016-12-31", &dashboard()).engine();
    let refused = |query: Query| engine.query(&query).unwrap_err();
    let wire = |query: peelian::v1::Query| Query::from_wire(&query, &CORE).unwrap_err();
    let good = peelian::v1::Query {
        measures: vec![KNIFE.to_owned()],
        areas: vec![SOUTHWARK.to_owned()],
        periods: vec!["latest:24".to_owned()],
        ..Default::default()
    };
    assert!(Query::from_wire(&good, &CORE).is_ok());
    let unknown = wire(peelian::v1::Query { measures: vec!["knife-crime-offense".into()], ..good.clone() });
    assert!(matches!(unknown, QueryError::UnknownMeasure { nearest, .. } if nearest[0] == KNIFE));
    let unknown = wire(peelian::v1::Query { areas: vec!["Southwerk".into()], ..good.clone() });
    assert!(matches!(unknown, QueryError::UnknownArea { nearest, .. } if nearest[0] == "Southwark"));
    let unknown = wire(peelian::v1::Query { periods: vec!["2016-13".into()], ..good.clone() });
    assert!(matches!(unknown, QueryError::Period(_)));
    let many = wire(peelian::v1::Query { measures: vec![KNIFE.into(); 101], ..good });
    assert!(matches!(many, QueryError::TooManyMeasures(101)));
    let outside = refused(ask(KNIFE, SOUTHWARK, "2030-01"));
    assert!(outside.to_string().contains("from 2016-01 to 2016-12"), "{outside}");
    let breakdown = refused(Query { breakdown: vec!["shoe_size".into()], ..ask(KNIFE, SOUTHWARK, "2016-01") });
    assert!(breakdown.to_string().contains("crime_group"), "{breakdown}");
    let latest = Query {
        periods: vec![PeriodSelection::Latest(2, Some(crate::period::PeriodKind::Month))],
        ..ask(KNIFE, SOUTHWARK, "2016-01")
    };
    let found = engine.query(&latest).unwrap();
    assert_eq!(found.iter().map(|found| found.period.to_string()).collect::<Vec<_>>(), ["2016-11", "2016-12"]);
}

#[test]
fn the_table_and_the_message_say_the_same() {
    let engine = Ledger::default().submit("mps", "published_figure", "2016-01-01..2016-12-31", &dashboard()).engine();
    let query = Query { areas: vec![AreaSelection::Level(Level::Borough)], ..ask(KNIFE, SOUTHWARK, "2016-01") };
    let found = engine.query(&query).unwrap();
    assert_eq!(found.len(), 33);
    let table = crate::engine::to_arrow(&found).unwrap();
    assert_eq!(table.num_rows(), 33);
    assert_eq!(crate::engine::to_arrow(&[]).unwrap().schema(), table.schema());
    let value = table.column_by_name("value").unwrap();
    for (row, found) in found.iter().enumerate() {
        let message = peelian::v1::Observation::from(found);
        assert_eq!(arrow::array::Array::is_null(value, row), found.result.is_err());
        match message.result.unwrap() {
            peelian::v1::observation::Result::Value(value) => assert_eq!(Ok(value), found.result),
            peelian::v1::observation::Result::Missing(reason) => {
                assert_eq!(reason, i32::from(peelian::v1::MissingReason::NotSubmitted));
                assert_eq!(message.area, "E09000001");
            }
        }
    }
}

/// Everything that is known of the figures of one measure: their span, their breakdowns, and the figures of each cell.
type Told = (Option<(Month, Month)>, Vec<String>, Vec<(String, f64, u64)>);

fn told(engine: &Engine) -> Told {
    let figures = &engine.data.figures;
    let mut cells = Vec::new();
    for area in [SOUTHWARK, MPS] {
        for period in ["2016-01", "2016-02", "2016-03"] {
            let place = (CORE.reference.areas.by_code(area).unwrap(), period.parse().unwrap());
            for breakdown in ["", "sex=female"] {
                let found = figures.of_cell(KNIFE, place, breakdown, None);
                cells.extend(found.map(|found| {
                    let cell = format!("{area} {period} {breakdown} {} {:?}", found.agency, found.revision);
                    (cell, found.numbers.numerator.unwrap_or_default(), found.submission.0)
                }));
            }
        }
    }
    (figures.span(KNIFE), figures.breakdowns(KNIFE).into_iter().map(str::to_owned).collect(), cells)
}

/// Segments of two agencies with six figures each. Some are for the same cells, and were extracted at other times.
fn segments() -> Vec<Arc<Segment>> {
    let mut ledger = Ledger::default();
    for (number, agency) in ["mps", "mopac", "mps", "mps"].into_iter().enumerate() {
        let mut csv = HEADER.to_owned();
        for (at, month) in ["2016-01", "2016-02", "2016-03"].into_iter().enumerate() {
            let count = 10 * number + at;
            csv += &format!("\n{KNIFE},{SOUTHWARK},{month},,{count},,,,provisional,Dashboard");
            csv += &format!("\n{KNIFE},{MPS},{month},sex=female,{count},,,,final,Dashboard");
        }
        let extract = i64::try_from(number % 3).unwrap() * 1_000_000;
        ledger =
            ledger.submit_as(agency, "published_figure", "2016-01-01..2016-03-31", &csv, number % 2 == 1, extract);
    }
    ledger.0.datasets.remove("published_figure").unwrap()
}

proptest! {
    /// The figures of a snapshot do not depend on the snapshots before it.
    #[test]
    fn figures_follow_what_is_in_force(steps in prop::collection::vec(prop::collection::vec(0_u64..64, 4), 1..8)) {
        let segments = segments();
        let mut engine = Ledger::default().engine();
        for (position, masks) in (1..).zip(steps) {
            let held = segments.iter().zip(masks).filter(|(_, mask)| *mask > 0).map(|(segment, mask)| {
                Arc::new(Segment { selected: (mask < 63).then(|| Arc::from([mask])), ..Segment::clone(segment) })
            });
            let datasets = [("published_figure", held.collect())].into();
            let snapshot = Snapshot { position, datasets, ..Snapshot::default() };
            engine = engine.for_later(Arc::new(snapshot.clone()));
            let new = Engine::new(Arc::clone(&CORE), Arc::new(snapshot), NonZeroUsize::MIN);
            prop_assert_eq!(told(&engine), told(&new));
        }
    }
}

#[test]
fn rows_in_memory_are_compared_with_the_figures_added_before() {
    let csv = |month: &str, count: u32| {
        format!("measure,area,period,numerator,status,source\n{KNIFE},{SOUTHWARK},{month},{count},final,made up\n")
    };
    let past: String = (1..=6).map(|month| csv(&format!("2016-{month:02}"), 400 + month)).collect();
    // One header is enough.
    let header = csv("2016-01", 0).lines().next().unwrap().to_owned();
    let past = past.replace(&format!("{header}\n"), "");
    let mut local = Local::new(&CORE);
    local.add(LocalRows::new("published_figure", LocalContent::Csv(format!("{header}\n{past}").as_bytes()))).unwrap();
    let mut codes = |count: u32| -> Vec<&str> {
        let rows = csv("2016-07", count);
        let checked = local.check(LocalRows::new("published_figure", LocalContent::Csv(rows.as_bytes()))).unwrap();
        checked.findings.kept().iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(398), [""; 0]);
    assert_eq!(codes(40), ["PEEL-6014"]);
}
