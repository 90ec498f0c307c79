//! A client of an exchange, for the command line and for the libraries: it connects, submits, queries, and makes and reads
//! releases.
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

mod access;
mod connection;
mod credentials;
mod link;
mod release;
pub mod release_folder;
mod secret_file;
mod signature;
mod submit;
mod tls_problem;

use std::time::Duration;

use tonic::Status;
use tonic_types::StatusExt as _;

pub use access::{agreements, check_access, who_am_i};
pub use connection::{Calls, Connection};
pub use credentials::{Bearer, Credentials};
pub use release::{
    News, ReleaseWatch, approve_release, create_release, diff_releases, discard_release, get_release,
    publish_release, release_name, releases, restore_release, review_release, watch_releases,
};
pub use secret_file::{SecretFileError, certified_key, read_secret};
pub use signature::is_signed;
pub use submit::{Content, Outgoing, submit};
pub use tls_problem::TlsProblem;

use crate::page_size;
use crate::v1::{
    Agency, ExplainObservationRequest, ExplainObservationResponse, Finding, GetSubmissionRequest,
    ListAgenciesRequest, ListFindingsRequest, ListReportsRequest, ListSubmissionsRequest, Observation, Query,
    QueryObservationsRequest, Report, StreamObservationsRequest, Submission, WithdrawSubmissionRequest,
};

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address has the wrong form.
    #[error("{address} is not the address of a server: write HOST:PORT, or https://HOST:PORT for TLS")]
    Address {
        /// The address.
        address: String,
    },
    /// The client's own certificates, keys or token cannot be used.
    #[error("{0}")]
    Credentials(String),
    /// The connection is not encrypted as it should be.
    #[error("the server at {address} is there, and {problem}")]
    Tls {
        /// The address.
        address: String,
        /// What is wrong and what to do.
        problem: TlsProblem,
    },
    /// No server answers at the address.
    #[error("no server answers at {address} ({error}): start one with `peelian-server serve` or `demo`")]
    Unreachable {
        /// The address.
        address: String,
        /// The error of the connection.
        error: tonic::transport::Error,
    },
    /// The server does not answer: the connection broke, or nothing arrived for too long.
    #[error(
        "the server at {address} does not answer, or the connection to it broke: check that a `peelian-server` runs \
         there, and try again; a submission that is sent again counts once"
    )]
    Lost {
        /// The address.
        address: String,
        /// The status that the connection gave.
        status: Box<Status>,
    },
    /// The call took longer than its time limit.
    #[error(
        "the server at {address} gave no answer within the timeout of {} s: ask for less, or set a longer timeout; a \
         submission that is sent again counts once", .limit.as_secs_f64()
    )]
    TimedOut {
        /// The address.
        address: String,
        /// The longest time that the call was allowed.
        limit: Duration,
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

/// All observations of a query. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn query(connection: &Connection, query: Query) -> Result<Vec<Observation>, ClientError> {
    connection.answer(query_pages(connection, query)).await
}

async fn query_pages(connection: &Connection, query: Query) -> Result<Vec<Observation>, ClientError> {
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
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn query_arrow(connection: &Connection, query: Query) -> Result<Vec<u8>, ClientError> {
    let request = StreamObservationsRequest { query: Some(query) };
    let stream = async {
        let mut answer = connection.observations().stream_observations(request).await?.into_inner();
        let mut bytes = Vec::new();
        while let Some(part) = answer.message().await? {
            bytes.extend_from_slice(&part.arrow_ipc);
        }
        Ok(bytes)
    };
    connection.answer(stream).await
}

/// Explains one value: the definition, the steps by which records were selected, and the submissions.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn explain(
    connection: &Connection,
    request: ExplainObservationRequest,
) -> Result<ExplainObservationResponse, ClientError> {
    let explained = async { Ok(connection.observations().explain_observation(request).await?.into_inner()) };
    connection.answer(explained).await
}

