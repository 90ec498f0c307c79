use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn days(text: &str) -> (Date, Date) {
    (period(text).start_date(), period(text).end_date())
}

#[test]
fn each_kind_spans_the_months_it_says() {
    assert_eq!(days("2017-02"), (date(2017, 2, 1), date(2017, 2, 28)));
    assert_eq!(days("2016-02"), (date(2016, 2, 1), date(2016, 2, 29)));
    assert_eq!(days("1900-02").1, date(1900, 2, 28), "not a leap year");
    assert_eq!(days("2000-02").1, date(2000, 2, 29), "a leap year");
    assert_eq!(days("2016/17-Q2"), (date(2016, 7, 1), date(2016, 9, 30)));
    assert_eq!(days("2016/17-Q4"), (date(2017, 1, 1), date(2017, 3, 31)));
    assert_eq!(days("R12-2017-02"), (date(2016, 3, 1), date(2017, 2, 28)));
    assert_eq!(days("CY2016"), (date(2016, 1, 1), date(2016, 12, 31)));
    assert_eq!(days("2016/17"), (date(2016, 4, 1), date(2017, 3, 31)));
    assert_eq!(days("1999/00").1, date(2000, 3, 31), "the century turns");
}

/// The confidence figure in the plan is for "R12 Quarter 2 2016/17": October 2015 to September 2016.
#[test]
fn a_rolling_year_may_end_with_a_quarter() {
    assert_eq!(period("R12-2016/17-Q2").to_string(), "R12-2016-09");
    assert_eq!(days("R12:2016-09").0, date(2015, 10, 1));
}

#[test]
fn other_spellings_read_as_the_canonical_one() {
    for (text, canonical) in [
        ("2016", "CY2016"),
        ("FY2016/17", "2016/17"),
        ("r12:2017-02", "R12-2017-02"),
        (" 2017-02 ", "2017-02"),
        ("2016/17-q2", "2016/17-Q2"),
    ] {
        assert_eq!(period(text).to_string(), canonical);
    }
}

#[test]
fn a_refusal_says_what_is_wrong_and_what_is_accepted() {
    for (text, reason) in [
        ("2017-13", "the month must be 01 to 12"),
        ("2017-2", "a month is written YYYY-MM"),
        ("2016-17", "the month must be 01 to 12"),
        ("2016/18", "ends in the year after"),
        ("2016/17-Q5", "Q1 (April to June)"),
        ("R12", "R12 is followed by"),
        ("0217-02", "1900 to 2199"),
        ("+217-02", "four digits"),
        ("", "four digits"),
        ("2017-02-01", "a month is written YYYY-MM"),
        ("février", "four digits"),
    ] {
        let message = text.parse::<Period>().unwrap_err().to_string();
        assert!(message.contains(reason), "{text}: {message}");
        assert!(message.contains("R12-2017-02"), "{message}");
    }
}

#[test]
fn comparisons_share_no_month_or_keep_the_season() {
    let year = period("R12-2017-02");
    assert_eq!(year.previous_window(), period("R12-2016-02"));
    assert!(year.previous_window().last() < year.first());
    assert_eq!(period("2017-01").previous_window(), period("2016-12"));
    assert_eq!(period("2017-01").same_period_last_year(), period("2016-01"));
    assert_eq!(period("2016/17-Q1").previous_window(), period("2015/16-Q4"));
    assert_eq!(period("2016/17-Q1").same_period_last_year(), period("2015/16-Q1"));
    assert_eq!(period("2016/17").previous_window(), period("2015/16"));
    assert_eq!(period("CY2016").same_period_last_year(), period("CY2015"));
}

#[test]
fn ranges_are_inclusive_and_of_one_kind() {
    let range: PeriodRange = "2016-11..2017-02".parse().unwrap();
    let months: Vec<_> = range.iter().map(|p| p.to_string()).collect();
    assert_eq!(months, ["2016-11", "2016-12", "2017-01", "2017-02"]);
    assert_eq!(range.count(), 4);
    assert_eq!(range.to_string(), "2016-11..2017-02");

    let rolling: PeriodRange = "R12-2016-12..R12-2017-02".parse().unwrap();
    assert_eq!(rolling.count(), 3, "a rolling year moves by a month");

    let one: PeriodRange = "2016/17".parse().unwrap();
    assert_eq!((one.count(), one.to_string().as_str()), (1, "2016/17"));

    let error = "2016-11..CY2017".parse::<PeriodRange>().unwrap_err();
    assert!(error.to_string().contains("both ends must be of one kind"));
    let error = "2017-02..2016-11".parse::<PeriodRange>().unwrap_err();
    assert!(matches!(error, PeriodError::Reversed { .. }));
}

