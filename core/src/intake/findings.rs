//! The findings about a submission.

use std::collections::BTreeMap;
use std::fmt;

use crate::contract::{Field, Severity};
use crate::reference::Reference;

use super::places::Places;
use super::quote::{self, Quote};
use super::registry::{Known, Scope};

/// One finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The code: `PEEL-5001`.
    pub code: &'static str,
    /// Severity.
    pub severity: Severity,
    /// What the finding is about: the submission, a row or a value.
    pub scope: Scope,
    /// Number of the row, from 1, without the header; 0 for the whole submission.
    pub row: u64,
    /// The field; empty for a row or the whole submission.
    pub field: &'static str,
    /// The value if it has the closed form of its field, and otherwise its shape; withheld if it is personal or an identifier.
    pub value: String,
    /// The rule that is broken.
    pub rule: &'static str,
    /// The problem, and what to do.
    pub message: String,
    /// Line of the file as a spreadsheet shows it; 0 if the rows do not come from a table of text.
    pub line: u64,
    /// Letters of the column in a spreadsheet: `E`; empty if there is no line or no field.
    pub column: String,
}

/// The number of findings of a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Count {
    /// Severity of the code.
    pub severity: Severity,
    /// Number of findings raised.
    pub total: u64,
    /// Number of these findings that are kept.
    pub kept: u64,
}

/// Findings about one submission: exact counts of all, and the first findings of each code. The default has no findings.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    counts: BTreeMap<&'static str, Count>,
    kept: Vec<Finding>,
    keep_of_each: u64,
    rejected: Vec<bool>,
    /// Every error of a row: the row, the field (empty for the row as a whole) and the code.
    errors: Vec<RowError>,
    lists: Lists,
    /// Where rows and fields stand in the file.
    pub(super) places: Places,
}

/// The lists of codes and areas, for the form of values and the codes that were meant.
#[derive(Clone, Default)]
struct Lists(Option<Reference>);

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lists")
    }
}

/// An error of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowError {
    /// Row, from 0.
    pub(super) row: usize,
    /// Field; empty for the row as a whole.
    pub(super) field: &'static str,
    /// Code of the finding.
    pub(super) code: &'static str,
}

/// The place of a finding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Row, from 0; `None` for the whole submission.
    pub(super) row: Option<usize>,
    /// Field.
    pub(super) field: Option<&'static Field>,
}

impl Place {
    pub(super) fn field(row: usize, field: &'static Field) -> Self {
        Self { row: Some(row), field: Some(field) }
    }

    pub(super) fn row(row: usize) -> Self {
        Self { row: Some(row), field: None }
    }
}

impl Findings {
    pub(super) fn new(keep_of_each: u64, reference: &Reference) -> Self {
        Self { keep_of_each, lists: Lists(Some(reference.clone())), ..Self::default() }
    }

    /// No findings, of which as many are kept and which are told in the same way.
    pub(super) fn none_like(&self) -> Self {
        Self { keep_of_each: self.keep_of_each, lists: self.lists.clone(), ..Self::default() }
    }

