//! Releases of small ledgers, each read as an outsider reads it.

use std::collections::BTreeMap;

use super::*;
use crate::disclosure::Steps;
use crate::engine::tests::{CORE, Ledger, MPS};
use crate::engine::{AreaSelection, MissingReason, PeriodSelection};
use crate::reference::Level;

const BOROUGHS: [&str; 6] = ["E09000028", "E09000022", "E09000023", "E09000011", "E09000025", "E09000030"];
const STRANDS: [&str; 4] = ["race", "religion", "disability", "transgender"];

/// A sequence of numbers below a limit that look random.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

/// Hate crimes in six boroughs from January 2016 to a month. `revision` crimes of each month were recorded later.
fn hate_crimes(months: u64, revision: u64) -> Ledger {
    let mut csv =
        "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,flag_hate".to_owned();
    for month in 0..months {
        let mut number = numbers(7 + month);
        let (year, of_year) = (2016 + month / 12, month % 12 + 1);
        let late = if month < 14 { revision * (number(3)) } else { 0 };
        for at in 0..40 + late {
            let borough = BOROUGHS[usize::try_from(number(36).isqrt()).unwrap()];
            let strand = STRANDS[usize::try_from(number(16).isqrt()).unwrap()];
            let both = strand != "race" && number(9) == 0;
            let strand = if both { format!("{strand}|race") } else { strand.to_owned() };
            let group = ["violence_with_injury", "public_order"][usize::try_from(number(2)).unwrap()];
            let day = number(28) + 1;
            csv += &format!("\n{month}-{at},{year}-{of_year:02}-{day:02},active,8N,{group},yes,{borough},{strand}");
        }
    }
    let last = format!("{}-{:02}-28", 2016 + (months - 1) / 12, (months - 1) % 12 + 1);
    let last: jiff::civil::Date = last.parse().unwrap();
    Ledger::default().submit("mps", "crime", &format!("2016-01-01..{}", last.last_of_month()), &csv)
}

fn plan(periods: &[&str]) -> Plan {
    let area = |code| AreaSelection::One(CORE.reference.areas.by_code(code).unwrap());
    let boroughs = BOROUGHS.into_iter().map(area);
    Plan {
        measures: vec!["hate-crime-reports".to_owned(), "mopac-7-volume".to_owned()],
        areas: std::iter::once(area(MPS)).chain([AreaSelection::Level(Level::Bcu)]).chain(boroughs).collect(),
        periods: periods.iter().map(|range| PeriodSelection::Range(range.parse().unwrap())).collect(),
        breakdowns: Breakdowns::Each,
    }
}

const PERIODS: [&str; 2] = ["2016-06..2017-02", "R12-2016-12..R12-2017-02"];

fn released(ledger: &Ledger, threads: usize, earlier: &[Record], steps: Steps) -> Release {
    make_with(&ledger.engine_of(threads), &plan(&PERIODS), usize::MAX, earlier, &|| true, steps).unwrap()
}

/// The counts of hate crimes that a reader of several exact counts sees: those that are not withheld, by area, period and code.
fn seen(release: &Release) -> BTreeMap<(String, String, String), Option<f64>> {
    let of = |one: &Observation| {
        let code = one.breakdown.first().map_or(String::new(), |value| format!("{}={}", value.dimension, value.code));
        ((one.area.to_string(), one.period.to_string(), code), one.result.ok())
    };
    release.observations.iter().filter(|one| &*one.measure == "hate-crime-reports").map(of).collect()
}

