//! The core of Peelian: what an outcome measure is and how it is computed.
//!
//! No I/O, no async, no clock, no network, no environment, no randomness: the same input gives the same bits through
//! every door and on every machine.

pub mod cel;
pub mod column;
pub mod contract;
pub mod design;
pub mod engine;
pub mod estimate;
mod identifier;
pub mod intake;
pub mod kernel;
pub mod measure;
mod measure_file;
pub mod parallel;
pub mod period;
pub mod pseudonym;
pub mod reference;
pub mod sources;
pub mod stats;
pub mod wire;

use std::sync::Arc;

use measure::{Catalogue, DefinitionError};
use reference::{CodeList, Reference, ReferenceError};

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
