//! Errors of the exchange.
//!
//! The caller and the log read two different texts. The caller's text says what to do. Neither quotes a value of a
//! record.

mod reason;
mod status;
pub(crate) mod typed;

pub(crate) use reason::REASONS;

use peelian_core::contract::LimitExceeded;
use peelian_core::engine::QueryError;
use peelian_core::intake::{Identifier, IntakeError, identifier_in};
use peelian_core::release::ReleaseError;
use peelian_core::submission::RemitError;

use crate::admission::Busy;
use crate::audit::NotRecorded;
use crate::clock::ClockJump;
use crate::export::ExportError;
use crate::identity::Refusal;
use crate::ledger::guard::Guard;
use crate::policy::Denial;
use crate::release::{FolderError, Refused, SelectError};
use crate::store::StoreError;
use crate::store::payload::PayloadError;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No data-sharing agreement in force allows it.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The call cannot be recorded in the audit log.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
    /// It is not known who calls, or the credentials do not cover the call.
    #[error(transparent)]
    Identity(#[from] Refusal),
    /// A field of the request is wrong.
    #[error("{field}: {description}")]
    Invalid {
        /// The field: `header.dataset`.
        field: &'static str,
        /// What is wrong and what to do.
        description: String,
    },
    /// A text that would be stored holds a direct identifier.
    #[error("{field} holds a direct identifier ({kind}): remove it and send the request again")]
    Identifier {
        /// The field: `reason`.
        field: &'static str,
        /// Kind of the identifier.
        kind: Identifier,
    },
    /// A message is not of the contract.
    #[error("the message cannot be read ({0}): build the caller from the contract of this exchange")]
    Unreadable(String),
    /// The messages of a stream are out of order.
    #[error("{0}")]
    OutOfOrder(&'static str),
    /// A field of the request holds more than the contract allows.
    #[error(transparent)]
    Exceeded(#[from] LimitExceeded),
    /// There is nothing with this name.
    #[error("there is no {name}: {advice}")]
    NotFound {
        /// Its name.
        name: String,
        /// What to do.
        advice: String,
    },
    /// The request identifier was used for another submission.
    #[error(
        "the request_id was used for {submission}, whose {differs} differs: use a new request_id for a new submission"
    )]
    RequestReused {
        /// The submission.
        submission: String,
        /// What differs: content or header.
        differs: &'static str,
    },
    /// The submission was withdrawn before.
    #[error("{0} was withdrawn before")]
    Withdrawn(String),
    /// The same submission was received before, and was withdrawn since.
    #[error(
        "the same rows were received before as {0}, which was withdrawn: nothing of it counts. To submit them again, state a later \
         time of the extract (--extracted), or another request_id"
    )]
    WithdrawnSince(String),
    /// The agency has no remit for what it submits.
    #[error("header.agency: {0}")]
    Remit(#[from] RemitError),
    /// The intake refuses the content.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// Too many rows have keys that are held elsewhere.
    #[error(
        "{rejected} of {received} rows have errors; the keys of {elsewhere} of them are held in another period or \
         collection: move such rows with MERGE"
    )]
    TooManyConflicts {
        /// Rows received.
        received: u64,
        /// Rows with errors.
        rejected: u64,
        /// Rows whose keys are held elsewhere.
        elsewhere: usize,
    },
    /// A guard refuses the submission.
    #[error(transparent)]
    Guard(#[from] Guard),
    /// The query cannot be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A limit of the exchange is exceeded.
    #[error("{message}")]
    Limit {
        /// Reason in the details of the status.
        reason: &'static str,
        /// Which limit is exceeded, and what to do.
        message: String,
    },
    /// The caller, or all callers together, use as much as they may at present.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The caller is too slow.
    #[error("{message}")]
    Late {
        /// Reason in the details of the status.
        reason: &'static str,
        /// What took too long, and what to do.
        message: String,
    },
    /// The caller left before its submission was stored.
    #[error("the caller left, and nothing was stored: send the request again with the same request_id")]
    Abandoned,
    /// A step in the life of a release is refused.
    #[error(transparent)]
    Release(#[from] Refused),
    /// A release cannot answer a query.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// A release cannot be made.
    #[error(transparent)]
    Making(ReleaseError),
    /// The files of a release cannot be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The content of a release cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A write was not stored.
    #[error("{0}")]
    NotStored(#[source] StoreError),
    /// It is not known whether a write was stored.
    #[error("{0}")]
    Unsure(#[source] StoreError),
    /// The store still fails after a write of which it is not known whether it was stored.
    #[error("{0}")]
    Unsettled(#[source] StoreError),
    /// The clock of the exchange has jumped.
    #[error(transparent)]
    Clock(#[from] ClockJump),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Rows cannot be encoded for the store, or decoded.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// A defect of the exchange.
    #[error("{0}")]
    Defect(String),
}

impl From<ReleaseError> for Error {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Query(error) => Self::Query(error),
            error => Self::Making(error),
        }
    }
}

impl Error {
    /// An error for a field of the request.
    pub(crate) fn invalid(field: &'static str, description: impl Into<String>) -> Self {
        Self::Invalid { field, description: description.into() }
    }

    /// Checks that a text that would be stored holds no direct identifier.
    pub(crate) fn refuse_identifier(field: &'static str, text: &str) -> Result<(), Self> {
        identifier_in(text).map_or(Ok(()), |kind| Err(Self::Identifier { field, kind }))
    }
}
