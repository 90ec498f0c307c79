//! `release create`.

use clap::Args;
use peelian::client::{create_release, release_name};
use peelian::v1::CreateReleaseRequest;

use super::shown::{self, Output};
use crate::{DEFAULT_AREA, Failure, ServerArgument};

/// Makes a release as a draft: computes its figures, protects them, and freezes them.
///
/// Nothing is published by this. The same command by the same caller gives the same draft.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Create {
    /// Identifier of the release, which is never used again: 2017-03.
    #[arg(value_name = "ID")]
    id: String,

    /// Title for readers.
    #[arg(long, value_name = "TEXT")]
    title: String,

    /// Identifier of a measure. A variant follows after a dot. Repeat the option for several measures.
    #[arg(long, short, required_unless_present_any = ["profile", "all_measures"], value_name = "MEASURE")]
    measure: Vec<String>,

    /// Every measure with each of its variants, as far as there is data.
    #[arg(long, conflicts_with_all = ["measure", "profile"])]
    all_measures: bool,

    /// Profile, such as "borough": all measures of a page. A wrong name lists them all.
    #[arg(long, default_value = "", value_name = "NAME")]
    profile: String,

    /// Code of an area, or a level such as "borough" for all its areas. Repeat the option for several.
    #[arg(long, short, default_value = DEFAULT_AREA, value_name = "AREA")]
    area: Vec<String>,

    /// Period: 2017-02, R12-2017-02, 2016/17, a range 2016-01..2016-12, or latest:24. Repeat the option for several.
    #[arg(long, short, required = true, value_name = "PERIOD")]
    period: Vec<String>,

    /// Breakdown beside the totals, such as "sex", for the measures that offer it. Repeat the option for several; they are not
    /// crossed.
    #[arg(long, short, value_name = "FIELD")]
    by: Vec<String>,

    /// Each breakdown that a measure offers.
    #[arg(long, conflicts_with = "by")]
    each_breakdown: bool,

    /// Release in force whose place this one takes when it is published.
    #[arg(long, value_name = "ID", requires = "reason")]
    supersedes: Option<String>,

    /// Why it takes that place. Readers see it.
    #[arg(long, default_value = "", value_name = "TEXT", requires = "supersedes")]
    reason: String,

    /// Position of the ledger that it is computed from; 0 is the present one.
    #[arg(long, default_value_t = 0, value_name = "POSITION")]
    at_position: u64,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

const EXAMPLES: &str = "\
Examples:
  All measures of the boroughs' page for a year of months, with each breakdown:
    PROGRAM release create 2017-03 --title \"Crime outcomes, March 2017\" \\
      --profile borough -a borough -p 2016-04..2017-03 --each-breakdown

  A correction of it:
    PROGRAM release create 2017-03-corrected --title \"Crime outcomes, March 2017\" \\
      --profile borough -a borough -p 2016-04..2017-03 --each-breakdown \\
      --supersedes 2017-03 --reason \"Late returns of two boroughs are in\"";

impl Create {
    /// Makes the release, and prints what it is.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let request = CreateReleaseRequest {
            release_id: self.id,
            title: self.title,
            measures: self.measure,
            profile: self.profile,
            areas: self.area,
            periods: self.period,
            breakdowns: self.by,
            each_breakdown: self.each_breakdown,
            supersedes: self.supersedes.as_deref().map(release_name).unwrap_or_default(),
            reason: self.reason,
            ledger_position: self.at_position,
            all_measures: self.all_measures,
        };
        let connection = self.server.connect().await?;
        shown::print(&create_release(&connection, request).await?, self.output)
    }
}
