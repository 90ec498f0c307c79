//! A partner's side of the door, for the command line and for the libraries: it connects, submits and asks.
//!
//! ```no_run
//! use peelian::client::{Connection, query};
//! use peelian::v1::Query;
//!
//! # async fn example() -> Result<(), peelian::client::ClientError> {
//! let connection = Connection::open("127.0.0.1:50829").await?;
//! let asked = Query {
//!     measures: vec!["knife-crime-offences".into()],
//!     areas: vec!["borough".into()],
//!     periods: vec!["latest:12".into()],
//!     ..Query::default()
//! };
//! for observation in query(&connection, asked).await? {
//!     println!("{} {}", observation.area_name, observation.marker);
//! }
//! # Ok(())
//! # }
//! ```

mod submit;

use std::time::Duration;

use tonic::Status;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt as _;

pub use submit::{Content, Outgoing, submit};

use crate::v1::catalogue_service_client::CatalogueServiceClient;
use crate::v1::observation_service_client::ObservationServiceClient;
use crate::v1::submission_service_client::SubmissionServiceClient;
use crate::v1::{
    ExplainObservationRequest, ExplainObservationResponse, Finding, ListFindingsRequest, Observation, Query,
    QueryObservationsRequest, StreamObservationsRequest,
};

/// Largest reply taken: a page of observations with their caveats is well below it.
const MAX_REPLY_BYTES: usize = 64 << 20;

/// Findings asked for at once.
const LARGEST_PAGE: i32 = 1_000;

/// How long a server may take to answer the knock. What it does afterwards is not timed: a submission takes its time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one.
    #[error("{address} is not the address of a server: write HOST:PORT")]
    Address {
        /// What was given.
        address: String,
    },
    /// Nothing answers there.
    #[error("no server answers at {address} ({error}): start one with `peelian-server serve` or `demo`")]
    Unreachable {
        /// Where.
        address: String,
        /// What the connection said.
        error: tonic::transport::Error,
    },
    /// The server refuses; the message has the details that came with it.
    #[error("{}", refusal(.0))]
    Refused(Box<Status>),
    /// The server broke the contract.
    #[error("the server's answer has no {0}")]
    Incomplete(&'static str),
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// A connection to a server. Clones share it, and any number of calls may be under way at once.
#[derive(Clone, Debug)]
pub struct Connection(Channel);

impl Connection {
    /// Connects to `address`, a host and a port.
    ///
    /// # Errors
    ///
    /// [`ClientError::Address`] or [`ClientError::Unreachable`].
    pub async fn open(address: &str) -> Result<Self, ClientError> {
        let endpoint = Endpoint::from_shared(format!("http://{address}"));
        let endpoint = endpoint.map_err(|_| ClientError::Address { address: address.to_owned() })?;
        // Windows of flow control: a large answer is not held back before it is read.
        let endpoint = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .initial_connection_window_size(8 << 20)
            .initial_stream_window_size(4 << 20);
        let unreachable = |error| ClientError::Unreachable { address: address.to_owned(), error };
        endpoint.connect().await.map(Self).map_err(unreachable)
    }

    /// The service that takes submissions.
    #[must_use]
    pub fn submissions(&self) -> SubmissionServiceClient<Channel> {
        SubmissionServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that answers queries.
    #[must_use]
    pub fn observations(&self) -> ObservationServiceClient<Channel> {
        ObservationServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that describes measures and datasets.
    #[must_use]
    pub fn catalogue(&self) -> CatalogueServiceClient<Channel> {
        CatalogueServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }
}

/// Every observation of a query, page after page.
///
/// # Errors
///
/// [`ClientError::Refused`].
pub async fn query(connection: &Connection, query: Query) -> Result<Vec<Observation>, ClientError> {
    let mut service = connection.observations();
    let mut request = QueryObservationsRequest { query: Some(query), ..QueryObservationsRequest::default() };
    let mut observations = Vec::new();
    loop {
        let page = service.query_observations(request.clone()).await?.into_inner();
        observations.extend(page.observations);
        if page.next_page_token.is_empty() {
            return Ok(observations);
        }
        request.page_token = page.next_page_token;
    }
}

/// Every observation of a query as one table: the bytes of an Arrow IPC stream.
///
/// # Errors
///
/// [`ClientError::Refused`].
pub async fn query_arrow(connection: &Connection, query: Query) -> Result<Vec<u8>, ClientError> {
    let request = StreamObservationsRequest { query: Some(query) };
    let mut answer = connection.observations().stream_observations(request).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(part) = answer.message().await? {
        bytes.extend_from_slice(&part.arrow_ipc);
    }
    Ok(bytes)
}

/// How one value came about.
///
/// # Errors
///
/// [`ClientError::Refused`].
pub async fn explain(
    connection: &Connection,
    request: ExplainObservationRequest,
) -> Result<ExplainObservationResponse, ClientError> {
    Ok(connection.observations().explain_observation(request).await?.into_inner())
}

/// Every finding of a submission by its resource name, page after page.
///
/// # Errors
///
/// [`ClientError::Refused`].
pub async fn findings(connection: &Connection, submission: &str) -> Result<Vec<Finding>, ClientError> {
    let mut service = connection.submissions();
    let parent = submission.to_owned();
    let mut request = ListFindingsRequest { parent, page_size: LARGEST_PAGE, ..ListFindingsRequest::default() };
    let mut findings = Vec::new();
    loop {
        let page = service.list_findings(request.clone()).await?.into_inner();
        findings.extend(page.findings);
        if page.next_page_token.is_empty() {
            return Ok(findings);
        }
        request.page_token = page.next_page_token;
    }
}

/// What a person needs of a refusal: the message, then what the details add to it.
fn refusal(status: &Status) -> String {
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
