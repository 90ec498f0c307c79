//! The status of a call, and the error of a call that failed.

use std::any::Any;
use std::ffi::{CString, c_char};
use std::ptr::null;

use peelian::client::ClientError;
use peelian::client::release_folder::{FolderError, VerifyError};
use peelian_core::engine::{ComputeOnceError, LocalError, QueryError};
use peelian_core::intake::IntakeError;
use peelian_core::mapping::{ApplyError, MappingError};
use peelian_core::pseudonym::KeyringError;
use peelian_core::stats::StatsError;
use tonic_types::StatusExt as _;

use crate::findings::Findings;
use crate::pointer::{BadArgument, In, Owned};
use crate::texts::c_text;

/// The status of a call. A number is never used again for something else. Later versions may add numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The call succeeded, and the outputs are written.
    Ok = 0,
    /// An argument is NULL, misaligned, not UTF-8 or out of range, or it names nothing that exists. This is a fault of
    /// the program.
    InvalidArgument = 1,
    /// A fault of the library. Free the objects that the call was given, and do not use them otherwise.
    Internal = 2,
    /// All records are refused. This is a fault of the data. The code and the findings of the error say why.
    Refused = 3,
    /// The query cannot be answered in this form.
    Query = 4,
    /// A file cannot be read or used.
    Io = 5,
    /// No exchange answers at the address, it stopped answering, or it cannot be reached with the encryption that is wanted.
    Unreachable = 6,
    /// The exchange refused the call, or failed. The code of the error is the reason.
    Exchange = 7,
    /// The caller stopped the call, or it took longer than its time.
    Cancelled = 8,
    /// The folder of a release is not as it was published. The message names each difference.
    Altered = 9,
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
        let message = c_text(&peelian::with_way_to_agencies(message.as_ref(), "peelian_agency_get()"));
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

    /// The error for the payload of a panic.
    pub(crate) fn panic(payload: &(dyn Any + Send)) -> Box<Self> {
        let said = payload.downcast_ref::<&str>().copied();
        let said = said.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self::internal(format!("a fault of the library: {}", said.unwrap_or("no message")))
    }

    fn with_code(mut self: Box<Self>, code: &str) -> Box<Self> {
        self.code = c_text(code);
        self
    }

    /// The status of the call.
    pub(crate) fn status(&self) -> Status {
        self.status
    }

    /// The message.
    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        self.message.to_str().unwrap()
    }
}

impl From<BadArgument> for Box<Error> {
    fn from(error: BadArgument) -> Self {
        Error::argument(error.to_string())
    }
}

impl From<StatsError> for Box<Error> {
    fn from(error: StatsError) -> Self {
        Error::argument(error.to_string())
    }
}

impl From<KeyringError> for Box<Error> {
    fn from(error: KeyringError) -> Self {
        Error::argument(error.to_string())
    }
}

impl From<MappingError> for Box<Error> {
    fn from(error: MappingError) -> Self {
        Error::argument(error.to_string())
    }
}

impl From<ApplyError> for Box<Error> {
    fn from(error: ApplyError) -> Self {
        Error::new(Status::Refused, error.to_string())
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
            LocalError::UnknownDataset(_) | LocalError::AddedBefore(_) | LocalError::Unread { .. } => {
                Error::argument(message)
            }
            LocalError::Remit(error) => Error::new(Status::Refused, message).with_code(error.known().code),
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
            ClientError::Credentials(_) => Error::new(Status::Io, message),
            ClientError::Tls { .. } | ClientError::Unreachable { .. } | ClientError::Lost { .. } => {
                Error::new(Status::Unreachable, message)
            }
            ClientError::TimedOut { .. } => Error::new(Status::Cancelled, message),
            ClientError::Incomplete(_) => Error::new(Status::Exchange, message),
            ClientError::Refused(status) => {
                let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
                Error::new(Status::Exchange, message).with_code(&reason)
            }
        }
    }
}

impl From<FolderError> for Box<Error> {
    fn from(error: FolderError) -> Self {
        let message = error.to_string();
        match error {
            FolderError::Client(error) => error.into(),
            FolderError::Exists(_) | FolderError::Unwritable { .. } => Error::new(Status::Io, message),
            FolderError::Name(_) | FolderError::Empty => Error::new(Status::Exchange, message),
        }
    }
}

impl From<VerifyError> for Box<Error> {
    fn from(error: VerifyError) -> Self {
        let status = match error {
            VerifyError::Unreadable { .. } => Status::Io,
            VerifyError::Edited(_) => Status::Altered,
        };
        Error::new(status, error.to_string())
    }
}

/// The status of the call that failed; PEELIAN_STATUS_OK for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_error_status(error: In<'_, Error>) -> Status {
    error.view().map_or(Status::Ok, |error| error.status)
}

/// The message for a person: what is wrong and what to do. NULL for NULL. It belongs to the error.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_error_message(error: In<'_, Error>) -> *const c_char {
    error.view().map_or(null(), |error| error.message.as_ptr())
}

/// The code for a program: the code of the finding that refuses the records, "PEEL-1011", or the reason that the
/// exchange gave. Empty where there is neither; NULL for NULL. It belongs to the error.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_error_code(error: In<'_, Error>) -> *const c_char {
    error.view().map_or(null(), |error| error.code.as_ptr())
}

/// The findings in records that have too many errors. Other errors have no findings; NULL for NULL. The findings belong
/// to the error.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_error_findings(error: In<'_, Error>) -> *const Findings {
    error.view().map_or(null(), |error| &raw const error.findings)
}

/// Frees an error. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_error_free(error: Owned<Error>) {
    error.free();
}
