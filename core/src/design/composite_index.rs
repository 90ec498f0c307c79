//! An index of areas by a recipe: the mean, over several other measures, of 100 times the value of the area over that of London.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{Design, Formula, GroupState, Input, Inputs, MeasureByGroup, Parts, Reader, Selection};
use crate::contract::Dataset;
use crate::estimate::{
    Comparable, Component, ComponentKind, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind,
    whole_number,
};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::composite::{Rates, index_of};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "composite_index";

/// A weighted mean of indices. It is of rates of different kinds, so it has no interval.
#[derive(Debug)]
struct CompositeIndex {
    dataset: &'static Dataset,
    variables: Vec<Variable>,
}

/// One variable of the recipe.
#[derive(Debug)]
struct Variable {
    /// Identifier of the other measure. A high value adds to the index.
    of: String,
    value_kind: ValueKind,
    weight: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompositeIndexTable {
    dataset: Text,
    variables: Spanned<Vec<VariableTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariableTable {
    of: Text,
    value_kind: ValueKind,
    weight: Option<Spanned<f64>>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let checker = reader.fields.checker();
    let written: CompositeIndexTable = checker.read(table)?;
    if written.variables.get_ref().is_empty() {
        return checker.fault(written.variables.span().start, "an index needs a variable");
    }
    let mut variables = Vec::new();
    for VariableTable { of, value_kind, weight } in written.variables.into_inner() {
        if let Some(wrong) =
            weight.as_ref().filter(|weight| !(weight.get_ref().is_finite() && *weight.get_ref() > 0.0))
        {
            return checker.fault(wrong.span().start, "a weight is above 0");
        }
        variables.push(Variable {
            of: reader.measure(&of),
            value_kind,
            weight: weight.map_or(1.0, Spanned::into_inner),
        });
    }
    Ok(Arc::new(CompositeIndex { dataset: reader.fields.dataset(&written.dataset)?, variables }))
}

/// The values of a variable in the area and in London.
struct Pair<'s> {
    state: &'s GroupState,
    area: Estimated,
    london: Estimated,
}

impl CompositeIndex {
    /// The values of each variable. If one is missing, there is no index.
    fn pairs<'s>(&self, inputs: &'s Inputs, rule: Rule) -> Result<Vec<Pair<'s>>, Unavailable> {
        let pair = |at: usize| match inputs.groups(at)? {
            [area, london] => Ok(Pair { state: area, area: area.estimate(rule)?, london: london.estimate(rule)? }),
            _ => Err(MissingReason::NotApplicable.into()),
        };
        (0..self.variables.len()).map(pair).collect()
    }
}

impl Pair<'_> {
    fn rates(&self, weight: f64) -> Rates {
        Rates { area: self.area.value, whole: self.london.value, weight }
    }

    fn component(&self, variable: &Variable) -> Option<Component> {
        let value = index_of(&[self.rates(1.0)]).ok()?;
        Some(Component {
            kind: ComponentKind::Group,
            code: format!("variable={}", variable.of.rsplit_once('.').map_or(&*variable.of, |(_, name)| name)),
            label: self.state.label.clone(),
            unit: self.state.unit.to_string(),
            count: self.area.numerator.map(whole_number),
            value: Some(value),
            interval: None,
            unweighted_base: None,
            effective_n: None,
            unit_change: false,
        })
    }
}

impl Design for CompositeIndex {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Index]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::None]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "Σ w × 100 r / R / Σ w",
            symbols: "r is the value of a variable in the area, R its value in London as a whole, and w its weight. The sum runs \
                over the variables. 100 is the average of London.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        let of_variable = |variable: &Variable| {
            Input::Measure(MeasureByGroup {
                of: variable.of.clone(),
                dataset: self.dataset,
                value_kind: variable.value_kind,
                parts: Parts::AreaAndLondon,
            })
        };
        self.variables.iter().map(of_variable).collect()
    }

    fn selections(&self) -> Vec<Selection> {
        Vec::new()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let pairs = self.pairs(inputs, rule)?;
        let rates = pairs.iter().zip(&self.variables).map(|(pair, variable)| pair.rates(variable.weight));
        let value = index_of(&rates.collect::<Vec<_>>()).map_err(|_| MissingReason::ZeroDenominator)?;
        Ok(Estimated { value, comparable: Comparable::Not, ..Estimated::default() })
    }

    /// The index of each variable, with the count of the area.
    fn components(&self, inputs: &Inputs, rule: Rule) -> Vec<Component> {
        let Ok(pairs) = self.pairs(inputs, rule) else { return Vec::new() };
        pairs.iter().zip(&self.variables).filter_map(|(pair, variable)| pair.component(variable)).collect()
    }
}
