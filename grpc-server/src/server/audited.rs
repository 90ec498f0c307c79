//! Records every call in the audit log.
//!
//! A place in the log is taken before anything else looks at the call, so that nothing happens that could not be recorded.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use http_body::{Frame, SizeHint};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::body::Body;
use tonic::codegen::http::HeaderValue;
use tonic::codegen::{Body as HttpBody, Bytes, http};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use ulid::Ulid;

use super::around::{Answering, Around, Inside, refused};
use super::identify::is_open;
use crate::audit::{AuditLog, Notes, Place};

/// Header of an answer with the identifier of its call, which the log and the audit log have too.
const CALL: &str = "peelian-call";
/// Method of a record if the contract has no such method: the path is a text of the caller.
const NO_METHOD: &str = "(no method of the contract)";
/// Outcome of a call whose caller left before the end of the answer.
const LEFT: &str = "CANCELLED";

/// The methods of the contract: "peelian.v1.SubmissionService/Submit".
static METHODS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let files = FileDescriptorSet::decode(peelian::DESCRIPTOR_SET).unwrap_or_default().file;
    let services = files.into_iter().flat_map(|file| {
        let package = file.package().to_owned();
        file.service.into_iter().map(move |service| (format!("{package}.{}", service.name()), service.method))
    });
    services
        .flat_map(|(service, methods)| {
            methods.into_iter().map(move |method| format!("{service}/{}", method.name())).collect::<Vec<_>>()
        })
        .collect()
});

/// Records every call but those for the health and the description of the server.
#[derive(Clone)]
pub(super) struct Audit(pub(super) Arc<AuditLog>);

impl Around for Audit {
    fn answer(&self, mut request: http::Request<Body>, inside: &mut impl Inside) -> Answering {
        let Self(audit) = self;
        let path = request.uri().path();
        if is_open(path) {
            return Box::pin(inside.call(request));
        }
        let place = match audit.records().then(|| audit.place()).transpose() {
            Ok(place) => place,
            Err(error) => return refused(error),
        };
        let id = Ulid::generate().to_string();
        let method = METHODS.get(path.trim_start_matches('/')).map_or(NO_METHOD, String::as_str);
        let notes = Arc::new(Notes::new(id.clone(), method.to_owned()));
        request.extensions_mut().insert(Arc::clone(&notes));
        let mut recording =
            Recording { audit: Arc::clone(audit), place, notes, outcome: LEFT, reason: String::new() };
        let answering = inside.call(request);
        Box::pin(async move {
            tracing::Span::current().record("call", &id);
            let mut response = answering.await?;
            if let Ok(id) = HeaderValue::from_str(&id) {
                response.headers_mut().insert(CALL, id);
            }
            if recording.place.is_none() {
                return Ok(response);
            }
            recording.read(response.headers());
            Ok(response.map(|body| Body::new(RecordedBody { body, recording })))
        })
    }
}

/// A call that is recorded when this is dropped.
struct Recording {
    audit: Arc<AuditLog>,
    place: Option<Place>,
    notes: Arc<Notes>,
    outcome: &'static str,
    reason: String,
}

impl Recording {
    /// Reads the status in headers or trailers, if they have one.
    fn read(&mut self, headers: &http::HeaderMap) {
        let Some(status) = Status::from_header_map(headers) else { return };
        self.outcome = name(status.code());
        // Reasons are those of this exchange.
        self.reason = status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default();
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if let Some(place) = self.place.take().filter(|_| !self.notes.is_recorded()) {
            self.audit.record(place, self.notes.ended(self.outcome, &self.reason));
        }
    }
}

/// The body of an answer. The call is recorded when it ends.
struct RecordedBody {
    body: Body,
    recording: Recording,
}

impl HttpBody for RecordedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(trailers) = frame.trailers_ref()
        {
            self.recording.read(trailers);
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

/// The name of a code in gRPC.
const fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
