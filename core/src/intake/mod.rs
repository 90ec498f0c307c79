//! Turns the chunks of one submission into checked canonical columns, and findings that say what to do.
//!
//! Chunks are typed rows, CSV bytes or Arrow IPC bytes; bytes may be cut anywhere. Every value is converted to its canonical
//! form as it arrives, and nothing else of it is kept. Then the checks run over whole columns. A row with an error is left
//! out. A file with too many errors, or with a direct identifier, is refused.
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

mod arrow_types;
mod arrow_values;
mod batches;
mod builder;
mod check;
mod compressed;
mod context;
mod csv;
mod derive;
mod direct_identifier;
mod due_on;
mod error;
mod faults;
mod findings;
mod fixed_width;
mod header;
mod held;
mod ipc;
mod left_out;
mod look_up;
mod loose;
mod nearest_codes;
mod new_builder;
pub mod outgoing;
mod parse;
mod parts;
mod places;
pub(crate) mod quote;
mod readers;
pub mod registry;
mod row_check;
mod row_set;
mod show;
mod single;
mod text;
mod text_cache;
mod typed;
mod views;

pub use check::too_many_errors;
pub use csv::csv_header;
pub(crate) use derive::{attribute_table, derive, sources_of};
pub(crate) use direct_identifier::in_column_name;
pub use direct_identifier::{Identifier, in_text as identifier_in};
pub use error::{IntakeError, UnknownColumn};
pub use findings::{Count, Finding, Findings};
pub(crate) use header::nearest as nearest_field;
pub use held::{Held, HeldBatches, NothingHeld, row_keys, take};
pub(crate) use ipc::all_batches;
pub use left_out::{LeftOut, partial_key};
pub use loose::OTHER_FORMAT;
pub(crate) use loose::days_and_fraction;
pub(crate) use parse::{UNKNOWN, is_missing, is_unambiguous, local_day};
pub use registry::{Known, REGISTRY, Scope};
pub use row_check::{CheckedRows, Raise, RowCheck};
pub use show::show;
pub(crate) use single::{single_columns, unreadable};

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use peelian::Record;

use crate::column::{Batch, Column};
use crate::contract::{Dataset, Field, Kind};
use crate::reference::Reference;

use builder::ColumnBuilder;
use context::{Context, Told};
use csv::CsvDecoder;
use findings::Place;
use ipc::IpcDecoder;
use loose::Order;
use row_set::RowSet;

/// The effect of a submission on the rows held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// The rows replace all rows of the declared period.
    ReplacePeriod,
    /// The rows are added, or replace rows with the same keys.
    Merge,
    /// The rows with these keys are deleted. Only key fields are needed.
    Delete,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::ReplacePeriod, Self::Merge, Self::Delete];

    /// Stable identifier.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::ReplacePeriod => "replace_period",
            Self::Merge => "merge",
            Self::Delete => "delete",
        }
    }

    /// The mode of an identifier; `None` if no mode has it.
    ///
    /// ```
    /// use peelian_core::intake::Mode;
    ///
    /// assert_eq!(Mode::from_id("merge"), Some(Mode::Merge));
    /// assert_eq!(Mode::from_id("append"), None);
    /// ```
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.id() == id)
    }
}

/// What the header of a submission declares.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// First day of the period.
    pub period_first: Date,
    /// Last day of the period.
    pub period_last: Date,
    /// Day of the extract, in London.
    pub extract_date: Date,
    /// Effect on the rows held.
    pub mode: Mode,
}

/// Limits on one submission.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most rows.
    pub max_rows: usize,
    /// Most bytes of CSV or Arrow content, as received and as expanded. The decoder of typed rows counts their bytes.
    pub max_bytes: usize,
    /// Most findings of each code that are kept. All are counted.
    pub max_findings_kept: u64,
    /// Whether too large a share of rows with errors refuses all rows. The parts of one submission are checked one by one, and
    /// the share is judged over all parts: see [`too_many_errors`].
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
    /// The keys of these rows; empty if the dataset has no key.
    pub keys: Vec<u64>,
    /// Rows received.
    pub received: u64,
    /// Rows with errors, which are left out.
    pub rejected: u64,
    /// The findings.
    pub findings: Findings,
    /// First and last day of these rows, by the date that places a row in a period; `None` if no row has such a date.
    pub span: Option<(Date, Date)>,
    /// The rows with errors, as far as they could be read; `None` if there are none, or if only some fields are read.
    pub left_out: Option<LeftOut>,
}

