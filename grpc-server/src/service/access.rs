//! AccessService, which is not offered yet.

use peelian::v1::access_service_server::AccessService;
use peelian::v1::{WhoAmIRequest, WhoAmIResponse};
use tonic::{Request, Response, Status, async_trait};

use crate::error::Error;

/// AccessService. Every call answers that it is not offered yet.
#[derive(Debug)]
pub(crate) struct Access;

#[async_trait]
impl AccessService for Access {
    async fn who_am_i(&self, _: Request<WhoAmIRequest>) -> Result<Response<WhoAmIResponse>, Status> {
        Err(Error::NotOffered(
            "callers are not identified yet: a loopback caller may make every call and states its agency in the header",
        )
        .into())
    }
}
