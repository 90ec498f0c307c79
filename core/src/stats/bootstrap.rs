//! Percentile bootstrap intervals of statistics of whole numbers.
//!
//! The subjects are drawn again with replacement, as many as there are, and the statistic is computed from each resample.
//! The limits are percentiles of these statistics: Efron B, Tibshirani RJ (1993), An Introduction to the Bootstrap,
//! chapter 13. The number of resamples and the seed are fixed, so the same subjects give the same bits everywhere.
//!
//! A resample of subjects that are given by their frequencies is multinomial. It is drawn value by value from binomial
//! distributions, so its cost depends on the number of different values and not on the number of subjects.

use super::median::Frequencies;
use super::{Interval, Method, StatsError, ordinary, z};

/// Number of resamples.
pub const RESAMPLES: usize = 2_000;

/// Seed of every interval.
pub const SEED: u64 = 20_170_320;

/// Largest share of resamples without a statistic. With more, there is no interval.
const MOST_UNDEFINED: f64 = 0.01;

/// The expected number of successes from which a binomial number is drawn by rejection: below it, counting up from 0 is
/// fast.
const FEW: f64 = 10.0;

/// What to tell about an interval whose resamples are of these subjects.
pub(crate) fn description(subjects: &str) -> String {
    format!(
        "The interval is a percentile bootstrap of {RESAMPLES} resamples of the {subjects}, with the seed {SEED}."
    )
}

/// The percentile interval of a statistic of some values. The statistic gets how often each value occurs, in the order of
/// the values. It returns `None` where it is not defined, such as a ratio over nothing.
///
/// # Errors
///
/// [`StatsError::Confidence`]; [`StatsError::ZeroDenominator`] without values, or if the statistic is not defined for more
/// than one resample in a hundred; [`StatsError::OutOfRange`] if the values are too many to count.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use peelian_core::stats::bootstrap::percentile;
///
/// // The mean of ten ones and ten threes is 2, with a standard error of 1 / sqrt(20) = 0.224.
/// let values = BTreeMap::from([(1, 10), (3, 10)]);
/// let mean = |values: &[(i32, u64)]| {
///     let sums = values.iter().fold((0.0, 0.0), |(sum, n), (value, count)| {
///         let count = *count as f64;
///         (sum + f64::from(*value) * count, n + count)
///     });
///     Some(sums.0 / sums.1)
/// };
/// let interval = percentile(&values, 0.95, mean)?;
/// assert!((interval.lower - (2.0 - 1.96 * 0.224)).abs() < 0.05 && (interval.upper - (2.0 + 1.96 * 0.224)).abs() < 0.05);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn percentile(
    values: &Frequencies,
    confidence: f64,
    statistic: impl Fn(&[(i32, u64)]) -> Option<f64>,
) -> Result<Interval, StatsError> {
    z(confidence)?;
    let known: Vec<(i32, u64)> = values.iter().map(|(value, count)| (*value, *count)).filter(|at| at.1 > 0).collect();
    let subjects =
        known.iter().try_fold(0_u64, |n, (_, count)| n.checked_add(*count)).ok_or(StatsError::OutOfRange)?;
    if subjects == 0 {
        return Err(StatsError::ZeroDenominator);
    }
    let mut random = SplitMix(SEED);
    let mut drawn = known.clone();
    let mut statistics = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        resample(&known, subjects, &mut drawn, &mut random);
        if let Some(found) = statistic(&drawn) {
            statistics.push(ordinary(found)?);
        }
    }
    let undefined = (RESAMPLES - statistics.len()) as f64 / RESAMPLES as f64;
    if undefined > MOST_UNDEFINED {
        return Err(StatsError::ZeroDenominator);
    }
    statistics.sort_unstable_by(f64::total_cmp);
    let (lower, upper) = limits(&statistics, confidence);
    Interval::new(lower, upper, confidence, Method::Bootstrap)
}

/// The percentiles: of `n` sorted statistics, the one of rank `(n + 1) * tail`, rounded down, and the one as far from the
/// other end.
fn limits(sorted: &[f64], confidence: f64) -> (f64, f64) {
    let tail = (1.0 - confidence) / 2.0;
    let rank = sorted.iter().zip(1_u32..).filter(|(_, rank)| f64::from(*rank) <= (sorted.len() + 1) as f64 * tail);
    let rank = rank.count().max(1);
    (sorted[rank - 1], sorted[sorted.len() - rank])
}

/// Draws as many subjects as there are, with replacement.
fn resample(known: &[(i32, u64)], subjects: u64, drawn: &mut [(i32, u64)], random: &mut SplitMix) {
    let (mut to_draw, mut left) = (subjects, subjects);
    for ((_, count), (_, drawn)) in known.iter().zip(drawn) {
        *drawn = if *count == left { to_draw } else { binomial(to_draw, *count as f64 / left as f64, random) };
        (to_draw, left) = (to_draw - *drawn, left - *count);
    }
}

