//! Days, months and quarters of synthetic records.

use peelian_core::period::{Month, Period, PeriodKind, date_of_days, months_later};

/// The quarters that lie wholly within these months.
pub(super) fn whole_quarters(span: &[Month]) -> Vec<Period> {
    let quarters = span.iter().map(|month| Period::containing(PeriodKind::Quarter, *month));
    let mut whole: Vec<Period> =
        quarters.filter(|quarter| quarter.months().all(|month| span.contains(&month))).collect();
    whole.dedup();
    whole
}

/// The financial years of these months.
pub(super) fn financial_years(span: &[Month]) -> Vec<Period> {
    let mut years: Vec<Period> =
        span.iter().map(|month| Period::containing(PeriodKind::FinancialYear, *month)).collect();
    years.dedup();
    years
}

/// The calendar years that lie wholly within these months.
pub(super) fn calendar_years(span: &[Month]) -> Vec<Period> {
    let years = span.iter().map(|month| Period::containing(PeriodKind::CalendarYear, *month));
    let mut whole: Vec<Period> = years.filter(|year| year.months().all(|month| span.contains(&month))).collect();
    whole.dedup();
    whole
}

/// The last day of a month, in days since 1970-01-01.
pub(super) fn last_day(month: Month) -> i32 {
    month.plus(1).first_day_number() - 1
}

/// A day, in days since 1970-01-01, as text: `2017-02-01`.
pub(super) fn date(day: i32) -> String {
    date_of_days(day).map_or_else(String::new, |date| date.to_string())
}

/// The first day of the 12 months that end before a day.
pub(super) fn year_before(day: i32) -> i32 {
    months_later(day, -12)
}
