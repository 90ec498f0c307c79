//! Repeat victimisation: the victims of a month who had been victims before.
//!
//! "The victim of at least one other crime in the previous 12 months" (Police and Crime Plan 2017-2021) has several
//! readings, and their results differ by a factor of up to four. Each reading is a [`RepeatVariant`]. Common rules:
//!
//! - an *index* event is a row of the index population in a month requested; it counts in the group of the row;
//! - an *other* crime is a row of the prior population, of the same person, in any group;
//! - the other crime must be a different crime. Under `require_distinct_incident` it must also be of a different incident if
//!   both incidents are known, so that several crimes confirmed from one report are not a repeat;
//! - a person (or crime) counts once per month and group.

mod calendar;
mod judge;
mod priors;
mod runs;
mod tally;

use std::num::NonZeroUsize;

use super::KernelError;
use super::column::Column;
use crate::period::MonthSpan;
use calendar::Calendar;
use judge::Judge;

/// Bit of [`Victimisations::marks`]: the row is in the index population.
pub const INDEX: u8 = 1;

/// Bit of [`Victimisations::marks`]: the row is in the prior population.
pub const PRIOR: u8 = 2;

/// Cells (months by groups) that a result may have.
const MAX_CELLS: usize = 1 << 26;

/// One row per victim in a crime. All slices have the same length.
#[derive(Debug, Clone, Copy)]
pub struct Victimisations<'a> {
    /// The person, as a linkable pseudonym. Victims who cannot be linked must have no marks.
    pub person: &'a [u64],
    /// The day on which the crime was recorded, in days since 1970-01-01.
    pub date: &'a [i32],
    /// Key of the crime.
    pub crime: &'a [u64],
    /// Key of the incident (report) of the crime; 0 if not supplied.
    pub incident: &'a [u64],
    /// The bits [`INDEX`] and [`PRIOR`].
    pub marks: &'a [u8],
    /// Group of the row as an index event. A row with a number at or beyond the number of groups (such as [`super::NONE`]) is
    /// no index event, but it can be an other crime.
    pub group: &'a [u32],
    /// For the variants of the same type: what the other crime must have in common with the index crime.
    pub same: Option<Common<'a>>,
}

/// What two crimes have in common.
#[derive(Debug, Clone, Copy)]
pub enum Common<'a> {
    /// Their codes are equal.
    Code(Column<'a>),
    /// A member is in the sets of both. Bit `m` of the code of a row is set if member `m` is in its set.
    Member(Column<'a>),
}

impl Common<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Code(column) | Self::Member(column) => column.len(),
        }
    }

    /// Whether two rows have it in common.
    fn of(&self, a: usize, b: usize) -> bool {
        match self {
            Self::Code(codes) => codes.code(a) == codes.code(b),
            Self::Member(sets) => sets.code(a) & sets.code(b) != 0,
        }
    }

    /// The codes of a row; another row must have one of them.
    fn codes(self, row: usize) -> impl Iterator<Item = u16> + use<> {
        let (code, members) = match self {
            Self::Code(codes) => (Some(codes.code(row)), 0),
            Self::Member(sets) => (None, sets.code(row)),
        };
        code.into_iter().chain((0..16).filter(move |member| members >> member & 1 == 1))
    }
}

/// The length of a rolling window before an index crime. The first day of the window counts; the day of the index crime
/// does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollingWindow {
    /// The window starts this many days before the date.
    Days(u16),
    /// The window starts on the same day of the month this many months earlier, or on the last day of that month if it has no
    /// such day.
    CalendarMonths(u16),
}

/// The unit that is counted, and the window in which another crime makes it a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepeatVariant {
    /// Persons with an index event in month M. A repeat has another crime in the 12 calendar months before M.
    PersonsPriorWindow,
    /// Persons with an index event in M. A repeat has another crime in the window before any of these events, possibly in M.
    PersonsRolling(RollingWindow),
    /// Crimes with an index event in M. A repeat has a victim with another crime, on an earlier day, in the 12 calendar
    /// months before the event.
    OffencesPrior,
    /// Persons with an index event in the 12 months ending with M. A repeat has another crime in the same 12 months.
    PersonsTwoPlusInWindow,
}

/// A variant with its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepeatRule {
    /// The variant.
    pub variant: RepeatVariant,
    /// Whether crimes of one incident are no repeat of each other.
    pub require_distinct_incident: bool,
}

/// Numerators and denominators by month and group. They must not be added over months or groups, because they count distinct
/// persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatCounts {
    /// Number of groups.
    pub groups: u32,
    /// Repeats, at `month * groups + group`.
    pub numerator: Vec<u64>,
    /// All persons (or crimes) with an index event, in the same order.
    pub denominator: Vec<u64>,
}

/// Counts the persons, or crimes, with an index event, and the repeats among them.
///
/// # Errors
/// [`KernelError::UnequalLengths`], [`KernelError::TooManyRows`], [`KernelError::TooManyCells`] beyond 2^26 months by
/// groups, or [`KernelError::Months`].
///
/// ```
/// use peelian_core::kernel::{INDEX, PRIOR, RepeatRule, RepeatVariant, Victimisations, repeat};
/// use peelian_core::period::MonthSpan;
///
/// // Person 7 was a victim on 2016-05-10 and on 2017-02-03, person 8 on 2017-02-05 only.
/// let rows = Victimisations {
///     person: &[7, 7, 8],
///     date: &[16931, 17200, 17202],
///     crime: &[1, 2, 3],
///     incident: &[0, 0, 0],
///     marks: &[INDEX | PRIOR; 3],
///     group: &[0; 3],
///     same: None,
/// };
/// let rule = RepeatRule { variant: RepeatVariant::PersonsPriorWindow, require_distinct_incident: true };
/// let february_2017 = MonthSpan { first: 47 * 12 + 1, count: 1 };
/// let counts = repeat(&rows, 1, february_2017, rule, std::num::NonZeroUsize::MIN)?;
/// assert_eq!((counts.numerator[0], counts.denominator[0]), (1, 2));
/// # Ok::<(), peelian_core::kernel::KernelError>(())
/// ```
pub fn repeat(
    rows: &Victimisations<'_>,
    groups: u32,
    months: MonthSpan,
    rule: RepeatRule,
    threads: NonZeroUsize,
) -> Result<RepeatCounts, KernelError> {
    rows.check()?;
    let calendar = Calendar::new(months, rule.variant)?;
    let cells = calendar.slots().saturating_mul(groups as usize);
    if cells > MAX_CELLS {
        return Err(KernelError::TooManyCells { cells, limit: MAX_CELLS });
    }
    let judge = Judge { rows, groups, calendar: &calendar, rule };
    let tally = judge.persons(threads);
    let tally = if rule.variant == RepeatVariant::OffencesPrior { judge.crimes(&tally.rows, threads) } else { tally };
    let (numerator, denominator) = tally.finish(&calendar);
    Ok(RepeatCounts { groups, numerator, denominator })
}

impl Victimisations<'_> {
    fn check(&self) -> Result<(), KernelError> {
        let expected = self.person.len();
        let lengths = [
            ("date", self.date.len()),
            ("crime", self.crime.len()),
            ("incident", self.incident.len()),
            ("marks", self.marks.len()),
            ("group", self.group.len()),
            ("same", self.same.map_or(expected, |same| same.len())),
        ];
        if let Some(&(what, found)) = lengths.iter().find(|(_, found)| *found != expected) {
            return Err(KernelError::UnequalLengths { what, found, expected });
        }
        if u32::try_from(expected).is_err() {
            return Err(KernelError::TooManyRows { rows: expected });
        }
        Ok(())
    }
}
