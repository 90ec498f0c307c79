//! Tests every reader with small files with one fault each, and with published files if they are available.

mod crime_survey;
mod homicide;
mod hospital;
mod lait;
mod moj;
mod published;
mod quirks;
mod stop_search;
mod wards;

use super::{Converted, Source, SourceError, SourceFindingCode as Code};
use crate::reference::Reference;

fn read(name: &str, text: &str) -> Result<Converted, SourceError> {
    let source = Source::detect(text.as_bytes()).expect("a known layout");
    source.read(name, text.as_bytes(), &Reference::from_seeds().unwrap())
}

fn codes(converted: &Converted) -> Vec<Code> {
    converted.findings.iter().map(|finding| finding.code).collect()
}

/// Measure, area, period, breakdown and numerator of each figure.
fn rows(converted: &Converted) -> Vec<String> {
    let row = |row: &peelian::records::v1::PublishedFigure| {
        let number = row.numerator.or(row.value).unwrap();
        format!("{} {} {} {} {number}", row.measure, row.area, row.period, row.breakdown)
    };
    converted.figures().map(row).collect()
}

/// Whether one of the findings has a text.
fn says(converted: &Converted, text: &str) -> bool {
    converted.findings.iter().any(|finding| finding.message.contains(text))
}
