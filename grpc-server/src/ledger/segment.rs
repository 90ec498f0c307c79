//! Rows of submissions, and which of them count.

use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use peelian_core::column::Batch;
use peelian_core::engine::snapshot::{Segment, SubmissionId};

use super::bits::{Bits, contains};
use super::rows;
use crate::name;
use crate::store::Envelope;

/// A submission with its rows.
#[derive(Debug)]
pub(crate) struct Submitted {
    /// Envelope.
    pub(crate) envelope: Envelope,
    /// Resource name.
    pub(crate) name: Arc<str>,
    /// Agency.
    pub(crate) agency: Arc<str>,
    /// Collection.
    pub(crate) collection: Arc<str>,
    /// Rows.
    pub(crate) batch: Arc<Batch>,
    /// Keys of the rows; `None` for a dataset without a key.
    pub(super) keys: Option<ScalarBuffer<u64>>,
}

/// The rows of a submission that count.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// The submission.
    pub(super) submitted: Arc<Submitted>,
    /// Rows that count; `None` means all.
    pub(super) selected: Option<Arc<[u64]>>,
    /// Day of each row.
    pub(super) days: ScalarBuffer<i32>,
}

impl Submitted {
    /// A submission with its rows.
    pub(crate) fn new(envelope: Envelope, batch: Arc<Batch>) -> Self {
        Self {
            name: name::submission(&envelope.agency, &envelope.ulid).into(),
            agency: envelope.agency.as_str().into(),
            collection: envelope.collection.as_str().into(),
            keys: rows::keys(&batch),
            envelope,
            batch,
        }
    }

    /// Whether another submission of the same agency, dataset and collection declares a period that overlaps this one's.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.agency == other.agency
            && self.envelope.dataset == other.envelope.dataset
            && self.collection == other.collection
            && self.envelope.first <= other.envelope.last
            && other.envelope.first <= self.envelope.last
    }
}

impl Held {
    /// Whether a row counts.
    pub(super) fn selects(&self, row: usize) -> bool {
        self.selected.as_ref().map_or(row < self.submitted.batch.rows(), |words| contains(words, row))
    }

    /// The rows that count.
    pub(super) fn bits(&self) -> Bits {
        Bits::of(self.selected.as_ref(), self.submitted.batch.rows())
    }

    /// Number of rows that count.
    pub(super) fn rows(&self) -> usize {
        self.selected.as_ref().map_or(self.submitted.batch.rows(), |words| {
            words.iter().map(|word| usize::try_from(word.count_ones()).unwrap_or(0)).sum()
        })
    }

    /// The rows that count and have a day within a period.
    pub(super) fn within(&self, first: i32, last: i32) -> Bits {
        Bits::from_fn(self.days.len(), |row| (first..=last).contains(&self.days[row]) && self.selects(row))
    }

    /// As the engine reads it.
    pub(super) fn segment(&self) -> Segment {
        let envelope = &self.submitted.envelope;
        Segment {
            batch: Arc::clone(&self.submitted.batch),
            selected: self.selected.clone(),
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
