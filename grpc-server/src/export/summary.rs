//! What a release has of each measure: the quality statement, and the order of its tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use peelian_core::Core;
use peelian_core::engine::{MissingReason, Observation};
use peelian_core::measure::Definition;

use super::error::ExportError;

/// What a release has of one measure.
pub(super) struct Measured<'r> {
    /// Its definition.
    pub(super) definition: &'r Definition,
    /// Its observations, in the order of the release.
    pub(super) observations: Vec<&'r Observation>,
}

/// The measures of a release, in the order in which they come first.
pub(super) fn measures<'r>(
    core: &'r Core,
    observations: &'r [Observation],
) -> Result<Vec<Measured<'r>>, ExportError> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut measures: Vec<Measured<'r>> = Vec::new();
    for found in observations {
        let at = match places.get(&*found.measure) {
            Some(at) => *at,
            None => {
                let unknown = || ExportError::Unknown { measure: found.measure.to_string(), version: found.version };
                let definition = core.catalogue.get(&found.measure).ok_or_else(unknown)?;
                places.insert(&found.measure, measures.len());
                measures.push(Measured { definition, observations: Vec::new() });
                measures.len() - 1
            }
        };
        measures[at].observations.push(found);
    }
    Ok(measures)
}

/// The quality of what a release has of a measure.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Quality<'r> {
    /// Observations.
    pub(super) observations: usize,
    /// Observations with a value.
    pub(super) with_value: usize,
    /// Observations that are withheld.
    pub(super) withheld: usize,
    /// Other observations without a value, by their reason.
    pub(super) without_value: BTreeMap<&'static str, usize>,
    /// Observations for which reports were expected.
    pub(super) with_expected_reports: usize,
    /// Observations for which every report that was expected was received.
    pub(super) with_all_reports: usize,
    /// Provisional observations.
    pub(super) provisional: usize,
    /// Revised observations.
    pub(super) revised: usize,
    /// Observations that are computed from data that are made up.
    pub(super) synthetic: usize,
    /// First day of the first period.
    pub(super) first_day: Option<String>,
    /// Last day of the last period.
    pub(super) last_day: Option<String>,
    /// Agencies and publications.
    pub(super) sources: BTreeSet<&'r str>,
    /// Breaks of the series within periods.
    pub(super) breaks: BTreeSet<&'r str>,
    /// Caveats of values, in addition to those of the measure.
    pub(super) caveats: BTreeSet<&'r str>,
}

/// Most caveats of single values that are listed. The rows have all of them.
const CAVEATS: usize = 50;

/// What is told of a value in addition to the caveats of its measure.
pub(super) fn own_caveats<'o>(
    definition: &'o Definition,
    found: &'o Observation,
) -> impl Iterator<Item = &'o Arc<str>> {
    found.caveats.iter().filter(|caveat| !definition.caveats.contains(caveat))
}

impl<'r> Measured<'r> {
    /// The quality of the observations.
    pub(super) fn quality(&self) -> Quality<'r> {
        let mut quality = Quality { observations: self.observations.len(), ..Quality::default() };
        for &found in &self.observations {
            quality.count(found);
            quality.breaks.extend(found.breaks.iter().map(|text| &**text));
            quality.sources.extend(found.sources.iter().map(|text| &**text));
            for caveat in own_caveats(self.definition, found) {
                if quality.caveats.len() < CAVEATS {
                    quality.caveats.insert(caveat);
                }
            }
        }
        let first = self.observations.iter().map(|found| found.period.start_date()).min();
        let last = self.observations.iter().map(|found| found.period.end_date()).max();
        quality.first_day = first.map(|day| day.to_string());
        quality.last_day = last.map(|day| day.to_string());
        quality
    }
}

impl Quality<'_> {
    fn count(&mut self, found: &Observation) {
        match found.result {
            Ok(_) => self.with_value += 1,
            Err(MissingReason::Suppressed) => self.withheld += 1,
            Err(reason) => *self.without_value.entry(reason.id()).or_default() += 1,
        }
        let completeness = found.completeness;
        if completeness.expected > 0 {
            self.with_expected_reports += 1;
            self.with_all_reports += usize::from(completeness.received >= completeness.expected);
        }
        let markers = |marker: &str| usize::from(found.marker.split(' ').any(|one| one == marker));
        self.provisional += markers("[p]");
        self.revised += markers("[r]");
        self.synthetic += usize::from(found.synthetic);
    }
}
