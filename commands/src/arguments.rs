//! Command-line arguments that state a server, a query or one cell, and the messages that they become.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::ArgPredicate;
use clap::{Args, ValueEnum};
use peelian::client::{ClientError, Connection, Credentials, release_name};
use peelian::v1::{Basis, ComparisonKind, ExplainObservationRequest, Query};

/// Default address: a server listens on it, and commands call it.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 50_829);

/// Area of a query that states none: the Metropolitan Police District, which is London without the City.
pub const DEFAULT_AREA: &str = "E23000001";

/// Periods of a query that states none.
const LATEST_MONTHS: &str = "latest:12";
/// Periods of a query for a profile that states none: its measures offer different kinds of period.
const LATEST_OF_PROFILE: &str = "latest:1:longest";

/// Which server a command calls.
#[derive(Args, Debug)]
pub struct ServerArgument {
    /// Address of the server. https://HOST:PORT is encrypted.
    #[arg(long, env = "PEELIAN_SERVER", value_name = "HOST:PORT", default_value_t = DEFAULT_ADDRESS.to_string())]
    server: String,

    /// Certificates of the authorities that are trusted, in PEM. The connection is encrypted. Without it, the authorities of
    /// this machine are trusted.
    #[arg(long, env = "PEELIAN_CA", value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Your certificate, in PEM.
    #[arg(long, env = "PEELIAN_CERTIFICATE", value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,

    /// Private key of the certificate, in PEM. Only you may read it.
    #[arg(long, env = "PEELIAN_KEY", value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,

    /// File with your token. Only you may read it. Without it, the variable PEELIAN_TOKEN has the token.
    #[arg(long, env = "PEELIAN_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Longest time that the call may take. 0 means no limit. Without this option it is 120 seconds, and 30 minutes
    /// for a submission.
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
}

impl ServerArgument {
    /// Connects to the server.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::open_with`].
    pub async fn connect(&self) -> Result<Connection, ClientError> {
        let connection = Connection::open_with(&self.server, self.credentials()).await?;
        Ok(match self.timeout {
            Some(seconds) => connection.with_timeout(Duration::from_secs(seconds)),
            None => connection,
        })
    }

    fn credentials(&self) -> Credentials {
        let mut credentials = Credentials::default();
        if let Some(file) = &self.ca {
            credentials = credentials.with_ca(file);
        }
        if let Some((certificate, key)) = self.certificate.as_ref().zip(self.key.as_ref()) {
            credentials = credentials.with_certificate(certificate, key);
        }
        match &self.token_file {
            Some(file) => credentials.with_token_file(file),
            // There is no flag for it: other users of the machine can read the flags of a program.
            None => match std::env::var("PEELIAN_TOKEN") {
                Ok(token) if !token.is_empty() => credentials.with_token(token),
                _ => credentials,
            },
        }
    }
}

/// Which observations a command asks for.
#[derive(Args, Debug)]
pub struct QueryArguments {
    /// Identifier of a measure. A variant follows after a dot. Repeat the option for several measures.
    #[arg(long, short, required_unless_present = "profile", value_name = "ID")]
    measure: Vec<String>,

    /// Profile, such as "borough" or "children-and-young-people": all measures of a page. A wrong name lists them all.
    #[arg(long, default_value = "", value_name = "NAME")]
    profile: String,

    /// Code of an area, or a level such as "borough" for all its areas. Repeat the option for several.
    #[arg(long, short, default_value = DEFAULT_AREA, value_name = "AREA")]
    area: Vec<String>,

    /// Period: 2017-02, 2016/17-Q2, R12-2017-02, CY2016, 2016/17, a range 2016-01..2016-12, latest:24, latest:8:R12, or
    /// latest:1:longest for the longest kind that each measure offers.
    #[arg(long, short, value_name = "PERIOD", default_value = LATEST_MONTHS, default_value_if("profile", ArgPredicate::IsPresent, LATEST_OF_PROFILE))]
    period: Vec<String>,

    /// Dimension of the breakdown, such as "sex". Repeat the option for several.
    #[arg(long, short, value_name = "FIELD")]
    by: Vec<String>,

