//! The other crimes of a person with very many, arranged so that each index event is decided in a few steps.
//!
//! Going through the window row by row is fastest for the few rows that persons have. But an institution that is the
//! victim of thousands of crimes in one incident would cost the square of them, as none makes another a repeat.

use super::Victimisations;
use super::runs::Entry;

/// Rows of a person from which on arranging them pays.
pub(super) const LONG: usize = 32;

/// One row of the prior population, once for each code of which another crime must have one. Rows are in order of the code,
/// then the day.
struct Prior {
    same: u16,
    day: u16,
    crime: u64,
    incident: u64,
    /// How many rows come before the last earlier row of another crime, itself counted; likewise of another incident. Rows
    /// with another code are counted too, and are told from those in the window by their place.
    before_crime: usize,
    before_incident: usize,
}

/// A person's rows of the prior population.
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

    /// Whether one with this code does.
    ///
    /// Rows are skipped by whole runs of the same incident or crime, so that it takes three steps at most unless one crime
    /// is recorded under several incidents.
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

/// The codes of which another crime must have one; a single one where any crime does.
fn codes(rows: &Victimisations<'_>, entry: &Entry) -> impl Iterator<Item = u16> {
    let any = rows.same.is_none().then_some(0);
    let row = entry.row();
    any.into_iter().chain(rows.same.into_iter().flat_map(move |same| same.codes(row)))
}
