//! `peelian-server query`.

use std::error::Error;
use std::io::Write as _;

use clap::{Args, ValueEnum};
use peelian::client;
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{MissingReason, Observation};
use peelian_commands::{QueryArguments, ServerArgument, notes, on_one_thread, table};

/// Queries a server for values of measures and prints them.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Query {
    #[command(flatten)]
    query: QueryArguments,

    /// Format of the output.
    #[arg(long, default_value = "table")]
    format: Format,

    #[command(flatten)]
    server: ServerArgument,
}

const EXAMPLES: &str = "\
Examples:
  Knife crime in Southwark, the latest 24 months:
    peelian-server query -m knife-crime-offences -a E09000028 -p latest:24

  Every borough over the latest rolling year, against the year before:
    peelian-server query -m knife-crime-offences -a borough -p latest:1:R12 --compare previous-window

  All measures of a borough's page:
    peelian-server query --profile borough -a E09000028

  Neighbourhood crime against the baseline of the plan of 2013:
    peelian-server query --profile mopac-7 -p 2012/13 --compare baseline

  Repeat victimisation in February 2017, by sex, as CSV:
    peelian-server query -m repeat-victim-share -p 2017-02 -b sex --format csv";

/// A format of the output.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// CSV with one observation in each line.
    Csv,
}

impl Query {
    /// Asks the server and prints its answer.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        on_one_thread(async {
            let observations = client::query(&self.server.connect().await?, self.query.into_wire()).await?;
            match self.format {
                Format::Table => write_table(&observations)?,
                Format::Csv => write_csv(&observations)?,
            }
            Ok(())
        })
    }
}

fn write_table(observations: &[Observation]) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", table::of(observations))?;
    for note in notes::of(observations) {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

/// Why a value is missing; empty for a value.
fn missing(observation: &Observation) -> &'static str {
    match observation.result {
        Some(Outcome::Missing(reason)) => {
            let reason = MissingReason::try_from(reason).unwrap_or(MissingReason::Unspecified);
            reason.as_str_name().trim_start_matches("MISSING_REASON_")
        }
        _ => "",
    }
}

fn write_csv(observations: &[Observation]) -> Result<(), Box<dyn Error>> {
    let mut out = csv::Writer::from_writer(std::io::stdout());
    out.write_record([
        "measure",
        "version",
        "area",
        "area_name",
        "period",
        "breakdown",
        "basis",
        "synthetic",
        "value",
        "marker",
        "lower",
        "upper",
        "confidence",
        "method",
        "numerator",
        "denominator",
        "unit",
        "value_kind",
        "missing",
        "sources",
        "caveats",
    ])?;
    for observation in observations {
        let interval = observation.interval.as_ref();
        let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        let value = match observation.result {
            Some(Outcome::Value(value)) => Some(value),
            _ => None,
        };
        out.write_record([
            observation.measure.clone(),
            observation.measure_version.to_string(),
            observation.area.clone(),
            observation.area_name.clone(),
            observation.period.clone(),
            table::breakdown(observation),
            observation.basis().as_str_name().trim_start_matches("BASIS_").to_owned(),
            observation.synthetic.to_string(),
            number(value),
            observation.marker.clone(),
            number(interval.map(|interval| interval.lower)),
            number(interval.map(|interval| interval.upper)),
            number(interval.map(|interval| interval.confidence)),
            interval.map(|interval| interval.method.clone()).unwrap_or_default(),
            number(observation.numerator),
            number(observation.denominator),
            observation.unit.clone(),
            observation.value_kind.clone(),
            missing(observation).to_owned(),
            observation.sources.join("; "),
            observation.caveats.join("; "),
        ])?;
    }
    out.flush()?;
    Ok(())
}
