//! What a table of observations does not show: why values are missing, and other figures for the same cell.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{Cell, Table};
use peelian::v1::alternative::Result as OtherOutcome;
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{ComparisonKind, MissingReason, Observation};
use peelian_core::Core;
use peelian_core::wire::missing_text;

use super::table;

/// The level of intervals, and so of verdicts, unless a query states another.
const LEVEL: f64 = 0.95;
/// Number of notes that are printed.
const MOST: usize = 10;

/// Notes on observations, one in each line: the caveats of single values and why others are missing, without those of the
/// measure, and how many values have alternatives.
#[must_use]
pub fn of(core: &Core, observations: &[Observation]) -> Vec<String> {
    let mut notes = caveats(core, observations);
    let more = notes.len().saturating_sub(MOST);
    notes.truncate(MOST);
    if more > 0 {
        notes.push(format!("... and {more} more caveats: --format json has all of them."));
    }
    notes.extend(judged_together(observations));
    let others = observations.iter().filter(|seen| !seen.alternatives.is_empty()).count();
    if others > 0 {
        notes.push(format!(
            "Other agencies or publications have figures for {others} of these values: `explain` shows them, and --source \
             asks for those of one agency."
        ));
    }
    notes
}

/// The caveats of single observations, each once, with the observations that have it.
fn caveats(core: &Core, observations: &[Observation]) -> Vec<String> {
    let mut places: Vec<(&str, BTreeSet<String>)> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in observations {
        for caveat in own_caveats(core, seen) {
            let place = format!("{}, {}", seen.area_name, seen.period);
            let at = *known.entry(caveat).or_insert(places.len());
            match places.get_mut(at) {
                Some((_, places)) => _ = places.insert(place),
                None => places.push((caveat, [place].into())),
            }
        }
    }
    let all: BTreeSet<(&str, &str)> = observations.iter().map(|seen| (&*seen.area_name, &*seen.period)).collect();
    let told = |(caveat, places): (&str, BTreeSet<String>)| match (places.first(), places.len()) {
        (Some(first), 1) => format!("{first}: {caveat}"),
        (Some(first), several) if several < all.len() => format!("{first} and {} more: {caveat}", several - 1),
        _ => caveat.to_owned(),
    };
    places.into_iter().map(told).collect()
}

/// The caveats that an observation has beside those of its measure. Of a missing value of which a part was submitted it is the
/// reason; of other missing values there is nothing to tell.
fn own_caveats<'o>(core: &Core, seen: &'o Observation) -> Vec<&'o str> {
    let of_measure = core.catalogue.get(&seen.measure).map_or(&[][..], |definition| &definition.caveats[..]);
    let own =
        seen.caveats.iter().map(String::as_str).filter(|caveat| !of_measure.iter().any(|known| &**known == *caveat));
    let received = seen.completeness.as_ref().is_some_and(|completeness| completeness.received > 0);
    match seen.result {
        Some(Outcome::Value(_)) => own.collect(),
        _ if received => own.rev().take(1).collect(),
        _ => Vec::new(),
    }
}

/// For how many comparisons the verdicts are adjusted; `None` if none are.
fn judged_together(observations: &[Observation]) -> Option<String> {
    let mut families: BTreeMap<_, usize> = BTreeMap::new();
    let mut level = LEVEL;
    for seen in observations {
        for made in seen.comparisons.iter().filter(|made| made.adjusted_p_value.is_some()) {
            level = made.interval.as_ref().map_or(level, |interval| interval.confidence);
            let breakdown =
                if made.kind() == ComparisonKind::ReferenceGroup { String::new() } else { table::breakdown(seen) };
            let area = if made.kind() == ComparisonKind::ReferenceGroup { seen.area.as_str() } else { "" };
            *families.entry((&seen.measure, &seen.period, seen.basis, breakdown, area, made.kind)).or_default() += 1;
        }
    }
    let (fewest, most) = (*families.values().min()?, *families.values().max()?);
    let number = if fewest == most { most.to_string() } else { format!("{fewest} to {most}") };
    Some(format!(
        "Verdicts are adjusted for the {number} comparisons that are made together (Holm): if nothing had changed, at most {} of such \
         tables would call any of them clear.",
        table::percent(1.0 - level)
    ))
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
    use peelian::v1::{Alternative, Comparison, Completeness, ValueKind};

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
        let core = Core::from_seeds().unwrap();
        assert_eq!(of(&core, &[seen.clone(), seen]), ["London, 2017-02: Submitted for 1 of 32: Southwark."]);
        assert!(of(&core, &[Observation::default()]).is_empty());
    }

    #[test]
    fn caveats_of_single_values_are_told_once() {
        let core = Core::from_seeds().unwrap();
        let of_measure = core.catalogue.get("knife-crime-offences").unwrap().caveats[0].to_string();
        let seen = |area: &str, caveats: &[&str]| Observation {
            measure: "knife-crime-offences".to_owned(),
            area_name: area.to_owned(),
            period: "2017-02".to_owned(),
            result: Some(Outcome::Value(1.0)),
            caveats: caveats.iter().map(|caveat| (*caveat).to_owned()).collect(),
            ..Observation::default()
        };
        let all = [
            seen("Bexley", &[&of_measure, "All.", "Some."]),
            seen("Brent", &["All.", "Some."]),
            seen("Camden", &["All.", "One."]),
        ];
        assert_eq!(of(&core, &all), ["All.", "Bexley, 2017-02 and 1 more: Some.", "Camden, 2017-02: One."]);
    }

    #[test]
    fn it_is_told_for_how_many_comparisons_verdicts_are_adjusted() {
        let seen = |area: &str, adjusted_p_value| Observation {
            area: area.to_owned(),
            comparisons: vec![Comparison {
                kind: ComparisonKind::PreviousWindow.into(),
                adjusted_p_value,
                ..Comparison::default()
            }],
            ..Observation::default()
        };
        let core = Core::from_seeds().unwrap();
        let told = of(&core, &[seen("E09000001", Some(0.2)), seen("E09000002", Some(0.01)), seen("E09000003", None)]);
        assert!(told[0].starts_with("Verdicts are adjusted for the 2 comparisons"), "{told:?}");
        assert!(of(&core, &[seen("E09000001", None)]).is_empty());
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
        let core = Core::from_seeds().unwrap();
        assert!(
            of(&core, std::slice::from_ref(&seen))[0]
                .starts_with("Other agencies or publications have figures for 1")
        );
        let shown = alternatives(&seen).unwrap().to_string();
        assert!(shown.contains("southwark: Profile") && shown.contains("999") && shown.contains("934"), "{shown}");
    }
}
