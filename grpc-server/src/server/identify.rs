//! Says of every call who makes it, before anything else looks at the call.

use std::sync::Arc;

use tonic::body::Body;
use tonic::codegen::http::{self, HeaderValue, header::AUTHORIZATION};

use super::around::{Answering, Around, Inside, refused};
use crate::audit::Notes;
use crate::identity::{Caller, Identity, Peer, Refusal, Via};

/// Header of an answer to a caller that nobody has identified.
const IDENTITY: &str = "peelian-identity";
/// Its value.
const NOBODY: HeaderValue = HeaderValue::from_static("none (loopback only)");

/// Services that are answered without an identity: they say only whether the exchange is healthy and what its contract
/// is, which is public.
const OPEN: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Whether a path is one of a service that is answered without an identity.
pub(super) fn is_open(path: &str) -> bool {
    OPEN.iter().any(|service| path.starts_with(service))
}

/// Puts the [`Caller`] into the extensions of every request. A call without one is refused.
#[derive(Clone)]
pub(super) struct Identify(pub(super) Arc<Identity>);

impl Identify {
    fn caller(&self, request: &http::Request<Body>) -> Result<Caller, Refusal> {
        let notes = request.extensions().get::<Arc<Notes>>();
        let caller = self.0.identify(request.headers(), request.extensions()).inspect_err(|refusal| {
            if let Some((notes, token)) = notes.zip(refusal.token()) {
                notes.refused_token(token);
            }
        })?;
        // A call that is refused from here on is recorded with its caller too.
        if let Some(notes) = notes {
            notes.caller(&caller);
        }
        caller.scope.check_method(request.uri().path())?;
        Ok(caller)
    }
}

impl Around for Identify {
    fn answer(&self, mut request: http::Request<Body>, inside: &mut impl Inside) -> Answering {
        let open = is_open(request.uri().path());
        let nobody = match self.caller(&request) {
            Ok(caller) => {
                let nobody = caller.via == Via::Loopback;
                request.extensions_mut().insert(caller);
                nobody
            }
            Err(_) if open => false,
            Err(refusal) => {
                let remote = request.extensions().get::<Peer>().and_then(|peer| peer.remote);
                tracing::warn!(
                    remote = remote.map(tracing::field::display),
                    reason = refusal.reason(),
                    %refusal,
                    "a caller was refused"
                );
                return refused(refusal);
            }
        };
        // Nothing behind this needs the secret, so nothing behind this can show it.
        request.headers_mut().remove(AUTHORIZATION);
        let answering = inside.call(request);
        Box::pin(async move {
            let mut response = answering.await?;
            if nobody {
                response.headers_mut().insert(IDENTITY, NOBODY);
            }
            Ok(response)
        })
    }
}
