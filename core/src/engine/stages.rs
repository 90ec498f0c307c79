//! Attrition funnels, and the completeness of a register.

use super::ComputeError;
use super::compute::{Asked, real};
use super::covered::Need;
use super::cube::Tally;
use super::data::{CubeKey, Data, Placed};
use super::dims::Dims;
use super::measured::Measured;
use super::observation::{FunnelStep, MissingReason};
use super::state::State;
use crate::cel::Predicate;
use crate::measure::{Completeness, Funnel, Place};
use crate::period::Period;
use crate::stats::proportion::wilson;

impl Data {
    /// Subjects at each stage; the value is the share of the first stage that does not reach the last.
    pub(super) fn staged(&self, asked: Asked<'_>, funnel: &Funnel) -> Result<Measured, ComputeError> {
        let mut whole: Option<Measured> = None;
        let subjects = |tally: Tally| State::Count(real(tally[0]));
        for number in 0..funnel.steps.len() {
            let found = self.tallied(asked, number, subjects)?;
            let count = match found.state {
                Ok(State::Count(count)) => Some(whole_number(count)),
                _ => None,
            };
            match &mut whole {
                None => whole = Some(Measured { stages: vec![count], ..found }),
                Some(whole) => {
                    whole.stages.push(count);
                    whole.join(found);
                }
            }
        }
        let mut measured = whole.unwrap_or_else(|| Measured::missing(MissingReason::NotApplicable));
        measured.state = lost(&measured.stages, funnel.has_one_unit());
        if let Some(months) = funnel.follow_up_months {
            measured.caveat(format!(
                "Provisional until {months} months after the end of the period: cases that are still open have not reached \
                 the later stages."
            ));
        }
        if funnel.pending.is_some()
            && let Ok(State::Count(open)) = self.tallied(asked, funnel.steps.len(), subjects)?.state
        {
            measured.caveat(format!("Cases of the first stage without an outcome yet: {open}."));
        }
        Ok(measured)
    }

    /// The share of the sites expected that submitted for the period.
    pub(super) fn complete(&self, asked: Asked<'_>, design: &Completeness) -> Result<Measured, ComputeError> {
        let reference = &self.core.reference;
        let place = Place { area: design.site, ward: None };
        let placed = Placed { dataset: design.dataset, date: design.date, place: &place };
        let base = self.base(design.site);
        let within = base.within(&reference.areas, asked.area, asked.period.end_date());
        let (Some(register), false) = (reference.codes.list(&design.register), within.is_empty()) else {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        };
        let covered = self.covered(design.dataset, design.site);
        let (sources, synthetic) = covered.sources(Need::Any, asked.period.first(), asked.period.last());
        let mut measured = Measured::missing(MissingReason::NotSubmitted);
        let none = Dims(Vec::new());
        let key = CubeKey::new(asked.definition, 0, 0, &none);
        let seen = self.cube(&key, placed, design.site, || vec![Predicate::always()], &none);
        let seen = Result::as_ref(&seen).map_err(Clone::clone)?;
        if asked.period.months().any(|month| covered.has(Need::Any, month)) {
            let (mut expected, mut received) = (0_u32, 0_u32);
            for at in within.iter() {
                let area = reference.areas.get(base.areas[*at]);
                let Some(entry) = register.get(area.code()) else { continue };
                if entry.flag("expected") == Some(false) {
                    continue;
                }
                for month in asked.period.months().filter(|month| entry.valid_on(month.last_day())) {
                    let rows = seen.sum(&[*at], Period::month(month), 0)[0];
                    let reported = rows > 0 || covered.site_reports(base.areas[*at], area.code(), month);
                    expected += 1;
                    received += u32::from(reported);
                }
            }
            measured.state = Ok(State::Share { numerator: received.into(), denominator: expected.into() });
            measured.completeness.expected = expected;
            measured.completeness.received = received;
        }
        measured.sources = sources;
        measured.synthetic = synthetic;
        Ok(measured)
    }
}

/// The share of the first stage's subjects that do not reach the last stage: a proportion, with an interval, only where
/// both count the same unit.
pub(super) fn lost(stages: &[Option<u64>], one_unit: bool) -> Result<State, MissingReason> {
    let (Some(Some(first)), Some(Some(last))) = (stages.first(), stages.last()) else {
        return Err(MissingReason::NotSubmitted);
    };
    Ok(match first.checked_sub(*last).filter(|_| one_unit) {
        Some(lost) => State::Share { numerator: real(lost), denominator: real(*first) },
        // Defendants of crimes; or more at the end than at the start, where cases are counted by their own dates.
        None if *first > 0 => State::Given(1.0 - real(*last) / real(*first)),
        None => return Err(MissingReason::ZeroDenominator),
    })
}

/// The stages for the reader. `units` has the identifier, title, unit and whether the unit changes, for each count.
pub(super) fn steps(units: &[(&str, &str, &str, bool)], counts: &[Option<u64>], confidence: f64) -> Vec<FunnelStep> {
    let first = counts.first().copied().flatten();
    let mut before: Option<u64> = None;
    let mut steps = Vec::with_capacity(counts.len());
    for (at, ((stage, title, unit, unit_change), count)) in units.iter().zip(counts).enumerate() {
        let over = |below: Option<u64>| match (count, below) {
            (Some(count), Some(below)) if below > 0 => Some(real(*count) / real(below)),
            _ => None,
        };
        let lost = count.zip(before).and_then(|(count, before)| Some((before.checked_sub(count)?, before)));
        let interval = lost.filter(|_| !unit_change);
        let interval = interval.and_then(|(lost, of)| wilson(real(lost), real(of), confidence).ok());
        steps.push(FunnelStep {
            stage: (*stage).to_owned(),
            title: (*title).to_owned(),
            unit: (*unit).to_owned(),
            count: *count,
            attrition: over(before).filter(|_| at > 0).map(|share| 1.0 - share),
            retention: over(first),
            interval,
            unit_change: *unit_change,
        });
        before = *count;
    }
    steps
}

/// A count that came as a number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole, positive and below 2^53"
)]
pub(super) fn whole_number(count: f64) -> u64 {
    count.round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts and attrition of the fixture "Attrition N = 1000, 640, 300, 210, 150, 98".
    #[test]
    fn fixture_attrition() {
        let units: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(|id| (id, id, "crime", id == "e")).to_vec();
        let counts = [1000, 640, 300, 210, 150, 98].map(Some);
        let steps = steps(&units, &counts, 0.95);
        let stepwise: Vec<f64> = steps.iter().filter_map(|step| step.attrition).collect();
        for (found, expected) in stepwise.iter().zip([0.36, 0.53125, 0.30, 0.285_714, 0.346_667]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert_eq!(stepwise.len(), 5);
        assert!(steps[4].interval.is_none() && steps[4].unit_change && steps[3].interval.is_some());
        let Ok(State::Share { numerator, denominator }) = lost(&counts, true) else { panic!("a share") };
        assert!((numerator / denominator - 0.902).abs() < 1e-12);
        assert!((steps[5].retention.unwrap() - 0.098).abs() < 1e-12);
    }

    #[test]
    fn a_stage_that_is_not_known_leaves_the_rest() {
        let units: Vec<_> = ["a", "b", "c"].map(|id| (id, id, "crime", false)).to_vec();
        let steps = steps(&units, &[Some(10), None, Some(4)], 0.95);
        assert_eq!(steps[1].attrition, None);
        assert_eq!(steps[2].attrition, None);
        assert!(steps[2].retention.is_some());
        assert_eq!(lost(&[Some(10), None], true).unwrap_err(), MissingReason::NotSubmitted);
    }
}
