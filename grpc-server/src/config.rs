//! Settings: from flags, the environment, a file or defaults, in this order of precedence.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::limits::Limits;

/// Default address: a server listens on it, and commands call it.
pub(crate) const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_829);
/// Default directory of the data.
pub(crate) const DEFAULT_DATA_DIR: &str = "peelian-data";
/// Default filter of the log.
const DEFAULT_LOG: &str = "info";

/// Settings as an operator states them: by flag, by environment variable, or under the same names in a file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Configuration file in TOML. It has a line `name = value` for each setting; names have underscores.
    #[arg(long, env = "PEELIAN_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// Address to listen on. It must be a loopback address until callers are identified by certificate. Port 0 means
    /// any free port. [default: 127.0.0.1:50829]
    #[arg(long, env = "PEELIAN_LISTEN", value_name = "HOST:PORT")]
    listen: Option<SocketAddr>,

    /// Directory of the data. `peelian-server init` makes it. Only one server at a time can use it. The server takes
    /// the rights of other users from it. [default: peelian-data]
    #[arg(long, env = "PEELIAN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// File of agencies and their remits, in TOML. Its agencies are added to those that the program carries, or take the
    /// place of those with the same name. seeds/agencies/register.toml shows the form.
    #[arg(long, env = "PEELIAN_AGENCIES", value_name = "FILE")]
    agencies: Option<PathBuf>,

    /// Largest message, in bytes. A chunk of a submission is one message. [default: 4194304, which is 4 MiB]
    #[arg(long, env = "PEELIAN_MAX_MESSAGE_BYTES", value_name = "BYTES")]
    max_message_bytes: Option<usize>,

    /// Largest number of rows in a submission. [default: 1000000]
    #[arg(long, env = "PEELIAN_MAX_ROWS", value_name = "ROWS")]
    max_rows: Option<usize>,

    /// Largest content of a submission, in bytes. [default: 536870912, which is 512 MiB]
    #[arg(long, env = "PEELIAN_MAX_BYTES", value_name = "BYTES")]
    max_bytes: Option<usize>,

    /// Largest number of submissions that one agency may have under way. Further ones are refused. [default: 4]
    #[arg(long, env = "PEELIAN_MAX_SUBMISSIONS_PER_AGENCY", value_name = "N")]
    max_submissions_per_agency: Option<usize>,

    /// Largest number of calls under way on one connection. Further ones wait. [default: 128]
    #[arg(long, env = "PEELIAN_MAX_CALLS_PER_CONNECTION", value_name = "N")]
    max_calls_per_connection: Option<u32>,

    /// Largest number of measures in a query. [default: 100]
    #[arg(long, env = "PEELIAN_MAX_QUERY_MEASURES", value_name = "N")]
    max_query_measures: Option<usize>,

    /// Largest number of observations in an answer. [default: 1000000]
    #[arg(long, env = "PEELIAN_MAX_QUERY_OBSERVATIONS", value_name = "N")]
    max_query_observations: Option<usize>,

    /// Longest wait, in seconds, for the next message of a submission. [default: 30]
    #[arg(long, env = "PEELIAN_IDLE_TIMEOUT", value_name = "SECONDS")]
    idle_timeout: Option<u64>,

    /// Longest time, in seconds, that a call may take. A later deadline of the call does not extend it. [default:
    /// 900]
    #[arg(long, env = "PEELIAN_CALL_TIMEOUT", value_name = "SECONDS")]
    call_timeout: Option<u64>,

    /// Longest wait, in seconds, for calls under way when the server is told to stop. [default: 60]
    #[arg(long, env = "PEELIAN_STOP_TIMEOUT", value_name = "SECONDS")]
    stop_timeout: Option<u64>,

    /// Format of the log. The log goes to standard error. [default: text]
    #[arg(long, env = "PEELIAN_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,

    /// What is logged: a level (error, warn, info, debug, trace), or levels by module, for example
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
    /// One JSON object in each line.
    Json,
}

/// Settings in force.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// Directory of the data.
    pub(crate) data_dir: PathBuf,
    /// File of agencies; `None` for those that the program carries.
    pub(crate) agencies: Option<PathBuf>,
    /// Limits.
    pub(crate) limits: Limits,
    /// Settings of the log.
    pub(crate) log: Log,
}

/// Settings of the log.
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
    /// The file is not TOML, or it has a setting that does not exist.
    #[error("the configuration file {}: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        source: toml::de::Error,
    },
    /// Other machines can reach the address.
    #[error(
        "other machines can reach {0}, and callers are not identified yet because the security layer is not there: \
         listen on a loopback address, such as 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// A limit is 0.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
}

