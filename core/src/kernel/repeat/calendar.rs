//! The months that each day counts for, computed once per day instead of once per row.

use std::ops::Range;

use jiff::Span;
use jiff::civil::Date;

use super::{RepeatVariant, RollingWindow};
use crate::kernel::KernelError;
use crate::period::MonthSpan;

/// Look-back in months of the variants without a window of their own: "in the previous 12 months" (see the module).
const LOOK_BACK: u16 = 12;

const EPOCH: Date = Date::constant(1970, 1, 1);

const TOO_LONG: KernelError = KernelError::Months { reason: "with their look-back they span more than 65,535 days" };

/// The slot of a day in none of the months requested.
pub(super) const NO_SLOT: u16 = u16::MAX;

/// The days from the first day of the look-back to the last day of the months requested, numbered from zero.
///
/// Index events fall into *slots*. A slot is one of the months requested. If a period is longer than a month, the earlier
/// months of the first period are slots too, before the others. Period `p` consists of the slots `p..p + span`.
#[derive(Debug)]
pub(super) struct Calendar {
    base: i32,
    slot_of_day: Vec<u16>,
    slots: usize,
    span: usize,
    reach: Reach,
}

/// The days `from..to` on which another crime makes the index event a repeat.
#[derive(Debug)]
enum Reach {
    ByDayOfIndex(Vec<(u16, u16)>),
    ByPeriod(Vec<(u16, u16)>),
}

impl Calendar {
    pub(super) fn new(months: MonthSpan, variant: RepeatVariant) -> Result<Self, KernelError> {
        let span = if variant == RepeatVariant::PersonsTwoPlusInWindow { usize::from(LOOK_BACK) } else { 1 };
        let count = u16::try_from(months.count).map_err(|_| TOO_LONG)?;
        let slots = usize::from(count) + span - 1;
        let before_first = i64::from(months.first) - i64::from(LOOK_BACK - 1) * i64::from(span > 1);
        let starts = (0..=u32::from(count) + u32::from(LOOK_BACK - 1) * u32::from(span > 1))
            .map(|slot| months_after(EPOCH, before_first + i64::from(slot)))
            .collect::<Result<Vec<Date>, _>>()?;
        let base = number(match variant {
            RepeatVariant::PersonsTwoPlusInWindow => starts[0],
            RepeatVariant::PersonsRolling(window) => window.before(starts[0])?,
            RepeatVariant::PersonsPriorWindow | RepeatVariant::OffencesPrior => YEAR.before(starts[0])?,
        })?;
        let days = starts.iter().map(|start| relative(base, *start)).collect::<Result<Vec<u16>, _>>()?;

        let mut slot_of_day = vec![NO_SLOT; usize::from(days[slots])];
        for (slot, bounds) in (0..).zip(days.windows(2)) {
            slot_of_day[usize::from(bounds[0])..usize::from(bounds[1])].fill(slot);
        }
        let reach = match variant {
            RepeatVariant::PersonsTwoPlusInWindow => {
                Reach::ByPeriod(days.iter().copied().zip(days[span..].iter().copied()).collect())
            }
            RepeatVariant::PersonsPriorWindow => {
                let year_before = |(start, day): (&Date, &u16)| Ok((relative(base, YEAR.before(*start)?)?, *day));
                Reach::ByPeriod(starts.iter().zip(&days).map(year_before).collect::<Result<_, KernelError>>()?)
            }
            RepeatVariant::PersonsRolling(window) => Reach::rolling(base, days[0], days[slots], window)?,
            RepeatVariant::OffencesPrior => Reach::rolling(base, days[0], days[slots], YEAR)?,
        };
        Ok(Self { base, slot_of_day, slots, span, reach })
    }

    /// The number of a date; `None` if an event on it changes no result.
    pub(super) fn day(&self, date: i32) -> Option<u16> {
        let day = u16::try_from(date.wrapping_sub(self.base)).ok()?;
        (usize::from(day) < self.slot_of_day.len()).then_some(day)
    }

    pub(super) fn slot(&self, day: u16) -> u16 {
        self.slot_of_day[usize::from(day)]
    }

    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// Number of slots in a period.
    pub(super) fn span(&self) -> usize {
        self.span
    }

    pub(super) fn periods(&self) -> usize {
        self.slots + 1 - self.span
    }

    /// The periods of an index event on a day.
    pub(super) fn periods_of(&self, day: u16) -> Range<usize> {
        let slot = usize::from(self.slot(day));
        (slot + 1).saturating_sub(self.span)..self.periods().min(slot + 1)
    }

    /// The days, `from..to`, on which another crime makes an index event of a period a repeat.
    pub(super) fn reach(&self, day: u16, period: usize) -> (u16, u16) {
        match &self.reach {
            Reach::ByDayOfIndex(reach) => reach[usize::from(day)],
            Reach::ByPeriod(reach) => reach[period],
        }
    }
}

impl Reach {
    fn rolling(base: i32, first: u16, end: u16, window: RollingWindow) -> Result<Self, KernelError> {
        let mut reach = vec![(0, 0); usize::from(first)];
        for day in first..end {
            reach.push((relative(base, window.before(date(base, day)?)?)?, day));
        }
        Ok(Self::ByDayOfIndex(reach))
    }
}

const YEAR: RollingWindow = RollingWindow::CalendarMonths(LOOK_BACK);

impl RollingWindow {
    /// The first day of the window that ends just before a date.
    fn before(self, date: Date) -> Result<Date, KernelError> {
        match self {
            Self::Days(days) => Span::new().try_days(-i64::from(days)).and_then(|span| date.checked_add(span)),
            Self::CalendarMonths(months) => {
                Span::new().try_months(-i64::from(months)).and_then(|span| date.checked_add(span))
            }
        }
        .map_err(outside)
    }
}

fn outside(_: jiff::Error) -> KernelError {
    KernelError::Months { reason: "a date is outside the calendar" }
}

fn months_after(date: Date, months: i64) -> Result<Date, KernelError> {
    Span::new().try_months(months).and_then(|span| date.checked_add(span)).map_err(outside)
}

/// Days since 1970-01-01.
fn number(date: Date) -> Result<i32, KernelError> {
    EPOCH.until(date).map(|span| span.get_days()).map_err(outside)
}

fn date(base: i32, day: u16) -> Result<Date, KernelError> {
    Span::new().try_days(i64::from(base) + i64::from(day)).and_then(|span| EPOCH.checked_add(span)).map_err(outside)
}

fn relative(base: i32, date: Date) -> Result<u16, KernelError> {
    u16::try_from(number(date)? - base).map_err(|_| TOO_LONG)
}
