//! Measures computed where the records are: one dataset's rows from Arrow, checked as the exchange checks them, and
//! answered as the exchange answers. Nothing is stored and nothing is sent.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch};
use arrow::error::ArrowError;
use jiff::civil::Date;
use peelian::v1 as wire;

use super::snapshot::{Coverage, Segment, Snapshot, SubmissionId};
use super::{Engine, Query, QueryError, to_arrow};
use crate::Core;
use crate::contract::Contract;
use crate::intake::{Declared, Intake, IntakeError, Limits, Mode, NothingHeld};

/// Rows of one dataset, and the period that they cover.
#[derive(Clone, Copy, Debug)]
pub struct LocalRows<'a> {
    /// Identifier of the dataset: `crime`.
    pub dataset: &'a str,
    /// First day of the period.
    pub first: Date,
    /// Last day of the period: rows after it are refused, and no date of a row is later.
    pub last: Date,
    /// The rows, in any number of batches.
    pub batches: &'a [RecordBatch],
    /// Whether they are synthetic.
    pub synthetic: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// There is no such dataset.
    #[error("there is no dataset {0}")]
    UnknownDataset(String),
    /// The rows are refused.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The query is refused.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The rows are not what Arrow says they must be.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// Checks the rows and answers the query from those without errors, with columns as [`to_arrow`] gives them.
///
/// The batches may come from another language: Arrow's own invariants are checked before anything is read. References to
/// other datasets find nothing, so measures that
/// need several datasets have no value here.
///
/// # Errors
///
/// A [`LocalError`], which says what would be accepted.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
///
/// use jiff::civil::date;
/// use peelian::v1::Query;
/// use peelian_core::Core;
/// use peelian_core::engine::{LocalRows, measure_local};
///
/// let core = Arc::new(Core::from_seeds()?);
/// let rows = LocalRows {
///     dataset: "crime",
///     first: date(2017, 1, 1),
///     last: date(2017, 1, 31),
///     batches: &[],
///     synthetic: true,
/// };
/// let query = Query {
///     measures: vec!["recorded-crime-volume".into()],
///     areas: vec!["borough".into()],
///     periods: vec!["2017-01".into()],
///     ..Query::default()
/// };
/// let answer = measure_local(&core, rows, &query, NonZeroUsize::MIN)?;
/// assert_eq!(answer.num_rows(), 33);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn measure_local(
    core: &Arc<Core>,
    rows: LocalRows<'_>,
    query: &wire::Query,
    threads: NonZeroUsize,
) -> Result<RecordBatch, LocalError> {
    let snapshot = snapshot(core, rows)?;
    let query = Query::from_wire(query, core)?;
    let engine = Engine::new(Arc::clone(core), Arc::new(snapshot), threads);
    Ok(to_arrow(&engine.query(&query)?)?)
}

/// The snapshot of an exchange to which the rows alone were submitted.
fn snapshot(core: &Core, rows: LocalRows<'_>) -> Result<Snapshot, LocalError> {
    let LocalRows { first, last, synthetic, .. } = rows;
    let dataset =
        Contract::get().dataset(rows.dataset).ok_or_else(|| LocalError::UnknownDataset(rows.dataset.to_owned()))?;
    let declared = Declared { period_first: first, period_last: last, extract_date: last, mode: Mode::ReplacePeriod };
    // The limits of an exchange protect it from its callers; here caller and computer are one.
    let limits = Limits { max_rows: usize::MAX, max_bytes: usize::MAX, ..Limits::default() };
    let mut intake = Intake::new(&core.reference, dataset, declared, limits)?;
    for batch in rows.batches {
        batch.columns().iter().try_for_each(|column| column.to_data().validate_full())?;
        intake.push_batch(batch)?;
    }
    let batch = intake.finish(&NothingHeld)?.batch;

    let agency: Arc<str> = "local".into();
    let segment = Segment {
        batch: Arc::new(batch),
        selected: None,
        submission: SubmissionId(1),
        name: "local".into(),
        agency: Arc::clone(&agency),
        collection: "".into(),
        extract_micros: 0,
        synthetic,
        content_sha256: [0; 32],
    };
    let coverage = Coverage { agency, dataset: &dataset.id, collection: "".into(), first, last, synthetic };
    let segments = if segment.rows() == 0 { Vec::new() } else { vec![segment] };
    Ok(Snapshot {
        position: 1,
        datasets: BTreeMap::from([(dataset.id.as_str(), segments)]),
        coverage: vec![coverage],
    })
}
