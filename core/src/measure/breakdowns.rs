//! Checks the breakdowns of a definition.

use super::table::{BreakdownTable, DefinitionTable};
use super::{Breakdown, BreakdownCodes};
use crate::contract::{Dataset, Field, Kind};
use crate::design::Input;
use crate::measure_file::{DefinitionError, Fields, Text};

/// Reads the breakdowns of a definition. Their fields are those of the rows that the first input counts.
pub(super) fn breakdowns(
    raw: &DefinitionTable,
    inputs: &[Input],
    fields: &Fields<'_>,
) -> Result<Vec<Breakdown>, DefinitionError> {
    let dataset = inputs.iter().find_map(|input| match input {
        Input::Measure(measure) => Some(measure.dataset),
        _ => input.rows().map(|rows| rows.dataset),
    });
    let mut breakdowns: Vec<Breakdown> = Vec::with_capacity(raw.breakdowns.len());
    for written in &raw.breakdowns {
        let breakdown = breakdown(written, dataset, fields)?;
        if breakdowns.iter().any(|known| known.name == breakdown.name) {
            return fields.checker().at(&written.label, format!("{} is listed twice", breakdown.name));
        }
        breakdowns.push(breakdown);
    }
    Ok(breakdowns)
}

fn breakdown(
    written: &BreakdownTable,
    dataset: Option<&'static Dataset>,
    fields: &Fields<'_>,
) -> Result<Breakdown, DefinitionError> {
    let checker = fields.checker();
    let name = |own: &str| written.name.as_ref().map_or(own, |name| name.get_ref()).to_owned();
    let (name, codes, multi_valued) = match (&written.field, &written.contract, &written.list) {
        (Some(text), None, None) => {
            let Some(dataset) = dataset else {
                return checker.at(text, "a measure without records has no fields to break down by");
            };
            let (path, field) = fields.field(dataset, text)?;
            in_codes(text, field, fields)?;
            (name(&field.name), BreakdownCodes::Field(path), matches!(field.kind, Kind::Set(_)))
        }
        (Some(text), Some(dataset), None) => {
            let (path, field) = fields.field(fields.dataset(dataset)?, text)?;
            in_codes(text, field, fields)?;
            (name(&field.name), BreakdownCodes::Contract(path), matches!(field.kind, Kind::Set(_)))
        }
        (None, None, Some(list)) if checker.reference.codes.list(list.get_ref()).is_some() => {
            (name(list.get_ref()), BreakdownCodes::List(list.get_ref().clone()), false)
        }
        (None, None, Some(list)) => return checker.at(list, format!("there is no code list {}", list.get_ref())),
        (None, None, None) if written.name.is_some() => (name(""), BreakdownCodes::Published, false),
        _ => return checker.at(&written.label, "a breakdown has a field, a list, or a name of the publisher's own"),
    };
    let only = written.only.iter().map(|code| code.get_ref().clone()).collect();
    let breakdown = Breakdown { name, codes, label: written.label.get_ref().clone(), multi_valued, only };
    let known = breakdown.codes(checker.reference).unwrap_or_default();
    match written.only.iter().find(|code| !known.iter().any(|known| known.code == *code.get_ref())) {
        Some(unknown) => checker.at(unknown, format!("{} has no code {}", breakdown.name, unknown.get_ref())),
        None => Ok(breakdown),
    }
}

/// Refuses a field that has no codes.
fn in_codes(text: &Text, field: &Field, fields: &Fields<'_>) -> Result<(), DefinitionError> {
    let codes = match &field.kind {
        Kind::Code(_) | Kind::Set(_) | Kind::Flag | Kind::OpenCode(_) => true,
        Kind::Integer(_) => !field.personal(),
        _ => false,
    };
    if codes {
        Ok(())
    } else {
        let reason = format!("{} is a {}, and breakdowns need codes", field.name, field.kind.name());
        fields.checker().at(text, reason)
    }
}
