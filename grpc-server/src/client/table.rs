//! Observations as a table that people can read.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{Basis, Interval, MissingReason, Observation};

/// A table in the house style: rules above, below and under the head.
pub(crate) fn plain(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head.iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    table
}

/// A cell set to the right, for numbers.
pub(crate) fn right(text: impl ToString) -> Cell {
    Cell::new(text.to_string()).set_alignment(CellAlignment::Right)
}

/// Observations, one a row.
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

/// The breakdown, `sex=female`; empty for the total.
pub(crate) fn breakdown(observation: &Observation) -> String {
    let mut parts: Vec<_> = observation.breakdown.iter().map(|(field, code)| format!("{field}={code}")).collect();
    parts.sort();
    parts.join(";")
}

/// The value in its unit, or why there is none.
pub(crate) fn value(observation: &Observation) -> String {
    match observation.result {
        Some(Outcome::Value(value)) => number(value, &observation.value_kind),
        Some(Outcome::Missing(reason)) => missing(reason).to_owned(),
        None => "no answer".to_owned(),
    }
}

/// The interval in the value's unit; a dash where there is none.
pub(crate) fn interval(observation: &Observation) -> String {
    match &observation.interval {
        Some(interval) => limits(interval, &observation.value_kind),
        None => "-".to_owned(),
    }
}

/// Two limits.
pub(crate) fn limits(interval: &Interval, kind: &str) -> String {
    format!("{} to {}", number(interval.lower, kind), number(interval.upper, kind))
}

/// A number in a unit: counts with thousands commas, shares as percentages.
pub(crate) fn number(value: f64, kind: &str) -> String {
    match kind {
        "count" => thousands(value),
        "proportion" => format!("{:.1}%", value * 100.0),
        "percentage_points" => format!("{:+.1} pts", value * 100.0),
        _ => format!("{value:.1}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut out = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{sign}{out}")
}

fn missing(reason: i32) -> &'static str {
    match MissingReason::try_from(reason).unwrap_or(MissingReason::Unspecified) {
        MissingReason::Unspecified => "no value",
        MissingReason::Suppressed => "suppressed",
        MissingReason::NotSubmitted => "not submitted",
        MissingReason::ZeroDenominator => "no cases",
        MissingReason::BaseTooSmall => "base too small",
        MissingReason::IncompleteLookback => "look-back incomplete",
        MissingReason::NotApplicable => "not applicable",
        MissingReason::MixedLinkageKeys => "mixed linkage keys",
    }
}

fn counts(observation: &Observation) -> String {
    match (observation.numerator, observation.denominator) {
        (Some(numerator), Some(denominator)) => format!("{} of {}", thousands(numerator), thousands(denominator)),
        _ => String::new(),
    }
}

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
    let one = |comparison: &peelian::v1::Comparison| match (comparison.change, comparison.change_kind.as_str()) {
        (Some(ratio), "ratio") => format!("{:+.1}% {}", (ratio - 1.0) * 100.0, comparison.verdict),
        (Some(difference), _) => format!("{} {}", number(difference, "percentage_points"), comparison.verdict),
        (None, _) => comparison.note.clone(),
    };
    observation.comparisons.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(number(1_234_567.0, "count"), "1,234,567");
        assert_eq!(number(999.0, "count"), "999");
        assert_eq!(number(-1000.0, "count"), "-1,000");
        assert_eq!(number(0.1234, "proportion"), "12.3%");
        assert_eq!(number(0.031, "percentage_points"), "+3.1 pts");
    }

    #[test]
    fn nothing_reads_as_zero() {
        let observation = Observation {
            result: Some(Outcome::Missing(MissingReason::NotSubmitted.into())),
            value_kind: "count".into(),
            ..Observation::default()
        };
        assert_eq!((value(&observation), interval(&observation)), ("not submitted".to_owned(), "-".to_owned()));
    }
}
