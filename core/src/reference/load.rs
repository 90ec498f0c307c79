//! Builds [`Areas`] from the seed files.

use peelian_seeds::SeedFile;

use super::area::{Area, Areas, Validity, lsoa_number};
use super::id::AreaId;
use super::level::{Coverage, Level};
use super::names::key;
use super::table::{Row, Table};
use super::{ReferenceError, table};

impl Areas {
    /// Loads areas from the files of `seeds/areas`, and hospital sites, prosecution areas, justice
    /// areas and courts from the code lists of `seeds/codes`.
    ///
    /// # Errors
    /// The first fault: a missing or unknown file, an invalid cell, a code or name used twice, a parent
    /// that does not exist.
    pub fn load(files: &[SeedFile]) -> Result<Self, ReferenceError> {
        let mut areas = Self::default();
        areas.load_places(files, "areas/special.csv", special)?;
        areas.load_places(files, "areas/boroughs.csv", borough)?;
        areas.load_bcus(&find(files, "areas/bcus.csv")?)?;
        areas.load_places(files, "areas/wards.csv", ward)?;
        areas.load_places(files, "codes/ods_site.csv", hospital_site)?;
        areas.load_places(files, "codes/cps_area.csv", |row| nested(row, Level::CpsArea))?;
        areas.load_places(files, "codes/lcjb.csv", |row| nested(row, Level::Lcjb))?;
        areas.load_places(files, "codes/court.csv", |row| nested(row, Level::Court))?;
        areas.load_names(&find(files, "areas/name_variants.csv")?)?;
        areas.load_lsoas(&find(files, "areas/lsoas.csv")?)?;
        areas.load_population(&find(files, "areas/population.csv")?)?;
        areas.load_ages(&find(files, "areas/population_age_2020.csv")?)?;
        for year in [2011, 2021] {
            areas.load_ethnic_groups(year, &find(files, &format!("areas/population_ethnicity_{year}.csv"))?)?;
        }
        Ok(areas)
    }

    /// Reads a file with one area in each row, and at most one parent for each area.
    fn load_places(
        &mut self,
        files: &[SeedFile],
        path: &str,
        read: impl Fn(&Row<'_>) -> Result<(Area, Option<String>), ReferenceError>,
    ) -> Result<(), ReferenceError> {
        for row in find(files, path)?.rows() {
            let (area, parent) = read(&row)?;
            let child = self.add(area, &row)?;
            if let Some(parent) = parent {
                let parent =
                    self.by_code(&parent).ok_or_else(|| row.error(format!("no area has the code `{parent}`")))?;
                self.link(child, parent);
            }
        }
        Ok(())
    }

    /// Reads command units. They lie in the police area, and boroughs lie in them.
    fn load_bcus(&mut self, table: &Table) -> Result<(), ReferenceError> {
        for row in table.rows() {
            let area = place(&row, Level::Bcu, row.validity()?)?;
            let bcu = self.add(area, &row)?;
            if let Some(london) = self.london(Coverage::Mps32) {
                self.link(bcu, london);
            }
            for code in row.text("boroughs")?.split_whitespace() {
                let borough =
                    self.by_code(code).ok_or_else(|| row.error(format!("no area has the code `{code}`")))?;
                self.link(borough, bcu);
            }
        }
        Ok(())
    }

    fn load_names(&mut self, table: &Table) -> Result<(), ReferenceError> {
        for row in table.rows() {
            let code = row.text("code")?;
            let id = self.by_code(code).ok_or_else(|| row.error(format!("no area has the code `{code}`")))?;
            self.name(row.text("name")?, id, &row)?;
        }
        Ok(())
    }

    fn load_lsoas(&mut self, table: &Table) -> Result<(), ReferenceError> {
        for row in table.rows() {
            let number = |column| {
                let code = row.text(column)?;
                lsoa_number(code).ok_or_else(|| row.error(format!("`{code}` is not E01 and 6 digits")))
            };
            let (first, last) = (number("first")?, number("last")?);
            let after = self.lsoas.last().is_none_or(|(_, end, _)| *end < first);
            if !after || last < first {
                return Err(row.error("runs of codes must be in order and must not overlap"));
            }
            self.lsoas.push((first, last, self.borough_of(&row, "borough")?));
        }
        Ok(())
    }

    /// The borough with the code in a cell.
    pub(super) fn borough_of(&self, row: &Row<'_>, column: &str) -> Result<AreaId, ReferenceError> {
        let code = row.text(column)?;
        self.by_code(code)
            .filter(|id| self.get(*id).level == Level::Borough)
            .ok_or_else(|| row.error(format!("`{code}` is not the code of a borough")))
    }

    fn add(&mut self, area: Area, row: &Row<'_>) -> Result<AreaId, ReferenceError> {
        let next = u16::try_from(self.areas.len()).ok().filter(|n| *n < u16::MAX);
        let id = AreaId(next.ok_or_else(|| row.error("more than 65,535 areas"))?);
        if self.codes.insert(area.code.to_string(), id).is_some() {
            return Err(row.error(format!("the code `{}` is used twice", area.code)));
        }
        if area.level != Level::Ward {
            self.name(&area.name, id, row)?;
        }
        self.areas.push(area);
        Ok(id)
    }

    fn name(&mut self, name: &str, id: AreaId, row: &Row<'_>) -> Result<(), ReferenceError> {
        match self.names.insert(key(name), id) {
            Some(other) if other != id => Err(row.error(format!("the name `{name}` is taken by another area"))),
            _ => Ok(()),
        }
    }

    fn link(&mut self, child: AreaId, parent: AreaId) {
        self.areas[child.index()].parents.push(parent);
        self.areas[parent.index()].children.push(child);
    }
}

fn find(files: &[SeedFile], path: &str) -> Result<Table, ReferenceError> {
    let file = files.iter().find(|file| file.path == path);
    let file = file.ok_or_else(|| ReferenceError {
        file: path.to_owned(),
        line: 1,
        reason: "the file is missing".to_owned(),
    })?;
    table::Table::parse(file)
}

fn place(row: &Row<'_>, level: Level, validity: Validity) -> Result<Area, ReferenceError> {
    Ok(Area {
        code: row.text("code")?.into(),
        name: row.text("name")?.into(),
        level,
        validity,
        former_name: None,
        parents: Vec::new(),
        children: Vec::new(),
    })
}

type Place = Result<(Area, Option<String>), ReferenceError>;

fn special(row: &Row<'_>) -> Place {
    let id = row.text("level")?;
    let level = Level::from_id(id).ok_or_else(|| row.error(format!("`{id}` is not a level")))?;
    nested(row, level)
}

fn nested(row: &Row<'_>, level: Level) -> Place {
    let parent = row.optional("parent")?.map(str::to_owned);
    Ok((place(row, level, Validity::default())?, parent))
}

fn borough(row: &Row<'_>) -> Place {
    let coverage = match row.flag("in_mps32")? {
        true => Coverage::Mps32,
        false => Coverage::Gl33,
    };
    let area = place(row, Level::Borough, Validity::default())?;
    Ok((area, Some(coverage.code().to_owned())))
}

fn ward(row: &Row<'_>) -> Place {
    let mut area = place(row, Level::Ward, row.validity()?)?;
    area.former_name = row.optional("former_name")?.map(str::to_owned);
    Ok((area, Some(row.text("borough")?.to_owned())))
}

/// Reads a hospital. It serves more than its borough, so it lies only in London.
fn hospital_site(row: &Row<'_>) -> Place {
    let area = place(row, Level::HospitalSite, row.validity()?)?;
    Ok((area, Some(Coverage::Gl33.code().to_owned())))
}
