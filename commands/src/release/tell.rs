//! `release list`, `show`, `review` and `diff`: what there is, and how it differs.

use std::io::Write;

use clap::Args;
use comfy_table::{Cell, Table};
use peelian::client::{diff_releases, get_release, release_name, releases, review_release};
use peelian::v1::{Observation, ReleaseDifference, ReviewReleaseResponse, RevisionSize, WithheldObservation};
use serde_json::Value;

use super::shown::{self, Output};
use crate::{Failure, ServerArgument, json, table};

/// Lists the releases that you may see, the latest first.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl List {
    /// Prints the releases.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let found = releases(&self.server.connect().await?).await?;
        if self.output.json {
            let found = found.iter().map(|release| json::of(shown::MESSAGE, release)).collect::<Result<_, _>>()?;
            return Ok(json::print(&Value::Array(found))?);
        }
        let mut out = std::io::stdout();
        if found.is_empty() {
            return Ok(writeln!(out, "There is no release that you may see. `release create` makes one.")?);
        }
        let mut rows = table::plain(&["Release", "Title", "State", "Published", "Observations", "Withheld"]);
        for release in &found {
            let summary = release.summary.unwrap_or_default();
            rows.add_row([
                Cell::new(&release.name),
                Cell::new(&release.title),
                Cell::new(shown::state(release.state())),
                Cell::new(shown::instant(release.published_at.as_ref())),
                table::right(summary.observations),
                table::right(summary.withheld),
            ]);
        }
        Ok(writeln!(out, "{}", table::whole_words(rows))?)
    }
}

/// Shows one release: its state, its history and its numbers.
#[derive(Args, Debug)]
pub struct Show {
    /// Identifier of the release.
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl Show {
    /// Prints the release and what happened to it.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let release = get_release(&self.server.connect().await?, &release_name(&self.id)).await?;
        shown::print(&release, self.output)?;
        if self.output.json {
            return Ok(());
        }
        let mut rows = table::plain(&["What happened", "When", "By", "Reason"]);
        for event in &release.events {
            let by = if event.by.is_empty() { "nobody identified" } else { &event.by };
            rows.add_row([&event.kind, &shown::instant(event.at.as_ref()), by, &event.reason]);
        }
        Ok(writeln!(std::io::stdout(), "{}", table::whole_words(rows))?)
    }
}

/// Tells a reviewer what is withheld and why, what differs from the release before, and what keeps it from being approved.
///
/// The exit code is 3 if something does.
#[derive(Args, Debug)]
pub struct Review {
    /// Identifier of the release.
    #[arg(value_name = "ID")]
    id: String,

    /// Number of withheld observations that are listed. JSON has all of them.
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    limit: usize,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl Review {
    /// Prints the review.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let told = review_release(&self.server.connect().await?, &release_name(&self.id)).await?;
        if self.output.json {
            json::print(&json::of("peelian.v1.ReviewReleaseResponse", &told)?)?;
        } else {
            if let Some(release) = &told.release {
                shown::print_text(release)?;
            }
            print_review(&told, self.limit)?;
        }
        match told.failed_checks.is_empty() {
            true => Ok(()),
            false => {
                Err(Failure::Refused(format!("the release cannot be approved: {}", told.failed_checks.join("; "))))
            }
        }
    }
}

fn print_review(told: &ReviewReleaseResponse, limit: usize) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    for count in &told.withheld_by_reason {
        writeln!(out, "{} observations are withheld by {}.", count.observations, count.reason)?;
    }
    writeln!(out, "The counts behind what is withheld have the sum {} of {}.", told.suppressed_sum, told.sum)?;
    let differences = shown::counts(&told.differences);
    match told.compared_with.as_str() {
        "" => writeln!(out, "There is no release in force to compare it with.")?,
        other => writeln!(out, "Differences from {other}: {differences}. `release diff` lists them.")?,
    }
    if !told.revisions.is_empty() {
        writeln!(out, "{}", table::whole_words(revisions(&told.revisions)))?;
    }
    if told.withheld.is_empty() {
        return Ok(());
    }
    let mut rows = table::plain(&["Withheld", "Area", "Period", "Breakdown", "By", "Outsiders conclude"]);
    for one in told.withheld.iter().take(limit) {
        rows.add_row([&one.measure, &one.area_name, &one.period, &by(one), &one.reason, &concluded(one)]);
    }
    write_first(&mut out, rows, told.withheld.len(), limit)
}

