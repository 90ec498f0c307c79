//! Populations that several measures use, each written once: `seeds/populations.toml`.

use std::collections::BTreeMap;

use peelian_seeds::SeedFile;

use super::DefinitionError;
use super::error::parse_fault;
use crate::contract::{Contract, Dataset};

/// Expressions by the dataset whose fields they read, and their name.
#[derive(Debug)]
pub(crate) struct Populations(BTreeMap<String, BTreeMap<String, String>>);

impl Populations {
    /// Reads the file. The expressions are checked where a measure uses them.
    pub(crate) fn read(file: &SeedFile) -> Result<Self, DefinitionError> {
        toml::from_str(&file.text).map(Self).map_err(|error| parse_fault(file, &error))
    }

    /// The expression with a name, `crime:recorded`, over the rows of a dataset. If the rows refer to the dataset of the
    /// population, the fields are those of the row that they refer to.
    pub(crate) fn over(&self, name: &str, rows: &Dataset) -> Result<String, String> {
        let missing = || format!("there is no population {name}");
        let (owner, population) = name.split_once(':').ok_or_else(missing)?;
        let expression = self.0.get(owner).and_then(|populations| populations.get(population)).ok_or_else(missing)?;
        match Contract::get().dataset(owner) {
            Some(owner) if owner.id == rows.id => Ok(expression.clone()),
            Some(owner) if rows.reference_to(&owner.id).is_some() => Ok(referenced(expression, owner)),
            _ => Err(format!("{} has no reference to {owner}, whose population is {name}", rows.id)),
        }
    }
}

/// The expression with the dataset's name before each of its fields.
fn referenced(expression: &str, owner: &Dataset) -> String {
    let mut out = String::with_capacity(2 * expression.len());
    // Every second part is a constant between quotes.
    for (number, part) in expression.split('\'').enumerate() {
        if number > 0 {
            out.push('\'');
        }
        if number % 2 == 1 {
            out.push_str(part);
            continue;
        }
        for word in part.split_inclusive(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')) {
            let name = word.trim_end_matches(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
            if owner.field(name).is_some() {
                out.push_str(&owner.id);
                out.push('.');
            }
            out.push_str(word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_crime_that_is_referred_to() {
        let text = "[crime]\nlate = \"record_status in ['active', 'ho_class'] && !(ho_class == '1') && 2 == 2\"";
        let file = SeedFile { path: "populations.toml".to_owned(), text: text.into() };
        let populations = Populations::read(&file).unwrap();
        let over = |name: &str, rows: &str| populations.over(name, Contract::get().dataset(rows).unwrap());
        assert_eq!(
            over("crime:late", "crime_outcome").unwrap(),
            "crime.record_status in ['active', 'ho_class'] && !(crime.ho_class == '1') && 2 == 2"
        );
        assert!(over("crime:late", "crime").unwrap().starts_with("record_status"));
        assert_eq!(over("crime:early", "crime"), Err("there is no population crime:early".to_owned()));
        assert!(over("crime:late", "istv_attendance").unwrap_err().contains("no reference to crime"));
    }
}
