//! Revisions: what a release changes in figures that earlier releases published.
//!
//! A figure that was provisional is revised by plan. One that was final is corrected. The size of revisions is told for the
//! totals of each measure, by level and kind of period, as McKenzie and Gamba (2008) measure it: "Interpreting the results of
//! revision analyses: recommended summary statistics", OECD and Eurostat.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Release;
use crate::Core;
use crate::engine::{Alternative, Basis, Observation};
use crate::period::PeriodKind;
use crate::reference::Level;

/// A figure as an earlier release published it.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierFigure {
    /// Agency that made the release; empty if nobody identified it.
    pub agency: Arc<str>,
    /// Name of the release: `releases/2017-02`.
    pub release: Arc<str>,
    /// Value.
    pub value: f64,
    /// Numerator, if it was published.
    pub numerator: Option<f64>,
    /// Whether the figure was provisional.
    pub provisional: bool,
}

/// How large the revisions of a measure's totals are, for values of a source, the areas of a level and the periods of a kind.
/// Numbers are in the unit of the value, and they are computed from published values.
#[derive(Clone, Debug, PartialEq)]
pub struct RevisionSize {
    /// Identifier of the measure, with its variant.
    pub measure: Arc<str>,
    /// Level of the areas.
    pub level: Level,
    /// Source of the values.
    pub basis: Basis,
    /// Kind of the periods.
    pub period_kind: PeriodKind,
    /// Number of totals that an earlier release published too.
    pub compared: usize,
    /// Number of these that have another value.
    pub revised: usize,
    /// Number of those that were not provisional.
    pub corrected: usize,
    /// Mean revision: the later value minus the earlier one. Away from 0, early figures are too low or too high as a rule.
    pub mean: f64,
    /// Mean of the revisions without their signs.
    pub mean_absolute: f64,
    /// The sum of the revisions without their signs, divided by the sum of the later values without theirs; `None` if all later
    /// values are 0.
    pub relative: Option<f64>,
}

impl Release {
    /// Marks each observation that revises a figure, and tells how large the revisions are. `earlier` has a place for each
    /// observation: the figure that an earlier release published for the same cell. An observation that is withheld is not
    /// compared.
    pub fn revise(&mut self, core: &Core, earlier: &[Option<EarlierFigure>]) -> Vec<RevisionSize> {
        let mut revisions: BTreeMap<(usize, (Basis, Level, PeriodKind)), Revisions> = BTreeMap::new();
        let mut measures: Vec<Arc<str>> = Vec::new();
        for (observation, before) in self.observations.iter_mut().zip(earlier) {
            let (Ok(value), Some(before)) = (observation.result, before) else { continue };
            let is_revised = value.to_bits() != before.value.to_bits();
            if is_revised {
                mark(observation, value, before);
            }
            let area = core.reference.areas.by_code(&observation.area).filter(|_| observation.breakdown.is_empty());
            let Some(area) = area else { continue };
            if measures.last() != Some(&observation.measure) {
                measures.push(Arc::clone(&observation.measure));
            }
            let level = core.reference.areas.get(area).level();
            let key = (measures.len() - 1, (observation.basis, level, observation.period.kind()));
            revisions.entry(key).or_default().add(value, before, is_revised);
        }
        let size = |((measure, of), found): (_, Revisions)| found.size(&measures[measure], of);
        revisions.into_iter().map(size).collect()
    }
}

/// Marks an observation as revised. The figure before is one of its alternatives.
fn mark(observation: &mut Observation, value: f64, before: &EarlierFigure) {
    if observation.obs_status == "A" {
        observation.obs_status = "R";
    }
    if !observation.marker.split(' ').any(|one| one == REVISED) {
        let marker = [&*observation.marker, REVISED].join(" ");
        observation.marker = Cow::Owned(marker.trim_start().to_owned());
    }
    if !before.provisional {
        observation.caveats.push(format!("Corrected: {} had it as final.", before.release).into());
    }
    observation.alternatives.push(Alternative {
        agency: Arc::clone(&before.agency),
        source: Arc::clone(&before.release),
        result: Ok(before.value),
        numerator: before.numerator,
        denominator: None,
        difference: Some(before.value - value),
        synthetic: observation.synthetic,
    });
}

/// Shorthand of the Government Statistical Service for a revised value.
const REVISED: &str = "[r]";

