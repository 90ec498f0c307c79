//! The chunks of one submission become checked canonical columns, and findings that say what to do.
//!
//! Chunks are typed rows, CSV bytes or Arrow IPC bytes, cut anywhere. Every value is read into its canonical form as it
//! arrives, with nothing else kept of it; the checks then run over whole columns. A row with an error is left out; a
//! file with too many of them, or with a direct identifier in it, is refused.
//!
//! ```
//! use jiff::civil::date;
//! use peelian_core::contract::Contract;
//! use peelian_core::intake::{Declared, Intake, Limits, Mode, NothingHeld};
//! use peelian_core::reference::Reference;
//!
//! let dataset = Contract::get().dataset("local_priority").ok_or("no such dataset")?;
//! let declared = Declared {
//!     period_first: date(2017, 4, 1),
//!     period_last: date(2018, 3, 31),
//!     extract_date: date(2018, 4, 30),
//!     mode: Mode::ReplacePeriod,
//! };
//! let mut intake = Intake::new(&Reference::from_seeds()?, dataset, declared, Limits::default())?;
//! intake.push_csv(b"borough,valid_from,priority_1,priority_2\nE09000028,2017-04-01,robbery_personal,")?;
//! intake.push_csv(b"burglary_residential\n")?;
//! let checked = intake.finish(&NothingHeld)?;
//! assert_eq!((checked.received, checked.rejected), (1, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arrow_cells;
mod batches;
mod cells;
mod check;
mod csv;
mod derive;
mod error;
mod findings;
mod forms;
mod header;
mod held;
mod ipc;
mod look_up;
mod lz4;
mod marks;
pub mod outgoing;
mod parse;
mod registry;
mod seen;
mod show;
mod single;
mod text;
mod tripwire;
mod typed;
mod views;

pub use check::too_many_errors;
pub use csv::csv_header;
pub(crate) use derive::{attribute_table, derive, sources_of};
pub use error::IntakeError;
pub use findings::{Count, Finding, Findings};
pub(crate) use held::combine_any;
pub use held::{Held, HeldBatches, NothingHeld, row_keys, take};
pub use registry::{Known, REGISTRY, Scope};
pub use show::show;
pub(crate) use single::single_columns;
pub use tripwire::Identifier;
pub(crate) use tripwire::in_column_name;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use peelian::Record;

use crate::column::{Batch, Column};
use crate::contract::{Dataset, Field};
use crate::reference::Reference;

use cells::{Cells, Context};
use csv::CsvDecoder;
use findings::Place;
use ipc::IpcDecoder;
use marks::Marks;

/// What a submission does to the rows held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// The rows are all there is in the declared period.
    ReplacePeriod,
    /// The rows are added to, or take the place of, rows of the same keys.
    Merge,
    /// The rows with these keys are deleted. Only key fields are needed.
    Delete,
}

/// What a submission says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// First day of the period.
    pub period_first: Date,
    /// Last day of the period.
    pub period_last: Date,
    /// Day of the extract, in London.
    pub extract_date: Date,
    /// What it does.
    pub mode: Mode,
}

/// Limits on one submission.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most rows.
    pub max_rows: usize,
    /// Most bytes of CSV or Arrow content, as received and as expanded. Typed rows are counted by who decodes them.
    pub max_bytes: usize,
    /// Most findings of each code that are kept. All are counted.
    pub max_findings_kept: u64,
    /// Whether too large a share of rows with errors refuses all of them. Of the parts of one submission each is
    /// checked by itself, and the share is judged over all: see [`too_many_errors`].
    pub judge_errors: bool,
}

impl Default for Limits {
    /// A million rows, 512 MiB, a thousand findings of each code.
    fn default() -> Self {
        Self { max_rows: 1_000_000, max_bytes: 512 << 20, max_findings_kept: 1_000, judge_errors: true }
    }
}

/// The checked rows of a submission.
#[derive(Debug)]
pub struct Checked {
    /// The rows without errors.
    pub batch: Batch,
    /// Their keys; empty where the dataset has none.
    pub keys: Vec<u64>,
    /// Rows received.
    pub received: u64,
    /// Rows with errors, which are left out.
    pub rejected: u64,
    /// What was found.
    pub findings: Findings,
    /// First and last day of these rows, by the date that places each in a period; `None` where no row has one.
    pub span: Option<(Date, Date)>,
}

