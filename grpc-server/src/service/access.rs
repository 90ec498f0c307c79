//! AccessService: says who a caller is and what it may do.

use std::sync::Arc;

use peelian::page_size;
use peelian::v1::access_service_server::AccessService;
use peelian::v1::check_access_request::Access as Asked;
use peelian::v1::{
    self, CheckAccessRequest, CheckAccessResponse, ListAgreementsRequest, ListAgreementsResponse, SubmissionAccess,
    WhoAmIRequest, WhoAmIResponse,
};
use peelian_core::Core;
use peelian_core::contract::Contract;
use peelian_core::engine::{Query, Visibility};
use peelian_core::measure::Definition;
use peelian_core::reference::AreaId;
use tonic::{Request, Response, Status, async_trait};

use super::authority::{Authority, Call, pairs};
use super::instant::timestamp;
use super::pagination::{ListCall, PageSize, page};
use super::released::{self, ReleasedQuery};
use super::request::checked;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::identity::{Refusal, Role};
use crate::policy::{Action, Agreement, InForce, Resource, Roles, Subject, agreement_of};
use crate::publication::Publication;

/// AccessService.
pub(crate) struct Access {
    exchange: Arc<Exchange>,
    publication: Arc<Publication>,
    authority: Arc<Authority>,
}

impl Access {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, publication: Arc<Publication>, authority: Arc<Authority>) -> Self {
        Self { exchange, publication, authority }
    }

    fn list(&self, request: ListAgreementsRequest, call: &Call) -> Result<ListAgreementsResponse, Error> {
        let policies = call.policies();
        let all = policies
            .agreements()
            .iter()
            .filter(|agreement| request.agency.is_empty() || policies.is_party(agreement, &request.agency));
        let agreements = all.map(|agreement| message(agreement, policies));
        let listed = ListCall { method: "ListAgreements", arguments: &[&request.agency] };
        let size =
            PageSize { requested: request.page_size, default: page_size::DEFAULT, largest: page_size::LARGEST };
        let (agreements, next_page_token) = page(agreements, listed, size, &request.page_token)?;
        Ok(ListAgreementsResponse { agreements, next_page_token })
    }

    fn check(&self, request: &CheckAccessRequest, call: &Call) -> Result<CheckAccessResponse, Error> {
        let Some(subject) = subject(request, call)? else {
            return Ok(CheckAccessResponse { allowed: true, ..CheckAccessResponse::default() });
        };
        let core = &self.exchange.core;
        let of_caller = request.agency.is_empty() || request.agency == call.agency();
        match &request.access {
            Some(Asked::Query(wire)) => {
                let query = Query::from_wire(wire, core)?;
                let visibility = match call.scope_of(core, &query) {
                    _ if !of_caller => Visibility::default(),
                    Err(Error::Identity(refusal)) => return Ok(outside_scope(&refusal)),
                    scope => scope?,
                };
                let query = Query { visibility, ..query };
                let action = self.action(wire, &query, call.policies(), subject)?;
                Ok(check_query(core, &query, action, call.policies(), subject))
            }
            Some(Asked::Submission(SubmissionAccess { agency, dataset })) => {
                let dataset = Contract::get()
                    .known_dataset(dataset)
                    .map_err(|unknown| Error::invalid("submission.dataset", unknown.to_string()))?;
                if core.reference.register.agency(agency).is_none() {
                    return Err(Error::invalid("submission.agency", "no agency has this identifier"));
                }
                if let Some(refusal) = call.outside_scope(dataset.id.as_str()).filter(|_| of_caller) {
                    return Ok(outside_scope(&refusal));
                }
                let resource = Resource::Submissions { dataset: dataset.id.as_str(), agency };
                Ok(decided(call.policies(), subject, Action::Submit, resource))
            }
            None => Err(Error::invalid("access", "state the query or the submission")),
        }
    }

    /// What a query needs: live figures, or those of a release if it names one, or if releases would answer it.
    fn action(
        &self,
        wire: &v1::Query,
        query: &Query,
        policies: &InForce,
        subject: Subject<'_>,
    ) -> Result<Action, Error> {
        if !wire.release.is_empty() {
            return Ok(Action::QueryReleased);
        }
        let core = &self.exchange.core;
        let is_live = |(definition, area): (&Definition, AreaId)| {
            query.visibility.shows(definition, area)
                && policies.shows(subject, Action::QueryLive, (&definition.id, area))
        };
        if pairs(core, query).any(is_live) {
            return Ok(Action::QueryLive);
        }
        let book = released::book(&self.publication, wire.as_of.as_ref())?;
        let asked = ReleasedQuery { query: query.clone(), named: wire.measures.clone() };
        let is_released = matches!(released::in_force(core, &book, &asked), Ok(Some(_)));
        Ok(if is_released { Action::QueryReleased } else { Action::QueryLive })
    }
}

/// On whose behalf is asked; `None` for a caller that nobody identified and that asks for itself.
fn subject<'a>(request: &'a CheckAccessRequest, call: &'a Call) -> Result<Option<Subject<'a>>, Error> {
    if request.agency.is_empty() || request.agency == call.agency() {
        return Ok(call.subject());
    }
    call.may(Action::Administer, Resource::Exchange)?;
    Ok(Some(Subject { agency: &request.agency, roles: Roles::of(Role::ALL) }))
}

