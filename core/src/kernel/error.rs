//! What a kernel refuses.

use thiserror::Error;

/// A request that a kernel cannot answer. Nothing is computed when one is returned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KernelError {
    /// More measures than a mask has bits.
    #[error("{measures} measures asked for at once; at most {} fit in one pass", super::MAX_MEASURES)]
    TooManyMeasures {
        /// How many were asked for.
        measures: usize,
    },
    /// A program refers to a column that the batch does not have.
    #[error("column {column} is needed, but the batch has {columns}")]
    UnknownColumn {
        /// Position that the program refers to.
        column: usize,
        /// Number of columns in the batch.
        columns: usize,
    },
    /// Two inputs of one call have different numbers of rows.
    #[error("`{what}` has {found} rows where {expected} were expected")]
    UnequalLengths {
        /// Name of the odd one out.
        what: &'static str,
        /// Its number of rows.
        found: usize,
        /// The number of rows of the rest.
        expected: usize,
    },
    /// A remapping table has an entry outside its dimension.
    #[error("a table maps code {code} to {position}, but the dimension has {size} positions")]
    PositionOutOfRange {
        /// The code.
        code: usize,
        /// Where the table sends it.
        position: u32,
        /// Number of positions of the dimension.
        size: u32,
    },
    /// The dense index would be too large.
    #[error("the dense index would need {cells} cells; the limit is {limit}")]
    TooManyCells {
        /// Cells needed, as far as they could be counted.
        cells: usize,
        /// The limit.
        limit: usize,
    },
    /// More rows than a 32-bit row number can hold.
    #[error("{rows} rows in one batch; at most {} are possible", u32::MAX)]
    TooManyRows {
        /// Number of rows.
        rows: usize,
    },
    /// A request refers to a measure that the program does not have.
    #[error("measure {measure} is needed, but the program has {measures}")]
    UnknownMeasure {
        /// Number that the request refers to.
        measure: usize,
        /// Number of measures in the program.
        measures: usize,
    },
    /// A sum of weights is above the largest 128-bit number.
    #[error("the sum of the weights is out of range")]
    WeightsOverflow,
    /// The months asked for, with their look-back, are outside the calendar or span too many days.
    #[error("the months asked for cannot be evaluated: {reason}")]
    Months {
        /// What is wrong with them.
        reason: &'static str,
    },
}
