//! ReleaseService: makes, reviews, approves and publishes releases.

mod create;
mod export;
mod message;
mod review;
mod watch;

use std::pin::Pin;
use std::sync::Arc;

use peelian::page_size;
use peelian::v1::release_service_server::ReleaseService;
use peelian::v1::{
    ApproveReleaseRequest, ApproveReleaseResponse, CreateReleaseRequest, CreateReleaseResponse, DiffReleasesRequest,
    DiffReleasesResponse, DiscardReleaseRequest, DiscardReleaseResponse, ExportReleaseRequest, ExportReleaseResponse,
    GetReleaseRequest, GetReleaseResponse, ListReleasesRequest, ListReleasesResponse, PublishReleaseRequest,
    PublishReleaseResponse, Release, ReleaseState, RestoreReleaseRequest, RestoreReleaseResponse,
    ReviewReleaseRequest, ReviewReleaseResponse, WatchReleasesRequest, WatchReleasesResponse,
};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, async_trait};

use super::authority::{Authority, Call};
use super::instant;
use super::pagination::{ListCall, PageSize, page};
use super::released::may_use_all;
use super::request::checked;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::identity::Via;
use crate::limits::Limits;
use crate::policy::{Action, Resource};
use crate::publication::{Publication, not_found};
use crate::release::{Life, Principal};
use crate::resource_name;

/// An answer in parts.
type Parts<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// ReleaseService.
pub(crate) struct Releases {
    exchange: Arc<Exchange>,
    publication: Arc<Publication>,
    authority: Arc<Authority>,
    limits: Limits,
}

impl Releases {
    /// The service of an exchange.
    pub(crate) fn new(
        exchange: Arc<Exchange>,
        publication: Arc<Publication>,
        authority: Arc<Authority>,
        limits: Limits,
    ) -> Self {
        Self { exchange, publication, authority, limits }
    }

    async fn create(&self, request: CreateReleaseRequest, call: &Call) -> Result<Release, Error> {
        call.may(Action::Draft, Resource::Releases)?;
        let order = create::order(&self.exchange.core, &request)?;
        may_use_all(&self.exchange.core, &order.measures, call)?;
        let superseded = order.supersedes.as_deref().filter(|id| self.publication.book().get(id).is_none());
        if let Some(unknown) = superseded {
            return Err(not_found(unknown));
        }
        call.notes().about([resource_name::release(&order.id).as_str()]);
        let life = self.publication.make(order, principal(call)).await?;
        self.recorded(&life, call).await
    }

    async fn approve(&self, request: ApproveReleaseRequest, call: &Call) -> Result<Release, Error> {
        let id = self.known(&request.name, Action::Approve, call)?;
        let micros = |instant| {
            instant::micros(&instant)
                .ok_or_else(|| Error::invalid("embargo_until", "it must be an instant of the years 1 to 9999"))
        };
        let (embargo, by) = (request.embargo_until.map(micros).transpose()?, principal(call));
        let approver = by.clone();
        let decide =
            move |book: &_, life: &_, now| crate::release::Book::may_approve(book, life, &approver, embargo, now);
        let life = self.publication.step(id, by, decide).await?;
        self.recorded(&life, call).await
    }

    async fn publish(&self, request: PublishReleaseRequest, call: &Call) -> Result<Release, Error> {
        let id = self.known(&request.name, Action::Publish, call)?;
        let by = principal(call);
        let publisher = by.clone();
        let decide = move |book: &_, life: &_, now| crate::release::Book::may_publish(book, life, &publisher, now);
        let life = self.publication.step(id, by, decide).await?;
        self.recorded(&life, call).await
    }

    async fn discard(&self, request: DiscardReleaseRequest, call: &Call) -> Result<Release, Error> {
        let (id, reason) = (self.known(&request.name, Action::Draft, call)?, stated("reason", &request.reason)?);
        let decide = move |book: &_, life: &_, _| crate::release::Book::may_discard(book, life, &reason);
        let life = self.publication.step(id, principal(call), decide).await?;
        self.recorded(&life, call).await
    }

