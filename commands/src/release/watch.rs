//! `release watch`.

use std::io::Write as _;
use std::time::Duration;

use clap::Args;
use peelian::client::{News, watch_releases};
use peelian::v1::Release;

use super::shown::{self, Output};
use crate::{Failure, ServerArgument, json};

/// Prints each release when it is published or restored, one on a line, from now on.
///
/// It goes on until you stop it, or until --limit or --wait end it. If the exchange stops, the exit code is 4.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Watch {
    /// Number of releases after which it ends.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Longest time to wait for a release. If none comes within it, the command ends with success.
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

const EXAMPLES: &str = "\
Examples:
  Export each release as soon as it is published:
    PROGRAM release watch --json | jq --unbuffered -r .name | while read -r name; do
      PROGRAM release export \"$name\" \"${name#releases/}\"
    done

  Wait an hour at most for the next release:
    PROGRAM release watch --limit 1 --wait 3600";

impl Watch {
    /// Prints releases as they come.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut watch = watch_releases(&self.server.connect().await?).await?;
        let longest_wait = self.wait.map(Duration::from_secs);
        let mut printed = 0;
        while self.limit.is_none_or(|limit| printed < limit) {
            match watch.next(longest_wait).await? {
                News::InForce(release) => self.print(&release)?,
                News::NothingYet => return Ok(()),
                News::Ended => return Err(Failure::Stopped),
            }
            printed += 1;
        }
        Ok(())
    }

    fn print(&self, release: &Release) -> Result<(), Failure> {
        if self.output.json {
            return Ok(json::print_line(&json::of(shown::MESSAGE, release)?)?);
        }
        let mut out = std::io::stdout();
        let at = shown::instant(release.events.last().and_then(|event| event.at.as_ref()));
        writeln!(out, "{at}  {}  {}", release.name, release.title)?;
        Ok(out.flush()?)
    }
}
