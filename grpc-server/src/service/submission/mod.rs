//! SubmissionService: accepts records and figures.

mod accept;
mod admission;
mod content;
mod findings;
mod header;
mod receive;

pub(crate) use findings::CONFLICTS;

use std::sync::Arc;

use peelian::page_size;
use peelian::v1::submission_service_server::SubmissionService;
use peelian::v1::{
    GetSubmissionRequest, GetSubmissionResponse, ListFindingsRequest, ListFindingsResponse, ListSubmissionsRequest,
    ListSubmissionsResponse, Submission, SubmissionHeader, SubmissionReceipt, SubmitRequest, SubmitResponse,
    WithdrawSubmissionRequest, WithdrawSubmissionResponse,
};
use prost::Message;
use tonic::{Request, Response, Status, Streaming, async_trait};

use self::admission::Admission;
use super::authority::{Authority, Call};
use super::instant;
use super::pagination::{ListCall, PageSize, PageStart, page};
use super::request::checked;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::ledger::later_merges;
use crate::limits::{LONGEST_WITHDRAWAL_REASON, Limits};
use crate::policy::{Action, Resource};
use crate::resource_name;
use crate::store::{Listing, StoredSubmission, Withdrawal};
use crate::task::{Waiter, to_completion};

/// SubmissionService.
pub(crate) struct Submissions {
    exchange: Arc<Exchange>,
    authority: Arc<Authority>,
    limits: Limits,
    admission: Admission,
}

impl Submissions {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, authority: Arc<Authority>, limits: Limits) -> Self {
        Self { exchange, authority, limits, admission: Admission::new(limits) }
    }

    /// The stored submission with a resource name, which `field` of the request states, if the caller may do this with it.
    async fn stored(
        &self,
        (name, field): (&str, &'static str),
        action: Action,
        call: &Call,
    ) -> Result<StoredSubmission, Error> {
        let Some((agency, ulid)) = resource_name::parse_submission(name) else {
            return Err(Error::invalid(field, "it must be a submission's name: agencies/{id}/submissions/{ulid}"));
        };
        let stored = self.exchange.store.submission(agency, ulid).await?.ok_or_else(|| Error::NotFound {
            name: name.to_owned(),
            advice: format!("ListSubmissions lists those of agencies/{agency}"),
        })?;
        let header: SubmissionHeader = decoded(&stored.header, "header")?;
        call.notes().about([name, &header.dataset]);
        call.may(action, Resource::Submissions { dataset: &header.dataset, agency })?;
        Ok(stored)
    }

    /// Checks that the caller may list the submissions of an agency, or of all, for a dataset, or for all.
    fn may_list(&self, call: &Call, agency: Option<&str>, dataset: Option<&str>) -> Result<(), Error> {
        let register = &self.exchange.core.reference.register;
        for known in register.agencies().filter(|known| agency.is_none_or(|agency| agency == &*known.id)) {
            for of_known in known.datasets() {
                if dataset.is_none_or(|dataset| dataset == of_known) {
                    let resource = Resource::Submissions { dataset: of_known, agency: &known.id };
                    call.may(Action::ReadSubmission, resource)?;
                }
            }
        }
        Ok(())
    }

    async fn withdraw(
        &self,
        request: WithdrawSubmissionRequest,
        call: &Call,
    ) -> Result<WithdrawSubmissionResponse, Error> {
        let reason = request.reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_WITHDRAWAL_REASON {
            return Err(Error::invalid(
                "reason",
                format!(
                    "state why, in at most {LONGEST_WITHDRAWAL_REASON} characters; the reason stays in the ledger"
                ),
            ));
        }
        Error::refuse_identifier("reason", reason)?;
        let turn = self.exchange.turn().await?;
        let stored = self.stored((&request.name, "name"), Action::Withdraw, call).await?;
        if stored.withdrawal.is_some() {
            return Err(Error::Withdrawn(request.name));
        }
        let withdrawal = Withdrawal {
            position: turn.next_position(),
            accepted_micros: self.exchange.next_instant(&turn)?,
            submission: stored.position,
            reason: reason.to_owned(),
        };
        let later_merges = later_merges(&turn.entries, stored.position);
        let exchange = Arc::clone(&self.exchange);
        let written = withdrawal.clone();
        to_completion(async move { exchange.withdraw(turn, written).await }).await?;
        call.record(withdrawal.position).await?;
        tracing::info!(submission = request.name, position = withdrawal.position, "submission withdrawn");
        let submission = submission(StoredSubmission { withdrawal: Some(withdrawal), ..stored })?;
        Ok(WithdrawSubmissionResponse { submission: Some(submission), later_merges })
    }

    async fn list(&self, request: ListSubmissionsRequest, caller: &Call) -> Result<ListSubmissionsResponse, Error> {
        let agency = match resource_name::parse("agencies", &request.parent) {
            Some("-") => None,
            Some(agency) if resource_name::is_id(agency) => Some(agency),
            _ => return Err(Error::invalid("parent", "it must be agencies/{id}, or agencies/- for all agencies")),
        };
        let dataset = Some(request.dataset.as_str()).filter(|dataset| !dataset.is_empty());
        self.may_list(caller, agency, dataset)?;
        let size = PageSize {
            requested: request.page_size,
            default: page_size::DEFAULT_OF_SUBMISSIONS,
            largest: page_size::LARGEST,
        };
        let size = size.size()?;
        let call = ListCall { method: "ListSubmissions", arguments: &[&request.parent, &request.dataset] };
        let start = call.start(&request.page_token)?;
        let listing = Listing {
            agency,
            dataset,
            below: start.map_or(u64::MAX, |start| start.mark),
            limit: u32::try_from(size + 1).unwrap_or(u32::MAX),
        };
        let mut found = self.exchange.store.list(listing).await?;
        let more = found.len() > size;
        found.truncate(size);
        let next_page_token = match found.last() {
            Some(last) if more => call.token(PageStart { position: last.position, mark: last.position, total: 0 }),
            _ => String::new(),
        };
        let submissions = found.into_iter().map(submission).collect::<Result<_, _>>()?;
        Ok(ListSubmissionsResponse { submissions, next_page_token })
    }

    async fn findings(&self, request: ListFindingsRequest, caller: &Call) -> Result<ListFindingsResponse, Error> {
        let stored = self.stored((&request.parent, "parent"), Action::ReadFindings, caller).await?;
        let blocks = self.exchange.store.findings(stored.position).await?;
        let mut findings = Vec::new();
        for block in blocks {
            let block: ListFindingsResponse = decoded(&block, "findings")?;
            findings.extend(block.findings);
        }
        let call = ListCall { method: "ListFindings", arguments: &[&request.parent] };
        let size =
            PageSize { requested: request.page_size, default: page_size::DEFAULT, largest: page_size::LARGEST };
        let (findings, next_page_token) = page(findings, call, size, &request.page_token)?;
        Ok(ListFindingsResponse { findings, next_page_token })
    }
}

