//! Receives a submission. Chunks are decoded while the next ones arrive. If decoding falls behind, the caller has to
//! wait.
//!
//! The chunks that have arrived are decoded in one short job. So a caller that sends slowly holds no thread, a caller
//! that sends fast does not wait for a thread at each chunk, and when a caller leaves, only one job is finished.

use std::pin::pin;
use std::sync::Arc;

use peelian::v1::SubmitRequest;
use peelian::v1::submit_request::Part;
use peelian_core::intake::{Intake, Limits as IntakeLimits};
use tonic::{Code, Status, Streaming};

use super::admission::Admitted;
use super::content::{Content, ContentDecoder};
use super::header::Header;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::limits::Limits;
use crate::service::request::check;

/// Number of chunks that can arrive while others are decoded.
const CHUNKS_AHEAD: usize = 4;

/// Receives the header.
///
/// # Errors
///
/// If the first message is not a header, if the header is wrong, or if the caller is too slow.
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
/// If the caller is too slow, if the call is cancelled, if the content cannot be decoded, or if all submissions under
/// way have too much content.
pub(super) async fn content(
    stream: &mut Streaming<SubmitRequest>,
    header: &Header,
    admitted: &Arc<Admitted>,
    exchange: &Exchange,
    limits: &Limits,
) -> Result<Content, Status> {
    let intake_limits = IntakeLimits { max_rows: limits.rows, max_bytes: limits.bytes, ..IntakeLimits::default() };
    let intake = Intake::new(&exchange.core.reference, header.dataset, header.declared(), intake_limits)
        .map_err(Error::from)?;
    let mut decoder = ContentDecoder::new(intake, limits.bytes, Arc::clone(admitted));
    let mut arrived = Arrived::default();
    loop {
        if !arrived.parts.is_empty() {
            decoder = decode_and_receive(decoder, &mut arrived, stream, limits).await?;
        } else if let Some(end) = arrived.end {
            return end.map(|()| decoder.finish());
        } else {
            arrived.receive(stream, limits).await;
        }
    }
}

/// Chunks that arrived and are not decoded yet.
#[derive(Default)]
struct Arrived {
    parts: Vec<Part>,
    /// The end of the stream, or the error that ended it, if nothing more can arrive.
    end: Option<Result<(), Status>>,
}

impl Arrived {
    /// Whether another chunk may arrive before these are decoded.
    fn has_room(&self) -> bool {
        self.end.is_none() && self.parts.len() < CHUNKS_AHEAD
    }

    /// Receives the next chunk. If this is cancelled, no chunk is lost.
    async fn receive(&mut self, stream: &mut Streaming<SubmitRequest>, limits: &Limits) {
        match next(stream, limits).await {
            Ok(Some(part)) => self.parts.push(part),
            Ok(None) => self.end = Some(Ok(())),
            Err(status) => self.end = Some(Err(status)),
        }
    }
}

/// Decodes the chunks that arrived, and receives the next ones meanwhile. An error in the content comes first: it is the
/// cause if the caller stops sending. And it is answered at once, however slowly the next chunk arrives.
async fn decode_and_receive(
    decoder: ContentDecoder,
    arrived: &mut Arrived,
    stream: &mut Streaming<SubmitRequest>,
    limits: &Limits,
) -> Result<ContentDecoder, Status> {
    let mut decoding = pin!(decoder.decode(std::mem::take(&mut arrived.parts)));
    while arrived.has_room() {
        tokio::select! {
            decoder = &mut decoding => return Ok(decoder?),
            () = arrived.receive(stream, limits) => {}
        }
    }
    Ok(decoding.await?)
}

/// The next part; `None` at the end of the stream.
async fn next(stream: &mut Streaming<SubmitRequest>, limits: &Limits) -> Result<Option<Part>, Status> {
    let message = stream.message().await.map_err(|status| oversize(status, limits))?;
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
