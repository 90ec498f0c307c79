//! How far two figures of one series can lie apart by chance.

use std::f64::consts::PI;

use crate::estimate::ValueKind;
use crate::measure::Definition;

use super::numbers::Numbers;

/// A figure differs from its series at least by this factor if a digit was lost: it is then a tenth or ten times of what it
/// should be, and series vary with the seasons. A decision of this project.
const FACTOR: f64 = 6.0;
/// Largest difference between the square roots of two counts of one process: 3.0902 (99.8%) times the standard deviation of the
/// difference, which is √½ (Bartlett 1936).
const ROOTS: f64 = 2.185;
/// Fewest other figures with which one is compared.
const FEWEST: usize = 4;
/// Fewest other figures that make a zero without a base an outlier.
const FEWEST_FOR_ZERO: usize = 8;
/// Chance that two values without a base are equal. Publishers round them to a few digits. A decision of this project.
const EQUAL_VALUES: f64 = 0.5;

/// What a figure says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Quantity {
    /// A count.
    Count(f64),
    /// A part of a base.
    Part { part: f64, base: f64 },
    /// A value without a base.
    Value(f64),
    /// A difference in percentage points, which can be negative.
    Points(f64),
}

impl Quantity {
    /// What the numbers of a figure say; `None` if they say nothing.
    pub(super) fn of(numbers: Numbers, definition: &Definition) -> Option<Self> {
        let parts = !definition.design.figure_parts().is_empty();
        match (if parts { ValueKind::Count } else { definition.value_kind }, numbers) {
            (ValueKind::Count, Numbers { numerator, value, .. }) => numerator.or(value).map(Self::Count),
            (ValueKind::PercentagePoints, Numbers { value, .. }) => value.map(Self::Points),
            (_, Numbers { numerator: Some(part), denominator: Some(base), .. }) => Some(Self::Part { part, base }),
            (ValueKind::Proportion, Numbers { value: Some(share), base: Some(base), .. }) => {
                Some(Self::Part { part: share * base, base })
            }
            // A rate's numerator stands alone: the number of residents is known.
            (_, Numbers { numerator: Some(part), .. }) => Some(Self::Count(part)),
            (_, Numbers { value, .. }) => value.map(Self::Value),
        }
    }

    /// The number that is compared, in the form of the value.
    pub(super) fn level(self) -> f64 {
        match self {
            Self::Count(number) | Self::Value(number) => number,
            Self::Part { part, base } => part / base,
            Self::Points(points) => points.abs(),
        }
    }

    /// The range of the other figures of the series, if this one lies so far outside that a digit was probably lost.
    pub(super) fn outlies(self, others: &[Self]) -> Option<(f64, f64)> {
        let same = |other: &&Self| std::mem::discriminant(*other) == std::mem::discriminant(&self);
        let mut levels: Vec<f64> = others.iter().filter(same).map(|other| other.level()).collect();
        levels.retain(|level| level.is_finite());
        levels.sort_by(f64::total_cmp);
        let (low, high) = (*levels.first()?, *levels.last()?);
        let level = self.level();
        if levels.len() < FEWEST || !level.is_finite() || (low..=high).contains(&level) {
            return None;
        }
        let nearest = if level < low { low } else { high };
        let middle = levels[levels.len() / 2];
        let far = |level: f64, middle: f64| level * FACTOR <= middle || level >= middle * FACTOR;
        let clear = |base: f64| ((level * base).sqrt() - (nearest * base).sqrt()).abs() > ROOTS;
        let outlies = match self {
            Self::Count(_) => far(level, middle) && clear(1.0),
            Self::Part { base, .. } => far(level, middle) && clear(base),
            Self::Value(_) if level > 0.0 => middle > 0.0 && far(level, middle),
            Self::Value(_) => low > 0.0 && levels.len() >= FEWEST_FOR_ZERO,
            // Gaps lie around zero, so a small one is nothing special.
            Self::Points(_) => level >= middle.max(1.0) * FACTOR,
        };
        outlies.then_some((low, high))
    }

