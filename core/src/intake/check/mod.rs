//! The checks that need more than one value. They run over whole columns, and build nothing unless they find a fault.

mod areas;
mod codes;
mod dates;
mod groups;
mod presence;
mod references;
mod rules;
mod unique;

use std::num::NonZeroUsize;

use arrow::buffer::ScalarBuffer;
use jiff::civil::Date;

use crate::column::{Batch, Column, DaySpan, MISSING_DATE, YES};
use crate::contract::{Dataset, Field};
use crate::period::date_of_days;
use crate::reference::Reference;

use super::derive::{derive, missing};
use super::findings::{Findings, Place};
use super::held::take;
use super::registry::{self as known, Known};
use super::row_set::RowSet;
use super::{Checked, CheckedRows, Declared, Held, IntakeError, LeftOut, Mode, RowCheck, Table, TableBuilder, show};
use references::References;

/// Checks the rows of a submission and keeps those without errors.
pub(super) fn finish(
    table_builder: TableBuilder,
    declared: &Declared,
    reference: &Reference,
    (held, checks): (&dyn Held, &[&dyn RowCheck]),
) -> Result<Checked, IntakeError> {
    let judged = table_builder.limits.judge_errors;
    let (table, mut findings) = columns(table_builder, reference)?;
    let references = References::locate(&table, held);
    let mut check =
        Check { table: &table, declared, reference, references, findings: &mut findings, period: vec![].into() };
    check.period = check.period_days();
    check.run(checks);
    let days = check.period;
    findings.sort();
    settle(table, findings, &days, judged)
}

/// If the share of rows with errors is above the limit of the dataset, the limit in percent; otherwise `None`. Above the limit
/// all rows are refused.
#[must_use]
pub fn too_many_errors(dataset: &Dataset, rejected: u64, received: u64) -> Option<f64> {
    let limit = dataset.reject_above_percent();
    (share(rejected, received) > limit).then_some(limit)
}

/// Every column of the dataset, with the derived columns.
fn columns(table_builder: TableBuilder, reference: &Reference) -> Result<(Table, Findings), IntakeError> {
    let TableBuilder { dataset, rows, columns, mut findings, whole, threads, .. } = table_builder;
    let reads = columns.iter().any(Option::is_some);
    let mut suppressed = Vec::new();
    let mut table = Table { dataset, rows, columns: Vec::new(), settled: Vec::new(), whole, threads };
    for (field, field_builder) in dataset.fields.iter().zip(columns) {
        let Some(mut field_builder) = field_builder else {
            table.columns.push(missing(&field.kind, if whole { rows } else { 0 }));
            table.settled.push(super::RowSet::default());
            continue;
        };
        field_builder.builder.fill(rows);
        field_builder.settle(&mut findings);
        let (column, tally) = field_builder.builder.finish();
        if let Some(kind) = tally.verdict() {
            return Err(IntakeError::IdentifierValues { column: &field.name, kind });
        }
        table.columns.push(column);
        table.settled.push(field_builder.settled);
        suppressed.push((field, field_builder.suppressed));
    }
    for (field, rows) in suppressed.iter().filter(|(_, rows)| !rows.is_empty()) {
        table.suppress(&field.options.suppressed_flag, rows);
    }
    for (position, field) in dataset.fields.iter().enumerate() {
        // If only some fields are read, the engine computes other derived fields when it needs them. Here only the fields that
        // place a row are computed.
        let wanted = whole || (reads && dataset.options.period_fields.contains(&field.name));
        let Some(how) = field.derivation.as_ref().filter(|_| wanted) else { continue };
        let derived = derive(dataset, field, how, rows, reference, &|name| table.column(name));
        if let Some(column) = table.columns.get_mut(position) {
            *column = derived;
        }
    }
    Ok((table, findings))
}

/// Leaves out the rows with errors, or refuses all rows if the share of errors is judged and too large. `days` are the days
/// that place the rows in a period.
fn settle(table: Table, findings: Findings, days: &[i32], judged: bool) -> Result<Checked, IntakeError> {
    let left_out = LeftOut::of(&table, &findings);
    let Table { dataset, mut rows, mut columns, whole, threads, .. } = table;
    let received_rows = rows;
    let (received, rejected) = (u64::try_from(rows).unwrap_or(u64::MAX), findings.rejected());
    if let Some(limit_percent) = too_many_errors(dataset, rejected, received).filter(|_| judged) {
        let findings = Box::new(findings);
        return Err(IntakeError::TooManyErrors { received, rejected, limit_percent, findings });
    }
    if rejected > 0 {
        let accepted = (1..=u32::MAX).zip(0..rows).filter(|(_, row)| !findings.is_rejected(*row));
        let accepted: Vec<u32> = accepted.map(|(position, _)| position).collect();
        rows = accepted.len();
        // A column that was not read stays empty.
        let read = |column: &Column| column.len() == received_rows;
        columns.iter_mut().filter(|column| read(column)).for_each(|column| *column = take(column, &accepted));
    }
    let kept = dataset.fields.iter().zip(columns).filter(|(field, _)| !field.transient());
    let columns = kept.map(|(_, column)| column).collect();
    let batch = if whole { Batch::new(dataset, columns, rows) } else { Batch::partial(dataset, columns, rows) };
    let keys = if whole { super::row_keys(&batch) } else { Vec::new() };
    let span = span(days, &findings, threads);
    Ok(Checked { batch, keys, received, rejected, findings, span, left_out })
}

