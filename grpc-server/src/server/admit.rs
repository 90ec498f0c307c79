//! Admits calls within the limits of their agency, and of all callers.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, Bytes, http};

use super::around::{Answering, Around, Inside, refused};
use super::identify::is_open;
use crate::admission::{Admission, Admitted, Busy};
use crate::identity::{Caller, Peer};

/// Admits every call but those for the health and the description of the server, or refuses it. The caller must be known.
#[derive(Clone)]
pub(super) struct Admit(pub(super) Arc<Admission>);

impl Admit {
    fn admit(&self, request: &http::Request<Body>) -> Result<Arc<Admitted>, Busy> {
        let agency = request.extensions().get::<Caller>().and_then(|caller| caller.agency.as_ref());
        let seats = request.extensions().get::<Peer>().map(|peer| peer.seats.clone());
        self.0.admit(agency, &seats.unwrap_or_default()).map(Arc::new)
    }
}

impl Around for Admit {
    fn answer(&self, mut request: http::Request<Body>, inside: &mut impl Inside) -> Answering {
        if is_open(request.uri().path()) {
            return Box::pin(inside.call(request));
        }
        let admitted = match self.admit(&request) {
            Ok(admitted) => admitted,
            Err(busy) => return refused(busy),
        };
        request.extensions_mut().insert(Arc::clone(&admitted));
        let call = Arc::clone(&admitted);
        let answering = inside.call(request.map(|body| Body::new(AdmittedBody { body, call })));
        Box::pin(async move {
            let answer = answering.await?;
            Ok(answer.map(|body| Body::new(AdmittedBody { body, call: admitted })))
        })
    }
}

/// The body of a request or of an answer, whose bytes are counted. The call is under way until both end.
struct AdmittedBody {
    body: Body,
    call: Arc<Admitted>,
}

impl HttpBody for AdmittedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.call.used_bytes(data.len());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