    async fn restore(&self, request: RestoreReleaseRequest, call: &Call) -> Result<Release, Error> {
        let (id, reason) = (self.known(&request.name, Action::Publish, call)?, stated("reason", &request.reason)?);
        let decide = move |book: &_, life: &_, _| crate::release::Book::may_restore(book, life, &reason);
        let life = self.publication.step(id, principal(call), decide).await?;
        self.recorded(&life, call).await
    }

    /// The message of a release after a step, when the step is recorded.
    async fn recorded(&self, life: &Life, call: &Call) -> Result<Release, Error> {
        call.record(life.drafted.ledger_position).await?;
        tracing::info!(release = life.id, state = life.state.words(), "a release was changed");
        Ok(message::release(life))
    }

    /// The identifier of a release that is there and with which the caller may do this. A refusal is recorded with the release,
    /// and does not tell the caller whether it is there.
    fn known(&self, name: &str, action: Action, call: &Call) -> Result<String, Error> {
        let book = self.publication.book();
        let life = parsed("name", name).ok().and_then(|id| book.get(id));
        if life.is_some() {
            call.notes().about([name]);
        }
        call.may(action, Resource::Releases)?;
        let id = parsed("name", name)?;
        let life = life.ok_or_else(|| not_found(id))?;
        may_use_all(&self.exchange.core, &life.drafted.measures, call)?;
        Ok(id.to_owned())
    }

    /// A release that the caller may see. One that was never published is seen only by callers whose agreement allows its
    /// review. To others it does not exist.
    fn seen(&self, (name, field): (&str, &'static str), call: &Call) -> Result<Life, Error> {
        let id = parsed(field, name)?;
        seen(&self.publication, id, call)
    }

    fn list(&self, request: &ListReleasesRequest, call: &Call) -> Result<ListReleasesResponse, Error> {
        let state = ReleaseState::try_from(request.state)
            .map_err(|_| Error::invalid("state", "it must be a state of the contract"))?;
        let reviews = call.may(Action::Review, Resource::Releases).is_ok();
        call.may(Action::ReadCatalogue, Resource::Exchange)?;
        let book = self.publication.book();
        let seen = book.latest_first().into_iter().filter(|life| reviews || life.is_public());
        let asked =
            seen.map(message::release).filter(|one| state == ReleaseState::Unspecified || one.state() == state);
        let listed = ListCall { method: "ListReleases", arguments: &[state.as_str_name()] };
        let size = PageSize {
            requested: request.page_size,
            default: page_size::DEFAULT_OF_RELEASES,
            largest: page_size::LARGEST,
        };
        let (releases, next_page_token) = page(asked, listed, size, &request.page_token)?;
        Ok(ListReleasesResponse { releases, next_page_token })
    }
}

/// A release that the caller may see: see [`Releases::seen`].
pub(super) fn seen(publication: &Publication, id: &str, call: &Call) -> Result<Life, Error> {
    let book = publication.book();
    let life = book.get(id).ok_or_else(|| not_found(id))?;
    call.notes().about([resource_name::release(id).as_str()]);
    if life.is_public() {
        call.may(Action::ReadCatalogue, Resource::Exchange)?;
    } else {
        call.may(Action::Review, Resource::Releases).map_err(|_| not_found(id))?;
    }
    Ok(life.clone())
}

/// The identifier in the name of a release, which a field of the request states.
pub(super) fn parsed<'n>(field: &'static str, name: &'n str) -> Result<&'n str, Error> {
    let id = resource_name::parse("releases", name).filter(|id| resource_name::is_release_id(id));
    id.ok_or_else(|| Error::invalid(field, "it must be a release's name: releases/{id}"))
}

/// A text that must be stated and that is kept.
fn stated(field: &'static str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, "state it: it is kept for good"));
    }
    Error::refuse_identifier(field, text)?;
    Ok(text.to_owned())
}

