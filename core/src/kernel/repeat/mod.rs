//! Repeat victimisation: which of a month's victims had been victims before.
//!
//! "The victim of at least one other crime in the previous 12 months" (Police and Crime Plan 2017-2021) has several
//! readings, which differ by a factor of up to four; each is a [`RepeatVariant`]. The rules common to all:
//!
//! - an *index* event is a victim's row of the index population, in a month asked for, in its group; an *other* crime is
//!   a row of the prior population, of the same person, anywhere (whatever its group);
//! - it must be a different crime, and, under `require_distinct_incident`, of a different incident where both are known,
//!   so that several crimes confirmed from one report are not a repeat;
//! - a person (or crime) counts once per month and group.

mod calendar;
mod judge;
mod priors;
mod runs;
mod tally;

use std::num::NonZeroUsize;

use super::KernelError;
use super::column::Column;
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
    /// Who, as a linkable pseudonym. Unlinkable victims must carry no marks.
    pub person: &'a [u64],
    /// When the crime was recorded, in days since 1970-01-01.
    pub date: &'a [i32],
    /// Which crime.
    pub crime: &'a [u64],
    /// Which incident (report) the crime came from; 0 when not supplied.
    pub incident: &'a [u64],
    /// [`INDEX`] and [`PRIOR`].
    pub marks: &'a [u8],
    /// Group of the row as an index event; a number at or beyond the number of groups (such as [`super::NONE`]) makes it
    /// no index event, but it remains a prior.
    pub group: &'a [u32],
    /// For the same-type variants, what the other crime must have in common with the index crime.
    pub same: Option<Common<'a>>,
}

/// What two crimes have in common.
#[derive(Debug, Clone, Copy)]
pub enum Common<'a> {
    /// Their codes are equal.
    Code(Column<'a>),
    /// Some member is in the sets of both: bit `m` of a row's code says that member `m` is in its set.
    Member(Column<'a>),
}

impl Common<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Code(column) | Self::Member(column) => column.len(),
        }
    }

    /// Whether two rows have it.
    fn of(&self, a: usize, b: usize) -> bool {
        match self {
            Self::Code(codes) => codes.code(a) == codes.code(b),
            Self::Member(sets) => sets.code(a) & sets.code(b) != 0,
        }
    }

    /// The codes of a row of which another must have one.
    fn codes(self, row: usize) -> impl Iterator<Item = u16> + use<> {
        let (code, members) = match self {
            Self::Code(codes) => (Some(codes.code(row)), 0),
            Self::Member(sets) => (None, sets.code(row)),
        };
        code.into_iter().chain((0..16).filter(move |member| members >> member & 1 == 1))
    }
}

/// Consecutive calendar months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthSpan {
    /// The first, in months since January 1970.
    pub first: i32,
    /// How many.
    pub count: u16,
}

/// How far back a rolling window reaches from an index crime. The first day of the window counts, the day of the index
/// crime does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollingWindow {
    /// From the date less this many days.
    Days(u16),
    /// From the same day of the month this many months earlier, or the month's last day if it has no such day.
    CalendarMonths(u16),
}

/// What is counted, and when another crime makes it a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepeatVariant {
    /// Persons with an index event in month M; repeat with another crime in the 12 calendar months before M.
    PersonsPriorWindow,
    /// Persons with an index event in M; repeat with another crime in the window before any of those events, be it
    /// earlier in M.
    PersonsRolling(RollingWindow),
    /// Crimes with an index event in M; repeat if a victim had another crime, on an earlier day, in the 12 calendar months
    /// before it.
    OffencesPrior,
    /// Persons with an index event in the 12 months ending with M; repeat with another crime in the same 12 months.
    PersonsTwoPlusInWindow,
}

/// A variant and its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepeatRule {
    /// What is counted.
    pub variant: RepeatVariant,
    /// Whether crimes of one incident are no repeat of each other.
    pub require_distinct_incident: bool,
}

/// Numerators and denominators by month and group. They do not add up over months or groups: persons are distinct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatCounts {
    /// Number of groups.
    pub groups: u32,
    /// Repeats: `month * groups + group`.
    pub numerator: Vec<u64>,
    /// All persons (or crimes) with an index event, likewise.
    pub denominator: Vec<u64>,
}

/// Counts persons, or crimes, with an index event and how many of them are repeats.
///
/// # Errors
/// [`KernelError::UnequalLengths`], [`KernelError::TooManyRows`], [`KernelError::TooManyCells`] beyond 2^26 months by
/// groups, or [`KernelError::Months`].
///
/// ```
/// use peelian_core::kernel::{INDEX, MonthSpan, PRIOR, RepeatRule, RepeatVariant, Victimisations, repeat};
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
