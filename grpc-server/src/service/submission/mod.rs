//! SubmissionService: takes in records and figures.

mod accept;
mod admission;
mod content;
mod findings;
mod header;
mod receive;

use std::sync::Arc;

use peelian::v1::submission_service_server::SubmissionService;
use peelian::v1::{
    GetSubmissionRequest, GetSubmissionResponse, ListFindingsRequest, ListFindingsResponse, ListSubmissionsRequest,
    ListSubmissionsResponse, Submission, SubmissionHeader, SubmissionReceipt, SubmitRequest, SubmitResponse,
    WithdrawSubmissionRequest, WithdrawSubmissionResponse,
};
use prost::Message;
use tonic::{Request, Response, Status, Streaming, async_trait};

use self::admission::Admission;
use super::convert;
use super::page::{self, Question, Start};
use crate::config::Limits;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::name;
use crate::store::{Listing, StoredSubmission, Withdrawal};

const SUBMISSIONS_DEFAULT: usize = 50;
const FINDINGS_DEFAULT: usize = 100;
const LARGEST_PAGE: usize = 1_000;
const LONGEST_REASON: usize = 1_000;

/// SubmissionService.
pub(crate) struct Submissions {
    exchange: Arc<Exchange>,
    limits: Limits,
    admission: Admission,
}

impl Submissions {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, limits: Limits) -> Self {
        Self { exchange, limits, admission: Admission::new(limits.submissions_per_agency) }
    }

    async fn stored(&self, name: &str, field: &'static str) -> Result<StoredSubmission, Error> {
        let Some((agency, ulid)) = name::parse_submission(name) else {
            return Err(Error::invalid(field, "it must be a submission's name: agencies/{id}/submissions/{ulid}"));
        };
        self.exchange.store.submission(agency, ulid).await?.ok_or_else(|| Error::NotFound {
            name: name.to_owned(),
            advice: format!("list those of agencies/{agency} with ListSubmissions"),
        })
    }

    async fn withdraw(&self, request: WithdrawSubmissionRequest) -> Result<Submission, Error> {
        let reason = request.reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(Error::invalid("reason", "say why, in at most 1,000 characters; it stays in the ledger"));
        }
        // A write is finished even if the caller goes away meanwhile.
        let turn = self.exchange.turn().await?;
        let stored = self.stored(&request.name, "name").await?;
        if stored.withdrawal.is_some() {
            return Err(Error::Withdrawn(request.name));
        }
        let withdrawal = Withdrawal {
            position: turn.next_position(),
            accepted_micros: self.exchange.next_instant(&turn),
            submission: stored.position,
            reason: reason.to_owned(),
        };
        let exchange = Arc::clone(&self.exchange);
        let written = withdrawal.clone();
        finished(async move { exchange.withdraw(turn, written).await }).await?;
        tracing::info!(submission = request.name, position = withdrawal.position, "submission withdrawn");
        submission(StoredSubmission { withdrawal: Some(withdrawal), ..stored })
    }

    async fn list(&self, request: ListSubmissionsRequest) -> Result<ListSubmissionsResponse, Error> {
        let agency = match name::parse("agencies", &request.parent) {
            Some("-") => None,
            Some(agency) if name::is_id(agency) => Some(agency),
            _ => return Err(Error::invalid("parent", "it must be agencies/{id}, or agencies/- for all")),
        };
        let size = page::size(request.page_size, SUBMISSIONS_DEFAULT, LARGEST_PAGE)?;
        let question = Question { method: "ListSubmissions", arguments: &[&request.parent, &request.dataset] };
        let start = question.start(&request.page_token)?;
        let listing = Listing {
            agency,
            dataset: Some(request.dataset.as_str()).filter(|dataset| !dataset.is_empty()),
            below: start.map_or(u64::MAX, |start| start.mark),
            limit: u32::try_from(size + 1).unwrap_or(u32::MAX),
        };
        let mut found = self.exchange.store.list(listing).await?;
        let more = found.len() > size;
        found.truncate(size);
        let next_page_token = match found.last() {
            Some(last) if more => question.token(Start { position: last.position, mark: last.position }),
            _ => String::new(),
        };
        let submissions = found.into_iter().map(submission).collect::<Result<_, _>>()?;
        Ok(ListSubmissionsResponse { submissions, next_page_token })
    }

    async fn findings(&self, request: ListFindingsRequest) -> Result<ListFindingsResponse, Error> {
        let stored = self.stored(&request.parent, "parent").await?;
        let blocks = self.exchange.store.findings(stored.position).await?;
        let mut findings = Vec::new();
        for block in blocks {
            let block: ListFindingsResponse = decoded(&block, "findings")?;
            findings.extend(block.findings);
        }
        let question = Question { method: "ListFindings", arguments: &[&request.parent] };
        let sizes = (request.page_size, FINDINGS_DEFAULT, LARGEST_PAGE);
        let (findings, next_page_token) = page::of(findings, question, sizes, &request.page_token)?;
        Ok(ListFindingsResponse { findings, next_page_token })
    }
}

