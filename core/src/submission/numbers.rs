//! Whether the numbers of a figure can be numbers of its measure.

use crate::design::{Input, Quantity};
use crate::estimate::ValueKind;
use crate::intake::{quote, registry as known};
use crate::measure::{Definition, Disclosure, RateBasis};

use super::figures::Fault;

/// Largest difference between a share and its parts: publishers round shares to whole percent.
const ROUNDING_OF_SHARES: f64 = 0.0051;
/// Largest relative difference between another value and its parts, and the largest absolute one: publishers round rates
/// to one decimal place.
const ROUNDING: (f64, f64) = (0.01, 0.051);
/// Ratio of outcomes to crimes from which it is probably in percent. A decision of this project: no force detects twice as many
/// crimes in a period as it records.
const LARGEST_RATIO: f64 = 2.0;

/// The numbers of a figure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) numerator: Option<f64>,
    pub(super) denominator: Option<f64>,
    pub(super) value: Option<f64>,
    pub(super) base: Option<f64>,
}

impl Numbers {
    /// Everything that is wrong with them.
    pub(super) fn faults(self, definition: &Definition) -> Vec<Fault> {
        let parts = !definition.design.figure_parts().is_empty();
        let kind = if parts { ValueKind::Count } else { definition.value_kind };
        let mut faults = match kind {
            ValueKind::Ratio if definition.rate_basis == Some(RateBasis::Period) => {
                let mut faults = self.rate(kind);
                faults.extend(self.like_percent());
                faults
            }
            ValueKind::Count => self.count(),
            ValueKind::Proportion => self.share(is_weighted(definition)),
            ValueKind::Ratio if definition.rate_basis == Some(RateBasis::Cohort) => self.share(false),
            ValueKind::Ratio | ValueKind::RatePer1k | ValueKind::RatePer10k | ValueKind::RatePer100k => {
                self.rate(kind)
            }
            ValueKind::PercentagePoints
            | ValueKind::Days
            | ValueKind::RatePer100
            | ValueKind::Index
            | ValueKind::Score => self.stated(kind),
        };
        if let Some(base) = self.base.filter(|base| *base < 1.0 || !is_whole(*base)) {
            faults.push((&known::BASE_BELOW_ONE, "unweighted_base", format!("It is {}.", told(base))));
        }
        faults
    }

    fn count(self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.denominator.is_some() {
            faults.push((&known::NO_DENOMINATOR, "denominator", String::new()));
        }
        for (field, number) in [("numerator", self.numerator), ("value", self.value)] {
            let Some(number) = number else { continue };
            if !is_whole(number) {
                faults.push((&known::FIGURE_NOT_WHOLE, field, format!("It is {}.", told(number))));
            }
            if number < 0.0 {
                faults.push((&known::TOO_SMALL, field, "It is at least 0.".to_owned()));
            }
        }
        if let (Some(numerator), Some(value)) = (self.numerator, self.value)
            && (numerator - value).abs() > 0.0
        {
            let detail = format!("The count is {} and the value {}.", told(numerator), told(value));
            faults.push((&known::CONTRADICTION, "value", detail));
        }
        faults
    }

    fn share(self, weighted: bool) -> Vec<Fault> {
        let mut faults = self.parts(weighted || self.base.is_some());
        if let Some((numerator, denominator)) = self.numerator.zip(self.denominator)
            && numerator > denominator
        {
            let detail = format!("It is {} of {}.", told(numerator), told(denominator));
            faults.push((&known::NUMERATOR_ABOVE, "numerator", detail));
        }
        if let Some(value) = self.value.filter(|value| !(0.0..=1.0).contains(value)) {
            let detail = if (1.0..=100.0).contains(&value) {
                format!("It is {}. As a percentage that is {}.", told(value), decimal(value / 100.0))
            } else {
                format!("It is {}.", told(value))
            };
            faults.push((&known::SHARE_RANGE, "value", detail));
        }
        faults.extend(self.contradiction(1.0, |difference, _| difference > ROUNDING_OF_SHARES));
        faults
    }

    fn rate(self, kind: ValueKind) -> Vec<Fault> {
        let is_rate = kind != ValueKind::Ratio;
        // The number of residents is known, so a rate's numerator can stand alone.
        let alone = is_rate && self.denominator.is_none() && self.numerator.is_some();
        let mut faults = if alone { whole([("numerator", self.numerator)]) } else { self.parts(false) };
        if self.value.is_some_and(|value| value < 0.0) {
            faults.push((&known::TOO_SMALL, "value", "It is at least 0.".to_owned()));
        }
        let multiplier = if is_rate { kind.multiplier().unwrap_or(1.0) } else { 1.0 };
        let (relative, absolute) = ROUNDING;
        faults.extend(
            self.contradiction(multiplier, |difference, of| difference > absolute && difference > relative * of),
        );
        faults
    }

