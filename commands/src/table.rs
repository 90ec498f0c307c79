//! Prints observations as a table for people.

use comfy_table::Table;
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{Basis, Comparison, Interval, MissingReason, Observation, ValueKind, Verdict};
use peelian_core::wire::{
    change_kind, change_text, fraction_text, interval_text, missing_text, value_kind, value_text, verdict_text,
};

use super::layout::{Column, fitting, lines, wrapped};
pub use super::layout::{plain, right, whole_words};

/// A text that fits the terminal; without one, or in a file, it is one line.
pub(crate) fn note(text: &str, on_terminal: bool) -> String {
    wrapped(text, width(on_terminal))
}

/// The width of the terminal, if there is one and the text goes to it.
fn width(on_terminal: bool) -> Option<u16> {
    if on_terminal { Table::new().width() } else { None }
}

/// Names and texts, one pair in a line. Pairs without a text are left out.
pub(crate) fn named(pairs: &[(&str, String)]) -> String {
    lines(pairs, width(true))
}

/// A value of an enum of the contract: its name without the name of the enum, in lower case.
pub(crate) fn name(value: &str, prefix: &str) -> String {
    value.trim_start_matches(prefix).to_ascii_lowercase()
}

/// The columns; intervals have a heading of their own.
fn columns(intervals: &str) -> [Column<'_>; 9] {
    [
        Column { name: "Measure", numbers: false, stays: false },
        Column { name: "Area", numbers: false, stays: false },
        Column { name: "Period", numbers: false, stays: false },
        Column { name: "Breakdown", numbers: false, stays: false },
        Column { name: "Value", numbers: true, stays: true },
        Column { name: intervals, numbers: true, stays: false },
        Column { name: "From", numbers: false, stays: false },
        Column { name: "Marks", numbers: false, stays: false },
        Column { name: "Change", numbers: false, stays: false },
    ]
}

/// The heading of intervals: `95% interval`, or only `Interval` if the rows have several levels.
fn heading(observations: &[Observation]) -> String {
    let companions = observations.iter().flat_map(|seen| &seen.companions);
    let intervals = observations.iter().chain(companions).filter_map(|seen| seen.interval.as_ref());
    let mut levels: Vec<f64> = intervals.map(|interval| interval.confidence).collect();
    levels.dedup();
    match levels[..] {
        [level] => format!("{} interval", percent(level)),
        _ => "Interval".to_owned(),
    }
}

/// A level or a probability as a percentage with at most four decimals: `95%`, `99.8%`.
pub(crate) fn percent(share: f64) -> String {
    format!("{}%", (share * 1e6).round() / 1e4)
}

/// A table of observations, one in each row, that fits the terminal. If there is no terminal, each is one line.
#[must_use]
pub fn of(observations: &[Observation]) -> String {
    of_width(observations, Table::new().width())
}

/// A table of observations, each one line however long, for a file.
pub(crate) fn unbounded(observations: &[Observation]) -> String {
    of_width(observations, None)
}

fn of_width(observations: &[Observation], width: Option<u16>) -> String {
    let row = |observation: &Observation, measure: String| {
        [
            measure,
            observation.area_name.clone(),
            observation.period.clone(),
            breakdown(observation).replace(';', "; "),
            value(observation),
            interval(observation),
            counts(observation),
            marks(observation),
            changes(observation),
        ]
    };
    // The companions of a value follow below it.
    let rows = observations.iter().flat_map(|observation| {
        let companions = observation.companions.iter().map(|with| row(with, format!("with {}", with.measure)));
        std::iter::once(row(observation, observation.measure.clone())).chain(companions)
    });
    fitting(&columns(&heading(observations)), &rows.collect::<Vec<_>>(), width)
}

/// Rows as a table that fits the terminal; without one, or in a file, each row is one line. A column is named, and it is said
/// whether it has numbers.
pub(crate) fn listed<const N: usize>(columns: [(&str, bool); N], rows: &[[String; N]], on_terminal: bool) -> String {
    let columns = columns.map(|(name, numbers)| Column { name, numbers, stays: true });
    fitting(&columns, rows, width(on_terminal))
}

