//! The reasons why a table cannot be protected or audited.

/// Why a table cannot be protected or audited. Each reason names its place.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DisclosureError {
    /// A table has no dimension.
    #[error("the table has no dimension")]
    NoDimension,
    /// A dimension has the same code twice.
    #[error("dimension {dimension} has code {code} twice")]
    DuplicateCode {
        /// The dimension's name.
        dimension: String,
        /// The code.
        code: String,
    },
    /// A row, a group or a cell names a code that its dimension does not have.
    #[error("dimension {dimension} has no code {code}")]
    UnknownCode {
        /// The dimension's name.
        dimension: String,
        /// The code.
        code: String,
    },
    /// The parents of a hierarchy form a circle.
    #[error("the parents of code {code} in dimension {dimension} form a circle")]
    Circle {
        /// The dimension's name.
        dimension: String,
        /// A code of the circle.
        code: String,
    },
    /// A policy names a dimension that the table does not have.
    #[error("the table has no dimension {0}")]
    UnknownDimension(String),
    /// A row or a cell has a wrong number of codes.
    #[error("row {row} has {found} codes, and the table has {dimensions} dimensions")]
    WrongLength {
        /// The row's position, counted from 0.
        row: usize,
        /// The number of codes given.
        found: usize,
        /// The number of dimensions.
        dimensions: usize,
    },
    /// A row has a code that is a sum of others. A row belongs to the finest codes.
    #[error("row {row} has code {code} of dimension {dimension}, which is a sum of other codes")]
    NotFinest {
        /// The row's position, counted from 0.
        row: usize,
        /// The dimension's name.
        dimension: String,
        /// The code.
        code: String,
    },
    /// Some rows have contributions and others have none.
    #[error("row {0} has no contributions, and other rows have them")]
    NoContributions(usize),
    /// A sum is above the largest count ([`super::LARGEST`]).
    #[error("the sum of cell {0} is too large")]
    TooLarge(String),
    /// A setting is outside its range.
    #[error("{what} must be {range}")]
    Setting {
        /// The setting's name.
        what: &'static str,
        /// What is allowed, in words.
        range: &'static str,
    },
    /// A cell is named that the table does not publish.
    #[error("cell {0} is not in the table")]
    UnknownCell(String),
    /// Two cells of a published table have the same codes.
    #[error("cell {0} is in the table twice")]
    DuplicateCell(String),
    /// A published cell that is free has no value, or a suppressed cell has one.
    #[error("cell {cell} has status {status}, which does not fit its value")]
    StatusAndValue {
        /// The cell's codes.
        cell: String,
        /// Its status.
        status: char,
    },
    /// The finest codes of a published table have too many combinations.
    #[error("the finest codes have {0} combinations, more than an audit can consider")]
    TooManyCombinations(usize),
    /// No table is consistent with the published values.
    #[error("the published values around cell {0} contradict each other")]
    Contradiction(String),
    /// The solver of linear programmes failed on a component, so nothing is known about its cells.
    #[error("the linear programme of cell {cell} was not solved: {reason}")]
    Solver {
        /// The cell's codes.
        cell: String,
        /// What the solver said.
        reason: String,
    },
    /// Two sums that are stated to be equal are not.
    #[error("two sums that are stated to be equal are {left} and {right}")]
    Unequal {
        /// The one.
        left: i64,
        /// The other.
        right: i64,
    },
}
