//! Answers one query from rows that are read for this query alone.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::answer::Observation;
use super::error::ComputeError;
use super::local::{Local, LocalError, LocalRows, Received};
use super::partial::count_in_chunks;
use super::query::{Query, QueryError};
use crate::Core;

/// Number of rows that are read, checked and counted together. About 16 bytes of each row are in use at the same time.
/// Half as many rows take a tenth longer, because each chunk has a fixed cost. With more rows, there would be too few
/// chunks for all threads.
const CHUNK: NonZeroUsize = NonZeroUsize::new(1 << 19).unwrap();

/// An answer, and a report on the rows.
#[derive(Clone, Debug)]
pub struct Computed {
    /// The observations that [`Engine::query`](super::Engine::query) returns.
    pub observations: Vec<Observation>,
    /// A report on the rows of each dataset, by its identifier.
    pub received: Vec<(&'static str, Received)>,
}

/// The reason why nothing is computed.
#[derive(Debug, thiserror::Error)]
pub enum ComputeOnceError {
    /// The rows are refused.
    #[error(transparent)]
    Rows(#[from] LocalError),
    /// The query is refused.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Answers one query from rows in the caller's memory, on `threads` threads. The answer is the same to the last bit as
/// that of [`Local::for_query`], [`Local::add_all`] and [`Engine::query`](super::Engine::query).
///
/// Only what the named measures need is read, so there are no companions. No other query follows. So if the rows of one
/// dataset only need to be counted, they are read, checked and counted in chunks, without memory for all of them.
///
/// # Errors
///
/// [`ComputeOnceError`] if the rows or the query are refused.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
///
/// use peelian_core::Core;
/// use peelian_core::engine::{LocalContent, LocalRows, Query, compute_once};
///
/// let core = Arc::new(Core::from_seeds()?);
/// let query = peelian::v1::Query {
///     measures: vec!["recorded-crime-volume".into()],
///     areas: vec!["borough".into()],
///     periods: vec!["2017-04".into()],
///     ..Default::default()
/// };
/// let query = Query::from_wire(&query, &core)?;
/// let csv = b"record_status,recorded_at,offence_borough,ho_class\nactive,2017-04-03,E09000028,8N\n";
/// let rows = LocalRows { synthetic: true, ..LocalRows::new("crime", LocalContent::Csv(csv)) };
/// let computed = compute_once(&core, &query, vec![rows], NonZeroUsize::MIN)?;
/// assert_eq!((computed.observations.len(), computed.received[0].1.rejected), (33, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compute_once(
    core: &Arc<Core>,
    query: &Query,
    rows: Vec<LocalRows<'_>>,
    threads: NonZeroUsize,
) -> Result<Computed, ComputeOnceError> {
    if let Some(answer) = in_chunks(core, query, &rows, threads) {
        return Ok(answer?);
    }
    let mut local = Local::for_query(core, query)?.with_threads(threads);
    let received = local.add_all(rows)?;
    let observations = local.engine(threads).query(query)?;
    Ok(Computed { observations, received })
}

/// Answers chunk by chunk; `None` if all rows must be read at once.
fn in_chunks(
    core: &Arc<Core>,
    query: &Query,
    rows: &[LocalRows<'_>],
    threads: NonZeroUsize,
) -> Option<Result<Computed, QueryError>> {
    let [rows] = rows else { return None };
    let (engine, received) = count_in_chunks(core, query, rows, CHUNK, threads)?;
    match engine.query(query) {
        Err(QueryError::Compute(ComputeError::NotCounted)) => None,
        answer => Some(answer.map(|observations| Computed { observations, received: vec![received] })),
    }
}
