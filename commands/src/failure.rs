//! Why a command fails, and its exit code.

use std::error::Error;
use std::io;

use peelian::client::ClientError;
use peelian::client::release_folder::{FolderError, VerifyError};

/// Exit code: it is done, and rows with errors are left out.
pub const LEFT_OUT: u8 = 1;
/// Exit code: the command is not written as it must be.
pub const WRONG_COMMAND: u8 = 2;
/// Exit code: what was asked for is refused, or does not hold. Nothing is stored.
pub const REFUSED: u8 = 3;
/// Exit code: no exchange answers at the address, or not within the time of the call.
pub const UNREACHABLE: u8 = 4;

/// The exit codes, for the help of a program.
pub const EXIT_CODES: &str = "\
Exit codes: 0 when it is done; 1 when it is done and rows with errors are left out; 2 for a wrong command; 3 when it is refused \
or does not hold, and nothing is stored; 4 when no exchange answers.";

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
    /// The command is not written as it must be.
    #[error("{0}")]
    Usage(String),
    /// Nothing says when a publisher released a file. The time of a file on disk changes when it is copied, so that an old
    /// release could replace a new one.
    #[error(
        "neither {0} nor its name says when its publisher released it, and an old release must not replace a new one: state the \
         day with --extracted 2026-04-30, or put it into the name of the file"
    )]
    NoReleaseDay(String),
    /// It is done, and rows with errors are left out.
    #[error("{rejected} of {received} rows have errors and are left out: the findings say what to correct")]
    LeftOut {
        /// Rows received.
        received: u64,
        /// Rows left out.
        rejected: u64,
    },
    /// It is done, and values that a mapping does not read are marked.
    #[error(
        "{0} values are not in the format of the mapping, and are marked in the rows: correct the format, and `validate` says where \
         they are"
    )]
    Unread(usize),
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

/// Whether the reader of the output has left, as `head` does. Nothing has failed then.
#[must_use]
pub fn reader_left(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let output = error.downcast_ref::<io::Error>();
        if output.is_some_and(|output| output.kind() == io::ErrorKind::BrokenPipe) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The exit code of an error: [`LEFT_OUT`], [`WRONG_COMMAND`] also for an address that is none, [`UNREACHABLE`] if no exchange
/// answers, and [`REFUSED`] for everything else.
///
/// ```
/// use peelian::client::ClientError;
/// use peelian_commands::{Failure, exit_code};
///
/// let wrong = ClientError::Address { address: "nowhere".to_owned() };
/// assert_eq!(exit_code(&wrong), 2);
/// assert_eq!(exit_code(&Failure::Refused("the release cannot be approved".to_owned())), 3);
/// assert_eq!(exit_code(&Failure::NoReleaseDay("2022-07-city.csv".to_owned())), 2);
/// assert_eq!(exit_code(&Failure::LeftOut { received: 9, rejected: 2 }), 1);
/// ```
#[must_use]
pub fn exit_code(error: &(dyn Error + 'static)) -> u8 {
    match error.downcast_ref::<Failure>() {
        Some(Failure::Stopped) => return UNREACHABLE,
        Some(Failure::Usage(_) | Failure::NoReleaseDay(_)) => return WRONG_COMMAND,
        Some(Failure::LeftOut { .. } | Failure::Unread(_)) => return LEFT_OUT,
        _ => {}
    }
    let of_failure = error.downcast_ref::<Failure>().and_then(|failure| match failure {
        Failure::Client(error) | Failure::Folder(FolderError::Client(error)) => Some(error),
        _ => None,
    });
    match of_failure.or_else(|| error.downcast_ref::<ClientError>()) {
        Some(ClientError::Address { .. }) => WRONG_COMMAND,
        Some(
            ClientError::Tls { .. }
            | ClientError::Unreachable { .. }
            | ClientError::Lost { .. }
            | ClientError::TimedOut { .. },
        ) => UNREACHABLE,
        _ => REFUSED,
    }
}