/// The intake of one submission.
#[derive(Debug)]
pub struct Intake {
    table_builder: TableBuilder,
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

/// The columns while rows arrive.
#[derive(Debug)]
struct TableBuilder {
    dataset: &'static Dataset,
    mode: Mode,
    limits: Limits,
    /// Whether all fields are read.
    whole: bool,
    /// Number of threads that read and check.
    threads: NonZeroUsize,
    /// Bytes of text that are expected in all.
    expected_bytes: usize,
    /// One for each field; `None` for a derived field and for a field that is not read.
    columns: Vec<Option<FieldBuilder>>,
    /// The positions of the fields that have a column; `None` if there are no headings, as of typed rows.
    named: Option<BTreeSet<usize>>,
    rows: usize,
    findings: Findings,
}

#[derive(Debug)]
struct FieldBuilder {
    field: &'static Field,
    builder: Box<dyn ColumnBuilder>,
    settled: RowSet,
    suppressed: RowSet,
}

impl FieldBuilder {
    /// Decides the values that only the whole column decides.
    fn settle(&mut self, findings: &mut Findings) {
        let decided = self.builder.day_order();
        if let Some((order, row)) = decided {
            let which = if order == Order::DayFirst { "day" } else { "month" };
            let line = findings.places.line(row);
            let place = if line > 0 { format!("line {line}") } else { format!("row {}", row + 1) };
            let detail = || format!("The dates are read with the {which} first, as {place} leaves no other reading.");
            let place = Place { row: None, field: Some(self.field) };
            findings.raise(&registry::DAY_ORDER_READ, place, String::new, detail);
        }
        let (settled, suppressed) = (&mut self.settled, &mut self.suppressed);
        let mut context = Context { told: Told::Findings(findings), field: self.field, settled, suppressed };
        self.builder.settle(decided.map(|(order, _)| order), &mut context);
    }
}

impl Intake {
    /// Starts the intake of a submission. The reference data are shared, not copied.
    ///
    /// # Errors
    ///
    /// [`IntakeError::NoKey`] for a merge or a deletion if the rows have no key; [`IntakeError::NoList`] if a code list of the
    /// dataset is not loaded.
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
                let builder = new_builder::new_builder(&dataset.id, field, reference)?;
                Ok(Some(FieldBuilder { field, builder, settled: RowSet::default(), suppressed: RowSet::default() }))
            })
            .collect::<Result<_, IntakeError>>()?;
        let findings = Findings::new(limits.max_findings_kept, reference);
        Ok(Self {
            table_builder: TableBuilder {
                dataset,
                mode: declared.mode,
                limits,
                whole: true,
                threads: NonZeroUsize::MIN,
                expected_bytes: 0,
                columns,
                named: None,
                rows: 0,
                findings,
            },
            declared,
            reference: reference.clone(),
            source: Source::Nothing,
            bytes: 0,
        })
    }

    /// Reads tables of text, and checks rows, on a number of threads. The rows and findings are the same for any number. The
    /// default is one thread.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    ///
    /// use jiff::civil::date;
    /// use peelian_core::contract::Contract;
    /// use peelian_core::intake::{Declared, Intake, Limits, Mode, NothingHeld};
    /// use peelian_core::reference::Reference;
    ///
    /// let dataset = Contract::get().dataset("local_priority").ok_or("no such dataset")?;
    /// let (first, last) = (date(2017, 4, 1), date(2018, 3, 31));
    /// let declared = Declared { period_first: first, period_last: last, extract_date: last, mode: Mode::ReplacePeriod };
    /// let threads = NonZeroUsize::new(2).ok_or("no threads")?;
    /// let mut intake = Intake::new(&Reference::from_seeds()?, dataset, declared, Limits::default())?.with_threads(threads);
    /// intake.push_csv(b"borough,valid_from,priority_1,priority_2\n")?;
    /// intake.push_csv(b"E09000028,2017-04-01,robbery_personal,burglary_residential\n")?;
    /// assert_eq!(intake.finish(&NothingHeld)?.received, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.table_builder.threads = threads;
        self
    }

    /// Says how many bytes of a table of text are going to be pushed, so that memory is reserved once.
    #[must_use]
    pub(crate) fn expecting(mut self, bytes: usize) -> Self {
        self.table_builder.expected_bytes = bytes;
        self
    }

    /// Reads only these fields, for a computation that needs no others. Each value is checked by itself, and required values
    /// must be present. Checks that need other fields (repeated keys, references, rules) are left out.
    #[must_use]
    pub(crate) fn only(mut self, fields: &BTreeSet<&'static str>) -> Self {
        for field_builder in &mut self.table_builder.columns {
            field_builder.take_if(|field_builder| !fields.contains(field_builder.field.name.as_str()));
        }
        self.table_builder.whole = false;
        self
    }

    /// Reads typed rows. Values of derived fields are ignored.
    ///
    /// # Errors
    ///
    /// Rows of another dataset; chunks of another encoding before these; too many rows.
    pub fn push_rows<R: Record>(&mut self, rows: &[R]) -> Result<(), IntakeError> {
        match &self.source {
            Source::Nothing => self.source = Source::Rows,
            Source::Rows => {}
            other => return Err(IntakeError::MixedEncodings { first: other.name(), then: "typed" }),
        }
        self.table_builder.push_rows(rows)
    }

    /// Reads the next bytes of a table of text, cut anywhere: RFC 4180 with a header row, in UTF-8, UTF-16 or Windows-1252, with
    /// commas, semicolons or tabs. The codes of a set are separated by `;` or `|`.
    ///
    /// # Errors
    ///
    /// A header that does not fit the dataset; bytes that are no text; chunks of another encoding before these; too many rows
    /// or bytes. A row of the wrong width is a finding, not an error.
    pub fn push_csv(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.count(bytes)?;
        if matches!(self.source, Source::Nothing) {
            self.source = Source::Csv(Box::new(CsvDecoder::new()));
        }
        self.table_builder.expected_bytes = self.table_builder.expected_bytes.max(self.bytes);
        match &mut self.source {
            Source::Csv(decoder) => decoder.push(bytes, &mut self.table_builder),
            other => Err(IntakeError::MixedEncodings { first: other.name(), then: "CSV" }),
        }
    }

    /// Reads the next bytes of an Arrow IPC stream or file, cut anywhere. Buffers may be compressed with LZ4 or ZSTD.
    ///
    /// # Errors
    ///
    /// A schema that does not fit the dataset; malformed messages; chunks of another encoding before these; too many rows; too
    /// many bytes, as received or expanded.
    pub fn push_arrow(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        self.count(bytes)?;
        if matches!(self.source, Source::Nothing) {
            self.source = Source::Arrow(Box::new(IpcDecoder::new(self.table_builder.limits.max_bytes)));
        }
        match &mut self.source {
            Source::Arrow(decoder) => decoder.push(bytes, &mut self.table_builder),
            other => Err(IntakeError::MixedEncodings { first: other.name(), then: "Arrow IPC" }),
        }
    }

    /// Reads record batches in memory, on a number of threads. They may come from another language, so Arrow's invariants are
    /// checked before anything is read.
    ///
    /// # Errors
    ///
    /// As [`Intake::push_arrow`]; [`IntakeError::Arrow`] if an array breaks Arrow's invariants.
    pub fn push_batches(&mut self, batches: &[RecordBatch], threads: NonZeroUsize) -> Result<(), IntakeError> {
        match &self.source {
            Source::Nothing => self.source = Source::Batches,
            Source::Batches => {}
            other => return Err(IntakeError::MixedEncodings { first: other.name(), then: "Arrow" }),
        }
        self.table_builder.push_batches(batches, threads)
    }

    /// Bytes that the values of the rows read so far take in memory. Content that is compressed takes more than it had when it
    /// was received.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use peelian_core::contract::Contract;
    /// use peelian_core::intake::{Declared, Intake, Limits, Mode};
    /// use peelian_core::reference::Reference;
    ///
    /// let dataset = Contract::get().dataset("local_priority").ok_or("no such dataset")?;
    /// let (first, last) = (date(2017, 4, 1), date(2018, 3, 31));
    /// let declared = Declared { period_first: first, period_last: last, extract_date: last, mode: Mode::Merge };
    /// let mut intake = Intake::new(&Reference::from_seeds()?, dataset, declared, Limits::default())?;
    /// intake.push_csv(b"borough,valid_from,priority_1,priority_2\n")?;
    /// assert_eq!(intake.bytes(), 0);
    /// intake.push_csv(b"E09000028,2017-04-01,robbery_personal,burglary_residential\n")?;
    /// assert!(intake.bytes() > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        let builders = self.table_builder.columns.iter().flatten();
        builders.map(|field_builder| field_builder.builder.bytes()).fold(0, usize::saturating_add)
    }

    /// Checks all rows. `held` provides the rows that this dataset refers to.
    ///
    /// # Errors
    ///
    /// Incomplete content; a column of direct identifiers; too large a share of rows with errors, with the findings.
    pub fn finish(self, held: &dyn Held) -> Result<Checked, IntakeError> {
        self.finish_with(held, &[])
    }

    /// Checks all rows as [`Intake::finish`] does. `checks` are further checks of each row.
    ///
    /// # Errors
    ///
    /// The errors of [`Intake::finish`].
    pub fn finish_with(mut self, held: &dyn Held, checks: &[&dyn RowCheck]) -> Result<Checked, IntakeError> {
        match std::mem::replace(&mut self.source, Source::Nothing) {
            Source::Csv(decoder) => decoder.finish(&mut self.table_builder)?,
            Source::Arrow(decoder) => decoder.finish(&mut self.table_builder)?,
            Source::Nothing | Source::Rows | Source::Batches => {}
        }
        self.table_builder.tell_sets_without_column();
        check::finish(self.table_builder, &self.declared, &self.reference, (held, checks))
    }

    fn count(&mut self, bytes: &[u8]) -> Result<(), IntakeError> {
        let limit = self.table_builder.limits.max_bytes;
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > limit { Err(IntakeError::TooManyBytes { limit }) } else { Ok(()) }
    }
}

