//! Sets of rows; an empty set takes no memory.

/// A set of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct RowSet {
    rows: Vec<bool>,
}

impl RowSet {
    pub(super) fn set(&mut self, row: usize) {
        if self.rows.len() <= row {
            self.rows.resize(row + 1, false);
        }
        if let Some(mark) = self.rows.get_mut(row) {
            *mark = true;
        }
    }

    /// Adds other rows, which are counted from `first` on.
    pub(super) fn append(&mut self, first: usize, other: &Self) {
        let rows = other.rows.iter().enumerate().filter(|(_, mark)| **mark);
        rows.for_each(|(row, _)| self.set(first + row));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn get(&self, row: usize) -> bool {
        self.rows.get(row).copied().unwrap_or(false)
    }
}
