//! Standardised rates and ratios: what an area would have if it had the population of a standard.

use super::count::{BYAR_FROM, CountRule, byar, rate};
use super::error::{count, denominator, positive};
use super::{Estimate, Interval, Method, StatsError, ordinary};

/// One stratum of a population, for example an age band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stratum {
    events: f64,
    squares: f64,
    population: f64,
    standard: f64,
}

impl Stratum {
    /// `events` among `population`, with the size of the stratum in the standard population. The events are independent: none
    /// makes another more likely.
    ///
    /// # Errors
    ///
    /// [`StatsError::ZeroDenominator`] for no population; a [`StatsError`] for a number that is negative, not finite or too
    /// large.
    ///
    /// ```
    /// use peelian_core::stats::{standardised::Stratum, StatsError};
    ///
    /// assert!(Stratum::new(3.0, 1_000.0, 5_500.0).is_ok());
    /// assert_eq!(Stratum::new(3.0, 0.0, 5_500.0), Err(StatsError::ZeroDenominator));
    /// ```
    pub fn new(events: f64, population: f64, standard: f64) -> Result<Self, StatsError> {
        Self::with_repeats(events, events, population, standard)
    }

    /// As [`new`](Self::new), where one person can have several events. `squares` is the sum, over the persons, of the squared
    /// number of their events: a person with three events adds 3 to `events` and 9 to `squares`. Both sums add up over batches.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); [`StatsError::SquaresBelowEvents`] for a sum of squares that is below the events.
    ///
    /// ```
    /// use peelian_core::stats::{standardised::Stratum, StatsError};
    ///
    /// // Two persons with one event, and one with three.
    /// assert!(Stratum::with_repeats(5.0, 11.0, 1_000.0, 5_500.0).is_ok());
    /// assert!(matches!(Stratum::with_repeats(5.0, 4.0, 1.0, 1.0), Err(StatsError::SquaresBelowEvents { .. })));
    /// ```
    pub fn with_repeats(events: f64, squares: f64, population: f64, standard: f64) -> Result<Self, StatsError> {
        let events = count("events", events)?;
        let squares = count("squares", squares)?;
        if squares < events {
            return Err(StatsError::SquaresBelowEvents { events, squares });
        }
        let population = denominator("population", count("population", population)?)?;
        Ok(Self { events, squares, population, standard: count("standard", standard)? })
    }
}

/// A directly standardised rate: the rate of the standard population, if each stratum of it had the rate of the area.
///
/// With events `O`, population `n` and standard `w` of a stratum, the rate is `D = sum(w O / n) / sum(w)`, and its variance
/// `sum(w^2 S / n^2) / sum(w)^2`. `S` is `O` for independent events, and the sum of squares for repeated ones: the variance of
/// `sum f x_f` is `sum f^2 x_f` if `x_f` persons have `f` events. The limits are those of Dobson, Kuulasmaa, Eberle and Scherer
/// (1991), Stat Med 10:457-462: `D + sqrt(variance / O) (L - O)` with Byar's limits `L` of all events. Value and limits are
/// for each `multiplier` of population.
///
/// # Errors
///
/// [`StatsError::TooFewEvents`] below 10 events, as in public health statistics in England; [`StatsError::ZeroDenominator`] if
/// the standard population is empty; [`StatsError::Confidence`]; a [`StatsError`] for a multiplier that is not positive.
///
/// ```
/// use peelian_core::stats::standardised::{direct, Stratum};
///
/// // Two strata of equal weight, with rates of 1% and 3%: 2%.
/// let strata = [Stratum::new(10.0, 1_000.0, 1.0)?, Stratum::new(30.0, 1_000.0, 1.0)?];
/// assert!((direct(&strata, 100.0, 0.95)?.value - 2.0).abs() < 1e-12);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn direct(strata: &[Stratum], multiplier: f64, confidence: f64) -> Result<Estimate, StatsError> {
    let multiplier = positive("multiplier", multiplier)?;
    let total = |of: fn(&Stratum) -> f64| strata.iter().map(of).sum::<f64>();
    let standard = denominator("standard", total(|stratum| stratum.standard))?;
    let events = count("events", total(|stratum| stratum.events))?;
    if events < BYAR_FROM {
        return Err(StatsError::TooFewEvents { events, least: BYAR_FROM });
    }
    let value = total(|stratum| stratum.standard / stratum.population * stratum.events) / standard;
    let variance = total(|stratum| {
        let weight = stratum.standard / stratum.population;
        weight * weight * stratum.squares
    }) / (standard * standard);
    let of_events = byar(events, confidence)?;
    let scale = (variance / events).sqrt();
    let limit = |limit: f64| ordinary((value + scale * (limit - events)) * multiplier);
    let interval = Interval::new(limit(of_events.lower)?, limit(of_events.upper)?, confidence, Method::Dobson)?;
    Ok(Estimate::with_interval(ordinary(value * multiplier)?, interval))
}

