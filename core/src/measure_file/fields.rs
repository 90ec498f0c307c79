//! Looks up fields and compiles expressions, and names the line where one of them fails.

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
    /// Fields and expressions, with the terms that expressions may use.
    pub(crate) fn new(checker: &'c Checker<'c>, terms: &'c BTreeMap<String, Text>) -> Self {
        Self { checker, terms, used: RefCell::default() }
    }

    /// What the definition is checked with.
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

    /// A field of a kind that `fits`.
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

    /// A date.
    pub(crate) fn date(&self, dataset: &'static Dataset, text: &Text) -> Result<FieldPath, DefinitionError> {
        self.field_of(dataset, text, "date", |kind| matches!(kind, Kind::Date))
    }

    /// A key or a pseudonym.
    pub(crate) fn key(&self, dataset: &'static Dataset, text: &Text) -> Result<FieldPath, DefinitionError> {
        self.field_of(dataset, text, "key or pseudonym", |kind| matches!(kind, Kind::Key | Kind::Pseudonym))
    }

    /// The area of a row, which is an area or a code of an open list whose codes are areas (hospital sites).
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

    /// The ward of a row.
    pub(crate) fn ward(&self, dataset: &'static Dataset, ward: &Text) -> Result<FieldPath, DefinitionError> {
        let (path, field) = self.field(dataset, ward)?;
        if field.options.area_level == "ward" {
            Ok(path)
        } else {
            self.checker.at(ward, format!("{path} is not a ward"))
        }
    }

    /// An expression over the rows of the dataset; without one, every row.
    pub(crate) fn predicate(
        &self,
        dataset: &'static Dataset,
        text: Option<&Text>,
    ) -> Result<Predicate, DefinitionError> {
        let Some(text) = text else { return Ok(Predicate::always()) };
        let source = self.with_terms(text, text.get_ref(), 0)?;
        match Predicate::compile(&source, dataset, self.checker.reference) {
            // The kernel takes the conjunctive form: one that is too large is refused here rather than there.
            Ok(predicate) => match predicate.clauses() {
                Ok(_) => Ok(predicate),
                Err(error) => self.checker.at(text, error.to_string()),
            },
            Err(error) => self.checker.at(text, error.to_string()),
        }
    }

    /// The expression with each `${name}` replaced by the term of that name, in brackets.
    fn with_terms(&self, text: &Text, source: &str, depth: usize) -> Result<String, DefinitionError> {
        const DEEPEST: usize = 8;
        let mut out = String::with_capacity(source.len());
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return self.checker.at(text, "a term is written ${name}");
            };
            let Some(term) = self.terms.get(name) else {
                return self.checker.at(text, format!("there is no term {name}"));
            };
            if depth == DEEPEST {
                return self.checker.at(term, format!("the term {name} is made of itself, or of too many others"));
            }
            self.used.borrow_mut().insert(name.to_owned());
            out.push_str(before);
            out.push('(');
            out.push_str(&self.with_terms(term, term.get_ref(), depth + 1)?);
            out.push(')');
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Every term: its name, its place in the file, and whether an expression used it.
    pub(crate) fn terms(&self) -> impl Iterator<Item = (String, usize, bool)> {
        let used = self.used.borrow().clone();
        self.terms.iter().map(move |(name, term)| (name.clone(), term.span().start, used.contains(name)))
    }
}
