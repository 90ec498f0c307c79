//! One question answered from rows that are read for nothing else.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::ComputeError;
use super::answer::Observation;
use super::local::{Local, LocalError, LocalRows, Received};
use super::partial::count_in_chunks;
use super::query::{Query, QueryError};
use crate::Core;

/// Rows that are read, checked and counted together: some sixteen bytes of each are in use at once. Of half as many it
/// takes a tenth longer, as each chunk has its fixed cost; of more, few threads would have much to do.
const CHUNK: NonZeroUsize = NonZeroUsize::new(1 << 19).unwrap();

/// An answer, and what became of the rows.
#[derive(Clone, Debug)]
pub struct Computed {
    /// What [`Engine::query`](super::Engine::query) returns.
    pub observations: Vec<Observation>,
    /// What became of the rows of each dataset, by its identifier.
    pub received: Vec<(&'static str, Received)>,
}

/// Why nothing is computed.
#[derive(Debug, thiserror::Error)]
pub enum ComputeOnceError {
    /// The rows are refused.
    #[error(transparent)]
    Rows(#[from] LocalError),
    /// The question is refused.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Answers one query from rows in the caller's memory, on so many threads: what [`Local::for_query`], [`Local::add_all`]
/// and [`Engine::query`](super::Engine::query) do, to the last bit.
///
/// As no other question follows, many rows of one dataset that are only counted are read, checked and counted some at a
/// time, without memory for all of them.
///
/// # Errors
///
/// [`ComputeOnceError`].
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
/// let rows = LocalRows { dataset: "crime", covers: None, content: LocalContent::Csv(csv), synthetic: true };
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

/// `None` where the rows have to be read all at once.
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