/// Sums over the totals that are compared.
#[derive(Clone, Copy, Debug, Default)]
struct Revisions {
    compared: usize,
    revised: usize,
    corrected: usize,
    sum: f64,
    sum_absolute: f64,
    later_absolute: f64,
}

impl Revisions {
    fn add(&mut self, later: f64, before: &EarlierFigure, is_revised: bool) {
        self.compared += 1;
        self.revised += usize::from(is_revised);
        self.corrected += usize::from(is_revised && !before.provisional);
        self.sum += later - before.value;
        self.sum_absolute += (later - before.value).abs();
        self.later_absolute += later.abs();
    }

    fn size(self, measure: &Arc<str>, (basis, level, period_kind): (Basis, Level, PeriodKind)) -> RevisionSize {
        let number = crate::estimate::count_to_f64(u64::try_from(self.compared).unwrap_or(u64::MAX));
        RevisionSize {
            measure: Arc::clone(measure),
            basis,
            level,
            period_kind,
            compared: self.compared,
            revised: self.revised,
            corrected: self.corrected,
            mean: self.sum / number,
            mean_absolute: self.sum_absolute / number,
            relative: (self.later_absolute > 0.0).then(|| self.sum_absolute / self.later_absolute),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::{CORE, Ledger};
    use crate::engine::{AreaSelection, PeriodSelection};
    use crate::release::{Breakdowns, Plan, make};

    /// Crimes of Southwark in two months: 4 more are recorded in the first, and one in the second is cancelled.
    #[test]
    fn a_release_tells_what_it_revises_and_by_how_much() {
        let csv = |numbers: [usize; 2]| {
            let mut csv = "crime_ref,recorded_at,record_status,ho_class,crime_group,offence_borough".to_owned();
            for (month, number) in numbers.into_iter().enumerate() {
                for at in 0..number {
                    csv += &format!("\n{month}-{at},2017-0{}-10,active,34B,robbery_personal,E09000028", month + 1);
                }
            }
            csv
        };
        let plan = Plan {
            measures: vec!["recorded-crime-volume".to_owned()],
            areas: vec![AreaSelection::One(CORE.reference.areas.by_code("E09000028").unwrap())],
            periods: vec![PeriodSelection::Range("2017-01..2017-02".parse().unwrap())],
            breakdowns: Breakdowns::None,
        };
        let released = |numbers| {
            let ledger = Ledger::default().submit("mps", "crime", "2017-01-01..2017-02-28", &csv(numbers));
            make(&ledger.engine_of(1), &plan, usize::MAX, &[], &|| true).unwrap()
        };
        let (first, mut second) = (released([30, 40]), released([34, 39]));
        let figure = |provisional: bool, one: &Observation| EarlierFigure {
            agency: "mopac".into(),
            release: "releases/first".into(),
            value: one.result.unwrap(),
            numerator: one.numerator,
            provisional,
        };
        let values: Vec<f64> = first.observations.iter().map(|one| one.result.unwrap()).collect();
        assert_eq!(values, [30.0, 40.0]);
        let provisional = [true, false].into_iter();
        let earlier: Vec<_> =
            first.observations.iter().zip(provisional).map(|(one, is)| Some(figure(is, one))).collect();
        let sizes = second.revise(&CORE, &earlier);
        let [size] = &sizes[..] else { panic!("{sizes:?}") };
        assert_eq!((size.level, size.period_kind), (Level::Borough, PeriodKind::Month));
        assert_eq!((size.compared, size.revised, size.corrected), (2, 2, 1));
        assert_eq!((size.mean, size.mean_absolute, size.relative), (1.5, 2.5, Some(5.0 / 73.0)));
        for (one, before) in second.observations.iter().zip([30.0, 40.0]) {
            assert_eq!((one.obs_status, &*one.marker), ("R", "[r]"));
            let [alternative] = &one.alternatives[..] else { panic!("{one:?}") };
            assert_eq!((&*alternative.source, alternative.result), ("releases/first", Ok(before)));
            assert_eq!(alternative.difference, Some(before - one.result.unwrap()));
        }
        let corrected = |one: &Observation| one.caveats.iter().any(|text| text.starts_with("Corrected"));
        assert_eq!(second.observations.iter().map(corrected).collect::<Vec<_>>(), [false, true]);
        let again = second.clone().revise(&CORE, &[None, None]);
        assert_eq!(again, []);
    }
}
