//! Cells that the reader may not see.

use super::*;
use crate::engine::{AreaSelection, Basis, ComparisonKind, MissingReason, NOT_COMPARED, Visibility};
use crate::reference::Level;

const REPORTS: &str = "sexual-violence-reports";
const RATE: &str = "hate-crime-reports.rate";
const LAMBETH: &str = "E09000022";

fn ledger() -> Ledger {
    let csv = "crime_ref,record_status,committed_from,recorded_at,non_recent,offence_borough,ho_class,crime_group\n\
        a,active,2017-03-01,2017-03-02,no,E09000028,19C,rape\n\
        b,active,2017-03-05,2017-03-06,no,E09000022,19C,rape";
    Ledger::default().submit("mps", "crime", "2016-01-01..2017-12-31", csv)
}

/// Figures of one area only may be seen.
fn only(area: &'static str, query: Query) -> Query {
    let visible = CORE.reference.areas.by_code(area).unwrap();
    Query { visibility: Visibility::of(move |_, area| area == visible), ..query }
}

#[test]
fn a_cell_that_may_not_be_seen_tells_nothing_of_what_is_held() {
    let engine = ledger().engine();
    let boroughs = Query { areas: vec![AreaSelection::Level(Level::Borough)], ..ask(REPORTS, SOUTHWARK, "2017-03") };
    let all = engine.query(&boroughs).unwrap();
    let seen = engine.query(&only(SOUTHWARK, boroughs)).unwrap();
    // One observation for each area, as for everyone, but only that of Southwark has a value.
    assert_eq!(seen.len(), all.len());
    for (seen, all) in seen.iter().zip(&all) {
        assert_eq!(seen.area, all.area);
        if &*seen.area == SOUTHWARK {
            assert_eq!(seen, all);
            continue;
        }
        assert_eq!((seen.result, seen.numerator), (Err(MissingReason::NotAuthorised), None));
        assert_eq!((seen.obs_status, seen.conf_status, &*seen.marker), ("O", "F", "[x]"));
        assert!(seen.sources.is_empty() && seen.components.is_empty() && seen.alternatives.is_empty());
        assert!(seen.interval.is_none() && seen.completeness == Default::default());
    }
    // A borough with a crime looks like one without.
    let of = |code: &str| Observation {
        area: "".into(),
        area_name: "".into(),
        ..seen.iter().find(|seen| &*seen.area == code).unwrap().clone()
    };
    assert_eq!(of(LAMBETH), of("E09000012"));
}

#[test]
fn nothing_is_compared_with_what_may_not_be_seen() {
    let engine = ledger().engine();
    let query = Query {
        comparisons: vec![ComparisonKind::London, ComparisonKind::Trend],
        basis: Some(Basis::ComputedFromRecords),
        ..ask(RATE, SOUTHWARK, "R12-2017-03")
    };
    let [all] = engine.query(&query).unwrap().try_into().unwrap();
    assert_eq!(all.comparisons[0].against_value, Some(0.0));
    let [seen] = engine.query(&only(SOUTHWARK, query.clone())).unwrap().try_into().unwrap();
    assert_eq!(seen.result, all.result);
    let london = &seen.comparisons[0];
    assert_eq!((london.against_value, london.change, london.verdict), (None, None, NOT_COMPARED));
    assert_eq!(london.note, "The value compared with is missing: not authorised.");
    // A series of cells that may not be seen is not compared either.
    let [hidden] = engine.query(&only(LAMBETH, query)).unwrap().try_into().unwrap();
    assert!(hidden.comparisons.iter().all(|made| made.verdict == NOT_COMPARED && made.interval.is_none()));
}

#[test]
fn a_companion_that_may_not_be_seen_has_no_value() {
    let engine = ledger().engine();
    let query = Query {
        companions: true,
        basis: Some(Basis::ComputedFromRecords),
        visibility: Visibility::of(|measure, _| &*measure.id == REPORTS),
        ..ask(REPORTS, SOUTHWARK, "2017-03")
    };
    let [reports] = engine.query(&query).unwrap().try_into().unwrap();
    assert_eq!(reports.result, Ok(1.0));
    assert!(!reports.companions.is_empty());
    assert!(reports.companions.iter().all(|with| with.result == Err(MissingReason::NotAuthorised)));
}
