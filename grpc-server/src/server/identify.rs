//! Says of every call who makes it, before anything else looks at the call.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::task::{Context, Poll};

use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::HeaderValue;
use tonic::codegen::http::header::AUTHORIZATION;
use tonic::codegen::{BoxFuture, Service, http};
use tower::Layer;

use crate::audit::Notes;
use crate::error::Error;
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

impl<S> Layer<S> for Identify {
    type Service = Identified<S>;

    fn layer(&self, inner: S) -> Identified<S> {
        Identified { identity: Arc::clone(&self.0), inner }
    }
}

/// Services whose callers are known.
#[derive(Clone)]
pub(super) struct Identified<S> {
    identity: Arc<Identity>,
    inner: S,
}

impl<S> Identified<S> {
    fn caller(&self, request: &http::Request<Body>) -> Result<Caller, Refusal> {
        let caller = self.identity.identify(request.headers(), request.extensions())?;
        // A call that is refused from here on is recorded with its caller too.
        if let Some(notes) = request.extensions().get::<Arc<Notes>>() {
            notes.caller(&caller);
        }
        caller.scope.check_method(request.uri().path())?;
        Ok(caller)
    }
}

impl<S> Service<http::Request<Body>> for Identified<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<http::Response<Body>, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
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
                return Box::pin(ready(Ok(Status::from(Error::from(refusal)).into_http())));
            }
        };
        // Nothing behind this needs the secret, so nothing behind this can show it.
        request.headers_mut().remove(AUTHORIZATION);
        let answering = self.inner.call(request);
        Box::pin(async move {
            let mut response = answering.await?;
            if nobody {
                response.headers_mut().insert(IDENTITY, NOBODY);
            }
            Ok(response)
        })
    }
}
