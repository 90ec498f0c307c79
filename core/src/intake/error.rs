//! Why a submission is refused as a whole.

use super::direct_identifier::Identifier;
use super::findings::Findings;
use super::registry::{self as known, Known};

/// Why a submission is refused as a whole. No message quotes a value.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// No header row.
    #[error("the content has no header row: the first line names the columns")]
    NoHeader,
    /// Columns that the dataset does not have.
    #[error("{}", unknown_columns(dataset, columns, missing))]
    UnknownColumns {
        /// The dataset.
        dataset: &'static str,
        /// The columns.
        columns: Vec<UnknownColumn>,
        /// Names of required columns that the content does not have.
        missing: Vec<&'static str>,
    },
    /// A column that has no heading, but holds values: in the first column, more than the numbers of rows.
    #[error(
        "column {column} has no heading and {}: name it, or remove it",
        if column == "A" { "is more than a number for each row" } else { "has values" }
    )]
    NoHeading {
        /// The letters of the column in a spreadsheet.
        column: String,
    },
    /// Required columns that the content does not have.
    #[error("required columns are missing: {}", columns.join(", "))]
    MissingColumns {
        /// Their names.
        columns: Vec<&'static str>,
    },
    /// A column that occurs twice.
    #[error("the column `{column}` occurs twice")]
    RepeatedColumn {
        /// Its name.
        column: &'static str,
    },
    /// A derived column.
    #[error("the column `{column}` is derived from other fields and is never submitted: remove it")]
    DerivedColumn {
        /// Its name.
        column: &'static str,
    },
    /// An Arrow column of a type from which its field cannot be read.
    #[error("the column `{column}` has the type {got}, expected {expected}")]
    ColumnType {
        /// Its name.
        column: &'static str,
        /// The types that are accepted.
        expected: &'static str,
        /// The type.
        got: String,
    },
    /// Bytes that are text in no encoding that is read.
    #[error("byte {position} is text neither in UTF-8 nor in Windows-1252: save the file as UTF-8")]
    NotUtf8 {
        /// Position of the first such byte in the content, from 0.
        position: u64,
    },
    /// Bytes of another kind of file.
    #[error("the content is {kind} and not a table of text: {advice}")]
    OtherFile {
        /// The kind.
        kind: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A line above the limit.
    #[error("line {line} is longer than {limit} bytes: look for a quote that is not closed")]
    RecordTooLong {
        /// Line, from 1, as a spreadsheet shows it.
        line: u64,
        /// Most bytes that a line may have.
        limit: usize,
    },
    /// Bytes that are not an Arrow IPC stream, or an array that breaks Arrow's invariants.
    #[error("the content is not valid Arrow data: {reason}")]
    Arrow {
        /// The reason.
        reason: String,
    },
    /// Incomplete content.
    #[error("the content is incomplete: send all of it")]
    CutShort,
    /// Chunks of different encodings.
    #[error("a submission has one encoding: {then} chunks cannot follow {first} chunks")]
    MixedEncodings {
        /// Encoding of the first chunk.
        first: &'static str,
        /// Encoding of this chunk.
        then: &'static str,
    },
    /// Records of another dataset.
    #[error("the records are {got}; the records of the dataset {dataset} are {expected}")]
    OtherRecord {
        /// The dataset declared.
        dataset: &'static str,
        /// Its message.
        expected: &'static str,
        /// The message received.
        got: &'static str,
    },
    /// A merge or a deletion in a dataset without keys.
    #[error("the rows of {dataset} have no key, so only a whole period can be replaced")]
    NoKey {
        /// The dataset.
        dataset: &'static str,
    },
    /// A code list that the dataset needs is not loaded.
    #[error("the code list `{list}` of {dataset} is not loaded")]
    NoList {
        /// The dataset.
        dataset: &'static str,
        /// The list.
        list: String,
    },
    /// More rows than allowed.
    #[error("the submission has more than {limit} rows: split the period")]
    TooManyRows {
        /// Most rows allowed.
        limit: usize,
    },
    /// More bytes than allowed.
    #[error("the submission has more than {limit} bytes: split the period")]
    TooManyBytes {
        /// Most bytes allowed.
        limit: usize,
    },
    /// Compressed content that expands to more bytes than allowed.
    #[error("the content expands to more than {limit} bytes: split the period, or send it uncompressed")]
    ExpandsTooFar {
        /// Most bytes allowed.
        limit: usize,
    },
    /// A column with the name of a direct identifier.
    #[error("the column {column} holds a direct identifier ({kind}): remove it and send the file again")]
    IdentifierColumn {
        /// Its name in backticks, or its number if the name itself could be of a person.
        column: String,
        /// Kind of the identifier.
        kind: Identifier,
    },
    /// A column of direct identifiers, by its values.
    #[error("values of the column `{column}` are direct identifiers ({kind}): remove them and send the file again")]
    IdentifierValues {
        /// Its name.
        column: &'static str,
        /// Kind of the identifiers.
        kind: Identifier,
    },
    /// Too large a share of rows with errors.
    #[error(
        "{rejected} of {received} rows have errors, more than {limit_percent}%: correct the rows that the findings name"
    )]
    TooManyErrors {
        /// Rows received.
        received: u64,
        /// Rows with errors.
        rejected: u64,
        /// Largest share allowed, in percent.
        limit_percent: f64,
        /// The findings.
        findings: Box<Findings>,
    },
}

