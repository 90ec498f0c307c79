//! An index of areas made from several variables by a named recipe, such as the Vulnerable Localities Index.

use super::StatsError;
use super::error::{count, denominator};

/// Which end of a variable adds to the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    /// A high rate adds.
    #[default]
    HighAdds,
    /// A low rate adds: the complement is taken, so the rate must be a proportion.
    LowAdds,
}

/// One variable of a recipe, for all areas.
#[derive(Clone, Debug)]
pub struct Variable<'a> {
    /// For each area, what is counted: burglaries of dwellings, or a score of deprivation times the residents.
    pub numerators: &'a [f64],
    /// For each area, what it is divided by: dwellings, residents.
    pub denominators: &'a [f64],
    /// The end that adds.
    pub orientation: Orientation,
    /// The weight of the variable in the mean; above zero.
    pub weight: f64,
}

/// The index of each area: the weighted mean, over the variables, of 100 times the rate of the area over the rate of all areas
/// together. 100 is the average of the areas studied.
///
/// The Vulnerable Localities Index has six variables of the same weight: burglary of dwellings, criminal damage to dwellings,
/// deprivation of income and of employment, young people, and people without qualifications. An area above 200 is a priority:
/// Chainey S (2008), Identifying priority neighbourhoods using the Vulnerable Localities Index, Policing 2(2):196-209. The rate
/// of all areas together, and not the mean of their rates, is the average: this is a decision of this project.
///
/// # Errors
///
/// [`StatsError::AreasDiffer`] if a variable has not one pair for each area; [`StatsError::ZeroDenominator`] for an area without a
/// denominator, or a variable that is zero everywhere; [`StatsError::NotPositive`] for a weight;
/// [`StatsError::NumeratorAboveDenominator`] for a complement of what is no proportion; [`StatsError`] for a number that is
/// negative, infinite or missing.
///
/// ```
/// use peelian_core::stats::composite::{Orientation, Variable, composite_index};
///
/// // Burglaries of 100 dwellings each: 6 and 2, where 4 is the average.
/// let burglary = Variable {
///     numerators: &[6.0, 2.0],
///     denominators: &[100.0, 100.0],
///     orientation: Orientation::HighAdds,
///     weight: 1.0,
/// };
/// assert_eq!(composite_index(&[burglary])?, [150.0, 50.0]);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn composite_index(variables: &[Variable<'_>]) -> Result<Vec<f64>, StatsError> {
    let areas = variables.first().map_or(0, |variable| variable.numerators.len());
    let mut rates = vec![Vec::with_capacity(variables.len()); areas];
    for variable in variables {
        for (of_area, found) in rates.iter_mut().zip(variable.rates(areas)?) {
            of_area.push(found);
        }
    }
    rates.iter().map(|rates| index_of(rates)).collect()
}

/// The rates of one variable in an area and in all areas together, of which a high one adds to the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// In the area.
    pub area: f64,
    /// In all areas together; above zero.
    pub whole: f64,
    /// The weight of the variable in the mean; above zero.
    pub weight: f64,
}

/// The index of one area: the weighted mean, over the variables, of 100 times its rate over that of all areas together. See
/// [`composite_index`] for the method and its source.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] for a variable that is zero everywhere; [`StatsError::NotPositive`] for a weight;
/// [`StatsError`] for a number that is negative, infinite or missing.
///
/// ```
/// use peelian_core::stats::composite::{Rates, index_of};
///
/// // 6 burglaries of 100 dwellings where 4 is the average, and a share that is the average.
/// let rates = [Rates { area: 0.06, whole: 0.04, weight: 1.0 }, Rates { area: 0.3, whole: 0.3, weight: 1.0 }];
/// assert!((index_of(&rates)? - 125.0).abs() < 1e-9);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn index_of(rates: &[Rates]) -> Result<f64, StatsError> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for Rates { area, whole, weight } in rates {
        if !(weight.is_finite() && *weight > 0.0) {
            return Err(StatsError::NotPositive { what: "weight", value: *weight });
        }
        let whole = denominator("rate of all areas", count("rate of all areas", *whole)?)?;
        weights += weight;
        sum += weight * (100.0 * count("rate", *area)? / whole);
    }
    Ok(sum / denominator("weights", weights)?)
}

