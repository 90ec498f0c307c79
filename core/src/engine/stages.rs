//! Attrition funnels, and the completeness of a register.

use super::ComputeError;
use super::compute::{Asked, real};
use super::covered::Need;
use super::cube::Tally;
use super::data::{CubeKey, Data, Placed};
use super::dims::Dims;
use super::measured::Measured;
use super::observation::MissingReason;
use super::state::State;
use crate::cel::Predicate;
use crate::estimate::{Component, ComponentKind};
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

/// A stage of a funnel as the definition describes it.
pub(super) struct Described<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    pub(super) unit: &'a str,
    pub(super) unit_change: bool,
}

/// The stages as components: what each loses of the stage before, then what each retains of the first.
pub(super) fn components(stages: &[Described<'_>], counts: &[Option<u64>], confidence: f64) -> Vec<Component> {
    let first = counts.first().copied().flatten();
    let share = |count: Option<u64>, of: Option<u64>| match (count, of) {
        (Some(count), Some(of)) if of > 0 => Some(real(count) / real(of)),
        _ => None,
    };
    let component = |kind, stage: &Described<'_>, count| Component {
        kind,
        code: stage.id.to_owned(),
        label: stage.title.to_owned(),
        unit: stage.unit.to_owned(),
        count,
        value: None,
        interval: None,
        unweighted_base: None,
        effective_n: None,
        unit_change: stage.unit_change,
    };
    let before = std::iter::once(None).chain(counts.iter().copied());
    let attrition = stages.iter().zip(counts).zip(before).map(|((stage, count), before)| {
        let lost = count.zip(before).and_then(|(count, before)| Some((before.checked_sub(count)?, before)));
        let interval = lost.filter(|_| !stage.unit_change);
        Component {
            value: share(*count, before).map(|share| 1.0 - share),
            interval: interval.and_then(|(lost, of)| wilson(real(lost), real(of), confidence).ok()),
            ..component(ComponentKind::Stage, stage, *count)
        }
    });
    let retention = stages.iter().zip(counts).map(|(stage, count)| Component {
        value: share(*count, first),
        ..component(ComponentKind::Retention, stage, *count)
    });
    attrition.chain(retention).collect()
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

    fn stages<'a>(ids: &[&'a str]) -> Vec<Described<'a>> {
        ids.iter().map(|id| Described { id, title: id, unit: "crime", unit_change: *id == "e" }).collect()
    }

    /// Counts and attrition of the fixture "Attrition N = 1000, 640, 300, 210, 150, 98".
    #[test]
    fn fixture_attrition() {
        let counts = [1000, 640, 300, 210, 150, 98].map(Some);
        let found = components(&stages(&["a", "b", "c", "d", "e", "f"]), &counts, 0.95);
        let (lost_at, left_at) = found.split_at(6);
        let stepwise: Vec<f64> = lost_at.iter().filter_map(|stage| stage.value).collect();
        for (found, expected) in stepwise.iter().zip([0.36, 0.53125, 0.30, 0.285_714, 0.346_667]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert_eq!(stepwise.len(), 5);
        assert!(lost_at[4].interval.is_none() && lost_at[4].unit_change && lost_at[3].interval.is_some());
        let Ok(State::Share { numerator, denominator }) = lost(&counts, true) else { panic!("a share") };
        assert!((numerator / denominator - 0.902).abs() < 1e-12);
        assert_eq!((left_at[0].value, left_at[5].kind), (Some(1.0), ComponentKind::Retention));
        assert!((left_at[5].value.unwrap() - 0.098).abs() < 1e-12);
    }

    #[test]
    fn a_stage_that_is_not_known_leaves_the_rest() {
        let found = components(&stages(&["a", "b", "c"]), &[Some(10), None, Some(4)], 0.95);
        assert_eq!((found[1].value, found[2].value), (None, None));
        assert!(found[5].value.is_some());
        assert_eq!(lost(&[Some(10), None], true).unwrap_err(), MissingReason::NotSubmitted);
    }
}
