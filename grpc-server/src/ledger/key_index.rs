//! Where the row with a key is held.
//!
//! An index follows from what is held: it is built when it is first asked for and then kept up to date, so that a
//! submission costs what its own rows cost, however much is held.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::bits::contains;
use super::held::Held;

/// A row that is held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RowRef {
    /// Position of its submission in the ledger.
    pub(super) submission: u64,
    /// Row of that submission.
    pub(super) row: usize,
}

/// Rows by key, of one agency's rows of one dataset.
#[derive(Debug, Default)]
pub(super) struct KeyIndex {
    rows: HashMap<u64, (u32, u32), RandomState>,
}

/// The indexes that were asked for.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    by_agency: HashMap<(Arc<str>, &'static str), KeyIndex>,
}

impl KeyIndex {
    /// Indexes the rows of `agency` among `held`.
    fn build<'h>(held: impl Iterator<Item = &'h Held> + Clone) -> Self {
        let rows = held.clone().map(Held::rows).sum();
        let mut index = Self { rows: HashMap::with_capacity_and_hasher(rows, RandomState::default()) };
        for held in held {
            index.add(held);
        }
        index
    }

    /// The row with this key.
    pub(super) fn get(&self, key: u64) -> Option<RowRef> {
        let (submission, row) = self.rows.get(&key)?;
        Some(RowRef { submission: u64::from(*submission), row: usize::try_from(*row).ok()? })
    }

    fn add(&mut self, held: &Held) {
        let Some(keys) = &held.submitted.keys else { return };
        let Ok(submission) = u32::try_from(held.submitted.envelope.position) else { return };
        self.rows.reserve(keys.len());
        for (row, key) in (0_u32..).zip(keys.iter()) {
            let chosen =
                held.selected.as_ref().is_none_or(|words| contains(words, usize::try_from(row).unwrap_or(0)));
            if chosen {
                self.rows.insert(*key, (submission, row));
            }
        }
    }

    fn remove(&mut self, key: u64) {
        self.rows.remove(&key);
    }
}

impl Indexes {
    /// The index of an agency's rows of a dataset.
    pub(super) fn get(&mut self, agency: &Arc<str>, dataset: &'static str, held: &[Held]) -> &KeyIndex {
        self.by_agency
            .entry((Arc::clone(agency), dataset))
            .or_insert_with(|| KeyIndex::build(held.iter().filter(|held| held.submitted.agency == *agency)))
    }

    /// The index of an agency's rows of a dataset, if it was asked for before.
    pub(super) fn known(&self, agency: &Arc<str>, dataset: &'static str) -> Option<&KeyIndex> {
        self.by_agency.get(&(Arc::clone(agency), dataset))
    }

    /// Takes out the rows with these keys, then adds those of `added`, if the index was asked for before.
    pub(super) fn update(
        &mut self,
        agency: &Arc<str>,
        dataset: &'static str,
        removed: impl Iterator<Item = u64>,
        added: Option<&Held>,
    ) {
        let Some(index) = self.by_agency.get_mut(&(Arc::clone(agency), dataset)) else { return };
        for key in removed {
            index.remove(key);
        }
        if let Some(added) = added {
            index.add(added);
        }
    }
}
