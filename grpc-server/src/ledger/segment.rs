//! The rows of one submission that are in force.

use std::sync::{Arc, OnceLock};

use arrow::buffer::ScalarBuffer;
use peelian_core::column::{Batch, Column};
use peelian_core::engine::snapshot::{Segment, SubmissionId};
use peelian_core::period::days_of_date;

use super::needed::days_from;
use super::row_set::{RowSet, contains};
use super::row_values;
use super::submitted::{Head, Submitted};
use crate::store::RowsInForce;

/// Of the rows that a segment has in memory, at least so many eighths are in force. If it were all of them, each row that
/// goes out of force would cost a copy of the others.
const EIGHTHS_IN_FORCE: usize = 7;

/// Bytes of a row beside its values: its key and its day, its place in the index of keys, and what the engine derives from it,
/// such as its month and the row to which it refers.
const BYTES_BESIDE_VALUES: usize = 48;

/// The rows of a submission that are in force: neither replaced, nor deleted, nor withdrawn.
#[derive(Clone, Debug)]
pub(crate) struct HeldSegment {
    /// Position of the submission in the ledger. Rows are found by it, so it lies here.
    position: u64,
    /// The submission.
    pub(super) head: Arc<Head>,
    /// Rows of the submission: those in force, and a few others.
    pub(super) batch: Arc<Batch>,
    /// Keys of these rows; `None` for a dataset without a key.
    pub(super) keys: Option<ScalarBuffer<u64>>,
    /// The numbers of these rows among the rows of the submission; `None` if they are all of them.
    numbers: Option<Arc<[u32]>>,
    /// Rows in force; `None` means all.
    selected: Option<Arc<[u64]>>,
    /// Rows in force that do not count, because another agency whose remit comes first holds their keys; `None` means
    /// none.
    overruled: Option<RowSet>,
    /// Day of each row.
    pub(super) days: ScalarBuffer<i32>,
    /// Earliest and latest of these days; `None` without rows.
    pub(super) span: Option<(i32, i32)>,
    /// Number of rows in force. Each submission needs the bytes of all segments, so neither this nor the next is counted again.
    rows: usize,
    /// Bytes that one row takes in memory, about.
    bytes_of_row: usize,
    /// The segment as the engine reads it, until its rows change. Snapshots share it.
    shown: OnceLock<Arc<Segment>>,
}

/// Earliest and latest of days; `None` if there are none.
pub(super) fn span(days: &[i32]) -> Option<(i32, i32)> {
    days.iter().copied().min().zip(days.iter().copied().max())
}

impl HeldSegment {
    /// The rows of a submission that come into force, with the days of all its rows.
    pub(super) fn new(submitted: &Submitted, rows: RowSet, days: ScalarBuffer<i32>) -> Self {
        Self {
            position: submitted.head.position(),
            head: Arc::clone(&submitted.head),
            batch: Arc::clone(&submitted.batch),
            keys: submitted.keys.clone(),
            numbers: None,
            rows: rows.len(),
            selected: rows.into_selected(),
            overruled: None,
            span: span(&days),
            days,
            bytes_of_row: bytes_of_row(&submitted.batch),
            shown: OnceLock::new(),
        }
    }

    /// The rows of a submission that were in force when this was written.
    pub(crate) fn restored(submitted: &Submitted, in_force: RowsInForce) -> Self {
        let all = submitted.batch.rows();
        let rows = in_force.rows.map_or_else(
            || RowSet::all(all),
            |numbers| {
                let mut rows = RowSet::none(all);
                numbers.iter().filter_map(|number| usize::try_from(*number).ok()).for_each(|row| rows.insert(row));
                rows
            },
        );
        let first = days_of_date(submitted.head.envelope.first);
        let days = match in_force.days {
            None => row_values::days(&submitted.batch, first, &mut |_, _, keys| vec![first; keys.len()]),
            Some(stated) => {
                let mut days = vec![first; all];
                rows.iter().zip(stated).for_each(|(row, day)| days[row] = day);
                days.into()
            }
        };
        let mut held = Self::new(submitted, rows, days);
        held.compact();
        held
    }

    /// Which rows of the submission are in force.
    pub(super) fn in_force(&self) -> RowsInForce {
        let rows = self.row_set();
        let all = self.numbers.is_none() && self.selected.is_none();
        let looked_up = days_from(self.head.dataset).next().is_some();
        RowsInForce {
            submission: self.position(),
            rows: (!all).then(|| rows.iter().filter_map(|row| self.number_of(row)).collect()),
            days: looked_up.then(|| rows.iter().map(|row| self.days[row]).collect()),
        }
    }

    /// The number of a row of the batch among the rows of the submission.
    pub(super) fn number_of(&self, row: usize) -> Option<u32> {
        match &self.numbers {
            Some(numbers) => numbers.get(row).copied(),
            None => u32::try_from(row).ok(),
        }
    }

