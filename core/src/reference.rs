//! Areas, code lists, breaks in series, agencies and working days: what records and measures refer to.
//!
//! They are loaded once from the embedded seeds and shared, and do not change while an exchange runs.
//!
//! ```
//! use peelian_core::reference::Reference;
//!
//! let reference = Reference::from_seeds()?;
//! let southwark = reference.areas.by_code("E09000028").ok_or("no such area")?;
//! assert_eq!(reference.areas.get(southwark).name(), "Southwark");
//! let rape = reference.codes.list("ho_class").and_then(|list| list.get("19C")).ok_or("no class")?;
//! assert_eq!(rape.attribute("crime_group"), Some("rape"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod area;
mod breaks;
mod codes;
mod id;
mod level;
mod load;
mod names;
mod population;
mod register;
mod residents;
mod table;
mod working_days;

pub use area::{Area, Areas, Validity};
pub use breaks::{SeriesBreak, SeriesBreaks};
pub use codes::{CodeList, CodeLists, Entry};
pub use id::AreaId;
pub use level::{Coverage, Level};
pub use names::{Resolved, UnknownArea};
pub(crate) use names::{nearest, shown};
pub use register::{Agency, AgencyKind, Calendar, Covers, Register, Remit, ReportAreas, Role};
pub use working_days::WorkingDays;

use std::sync::Arc;

/// Why reference data were refused: the file, the line (1 for the file as a whole) and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct ReferenceError {
    /// Path below `seeds/`, for example `areas/wards.csv`.
    pub file: String,
    /// Line in the file, counted from 1.
    pub line: u64,
    /// The reason.
    pub reason: String,
}

/// All reference data of an exchange. A clone shares the data and only increments five counters.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Areas, and the areas that they lie in.
    pub areas: Arc<Areas>,
    /// Open, versioned code lists.
    pub codes: Arc<CodeLists>,
    /// Dates across which a series must not be compared.
    pub breaks: Arc<SeriesBreaks>,
    /// Which agency may speak for what.
    pub register: Arc<Register>,
    /// Days on which limits in working days run.
    pub working_days: Arc<WorkingDays>,
}

impl Reference {
    /// The area of each code of a list, in the order of the codes; `None` for a code that is no area.
    #[must_use]
    pub fn areas_of_list(&self, list: &str) -> Vec<Option<AreaId>> {
        let area = |entry: Entry<'_>| self.areas.by_code(entry.code());
        self.codes.list(list).map_or_else(Vec::new, |list| list.iter().map(area).collect())
    }

    /// Loads the seeds that the program carries.
    ///
    /// # Errors
    /// The first fault found in a seed file.
    pub fn from_seeds() -> Result<Self, ReferenceError> {
        Self::with_agencies(None)
    }

    /// Loads the seeds, and an operator's file of agencies: its path and its text. Its agencies take the place of those of
    /// the seeds with the same name.
    ///
    /// # Errors
    /// The first fault found in a seed file or in the operator's file.
    pub fn with_agencies(file: Option<(&str, &str)>) -> Result<Self, ReferenceError> {
        let codes = CodeLists::load(&peelian_seeds::codes())?;
        let areas = Areas::load(&[peelian_seeds::areas(), peelian_seeds::codes()].concat())?;
        let breaks = SeriesBreaks::from_codes(&codes)?;
        let working_days = WorkingDays::from_codes(&codes)?;
        let seeds = peelian_seeds::agencies();
        let files: Vec<(&str, &str)> = std::iter::once((seeds.path.as_str(), &*seeds.text)).chain(file).collect();
        let register = Register::load(&files, &areas, &codes)?;
        Ok(Self {
            areas: Arc::new(areas),
            codes: Arc::new(codes),
            breaks: Arc::new(breaks),
            register: Arc::new(register),
            working_days: Arc::new(working_days),
        })
    }
}

#[cfg(test)]
mod tests;
