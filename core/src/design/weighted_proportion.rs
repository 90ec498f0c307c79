//! The weighted share of a survey's respondents.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::population::PopulationTable;
use super::{Design, Formula, Input, Inputs, Population, Reader, Selection, Tally, WeightedRespondents};
use crate::cel::FieldPath;
use crate::contract::Kind;
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::reference::Level;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "weighted_proportion";

/// A weighted share. Interval: Wilson 1927 on the effective sample size (Kish 1965), or on the linearised variance where
/// the primary sampling units are known.
#[derive(Debug)]
struct WeightedProportion {
    population: Population,
    weights: BTreeMap<Level, FieldPath>,
    psu: Option<FieldPath>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightedTable {
    population: PopulationTable,
    weights: BTreeMap<Text, Text>,
    psu: Option<Text>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: WeightedTable = fields.checker().read(table)?;
    let population = written.population.read_share(fields)?;
    let mut weights = BTreeMap::new();
    for (name, text) in &written.weights {
        let Some(level) = Level::from_id(name.get_ref()) else {
            return fields.checker().at(name, format!("{} is no level of area", name.get_ref()));
        };
        let is_weight = |kind: &Kind| matches!(kind, Kind::Weight);
        weights.insert(level, fields.field_of(population.rows.dataset, text, "weight", is_weight)?);
    }
    let psu = written.psu.as_ref().map(|text| fields.key(population.rows.dataset, text)).transpose()?;
    Ok(Arc::new(WeightedProportion { population, weights, psu }))
}

impl Design for WeightedProportion {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Proportion]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::WeightedWilson]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "Σ w x / Σ w",
            symbols: "The sums run over the respondents in the denominator. w is a respondent's weight for the \
                level of the area. x is 1 for a respondent in the numerator, and 0 for others. The effective \
                number of respondents is (Σ w)² / Σ w² (Kish 1965), or follows from the linearised variance \
                (Woodruff 1971) if the sampling units are known.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Weighted(WeightedRespondents {
            rows: self.population.rows,
            base: self.population.base(),
            counted: self.population.counted(),
            weights: self.weights.clone(),
            psu: self.psu,
            shown: Tally::of(self.population.rows, vec![self.population.eligible()]),
        })]
    }

    fn selections(&self) -> Vec<Selection> {
        self.population.selections()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let (sums, units) = inputs.weighted(0)?;
        estimate::weighted_share(sums, units, rule)
    }
}
