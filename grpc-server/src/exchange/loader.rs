//! Reads the rows of submissions from the store, and folds entries with them.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

use peelian_core::column::Batch;
use peelian_core::engine::snapshot::Snapshot;
use peelian_core::reference::Reference;

use crate::error::Error;
use crate::ledger::{Entry, Fold, Head, HeldSegment, LedgerState, Submitted, not_withdrawn, withdrawn};
use crate::store::{Envelope, RowsInForce, Store, StoreError, StoredRows, payload};
use crate::task::{blocking, each};

/// Most submissions whose rows are read together.
const SUBMISSIONS_TOGETHER: usize = 256;
/// Rows that are read together, unless one submission has more.
const ROWS_TOGETHER: u64 = 1 << 17;

/// Reads the rows of submissions.
pub(super) struct Loader {
    store: Arc<dyn Store>,
    pub(super) reference: Reference,
    /// Rows of submissions that are in memory anyway.
    held: HashMap<u64, Arc<Batch>>,
    /// Most bytes of the other rows; `None` if they are not limited.
    most: Option<usize>,
    /// Number of threads that decode rows.
    threads: NonZeroUsize,
}

/// What a fold gave.
pub(super) struct Folded {
    pub(super) state: LedgerState,
    /// The heads of the submissions whose rows were read.
    heads: Vec<Arc<Head>>,
    /// Whether the rows of all entries were folded, and not only those that were asked for.
    pub(super) whole: bool,
}

/// The rows of one submission: in memory, stored, or damaged.
enum Rows {
    Held(Arc<Batch>),
    Stored(StoredRows),
    Damaged,
}

impl Loader {
    pub(super) fn new(store: &Arc<dyn Store>, reference: &Reference) -> Self {
        Self {
            store: Arc::clone(store),
            reference: reference.clone(),
            held: HashMap::new(),
            most: None,
            threads: NonZeroUsize::MIN,
        }
    }

