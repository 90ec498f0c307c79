//! Receives a submission. Chunks are decoded while further ones arrive. If decoding falls behind, the caller has to
//! wait.

use peelian::v1::SubmitRequest;
use peelian::v1::submit_request::Part;
use peelian_core::intake::{Intake, Limits as IntakeLimits};
use tokio::sync::mpsc;
use tonic::{Code, Status, Streaming};

use super::content::{Content, ContentDecoder};
use super::header::Header;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::limits::Limits;
use crate::service::request::check;
use crate::task::blocking;

/// Chunks that wait for being decoded: enough that decoding never waits for the network, and few enough for memory.
const CHUNKS_WAITING: usize = 4;

/// Receives the header.
///
/// # Errors
///
/// If the first message is not a header, or if the header is wrong.
pub(super) async fn header(
    stream: &mut Streaming<SubmitRequest>,
    limits: &Limits,
    exchange: &Exchange,
) -> Result<Header, Status> {
    match next(stream, limits).await? {
        Some(Part::Header(header)) => {
            check(&header)?;
            Ok(Header::read(header, exchange.now_micros(), &exchange.core.reference.register)?)
        }
        _ => Err(Error::OutOfOrder("the first message of a submission must be its header").into()),
    }
}

/// Receives the content.
///
/// # Errors
///
/// If the caller sends no message for too long, if the call is cancelled, or if the content cannot be decoded.
pub(super) async fn content(
    stream: &mut Streaming<SubmitRequest>,
    header: &Header,
    exchange: &Exchange,
    limits: &Limits,
) -> Result<Content, Status> {
    let intake_limits = IntakeLimits { max_rows: limits.rows, max_bytes: limits.bytes, ..IntakeLimits::default() };
    let intake = Intake::new(&exchange.core.reference, header.dataset, header.declared(), intake_limits)
        .map_err(Error::from)?;
    let mut decoder = ContentDecoder::new(intake, limits.bytes);
    let (chunks, mut waiting) = mpsc::channel::<Part>(CHUNKS_WAITING);
    let decoding = tokio::spawn(blocking(move || {
        while let Some(part) = waiting.blocking_recv() {
            decoder.push(part)?;
        }
        Ok::<_, Error>(decoder)
    }));
    let received = forward(stream, chunks, limits).await;
    let decoded = decoding.await.map_err(|error| Error::Defect(format!("decoding: {error}")))?;
    // An error in the content comes first: it is the cause if the stream ended early.
    let decoder = decoded??;
    received?;
    Ok(decoder.finish())
}

/// Passes chunks on until the stream ends or the decoder stops.
async fn forward(
    stream: &mut Streaming<SubmitRequest>,
    chunks: mpsc::Sender<Part>,
    limits: &Limits,
) -> Result<(), Status> {
    while let Some(part) = next(stream, limits).await? {
        if chunks.send(part).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// The next part; `None` at the end of the stream.
async fn next(stream: &mut Streaming<SubmitRequest>, limits: &Limits) -> Result<Option<Part>, Status> {
    let message = tokio::time::timeout(limits.idle, stream.message())
        .await
        .map_err(|_| Error::Idle(limits.idle.as_secs()))?
        .map_err(|status| oversize(status, limits))?;
    match message {
        None => Ok(None),
        Some(SubmitRequest { part: Some(part) }) => Ok(Some(part)),
        Some(SubmitRequest { part: None }) => {
            Err(Error::OutOfOrder("a message has neither a header nor a chunk that this exchange knows").into())
        }
    }
}

/// Adds a reason to the library's status for a message over the limit. Every other status stays as it is.
fn oversize(status: Status, limits: &Limits) -> Status {
    if status.code() != Code::OutOfRange {
        return status;
    }
    let message = format!(
        "a message has more than {} bytes: send the content in smaller chunks; it may be cut at any byte",
        limits.message_bytes
    );
    Error::Limit { reason: "MESSAGE_TOO_LARGE", message }.into()
}
