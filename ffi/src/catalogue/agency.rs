//! Agencies and their remits.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;
use peelian_core::{Core, wire};

use super::{catalogue, find, is};
use crate::kept::Kept;
use crate::pointer::Text;

/// An agency that may submit. It belongs to the library. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Agency {
    /// Identifier under which it submits: "mps".
    pub id: *const c_char,
    /// Name for people.
    pub name: *const c_char,
    /// Kind: "police", "borough", "nhs_trust".
    pub kind: *const c_char,
    /// What it may submit. Anything else is refused.
    pub remits: *const *const Remit,
    /// Number of remits.
    pub remit_count: usize,
}

/// What an agency may submit of one dataset. It belongs to the library. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Remit {
    /// Identifier of the dataset: "crime".
    pub dataset: *const c_char,
    /// Measures whose figures may be submitted, without their variants; "istv-*" stands for all that begin so. No measures
    /// where every measure may be submitted.
    pub measures: *const *const c_char,
    /// Number of measures.
    pub measure_count: usize,
    /// Codes of the areas and sites. The areas within them are included.
    pub areas: *const *const c_char,
    /// Number of areas.
    pub area_count: usize,
    /// First day that rows may lie on, "2017-02-01"; empty where there is no limit.
    pub valid_from: *const c_char,
    /// Last day that rows may lie on; empty where there is no limit.
    pub valid_to: *const c_char,
    /// Whether the rows count before those of other agencies: "primary", or "secondary" for rows that count only where no
    /// primary agency submitted them.
    pub role: *const c_char,
    /// Areas in which a month without rows is zero: "all" of the remit, those in the "rows", or "nothing".
    pub covers: *const c_char,
    /// Kind of the periods that reports are expected for: "M", "Q", "FY". Empty where none is expected.
    pub every: *const c_char,
    /// Number of days after the end of a period on which its report is due.
    pub due_days: u32,
    /// Number of months after the end of a month for which its records are revised. Until then, what is computed from them
    /// is provisional. 0 if this is not known.
    pub revised_months: u32,
}

/// Views of all agencies.
pub(super) fn all(core: &Core, kept: &mut Kept) -> Vec<Agency> {
    let areas = &core.reference.areas;
    let view = |agency: &peelian_core::reference::Agency| {
        let found = wire::agency(areas, agency);
        let remits = found.remits.iter().map(|found| remit(found, kept)).collect();
        let (remits, remit_count) = kept.list(remits);
        Agency {
            id: kept.text(&agency.id),
            name: kept.text(&found.display_name),
            kind: kept.text(&found.kind),
            remits,
            remit_count,
        }
    };
    core.reference.register.agencies().map(view).collect()
}

fn remit(found: &v1::Remit, kept: &mut Kept) -> Remit {
    let (measures, measure_count) = kept.texts(&found.measures);
    let (areas, area_count) = kept.texts(&found.areas);
    Remit {
        dataset: kept.text(found.dataset.trim_start_matches("datasets/")),
        measures,
        measure_count,
        areas,
        area_count,
        valid_from: kept.text(&found.valid_from),
        valid_to: kept.text(&found.valid_to),
        role: kept.text(&found.role),
        covers: kept.text(&found.covers),
        every: kept.text(&found.every),
        due_days: found.due_days,
        revised_months: found.revised_months,
    }
}

/// The number of agencies in the register that the library carries. The operator of an exchange may have added others.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_agency_count() -> usize {
    catalogue().map_or(0, |catalogue| catalogue.agencies.len())
}

/// An agency, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_agency_get(index: usize) -> *const Agency {
    catalogue().map_or(null(), |catalogue| catalogue.agencies.get(index))
}

/// The agency with an identifier, "mps". NULL if there is no such agency, or `id` is NULL or not UTF-8. It belongs to the
/// library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_agency_find(id: Text<'_>) -> *const Agency {
    let found = |id| Some(find(&catalogue()?.agencies, |agency| is(agency.id, id)));
    id.get("id").ok().and_then(found).unwrap_or(null())
}
