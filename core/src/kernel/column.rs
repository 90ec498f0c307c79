//! The input: columns of narrow codes, and which rows count.

use super::KernelError;

/// A column of dictionary codes, borrowed from wherever it lives (an Arrow buffer, a vector).
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// Up to 256 codes.
    U8(&'a [u8]),
    /// Up to 65,536 codes.
    U16(&'a [u16]),
}

impl Column<'_> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Code of a row; the caller has checked the row.
    pub(super) fn code(&self, row: usize) -> u16 {
        match self {
            Self::U8(codes) => u16::from(codes[row]),
            Self::U16(codes) => codes[row],
        }
    }
}

/// Columns of equal length, and the rows of them that count.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    rows: usize,
    columns: Vec<Column<'a>>,
    selection: Option<&'a [u64]>,
}

impl<'a> Batch<'a> {
    /// Puts columns of `rows` rows together.
    ///
    /// `selection` is a bitmap of the rows that count (bit `row % 64` of word `row / 64`), or `None` for all.
    ///
    /// # Errors
    /// [`KernelError::UnequalLengths`] if a column has another length, or the bitmap has too few words.
    pub fn new(rows: usize, columns: Vec<Column<'a>>, selection: Option<&'a [u64]>) -> Result<Self, KernelError> {
        if let Some(column) = columns.iter().find(|column| column.len() != rows) {
            return Err(KernelError::UnequalLengths { what: "column", found: column.len(), expected: rows });
        }
        if let Some(words) = selection.filter(|words| words.len() < rows.div_ceil(64)) {
            let found = words.len().saturating_mul(64);
            return Err(KernelError::UnequalLengths { what: "selection", found, expected: rows });
        }
        Ok(Self { rows, columns, selection })
    }

    /// Number of rows, selected or not.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in the order in which programs refer to them.
    #[must_use]
    pub fn columns(&self) -> &[Column<'a>] {
        &self.columns
    }

    pub(super) fn selection(&self) -> Option<&'a [u64]> {
        self.selection
    }

    /// Refuses a program that refers to a column beyond the last.
    pub(super) fn check_columns(&self, needed: usize) -> Result<(), KernelError> {
        let columns = self.columns.len();
        if needed > columns {
            return Err(KernelError::UnknownColumn { column: needed - 1, columns });
        }
        Ok(())
    }
}
