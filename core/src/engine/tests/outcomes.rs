//! Rapes that are charged within some months of their recording.

use jiff::ToSpan as _;
use proptest::prelude::*;

use super::*;
use crate::engine::MissingReason;
use crate::period::date_of_days;

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

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// A rape: days from the first day of 2016 to its recording, days from there to its charge, and whether the charge is in force.
type Rape = (i32, Option<i32>, bool);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Every quarter of a year agrees with the calendar, row by row.
    #[test]
    fn follow_ups_agree_with_a_count_of_every_row(
        rapes in proptest::collection::vec((0..400_i32, proptest::option::of(0..800_i32), any::<bool>()), 1..60),
    ) {
        let first = days_of_date("2016-01-01".parse().unwrap());
        let dates = |(recorded, delay, current): &Rape| {
            let recorded = date_of_days(first + recorded).unwrap();
            (recorded, delay.map(|delay| recorded.checked_add(delay.days()).unwrap()), *current)
        };
        let rapes: Vec<_> = rapes.iter().map(dates).collect();
        let mut crimes = "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough".to_owned();
        let mut outcomes = "crime_ref,outcome_code,outcome_date,is_current".to_owned();
        for (number, (recorded, charged, current)) in rapes.iter().enumerate() {
            crimes += &format!("\nr{number},{recorded},active,19C,rape,yes,{SOUTHWARK}");
            if let Some(charged) = charged {
                let current = if *current { "yes" } else { "no" };
                outcomes += &format!("\nr{number},1,{charged},{current}");
            }
        }
        let window = "2016-01-01..2019-12-31";
        let ledger = Ledger::default().submit("mps", "crime", window, &crimes);
        let engine = ledger.submit("mps", "crime_outcome", window, &outcomes).engine();
        for quarter in ["2015/16-Q4", "2016/17-Q1", "2016/17-Q2", "2016/17-Q3"] {
            let period: Period = quarter.parse().unwrap();
            let within = |recorded: &Date| (period.start_date()..=period.end_date()).contains(recorded);
            let cohort: Vec<_> = rapes.iter().filter(|(recorded, ..)| within(recorded)).collect();
            for months in [12, 18, 24] {
                let in_time = |(recorded, charged, current): &&(Date, Option<Date>, bool)| {
                    let last = recorded.checked_add(months.months()).unwrap();
                    *current && charged.is_some_and(|charged| charged <= last)
                };
                let charged = cohort.iter().copied().filter(|rape| in_time(rape)).count();
                let found = computed(&engine, &format!("rape-outcome-rate.charged-within-{months}m"), MPS, quarter);
                if cohort.is_empty() {
                    prop_assert_eq!(found.result, Err(MissingReason::ZeroDenominator));
                } else {
                    prop_assert_eq!(parts(&found), (number(charged), number(cohort.len())), "{} {}", quarter, months);
                }
            }
        }
    }
}