/// How large the revisions of totals are.
fn revisions(sizes: &[RevisionSize]) -> Table {
    let heads = [
        "Measure",
        "Basis",
        "Areas",
        "Periods",
        "Compared",
        "Revised",
        "Corrected",
        "Mean",
        "Mean without sign",
        "Relative",
    ];
    let mut rows = table::plain(&heads);
    for one in sizes {
        rows.add_row([
            Cell::new(&one.measure),
            Cell::new(table::basis(one.basis())),
            Cell::new(&one.area_level),
            Cell::new(&one.period_kind),
            table::right(one.compared),
            table::right(one.revised),
            table::right(one.corrected),
            table::right(format!("{:.4}", one.mean)),
            table::right(format!("{:.4}", one.mean_absolute)),
            table::right(one.relative.map_or(String::new(), |share| format!("{:.2}%", share * 100.0))),
        ]);
    }
    rows
}

/// Writes a table of the first rows, at most `limit` of `all`, and how many more there are.
fn write_first(out: &mut impl Write, rows: Table, all: usize, limit: usize) -> Result<(), Failure> {
    writeln!(out, "{}", table::whole_words(rows))?;
    let more = all.saturating_sub(limit);
    if more > 0 {
        writeln!(out, "... and {more} more: --limit shows them.")?;
    }
    Ok(())
}

fn by(withheld: &WithheldObservation) -> String {
    let mut parts: Vec<_> = withheld.breakdown.iter().map(|(field, code)| format!("{field}={code}")).collect();
    parts.sort();
    parts.join(";")
}

/// The values between which an outsider cannot decide.
fn concluded(withheld: &WithheldObservation) -> String {
    match (withheld.low, withheld.high) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        _ => String::new(),
    }
}

/// Lists how the cells of two releases differ.
#[derive(Args, Debug)]
pub struct Diff {
    /// Identifier of the earlier release.
    #[arg(value_name = "FROM")]
    from: String,

    /// Identifier of the later release.
    #[arg(value_name = "TO")]
    to: String,

    /// Number of differences that are listed. JSON has all of them.
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    limit: usize,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl Diff {
    /// Prints the differences.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let connection = self.server.connect().await?;
        let told = diff_releases(&connection, &release_name(&self.from), &release_name(&self.to)).await?;
        if self.output.json {
            return Ok(json::print(&json::of("peelian.v1.DiffReleasesResponse", &told)?)?);
        }
        let mut out = std::io::stdout();
        writeln!(out, "Differences: {}.", shown::counts(&told.counts))?;
        if told.differences.is_empty() {
            return Ok(());
        }
        let mut rows = table::plain(&["Measure", "Area", "Period", "Breakdown", "Difference", "Before", "After"]);
        for one in told.differences.iter().take(self.limit) {
            rows.add_row(row(one));
        }
        write_first(&mut out, rows, told.differences.len(), self.limit)
    }
}

fn row(one: &ReleaseDifference) -> Vec<Cell> {
    let value = |side: &Option<Observation>| side.as_ref().map_or_else(String::new, table::value);
    let cell = one.after.as_ref().or(one.before.as_ref()).cloned().unwrap_or_default();
    vec![
        Cell::new(&cell.measure),
        Cell::new(&cell.area_name),
        Cell::new(&cell.period),
        Cell::new(table::breakdown(&cell)),
        Cell::new(shown::kind(one.kind())),
        table::right(value(&one.before)),
        table::right(value(&one.after)),
    ]
}
