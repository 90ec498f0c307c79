//! Referrals to the National Referral Mechanism through the whole engine.

use super::*;
use crate::engine::MissingReason;

/// Six referrals of the first quarter of 2017. `d` is a notification without consent, `f` comes from outside London.
const REFERRALS: &str = "
    referral_ref,received_date,first_responder,responder_in_london,borough,location,duty_to_notify,rg_date,rg_result,cg_date,cg_result
    a,2017-01-10,mps,yes,E09000028,uk_london,no,2017-01-20,positive,2017-05-01,positive
    b,2017-02-01,mps,yes,E09000033,overseas,no,2017-02-10,positive,2017-06-10,negative
    c,2017-03-31,mps,yes,E09000028,uk_london,no,2017-04-03,negative,,
    d,2017-02-02,mps,yes,E09000028,uk_london,yes,,,,
    e,2017-02-03,local_authority,yes,E09000028,uk_other,no,,pending,,pending
    f,2017-02-04,bf,no,E09000028,uk_london,no,,pending,,pending";

fn engine(agency: &str) -> Engine {
    Ledger::default().submit(agency, "nrm_referral", "2017-01-01..2017-12-31", REFERRALS).engine()
}

#[test]
fn referrals_count_by_responder_and_place() {
    let engine = engine("home-office");
    for (measure, expected) in [
        ("nrm-referrals", 3.0),
        ("nrm-referrals.mps.duty-to-notify", 1.0),
        ("nrm-referrals.exploited-in-london", 3.0),
        ("nrm-referrals.exploited-in-london.duty-to-notify", 1.0),
        ("nrm-referrals.all-london-responders", 4.0),
    ] {
        for area in [MPS, GREATER_LONDON] {
            let found = computed(&engine, measure, area, "2016/17-Q4");
            assert_eq!(found.result, Ok(expected), "{measure} {area}");
        }
    }
    assert_eq!(&*computed(&engine, "nrm-referrals", MPS, "CY2017").measure, "nrm-referrals.mps.referrals");
}

#[test]
fn decisions_count_by_the_day_on_which_they_are_made() {
    let engine = engine("home-office");
    let share = |measure: &str, period: &str| parts(&computed(&engine, measure, MPS, period));
    let reasonable = "nrm-referrals.mps.positive-reasonable-grounds";
    assert_eq!(share(reasonable, "2016/17-Q4"), (2.0, 2.0));
    assert_eq!(share(reasonable, "2017/18-Q1"), (0.0, 1.0));
    assert_eq!(share(reasonable, "CY2017"), (2.0, 3.0));
    assert_eq!(share("nrm-referrals.mps.positive-conclusive-grounds", "CY2017"), (1.0, 2.0));
    // 101 days from 20 January to 1 May, and 120 from 10 February to 10 June.
    let days = computed(&engine, "nrm-referrals.mps.days-to-conclusive-grounds", MPS, "CY2017");
    assert_eq!((days.result, days.denominator), (Ok(110.5), Some(2.0)));
}

/// A force has only its own referrals, so its rows alone are no report on London.
#[test]
fn rows_of_a_force_alone_are_no_report() {
    let found = computed(&engine("mps"), "nrm-referrals", MPS, "2016/17-Q4");
    assert_eq!(found.result, Err(MissingReason::NotSubmitted));
}
