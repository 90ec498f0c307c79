//! Populations: the rows that a measure counts, and the fields that place a row in a period and an area.

use serde::Deserialize;

use super::{Reported, Selection};
use crate::cel::{FieldPath, Predicate};
use crate::contract::Dataset;
use crate::measure_file::{DefinitionError, Fields, Text};
use crate::reference::Level;

/// The expression of an absent population that selects no rows.
const NOTHING: &str = "!(true)";

/// Rows of one dataset, with the fields that place each row in time and in an area.
#[derive(Clone, Copy, Debug)]
pub struct RowBasis {
    /// Dataset.
    pub dataset: &'static Dataset,
    /// Date that places a row in a period. For subjects that are followed up, it is a field of the referenced row.
    pub date: FieldPath,
    /// Area of a row. Counts roll up to the levels above it. The field holds an area, or a code of an open list whose
    /// codes are areas (hospital sites).
    pub area: FieldPath,
    /// Ward of a row. It is used at the level of wards only.
    pub ward: Option<FieldPath>,
}

impl RowBasis {
    /// The field that holds the area of a row: the ward if `wards` is true, otherwise the area. `None` if rows have no
    /// ward.
    #[must_use]
    pub fn area_field(&self, wards: bool) -> Option<FieldPath> {
        if wards { self.ward } else { Some(self.area) }
    }

    /// The fields that place a row. `wards` says whether the ward is needed in addition to the area.
    pub fn fields(&self, wards: bool) -> impl Iterator<Item = FieldPath> {
        let Self { dataset: _, date, area, ward } = *self;
        [date, area].into_iter().chain(ward.filter(|_| wards))
    }

    /// Whether rows can be placed at a level of area: their own level or a level above it.
    #[must_use]
    pub fn reaches(&self, level: Level) -> bool {
        let own = self.area.declared().and_then(|field| Level::from_id(&field.options.area_level));
        let levels: &[Level] = match own {
            Some(Level::Borough) => &[Level::Borough, Level::Bcu, Level::London],
            Some(Level::CpsArea) => &[Level::CpsArea, Level::London],
            Some(Level::Court) => &[Level::Court, Level::Lcjb, Level::London],
            // The codes of an open list are hospital sites.
            Some(Level::HospitalSite) | None => &[Level::HospitalSite, Level::London],
            Some(_) => &[Level::London],
        };
        levels.contains(&level) || level == Level::Ward && self.ward.is_some()
    }
}

/// Rows by their role in a proportion. The names are those of the populations of HL7 FHIR's Measure.
///
/// The order of operations is: first the initial population; then the denominator within it, without its exclusions;
/// then the numerator within the denominator, without the numerator's exclusions; last the exceptions. An exception
/// leaves the denominator unless it is in the numerator. Source: HL7 FHIR R4, Clinical Quality Framework, proportion
/// measures.
#[derive(Clone, Debug)]
pub struct Population {
    /// The rows.
    pub rows: RowBasis,
    /// Rows that the measure is about.
    pub initial: Predicate,
    /// Rows of the initial population that could have the outcome.
    pub denominator: Predicate,
    /// Rows that leave the denominator, and therefore the numerator too.
    pub denominator_exclusion: Predicate,
    /// Rows that leave the denominator if they are not in the numerator.
    pub denominator_exception: Predicate,
    /// Rows of the denominator that have the outcome.
    pub numerator: Predicate,
    /// Rows that leave the numerator and stay in the denominator.
    pub numerator_exclusion: Predicate,
}

impl Population {
    /// The denominator without its exclusions.
    #[must_use]
    pub fn eligible(&self) -> Predicate {
        self.initial.and(&self.denominator).and(&self.denominator_exclusion.not())
    }

    /// The numerator within the denominator, without the numerator's exclusions.
    #[must_use]
    pub fn counted(&self) -> Predicate {
        self.eligible().and(&self.numerator).and(&self.numerator_exclusion.not())
    }

    /// Rows that an exception takes out of the denominator unless they are in the numerator.
    #[must_use]
    pub fn excepted(&self) -> Predicate {
        self.eligible().and(&self.denominator_exception)
    }

    /// Excepted rows that are in the numerator, and therefore stay in the denominator.
    #[must_use]
    pub fn excepted_and_counted(&self) -> Predicate {
        self.counted().and(&self.denominator_exception)
    }

    /// The denominator after its exclusions and exceptions.
    #[must_use]
    pub fn base(&self) -> Predicate {
        if self.denominator_exception.source() == NOTHING {
            // The longer expression would select the same rows.
            return self.eligible();
        }
        self.eligible().and(&self.excepted().and(&self.counted().not()).not())
    }