#[async_trait]
impl SubmissionService for Submissions {
    async fn submit(&self, request: Request<Streaming<SubmitRequest>>) -> Result<Response<SubmitResponse>, Status> {
        let call = self.authority.call(&request)?;
        let mut stream = request.into_inner();
        let header = receive::header(&mut stream, &self.limits, &self.exchange).await?;
        let (agency, dataset) = (header.message.agency.clone(), header.dataset.id.as_str());
        call.notes().about([dataset, &agency]);
        call.may(Action::Submit, Resource::Submissions { dataset, agency: &agency })?;
        tracing::info!(
            request_id = header.message.request_id,
            agency = header.message.agency,
            dataset = header.message.dataset,
            "submission started"
        );
        let admitted = Arc::new(self.admission.admit(&header.message.agency)?);
        let content = receive::content(&mut stream, &header, &admitted, &self.exchange, &self.limits).await?;
        let exchange = Arc::clone(&self.exchange);
        let caller = Waiter::default();
        let awaited = caller.awaited();
        let receipt = to_completion(async move {
            let receipt = accept::accept(exchange, header, content, awaited).await;
            drop(admitted);
            let receipt = receipt?;
            call.used_rows(receipt.received);
            if !receipt.submission.is_empty() {
                call.notes().about([receipt.submission.as_str()]);
                call.record(receipt.ledger_position).await?;
            }
            Ok(receipt)
        })
        .await?;
        drop(caller);
        Ok(Response::new(SubmitResponse { receipt: Some(receipt) }))
    }

    async fn get_submission(
        &self,
        request: Request<GetSubmissionRequest>,
    ) -> Result<Response<GetSubmissionResponse>, Status> {
        let call = self.authority.call(&request)?;
        let stored = self.stored((&checked(request)?.name, "name"), Action::ReadSubmission, &call).await?;
        Ok(Response::new(GetSubmissionResponse { submission: Some(submission(stored)?) }))
    }

    async fn list_submissions(
        &self,
        request: Request<ListSubmissionsRequest>,
    ) -> Result<Response<ListSubmissionsResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.list(checked(request)?, &call).await?))
    }

    async fn list_findings(
        &self,
        request: Request<ListFindingsRequest>,
    ) -> Result<Response<ListFindingsResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.findings(checked(request)?, &call).await?))
    }

    async fn withdraw_submission(
        &self,
        request: Request<WithdrawSubmissionRequest>,
    ) -> Result<Response<WithdrawSubmissionResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.withdraw(checked(request)?, &call).await?))
    }
}

/// A message as the store has it.
fn decoded<M: Message + Default>(bytes: &[u8], what: &str) -> Result<M, Error> {
    M::decode(bytes).map_err(|error| Error::Defect(format!("stored {what}: {error}")))
}

/// The contract's message for a stored submission.
fn submission(stored: StoredSubmission) -> Result<Submission, Error> {
    let header: SubmissionHeader = decoded(&stored.header, "header")?;
    let receipt: SubmissionReceipt = decoded(&stored.receipt, "receipt")?;
    let (withdrawn_at, withdrawal_reason) = match stored.withdrawal {
        Some(withdrawal) => (Some(instant::timestamp(withdrawal.accepted_micros)), withdrawal.reason),
        None => (None, String::new()),
    };
    Ok(Submission {
        name: resource_name::submission(&stored.agency, &stored.ulid),
        header: Some(header),
        receipt: Some(receipt),
        withdrawn_at,
        withdrawal_reason,
    })
}
