//! Residents of an area.

use super::RowStore;
use crate::design::Residents;
use crate::period::Period;
use crate::reference::AreaId;

/// Years before and after a period in which an estimate of residents is looked for.
const YEARS_AWAY: i16 = 20;

impl RowStore {
    /// Residents in the middle of a period, or in the nearest year for which there is an estimate, with that year.
    pub(crate) fn residents(&self, area: AreaId, period: Period, per: Residents) -> Option<(u32, i16)> {
        let areas = &self.core.reference.areas;
        let count = |year: i16| match per.ages {
            None => areas.population(area, year),
            Some((first, last)) => areas.population_aged(area, year, first..=last),
        };
        let wanted = middle_year(period);
        (0..=YEARS_AWAY).flat_map(|away| [wanted - away, wanted + away]).find_map(|year| Some((count(year)?, year)))
    }
}

/// The year of the month in the middle of a period.
pub(crate) fn middle_year(period: Period) -> i16 {
    let months = period.kind().months();
    i16::try_from(period.first().plus(months / 2).year()).unwrap_or(i16::MAX)
}
