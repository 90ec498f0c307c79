//! Connections as they are accepted.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWrite as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::server::TcpIncoming;

use super::socket::Socket;
use crate::admission::Seats;
use crate::audit::AuditLog;
use crate::identity::{Identity, Peer, PeerCertificate, Tls};

/// Wait before a connection is accepted again if the system has no room for one.
const ACCEPT_AGAIN: Duration = Duration::from_millis(500);

/// Longest handshake. A client that is there needs two round trips.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest wait for a client that was refused to close its side.
const LONGEST_FAREWELL: Duration = Duration::from_secs(2);
/// Handshakes under way at the same time. More connections wait to be accepted.
const HANDSHAKES: usize = 512;

/// A connection and its place among the open ones.
type Accepted = (TcpStream, OwnedSemaphorePermit);

/// Connections, encrypted if the exchange has TLS.
type Sockets = Pin<Box<dyn Stream<Item = io::Result<Socket>> + Send>>;

/// The connections that arrive at a listener.
/// At most so many are open at the same time.
pub(super) fn incoming(
    listener: TcpListener,
    most: usize,
    identity: &Arc<Identity>,
    audit: &Arc<AuditLog>,
) -> Sockets {
    let accepted = accepted(listener, most);
    match identity.tls() {
        None => Box::pin(accepted.map(|accepted| {
            let (stream, place) = accepted?;
            Ok(Socket::plain(stream, place))
        })),
        Some(tls) => encrypted(accepted, Arc::clone(tls), Arc::clone(identity), Arc::clone(audit)),
    }
}

fn accepted(listener: TcpListener, most: usize) -> impl Stream<Item = io::Result<Accepted>> + Send {
    // TCP_NODELAY is set here because the builder's own option does not apply to a listener that is passed in.
    // Without it, a small answer waits 40 ms for the acknowledgement of its headers.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let incoming = incoming.then(|accepted| async {
        if let Err(error) = &accepted
            && !of_one_connection(error)
        {
            // The connection stays in the queue of the listener, so without a wait the same error would come at once.
            tracing::warn!(%error, "no connection can be accepted at present; those that are open are served");
            tokio::time::sleep(ACCEPT_AGAIN).await;
        }
        accepted
    });
    let (places, mut full) = (Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))), false);
    incoming.filter_map(move |accepted| {
        let stream = match accepted {
            Ok(stream) => stream,
            Err(error) => return Some(Err(error)),
        };
        let place = Arc::clone(&places).try_acquire_owned().ok();
        if place.is_none() && !full {
            tracing::warn!(connections = most, "no further connections are accepted until others are closed");
        }
        full = place.is_none();
        // Without a place, it is closed at once, so that its client can try again.
        place.map(|place| Ok((stream, place)))
    })
}

/// Whether an error concerns a connection that its client has given up.
fn of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused)
}

/// Encrypts connections. A client that is slow with its handshake does not delay the others.
fn encrypted(
    accepted: impl Stream<Item = io::Result<Accepted>> + Send + 'static,
    tls: Arc<Tls>,
    identity: Arc<Identity>,
    audit: Arc<AuditLog>,
) -> Sockets {
    let (ready, sockets) = mpsc::channel(1);
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    tokio::spawn(async move {
        let mut accepted = std::pin::pin!(accepted);
        loop {
            let next = async {
                // The semaphore is never closed.
                let place = Arc::clone(&room).acquire_owned().await.ok()?;
                Some((place, accepted.next().await?))
            };
            // The listener is closed when nobody takes its connections any more.
            let next = tokio::select! {
                next = next => next,
                () = ready.closed() => None,
            };
            let Some((place, connection)) = next else { return };
            let (ready, tls) = (ready.clone(), Arc::clone(&tls));
            let (identity, audit) = (Arc::clone(&identity), Arc::clone(&audit));
            tokio::spawn(async move {
                let done = match connection {
                    Ok(accepted) => handshake(accepted, &tls, &identity, &audit).await.map(Ok),
                    Err(error) => Some(Err(error)),
                };
                drop(place);
                if let Some(done) = done {
                    // The server has stopped if nobody takes it.
                    _ = ready.send(done).await;
                }
            });
        }
    });
    Box::pin(ReceiverStream::new(sockets))
}

/// Makes an encrypted connection; `None` if the client is refused. The log and the audit log say why.
async fn handshake((stream, place): Accepted, tls: &Tls, identity: &Identity, audit: &AuditLog) -> Option<Socket> {
    let remote = stream.peer_addr().ok();
    // The number is read first: if the files change in between, the certificate is only verified once more.
    let generation = tls.generation();
    let shaking = TlsAcceptor::from(tls.config()).accept(stream).into_fallible();
    let refused = match timeout(LONGEST_HANDSHAKE, shaking).await {
        Ok(Ok(stream)) => {
            let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
            let certificate = PeerCertificate::of(chain, identity.exchange_name(), generation).map(Arc::new);
            let peer = Peer { remote, encrypted: true, certificate, seats: Seats::default() };
            return Some(Socket::encrypted(stream, peer, place));
        }
        Ok(Err((error, stream))) => {
            tokio::spawn(hang_up(stream));
            error.to_string()
        }
        Err(_) => "it took too long".to_owned(),
    };
    let remote = remote.map(tracing::field::display);
    tracing::warn!(remote, error = refused, "a connection was refused in its TLS handshake");
    audit.connection_refused(refused);
    None
}

/// Closes a connection so that its client can read why. If bytes of the client were left unread, the system would reset the
/// connection, and the client could lose the alert that was sent to it.
async fn hang_up(mut stream: TcpStream) {
    let closed = async {
        poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await?;
        let mut rest = [0; 4_096];
        loop {
            stream.readable().await?;
            match stream.try_read(&mut rest) {
                Ok(0) => return Ok(()),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
    };
    // Whatever the client does, the connection ends.
    _ = timeout(LONGEST_FAREWELL, closed).await;
}
