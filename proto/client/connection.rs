//! A connection to an exchange, and how long its calls may take.

use std::time::Duration;

use tonic::codegen::http::Uri;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

use super::ClientError;
use crate::v1::access_service_client::AccessServiceClient;
use crate::v1::catalogue_service_client::CatalogueServiceClient;
use crate::v1::coverage_service_client::CoverageServiceClient;
use crate::v1::observation_service_client::ObservationServiceClient;
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

/// A connection to a server. Clones share the connection. Any number of calls may be under way at the same time.
///
/// A call waits at most 120 seconds for its answer, and a submission takes at most 30 minutes:
/// [`Connection::with_timeout`] sets another time. A call also ends if the server gives no sign of life for two minutes.
#[derive(Clone, Debug)]
pub struct Connection {
    channel: Channel,
    address: String,
    answer: Option<Duration>,
    submission: Option<Duration>,
}

impl Connection {
    /// Connects to `address`, a host and a port, and waits at most 10 seconds for a sign that a server is there.
    ///
    /// # Errors
    ///
    /// [`ClientError::Address`]; [`ClientError::Unreachable`] if nothing accepts connections; [`ClientError::Lost`] if what
    /// accepts them does not answer.
    pub async fn open(address: &str) -> Result<Self, ClientError> {
        let address = address.to_owned();
        let Some(uri) = uri(&address) else { return Err(ClientError::Address { address }) };
        let endpoint = Endpoint::from(uri)
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(PING_AFTER)
            .keep_alive_timeout(PING_TIMEOUT)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .initial_stream_window_size(STREAM_WINDOW);
        let channel = match endpoint.connect().await {
            Ok(channel) => channel,
            Err(error) => return Err(ClientError::Unreachable { address, error }),
        };
        let connection =
            Self { channel, address, answer: Some(ANSWER_TIMEOUT), submission: Some(SUBMISSION_TIMEOUT) };
        connection.greet().await?;
        Ok(connection)
    }

    /// Asks the server for its health, in the standard service of gRPC: <https://grpc.io/docs/guides/health-checking>. Any
    /// answer will do, also a refusal. A connection alone is no sign of a server of gRPC: any port can accept one.
    async fn greet(&self) -> Outcome<()> {
        let lost = |status| ClientError::Lost { address: self.address.clone(), status: Box::new(status) };
        let ask = async {
            let mut service = tonic::client::Grpc::new(self.channel.clone());
            service.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
            // The empty message is the question for the server as a whole. Of the answer, nothing is read.
            let (path, codec) = (PathAndQuery::from_static(HEALTH), ProstCodec::<(), ()>::default());
            service.unary(Request::new(()), path, codec).await
        };
        match tokio::time::timeout(GREETING_TIMEOUT, ask).await {
            Err(_) => Err(lost(Status::deadline_exceeded("no answer"))),
            Ok(Err(status)) if is_lost(&status) => Err(lost(status)),
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

    /// The service that accepts submissions. Its calls have no time limit of their own.
    #[must_use]
    pub fn submissions(&self) -> SubmissionServiceClient<Channel> {
        SubmissionServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that answers queries. Its calls have no time limit of their own.
    #[must_use]
    pub fn observations(&self) -> ObservationServiceClient<Channel> {
        ObservationServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that says which reports are expected. Its calls have no time limit of their own.
    #[must_use]
    pub fn coverage(&self) -> CoverageServiceClient<Channel> {
        CoverageServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that says what the caller may do. Its calls have no time limit of their own.
    #[must_use]
    pub fn access(&self) -> AccessServiceClient<Channel> {
        AccessServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that describes measures and datasets. Its calls have no time limit of their own.
    #[must_use]
    pub fn catalogue(&self) -> CatalogueServiceClient<Channel> {
        CatalogueServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// Waits for the answer to a question.
    pub(super) async fn answer<T>(&self, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.within(self.answer, call).await
    }

    /// Waits for the end of a submission.
    pub(super) async fn submission<T>(&self, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.within(self.submission, call).await
    }

    async fn within<T>(&self, limit: Option<Duration>, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let done = match limit {
            None => call.await,
            Some(limit) => tokio::time::timeout(limit, call)
                .await
                .unwrap_or_else(|_| Err(ClientError::TimedOut { address: self.address.clone(), limit })),
        };
        done.map_err(|error| match error {
            ClientError::Refused(status) if is_lost(&status) => {
                ClientError::Lost { address: self.address.clone(), status }
            }
            other => other,
        })
    }
}

type Outcome<T> = Result<T, ClientError>;

/// The URI of a host and a port; `None` if the text is anything else, such as a URL.
fn uri(address: &str) -> Option<Uri> {
    let uri: Uri = format!("http://{address}").parse().ok()?;
    let authority = uri.authority()?;
    let whole = authority.as_str() == address && !address.contains('@');
    (whole && !authority.host().is_empty() && authority.port_u16().is_some()).then_some(uri)
}

/// Whether a status says that the connection is gone, or that the server does not speak gRPC. The exchange gives a reason
/// with each refusal. Such a status has none: tonic makes it from an error of HTTP/2.
fn is_lost(status: &Status) -> bool {
    let broken = status.code() == Code::Unavailable || status.message().starts_with("h2 protocol error");
    broken && status.get_details_error_info().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for right in ["127.0.0.1:50829", "localhost:1", "[::1]:50829", "exchange.example.org:443"] {
            assert!(uri(right).is_some(), "{right}");
        }
        for wrong in
            ["", "localhost", ":50829", "http://localhost:50829", "localhost:50829/", "a@localhost:1", "a b:1", "a:b"]
        {
            assert!(uri(wrong).is_none(), "{wrong}");
        }
    }
}
