//! Observations in long form: a line for each value, and one for each thing that is read with it.
//!
//! The first columns say which value it is, and `row` says what the line has: the value itself, a comparison, a stage of an
//! attrition funnel, a group of a gap, another figure for the same cell, or a companion. Codes and labels stand beside each
//! other. What is missing is an empty cell.

use peelian::v1::alternative::Result as OtherOutcome;
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{Alternative, ChangeKind, Comparison, Component, Interval, MissingReason, Observation, ValueKind};
use peelian_core::Core;
use peelian_core::wire::verdict_text;

use super::table::name;
use super::{labels, table};

/// The headings.
pub(crate) const HEADINGS: [&str; 40] = [
    "measure",
    "measure_label",
    "measure_version",
    "area",
    "area_label",
    "period",
    "period_start",
    "period_end",
    "breakdown",
    "breakdown_label",
    "basis",
    "synthetic",
    "row",
    "code",
    "label",
    "value",
    "missing",
    "marker",
    "lower",
    "upper",
    "confidence",
    "method",
    "numerator",
    "denominator",
    "unit",
    "value_kind",
    "against_value",
    "verdict",
    "smallest_clear_change",
    "adjusted_p_value",
    "comparisons_in_answer",
    "note",
    "obs_status",
    "conf_status",
    "expected",
    "received",
    "release",
    "sources",
    "caveats",
    "breaks",
];

/// A line.
type Line = [String; HEADINGS.len()];

/// The columns of one line, by their headings.
struct Cells(Line);

impl Cells {
    fn set(&mut self, heading: &str, text: impl Into<String>) -> &mut Self {
        let at = HEADINGS.iter().position(|known| *known == heading);
        if let Some(cell) = at.and_then(|at| self.0.get_mut(at)) {
            *cell = text.into();
        }
        self
    }

    fn number(&mut self, heading: &str, number: Option<f64>) -> &mut Self {
        self.set(heading, number.map(|number| number.to_string()).unwrap_or_default())
    }

    fn interval(&mut self, interval: Option<&Interval>) -> &mut Self {
        let Some(interval) = interval else { return self };
        self.number("lower", Some(interval.lower)).number("upper", Some(interval.upper));
        self.number("confidence", Some(interval.confidence)).set("method", interval.method.as_str())
    }
}

/// The lines of observations, in their order.
pub(crate) fn lines(core: &Core, observations: &[Observation]) -> Vec<Line> {
    observations.iter().flat_map(|seen| of(core, seen)).collect()
}

fn of(core: &Core, seen: &Observation) -> Vec<Line> {
    let mut lines = vec![value(core, seen, "value", "").0];
    lines.extend(seen.comparisons.iter().map(|made| comparison(core, seen, made)));
    lines.extend(seen.components.iter().map(|part| component(core, seen, part)));
    lines.extend(seen.alternatives.iter().map(|other| alternative(core, seen, other)));
    lines.extend(seen.companions.iter().map(|with| value(core, with, "companion", &seen.measure).0));
    lines
}

/// The columns that say which value it is.
fn cell(core: &Core, seen: &Observation, row: &str) -> Cells {
    let mut cells = Cells(std::array::from_fn(|_| String::new()));
    cells
        .set("measure", seen.measure.as_str())
        .set("measure_label", labels::measure(core, seen))
        .set("measure_version", seen.measure_version.to_string())
        .set("area", seen.area.as_str())
        .set("area_label", seen.area_name.as_str())
        .set("period", seen.period.as_str())
        .set("period_start", seen.period_start_inclusive.as_str())
        .set("period_end", seen.period_end_inclusive.as_str())
        .set("breakdown", table::breakdown(seen))
        .set("breakdown_label", labels::breakdown(core, seen))
        .set("basis", name(seen.basis().as_str_name(), "BASIS_"))
        .set("synthetic", seen.synthetic.to_string())
        .set("release", seen.release.as_str())
        .set("row", row);
    cells
}

fn value(core: &Core, seen: &Observation, row: &str, code: &str) -> Cells {
    let (value, missing) = match seen.result {
        Some(Outcome::Value(value)) => (Some(value), String::new()),
        Some(Outcome::Missing(reason)) => (None, missing(reason)),
        None => (None, String::new()),
    };
    let completeness = seen.completeness.unwrap_or_default();
    let mut cells = cell(core, seen, row);
    cells
        .set("code", code)
        .number("value", value)
        .set("missing", missing)
        .set("marker", seen.marker.as_str())
        .interval(seen.interval.as_ref())
        .number("numerator", seen.numerator)
        .number("denominator", seen.denominator)
        .set("unit", seen.unit.as_str())
        .set("value_kind", kind(seen.value_kind()))
        .set("obs_status", seen.obs_status.as_str())
        .set("conf_status", seen.conf_status.as_str())
        .set("expected", completeness.expected.to_string())
        .set("received", completeness.received.to_string())
        .set("sources", seen.sources.join("; "))
        .set("caveats", seen.caveats.join("; "))
        .set("breaks", seen.breaks.join("; "));
    cells
}

