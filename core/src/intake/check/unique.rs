//! Keys and other values that occur at most once.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::column::{Column, combined_keys};
use crate::contract::Severity;
use crate::intake::findings::Place;
use crate::intake::held::combine;

use super::{Check, known};

/// The fewest rows that can be a file put together twice.
const FEWEST_TWICE: usize = 4;

impl Check<'_> {
    /// A key occurs once. All rows with a repeated key are errors, because it is not known which of them counts.
    pub(super) fn repeated_keys(&mut self) {
        let dataset = self.table.dataset;
        let columns: Vec<&Column> = dataset.options.key.iter().filter_map(|name| self.table.column(name)).collect();
        let keys = combine(dataset, &columns, self.table.rows);
        // A row without its identifier has a finding of its own.
        let identifiers: Vec<&[u64]> = columns.iter().filter_map(|column| column.as_u64()).collect();
        let complete = |row: usize| !self.findings.is_rejected(row) && identifiers.iter().all(|keys| keys[row] != 0);
        for (row, other) in repeated(&keys, complete) {
            let other = self.findings.name_of(other);
            let detail = || format!("{other} has the same key.");
            self.findings.raise(&known::REPEATED_KEY, Place::row(row), String::new, detail);
        }
    }

    /// Rows without a key, of which each is there more than once: a file that was put together twice. Some rows that are alike say
    /// nothing, because events can be alike in all that is told of them.
    pub(super) fn whole_twice(&mut self) {
        let looked_at = |row: &usize| !self.findings.is_rejected(*row);
        let rows = (0..self.table.rows).filter(looked_at).count();
        if !self.table.dataset.options.key.is_empty() || rows < FEWEST_TWICE {
            return;
        }
        let names: Vec<String> = self.table.dataset.fields.iter().map(|field| field.name.clone()).collect();
        let keys = self.keys_of(&names);
        let mut sorted: Vec<u64> = (0..keys.len()).filter(looked_at).map(|row| keys[row]).collect();
        sorted.sort_unstable();
        if sorted.chunk_by(|a, b| a == b).all(|alike| alike.len() > 1) {
            let detail = || format!("Each of the {rows} rows has the values of another.");
            self.findings.raise(&known::ROWS_TWICE, Place { row: None, field: None }, String::new, detail);
        }
    }

    /// Values that occur at most once.
    pub(super) fn uniques(&mut self) {
        for unique in &self.table.dataset.options.uniques {
            let when = if unique.when.is_empty() { None } else { self.holds(&unique.when) };
            let looked_at = |row: usize| {
                let chosen = when.as_ref().is_none_or(|when| when.get(row).copied().unwrap_or(false));
                chosen && !self.findings.is_rejected(row)
            };
            let keys = self.keys_of(&unique.fields);
            let field = unique.fields.first().map_or("", String::as_str);
            for (row, other) in repeated(&keys, looked_at) {
                let other = self.findings.name_of(other);
                let message = || format!("{} {other} is the other.", unique.message);
                self.raise_rule(&unique.code, Severity::Error, row, field, message);
            }
        }
    }

    /// For each row, one key of the values of some fields.
    pub(super) fn keys_of(&self, fields: &[String]) -> Vec<u64> {
        let columns: Vec<&Column> = fields.iter().filter_map(|name| self.table.column(name)).collect();
        combined_keys(&columns, self.table.rows)
    }
}

/// The rows with a repeated key among the keys given, each with another row of the same key.
fn repeated(keys: &[u64], looked_at: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let rows = || keys.iter().copied().enumerate().filter(|(row, _)| looked_at(*row));
    let mut sorted: Vec<u64> = rows().map(|(_, key)| key).collect();
    sorted.sort_unstable();
    // Few keys repeat, or none. Only these are put in a table, with the first and the second row of each.
    let pairs = sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| (pair[0], (None, None)));
    let mut places: HashMap<u64, (Option<usize>, Option<usize>), FixedState> = pairs.collect();
    if places.is_empty() {
        return Vec::new();
    }
    for (row, key) in rows() {
        match places.get_mut(&key) {
            Some((first @ None, _)) => *first = Some(row),
            Some((_, second @ None)) => *second = Some(row),
            _ => {}
        }
    }
    rows()
        .filter_map(|(row, key)| {
            let (first, second) = places.get(&key)?;
            let other = if *first == Some(row) { *second } else { *first };
            Some((row, other?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_repeated_key_names_another() {
        let keys = [7, 8, 7, 9, 7, 8];
        assert_eq!(repeated(&keys, |_| true), [(0, 2), (1, 5), (2, 0), (4, 0), (5, 1)]);
        assert_eq!(repeated(&keys, |row| row > 1), [(2, 4), (4, 2)]);
        assert_eq!(repeated(&[1, 2, 3], |_| true), []);
    }
}
