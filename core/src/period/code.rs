//! Periods as numbers, for canonical columns.

use super::{Month, Period, PeriodKind};

const KIND_SHIFT: u32 = 24;

impl Period {
    /// The number of the period in a column. The highest eight bits are the kind, from 1; the others are the last month,
    /// counted from January of year 1. The number is never 0, and numbers are in the order of the periods. It is stored, so it
    /// must never change.
    #[must_use]
    pub fn to_code(self) -> u32 {
        let kind = match self.kind() {
            PeriodKind::Month => 1,
            PeriodKind::Quarter => 2,
            PeriodKind::RollingYear => 3,
            PeriodKind::CalendarYear => 4,
            PeriodKind::FinancialYear => 5,
        };
        let month = self.last().index() - Month::MIN.index();
        (kind << KIND_SHIFT) | month.unsigned_abs()
    }

    /// The period with this number; `None` for 0 and for a number that no period has.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        let kind = match code >> KIND_SHIFT {
            1 => PeriodKind::Month,
            2 => PeriodKind::Quarter,
            3 => PeriodKind::RollingYear,
            4 => PeriodKind::CalendarYear,
            5 => PeriodKind::FinancialYear,
            _ => return None,
        };
        let months = i32::try_from(code & ((1 << KIND_SHIFT) - 1)).ok()?;
        let last = Month::from_index(Month::MIN.index() + months);
        let period = Self::containing(kind, last);
        (period.to_code() == code).then_some(period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_return_to_their_periods() {
        for text in ["2017-02", "2016/17-Q2", "R12-2017-02", "CY2016", "2016/17", "1900-01", "2199-12"] {
            let period: Period = text.parse().unwrap();
            assert_eq!(Period::from_code(period.to_code()), Some(period), "{text}");
        }
        assert_eq!(Period::from_code(0), None);
        assert_eq!(Period::from_code(u32::MAX), None);
        // Stored submissions depend on this value.
        assert_eq!("2017-02".parse::<Period>().map(Period::to_code), Ok((1 << 24) + 2016 * 12 + 1));
    }
}