#[test]
fn the_latest_periods_are_whole_and_available() {
    let months = ("2015-05".parse().unwrap(), "2017-02".parse().unwrap());
    let latest = |kind, n| PeriodRange::latest(kind, n, months).unwrap().to_string();
    assert_eq!(latest(PeriodKind::Month, 2), "2017-01..2017-02");
    assert_eq!(latest(PeriodKind::Quarter, 2), "2016/17-Q2..2016/17-Q3");
    assert_eq!(latest(PeriodKind::RollingYear, 1), "R12-2017-02");
    assert_eq!(latest(PeriodKind::CalendarYear, 9), "CY2016", "only one is whole");
    assert_eq!(latest(PeriodKind::Month, u32::MAX), "2015-05..2017-02");
    assert_eq!(latest(PeriodKind::Quarter, 99), "2015/16-Q2..2016/17-Q3");
    let error = PeriodRange::latest(PeriodKind::FinancialYear, 1, months).unwrap_err();
    assert_eq!(error.to_string(), "no whole financial year lies in the available months 2015-05 to 2017-02");
    let error = PeriodRange::latest(PeriodKind::Month, 0, months).unwrap_err();
    assert_eq!(error, PeriodError::NoPeriods);
}

#[test]
fn days_outside_the_calendar_are_held_or_refused() {
    assert_eq!(Month::of_days(i32::MIN), Month::MIN);
    assert_eq!(Month::of_days(i32::MAX), Month::MAX);
    assert_eq!(Month::MAX.plus(1), Month::MAX);
    assert_eq!(Month::MIN.plus(i32::MIN), Month::MIN);
    assert_eq!(date_of_days(i32::MAX), None);
    assert_eq!(days_of_date(date(1970, 1, 1)), 0);
    assert_eq!(days_of_date(Date::MAX), 2_932_896);
    assert_eq!(date_of_days(days_of_date(Date::MIN)), Some(Date::MIN));
}

/// Every day of the years 1 to 9999: some three and a half million.
#[test]
fn the_month_of_a_day_agrees_with_the_calendar_on_every_day() {
    let mut month = Month::MIN;
    let mut next = month.plus(1).first_day_number();
    for day in month.first_day_number()..=days_of_date(Date::MAX) {
        if day == next && month < Month::MAX {
            month = month.plus(1);
            next = month.plus(1).first_day_number();
        }
        assert_eq!(Month::of_days(day), month, "day {day}");
    }
    assert_eq!(month, Month::MAX);
}

fn any_month() -> impl Strategy<Value = Month> {
    (1901..=2198, 1..=12).prop_map(|(year, number)| Month::new(year, number).unwrap())
}

fn any_period() -> impl Strategy<Value = Period> {
    (proptest::sample::select(&PeriodKind::ALL), any_month())
        .prop_map(|(kind, month)| Period::containing(kind, month))
}

proptest! {
    #[test]
    fn what_is_written_is_read(period in any_period()) {
        prop_assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
        prop_assert_eq!(i32::try_from(period.months().count()).unwrap(), period.kind().months());
    }

    #[test]
    fn months_agree_with_the_calendar(days in -719_162..=2_932_896) {
        let date = date_of_days(days).unwrap();
        prop_assert_eq!(days_of_date(date), days);
        prop_assert_eq!(Month::of_days(days), Month::of(date));
        let month = Month::of(date);
        prop_assert_eq!(month.first_day(), date.first_of_month());
        prop_assert_eq!(month.last_day(), date.last_of_month());
        prop_assert_eq!(month.first_day_number(), days_of_date(date.first_of_month()));
    }

    #[test]
    fn windows_tile_time(period in any_period()) {
        prop_assert_eq!(period.previous_window().last().plus(1), period.first());
        prop_assert_eq!(period.plus(5).plus(-5), period);
        prop_assert_eq!(Period::containing(period.kind(), period.last()), period);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,16}") {
        let _ = text.parse::<PeriodRange>();
    }

    #[test]
    fn the_latest_are_never_outside(
        kind in proptest::sample::select(&PeriodKind::ALL),
        first in any_month(), span in 0..60, n in 1u32..40,
    ) {
        let last = first.plus(span);
        match PeriodRange::latest(kind, n, (first, last)) {
            Ok(range) => {
                prop_assert!(range.first().first() >= first && range.last().last() <= last);
                prop_assert!(range.last().plus(1).last() > last);
                let wanted = usize::try_from(n).unwrap();
                prop_assert!(range.count() == wanted || range.first().plus(-1).first() < first);
            }
            Err(_) => prop_assert!(span < 2 * kind.months()),
        }
    }
}
