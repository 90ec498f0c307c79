//! Connections as they are accepted.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::server::TcpIncoming;

/// Wait before a connection is accepted again if the system has no room for one.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);

/// The connections that arrive at a listener.
pub(super) fn incoming(listener: TcpListener) -> impl Stream<Item = io::Result<TcpStream>> {
    // TCP_NODELAY is set here because the builder's own option does not apply to a listener that is passed in.
    // Without it, a small answer waits 40 ms for the acknowledgement of its headers.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    incoming.then(|accepted| async {
        if let Err(error) = &accepted
            && !of_one_connection(error)
        {
            // The connection stays in the queue of the listener, so without a wait the same error would come at once.
            tracing::warn!(%error, "no connection can be accepted at present; those that are open are served");
            tokio::time::sleep(ACCEPT_AGAIN).await;
        }
        accepted
    })
}

/// Whether an error concerns a connection that its client has given up.
fn of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused)
}
