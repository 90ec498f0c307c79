//! How unequal the wards of an area are: the mean count of the tenth with most, divided by that of the tenth with fewest.

use std::sync::Arc;

use serde::Deserialize;

use super::population::PopulationTable;
use super::{Design, Formula, Input, Inputs, Population, Reader, Selection, Tally};
use crate::estimate::{Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table};
use crate::stats::bootstrap::{description, percentile};
use crate::stats::median::Frequencies;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "decile_ratio";

/// A ratio of two means over wards. Each tenth has a tenth of the wards, rounded down. Interval: percentile bootstrap over
/// wards.
#[derive(Debug)]
struct DecileRatio {
    population: Population,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecileRatioTable {
    population: PopulationTable,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: DecileRatioTable = reader.fields.checker().read(table)?;
    let population = written.population.read(reader.fields)?;
    if population.rows.ward.is_none() {
        return reader.fields.checker().at(&written.population.dataset, "the population states the ward of a row");
    }
    Ok(Arc::new(DecileRatio { population }))
}

/// The ratio, from how many wards have how many events; `None` with fewer than ten wards, or if the lowest tenth has no
/// event.
fn ratio(wards: &[(i32, u64)]) -> Option<f64> {
    let tenth = wards.iter().map(|(_, count)| count).sum::<u64>() / 10;
    let events_of = |wards: &mut dyn Iterator<Item = &(i32, u64)>| {
        let mut left = tenth;
        wards.fold(0.0, |sum, (events, count)| {
            let taken = left.min(*count);
            left -= taken;
            sum + f64::from(*events) * count_to_f64(taken)
        })
    };
    let (lowest, highest) = (events_of(&mut wards.iter()), events_of(&mut wards.iter().rev()));
    (lowest > 0.0).then(|| highest / lowest)
}

impl Design for DecileRatio {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Ratio]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::Bootstrap]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "Σ h / Σ l",
            symbols: "Wards are put in the order of their number of rows in the numerator. Σ h is the sum of these \
                numbers over the tenth of wards with most, and Σ l the sum over the tenth with fewest. A tenth is \
                rounded down to whole wards.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Wards(Tally::of_events(&self.population))]
    }

    fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let mut wards = Frequencies::new();
        for events in inputs.wards(0)? {
            let events = i32::try_from(*events).map_err(|_| MissingReason::NotApplicable)?;
            *wards.entry(events).or_default() += 1;
        }
        let known: Vec<(i32, u64)> = wards.iter().map(|(events, count)| (*events, *count)).collect();
        let value = ratio(&known).ok_or(MissingReason::ZeroDenominator)?;
        let interval = rule.interval.then(|| percentile(&wards, rule.confidence, ratio)).and_then(Result::ok);
        Ok(Estimated { value, interval, ..Estimated::default() })
    }

    fn caveats(&self, _: &Inputs) -> Vec<String> {
        vec![description("wards")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_of_whole_wards() {
        // 25 wards: the tenth is two wards. The lowest have 1 and 2 events, the highest 30 and 40.
        let wards = [(1, 1), (2, 1), (5, 20), (9, 1), (30, 1), (40, 1)];
        assert!((ratio(&wards).unwrap() - 70.0 / 3.0).abs() < 1e-12);
        assert_eq!(ratio(&[(0, 2), (5, 20)]), None, "the lowest tenth has no event");
        assert_eq!(ratio(&[(3, 9)]), None, "nine wards have no tenth");
    }
}
