//! Differences of two proportions: the equality gap, its change, and the words that describe it.

use super::boundary::boundary;
use super::error::finite;
use super::multiple::lower_limit;
use super::proportion::Proportion;
use super::{Estimate, Interval, Method, StatsError, z};

/// The word that a test of difference allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeWord {
    /// The first is higher: the whole interval is above "no difference".
    Higher,
    /// The first is lower: the whole interval is below "no difference".
    Lower,
    /// The interval includes "no difference".
    NoClearChange,
}

impl ChangeWord {
    /// The words for display.
    ///
    /// ```
    /// use peelian_core::stats::difference::ChangeWord;
    ///
    /// assert_eq!(ChangeWord::NoClearChange.as_str(), "no clear change");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ChangeWord::Higher => "higher",
            ChangeWord::Lower => "lower",
            ChangeWord::NoClearChange => "no clear change",
        }
    }
}

/// `first - second` with Newcombe's hybrid score interval: method 10 of Newcombe (1998), Stat Med 17:873-890.
///
/// With Wilson limits `l`, `u` of each proportion and `d = p1 - p2`: lower
/// `d - sqrt((p1 - l1)^2 + (u2 - p2)^2)`, upper `d + sqrt((u1 - p1)^2 + (p2 - l2)^2)`. The value and limits are
/// proportions from -1 to 1; [`in_points`] makes percentage points of them. The two groups must not share members. For
/// weighted surveys give both as [`Proportion::effective`].
///
/// # Errors
///
/// [`StatsError::Confidence`].
///
/// ```
/// use peelian_core::stats::{difference::newcombe_10, proportion::Proportion};
///
/// // Newcombe's Table II, row a: 56 of 70 against 48 of 80.
/// let gap = newcombe_10(Proportion::new(56.0, 70.0)?, Proportion::new(48.0, 80.0)?, 0.95)?;
/// let interval = gap.interval.expect("a gap has an interval");
/// assert!((interval.lower - 0.0524).abs() < 5e-5);
/// assert!((interval.upper - 0.3339).abs() < 5e-5);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn newcombe_10(first: Proportion, second: Proportion, confidence: f64) -> Result<Estimate, StatsError> {
    hybrid(first, second, first.wilson(confidence)?, second.wilson(confidence)?, Method::Newcombe10)
}

/// `first - second` with the continuity-corrected hybrid score interval: method 11 of Newcombe (1998).
///
/// As [`newcombe_10`] with the limits of [`Proportion::wilson_cc`].
///
/// # Errors
///
/// [`StatsError::Confidence`].
///
/// ```
/// use peelian_core::stats::{difference::newcombe_11, proportion::Proportion};
///
/// let gap = newcombe_11(Proportion::new(9.0, 10.0)?, Proportion::new(3.0, 10.0)?, 0.95)?;
/// let interval = gap.interval.expect("a gap has an interval");
/// assert!((interval.lower - 0.1013).abs() < 5e-5);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn newcombe_11(first: Proportion, second: Proportion, confidence: f64) -> Result<Estimate, StatsError> {
    hybrid(first, second, first.wilson_cc(confidence)?, second.wilson_cc(confidence)?, Method::Newcombe11)
}

/// Number of percentage points in a difference of 1.
pub const POINTS: f64 = 100.0;

/// A difference of proportions in percentage points.
///
/// ```
/// use peelian_core::stats::{difference::{in_points, newcombe_10}, proportion::Proportion};
///
/// let gap = newcombe_10(Proportion::new(750.0, 1000.0)?, Proportion::new(660.0, 1000.0)?, 0.95)?;
/// assert!((in_points(gap).value - 9.0).abs() < 1e-12);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
#[must_use]
pub fn in_points(difference: Estimate) -> Estimate {
    let interval = difference.interval.and_then(|interval| interval.scaled(POINTS).ok());
    Estimate { value: difference.value * POINTS, interval }
}

/// The smallest gap `first - second` above 0 whose interval by [`newcombe_10`] leaves out "no difference", if the first share is
/// of `n` subjects. If no share is so high, the smallest gap below 0, without its sign. `None` if there is none either.
///
/// ```
/// use peelian_core::stats::difference::{newcombe_10, smallest_clear_difference};
/// use peelian_core::stats::proportion::Proportion;
///
/// let before = Proportion::new(400.0, 1000.0)?;
/// let gap = smallest_clear_difference(1000.0, before, 0.95).unwrap();
/// assert!((gap - 0.04328).abs() < 0.00001);
/// let change = newcombe_10(Proportion::new(1000.0 * (0.4 + gap), 1000.0)?, before, 0.95)?;
/// assert!(change.interval.unwrap().lower.abs() < 1e-9);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
#[must_use]
pub fn smallest_clear_difference(n: f64, second: Proportion, confidence: f64) -> Option<f64> {
    let deviate = z(confidence).ok()?;
    let towards = |end: f64| {
        let far = end - second.value();
        let is_clear = |gap: f64| {
            let share = (second.value() + gap.copysign(far)).clamp(0.0, 1.0);
            Proportion::effective(share, n).is_ok_and(|first| {
                let (high, low) = if far > 0.0 { (first, second) } else { (second, first) };
                lower_limit(high, low, deviate) > 0.0
            })
        };
        is_clear(far.abs()).then(|| boundary(0.0, far.abs(), is_clear))
    };
    towards(1.0).or_else(|| towards(0.0))
}

