//! AccessService: not offered yet.

use peelian::v1::access_service_server::AccessService;
use peelian::v1::{WhoAmIRequest, WhoAmIResponse};
use tonic::{Request, Response, Status, async_trait};

use crate::error::Error;

/// Answers that access is not offered yet.
#[derive(Debug)]
pub(crate) struct Access;

#[async_trait]
impl AccessService for Access {
    async fn who_am_i(&self, _: Request<WhoAmIRequest>) -> Result<Response<WhoAmIResponse>, Status> {
        Err(Error::NotOffered(
            "callers are not identified yet: a loopback caller may do everything, and states its agency in each header",
        )
        .into())
    }
}
