//! `explain`.

use std::error::Error;
use std::io::Write;

use clap::Args;
use peelian::client;
use peelian::v1::{ContributingSubmission, ExplainObservationResponse, PopulationStep};

use crate::output::Destination;
use crate::{CellArguments, ServerArgument, json, notes, table};

/// Explains one value.
///
/// It prints the definition of the measure, the records that each step of the selection removed, and the submissions
/// behind the value.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  The share of repeat victims in London, and of women:
    PROGRAM explain -m repeat-victim-share -p 2017-02
    PROGRAM explain -m repeat-victim-share -p 2017-02 --by sex=female

  Knife crime in Southwark, as it was known on a day:
    PROGRAM explain -m knife-crime-offences -a Southwark -p 2024-01 --as-of 2024-03-01")]
pub struct Explain {
    #[command(flatten)]
    cell: CellArguments,

    /// Print JSON, with the fields of the contract, for programs.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    to: Destination,

    #[command(flatten)]
    server: ServerArgument,
}

impl Explain {
    /// Asks the server and prints its answer.
    pub(crate) async fn run(self) -> Result<(), Box<dyn Error>> {
        let answer = client::explain(&self.server.connect().await?, self.cell.into_wire()).await?;
        if self.json {
            return Ok(self.to.write_json(&json::of("peelian.v1.ExplainObservationResponse", &answer)?)?);
        }
        let mut out = self.to.open()?;
        print(&answer, &mut out, self.to.is_standard())?;
        Ok(out.flush()?)
    }
}

fn print(answer: &ExplainObservationResponse, out: &mut dyn Write, on_terminal: bool) -> Result<(), Box<dyn Error>> {
    if let Some(measure) = &answer.measure {
        writeln!(out, "{} (version {})\n{}\n", measure.title, measure.version, measure.question)?;
    }
    writeln!(out, "{}", table::of(&answer.observations))?;
    for observation in &answer.observations {
        writeln!(out, "\nSource: {}", observation.sources.join("; "))?;
        if let Some(others) = notes::alternatives(observation) {
            writeln!(out, "{others}")?;
        }
        for caveat in &observation.caveats {
            writeln!(out, "  - {caveat}")?;
        }
    }
    if !answer.steps.is_empty() {
        let row = |step: &PopulationStep| {
            let (left, removed) = (table::whole(step.remaining), table::whole(step.removed));
            [step.population.clone(), step.expression.clone(), left, removed]
        };
        let columns = [("Population", false), ("Expression", false), ("Left", true), ("Removed", true)];
        writeln!(
            out,
            "\n{}",
            table::listed(columns, &answer.steps.iter().map(row).collect::<Vec<_>>(), on_terminal)
        )?;
    }
    if !answer.submissions.is_empty() {
        let row = |one: &ContributingSubmission| {
            let label = if one.synthetic { format!("{} SYNTHETIC", one.dataset) } else { one.dataset.clone() };
            [one.submission.clone(), label, table::whole(one.rows), one.content_sha256.clone()]
        };
        let columns = [("Submission", false), ("Dataset", false), ("Rows", true), ("SHA-256", false)];
        let rows: Vec<_> = answer.submissions.iter().map(row).collect();
        writeln!(out, "\n{}", table::listed(columns, &rows, on_terminal))?;
    }
    if let Some(difference) = answer.difference {
        writeln!(out, "\nSubmitted figure minus computed value: {difference}")?;
    }
    Ok(())
}
