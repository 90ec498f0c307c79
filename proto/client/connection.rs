//! A connection to an exchange, and how long its calls may take.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tonic::codegen::http::Uri;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;
use tower::service_fn;

use super::ClientError;
use super::credentials::{Bearer, Credentials};
use super::link::{Link, Problem};
use crate::v1::access_service_client::AccessServiceClient;
use crate::v1::catalogue_service_client::CatalogueServiceClient;
use crate::v1::coverage_service_client::CoverageServiceClient;
use crate::v1::observation_service_client::ObservationServiceClient;
use crate::v1::release_service_client::ReleaseServiceClient;
use crate::v1::submission_service_client::SubmissionServiceClient;

/// Largest reply that is accepted. A page of observations with their caveats is well below it.
const MAX_REPLY_BYTES: usize = 64 << 20;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for the first answer on a connection. A server that computes for other callers still gives it at once.
/// Something that does not speak gRPC never does.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// If nothing arrives for this time during a call, the client sends a ping of HTTP/2 (RFC 9113, section 6.7).
const PING_AFTER: Duration = Duration::from_secs(10);

/// Longest wait for the answer to a ping. A ping waits behind the content that is already on its way, at most 8 MiB by the
/// server's flow control: a line of 1 Mbit/s needs 70 seconds for that.
const PING_TIMEOUT: Duration = Duration::from_secs(110);

/// Longest wait for an answer, unless the caller sets another.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// Longest time of a submission, unless the caller sets another: the largest submission over a slow line.
const SUBMISSION_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// The method that tells the health of a server.
const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// Flow-control window of a connection: large enough that a large answer does not wait for the client to read.
const CONNECTION_WINDOW: u32 = 8 << 20;
/// Flow-control window of a stream.
const STREAM_WINDOW: u32 = 4 << 20;

/// A channel whose calls have the caller's token.
pub type Calls = InterceptedService<Channel, Bearer>;

/// A connection to a server. Clones share the connection. Any number of calls may be under way at the same time.
///
/// A call waits at most 120 seconds for its answer, and a submission takes at most 30 minutes:
/// [`Connection::with_timeout`] sets another time. A call also ends if the server gives no sign of life for two minutes.
#[derive(Clone, Debug)]
pub struct Connection {
    channel: Channel,
    bearer: Bearer,
    problem: Problem,
    address: String,
    answer: Option<Duration>,
    submission: Option<Duration>,
}

impl Connection {
    /// Connects to `address`, a host and a port, and waits at most 10 seconds for a sign that a server is there.
    /// `https://HOST:PORT` is encrypted.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::open_with`].
    pub async fn open(address: &str) -> Result<Self, ClientError> {
        Self::open_with(address, Credentials::default()).await
    }

    /// Connects to `address` with credentials. The connection is encrypted if the address begins with `https://`, or if the
    /// credentials have an authority or a certificate.
    ///
    /// # Errors
    ///
    /// [`ClientError::Address`]; [`ClientError::Credentials`] if a file cannot be used, or if a token would be sent to another
    /// machine without encryption; [`ClientError::Tls`]; [`ClientError::Unreachable`] if nothing accepts connections;
    /// [`ClientError::Lost`] if what accepts them does not answer.
    pub async fn open_with(address: &str, credentials: Credentials) -> Result<Self, ClientError> {
        let address = address.to_owned();
        let Some(place) = Place::read(&address) else { return Err(ClientError::Address { address }) };
        let encrypted = place.encrypted || credentials.want_tls();
        // The files are read at once, so that a fault in them is not taken for one of the network.
        credentials.header().map_err(ClientError::Credentials)?;
        if encrypted {
            credentials.tls().map_err(ClientError::Credentials)?;
        } else if credentials.have_token() && !place.is_local() {
            return Err(ClientError::Credentials(
                "a token is sent over TLS alone, because others could read it: connect to https://HOST:PORT"
                    .to_owned(),
            ));
        }
        let endpoint = Endpoint::from(place.uri(encrypted))
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(PING_AFTER)
            .keep_alive_timeout(PING_TIMEOUT)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .initial_stream_window_size(STREAM_WINDOW);
        let (credentials, problem) = (Arc::new(credentials), Problem::default());
        let link = Arc::new(Link {
            host: place.host,
            port: place.port,
            encrypted,
            credentials: Arc::clone(&credentials),
            problem: problem.clone(),
        });
        let connector = service_fn(move |_: Uri| Arc::clone(&link).connect());
        let channel = match endpoint.connect_with_connector(connector).await {
            Ok(channel) => channel,
            Err(error) => {
                return Err(match problem.get() {
                    Some(problem) => ClientError::Tls { address, problem },
                    None => ClientError::Unreachable { address, error },
                });
            }
        };
        let connection = Self {
            channel,
            bearer: Bearer(credentials),
            problem,
            address,
            answer: Some(ANSWER_TIMEOUT),
            submission: Some(SUBMISSION_TIMEOUT),
        };
        connection.greet().await?;
        Ok(connection)
    }

