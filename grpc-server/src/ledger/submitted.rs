//! A submission in memory: its envelope, its rows and the keys of its rows.

use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use peelian_core::column::Batch;

use super::row_values;
use crate::resource_name;
use crate::store::{Envelope, LeftOutRows};

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
    /// The rows that were left out; `None` if there are none.
    pub(crate) left_out: Option<Arc<LeftOutRows>>,
    /// Whether its rows are damaged in the store. Then it has none here, and what it would say is not known.
    pub(crate) damaged: bool,
    /// Keys of the rows; `None` for a dataset without a key.
    pub(super) keys: Option<ScalarBuffer<u64>>,
}

impl Submitted {
    /// A submission with its rows.
    pub(crate) fn new(envelope: Envelope, batch: Arc<Batch>) -> Self {
        Self {
            name: resource_name::submission(&envelope.agency, &envelope.ulid).into(),
            agency: envelope.agency.as_str().into(),
            collection: envelope.collection.as_str().into(),
            keys: row_values::keys(&batch),
            left_out: None,
            damaged: false,
            envelope,
            batch,
        }
    }

    /// The same submission, which left out these rows.
    pub(crate) fn with_left_out(self, rows: Option<Arc<LeftOutRows>>) -> Self {
        Self { left_out: rows, ..self }
    }

    /// A submission whose rows are damaged in the store.
    pub(crate) fn damaged(envelope: Envelope, no_rows: Arc<Batch>) -> Self {
        Self { damaged: true, ..Self::new(envelope, no_rows) }
    }

    /// Whether both submissions have the same agency, dataset and collection, and their declared periods overlap.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.agency == other.agency
            && self.envelope.dataset == other.envelope.dataset
            && self.collection == other.collection
            && self.envelope.first <= other.envelope.last
            && other.envelope.first <= self.envelope.last
    }
}
