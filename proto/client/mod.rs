//! A client of an exchange, for the command line and for the libraries: it connects, submits and queries.
//!
//! ```no_run
//! use peelian::client::{Connection, query};
//! use peelian::v1::Query;
//!
//! # async fn example() -> Result<(), peelian::client::ClientError> {
//! let connection = Connection::open("127.0.0.1:50829").await?;
//! let selection = Query {
//!     measures: vec!["knife-crime-offences".into()],
//!     areas: vec!["borough".into()],
//!     periods: vec!["latest:12".into()],
//!     ..Query::default()
//! };
//! for observation in query(&connection, selection).await? {
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

use crate::page_size;
use crate::v1::catalogue_service_client::CatalogueServiceClient;
use crate::v1::coverage_service_client::CoverageServiceClient;
use crate::v1::observation_service_client::ObservationServiceClient;
use crate::v1::submission_service_client::SubmissionServiceClient;
use crate::v1::{
    ExplainObservationRequest, ExplainObservationResponse, Finding, ListFindingsRequest, ListReportsRequest,
    Observation, Query, QueryObservationsRequest, Report, StreamObservationsRequest,
};

/// Largest reply that is accepted. A page of observations with their caveats is well below it.
const MAX_REPLY_BYTES: usize = 64 << 20;

/// Longest wait for a connection. Calls have no such limit, because a submission can take minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Flow-control window of a connection: large enough that a large answer does not wait for the client to read.
const CONNECTION_WINDOW: u32 = 8 << 20;
/// Flow-control window of a stream.
const STREAM_WINDOW: u32 = 4 << 20;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address has the wrong form.
    #[error("{address} is not the address of a server: write HOST:PORT")]
    Address {
        /// The address.
        address: String,
    },
    /// No server answers at the address.
    #[error("no server answers at {address} ({error}): start one with `peelian-server serve` or `demo`")]
    Unreachable {
        /// The address.
        address: String,
        /// The error of the connection.
        error: tonic::transport::Error,
    },
    /// The server refuses the call. The message includes the details of the status.
    #[error("{}", refusal(.0))]
    Refused(Box<Status>),
    /// The server's answer lacks a part that the contract requires.
    #[error("the server's answer has no {0}")]
    Incomplete(&'static str),
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

/// A connection to a server. Clones share the connection. Any number of calls may be under way at the same time.
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
        let endpoint = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .initial_stream_window_size(STREAM_WINDOW);
        let unreachable = |error| ClientError::Unreachable { address: address.to_owned(), error };
        endpoint.connect().await.map(Self).map_err(unreachable)
    }

    /// The service that accepts submissions.
    #[must_use]
    pub fn submissions(&self) -> SubmissionServiceClient<Channel> {
        SubmissionServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that answers queries.
    #[must_use]
    pub fn observations(&self) -> ObservationServiceClient<Channel> {
        ObservationServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that says which reports are expected.
    #[must_use]
    pub fn coverage(&self) -> CoverageServiceClient<Channel> {
        CoverageServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }

    /// The service that describes measures and datasets.
    #[must_use]
    pub fn catalogue(&self) -> CatalogueServiceClient<Channel> {
        CatalogueServiceClient::new(self.0.clone()).max_decoding_message_size(MAX_REPLY_BYTES)
    }
}

/// All observations of a query. They are read page by page.
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

/// All observations of a query as one table: the bytes of an Arrow IPC stream.
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

/// Explains one value: the definition, the steps by which records were selected, and the submissions.
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

/// All reports that a request selects. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`].
pub async fn reports(connection: &Connection, request: ListReportsRequest) -> Result<Vec<Report>, ClientError> {
    let mut service = connection.coverage();
    let mut request = request;
    let mut reports = Vec::new();
    loop {
        let page = service.list_reports(request.clone()).await?.into_inner();
        reports.extend(page.reports);
        if page.next_page_token.is_empty() {
            return Ok(reports);
        }
        request.page_token = page.next_page_token;
    }
}

/// All findings of a submission, which is named by its resource name. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`].
pub async fn findings(connection: &Connection, submission: &str) -> Result<Vec<Finding>, ClientError> {
    let mut service = connection.submissions();
    let parent = submission.to_owned();
    let mut request =
        ListFindingsRequest { parent, page_size: page_size::LARGEST.into(), ..ListFindingsRequest::default() };
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

/// A refusal as text for people: the message, then the violations in the details.
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
