//! Distinct units (persons or crimes) per month and group, and the repeats among them.

use super::calendar::Calendar;
use super::runs::Entry;

/// Counts of one thread. All are sums, so the tallies of threads add up in any order.
///
/// Every event is counted, and then the events of a unit beyond its first are subtracted. Most units have a single event,
/// and cost one addition.
#[derive(Debug)]
pub(super) struct Tally {
    groups: usize,
    /// Events by slot and group.
    events: Vec<u64>,
    /// Events of a unit beyond its first, by period and group.
    extra: Vec<u64>,
    /// Units that are repeats, by period and group.
    repeats: Vec<u64>,
    /// Working memory: the cells of the events of one unit, and whether the event is a repeat.
    cells: Vec<(usize, bool)>,
    /// Rows that are repeats, if the unit is not the person.
    pub(super) rows: Vec<u32>,
}

impl Tally {
    pub(super) fn new(calendar: &Calendar, groups: usize) -> Self {
        let cells = calendar.periods() * groups;
        Self {
            groups,
            events: vec![0; calendar.slots() * groups],
            extra: vec![0; cells],
            repeats: vec![0; cells],
            cells: Vec::new(),
            rows: Vec::new(),
        }
    }

    pub(super) fn event(&mut self, slot: u16, group: u32) {
        self.events[usize::from(slot) * self.groups + group as usize] += 1;
    }

    /// Records an event of a unit for a period.
    pub(super) fn note(&mut self, period: usize, entry: &Entry, repeat: bool) {
        self.cells.push((period * self.groups + entry.group as usize, repeat));
    }

    /// Counts the unit of the recorded events: once per cell, as a repeat if any of its events in the cell is a repeat.
    pub(super) fn settle(&mut self) {
        if self.cells.len() > 1 {
            self.cells.sort_unstable();
        }
        for cell in self.cells.chunk_by(|a, b| a.0 == b.0) {
            let index = cell[0].0;
            self.extra[index] += (cell.len() - 1) as u64;
            self.repeats[index] += u64::from(cell.iter().any(|(_, repeat)| *repeat));
        }
        self.cells.clear();
    }

    /// Adds the tally of another thread.
    pub(super) fn merge(&mut self, mut other: Self) {
        for (mine, theirs) in
            [(&mut self.events, &other.events), (&mut self.extra, &other.extra), (&mut self.repeats, &other.repeats)]
        {
            for (total, part) in mine.iter_mut().zip(theirs) {
                *total += part;
            }
        }
        self.rows.append(&mut other.rows);
    }

    /// Replaces the repeats by counts from elsewhere.
    pub(super) fn with_repeats(self, repeats: Vec<u64>) -> Self {
        Self { repeats, ..self }
    }

    /// Numerators and denominators by period and group.
    pub(super) fn finish(self, calendar: &Calendar) -> (Vec<u64>, Vec<u64>) {
        let mut units = vec![0; self.repeats.len()];
        for (period, units) in units.chunks_mut(self.groups.max(1)).enumerate() {
            for slot in period..period + calendar.span() {
                for (total, events) in units.iter_mut().zip(&self.events[slot * self.groups..]) {
                    *total += events;
                }
            }
        }
        for (total, extra) in units.iter_mut().zip(&self.extra) {
            *total -= extra;
        }
        (self.repeats, units)
    }
}