/// First and last day of the rows without errors.
fn span(days: &[i32], findings: &Findings, threads: NonZeroUsize) -> Option<(Date, Date)> {
    let span = if findings.rejected() == 0 {
        DaySpan::of(days, threads)
    } else {
        let accepted = days.iter().enumerate().filter(|(row, _)| !findings.is_rejected(*row));
        DaySpan::of(&accepted.map(|(_, day)| *day).collect::<Vec<_>>(), threads)
    };
    let (first, last) = span.ends()?;
    date_of_days(first).zip(date_of_days(last))
}

/// A part in percent of the whole.
#[expect(clippy::cast_precision_loss, reason = "rows are far fewer than 2^53")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

impl Table {
    /// The column of a field.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.get(self.dataset.position(name)?).filter(|column| column.len() == self.rows)
    }

    /// Sets a flag of rows.
    fn suppress(&mut self, flag: &str, rows: &RowSet) {
        let column = self.dataset.position(flag).and_then(|position| self.columns.get_mut(position));
        if let Some(Column::U8(values)) = column {
            let set = |(row, value): (usize, &u8)| if rows.get(row) { YES } else { *value };
            *values = values.iter().enumerate().map(set).collect::<Vec<_>>().into();
        }
    }

    /// Whether the value already has a finding, or says "not known".
    pub(super) fn is_settled(&self, position: usize, row: usize) -> bool {
        self.settled.get(position).is_some_and(|settled| settled.get(row))
    }

    fn fields(&self) -> impl Iterator<Item = (usize, &'static Field, &Column)> {
        let fields = self.dataset.fields.iter().zip(&self.columns).enumerate();
        fields.map(|(position, (field, column))| (position, field, column))
    }
}

/// One run of the checks.
struct Check<'a> {
    table: &'a Table,
    declared: &'a Declared,
    reference: &'a Reference,
    references: References<'a>,
    findings: &'a mut Findings,
    /// The day that places each row in a period.
    period: ScalarBuffer<i32>,
}

impl Check<'_> {
    fn run(&mut self, checks: &[&dyn RowCheck]) {
        self.presence();
        if !self.table.whole {
            // Nothing is read of a dataset that no measure needs.
            if self.table.columns.iter().any(|column| !column.is_empty()) {
                self.period_window();
                self.row_checks(checks);
            }
            return;
        }
        if self.declared.mode == Mode::Delete {
            self.row_checks(checks);
            self.repeated_keys();
            return;
        }
        self.references_held();
        self.period_window();
        self.after_extract();
        self.date_order();
        self.minute_order();
        self.dates_within();
        self.last_days();
        self.areas();
        self.codes();
        self.differences();
        self.upper_limits();
        self.rules();
        self.row_checks(checks);
        // A row with an error takes part in no check of several rows.
        self.repeated_keys();
        self.whole_twice();
        self.uniques();
        self.exists();
        self.group_sizes();
        self.group_members();
        self.overlaps();
    }

    /// Checks that need more than the contract.
    fn row_checks(&mut self, checks: &[&dyn RowCheck]) {
        let area_field = &self.table.dataset.options.area_field;
        let area = self.field_of(area_field).zip(self.column_of(area_field));
        let area = area.filter(|(_, column)| column.len() == self.table.rows);
        let rows = CheckedRows { table: self.table, days: &self.period.clone(), area, reference: self.reference };
        for check in checks {
            check.check(&rows, &mut |known, row, field, detail| match rows.dataset().field(field) {
                Some(field) => self.raise(known, row, field, detail),
                None => self.findings.raise(known, Place::row(row), String::new, detail),
            });
            if let Some((known, detail)) = check.of_all(&rows) {
                self.findings.raise(known, Place { row: None, field: None }, String::new, || detail);
            }
        }
    }

    fn raise(&mut self, known: &'static Known, row: usize, field: &'static Field, detail: impl FnOnce() -> String) {
        let (table, reference) = (self.table, self.reference);
        let value =
            || table.column(&field.name).map_or_else(String::new, |column| show(field, column, row, reference));
        self.findings.raise(known, Place::field(row, field), value, detail);
    }

    /// The first period field of each row that has a value.
    fn period_days(&self) -> ScalarBuffer<i32> {
        if let [name] = self.table.dataset.options.period_fields.as_slice()
            && let Some(Column::I32(days)) = self.column_of(name)
        {
            return days;
        }
        let mut days = vec![MISSING_DATE; self.table.rows];
        for name in &self.table.dataset.options.period_fields {
            let column = self.column_of(name);
            let Some(values) = column.as_ref().and_then(Column::as_i32) else { continue };
            for (day, value) in days.iter_mut().zip(values) {
                if *day == MISSING_DATE {
                    *day = *value;
                }
            }
        }
        days.into()
    }

    /// The column with a name. A name with a dot is a column of the dataset that this dataset refers to.
    fn column_of(&self, name: &str) -> Option<Column> {
        match name.split_once('.') {
            Some((dataset, field)) => self.references.gather(dataset, field),
            None => self.table.column(name).cloned(),
        }
    }

    /// The field of such a name.
    fn field_of(&self, name: &str) -> Option<&'static Field> {
        let dataset: &'static Dataset = self.table.dataset;
        match name.split_once('.') {
            Some((other, field)) => self.references.to(other)?.dataset.field(field),
            None => dataset.field(name),
        }
    }
}
