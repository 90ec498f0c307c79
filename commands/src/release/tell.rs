//! `release list`, `show`, `review` and `diff`: what there is, and how it differs.

use std::io::Write;

use clap::Args;
use peelian::client::{diff_releases, get_release, release_name, releases, review_release};
use peelian::v1::{
    Observation, Release, ReleaseDifference, ReleaseEvent, ReviewReleaseResponse, RevisionSize, WithheldObservation,
};
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
        let columns = [
            ("Release", false),
            ("Title", false),
            ("State", false),
            ("Published", false),
            ("Observations", true),
            ("Withheld", true),
        ];
        let row = |release: &Release| {
            let summary = release.summary.unwrap_or_default();
            [
                release.name.clone(),
                release.title.clone(),
                shown::state(release.state()).to_owned(),
                shown::instant(release.published_at.as_ref()),
                table::whole(summary.observations),
                table::whole(summary.withheld),
            ]
        };
        let rows: Vec<_> = found.iter().map(row).collect();
        Ok(writeln!(out, "{}", table::listed(columns, &rows, true))?)
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
        let columns = [("What happened", false), ("When", false), ("By", false), ("Reason", false)];
        let row = |event: &ReleaseEvent| {
            let by = if event.by.is_empty() { "nobody identified" } else { &event.by };
            [event.kind.clone(), shown::instant(event.at.as_ref()), by.to_owned(), event.reason.clone()]
        };
        let rows: Vec<_> = release.events.iter().map(row).collect();
        Ok(writeln!(std::io::stdout(), "\n{}", table::listed(columns, &rows, true))?)
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
    for caution in &told.cautions {
        writeln!(out, "Caution: {caution}")?;
    }
    if !told.revisions.is_empty() {
        writeln!(out, "\n{}", revisions(&told.revisions))?;
    }
    if told.withheld.is_empty() {
        return Ok(());
    }
    let columns = ["Withheld", "Area", "Period", "Breakdown", "By", "Outsiders conclude"].map(|name| (name, false));
    let row = |one: &WithheldObservation| {
        let (area, period) = (one.area_name.clone(), one.period.clone());
        [one.measure.clone(), area, period, by(one), one.reason.clone(), concluded(one)]
    };
    write_first(&mut out, columns, &told.withheld, limit, row)
}

/// How large the revisions of totals are.
fn revisions(sizes: &[RevisionSize]) -> String {
    let columns = [
        ("Measure", false),
        ("Basis", false),
        ("Areas", false),
        ("Periods", false),
        ("Compared", true),
        ("Revised", true),
        ("Corrected", true),
        ("Mean", true),
        ("Mean without sign", true),
        ("Relative", true),
    ];
    let row = |one: &RevisionSize| {
        [
            one.measure.clone(),
            table::basis(one.basis()).to_owned(),
            one.area_level.clone(),
            one.period_kind.clone(),
            table::whole(one.compared),
            table::whole(one.revised),
            table::whole(one.corrected),
            format!("{:.4}", one.mean),
            format!("{:.4}", one.mean_absolute),
            one.relative.map_or(String::new(), |share| format!("{:.2}%", share * 100.0)),
        ]
    };
    table::listed(columns, &sizes.iter().map(row).collect::<Vec<_>>(), true)
}

/// Writes a table of the first of all items, at most `limit`, and how many more there are.
fn write_first<T, const N: usize>(
    out: &mut impl Write,
    columns: [(&'static str, bool); N],
    all: &[T],
    limit: usize,
    row: impl Fn(&T) -> [String; N],
) -> Result<(), Failure> {
    let rows: Vec<_> = all.iter().take(limit).map(row).collect();
    writeln!(out, "\n{}", table::listed(columns, &rows, true))?;
    let more = all.len().saturating_sub(limit);
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
        let columns = [
            ("Measure", false),
            ("Area", false),
            ("Period", false),
            ("Breakdown", false),
            ("Difference", false),
            ("Before", true),
            ("After", true),
        ];
        write_first(&mut out, columns, &told.differences, self.limit, row)
    }
}

fn row(one: &ReleaseDifference) -> [String; 7] {
    let value = |side: &Option<Observation>| side.as_ref().map_or_else(String::new, table::value);
    let cell = one.after.as_ref().or(one.before.as_ref()).cloned().unwrap_or_default();
    [
        cell.measure.clone(),
        cell.area_name.clone(),
        cell.period.clone(),
        table::breakdown(&cell),
        shown::kind(one.kind()).to_owned(),
        value(&one.before),
        value(&one.after),
    ]
}
