//! Settings: from flags, the environment, a file or defaults, in this order of precedence.

#[cfg(test)]
mod fuzz;
mod identity;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Args, FromArgMatches, ValueEnum, value_parser};
use peelian_commands::DEFAULT_ADDRESS;
use serde::{Deserialize, Deserializer};

use self::identity::StatedIdentity;
use crate::identity::IdentitySettings;
use crate::limits::{Limits, MEMORY, SETTINGS, Setting, default_memory};

/// Default directory of the data.
pub(crate) const DEFAULT_DATA_DIR: &str = "peelian-data";
/// Default filter of the log.
const DEFAULT_LOG: &str = "info";

/// An address to listen on: `127.0.0.1:50829`, or `localhost:50829`, which is the same.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(text).parse().map_err(|_| "write an address and a port, 127.0.0.1:50829".to_owned())
}

/// An address in a file of settings.
fn stated_address<'de, D: Deserializer<'de>>(file: D) -> Result<Option<SocketAddr>, D::Error> {
    address(&String::deserialize(file)?).map(Some).map_err(serde::de::Error::custom)
}

/// Settings as an operator states them: by flag, by environment variable, or under the same names in a file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Configuration file in TOML. It has a line `name = value` for each setting; names have underscores.
    #[arg(long, env = "PEELIAN_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// Address to listen on. Port 0 means any free port. An address that other machines can reach needs TLS, and every
    /// caller an identity. [default: 127.0.0.1:50829]
    #[arg(long, env = "PEELIAN_LISTEN", value_name = "HOST:PORT", value_parser = address)]
    #[serde(deserialize_with = "stated_address")]
    listen: Option<SocketAddr>,

    /// Directory of the data. `peelian-server init` makes it. Only one server at a time can use it. The server takes
    /// the rights of other users from it. [default: peelian-data]
    #[arg(long, env = "PEELIAN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// File of agencies and their remits, in TOML. Its agencies are added to those that the program carries, or take the
    /// place of those with the same name. seeds/agencies/register.toml shows the form.
    #[arg(long, env = "PEELIAN_AGENCIES", value_name = "FILE")]
    agencies: Option<PathBuf>,

    /// Folder of data-sharing agreements, a file of policies each. They are added to those that the program carries, or take
    /// the place of those with the same name. docs/agreements.md shows the form. Changed files are read again.
    #[arg(long, env = "PEELIAN_POLICIES", value_name = "DIR")]
    policies: Option<PathBuf>,

    /// Let the system write core dumps, which hold keys and rows, and let debuggers of the same user in. Without this, it
    /// writes none (Linux).
    #[arg(long, env = "PEELIAN_ALLOW_CORE_DUMPS", value_name = "TRUE|FALSE", num_args = 0..=1, default_missing_value = "true")]
    allow_core_dumps: Option<bool>,

    /// Record no call. It is for measurements of what the audit log costs, and is refused if callers need an identity.
    #[arg(long, env = "PEELIAN_WITHOUT_AUDIT", value_name = "TRUE|FALSE", num_args = 0..=1, default_missing_value = "true")]
    without_audit: Option<bool>,
    // It comes before the limits, which take all other names of the file.
    #[command(flatten)]
    #[serde(flatten)]
    identity: StatedIdentity,

    #[command(flatten)]
    #[serde(flatten)]
    limits: StatedLimits,

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
    /// Folder of data-sharing agreements; `None` for those that the program carries.
    pub(crate) policies: Option<PathBuf>,
    /// Whether the system may write core dumps.
    pub(crate) allow_core_dumps: bool,
    /// Whether calls are recorded in the audit log.
    pub(crate) audited: bool,
    /// How callers are identified.
    pub(crate) identity: IdentitySettings,
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
        "other machines can reach {0}: set tls_certificate and tls_key, and client_ca or tokens by which callers are \
         known (docs/identity.md), or listen on a loopback address, such as 127.0.0.1 or [::1]"
    )]
    NotEncrypted(SocketAddr),
    /// A setting needs another one.
    #[error("{stated} needs {needed}: set it too (docs/identity.md)")]
    Lacks {
        /// Setting that is stated.
        stated: &'static str,
        /// Setting that is missing.
        needed: &'static str,
    },
    /// The name of the exchange has another form.
    #[error(
        "exchange_name {0:?}: write lower-case letters, digits, dots, hyphens and underscores, as in exchange.london"
    )]
    ExchangeName(String),
    /// Callers are known and would not be recorded.
    #[error(
        "without_audit is for measurements on a loopback address without identity: take it away, or require, TLS and \
             tokens"
    )]
    NotAudited,
    /// A limit is too small.
    #[error("{name} must be at least {least}")]
    TooSmall {
        /// Its name.
        name: &'static str,
        /// The smallest value that can be set.
        least: u64,
    },
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
            policies: self.policies.or(other.policies),
            allow_core_dumps: self.allow_core_dumps.or(other.allow_core_dumps),
            without_audit: self.without_audit.or(other.without_audit),
            identity: self.identity.or(other.identity),
            limits: self.limits.or(other.limits),
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
    /// If the file cannot be read, if other machines can reach the address and there is no TLS, if a setting lacks another
    /// one, or if a limit is too small.
    pub(crate) fn from_settings(settings: Settings) -> Result<Self, ConfigError> {
        let settings = match &settings.config {
            Some(path) => {
                let file = Settings::read(path)?;
                settings.or(file)
            }
            None => settings,
        };
        let listen = settings.listen.unwrap_or(DEFAULT_ADDRESS);
        let identity = settings.identity.in_force(listen)?;
        let audited = !settings.without_audit.unwrap_or_default();
        if !audited && identity.require.is_some() {
            return Err(ConfigError::NotAudited);
        }
        Ok(Self {
            listen,
            data_dir: settings.data_dir.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR)),
            agencies: settings.agencies.clone(),
            policies: settings.policies.clone(),
            allow_core_dumps: settings.allow_core_dumps.unwrap_or_default(),
            audited,
            identity,
            limits: settings.limits.in_force()?,
            log: Log {
                format: settings.log_format.unwrap_or_default(),
                filter: settings.log.unwrap_or_else(|| DEFAULT_LOG.to_owned()),
            },
        })
    }
}

