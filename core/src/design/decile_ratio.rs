//! How unequal the wards of an area are: the mean of the first tenth of the wards, divided by that of the last tenth.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize;

use super::population::PopulationTable;
use super::{
    Design, Formula, GroupState, Input, Inputs, MeasureByGroup, Parts, Population, Reader, Selection, Tally,
    WardCount,
};
use crate::contract::Dataset;
use crate::estimate::{Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::bootstrap::{description, percentile};
use crate::stats::median::Frequencies;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "decile_ratio";

/// Residents below which a ward is left out if its residents are known.
const FEWEST_RESIDENTS: f64 = 500.0;

/// A ratio of two means over wards. Each tenth has a tenth of the wards, rounded down. Interval: percentile bootstrap over
/// wards.
#[derive(Debug)]
struct DecileRatio {
    population: Population,
    /// What puts the wards in order; without it, their numbers of rows do.
    order: Option<Order>,
}

/// Another measure by which wards are put in order, the first having its highest value.
#[derive(Debug)]
struct Order {
    /// Identifier of the measure. It is a share of the residents of a ward.
    by: String,
    dataset: &'static Dataset,
    /// Whether the rows of a ward are divided by its residents.
    per_resident: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecileRatioTable {
    population: PopulationTable,
    order: Option<OrderTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderTable {
    by: Text,
    dataset: Text,
    #[serde(default)]
    per_resident: bool,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: DecileRatioTable = reader.fields.checker().read(table)?;
    let population = written.population.read(reader.fields)?;
    if population.rows.ward.is_none() {
        return reader.fields.checker().at(&written.population.dataset, "the population states the ward of a row");
    }
    let order = |order: OrderTable| {
        let dataset = reader.fields.dataset(&order.dataset)?;
        Ok(Order { by: reader.measure(&order.by), dataset, per_resident: order.per_resident })
    };
    Ok(Arc::new(DecileRatio { population, order: written.order.map(order).transpose()? }))
}

/// The value of wards in their order, and how many wards have this place: those with the same number of rows have one.
type Place = (f64, u64);

impl DecileRatio {
    /// The wards from the last to the first.
    fn places(&self, inputs: &Inputs, rule: Rule) -> Result<Vec<Place>, Unavailable> {
        let wards = inputs.wards(0)?;
        if let Some(order) = &self.order {
            return order.places(wards, inputs.groups(1)?, rule);
        }
        let mut places: BTreeMap<u64, u64> = BTreeMap::new();
        for ward in wards {
            *places.entry(ward.count).or_default() += 1;
        }
        Ok(places.into_iter().map(|(count, wards)| (count_to_f64(count), wards)).collect())
    }
}

impl Order {
    /// The wards by the value of the other measure. Wards with the same share are in the order of their codes.
    fn places(&self, wards: &[WardCount], states: &[GroupState], rule: Rule) -> Result<Vec<Place>, Unavailable> {
        let states: HashMap<&str, &GroupState> = states.iter().map(|state| (state.code.as_str(), state)).collect();
        let mut ordered = Vec::new();
        for WardCount { code, count } in wards {
            let share = states.get(code.as_str()).ok_or(MissingReason::NotSubmitted)?.estimate(rule)?;
            let residents = share.denominator.ok_or(MissingReason::NotApplicable)?;
            if residents >= FEWEST_RESIDENTS {
                let count = count_to_f64(*count);
                ordered.push((share.value, code, if self.per_resident { count / residents } else { count }));
            }
        }
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)));
        Ok(ordered.into_iter().map(|(_, _, value)| (value, 1)).collect())
    }
}

