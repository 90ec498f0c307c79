//! The fields that the measures of a query need. Other fields are not read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Query, QueryError, definition};
use crate::Core;
use crate::cel::FieldPath;
use crate::contract::{Contract, Dataset};
use crate::design::{Input, datasets};
use crate::intake::sources_of;
use crate::measure::Definition;
use crate::reference::Level;
use crate::submission::FIGURES;

/// Fields by dataset, by their names in the contract.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Needs(BTreeMap<&'static str, BTreeSet<&'static str>>);

impl Needs {
    /// The fields that the measures of a query need with its breakdown.
    pub(crate) fn of(core: &Core, query: &Query) -> Result<Self, QueryError> {
        let mut needs = Self::default();
        let wards = query.levels(core).contains(&Level::Ward);
        for measure in &query.measures {
            needs.add_measure(core, definition(core, measure)?, &query.breakdown, wards);
        }
        needs.close();
        Ok(needs)
    }

    /// The needed fields of a dataset. All fields of submitted figures are needed.
    pub(crate) fn fields(&self, dataset: &'static Dataset) -> BTreeSet<&'static str> {
        if dataset.id == FIGURES {
            return dataset.fields.iter().map(|field| field.name.as_str()).collect();
        }
        self.0.get(dataset.id.as_str()).cloned().unwrap_or_default()
    }

    /// Whether only fields of this dataset are needed.
    pub(crate) fn are_of(&self, dataset: &Dataset) -> bool {
        self.0.keys().all(|id| *id == dataset.id)
    }

    /// Whether these fields include all fields that a query needs.
    pub(crate) fn meet(&self, core: &Core, query: &Query) -> Result<bool, QueryError> {
        let asked = Self::of(core, query)?;
        let mut fields =
            asked.0.iter().flat_map(|(dataset, fields)| fields.iter().map(move |field| (dataset, field)));
        Ok(fields.all(|(dataset, field)| self.0.get(dataset).is_some_and(|known| known.contains(field))))
    }

    fn add_measure(&mut self, core: &Core, measure: &Definition, breakdown: &[String], wards: bool) {
        for path in measure.inputs.iter().flat_map(|input| input.fields(wards)) {
            self.add(path);
        }
        let dimensions = breakdown.iter().filter_map(|name| measure.breakdown(name)?.field());
        for path in dimensions {
            self.add(path);
            // A population in another dataset has fields of the same names.
            for dataset in datasets(&measure.inputs) {
                self.add(FieldPath { dataset: dataset.id.as_str(), ..path });
            }
        }
        for input in &measure.inputs {
            if let Input::Measure(other) = input
                && let Some(other) = core.catalogue.get(&other.of)
            {
                self.add_measure(core, other, breakdown, wards);
            }
        }
    }

    fn add(&mut self, path: FieldPath) {
        self.add_named(path.dataset, path.field);
    }

    /// Adds the fields on which these fields depend: the date that places a row in a submission, the keys by which rows
    /// are found, the area on which an agency reports, and the sources of derived fields.
    fn close(&mut self) {
        let contract = Contract::get();
        loop {
            let before = self.0.clone();
            for (id, fields) in &before {
                let Some(dataset) = contract.dataset(id) else { continue };
                let period = dataset.options.period_fields.iter().map(String::as_str);
                let sources = fields.iter().filter_map(|name| dataset.field(name)?.derivation.as_ref());
                // The area on which an agency reports decides what the rows cover.
                let area = std::iter::once(dataset.options.area_field.as_str());
                for name in period.chain(area).chain(sources.flat_map(sources_of)) {
                    let (owner, name) = name.split_once('.').unwrap_or((id, name));
                    self.add_named(owner, name);
                }
                let references =
                    dataset.fields.iter().filter_map(|field| Some((field, contract.dataset(field.references()?)?)));
                for (field, other) in references {
                    if before.contains_key(other.id.as_str()) {
                        self.add_named(id, &field.name);
                        for key in &other.options.key {
                            self.add_named(&other.id, key);
                            self.add_named(id, key);
                        }
                    }
                }
            }
            if self.0 == before {
                return;
            }
        }
    }

    fn add_named(&mut self, dataset: &str, field: &str) {
        let known = Contract::get().dataset(dataset).and_then(|dataset| Some((dataset, dataset.field(field)?)));
        if let Some((dataset, field)) = known {
            self.0.entry(&dataset.id).or_default().insert(&field.name);
        }
    }
}
