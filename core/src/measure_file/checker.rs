//! Reads tables into their forms, and reports faults with their line.

use peelian_seeds::SeedFile;
use serde::Deserialize;

use super::error::{fault, parse_fault};
use super::{DefinitionError, Populations, Table, Text};
use crate::reference::Reference;

/// Checks one definition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checker<'c> {
    /// The file of the definition.
    pub(crate) file: &'c SeedFile,
    /// Areas and code lists.
    pub(crate) reference: &'c Reference,
    /// Populations that several measures use.
    pub(crate) populations: &'c Populations,
}

impl Checker<'_> {
    /// Reports a fault at a byte of the file.
    pub(crate) fn fault<T>(&self, at: usize, reason: impl Into<String>) -> Result<T, DefinitionError> {
        Err(fault(self.file, at, reason.into()))
    }

    /// Reports a fault at a text.
    pub(crate) fn at<T>(&self, text: &Text, reason: impl Into<String>) -> Result<T, DefinitionError> {
        self.fault(text.span().start, reason)
    }

    /// Reads a table into its form.
    pub(crate) fn read<'f, T: Deserialize<'f>>(&self, table: Table<'f>) -> Result<T, DefinitionError> {
        T::deserialize(toml::de::Deserializer::from(table)).map_err(|error| parse_fault(self.file, &error))
    }
}
