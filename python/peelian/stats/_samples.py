"""One value from many numbers: of the strata of a population, of a sample."""

from typing import Literal, overload

from .. import _peelian
from .._peelian import Estimate, Estimates
from ._numbers import Array, Numbers


def dsr(
    x: Array,
    n: Array,
    standard: Array,
    *,
    squares: Array | None = None,
    multiplier: float = 100_000,
    confidence: float = 0.95,
) -> Estimate:
    """The directly standardised rate, for each `multiplier` of population: one rate from the strata of one area.

    A stratum, for example an age band, has `x` events among `n` persons, and `standard` persons in the standard
    population. The limits are those of Dobson AJ and others (1991), Stat Med 10:457-462.

    Events of one person are not independent. Where persons have several events, give `squares`: for each stratum the sum,
    over its persons, of the squared number of their events. The limits then allow for repeated events.

    Raises `StatsError` below 10 events, for a stratum without persons, or for numbers that are negative or not finite.

    >>> from peelian.stats import dsr
    >>> found = dsr([10, 30], [1000, 1000], [5000, 5000], multiplier=100)
    >>> print(f"{found.value:.1f} ({found.lower:.2f} to {found.upper:.2f}), {found.method}")
    2.0 (1.43 to 2.72), dobson
    """
    return _peelian.dsr(x, n, standard, squares, multiplier, confidence)


def expected(n: Array, reference_x: Array, reference_n: Array) -> float:
    """The events that an area would have if each stratum of it had the rate of the reference population.

    Each stratum has `n` persons in the area, and `reference_x` events among `reference_n` persons in the reference.

    Raises `StatsError` for a stratum whose reference population is empty.

    >>> from peelian.stats import expected
    >>> expected([200, 100], [50, 20], [1000, 2000])
    11.0
    """
    return _peelian.expected(n, reference_x, reference_n)


@overload
def isr(
    observed: float,
    expected: float,
    *,
    multiplier: float = ...,
    confidence: float = ...,
    method: Literal["auto", "exact"] = ...,
) -> Estimate: ...
@overload
def isr(
    observed: Numbers,
    expected: Numbers,
    *,
    multiplier: float = ...,
    confidence: float = ...,
    method: Literal["auto", "exact"] = ...,
) -> Estimate | Estimates: ...
def isr(
    observed: Numbers,
    expected: Numbers,
    *,
    multiplier: float = 1,
    confidence: float = 0.95,
    method: Literal["auto", "exact"] = "auto",
) -> Estimate | Estimates:
    """The indirectly standardised ratio: observed events divided by `expected` ones, times `multiplier`.

    The multiplier is 1 for a ratio, 100 for a percentage, and the crude rate of the reference population for a rate. The
    limits are those of the observed count (see `poisson`): Breslow NE, Day NE (1987), Statistical Methods in Cancer
    Research, volume II.

    Raises `StatsError` if no event is expected, or for a count that is negative, not finite or too large.

    >>> from peelian.stats import isr
    >>> ratio = isr(12, 8)
    >>> print(f"{ratio.value} ({ratio.lower:.2f} to {ratio.upper:.2f})")
    1.5 (0.77 to 2.62)
    """
    return _peelian.isr(observed, expected, multiplier, confidence, method)


def mean(values: Array, *, confidence: float = 0.95) -> Estimate:
    """The mean of the values, with the limits of Student's t distribution: Student (1908), Biometrika 6:1-25.

    The limits suppose values of a normal distribution. For numbers of days, which are skew, `median` says more. A single
    value has no limits: they are NaN.

    Raises `StatsError` without values, or for a value that is missing or infinite: leave such values out first, and say
    how many.

    >>> from peelian.stats import mean
    >>> found = mean([2, 4, 9])
    >>> print(f"{found.value} ({found.lower:.2f} to {found.upper:.2f})")
    5.0 (-3.96 to 13.96)
    """
    return _peelian.mean(values, confidence)


def median(values: Array, *, confidence: float = 0.95) -> Estimate:
    """The median of the values, with limits by order statistics, which hold for every distribution.

    The limits are the values of two ranks: Conover WJ (1999), Practical Nonparametric Statistics, section 3.2. Fewer than
    six values have no limits: they are NaN.

    Raises `StatsError` without values, or for a value that is missing or infinite: leave such values out first, and say
    how many.

    >>> from peelian.stats import median
    >>> found = median(range(1, 11))
    >>> (found.value, found.lower, found.upper)
    (5.5, 2.0, 9.0)
    """
    return _peelian.median(values, confidence)


def effective_sample_size(weights: Numbers) -> float:
    """Kish's effective sample size: the number of respondents of equal weight with the same precision.

    It is the squared sum of the weights, divided by the sum of their squares: Kish L (1965), Survey Sampling. Weights
    are held with nine decimals.

    A weight of zero counts nothing: the respondent is left out.

    Raises `StatsError` for a weight that is negative or not finite, or if no weight is above zero.

    >>> from peelian.stats import effective_sample_size
    >>> round(effective_sample_size([1, 1, 1000]), 4)
    1.004
    """
    return _peelian.effective_sample_size(weights)