/// One submission on its way in.
#[derive(Debug)]
pub struct Intake {
    growing: Growing,
    declared: Declared,
    reference: Reference,
    source: Source,
    bytes: usize,
}

#[derive(Debug)]
enum Source {
    Nothing,
    Rows,
    Csv(Box<CsvDecoder>),
    Arrow(Box<IpcDecoder>),
    Batches,
}

impl Source {
    fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "no",
            Self::Rows => "typed",
            Self::Csv(_) => "CSV",
            Self::Arrow(_) => "Arrow IPC",
            Self::Batches => "Arrow",
        }
    }
}

/// Columns while rows arrive.
#[derive(Debug)]
struct Growing {
    dataset: &'static Dataset,
    mode: Mode,
    limits: Limits,
    /// Whether all fields are read.
    whole: bool,
    /// How many threads read and check.
    threads: NonZeroUsize,
    /// One for each field, `None` for derived ones and those that are not read.
    columns: Vec<Option<Growth>>,
    rows: usize,
    findings: Findings,
}

#[derive(Debug)]
struct Growth {
    field: &'static Field,
    cells: Box<dyn Cells>,
    settled: Marks,
}

impl Intake {
    /// Begins a submission. The reference data are shared, not copied.
    ///
    /// # Errors
    ///
    /// [`IntakeError::NoKey`] for a merge or deletion where rows have no key; [`IntakeError::NoList`] where a code list
    /// of the dataset is not loaded.
    pub fn new(
        reference: &Reference,
        dataset: &'static Dataset,
        declared: Declared,
        limits: Limits,
    ) -> Result<Self, IntakeError> {
        if declared.mode != Mode::ReplacePeriod && dataset.options.key.is_empty() {
            return Err(IntakeError::NoKey { dataset: &dataset.id });
        }
        let columns = dataset
            .fields
            .iter()
            .map(|field| {
                if field.derivation.is_some() {
                    return Ok(None);
                }
                let cells = cells::cells(&dataset.id, field, reference)?;
                Ok(Some(Growth { field, cells, settled: Marks::default() }))
            })
            .collect::<Result<_, IntakeError>>()?;
        let findings = Findings::new(limits.max_findings_kept);
        Ok(Self {
            growing: Growing {
                dataset,
                mode: declared.mode,
                limits,
                whole: true,
                threads: NonZeroUsize::MIN,
                columns,
                rows: 0,
                findings,
            },
            declared,
            reference: reference.clone(),
            source: Source::Nothing,
            bytes: 0,
        })
    }

    /// Reads these fields only, for a computation that needs no others. Their values are checked one by one, and that
    /// required ones are there; what needs other fields (keys that repeat, references, rules) is not.
    #[must_use]
    pub(crate) fn only(mut self, fields: &BTreeSet<&'static str>) -> Self {
        for growth in &mut self.growing.columns {
            growth.take_if(|growth| !fields.contains(growth.field.name.as_str()));
        }
        self.growing.whole = false;
        self
    }

    /// Takes typed rows. What they say in derived fields is not looked at.
    ///
    /// # Errors
    ///
    /// Rows of another dataset, chunks of another encoding before, or too many rows.
    pub fn push_rows<R: Record>(&mut self, rows: &[R]) -> Result<(), IntakeError> {
        match &self.source {
            Source::Nothing => self.source = Source::Rows,
            Source::Rows => {}
            other => return Err(IntakeError::MixedEncodings { first: other.name(), then: "typed" }),
        }
        self.growing.push_rows(rows)
    }

    /// Takes the next bytes of a CSV file, cut anywhere: RFC 4180 with a header row, UTF-8 with or without a byte
    /// order mark. Sets are separated by `;` or `|`.
    ///
    /// # Errors
    ///
    /// A header that does not fit the dataset, bytes that are not UTF-8, chunks of another encoding before, or too many
    /// rows or bytes. A row of the wrong width is a finding, not an error.
    pub fn push_csv(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.count(bytes)?;
        if matches!(self.source, Source::Nothing) {
            self.source = Source::Csv(Box::new(CsvDecoder::new()));
        }
        match &mut self.source {
            Source::Csv(decoder) => decoder.push(bytes, &mut self.growing),
            other => Err(IntakeError::MixedEncodings { first: other.name(), then: "CSV" }),
        }
    }

