//! Requests: who makes them, and their messages, checked against the limits of the contract before anything is built from
//! them.

use peelian_core::contract::check_limits;
use prost::Name;
use tonic::Request;

use crate::error::Error;
use crate::identity::{Caller, Refusal, Require};

/// Who makes a request. The server has found it out before a service sees the request.
///
/// # Errors
///
/// If it is not known: then the request has come in by a way that it must not take.
pub(crate) fn caller<T>(request: &Request<T>) -> Result<Caller, Error> {
    let caller = request.extensions().get::<Caller>().cloned();
    caller.ok_or(Error::Identity(Refusal::CredentialsMissing(Require::Either)))
}

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