/// All reports that a request selects. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn reports(connection: &Connection, request: ListReportsRequest) -> Result<Vec<Report>, ClientError> {
    connection.answer(report_pages(connection, request)).await
}

async fn report_pages(connection: &Connection, request: ListReportsRequest) -> Result<Vec<Report>, ClientError> {
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

/// The agencies that may submit, with their remits: the register of the exchange. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn agencies(connection: &Connection) -> Result<Vec<Agency>, ClientError> {
    connection.answer(agency_pages(connection)).await
}

async fn agency_pages(connection: &Connection) -> Result<Vec<Agency>, ClientError> {
    let mut service = connection.catalogue();
    let mut request = ListAgenciesRequest::default();
    let mut agencies = Vec::new();
    loop {
        let page = service.list_agencies(request.clone()).await?.into_inner();
        agencies.extend(page.agencies);
        if page.next_page_token.is_empty() {
            return Ok(agencies);
        }
        request.page_token = page.next_page_token;
    }
}

/// All findings of a submission, which is named by its resource name. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn findings(connection: &Connection, submission: &str) -> Result<Vec<Finding>, ClientError> {
    connection.answer(finding_pages(connection, submission)).await
}

async fn finding_pages(connection: &Connection, submission: &str) -> Result<Vec<Finding>, ClientError> {
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

/// One submission with its header and its receipt, by its resource name.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`], [`ClientError::TimedOut`] or [`ClientError::Incomplete`].
pub async fn get_submission(connection: &Connection, submission: &str) -> Result<Submission, ClientError> {
    let request = GetSubmissionRequest { name: submission.to_owned() };
    let found = async {
        let found = connection.submissions().get_submission(request).await?.into_inner();
        found.submission.ok_or(ClientError::Incomplete("submission"))
    };
    connection.answer(found).await
}

/// The latest submissions of an agency, at most `most`; those of all agencies if none is named. An empty dataset means all.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn submissions(
    connection: &Connection,
    agency: Option<&str>,
    dataset: &str,
    most: usize,
) -> Result<Vec<Submission>, ClientError> {
    let parent = format!("agencies/{}", agency.unwrap_or("-"));
    let mut request =
        ListSubmissionsRequest { parent, dataset: dataset.to_owned(), ..ListSubmissionsRequest::default() };
    let pages = async {
        let mut service = connection.submissions();
        let mut found = Vec::new();
        loop {
            let page = service.list_submissions(request.clone()).await?.into_inner();
            found.extend(page.submissions);
            if page.next_page_token.is_empty() || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
            request.page_token = page.next_page_token;
        }
    };
    connection.answer(pages).await
}

/// Withdraws a submission, which is named by its resource name. Returns it with the names of later merges that stay in force.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`], [`ClientError::TimedOut`] or [`ClientError::Incomplete`].
pub async fn withdraw(
    connection: &Connection,
    submission: &str,
    reason: &str,
) -> Result<(Submission, Vec<String>), ClientError> {
    let request = WithdrawSubmissionRequest { name: submission.to_owned(), reason: reason.to_owned() };
    let done = async {
        let done = connection.submissions().withdraw_submission(request).await?.into_inner();
        let submission = done.submission.ok_or(ClientError::Incomplete("submission"))?;
        Ok((submission, done.later_merges))
    };
    connection.answer(done).await
}

/// A refusal as text for people: the message, then the violations in the details that say more.
fn refusal(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let details = status.get_error_details();
    for violation in details.bad_request().into_iter().flat_map(|bad| &bad.field_violations) {
        text.push_str(&format!("\n  {}: {}", violation.field, violation.description));
    }
    for violation in details.precondition_failure().into_iter().flat_map(|failed| &failed.violations) {
        if violation.description != status.message() {
            text.push_str(&format!("\n  {}: {}", violation.subject, violation.description));
        }
    }
    text
}
