//! Conversion of areas and open code lists to the contract's messages.

use std::collections::HashMap;

use jiff::civil::Date;
use peelian::v1::{Area, Code, CodeList};

use crate::reference::{self, AreaId, Areas};

/// Converts an area to the contract's message. Its parents are those on `day`, or without a day those on the last day
/// on which the area existed.
#[must_use]
pub fn area(areas: &Areas, id: AreaId, day: Option<Date>) -> Area {
    let area = areas.get(id);
    let validity = area.validity();
    let text = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let parents = areas.parents_at(id, day.or(validity.to).unwrap_or(Date::MAX));
    Area {
        name: format!("areas/{}", area.code()),
        display_name: area.name().to_owned(),
        level: area.level().id().to_owned(),
        parents: parents.into_iter().map(|parent| format!("areas/{}", areas.get(parent).code())).collect(),
        valid_from: text(validity.from),
        valid_to: text(validity.to),
    }
}

/// Converts an open code list to the contract's message, with or without its codes.
#[must_use]
pub fn code_list(list: &reference::CodeList, with_codes: bool) -> CodeList {
    CodeList {
        name: format!("codeLists/{}", list.name()),
        version: list.version().to_string(),
        source: list.source().to_owned(),
        codes: if with_codes { list.iter().map(|entry| open_code(list, entry)).collect() } else { Vec::new() },
    }
}

fn open_code(list: &reference::CodeList, entry: reference::Entry<'_>) -> Code {
    let attribute = |column: &String| Some((column.clone(), entry.attribute(column)?.to_owned()));
    let attributes: HashMap<_, _> = list.columns().iter().skip(1).filter_map(attribute).collect();
    Code {
        code: entry.code().to_owned(),
        label: entry.label().to_owned(),
        aliases: Vec::new(),
        attributes: attributes.into_iter().filter(|(column, _)| column != "label" && column != "name").collect(),
    }
}
