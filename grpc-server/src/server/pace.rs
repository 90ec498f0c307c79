//! The pace of requests: a caller that stops sending, or that sends hardly anything, is not waited for.
//!
//! Only waits for the caller are counted, not the time in which the server does not want more bytes. A wait costs no
//! thread.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body::Frame;
use tokio::time::{Instant, Sleep, sleep};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes, http};

use crate::error::Error;
use crate::limits::Limits;

/// A request whose body has to keep the pace of the limits.
pub(super) fn paced(request: http::Request<Body>, limits: Limits) -> http::Request<Body> {
    request.map(|body| Body::new(PacedBody { body, limits, bytes: 0, waited: Duration::ZERO, wait: None }))
}

/// The body of a request.
struct PacedBody {
    body: Body,
    limits: Limits,
    /// Bytes that have arrived.
    bytes: u64,
    /// Time of all waits that have ended.
    waited: Duration,
    wait: Option<Wait>,
}

/// A wait for bytes.
struct Wait {
    begun: Instant,
    /// Whether it ends early because the waits before it took most of the time that all may take.
    last: bool,
    end: Pin<Box<Sleep>>,
}

impl PacedBody {
    /// Begins a wait.
    fn wait(&self) -> Wait {
        let Limits { idle, bytes_per_second, .. } = self.limits;
        let allowed = idle.saturating_add(Duration::from_secs(self.bytes / bytes_per_second));
        let left = allowed.saturating_sub(self.waited);
        Wait { begun: Instant::now(), last: left < idle / 2, end: Box::pin(sleep(left.min(idle))) }
    }

    fn refusal(&self, last: bool) -> Error {
        if last {
            let message = format!(
                "the request arrived at less than {} bytes a second, and nothing was stored: send it again over a faster \
                 connection, or in one piece",
                self.limits.bytes_per_second
            );
            return Error::Late { reason: "TOO_SLOW", message };
        }
        let seconds = self.limits.idle.as_secs();
        let message = format!(
            "nothing of the request arrived for {seconds} seconds, and nothing was stored: send it again without pauses"
        );
        Error::Late { reason: "IDLE_TOO_LONG", message }
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            if let Some(wait) = self.wait.take() {
                self.waited += wait.begun.elapsed();
            }
            if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
                self.bytes += u64::try_from(data.len()).unwrap_or(u64::MAX);
            }
            return Poll::Ready(frame);
        }
        let mut wait = self.wait.take().unwrap_or_else(|| self.wait());
        let ended = wait.end.as_mut().poll(context);
        let last = wait.last;
        self.wait = Some(wait);
        ready!(ended);
        Poll::Ready(Some(Err(self.refusal(last).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}
