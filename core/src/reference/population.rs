//! Population estimates of boroughs.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::id::AreaId;

/// Mid-year population estimates.
#[derive(Debug, Default)]
pub(super) struct Populations {
    /// By borough and year.
    pub(super) totals: HashMap<(AreaId, i16), u32, FixedState>,
    /// By borough and broad ethnic group.
    pub(super) groups: HashMap<(AreaId, String), u32, FixedState>,
    /// By borough: 91 counts, for the ages 0 to 89 and for 90 and over.
    pub(super) ages: HashMap<AreaId, Vec<u32>, FixedState>,
}
