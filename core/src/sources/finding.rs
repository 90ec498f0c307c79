//! What is said about a file, and why a file is refused.

use crate::period::Month;

/// What a finding is about. The code of each never changes and is never used for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceFindingCode {
    /// Cells beyond the last named column.
    StrayCells,
    /// A class, series or column that no list knows, or that means something else than its name.
    UnknownSeries,
    /// Lines of areas, forces or levels that the exchange does not hold.
    OutsideScope,
    /// A month that was not over when the file was made.
    IncompletePeriod,
    /// The same line again.
    RepeatedLine,
    /// Zeros made for rows that the publisher drops.
    ZerosMade,
    /// An area or a period that is missing and therefore not zero.
    Missing,
    /// Several lines that make up one figure.
    Combined,
    /// Parts and whole, or two columns, that do not agree.
    Inconsistent,
    /// A class that ends, or begins, within the file.
    ClassChange,
    /// What a figure includes, leaves out, or cannot have.
    Basis,
    /// A negative correction that leaves no count.
    Negative,
}

impl SourceFindingCode {
    /// Every code.
    pub const ALL: [Self; 12] = [
        Self::StrayCells,
        Self::UnknownSeries,
        Self::OutsideScope,
        Self::IncompletePeriod,
        Self::RepeatedLine,
        Self::ZerosMade,
        Self::Missing,
        Self::Combined,
        Self::Inconsistent,
        Self::ClassChange,
        Self::Basis,
        Self::Negative,
    ];

    /// The code as it is written: `PEEL-1901`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::StrayCells => "PEEL-1901",
            Self::UnknownSeries => "PEEL-1902",
            Self::OutsideScope => "PEEL-1903",
            Self::IncompletePeriod => "PEEL-1904",
            Self::RepeatedLine => "PEEL-1905",
            Self::ZerosMade => "PEEL-1906",
            Self::Missing => "PEEL-1907",
            Self::Combined => "PEEL-1908",
            Self::Inconsistent => "PEEL-1909",
            Self::ClassChange => "PEEL-1910",
            Self::Basis => "PEEL-1911",
            Self::Negative => "PEEL-1912",
        }
    }
}

/// One thing that a careful reader of a file should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFinding {
    /// What it is about.
    pub code: SourceFindingCode,
    /// First line concerned, counted from 1; `None` for the file as a whole.
    pub line: Option<u64>,
    /// What was found and what was done about it.
    pub message: String,
}

impl SourceFinding {
    pub(super) fn file(code: SourceFindingCode, message: impl Into<String>) -> Self {
        Self { code, line: None, message: message.into() }
    }

    pub(super) fn line(code: SourceFindingCode, line: u64, message: impl Into<String>) -> Self {
        Self { code, line: Some(line), message: message.into() }
    }
}

/// Why a file was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The file is not text in UTF-8, or not a table.
    #[error("the file cannot be read as a table: {0}")]
    NotATable(String),
    /// A column that the layout needs is missing, or is there twice.
    #[error("the file has {found} columns called `{column}` and needs exactly one")]
    Column {
        /// Name of the column.
        column: String,
        /// How many there are.
        found: usize,
    },
    /// A line has too few cells.
    #[error("line {line}: {cells} cells, but the header names {columns}")]
    ShortLine {
        /// The line.
        line: u64,
        /// Cells that it has.
        cells: usize,
        /// Columns of the header.
        columns: usize,
    },
    /// A value has the wrong form.
    #[error("line {line}: `{value}` in `{column}` is not {expected}")]
    Value {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// An area that no list knows.
    #[error("line {line}: {reason}")]
    UnknownArea {
        /// The line.
        line: u64,
        /// The name and the nearest ones.
        reason: String,
    },
    /// Two columns or lines say different things of one cell.
    #[error("line {line}: {what}, but line {earlier} says otherwise; correct the file before it is used")]
    Conflict {
        /// The later line.
        line: u64,
        /// The earlier line.
        earlier: u64,
        /// What the later line says.
        what: String,
    },
    /// Two months hold the same figures throughout.
    #[error("{later} repeats the figures of {earlier} in every cell: one of them is under the wrong name")]
    RepeatedPeriod {
        /// The earlier month.
        earlier: Month,
        /// The later month.
        later: Month,
    },
    /// Neither the file nor its name says which month it is of.
    #[error("the content does not say which month it is of: name the file `YYYY-MM.csv`, not `{0}`")]
    NoPeriod(String),
}
