//! Settings: from flags, the environment, a file, or defaults, in that order of precedence.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// Settings as written: by flag or environment, and in the same names in a file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Configuration file, TOML: the names of the settings below with underscores, each as `name = value`.
    #[arg(long, env = "PEELIAN_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// Address to listen on, a loopback address until callers are identified by certificate. Port 0 means any free
    /// port. [default: 127.0.0.1:50829]
    #[arg(long, env = "PEELIAN_LISTEN", value_name = "HOST:PORT")]
    listen: Option<SocketAddr>,

    /// Directory of the data, made if it does not exist. One server at a time uses it. [default: peelian-data]
    #[arg(long, env = "PEELIAN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Largest message, in bytes: a chunk of a submission is one message. [default: 4194304, which is 4 MiB]
    #[arg(long, env = "PEELIAN_MAX_MESSAGE_BYTES", value_name = "BYTES")]
    max_message_bytes: Option<usize>,

    /// Most rows of a submission. [default: 1000000]
    #[arg(long, env = "PEELIAN_MAX_ROWS", value_name = "ROWS")]
    max_rows: Option<usize>,

    /// Most bytes of a submission's content. [default: 536870912, which is 512 MiB]
    #[arg(long, env = "PEELIAN_MAX_BYTES", value_name = "BYTES")]
    max_bytes: Option<usize>,

    /// Most submissions that one agency makes at the same time; a further one is refused. [default: 4]
    #[arg(long, env = "PEELIAN_MAX_SUBMISSIONS_PER_AGENCY", value_name = "N")]
    max_submissions_per_agency: Option<usize>,

    /// Most calls answered at the same time on one connection; further ones wait. [default: 128]
    #[arg(long, env = "PEELIAN_MAX_CALLS_PER_CONNECTION", value_name = "N")]
    max_calls_per_connection: Option<u32>,

    /// Most measures of a query. [default: 100]
    #[arg(long, env = "PEELIAN_MAX_QUERY_MEASURES", value_name = "N")]
    max_query_measures: Option<usize>,

    /// Most observations of a query. [default: 1000000]
    #[arg(long, env = "PEELIAN_MAX_QUERY_OBSERVATIONS", value_name = "N")]
    max_query_observations: Option<usize>,

    /// Longest wait, in seconds, for the next message of a submission. [default: 30]
    #[arg(long, env = "PEELIAN_IDLE_TIMEOUT", value_name = "SECONDS")]
    idle_timeout: Option<u64>,

    /// Longest time, in seconds, that a call may take, whatever its own deadline. [default: 900]
    #[arg(long, env = "PEELIAN_CALL_TIMEOUT", value_name = "SECONDS")]
    call_timeout: Option<u64>,

    /// Longest wait, in seconds, for calls under way when told to stop. [default: 60]
    #[arg(long, env = "PEELIAN_STOP_TIMEOUT", value_name = "SECONDS")]
    stop_timeout: Option<u64>,

    /// Format of the log, which goes to standard error. [default: text]
    #[arg(long, env = "PEELIAN_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,

    /// What is logged: a level (error, warn, info, debug, trace), or levels by module as in
    /// "info,peelian_server::store=debug". [default: info]
    #[arg(long, env = "PEELIAN_LOG", value_name = "FILTER")]
    log: Option<String>,
}

/// Format of the log.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings in force.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// Directory of the data.
    pub(crate) data_dir: PathBuf,
    /// Limits.
    pub(crate) limits: Limits,
    /// What is logged.
    pub(crate) log: Log,
}

/// What a caller may ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Largest message in bytes.
    pub(crate) message_bytes: usize,
    /// Most rows of a submission.
    pub(crate) rows: usize,
    /// Most bytes of a submission.
    pub(crate) bytes: usize,
    /// Most submissions of one agency at a time.
    pub(crate) submissions_per_agency: usize,
    /// Most calls at a time on one connection.
    pub(crate) calls_per_connection: u32,
    /// Most measures of a query.
    pub(crate) query_measures: usize,
    /// Most observations of a query.
    pub(crate) query_observations: usize,
    /// Longest wait for the next message.
    pub(crate) idle: Duration,
    /// Longest call.
    pub(crate) call: Duration,
    /// Longest wait for calls under way when told to stop.
    pub(crate) stop: Duration,
}

/// What is logged.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    /// Format.
    pub(crate) format: LogFormat,
    /// Filter.
    pub(crate) filter: String,
}

/// Why the settings are refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the configuration file {}: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        source: toml::de::Error,
    },
    /// The address can be reached from other machines.
    #[error(
        "{0} can be reached from other machines, and callers are not identified yet: the security layer is not there. \
         Listen on a loopback address, such as 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// A limit of 0.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
}

impl Settings {
    /// Settings that a program states rather than a person.
    pub(crate) fn of(listen: Option<SocketAddr>, data_dir: PathBuf, log: String) -> Self {
        Self { listen, data_dir: Some(data_dir), log: Some(log), ..Self::default() }
    }

