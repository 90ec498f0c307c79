//! The exceptions of `peelian.errors`, from the errors of the core and of the client.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use std::{io, panic, thread};

use peelian::client::ClientError;
use peelian::client::release_folder::{FolderError, VerifyError};
use peelian_core::disclosure::{DisclosureError, TableError};
use peelian_core::engine::partial::PartialError;
use peelian_core::engine::{ComputeOnceError, LocalError, QueryError};
use peelian_core::intake::IntakeError;
use peelian_core::mapping::{ApplyError, MappingError};
use peelian_core::stats::StatsError;
use peelian_core::workbook::WorkbookError;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tonic_types::StatusExt as _;

use crate::reports::{kept_findings, tally_findings};

/// A failure, before it becomes a Python exception.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Rows are refused.
    #[error(transparent)]
    Rows(#[from] LocalError),
    /// Rows that were counted in partitions are refused, or cannot be counted so.
    #[error(transparent)]
    Partial(PartialError),
    /// A question is refused.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// There is no estimate. `index` is the position in the arrays.
    #[error("{error}{}", index.map_or(String::new(), |index| format!(" (at index {index})")))]
    Stats {
        /// The reason.
        error: StatsError,
        /// The position. None for a single case.
        index: Option<usize>,
    },
    /// A table cannot be protected or audited.
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
    /// A mapping is refused.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// A file does not fit its mapping.
    #[error(transparent)]
    Mapped(#[from] ApplyError),
    /// A workbook cannot be read.
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    /// An argument is not one of those accepted.
    #[error("{0}")]
    Argument(String),
    /// A table cannot be read or written.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// The exchange refuses, or does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A release is not written to a folder.
    #[error(transparent)]
    Folder(FolderError),
    /// The folder of a release is not as it was published, or cannot be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The caller cancelled the call.
    #[error("the call was cancelled")]
    Cancelled,
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Client(error) => Self::Client(error),
            other => Self::Folder(other),
        }
    }
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Disclosure(error) => Self::Disclosure(error),
            TableError::Arrow(error) => Self::Arrow(error),
            other => Self::Argument(other.to_string()),
        }
    }
}

impl From<PartialError> for Failure {
    fn from(error: PartialError) -> Self {
        match error {
            PartialError::Rows(error) => Self::Rows(error),
            PartialError::Query(error) => Self::Query(error),
            other => Self::Partial(other),
        }
    }
}

impl From<ComputeOnceError> for Failure {
    fn from(error: ComputeOnceError) -> Self {
        match error {
            ComputeOnceError::Rows(error) => Self::Rows(error),
            ComputeOnceError::Query(error) => Self::Query(error),
        }
    }
}

impl Failure {
    /// The exception, of a class in `peelian.errors`.
    pub(crate) fn into_exception(self, py: Python<'_>) -> PyErr {
        self.build(py).unwrap_or_else(|error| error)
    }

    fn build(self, py: Python<'_>) -> PyResult<PyErr> {
        let message = peelian::with_way_to_agencies(&self.to_string(), "peelian.agencies()");
        let more = PyDict::new(py);
        let class = match self {
            Self::Rows(error) => {
                if let LocalError::Remit(error) = &error {
                    more.set_item("code", error.known().code)?;
                }
                if let LocalError::Intake { error, .. } = &error {
                    more.set_item("code", error.known().code)?;
                    if let IntakeError::TooManyErrors { findings, received, rejected, .. } = error {
                        more.set_item("findings", kept_findings(py, findings)?)?;
                        more.set_item("received", received)?;
                        more.set_item("rejected", rejected)?;
                    }
                }
                "RowsError"
            }
            Self::Partial(PartialError::DoesNotAddUp { .. }) => "QueryError",
            Self::Partial(PartialError::TooManyErrors { received, rejected, tally, .. }) => {
                more.set_item("findings", tally_findings(py, &tally)?)?;
                more.set_item("received", received)?;
                more.set_item("rejected", rejected)?;
                "RowsError"
            }
            Self::Partial(PartialError::RepeatedKeys { .. }) => "RowsError",
            Self::Partial(_) => "PeelianError",
            Self::Query(_) => "QueryError",
            Self::Stats { index, .. } => {
                more.set_item("index", index)?;
                "StatsError"
            }
            Self::Disclosure(_) => "DisclosureError",
            Self::Mapping(error) => {
                more.set_item("line", error.line)?;
                "MappingError"
            }
            Self::Mapped(_) | Self::Workbook(_) => "RowsError",
            Self::Argument(_) => return Ok(PyValueError::new_err(message)),
            Self::Arrow(_) => "RowsError",
            Self::Client(ClientError::Address { .. }) => "AddressError",
            Self::Client(
                ClientError::Tls { .. }
                | ClientError::Unreachable { .. }
                | ClientError::Lost { .. }
                | ClientError::TimedOut { .. },
            ) => "UnreachableError",
            Self::Client(ClientError::Credentials(_)) => "CredentialsError",
            Self::Client(ClientError::Refused(status)) => {
                more.set_item("status", status.code().to_string())?;
                let details = status.get_error_details();
                let fields = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
                let found: Vec<_> = fields.iter().map(|one| (&one.field, &one.description)).collect();
                more.set_item("violations", found)?;
                if let Some(info) = details.error_info() {
                    more.set_item("reason", &info.reason)?;
                    more.set_item("metadata", info.metadata.clone())?;
                }
                "RefusedError"
            }
            // Python has a class of its own for each kind of error of the system.
            Self::Folder(FolderError::Exists(_)) => {
                return Ok(io::Error::new(io::ErrorKind::AlreadyExists, message).into());
            }
            Self::Folder(FolderError::Unwritable { error, .. })
            | Self::Verify(VerifyError::Unreadable { error, .. }) => {
                return Ok(io::Error::new(error.kind(), message).into());
            }
            Self::Verify(VerifyError::Edited(faults)) => {
                let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                more.set_item("differences", faults)?;
                "VerificationError"
            }
            Self::Folder(_) | Self::Client(ClientError::Incomplete(_)) | Self::Cancelled => "PeelianError",
        };
        let class = py.import("peelian.errors")?.getattr(class)?;
        Ok(PyErr::from_value(class.call((message,), Some(&more))?))
    }
}

/// A waiting thread checks for Ctrl-C at this interval.
pub(crate) const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);

/// Does long work without the GIL, on a thread of its own. A failure becomes an exception, and so does Ctrl-C: the caller goes on
/// at once, and nobody gets what the thread makes.
pub(crate) fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let (sender, mut outcome) = channel();
    let working = thread::Builder::new().name("peelian".to_owned()).spawn(move || {
        // After Ctrl-C there is no receiver.
        _ = sender.send(work());
    })?;
    loop {
        let outcome = &mut outcome;
        match py.detach(move || outcome.recv_timeout(SIGNAL_INTERVAL)) {
            Ok(done) => return done.map_err(|failure| failure.into_exception(py)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => match working.join() {
                Err(panicked) => panic::resume_unwind(panicked),
                Ok(()) => return Err(Failure::Cancelled.into_exception(py)),
            },
        }
    }
}

/// Does work without the GIL. A failure becomes an exception.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Failure> + Send) -> PyResult<T> {
    py.detach(work).map_err(|failure| failure.into_exception(py))
}
