//! Values as text for people. The digits and the unit follow from the kind of value. The text is rounded, so do not
//! compute with it.

use peelian::v1 as wire;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error as NameError;

use crate::engine::ChangeKind;
use crate::estimate::ValueKind;

/// A value in its unit. Counts have commas between thousands. Proportions are percentages. Rates have one decimal
/// place, or two digits if they are below 0.1, and ratios have two places.
///
/// ```
/// use peelian_core::wire::value_text;
/// use peelian_core::measure::ValueKind;
///
/// assert_eq!(value_text(ValueKind::Count, 1_234_567.0), "1,234,567");
/// assert_eq!(value_text(ValueKind::Proportion, 0.1234), "12.3%");
/// assert_eq!(value_text(ValueKind::PercentagePoints, 3.1), "+3.1 pts");
/// ```
#[must_use]
pub fn value_text(kind: ValueKind, value: f64) -> String {
    match kind {
        ValueKind::Count => with_thousands(value),
        ValueKind::Proportion => zero_without_minus(format!("{:.1}%", value * 100.0), ""),
        ValueKind::PercentagePoints => zero_without_minus(format!("{value:+.1} pts"), "+"),
        ValueKind::RatePer1k | ValueKind::RatePer10k | ValueKind::RatePer100k | ValueKind::RatePer100 => {
            rate_text(value)
        }
        ValueKind::Index | ValueKind::Score => zero_without_minus(format!("{value:.1}"), ""),
        ValueKind::Days => zero_without_minus(format!("{value:.1} days"), ""),
        ValueKind::Ratio => zero_without_minus(format!("{value:.2}"), ""),
    }
}

/// A rate. One that one decimal place would show as 0 or 0.1 has two digits, at most four places.
fn rate_text(value: f64) -> String {
    let places = match value.abs() {
        0.1.. | 0.0 => 1,
        0.01.. => 3,
        _ => 4,
    };
    zero_without_minus(format!("{value:.places$}"), "")
}

/// The text of a number with `sign` in place of the minus if all digits are zeros: "-0.0" would tell of a fall that the digits do
/// not show.
fn zero_without_minus(text: String, sign: &str) -> String {
    if text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { text } else { text.replacen('-', sign, 1) }
}

/// The limits of an interval in the unit of the value: `10.9% to 13.2%`.
#[must_use]
pub fn interval_text(kind: ValueKind, lower: f64, upper: f64) -> String {
    format!("{} to {}", value_text(kind, lower), value_text(kind, upper))
}

/// A numerator and its denominator: `1,204 of 9,877`.
#[must_use]
pub fn fraction_text(numerator: f64, denominator: f64) -> String {
    format!("{} of {}", with_thousands(numerator), with_thousands(denominator))
}

/// A change. A ratio is shown as the percentage by which it differs from 1.
///
/// ```
/// use peelian_core::engine::ChangeKind;
/// use peelian_core::wire::change_text;
///
/// assert_eq!(change_text(ChangeKind::Ratio, 0.94), "-6.0%");
/// assert_eq!(change_text(ChangeKind::PercentagePoints, 2.5), "+2.5 pts");
/// ```
#[must_use]
pub fn change_text(kind: ChangeKind, change: f64) -> String {
    match kind {
        ChangeKind::Ratio => zero_without_minus(format!("{:+.1}%", (change - 1.0) * 100.0), "+"),
        ChangeKind::PercentagePoints => value_text(ValueKind::PercentagePoints, change),
    }
}

/// The name of a value for the axis of a chart. `unit` is the unit that is counted.
///
/// ```
/// use peelian_core::measure::ValueKind;
/// use peelian_core::wire::value_label;
///
/// assert_eq!(value_label(ValueKind::Count, "crime"), "Number (unit: crime)");
/// assert_eq!(value_label(ValueKind::RatePer1k, "crime"), "For each 1,000 residents");
/// ```
#[must_use]
pub fn value_label(kind: ValueKind, unit: &str) -> String {
    match kind {
        ValueKind::Count => format!("Number (unit: {unit})"),
        ValueKind::Proportion => "Share".to_owned(),
        ValueKind::PercentagePoints => "Percentage points".to_owned(),
        ValueKind::RatePer1k => "For each 1,000 residents".to_owned(),
        ValueKind::RatePer10k => "For each 10,000 residents".to_owned(),
        ValueKind::RatePer100k => "For each 100,000 residents".to_owned(),
        ValueKind::RatePer100 => format!("For each 100 (unit: {unit})"),
        ValueKind::Index => "Index (reference: 100)".to_owned(),
        ValueKind::Score => "Score for each resident".to_owned(),
        ValueKind::Ratio => "Ratio".to_owned(),
        ValueKind::Days => "Days".to_owned(),
    }
}

