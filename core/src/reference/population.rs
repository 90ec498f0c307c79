//! Resident populations of boroughs, and of whatever is made of boroughs.

use std::ops::RangeInclusive;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use jiff::civil::date;

use super::ReferenceError;
use super::area::{AreaId, Areas};
use super::level::Level;
use super::table::Table;

/// The year of the estimates by single year of age.
const AGE_YEAR: i16 = 2020;
/// The last age band, 90 and over.
const OLDEST: u8 = 90;

/// Mid-year population estimates.
#[derive(Debug, Default)]
pub(super) struct Populations {
    totals: HashMap<(AreaId, i16), u32, FixedState>,
    /// By borough: 91 counts, for the ages 0 to 89 and for 90 and over.
    ages: HashMap<AreaId, Vec<u32>, FixedState>,
}

impl Areas {
    /// Residents of an area at the middle of a year (30 June), 2011 to 2024: a borough's own
    /// estimate, or the sum over the boroughs of a command unit or of London.
    ///
    /// `None` for other years, and for areas that are not made of boroughs on that day. Source:
    /// Office for National Statistics, mid-year population estimates.
    #[must_use]
    pub fn population(&self, area: AreaId, year: i16) -> Option<u32> {
        self.over_boroughs(area, year, |borough| self.populations.totals.get(&(borough, year)).copied())
    }

    /// Residents of some ages, both ends included, at the middle of a year; 90 stands for 90 and
    /// over. Only 2020 is held by age, as estimated before the revision that followed the Census
    /// of 2021: for London all ages together exceed [`Areas::population`] of 2020 by 1.5%.
    ///
    /// ```
    /// # let reference = peelian_core::reference::Reference::from_seeds()?;
    /// let camden = reference.areas.by_code("E09000007").ok_or("no such area")?;
    /// assert!(reference.areas.population_aged(camden, 2020, 1..=24).is_some());
    /// assert_eq!(reference.areas.population_aged(camden, 2016, 1..=24), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn population_aged(&self, area: AreaId, year: i16, ages: RangeInclusive<u8>) -> Option<u32> {
        let first = usize::from(*ages.start());
        let last = usize::from(*ages.end().min(&OLDEST));
        if year != AGE_YEAR || first > last {
            return None;
        }
        self.over_boroughs(area, year, |borough| {
            let counts = self.populations.ages.get(&borough)?;
            counts.get(first..=last).map(|counts| counts.iter().sum())
        })
    }

    fn over_boroughs(&self, area: AreaId, year: i16, count: impl Fn(AreaId) -> Option<u32>) -> Option<u32> {
        if self.get(area).level() == Level::Borough {
            return count(area);
        }
        if !(1900..=2199).contains(&year) {
            return None;
        }
        let mid_year = date(year, 6, 30);
        let boroughs = self.members(area, Level::Borough, mid_year);
        if boroughs.is_empty() || !self.get(area).validity().contains(mid_year) {
            return None;
        }
        boroughs.into_iter().map(count).sum()
    }

    /// Reads `areas/population.csv`: a row for each borough, a column for each year.
    pub(super) fn load_population(&mut self, table: &Table) -> Result<(), ReferenceError> {
        for row in table.rows() {
            let borough = self.borough_of(&row, "code")?;
            for (index, column) in table.columns().iter().enumerate().skip(1) {
                let year = column.parse().map_err(|_| table.error(format!("column `{column}` is not a year")))?;
                let key = (borough, year);
                self.populations.totals.insert(key, row.count(index)?);
            }
        }
        Ok(())
    }

    /// Reads `areas/population_age_2020.csv`: a row for each borough, a column for each age.
    pub(super) fn load_ages(&mut self, table: &Table) -> Result<(), ReferenceError> {
        let expected = (0..OLDEST).map(|age| age.to_string()).chain(["90+".to_owned()]);
        if !table.columns().iter().skip(1).cloned().eq(expected) {
            return Err(table.error("the columns after the code must be the ages 0 to 89 and 90+"));
        }
        for row in table.rows() {
            let borough = self.borough_of(&row, "code")?;
            let counts = (1..table.columns().len()).map(|index| row.count(index));
            let counts = counts.collect::<Result<_, _>>()?;
            self.populations.ages.insert(borough, counts);
        }
        Ok(())
    }
}
