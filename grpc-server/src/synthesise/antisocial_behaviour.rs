//! Synthesises incidents of antisocial behaviour.

use std::collections::BTreeMap;

use peelian::records::v1::{AsbIncident, AsbRecorder, AsbType};
use peelian_core::period::Month;
use peelian_core::reference::Reference;

use super::dates::{date, last_day};
use super::distributions::BOROUGHS;
use super::random::Random;
use super::wards::wards;

/// Incidents in London in a month. This number is made up, like the mixes below.
const INCIDENTS: usize = 21_000;
/// Types of incidents.
const TYPES: [(AsbType, u32); 3] = [(AsbType::Personal, 28), (AsbType::Nuisance, 65), (AsbType::Environmental, 7)];

/// Synthesises incidents. Busy boroughs have more of them, in proportion to recorded crime.
pub(super) struct Incidents {
    random: Random,
    left: usize,
}

impl Incidents {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, "asb_incident"), left: 0 }
    }

    /// The incidents of a month.
    pub(super) fn month(&mut self, reference: &Reference, month: Month, per_million: usize) -> Vec<AsbIncident> {
        let volume = INCIDENTS * per_million + self.left;
        self.left = volume % 1_000_000;
        let random = &mut self.random;
        let wards = wards(reference, month);
        let boroughs: Vec<(usize, u32)> =
            BOROUGHS.iter().enumerate().map(|(index, borough)| (index, borough.crimes)).collect();
        // Incidents, and those by people who had reported before.
        let mut counts: BTreeMap<(&str, &str, AsbType), (i32, i32)> = BTreeMap::new();
        for _ in 0..volume / 1_000_000 {
            let index = random.weighted(&boroughs, 0);
            let borough = BOROUGHS.get(index).map_or("", |borough| borough.code);
            let ward = wards.get(index).and_then(|wards| random.pick(wards)).unwrap_or("");
            // The ward of a few incidents is not known.
            let ward = if random.chance(2, 100) { "" } else { ward };
            let entry = counts.entry((borough, ward, random.weighted(&TYPES, AsbType::Nuisance))).or_default();
            entry.0 += 1;
            entry.1 += i32::from(random.chance(12, 100));
        }
        let row = |((borough, ward, asb_type), (count, repeats)): ((&str, &str, AsbType), (i32, i32))| AsbIncident {
            month_end: date(last_day(month)),
            borough: borough.to_owned(),
            ward: ward.to_owned(),
            asb_type: asb_type.into(),
            count: Some(count),
            repeat_caller_count: Some(repeats),
            recorded_by: AsbRecorder::Police.into(),
        };
        counts.into_iter().map(row).collect()
    }
}