impl TableBuilder {
    /// The position of the field of each column of a file.
    fn resolve(&mut self, names: &[&str]) -> Result<Vec<usize>, IntakeError> {
        if !self.whole {
            let is_read = |position: usize| self.columns.get(position).is_some_and(Option::is_some);
            return header::resolve_part(self.dataset, names, is_read);
        }
        let positions = header::resolve(self.dataset, self.mode, names)?;
        let named = self.named.get_or_insert_default();
        named.extend(&positions);
        Ok(positions)
    }

    /// Tells which sets of codes have no column. A row without codes has none of them, so a measure that counts rows with a
    /// code counts none, although nobody said so.
    fn tell_sets_without_column(&mut self) {
        let Some(named) = self.named.take().filter(|_| self.mode != Mode::Delete && self.rows > 0) else { return };
        let fields = self.dataset.fields.iter().enumerate().filter(|(position, _)| !named.contains(position));
        for (_, field) in fields.filter(|(_, field)| matches!(field.kind, Kind::Set(_)) && field.derivation.is_none())
        {
            let place = Place { row: None, field: Some(field) };
            let detail =
                || format!("There is no column `{}`, so measures count no row with one of its codes.", field.name);
            self.findings.raise(&registry::NO_SET_COLUMN, place, String::new, detail);
        }
    }

