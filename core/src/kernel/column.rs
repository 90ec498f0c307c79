//! The input: columns of narrow codes, and which rows count.

use std::ops::Range;

use prefetch_index::prefetch_index;

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

    /// Puts `none` in place of the codes of rows that are not selected.
    pub(super) fn replace_unselected(&self, start: usize, codes: &mut [u16], none: usize) {
        let Some(words) = self.selection else { return };
        let none = u16::try_from(none).unwrap_or(u16::MAX);
        for (row, code) in (start..).zip(codes) {
            if words[row / 64] >> (row % 64) & 1 == 0 {
                *code = none;
            }
        }
    }

    /// Refuses a program that refers to a column beyond the last. `columns` ascend.
    pub(super) fn check_columns(&self, columns: &[usize]) -> Result<(), KernelError> {
        match columns.last() {
            Some(&column) if column >= self.columns.len() => {
                Err(KernelError::UnknownColumn { column, columns: self.columns.len() })
            }
            _ => Ok(()),
        }
    }
}

/// Rows of which one column of bytes fills a cache line. On a processor with longer lines some are asked for twice.
pub(super) const LINE: usize = 64;

/// Rows that are read soon, whose cache lines are asked for meanwhile.
///
/// The loops over a block read one column after the other, each too briefly for the processor to fetch ahead, and then
/// count for as long again without reading any. Asked for as rows are counted, the next block's lines come meanwhile: over
/// eleven bytes a row and two threads, 5 ms for ten million rows instead of 8 (Zen 5). A plain read would not do, as
/// counting would wait for it.
pub(super) struct Ahead<'a> {
    columns: &'a [Column<'a>],
    rows: Range<usize>,
}

impl<'a> Ahead<'a> {
    pub(super) fn new(columns: &'a [Column<'a>], rows: Range<usize>) -> Self {
        Self { columns, rows }
    }

    /// Asks for the lines of [`LINE`] rows, the first of which is the `offset`-th.
    #[inline(always)]
    pub(super) fn fetch(&self, offset: usize) {
        let row = self.rows.start + offset;
        if row >= self.rows.end {
            return;
        }
        for column in self.columns {
            match column {
                Column::U8(codes) => prefetch_index(codes, row),
                Column::U16(codes) => {
                    prefetch_index(codes, row);
                    prefetch_index(codes, row + LINE / 2);
                }
            }
        }
    }

    /// Asks for the lines of all rows.
    pub(super) fn fetch_all(&self) {
        for offset in (0..self.rows.len()).step_by(LINE) {
            self.fetch(offset);
        }
    }
}
