//! The choices of areas in a measure's file, and how a kind that can be chosen is shown.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Choices, MAX_TALLY, Reader};
use crate::contract::Kind;
use crate::estimate::{Component, ComponentKind};
use crate::measure_file::{DefinitionError, Text};

/// The rows that state the choices.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChoicesTable {
    dataset: Text,
    area: Text,
    from: Text,
    to: Text,
    fields: Vec<Text>,
}

impl ChoicesTable {
    pub(super) fn read(&self, reader: &Reader<'_>) -> Result<Choices, DefinitionError> {
        let fields = reader.fields;
        let dataset = fields.dataset(&self.dataset)?;
        let code = |text: &Text| fields.field_of(dataset, text, "code", |kind| matches!(kind, Kind::Code(_)));
        Ok(Choices {
            dataset,
            area: fields.area(dataset, &self.area)?,
            from: fields.date(dataset, &self.from)?,
            to: fields.date(dataset, &self.to)?,
            fields: self.fields.iter().map(code).collect::<Result<Vec<_>, DefinitionError>>()?,
        })
    }
}

/// Refuses a list of kinds that is empty or too long.
pub(super) fn check_kinds(
    reader: &Reader<'_>,
    dataset: &Text,
    kinds: &BTreeMap<String, Text>,
) -> Result<(), DefinitionError> {
    if kinds.is_empty() || kinds.len() > MAX_TALLY {
        return reader.fields.checker().at(dataset, format!("there are 1 to {MAX_TALLY} kinds"));
    }
    Ok(())
}

/// The component of a kind that was chosen, without its numbers.
pub(super) fn component(choices: &Choices, kind: &str) -> Component {
    let labels = choices.fields.first().and_then(|field| match &field.declared()?.kind {
        Kind::Code(codes) => Some(codes.codes()),
        _ => None,
    });
    let known = labels.into_iter().flatten().find(|known| known.code == kind);
    Component {
        kind: ComponentKind::Group,
        code: format!("priority={kind}"),
        label: known.map_or_else(|| kind.to_owned(), |known| known.label.clone()),
        unit: String::new(),
        count: None,
        value: None,
        interval: None,
        unweighted_base: None,
        effective_n: None,
        unit_change: false,
    }
}