/// The reason for a missing value in two or three words.
#[must_use]
pub const fn missing_text(reason: wire::MissingReason) -> &'static str {
    match reason {
        wire::MissingReason::Unspecified => "no value",
        wire::MissingReason::Suppressed => "suppressed",
        wire::MissingReason::NotSubmitted => "not submitted",
        wire::MissingReason::ZeroDenominator => "no cases",
        wire::MissingReason::BaseTooSmall => "base too small",
        wire::MissingReason::IncompleteLookback => "look-back incomplete",
        wire::MissingReason::IncompleteFollowUp => "follow-up incomplete",
        wire::MissingReason::NotApplicable => "not applicable",
        wire::MissingReason::MixedLinkageKeys => "mixed linkage keys",
        wire::MissingReason::NotAuthorised => "not authorised",
        wire::MissingReason::NoWeight => "no weight",
    }
}

/// The kind of value with this name in the contract's messages; `None` if this version does not know the name.
///
/// ```
/// use peelian_core::wire::value_kind_named;
/// use peelian_core::measure::ValueKind;
///
/// assert_eq!(value_kind_named("rate_per_1k"), Some(ValueKind::RatePer1k));
/// assert_eq!(value_kind_named("furlongs"), None);
/// ```
#[must_use]
pub fn value_kind_named(name: &str) -> Option<ValueKind> {
    let name: serde::de::value::StrDeserializer<'_, NameError> = name.into_deserializer();
    ValueKind::deserialize(name).ok()
}

/// The kind of change with this name in the contract's messages; `None` if this version does not know the name.
#[must_use]
pub fn change_kind_named(name: &str) -> Option<ChangeKind> {
    [ChangeKind::Ratio, ChangeKind::PercentagePoints].into_iter().find(|kind| kind.id() == name)
}

/// A whole number with commas between thousands.
fn with_thousands(value: f64) -> String {
    let digits = zero_without_minus(format!("{value:.0}"), "");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut text = sign.to_owned();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_from_the_kind_of_value() {
        for (kind, value, text) in [
            (ValueKind::Count, 999.0, "999"),
            (ValueKind::Count, 1_000.0, "1,000"),
            (ValueKind::Count, -1_000.0, "-1,000"),
            (ValueKind::Count, 0.0, "0"),
            (ValueKind::Proportion, 0.1234, "12.3%"),
            (ValueKind::PercentagePoints, -3.1, "-3.1 pts"),
            (ValueKind::RatePer1k, 12.34, "12.3"),
            (ValueKind::RatePer100k, 1_234.56, "1234.6"),
            (ValueKind::Ratio, 1.254, "1.25"),
            (ValueKind::Count, -0.4, "0"),
            (ValueKind::Proportion, -0.0004, "0.0%"),
            (ValueKind::PercentagePoints, -0.04, "+0.0 pts"),
            (ValueKind::PercentagePoints, -0.06, "-0.1 pts"),
            (ValueKind::Ratio, -0.004, "0.00"),
            (ValueKind::Days, -0.0, "0.0 days"),
        ] {
            assert_eq!(value_text(kind, value), text);
        }
        assert_eq!(interval_text(ValueKind::Proportion, 0.109, 0.132), "10.9% to 13.2%");
        assert_eq!(fraction_text(1_204.0, 9_877.0), "1,204 of 9,877");
        assert_eq!(change_text(ChangeKind::Ratio, 0.9996), "+0.0%");
    }

    #[test]
    fn kinds_are_found_by_their_names_in_the_contract() {
        for kind in ValueKind::ALL {
            assert_eq!(value_kind_named(kind.id()), Some(kind));
        }
        assert_eq!(change_kind_named("percentage_points"), Some(ChangeKind::PercentagePoints));
        assert_eq!(change_kind_named(""), None);
    }
}
