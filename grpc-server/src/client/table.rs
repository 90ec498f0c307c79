//! Prints observations as a table for people.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, LineStyle, Table, presets};
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{Basis, Comparison, Interval, MissingReason, Observation};
use peelian_core::wire::{
    change_kind_named, change_text, fraction_text, interval_text, missing_text, value_kind_named, value_text,
};

/// An empty table with a header: rules above, below and under the header, and none between rows.
pub(crate) fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    table
}

/// A right-aligned cell, for numbers.
pub(crate) fn right(text: impl ToString) -> Cell {
    Cell::new(text.to_string()).set_alignment(CellAlignment::Right)
}

/// A table of observations, one in each row.
pub(crate) fn of(observations: &[Observation]) -> Table {
    let mut table =
        plain(&["Measure", "Area", "Period", "Breakdown", "Value", "95% interval", "From", "Marks", "Change"]);
    for observation in observations {
        table.add_row([
            Cell::new(&observation.measure),
            Cell::new(&observation.area_name),
            Cell::new(&observation.period),
            Cell::new(breakdown(observation)),
            right(value(observation)),
            right(interval(observation)),
            Cell::new(counts(observation)),
            Cell::new(marks(observation)),
            Cell::new(changes(observation)),
        ]);
    }
    table
}

/// The breakdown: `sex=female`; empty for the total.
pub(crate) fn breakdown(observation: &Observation) -> String {
    let mut parts: Vec<_> = observation.breakdown.iter().map(|(field, code)| format!("{field}={code}")).collect();
    parts.sort();
    parts.join(";")
}

/// The value in its unit, or why it is missing.
pub(crate) fn value(observation: &Observation) -> String {
    match observation.result {
        Some(Outcome::Value(value)) => number(value, &observation.value_kind),
        Some(Outcome::Missing(reason)) => {
            missing_text(MissingReason::try_from(reason).unwrap_or(MissingReason::Unspecified)).to_owned()
        }
        None => "no answer".to_owned(),
    }
}

/// The interval in the unit of the value; a dash if there is no interval.
pub(crate) fn interval(observation: &Observation) -> String {
    match &observation.interval {
        Some(interval) => limits(interval, &observation.value_kind),
        None => "-".to_owned(),
    }
}

/// The limits of an interval in the unit of a kind of value.
pub(crate) fn limits(interval: &Interval, kind: &str) -> String {
    let Interval { lower, upper, .. } = *interval;
    value_kind_named(kind).map_or_else(|| format!("{lower} to {upper}"), |kind| interval_text(kind, lower, upper))
}

/// A number in the unit of a kind of value, which the contract names. A number of an unknown kind is not rounded.
pub(crate) fn number(value: f64, kind: &str) -> String {
    value_kind_named(kind).map_or_else(|| value.to_string(), |kind| value_text(kind, value))
}

/// Numerator and denominator, if both are known.
pub(crate) fn counts(observation: &Observation) -> String {
    match (observation.numerator, observation.denominator) {
        (Some(numerator), Some(denominator)) => fraction_text(numerator, denominator),
        _ => String::new(),
    }
}

/// Basis, label of synthetic records, and marker.
fn marks(observation: &Observation) -> String {
    let mut marks = vec![match observation.basis() {
        Basis::SubmittedFigure => "figure".to_owned(),
        Basis::ComputedFromRecords => "records".to_owned(),
        Basis::Unspecified => String::new(),
    }];
    if observation.synthetic {
        marks.push("SYNTHETIC".to_owned());
    }
    if !observation.marker.is_empty() {
        marks.push(observation.marker.clone());
    }
    marks.join(" ")
}

fn changes(observation: &Observation) -> String {
    let one = |comparison: &Comparison| match change(comparison) {
        Some(change) => format!("{change} {}", comparison.verdict),
        None => comparison.note.clone(),
    };
    observation.comparisons.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The change of a comparison: `+3.1%`, `+2.5 pts`; `None` if there is none.
pub(crate) fn change(comparison: &Comparison) -> Option<String> {
    comparison.change.map(|change| change_number(change, comparison))
}

/// The interval of the change of a comparison; a dash if there is none.
pub(crate) fn change_interval(comparison: &Comparison) -> String {
    let limits = |interval: &Interval| {
        let limit = |limit| change_number(limit, comparison);
        format!("{} to {}", limit(interval.lower), limit(interval.upper))
    };
    comparison.interval.as_ref().map_or_else(|| "-".to_owned(), limits)
}

fn change_number(change: f64, comparison: &Comparison) -> String {
    let kind = change_kind_named(&comparison.change_kind);
    kind.map_or_else(|| change.to_string(), |kind| change_text(kind, change))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(number(1_234_567.0, "count"), "1,234,567");
        assert_eq!(number(0.1234, "proportion"), "12.3%");
        assert_eq!(number(1.25, "a kind of a later version"), "1.25");
    }

    #[test]
    fn a_change_is_written_in_its_kind() {
        let ratio = Comparison { change: Some(0.94), change_kind: "ratio".to_owned(), ..Comparison::default() };
        let difference = Comparison { change_kind: "difference".to_owned(), ..ratio.clone() };
        assert_eq!((change(&ratio).as_deref(), change_interval(&ratio).as_str()), (Some("-6.0%"), "-"));
        assert_eq!(change(&difference).as_deref(), Some("+94.0 pts"));
    }

    #[test]
    fn a_missing_value_is_not_written_as_zero() {
        let observation = Observation {
            result: Some(Outcome::Missing(MissingReason::NotSubmitted.into())),
            value_kind: "count".into(),
            ..Observation::default()
        };
        assert_eq!((value(&observation), interval(&observation)), ("not submitted".to_owned(), "-".to_owned()));
    }
}
