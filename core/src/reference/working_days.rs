//! Working days: Monday to Friday, without the bank holidays of England.
//!
//! Source: Code of Practice for Victims of Crime, whose limits are in working days. The bank holidays are the open list
//! `bank_holiday`.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use super::{CodeLists, Entry, ReferenceError};

/// The list of bank holidays, and the file that has it.
const LIST: &str = "bank_holiday";
const FILE: &str = "codes/bank_holiday.csv";

/// The working days of the years whose bank holidays are known.
#[derive(Debug)]
pub struct WorkingDays {
    holidays: BTreeSet<Date>,
}

impl WorkingDays {
    /// Reads the list `bank_holiday`. The code of an entry is its day.
    ///
    /// # Errors
    /// A missing list, or a code that is no date.
    pub fn from_codes(codes: &CodeLists) -> Result<Self, ReferenceError> {
        let fail = |line, reason: String| ReferenceError { file: FILE.to_owned(), line, reason };
        let list = codes.list(LIST).ok_or_else(|| fail(1, "the file is missing".to_owned()))?;
        let day = |entry: Entry<'_>| {
            let refused = |_| fail(entry.line(), format!("`code` is `{}`, not a date YYYY-MM-DD", entry.code()));
            entry.code().parse().map_err(refused)
        };
        Ok(Self { holidays: list.iter().map(day).collect::<Result<_, _>>()? })
    }

    /// The working day that is `count` working days after a day, which is day 0 and need not be a working day. `None` if
    /// the bank holidays of a year between are not known.
    ///
    /// ```
    /// use peelian_core::reference::Reference;
    ///
    /// let working = Reference::from_seeds()?.working_days;
    /// // Good Friday, the weekend and Easter Monday lie between.
    /// assert_eq!(working.after("2017-04-13".parse()?, 1), Some("2017-04-18".parse()?));
    /// assert_eq!(working.after("1990-01-01".parse()?, 1), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn after(&self, day: Date, count: u32) -> Option<Date> {
        let known = self.holidays.first()?.year()..=self.holidays.last()?.year();
        let (mut last, mut left) = (day, count);
        while left > 0 {
            last = last.checked_add(1.day()).ok()?;
            left -= u32::from(self.is_working(last));
        }
        (known.contains(&day.year()) && known.contains(&last.year())).then_some(last)
    }

    /// Whether a day is a working day.
    fn is_working(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Reference;

    fn after(day: &str, count: u32) -> Option<String> {
        let working = Reference::from_seeds().unwrap().working_days;
        working.after(day.parse().unwrap(), count).map(|day| day.to_string())
    }

    #[test]
    fn weekends_and_bank_holidays_are_no_working_days() {
        for (day, count, expected) in [
            // A Monday: the Friday of its week, and the Monday after it.
            ("2017-02-06", 4, "2017-02-10"),
            ("2017-02-06", 5, "2017-02-13"),
            // A Saturday is day 0 like any other day.
            ("2017-02-04", 1, "2017-02-06"),
            // Christmas 2016 fell on a Sunday: Monday and Tuesday were holidays, and so was 2 January.
            ("2016-12-23", 1, "2016-12-28"),
            ("2016-12-23", 4, "2017-01-03"),
            ("2017-04-13", 5, "2017-04-24"),
            ("2017-02-06", 0, "2017-02-06"),
        ] {
            assert_eq!(after(day, count).as_deref(), Some(expected), "{day} and {count}");
        }
    }

    #[test]
    fn a_year_without_known_holidays_has_no_working_days() {
        assert_eq!(after("2012-12-31", 1), None);
        assert_eq!(after("2026-12-31", 1), None);
        assert_eq!(after("2026-12-24", 1).as_deref(), Some("2026-12-29"));
    }

    #[test]
    fn a_code_that_is_no_date_is_refused() {
        let text = "# version: 1\n# source: test\ncode,label\n2017-01-02,New Year\nEaster,Easter\n";
        let file = peelian_seeds::SeedFile { path: FILE.to_owned(), text: text.into() };
        let error = WorkingDays::from_codes(&CodeLists::load(&[file]).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "codes/bank_holiday.csv:5: `code` is `Easter`, not a date YYYY-MM-DD");
    }
}