    /// Takes the next bytes of an Arrow IPC stream, cut anywhere; buffers may be compressed with LZ4.
    ///
    /// # Errors
    ///
    /// A schema that does not fit the dataset, malformed messages, chunks of another encoding before, or too many rows
    /// or bytes, as they are or expanded.
    pub fn push_arrow(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.count(bytes)?;
        if matches!(self.source, Source::Nothing) {
            self.source = Source::Arrow(Box::new(IpcDecoder::new(self.growing.limits.max_bytes)));
        }
        match &mut self.source {
            Source::Arrow(decoder) => decoder.push(bytes, &mut self.growing),
            other => Err(IntakeError::MixedEncodings { first: other.name(), then: "Arrow IPC" }),
        }
    }

    /// Takes record batches that are in memory already, on so many threads. They may come from another language: Arrow's
    /// own invariants are checked before anything is read.
    ///
    /// # Errors
    ///
    /// As [`Intake::push_arrow`]; [`IntakeError::Arrow`] where an array is not what Arrow says it must be.
    pub fn push_batches(&mut self, batches: &[RecordBatch], threads: NonZeroUsize) -> Result<(), IntakeError> {
        match &self.source {
            Source::Nothing => self.source = Source::Batches,
            Source::Batches => {}
            other => return Err(IntakeError::MixedEncodings { first: other.name(), then: "Arrow" }),
        }
        self.growing.push_batches(batches, threads)
    }

    /// Checks everything. `held` answers for the rows that this dataset refers to.
    ///
    /// # Errors
    ///
    /// Content that ends in the middle, a column of direct identifiers, or too large a share of rows with errors; the
    /// last carries the findings.
    pub fn finish(mut self, held: &dyn Held) -> Result<Checked, IntakeError> {
        match std::mem::replace(&mut self.source, Source::Nothing) {
            Source::Csv(decoder) => decoder.finish(&mut self.growing)?,
            Source::Arrow(decoder) => decoder.finish(&mut self.growing)?,
            Source::Nothing | Source::Rows | Source::Batches => {}
        }
        check::finish(self.growing, &self.declared, &self.reference, held)
    }

    fn count(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        let limit = self.growing.limits.max_bytes;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > limit { Err(IntakeError::TooManyBytes { limit }) } else { Ok(()) }
    }
}

impl Growing {
    /// The position of the field of each column of a file.
    fn resolve(&self, names: &[&str]) -> Result<Vec<usize>, IntakeError> {
        if self.whole {
            return header::resolve(self.dataset, self.mode, names);
        }
        header::resolve_part(self.dataset, names, |position| self.columns.get(position).is_some_and(Option::is_some))
    }

    /// Whether so many more rows are allowed.
    fn admit(&self, rows: usize) -> Result<(), IntakeError> {
        let limit = self.limits.max_rows;
        if self.rows.saturating_add(rows) > limit { Err(IntakeError::TooManyRows { limit }) } else { Ok(()) }
    }

    /// Text is held as it is.
    fn check_text_bytes(&self) -> Result<(), IntakeError> {
        let limit = self.limits.max_bytes.min(text::MOST_BYTES);
        let texts = self.columns.iter().flatten().map(|growth| growth.cells.text_bytes());
        let held = texts.fold(0, usize::saturating_add);
        if held > limit { Err(IntakeError::TooManyBytes { limit }) } else { Ok(()) }
    }

    fn with<T>(&mut self, position: usize, act: impl FnOnce(&mut dyn Cells, &mut Context<'_>) -> T) -> Option<T> {
        let growth = self.columns.get_mut(position)?.as_mut()?;
        let mut context = Context { findings: &mut self.findings, field: growth.field, settled: &mut growth.settled };
        Some(act(growth.cells.as_mut(), &mut context))
    }

    /// A row of the wrong width: nothing in it can be trusted.
    fn ragged(&mut self, row: usize, expected: usize, got: usize) {
        let detail = || format!("The row has {got} values, the header {expected}.");
        self.findings.raise(&registry::RAGGED_ROW, Place::row(row), String::new, detail);
        for growth in self.columns.iter_mut().flatten() {
            growth.cells.fill(row + 1);
            growth.settled.set(row);
        }
    }
}

/// Columns of all fields, with nothing checked but each value by itself.
#[derive(Debug)]
struct Table {
    dataset: &'static Dataset,
    rows: usize,
    /// One for each field; empty for one that is not read.
    columns: Vec<Column>,
    settled: Vec<Marks>,
    /// Whether all fields are read.
    whole: bool,
    threads: NonZeroUsize,
}

#[cfg(test)]
mod tests;
