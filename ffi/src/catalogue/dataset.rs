//! Datasets, their fields and codes: the data dictionary.

use std::collections::HashMap;
use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;
use peelian_core::contract::Contract;
use peelian_core::intake::csv_header;
use peelian_core::{Core, wire};

use super::{catalogue, find, is};
use crate::kept::{Kept, List};
use crate::pointer::Text;

/// A kind of record that partners submit. It belongs to the library. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Dataset {
    /// Identifier: "crime".
    pub id: *const c_char,
    /// Title.
    pub title: *const c_char,
    /// What a row stands for.
    pub description: *const c_char,
    /// Header row of its CSV files, without a line end.
    pub csv_header: *const c_char,
    /// "open", "pseudonymised", "special_category" or "reidentifiable".
    pub sensitivity: *const c_char,
    /// Who submits it.
    pub supplied_by: *const c_char,
    /// Fields, in the order of the CSV header, including those that the exchange derives.
    pub fields: *const *const Field,
    /// Number of fields.
    pub field_count: usize,
    /// Names of the fields that identify a row; no names where rows have no identifier.
    pub key: *const *const c_char,
    /// Number of names.
    pub key_count: usize,
}

/// One field of a dataset. It belongs to the library. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name, as in the CSV header.
    pub name: *const c_char,
    /// What it means.
    pub description: *const c_char,
    /// Type: "key", "pseudonym", "date", "timestamp", "code", "set", "integer", "number", "boolean", "area", "period",
    /// "weight" or "text".
    pub field_type: *const c_char,
    /// Whether every row must have it.
    pub required: bool,
    /// Whether the exchange derives it: it is not submitted.
    pub derived: bool,
    /// Whether its value is personal: findings never quote it.
    pub personal: bool,
    /// Condition under which a row must have it; empty if there is no condition.
    pub required_when: *const c_char,
    /// Dataset that it refers to; empty if it refers to no dataset.
    pub references: *const c_char,
    /// Codes that it may have; no codes where its type is not "code" or "set".
    pub codes: *const *const Code,
    /// Number of codes.
    pub code_count: usize,
}

/// One code. It belongs to the library. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The code itself.
    pub code: *const c_char,
    /// Label for readers.
    pub label: *const c_char,
}

/// Open code lists, by their names in the contract.
type OpenLists = HashMap<String, List<Code>>;

/// Views of all datasets.
pub(super) fn all(core: &Core, kept: &mut Kept) -> Vec<Dataset> {
    let lists = core.reference.codes.iter().map(|list| wire::code_list(list, true));
    let open: OpenLists = lists.map(|list| (list.name, codes(&list.codes, kept))).collect();
    let view = |dataset: &peelian_core::contract::Dataset| {
        let found = wire::dataset(dataset, true);
        let fields = found.fields.iter().map(|field| view_of(field, &open, kept)).collect();
        let (fields, field_count) = kept.list(fields);
        let (key, key_count) = kept.texts(&found.key);
        Dataset {
            id: kept.text(&dataset.id),
            title: kept.text(&found.title),
            description: kept.text(&found.description),
            csv_header: kept.text(csv_header(dataset).trim_end()),
            sensitivity: kept.text(&found.sensitivity),
            supplied_by: kept.text(&found.supplied_by),
            fields,
            field_count,
            key,
            key_count,
        }
    };
    Contract::get().datasets().iter().map(view).collect()
}

fn view_of(field: &v1::DatasetField, open: &OpenLists, kept: &mut Kept) -> Field {
    let (codes, code_count) = open.get(&field.code_list).copied().unwrap_or_else(|| codes(&field.codes, kept));
    Field {
        name: kept.text(&field.name),
        description: kept.text(&field.description),
        field_type: kept.text(&field.r#type),
        required: field.required,
        derived: field.derived,
        personal: field.personal,
        required_when: kept.text(&field.required_when),
        references: kept.text(field.references.trim_start_matches("datasets/")),
        codes,
        code_count,
    }
}

fn codes(found: &[v1::Code], kept: &mut Kept) -> List<Code> {
    let codes =
        found.iter().map(|code| Code { code: kept.text(&code.code), label: kept.text(&code.label) }).collect();
    kept.list(codes)
}

/// The number of datasets.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_dataset_count() -> usize {
    catalogue().map_or(0, |catalogue| catalogue.datasets.len())
}

/// A dataset, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_dataset_get(index: usize) -> *const Dataset {
    catalogue().map_or(null(), |catalogue| catalogue.datasets.get(index))
}

/// The dataset with an identifier, "crime". NULL if there is no such dataset, or `id` is NULL or not UTF-8. It belongs to
/// the library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_dataset_find(id: Text<'_>) -> *const Dataset {
    let found = |id| Some(find(&catalogue()?.datasets, |dataset| is(dataset.id, id)));
    id.get("id").ok().and_then(found).unwrap_or(null())
}

/// The field of a dataset that has the name; NULL if there is no such field.
pub(crate) fn field(dataset_id: &str, name: &str) -> *const Field {
    let found = || {
        let dataset = catalogue()?.datasets.iter().find(|dataset| is(dataset.id, dataset_id))?;
        // SAFETY: the catalogue holds the array until the process ends.
        let fields = unsafe { std::slice::from_raw_parts(dataset.fields, dataset.field_count) };
        // SAFETY: the catalogue holds the fields until the process ends.
        fields.iter().copied().find(|field| is(unsafe { &**field }.name, name))
    };
    found().unwrap_or(null())
}
