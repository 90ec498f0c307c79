//! The sum of an amount over rows that are counts themselves: incidents by month and borough, open cases by court.

use std::sync::Arc;

use serde::Deserialize;

use super::per_residents::{PerResidents, ResidentsTable};
use super::population::SubjectsTable;
use super::{Design, Formula, Histogram, Input, Inputs, Quantity, Reader, Reported, Selection, Subjects, Tally};
use crate::cel::FieldPath;
use crate::contract::{Dataset, Kind};
use crate::estimate::{
    Comparable, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64,
};
use crate::measure_file::{DefinitionError, Fields, Table, Text};
use crate::stats::median::Frequencies;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "total";

/// A sum. Interval of a flow: Byar 1977, exact Poisson limits for small counts. A stock has none: nothing is counted over a
/// time.
#[derive(Debug)]
struct Total {
    subjects: Subjects,
    amount: FieldPath,
    stock: bool,
    per: PerResidents,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TotalTable {
    amount: Text,
    population: SubjectsTable,
    /// Whether the amount is what there is on a day, such as open cases. Amounts of several days do not add up.
    #[serde(default)]
    stock: bool,
    residents: Option<ResidentsTable>,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let written: TotalTable = reader.fields.checker().read(table)?;
    let subjects = written.population.read(reader.fields)?;
    Ok(Arc::new(Total {
        amount: amount(subjects.rows.dataset, &written.amount, reader.fields)?,
        subjects,
        stock: written.stock,
        per: PerResidents::read(written.residents, reader)?,
    }))
}

/// A field that holds a whole number.
pub(super) fn amount(
    dataset: &'static Dataset,
    text: &Text,
    fields: &Fields<'_>,
) -> Result<FieldPath, DefinitionError> {
    fields.field_of(dataset, text, "whole number", |kind| matches!(kind, Kind::Integer(_)))
}

/// The sum of all values.
pub(super) fn sum(values: &Frequencies) -> Result<f64, MissingReason> {
    let sum = values
        .iter()
        .try_fold(0_u64, |sum, (value, count)| sum.checked_add(u64::try_from(*value).ok()?.checked_mul(*count)?));
    sum.map(count_to_f64).ok_or(MissingReason::NotApplicable)
}

impl Design for Total {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        self.per.value_kinds()
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        if self.stock { &[IntervalRule::None] } else { &[IntervalRule::ByarOrExact] }
    }

    fn formula(&self) -> Formula {
        match self.per.is_rate() {
            true => Formula {
                value: "m × Σ a / P",
                symbols: "a is the amount of a row. P is the number of residents of the areas that are included, in \
                    the middle of the period or in the nearest year with an estimate, and m is the number of residents \
                    in the unit of the rate.",
            },
            false if self.stock => Formula {
                value: "Σ a",
                symbols: "a is the amount of a row, which states what there was on its day. Amounts of several \
                    days are not added up.",
            },
            false => Formula { value: "Σ a", symbols: "a is the amount of a row." },
        }
    }

    fn inputs(&self) -> Vec<Input> {
        let amounts = Histogram { of: Quantity::Number(self.amount), subjects: Tally::of_subjects(&self.subjects) };
        let mut inputs = self.per.inputs(Input::Histogram(amounts));
        inputs.push(Input::Reported(Reported::counts(&self.subjects, self.amount)));
        inputs
    }

    fn selections(&self) -> Vec<Selection> {
        vec![Selection::of_subjects("initial_population", &self.subjects)]
    }

    fn adds_up_over_periods(&self) -> bool {
        !self.stock
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let total = self.per.estimate(sum(inputs.histogram(0)?)?, inputs, rule)?;
        // The stocks of two days are not independent counts, so their change is not tested.
        Ok(if self.stock { Estimated { comparable: Comparable::Not, ..total } } else { total })
    }
}
