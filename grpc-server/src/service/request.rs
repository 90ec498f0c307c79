//! Requests, checked against the limits of the contract before anything is built from them.

use peelian_core::contract::check_limits;
use prost::Name;
use tonic::Request;

use crate::error::Error;

/// The message of a request.
///
/// # Errors
///
/// If a field holds more than the contract allows, or the same element twice.
pub(crate) fn checked<M: Name>(request: Request<M>) -> Result<M, Error> {
    let message = request.into_inner();
    check(&message)?;
    Ok(message)
}

/// Checks a message.
///
/// # Errors
///
/// If a field holds more than the contract allows, or the same element twice.
pub(crate) fn check<M: Name>(message: &M) -> Result<(), Error> {
    Ok(check_limits(&M::full_name(), &message.encode_to_vec())?)
}