/// The breakdown: `sex=female`; empty for the total.
#[must_use]
pub fn breakdown(observation: &Observation) -> String {
    let mut parts: Vec<_> = observation.breakdown.iter().map(|(field, code)| format!("{field}={code}")).collect();
    parts.sort();
    parts.join(";")
}

/// The value in its unit, or why it is missing.
#[must_use]
pub fn value(observation: &Observation) -> String {
    match observation.result {
        Some(Outcome::Value(value)) => number(value, observation.value_kind()),
        Some(Outcome::Missing(reason)) => {
            missing_text(MissingReason::try_from(reason).unwrap_or(MissingReason::Unspecified)).to_owned()
        }
        None => "no answer".to_owned(),
    }
}

/// The interval in the unit of the value; a dash if there is no interval.
#[must_use]
pub fn interval(observation: &Observation) -> String {
    match &observation.interval {
        Some(interval) => limits(interval, observation.value_kind()),
        None => "-".to_owned(),
    }
}

/// The limits of an interval in the unit of a kind of value.
#[must_use]
pub fn limits(interval: &Interval, kind: ValueKind) -> String {
    let Interval { lower, upper, .. } = *interval;
    value_kind(kind).map_or_else(|| format!("{lower} to {upper}"), |kind| interval_text(kind, lower, upper))
}

/// A number in the unit of a kind of value. A number of an unknown kind is not rounded.
#[must_use]
pub fn number(value: f64, kind: ValueKind) -> String {
    value_kind(kind).map_or_else(|| value.to_string(), |kind| value_text(kind, value))
}

/// A whole number with commas between thousands.
pub(crate) fn whole(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Numerator and denominator, if both are known.
#[must_use]
pub fn counts(observation: &Observation) -> String {
    match (observation.numerator, observation.denominator) {
        (Some(numerator), Some(denominator)) => fraction_text(numerator, denominator),
        _ => String::new(),
    }
}

/// The source of a value in a word.
pub fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::SubmittedFigure => "figure",
        Basis::ComputedFromRecords => "records",
        Basis::Unspecified => "",
    }
}

/// Basis, label of synthetic records, and marker.
fn marks(observation: &Observation) -> String {
    let mut marks = vec![basis(observation.basis()).to_owned()];
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
        Some(change) => format!("{change} {}", verdict_text(comparison.verdict())),
        None if comparison.verdict() == Verdict::NotCompared => comparison.note.clone(),
        None => verdict_text(comparison.verdict()).to_owned(),
    };
    match observation.comparisons.as_slice() {
        [alone] => one(alone),
        several => {
            several.iter().map(|made| format!("{}: {}", against(made), one(made))).collect::<Vec<_>>().join("; ")
        }
    }
}

/// What a comparison is with, in words: "same period last year".
fn against(comparison: &Comparison) -> String {
    name(comparison.kind().as_str_name(), "COMPARISON_KIND_").replace('_', " ")
}

/// The change of a comparison: `+3.1%`, `+2.5 pts`; `None` if there is none.
#[must_use]
pub fn change(comparison: &Comparison) -> Option<String> {
    comparison.change.map(|change| change_number(change, comparison))
}

/// The interval of the change of a comparison; a dash if there is none.
#[must_use]
pub fn change_interval(comparison: &Comparison) -> String {
    let limits = |interval: &Interval| {
        let limit = |limit| change_number(limit, comparison);
        format!("{} to {}", limit(interval.lower), limit(interval.upper))
    };
    comparison.interval.as_ref().map_or_else(|| "-".to_owned(), limits)
}

fn change_number(change: f64, comparison: &Comparison) -> String {
    change_kind(comparison.change_kind()).map_or_else(|| change.to_string(), |kind| change_text(kind, change))
}

