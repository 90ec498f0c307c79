//! Which row counts if several agencies hold the same one.
//!
//! Two rows are the same row if they have one key and the remits of their agencies have an area in common: two forces
//! may use one reference for two crimes. They are also the same row if one states the key of the other
//! (`key_elsewhere` in the contract). The ledger keeps both, so that the other one counts when the first is withdrawn.
//!
//! Rows without a key cannot be told from each other. Of those, the rows of a secondary agency do not count in an area and a
//! month in which a primary agency has any: a hub passes on what a hospital has sent itself.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use peelian_core::column::{Batch, Column};
use peelian_core::contract::Dataset;
use peelian_core::period::{Month, date_of_days};
use peelian_core::reference::{Reference, Role};

use super::cleared::HeldRow;
use super::key_index::{KeyIndexes, RowRef};
use super::row_set::RowSet;
use super::segment::HeldSegment;
use super::submitted::Submitted;

/// A row that another agency holds too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HeldElsewhere {
    /// Row of the submission.
    pub(crate) row: usize,
    /// The other agency.
    pub(crate) agency: Arc<str>,
    /// Whether the other agency's row counts.
    pub(crate) other_counts: bool,
}

/// The rows of agencies that are the same row.
#[derive(Debug)]
pub(super) struct Precedence {
    reference: Reference,
    /// The agencies that have held rows of each dataset. One that has none any more makes no difference.
    agencies: HashMap<&'static str, BTreeSet<Arc<str>>>,
    /// The keys that rows in force of each dataset state.
    stated: HashMap<&'static str, StatedKeys>,
}

/// The keys that rows state, looked up from both sides.
#[derive(Debug, Default)]
struct StatedKeys {
    /// By the key that is stated, the agency and the key of each row that states it.
    rows: HashMap<u64, BTreeSet<(Arc<str>, u64)>>,
    /// By the key of rows, the keys that they state.
    by_row: HashMap<u64, BTreeSet<u64>>,
}

/// The rows held of one dataset.
pub(super) struct HeldRows<'h> {
    pub(super) dataset: &'static Dataset,
    pub(super) segments: &'h mut [HeldSegment],
    pub(super) indexes: &'h mut KeyIndexes,
}

/// A row of an agency: the place of the agency in the order of precedence, the row, and the key that it states.
#[derive(Clone, Copy)]
struct Candidate {
    place: usize,
    key: u64,
    found: RowRef,
    states: u64,
}

impl Precedence {
    pub(super) fn new(reference: Reference) -> Self {
        Self { reference, agencies: HashMap::new(), stated: HashMap::new() }
    }

    /// Records rows that come into force: their agency, and the keys that they state.
    pub(super) fn record(&mut self, held: &HeldSegment) {
        let agencies = self.agencies.entry(&held.head.dataset.id).or_default();
        if !agencies.contains(&held.head.agency) {
            agencies.insert(Arc::clone(&held.head.agency));
        }
        let (Some(keys), Some(elsewhere)) = (&held.keys, elsewhere(&held.batch)) else { return };
        let stated = self.stated.entry(&held.head.dataset.id).or_default();
        let rows = keys.iter().zip(elsewhere).enumerate();
        for (_, (key, other)) in rows.filter(|(row, (_, other))| **other != 0 && held.selects(*row)) {
            stated.rows.entry(*other).or_default().insert((Arc::clone(&held.head.agency), *key));
            stated.by_row.entry(*key).or_default().insert(*other);
        }
    }

    /// Forgets the keys that rows of an agency stated which went out of force. `keys` are the keys of these rows; rows in
    /// force may have them again.
    pub(super) fn forget(&mut self, held: HeldRows<'_>, agency: &Arc<str>, keys: &[u64]) {
        let HeldRows { dataset, segments, indexes } = held;
        let Some(stated) = self.stated.get_mut(dataset.id.as_str()) else { return };
        let keys: Vec<u64> = keys.iter().copied().filter(|key| stated.by_row.contains_key(key)).collect();
        if keys.is_empty() {
            return;
        }
        let index = indexes.get(agency, &dataset.id, segments);
        for key in keys {
            let now = index.get(key).map_or(0, |found| states(segments, found));
            stated.forget(agency, key, now);
        }
    }

    /// Whether an agency has held rows of a dataset.
    pub(super) fn knows(&self, dataset: &str, agency: &Arc<str>) -> bool {
        self.agencies.get(dataset).is_some_and(|agencies| agencies.contains(agency))
    }

    /// Takes what is known of a dataset from another.
    pub(super) fn adopt(&mut self, other: &mut Self, dataset: &str) {
        self.agencies.remove(dataset);
        self.agencies.extend(other.agencies.remove_entry(dataset));
        self.stated.remove(dataset);
        self.stated.extend(other.stated.remove_entry(dataset));
    }

    /// Lets one row count of all those that are the same row.
    pub(super) fn settle_all(&self, held: HeldRows<'_>) {
        if self.agencies(held.dataset).len() > 1 {
            let keys = held.segments.iter().filter_map(|held| held.keys.as_deref());
            let keys: Vec<u64> = keys.flatten().copied().collect();
            self.settle(held, &keys);
        }
    }

