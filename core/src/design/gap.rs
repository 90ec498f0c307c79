//! The difference of two groups' shares.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{Design, Group, Input, Inputs, MeasureByGroup, Reader, Selection};
use crate::cel::{FieldPath, Predicate};
use crate::contract::{Dataset, Kind};
use crate::estimate::{
    self, Component, ComponentKind, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind,
};
use crate::measure_file::{DefinitionError, Fields, Table, Text};

/// Kind in a measure's file.
pub(super) const KIND: &str = "gap";

/// The reference group's share less the comparison group's, on another measure. Interval: Newcombe 1998, hybrid score.
#[derive(Debug)]
struct Gap {
    /// Identifier of the measure compared, which is a proportion.
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupTable {
    label: String,
    codes: Spanned<Vec<String>>,
}

/// Reads the table of the design.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: GapTable = fields.checker().read(table)?;
    let dataset = fields.dataset(&written.dataset)?;
    let by = fields.field_of(dataset, &written.by, "code", |kind| matches!(kind, Kind::Code(_)))?;
    let comparison_at = written.comparison.codes.span().start;
    let reference = written.reference.read(by, dataset, fields)?;
    let comparison = written.comparison.read(by, dataset, fields)?;
    if let Some(both) = comparison.codes.iter().find(|code| reference.codes.contains(code)) {
        return fields.checker().fault(comparison_at, format!("{both} is in both groups"));
    }
    Ok(Arc::new(Gap { of: reader.measure(&written.of), dataset, by, reference, comparison }))
}

impl GroupTable {
    fn read(self, by: FieldPath, dataset: &'static Dataset, fields: &Fields<'_>) -> Result<Group, DefinitionError> {
        let at = self.codes.span().start;
        let quoted: Vec<_> = self.codes.get_ref().iter().map(|code| format!("'{code}'")).collect();
        let source = format!("{by} in [{}]", quoted.join(", "));
        match Predicate::compile(&source, dataset, fields.checker().reference) {
            Ok(members) if !quoted.is_empty() => {
                Ok(Group { label: self.label, codes: self.codes.into_inner(), members })
            }
            Ok(_) => fields.checker().fault(at, "a group has codes"),
            Err(error) => fields.checker().fault(at, error.to_string()),
        }
    }
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

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Measure(MeasureByGroup {
            of: self.of.clone(),
            dataset: self.dataset,
            by: self.by,
            value_kind: ValueKind::Proportion,
            groups: vec![self.reference.clone(), self.comparison.clone()],
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
    /// The shares of the two groups. Without one of them there is no gap, and the smaller base says why.
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
