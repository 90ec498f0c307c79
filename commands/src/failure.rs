//! Why a command fails, and its exit code.

use std::error::Error;
use std::io;

use peelian::client::ClientError;
use peelian::client::release_folder::{FolderError, VerifyError};

/// Exit code: what was asked for is refused, or does not hold.
pub const REFUSED: u8 = 1;
/// Exit code: the command is not written as it must be.
pub const WRONG_COMMAND: u8 = 2;
/// Exit code: no exchange answers at the address, or not within the time of the call.
pub const UNREACHABLE: u8 = 3;

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The exchange refuses, or does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A release is not written to a folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The folder of a release is not as it was published, or cannot be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// What was asked for does not hold.
    #[error("{0}")]
    Refused(String),
    /// The exchange stopped while releases were watched.
    #[error("the exchange has stopped: watch again when it is there")]
    Stopped,
    /// The answer is there, and cannot be printed.
    #[error("the answer cannot be printed: {0}")]
    Output(#[from] io::Error),
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

/// The exit code of an error: [`UNREACHABLE`] if no exchange answers, and [`REFUSED`] for everything else.
///
/// ```
/// use peelian::client::ClientError;
/// use peelian_commands::{Failure, exit_code};
///
/// let wrong = ClientError::Address { address: "nowhere".to_owned() };
/// assert_eq!(exit_code(&wrong), 3);
/// assert_eq!(exit_code(&Failure::Refused("the release cannot be approved".to_owned())), 1);
/// ```
#[must_use]
pub fn exit_code(error: &(dyn Error + 'static)) -> u8 {
    if matches!(error.downcast_ref::<Failure>(), Some(Failure::Stopped)) {
        return UNREACHABLE;
    }
    let of_failure = error.downcast_ref::<Failure>().and_then(|failure| match failure {
        Failure::Client(error) | Failure::Folder(FolderError::Client(error)) => Some(error),
        _ => None,
    });
    match of_failure.or_else(|| error.downcast_ref::<ClientError>()) {
        Some(
            ClientError::Address { .. }
            | ClientError::Tls { .. }
            | ClientError::Unreachable { .. }
            | ClientError::Lost { .. }
            | ClientError::TimedOut { .. },
        ) => UNREACHABLE,
        _ => REFUSED,
    }
}
