//! A number, or a rate: the number for each 1,000, 10,000 or 100,000 residents.

use serde::Deserialize;
use toml::Spanned;

use super::{Input, Inputs, Reader, Residents};
use crate::estimate::{self, Estimated, Rule, Unavailable, ValueKind};
use crate::measure_file::DefinitionError;

/// Residents as they are written in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResidentsTable {
    ages: Option<Spanned<(u8, u8)>>,
}

/// The residents by whom a number is divided; none if the number itself is the value.
#[derive(Debug)]
pub(super) struct PerResidents {
    residents: Option<Residents>,
    multiplier: f64,
}

impl PerResidents {
    pub(super) fn read(table: Option<ResidentsTable>, reader: &Reader<'_>) -> Result<Self, DefinitionError> {
        let ages = match table {
            None => None,
            Some(ResidentsTable { ages: Some(ages) }) if ages.get_ref().0 > ages.get_ref().1 => {
                return reader.fields.checker().fault(ages.span().start, "the youngest age comes first");
            }
            Some(ResidentsTable { ages }) => Some(ages.map(Spanned::into_inner)),
        };
        let residents = ages.map(|ages| Residents { ages, ethnic_groups: Vec::new() });
        // The check of the definition refuses a kind of value that has no multiplier.
        Ok(Self { residents, multiplier: reader.value_kind.multiplier().unwrap_or(1.0) })
    }

    /// Whether the number is divided by residents.
    pub(super) fn is_rate(&self) -> bool {
        self.residents.is_some()
    }

    pub(super) fn value_kinds(&self) -> &'static [ValueKind] {
        match self.residents {
            Some(_) => &[ValueKind::RatePer1k, ValueKind::RatePer10k, ValueKind::RatePer100k],
            None => &[ValueKind::Count],
        }
    }

    /// The inputs of a design that divides the number of its first input.
    pub(super) fn inputs(&self, number: Input) -> Vec<Input> {
        std::iter::once(number).chain(self.residents.clone().map(Input::Residents)).collect()
    }

    /// Estimates the value. Interval: Byar 1977, exact Poisson limits for small counts.
    pub(super) fn estimate(&self, number: f64, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        match self.residents {
            Some(_) => estimate::rate(number, f64::from(inputs.residents(1)?), self.multiplier, rule),
            None => Ok(estimate::count(number, rule)),
        }
    }
}
