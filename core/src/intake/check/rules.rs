//! The rules of the contract.

use crate::cel::Predicate;
use crate::contract::Severity;
use crate::intake::findings::Place;
use crate::intake::header::must_have;
use crate::intake::show;

use super::Check;

impl Check<'_> {
    pub(super) fn rules(&mut self) {
        for rule in &self.table.dataset.options.rules {
            let Some(holds) = self.holds(&rule.holds).filter(|holds| holds.contains(&false)) else { continue };
            let broken = holds.iter().enumerate().filter(|(_, holds)| !**holds).map(|(row, _)| row);
            for row in self.readable(&rule.holds, broken.collect()) {
                self.raise_rule(&rule.code, rule.severity(), row, &rule.field, || rule.message.clone());
            }
        }
    }

    /// The rows in which every value that an expression reads is present or may be missing. A value that could not be read, or
    /// is required and missing, already has a finding of its own.
    pub(super) fn readable(&self, source: &str, mut rows: Vec<usize>) -> Vec<usize> {
        let table = self.table;
        let Ok(predicate) = Predicate::compile(source, table.dataset, self.reference) else { return rows };
        for path in predicate.fields() {
            if path.referenced {
                let positions = self.references.to(path.dataset).map(|referenced| &referenced.positions);
                let held =
                    |row: &usize| positions.and_then(|positions| positions.get(*row)).is_some_and(|at| *at > 0);
                rows.retain(held);
            } else if let Some((position, field, column)) = table.fields().find(|(_, f, _)| f.name == path.field) {
                let required = must_have(table.dataset, field, self.declared.mode);
                rows.retain(|row| !(table.is_settled(position, *row) || required && column.is_missing(*row)));
            }
        }
        rows
    }

    pub(super) fn raise_rule(
        &mut self,
        code: &'static str,
        severity: Severity,
        row: usize,
        field: &str,
        message: impl FnOnce() -> String,
    ) {
        let (table, reference) = (self.table, self.reference);
        let field = table.dataset.field(field);
        let value = || {
            let column = field.and_then(|field| Some((field, table.column(&field.name)?)));
            column.map_or_else(String::new, |(field, column)| show(field, column, row, reference))
        };
        self.findings.raise_rule(code, severity, Place { row: Some(row), field }, value, message);
    }
}
