//! The errors of a kernel.

use thiserror::Error;

/// The reason why a kernel refuses a request. A refused request has no partial result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KernelError {
    /// More measures than a mask has bits.
    #[error("{measures} measures requested; at most {} fit in one pass", super::MAX_MEASURES)]
    TooManyMeasures {
        /// Number requested.
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
    #[error("`{what}` has {found} rows; {expected} were expected")]
    UnequalLengths {
        /// Name of the input with the unexpected length.
        what: &'static str,
        /// Its number of rows.
        found: usize,
        /// Number of rows of the other inputs.
        expected: usize,
    },
    /// A remapping table has an entry outside its dimension.
    #[error("a table maps code {code} to {position}, but the dimension has {size} positions")]
    PositionOutOfRange {
        /// The code.
        code: usize,
        /// Its position in the table.
        position: u32,
        /// Number of positions of the dimension.
        size: u32,
    },
    /// The dense index would be too large.
    #[error("the dense index would need {cells} cells; the limit is {limit}")]
    TooManyCells {
        /// Number of cells needed, or the largest number that could be represented.
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
    /// The months requested, with their look-back, are outside the calendar or span too many days.
    #[error("the months requested cannot be evaluated: {reason}")]
    Months {
        /// The reason.
        reason: &'static str,
    },
}