    /// The steps that select rows, in the order of operations, and the exception, which is no step.
    #[must_use]
    pub fn selections(&self) -> Vec<Selection> {
        let Self {
            rows,
            initial,
            denominator,
            denominator_exclusion,
            denominator_exception,
            numerator,
            numerator_exclusion,
        } = self;
        let mut left = Predicate::always();
        let mut step = |name: &str, expression: &Predicate, kept: Predicate| {
            left = left.and(&kept);
            // A population that the definition does not state is not a step.
            let idle = name != "initial_population" && matches!(expression.source(), "true" | "false" | NOTHING);
            let selection = Selection::named(name, expression);
            if idle { selection } else { selection.leaving(*rows, left.clone()) }
        };
        vec![
            step("initial_population", initial, initial.clone()),
            step("denominator", denominator, denominator.clone()),
            step("denominator_exclusion", denominator_exclusion, denominator_exclusion.not()),
            step("numerator", numerator, numerator.clone()),
            step("numerator_exclusion", numerator_exclusion, numerator_exclusion.not()),
            Selection::named("denominator_exception", denominator_exception),
        ]
    }
}

/// Rows that one expression selects, counted by one date.
#[derive(Clone, Debug)]
pub struct Subjects {
    /// The rows.
    pub rows: RowBasis,
    /// Rows counted.
    pub population: Predicate,
}

/// A population as it is written in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PopulationTable {
    pub(super) dataset: Text,
    date: Text,
    area: Text,
    ward: Option<Text>,
    initial: Option<Text>,
    pub(super) denominator: Option<Text>,
    denominator_exclusion: Option<Text>,
    denominator_exception: Option<Text>,
    numerator: Option<Text>,
    numerator_exclusion: Option<Text>,
}

impl PopulationTable {
    pub(super) fn read(&self, fields: &Fields<'_>) -> Result<Population, DefinitionError> {
        let dataset = fields.dataset(&self.dataset)?;
        let predicate = |text: &Option<Text>| fields.predicate(dataset, text.as_ref());
        let none_without = |text: &Option<Text>| match text {
            Some(_) => predicate(text),
            None => Ok(Predicate::always().not()),
        };
        Ok(Population {
            rows: row_basis(dataset, &self.date, &self.area, self.ward.as_ref(), fields)?,
            initial: predicate(&self.initial)?,
            denominator: predicate(&self.denominator)?,
            denominator_exclusion: none_without(&self.denominator_exclusion)?,
            denominator_exception: none_without(&self.denominator_exception)?,
            numerator: predicate(&self.numerator)?,
            numerator_exclusion: none_without(&self.numerator_exclusion)?,
        })
    }

    /// Reads a population that has a numerator and a denominator.
    pub(super) fn read_share(&self, fields: &Fields<'_>) -> Result<Population, DefinitionError> {
        if self.numerator.is_none() || self.denominator.is_none() {
            return fields.checker().at(&self.dataset, "a share needs a numerator and a denominator");
        }
        self.read(fields)
    }
}

/// Subjects as they are written in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubjectsTable {
    dataset: Text,
    date: Text,
    area: Text,
    ward: Option<Text>,
    population: Option<Text>,
}

impl SubjectsTable {
    pub(super) fn read(&self, fields: &Fields<'_>) -> Result<Subjects, DefinitionError> {
        let dataset = fields.dataset(&self.dataset)?;
        Ok(Subjects {
            rows: row_basis(dataset, &self.date, &self.area, self.ward.as_ref(), fields)?,
            population: fields.predicate(dataset, self.population.as_ref())?,
        })
    }
}

/// Reads the condition of the rows of a source on which agencies report on its own; `None` if it is not stated.
pub(super) fn read_reported(
    source: Option<&Text>,
    rows: RowBasis,
    fields: &Fields<'_>,
) -> Result<Option<Reported>, DefinitionError> {
    let source = source.map(|source| fields.predicate(rows.dataset, Some(source))).transpose()?;
    Ok(source.map(|source| Reported::source(rows, source)))
}

/// Looks up the fields that place a row.
pub(super) fn row_basis(
    dataset: &'static Dataset,
    date: &Text,
    area: &Text,
    ward: Option<&Text>,
    fields: &Fields<'_>,
) -> Result<RowBasis, DefinitionError> {
    Ok(RowBasis {
        dataset,
        date: fields.date(dataset, date)?,
        area: fields.area(dataset, area)?,
        ward: ward.map(|ward| fields.ward(dataset, ward)).transpose()?,
    })
}
