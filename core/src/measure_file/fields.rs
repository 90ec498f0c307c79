//! Looks up fields and compiles expressions. An error names the line in the file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, DefinitionError, Text};
use crate::cel::{FieldPath, Predicate};
use crate::contract::{Contract, Dataset, Field, Kind};

/// Fields and expressions of one definition.
#[derive(Debug)]
pub(crate) struct Fields<'c> {
    checker: &'c Checker<'c>,
    terms: &'c BTreeMap<String, Text>,
    used: RefCell<BTreeSet<String>>,
}

impl<'c> Fields<'c> {
    /// A reader of fields and expressions. Expressions may use the terms.
    pub(crate) fn new(checker: &'c Checker<'c>, terms: &'c BTreeMap<String, Text>) -> Self {
        Self { checker, terms, used: RefCell::default() }
    }

    /// The checker of the definition.
    pub(crate) fn checker(&self) -> &Checker<'c> {
        self.checker
    }

    /// The dataset with a name.
    pub(crate) fn dataset(&self, text: &Text) -> Result<&'static Dataset, DefinitionError> {
        match Contract::get().dataset(text.get_ref()) {
            Some(dataset) => Ok(dataset),
            None => self.checker.at(text, format!("there is no dataset {}", text.get_ref())),
        }
    }

    /// A field of the dataset, or of the row that it refers to: `age_band`, `crime.offence_borough`.
    pub(crate) fn field(
        &self,
        dataset: &'static Dataset,
        text: &Text,
    ) -> Result<(FieldPath, &'static Field), DefinitionError> {
        let (owner, name) = match text.get_ref().split_once('.') {
            None => (dataset, text.get_ref().as_str()),
            Some((other, name)) => match (dataset.reference_to(other), Contract::get().dataset(other)) {
                (Some(_), Some(owner)) => (owner, name),
                _ => return self.checker.at(text, format!("{} has no reference to {other}", dataset.id)),
            },
        };
        match owner.field(name) {
            Some(field) if field.transient() => {
                self.checker.at(text, format!("{} is dropped before anything is stored", field.name))
            }
            Some(field) => {
                let referenced = !std::ptr::eq(owner, dataset);
                Ok((FieldPath { dataset: &owner.id, referenced, field: &field.name }, field))
            }
            None => self.checker.at(text, format!("{} has no field {name}", owner.id)),
        }
    }

    /// A field whose kind `fits` accepts. `wanted` names the kind in the error.
    pub(crate) fn field_of(
        &self,
        dataset: &'static Dataset,
        text: &Text,
        wanted: &str,
        fits: impl Fn(&Kind) -> bool,
    ) -> Result<FieldPath, DefinitionError> {
        let (path, field) = self.field(dataset, text)?;
        if fits(&field.kind) {
            Ok(path)
        } else {
            self.checker.at(text, format!("{path} is a {}, not a {wanted}", field.kind.name()))
        }
    }

    /// A field that is a date.
    pub(crate) fn date(&self, dataset: &'static Dataset, text: &Text) -> Result<FieldPath, DefinitionError> {
        self.field_of(dataset, text, "date", |kind| matches!(kind, Kind::Date))
    }

    /// A field that is a key or a pseudonym.
    pub(crate) fn key(&self, dataset: &'static Dataset, text: &Text) -> Result<FieldPath, DefinitionError> {
        self.field_of(dataset, text, "key or pseudonym", |kind| matches!(kind, Kind::Key | Kind::Pseudonym))
    }

    /// A field that holds the area of a row: an area, or a code of an open list whose codes are areas (hospital sites).
    pub(crate) fn area(&self, dataset: &'static Dataset, area: &Text) -> Result<FieldPath, DefinitionError> {
        let reference = self.checker.reference;
        let places = |kind: &Kind| match kind {
            Kind::Area => true,
            Kind::OpenCode(list) => reference
                .codes
                .list(list)
                .is_some_and(|list| list.iter().all(|entry| reference.areas.by_code(entry.code()).is_some())),
            _ => false,
        };
        self.field_of(dataset, area, "place", places)
    }

    /// A field that holds the ward of a row.
    pub(crate) fn ward(&self, dataset: &'static Dataset, ward: &Text) -> Result<FieldPath, DefinitionError> {
        let (path, field) = self.field(dataset, ward)?;
        if field.options.area_level == "ward" {
            Ok(path)
        } else {
            self.checker.at(ward, format!("{path} is not a ward"))
        }
    }

    /// Compiles an expression over the rows of the dataset. Without an expression, every row is selected.
    pub(crate) fn predicate(
        &self,
        dataset: &'static Dataset,
        text: Option<&Text>,
    ) -> Result<Predicate, DefinitionError> {
        let Some(text) = text else { return Ok(Predicate::always()) };
        let source = self.with_terms(dataset, text, text.get_ref(), 0)?;
        match Predicate::compile(&source, dataset, self.checker.reference) {
            // The kernel needs the conjunctive form. A form that is too large is refused here, so that the error names
            // the line.
            Ok(predicate) => match predicate.clauses() {
                Ok(_) => Ok(predicate),
                Err(error) => self.checker.at(text, error.to_string()),
            },
            Err(error) => self.checker.at(text, error.to_string()),
        }
    }

    /// The expression with each `${name}` replaced by the term of that name, and each `${dataset:name}` by the population, in
    /// brackets.
    fn with_terms(
        &self,
        dataset: &Dataset,
        text: &Text,
        source: &str,
        depth: usize,
    ) -> Result<String, DefinitionError> {
        const DEEPEST: usize = 8;
        let mut out = String::with_capacity(source.len());
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return self.checker.at(text, "a term is written ${name}");
            };
            out.push_str(before);
            out.push('(');
            if name.contains(':') {
                let population = self.checker.populations.over(name, dataset);
                out.push_str(&population.or_else(|reason| self.checker.at(text, reason))?);
            } else {
                let Some(term) = self.terms.get(name) else {
                    return self.checker.at(text, format!("there is no term {name}"));
                };
                if depth == DEEPEST {
                    return self.checker.at(term, format!("the term {name} refers to itself, or nests too deeply"));
                }
                self.used.borrow_mut().insert(name.to_owned());
                out.push_str(&self.with_terms(dataset, term, term.get_ref(), depth + 1)?);
            }
            out.push(')');
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// All terms: the name, the place in the file, and whether an expression uses it.
    pub(crate) fn terms(&self) -> impl Iterator<Item = (String, usize, bool)> {
        let used = self.used.borrow().clone();
        self.terms.iter().map(move |(name, term)| (name.clone(), term.span().start, used.contains(name)))
    }
}
