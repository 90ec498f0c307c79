//! The calls under way, from their request to the end of their answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body::{Frame, SizeHint};
use tokio::sync::watch;
use tokio::task::block_in_place;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Body as HttpBody, BoxFuture, Bytes, Service, http};
use tonic::service::Routes;
use tower::util::MapFutureLayer;

use crate::service::PageRoom;

/// The calls under way. Each holds a receiver; nothing is ever sent.
#[derive(Debug, Default)]
pub(super) struct Calls(watch::Sender<()>);

/// What the services make of a request.
type Answering = <Routes as Service<http::Request<Body>>>::Future;

/// A call that is counted.
type Counted = BoxFuture<http::Response<Body>, Infallible>;

impl Calls {
    /// Counts every call of the services inside.
    pub(super) fn layer(&self) -> MapFutureLayer<impl Fn(Answering) -> Counted + Clone + use<>> {
        let calls = self.0.clone();
        MapFutureLayer::new(move |answering: Answering| -> Counted {
            let call = calls.subscribe();
            Box::pin(async move {
                let mut answer = answering.await?;
                let room = answer.extensions_mut().remove();
                Ok(answer.map(|body| Body::new(CountedBody { body, _call: call, room })))
            })
        })
    }

    /// Waits until no call is under way.
    pub(super) async fn ended(&self) {
        self.0.closed().await;
    }
}

/// The body of an answer. The call ends with it.
struct CountedBody {
    body: Body,
    _call: watch::Receiver<()>,
    /// Memory of the answer. The end of the body is asked for only after its bytes were taken, so it is held until then.
    room: Option<Arc<PageRoom>>,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let is_large = self.room.as_ref().is_some_and(|room| room.is_large());
        let mut poll = || Pin::new(&mut self.body).poll_frame(context);
        // A message is written when it is asked for. Meanwhile, another thread takes the other calls of this one.
        if is_large { block_in_place(poll) } else { poll() }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
