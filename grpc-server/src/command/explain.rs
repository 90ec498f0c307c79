//! `peelian-server explain`.

use std::error::Error;
use std::io::Write as _;

use clap::Args;
use peelian::client;
use peelian::v1::ExplainObservationResponse;
use peelian_commands::{CellArguments, ServerArgument, notes, on_one_thread, table};

/// Explains one value.
///
/// It prints the definition of the measure, the records that each step of the selection removed, and the submissions
/// behind the value.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Example:
  peelian-server explain -m repeat-victim-share -a E23000001 -p 2017-02")]
pub(crate) struct Explain {
    #[command(flatten)]
    cell: CellArguments,

    #[command(flatten)]
    server: ServerArgument,
}

impl Explain {
    /// Asks the server and prints its answer.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        on_one_thread(async { print(&client::explain(&self.server.connect().await?, self.cell.into_wire()).await?) })
    }
}

fn print(answer: &ExplainObservationResponse) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
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
        let mut steps = table::plain(&["Population", "Expression", "Left", "Removed"]);
        for step in &answer.steps {
            let (left, removed) = (table::right(step.remaining), table::right(step.removed));
            steps.add_row([step.population.as_str().into(), step.expression.as_str().into(), left, removed]);
        }
        writeln!(out, "\n{}", table::whole_words(steps))?;
    }
    if !answer.submissions.is_empty() {
        let mut submissions = table::plain(&["Submission", "Dataset", "Rows", "SHA-256"]);
        for one in &answer.submissions {
            let label = if one.synthetic { format!("{} SYNTHETIC", one.dataset) } else { one.dataset.clone() };
            let (rows, hash) = (table::right(one.rows), one.content_sha256.as_str());
            submissions.add_row([one.submission.as_str().into(), label.into(), rows, hash.into()]);
        }
        writeln!(out, "\n{}", table::whole_words(submissions))?;
    }
    if let Some(difference) = answer.difference {
        writeln!(out, "\nSubmitted figure minus computed value: {difference}")?;
    }
    Ok(())
}