    /// Checks that this number of further rows is allowed.
    fn admit(&self, rows: usize) -> Result<(), IntakeError> {
        let limit = self.limits.max_rows;
        if self.rows.saturating_add(rows) > limit { Err(IntakeError::TooManyRows { limit }) } else { Ok(()) }
    }

    /// Checks the bytes of text, which is stored unchanged.
    fn check_text_bytes(&self) -> Result<(), IntakeError> {
        let limit = self.limits.max_bytes.min(text::MOST_BYTES);
        let texts = self.columns.iter().flatten().map(|field_builder| field_builder.builder.text_bytes());
        let held = texts.fold(0, usize::saturating_add);
        if held > limit { Err(IntakeError::TooManyBytes { limit }) } else { Ok(()) }
    }

    fn with<T>(
        &mut self,
        position: usize,
        act: impl FnOnce(&mut dyn ColumnBuilder, &mut Context<'_>) -> T,
    ) -> Option<T> {
        let field_builder = self.columns.get_mut(position)?.as_mut()?;
        let (settled, suppressed) = (&mut field_builder.settled, &mut field_builder.suppressed);
        let told = Told::Findings(&mut self.findings);
        let mut context = Context { told, field: field_builder.field, settled, suppressed };
        Some(act(field_builder.builder.as_mut(), &mut context))
    }

    /// Records a row of the wrong width. None of its values can be trusted.
    fn ragged(&mut self, row: usize, expected: usize, got: usize) {
        let detail = || format!("The row has {got} values, the header {expected}.");
        self.findings.raise(&registry::RAGGED_ROW, Place::row(row), String::new, detail);
        for field_builder in self.columns.iter_mut().flatten() {
            field_builder.builder.fill(row + 1);
            field_builder.settled.set(row);
        }
    }
}

/// The columns of all fields. Each value has been checked by itself, and nothing else.
#[derive(Debug)]
struct Table {
    dataset: &'static Dataset,
    rows: usize,
    /// One for each field; empty for a field that is not read.
    columns: Vec<Column>,
    settled: Vec<RowSet>,
    /// Whether all fields are read.
    whole: bool,
    threads: NonZeroUsize,
}

#[cfg(test)]
mod tests;