/// One stratum of an area and of the population that it is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// The area's population.
    pub population: f64,
    /// Events of the reference population.
    pub reference_events: f64,
    /// The reference population.
    pub reference_population: f64,
}

/// The number of events that an area would have if each stratum of it had the reference rate.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] for a stratum whose reference population is empty; a [`StatsError`] for a number that is
/// negative, not finite or too large.
///
/// ```
/// use peelian_core::stats::standardised::{expected, Reference};
///
/// let young = Reference { population: 200.0, reference_events: 50.0, reference_population: 1_000.0 };
/// let old = Reference { population: 100.0, reference_events: 20.0, reference_population: 2_000.0 };
/// assert!((expected(&[young, old])? - 11.0).abs() < 1e-12);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn expected(strata: &[Reference]) -> Result<f64, StatsError> {
    let mut expected = 0.0;
    for stratum in strata {
        let population = count("population", stratum.population)?;
        let events = count("reference events", stratum.reference_events)?;
        let reference = count("reference population", stratum.reference_population)?;
        expected += events / denominator("reference population", reference)? * population;
    }
    ordinary(expected)
}

/// An indirectly standardised ratio, or rate: observed events divided by those [expected], times `multiplier`. The multiplier is 1
/// for a ratio, 100 for a percentage, and the crude rate of the reference population for a rate.
///
/// The limits are those of the observed count (exact below 10, Byar's from 10 on, or exact for all), and the expected count is
/// taken as known without error: Breslow and Day (1987), Statistical Methods in Cancer Research, volume II.
///
/// # Errors
///
/// [`StatsError::ZeroDenominator`] if no event is expected; otherwise as for [`rate`].
///
/// ```
/// use peelian_core::stats::{count::CountRule, standardised::indirect, Method};
///
/// let ratio = indirect(12.0, 8.0, 1.0, 0.95, CountRule::default())?;
/// assert!((ratio.value - 1.5).abs() < 1e-12);
/// assert_eq!(ratio.interval.map(|interval| interval.method), Some(Method::Byar));
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn indirect(
    observed: f64,
    expected: f64,
    multiplier: f64,
    confidence: f64,
    rule: CountRule,
) -> Result<Estimate, StatsError> {
    rate(observed, expected, multiplier, confidence, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If all strata have one rate, and the standard has their shape, the limits are those of the crude rate.
    #[test]
    fn a_population_that_is_the_standard_has_the_crude_rate() {
        let strata = [(40.0, 4_000.0), (25.0, 2_500.0)].map(|(x, n)| Stratum::new(x, n, n).unwrap());
        let found = direct(&strata, 1_000.0, 0.95).unwrap();
        let crude = rate(65.0, 6_500.0, 1_000.0, 0.95, CountRule::default()).unwrap();
        let (found_limits, crude_limits) = (found.interval.unwrap(), crude.interval.unwrap());
        assert!((found.value - 10.0).abs() < 1e-12);
        assert!((found_limits.lower - crude_limits.lower).abs() < 1e-12);
        assert!((found_limits.upper - crude_limits.upper).abs() < 1e-12);
    }

    /// Every person has two events: the variance is four times that of half as many independent events, so the limits are
    /// `sqrt 2` times as far from the value.
    #[test]
    fn repeated_events_widen_the_limits() {
        let once = direct(&[Stratum::new(100.0, 1_000.0, 1.0).unwrap()], 1.0, 0.95).unwrap();
        let twice = direct(&[Stratum::with_repeats(100.0, 200.0, 1_000.0, 1.0).unwrap()], 1.0, 0.95).unwrap();
        let down = |found: Estimate| found.value - found.interval.unwrap().lower;
        assert!((once.value - twice.value).abs() < 1e-15);
        assert!((down(twice) / down(once) - std::f64::consts::SQRT_2).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_standardised_is_refused() {
        let nine = [Stratum::new(9.0, 1_000.0, 1.0).unwrap()];
        assert_eq!(direct(&nine, 1.0, 0.95), Err(StatsError::TooFewEvents { events: 9.0, least: 10.0 }));
        let ten = [Stratum::new(10.0, 1_000.0, 1.0).unwrap()];
        assert!(direct(&ten, 1.0, 0.998).unwrap().interval.unwrap().lower > 0.0);
        assert_eq!(direct(&[], 1.0, 0.95), Err(StatsError::ZeroDenominator));
        let no_standard = [Stratum::new(10.0, 1_000.0, 0.0).unwrap()];
        assert_eq!(direct(&no_standard, 1.0, 0.95), Err(StatsError::ZeroDenominator));
        let nobody = Reference { population: 1.0, reference_events: 0.0, reference_population: 0.0 };
        assert_eq!(expected(&[nobody]), Err(StatsError::ZeroDenominator));
    }
}