    /// Asks the server for its health, in the standard service of gRPC: <https://grpc.io/docs/guides/health-checking>. Any
    /// answer will do, also a refusal. A connection alone is no sign of a server of gRPC: any port can accept one.
    async fn greet(&self) -> Outcome<()> {
        let lost = |status| self.lost(Box::new(status));
        let ask = async {
            let mut service = tonic::client::Grpc::new(self.channel.clone());
            service.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            // The empty message is the question for the server as a whole. Of the answer, nothing is read.
            let (path, codec) = (PathAndQuery::from_static(HEALTH), ProstCodec::<(), ()>::default());
            service.unary(Request::new(()), path, codec).await
        };
        match tokio::time::timeout(GREETING_TIMEOUT, ask).await {
            Err(_) => Err(lost(Status::deadline_exceeded("no answer"))),
            Ok(Err(status)) if self.is_lost(&status) => Err(lost(status)),
            Ok(_) => Ok(()),
        }
    }

    /// The connection with another longest time for each call. Zero means no limit.
    ///
    /// A call that reads several pages has this time for all of them.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), peelian::client::ClientError> {
    /// use peelian::client::Connection;
    /// use std::time::Duration;
    ///
    /// let connection = Connection::open("127.0.0.1:50829").await?.with_timeout(Duration::from_secs(600));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        let timeout = (!timeout.is_zero()).then_some(timeout);
        Self { answer: timeout, submission: timeout, ..self }
    }

    /// The channel of calls, which have the caller's token. The greeting has none: it comes before it is known what answers.
    fn calls(&self) -> Calls {
        InterceptedService::new(self.channel.clone(), self.bearer.clone())
    }

    /// The service that accepts submissions. Its calls have no time limit of their own.
    #[must_use]
    pub fn submissions(&self) -> SubmissionServiceClient<Calls> {
        SubmissionServiceClient::new(self.calls()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that answers queries. Its calls have no time limit of their own.
    #[must_use]
    pub fn observations(&self) -> ObservationServiceClient<Calls> {
        ObservationServiceClient::new(self.calls()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that says which reports are expected. Its calls have no time limit of their own.
    #[must_use]
    pub fn coverage(&self) -> CoverageServiceClient<Calls> {
        CoverageServiceClient::new(self.calls()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that says what the caller may do. Its calls have no time limit of their own.
    #[must_use]
    pub fn access(&self) -> AccessServiceClient<Calls> {
        AccessServiceClient::new(self.calls()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that makes and publishes releases. Its calls have no time limit of their own.
    #[must_use]
    pub fn releases(&self) -> ReleaseServiceClient<Calls> {
        ReleaseServiceClient::new(self.calls()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that describes measures and datasets. Its calls have no time limit of their own.
    #[must_use]
    pub fn catalogue(&self) -> CatalogueServiceClient<Calls> {
        CatalogueServiceClient::new(self.calls()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// Waits for the answer to a question.
    pub(super) async fn answer<T>(&self, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.within(self.answer, call).await
    }

    /// Waits for the end of a submission.
    pub(super) async fn submission<T>(&self, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.within(self.submission, call).await
    }

    /// Waits without a limit: for what may not come.
    pub(super) async fn unlimited<T>(&self, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.within(None, call).await
    }

    async fn within<T>(&self, limit: Option<Duration>, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let done = match limit {
            None => call.await,
            Some(limit) => tokio::time::timeout(limit, call)
                .await
                .unwrap_or_else(|_| Err(ClientError::TimedOut { address: self.address.clone(), limit })),
        };
        done.map_err(|error| match error {
            ClientError::Refused(status) if self.is_lost(&status) => self.lost(status),
            other => other,
        })
    }

    /// Whether a status comes from a connection that is gone. The exchange gives a reason with each refusal. Such a status has
    /// none: tonic makes it from an error of HTTP/2 or of the connection below it, in many forms. If TLS has failed, it is one
    /// in any form.
    fn is_lost(&self, status: &Status) -> bool {
        status.get_details_error_info().is_none() && (says_broken(status) || self.problem.get().is_some())
    }

    /// The error of a connection that is gone.
    fn lost(&self, status: Box<Status>) -> ClientError {
        let address = self.address.clone();
        match self.problem.get() {
            Some(problem) => ClientError::Tls { address, problem },
            None => ClientError::Lost { address, status },
        }
    }
}

type Outcome<T> = Result<T, ClientError>;

/// A host and a port.
#[derive(Debug)]
struct Place {
    /// Name or address of the host, without brackets.
    host: String,
    port: u16,
    /// The host and the port as a URI has them.
    authority: String,
    /// Whether the address says so.
    encrypted: bool,
}

impl Place {
    /// Reads HOST:PORT or https://HOST:PORT; `None` if the text is anything else.
    fn read(address: &str) -> Option<Self> {
        let (encrypted, rest) = match address.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, address),
        };
        let uri: Uri = format!("http://{rest}").parse().ok()?;
        let authority = uri.authority()?;
        let whole = authority.as_str() == rest && !rest.contains('@');
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16()?;
        (whole && !host.is_empty()).then(|| Self { host, port, authority: rest.to_owned(), encrypted })
    }

    fn uri(&self, encrypted: bool) -> Uri {
        let scheme = if encrypted { "https" } else { "http" };
        // The authority was read from a URI before.
        format!("{scheme}://{}", self.authority).parse().unwrap_or_default()
    }

    /// Whether the host is this machine.
    fn is_local(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|host: IpAddr| host.is_loopback())
    }
}

/// Whether a status says that the connection is gone, or that the server does not speak gRPC.
fn says_broken(status: &Status) -> bool {
    status.code() == Code::Unavailable
        || status.message().starts_with("h2 protocol error")
        || status.message() == "transport error"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for right in ["127.0.0.1:50829", "localhost:1", "[::1]:50829", "exchange.example.org:443"] {
            assert!(!Place::read(right).unwrap().encrypted, "{right}");
            assert!(Place::read(&format!("https://{right}")).unwrap().encrypted, "{right}");
        }
        assert_eq!(Place::read("https://[::1]:50829").unwrap().host, "::1");
        for wrong in
            ["", "localhost", ":50829", "http://localhost:50829", "localhost:50829/", "a@localhost:1", "a b:1", "a:b"]
        {
            assert!(Place::read(wrong).is_none(), "{wrong}");
            assert!(Place::read(&format!("https://{wrong}")).is_none(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_token_is_not_sent_to_another_machine_without_encryption() {
        let credentials = Credentials::default().with_token("plt_a_b");
        let refused = Connection::open_with("192.0.2.1:1", credentials).await.unwrap_err();
        assert!(matches!(&refused, ClientError::Credentials(text) if text.contains("https://")), "{refused}");
    }
}
