//! The catalogue of definitions, by identifier.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use peelian_seeds::SeedFile;

use super::check::{Checked, Deferred, check};
use super::definition::{Definition, TallyName};
use crate::design::{Input, MeasureByGroup, Parts};
use crate::measure_file::{Checker, DefinitionError, Populations, expand, fault};
use crate::reference::{Level, Reference};

/// All measures with all their variants, in the order of identifiers.
#[derive(Clone, Debug)]
pub struct Catalogue {
    definitions: BTreeMap<String, Arc<Definition>>,
    /// Identifiers without the default variant, each with the full identifier that it stands for.
    aliases: BTreeMap<String, String>,
}

impl Catalogue {
    /// Loads all definitions. Each is checked against the contract and the reference data.
    ///
    /// # Errors
    ///
    /// The first fault, with its file and line.
    pub fn load(files: &[SeedFile], reference: &Reference) -> Result<Self, DefinitionError> {
        let mut catalogue = Self { definitions: BTreeMap::new(), aliases: BTreeMap::new() };
        let mut deferred = Vec::new();
        let populations = Populations::read(&peelian_seeds::populations())?;
        for file in files {
            let checks = catalogue.load_file(file, reference, &populations)?;
            deferred.extend(checks.into_iter().map(|check| (file, check)));
        }
        for (file, check) in deferred {
            catalogue.settle(&check).map_err(|reason| fault(file, check.at(), reason))?;
        }
        catalogue.name_companions();
        catalogue.name_tallies();
        Ok(catalogue)
    }

    /// Names each companion by its full identifier.
    fn name_companions(&mut self) {
        let definitions = self.definitions.values_mut().map(Arc::make_mut);
        for companion in definitions.flat_map(|definition| &mut definition.companions) {
            if let Some(id) = self.aliases.get(companion) {
                companion.clone_from(id);
            }
        }
    }

    /// Finds the tallies that several measures share, so that they are counted once.
    fn name_tallies(&mut self) {
        let mut known: BTreeMap<String, TallyName> = BTreeMap::new();
        for definition in self.definitions.values_mut().map(Arc::make_mut) {
            let (measure, version) = (&definition.id, definition.version);
            let name = |(input, read): (usize, &Input)| {
                let own = TallyName { measure: Arc::clone(measure), version, input };
                match read.tally() {
                    Some(tally) => known.entry(tally.counted()).or_insert(own).clone(),
                    None => own,
                }
            };
            definition.same_tally = definition.inputs.iter().enumerate().map(name).collect();
        }
    }

    /// Loads one file. Returns the checks that need other definitions.
    fn load_file(
        &mut self,
        file: &SeedFile,
        reference: &Reference,
        populations: &Populations,
    ) -> Result<Vec<Deferred>, DefinitionError> {
        let expanded = expand(file)?;
        let mut remaining = Vec::new();
        let mut ids = BTreeSet::new();
        let mut terms: BTreeMap<String, (usize, bool)> = BTreeMap::new();
        for variant in expanded.variants {
            let checked: Checked = check(variant, &Checker { file, reference, populations })?;
            for (name, at, used) in checked.terms {
                terms.entry(name).or_insert((at, false)).1 |= used;
            }
            remaining.extend(checked.deferred);
            let id = checked.definition.id.clone();
            if self.definitions.insert(id.to_string(), Arc::new(checked.definition)).is_some() {
                return Err(fault(file, 0, format!("{id} is defined twice")));
            }
            ids.insert(id);
        }
        if let Some((name, (at, _))) = terms.iter().find(|(_, (_, used))| !used) {
            return Err(fault(file, *at, format!("no expression uses the term {name}")));
        }
        for (alias, id) in expanded.aliases {
            if !ids.contains(id.as_str()) {
                return Err(fault(file, 0, format!("the default of {alias} is {id}, which does not exist")));
            }
            self.aliases.insert(alias, id);
        }
        Ok(remaining)
    }

    /// Finds the definition with an identifier, with or without a version: `knife-crime-offences`,
    /// `knife-crime-offences@1`, `repeat-victim-share` for its default variant. `None` if there is no such measure or
    /// no such version.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Definition>> {
        let (id, version) = match id.split_once('@') {
            Some((id, version)) => (id, Some(version.parse::<u32>().ok()?)),
            None => (id, None),
        };
        let canonical = self.aliases.get(id).map_or(id, String::as_str);
        self.definitions.get(canonical).filter(|found| version.is_none_or(|version| version == found.version))
    }

    /// Whether the text is the identifier of a measure, with or without its variant. These identifiers are the codes of
    /// the open list `measure`.
    #[must_use]
    pub fn is_measure(&self, id: &str) -> bool {
        !id.contains('@') && self.get(id).is_some()
    }

    /// All definitions, in the order of identifiers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Definition>> {
        self.definitions.values()
    }

    /// All identifiers that [`Catalogue::get`] knows, without versions. They include the shorter identifiers of default
    /// variants.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let all: BTreeSet<&str> = self.definitions.keys().chain(self.aliases.keys()).map(String::as_str).collect();
        all.into_iter()
    }

    /// Makes a check that needs the other definitions.
    fn settle(&self, check: &Deferred) -> Result<(), String> {
        match check {
            Deferred::Companion { id, .. } => match self.get(id) {
                Some(_) => Ok(()),
                None => Err(format!("the companion {id} is not a measure")),
            },
            Deferred::Input { measure, .. } => self.settle_input(measure),
        }
    }

    /// Checks that another measure exists and has the kind of value and the breakdown that a design reads.
    fn settle_input(&self, input: &MeasureByGroup) -> Result<(), String> {
        let MeasureByGroup { of, value_kind, parts, .. } = input;
        let other = self.get(of).ok_or_else(|| format!("there is no measure {of}"))?;
        if other.value_kind != *value_kind {
            let (found, wanted) = (other.value_kind.id(), value_kind.id());
            return Err(format!("the value of {of} is of the kind {found}, not {wanted}"));
        }
        if other.inputs.iter().any(|input| matches!(input, Input::Measure(_))) {
            return Err(format!("{of} is itself computed from another measure"));
        }
        match parts {
            Parts::Groups { by, .. } if !other.breakdowns.iter().any(|known| known.field() == Some(*by)) => {
                Err(format!("{of} has no breakdown by {by}"))
            }
            Parts::AreaAndLondon if !other.periods.contains_key(&Level::London) => {
                Err(format!("{of} is not offered for London"))
            }
            Parts::Boroughs if !other.periods.contains_key(&Level::Borough) => {
                Err(format!("{of} is not offered for boroughs"))
            }
            Parts::Wards if !other.periods.contains_key(&Level::Ward) => {
                Err(format!("{of} is not offered for wards"))
            }
            _ => Ok(()),
        }
    }
}
