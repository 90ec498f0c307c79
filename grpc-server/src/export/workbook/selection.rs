//! Which observations the workbook has: a sheet has a limited number of rows, and nobody reads a million.

use std::collections::BTreeMap;

use peelian_core::engine::Observation;

use crate::export::summary::Measured;

/// Most observations in the workbook.
pub(in crate::export) const MOST: usize = 100_000;

/// The observations of each measure, and what they are.
pub(in crate::export) struct Selected<'r> {
    /// For each measure, its observations.
    pub(in crate::export) observations: Vec<Vec<&'r Observation>>,
    /// What was left out, in words.
    pub(in crate::export) extent: &'static str,
}

/// Everything if it fits; else the totals without breakdowns; else the latest totals of each kind of period.
pub(in crate::export) fn select<'r>(measures: &[Measured<'r>]) -> Selected<'r> {
    let all: Vec<Vec<_>> = measures.iter().map(|measured| measured.observations.clone()).collect();
    if fits(&all) {
        return Selected { observations: all, extent: "The workbook has every observation of the release." };
    }
    let totals: Vec<Vec<_>> = all.iter().map(|found| totals(found)).collect();
    if fits(&totals) {
        let extent =
            "The workbook has the totals. The release has more observations: breakdowns are in the other files.";
        return Selected { observations: totals, extent };
    }
    Selected {
        observations: totals.iter().map(|found| latest(found)).collect(),
        extent: "The workbook has the totals of the latest periods. Earlier periods and breakdowns are in the other files.",
    }
}

fn fits(observations: &[Vec<&Observation>]) -> bool {
    observations.iter().map(Vec::len).sum::<usize>() <= MOST
}

fn totals<'r>(observations: &[&'r Observation]) -> Vec<&'r Observation> {
    observations.iter().copied().filter(|found| found.breakdown.is_empty()).collect()
}

/// The observations of the last period of each kind.
fn latest<'r>(observations: &[&'r Observation]) -> Vec<&'r Observation> {
    let mut last = BTreeMap::new();
    for found in observations {
        let period = last.entry(found.period.kind()).or_insert(found.period);
        *period = found.period.max(*period);
    }
    observations.iter().copied().filter(|found| last.get(&found.period.kind()) == Some(&found.period)).collect()
}
