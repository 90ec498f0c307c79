//! The log: structured, to standard error. It names requests and submissions, never a value of a record.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Why the log cannot be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TelemetryError {
    /// The filter is not one.
    #[error("the log filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// There is a log already.
    #[error(transparent)]
    Started(Box<dyn std::error::Error + Send + Sync>),
}

/// Starts the log of this process.
///
/// # Errors
///
/// If the filter cannot be read, or a log was started before.
pub(crate) fn start(log: &Log) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&log.filter)?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    match log.format {
        LogFormat::Text => subscriber.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    }
    .map_err(TelemetryError::Started)
}
