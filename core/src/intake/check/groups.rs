//! Checks on rows that belong together.

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use crate::cel::Predicate;
use crate::column::{Column, MISSING_DATE};
use crate::contract::{Exists, GroupHas, NoOverlap, Severity};
use crate::intake::findings::Place;
use crate::intake::{Mode, show};

use super::Check;

impl Check<'_> {
    /// If a row referred to satisfies one condition, a row of this dataset that refers to it satisfies another.
    pub(super) fn exists(&mut self) {
        for exists in &self.table.dataset.options.exists {
            for row in self.lacking(exists).unwrap_or_default() {
                let message = || exists.message.clone();
                self.raise_rule(&exists.code, exists.severity(), row, &exists.reference, message);
            }
        }
    }

    /// The first row of each group without a row that satisfies [`Exists::some`].
    fn lacking(&self, exists: &Exists) -> Option<Vec<usize>> {
        let referenced = self.references.of.iter().find(|referenced| referenced.field.name == exists.reference)?;
        let when = Predicate::compile(&exists.when, referenced.dataset, self.reference).ok()?;
        let gathered: Vec<(&str, Column)> = when
            .fields()
            .iter()
            .filter_map(|path| Some((path.field, self.references.gather(&referenced.dataset.id, path.field)?)))
            .collect();
        let when = when.evaluate(self.table.rows, &|path| {
            gathered.iter().find(|(field, _)| *field == path.field).map(|(_, column)| column)
        });
        let some = self.holds(&exists.some)?;
        let mut groups: HashMap<u32, (usize, bool), FixedState> = HashMap::default();
        for (row, position) in referenced.positions.iter().enumerate() {
            if *position > 0 && when[row] && !self.findings.is_rejected(row) {
                groups.entry(*position).or_insert((row, false)).1 |= some[row];
            }
        }
        let mut lacking: Vec<usize> = groups.values().filter(|(_, found)| !found).map(|(row, _)| *row).collect();
        lacking.sort_unstable();
        Some(lacking)
    }

    /// Groups of rows of an expected size.
    pub(super) fn group_sizes(&mut self) {
        for size in &self.table.dataset.options.group_sizes {
            let mut groups: HashMap<u64, (usize, u32), FixedState> = HashMap::default();
            let keys = self.keys_of(&size.by).into_iter().enumerate();
            for (row, key) in keys.filter(|(row, _)| !self.findings.is_rejected(*row)) {
                let (_, rows) = groups.entry(key).or_insert((row, 0));
                *rows = rows.saturating_add(1);
            }
            let expected = size.at_least..=size.at_most;
            let mut odd: Vec<(usize, u32)> =
                groups.into_values().filter(|(_, rows)| !expected.contains(rows)).collect();
            odd.sort_unstable();
            for (row, rows) in odd {
                let group = self.shown(&size.by, row);
                let message = || format!("{group}: {rows} rows. {}", size.message);
                let place = Place { row: None, field: None };
                self.findings.raise_rule(&size.code, Severity::Warning, place, String::new, message);
            }
        }
    }

    /// Groups of rows that must have a row of a kind. Rows that are merged need not: the rows held have it.
    pub(super) fn group_members(&mut self) {
        if self.declared.mode != Mode::ReplacePeriod {
            return;
        }
        for rule in &self.table.dataset.options.group_has {
            for row in self.without_member(rule).unwrap_or_default() {
                let message = format!("{}: {}", self.shown(&rule.by, row), rule.message);
                self.raise_rule(&rule.code, rule.severity(), row, &rule.field, || message);
            }
        }
    }

    /// The rows of each group without a row that satisfies [`GroupHas::some`].
    fn without_member(&self, rule: &GroupHas) -> Option<Vec<usize>> {
        let some = self.holds(&rule.some)?;
        let keys = self.keys_of(&rule.by);
        let rows = || keys.iter().enumerate().filter(|(row, _)| !self.findings.is_rejected(*row));
        let with: HashSet<u64, FixedState> =
            rows().filter(|(row, _)| some.get(*row) == Some(&true)).map(|(_, key)| *key).collect();
        Some(rows().filter(|(_, key)| !with.contains(*key)).map(|(row, _)| row).collect())
    }

    /// Some fields of a row with their values, as text for a message.
    fn shown(&self, fields: &[String], row: usize) -> String {
        let shown = fields.iter().filter_map(|name| {
            let (field, column) = self.table.dataset.field(name).zip(self.table.column(name))?;
            Some(format!("{name} {}", show(field, column, row, self.reference)))
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    /// Periods of one subject do not overlap.
    pub(super) fn overlaps(&mut self) {
        for rule in &self.table.dataset.options.no_overlaps {
            for (row, other) in self.overlapping(rule).unwrap_or_default() {
                let other = self.findings.name_of(other);
                let message = || format!("{} {other} is the other.", rule.message);
                self.raise_rule(&rule.code, Severity::Error, row, &rule.from, message);
            }
        }
    }

    /// Rows that begin before an earlier row of the same subject ends, each with that earlier row.
    fn overlapping(&self, rule: &NoOverlap) -> Option<Vec<(usize, usize)>> {
        let from = self.table.column(&rule.from)?.as_i32()?;
        let to = self.table.column(&rule.to)?.as_i32()?;
        let keys = self.keys_of(&rule.by);
        let mut rows: Vec<usize> = (0..self.table.rows)
            .filter(|row| from[*row] != MISSING_DATE && !self.findings.is_rejected(*row))
            .collect();
        rows.sort_by_key(|row| (keys[*row], from[*row], *row));
        let mut found = Vec::new();
        // The row of the subject with the latest last day so far, and that day.
        let mut longest: Option<(usize, i32)> = None;
        for row in rows {
            let end = if to[row] == MISSING_DATE { i32::MAX } else { to[row] };
            let same = longest.filter(|(other, _)| keys[*other] == keys[row]);
            if let Some((other, until)) = same
                && from[row] <= until
            {
                found.push((row, other));
            }
            longest = same.filter(|(_, until)| *until >= end).or(Some((row, end)));
        }
        Some(found)
    }
}