    /// The row of the batch with a number.
    pub(super) fn row_of(&self, number: u32) -> Option<usize> {
        match &self.numbers {
            Some(numbers) => numbers.binary_search(&number).ok(),
            None => usize::try_from(number).ok(),
        }
    }

    /// Drops the rows that are not in force, if they are many. Then the others have new places in the batch.
    pub(super) fn compact(&mut self) {
        let (all, rows) = (self.batch.rows(), self.rows());
        if rows * 8 >= all * EIGHTHS_IN_FORCE {
            return;
        }
        let kept: Vec<usize> = self.row_set().iter().collect();
        let batch = row_values::chosen(&self.batch, &kept);
        self.numbers = Some(match &self.numbers {
            Some(numbers) => row_values::values_at(numbers, &kept).into(),
            None => kept.iter().filter_map(|row| u32::try_from(*row).ok()).collect(),
        });
        self.keys = row_values::keys(&batch);
        self.overruled = self
            .overruled
            .as_ref()
            .map(|overruled| RowSet::from_fn(rows, |row| kept.get(row).is_some_and(|row| overruled.contains(*row))));
        let days: ScalarBuffer<i32> = row_values::values_at(&self.days, &kept).into();
        self.span = span(&days);
        self.days = shared(&batch, days);
        self.bytes_of_row = bytes_of_row(&batch);
        self.batch = Arc::new(batch);
        self.selected = None;
        self.shown = OnceLock::new();
    }

    /// Takes rows out of force.
    pub(super) fn clear(&mut self, rows: &RowSet) {
        let mut left = self.row_set();
        left.subtract(rows);
        self.rows = left.len();
        self.selected = left.into_selected();
        self.shown = OnceLock::new();
    }

    /// Position of the submission in the ledger.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Whether a row is in force.
    pub(super) fn selects(&self, row: usize) -> bool {
        self.selected.as_ref().map_or(row < self.batch.rows(), |words| contains(words, row))
    }

    /// The rows in force.
    pub(super) fn row_set(&self) -> RowSet {
        RowSet::of(self.selected.as_ref(), self.batch.rows())
    }

    /// Number of rows in force.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Records which rows in force do not count.
    pub(super) fn overrule_all(&mut self, overruled: RowSet) {
        self.overruled = (overruled.count() > 0).then_some(overruled);
        self.shown = OnceLock::new();
    }

    /// Records whether a row counts.
    pub(super) fn overrule(&mut self, row: usize, overruled: bool) {
        self.shown = OnceLock::new();
        match &mut self.overruled {
            Some(rows) if overruled => rows.insert(row),
            Some(rows) => rows.remove(row),
            None if overruled => {
                let mut rows = RowSet::none(self.batch.rows());
                rows.insert(row);
                self.overruled = Some(rows);
            }
            None => {}
        }
    }

    /// Bytes that so many of its rows take in memory, about.
    pub(super) fn bytes_of(&self, rows: usize) -> usize {
        rows.saturating_mul(self.bytes_of_row)
    }

    /// The rows in force whose day lies within a period.
    pub(super) fn within(&self, first: i32, last: i32) -> RowSet {
        match self.span {
            Some((earliest, latest)) if first <= earliest && latest <= last => self.row_set(),
            Some((earliest, latest)) if earliest <= last && first <= latest => {
                RowSet::from_fn(self.days.len(), |row| (first..=last).contains(&self.days[row]) && self.selects(row))
            }
            _ => RowSet::none(self.days.len()),
        }
    }

    /// The segment as the engine reads it.
    pub(super) fn segment(&self) -> Arc<Segment> {
        Arc::clone(self.shown.get_or_init(|| Arc::new(self.show())))
    }

    fn show(&self) -> Segment {
        let envelope = &self.head.envelope;
        let selected = match &self.overruled {
            None => self.selected.clone(),
            Some(overruled) => {
                let mut counted = self.row_set();
                counted.subtract(overruled);
                counted.into_selected()
            }
        };
        Segment {
            batch: Arc::clone(&self.batch),
            selected,
            submission: SubmissionId(envelope.position),
            name: Arc::clone(&self.head.name),
            agency: Arc::clone(&self.head.agency),
            collection: Arc::clone(&self.head.collection),
            extract_micros: envelope.extract_micros,
            synthetic: envelope.synthetic,
            content_sha256: envelope.content_sha256,
        }
    }
}

/// Bytes that so many rows of a batch take in memory once they are in force, about.
pub(super) fn bytes_of(batch: &Batch, rows: usize) -> usize {
    rows.saturating_mul(bytes_of_row(batch))
}

fn bytes_of_row(batch: &Batch) -> usize {
    batch.bytes().div_ceil(batch.rows().max(1)).saturating_add(BYTES_BESIDE_VALUES)
}

/// The days of a batch, without a copy if they are a column of it.
fn shared(batch: &Batch, days: ScalarBuffer<i32>) -> ScalarBuffer<i32> {
    let columns = batch.dataset().options.period_fields.first().and_then(|field| batch.column(field));
    match columns {
        Some(Column::I32(column)) if *column == days => column.clone(),
        _ => days,
    }
}
