//! Marks on rows, which cost nothing while there are none.

/// A set of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    rows: Vec<bool>,
}

impl Marks {
    pub(super) fn set(&mut self, row: usize) {
        if self.rows.len() <= row {
            self.rows.resize(row + 1, false);
        }
        if let Some(mark) = self.rows.get_mut(row) {
            *mark = true;
        }
    }

    pub(super) fn get(&self, row: usize) -> bool {
        self.rows.get(row).copied().unwrap_or(false)
    }
}
