//! Areas, code lists and breaks in series: what records and measures refer to.
//!
//! Loaded once from the embedded seeds and shared; nothing here changes while an exchange runs.
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
mod expected_reporters;
mod level;
mod load;
mod names;
mod population;
mod table;

pub use area::{Area, AreaId, Areas, Validity};
pub use breaks::{SeriesBreak, SeriesBreaks};
pub use codes::{CodeList, CodeLists, Entry};
pub use expected_reporters::{ExpectedReporter, ExpectedReporters};
pub use level::{Coverage, Level};
pub(crate) use names::distance;
pub use names::{Resolved, UnknownArea};

use std::sync::Arc;

/// Why reference data were refused: the file, the line (1 for the file as a whole) and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct ReferenceError {
    /// Path below `seeds/`, for example `areas/wards.csv`.
    pub file: String,
    /// Line in the file, counted from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

/// All reference data of an exchange. A clone shares the data and costs four counters.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Places, and how they lie in one another.
    pub areas: Arc<Areas>,
    /// Open, versioned code lists.
    pub codes: Arc<CodeLists>,
    /// Dates across which a series must not be compared.
    pub breaks: Arc<SeriesBreaks>,
    /// Which agency is expected to report on which area.
    pub reporters: Arc<ExpectedReporters>,
}

impl Reference {
    /// Loads the seeds that the program carries.
    ///
    /// # Errors
    /// The first fault found in a seed file.
    pub fn from_seeds() -> Result<Self, ReferenceError> {
        let codes = CodeLists::load(&peelian_seeds::codes())?;
        let areas = Areas::load(&[peelian_seeds::areas(), peelian_seeds::codes()].concat())?;
        let breaks = SeriesBreaks::from_codes(&codes)?;
        let reporters = ExpectedReporters::from_codes(&codes, &areas)?;
        Ok(Self {
            areas: Arc::new(areas),
            codes: Arc::new(codes),
            breaks: Arc::new(breaks),
            reporters: Arc::new(reporters),
        })
    }
}

#[cfg(test)]
mod tests;
