//! Sets of rows of one batch, one bit for each row, as [`peelian_core::engine::snapshot::Segment::selected`] holds
//! them.

use std::sync::Arc;

/// A set of the rows of one batch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct RowSet {
    words: Vec<u64>,
    rows: usize,
}

impl RowSet {
    /// No row of a batch of so many rows.
    pub(super) fn none(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)], rows }
    }

    /// Every row of a batch of so many rows.
    pub(super) fn all(rows: usize) -> Self {
        Self::from_fn(rows, |_| true)
    }

    /// The rows for which `keep` is true.
    pub(super) fn from_fn(rows: usize, keep: impl Fn(usize) -> bool) -> Self {
        let mut set = Self::none(rows);
        for row in (0..rows).filter(|row| keep(*row)) {
            set.insert(row);
        }
        set
    }

    /// The selected rows of a segment; `None` means all.
    pub(super) fn of(selected: Option<&Arc<[u64]>>, rows: usize) -> Self {
        selected.map_or_else(|| Self::all(rows), |words| Self { words: words.to_vec(), rows })
    }

    /// Adds a row.
    pub(super) fn insert(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// Removes a row.
    pub(super) fn remove(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row / 64) {
            *word &= !(1 << (row % 64));
        }
    }

    /// Whether the set has a row.
    pub(super) fn contains(&self, row: usize) -> bool {
        contains(&self.words, row)
    }

    /// Removes every row of another set.
    pub(super) fn subtract(&mut self, other: &Self) {
        for (word, remove) in self.words.iter_mut().zip(&other.words) {
            *word &= !remove;
        }
    }

    /// Number of rows in the set.
    pub(super) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The same as a length in memory.
    pub(super) fn len(&self) -> usize {
        usize::try_from(self.count()).unwrap_or(usize::MAX)
    }

    /// The rows in the set, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..).step_by(64).zip(&self.words).flat_map(|(start, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = usize::try_from(left.trailing_zeros()).ok().filter(|_| left != 0)?;
                left &= left - 1;
                Some(start + bit)
            })
        })
    }

    /// The set as a segment holds it: `None` if it has every row.
    pub(super) fn into_selected(self) -> Option<Arc<[u64]>> {
        let all = self.count() == u64::try_from(self.rows).unwrap_or(u64::MAX);
        (!all).then(|| self.words.into())
    }
}

/// Whether a set that is given as words has a row.
pub(super) fn contains(words: &[u64], row: usize) -> bool {
    words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_rows() {
        let mut set = RowSet::from_fn(130, |row| row % 2 == 0);
        set.insert(129);
        set.remove(0);
        assert_eq!(set.count(), 65);
        assert_eq!(set.iter().last(), Some(129));
        set.subtract(&RowSet::from_fn(130, |row| row < 128));
        assert_eq!(set.iter().collect::<Vec<_>>(), [128, 129]);
        assert!(set.clone().into_selected().is_some_and(|words| contains(&words, 128)));
        assert_eq!(RowSet::of(None, 130).into_selected(), None);
    }
}
