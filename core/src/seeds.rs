//! Reference data and measures, loaded from the seeds that the program carries.

use std::sync::Arc;

use crate::measure::{Catalogue, DefinitionError};
use crate::reference::{CodeList, Reference, ReferenceError};

/// What every computation needs: the contract is built in, the rest is loaded once and shared.
#[derive(Clone, Debug)]
pub struct Core {
    /// Areas, code lists and breaks in series.
    pub reference: Reference,
    /// The measures.
    pub catalogue: Catalogue,
}

/// Why the seeds were refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SeedError {
    /// Reference data.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// A measure.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
}

impl Core {
    /// Loads the seeds that the program carries.
    ///
    /// # Errors
    ///
    /// The first fault found in a seed file, with its line.
    pub fn from_seeds() -> Result<Self, SeedError> {
        let mut reference = Reference::from_seeds()?;
        let catalogue = Catalogue::load(&peelian_seeds::measures(), &reference)?;
        let title = |id| catalogue.get(id).map_or("", |definition| &*definition.title);
        // A figure names its measure by a code of this list: every identifier that the catalogue knows, in their order.
        let codes = catalogue.ids().map(|id| (id, title(id)));
        let measures = CodeList::derived("measure", "The catalogue of measures", codes);
        reference.codes = Arc::new(reference.codes.with(measures));
        Ok(Self { reference, catalogue })
    }
}
