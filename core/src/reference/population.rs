//! Population estimates of boroughs.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::id::AreaId;

/// Mid-year population estimates, and numbers of the Censuses.
#[derive(Debug, Default)]
pub(super) struct Populations {
    /// By borough and year.
    pub(super) totals: HashMap<(AreaId, i16), u32, FixedState>,
    /// By year of a Census, borough and broad ethnic group.
    pub(super) groups: BTreeMap<i16, HashMap<(AreaId, String), u32, FixedState>>,
    /// By borough: 91 counts, for the ages 0 to 89 and for 90 and over.
    pub(super) ages: HashMap<AreaId, Vec<u32>, FixedState>,
}
