//! Submissions in memory: the head of each for good, and the rows of one until they are applied.

use std::sync::Arc;

use arrow::buffer::ScalarBuffer;
use peelian_core::column::Batch;
use peelian_core::contract::Dataset;
use peelian_core::period::Month;
use peelian_core::reference::{AreaId, Reference};
use peelian_core::submission::{reported_places, reports_by_rows};

use super::row_values;
use crate::resource_name;
use crate::store::{Envelope, LeftOutRows};

/// The areas and months in which a submission has rows.
type Places = Arc<[(AreaId, Month)]>;

/// The head of a submission: what the exchange keeps of it in memory, whether its rows are in force or not.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// Envelope.
    pub(crate) envelope: Envelope,
    /// Resource name.
    pub(crate) name: Arc<str>,
    /// Agency.
    pub(crate) agency: Arc<str>,
    /// Collection.
    pub(crate) collection: Arc<str>,
    /// Dataset.
    pub(crate) dataset: &'static Dataset,
    /// Where it has rows; empty if the areas that it reports on do not depend on them.
    pub(crate) places: Places,
    /// Whether its rows were read and are damaged in the store. Then what it says is not known.
    pub(crate) damaged: bool,
}

impl Head {
    /// The head of a submission of a dataset. Its places are not known yet.
    pub(crate) fn new(envelope: Envelope, dataset: &'static Dataset) -> Self {
        Self {
            name: resource_name::submission(&envelope.agency, &envelope.ulid).into(),
            agency: envelope.agency.as_str().into(),
            collection: envelope.collection.as_str().into(),
            dataset,
            places: Arc::new([]),
            damaged: false,
            envelope,
        }
    }

    /// Position in the ledger.
    pub(crate) fn position(&self) -> u64 {
        self.envelope.position
    }

    /// Whether it has no rows.
    pub(crate) fn is_nil(&self) -> bool {
        self.envelope.rows == 0
    }

    /// Whether the areas that it reports on are those of its rows.
    pub(crate) fn has_places(&self, reference: &Reference) -> bool {
        reports_by_rows(reference, &self.agency, &self.dataset.id, &self.collection, self.is_nil())
    }
}

/// A submission with its rows.
#[derive(Debug)]
pub(crate) struct Submitted {
    /// Head.
    pub(crate) head: Arc<Head>,
    /// Rows.
    pub(crate) batch: Arc<Batch>,
    /// The rows that were left out; `None` if there are none.
    pub(crate) left_out: Option<LeftOutRows>,
    /// Keys of the rows; `None` for a dataset without a key.
    pub(super) keys: Option<ScalarBuffer<u64>>,
}

impl Submitted {
    /// A submission with these rows, which left out others.
    pub(crate) fn new(
        envelope: Envelope,
        batch: Arc<Batch>,
        left_out: Option<LeftOutRows>,
        reference: &Reference,
    ) -> Self {
        let rows = u64::try_from(batch.rows()).unwrap_or(u64::MAX);
        let envelope = Envelope { rows, left_out: left_out.is_some(), ..envelope };
        let mut head = Head::new(envelope, batch.dataset());
        if head.has_places(reference) {
            head.places = reported_places(reference, &batch).into();
        }
        Self { head: Arc::new(head), keys: row_values::keys(&batch), left_out, batch }
    }

    /// A submission whose rows are damaged in the store.
    pub(crate) fn damaged(head: &Head, no_rows: Arc<Batch>) -> Self {
        let head = Head { damaged: true, ..head.clone() };
        Self { head: Arc::new(head), keys: row_values::keys(&no_rows), left_out: None, batch: no_rows }
    }
}