impl Variable<'_> {
    /// The rate of each area, and the rate of all.
    fn rates(&self, areas: usize) -> Result<Vec<Rates>, StatsError> {
        if let Some(found) =
            [self.numerators, self.denominators].map(<[f64]>::len).into_iter().find(|of| *of != areas)
        {
            return Err(StatsError::AreasDiffer { areas, found });
        }
        let pairs = self.numerators.iter().zip(self.denominators).map(|(numerator, of)| self.pair(*numerator, *of));
        let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
        let sum = |part: fn(&(f64, f64)) -> f64| pairs.iter().map(part).sum::<f64>();
        let whole =
            denominator("rate of all areas", sum(|pair| pair.0) / denominator("denominator", sum(|pair| pair.1))?)?;
        let weight = self.weight;
        Ok(pairs.iter().map(|(numerator, of)| Rates { area: numerator / of, whole, weight }).collect())
    }

    /// What adds in an area, and what it is divided by.
    fn pair(&self, numerator: f64, of: f64) -> Result<(f64, f64), StatsError> {
        let (numerator, of) =
            (count("numerator", numerator)?, denominator("denominator", count("denominator", of)?)?);
        match self.orientation {
            Orientation::HighAdds => Ok((numerator, of)),
            Orientation::LowAdds if numerator > of => {
                Err(StatsError::NumeratorAboveDenominator { numerator, denominator: of })
            }
            Orientation::LowAdds => Ok((of - numerator, of)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DWELLINGS: [f64; 3] = [1000.0, 1200.0, 900.0];
    const RESIDENTS: [f64; 3] = [2500.0, 3000.0, 2200.0];

    fn variable<'a>(numerators: &'a [f64], denominators: &'a [f64]) -> Variable<'a> {
        Variable { numerators, denominators, orientation: Orientation::HighAdds, weight: 1.0 }
    }

    /// A score of each area, for its residents.
    fn of_residents(scores: [f64; 3]) -> Vec<f64> {
        scores.iter().zip(RESIDENTS).map(|(score, residents)| score * residents).collect()
    }

    /// The worked example of the Vulnerable Localities Index in the definitions of the measures: three areas.
    #[test]
    fn fixture_vulnerable_localities_index() {
        let [income, employment, unqualified] =
            [[0.30, 0.20, 0.10], [0.20, 0.10, 0.06], [0.36, 0.25, 0.15]].map(of_residents);
        let recipe = [
            variable(&[20.0, 10.0, 4.0], &DWELLINGS),
            variable(&[15.0, 10.0, 3.0], &DWELLINGS),
            variable(&income, &RESIDENTS),
            variable(&employment, &RESIDENTS),
            variable(&unqualified, &RESIDENTS),
            variable(&[450.0, 360.0, 220.0], &RESIDENTS),
        ];
        let found: Vec<_> = composite_index(&recipe).unwrap().iter().map(|index| format!("{index:.2}")).collect();
        assert_eq!(found, ["155.89", "89.31", "51.52"]);
    }

    #[test]
    fn the_complement_and_the_weight_of_a_variable_count() {
        let qualified = Variable { orientation: Orientation::LowAdds, ..variable(&[40.0, 80.0], &[100.0, 100.0]) };
        // 60 and 20 of 100 have none, where 40 is the average.
        assert_eq!(composite_index(std::slice::from_ref(&qualified)).unwrap(), [150.0, 50.0]);
        let even = Variable { weight: 3.0, ..variable(&[1.0, 1.0], &[10.0, 10.0]) };
        assert_eq!(composite_index(&[qualified, even]).unwrap(), [112.5, 87.5]);
    }

    #[test]
    fn what_gives_no_index_is_refused() {
        let refused = |variable: Variable<'_>| composite_index(&[variable]).unwrap_err();
        assert_eq!(refused(variable(&[1.0], &[1.0, 2.0])), StatsError::AreasDiffer { areas: 1, found: 2 });
        assert_eq!(refused(variable(&[1.0, 0.0], &[1.0, 0.0])), StatsError::ZeroDenominator);
        assert_eq!(refused(variable(&[0.0, 0.0], &[1.0, 1.0])), StatsError::ZeroDenominator);
        let weightless = Variable { weight: 0.0, ..variable(&[1.0], &[1.0]) };
        assert!(matches!(refused(weightless), StatsError::NotPositive { what: "weight", .. }));
        let above = Variable { orientation: Orientation::LowAdds, ..variable(&[2.0], &[1.0]) };
        assert!(matches!(refused(above), StatsError::NumeratorAboveDenominator { .. }));
        assert!(composite_index(&[]).unwrap().is_empty());
    }
}
