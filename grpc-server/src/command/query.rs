//! `peelian-server query` and `peelian-server explain`.

use std::error::Error;
use std::io::Write as _;

use clap::{Args, ValueEnum};
use peelian::client;
use peelian::v1::{
    Basis, ComparisonKind, ExplainObservationRequest, ExplainObservationResponse, Observation, Query as WireQuery,
};

use crate::client::{Target, table};

/// Asks a server for values of measures and prints them.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Query {
    /// Measure, by its identifier; several may be given. A variant follows a dot.
    #[arg(long, short, required = true, value_name = "ID")]
    measure: Vec<String>,

    /// Area by its code, or a level such as "borough" for all of them; several may be given.
    #[arg(long, short, default_value = "E23000001", value_name = "AREA")]
    area: Vec<String>,

    /// Period: 2017-02, 2016/17-Q2, R12-2017-02, CY2016, 2016/17, a range 2016-01..2016-12, latest:24 or latest:8:R12.
    #[arg(long, short, default_value = "latest:12", value_name = "PERIOD")]
    period: Vec<String>,

    /// Breakdown by a field such as "sex"; several may be given.
    #[arg(long, short, value_name = "FIELD")]
    by: Vec<String>,

    /// Compare with the window before, the same period a year before, or London.
    #[arg(long, value_name = "WITH")]
    compare: Vec<Compare>,

    /// Only submitted figures, or only what is computed from records.
    #[arg(long)]
    basis: Option<Only>,

    /// Read the ledger as it was at this instant, for example 2026-05-01T09:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<jiff::Timestamp>,

    /// Form of the answer.
    #[arg(long, default_value = "table")]
    format: Format,

    #[command(flatten)]
    target: Target,
}

const EXAMPLES: &str = "\
Examples:
  Knife crime in Southwark, the latest 24 months:
    peelian-server query -m knife-crime-offences -a E09000028 -p latest:24

  Every borough over the latest rolling year, against the year before:
    peelian-server query -m knife-crime-offences -a borough -p latest:1:R12 --compare previous-window

  Repeat victimisation of February 2017, by sex, as CSV:
    peelian-server query -m repeat-victim-share -p 2017-02 -b sex --format csv";

/// What to compare with.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Compare {
    /// The window before, which does not overlap.
    PreviousWindow,
    /// The same period a year before.
    SamePeriodLastYear,
    /// London.
    London,
}

/// A basis.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Only {
    /// Figures that agencies computed.
    Figures,
    /// Values computed from records.
    Records,
}

/// A form of answer.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// CSV, one observation a line.
    Csv,
}

impl Query {
    /// Asks and prints.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let observations = client::query(&self.target.connect().await?, self.wire()).await?;
            match self.format {
                Format::Table => writeln!(std::io::stdout(), "{}", table::of(&observations))?,
                Format::Csv => write_csv(&observations)?,
            }
            Ok(())
        })
    }

    fn wire(&self) -> WireQuery {
        let compare = |compare: &Compare| {
            i32::from(match compare {
                Compare::PreviousWindow => ComparisonKind::PreviousWindow,
                Compare::SamePeriodLastYear => ComparisonKind::SamePeriodLastYear,
                Compare::London => ComparisonKind::London,
            })
        };
        let basis = match self.basis {
            None => Basis::Unspecified,
            Some(Only::Figures) => Basis::SubmittedFigure,
            Some(Only::Records) => Basis::ComputedFromRecords,
        };
        WireQuery {
            measures: self.measure.clone(),
            areas: self.area.clone(),
            periods: self.period.clone(),
            breakdown: self.by.clone(),
            comparisons: self.compare.iter().map(compare).collect(),
            as_of: self
                .as_of
                .map(|at| prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }),
            basis: basis.into(),
            ..WireQuery::default()
        }
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
    ])?;
    for observation in observations {
        let interval = observation.interval.as_ref();
        let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        let value = match observation.result {
            Some(peelian::v1::observation::Result::Value(value)) => Some(value),
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
        ])?;
    }
    out.flush()?;
    Ok(())
}

/// Says how one value came about: the definition, what each step removed, and the submissions behind it.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Example:
  peelian-server explain -m repeat-victim-share -a E23000001 -p 2017-02")]
pub(crate) struct Explain {
    /// Measure, by its identifier.
    #[arg(long, short, value_name = "ID")]
    measure: String,

    /// Area by its code.
    #[arg(long, short, default_value = "E23000001", value_name = "AREA")]
    area: String,

    /// Period.
    #[arg(long, short, value_name = "PERIOD")]
    period: String,

    #[command(flatten)]
    target: Target,
}

impl Explain {
    /// Asks and prints.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let request = ExplainObservationRequest {
                measure: self.measure,
                area: self.area,
                period: self.period,
                ..ExplainObservationRequest::default()
            };
            print_explanation(&client::explain(&self.target.connect().await?, request).await?)
        })
    }
}

fn print_explanation(answer: &ExplainObservationResponse) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    if let Some(measure) = &answer.measure {
        writeln!(out, "{} (version {})\n{}\n", measure.title, measure.version, measure.question)?;
    }
    writeln!(out, "{}", table::of(&answer.observations))?;
    if !answer.steps.is_empty() {
        let mut steps = table::plain(&["Population", "Expression", "Left", "Removed"]);
        for step in &answer.steps {
            let (left, removed) = (table::right(step.remaining), table::right(step.removed));
            steps.add_row([step.population.as_str().into(), step.expression.as_str().into(), left, removed]);
        }
        writeln!(out, "\n{steps}")?;
    }
    if !answer.submissions.is_empty() {
        let mut submissions = table::plain(&["Submission", "Dataset", "Rows", "SHA-256"]);
        for one in &answer.submissions {
            let label = if one.synthetic { format!("{} SYNTHETIC", one.dataset) } else { one.dataset.clone() };
            let (rows, hash) = (table::right(one.rows), one.content_sha256.as_str());
            submissions.add_row([one.submission.as_str().into(), label.into(), rows, hash.into()]);
        }
        writeln!(out, "\n{submissions}")?;
    }
    if let Some(difference) = answer.difference {
        writeln!(out, "\nSubmitted figure minus computed value: {difference}")?;
    }
    Ok(())
}