/// The limits that are stated, by their names.
#[derive(Clone, Debug, Default)]
struct StatedLimits(BTreeMap<&'static str, u64>);

impl StatedLimits {
    /// These limits; `other` has those that are not stated here.
    fn or(self, mut other: Self) -> Self {
        other.0.extend(self.0);
        other
    }

    /// The limits in force; those that are not stated have their defaults.
    fn in_force(&self) -> Result<Limits, ConfigError> {
        let memory = self.0.get(MEMORY).copied().unwrap_or_else(default_memory);
        let mut limits = Limits::of_memory(memory);
        for Setting { name, least, set, .. } in SETTINGS {
            match self.0.get(name) {
                Some(stated) if stated < least => return Err(ConfigError::TooSmall { name, least: *least }),
                Some(stated) => set(&mut limits, *stated),
                None => {}
            }
        }
        Ok(limits)
    }
}

impl Args for StatedLimits {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.args(SETTINGS.iter().map(argument))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// The flag of a limit.
fn argument(setting: &Setting) -> Arg {
    let Setting { name, unit, what, .. } = setting;
    Arg::new(*name)
        .long(name.replace('_', "-"))
        .env(format!("PEELIAN_{}", name.to_uppercase()))
        .value_name(*unit)
        .value_parser(value_parser!(u64))
        .help(format!("{what} [default: {}]", setting.stated_default()))
}

impl FromArgMatches for StatedLimits {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let stated = SETTINGS.iter().filter_map(|setting| Some((setting.name, *matches.get_one(setting.name)?)));
        Ok(Self(stated.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

impl<'de> Deserialize<'de> for StatedLimits {
    /// Reads the names of the file that are no other setting.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |(name, value): (String, toml::Value)| {
            let setting = SETTINGS.iter().find(|setting| setting.name == name);
            let setting = setting.ok_or_else(|| {
                format!("there is no setting {name}: `peelian-server serve --help` lists them, here with underscores")
            })?;
            let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
            Ok((setting.name, number.ok_or_else(|| format!("{name} must be a whole number that is not negative"))?))
        };
        let stated = BTreeMap::<String, toml::Value>::deserialize(deserializer)?;
        let read: Result<_, String> = stated.into_iter().map(read).collect();
        read.map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Require;

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("peelian.toml");
        std::fs::write(&path, "max_rows = 10\nmax_bytes = 20\nrequire = \"token\"\nlog_format = \"json\"").unwrap();
        let limits = StatedLimits(BTreeMap::from([("max_rows", 5)]));
        let config = Config::from_settings(Settings { config: Some(path), limits, ..Settings::default() }).unwrap();
        assert_eq!((config.limits.rows, config.limits.bytes), (5, 20));
        assert_eq!(config.limits.message_bytes, 4 << 20);
        assert_eq!(config.log.format, LogFormat::Json);
        assert_eq!(config.identity.require, Some(Require::Token));
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
        let Config { listen, data_dir, log, .. } = Config::from_settings(Settings::default()).unwrap();
        for (id, default) in
            [("listen", listen.to_string()), ("data_dir", data_dir.display().to_string()), ("log", log.filter)]
        {
            assert_eq!(stated(id), default, "{id}");
        }
    }

    #[test]
    fn without_tls_only_a_loopback_address_is_served() {
        let listen = |address: &str| {
            let settings = Settings { listen: Some(address.parse().unwrap()), ..Settings::default() };
            Config::from_settings(settings).map(|config| config.listen.port())
        };
        assert_eq!(listen("127.0.0.1:1").unwrap(), 1);
        assert_eq!(listen("[::1]:2").unwrap(), 2);
        assert_eq!(address("localhost:4").unwrap(), "127.0.0.1:4".parse().unwrap());
        assert!(address("elsewhere:4").is_err() && address("127.0.0.1").is_err());
        assert_eq!(toml::from_str::<Settings>("listen = \"localhost:5\"").unwrap().listen.unwrap().port(), 5);
        assert!(listen("0.0.0.0:3").unwrap_err().to_string().contains("set tls_certificate and tls_key"));
    }

    #[test]
    fn known_callers_are_always_recorded() {
        let audited = |text: &str| Config::from_settings(toml::from_str(text).unwrap()).map(|config| config.audited);
        assert!(audited("").unwrap());
        assert!(!audited("without_audit = true").unwrap());
        for known in ["require = \"token\"", "tls_certificate = \"a\"\ntls_key = \"b\""] {
            let refused = audited(&format!("without_audit = true\n{known}")).unwrap_err();
            assert!(matches!(refused, ConfigError::NotAudited), "{refused}");
        }
    }

    #[test]
    fn an_unknown_name_in_the_file_is_refused() {
        let error = toml::from_str::<Settings>("max_row = 1").unwrap_err();
        assert!(error.to_string().contains("there is no setting max_row"), "{error}");
        let error = toml::from_str::<Settings>("tls_certficate = \"a\"").unwrap_err();
        assert!(error.to_string().contains("there is no setting tls_certficate"), "{error}");
        let error = toml::from_str::<Settings>("max_rows = -1").unwrap_err();
        assert!(error.to_string().contains("max_rows must be a whole number"), "{error}");
    }

    #[test]
    fn a_limit_is_not_below_its_least() {
        for Setting { name, least, .. } in SETTINGS.iter().filter(|setting| setting.least > 0) {
            let limits = |number| StatedLimits(BTreeMap::from([(*name, number)])).in_force();
            assert!(limits(*least).is_ok(), "{name}");
            assert!(limits(least - 1).unwrap_err().to_string().contains(name), "{name}");
        }
    }
}
