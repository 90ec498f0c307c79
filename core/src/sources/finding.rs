//! The findings about a file, and the reasons why a file is refused.

use crate::period::Month;

/// What a finding is about. Its code never changes, and is never used for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceFindingCode {
    /// Cells beyond the last named column.
    StrayCells,
    /// A class, series or column that is in no list, or whose counts do not have the meaning of its name.
    UnknownSeries,
    /// Lines for areas, forces or levels that the exchange does not hold.
    OutsideScope,
    /// A month that had not ended when the file was made.
    IncompletePeriod,
    /// A repeated line.
    RepeatedLine,
    /// Zeros added for rows that the publisher leaves out.
    ZerosMade,
    /// An area or a period that is missing and therefore not zero.
    Missing,
    /// Several lines that make up one figure.
    Combined,
    /// Parts that do not agree with their whole, or two columns that do not agree.
    Inconsistent,
    /// A class that starts or ends within the months of the file.
    ClassChange,
    /// What a figure includes or excludes, or what is not available for it.
    Basis,
    /// A negative correction that leaves a count below zero.
    Negative,
    /// How the file is written, where it is not the usual form.
    Form,
}

impl SourceFindingCode {
    /// Every code.
    pub const ALL: [Self; 13] = [
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
        Self::Form,
    ];

    /// What it is about, in words.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::StrayCells => "Cells beyond the last column that has a heading.",
            Self::UnknownSeries => {
                "A class, series or column that is in no list, or whose counts do not have the meaning of its name."
            }
            Self::OutsideScope => "Lines for areas, forces or levels that the exchange does not hold.",
            Self::IncompletePeriod => "A month that had not ended when the file was made.",
            Self::RepeatedLine => "A line that is repeated.",
            Self::ZerosMade => "Zeros for rows that the publisher leaves out.",
            Self::Missing => "An area or a period that is missing, and therefore not zero.",
            Self::Combined => "Several lines that make up one figure.",
            Self::Inconsistent => "Parts that do not agree with their whole, or two columns that do not agree.",
            Self::ClassChange => {
                "A class that starts or ends within the months of the file, or means something else in them."
            }
            Self::Basis => "What a figure includes or excludes, or what is not available for it.",
            Self::Negative => "A negative correction that leaves a count below zero.",
            Self::Form => "How the file is written, where it is not the usual form.",
        }
    }

    /// The code: `PEEL-1901`.
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
            Self::Form => "PEEL-1913",
        }
    }
}

/// A finding about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFinding {
    /// What the finding is about.
    pub code: SourceFindingCode,
    /// First line concerned, counted from 1; `None` for the file as a whole.
    pub line: Option<u64>,
    /// What was found, and what the reader did about it.
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
    /// The file is not text, or not a table.
    #[error("the file cannot be read as a table: {0}")]
    NotATable(String),
    /// A column that the layout needs is missing or occurs twice.
    #[error("the file has {found} columns called `{column}` and needs exactly one")]
    Column {
        /// Name of the column.
        column: String,
        /// Number of such columns.
        found: usize,
    },
    /// A line has too few cells.
    #[error("line {line}: {cells} cells, but the header names {columns}")]
    ShortLine {
        /// The line.
        line: u64,
        /// Number of its cells.
        cells: usize,
        /// Number of columns of the header.
        columns: usize,
    },
    /// A value has the wrong form.
    #[error("line {line}: {value} in `{column}` is not {expected}")]
    Value {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// A short number, or the shape of the value.
        value: String,
        /// The expected form.
        expected: &'static str,
    },
    /// An area that is in no list.
    #[error("line {line}: {reason}")]
    UnknownArea {
        /// The line.
        line: u64,
        /// The shape of the name, and the nearest known names.
        reason: String,
    },
    /// Two columns or lines have different values for one figure.
    #[error("line {line}: {what}, but line {earlier} says otherwise; correct the file before it is used")]
    Conflict {
        /// The later line.
        line: u64,
        /// The earlier line.
        earlier: u64,
        /// The value of the later line.
        what: String,
    },
    /// The file has a header and no lines.
    #[error("the file has no lines below its header")]
    NoLines,
    /// Lines of several forces in a layout that has one force in each file.
    #[error(
        "line {line} is reported by {other}, and the first line by {first}: submit the file of each force by itself"
    )]
    SeveralForces {
        /// The first line of another force.
        line: u64,
        /// The force of the first line.
        first: String,
        /// The other force.
        other: String,
    },
    /// Two months have the same figures in every cell.
    #[error("{later} repeats the figures of {earlier} in every cell: one of them is under the wrong name")]
    RepeatedPeriod {
        /// The earlier month.
        earlier: Month,
        /// The later month.
        later: Month,
    },
    /// Neither the file nor its name gives the month.
    #[error("the content does not say which month it is of: name the file `YYYY-MM.csv`, not `{0}`")]
    NoPeriod(String),
    /// Neither the file nor its name gives the year.
    #[error(
        "the content does not say which year it is of: name the file after the one year (`times-2018.csv`), not `{0}`"
    )]
    NoYear(String),
    /// The name of the file does not give the month and the Metropolitan Police.
    #[error(
        "the content does not say who searched, and only the searches of the Metropolitan Police are figures of an area: \
         the file is named as published, `YYYY-MM-metropolitan-stop-and-search.csv`, and not `{0}`"
    )]
    NoForce(String),
    /// An area that the layout is of is in no list.
    #[error("the list of areas has no {0}")]
    NoArea(&'static str),
}
