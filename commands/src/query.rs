//! `query`.

use std::error::Error;
use std::io::Cursor;

use arrow::ipc::reader::StreamReader;
use clap::{Args, ValueEnum};
use parquet::arrow::ArrowWriter;
use peelian::client::{self, Connection};
use peelian::v1::Observation;
use peelian_core::Core;

use crate::output::Destination;
use crate::{Failure, QueryArguments, ServerArgument, json, long, notes, table};

/// Queries a server for values of measures and prints them.
///
/// A measure without data is a row with the reason. CSV is in long form: it has a line for each value, and one for each
/// comparison, stage, group and other figure that is read with it. JSON has the observations of the contract.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Query {
    #[command(flatten)]
    query: QueryArguments,

    /// Form of the output. Parquet has the table that `peelian` gives in Python.
    #[arg(long, short, default_value = "table")]
    format: Format,

    #[command(flatten)]
    to: Destination,

    #[command(flatten)]
    server: ServerArgument,
}

const EXAMPLES: &str = "\
Examples:
  Knife crime in Southwark, the latest 24 months:
    PROGRAM query -m knife-crime-offences -a Southwark -p latest:24

  Every borough over the latest rolling year, against the year before:
    PROGRAM query -m knife-crime-offences -a borough -p latest:1:R12 --compare previous-window

  All measures of a borough's page, and every measure:
    PROGRAM query --profile borough -a Southwark
    PROGRAM query --all-measures -a Southwark

  Neighbourhood crime against the baseline of the plan of 2013:
    PROGRAM query --profile mopac-7 -p 2012/13 --compare baseline

  Repeat victimisation in February 2017, by sex, as CSV:
    PROGRAM query -m repeat-victim-share -p 2017-02 -b sex --format csv";

/// A form of the output.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// A table for people.
    Table,
    /// CSV in long form.
    Csv,
    /// JSON.
    Json,
    /// Parquet, written to a file.
    Parquet,
}

impl Query {
    /// Asks the server and prints its answer.
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        if self.format == Format::Parquet && self.to.output.is_none() {
            return Err(Failure::Usage("Parquet is written to a file: say --output FILE".to_owned()).into());
        }
        let query = self.query.into_wire()?;
        let connection = self.server.connect().await?;
        if self.format == Format::Parquet {
            return write_parquet(&connection, query, &self.to).await;
        }
        let observations = client::query(&connection, query).await?;
        match self.format {
            Format::Csv => self.to.write_csv(long::HEADINGS, long::lines(&Core::from_seeds()?, &observations))?,
            Format::Json => self.to.write_json(&json::list("peelian.v1.Observation", &observations)?)?,
            Format::Table | Format::Parquet => {
                self.to.write(&text(&Core::from_seeds()?, &observations, self.to.is_standard()))?
            }
        }
        Ok(())
    }
}

fn text(core: &Core, observations: &[Observation], on_terminal: bool) -> String {
    let shown = if on_terminal { table::of(observations) } else { table::unbounded(observations) };
    let notes = notes::of(core, observations).into_iter().map(|note| table::note(&note, on_terminal));
    std::iter::once(shown).chain(notes).collect::<Vec<_>>().join("\n")
}

async fn write_parquet(
    connection: &Connection,
    query: peelian::v1::Query,
    to: &Destination,
) -> Result<(), Box<dyn Error>> {
    let bytes = client::query_arrow(connection, query).await?;
    let answer = StreamReader::try_new(Cursor::new(bytes), None)?;
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, answer.schema(), None)?;
    for batch in answer {
        writer.write(&batch?)?;
    }
    writer.close()?;
    let mut out = to.open()?;
    out.write_all(&file)?;
    Ok(out.flush()?)
}