#[async_trait]
impl SubmissionService for Submissions {
    async fn submit(&self, request: Request<Streaming<SubmitRequest>>) -> Result<Response<SubmitResponse>, Status> {
        let mut stream = request.into_inner();
        let header = receive::header(&mut stream, &self.limits, self.exchange.now_micros()).await?;
        tracing::info!(
            request_id = header.message.request_id,
            agency = header.message.agency,
            dataset = header.message.dataset,
            "submission begins"
        );
        let admitted = self.admission.admit(&header.message.agency)?;
        let arrived = receive::content(&mut stream, &header, &self.exchange, &self.limits).await?;
        let exchange = Arc::clone(&self.exchange);
        let receipt = finished(async move {
            let receipt = accept::accept(exchange, header, arrived).await;
            drop(admitted);
            receipt
        })
        .await?;
        Ok(Response::new(SubmitResponse { receipt: Some(receipt) }))
    }

    async fn get_submission(
        &self,
        request: Request<GetSubmissionRequest>,
    ) -> Result<Response<GetSubmissionResponse>, Status> {
        let stored = self.stored(&request.get_ref().name, "name").await?;
        Ok(Response::new(GetSubmissionResponse { submission: Some(submission(stored)?) }))
    }

    async fn list_submissions(
        &self,
        request: Request<ListSubmissionsRequest>,
    ) -> Result<Response<ListSubmissionsResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn list_findings(
        &self,
        request: Request<ListFindingsRequest>,
    ) -> Result<Response<ListFindingsResponse>, Status> {
        Ok(Response::new(self.findings(request.into_inner()).await?))
    }

    async fn withdraw_submission(
        &self,
        request: Request<WithdrawSubmissionRequest>,
    ) -> Result<Response<WithdrawSubmissionResponse>, Status> {
        let submission = self.withdraw(request.into_inner()).await?;
        Ok(Response::new(WithdrawSubmissionResponse { submission: Some(submission) }))
    }
}

/// Finishes a write although its caller may go away: dropping the call must not leave the ledger behind the store.
async fn finished<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    use tracing::Instrument as _;
    tokio::spawn(work.in_current_span()).await.map_err(|error| Error::Broken(format!("a task: {error}")))?
}

fn decoded<M: Message + Default>(bytes: &[u8], what: &str) -> Result<M, Error> {
    M::decode(bytes).map_err(|error| Error::Broken(format!("stored {what}: {error}")))
}

fn submission(stored: StoredSubmission) -> Result<Submission, Error> {
    let header: SubmissionHeader = decoded(&stored.header, "header")?;
    let receipt: SubmissionReceipt = decoded(&stored.receipt, "receipt")?;
    let (withdrawn_at, withdrawal_reason) = match stored.withdrawal {
        Some(withdrawal) => (Some(convert::timestamp(withdrawal.accepted_micros)), withdrawal.reason),
        None => (None, String::new()),
    };
    Ok(Submission {
        name: name::submission(&stored.agency, &stored.ulid),
        header: Some(header),
        receipt: Some(receipt),
        withdrawn_at,
        withdrawal_reason,
    })
}
