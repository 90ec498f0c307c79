//! Areas.

use std::ffi::c_char;
use std::ptr::null;

use peelian_core::Core;

use super::{catalogue, find, is};
use crate::kept::Kept;
use crate::pointer::Text;

/// One area. It belongs to the library. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// Code: "E09000028".
    pub code: *const c_char,
    /// Name: "Southwark".
    pub name: *const c_char,
    /// Level: "borough", "ward", "london".
    pub level: *const c_char,
}

/// Views of all areas, including past ones.
pub(super) fn all(core: &Core, kept: &mut Kept) -> Vec<Area> {
    let view = |area: &peelian_core::reference::Area| Area {
        code: kept.text(area.code()),
        name: kept.text(area.name()),
        level: kept.text(area.level().id()),
    };
    core.reference.areas.iter().map(|(_, area)| area).map(view).collect()
}

/// The number of areas, including past ones.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_area_count() -> usize {
    catalogue().map_or(0, |catalogue| catalogue.areas.len())
}

/// An area, from 0; NULL beyond the last. It belongs to the library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_area_get(index: usize) -> *const Area {
    catalogue().map_or(null(), |catalogue| catalogue.areas.get(index))
}

/// The area with a code, "E09000028". NULL if there is no such area, or `code` is NULL or not UTF-8. It belongs to the
/// library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_area_find(code: Text<'_>) -> *const Area {
    let found = |code| Some(find(&catalogue()?.areas, |area| is(area.code, code)));
    code.get("code").ok().and_then(found).unwrap_or(null())
}
