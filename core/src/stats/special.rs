//! The four quantiles that the interval methods need, on pure Rust arithmetic.
//!
//! Only `+ - * /`, `sqrt` (exactly rounded by IEEE 754) and the functions of the `libm` crate are used, so a
//! quantile has the same bits on every machine. A general statistics library would take `ln` and `exp` from the
//! platform whenever another crate of the build switches its number traits to the standard library.
//!
//! Each quantile is a root of `ln(tail probability)` in a transformed variable (`ln x` for the gamma distribution,
//! `logit x` for the beta). The transformed variable has a log-concave density, so both of its tails are
//! log-concave, and Newton's method converges from any start without a bracket.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// Most terms of a series or fraction: more than any of them needs for the counts that are accepted (at most
/// [`EXACT_COUNT_LIMIT`](super::EXACT_COUNT_LIMIT)).
const MAX_TERMS: u32 = 4_000_000;
const MAX_NEWTON_STEPS: u32 = 60;
/// A Newton step this small leaves an error of the order of its square.
const NEWTON_TOLERANCE: f64 = 1e-13;
const RELATIVE_EPSILON: f64 = 1e-17;
/// Degrees of freedom from which Student's quantile is expanded around the normal one.
const EXPANDED_FROM: f64 = 1_000.0;
/// Prevents a division by zero in Lentz's method.
const TINY: f64 = 1e-300;

/// Which tail of a distribution a probability is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// `P(X <= x)`.
    Lower,
    /// `P(X > x)`.
    Upper,
}

impl Tail {
    /// The direction in which the tail's quantile lies from the middle.
    fn sign(self) -> f64 {
        match self {
            Tail::Lower => -1.0,
            Tail::Upper => 1.0,
        }
    }

    fn pick(self, (lower, upper): (f64, f64)) -> f64 {
        match self {
            Tail::Lower => lower,
            Tail::Upper => upper,
        }
    }
}

/// `z` such that a standard normal variable lies within `-z..z` with probability `confidence`.
///
/// Starts from Abramowitz and Stegun 26.2.23 (error below 4.5e-4) and takes Halley steps on the error function.
pub(super) fn normal_two_sided(confidence: f64) -> f64 {
    let outside = 1.0 - confidence;
    let t = (-2.0 * libm::log(outside / 2.0)).sqrt();
    let numerator = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let denominator = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = (t - numerator / denominator).max(0.0);
    for _ in 0..4 {
        // The smaller of the two probabilities is the one that is known to full relative precision.
        let miss = if confidence < 0.5 {
            libm::erf(z * FRAC_1_SQRT_2) - confidence
        } else {
            outside - libm::erfc(z * FRAC_1_SQRT_2)
        };
        let slope = FRAC_2_SQRT_PI * FRAC_1_SQRT_2 * libm::exp(-z * z / 2.0);
        let step = miss / slope;
        z -= step / (1.0 + z * step / 2.0);
    }
    z.max(0.0)
}

/// The point of a gamma distribution (shape `a`, scale 1) beyond which `tail` holds `probability`.
///
/// Half a chi-squared quantile on `2a` degrees of freedom. `z` is the normal deviate of the same probability; the
/// cube-root approximation of Wilson and Hilferty (1931) is the start.
pub(super) fn gamma_quantile(a: f64, tail: Tail, probability: f64, z: f64) -> f64 {
    let root = 1.0 - 1.0 / (9.0 * a) + tail.sign() * z / (3.0 * a.sqrt());
    let start = if root > 0.1 {
        libm::log(a) + 3.0 * libm::log(root)
    } else {
        // Small shape, lower tail: P(a, x) is close to x^a / Gamma(a + 1).
        (libm::log(probability) + libm::lgamma(a + 1.0)) / a
    };
    let log_gamma = libm::lgamma(a);
    let log_x = newton(start, libm::log(a), tail, probability, |log_x| {
        let density = libm::exp(a * log_x - libm::exp(log_x) - log_gamma);
        (density, gamma_tails(a, libm::exp(log_x), density))
    });
    libm::exp(log_x)
}

/// The log odds of the point of a beta distribution (`a`, `b`) beyond which `tail` holds `probability`.
pub(super) fn beta_quantile_logit(a: f64, b: f64, tail: Tail, probability: f64, z: f64) -> f64 {
    let middle = libm::log(a / b);
    let start = middle + tail.sign() * z * (1.0 / a + 1.0 / b).sqrt();
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    newton(start, middle, tail, probability, |logit| {
        let log_x = -log_one_plus_exp(-logit);
        let log_y = -log_one_plus_exp(logit);
        let density = libm::exp(a * log_x + b * log_y - log_beta);
        let tails = beta_tails(a, b, libm::exp(log_x), libm::exp(log_y), density);
        (density, tails)
    })
}

