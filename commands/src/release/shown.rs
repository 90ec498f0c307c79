//! A release and its numbers as text for people.

use std::io::Write as _;

use clap::Args;
use peelian::v1::{DifferenceCount, DifferenceKind, Release, ReleaseState};

use crate::{Failure, json, table};

/// In which form a command prints.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Output {
    /// Print JSON, with the fields of the contract, for programs.
    #[arg(long)]
    pub(super) json: bool,
}

/// Full name of the message of a release.
pub(super) const MESSAGE: &str = "peelian.v1.Release";

/// Prints a release.
pub(super) fn print(release: &Release, output: Output) -> Result<(), Failure> {
    if output.json { Ok(json::print(&json::of(MESSAGE, release)?)?) } else { print_text(release) }
}

/// Prints a release for people: what it is, where it is in its life, and its numbers.
pub(super) fn print_text(release: &Release) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", table::named(&lines_of(release)))?;
    if release.approval_by_unidentified {
        writeln!(out, "{BY_UNIDENTIFIED}")?;
    }
    Ok(())
}

const BY_UNIDENTIFIED: &str = "NOT SHOWN THAT TWO PEOPLE MADE AND APPROVED IT: this exchange asks nobody who calls. Do not \
                               publish such a release outside a demonstration.";

/// Why the files of a release are not for the public, if they are not. The files are the same at each state, so they cannot say
/// it themselves.
pub(super) fn not_public(release: &Release) -> Option<String> {
    match release.state() {
        ReleaseState::Published | ReleaseState::Superseded if release.approval_by_unidentified => {
            Some(BY_UNIDENTIFIED.to_owned())
        }
        ReleaseState::Published => None,
        ReleaseState::Superseded => Some(format!("It is superseded: {} took its place.", release.superseded_by)),
        state => Some(format!("NOT PUBLISHED (state: {}). Do not pass the files on.", self::state(state))),
    }
}

fn lines_of(release: &Release) -> [(&'static str, String); 14] {
    let summary = release.summary.unwrap_or_default();
    let plan = release.plan.clone().unwrap_or_default();
    let by = |at: Option<&prost_types::Timestamp>, agency: &str| match (at, agency) {
        (None, _) => String::new(),
        (at, "") => format!("{}, by a caller that nobody identified", instant(at)),
        (at, agency) => format!("{}, by {agency}", instant(at)),
    };
    let breakdowns = if plan.each_breakdown { "each".to_owned() } else { plan.breakdowns.join(", ") };
    [
        ("Release", release.name.clone()),
        ("Title", release.title.clone()),
        ("State", state(release.state()).to_owned()),
        ("Made", by(release.created_at.as_ref(), &release.created_by)),
        ("Approved", by(release.approved_at.as_ref(), &release.approved_by)),
        ("Embargo until", instant(release.embargo_until.as_ref())),
        ("Published", by(release.published_at.as_ref(), &release.published_by)),
        ("Supersedes", joined(&release.supersedes, &release.reason)),
        ("Superseded by", release.superseded_by.clone()),
        ("Measures", measures(&plan.measures)),
        ("Areas, periods", format!("{}; {}", plan.areas.join(", "), plan.periods.join(", "))),
        ("Breakdowns", breakdowns),
        (
            "Observations",
            format!("{}, of which {} are withheld to protect people", summary.observations, summary.withheld),
        ),
        ("Ledger position", release.ledger_position.to_string()),
    ]
}

/// The first measures, and how many more there are. The files of a release list them all.
fn measures(names: &[String]) -> String {
    match names.split_at_checked(SHOWN_MEASURES) {
        Some((first, rest)) if !rest.is_empty() => format!("{} and {} more", first.join(", "), rest.len()),
        _ => names.join(", "),
    }
}

/// The most measures of a release that its table names.
const SHOWN_MEASURES: usize = 5;

fn joined(name: &str, reason: &str) -> String {
    if name.is_empty() { String::new() } else { format!("{name}: {reason}") }
}

/// A state in words.
pub(super) fn state(state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::Unspecified => "",
        ReleaseState::Draft => "draft",
        ReleaseState::Approved => "approved",
        ReleaseState::Published => "published",
        ReleaseState::Superseded => "superseded",
        ReleaseState::Discarded => "discarded",
    }
}

/// An instant to the second; empty if there is none.
pub(super) fn instant(at: Option<&prost_types::Timestamp>) -> String {
    let read = |at: &prost_types::Timestamp| jiff::Timestamp::from_second(at.seconds).ok();
    at.and_then(read).map(|at| at.to_string()).unwrap_or_default()
}

/// A kind of difference in words.
pub(super) fn kind(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Unspecified => "",
        DifferenceKind::New => "new",
        DifferenceKind::Revised => "revised",
        DifferenceKind::NewlySuppressed => "newly suppressed",
        DifferenceKind::NoLongerSuppressed => "no longer suppressed",
        DifferenceKind::Withdrawn => "withdrawn",
    }
}

/// Numbers of differences: `12 new, 3 revised`.
pub(super) fn counts(counts: &[DifferenceCount]) -> String {
    let one = |count: &DifferenceCount| format!("{} {}", count.observations, kind(count.kind()));
    if counts.is_empty() { "none".to_owned() } else { counts.iter().map(one).collect::<Vec<_>>().join(", ") }
}