impl Settings {
    /// Settings for a server that another command starts.
    pub(crate) fn of(listen: Option<SocketAddr>, data_dir: PathBuf, log: String) -> Self {
        Self { listen, data_dir: Some(data_dir), log: Some(log), ..Self::default() }
    }

    /// These settings; `other` has those that are not stated here.
    fn or(self, other: Self) -> Self {
        Self {
            config: self.config.or(other.config),
            listen: self.listen.or(other.listen),
            data_dir: self.data_dir.or(other.data_dir),
            agencies: self.agencies.or(other.agencies),
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
    /// The settings in force: those stated, then those of the file that they name, then defaults.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, if the address is not a loopback address, or if a limit is 0.
    pub(crate) fn from_settings(settings: Settings) -> Result<Self, ConfigError> {
        let settings = match &settings.config {
            Some(path) => {
                let file = Settings::read(path)?;
                settings.or(file)
            }
            None => settings,
        };
        let listen = settings.listen.unwrap_or(DEFAULT_ADDRESS);
        if !listen.ip().is_loopback() {
            return Err(ConfigError::NotLoopback(listen));
        }
        Ok(Self {
            listen,
            data_dir: settings.data_dir.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR)),
            agencies: settings.agencies.clone(),
            limits: limits(&settings)?,
            log: Log {
                format: settings.log_format.unwrap_or_default(),
                filter: settings.log.unwrap_or_else(|| DEFAULT_LOG.to_owned()),
            },
        })
    }
}

/// The limits that the settings state; those that they do not state have their defaults.
fn limits(settings: &Settings) -> Result<Limits, ConfigError> {
    let defaults = Limits::default();
    let at_least_one = |value: Option<usize>, default, name| match value.unwrap_or(default) {
        0 => Err(ConfigError::Zero(name)),
        value => Ok(value),
    };
    let seconds = |value: Option<u64>, default| value.map_or(default, Duration::from_secs);
    let calls = settings.max_calls_per_connection.unwrap_or(defaults.calls_per_connection);
    if calls == 0 {
        return Err(ConfigError::Zero("max_calls_per_connection"));
    }
    let idle = seconds(settings.idle_timeout, defaults.idle);
    let call = seconds(settings.call_timeout, defaults.call);
    if idle.is_zero() || call.is_zero() {
        return Err(ConfigError::Zero("a timeout"));
    }
    let per_agency = settings.max_submissions_per_agency;
    let observations = settings.max_query_observations;
    Ok(Limits {
        message_bytes: at_least_one(settings.max_message_bytes, defaults.message_bytes, "max_message_bytes")?,
        rows: at_least_one(settings.max_rows, defaults.rows, "max_rows")?,
        bytes: at_least_one(settings.max_bytes, defaults.bytes, "max_bytes")?,
        submissions_per_agency: at_least_one(
            per_agency,
            defaults.submissions_per_agency,
            "max_submissions_per_agency",
        )?,
        calls_per_connection: calls,
        query_measures: at_least_one(settings.max_query_measures, defaults.query_measures, "max_query_measures")?,
        query_observations: at_least_one(observations, defaults.query_observations, "max_query_observations")?,
        idle,
        call,
        stop: seconds(settings.stop_timeout, defaults.stop),
    })
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

    /// Help texts are literals: this compares the defaults that they state with those in force.
    #[test]
    fn the_help_states_the_defaults() {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            settings: Settings,
        }
        let command = <Command as clap::CommandFactory>::command();
        let stated = |id: &str| {
            let argument = command.get_arguments().find(|argument| argument.get_id() == id).unwrap();
            let help = argument.get_help().unwrap().to_string();
            let default = help.split("[default: ").nth(1).unwrap();
            default.split([']', ',']).next().unwrap().to_owned()
        };
        let Config { listen, data_dir, agencies: _, limits, log } =
            Config::from_settings(Settings::default()).unwrap();
        for (id, default) in [
            ("listen", listen.to_string()),
            ("data_dir", data_dir.display().to_string()),
            ("max_message_bytes", limits.message_bytes.to_string()),
            ("max_rows", limits.rows.to_string()),
            ("max_bytes", limits.bytes.to_string()),
            ("max_submissions_per_agency", limits.submissions_per_agency.to_string()),
            ("max_calls_per_connection", limits.calls_per_connection.to_string()),
            ("max_query_measures", limits.query_measures.to_string()),
            ("max_query_observations", limits.query_observations.to_string()),
            ("idle_timeout", limits.idle.as_secs().to_string()),
            ("call_timeout", limits.call.as_secs().to_string()),
            ("stop_timeout", limits.stop.as_secs().to_string()),
            ("log", log.filter),
        ] {
            assert_eq!(stated(id), default, "{id}");
        }
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