/// What a caller is told whose credentials are for other datasets.
fn outside_scope(refusal: &Refusal) -> CheckAccessResponse {
    CheckAccessResponse { reason: refusal.to_string(), ..CheckAccessResponse::default() }
}

fn check_query(
    core: &Core,
    query: &Query,
    action: Action,
    policies: &InForce,
    subject: Subject<'_>,
) -> CheckAccessResponse {
    let in_scope = |(definition, area): &(&Definition, AreaId)| query.visibility.shows(definition, *area);
    let allowed =
        |(definition, area): &(&Definition, AreaId)| policies.shows(subject, action, (&definition.id, *area));
    let shows = |pair: &(&Definition, AreaId)| in_scope(pair) && allowed(pair);
    let all = pairs(core, query);
    let visible = all.clone().filter(shows).count();
    let Some((definition, area)) = all.clone().find(shows).or_else(|| all.clone().find(in_scope)) else {
        return CheckAccessResponse::default();
    };
    let resource = Resource::Figures { measure: &definition.id, area: core.reference.areas.get(area).code() };
    CheckAccessResponse {
        visible_pairs: i32::try_from(visible).unwrap_or(i32::MAX),
        pairs: i32::try_from(all.count()).unwrap_or(i32::MAX),
        ..decided(policies, subject, action, resource)
    }
}

fn decided(policies: &InForce, subject: Subject<'_>, action: Action, resource: Resource<'_>) -> CheckAccessResponse {
    match policies.decide(subject, action, resource) {
        Ok(allowed) => {
            let mut agreements: Vec<String> = allowed.iter().map(|policy| name(agreement_of(policy))).collect();
            agreements.dedup();
            CheckAccessResponse { allowed: true, agreements, ..CheckAccessResponse::default() }
        }
        Err(denial) => CheckAccessResponse {
            reason: denial.to_string(),
            agreements_needed: denial.needed.iter().map(|id| name(id)).collect(),
            ..CheckAccessResponse::default()
        },
    }
}

fn name(agreement: &str) -> String {
    format!("agreements/{agreement}")
}

fn message(agreement: &Agreement, policies: &InForce) -> v1::Agreement {
    v1::Agreement {
        name: name(&agreement.id),
        title: agreement.title.clone(),
        purpose: agreement.purpose.clone(),
        gateway: agreement.gateway.clone(),
        parties: agreement.parties.clone(),
        start_date_inclusive: agreement.start.to_string(),
        end_date_inclusive: agreement.expiry.to_string(),
        in_force: agreement.holds_on(policies.day()),
        policies: agreement.text.clone(),
    }
}

fn term(agreement: &Agreement) -> v1::AgreementTerm {
    v1::AgreementTerm {
        name: name(&agreement.id),
        title: agreement.title.clone(),
        start_date_inclusive: agreement.start.to_string(),
        end_date_inclusive: agreement.expiry.to_string(),
    }
}

/// What the token of a caller may be used for; `None` if it sent none.
fn token(call: &Call) -> Option<v1::TokenScope> {
    let id = call.via().token()?;
    let scope = call.scope();
    Some(v1::TokenScope {
        token_id: id.to_owned(),
        expires_at: scope.expires.map(|at| timestamp(at.as_microsecond())),
        methods: scope.methods.iter().cloned().collect(),
        datasets: scope.datasets.iter().cloned().collect(),
    })
}

#[async_trait]
impl AccessService for Access {
    async fn who_am_i(&self, request: Request<WhoAmIRequest>) -> Result<Response<WhoAmIResponse>, Status> {
        let call = self.authority.call(&request)?;
        let agreements: Vec<&Agreement> = call.policies().agreements_of(call.agency()).collect();
        let permissions = call.subject().map_or_else(
            || {
                vec![
                    "everything: nobody identified the caller, and the exchange listens to this machine only"
                        .to_owned(),
                ]
            },
            |subject| call.policies().permissions(subject),
        );
        Ok(Response::new(WhoAmIResponse {
            agency: call.subject().map_or_else(String::new, |subject| format!("agencies/{}", subject.agency)),
            agreements: agreements.iter().map(|agreement| name(&agreement.id)).collect(),
            permissions,
            roles: call.roles().iter().map(|role| role.id().to_owned()).collect(),
            identified_by: call.via().to_string(),
            terms: agreements.iter().map(|agreement| term(agreement)).collect(),
            token: token(&call),
        }))
    }

    async fn list_agreements(
        &self,
        request: Request<ListAgreementsRequest>,
    ) -> Result<Response<ListAgreementsResponse>, Status> {
        let call = self.authority.call(&request)?;
        call.may(Action::ReadCatalogue, Resource::Exchange)?;
        Ok(Response::new(self.list(checked(request)?, &call)?))
    }

    async fn check_access(
        &self,
        request: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.check(&checked(request)?, &call)?))
    }
}
