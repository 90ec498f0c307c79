//! The command line's side of the door: it speaks to a server over gRPC like any partner.

mod submit;
pub(crate) mod table;

pub(crate) use submit::{Content, Outgoing, submit};

use std::error::Error;
use std::time::Duration;

use peelian::v1::observation_service_client::ObservationServiceClient;
use peelian::v1::submission_service_client::SubmissionServiceClient;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt as _;

/// Largest reply taken: a page of observations with their caveats is well below it.
const MAX_REPLY_BYTES: usize = 64 << 20;

/// Where a command finds its server.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Address of the server.
    #[arg(long, env = "PEELIAN_SERVER", value_name = "HOST:PORT", default_value = "127.0.0.1:50829")]
    server: String,
}

impl Target {
    /// Connects.
    pub(crate) async fn connect(&self) -> Result<Connection, Box<dyn Error>> {
        Connection::open(&self.server).await
    }
}

/// A connection to a server.
#[derive(Clone, Debug)]
pub(crate) struct Connection(Channel);

impl Connection {
    /// Connects to `address`, a host and a port.
    pub(crate) async fn open(address: &str) -> Result<Self, Box<dyn Error>> {
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?
            .connect_timeout(Duration::from_secs(5))
            .initial_connection_window_size(8 << 20)
            .initial_stream_window_size(4 << 20);
        let channel = endpoint.connect().await.map_err(|error| {
            format!("no server answers at {address} ({error}): start one with `peelian-server serve` or `demo`")
        })?;
        Ok(Self(channel))
    }

    /// The service that takes submissions.
    pub(crate) fn submissions(&self) -> SubmissionServiceClient<Channel> {
        SubmissionServiceClient::new(self.0.clone())
    }

    /// The service that answers queries.
    pub(crate) fn observations(&self) -> ObservationServiceClient<Channel> {
        ObservationServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }
}

/// What a person needs of a refusal: the message, then what the details add to it.
pub(crate) fn refusal(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let details = status.get_error_details();
    for violation in details.bad_request().into_iter().flat_map(|bad| &bad.field_violations) {
        text.push_str(&format!("\n  {}: {}", violation.field, violation.description));
    }
    for violation in details.precondition_failure().into_iter().flat_map(|failed| &failed.violations) {
        text.push_str(&format!("\n  {}: {}", violation.subject, violation.description));
    }
    text
}
