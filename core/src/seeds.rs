//! Reference data and measures, loaded from the seeds that the program carries.

use std::sync::Arc;

use crate::measure::{Catalogue, DefinitionError, Profiles};
use crate::reference::{CodeList, Reference, ReferenceError};

/// The data that every computation needs. They are loaded once and shared. The contract is built in.
#[derive(Clone, Debug)]
pub struct Core {
    /// Areas, code lists and breaks in series.
    pub reference: Reference,
    /// The measures.
    pub catalogue: Catalogue,
    /// Named lists of measures.
    pub profiles: Profiles,
}

/// The reason why the seeds are refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SeedError {
    /// The reference data have a fault.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A measure or a profile has a fault.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
}

impl Core {
    /// Loads the seeds that are embedded in the program.
    ///
    /// # Errors
    ///
    /// [`SeedError`] for the first fault in a seed file, with its line.
    pub fn from_seeds() -> Result<Self, SeedError> {
        Self::with_agencies(None)
    }

    /// Loads the seeds, and an operator's file of agencies: its path and its text. Its agencies take the place of those
    /// of the seeds with the same name.
    ///
    /// # Errors
    ///
    /// [`SeedError`] for the first fault in a seed file or in the operator's file, with its line.
    pub fn with_agencies(file: Option<(&str, &str)>) -> Result<Self, SeedError> {
        let mut reference = Reference::with_agencies(file)?;
        let catalogue = Catalogue::load(&peelian_seeds::measures(), &reference)?;
        let title = |id| catalogue.get(id).map_or("", |definition| &*definition.title);
        // A figure names its measure by a code of this list. The codes are all identifiers that the catalogue knows, in
        // their order.
        let codes = catalogue.ids().map(|id| (id, title(id)));
        let measures = CodeList::derived("measure", "The catalogue of measures", codes);
        reference.register.check_measures(catalogue.iter().map(|definition| definition.measure.as_str()))?;
        reference.codes = Arc::new(reference.codes.with(measures));
        let profiles = Profiles::load(&peelian_seeds::profiles(), &catalogue)?;
        Ok(Self { reference, catalogue, profiles })
    }
}
