//! What the server does around calls: before they are answered, and to their answers.

use std::convert::Infallible;
use std::future::ready;
use std::task::{Context, Poll};

use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tower::Layer;

use crate::error::Error;

/// An answer that is being made.
pub(super) type Answering = BoxFuture<http::Response<Body>, Infallible>;

/// Services that answer calls.
pub(super) trait Inside:
    Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future: Send + 'static>
{
}

impl<S> Inside for S where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future: Send + 'static>
{
}

/// Something that is done around every call.
pub(super) trait Around: Clone {
    /// Answers a call with the services inside, or refuses it.
    fn answer(&self, request: http::Request<Body>, inside: &mut impl Inside) -> Answering;
}

/// The answer to a call that is refused before any service has it.
pub(super) fn refused(error: impl Into<Error>) -> Answering {
    Box::pin(ready(Ok(tonic::Status::from(error.into()).into_http())))
}

/// The layer of something that is done around every call.
#[derive(Clone)]
pub(super) struct AroundLayer<A>(pub(super) A);

impl<A: Clone, S> Layer<S> for AroundLayer<A> {
    type Service = Surrounded<A, S>;

    fn layer(&self, inside: S) -> Surrounded<A, S> {
        Surrounded { around: self.0.clone(), inside }
    }
}

/// Services with something that is done around their calls.
#[derive(Clone)]
pub(super) struct Surrounded<A, S> {
    around: A,
    inside: S,
}

impl<A: Around, S: Inside> Service<http::Request<Body>> for Surrounded<A, S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inside.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Answering {
        self.around.answer(request, &mut self.inside)
    }
}
