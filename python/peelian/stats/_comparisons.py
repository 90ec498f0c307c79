"""One area among others: benchmarks, funnels, quantiles, and many comparisons at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from .. import _peelian
from .._peelian import Compared, Estimate, Estimates
from ._numbers import Array, Numbers

if TYPE_CHECKING:
    import numpy

Polarity: TypeAlias = Literal["higher_is_better", "lower_is_better", "neutral"]
"""The direction that is an improvement, as in the metadata of a measure."""

_Kind: TypeAlias = Literal["proportion", "ratio", "rate"]


def compare(estimate: Estimate, benchmark: float | Estimate, *, polarity: Polarity = "neutral") -> Compared:
    """The word for an estimate against a benchmark: "higher", "lower" or "similar". With a polarity: "better", "worse".

    Against a number, the word is a test: the interval of the estimate excludes the number. Against another estimate, the
    two intervals must not overlap. That is `cautious`: two intervals that overlap can still differ. `newcombe` and
    `rate_ratio` are tests of two estimates.

    Raises `StatsError` for an estimate without an interval, or for two estimates of different confidence.

    >>> from peelian.stats import compare, wilson
    >>> compare(wilson(12, 100), 0.25, polarity="lower_is_better")
    Compared(word='better', method='benchmark_in_interval')
    >>> compare(wilson(12, 100), wilson(20, 100)).word
    'similar'
    """
    return _peelian.compare(estimate, benchmark, polarity)


@overload
def funnel_limits(
    size: float,
    *,
    baseline: float,
    kind: _Kind = ...,
    multiplier: float = ...,
    confidence: float = ...,
    dispersion: float = ...,
) -> Estimate: ...
@overload
def funnel_limits(
    size: Numbers,
    *,
    baseline: float,
    kind: _Kind = ...,
    multiplier: float = ...,
    confidence: float = ...,
    dispersion: float = ...,
) -> Estimate | Estimates: ...
def funnel_limits(
    size: Numbers,
    *,
    baseline: float,
    kind: _Kind = "proportion",
    multiplier: float = 1,
    confidence: float = 0.95,
    dispersion: float = 1,
) -> Estimate | Estimates:
    """The limits of a funnel plot around `baseline`, for areas of a `size`. The value is the middle line.

    - "proportion": `size` is the denominator, and `baseline` a proportion from 0 to 1. Limits and middle line are
      multiplied by `multiplier`, and clamped to what is possible. A `dispersion` above 1 widens them: see
      `over_dispersion`.
    - "ratio": `size` is the number of observed events, and `baseline` the ratio of the middle line, usually 1. Limits and
      middle line are multiplied by `multiplier`.
    - "rate": `size` is the number of events, and `baseline` the average rate. The limits are in its unit.

    Use a confidence of 0.95 and of 0.998 for the two pairs of limits. Spiegelhalter DJ (2005), Stat Med 24:1185-1202.

    Raises `StatsError` for an empty area, or for a baseline that is not possible.

    >>> from peelian.stats import funnel_limits
    >>> limits = funnel_limits(30, baseline=0.80642448, multiplier=100, confidence=0.998)
    >>> print(f"{limits.lower:.2f} to {limits.upper:.0f}")
    58.35 to 100
    """
    return _peelian.funnel_limits(size, baseline, kind, multiplier, confidence, dispersion)


@overload
def funnel_position(
    x: float, n: float, *, baseline: float, kind: _Kind = ..., multiplier: float = ..., dispersion: float = ...
) -> str: ...
@overload
def funnel_position(
    x: Numbers, n: Numbers, *, baseline: float, kind: _Kind = ..., multiplier: float = ..., dispersion: float = ...
) -> str | list[str | None]: ...
def funnel_position(
    x: Numbers,
    n: Numbers,
    *,
    baseline: float,
    kind: _Kind = "proportion",
    multiplier: float = 1,
    dispersion: float = 1,
) -> str | list[str | None]:
    """The position of areas against the 99.8% limits of a funnel, and then against the 95% limits.

    The labels are those of public health statistics in England: "Low (0.001)" below the 99.8% limits, "Low (0.025)" below
    the 95% limits only, "Not significant", "High (0.025)" and "High (0.001)". None stands for an area with missing numbers
    or without a denominator.

    - "proportion": `x` of `n`, and `baseline` from 0 to 1.
    - "ratio": `x` observed and `n` expected events, and `baseline` the ratio of the middle line, usually 1.
    - "rate": `x` events in an exposure of `n`, and `baseline` the average rate for each `multiplier` of exposure.

    Where many areas are compared, one in 20 lies outside the 95% limits by chance, and one in 500 outside the 99.8% limits.

    Raises `StatsError` for numbers that are not possible.

    >>> from peelian.stats import funnel_position
    >>> funnel_position([18_365, 24_648], [29_277, 30_521], baseline=0.80642448)
    ['Low (0.001)', 'Not significant']
    """
    return _peelian.funnel_position(x, n, baseline, kind, multiplier, dispersion)


def over_dispersion(x: Array, n: Array, *, baseline: float, winsorised: float = 0.1) -> float:
    """The dispersion of the proportions `x` of `n` of areas around a baseline.

    It is the mean square of their distances in standard errors, and at least 1.

    Above 1, areas differ by more than chance within them explains. Give the result to `funnel_limits` and
    `funnel_position` if the question is which areas differ from the others, and say so beside the plot. The share
    `winsorised` of distances at each end is replaced by the nearest one that remains. Spiegelhalter DJ (2005), Stat Med
    24:1185-1202, section 4.1.

    Raises `StatsError` for numbers that are not proportions, or for a baseline of 0 or 1.

    >>> from peelian.stats import over_dispersion
    >>> round(over_dispersion([40, 60], [100, 100], baseline=0.5, winsorised=0), 6)
    4.0
    """
    return _peelian.over_dispersion(x, n, baseline, winsorised)


def gap_p_value(x1: float, n1: float, x2: float, n2: float) -> float:
    """The two-sided p-value of the difference between two proportions: below 0.05 exactly if the 95% interval of `newcombe`
    excludes zero.

    Raises `StatsError` if either pair of numbers is not a proportion.

    >>> from peelian.stats import gap_p_value
    >>> gap_p_value(750, 1000, 660, 1000) < 0.0001
    True
    """
    return _peelian.gap_p_value(x1, n1, x2, n2)


def holm(p_values: Array) -> "numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float64]]":
    """Holm's adjustment of the p-values of many comparisons, in their order: Holm S (1979), Scand J Stat 6:65-70.

    With each adjusted value compared with 0.05, the probability of any false alarm among all of them is at most 5%.

    Raises `StatsError` for a p-value that is not between 0 and 1.

    >>> from peelian.stats import holm
    >>> [round(p, 6) for p in holm([0.04, 0.01, 0.03]).tolist()]
    [0.06, 0.03, 0.06]
    """
    return _peelian.holm(p_values)


def quantiles(values: Array, k: int = 10, *, first: Literal["highest", "lowest"] = "highest") -> list[int | None]:
    """The quantile of each value, from 1 to `k`: 10 for deciles, 5 for quintiles. `first` says which end is quantile 1.

    Equal values share a quantile. A missing value (NaN) has none. If there are fewer values than quantiles, no value has
    one. The formula is that of the Office for Health Improvement and Disparities for categories of deprivation.

    Raises `StatsError` for a value that is infinite, or for no quantiles.

    >>> from peelian.stats import quantiles
    >>> quantiles([40, 10, 30, 20], 2)
    [1, 2, 1, 2]
    """
    return _peelian.quantiles(values, k, first)


def composite_index(
    variables: Sequence[tuple[Array, Array]],
    *,
    weights: Sequence[float] | None = None,
    low_adds: Sequence[int] = (),
) -> list[float]:
    """An index of areas from several variables. 100 is the average of all areas together.

    Each variable has a numerator and a denominator for each area: burglaries and dwellings, or a score of deprivation times
    the residents, and the residents. Its index is 100 times the rate of the area over the rate of all areas together. The
    index of an area is the mean of these, with `weights` if the variables do not count alike. `low_adds` has the positions
    of variables of which a low proportion adds to the index.

    The Vulnerable Localities Index has six variables of the same weight: Chainey S (2008), Policing 2(2):196-209.

    Raises `StatsError` for an area without a denominator, or a variable that is zero everywhere.

    >>> from peelian.stats import composite_index
    >>> composite_index([([6, 2], [100, 100])])
    [150.0, 50.0]
    """
    return _peelian.composite_index(variables, weights, low_adds)
