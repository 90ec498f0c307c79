//! The release that the demonstration makes of its figures, as an office of statistics makes one.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use peelian::client::release_folder::export_to;
use peelian::client::{self, Connection, approve_release, create_release, publish_release, review_release};
use peelian::v1::{
    ApproveReleaseRequest, CreateReleaseRequest, QueryObservationsRequest, Release, ReleaseState,
    ReviewReleaseResponse,
};
use peelian_commands::DEFAULT_AREA;

/// Measures of the release.
const MEASURES: [&str; 3] = ["knife-crime-offences", "hate-crime-reports", "domestic-abuse-reports"];
/// Areas of the release.
const AREAS: [&str; 2] = ["borough", DEFAULT_AREA];
/// Breakdowns of the release, beside its totals: they have small counts.
const BREAKDOWNS: [&str; 1] = ["hate_strand"];
/// Periods of the release: months of the synthetic records.
const PERIODS: [&str; 1] = ["2017-01..2017-12"];

/// Makes, approves and publishes a release of the figures. Prints what is withheld and why, and where the folder is. If the
/// demonstration is run again on the same data, the release of the first run stays.
pub(crate) async fn publish(
    connection: &Connection,
    data_dir: &Path,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let releases = client::releases(connection).await?;
    let last = releases.iter().find(|release| release.state() == ReleaseState::Published);
    let position = ledger_position(connection).await?;
    let release = match last.filter(|last| last.ledger_position == position) {
        Some(last) => last.clone(),
        None => make(connection, releases.len() + 1, last).await?,
    };
    let told = review_release(connection, &release.name).await?;
    let id = release.name.trim_start_matches("releases/");
    let folder = data_dir.join(format!("release-{id}"));
    if !folder.exists() {
        export_to(connection, &release.name, &folder).await?;
    }
    print(&release, &told, &folder, out)
}

/// The position of the ledger from which queries are answered now.
async fn ledger_position(connection: &Connection) -> Result<u64, Box<dyn Error>> {
    let query = peelian::v1::Query {
        measures: vec![MEASURES[0].to_owned()],
        areas: vec![DEFAULT_AREA.to_owned()],
        periods: vec!["latest:1".to_owned()],
        ..Default::default()
    };
    let request = QueryObservationsRequest { query: Some(query), ..Default::default() };
    Ok(connection.observations().query_observations(request).await?.into_inner().ledger_position)
}

async fn make(connection: &Connection, number: usize, last: Option<&Release>) -> Result<Release, Box<dyn Error>> {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let request = CreateReleaseRequest {
        release_id: format!("demo-{number}"),
        title: "A demonstration: it has SYNTHETIC records".to_owned(),
        measures: owned(&MEASURES),
        areas: owned(&AREAS),
        periods: owned(&PERIODS),
        breakdowns: owned(&BREAKDOWNS),
        supersedes: last.map(|last| last.name.clone()).unwrap_or_default(),
        reason: last.map(|_| "The demonstration was run again with other data".to_owned()).unwrap_or_default(),
        ..CreateReleaseRequest::default()
    };
    let draft = create_release(connection, request).await?;
    let approval = ApproveReleaseRequest { name: draft.name.clone(), embargo_until: None };
    approve_release(connection, approval).await?;
    Ok(publish_release(connection, &draft.name).await?)
}

fn print(
    release: &Release,
    told: &ReviewReleaseResponse,
    folder: &Path,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let summary = release.summary.unwrap_or_default();
    writeln!(out, "\nRelease {}\n{}", release.name, release.title)?;
    writeln!(
        out,
        "It has {} observations. {} of them are withheld to protect people.",
        summary.observations, summary.withheld
    )?;
    for count in &told.withheld_by_reason {
        writeln!(out, "  {} by {}", count.observations, count.reason)?;
    }
    if release.approval_by_unidentified {
        writeln!(
            out,
            "This exchange asks nobody who calls, so it is not shown that two people made and approved the release."
        )?;
    }
    Ok(writeln!(out, "Its files are in {}", folder.display())?)
}
