//! Requests, checked against the limits of the contract before anything is built from them.

use peelian::v1;
use peelian_core::contract::check_limits;
use prost::Message;
use tonic::Request;

use crate::error::Error;

/// A message of the contract that a caller sends.
pub(crate) trait Limited: Message {
    /// Full name in the contract.
    const NAME: &'static str;
}

macro_rules! limited {
    ($($message:ident)*) => {
        $(impl Limited for v1::$message {
            const NAME: &'static str = concat!("peelian.v1.", stringify!($message));
        })*
    };
}

limited! {
    ListMeasuresRequest
    GetMeasureRequest
    ListDatasetsRequest
    GetDatasetRequest
    ListAreasRequest
    ListCodeListsRequest
    GetCodeListRequest
    ListAgenciesRequest
    GetAgencyRequest
    ListReportsRequest
    QueryObservationsRequest
    StreamObservationsRequest
    ExplainObservationRequest
    SubmissionHeader
    GetSubmissionRequest
    ListSubmissionsRequest
    ListFindingsRequest
    WithdrawSubmissionRequest
}

/// The message of a request.
///
/// # Errors
///
/// If a field holds more than the contract allows, or the same element twice.
pub(crate) fn checked<M: Limited>(request: Request<M>) -> Result<M, Error> {
    let message = request.into_inner();
    check(&message)?;
    Ok(message)
}

/// Checks a message.
///
/// # Errors
///
/// If a field holds more than the contract allows, or the same element twice.
pub(crate) fn check<M: Limited>(message: &M) -> Result<(), Error> {
    Ok(check_limits(M::NAME, &message.encode_to_vec())?)
}