#[test]
fn small_counts_and_what_gives_them_away_are_withheld() {
    let ledger = hate_crimes(15, 0);
    let release = released(&ledger, 1, &[], Steps::ALL);
    assert!(release.summary.is_safe(), "{:?}", release.summary.unprotected);
    assert!(release.summary.primary > 50 && release.summary.secondary > 0, "{:?}", release.summary);
    let exact = released(&ledger, 1, &[], Steps::NONE);
    assert!(exact.summary.withheld < release.summary.withheld);
    assert!(!exact.summary.is_safe());
    for one in &release.observations {
        let is_small = |count: f64| count > 0.0 && count < 5.0;
        if &*one.measure == "hate-crime-reports" {
            assert!(one.result.is_err() || !is_small(one.result.unwrap()), "{one:?}");
            assert!(one.numerator.is_none_or(|count| count % 5.0 == 0.0));
        }
    }
    // Zeros stay zeros, and silence stays silence.
    assert!(release.observations.iter().any(|one| one.result == Ok(0.0)));
    for withheld in &release.withheld {
        let one = &release.observations[withheld.observation];
        assert_eq!((one.result, one.conf_status), (Err(MissingReason::Suppressed), "C"));
        assert_eq!((one.numerator, one.denominator, one.interval), (None, None, None));
        assert_eq!(one.marker, "[c]");
    }
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let ledger = hate_crimes(15, 0);
    let one = released(&ledger, 1, &[], Steps::ALL);
    let two = released(&ledger, 2, &[], Steps::ALL);
    assert_eq!(one.observations, two.observations);
    assert_eq!(one.withheld, two.withheld);
    assert_eq!(one.record.to_bytes(), two.record.to_bytes());
    assert_eq!(Record::from_bytes(&one.record.to_bytes()).unwrap(), one.record);
}

/// No withheld count of a borough is the difference between its command or London and the other boroughs.
#[test]
fn no_single_count_is_withheld_beside_its_total() {
    let release = released(&hate_crimes(15, 0), 2, &[], Steps::ALL);
    let seen = seen(&release);
    for ((area, period, code), value) in &seen {
        if value.is_none() && BOROUGHS.contains(&area.as_str()) {
            let others = seen
                .iter()
                .filter(|((other, at, of), value)| other != area && at == period && of == code && value.is_none());
            let total_is_hidden = seen[&(MPS.to_owned(), period.clone(), code.clone())].is_none();
            assert!(others.count() > 0 || total_is_hidden, "{area} {period} {code}");
        }
    }
}

/// A later release neither publishes what an earlier one withheld of the same counts, nor gives it away.
#[test]
fn a_later_release_keeps_what_an_earlier_one_withheld() {
    let first = released(&hate_crimes(15, 0), 1, &[], Steps::ALL);
    let revised = hate_crimes(15, 1);
    let alone = released(&revised, 1, &[], Steps::ALL);
    let second = released(&revised, 1, std::slice::from_ref(&first.record), Steps::ALL);
    assert!(second.summary.withheld >= alone.summary.withheld);
    assert!(second.summary.is_safe(), "{:?}", second.summary.unprotected);
    let again = released(&hate_crimes(15, 0), 1, std::slice::from_ref(&first.record), Steps::ALL);
    let hidden = |release: &Release| -> Vec<usize> { release.withheld.iter().map(|one| one.observation).collect() };
    let kept = hidden(&first);
    assert!(kept.iter().all(|number| hidden(&again).contains(number)));
    assert_ne!(first.observations.len(), 0);
}

/// A release for each month after the other, in which the months before are revised, is protected against all earlier ones.
#[test]
fn releases_follow_one_another() {
    let mut earlier = Vec::new();
    for last in 15_u64..21 {
        let month = |back: u64| format!("{}-{:02}", 2016 + (last - 1 - back) / 12, (last - 1 - back) % 12 + 1);
        let periods = [format!("{}..{}", month(1), month(0)), format!("R12-{}..R12-{}", month(1), month(0))];
        let plan = plan(&periods.each_ref().map(String::as_str));
        let engine = hate_crimes(last, last - 14).engine_of(1);
        let release = make(&engine, &plan, usize::MAX, &earlier, &|| true).unwrap();
        assert!(release.summary.is_safe(), "{last}: {:?}", release.summary.unprotected);
        assert!(release.summary.withheld > 0);
        earlier.push(release.record);
    }
}

/// A release of too many cells is refused before any is made.
#[test]
fn a_release_has_no_more_cells_than_it_may_have() {
    let engine = hate_crimes(15, 0).engine_of(1);
    let plan = Plan { breakdowns: Breakdowns::None, ..plan(&["2016-01..2016-03"]) };
    let whole = make(&engine, &plan, usize::MAX, &[], &|| true).unwrap().observations.len();
    assert_eq!(make(&engine, &plan, whole, &[], &|| true).unwrap().observations.len(), whole);
    let refused = make(&engine, &plan, whole - 1, &[], &|| true).unwrap_err();
    assert_eq!(refused, ReleaseError::TooManyCells { most: whole - 1 });
}

