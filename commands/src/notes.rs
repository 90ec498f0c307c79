//! What a table of observations does not show: why values are missing, and other figures for the same cell.

use std::collections::BTreeSet;

use comfy_table::{Cell, Table};
use peelian::v1::alternative::Result as OtherOutcome;
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{MissingReason, Observation};
use peelian_core::wire::missing_text;

use super::table;

/// Number of notes that are printed.
const MOST: usize = 10;

/// Notes on observations, one in each line: which areas a missing value has, and how many values have alternatives.
#[must_use]
pub fn of(observations: &[Observation]) -> Vec<String> {
    let partial = observations.iter().filter(|seen| {
        let received = seen.completeness.as_ref().is_some_and(|completeness| completeness.received > 0);
        matches!(seen.result, Some(Outcome::Missing(_))) && received
    });
    // The last caveat is that of the value itself; those of the measure come first.
    let told =
        partial.filter_map(|seen| Some(format!("{}, {}: {}", seen.area_name, seen.period, seen.caveats.last()?)));
    let told: BTreeSet<String> = told.collect();
    let more = told.len().saturating_sub(MOST);
    let mut notes: Vec<String> = told.into_iter().take(MOST).collect();
    if more > 0 {
        notes.push(format!("... and {more} more missing values of which a part was submitted."));
    }
    let others = observations.iter().filter(|seen| !seen.alternatives.is_empty()).count();
    if others > 0 {
        notes.push(format!(
            "Other agencies or publications have figures for {others} of these values: `explain` shows them, and --source \
             asks for those of one agency."
        ));
    }
    notes
}

/// A table of the figures that are not those of the authoritative source; `None` if there are none.
#[must_use]
pub fn alternatives(observation: &Observation) -> Option<Table> {
    let mut shown = table::plain(&["Other figure of", "Value", "Difference"]);
    for other in &observation.alternatives {
        let value = match other.result {
            Some(OtherOutcome::Value(value)) => table::number(value, observation.value_kind()),
            Some(OtherOutcome::Missing(reason)) => {
                missing_text(MissingReason::try_from(reason).unwrap_or(MissingReason::Unspecified)).to_owned()
            }
            None => "no answer".to_owned(),
        };
        let label = if other.synthetic { format!("{} SYNTHETIC", other.source) } else { other.source.clone() };
        let difference = other.difference.map(|difference| table::number(difference, observation.value_kind()));
        shown.add_row([Cell::new(label), table::right(value), table::right(difference.unwrap_or_default())]);
    }
    (!observation.alternatives.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use peelian::v1::{Alternative, Completeness, ValueKind};

    use super::*;

    #[test]
    fn a_missing_value_says_what_is_there() {
        let seen = Observation {
            area_name: "London".to_owned(),
            period: "2017-02".to_owned(),
            result: Some(Outcome::Missing(MissingReason::NotSubmitted.into())),
            completeness: Some(Completeness { expected: 32, received: 1, ..Completeness::default() }),
            caveats: vec!["Of the measure.".to_owned(), "Submitted for 1 of 32: Southwark.".to_owned()],
            ..Observation::default()
        };
        assert_eq!(of(&[seen.clone(), seen]), ["London, 2017-02: Submitted for 1 of 32: Southwark."]);
        assert!(of(&[Observation::default()]).is_empty());
    }

    #[test]
    fn alternatives_are_told_and_shown() {
        let other = Alternative {
            source: "southwark: Profile".to_owned(),
            result: Some(OtherOutcome::Value(999.0)),
            difference: Some(934.0),
            ..Alternative::default()
        };
        let seen =
            Observation { alternatives: vec![other], value_kind: ValueKind::Count.into(), ..Observation::default() };
        assert!(of(std::slice::from_ref(&seen))[0].starts_with("Other agencies or publications have figures for 1"));
        let shown = alternatives(&seen).unwrap().to_string();
        assert!(shown.contains("southwark: Profile") && shown.contains("999") && shown.contains("934"), "{shown}");
    }
}
