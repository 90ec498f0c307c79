//! Medians of days through the whole engine.

use super::*;
use crate::period::{date_of_days, days_of_date};

const HEADER: &str = "case_ref,defendant_seq,offence_seq,court_code,court_type,offence_date,charge_date,first_listing_date,\
    completion_date,is_selected,breach";

/// The fixture "Timeliness": days of five defendants from offence to charge, to first listing, to completion.
const STAGES: [[i32; 3]; 5] = [[20, 25, 0], [60, 30, 40], [90, 28, 100], [200, 35, 0], [10, 20, 300]];

/// A defendant whose case was completed on a day.
fn case(number: usize, stages: [i32; 3], completed: &str, more: &str) -> String {
    let end = days_of_date(completed.parse().unwrap());
    let [charge, listing, completion] = stages;
    let date = |days: i32| date_of_days(days).unwrap();
    let (listed, charged) = (end - completion, end - completion - listing);
    format!(
        "C{number},1,1,MC-WESTMINSTER,magistrates,{},{},{},{completed},{more}",
        date(charged - charge),
        date(charged),
        date(listed)
    )
}

fn engine() -> Engine {
    let cases = STAGES.iter().enumerate().map(|(number, stages)| case(number, *stages, "2017-05-31", "yes,no"));
    let others = [case(7, [1, 1, 1], "2017-05-30", "no,no"), case(8, [1, 1, 1], "2017-05-30", "yes,yes")];
    let rows: Vec<String> = std::iter::once(HEADER.to_owned()).chain(cases).chain(others).collect();
    Ledger::default().submit("hmcts", "court_case", "2017-04-01..2017-06-30", &rows.join("\n")).engine()
}

#[test]
fn fixture_timeliness() {
    let engine = engine();
    let days = |variant: &str| {
        let found = computed(&engine, &format!("court-timeliness.{variant}"), GREATER_LONDON, "2017/18-Q1");
        // The smallest and largest of five values do not enclose the median with enough confidence.
        assert_eq!((found.denominator, found.interval), (Some(5.0), None), "{variant}");
        found.result.unwrap().to_string()
    };
    let stages = ["offence-to-charge", "charge-to-first-listing", "first-listing-to-completion"].map(days);
    assert_eq!(stages, ["60", "28", "40"]);
    // 60 + 28 + 40 is 128, not 218: medians of stages do not add up.
    assert_eq!(days("offence-to-completion"), "218");
}

#[test]
fn a_case_of_more_than_ten_years_is_kept_and_left_out_of_the_trimmed_variant() {
    let header = format!("{HEADER},over_ten_years");
    let cases = [([20, 20, 20], "yes,no,no"), ([4_000, 1, 1], "yes,no,yes")].into_iter().enumerate();
    let cases = cases.map(|(number, (stages, more))| case(number, stages, "2017-04-30", more));
    let rows: Vec<String> = std::iter::once(header).chain(cases).collect();
    let engine = Ledger::default().submit("hmcts", "court_case", "2017-04-01..2017-06-30", &rows.join("\n")).engine();
    let days = |variant: &str| {
        let found = computed(&engine, &format!("court-timeliness.{variant}"), GREATER_LONDON, "2017/18-Q1");
        (found.result.unwrap(), found.denominator)
    };
    assert_eq!(days("mean-offence-to-completion"), (2_031.0, Some(2.0)));
    assert_eq!(days("trimmed-mean-offence-to-completion"), (60.0, Some(1.0)));
    assert_eq!(days("trimmed-offence-to-completion"), (60.0, Some(1.0)));
}

#[test]
fn periods_pool_days_and_have_limits_from_six_values() {
    let rows: Vec<String> = (0..10)
        .map(|n| {
            let completed = if n < 5 { "2017-04-30" } else { "2017-08-31" };
            case(n, [0, 0, i32::try_from(n).unwrap() + 1], completed, "yes,no")
        })
        .collect();
    let csv = format!("{HEADER}\n{}", rows.join("\n"));
    let engine = Ledger::default().submit("hmcts", "court_case", "2017-01-01..2017-12-31", &csv).engine();
    let measure = "court-timeliness.offence-to-completion";
    let year = computed(&engine, measure, GREATER_LONDON, "CY2017");
    // The vector for ten values: ranks 2 and 9.
    let interval = year.interval.unwrap();
    assert_eq!((year.result, interval.lower, interval.upper), (Ok(5.5), 2.0, 9.0));
    assert_eq!((interval.method.id(), year.value_kind.id(), &*year.unit), ("order_statistics", "days", "defendant"));
    assert_eq!(computed(&engine, measure, GREATER_LONDON, "2017/18-Q1").result, Ok(3.0));
    let empty = computed(&engine, measure, GREATER_LONDON, "2017/18-Q3");
    assert_eq!(empty.result, Err(crate::estimate::MissingReason::ZeroDenominator));
}