/// What an earlier release tells of some months and totals says nothing of other months and breakdowns.
#[test]
fn an_earlier_release_may_have_another_shape() {
    let before = Plan { breakdowns: Breakdowns::None, ..plan(&["2016-01..2016-03"]) };
    let before = make(&hate_crimes(15, 0).engine_of(1), &before, usize::MAX, &[], &|| true).unwrap();
    for revision in [0, 1] {
        let after = released(&hate_crimes(15, revision), 1, std::slice::from_ref(&before.record), Steps::ALL);
        assert!(after.summary.is_safe(), "{:?}", after.summary.unprotected);
    }
}

/// A total of 5 was published. Of its codes with 1, 1 and 3, each would lie between 1 and 3 if the zeros were published. So the
/// breakdown is withheld whole. Without the earlier release, the total is withheld, and the zeros are published.
#[test]
fn a_breakdown_of_a_published_total_is_withheld_whole_if_it_must_be() {
    let mut csv =
        "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,flag_hate".to_owned();
    let groups = ["violence_with_injury", "criminal_damage", "public_order", "public_order", "public_order"];
    for (number, group) in groups.into_iter().enumerate() {
        csv += &format!("\n{number},2017-01-1{number},active,8N,{group},yes,{},race", BOROUGHS[0]);
    }
    let engine = Ledger::default().submit("mps", "crime", "2017-01-01..2017-01-31", &csv).engine_of(1);
    let area = |code| AreaSelection::One(CORE.reference.areas.by_code(code).unwrap());
    let totals = Plan {
        measures: vec!["hate-crime-reports".to_owned()],
        areas: vec![area(BOROUGHS[0])],
        periods: vec![PeriodSelection::Range("2017-01..2017-01".parse().unwrap())],
        breakdowns: Breakdowns::None,
    };
    let before = make(&engine, &totals, usize::MAX, &[], &|| true).unwrap();
    assert_eq!(before.withheld, []);
    let whole = Plan { breakdowns: Breakdowns::Named(vec!["crime_group".to_owned()]), ..totals };
    let is_total = |release: &Release, one: &Withheld| release.observations[one.observation].breakdown.is_empty();
    let closed = |release: &Release| release.withheld.iter().filter(|one| one.reason == Reason::Breakdown).count();
    let alone = make(&engine, &whole, usize::MAX, &[], &|| true).unwrap();
    assert!(alone.summary.is_safe() && closed(&alone) == 0);
    assert!(alone.withheld.iter().any(|one| is_total(&alone, one)));
    let after = make(&engine, &whole, usize::MAX, &[before.record], &|| true).unwrap();
    assert!(after.summary.is_safe(), "{:?}", after.summary.unprotected);
    assert!(!after.withheld.iter().any(|one| is_total(&after, one)));
    assert!(closed(&after) > 0 && after.withheld.len() == after.observations.len() - 1);
}

/// The audit reads the earlier releases itself: it refuses a release that was protected as if there were none.
#[test]
fn the_audit_refuses_what_other_releases_give_away() {
    let first = released(&hate_crimes(15, 0), 1, &[], Steps::ALL);
    let earlier = [first.record];
    let revised = hate_crimes(15, 1);
    let alone = released(&revised, 1, &earlier, Steps { earlier: false, ..Steps::ALL });
    assert!(!alone.summary.is_safe());
    let beside = released(&revised, 1, &earlier, Steps::ALL);
    assert!(beside.summary.is_safe(), "{:?}", beside.summary.unprotected);
}

/// The values between which an outsider cannot decide contain the true one, and are as wide as the rule demands.
#[test]
fn reviewers_see_what_the_audit_proved() {
    let ledger = hate_crimes(15, 0);
    let release = released(&ledger, 1, &[], Steps::ALL);
    let exact = released(&ledger, 1, &[], Steps::NONE);
    let mut small = 0;
    for withheld in &release.withheld {
        let interval = withheld.interval.unwrap();
        assert!(interval.low >= i64::from(withheld.reason != Reason::Breakdown) && interval.low < interval.high);
        small += usize::from(withheld.reason == Reason::SmallCount && interval.high - interval.low >= 3);
    }
    let primary = release.withheld.iter().filter(|one| one.reason == Reason::SmallCount).count();
    assert!(small == primary && primary == exact.withheld.len(), "{small} {primary} {}", exact.withheld.len());
}
