//! Areas of which a release has some parts, and not all.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::reference::{AreaId, Areas, Level};

/// An area that is listed beside some of its parts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PartlyListed {
    /// The area.
    pub whole: AreaId,
    /// Level of the parts.
    pub level: Level,
    /// Number of parts that are listed.
    pub listed: usize,
    /// Number of parts that the area has.
    pub parts: usize,
}

/// The listed areas of which some parts of a level are listed, and others are not, on a date.
///
/// Protection takes the others for unknown. A reader who knows from elsewhere that none of them has a case can subtract: then a
/// withheld count of the listed parts can be worked out.
///
/// ```
/// use peelian_core::Core;
/// use peelian_core::release::partly_listed;
///
/// let core = Core::from_seeds()?;
/// let areas = &core.reference.areas;
/// let listed = ["E23000001", "E09000028", "E09000022"].iter().filter_map(|code| areas.by_code(code)).collect();
/// let [met] = partly_listed(areas, &listed, jiff::civil::date(2017, 3, 31))[..] else { panic!("one area") };
/// assert_eq!((areas.get(met.whole).code(), met.level.id(), met.listed, met.parts), ("E23000001", "borough", 2, 32));
/// # Ok::<(), peelian_core::SeedError>(())
/// ```
#[must_use]
pub fn partly_listed(areas: &Areas, listed: &BTreeSet<AreaId>, date: Date) -> Vec<PartlyListed> {
    let of_level = |whole: AreaId, level: Level| {
        let parts = areas.members(whole, level, date);
        let shown = parts.iter().filter(|part| listed.contains(part)).count();
        (0 < shown && shown < parts.len()).then_some(PartlyListed { whole, level, listed: shown, parts: parts.len() })
    };
    listed.iter().flat_map(|whole| Level::ALL.into_iter().filter_map(|level| of_level(*whole, level))).collect()
}
