//! ReleaseService, which is not offered yet.

use std::pin::Pin;

use peelian::v1::release_service_server::ReleaseService;
use peelian::v1::{
    CreateReleaseRequest, CreateReleaseResponse, DiffReleasesRequest, DiffReleasesResponse, GetReleaseRequest,
    GetReleaseResponse, ListReleasesRequest, ListReleasesResponse, WatchReleasesRequest, WatchReleasesResponse,
};
use tokio_stream::Stream;
use tonic::{Request, Response, Status, async_trait};

use crate::error::Error;

/// ReleaseService. Every call answers that it is not offered yet.
#[derive(Debug)]
pub(crate) struct Release;

fn not_offered<T>() -> Result<Response<T>, Status> {
    Err(Error::NotOffered(
        "releases are not offered yet: ask the ObservationService, but do not publish its live figures, which have no \
         disclosure control",
    )
    .into())
}

#[async_trait]
impl ReleaseService for Release {
    type WatchReleasesStream = Pin<Box<dyn Stream<Item = Result<WatchReleasesResponse, Status>> + Send>>;

    async fn create_release(
        &self,
        _: Request<CreateReleaseRequest>,
    ) -> Result<Response<CreateReleaseResponse>, Status> {
        not_offered()
    }

    async fn get_release(&self, _: Request<GetReleaseRequest>) -> Result<Response<GetReleaseResponse>, Status> {
        not_offered()
    }

    async fn list_releases(&self, _: Request<ListReleasesRequest>) -> Result<Response<ListReleasesResponse>, Status> {
        not_offered()
    }

    async fn diff_releases(&self, _: Request<DiffReleasesRequest>) -> Result<Response<DiffReleasesResponse>, Status> {
        not_offered()
    }

    async fn watch_releases(
        &self,
        _: Request<WatchReleasesRequest>,
    ) -> Result<Response<Self::WatchReleasesStream>, Status> {
        not_offered()
    }
}
