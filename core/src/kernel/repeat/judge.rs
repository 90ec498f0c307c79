//! Applies the rules of repeat victimisation to the rows of each person, and to the rows of each crime.

use std::num::NonZeroUsize;

use super::calendar::{Calendar, NO_SLOT};
use super::priors::{LONG, Priors};
use super::runs::{Entry, Keyed};
use super::tally::Tally;
use super::{INDEX, PRIOR, RepeatRule, RepeatVariant, Victimisations};

/// Marks of an entry: the two bits above, then 7 bits of the hash of the crime and 7 bits of the hash of the incident. Most
/// pairs of different crimes and incidents differ in these bits, so that the columns need not be read.
const MARK_INDEX: u16 = INDEX as u16;
const MARK_PRIOR: u16 = PRIOR as u16;
const CRIME_HASH: u16 = 0x7f << 2;
const INCIDENT_HASH: u16 = 0x7f << 9;

/// Applies the rules to rows.
pub(super) struct Judge<'a> {
    pub(super) rows: &'a Victimisations<'a>,
    pub(super) groups: u32,
    pub(super) calendar: &'a Calendar,
    pub(super) rule: RepeatRule,
}

impl Judge<'_> {
    /// Judges the rows of each person. For a variant that counts persons the result is final. Otherwise it has the rows that
    /// are repeats.
    pub(super) fn persons(&self, threads: NonZeroUsize) -> Tally {
        let keyed = Keyed::new(self.rows.person, threads, |row| self.entry(row));
        let by_crime = self.rule.variant == RepeatVariant::OffencesPrior;
        let tallies = keyed.visit(
            threads,
            || Tally::new(self.calendar, self.groups as usize),
            |tally, entry| self.event(tally, entry),
            |tally, run| {
                let priors = (run.len() >= LONG).then(|| self.priors(run));
                for index in run.iter().filter(|entry| entry.marks & MARK_INDEX != 0) {
                    for period in self.calendar.periods_of(index.day) {
                        let (from, to) = self.calendar.reach(index.day, period);
                        let repeat = match &priors {
                            Some(priors) => priors.has_other(index, from, to),
                            None => self.has_other(index, from, to, run),
                        };
                        if !by_crime {
                            tally.note(period, index, repeat);
                        } else if repeat {
                            tally.rows.push(index.row);
                        }
                    }
                }
                tally.settle();
            },
        );
        self.add_up(tallies)
    }

    /// Judges the rows of each crime, given the rows with a repeat victim.
    pub(super) fn crimes(&self, repeat_rows: &[u32], threads: NonZeroUsize) -> Tally {
        let mut repeat = vec![false; self.rows.person.len()];
        for &row in repeat_rows {
            repeat[row as usize] = true;
        }
        let keyed =
            Keyed::new(self.rows.crime, threads, |row| self.entry(row).filter(|entry| entry.marks & MARK_INDEX != 0));
        let tallies = keyed.visit(
            threads,
            || (Tally::new(self.calendar, self.groups as usize), Tally::new(self.calendar, self.groups as usize)),
            |(all, repeats), entry| {
                self.event(all, entry);
                if repeat[entry.row()] {
                    self.event(repeats, entry);
                }
            },
            |(all, repeats), run| {
                for entry in run {
                    let period = usize::from(self.calendar.slot(entry.day));
                    all.note(period, entry, false);
                    if repeat[entry.row()] {
                        repeats.note(period, entry, false);
                    }
                }
                all.settle();
                repeats.settle();
            },
        );
        let (all, repeats): (Vec<_>, Vec<_>) = tallies.into_iter().unzip();
        let (_, numerator) = self.add_up(repeats).finish(self.calendar);
        self.add_up(all).with_repeats(numerator)
    }

    fn add_up(&self, tallies: Vec<Tally>) -> Tally {
        let mut total = Tally::new(self.calendar, self.groups as usize);
        for tally in tallies {
            total.merge(tally);
        }
        total
    }

    fn event(&self, tally: &mut Tally, entry: &Entry) {
        if entry.marks & MARK_INDEX != 0 {
            tally.event(self.calendar.slot(entry.day), entry.group);
        }
    }

    /// The entry of a row, if it can be an index event or a prior.
    fn entry(&self, row: usize) -> Option<Entry> {
        let day = self.calendar.day(self.rows.date[row])?;
        let (marks, group) = (u16::from(self.rows.marks[row]), self.rows.group[row]);
        let indexed = group < self.groups && self.calendar.slot(day) != NO_SLOT;
        let relevant = if indexed { MARK_INDEX | MARK_PRIOR } else { MARK_PRIOR };
        let marks = marks & relevant;
        let hashes = seven_bits(self.rows.crime[row]) << 2 | seven_bits(self.rows.incident[row]) << 9;
        (marks != 0).then(|| Entry::new(row, group, day, marks | hashes))
    }

    fn priors(&self, run: &[Entry]) -> Priors<'_> {
        let priors = run.iter().filter(|entry| entry.marks & MARK_PRIOR != 0);
        Priors::new(self.rows, self.rule.require_distinct_incident, priors)
    }

    /// Whether another crime of the person on one of the days `from..to` makes an index event a repeat. The entries of the
    /// person are in the order of their days.
    fn has_other(&self, index: &Entry, from: u16, to: u16, run: &[Entry]) -> bool {
        let end = run.partition_point(|entry| entry.day < to);
        let within = run[..end].iter().rev().take_while(|entry| entry.day >= from);
        within.filter(|other| other.marks & MARK_PRIOR != 0).any(|other| self.is_other(index, other))
    }

    /// Whether two rows are different crimes by the rule.
    fn is_other(&self, index: &Entry, other: &Entry) -> bool {
        let (a, b) = (index.row(), other.row());
        let differ = |keys: &[u64], mask: u16| (index.marks ^ other.marks) & mask != 0 || keys[a] != keys[b];
        let distinct = differ(self.rows.crime, CRIME_HASH)
            && (!self.rule.require_distinct_incident
                || differ(self.rows.incident, INCIDENT_HASH)
                || self.rows.incident[a] == 0);
        distinct && self.rows.same.is_none_or(|same| same.of(a, b))
    }
}

/// Seven well-mixed bits of a key (Fibonacci hashing: Knuth, The Art of Computer Programming 3, section 6.4).
fn seven_bits(key: u64) -> u16 {
    u16::from(key.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()[7] >> 1)
}
