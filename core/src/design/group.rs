//! Two groups of subjects, which the codes of one field divide.

use serde::Deserialize;
use toml::Spanned;

use super::Group;
use crate::cel::{FieldPath, Predicate};
use crate::contract::{Dataset, Kind};
use crate::measure_file::{DefinitionError, Fields, Text};

/// A group as it is written in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupTable {
    label: String,
    codes: Spanned<Vec<String>>,
}

/// The field whose codes divide groups.
pub(super) fn read_field(
    dataset: &'static Dataset,
    text: &Text,
    fields: &Fields<'_>,
) -> Result<FieldPath, DefinitionError> {
    fields.field_of(dataset, text, "code", |kind| matches!(kind, Kind::Code(_)))
}

/// Reads the reference group and the group that is compared with it. They have no code in common.
pub(super) fn read_pair(
    (reference, compared): (GroupTable, GroupTable),
    by: FieldPath,
    dataset: &'static Dataset,
    fields: &Fields<'_>,
) -> Result<(Group, Group), DefinitionError> {
    let at = compared.codes.span().start;
    let (reference, compared) = (reference.read(by, dataset, fields)?, compared.read(by, dataset, fields)?);
    match compared.codes.iter().find(|code| reference.codes.contains(code)) {
        Some(both) => fields.checker().fault(at, format!("{both} is in both groups")),
        None => Ok((reference, compared)),
    }
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