/// A binomial number of `n` trials with a probability of `p`.
fn binomial(n: u64, p: f64, random: &mut SplitMix) -> u64 {
    if n == 0 {
        return 0;
    }
    if p > 0.5 {
        return n - binomial(n, 1.0 - p, random);
    }
    if n as f64 * p < FEW { counted_up(n, p, random) } else { by_rejection(n, p, random) }
}

/// Inversion: the probabilities of 0, 1, 2, … are added until they exceed a uniform number.
fn counted_up(n: u64, p: f64, random: &mut SplitMix) -> u64 {
    let odds = p / (1.0 - p);
    let mut left = random.uniform();
    let mut probability = libm::exp(n as f64 * libm::log1p(-p));
    let mut found = 0;
    while left > probability && found < n {
        left -= probability;
        found += 1;
        probability *= odds * ((n - found + 1) as f64 / found as f64);
    }
    found
}

/// Transformed rejection: algorithm BTRS of Hörmann W (1993), The generation of binomial random variates, Journal of
/// Statistical Computation and Simulation 46:101-110.
#[expect(clippy::many_single_char_names, reason = "the names of the paper")]
fn by_rejection(n: u64, p: f64, random: &mut SplitMix) -> u64 {
    let trials = n as f64;
    let q = 1.0 - p;
    let spread = (trials * p * q).sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = trials * p + 0.5;
    let accepted = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * spread;
    let mode = ((trials + 1.0) * p).floor();
    let log_odds = libm::log(p / q);
    let at_mode = libm::lgamma(mode + 1.0) + libm::lgamma(trials - mode + 1.0);
    loop {
        let u = random.uniform() - 0.5;
        let v = random.uniform();
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + c).floor();
        if !(0.0..=trials).contains(&k) {
            continue;
        }
        let ratio = || at_mode - libm::lgamma(k + 1.0) - libm::lgamma(trials - k + 1.0) + (k - mode) * log_odds;
        let is_inside = us >= 0.07 && v <= accepted;
        if is_inside || libm::log(v * alpha / (a / (us * us) + b)) <= ratio() {
            return whole(k);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number from 0 to a number of trials"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

/// SplitMix64: Steele GL, Lea D, Flood CH (2014), Fast splittable pseudorandom number generators, OOPSLA 2014.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0, included, to 1, with 53 bits.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers for the seed 1234567, from the reference implementation of java.util.SplittableRandom's mixer.
    #[test]
    fn the_generator_is_the_one_of_the_paper() {
        let mut random = SplitMix(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn binomial_numbers_have_their_mean_and_variance() {
        for (n, p) in [(5, 0.3), (100, 0.02), (100, 0.4), (4_000, 0.004), (100_000, 0.5), (1_000, 0.93)] {
            let mut random = SplitMix(7);
            let draws: Vec<f64> = (0..20_000).map(|_| binomial(n, p, &mut random) as f64).collect();
            let mean = draws.iter().sum::<f64>() / 20_000.0;
            let variance = draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / 20_000.0;
            let (expected, spread) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((mean - expected).abs() < 4.0 * (spread / 20_000.0).sqrt(), "{n} {p}: mean {mean}");
            assert!((variance / spread - 1.0).abs() < 0.05, "{n} {p}: variance {variance} {spread}");
            assert!(draws.iter().all(|draw| (0.0..=n as f64).contains(draw)));
        }
    }

    #[test]
    fn a_resample_has_as_many_subjects() {
        let known = [(0, 70), (1, 20), (2, 8), (9, 2)];
        let mut drawn = known;
        let mut random = SplitMix(SEED);
        for _ in 0..500 {
            resample(&known, 100, &mut drawn, &mut random);
            assert_eq!(drawn.iter().map(|(_, count)| count).sum::<u64>(), 100);
        }
    }

    #[test]
    fn percentiles_are_the_ranks_of_the_definition() {
        let sorted: Vec<f64> = (1..=2_000).map(f64::from).collect();
        assert_eq!(limits(&sorted, 0.95), (50.0, 1_951.0));
        assert_eq!(limits(&[4.0], 0.95), (4.0, 4.0));
    }

    #[test]
    fn what_has_no_statistic_has_no_interval() {
        assert_eq!(percentile(&Frequencies::new(), 0.95, |_| Some(1.0)), Err(StatsError::ZeroDenominator));
        let one = Frequencies::from([(0, 3)]);
        assert_eq!(percentile(&one, 0.95, |_| None), Err(StatsError::ZeroDenominator));
        let same = percentile(&one, 0.95, |values| Some(f64::from(values[0].0))).unwrap();
        assert_eq!((same.lower.to_bits(), same.upper.to_bits(), same.method), (0, 0, Method::Bootstrap));
    }
}
