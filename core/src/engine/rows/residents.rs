//! Numbers of residents.

use super::RowStore;
use crate::design::Residents;
use crate::period::Period;
use crate::reference::AreaId;

/// Largest distance, in years, between a period and the year of an estimate of residents. The seeds have estimates of
/// single years. The distance is a decision of this project. A caveat names the year of the estimate if it is another.
const YEARS_AWAY: i16 = 20;

impl RowStore {
    /// The number of residents in the middle of a period, or in the nearest year that has an estimate, and that year. Residents
    /// by ethnic group are those of the last Census before the middle of the period, or of the first one held: there are no
    /// estimates between them, and the whole plan of 2017 to 2021 has one base. This is a decision of this project.
    pub(crate) fn residents(&self, area: AreaId, period: Period, per: &Residents) -> Option<(u32, i16)> {
        let areas = &self.core.reference.areas;
        let count = |year: i16| match (per.ages, per.ethnic_groups.as_slice()) {
            (None, []) => areas.population(area, year),
            (Some((first, last)), []) => areas.population_aged(area, year, first..=last),
            (None, groups) => areas.population_of_groups(area, year, groups),
            (Some(_), _) => None,
        };
        let wanted = middle_year(period);
        if !per.ethnic_groups.is_empty() {
            let mut before = areas.census_years().rev().filter(|year| *year <= wanted);
            let year = before.next().or_else(|| areas.census_years().next())?;
            return Some((count(year)?, year));
        }
        (0..=YEARS_AWAY).flat_map(|away| [wanted - away, wanted + away]).find_map(|year| Some((count(year)?, year)))
    }
}

/// The year of the month in the middle of a period.
pub(crate) fn middle_year(period: Period) -> i16 {
    let months = period.kind().months();
    i16::try_from(period.first().plus(months / 2).year()).unwrap_or(i16::MAX)
}
