//! Comparisons with larger areas, with several groups, and with the series before a value.

use super::*;
use crate::engine::{Comparison, ComparisonKind, NOT_COMPARED};

const FIND_RATE: &str = "stop-search-disproportionality.find-rate";
const LEWISHAM: &str = "E09000023";
const GREENWICH: &str = "E09000011";

/// Searches: day, borough, ethnic group, their number, and how many of them found the object.
fn searches(rows: &[(&str, &str, &str, usize, usize)]) -> String {
    let mut csv =
        "search_ref,search_date,search_type,search_power,search_outcome,outcome_linked,ethnic_group,borough"
            .to_owned();
    for (row, (day, borough, group, number, found)) in rows.iter().enumerate() {
        for search in 0..*number {
            let linked = if search < *found { "yes" } else { "no" };
            csv += &format!("\n{row}-{search},{day},person,pace_s1,no_further_action,{linked},{group},{borough}");
        }
    }
    csv
}

fn engine_of(rows: &[(&str, &str, &str, usize, usize)]) -> Engine {
    Ledger::default().submit("mps", "stop_search", "2012-01-01..2017-12-31", &searches(rows)).engine()
}

/// The comparison of the one observation of a query.
fn compared(engine: &Engine, query: Query, kind: ComparisonKind) -> Comparison {
    let query = Query { comparisons: vec![kind], basis: Some(Basis::ComputedFromRecords), ..query };
    engine.query(&query).unwrap().remove(0).comparisons.remove(0)
}

#[test]
fn several_areas_that_are_compared_with_london_are_judged_together() {
    // 120 of 500 against 760 of 4,000: a difference of 5 points.
    let engine =
        engine_of(&[("2017-01-10", SOUTHWARK, "white", 500, 120), ("2017-01-10", LEWISHAM, "white", 3_500, 640)]);
    let one = compared(&engine, ask(FIND_RATE, SOUTHWARK, "2017-01"), ComparisonKind::London);
    assert_eq!((one.verdict, one.comparisons_in_answer, one.adjusted_p_value), ("higher", 1, None));
    let both = Query { areas: of_codes(&[SOUTHWARK, LEWISHAM]), ..ask(FIND_RATE, SOUTHWARK, "2017-01") };
    let two = compared(&engine, both, ComparisonKind::London);
    assert_eq!((two.verdict, two.comparisons_in_answer), ("higher", 2));
    assert!(two.note.starts_with("London includes the area") && two.note.contains("the 2 areas"), "{}", two.note);
    let share = |found, number| crate::stats::proportion::Proportion::new(found, number).unwrap();
    let single = crate::stats::multiple::gap_p_value(share(120.0, 500.0), share(760.0, 4_000.0));
    assert!((two.adjusted_p_value.unwrap() - 2.0 * single).abs() < 1e-12, "{two:?}");
    assert_eq!((one.change, one.interval), (two.change, two.interval));
}

fn of_codes(codes: &[&str]) -> Vec<AreaSelection> {
    codes.iter().map(|code| AreaSelection::One(CORE.reference.areas.by_code(code).unwrap())).collect()
}

#[test]
fn a_funnel_places_an_area_by_its_size() {
    // London finds 40%. An area of 500 searches with 20% is far below, and one of 5 searches with 20% is not.
    let engine = engine_of(&[
        ("2017-01-10", SOUTHWARK, "white", 500, 100),
        ("2017-01-10", GREENWICH, "white", 5, 1),
        ("2017-01-10", LEWISHAM, "white", 495, 299),
    ]);
    let place = |area: &str| compared(&engine, ask(FIND_RATE, area, "2017-01"), ComparisonKind::Funnel);
    let southwark = place(SOUTHWARK);
    assert_eq!((southwark.verdict, southwark.against_value), ("below the 99.8% limits", Some(0.4)));
    assert_eq!(southwark.against, MPS);
    // 0.4 -/+ 3.0902 sqrt(0.4 0.6 / 500).
    let limits = southwark.interval.unwrap();
    assert!((limits.lower - 0.332_296).abs() < 1e-6 && (limits.upper - 0.467_704).abs() < 1e-6, "{limits:?}");
    assert_eq!(place(GREENWICH).verdict, "within the limits");
    assert_eq!(place(LEWISHAM).verdict, "above the 99.8% limits");
    let none = place("E09000001");
    assert_eq!((none.verdict, none.note.as_str()), (NOT_COMPARED, "There is no value to compare."));
    let number = compared(
        &engine,
        ask("stop-search-disproportionality.searches", SOUTHWARK, "2017-01"),
        ComparisonKind::Funnel,
    );
    assert_eq!(number.verdict, NOT_COMPARED);
    assert!(number.note.contains("ask for a rate or a share"), "{}", number.note);
}

