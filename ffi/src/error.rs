//! How a call ended, and why.

use std::any::Any;
use std::ffi::{CString, c_char};
use std::ptr::null;

use peelian::client::ClientError;
use peelian_core::engine::{ComputeOnceError, LocalError, QueryError};
use peelian_core::intake::IntakeError;
use peelian_core::stats::StatsError;
use tonic_types::StatusExt as _;

use crate::findings::Findings;
use crate::pointer::{free, view};
use crate::texts::c_text;

/// How a call ended. Numbers are never used again for something else; more may be added.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done: the outputs are written.
    Ok = 0,
    /// An argument is NULL, misaligned, not UTF-8 or out of its range, or names nothing: a fault of the program.
    InvalidArgument = 1,
    /// A fault of the library. Free the objects that the call was given and use them no more.
    Internal = 2,
    /// The records are refused as a whole: a fault of the data. The code and the findings of the error say why.
    Refused = 3,
    /// The query cannot be answered as it is asked.
    Query = 4,
    /// A file cannot be read.
    Io = 5,
    /// No exchange answers there.
    Unreachable = 6,
    /// The exchange refused the call, or failed. The code of the error is its reason.
    Exchange = 7,
    /// The caller stopped the call.
    Cancelled = 8,
}

/// Why a call failed. Free it with peelian_error_free().
#[derive(Debug)]
pub struct Error {
    status: Status,
    code: CString,
    message: CString,
    findings: Findings,
}

/// A result, or the error that the caller gets.
pub(crate) type Outcome<T> = Result<T, Box<Error>>;

impl Error {
    /// An error without a code.
    pub(crate) fn new(status: Status, message: impl AsRef<str>) -> Box<Self> {
        let message = c_text(message.as_ref());
        Box::new(Self { status, code: CString::default(), message, findings: Findings::default() })
    }

    /// A fault of the calling program.
    pub(crate) fn argument(message: impl AsRef<str>) -> Box<Self> {
        Self::new(Status::InvalidArgument, message)
    }

    /// A fault of this library.
    pub(crate) fn internal(message: impl AsRef<str>) -> Box<Self> {
        Self::new(Status::Internal, message)
    }

    /// What a panic left behind.
    pub(crate) fn panic(payload: &(dyn Any + Send)) -> Box<Self> {
        let said = payload.downcast_ref::<&str>().copied();
        let said = said.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self::internal(format!("a fault of the library: {}", said.unwrap_or("it did not say what")))
    }

    fn with_code(mut self: Box<Self>, code: &str) -> Box<Self> {
        self.code = c_text(code);
        self
    }

    /// How the call ended.
    pub(crate) fn status(&self) -> Status {
        self.status
    }

    /// What is wrong.
    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        self.message.to_str().unwrap()
    }
}

impl From<StatsError> for Box<Error> {
    fn from(error: StatsError) -> Self {
        Error::argument(error.to_string())
    }
}

impl From<QueryError> for Box<Error> {
    fn from(error: QueryError) -> Self {
        Error::new(Status::Query, error.to_string())
    }
}

impl From<LocalError> for Box<Error> {
    fn from(error: LocalError) -> Self {
        let message = error.to_string();
        match error {
            LocalError::UnknownDataset(_) | LocalError::AddedBefore(_) => Error::argument(message),
            LocalError::Intake { error, .. } => {
                let mut refused = Error::new(Status::Refused, message).with_code(error.known().code);
                if let IntakeError::TooManyErrors { findings, .. } = &error {
                    refused.findings = Findings::from(findings.as_ref());
                }
                refused
            }
        }
    }
}

impl From<ComputeOnceError> for Box<Error> {
    fn from(error: ComputeOnceError) -> Self {
        match error {
            ComputeOnceError::Rows(error) => error.into(),
            ComputeOnceError::Query(error) => error.into(),
        }
    }
}

impl From<ClientError> for Box<Error> {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        match error {
            ClientError::Address { .. } => Error::argument(message),
            ClientError::Unreachable { .. } => Error::new(Status::Unreachable, message),
            ClientError::Incomplete(_) => Error::new(Status::Exchange, message),
            ClientError::Refused(status) => {
                let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
                // A connection that broke is no answer of the exchange.
                let lost = status.code() == tonic::Code::Unavailable && reason.is_empty();
                let kind = if lost { Status::Unreachable } else { Status::Exchange };
                Error::new(kind, message).with_code(&reason)
            }
        }
    }
}

/// How the call ended; PEELIAN_STATUS_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_error_status(error: *const Error) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { view(error) }.map_or(Status::Ok, |error| error.status)
}

/// What is wrong and what to do, for a person; NULL for NULL. It belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_error_message(error: *const Error) -> *const c_char {
    // SAFETY: the conventions of the header.
    unsafe { view(error) }.map_or(null(), |error| error.message.as_ptr())
}

/// What is wrong, for a program: the code of the finding that refuses the records ("PEEL-1011"), or the reason that the
/// exchange gave; empty where there is neither, NULL for NULL. It belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_error_code(error: *const Error) -> *const c_char {
    // SAFETY: the conventions of the header.
    unsafe { view(error) }.map_or(null(), |error| error.code.as_ptr())
}

/// What was found in records that have too many errors; none for other errors, NULL for NULL. They belong to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_error_findings(error: *const Error) -> *const Findings {
    // SAFETY: the conventions of the header.
    unsafe { view(error) }.map_or(null(), |error| &raw const error.findings)
}

/// Frees an error. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_error_free(error: *mut Error) {
    // SAFETY: the conventions of the header.
    unsafe { free(error) }
}
