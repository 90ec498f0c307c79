//! Rapes that are charged within some months of their recording.

use super::*;
use crate::engine::MissingReason;

/// Day of the recording, day of the charge, and whether it is the outcome in force.
const RAPES: [(&str, &str, &str); 6] = [
    // Charged on the day on which it was recorded.
    ("2016-04-10", "2016-04-10", "yes"),
    // The last day of twelve months.
    ("2016-05-31", "2017-05-31", "yes"),
    // A day late, but within eighteen months.
    ("2016-06-01", "2017-06-02", "yes"),
    // Another outcome took the place of the charge.
    ("2016-06-03", "2016-07-01", "no"),
    ("2016-06-04", "", ""),
    // Of the quarter before.
    ("2016-03-31", "2016-04-02", "yes"),
];

/// The rapes, with outcomes that are reported until a day.
fn engine_until(last: &str) -> Engine {
    let header = "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,flag_da";
    let crime = |(number, (day, ..)): (usize, &(&str, &str, &str))| {
        format!("\nr{number},{day},active,19C,rape,yes,{SOUTHWARK},no")
    };
    let crimes = header.to_owned() + &RAPES.iter().enumerate().map(crime).collect::<String>();
    let outcome = |(number, (_, day, current)): (usize, &(&str, &str, &str))| {
        let charged = format!("\nr{number},1,{day},{current}");
        let replaced = format!("\nr{number},15,2016-12-01,yes");
        match *current {
            "" => String::new(),
            "no" => charged + &replaced,
            _ => charged,
        }
    };
    let outcomes = "crime_ref,outcome_code,outcome_date,is_current".to_owned()
        + &RAPES.iter().enumerate().map(outcome).collect::<String>();
    Ledger::default()
        .submit("mps", "crime", "2016-03-01..2017-12-31", &crimes)
        .submit("mps", "crime_outcome", &format!("2016-03-01..{last}"), &outcomes)
        .engine()
}

#[test]
fn a_cohort_is_followed_from_the_recording_of_each_rape() {
    let engine = engine_until("2017-12-31");
    let found = |variant: &str| computed(&engine, &format!("rape-outcome-rate.{variant}"), SOUTHWARK, "2016/17");
    let quarter = |variant: &str| computed(&engine, &format!("rape-outcome-rate.{variant}"), MPS, "2016/17-Q1");
    let within_a_year = quarter("charged-within-12m");
    assert_eq!((parts(&within_a_year), within_a_year.interval.unwrap().method.id()), ((2.0, 5.0), "wilson"));
    assert_eq!(parts(&quarter("charged-within-18m")), (3.0, 5.0));
    // The quarter is followed until June 2018, and the year until March 2018.
    assert_eq!(quarter("charged-within-24m").result, Err(MissingReason::IncompleteFollowUp));
    assert_eq!(found("charged-within-12m").result, Err(MissingReason::IncompleteFollowUp));
}

#[test]
fn a_month_of_outcomes_that_is_missing_makes_the_follow_up_incomplete() {
    let found = computed(&engine_until("2017-05-31"), "rape-outcome-rate.charged-within-12m", MPS, "2016/17-Q1");
    assert_eq!((found.result, &*found.marker), (Err(MissingReason::IncompleteFollowUp), "[x]"));
}
