//! The contract as data: datasets, fields, codes and rules, read from the descriptor set by reflection.
//!
//! No code here lists fields or codes. A new field in `proto/` appears in the CSV header, the checks, the Arrow schema and the
//! data dictionary without a change in Rust.

mod codes;
mod field;
mod limits;
mod read;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text_table::heading_key;
pub use codes::{Code, CodeSet};
pub use field::{Derivation, Field, Kind, Presence};
pub use limits::{LimitExceeded, StatedLimit, check_limits, stated_limits};
pub use peelian::annotations::v1::{
    Attribute, Dataset as Options, Exists, GroupHas, GroupSize, NoOverlap, Rule, Sensitivity, Severity, Unique,
};

/// Percentage of rows with errors above which a submission is rejected, for datasets without a percentage of their own.
pub const DEFAULT_REJECT_ABOVE_PERCENT: f64 = 5.0;

/// Every dataset of the contract.
#[derive(Debug)]
pub struct Contract {
    datasets: Vec<Dataset>,
}

/// One dataset: a message whose instances are the rows of a submission.
#[derive(Debug)]
pub struct Dataset {
    /// Identifier: `crime`.
    pub id: String,
    /// Full name of the message: `peelian.records.v1.Crime`.
    pub message: String,
    /// Description of a row, from the comment of the message.
    pub description: String,
    /// Title, keys, period fields and rules of the contract.
    pub options: Options,
    /// Fields in the order of declaration, which is the order of [`peelian::Record::visit`].
    pub fields: Vec<Field>,
    /// The position in `fields` of each heading, by its letters and digits.
    headings: HashMap<String, usize>,
}

/// No dataset has this identifier.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no dataset {dataset}; the datasets are {}", known.join(", "))]
pub struct UnknownDataset {
    /// The identifier that was given.
    pub dataset: String,
    /// Identifiers of all datasets.
    pub known: Vec<String>,
}

impl Contract {
    /// The contract of this build.
    ///
    /// ```
    /// let crime = peelian_core::contract::Contract::get().dataset("crime").unwrap();
    /// assert!(crime.field("knife_use").unwrap().required());
    /// ```
    ///
    /// # Panics
    ///
    /// Never in a released build: the descriptor set is made by the same build, and a test reads all of it.
    #[must_use]
    pub fn get() -> &'static Self {
        static CONTRACT: LazyLock<Contract> =
            LazyLock::new(|| read::contract(peelian::DESCRIPTOR_SET).expect("the contract is read by a test"));
        &CONTRACT
    }

    /// All datasets, in the order of their identifiers.
    #[must_use]
    pub fn datasets(&self) -> &[Dataset] {
        &self.datasets
    }

    /// The dataset with this identifier.
    #[must_use]
    pub fn dataset(&self, id: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|dataset| dataset.id == id)
    }

    /// The dataset with this identifier, or an error that names all identifiers.
    ///
    /// # Errors
    ///
    /// [`UnknownDataset`].
    ///
    /// ```
    /// let unknown = peelian_core::contract::Contract::get().known_dataset("crimes").unwrap_err();
    /// assert!(unknown.to_string().contains("crime_victim"));
    /// ```
    pub fn known_dataset(&self, id: &str) -> Result<&Dataset, UnknownDataset> {
        self.dataset(id).ok_or_else(|| UnknownDataset {
            dataset: id.to_owned(),
            known: self.datasets.iter().map(|dataset| dataset.id.clone()).collect(),
        })
    }

    /// The dataset with rows of this message.
    #[must_use]
    pub fn dataset_of_message(&self, full_name: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|dataset| dataset.message == full_name)
    }
}

