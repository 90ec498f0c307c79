//! `index.html`: the series of London, and links to all files.

use std::collections::BTreeMap;

use peelian::v1;
use peelian_core::Core;
use peelian_core::engine::Observation;
use peelian_core::measure::Definition;
use peelian_core::period::PeriodKind;
use peelian_core::reference::Level;
use peelian_core::wire::{interval_text, missing_text, value_label, value_text};

use super::{Cell, facts, link, list, page, table};
use crate::export::markup::{element, text};
use crate::export::notation::{SHORTHAND, origin};
use crate::export::summary::{Measured, own_caveats};
use crate::export::{Described, texts};

/// Name of the file.
pub(in crate::export) const NAME: &str = "index.html";

/// How to read the code of a period.
const CODES_OF_PERIODS: &str = "2017-02 is a month, 2016/17-Q2 the second quarter of a financial year, R12-2017-03 the twelve \
    months to March 2017, CY2016 a calendar year, and 2016/17 a financial year.";

/// Most periods of a series.
const PERIODS: usize = 13;

/// The page. `files` are the names of the other files, each with what it is.
pub(in crate::export) fn index(
    core: &Core,
    described: &Described<'_>,
    measures: &[Measured<'_>],
    files: &[(&str, &str)],
) -> Vec<u8> {
    let sections: String = measures.iter().map(|measured| section(core, measured)).collect();
    let body = [
        text("h1", described.title),
        facts(&about(described)),
        synthetic(measures),
        text("h2", "Files"),
        downloads(files),
        text("h2", "Shorthand"),
        list(
            SHORTHAND
                .iter()
                .map(|(mark, meaning)| format!("{mark} {meaning}"))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        ),
        text("h2", "London"),
        text("p", "The latest values. The files have all areas, periods and breakdowns."),
        text("p", CODES_OF_PERIODS),
        sections,
    ];
    page(described.title, &body.join("\n"))
}

/// What is known of the release.
pub(super) fn about(described: &Described<'_>) -> Vec<(&'static str, String)> {
    let optional = |text: Option<&str>| text.unwrap_or_default().to_owned();
    vec![
        ("Release", described.id.to_owned()),
        ("State of the ledger", described.ledger_position.to_string()),
        ("Profile", optional(described.profile)),
        ("Takes the place of", optional(described.supersedes)),
        ("Reason", optional(described.reason)),
    ]
}

fn synthetic(measures: &[Measured<'_>]) -> String {
    let has = |measured: &Measured<'_>| measured.observations.iter().any(|found| found.synthetic);
    if measures.iter().any(has) { element("p", &[], &text("strong", texts::SYNTHETIC)) } else { String::new() }
}

fn downloads(files: &[(&str, &str)]) -> String {
    let points: String =
        files.iter().map(|(name, about)| element("li", &[], &format!("{}: {about}", link(name, name)))).collect();
    element("ul", &[], &points)
}

fn section(core: &Core, measured: &Measured<'_>) -> String {
    let definition = measured.definition;
    let series = series(core, measured);
    let title =
        element("h3", &[("id", &definition.id)], &link(&super::metadata::place(definition), &definition.title));
    let shown = if series.is_empty() {
        text("p", "The release has no value of this measure for London.")
    } else {
        values(measured, &series)
    };
    format!("{title}{}{shown}", text("p", &definition.question))
}

fn values(measured: &Measured<'_>, series: &[&Observation]) -> String {
    let definition = measured.definition;
    let kind = definition.value_kind;
    let rows: Vec<Vec<Cell>> = series
        .iter()
        .map(|found| {
            let interval = found.interval.map(|one| interval_text(kind, one.lower, one.upper));
            vec![
                Cell::Text(found.period.to_string()),
                Cell::Text(found.area_name.to_string()),
                Cell::Number(shown(found)),
                Cell::Number(interval.unwrap_or_default()),
                Cell::Text(origin(found).to_owned()),
                Cell::Text(found.marker.to_string()),
            ]
        })
        .collect();
    let heads = ["Period", "Area", &value_label(kind, &definition.unit), "Interval", "From", "Shorthand"];
    format!(
        "{}{}",
        table(&definition.title, &heads, &rows),
        list(told(definition, series).iter().map(String::as_str))
    )
}

/// The caveats of the values that are shown, each with the values that have it.
fn told(definition: &Definition, series: &[&Observation]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for found in series {
        for caveat in own_caveats(definition, found) {
            places.entry(caveat).or_default().push(format!("{}, {}", found.area_name, found.period));
        }
    }
    let of =
        |places: &[String]| if places.len() == series.len() { "All values".to_owned() } else { places.join("; ") };
    places.iter().map(|(caveat, places)| format!("{}: {caveat}", of(places))).collect()
}

/// The value in its unit, or why there is none.
fn shown(found: &Observation) -> String {
    match found.result {
        Ok(value) => value_text(found.value_kind, value),
        Err(reason) => missing_text(v1::MissingReason::from(reason)).to_owned(),
    }
}

/// The totals of London in the latest periods of the longest kind.
fn series<'r>(core: &Core, measured: &Measured<'r>) -> Vec<&'r Observation> {
    let areas = &core.reference.areas;
    let is_london = |code: &str| areas.by_code(code).is_some_and(|area| areas.get(area).level() == Level::London);
    let mut totals: Vec<&Observation> = measured
        .observations
        .iter()
        .copied()
        .filter(|found| found.breakdown.is_empty() && is_london(&found.area))
        .collect();
    let has = |kind: &PeriodKind| totals.iter().any(|found| found.period.kind() == *kind);
    let Some(kind) = PeriodKind::LONGEST_FIRST.into_iter().find(has) else { return Vec::new() };
    totals.retain(|found| found.period.kind() == kind);
    let mut periods: Vec<_> = totals.iter().map(|found| found.period).collect();
    periods.sort_unstable();
    periods.dedup();
    let first = periods.get(periods.len().saturating_sub(PERIODS)).copied();
    totals.retain(|found| Some(found.period) >= first);
    totals
}