    /// Compare with another period or area, or with the series before. Repeat the option for several.
    #[arg(long, value_name = "WITH")]
    compare: Vec<Compare>,

    /// Period that the comparison "baseline" compares with. Without it, the baseline of the profile.
    #[arg(long, default_value = "", value_name = "PERIOD")]
    baseline: String,

    /// Leave out the companions, which are read with a contextual measure.
    #[arg(long)]
    no_companions: bool,

    /// Only submitted figures, or only values that are computed from records.
    #[arg(long)]
    basis: Option<Only>,

    /// Only the figures of this agency: its own, which need not be the authoritative ones.
    #[arg(long, default_value = "", value_name = "AGENCY")]
    source: String,

    /// Read the ledger as it was at this instant, for example 2026-05-01T09:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<jiff::Timestamp>,

    /// Read this release. Without it, you get live figures if an agreement allows them, and else the releases in force.
    #[arg(long, value_name = "ID", conflicts_with = "as_of")]
    release: Option<String>,
}

/// What observations are compared with.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Compare {
    /// The window before, which does not overlap.
    PreviousWindow,
    /// The same period of the year before.
    SamePeriodLastYear,
    /// London.
    London,
    /// England and Wales.
    Nation,
    /// London: the position in a funnel around its value, for the size of the area.
    Funnel,
    /// The four years before: whether the series rises or falls.
    Trend,
    /// The months or quarters before, at most 24 points: whether the value is within the ordinary variation.
    ProcessControl,
    /// The period of --baseline, or the baseline of the profile.
    Baseline,
}

/// A basis.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Only {
    /// Figures that agencies computed and submitted.
    Figures,
    /// Values that are computed from records.
    Records,
}

impl QueryArguments {
    /// The contract's query.
    #[must_use]
    pub fn into_wire(self) -> Query {
        let compare = |compare: Compare| {
            i32::from(match compare {
                Compare::PreviousWindow => ComparisonKind::PreviousWindow,
                Compare::SamePeriodLastYear => ComparisonKind::SamePeriodLastYear,
                Compare::London => ComparisonKind::London,
                Compare::Nation => ComparisonKind::Nation,
                Compare::Funnel => ComparisonKind::Funnel,
                Compare::Trend => ComparisonKind::Trend,
                Compare::ProcessControl => ComparisonKind::ProcessControl,
                Compare::Baseline => ComparisonKind::Baseline,
            })
        };
        let basis = match self.basis {
            None => Basis::Unspecified,
            Some(Only::Figures) => Basis::SubmittedFigure,
            Some(Only::Records) => Basis::ComputedFromRecords,
        };
        let timestamp =
            |at: jiff::Timestamp| prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() };
        Query {
            measures: self.measure,
            areas: self.area,
            periods: self.period,
            breakdown: self.by,
            comparisons: self.compare.into_iter().map(compare).collect(),
            as_of: self.as_of.map(timestamp),
            release: self.release.as_deref().map(release_name).unwrap_or_default(),
            basis: basis.into(),
            source: self.source,
            profile: self.profile,
            baseline: self.baseline,
            without_companions: self.no_companions,
            ..Query::default()
        }
    }
}

/// Which value a command asks about.
#[derive(Args, Debug)]
pub struct CellArguments {
    /// Identifier of the measure.
    #[arg(long, short, value_name = "ID")]
    measure: String,

    /// Code of the area.
    #[arg(long, short, default_value = DEFAULT_AREA, value_name = "AREA")]
    area: String,

    /// Period.
    #[arg(long, short, value_name = "PERIOD")]
    period: String,
}

impl CellArguments {
    /// The contract's request for an explanation.
    #[must_use]
    pub fn into_wire(self) -> ExplainObservationRequest {
        let Self { measure, area, period } = self;
        ExplainObservationRequest { measure, area, period, ..ExplainObservationRequest::default() }
    }
}

/// Runs a command that calls a server, on this thread alone.
///
/// # Errors
///
/// Those of the command.
pub fn on_one_thread<E: From<io::Error>>(command: impl Future<Output = Result<(), E>>) -> Result<(), E> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}