    /// The same loader, which decodes rows on all cores: nobody is served yet.
    pub(super) fn at_start(self) -> Self {
        Self { threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN), ..self }
    }

    /// The same loader, which does not read what a snapshot has in memory.
    pub(super) fn sharing(mut self, snapshot: &Snapshot, entries: &[Entry]) -> Self {
        let heads = heads_by_position(entries);
        for segment in snapshot.datasets.values().flatten() {
            let position = segment.submission.0;
            // A segment may have only some rows of its submission.
            let whole = heads.get(&position).is_some_and(|head| {
                let rows = u64::try_from(segment.batch.rows());
                rows.is_ok_and(|rows| rows == head.envelope.rows) && !head.envelope.left_out
            });
            if whole {
                self.held.insert(position, Arc::clone(&segment.batch));
            }
        }
        self
    }

    /// The same loader, which gives up when the rows in force that it has read take more than so many bytes.
    pub(super) fn within(self, bytes: usize) -> Self {
        Self { most: Some(bytes), ..self }
    }

    /// Bytes of the rows in force that were read.
    pub(super) fn bytes_read(&self, state: &LedgerState) -> usize {
        state.bytes_beside(&self.held)
    }

    /// The rows in force that the chosen submissions give. If one is damaged, those that all submissions give: what it
    /// said is lost until it is said again, and only the whole history tells that. `None` soon after `awaited` no longer
    /// returns true.
    pub(super) async fn state(
        &self,
        entries: &[Entry],
        chosen: &[bool],
        awaited: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Folded>, Error> {
        if not_withdrawn(entries).all(|head| !head.damaged) {
            let state = LedgerState::new(self.reference.clone());
            let folded = self.fold(state, entries, chosen, awaited).await?;
            if folded.as_ref().is_none_or(|folded| !folded.is_damaged()) {
                return Ok(folded);
            }
        }
        self.whole(entries, awaited).await
    }

    /// The rows in force that all submissions give.
    pub(super) async fn whole(
        &self,
        entries: &[Entry],
        awaited: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Folded>, Error> {
        let (state, all) = (LedgerState::new(self.reference.clone()), vec![true; entries.len()]);
        let folded = self.fold(state, entries, &all, awaited).await?;
        Ok(folded.map(|folded| Folded { whole: true, ..folded }))
    }

    /// Folds entries, from a state that has rows in force already. It reads the rows of the chosen submissions, some of them
    /// at a time, and the next ones while it folds.
    pub(super) async fn fold(
        &self,
        state: LedgerState,
        entries: &[Entry],
        chosen: &[bool],
        awaited: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Folded>, Error> {
        let withdrawn = withdrawn(entries);
        let wanted = |index: usize| {
            let head = entries.get(index).and_then(Entry::head)?;
            (chosen.get(index) == Some(&true) && !withdrawn.contains(&head.position())).then(|| Arc::clone(head))
        };
        let parts = parts(entries.len(), wanted);
        let read = async |at: usize| match parts.get(at) {
            Some(part) => self.submitted(part.clone().filter_map(wanted).collect()).await,
            None => Ok(Vec::new()),
        };
        let mut folding = Folding { fold: Fold::new(state, entries), heads: Vec::new() };
        let mut submitted = read(0).await?;
        for (at, part) in parts.iter().enumerate() {
            if !awaited() {
                return Ok(None);
            }
            let entries_of_part = entries.get(part.clone()).unwrap_or_default().to_vec();
            let folded = blocking(move || folding.push(&entries_of_part, submitted));
            let (folded, next) = tokio::join!(folded, read(at + 1));
            (folding, submitted) = (folded?, next?);
            if let Some(most) = self.most.filter(|most| self.bytes_read(folding.fold.state()) > *most) {
                return Err(too_many_past_rows(most));
            }
            if at > 0 {
                tracing::info!(entries = part.end, of = entries.len(), "loading the ledger");
            }
        }
        let Folding { fold, heads } = folding;
        Ok(Some(Folded { state: fold.finish(), heads, whole: false }))
    }

    /// The rows in force of submissions, as it was kept which ones are; `None` if the rows of one are damaged.
    pub(super) async fn restored(
        &self,
        held: Vec<(Arc<Head>, RowsInForce)>,
    ) -> Result<Option<Vec<HeldSegment>>, Error> {
        let parts = parts(held.len(), |index| held.get(index).map(|(head, _)| Arc::clone(head)));
        let mut segments = Vec::with_capacity(held.len());
        let mut held = held.into_iter();
        let mut of_parts = parts.into_iter().map(|part| held.by_ref().take(part.len()).collect::<Vec<_>>());
        let mut read = async || {
            let of_part = of_parts.next().unwrap_or_default();
            let heads: Vec<Arc<Head>> = of_part.iter().map(|(head, _)| Arc::clone(head)).collect();
            let rows = self.rows(&heads).await?;
            Ok::<Vec<_>, Error>(of_part.into_iter().zip(rows).collect())
        };
        let mut part = read().await?;
        while !part.is_empty() {
            let reference = self.reference.clone();
            let restored = each(part, self.threads, move |((head, in_force), rows)| {
                let submitted = decoded(&head, rows, &reference)?;
                Ok::<_, Error>((!submitted.head.damaged).then(|| HeldSegment::restored(&submitted, in_force)))
            });
            let (restored, next) = tokio::join!(restored, read());
            let Some(restored) = restored?.into_iter().collect::<Result<Option<Vec<_>>, _>>()? else {
                return Ok(None);
            };
            segments.extend(restored);
            part = next?;
        }
        Ok(Some(segments))
    }

    /// Submissions with their rows.
    async fn submitted(&self, heads: Vec<Arc<Head>>) -> Result<Vec<Submitted>, Error> {
        let rows = self.rows(&heads).await?;
        let (items, reference) = (heads.into_iter().zip(rows).collect(), self.reference.clone());
        let decoded =
            each(items, self.threads, move |(head, rows): (Arc<Head>, Rows)| decoded(&head, rows, &reference));
        decoded.await?.into_iter().collect()
    }

    /// The rows of submissions.
    async fn rows(&self, heads: &[Arc<Head>]) -> Result<Vec<Rows>, Error> {
        let positions = heads.iter().map(|head| head.position());
        let positions: Vec<u64> = positions.filter(|position| !self.held.contains_key(position)).collect();
        let mut stored =
            if positions.is_empty() { Vec::new() } else { self.store.rows(&positions).await? }.into_iter();
        let mut rows = Vec::with_capacity(heads.len());
        for head in heads {
            rows.push(match self.held.get(&head.position()) {
                Some(batch) => Rows::Held(Arc::clone(batch)),
                None => match stored.next() {
                    Some(Ok(stored)) => Rows::Stored(stored),
                    Some(Err(StoreError::Damaged(_))) => Rows::Damaged,
                    Some(Err(error)) => return Err(error.into()),
                    None => return Err(Error::Defect(format!("the rows of {} were not read", head.name))),
                },
            });
        }
        Ok(rows)
    }
}

/// A fold under way, and the heads of the submissions whose rows it has read.
struct Folding {
    fold: Fold,
    heads: Vec<Arc<Head>>,
}

impl Folding {
    /// The next entries, with the rows of some of them.
    fn push(mut self, entries: &[Entry], submitted: Vec<Submitted>) -> Self {
        let mut submitted = submitted.into_iter().peekable();
        for entry in entries {
            let rows = submitted.next_if(|submitted| submitted.head.position() == entry.position());
            self.heads.extend(rows.as_ref().map(|rows| Arc::clone(&rows.head)));
            self.fold.push(entry, rows.as_ref());
        }
        self
    }
}

impl Folded {
    /// Puts what was found when rows were read into the entries, and warns of damage.
    pub(super) fn tell(&self, entries: &mut [Entry]) {
        for head in &self.heads {
            if let Ok(index) = entries.binary_search_by_key(&head.position(), Entry::position) {
                entries[index] = Entry::Submission(Arc::clone(head));
            }
        }
        not_withdrawn(entries).filter(|head| head.damaged).for_each(|head| warn_of_damage(head));
    }

    /// Whether rows that were read are damaged.
    pub(super) fn is_damaged(&self) -> bool {
        self.heads.iter().any(|head| head.damaged)
    }
}

/// The heads of submissions, by position.
pub(super) fn heads_by_position(entries: &[Entry]) -> HashMap<u64, &Arc<Head>> {
    entries.iter().filter_map(Entry::head).map(|head| (head.position(), head)).collect()
}

/// Entries in parts whose rows fit into memory together. The rows of those entries are wanted that have a head here.
fn parts(entries: usize, wanted: impl Fn(usize) -> Option<Arc<Head>>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut rows, mut count) = (0, 0, 0);
    for index in 0..entries {
        let Some(head) = wanted(index) else { continue };
        if count > 0 && (count == SUBMISSIONS_TOGETHER || rows + head.envelope.rows > ROWS_TOGETHER) {
            parts.push(start..index);
            (start, rows, count) = (index, 0, 0);
        }
        (rows, count) = (rows + head.envelope.rows, count + 1);
    }
    if start < entries {
        parts.push(start..entries);
    }
    parts
}

/// A submission from its rows.
fn decoded(head: &Head, rows: Rows, reference: &Reference) -> Result<Submitted, Error> {
    Ok(match rows {
        Rows::Held(batch) => Submitted::new(head.envelope.clone(), batch, None, reference),
        Rows::Stored(StoredRows { payload, left_out }) => {
            let batch = Arc::new(payload::decode(&payload, reference)?);
            let left_out = payload::decode_left_out(&left_out, reference)?;
            Submitted::new(head.envelope.clone(), batch, left_out, reference)
        }
        Rows::Damaged => Submitted::damaged(head, Arc::new(payload::no_rows(&head.dataset.id)?)),
    })
}

/// The error for a state whose rows take too much memory.
fn too_many_past_rows(most: usize) -> Error {
    Error::Limit {
        reason: "TOO_MANY_PAST_ROWS",
        message: format!(
            "the rows that were in force at this instant and are not now take more than the {} MiB of memory that the exchange \
             has for them: ask for a later instant, or ask the operator of the exchange to raise memory or max_past_bytes",
            most >> 20
        ),
    }
}

fn warn_of_damage(head: &Head) {
    let Envelope { agency, dataset, first, last, .. } = &head.envelope;
    tracing::error!(
        submission = &*head.name,
        agency,
        dataset,
        %first,
        %last,
        "a stored submission is damaged: the exchange runs without its rows, and gives no value that needs them. Stop \
         the exchange and restore the data directory from a backup; or submit the data again with a later extract \
         instant, after the submission is withdrawn if it is a merge or a deletion"
    );
}