impl Dataset {
    /// The field with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Position of the field with this name in [`Dataset::fields`].
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// Position in [`Dataset::fields`] of the field that has a heading: its name or an alias, without regard to case, spaces
    /// and punctuation.
    ///
    /// ```
    /// use peelian_core::contract::Contract;
    ///
    /// let crime = Contract::get().known_dataset("crime")?;
    /// assert_eq!(crime.position_of_heading("Offence Borough"), crime.position("offence_borough"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn position_of_heading(&self, heading: &str) -> Option<usize> {
        let named = self.fields.iter().position(|field| field.name.eq_ignore_ascii_case(heading));
        named.or_else(|| self.headings.get(&heading_key(heading)).copied())
    }

    /// The field that refers to rows of `dataset`.
    #[must_use]
    pub fn reference_to(&self, dataset: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.references() == Some(dataset))
    }

    /// The field with the key of the same row at another agency.
    #[must_use]
    pub fn key_elsewhere(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.options.key_elsewhere)
    }

    /// Whether a row is placed in a period by a day of the row of `dataset` that it refers to.
    #[must_use]
    pub fn is_placed_by(&self, dataset: &str) -> bool {
        let fields = self.options.period_fields.iter();
        fields.filter_map(|name| name.split_once('.')).any(|(owner, _)| owner == dataset)
    }

    /// Fields that a partner submits: all except derived fields. This is the CSV header.
    pub fn submitted(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.derivation.is_none())
    }

    /// Fields that are stored: all except transient fields.
    pub fn kept(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.transient())
    }

    /// Percentage of rows with errors above which a submission is rejected.
    #[must_use]
    pub fn reject_above_percent(&self) -> f64 {
        if self.options.reject_above_percent > 0.0 {
            self.options.reject_above_percent
        } else {
            DEFAULT_REJECT_ABOVE_PERCENT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dataset_of_the_contract_is_read() {
        let ids: Vec<_> = Contract::get().datasets().iter().map(|dataset| dataset.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "area_profile",
                "asb_incident",
                "cjs_survey_response",
                "court_case",
                "court_stock",
                "cps_defendant_outcome",
                "crime",
                "crime_outcome",
                "crime_victim",
                "istv_attendance",
                "local_priority",
                "nrm_referral",
                "probation_cohort",
                "proven_reoffence",
                "public_attitude_response",
                "published_figure",
                "staff_survey_response",
                "stop_search",
                "trial_listing",
                "victim_survey_response",
                "victims_code_event",
                "ward_officer",
                "workforce_flow",
                "workforce_snapshot",
                "youth_fte",
            ]
        );
    }

    /// The rows that a submission leaves out note their known fields in 64 bits.
    #[test]
    fn no_dataset_has_more_than_64_stored_fields() {
        assert!(Contract::get().datasets().iter().all(|dataset| dataset.kept().count() <= 64));
    }

    #[test]
    fn names_in_options_are_fields() {
        for dataset in Contract::get().datasets() {
            let known = |name: &str| match name.split_once('.') {
                Some((other, field)) => {
                    assert!(dataset.reference_to(other).is_some(), "{}: {name}", dataset.id);
                    Contract::get().dataset(other).is_some_and(|other| other.field(field).is_some())
                }
                None => dataset.field(name).is_some(),
            };
            let options = &dataset.options;
            let named = options.key.iter().chain(&options.period_fields);
            let in_rules = options.rules.iter().map(|rule| &rule.field);
            let in_groups = options.group_has.iter().flat_map(|group| group.by.iter().chain([&group.field]));
            for name in named.chain(in_rules).chain(in_groups) {
                assert!(known(name), "{} names {name}", dataset.id);
            }
            for field in &dataset.fields {
                let o = &field.options;
                let single = [&o.within, &o.differs_from, &o.at_most].into_iter().filter(|name| !name.is_empty());
                for name in o.not_before.iter().chain(single) {
                    assert!(known(name), "{}.{} names {name}", dataset.id, field.name);
                }
            }
        }
    }

    /// Values of two keys never link. Each row must therefore have the identifier of its key.
    #[test]
    fn every_pseudonym_names_its_key() {
        for dataset in Contract::get().datasets() {
            for field in dataset.fields.iter().filter(|field| matches!(field.kind, Kind::Pseudonym)) {
                let key = dataset.field("linkage_key_id").expect(&dataset.id);
                let condition = format!("{} != null", field.name);
                assert!(matches!(key.kind, Kind::Key), "{}", dataset.id);
                assert!(key.required() || key.options.required_when == condition, "{}", dataset.id);
            }
        }
    }

    #[test]
    fn codes_carry_spelling_label_and_aliases() {
        let outcome = Contract::get().dataset("crime_outcome").unwrap().field("outcome_code").unwrap();
        let Kind::Code(codes) = &outcome.kind else { panic!("outcome_code is a code") };
        let code = codes.get("16").unwrap();
        assert_eq!(code.label, "Suspect identified, victim does not support further action or withdrew");
        assert_eq!(code.valid_from.map(|date| date.to_string()).as_deref(), Some("2014-04-01"));
        let survey = Contract::get().dataset("victim_survey_response").unwrap();
        let Kind::Code(answers) = &survey.field("q_overall").unwrap().kind else { panic!("q_overall is a code") };
        assert_eq!(answers.get("3").unwrap().code, "fairly_satisfied");
    }
}