    /// For keys whose rows have changed, lets one row count of those that are the same row.
    pub(super) fn settle(&self, held: HeldRows<'_>, keys: &[u64]) {
        let HeldRows { dataset, segments, indexes } = held;
        if dataset.options.kept_of_each_agency {
            return;
        }
        if dataset.options.key.is_empty() {
            self.settle_places(dataset, segments);
            return;
        }
        let agencies = self.agencies(dataset);
        if agencies.len() < 2 {
            return;
        }
        agencies.iter().for_each(|agency| _ = indexes.get(agency, &dataset.id, segments));
        let shares = self.shares(dataset, &agencies);
        let lookup = Lookup { precedence: self, dataset, agencies: &agencies, indexes };
        for key in lookup.related(keys) {
            let same = lookup.candidates(key, segments);
            let stating = lookup.stating(key, segments);
            for row in &same {
                let overruled = same.iter().any(|other| other.place < row.place && shares[other.place][row.place])
                    || stating.iter().any(|other| {
                        let each_other = row.states == other.key;
                        other.place != row.place && !(each_other && row.place < other.place)
                    });
                if let Some((segment, found)) = row.found.find(segments) {
                    segments[segment].overrule(found, overruled);
                }
            }
        }
    }

    /// Lets the rows of secondary agencies count where no primary agency has rows.
    fn settle_places(&self, dataset: &Dataset, segments: &mut [HeldSegment]) {
        if self.agencies(dataset).iter().all(|agency| self.is_primary(agency, dataset)) {
            return;
        }
        let is_primary = |held: &HeldSegment| self.is_primary(&held.head.agency, dataset);
        let primary: HashSet<Place> = segments.iter().filter(|held| is_primary(held)).flat_map(places_of).collect();
        for held in segments.iter_mut().filter(|held| !self.is_primary(&held.head.agency, dataset)) {
            let overruled = RowSet::from_fn(held.batch.rows(), |row| {
                held.selects(row) && place(&held.batch, &held.days, row).is_some_and(|place| primary.contains(&place))
            });
            held.overrule_all(overruled);
        }
    }

    fn is_primary(&self, agency: &str, dataset: &Dataset) -> bool {
        self.reference.register.role(agency, &dataset.id) == Some(Role::Primary)
    }

    /// The rows without a key of a submission at whose places an agency of the other role has rows.
    fn held_at_places(
        &self,
        dataset: &Dataset,
        segments: &[HeldSegment],
        (submitted, days): (&Submitted, &[i32]),
    ) -> Vec<HeldElsewhere> {
        let own = self.is_primary(&submitted.head.agency, dataset);
        let mut found = Vec::new();
        for agency in self.agencies(dataset) {
            let primary = self.is_primary(&agency, dataset);
            if primary == own {
                continue;
            }
            let of_agency = segments.iter().filter(|held| held.head.agency == agency);
            let places: HashSet<Place> = of_agency.flat_map(places_of).collect();
            for row in 0..submitted.batch.rows() {
                if place(&submitted.batch, days, row).is_some_and(|place| places.contains(&place)) {
                    found.push(HeldElsewhere { row, agency: Arc::clone(&agency), other_counts: primary });
                }
            }
        }
        found
    }

    /// The rows of a submission that other agencies hold too. `days` has the day of each row.
    pub(super) fn held_elsewhere(
        &self,
        held: HeldRows<'_>,
        submitted: &Submitted,
        days: &[i32],
    ) -> Vec<HeldElsewhere> {
        let HeldRows { dataset, segments, indexes } = held;
        if dataset.options.key.is_empty() {
            return self.held_at_places(dataset, segments, (submitted, days));
        }
        let Some(keys) = submitted.keys.as_ref().filter(|_| !dataset.options.kept_of_each_agency) else {
            return Vec::new();
        };
        let states = elsewhere(&submitted.batch);
        let stated_by = self.stated.get(dataset.id.as_str());
        let register = &self.reference.register;
        let own = register.precedence(&submitted.head.agency, &dataset.id);
        let mut found = Vec::new();
        for agency in self.agencies(dataset).into_iter().filter(|agency| *agency != submitted.head.agency) {
            let shares = register.can_share(&self.reference.areas, (&submitted.head.agency, &agency), &dataset.id);
            let first = register.precedence(&agency, &dataset.id) < own;
            let index = indexes.get(&agency, &dataset.id, segments);
            for (row, key) in keys.iter().enumerate() {
                let stated = states.and_then(|states| states.get(row)).copied().filter(|stated| *stated != 0);
                let states_other = stated.is_some_and(|stated| index.get(stated).is_some());
                let mut stating = stated_by.and_then(|stated| stated.rows.get(key)).into_iter().flatten();
                let other_states = stating.any(|(holder, own)| *holder == agency && index.get(*own).is_some());
                let other_counts = match (states_other, other_states) {
                    (true, false) => false,
                    (false, true) => true,
                    (true, true) => first,
                    (false, false) if shares && index.get(*key).is_some() => first,
                    (false, false) => continue,
                };
                found.push(HeldElsewhere { row, agency: Arc::clone(&agency), other_counts });
            }
        }
        found
    }