#[test]
fn gaps_of_several_groups_are_adjusted() {
    // White: 300 of 1,000. The gap of the black group has a p-value just below 0.05, and four groups are compared.
    let engine = engine_of(&[
        ("2017-01-10", SOUTHWARK, "white", 1_000, 300),
        ("2017-01-10", SOUTHWARK, "black", 1_000, 258),
        ("2017-01-10", SOUTHWARK, "asian", 1_000, 300),
        ("2017-01-10", SOUTHWARK, "mixed", 1_000, 310),
        ("2017-01-10", SOUTHWARK, "other", 1_000, 100),
    ]);
    let query = Query {
        breakdown: vec!["ethnic_group".to_owned()],
        comparisons: vec![ComparisonKind::ReferenceGroup],
        reference_group: Some(("ethnic_group".to_owned(), "white".to_owned())),
        basis: Some(Basis::ComputedFromRecords),
        ..ask(FIND_RATE, SOUTHWARK, "2017-01")
    };
    let found = engine.query(&query).unwrap();
    let of = |code: &str| {
        let seen = found.iter().find(|seen| seen.breakdown[0].code == code).unwrap();
        seen.comparisons[0].clone()
    };
    let black = of("black");
    assert!(black.interval.unwrap().upper < 0.0, "alone it is clear: {:?}", black.interval);
    assert_eq!(black.verdict, "no clear change");
    assert!(black.note.contains("4 groups are compared"), "{}", black.note);
    // The second smallest of four p-values is multiplied by 3.
    let single = crate::stats::multiple::gap_p_value(
        crate::stats::proportion::Proportion::new(258.0, 1_000.0).unwrap(),
        crate::stats::proportion::Proportion::new(300.0, 1_000.0).unwrap(),
    );
    assert!((black.adjusted_p_value.unwrap() - 3.0 * single).abs() < 1e-12 && single < 0.05);
    assert_eq!(of("other").verdict, "lower");
    assert_eq!(of("white").verdict, NOT_COMPARED);
}

#[test]
fn the_tests_of_several_areas_are_judged_together() {
    // In 2016, 300 of 1,000 in each. The fall of Southwark has a p-value just below 0.05, that of Lewisham is far below.
    let boroughs = ["E09000002", "E09000003", LEWISHAM, SOUTHWARK];
    let mut rows: Vec<_> = boroughs.iter().map(|area| ("2016-01-10", *area, "white", 1_000, 300)).collect();
    rows.extend(
        boroughs.iter().zip([310, 300, 100, 258]).map(|(area, found)| ("2017-01-10", *area, "white", 1_000, found)),
    );
    let engine = engine_of(&rows);
    let judged = |areas: &[&str]| {
        let query = Query {
            areas: of_codes(areas),
            comparisons: vec![ComparisonKind::SamePeriodLastYear],
            basis: Some(Basis::ComputedFromRecords),
            ..ask(FIND_RATE, SOUTHWARK, "2017-01")
        };
        engine.query(&query).unwrap().into_iter().map(|seen| seen.comparisons[0].clone()).collect::<Vec<_>>()
    };
    let [alone] = &judged(&[SOUTHWARK])[..] else { panic!("one area") };
    assert_eq!((alone.verdict, alone.adjusted_p_value), ("lower", None));
    let table = judged(&boroughs);
    assert_eq!(
        table.iter().map(|made| made.verdict).collect::<Vec<_>>(),
        ["no clear change", "no clear change", "lower", "no clear change"]
    );
    let share = |found| crate::stats::proportion::Proportion::new(found, 1_000.0).unwrap();
    let single = crate::stats::multiple::gap_p_value(share(258.0), share(300.0));
    // The second smallest of four p-values is multiplied by 3.
    assert!((table[3].adjusted_p_value.unwrap() - 3.0 * single).abs() < 1e-12 && single < 0.05);
    assert!(table[3].note.contains("among the 4 areas compared it is not"), "{}", table[3].note);
    assert!(table[2].note.contains("adjusted for the 4 areas"), "{}", table[2].note);
    assert_eq!(table[3].interval, alone.interval);
}

