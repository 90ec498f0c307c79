//! Resident populations of boroughs, and of areas that are made of boroughs.

use std::ops::RangeInclusive;

use jiff::civil::date;

use super::ReferenceError;
use super::area::Areas;
use super::id::AreaId;
use super::level::Level;
use super::table::Table;

/// The year of the estimates by single year of age.
const AGE_YEAR: i16 = 2020;
/// The last age band, 90 and over.
const OLDEST: u8 = 90;

impl Areas {
    /// Residents of an area at the middle of a year (30 June), 2011 to 2024: the estimate of a borough,
    /// or the sum over the boroughs of a command unit or of London. A command unit that began later has the residents of its
    /// boroughs.
    ///
    /// `None` for other years, and for areas that do not consist of boroughs. Source: Office for National Statistics, mid-year
    /// population estimates.
    #[must_use]
    pub fn population(&self, area: AreaId, year: i16) -> Option<u32> {
        self.over_boroughs(area, year, |borough| self.populations.totals.get(&(borough, year)).copied())
    }

    /// Residents of some ages, both ends included, at the middle of a year; 90 means 90 and over. Only
    /// 2020 is available by age, from estimates before the revision after the Census of 2021. For
    /// London all ages together are 1.5% above [`Areas::population`] of 2020.
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

    /// Residents of some broad ethnic groups on the day of the Census, 27 March 2011 or 21 March 2021, by the codes of the
    /// contract: `white`, `mixed`, `asian`, `black`, `other`. `None` for other years and other codes.
    ///
    /// ```
    /// # let reference = peelian_core::reference::Reference::from_seeds()?;
    /// let camden = reference.areas.by_code("E09000007").ok_or("no such area")?;
    /// let groups = ["black".to_owned()];
    /// assert!(reference.areas.population_of_groups(camden, 2021, &groups).is_some());
    /// assert_eq!(reference.areas.population_of_groups(camden, 2016, &groups), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn population_of_groups(&self, area: AreaId, year: i16, groups: &[String]) -> Option<u32> {
        let counts = self.populations.groups.get(&year)?;
        self.over_boroughs(area, year, |borough| {
            groups.iter().map(|group| counts.get(&(borough, group.clone())).copied()).sum()
        })
    }

    /// The years of the Censuses that are held by ethnic group, in order.
    pub fn census_years(&self) -> impl DoubleEndedIterator<Item = i16> {
        self.populations.groups.keys().copied()
    }

    fn over_boroughs(&self, area: AreaId, year: i16, count: impl Fn(AreaId) -> Option<u32>) -> Option<u32> {
        if self.get(area).level() == Level::Borough {
            return count(area);
        }
        if !(1900..=2199).contains(&year) {
            return None;
        }
        let day = self.get(area).validity().nearest(date(year, 6, 30));
        let boroughs = self.members(area, Level::Borough, day);
        if boroughs.is_empty() {
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

    /// Reads the numbers of a Census by ethnic group: a row for each borough, a column for each broad group.
    pub(super) fn load_ethnic_groups(&mut self, year: i16, table: &Table) -> Result<(), ReferenceError> {
        for row in table.rows() {
            let borough = self.borough_of(&row, "code")?;
            for (index, group) in table.columns().iter().enumerate().skip(1) {
                let counts = self.populations.groups.entry(year).or_default();
                counts.insert((borough, group.clone()), row.count(index)?);
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