/// Who makes a call.
fn principal(call: &Call) -> Principal {
    let (certificate, token) = match call.via() {
        Via::Certificate { fingerprint } => (fingerprint.to_string(), String::new()),
        Via::Token { id } => (String::new(), id.to_string()),
        Via::Both { fingerprint, id } => (fingerprint.to_string(), id.to_string()),
        Via::Loopback => (String::new(), String::new()),
    };
    Principal { agency: call.agency().to_owned(), certificate, token }
}

#[async_trait]
impl ReleaseService for Releases {
    type WatchReleasesStream = Parts<WatchReleasesResponse>;
    type ExportReleaseStream = Parts<ExportReleaseResponse>;

    async fn create_release(
        &self,
        request: Request<CreateReleaseRequest>,
    ) -> Result<Response<CreateReleaseResponse>, Status> {
        let call = self.authority.call(&request)?;
        let release = self.create(checked(request)?, &call).await?;
        Ok(Response::new(CreateReleaseResponse { release: Some(release) }))
    }

    async fn get_release(&self, request: Request<GetReleaseRequest>) -> Result<Response<GetReleaseResponse>, Status> {
        let call = self.authority.call(&request)?;
        let life = self.seen((&checked(request)?.name, "name"), &call)?;
        Ok(Response::new(GetReleaseResponse { release: Some(message::release(&life)) }))
    }

    async fn list_releases(
        &self,
        request: Request<ListReleasesRequest>,
    ) -> Result<Response<ListReleasesResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.list(&checked(request)?, &call)?))
    }

    async fn review_release(
        &self,
        request: Request<ReviewReleaseRequest>,
    ) -> Result<Response<ReviewReleaseResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.review(&checked(request)?, &call).await?))
    }

    async fn approve_release(
        &self,
        request: Request<ApproveReleaseRequest>,
    ) -> Result<Response<ApproveReleaseResponse>, Status> {
        let call = self.authority.call(&request)?;
        let release = self.approve(checked(request)?, &call).await?;
        Ok(Response::new(ApproveReleaseResponse { release: Some(release) }))
    }

    async fn publish_release(
        &self,
        request: Request<PublishReleaseRequest>,
    ) -> Result<Response<PublishReleaseResponse>, Status> {
        let call = self.authority.call(&request)?;
        let release = self.publish(checked(request)?, &call).await?;
        Ok(Response::new(PublishReleaseResponse { release: Some(release) }))
    }

    async fn discard_release(
        &self,
        request: Request<DiscardReleaseRequest>,
    ) -> Result<Response<DiscardReleaseResponse>, Status> {
        let call = self.authority.call(&request)?;
        let release = self.discard(checked(request)?, &call).await?;
        Ok(Response::new(DiscardReleaseResponse { release: Some(release) }))
    }

    async fn restore_release(
        &self,
        request: Request<RestoreReleaseRequest>,
    ) -> Result<Response<RestoreReleaseResponse>, Status> {
        let call = self.authority.call(&request)?;
        let release = self.restore(checked(request)?, &call).await?;
        Ok(Response::new(RestoreReleaseResponse { release: Some(release) }))
    }

    async fn diff_releases(
        &self,
        request: Request<DiffReleasesRequest>,
    ) -> Result<Response<DiffReleasesResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.diff(&checked(request)?, &call).await?))
    }

    async fn watch_releases(
        &self,
        request: Request<WatchReleasesRequest>,
    ) -> Result<Response<Self::WatchReleasesStream>, Status> {
        let call = self.authority.call(&request)?;
        call.may(Action::ReadCatalogue, Resource::Exchange)?;
        Ok(Response::new(watch::follow(&self.publication)))
    }

    async fn export_release(
        &self,
        request: Request<ExportReleaseRequest>,
    ) -> Result<Response<Self::ExportReleaseStream>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.export(&checked(request)?, &call).await?))
    }
}
