//! The steps by which records are selected, counted one by one.

use std::sync::Arc;

use super::ComputeError;
use super::compute::Asked;
use super::cube::{Cube, Spec, Tally};
use super::data::{Data, Placed};
use super::dims::Dims;
use super::explain::PopulationStep;
use super::months::MonthCodes;
use crate::cel::Predicate;
use crate::measure::{Design, Population, Subjects};
use crate::reference::Level;

/// A step before it is counted: its name, its expression, and the rows left after it.
pub(super) struct Stage {
    population: String,
    expression: String,
    left: Predicate,
    /// Whether the step counts its own rows, rather than those that the step before left.
    fresh: bool,
}

impl Data {
    /// Counts the rows left after each step in the area, period and cell.
    pub(super) fn steps(&self, asked: Asked<'_>) -> Result<Vec<PopulationStep>, ComputeError> {
        let mut steps = Vec::new();
        if !asked.dims.in_records() {
            return Ok(steps);
        }
        for (placed, dims, stages) in self.stages(asked) {
            let mut before = self.rows_left(asked, placed, &dims, &Predicate::always())?;
            for stage in stages {
                if stage.fresh {
                    before = self.rows_left(asked, placed, &dims, &Predicate::always())?;
                }
                let remaining = self.rows_left(asked, placed, &dims, &stage.left)?;
                steps.push(PopulationStep {
                    population: stage.population,
                    expression: stage.expression,
                    remaining,
                    removed: before.saturating_sub(remaining),
                });
                before = remaining;
            }
        }
        Ok(steps)
    }

    /// The steps of a design, with how the rows are placed and the dimensions as fields of them.
    pub(super) fn stages<'a>(&'a self, asked: Asked<'a>) -> Vec<(Placed<'a>, Dims, Vec<Stage>)> {
        let subjects = |population: String, subjects: &'a Subjects| {
            let dims = asked.dims.of_dataset(subjects.dataset)?;
            let left = subjects.population.clone();
            let stage = Stage { population, expression: left.source().to_owned(), left, fresh: true };
            Some((subjects.placed(), dims, vec![stage]))
        };
        let own = |placed, stages| vec![(placed, asked.dims.clone(), stages)];
        match &asked.definition.design {
            Design::Count(population) | Design::Proportion(population) => {
                own(population.placed(), population_stages(population))
            }
            Design::Rate { population, .. } | Design::WeightedProportion { population, .. } => {
                own(population.placed(), population_stages(population))
            }
            Design::RepeatShare(repeat) => {
                let linked = repeat.qualifying.and(&repeat.linkable);
                let stage = |population: &str, expression: &Predicate, left: Predicate| Stage {
                    population: population.to_owned(),
                    expression: expression.source().to_owned(),
                    left,
                    fresh: false,
                };
                let stages = vec![
                    stage("initial_population", &repeat.qualifying, repeat.qualifying.clone()),
                    stage("denominator", &repeat.linkable, linked.clone()),
                    stage("index", &repeat.index, linked.and(&repeat.index)),
                ];
                own(repeat.placed(), stages)
            }
            Design::Funnel(funnel) => {
                let steps = funnel.steps.iter();
                steps.filter_map(|step| subjects(step.id.clone(), &step.subjects)).collect()
            }
            Design::Ratio { numerator, denominator } => {
                let parts = [("denominator", denominator), ("numerator", numerator)];
                parts.into_iter().filter_map(|(name, part)| subjects(name.to_owned(), part)).collect()
            }
            Design::Gap(gap) => {
                let parent = self.core.catalogue.get(&gap.of).map(|parent| &parent.design);
                match parent {
                    Some(Design::Proportion(population) | Design::WeightedProportion { population, .. }) => {
                        own(population.placed(), population_stages(population))
                    }
                    _ => Vec::new(),
                }
            }
            Design::Completeness(_) | Design::SubmittedOnly => Vec::new(),
        }
    }

    /// Rows of an area, period and cell for which a predicate holds.
    fn rows_left(
        &self,
        asked: Asked<'_>,
        placed: Placed<'_>,
        dims: &Dims,
        predicate: &Predicate,
    ) -> Result<u64, ComputeError> {
        let table = self.table(placed.dataset)?;
        let areas = &self.core.reference.areas;
        let wards = areas.get(asked.area).level() == Level::Ward;
        let Some(area) = placed.area(wards) else { return Ok(0) };
        let base = self.base(area);
        let months: Arc<MonthCodes> = self.months(table, placed.date);
        let predicates = [predicate.clone()];
        let spec = Spec { table, area, predicates: &predicates, dims };
        let within = base.within(areas, asked.area, asked.period.end_date());
        let cube = Cube::count(&self.rows, &self.core.reference, &spec, base, &months)?;
        let tally: Tally = cube.sum(&within, asked.period, asked.cell);
        Ok(tally[0])
    }
}

/// The steps of a population, in the order of operations.
fn population_stages(population: &Population) -> Vec<Stage> {
    let mut stages = Vec::new();
    let mut left = Predicate::always();
    let parts = [
        ("initial_population", &population.initial, population.initial.clone()),
        ("denominator", &population.denominator, population.denominator.clone()),
        ("denominator_exclusion", &population.denominator_exclusion, population.denominator_exclusion.not()),
        ("numerator", &population.numerator, population.numerator.clone()),
        ("numerator_exclusion", &population.numerator_exclusion, population.numerator_exclusion.not()),
    ];
    for (name, expression, kept) in parts {
        left = left.and(&kept);
        // What a definition leaves out says nothing.
        let idle = name != "initial_population" && matches!(expression.source(), "true" | "false" | "!(true)");
        if !idle {
            stages.push(Stage {
                population: name.to_owned(),
                expression: expression.source().to_owned(),
                left: left.clone(),
                fresh: false,
            });
        }
    }
    stages
}