fn hybrid(
    first: Proportion,
    second: Proportion,
    first_limits: Interval,
    second_limits: Interval,
    method: Method,
) -> Result<Estimate, StatsError> {
    let first = Estimate::with_interval(first.value(), first_limits);
    let second = Estimate::with_interval(second.value(), second_limits);
    square_and_add(first, second, 1.0, method)
}

/// The change of a gap: `later - earlier`. Both are gaps of proportions, over periods without overlap.
///
/// The variances of the four proportions are summed. The variance of each gap is recovered from its interval on the relevant
/// side, so `(later - later.lower)^2 + (earlier.upper - earlier)^2` is the squared distance to the lower
/// limit (Zou and Donner 2008). At ordinary sample sizes this is the familiar `z` times the root of the summed
/// variances. For shares near 0 or 1 it does not become zero. The gaps keep their sign, so the change of a gap that closes
/// has the opposite sign of the gap. Always publish the levels of both groups beside it.
///
/// # Errors
///
/// [`StatsError::NotATest`] unless both intervals are of a difference ([`newcombe_10`] or [`newcombe_11`]);
/// [`StatsError::NoInterval`], [`StatsError::ConfidenceDiffers`].
///
/// ```
/// use peelian_core::stats::difference::{gap_change, newcombe_10};
/// use peelian_core::stats::proportion::Proportion;
///
/// let earlier = newcombe_10(Proportion::new(800.0, 1000.0)?, Proportion::new(650.0, 1000.0)?, 0.95)?;
/// let later = newcombe_10(Proportion::new(790.0, 1000.0)?, Proportion::new(720.0, 1000.0)?, 0.95)?;
/// let change = gap_change(&later, &earlier)?;
/// assert!((change.value - -0.08).abs() < 1e-12);
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn gap_change(later: &Estimate, earlier: &Estimate) -> Result<Estimate, StatsError> {
    for gap in [later, earlier] {
        let method = gap.interval.ok_or(StatsError::NoInterval)?.method;
        if !matches!(method, Method::Newcombe10 | Method::Newcombe11) {
            return Err(StatsError::NotATest(method));
        }
    }
    square_and_add(*later, *earlier, 2.0, Method::GapChange)
}

/// `first - second` with limits whose squared distances are the sums of the parts' squared distances, kept within
/// `-bound..bound`.
fn square_and_add(first: Estimate, second: Estimate, bound: f64, method: Method) -> Result<Estimate, StatsError> {
    let a = first.interval.ok_or(StatsError::NoInterval)?;
    let b = second.interval.ok_or(StatsError::NoInterval)?;
    if a.confidence.total_cmp(&b.confidence).is_ne() {
        return Err(StatsError::ConfidenceDiffers(a.confidence, b.confidence));
    }
    let difference = finite("difference", first.value - second.value)?;
    let down = root_of_squares(first.value - a.lower, b.upper - second.value);
    let up = root_of_squares(a.upper - first.value, second.value - b.lower);
    let lower = (difference - down).max(-bound);
    let upper = (difference + up).min(bound);
    Ok(Estimate::with_interval(difference, Interval::new(lower, upper, a.confidence, method)?))
}

fn root_of_squares(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}

/// The word for a change or difference, from an interval that tests it.
///
/// The overlap of two intervals is not a 5% test of difference, so an interval of a single proportion or count is refused. A limit that touches "no difference" (0 for a difference, 1 for a ratio) counts as including it.
///
/// # Errors
///
/// [`StatsError::NotATest`] for an interval that is not of a difference or ratio.
///
/// ```
/// use peelian_core::stats::difference::{change_word, newcombe_10, ChangeWord};
/// use peelian_core::stats::proportion::{wilson, Proportion};
///
/// let gap = newcombe_10(Proportion::new(750.0, 1000.0)?, Proportion::new(660.0, 1000.0)?, 0.95)?;
/// assert_eq!(change_word(&gap.interval.expect("a gap has an interval"))?, ChangeWord::Higher);
/// assert!(change_word(&wilson(12.0, 100.0, 0.95)?).is_err());
/// # Ok::<(), peelian_core::stats::StatsError>(())
/// ```
pub fn change_word(interval: &Interval) -> Result<ChangeWord, StatsError> {
    let none = interval.method.no_difference().ok_or(StatsError::NotATest(interval.method))?;
    Ok(if interval.lower > none {
        ChangeWord::Higher
    } else if interval.upper < none {
        ChangeWord::Lower
    } else {
        ChangeWord::NoClearChange
    })
}