fn comparison(core: &Core, seen: &Observation, made: &Comparison) -> Line {
    let change = match made.change_kind() {
        ChangeKind::Unspecified => String::new(),
        kind => name(kind.as_str_name(), "CHANGE_KIND_"),
    };
    let mut cells = cell(core, seen, "comparison");
    cells
        .set("code", name(made.kind().as_str_name(), "COMPARISON_KIND_"))
        .set("label", made.against.as_str())
        .number("value", made.change)
        .set("value_kind", change)
        .interval(made.interval.as_ref())
        .number("against_value", made.against_value)
        .set("verdict", verdict_text(made.verdict()))
        .number("smallest_clear_change", made.smallest_clear_change)
        .number("adjusted_p_value", made.adjusted_p_value)
        .set("comparisons_in_answer", made.comparisons_in_answer.to_string())
        .set("note", made.note.as_str());
    cells.0
}

fn component(core: &Core, seen: &Observation, part: &Component) -> Line {
    let mut cells = cell(core, seen, &name(part.kind().as_str_name(), "COMPONENT_KIND_"));
    let count = part.count.map(|count| count.to_string()).unwrap_or_default();
    cells
        .set("code", part.code.as_str())
        .set("label", part.label.as_str())
        .number("value", part.value)
        .interval(part.interval.as_ref())
        .set("numerator", count)
        .set("unit", part.unit.as_str());
    cells.0
}

fn alternative(core: &Core, seen: &Observation, other: &Alternative) -> Line {
    let (value, missing) = match other.result {
        Some(OtherOutcome::Value(value)) => (Some(value), String::new()),
        Some(OtherOutcome::Missing(reason)) => (None, missing(reason)),
        None => (None, String::new()),
    };
    let mut cells = cell(core, seen, "alternative");
    cells
        .set("code", other.agency.as_str())
        .set("label", other.source.as_str())
        .set("synthetic", other.synthetic.to_string())
        .number("value", value)
        .set("missing", missing)
        .number("numerator", other.numerator)
        .number("denominator", other.denominator)
        .set("value_kind", kind(seen.value_kind()));
    cells.0
}

fn missing(reason: i32) -> String {
    let reason = MissingReason::try_from(reason).unwrap_or(MissingReason::Unspecified);
    name(reason.as_str_name(), "MISSING_REASON_")
}

fn kind(kind: ValueKind) -> String {
    if kind == ValueKind::Unspecified { String::new() } else { name(kind.as_str_name(), "VALUE_KIND_") }
}

#[cfg(test)]
mod tests {
    use peelian::v1::{ComparisonKind, ComponentKind, Verdict};

    use super::*;

    fn column<'l>(lines: &'l [Line], heading: &str) -> Vec<&'l str> {
        let at = HEADINGS.iter().position(|known| *known == heading).unwrap();
        lines.iter().map(|line| line[at].as_str()).collect()
    }

    #[test]
    fn everything_that_is_read_with_a_value_has_a_line() {
        let core = Core::from_seeds().unwrap();
        let against = Comparison {
            kind: ComparisonKind::SamePeriodLastYear.into(),
            against: "2016-02".to_owned(),
            verdict: Verdict::NotCompared.into(),
            note: "The series breaks in between.".to_owned(),
            ..Comparison::default()
        };
        let stage = Component {
            kind: ComponentKind::Stage.into(),
            code: "charged".to_owned(),
            label: "Charged".to_owned(),
            count: Some(7),
            ..Component::default()
        };
        let companion = Observation { measure: "nothing".to_owned(), measure_version: 9, ..Observation::default() };
        let seen = Observation {
            measure: "knife-crime-offences".to_owned(),
            measure_version: 1,
            result: Some(Outcome::Missing(MissingReason::NotSubmitted.into())),
            breakdown: [("sex".to_owned(), "female".to_owned())].into(),
            comparisons: vec![against.clone(), against],
            components: vec![stage],
            alternatives: vec![Alternative { agency: "southwark".to_owned(), ..Alternative::default() }],
            companions: vec![companion],
            ..Observation::default()
        };
        let lines = lines(&core, &[seen]);
        let rows = ["value", "comparison", "comparison", "stage", "alternative", "companion"];
        assert_eq!(column(&lines, "row"), rows);
        assert_eq!(column(&lines, "value"), [""; 6], "missing is never zero");
        assert_eq!(column(&lines, "missing")[0], "not_submitted");
        assert_eq!(column(&lines, "verdict")[1], "not compared");
        assert_eq!((column(&lines, "code")[3], column(&lines, "numerator")[3]), ("charged", "7"));
        assert_eq!(column(&lines, "measure_label")[0], "Knife crime");
        assert_eq!(column(&lines, "measure_label")[5], "nothing");
        let distinct: std::collections::BTreeSet<_> = HEADINGS.into_iter().collect();
        assert_eq!(distinct.len(), HEADINGS.len());
    }
}