/// A column that is no field of the dataset.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownColumn {
    /// Its name in backticks, or its number and shape if the name itself could be of a person.
    pub column: String,
    /// The field with the nearest name, if one is near.
    pub nearest: Option<&'static str>,
}

fn unknown_columns(dataset: &str, columns: &[UnknownColumn], missing: &[&str]) -> String {
    let mut text = match columns {
        [UnknownColumn { column, nearest: Some(nearest) }] => {
            format!("the dataset {dataset} has no column {column}; did you mean `{nearest}`?")
        }
        [UnknownColumn { column, nearest: None }] => format!("the dataset {dataset} has no column {column}"),
        several => {
            let told = several.iter().map(|UnknownColumn { column, nearest }| match nearest {
                Some(nearest) => format!("{column} (did you mean `{nearest}`?)"),
                None => column.clone(),
            });
            format!("the dataset {dataset} has none of the columns {}", told.collect::<Vec<_>>().join(", "))
        }
    };
    if !missing.is_empty() {
        let mark = if text.ends_with('?') { " " } else { "; " };
        text.push_str(&format!("{mark}required columns are missing: {}", missing.join(", ")));
    }
    text
}

impl IntakeError {
    /// The finding of the refusal.
    #[must_use]
    pub fn known(&self) -> &'static Known {
        match self {
            Self::NoHeader => &known::NO_HEADER,
            Self::UnknownColumns { .. } | Self::NoHeading { .. } => &known::UNKNOWN_COLUMN,
            Self::MissingColumns { .. } => &known::MISSING_COLUMN,
            Self::RepeatedColumn { .. } => &known::REPEATED_COLUMN,
            Self::DerivedColumn { .. } => &known::DERIVED_COLUMN,
            Self::ColumnType { .. } => &known::COLUMN_TYPE,
            Self::NotUtf8 { .. } | Self::OtherFile { .. } => &known::NOT_UTF8,
            Self::RecordTooLong { .. } => &known::RECORD_TOO_LONG,
            Self::Arrow { .. } => &known::ARROW,
            Self::CutShort => &known::CUT_SHORT,
            Self::MixedEncodings { .. } => &known::MIXED_ENCODINGS,
            Self::OtherRecord { .. } => &known::OTHER_RECORD,
            Self::NoKey { .. } => &known::NO_KEY,
            Self::NoList { .. } => &known::NO_LIST,
            Self::TooManyRows { .. } => &known::TOO_MANY_ROWS,
            Self::TooManyBytes { .. } => &known::TOO_MANY_BYTES,
            Self::ExpandsTooFar { .. } => &known::EXPANDS_TOO_FAR,
            Self::IdentifierColumn { .. } => &known::IDENTIFIER_COLUMN,
            Self::IdentifierValues { .. } => &known::IDENTIFIER_VALUES,
            Self::TooManyErrors { .. } => &known::TOO_MANY_ERRORS,
        }
    }
}
