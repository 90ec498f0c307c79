//! An answer as an Arrow IPC stream, which is made while it is read.
//!
//! A page is made when the reader has taken the page before. Between pages the answer holds no thread. So an answer that
//! nobody reads costs the memory of one page, and that for a limited time.

use std::pin::Pin;
use std::sync::Arc;

use arrow::error::ArrowError;
use arrow_ipc::writer::StreamWriter;
use peelian::v1::StreamObservationsResponse;
use peelian_core::engine::{Engine, Observation, Page, Place, Query, QueryError, to_arrow};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _, once};
use tonic::Status;
use tracing::Instrument as _;

use super::answer_room::PageRoom;
use crate::audit::Notes;
use crate::error::Error;
use crate::limits::Limits;
use crate::task::{long, panicked};

/// Observations of one page, of about a kilobyte each.
const PAGE: usize = 2_048;
/// Bytes of one message. A reader that does not read holds three of them: one in the transport, one that waits for it,
/// and one that waits for that.
const CHUNK_BYTES: usize = 256 << 10;

/// Memory that an answer takes: a page of observations, and its bytes.
pub(super) const PAGE_BYTES: usize = 2 * PAGE * (1 << 10);

/// What an answer is made with.
pub(super) struct Means {
    pub(super) limits: Limits,
    /// Memory of a page, until the answer ends.
    pub(super) _room: PageRoom,
}

/// An answer that is made while it is read.
pub(super) type AnswerStream = Pin<Box<dyn Stream<Item = Result<StreamObservationsResponse, Status>> + Send>>;

/// What an answer's pages are made from. They follow each other without gaps.
pub(super) trait Pages: Send + Sync {
    /// At most `size` observations from the one at `from`. The work may stop when `awaited` no longer returns true.
    ///
    /// # Errors
    ///
    /// If the query is refused, or abandoned.
    fn page(&self, from: Place, size: usize, awaited: &(dyn Fn() -> bool + Sync)) -> Result<Page, Error>;
}

/// The answer of an engine to a query.
pub(super) struct Live {
    pub(super) engine: Arc<Engine>,
    pub(super) query: Query,
}

impl Pages for Live {
    fn page(&self, from: Place, size: usize, awaited: &(dyn Fn() -> bool + Sync)) -> Result<Page, Error> {
        Ok(self.engine.query_page(&self.query, from, size, awaited)?)
    }
}

/// Starts an answer. Its first page is made before this returns.
///
/// # Errors
///
/// If the query is refused.
pub(super) async fn start(pages: Arc<dyn Pages>, means: Means, notes: Arc<Notes>) -> Result<AnswerStream, Error> {
    let (chunks, received) = mpsc::channel(1);
    let mut pages = Making { pages, means, notes, chunks, next: Some(Place::default()), observations: 0 };
    let (writer, first) = pages.first().await?;
    let making = tokio::spawn(async move { pages.send_all(writer, first).await }.in_current_span());
    // The end of the chunks alone does not tell whether the answer is complete.
    let failure = once(making).then(|making| making).filter_map(|made| match made {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Err(error.into())),
        Err(error) => Some(Err(panicked(&error).into())),
    });
    let chunks = ReceiverStream::new(received).map(|arrow_ipc| Ok(StreamObservationsResponse { arrow_ipc }));
    Ok(Box::pin(chunks.chain(failure)))
}

/// Writes the stream. What it has written is taken after each page.
type Writer = StreamWriter<Vec<u8>>;

/// An answer under way.
struct Making {
    pages: Arc<dyn Pages>,
    means: Means,
    notes: Arc<Notes>,
    chunks: mpsc::Sender<Vec<u8>>,
    /// Place of the next page; `None` after the last one.
    next: Option<Place>,
    /// Observations so far.
    observations: usize,
}

impl Making {
    /// Makes the first page, with the schema.
    async fn first(&mut self) -> Result<(Writer, Vec<u8>), Error> {
        let writer = to_arrow(&[]).and_then(|table| StreamWriter::try_new(Vec::new(), &table.schema()));
        let (writer, page) = self.page(writer.map_err(|error| defect(&error))?).await?;
        Ok((writer, page.unwrap_or_default()))
    }

    /// Sends the first page, then makes and sends the others.
    async fn send_all(mut self, mut writer: Writer, first: Vec<u8>) -> Result<(), Error> {
        self.send(&first).await?;
        drop(first);
        loop {
            let (used, page) = self.page(writer).await?;
            writer = used;
            let Some(page) = page else { break };
            self.send(&page).await?;
        }
        writer.finish().map_err(|error| defect(&error))?;
        self.send(writer.get_ref()).await
    }

    /// The bytes of the next page; `None` after the last one.
    async fn page(&mut self, mut writer: Writer) -> Result<(Writer, Option<Vec<u8>>), Error> {
        let Some(from) = self.next else { return Ok((writer, None)) };
        let (pages, chunks) = (Arc::clone(&self.pages), self.chunks.clone());
        let writing = long(move || {
            let found = pages.page(from, PAGE, &|| !chunks.is_closed())?;
            let observations: Vec<_> = found.observations.into_iter().map(|(_, observation)| observation).collect();
            write(&mut writer, &observations)?;
            Ok::<_, Error>((writer, observations.len(), values(&observations), found.next))
        });
        let (mut writer, observations, values, next) = writing.await??;
        self.notes.saw(values);
        self.next = next;
        self.observations += observations;
        if self.observations > self.means.limits.query_observations {
            return Err(QueryError::TooManyObservations(self.observations).into());
        }
        let page = (observations > 0).then(|| std::mem::take(writer.get_mut()));
        Ok((writer, page))
    }

    /// Sends bytes in chunks, each when the reader has taken the one before.
    async fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        for chunk in bytes.chunks(CHUNK_BYTES) {
            let place = tokio::time::timeout(self.means.limits.idle, self.chunks.reserve());
            match place.await {
                Ok(Ok(place)) => place.send(chunk.to_vec()),
                // The reader has left.
                Ok(Err(_)) => return Err(QueryError::Abandoned.into()),
                Err(_) => return Err(not_read(self.means.limits)),
            }
        }
        Ok(())
    }
}

/// Number of values that a reader of observations sees: their own, and those of companions and of other agencies.
pub(super) fn values(observations: &[Observation]) -> usize {
    let of = |observation: &Observation| {
        let others = observation.alternatives.iter().filter(|other| other.result.is_ok()).count();
        usize::from(observation.result.is_ok()) + others + values(&observation.companions)
    };
    observations.iter().map(of).sum()
}

/// Writes a page of observations. An answer without observations has no page.
fn write(writer: &mut Writer, observations: &[Observation]) -> Result<(), Error> {
    if observations.is_empty() {
        return Ok(());
    }
    to_arrow(observations).and_then(|table| writer.write(&table)).map_err(|error| defect(&error))
}

/// The error for a reader that does not read.
pub(super) fn not_read(limits: Limits) -> Error {
    let seconds = limits.idle.as_secs();
    Error::Late {
        reason: "NOT_READ",
        message: format!(
            "the answer was not read for {seconds} seconds and is cut short: ask again and read it at once"
        ),
    }
}

fn defect(error: &ArrowError) -> Error {
    Error::Defect(error.to_string())
}
