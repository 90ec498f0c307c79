//! Receives a submission: decoding overlaps the network, and a chunk that waits holds the caller back.

use std::time::Duration;

use peelian::v1::SubmitRequest;
use peelian::v1::submit_request::Part;
use peelian_core::intake::{Intake, Limits as IntakeLimits};
use tokio::sync::mpsc;
use tonic::{Code, Status, Streaming};

use super::content::{Arrived, Content};
use super::header::Header;
use crate::config::Limits;
use crate::error::Error;
use crate::exchange::{Exchange, blocking};

/// Chunks received and not yet decoded.
const CHUNKS_WAITING: usize = 4;
/// Findings of each code that are kept; all are counted.
const FINDINGS_KEPT: u64 = 1_000;

/// Receives the header.
///
/// # Errors
///
/// If the first message is not a header, or the header is wrong.
pub(super) async fn header(
    stream: &mut Streaming<SubmitRequest>,
    limits: &Limits,
    now_micros: i64,
) -> Result<Header, Status> {
    match next(stream, limits).await? {
        Some(Part::Header(header)) => Ok(Header::read(header, now_micros)?),
        _ => Err(Error::OutOfOrder("the first message of a submission is its header").into()),
    }
}

/// Receives the content.
///
/// # Errors
///
/// If the caller is silent for too long or goes away, or the content cannot be read.
pub(super) async fn content(
    stream: &mut Streaming<SubmitRequest>,
    header: &Header,
    exchange: &Exchange,
    limits: &Limits,
) -> Result<Arrived, Status> {
    let intake_limits = IntakeLimits {
        max_rows: limits.rows,
        max_bytes: limits.bytes,
        max_findings_kept: FINDINGS_KEPT,
        ..IntakeLimits::default()
    };
    let intake = Intake::new(&exchange.core.reference, header.dataset, header.declared(), intake_limits)
        .map_err(Error::from)?;
    let mut content = Content::new(intake, limits.bytes);
    let (chunks, mut waiting) = mpsc::channel::<Part>(CHUNKS_WAITING);
    let decoding = tokio::spawn(blocking(move || {
        while let Some(part) = waiting.blocking_recv() {
            content.push(part)?;
        }
        Ok::<_, Error>(content)
    }));
    let received = forward(stream, chunks, limits).await;
    let decoded = decoding.await.map_err(|error| Error::Broken(format!("decoding: {error}")))?;
    // What is wrong with the content tells more than that the stream ended for it.
    let content = decoded??;
    received?;
    Ok(content.finish())
}

/// Hands chunks on until the stream ends or nobody takes them any more.
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
        .map_err(|_| Error::Idle(seconds(limits.idle)))?
        .map_err(|status| oversize(status, limits))?;
    match message {
        None => Ok(None),
        Some(SubmitRequest { part: Some(part) }) => Ok(Some(part)),
        Some(SubmitRequest { part: None }) => {
            Err(Error::OutOfOrder("a message carries neither a header nor a chunk that this exchange knows").into())
        }
    }
}

/// The library tells of a message over the limit without a reason; everything else stays as it is.
fn oversize(status: Status, limits: &Limits) -> Status {
    if status.code() != Code::OutOfRange {
        return status;
    }
    let message = format!(
        "a message has more than {} bytes: send the content in smaller chunks, which may be cut anywhere",
        limits.message_bytes
    );
    Error::Limit { reason: "MESSAGE_TOO_LARGE", message }.into()
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs()
}
