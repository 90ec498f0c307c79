//! The difference between the borough with the highest and the one with the lowest share, without what chance explains.

use std::sync::Arc;

use serde::Deserialize;

use super::{Design, Formula, GroupState, Input, Inputs, MeasureByGroup, Parts, Reader, Selection};
use crate::contract::Dataset;
use crate::estimate::{
    self, Comparable, Component, ComponentKind, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind,
};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::proportion::Proportion;
use crate::stats::shrinkage::towards_the_mean;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "spread";

/// What is told of a spread of 0.
const ALL_BY_CHANCE: &str = "The boroughs are no further apart than chance puts them, so nothing is left of their difference. It does \
    not say that they are alike.";

/// The largest less the smallest share of the boroughs, each drawn towards the mean of all (Marshall 1991). The boroughs at both
/// ends are chosen by their shares, so the difference has no interval.
#[derive(Debug)]
struct Spread {
    /// Identifier of the other measure. Its value must be a proportion.
    of: String,
    dataset: &'static Dataset,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpreadTable {
    of: Text,
    dataset: Text,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: SpreadTable = reader.fields.checker().read(table)?;
    Ok(Arc::new(Spread { of: reader.measure(&written.of), dataset: reader.fields.dataset(&written.dataset)? }))
}

/// A borough with its share, as it is and as it is drawn towards the mean.
struct Borough<'s> {
    state: &'s GroupState,
    share: Estimated,
    drawn: f64,
}

impl Spread {
    /// The boroughs, from the lowest to the highest share. If one has no share, there is no spread.
    fn boroughs<'s>(inputs: &'s Inputs, rule: Rule) -> Result<Vec<Borough<'s>>, Unavailable> {
        let states = inputs.groups(0)?;
        let shares = states.iter().map(|state| state.estimate(rule)).collect::<Result<Vec<_>, _>>()?;
        let effective = |share: &Estimated| share.effective_n.or(share.denominator).unwrap_or(0.0);
        let areas = shares.iter().map(|share| Proportion::effective(share.value, effective(share)));
        let areas = areas.collect::<Result<Vec<_>, _>>().map_err(|_| MissingReason::ZeroDenominator)?;
        let drawn = towards_the_mean(&areas).map_err(|_| MissingReason::NotApplicable)?;
        let mut boroughs: Vec<Borough<'_>> = states
            .iter()
            .zip(shares)
            .zip(drawn)
            .map(|((state, share), drawn)| Borough { state, share, drawn })
            .collect();
        // Where chance explains all differences, all are drawn to the mean. Their own shares then tell the ends.
        boroughs.sort_by(|a, b| a.drawn.total_cmp(&b.drawn).then(a.share.value.total_cmp(&b.share.value)));
        Ok(boroughs)
    }
}

impl Borough<'_> {
    fn component(&self) -> Component {
        Component {
            kind: ComponentKind::Group,
            code: self.state.code.clone(),
            label: self.state.label.clone(),
            unit: self.state.unit.to_string(),
            count: None,
            value: Some(self.share.value),
            interval: self.share.interval,
            unweighted_base: self.share.base.or_else(|| self.share.denominator.map(estimate::whole_number)),
            effective_n: self.share.effective_n.or(self.share.denominator),
            unit_change: false,
        }
    }
}

impl Design for Spread {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::PercentagePoints]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::None]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "100 × (max q − min q)",
            symbols: "q is the share p of a borough, drawn towards the mean m of all boroughs: m + (p − m) A / (A + v), where v \
                is the variance of p by chance and A the variance between boroughs beyond chance. max and min are taken \
                over the boroughs (Marshall 1991).",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Measure(MeasureByGroup {
            of: self.of.clone(),
            dataset: self.dataset,
            value_kind: ValueKind::Proportion,
            parts: Parts::Boroughs,
        })]
    }

    fn selections(&self) -> Vec<Selection> {
        Vec::new()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let boroughs = Self::boroughs(inputs, rule)?;
        let (Some(lowest), Some(highest)) = (boroughs.first(), boroughs.last()) else {
            return Err(MissingReason::NotApplicable.into());
        };
        let bases = boroughs.iter().map(|borough| borough.share.base);
        Ok(Estimated {
            value: 100.0 * (highest.drawn - lowest.drawn),
            base: bases.sum(),
            smallest_base: boroughs.iter().filter_map(|borough| borough.share.base).min(),
            comparable: Comparable::Not,
            ..Estimated::default()
        })
    }

    fn caveats(&self, inputs: &Inputs) -> Vec<String> {
        let rule = Rule { confidence: 0.95, interval: false, minimum_base: 0 };
        match self.estimate(inputs, rule) {
            Ok(Estimated { value: 0.0, .. }) => vec![ALL_BY_CHANCE.to_owned()],
            _ => Vec::new(),
        }
    }

    /// The highest and the lowest borough, with their own shares.
    fn components(&self, inputs: &Inputs, rule: Rule) -> Vec<Component> {
        let Ok(boroughs) = Self::boroughs(inputs, rule) else { return Vec::new() };
        [boroughs.last(), boroughs.first()].into_iter().flatten().map(Borough::component).collect()
    }
}
