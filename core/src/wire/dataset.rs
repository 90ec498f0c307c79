//! Conversion of datasets, with their fields, codes and rules, to the contract's messages.

use peelian::v1::{Code, Dataset, DatasetField, DatasetRule};

use crate::contract::{self, CodeSet, Kind, Sensitivity};

/// Converts a dataset to the contract's message. With fields it is the data dictionary. Without fields and rules it is
/// an entry in a list of datasets.
#[must_use]
pub fn dataset(dataset: &contract::Dataset, with_fields: bool) -> Dataset {
    let options = &dataset.options;
    Dataset {
        name: format!("datasets/{}", dataset.id),
        title: options.title.clone(),
        description: dataset.description.clone(),
        key: options.key.clone(),
        period_fields: options.period_fields.clone(),
        sensitivity: sensitivity(options.sensitivity()).to_owned(),
        supplied_by: options.supplied_by.clone(),
        fields: if with_fields { dataset.fields.iter().map(field).collect() } else { Vec::new() },
        rules: if with_fields { options.rules.iter().map(rule).collect() } else { Vec::new() },
        reject_above_percent: dataset.reject_above_percent(),
    }
}

fn field(field: &contract::Field) -> DatasetField {
    let options = &field.options;
    DatasetField {
        name: field.name.clone(),
        description: field.description.clone(),
        r#type: field.kind.name().to_owned(),
        required: field.required(),
        required_when: options.required_when.clone(),
        codes: match &field.kind {
            Kind::Code(codes) | Kind::Set(codes) => closed_codes(codes),
            _ => Vec::new(),
        },
        code_list: match &field.kind {
            Kind::OpenCode(list) => format!("codeLists/{list}"),
            _ => String::new(),
        },
        references: field.references().map(|id| format!("datasets/{id}")).unwrap_or_default(),
        min: options.min,
        max: options.max,
        personal: field.personal(),
        transient: field.transient(),
        derived: field.derivation.is_some(),
        aliases: field.options.aliases.clone(),
    }
}

fn closed_codes(codes: &CodeSet) -> Vec<Code> {
    let code = |code: &contract::Code| Code {
        code: code.code.clone(),
        label: code.label.clone(),
        aliases: code.aliases.clone(),
        attributes: code.group.iter().map(|group| ("group".to_owned(), group.clone())).collect(),
    };
    codes.codes().iter().map(code).collect()
}

fn rule(rule: &contract::Rule) -> DatasetRule {
    DatasetRule {
        code: rule.code.clone(),
        severity: rule.severity().into(),
        holds: rule.holds.clone(),
        message: rule.message.clone(),
    }
}

fn sensitivity(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Unspecified => "",
        Sensitivity::Open => "open",
        Sensitivity::Pseudonymised => "pseudonymised",
        Sensitivity::SpecialCategory => "special_category",
        Sensitivity::Reidentifiable => "reidentifiable",
    }
}