    /// These settings, and `other`'s where these have none.
    fn or(self, other: Self) -> Self {
        Self {
            config: self.config.or(other.config),
            listen: self.listen.or(other.listen),
            data_dir: self.data_dir.or(other.data_dir),
            max_message_bytes: self.max_message_bytes.or(other.max_message_bytes),
            max_rows: self.max_rows.or(other.max_rows),
            max_bytes: self.max_bytes.or(other.max_bytes),
            max_submissions_per_agency: self.max_submissions_per_agency.or(other.max_submissions_per_agency),
            max_calls_per_connection: self.max_calls_per_connection.or(other.max_calls_per_connection),
            max_query_measures: self.max_query_measures.or(other.max_query_measures),
            max_query_observations: self.max_query_observations.or(other.max_query_observations),
            idle_timeout: self.idle_timeout.or(other.idle_timeout),
            call_timeout: self.call_timeout.or(other.call_timeout),
            stop_timeout: self.stop_timeout.or(other.stop_timeout),
            log_format: self.log_format.or(other.log_format),
            log: self.log.or(other.log),
        }
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.to_owned(), source })
    }
}

impl Config {
    /// The settings in force: those written, those of the file that they name, and defaults.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, the address is not a loopback address, or a limit is 0.
    pub(crate) fn from_settings(settings: Settings) -> Result<Self, ConfigError> {
        let settings = match &settings.config {
            Some(path) => {
                let file = Settings::read(path)?;
                settings.or(file)
            }
            None => settings,
        };
        let listen = settings.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 50829)));
        if !listen.ip().is_loopback() {
            return Err(ConfigError::NotLoopback(listen));
        }
        Ok(Self {
            listen,
            data_dir: settings.data_dir.clone().unwrap_or_else(|| PathBuf::from("peelian-data")),
            limits: Limits::from_settings(&settings)?,
            log: Log {
                format: settings.log_format.unwrap_or_default(),
                filter: settings.log.unwrap_or_else(|| "info".to_owned()),
            },
        })
    }
}

impl Limits {
    fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let at_least_one = |value: usize, name| if value == 0 { Err(ConfigError::Zero(name)) } else { Ok(value) };
        let seconds = |value: Option<u64>, default| Duration::from_secs(value.unwrap_or(default));
        let calls = settings.max_calls_per_connection.unwrap_or(128);
        if calls == 0 {
            return Err(ConfigError::Zero("max_calls_per_connection"));
        }
        let idle = seconds(settings.idle_timeout, 30);
        let call = seconds(settings.call_timeout, 900);
        if idle.is_zero() || call.is_zero() {
            return Err(ConfigError::Zero("a timeout"));
        }
        Ok(Self {
            message_bytes: at_least_one(settings.max_message_bytes.unwrap_or(4 << 20), "max_message_bytes")?,
            rows: at_least_one(settings.max_rows.unwrap_or(1_000_000), "max_rows")?,
            bytes: at_least_one(settings.max_bytes.unwrap_or(512 << 20), "max_bytes")?,
            submissions_per_agency: at_least_one(
                settings.max_submissions_per_agency.unwrap_or(4),
                "max_submissions_per_agency",
            )?,
            calls_per_connection: calls,
            query_measures: at_least_one(settings.max_query_measures.unwrap_or(100), "max_query_measures")?,
            query_observations: at_least_one(
                settings.max_query_observations.unwrap_or(1_000_000),
                "max_query_observations",
            )?,
            idle,
            call,
            stop: seconds(settings.stop_timeout, 60),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("peelian.toml");
        std::fs::write(&path, "max_rows = 10\nmax_bytes = 20\nlog_format = \"json\"").unwrap();
        let settings = Settings { config: Some(path), max_rows: Some(5), ..Settings::default() };
        let config = Config::from_settings(settings).unwrap();
        assert_eq!((config.limits.rows, config.limits.bytes), (5, 20));
        assert_eq!(config.limits.message_bytes, 4 << 20);
        assert_eq!(config.log.format, LogFormat::Json);
    }

    #[test]
    fn only_a_loopback_address_is_served() {
        let listen = |address: &str| {
            let settings = Settings { listen: Some(address.parse().unwrap()), ..Settings::default() };
            Config::from_settings(settings).map(|config| config.listen.port())
        };
        assert_eq!(listen("127.0.0.1:1").unwrap(), 1);
        assert_eq!(listen("[::1]:2").unwrap(), 2);
        assert!(listen("0.0.0.0:3").unwrap_err().to_string().contains("security layer is not there"));
    }

    #[test]
    fn an_unknown_name_in_the_file_is_refused() {
        let error = toml::from_str::<Settings>("max_row = 1").unwrap_err();
        assert!(error.to_string().contains("max_row"), "{error}");
    }
}
