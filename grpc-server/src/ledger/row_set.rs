//! Sets of rows, one bit each, as [`peelian_core::engine::snapshot::Segment::selected`] has them.

use std::sync::Arc;

/// A set of the rows of one batch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Bits {
    words: Vec<u64>,
    rows: usize,
}

impl Bits {
    /// No row.
    pub(super) fn none(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)], rows }
    }

    /// Rows for which `keep` says so.
    pub(super) fn from_fn(rows: usize, keep: impl Fn(usize) -> bool) -> Self {
        let mut bits = Self::none(rows);
        for row in (0..rows).filter(|row| keep(*row)) {
            bits.set(row);
        }
        bits
    }

    /// The rows of a segment that count; `None` means all.
    pub(super) fn of(selected: Option<&Arc<[u64]>>, rows: usize) -> Self {
        selected.map_or_else(|| Self::from_fn(rows, |_| true), |words| Self { words: words.to_vec(), rows })
    }

    /// Adds a row.
    pub(super) fn set(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// Removes a row.
    pub(super) fn clear(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row / 64) {
            *word &= !(1 << (row % 64));
        }
    }

    /// Whether a row is in it.
    pub(super) fn contains(&self, row: usize) -> bool {
        contains(&self.words, row)
    }

    /// Removes every row of another set.
    pub(super) fn subtract(&mut self, other: &Self) {
        for (word, remove) in self.words.iter_mut().zip(&other.words) {
            *word &= !remove;
        }
    }

    /// Number of rows in it.
    pub(super) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The rows in it, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows).filter(|row| self.contains(*row))
    }

    /// As a segment has it: `None` where every row is in it.
    pub(super) fn into_selected(self) -> Option<Arc<[u64]>> {
        let all = self.count() == u64::try_from(self.rows).unwrap_or(u64::MAX);
        (!all).then(|| self.words.into())
    }
}

/// Whether a row is in a set given as words.
pub(super) fn contains(words: &[u64], row: usize) -> bool {
    words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_rows() {
        let mut bits = Bits::from_fn(130, |row| row % 2 == 0);
        bits.set(129);
        bits.clear(0);
        assert_eq!(bits.count(), 65);
        assert_eq!(bits.iter().last(), Some(129));
        bits.subtract(&Bits::from_fn(130, |row| row < 128));
        assert_eq!(bits.iter().collect::<Vec<_>>(), [128, 129]);
        assert!(bits.clone().into_selected().is_some_and(|words| contains(&words, 128)));
        assert_eq!(Bits::of(None, 130).into_selected(), None);
    }
}