#[cfg(test)]
mod tests {
    use peelian::v1::ChangeKind;

    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(number(1_234_567.0, ValueKind::Count), "1,234,567");
        assert_eq!(number(0.1234, ValueKind::Proportion), "12.3%");
        assert_eq!(number(1.25, ValueKind::Unspecified), "1.25");
    }

    /// Two values that have nothing in common.
    fn differing() -> [Observation; 2] {
        let first = Observation {
            measure: "knife-crime-offences".into(),
            area_name: "Kensington and Chelsea".into(),
            period: "R12-2024-02".into(),
            breakdown: [("age_band", "18_24"), ("sex", "female")].map(|(a, b)| (a.into(), b.into())).into(),
            value_kind: ValueKind::Count.into(),
            result: Some(Outcome::Value(1_234_567.0)),
            interval: Some(Interval { lower: 1_232_391.0, upper: 1_236_746.0, ..Interval::default() }),
            numerator: Some(1_234_567.0),
            denominator: Some(9_876_543.0),
            basis: Basis::ComputedFromRecords.into(),
            synthetic: true,
            ..Observation::default()
        };
        let second = Observation {
            measure: "police-uk-crimes".into(),
            area_name: "Hammersmith and Fulham".into(),
            period: "2024-01".into(),
            breakdown: [("force".to_owned(), "city-of-london".to_owned())].into(),
            result: Some(Outcome::Value(7.0)),
            basis: Basis::SubmittedFigure.into(),
            ..Observation::default()
        };
        [first, second]
    }

    #[test]
    fn no_number_and_no_label_is_cut_at_any_width() {
        let whole = ["1,234,567", "1,232,391", "1,236,746", "9,876,543", "SYNTHETIC", "R12-2024-02", "2024-01"];
        let words = ["Kensington", "Chelsea", "Hammersmith", "Fulham", "age_band=18_24", "force=city-of-london"];
        for width in (60..200).map(Some).chain([None]) {
            let text = of_width(&differing(), width);
            for word in whole.iter().chain(&words) {
                assert!(text.contains(word), "{word} at {width:?}:\n{text}");
            }
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= width.map_or(Some(usize::MAX), |width| Some(width.into())), "{width:?}:\n{text}");
        }
    }

    #[test]
    fn what_all_rows_have_in_common_is_above_the_table() {
        let [first, _] = differing();
        let second = Observation { period: "R12-2024-03".into(), ..first.clone() };
        let text = of_width(&[first.clone(), second], Some(80));
        let (caption, table) = text.split_once('─').unwrap();
        for once in ["knife-crime-offences", "Kensington and Chelsea", "age_band=18_24; sex=female", "SYNTHETIC"] {
            assert!(caption.contains(once) && !table.contains(once), "{once}:\n{text}");
        }
        assert!(table.contains("R12-2024-02") && table.contains("R12-2024-03"), "{text}");
        // A single row has nothing in common with another.
        assert!(of_width(&[first], None).starts_with('─'));
    }

    #[test]
    fn companions_follow_below_their_value() {
        let [first, second] = differing();
        let text = of_width(&[Observation { companions: vec![second], ..first }], None);
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("crime")).collect();
        let [value, companion] = lines.as_slice() else { panic!("{text}") };
        assert!(value.contains("1,234,567") && companion.contains("with police-uk-crimes"), "{text}");
    }

    #[test]
    fn a_change_is_written_in_its_kind() {
        let ratio = Comparison { change: Some(0.94), change_kind: ChangeKind::Ratio.into(), ..Comparison::default() };
        let points = ChangeKind::PercentagePoints.into();
        let difference = Comparison { change: Some(2.5), change_kind: points, ..ratio.clone() };
        assert_eq!((change(&ratio).as_deref(), change_interval(&ratio).as_str()), (Some("-6.0%"), "-"));
        assert_eq!(change(&difference).as_deref(), Some("+2.5 pts"));
    }

    #[test]
    fn a_missing_value_is_not_written_as_zero() {
        let observation = Observation {
            result: Some(Outcome::Missing(MissingReason::NotSubmitted.into())),
            value_kind: ValueKind::Count.into(),
            ..Observation::default()
        };
        assert_eq!((value(&observation), interval(&observation)), ("not submitted".to_owned(), "-".to_owned()));
    }
}
