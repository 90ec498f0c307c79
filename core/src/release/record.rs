//! What later releases must know of a release.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use prost::Message;

use super::cells::{Cell, Cells, Place, TOTAL};
use super::system::Atom;
use super::{Map, ReleaseError};
use crate::Core;
use crate::disclosure::{Fate, Reason, Standing};
use crate::engine::Dimension;
use crate::period::Period;

/// What later releases must know of a release: the counts behind its observations, and which of them were published. It is
/// secret.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Record {
    #[prost(message, repeated, tag = "1")]
    populations: Vec<RecordedPopulation>,
}

/// The counts of one population and one breakdown.
#[derive(Clone, PartialEq, prost::Message)]
struct RecordedPopulation {
    #[prost(string, tag = "1")]
    name: String,
    /// Empty for the total.
    #[prost(string, tag = "2")]
    dimension: String,
    #[prost(message, repeated, tag = "3")]
    cells: Vec<RecordedCell>,
    /// Counts that are not 0, by month and area of the rows.
    #[prost(message, repeated, tag = "4")]
    atoms: Vec<RecordedAtom>,
}

/// Where a count stands.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd, prost::Message)]
struct RecordedPlace {
    #[prost(string, tag = "1")]
    code: String,
    #[prost(string, tag = "2")]
    area: String,
    #[prost(string, tag = "3")]
    period: String,
}

/// A cell.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd, prost::Message)]
struct RecordedCell {
    #[prost(message, required, tag = "1")]
    place: RecordedPlace,
    #[prost(bool, tag = "2")]
    is_published: bool,
    /// The width that an outsider's interval must have, if it was withheld. 0 for one that needs no protection.
    #[prost(uint64, tag = "3")]
    width: u64,
    /// Whether it may be 0, as far as its status tells.
    #[prost(bool, tag = "4")]
    may_be_zero: bool,
}

/// A count.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd, prost::Message)]
struct RecordedAtom {
    #[prost(message, required, tag = "1")]
    place: RecordedPlace,
    #[prost(uint64, tag = "2")]
    value: u64,
}

impl Record {
    /// The record of a release: the fates of its cells, and the atoms of the populations that a rule protects.
    pub(super) fn of(core: &Core, cells: &Cells, fates: &[Option<Fate>], atoms: &[(Atom, u64)]) -> Self {
        let mut found: BTreeMap<(usize, usize), RecordedPopulation> = BTreeMap::new();
        let empty = |place: Place| RecordedPopulation {
            name: cells.populations.get(place.population).to_string(),
            dimension: cells.dimensions.get(place.dimension).name.clone(),
            cells: Vec::new(),
            atoms: Vec::new(),
        };
        let recorded = |place: Place| {
            let code = cells.codes.get(&(place.dimension, place.code)).cloned().unwrap_or_default();
            let area = core.reference.areas.get(place.area).code().to_owned();
            RecordedPlace { code, area, period: place.period.to_string() }
        };
        let protected: BTreeSet<usize> = atoms.iter().map(|(atom, _)| atom.population).collect();
        let has_atoms = |(cell, _): &(&Cell, &Option<Fate>)| protected.contains(&cell.place.population);
        for (cell, fate) in cells.cells.iter().zip(fates).filter(has_atoms) {
            let place = cell.place;
            let of = found.entry((place.population, place.dimension)).or_insert_with(|| empty(place));
            let reason = fate.and_then(|fate| fate.reason);
            let width = match cell.standing {
                Standing::Suppressed { width, .. } | Standing::Blank { width, .. } => width,
                Standing::Free | Standing::Known => u64::from(reason != Some(Reason::Breakdown)),
            };
            let is_published = reason.is_none();
            let may_be_zero = fate.is_some_and(|fate| fate.may_be_zero);
            // Who sees a complement is no reader, but what gives it away stays withheld.
            if cell.is_shown || !is_published {
                of.cells.push(RecordedCell { place: recorded(place), is_published, width, may_be_zero });
            }
        }
        for (atom, value) in atoms {
            let of = found.entry((atom.population, atom.dimension)).or_insert_with(|| empty(*atom));
            of.atoms.push(RecordedAtom { place: recorded(*atom), value: *value });
        }
        let mut populations: Vec<RecordedPopulation> = found.into_values().collect();
        for one in &mut populations {
            one.cells.sort();
            one.atoms.sort();
        }
        populations.sort_by(|a, b| (&a.name, &a.dimension).cmp(&(&b.name, &b.dimension)));
        Self { populations }
    }

    /// The record as bytes, to be kept in the exchange.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// The record from its bytes.
    ///
    /// # Errors
    /// If the bytes are no record.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReleaseError> {
        Self::decode(bytes).map_err(|error| ReleaseError::Record(error.to_string()))
    }
}

/// A cell of an earlier release.
#[derive(Clone, Copy, Debug)]
pub(super) struct Then {
    pub(super) place: Place,
    pub(super) is_published: bool,
    pub(super) width: u64,
    pub(super) may_be_zero: bool,
}

/// An earlier release, in the numbers of the one that is made.
pub(super) struct Earlier {
    pub(super) cells: Vec<Then>,
    atoms: Map<Place, u64>,
}

impl Earlier {
    /// Reads a record. What the release that is made does not count is left out: it tells nothing of it.
    pub(super) fn read(core: &Core, cells: &Cells, record: &Record) -> Result<Self, ReleaseError> {
        let mut earlier = Self { cells: Vec::new(), atoms: Map::default() };
        let codes: Map<(usize, &str), usize> =
            cells.codes.iter().map(|((dimension, number), code)| ((*dimension, code.as_str()), *number)).collect();
        for one in &record.populations {
            let dimension = |multi_valued| Dimension { name: one.dimension.clone(), multi_valued };
            let dimension = [false, true].into_iter().find_map(|multi| cells.dimensions.known(&dimension(multi)));
            let population = cells.populations.known(&Arc::from(one.name.as_str()));
            let (Some(population), Some(dimension)) = (population, dimension) else { continue };
            let place =
                |RecordedPlace { code, area, period }: &RecordedPlace| -> Result<Option<Place>, ReleaseError> {
                    let damaged = || ReleaseError::Record(format!("{area} in {period}"));
                    let area = core.reference.areas.by_code(area).ok_or_else(damaged)?;
                    let period = Period::from_str(period).map_err(|_| damaged())?;
                    let code =
                        if dimension == TOTAL { Some(0) } else { codes.get(&(dimension, code.as_str())).copied() };
                    Ok(code.map(|code| Place { population, dimension, code, area, period }))
                };
            for RecordedCell { place: at, is_published, width, may_be_zero } in &one.cells {
                let (is_published, width, may_be_zero) = (*is_published, *width, *may_be_zero);
                earlier.cells.extend(place(at)?.map(|place| Then { place, is_published, width, may_be_zero }));
            }
            for RecordedAtom { place: at, value } in &one.atoms {
                earlier.atoms.extend(place(at)?.map(|place| (place, *value)));
            }
        }
        Ok(earlier)
    }

    /// The value of an atom then.
    pub(super) fn value(&self, atom: &Place) -> u64 {
        self.atoms.get(atom).copied().unwrap_or(0)
    }

    /// The counts of its atoms that are not 0.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&Place, u64)> {
        self.atoms.iter().map(|(place, value)| (place, *value))
    }

    /// Whether the release withheld a count of any of these populations.
    pub(super) fn withheld_any(&self, populations: &BTreeSet<usize>) -> bool {
        self.cells.iter().any(|one| !one.is_published && populations.contains(&one.place.population))
    }
}
