//! Which places contain which others.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::Place;
use crate::Core;
use crate::period::PeriodKind;
use crate::reference::Level;

/// Each place with a set of others that make it up: the areas of a level within its area, or the months or quarters of its period.
pub(super) fn nested(core: &Core, places: &BTreeSet<Place>) -> Vec<(Place, Vec<Place>)> {
    let mut found = within_areas(core, places);
    found.extend(places.iter().filter_map(|place| in_months(place, places)));
    found
}

fn within_areas(core: &Core, places: &BTreeSet<Place>) -> Vec<(Place, Vec<Place>)> {
    let areas = &core.reference.areas;
    let mut alike: BTreeMap<Place, Vec<Place>> = BTreeMap::new();
    let Some(first) = places.first() else { return Vec::new() };
    for place in places {
        alike.entry(Place { area: first.area, ..*place }).or_default().push(*place);
    }
    let mut found = Vec::new();
    for group in alike.values() {
        for whole in group {
            let mut by_level: BTreeMap<Level, Vec<Place>> = BTreeMap::new();
            let date = whole.period.end_date();
            for part in group.iter().filter(|part| part.area != whole.area) {
                if areas.is_within(part.area, whole.area, date) {
                    by_level.entry(areas.get(part.area).level()).or_default().push(*part);
                }
            }
            found.extend(by_level.into_values().map(|parts| (*whole, parts)));
        }
    }
    found
}

/// The months that make up a longer period, if all are there.
fn in_months(whole: &Place, places: &BTreeSet<Place>) -> Option<(Place, Vec<Place>)> {
    if whole.period.kind() == PeriodKind::Month {
        return None;
    }
    let month = |month| Place { period: crate::period::Period::month(month), ..*whole };
    let months: Vec<Place> = whole.period.months().map(month).collect();
    months.iter().all(|month| places.contains(month)).then_some((*whole, months))
}