/// The ratio of the sums of both tenths, from how many wards each place in the order has; `None` with fewer than ten wards, or if
/// the last tenth has nothing.
fn ratio(wards: &[(i32, u64)], places: &[Place]) -> Option<f64> {
    let tenth = wards.iter().map(|(_, wards)| wards).sum::<u64>() / 10;
    let sum_of = |wards: &mut dyn Iterator<Item = &(i32, u64)>| {
        let mut left = tenth;
        wards.fold(0.0, |sum, (place, wards)| {
            let taken = left.min(*wards);
            left -= taken;
            let value =
                usize::try_from(*place).ok().and_then(|place| places.get(place)).map_or(0.0, |(value, _)| *value);
            sum + value * count_to_f64(taken)
        })
    };
    let (last, first) = (sum_of(&mut wards.iter()), sum_of(&mut wards.iter().rev()));
    (last > 0.0).then(|| first / last)
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
        let symbols = match &self.order {
            None => {
                "Wards are put in the order of their number of rows in the numerator. Σ h is the sum of these numbers over the \
                 tenth of wards with most, and Σ l the sum over the tenth with fewest. A tenth is rounded down to whole wards."
            }
            Some(Order { per_resident: false, .. }) => {
                "Wards are put in the order of the other measure. Σ h is the sum of their numbers of rows in the numerator over \
                 the tenth of wards where the other measure is highest, and Σ l the sum over the tenth where it is lowest. A \
                 tenth is rounded down to whole wards. Wards with fewer than 500 residents are left out."
            }
            Some(Order { per_resident: true, .. }) => {
                "Wards are put in the order of the other measure. h and l are numbers of rows in the numerator for each \
                 resident: of the tenth of wards where the other measure is highest, and of the tenth where it is lowest. A \
                 tenth is rounded down to whole wards. Wards with fewer than 500 residents are left out."
            }
        };
        Formula { value: "Σ h / Σ l", symbols }
    }

    fn inputs(&self) -> Vec<Input> {
        let order = self.order.as_ref().map(|order| {
            Input::Measure(MeasureByGroup {
                of: order.by.clone(),
                dataset: order.dataset,
                value_kind: ValueKind::Proportion,
                parts: Parts::Wards,
            })
        });
        [Input::Wards(Tally::of_events(&self.population))].into_iter().chain(order).collect()
    }

    fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let places = self.places(inputs, rule)?;
        let wards: Frequencies = (0..).zip(&places).map(|(place, (_, wards))| (place, *wards)).collect();
        let known: Vec<(i32, u64)> = wards.iter().map(|(place, wards)| (*place, *wards)).collect();
        let value = ratio(&known, &places).ok_or(MissingReason::ZeroDenominator)?;
        let of_resample = |wards: &[(i32, u64)]| ratio(wards, &places);
        let interval = rule.interval.then(|| percentile(&wards, rule.confidence, of_resample)).and_then(Result::ok);
        Ok(Estimated { value, interval, ..Estimated::default() })
    }

    fn caveats(&self, inputs: &Inputs) -> Vec<String> {
        let mut caveats = vec![description("wards")];
        if let Ok(wards) = inputs.wards(0)
            && self.order.is_none()
        {
            let mut counts: Vec<u64> = wards.iter().map(|ward| ward.count).collect();
            counts.sort_unstable();
            if counts.iter().take(counts.len() / 10).all(|count| *count == 0) {
                caveats
                    .push("No ward of the tenth with fewest has any, so there is nothing to divide by.".to_owned());
            }
        }
        caveats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_of_whole_wards() {
        // 25 wards: the tenth is two wards. The last have 1 and 2 events, the first 30 and 40.
        let places = [(1.0, 1), (2.0, 1), (5.0, 20), (9.0, 1), (30.0, 1), (40.0, 1)];
        let wards = [(0, 1), (1, 1), (2, 20), (3, 1), (4, 1), (5, 1)];
        assert!((ratio(&wards, &places).unwrap() - 70.0 / 3.0).abs() < 1e-12);
        // In another draw the first ward comes twice.
        assert!((ratio(&[(0, 1), (1, 1), (2, 21), (5, 2)], &places).unwrap() - 80.0 / 3.0).abs() < 1e-12);
        assert_eq!(ratio(&[(0, 2), (1, 20)], &[(0.0, 2), (5.0, 20)]), None, "the last tenth has no event");
        assert_eq!(ratio(&[(0, 9)], &[(3.0, 9)]), None, "nine wards have no tenth");
    }
}