    /// A ratio of outcomes of a period to crimes of the period can exceed 1, but not by much.
    fn like_percent(self) -> Option<Fault> {
        let value = self.value.filter(|value| (LARGEST_RATIO..=100.0).contains(value))?;
        let detail = format!("It is {}. As a percentage that is {}.", told(value), decimal(value / 100.0));
        Some((&known::RATIO_LIKE_PERCENT, "value", detail))
    }

    /// A value that has no parts: days, percentage points, an index.
    fn stated(self, kind: ValueKind) -> Vec<Fault> {
        let mut faults = Vec::new();
        match (self.value, kind) {
            (None, _) => {
                let detail = "The value itself is needed: it cannot be computed from two numbers.".to_owned();
                faults.push((&known::REQUIRED_HERE, "value", detail));
            }
            (Some(value), ValueKind::PercentagePoints) if value.abs() > 100.0 => {
                faults.push((&known::TOO_LARGE, "value", "It lies between -100 and 100.".to_owned()));
            }
            (Some(value), kind) if kind != ValueKind::PercentagePoints && value < 0.0 => {
                faults.push((&known::TOO_SMALL, "value", "It is at least 0.".to_owned()));
            }
            _ => {}
        }
        faults
    }

    /// Faults of a numerator and a denominator.
    fn parts(self, weighted: bool) -> Vec<Fault> {
        let mut faults = Vec::new();
        match (self.numerator, self.denominator) {
            (Some(_), None) => faults.push((&known::PART_MISSING, "denominator", "There is none.".to_owned())),
            (None, Some(_)) => faults.push((&known::PART_MISSING, "numerator", "There is none.".to_owned())),
            (Some(numerator), Some(denominator)) => {
                if denominator <= 0.0 {
                    faults.push((
                        &known::NO_SUBJECTS,
                        "denominator",
                        format!("It is {} of {}.", told(numerator), told(denominator)),
                    ));
                }
                if !weighted {
                    faults.extend(whole([("numerator", self.numerator), ("denominator", self.denominator)]));
                }
            }
            (None, None) if self.base.is_none() => faults.push((&known::NO_PARTS, "value", String::new())),
            (None, None) => {}
        }
        faults
    }

    /// A value that disagrees with its parts.
    fn contradiction(self, multiplier: f64, disagrees: impl Fn(f64, f64) -> bool) -> Option<Fault> {
        let (numerator, denominator) = self.numerator.zip(self.denominator)?;
        let (value, computed) = (self.value?, numerator / denominator * multiplier);
        let differ = computed.is_finite() && disagrees((value - computed).abs(), computed.abs());
        let detail = || {
            let (numerator, denominator, value) = (told(numerator), told(denominator), told(value));
            format!("{numerator} of {denominator} is {}, and the value is {value}.", decimal(computed))
        };
        differ.then(|| (&known::CONTRADICTION, "value", detail()))
    }
}

fn whole<const N: usize>(numbers: [(&'static str, Option<f64>); N]) -> Vec<Fault> {
    let fractions =
        numbers.into_iter().filter_map(|(field, number)| Some((field, number.filter(|n| !is_whole(*n))?)));
    fractions.map(|(field, number)| (&known::FIGURE_NOT_WHOLE, field, format!("It is {}.", told(number)))).collect()
}

fn is_whole(number: f64) -> bool {
    number.fract().abs() < f64::EPSILON
}

/// A number with at most four decimal places, without zeros at the end.
pub(super) fn decimal(number: f64) -> String {
    let text = format!("{number:.4}");
    quote::number(text.trim_end_matches('0').trim_end_matches('.'))
}

/// A number of a figure, as a finding tells it: a telephone number in the wrong column is a number too.
fn told(number: f64) -> String {
    quote::number(&number.to_string())
}

/// Whether the numbers are sums of weights or of hours, which are not whole.
fn is_weighted(definition: &Definition) -> bool {
    let has_decimals = |input: &Input| match input {
        Input::Weighted(_) => true,
        Input::Histogram(histogram) => matches!(histogram.of, Quantity::Hundredths(_)),
        _ => false,
    };
    definition.disclosure == Disclosure::Survey || definition.inputs.iter().any(has_decimals)
}
