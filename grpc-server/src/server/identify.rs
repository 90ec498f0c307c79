//! Says of every call who makes it, before anything else looks at the call.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::task::{Context, Poll};

use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::HeaderValue;
use tonic::codegen::{BoxFuture, Service, http};
use tower::Layer;

use crate::error::Error;
use crate::identity::{Identity, Via};

/// Header of an answer to a caller that nobody has identified.
const IDENTITY: &str = "peelian-identity";
/// Its value.
const NOBODY: HeaderValue = HeaderValue::from_static("none (loopback only)");

/// Services that are answered without an identity: they say only whether the exchange is healthy and what its contract
/// is, which is public.
const OPEN: [&str; 3] =
    ["/grpc.health.v1.Health/", "/grpc.reflection.v1.ServerReflection/", "/grpc.reflection.v1alpha."];

/// Puts the [`Caller`](crate::identity::Caller) into the extensions of every request. A call without one is refused.
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
        if OPEN.iter().any(|service| request.uri().path().starts_with(service)) {
            return Box::pin(self.inner.call(request));
        }
        let caller = self.identity.identify(&request).and_then(|caller| {
            caller.scope.check_method(request.uri().path())?;
            Ok(caller)
        });
        let caller = match caller {
            Ok(caller) => caller,
            Err(refusal) => return Box::pin(ready(Ok(Status::from(Error::from(refusal)).into_http()))),
        };
        let nobody = caller.via == Via::Loopback;
        request.extensions_mut().insert(caller);
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
