//! Makes connections, encrypted or not, and remembers what went wrong with TLS.
//!
//! HTTP/2 forgets why a connection broke. So the reason is noted where bytes are read and written.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::credentials::Credentials;
use super::tls_problem::TlsProblem;

/// First byte of an alert of TLS (RFC 8446, section 5.1). A frame of HTTP/2 with this byte would have more than a million
/// bytes, and the first frame of a server is small.
const ALERT: u8 = 0x15;

/// How connections to one server are made.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encrypted: bool,
    pub(super) credentials: Arc<Credentials>,
    pub(super) problem: Problem,
}

/// What went wrong with TLS last.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem(Arc<Mutex<Option<TlsProblem>>>);

impl Problem {
    /// The problem, if there is one.
    pub(super) fn get(&self) -> Option<TlsProblem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, problem: Option<TlsProblem>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// Notes the problem of an error, if it is one of TLS.
    fn note(&self, error: &io::Error) {
        if let Some(problem) = TlsProblem::of(error) {
            self.set(Some(problem));
        }
    }
}

impl Link {
    /// Makes a connection.
    pub(super) async fn connect(self: Arc<Self>) -> io::Result<TokioIo<Line>> {
        self.problem.set(None);
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let stream = if self.encrypted { self.encrypt(stream).await? } else { Stream::Plain(stream, false) };
        Ok(TokioIo::new(Line { stream, problem: self.problem.clone() }))
    }

    async fn encrypt(&self, stream: TcpStream) -> io::Result<Stream> {
        let failed = |problem: String| {
            self.problem.set(Some(TlsProblem::Other(problem.clone())));
            io::Error::other(problem)
        };
        let config = self.credentials.tls().map_err(failed)?;
        let name = ServerName::try_from(self.host.clone()).map_err(|error| failed(error.to_string()))?;
        match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
            Ok(stream) => Ok(Stream::Encrypted(Box::new(stream))),
            Err(error) => {
                let hung_up = matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset);
                self.problem.set(TlsProblem::of(&error).or(hung_up.then_some(TlsProblem::NotTls)));
                Err(error)
            }
        }
    }
}

/// A connection.
pub(super) struct Line {
    stream: Stream,
    problem: Problem,
}

enum Stream {
    /// Whether something was read, and the stream.
    Plain(TcpStream, bool),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Line {
    fn writer(&mut self) -> Pin<&mut (dyn AsyncWrite + Unpin)> {
        match &mut self.stream {
            Stream::Plain(stream, _) => Pin::new(stream),
            Stream::Encrypted(stream) => Pin::new(stream.as_mut()),
        }
    }

    fn noted<T>(&self, done: io::Result<T>) -> io::Result<T> {
        done.inspect_err(|error| self.problem.note(error))
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let done = match &mut self.stream {
            Stream::Plain(stream, _) => ready!(Pin::new(stream).poll_read(context, buffer)),
            Stream::Encrypted(stream) => ready!(Pin::new(stream.as_mut()).poll_read(context, buffer)),
        };
        let first = buffer.filled().get(before).copied();
        if let (Stream::Plain(_, read @ false), Some(first)) = (&mut self.stream, first) {
            *read = true;
            if first == ALERT {
                self.problem.set(Some(TlsProblem::TlsWanted));
            }
        }
        Poll::Ready(self.noted(done))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = ready!(self.writer().poll_write(context, bytes));
        Poll::Ready(self.noted(done))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = ready!(self.writer().poll_write_vectored(context, bytes));
        Poll::Ready(self.noted(done))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream, _) => stream.is_write_vectored(),
            Stream::Encrypted(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = ready!(self.writer().poll_flush(context));
        Poll::Ready(self.noted(done))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_shutdown(context)
    }
}