#[test]
fn a_count_against_zero_is_judged_with_the_others() {
    // The first of two areas has 6 crimes after none, alone with p = 2 * 0.5^6, and the second has 0 after 1.
    let crime = |at: usize, day: &str, area: &str| format!("\n{at},active,{day},8N,{area}");
    let mut csv = "crime_ref,record_status,recorded_at,ho_class,offence_borough".to_owned();
    csv += &(0..6).map(|at| crime(at, "2017-01-10", SOUTHWARK)).collect::<String>();
    csv += &crime(6, "2016-01-10", LEWISHAM);
    let engine = Ledger::default().submit("mps", "crime", "2015-01-01..2017-12-31", &csv).engine();
    let query = Query {
        areas: of_codes(&[SOUTHWARK, LEWISHAM]),
        comparisons: vec![ComparisonKind::SamePeriodLastYear],
        basis: Some(Basis::ComputedFromRecords),
        ..ask("recorded-crime-volume", SOUTHWARK, "2017-01")
    };
    let made: Vec<Comparison> =
        engine.query(&query).unwrap().into_iter().map(|mut seen| seen.comparisons.remove(0)).collect();
    let adjusted: Vec<f64> = made.iter().map(|made| made.adjusted_p_value.unwrap()).collect();
    assert!((adjusted[0] - 2.0 * 2.0 / 64.0).abs() < 1e-12 && (adjusted[1] - 1.0).abs() < 1e-12, "{adjusted:?}");
    assert!(made.iter().all(|made| made.verdict == "no clear change"), "{made:?}");
}

#[test]
fn a_trend_is_of_five_years_that_do_not_overlap() {
    let years = ["2013", "2014", "2015", "2016", "2017"].map(|year| format!("{year}-03-10"));
    let rows: Vec<_> = years
        .iter()
        .zip([500, 450, 400, 350, 300])
        .map(|(day, found)| (day.as_str(), SOUTHWARK, "white", 1_000, found))
        .collect();
    let engine = engine_of(&rows);
    let trend = |period: &str| compared(&engine, ask(FIND_RATE, SOUTHWARK, period), ComparisonKind::Trend);
    let falls = trend("CY2017");
    assert_eq!((falls.verdict, falls.against.as_str()), ("falling", "CY2013..CY2017"));
    // Armitage: N (N sum(xt) - C sum(nt))^2 / (C (N - C) (N sum(nt^2) - sum(nt)^2)) = 104.17.
    assert!(falls.note.contains("104.17"), "{}", falls.note);
    let short = trend("CY2016");
    assert_eq!(short.verdict, NOT_COMPARED);
    assert!(short.note.contains("4 of 5 years"), "{}", short.note);
    assert!(trend("2017-03").note.contains("ask for R12, CY or FY"));
}

#[test]
fn process_control_says_what_is_unusual() {
    let month = |n: usize| format!("{}-{:02}-10", 2015 + n / 12, n % 12 + 1);
    let of = |last: usize| {
        let days: Vec<String> = (0..24).map(month).collect();
        let number = |n: usize| if n == 23 { last } else { 50 + 2 * (n % 2) };
        let rows: Vec<_> =
            days.iter().enumerate().map(|(n, day)| (day.as_str(), SOUTHWARK, "white", number(n), 0)).collect();
        let engine = engine_of(&rows);
        compared(
            &engine,
            ask("stop-search-disproportionality.searches", SOUTHWARK, "2016-12"),
            ComparisonKind::ProcessControl,
        )
    };
    let usual = of(52);
    assert_eq!((usual.verdict, usual.against.as_str()), ("within ordinary variation", "2015-01..2016-12"));
    // All moving ranges are 2: 51 -/+ 2.66 times 2.
    let limits = usual.interval.unwrap();
    assert_eq!(usual.against_value, Some(51.0));
    assert!((limits.lower - 45.68).abs() < 1e-9 && (limits.upper - 56.32).abs() < 1e-9, "{limits:?}");
    let high = of(90);
    assert_eq!(high.verdict, "special cause above the mean");
    assert!(high.note.contains("outside the limits"), "{}", high.note);
    let year = compared(
        &engine_of(&[("2017-01-10", SOUTHWARK, "white", 5, 1)]),
        ask(FIND_RATE, SOUTHWARK, "CY2017"),
        ComparisonKind::ProcessControl,
    );
    assert!(year.note.contains("months or quarters"), "{}", year.note);
}

#[test]
fn a_measure_without_figures_of_the_nation_is_not_compared_with_it() {
    let engine = engine_of(&[("2017-01-10", SOUTHWARK, "white", 5, 1)]);
    let nation = compared(&engine, ask(FIND_RATE, SOUTHWARK, "2017-01"), ComparisonKind::Nation);
    assert_eq!((nation.verdict, nation.against.as_str()), (NOT_COMPARED, ""));
    assert!(nation.note.contains("no figure of England and Wales"), "{}", nation.note);
}
