//! The counts of a cube by their places: all of them, or only those that are not 0.

use std::collections::{BTreeMap, HashSet};

use foldhash::fast::FixedState;

/// Number of counts up to which all are held, however few the rows are: 2 MiB.
const FEW: usize = 1 << 18;
/// Counts for each row above which most must be 0.
const MOST_FOR_A_ROW: usize = 8;
/// Bytes of a count that is held with its place: the pair, and its share of the map's nodes.
const BYTES_WITH_PLACE: usize = 40;

/// Counts by place. A place is a number below the size of the cube.
#[derive(Debug)]
pub(super) enum Values {
    /// The count of every place.
    All(Vec<u64>),
    /// The counts that are not 0.
    Present {
        /// By place.
        counts: BTreeMap<usize, u64>,
        /// The cells that have a count.
        cells: HashSet<usize, FixedState>,
    },
}

/// Whether so few rows leave most of `size` counts 0.
fn is_sparse(size: usize, rows: usize) -> bool {
    size > FEW && size > rows.saturating_mul(MOST_FOR_A_ROW)
}

/// Bytes that the counts of some rows need at most, for so many predicates.
pub(super) fn bytes(size: usize, rows: usize, predicates: usize) -> usize {
    match is_sparse(size, rows) {
        true => rows.saturating_mul(predicates).min(size).saturating_mul(BYTES_WITH_PLACE),
        // The kernel counts in memory of its own.
        false => size.saturating_mul(2 * size_of::<u64>()),
    }
}

impl Values {
    /// Counts of no rows, of which so many will be counted.
    pub(super) fn for_rows(size: usize, rows: usize) -> Self {
        match is_sparse(size, rows) {
            true => Self::without_zeros(),
            false => Self::All(vec![0; size]),
        }
    }

    /// No counts. Only those that are not 0 will be held.
    pub(super) fn without_zeros() -> Self {
        Self::Present { counts: BTreeMap::new(), cells: HashSet::default() }
    }

    /// Adds to the count of a place, which belongs to a cell. `None` if there is no such place.
    pub(super) fn add(&mut self, place: usize, cell: usize, count: u64) -> Option<()> {
        match self {
            Self::All(values) => *values.get_mut(place)? += count,
            Self::Present { counts, cells } => {
                let known = counts.entry(place).or_insert_with(|| {
                    cells.insert(cell);
                    0
                });
                *known += count;
            }
        }
        Some(())
    }

    /// The counts of `number` places from `start`, each with its distance from `start`. Some that are 0 may be left out.
    pub(super) fn range(&self, start: usize, number: usize) -> impl Iterator<Item = (usize, u64)> {
        let end = start.saturating_add(number);
        let (all, present) = match self {
            Self::All(values) => (values.get(start..end), None),
            Self::Present { counts, .. } => (None, Some(counts.range(start..end))),
        };
        let all = all.into_iter().flatten().copied().enumerate();
        all.chain(present.into_iter().flatten().map(move |(place, count)| (place - start, *count)))
    }

    /// The counts that are not 0, each with its place.
    pub(super) fn present(&self) -> impl Iterator<Item = (usize, u64)> {
        let (all, present) = match self {
            Self::All(values) => (values.as_slice(), None),
            Self::Present { counts, .. } => (&[][..], Some(counts)),
        };
        let all = all.iter().copied().enumerate().filter(|(_, count)| *count > 0);
        all.chain(present.into_iter().flatten().map(|(place, count)| (*place, *count)))
    }

    /// Number of counts that are held.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::All(values) => values.len(),
            Self::Present { counts, .. } => counts.len(),
        }
    }

    /// Bytes that the counts take.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::All(values) => size_of_val(values.as_slice()),
            Self::Present { counts, .. } => counts.len().saturating_mul(BYTES_WITH_PLACE),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_are_held_without_zeros_if_most_are_zero() {
        let held = |size, rows| matches!(Values::for_rows(size, rows), Values::Present { .. });
        assert!(!held(FEW, 0));
        assert!(held(FEW + 1, 0));
        assert!(!held(FEW + 8, FEW / 8 + 1));
        assert_eq!(bytes(1 << 30, 10, 3), 30 * BYTES_WITH_PLACE);
        assert_eq!(bytes(100, 10, 3), 1_600);
    }

    proptest! {
        #[test]
        fn both_forms_hold_the_same_counts(rows in proptest::collection::vec((0..60_usize, 0..5_u64), 0..80)) {
            let mut all = Values::All(vec![0; 60]);
            let mut present = Values::without_zeros();
            for (place, count) in rows.into_iter().filter(|(_, count)| *count > 0) {
                prop_assert!(all.add(place, place / 3, count).is_some());
                prop_assert!(present.add(place, place / 3, count).is_some());
            }
            prop_assert_eq!(all.present().collect::<Vec<_>>(), present.present().collect::<Vec<_>>());
            for start in (0..60).step_by(3) {
                let positive = |values: &Values| values.range(start, 3).filter(|(_, count)| *count > 0).collect::<Vec<_>>();
                prop_assert_eq!(positive(&all), positive(&present));
            }
            prop_assert!(all.add(60, 20, 1).is_none());
        }
    }
}