    /// The chance that an independent figure of the same process is equal to this one. `share` is the share of the subjects that
    /// the two do not have in common: rolling years overlap. Of two Poisson counts of the mean m, it is 1 / √(4πm).
    pub(super) fn chance_of_equal(self, share: f64) -> f64 {
        let variance = match self {
            Self::Count(count) => count,
            Self::Part { part, base } => part * (1.0 - part / base).max(0.0),
            Self::Value(value) | Self::Points(value) => {
                return if value.abs() > 0.0 { EQUAL_VALUES.powf(share) } else { 1.0 };
            }
        };
        if variance < 0.5 { 1.0 } else { (4.0 * PI * variance * share).sqrt().recip().min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[f64]) -> Vec<Quantity> {
        values.iter().map(|value| Quantity::Value(*value)).collect()
    }

    #[test]
    fn a_decimal_comma_that_lost_its_leading_digit_is_an_outlier() {
        let past = values(&[0.75, 0.78, 0.8, 0.83]);
        assert_eq!(Quantity::Value(0.08).outlies(&past), Some((0.75, 0.83)));
        assert_eq!(Quantity::Value(80.0).outlies(&past), Some((0.75, 0.83)));
        assert_eq!(Quantity::Value(0.6).outlies(&past), None);
        assert_eq!(Quantity::Value(0.08).outlies(&past[..3]), None, "three figures are no series");
        // A percentage of a series that is small is a tenth of it too.
        assert_eq!(Quantity::Value(0.004).outlies(&values(&[0.038, 0.04, 0.041, 0.044])), Some((0.038, 0.044)));
    }

    #[test]
    fn small_counts_vary_by_chance() {
        let counts = |counts: &[f64]| counts.iter().map(|count| Quantity::Count(*count)).collect::<Vec<_>>();
        // √12 - √1 is 2.46, and √9 - √1 is 2.
        assert_eq!(Quantity::Count(1.0).outlies(&counts(&[12.0, 14.0, 13.0, 12.0])), Some((12.0, 14.0)));
        assert_eq!(Quantity::Count(1.0).outlies(&counts(&[9.0, 14.0, 13.0, 12.0])), None);
        assert_eq!(Quantity::Count(4.0).outlies(&counts(&[0.0, 0.0, 0.0, 0.0])), None);
        assert_eq!(Quantity::Count(5.0).outlies(&counts(&[0.0, 0.0, 0.0, 0.0])), Some((0.0, 0.0)));
        // Robbery doubled: no digit is lost.
        assert_eq!(Quantity::Count(2400.0).outlies(&counts(&[1200.0, 1150.0, 1180.0, 1220.0])), None);
        let share = |part| Quantity::Part { part, base: 10.0 };
        assert_eq!(share(0.0).outlies(&[share(2.0), share(3.0), share(4.0), share(2.0)]), None);
        assert_eq!(share(0.0).outlies(&[share(8.0), share(9.0), share(8.0), share(9.0)]), Some((0.8, 0.9)));
    }

    #[test]
    fn gaps_are_compared_without_their_sign() {
        let gaps: Vec<_> = [-4.0, 5.0, 0.1, 3.0].map(Quantity::Points).to_vec();
        assert_eq!(Quantity::Points(0.01).outlies(&gaps), None);
        assert_eq!(Quantity::Points(-40.0).outlies(&gaps), Some((0.1, 5.0)));
    }

    #[test]
    fn large_counts_are_seldom_equal_by_chance() {
        // 1 / √(400π)
        assert!((Quantity::Count(100.0).chance_of_equal(1.0) - 0.028_209_479).abs() < 1e-8);
        assert!((Quantity::Count(0.0).chance_of_equal(1.0) - 1.0).abs() < f64::EPSILON);
        // Of two years that share nine months, a quarter of each differs.
        assert!((Quantity::Count(400.0).chance_of_equal(0.25) - 0.028_209_479).abs() < 1e-8);
        assert!((Quantity::Value(0.78).chance_of_equal(1.0) - 0.5).abs() < f64::EPSILON);
    }
}
