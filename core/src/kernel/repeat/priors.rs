//! The other crimes of a person with very many rows, sorted so that a few steps decide each index event.
//!
//! A search of the window row by row is fastest for the few rows of most persons. For an institution that is the victim of
//! thousands of crimes in one incident, it would cost the square of their number, because none makes another a repeat.

use super::Victimisations;
use super::runs::Entry;

/// Number of rows of a person from which sorting them is faster.
pub(super) const LONG: usize = 32;

/// One row of the prior population, once for each code that it can have in common with another crime. Rows are in the order
/// of the code, then of the day.
struct Prior {
    same: u16,
    day: u16,
    crime: u64,
    incident: u64,
    /// Number of rows up to the last earlier row of another crime, that row included; the next field likewise for another
    /// incident. Rows with another code are counted too; their position shows that they are outside the window.
    before_crime: usize,
    before_incident: usize,
}

/// The rows of a person in the prior population.
pub(super) struct Priors<'a> {
    rows: &'a Victimisations<'a>,
    priors: Vec<Prior>,
    distinct_incident: bool,
}

impl<'a> Priors<'a> {
    pub(super) fn new<'e>(
        rows: &'a Victimisations<'a>,
        distinct_incident: bool,
        entries: impl Iterator<Item = &'e Entry>,
    ) -> Self {
        let prior = |entry: &'e Entry| {
            codes(rows, entry).map(|same| Prior {
                same,
                day: entry.day,
                crime: rows.crime[entry.row()],
                incident: rows.incident[entry.row()],
                before_crime: 0,
                before_incident: 0,
            })
        };
        let mut priors: Vec<Prior> = entries.flat_map(prior).collect();
        priors.sort_unstable_by_key(|prior| (prior.same, prior.day, prior.incident, prior.crime));
        for at in 1..priors.len() {
            let (earlier, later) = priors.split_at_mut(at);
            let (earlier, later) = (&earlier[at - 1], &mut later[0]);
            later.before_crime = if earlier.crime == later.crime { earlier.before_crime } else { at };
            later.before_incident = if earlier.incident == later.incident { earlier.before_incident } else { at };
        }
        Self { rows, priors, distinct_incident }
    }

    /// Whether a different crime on one of the days `from..to` makes an index event a repeat.
    pub(super) fn has_other(&self, index: &Entry, from: u16, to: u16) -> bool {
        codes(self.rows, index).any(|same| self.has_other_of(same, index, from, to))
    }

    /// Whether a different crime with this code does.
    ///
    /// Runs of rows of the same incident or crime are skipped as a whole. The search takes at most three steps, unless one
    /// crime is recorded under several incidents.
    fn has_other_of(&self, same: u16, index: &Entry, from: u16, to: u16) -> bool {
        let place = |day: u16| self.priors.partition_point(|prior| (prior.same, prior.day) < (same, day));
        let (start, mut end) = (place(from), place(to));
        let (crime, incident) = (self.rows.crime[index.row()], self.rows.incident[index.row()]);
        while start < end {
            let last = &self.priors[end - 1];
            if self.distinct_incident && incident != 0 && last.incident == incident {
                end = last.before_incident;
            } else if last.crime == crime {
                end = last.before_crime;
            } else {
                return true;
            }
        }
        false
    }
}

/// The codes of a row; another crime must have one of them. A single code if any crime counts.
fn codes(rows: &Victimisations<'_>, entry: &Entry) -> impl Iterator<Item = u16> {
    let any = rows.same.is_none().then_some(0);
    let row = entry.row();
    any.into_iter().chain(rows.same.into_iter().flat_map(move |same| same.codes(row)))
}
