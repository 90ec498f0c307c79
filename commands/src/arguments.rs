//! Command-line arguments that state a server, a query or one cell, and the messages that they become.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use peelian::client::{ClientError, Connection, Credentials, release_name};
use peelian::v1::{Basis, ComparisonKind, ExplainObservationRequest, Query};
use peelian_core::period::PeriodRange;
use prost_types::Timestamp;

use crate::Failure;

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
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
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
            Some(timeout) => connection.with_timeout(timeout),
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
    #[arg(long, short, value_name = "ID")]
    measure: Vec<String>,

    /// Every measure, each in its main variant.
    #[arg(long, conflicts_with_all = ["measure", "profile"])]
    all_measures: bool,

    /// Profile, such as "borough" or "children-and-young-people": all measures of a page. A wrong name lists them all.
    #[arg(long, default_value = "", value_name = "NAME")]
    profile: String,

    /// Area by its code or its name, or a level such as "borough" for all its areas. Repeat the option for several.
    #[arg(long, short, default_value = DEFAULT_AREA, value_name = "AREA")]
    area: Vec<String>,

    /// Period: 2017-02, 2016/17-Q2, R12-2017-02, CY2016, 2016/17, a range 2016-01..2016-12, latest:24, latest:8:R12, or
    /// latest:1:longest for the longest kind that each measure offers.
    ///
    /// Without it, latest:12, and latest:1:longest for a profile or all measures.
    #[arg(long, short, value_name = "PERIOD")]
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

    /// Group that the comparison "reference-group" compares with: sex=male.
    #[arg(long, default_value = "", value_name = "FIELD=CODE")]
    reference_group: String,

    /// Compare across a break in a series. Without it, such a comparison is not made, and its note names the break.
    #[arg(long)]
    allow_break: bool,

    /// Confidence level of the intervals.
    #[arg(long, default_value_t = 0.95, value_name = "LEVEL")]
    confidence: f64,

    /// Leave out the companions, which are read with a contextual measure.
    #[arg(long)]
    no_companions: bool,

    /// Only submitted figures, or only values that are computed from records.
    #[arg(long)]
    basis: Option<Only>,

    /// Only the figures of this agency: its own, which need not be the authoritative ones.
    #[arg(long, default_value = "", value_name = "AGENCY")]
    source: String,

    /// Read the ledger as it was at this instant: 2026-05-01T09:00:00Z, or 2026-05-01 in UTC.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    as_of: Option<Timestamp>,

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
    /// The group of --reference-group.
    ReferenceGroup,
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
    ///
    /// # Errors
    ///
    /// [`Failure::Usage`] if it names no measure in any way.
    pub fn into_wire(self) -> Result<Query, Failure> {
        if self.measure.is_empty() && self.profile.is_empty() && !self.all_measures {
            let ways = "name a measure (--measure), a profile (--profile), or every measure (--all-measures)";
            return Err(Failure::Usage(ways.to_owned()));
        }
        let compare = |compare: Compare| {
            i32::from(match compare {
                Compare::PreviousWindow => ComparisonKind::PreviousWindow,
                Compare::SamePeriodLastYear => ComparisonKind::SamePeriodLastYear,
                Compare::London => ComparisonKind::London,
                Compare::ReferenceGroup => ComparisonKind::ReferenceGroup,
                Compare::Nation => ComparisonKind::Nation,
                Compare::Funnel => ComparisonKind::Funnel,
                Compare::Trend => ComparisonKind::Trend,
                Compare::ProcessControl => ComparisonKind::ProcessControl,
                Compare::Baseline => ComparisonKind::Baseline,
            })
        };
        let usual = if self.measure.is_empty() { LATEST_OF_PROFILE } else { LATEST_MONTHS };
        let periods = if self.period.is_empty() { vec![usual.to_owned()] } else { self.period };
        let basis = match self.basis {
            None => Basis::Unspecified,
            Some(Only::Figures) => Basis::SubmittedFigure,
            Some(Only::Records) => Basis::ComputedFromRecords,
        };
        Ok(Query {
            measures: self.measure,
            areas: self.area,
            periods,
            breakdown: self.by,
            comparisons: self.compare.into_iter().map(compare).collect(),
            as_of: self.as_of,
            release: self.release.as_deref().map(release_name).unwrap_or_default(),
            basis: basis.into(),
            source: self.source,
            profile: self.profile,
            baseline: self.baseline,
            without_companions: self.no_companions,
            allow_break: self.allow_break,
            confidence: self.confidence,
            reference_group: self.reference_group,
            all_measures: self.all_measures,
        })
    }
}

/// Which value a command asks about.
#[derive(Args, Debug)]
pub struct CellArguments {
    /// Identifier of the measure.
    #[arg(long, short, value_name = "ID")]
    measure: String,

    /// Area by its code or its name.
    #[arg(long, short, default_value = DEFAULT_AREA, value_name = "AREA")]
    area: String,

    /// Period.
    #[arg(long, short, value_name = "PERIOD")]
    period: String,

    /// Group, such as sex=female. Repeat the option for several fields.
    #[arg(long, short, value_name = "FIELD=CODE", value_parser = pair)]
    by: Vec<(String, String)>,

    /// Read the ledger as it was at this instant: 2026-05-01T09:00:00Z, or 2026-05-01 in UTC.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    as_of: Option<Timestamp>,
}

impl CellArguments {
    /// The contract's request for an explanation.
    #[must_use]
    pub fn into_wire(self) -> ExplainObservationRequest {
        let Self { measure, area, period, by, as_of } = self;
        ExplainObservationRequest { measure, area, period, breakdown: by.into_iter().collect(), as_of }
    }
}

/// The present instant, by the clock of this machine.
#[expect(clippy::disallowed_methods, reason = "a client has no other clock")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Reads an instant: RFC 3339, or a date with or without a time, in UTC.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    let at = text.parse::<jiff::Timestamp>().or_else(|_| {
        let local: jiff::civil::DateTime = text.parse()?;
        Ok::<_, jiff::Error>(local.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())
    });
    let at =
        at.map_err(|_| "write an instant such as 2026-05-01T09:00:00Z, or a day such as 2026-05-01".to_owned())?;
    Ok(Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() })
}

/// Reads the first and last day of a period: 2017-02, a range, or two days.
pub(crate) fn days(text: &str) -> Result<(Date, Date), String> {
    if let Some((Ok(first), Ok(last))) = text.split_once("..").map(|(a, b)| (a.parse::<Date>(), b.parse::<Date>())) {
        return Ok((first, last));
    }
    let range: PeriodRange =
        text.parse().map_err(|error| format!("{error}; or write two days: 2017-02-01..2017-02-14"))?;
    Ok((range.first().start_date(), range.last().end_date()))
}

/// Reads a number of seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "write a number of seconds, 0 or more".to_owned())
}

/// Reads NAME=VALUE.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    pair.ok_or_else(|| "write NAME=VALUE, such as sex=female".to_owned())
}

/// Runs a command that calls a server, on this thread alone.
///
/// # Errors
///
/// Those of the command.
pub fn on_one_thread<E: From<io::Error>>(command: impl Future<Output = Result<(), E>>) -> Result<(), E> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}