/// `t` such that a variable of Student's distribution on `freedom` degrees of freedom lies within `-t..t` with probability
/// `confidence`.
///
/// `freedom / (freedom + t^2)` has a beta distribution (`freedom / 2`, `1/2`): its log odds are `ln(freedom / t^2)`. From
/// [`EXPANDED_FROM`] degrees of freedom on, where the gamma functions of that distribution would cancel, the expansion around the
/// normal deviate is exact to more digits (Abramowitz and Stegun 26.7.5).
pub(super) fn student_two_sided(confidence: f64, freedom: f64) -> f64 {
    let z = normal_two_sided(confidence);
    if freedom >= EXPANDED_FROM {
        let s = z * z;
        let g1 = z * (s + 1.0) / 4.0;
        let g2 = z * ((5.0 * s + 16.0) * s + 3.0) / 96.0;
        let g3 = z * (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0;
        let g4 = z * ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92_160.0;
        return z + (g1 + (g2 + (g3 + g4 / freedom) / freedom) / freedom) / freedom;
    }
    let logit = beta_quantile_logit(freedom / 2.0, 0.5, Tail::Lower, 1.0 - confidence, z);
    (freedom * libm::exp(-logit)).sqrt()
}

/// Finds `t` where the tail probability is `probability`. `at(t)` gives the density of `t` and both tails.
fn newton<F>(start: f64, middle: f64, tail: Tail, probability: f64, at: F) -> f64
where
    F: Fn(f64) -> (f64, (f64, f64)),
{
    let mut t = start;
    for _ in 0..MAX_NEWTON_STEPS {
        let (density, tails) = at(t);
        let held = tail.pick(tails);
        let step = tail.sign() * held * libm::log(held / probability) / density;
        if !step.is_finite() {
            // The tail underflows so far out: go halfway back.
            t = (t + middle) / 2.0;
            continue;
        }
        t += step;
        if step.abs() <= NEWTON_TOLERANCE {
            break;
        }
    }
    t
}

/// The lower and upper regularised incomplete gamma functions; `density` is `x^a e^-x / Gamma(a)`.
///
/// Series below the mean, Lentz's continued fraction above it (Press et al., Numerical Recipes, section 6.2).
fn gamma_tails(a: f64, x: f64, density: f64) -> (f64, f64) {
    if x < a + 1.0 {
        let mut term = 1.0 / a;
        let mut sum = term;
        let mut next = a;
        for _ in 0..MAX_TERMS {
            next += 1.0;
            term *= x / next;
            sum += term;
            if term < sum * RELATIVE_EPSILON {
                break;
            }
        }
        let lower = density * sum;
        (lower, 1.0 - lower)
    } else {
        let terms = (1..=MAX_TERMS).map(|i| {
            let i = f64::from(i);
            (-i * (i - a), x + 2.0 * i + 1.0 - a)
        });
        let upper = density / lentz(x + 1.0 - a, terms);
        (1.0 - upper, upper)
    }
}

/// The lower and upper regularised incomplete beta functions at `x = 1 - y`; `density` is `x^a y^b / B(a, b)`.
fn beta_tails(a: f64, b: f64, x: f64, y: f64, density: f64) -> (f64, f64) {
    if x < (a + 1.0) / (a + b + 2.0) {
        let lower = density / (a * beta_fraction(a, b, x));
        (lower, 1.0 - lower)
    } else {
        let upper = density / (b * beta_fraction(b, a, y));
        (1.0 - upper, upper)
    }
}

/// The denominator of the continued fraction of the incomplete beta function (DLMF 8.17.22).
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let terms = (1..=MAX_TERMS).map(|i| {
        let m = f64::from(i / 2);
        let numerator = if i % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator, 1.0)
    });
    lentz(1.0, terms)
}

/// `first + n1 / (d1 + n2 / (d2 + ...))` by the modified Lentz method.
fn lentz(first: f64, terms: impl Iterator<Item = (f64, f64)>) -> f64 {
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut value = away_from_zero(first);
    let mut c = value;
    let mut d = 0.0;
    for (numerator, denominator) in terms {
        d = 1.0 / away_from_zero(denominator + numerator * d);
        c = away_from_zero(denominator + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// `ln(1 + e^t)` without overflow.
fn log_one_plus_exp(t: f64) -> f64 {
    if t > 0.0 { t + libm::log1p(libm::exp(-t)) } else { libm::log1p(libm::exp(t)) }
}