    /// The agencies that have held rows of a dataset, in the order in which their rows count.
    fn agencies(&self, dataset: &Dataset) -> Vec<Arc<str>> {
        let mut agencies: Vec<Arc<str>> =
            self.agencies.get(dataset.id.as_str()).into_iter().flatten().cloned().collect();
        let register = &self.reference.register;
        agencies.sort_by(|a, b| register.precedence(a, &dataset.id).cmp(&register.precedence(b, &dataset.id)));
        agencies
    }

    /// For each two agencies, whether they can have the same row under one key.
    fn shares(&self, dataset: &Dataset, agencies: &[Arc<str>]) -> Vec<Vec<bool>> {
        let (register, areas) = (&self.reference.register, &self.reference.areas);
        let share = |a: &Arc<str>, b: &Arc<str>| register.can_share(areas, (a, b), &dataset.id);
        agencies.iter().map(|a| agencies.iter().map(|b| share(a, b)).collect()).collect()
    }
}

impl StatedKeys {
    /// Forgets what an agency's row with a key stated, apart from the key that it states now.
    fn forget(&mut self, agency: &Arc<str>, key: u64, now: u64) {
        let Some(others) = self.by_row.get_mut(&key) else { return };
        others.retain(|other| {
            let Some(rows) = self.rows.get_mut(other) else { return false };
            if *other != now {
                rows.remove(&(Arc::clone(agency), key));
            }
            let stated = rows.iter().any(|(_, row)| *row == key);
            if rows.is_empty() {
                self.rows.remove(other);
            }
            stated
        });
        if others.is_empty() {
            self.by_row.remove(&key);
        }
    }
}

/// Looks up the rows of one dataset by their keys.
struct Lookup<'l> {
    precedence: &'l Precedence,
    dataset: &'static Dataset,
    agencies: &'l [Arc<str>],
    indexes: &'l KeyIndexes,
}

impl Lookup<'_> {
    /// The keys, the keys that their rows state or stated, and the keys of rows that state one of them.
    fn related(&self, keys: &[u64]) -> BTreeSet<u64> {
        let mut related: BTreeSet<u64> = keys.iter().copied().collect();
        if let Some(stated) = self.precedence.stated.get(self.dataset.id.as_str()) {
            for key in keys {
                related.extend(stated.by_row.get(key).into_iter().flatten());
                related.extend(stated.rows.get(key).into_iter().flatten().map(|(_, key)| *key));
            }
        }
        related
    }

    /// The rows under a key, in the order of precedence.
    fn candidates(&self, key: u64, segments: &[HeldSegment]) -> Vec<Candidate> {
        let of = |(place, agency): (usize, &Arc<str>)| {
            let found = self.indexes.built(agency, &self.dataset.id)?.get(key)?;
            Some(Candidate { place, key, found, states: states(segments, found) })
        };
        self.agencies.iter().enumerate().filter_map(of).collect()
    }

    /// The rows in force that state a key.
    fn stating(&self, key: u64, segments: &[HeldSegment]) -> Vec<Candidate> {
        let stated = self.precedence.stated.get(self.dataset.id.as_str()).and_then(|stated| stated.rows.get(&key));
        let of = |(agency, own): &(Arc<str>, u64)| {
            let place = self.agencies.iter().position(|known| known == agency)?;
            let found = self.indexes.built(agency, &self.dataset.id)?.get(*own)?;
            let states = states(segments, found);
            (states == key).then_some(Candidate { place, key: *own, found, states })
        };
        stated.into_iter().flatten().filter_map(of).collect()
    }
}

/// An area, as its code, and a month.
type Place = (u16, Month);

/// The places of the rows in force.
fn places_of(held: &HeldSegment) -> impl Iterator<Item = Place> {
    held.row_set().iter().filter_map(|row| place(&held.batch, &held.days, row)).collect::<BTreeSet<_>>().into_iter()
}

/// The place of a row; `None` if it has no area or no day.
fn place(batch: &Batch, days: &[i32], row: usize) -> Option<Place> {
    let area = *batch.column(&batch.dataset().options.area_field)?.as_u16()?.get(row)?;
    let day = date_of_days(*days.get(row)?)?;
    Some((area, Month::of(day)))
}

/// The key that a row states; 0 if it states none.
fn states(segments: &[HeldSegment], found: RowRef) -> u64 {
    let stated = |(at, row): HeldRow| elsewhere(&segments.get(at)?.batch)?.get(row).copied();
    found.find(segments).and_then(stated).unwrap_or(0)
}

/// The keys that rows state; `None` if the dataset has no such field.
fn elsewhere(batch: &Batch) -> Option<&[u64]> {
    let field = batch.dataset().key_elsewhere()?;
    batch.column(&field.name).and_then(Column::as_u64)
}
