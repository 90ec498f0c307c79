//! The difference between the shares of two groups.

use std::sync::Arc;

use serde::Deserialize;

use super::group::{GroupTable, read_field, read_pair};
use super::{Design, Formula, Group, Input, Inputs, MeasureByGroup, Parts, Reader, Selection};
use crate::cel::FieldPath;
use crate::contract::Dataset;
use crate::estimate::{
    self, Component, ComponentKind, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind,
};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "gap";

/// The value of another measure for the reference group, minus its value for the comparison group. Interval: Newcombe
/// 1998, hybrid score.
#[derive(Debug)]
struct Gap {
    /// Identifier of the other measure. Its value must be a proportion.
    of: String,
    dataset: &'static Dataset,
    by: FieldPath,
    reference: Group,
    comparison: Group,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GapTable {
    of: Text,
    dataset: Text,
    by: Text,
    reference: GroupTable,
    comparison: GroupTable,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: GapTable = fields.checker().read(table)?;
    let dataset = fields.dataset(&written.dataset)?;
    let by = read_field(dataset, &written.by, fields)?;
    let (reference, comparison) = read_pair((written.reference, written.comparison), by, dataset, fields)?;
    Ok(Arc::new(Gap { of: reader.measure(&written.of), dataset, by, reference, comparison }))
}

impl Design for Gap {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::PercentagePoints]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::Newcombe]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "p₁ − p₂",
            symbols: "p₁ is the value of the other measure for the reference group, and p₂ its value for the \
                comparison group.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Measure(MeasureByGroup {
            of: self.of.clone(),
            dataset: self.dataset,
            value_kind: ValueKind::Proportion,
            parts: Parts::Groups { by: self.by, groups: vec![self.reference.clone(), self.comparison.clone()] },
        })]
    }

    fn selections(&self) -> Vec<Selection> {
        vec![
            Selection::named("reference", &self.reference.members),
            Selection::named("comparison", &self.comparison.members),
        ]
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let [reference, comparison] = self.shares(inputs, rule)?;
        estimate::difference(&reference, &comparison, rule)
    }

    fn components(&self, inputs: &Inputs, rule: Rule) -> Vec<Component> {
        if self.estimate(inputs, rule).is_err() {
            return Vec::new();
        }
        let (Ok(groups), Ok(shares)) = (inputs.groups(0), self.shares(inputs, rule)) else { return Vec::new() };
        let component = |(group, share): (&super::GroupState, Estimated)| Component {
            kind: ComponentKind::Group,
            code: group.code.clone(),
            label: group.label.clone(),
            unit: group.unit.to_string(),
            count: None,
            value: Some(share.value),
            interval: share.interval,
            unweighted_base: share.base.or_else(|| share.denominator.map(estimate::whole_number)),
            effective_n: share.effective_n.or(share.denominator),
            unit_change: false,
        };
        groups.iter().zip(shares).map(component).collect()
    }
}

impl Gap {
    /// The shares of the two groups. If either share is missing, the gap is missing too, and the smaller base is
    /// reported.
    fn shares(&self, inputs: &Inputs, rule: Rule) -> Result<[Estimated; 2], Unavailable> {
        let [reference, comparison] = inputs.groups(0)? else { return Err(MissingReason::NotApplicable.into()) };
        match (reference.estimate(rule), comparison.estimate(rule)) {
            (Ok(reference), Ok(comparison)) => Ok([reference, comparison]),
            (first, second) => {
                let base = |share: &Result<Estimated, Unavailable>| match share {
                    Ok(share) => share.base,
                    Err(unavailable) => unavailable.base,
                };
                let base = base(&first).into_iter().chain(base(&second)).min();
                let too_small = base.is_some_and(|base| base > 0 && base < rule.minimum_base);
                let reason = if too_small { MissingReason::BaseTooSmall } else { MissingReason::ZeroDenominator };
                Err(Unavailable { reason, base })
            }
        }
    }
}
