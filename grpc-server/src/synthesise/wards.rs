//! The wards of the boroughs.

use peelian_core::period::Month;
use peelian_core::reference::{Level, Reference};

use super::distributions::BOROUGHS;

/// The codes of the wards of each of [`BOROUGHS`] at the end of a month.
pub(super) fn wards(reference: &Reference, month: Month) -> Vec<Vec<&str>> {
    let areas = &reference.areas;
    let of = |code: &str| {
        let members = areas.by_code(code).map(|borough| areas.members(borough, Level::Ward, month.last_day()));
        members.unwrap_or_default().into_iter().map(|ward| areas.get(ward).code()).collect()
    };
    BOROUGHS.iter().map(|borough| of(borough.code)).collect()
}
