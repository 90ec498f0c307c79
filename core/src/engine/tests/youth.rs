//! First-time entrants through the whole engine.

use super::*;
use crate::engine::MissingReason;

/// Three entrants of Southwark on the Police National Computer, two of whom a youth offending team has too. Both sources have
/// entrants of Lewisham in the other quarters.
const ENTRANTS: &str = "
    young_person_pid,source,first_disposal_date,age_at_disposal,age_band,borough
    p1,pnc,2016-04-01,10,10-14,E09000028
    p2,pnc,2016-12-24,14,10-14,E09000028
    p3,pnc,2017-03-31,17,15-17,E09000028
    p1,yot,2016-04-01,10,10-14,E09000028
    p2,yot,2016-12-24,14,10-14,E09000028
    p4,pnc,2017-04-01,16,15-17,E09000028
    p5,pnc,2016-07-01,16,15-17,E09000023
    p5,yot,2016-07-01,16,15-17,E09000023
    p6,yot,2017-01-09,16,15-17,E09000023";

/// Residents of Southwark aged 10 to 17 in the middle of 2020.
const CHILDREN: f64 = 26_227.0;

#[test]
fn entrants_are_counted_by_source_and_divided_by_children() {
    let engine = Ledger::default().submit("yjb", "youth_fte", "2016-04-01..2017-06-30", ENTRANTS).engine();
    let rate = computed(&engine, "first-time-entrants", SOUTHWARK, "2016/17");
    assert_eq!((&*rate.measure, parts(&rate)), ("first-time-entrants.pnc.rate", (3.0, CHILDREN)));
    assert_eq!(rate.result, Ok(3.0 / CHILDREN * 100_000.0));
    assert_eq!(rate.interval.unwrap().method.id(), "exact_poisson");
    assert!(rate.caveats.iter().any(|caveat| caveat.contains("2020")), "{:?}", rate.caveats);
    for (measure, expected) in [("first-time-entrants.pnc.count", 3.0), ("first-time-entrants.yot.count", 2.0)] {
        assert_eq!(computed(&engine, measure, SOUTHWARK, "2016/17").result, Ok(expected), "{measure}");
    }
    assert_eq!(computed(&engine, "first-time-entrants.pnc.count", MPS, "2017/18-Q1").result, Ok(1.0));
}

#[test]
fn a_source_without_an_entrant_in_a_quarter_did_not_report_on_it() {
    let engine = Ledger::default().submit("yjb", "youth_fte", "2016-04-01..2017-06-30", ENTRANTS).engine();
    let found = |measure: &str, area: &str, period: &str| computed(&engine, measure, area, period).result;
    // Both sources have entrants in the last quarter of the year, of another borough.
    let quarter = "2016/17-Q4";
    assert_eq!(found("first-time-entrants.yot.count", MPS, quarter), Ok(1.0));
    assert_eq!(found("first-time-entrants.yot.count", MPS, "2017/18-Q1"), Err(MissingReason::NotSubmitted));
    assert_eq!(found("first-time-entrants.yot.count", SOUTHWARK, "R12-2017-06"), Err(MissingReason::NotSubmitted));
    assert_eq!(found("first-time-entrants.yot.rate", SOUTHWARK, "R12-2017-06"), Err(MissingReason::NotSubmitted));
    assert_eq!(found("first-time-entrants.pnc.count", SOUTHWARK, "R12-2017-06"), Ok(3.0));
}