    /// The number of findings of each code.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<&'static str, Count> {
        &self.counts
    }

    /// The findings kept, by row and then by code.
    #[must_use]
    pub fn kept(&self) -> &[Finding] {
        &self.kept
    }

    /// Number of findings of a severity, kept or not.
    #[must_use]
    pub fn total(&self, severity: Severity) -> u64 {
        self.counts.values().filter(|count| count.severity == severity).map(|count| count.total).sum()
    }

    /// Whether the row, from 0, has an error.
    #[must_use]
    pub fn is_rejected(&self, row: usize) -> bool {
        self.rejected.get(row).copied().unwrap_or(false)
    }

    pub(super) fn rejected(&self) -> u64 {
        self.rejected.iter().map(|rejected| u64::from(*rejected)).sum()
    }

    /// Raises a known finding. `value` and `detail` are called only if the finding is kept.
    pub(super) fn raise(
        &mut self,
        known: &'static Known,
        place: Place,
        value: impl FnOnce() -> String,
        detail: impl FnOnce() -> String,
    ) {
        self.raise_told(known, place, value, |_, _| detail());
    }

    /// Raises a known finding whose detail is made of the value. The detail must not repeat it.
    pub(super) fn raise_told(
        &mut self,
        known: &'static Known,
        place: Place,
        value: impl FnOnce() -> String,
        detail: impl FnOnce(&str, Option<&Reference>) -> String,
    ) {
        let message = |value: &str, reference: Option<&Reference>| {
            let detail = detail(value, reference);
            if detail.is_empty() { known.advice.to_owned() } else { format!("{detail} {}", known.advice) }
        };
        self.add(known.code, known.severity, known.scope, place, known.rule, value, message);
    }

    /// Raises a finding of a rule of the contract.
    pub(super) fn raise_rule(
        &mut self,
        code: &'static str,
        severity: Severity,
        place: Place,
        value: impl FnOnce() -> String,
        message: impl FnOnce() -> String,
    ) {
        let scope = match place {
            Place { row: None, .. } => Scope::Batch,
            Place { field: None, .. } => Scope::Row,
            Place { .. } => Scope::Field,
        };
        self.add(code, severity, scope, place, "A rule of the contract.", value, |_, _| message());
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a finding, made only if it is kept")]
    fn add(
        &mut self,
        code: &'static str,
        severity: Severity,
        scope: Scope,
        place: Place,
        rule: &'static str,
        value: impl FnOnce() -> String,
        message: impl FnOnce(&str, Option<&Reference>) -> String,
    ) {
        if let (Severity::Error, Some(row)) = (severity, place.row) {
            self.reject(row);
            let field = place.field.map_or("", |field| field.name.as_str());
            self.errors.push(RowError { row, field, code });
        }
        let count = self.counts.entry(code).or_insert(Count { severity, total: 0, kept: 0 });
        count.total += 1;
        if count.kept == self.keep_of_each {
            return;
        }
        count.kept += 1;
        let (value, reference) = (value(), self.lists.0.as_ref());
        let told = |field| quote::value(field, &value, reference);
        let Quote { text, meant } = place.field.map_or_else(Quote::default, told);
        let mut message = message(&value, reference);
        if let Some(meant) = meant {
            message.push_str(" Did you mean ");
            message.push_str(&meant);
            message.push('?');
        }
        self.kept.push(Finding {
            code,
            severity,
            scope,
            row: place.row.map_or(0, |row| u64::try_from(row).map_or(u64::MAX, |row| row.saturating_add(1))),
            field: place.field.map_or("", |field| field.name.as_str()),
            value: text,
            rule,
            message,
            line: place.row.map_or(0, |row| self.places.line(row)),
            column: place.row.and(place.field).map_or_else(String::new, |field| self.places.column(&field.name)),
        });
    }

    /// What a finding calls another row: by its line, if it has one, as people see it in the file.
    pub(super) fn name_of(&self, row: usize) -> String {
        match self.places.line(row) {
            0 => format!("Row {}", row.saturating_add(1)),
            line => format!("The row in line {line}"),
        }
    }

    /// Adds the findings about other columns of the same rows.
    pub(super) fn absorb(&mut self, other: Self) {
        for (code, more) in other.counts {
            let count = self.counts.entry(code).or_insert(Count { total: 0, kept: 0, ..more });
            count.total += more.total;
        }
        for finding in other.kept {
            if let Some(count) = self.counts.get_mut(finding.code).filter(|count| count.kept < self.keep_of_each) {
                count.kept += 1;
                self.kept.push(finding);
            }
        }
        self.errors.extend(other.errors);
        for (row, _) in other.rejected.iter().enumerate().filter(|(_, rejected)| **rejected) {
            self.reject(row);
        }
    }

    fn reject(&mut self, row: usize) {
        if self.rejected.len() <= row {
            self.rejected.resize(row + 1, false);
        }
        if let Some(rejected) = self.rejected.get_mut(row) {
            *rejected = true;
        }
    }

    /// The errors of rows, by row.
    pub(super) fn row_errors(&self) -> Vec<RowError> {
        let mut errors = self.errors.clone();
        errors.sort_by_key(|error| error.row);
        errors
    }

    pub(super) fn sort(&mut self) {
        self.kept.sort_by(|a, b| (a.row, a.code, a.field).cmp(&(b.row, b.code, b.field)));
    }
}
