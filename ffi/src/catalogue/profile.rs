//! Profiles.

use std::ffi::c_char;
use std::ptr::null;

use peelian_core::{Core, wire};

use super::{catalogue, find, is};
use crate::kept::Kept;
use crate::pointer::Text;

/// A named, ordered list of measures, which one query answers. It belongs to the library. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Identifier: "children-and-young-people".
    pub id: *const c_char,
    /// Title.
    pub title: *const c_char,
    /// Whom it is for, and what to know before using it.
    pub description: *const c_char,
    /// Measures with their variants, in their order.
    pub measures: *const *const c_char,
    /// Number of measures.
    pub measure_count: usize,
    /// Period that "baseline" compares with; empty where there is none.
    pub baseline: *const c_char,
}

/// Views of all profiles.
pub(super) fn all(core: &Core, kept: &mut Kept) -> Vec<Profile> {
    let view = |profile: &peelian_core::measure::Profile| {
        let found = wire::profile(profile);
        let (measures, measure_count) = kept.texts(&found.measures);
        Profile {
            id: kept.text(&profile.id),
            title: kept.text(&found.title),
            description: kept.text(&found.description),
            measures,
            measure_count,
            baseline: kept.text(&found.baseline),
        }
    };
    core.profiles.iter().map(view).collect()
}

/// The number of profiles.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_profile_count() -> usize {
    catalogue().map_or(0, |catalogue| catalogue.profiles.len())
}

/// A profile, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_profile_get(index: usize) -> *const Profile {
    catalogue().map_or(null(), |catalogue| catalogue.profiles.get(index))
}

/// The profile with an identifier, "borough". NULL if there is no such profile, or `id` is NULL or not UTF-8. It belongs to the
/// library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_profile_find(id: Text<'_>) -> *const Profile {
    let found = |id| Some(find(&catalogue()?.profiles, |profile| is(profile.id, id)));
    id.get("id").ok().and_then(found).unwrap_or(null())
}
