//! Plans: what is counted, which measures can be counted in partitions, and which rows belong together.

use std::sync::Arc;

use jiff::civil::Date;

use super::PartialError;
use crate::Core;
use crate::column::key_of;
use crate::contract::{Contract, Dataset, Field};
use crate::design::Input;
use crate::engine::local::LocalError;
use crate::engine::query::{Query, definition};
use crate::reference::AreaId;
use crate::submission::FIGURES;

/// Rows of one dataset, on any machine.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Identifier of the dataset: `crime`.
    pub dataset: &'a str,
    /// First and last day of the period that the rows report on; `None` means the whole months from the first to the
    /// last date of all rows. See [`LocalRows::covers`](crate::engine::LocalRows::covers).
    pub covers: Option<(Date, Date)>,
    /// Areas that the rows report on; `None` means the areas that occur in all rows. See
    /// [`LocalRows::areas`](crate::engine::LocalRows::areas).
    pub areas: Option<&'a [AreaId]>,
    /// Whether the rows are synthetic.
    pub synthetic: bool,
}

/// A source whose dataset has been looked up.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) dataset: &'static Dataset,
    pub(super) covers: Option<(Date, Date)>,
    pub(super) areas: Option<Arc<[AreaId]>>,
    pub(super) synthetic: bool,
}

/// A query, and the datasets whose rows are counted for it in partitions.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) core: Arc<Core>,
    pub(super) query: Query,
    pub(super) sources: Vec<Known>,
    pub(super) digest: u64,
}

impl Plan {
    /// Makes a plan. Companions are not counted in partitions: name them in the query to have them. Figures that agencies
    /// submitted are not counted, so they are no source. Pass them to [`Partial::finish`](super::Partial::finish).
    ///
    /// # Errors
    ///
    /// [`PartialError::DoesNotAddUp`] names the measures that need all rows in one place. [`PartialError::Dataset`] if
    /// a source is refused. [`PartialError::Query`] if the query is refused.
    pub fn new(core: &Arc<Core>, query: &Query, sources: &[Source<'_>]) -> Result<Self, PartialError> {
        query.check()?;
        refuse(core, query)?;
        let mut known: Vec<Known> = Vec::with_capacity(sources.len());
        for Source { dataset, covers, areas, synthetic } in sources.iter().copied() {
            let dataset = Contract::get().known_dataset(dataset).map_err(LocalError::from)?;
            if dataset.id == FIGURES || known.iter().any(|other| other.dataset.id == dataset.id) {
                return Err(PartialError::Dataset(dataset.id.clone()));
            }
            known.push(Known { dataset, covers, areas: areas.map(Into::into), synthetic });
        }
        let digest = digest(query, &known);
        Ok(Self { core: Arc::clone(core), query: query.clone(), sources: known, digest })
    }

    /// The datasets, in the order of the sources.
    #[must_use]
    pub fn datasets(&self) -> Vec<&'static Dataset> {
        self.sources.iter().map(|source| source.dataset).collect()
    }

    /// Whether persons are followed. Then states contain rows of victims, and [`Partial::by_person`] splits them.
    ///
    /// [`Partial::by_person`]: super::Partial::by_person
    #[must_use]
    pub fn follows_persons(&self) -> bool {
        let follows = |id: &String| {
            definition(&self.core, id)
                .is_ok_and(|found| found.inputs.iter().any(|input| matches!(input, Input::Linked(_))))
        };
        self.query.measures.iter().any(follows)
    }

    pub(super) fn source(&self, dataset: &str) -> Result<&Known, PartialError> {
        let found = self.sources.iter().find(|source| source.dataset.id == dataset);
        found.ok_or_else(|| PartialError::Dataset(dataset.to_owned()))
    }

    /// The dataset to which a dataset's rows refer, if its rows are counted too, and the field of the reference.
    pub(super) fn parent(&self, dataset: &'static Dataset) -> Option<(&'static Dataset, &'static Field)> {
        let referring = dataset.fields.iter().find_map(|field| Some((field, field.references()?)));
        let (field, parent) = referring?;
        self.source(parent).ok().map(|parent| (parent.dataset, field))
    }
}

/// The fields whose values decide which rows of a dataset belong in one partition: the fields of the key, without those
/// that no check across rows uses. Empty if rows have no key.
pub(super) fn together(dataset: &'static Dataset) -> Vec<&'static Field> {
    let options = &dataset.options;
    let across = options.uniques.iter().map(|unique| &unique.fields);
    let across = across.chain(options.no_overlaps.iter().map(|rule| &rule.by));
    let across: Vec<&Vec<String>> = across.chain(options.group_has.iter().map(|rule| &rule.by)).collect();
    let key = options.key.iter().filter(|name| across.iter().all(|fields| fields.contains(name)));
    key.filter_map(|name| dataset.field(name)).collect()
}

/// Refuses measures that need all rows in one place.
fn refuse(core: &Core, query: &Query) -> Result<(), PartialError> {
    let mut measures = Vec::new();
    let mut reason = None;
    for id in &query.measures {
        let found = definition(core, id)?;
        if let Some(why) = found.inputs.iter().find_map(Input::needs_all_rows) {
            measures.push(found.id.to_string());
            reason.get_or_insert(why);
        }
    }
    reason.map_or(Ok(()), |why| Err(PartialError::DoesNotAddUp { measures, why }))
}

/// A digest of everything that decides what is counted, and of the version that counts. Two plans with the same digest
/// have states of the same query.
fn digest(query: &Query, sources: &[Known]) -> u64 {
    let Query { measures, areas, breakdown, comparisons, .. } = query;
    let sources = sources.iter().map(|known| (&known.dataset.id, known.covers, &known.areas, known.synthetic));
    let sources: Vec<_> = sources.collect();
    let version = env!("CARGO_PKG_VERSION");
    key_of(&format!("{version} {measures:?} {areas:?} {breakdown:?} {comparisons:?} {sources:?}"))
}
