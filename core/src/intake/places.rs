//! Where the rows and fields of a table of text stand in its file.

use crate::contract::Dataset;
use crate::text_table::column_letters;

/// The line of each row, and the column of each field, as a spreadsheet shows them. Empty for rows that come from no text.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// Rows whose line does not follow that of the row before, with their lines. Rows are counted from 0.
    lines: Vec<(usize, u64)>,
    /// The line that the next row has if it follows the last.
    next: u64,
    /// The name of the field of each column; empty if it has none.
    columns: Vec<&'static str>,
}

impl Places {
    /// Notes the position in [`Dataset::fields`] of each column.
    pub(super) fn set_columns(&mut self, dataset: &'static Dataset, columns: &[usize]) {
        let name = |position: &usize| dataset.fields.get(*position).map_or("", |field| field.name.as_str());
        self.columns = columns.iter().map(name).collect();
    }

    /// Notes the line of the next row.
    #[inline]
    pub(super) fn set_line(&mut self, row: usize, line: u64) {
        if line != self.next {
            self.lines.push((row, line));
        }
        self.next = line + 1;
    }

    /// Notes the lines of the next rows, which follow each other.
    pub(super) fn set_lines(&mut self, row: usize, line: u64, rows: usize) {
        if let Some(more) = rows.checked_sub(1) {
            self.set_line(row, line);
            self.next += u64::try_from(more).unwrap_or(0);
        }
    }

    /// The line of a row, from 1; 0 if it is not known.
    pub(super) fn line(&self, row: usize) -> u64 {
        let after = self.lines.partition_point(|(first, _)| *first <= row);
        let known = after.checked_sub(1).and_then(|at| self.lines.get(at));
        known.map_or(0, |(first, line)| line + u64::try_from(row - first).unwrap_or(0))
    }

    /// The letters of the column of a field; empty if it is not known.
    pub(super) fn column(&self, field: &str) -> String {
        self.columns.iter().position(|known| *known == field).map(column_letters).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_lines_that_were_noted() {
        let mut places = Places::default();
        assert_eq!((places.line(3), places.column("area")), (0, String::new()));
        for (row, line) in [4, 5, 9, 10, 12].into_iter().enumerate() {
            places.set_line(row, line);
        }
        assert_eq!([0, 1, 2, 3, 4].map(|row| places.line(row)), [4, 5, 9, 10, 12]);
        assert_eq!(places.lines.len(), 3, "a line that follows is not noted");
        let dataset = crate::contract::Contract::get().dataset("published_figure").unwrap();
        let positions = ["period", "area"].map(|name| dataset.position(name).unwrap());
        places.set_columns(dataset, &positions);
        assert_eq!([places.column("area"), places.column("value")], ["B", ""]);
    }
}
