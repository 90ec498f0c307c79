//! The rows of one submission that are in force.

use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use peelian_core::engine::snapshot::{Segment, SubmissionId};

use super::row_set::{RowSet, contains};
use super::submitted::Submitted;

/// The rows of a submission that are in force: neither replaced, nor deleted, nor withdrawn.
#[derive(Clone, Debug)]
pub(super) struct HeldSegment {
    /// The submission.
    pub(super) submitted: Arc<Submitted>,
    /// Rows in force; `None` means all.
    pub(super) selected: Option<Arc<[u64]>>,
    /// Rows in force that do not count, because another agency whose remit comes first holds their keys; `None` means
    /// none.
    pub(super) overruled: Option<RowSet>,
    /// Day of each row.
    pub(super) days: ScalarBuffer<i32>,
    /// Earliest and latest of these days; `None` without rows.
    pub(super) span: Option<(i32, i32)>,
}

/// Earliest and latest of days; `None` if there are none.
pub(super) fn span(days: &[i32]) -> Option<(i32, i32)> {
    days.iter().copied().min().zip(days.iter().copied().max())
}

impl HeldSegment {
    /// Position of the submission in the ledger.
    pub(super) fn position(&self) -> u64 {
        self.submitted.envelope.position
    }

    /// Whether a row is in force.
    pub(super) fn selects(&self, row: usize) -> bool {
        self.selected.as_ref().map_or(row < self.submitted.batch.rows(), |words| contains(words, row))
    }

    /// The rows in force.
    pub(super) fn row_set(&self) -> RowSet {
        RowSet::of(self.selected.as_ref(), self.submitted.batch.rows())
    }

    /// Number of rows in force.
    pub(super) fn rows(&self) -> usize {
        self.selected.as_ref().map_or(self.submitted.batch.rows(), |words| {
            words.iter().map(|word| usize::try_from(word.count_ones()).unwrap_or(0)).sum()
        })
    }

    /// Records whether a row counts.
    pub(super) fn overrule(&mut self, row: usize, overruled: bool) {
        match &mut self.overruled {
            Some(rows) if overruled => rows.insert(row),
            Some(rows) => rows.remove(row),
            None if overruled => {
                let mut rows = RowSet::none(self.submitted.batch.rows());
                rows.insert(row);
                self.overruled = Some(rows);
            }
            None => {}
        }
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
    pub(super) fn segment(&self) -> Segment {
        let envelope = &self.submitted.envelope;
        let selected = match &self.overruled {
            None => self.selected.clone(),
            Some(overruled) => {
                let mut counted = self.row_set();
                counted.subtract(overruled);
                counted.into_selected()
            }
        };
        Segment {
            batch: Arc::clone(&self.submitted.batch),
            selected,
            submission: SubmissionId(envelope.position),
            name: Arc::clone(&self.submitted.name),
            agency: Arc::clone(&self.submitted.agency),
            collection: Arc::clone(&self.submitted.collection),
            extract_micros: envelope.extract_micros,
            synthetic: envelope.synthetic,
            content_sha256: envelope.content_sha256,
        }
    }
}
