"""Proportions, counts and rates, and the comparison of two of them."""

from typing import Literal, overload

from .. import _peelian
from .._peelian import Estimate, Estimates
from ._numbers import Numbers


@overload
def wilson(x: float, n: float, *, confidence: float = ..., continuity_correction: bool = ...) -> Estimate: ...
@overload
def wilson(
    x: Numbers, n: Numbers, *, confidence: float = ..., continuity_correction: bool = ...
) -> Estimate | Estimates: ...
def wilson(
    x: Numbers, n: Numbers, *, confidence: float = 0.95, continuity_correction: bool = False
) -> Estimate | Estimates:
    """The proportion `x` of `n` with Wilson's score interval.

    Wilson EB (1927), J Am Stat Assoc 22:209-212; with continuity correction, method 4 of Newcombe RG (1998), Stat Med
    17:857-872. `x` may be a weighted sum: it need not be whole.

    Raises `StatsError` if the numbers are not a proportion, or if the confidence is not between 0 and 1.

    >>> from peelian.stats import wilson
    >>> share = wilson(12, 100)
    >>> print(f"{share.value:.2f} ({share.lower:.4f} to {share.upper:.4f}), {share.method}")
    0.12 (0.0700 to 0.1981), wilson
    >>> [round(lower, 4) for lower in wilson([0, 12], [10, 100]).lower.tolist()]
    [0.0, 0.07]
    """
    return _peelian.wilson(x, n, confidence, continuity_correction)


@overload
def poisson(x: float, *, confidence: float = ..., method: Literal["auto", "byar", "exact"] = ...) -> Estimate: ...
@overload
def poisson(
    x: Numbers, *, confidence: float = ..., method: Literal["auto", "byar", "exact"] = ...
) -> Estimate | Estimates: ...
def poisson(
    x: Numbers, *, confidence: float = 0.95, method: Literal["auto", "byar", "exact"] = "auto"
) -> Estimate | Estimates:
    """The count `x` with the limits of a Poisson count.

    "exact" is Garwood F (1936), Biometrika 28:437-442; "byar" is Byar's approximation, Breslow NE, Day NE (1987),
    Statistical Methods in Cancer Research, volume II; "auto" is exact below 10 and Byar's from 10 on, as public
    health statistics in England do.

    Raises `StatsError` for a count that is negative, not finite or too large.

    >>> from peelian.stats import poisson
    >>> count = poisson(65)
    >>> print(f"{count.value:.0f} ({count.lower:.2f} to {count.upper:.2f}), {count.method}")
    65 (50.16 to 82.85), byar
    >>> poisson(5).method
    'exact_poisson'
    """
    return _peelian.poisson(x, confidence, method)


@overload
def rate(
    x: float, n: float, *, multiplier: float = ..., confidence: float = ..., method: Literal["auto", "exact"] = ...
) -> Estimate: ...
@overload
def rate(
    x: Numbers,
    n: Numbers,
    *,
    multiplier: float = ...,
    confidence: float = ...,
    method: Literal["auto", "exact"] = ...,
) -> Estimate | Estimates: ...
def rate(
    x: Numbers,
    n: Numbers,
    *,
    multiplier: float = 1000,
    confidence: float = 0.95,
    method: Literal["auto", "exact"] = "auto",
) -> Estimate | Estimates:
    """The crude rate of `x` events in an exposure of `n`, for each `multiplier` of exposure, with the limits of its count.

    The exposure (residents, person-years) is assumed to be known without error. For the methods see `poisson`.

    Raises `StatsError` for an exposure of zero, or for a count or exposure that is negative, not finite or too large.

    >>> from peelian.stats import rate
    >>> found = rate(350, 90_000, multiplier=100_000)
    >>> print(f"{found.value:.1f} ({found.lower:.1f} to {found.upper:.1f}) for each 100,000")
    388.9 (349.2 to 431.8) for each 100,000
    """
    return _peelian.rate(x, n, multiplier, confidence, method)


@overload
def newcombe(
    x1: float, n1: float, x2: float, n2: float, *, confidence: float = ..., continuity_correction: bool = ...
) -> Estimate: ...
@overload
def newcombe(
    x1: Numbers,
    n1: Numbers,
    x2: Numbers,
    n2: Numbers,
    *,
    confidence: float = ...,
    continuity_correction: bool = ...,
) -> Estimate | Estimates: ...
def newcombe(
    x1: Numbers,
    n1: Numbers,
    x2: Numbers,
    n2: Numbers,
    *,
    confidence: float = 0.95,
    continuity_correction: bool = False,
) -> Estimate | Estimates:
    """The first proportion less the second, with Newcombe's hybrid score interval.

    Method 10 of Newcombe RG (1998), Stat Med 17:873-890; with continuity correction, method 11. The difference is one
    of proportions, from -1 to 1. Times 100 it is in percentage points. The groups must not share members.

    Raises `StatsError` if either pair of numbers is not a proportion.

    >>> from peelian.stats import newcombe
    >>> gap = newcombe(56, 70, 48, 80)
    >>> print(f"{gap.value:.1f} ({gap.lower:.4f} to {gap.upper:.4f})")
    0.2 (0.0524 to 0.3339)
    """
    return _peelian.newcombe(x1, n1, x2, n2, confidence, continuity_correction)


@overload
def rate_ratio(
    x1: float,
    t1: float,
    x2: float,
    t2: float,
    *,
    confidence: float = ...,
    method: Literal["auto", "log_wald", "score", "exact"] = ...,
) -> Estimate: ...
@overload
def rate_ratio(
    x1: Numbers,
    t1: Numbers,
    x2: Numbers,
    t2: Numbers,
    *,
    confidence: float = ...,
    method: Literal["auto", "log_wald", "score", "exact"] = ...,
) -> Estimate | Estimates: ...
def rate_ratio(
    x1: Numbers,
    t1: Numbers,
    x2: Numbers,
    t2: Numbers,
    *,
    confidence: float = 0.95,
    method: Literal["auto", "log_wald", "score", "exact"] = "auto",
) -> Estimate | Estimates:
    """The rate of `x1` events in `t1`, divided by the rate of `x2` events in `t2`.

    "log_wald" is Rothman KJ, Greenland S, Lash TL (2008), Modern Epidemiology, chapter 14; "score" is Gu K and others
    (2008), Biom J 50:283-298; "exact" is Przyborowski J, Wilenski H (1940), Biometrika 31:313-323; "auto" is exact
    when either count is below 10, and log-Wald otherwise. If `x2` is zero, the ratio is infinite.

    Raises `StatsError` if both counts are zero. For "log_wald", if either count is zero.

    >>> from peelian.stats import rate_ratio
    >>> ratio = rate_ratio(41, 28_010, 15, 19_017)
    >>> print(f"{ratio.value:.3f} ({ratio.lower:.3f} to {ratio.upper:.3f}), {ratio.method}")
    1.856 (1.027 to 3.353), rate_ratio_log_wald
    """
    return _peelian.rate_ratio(x1, t1, x2, t2, confidence, method)


@overload
def risk_ratio(x1: float, n1: float, x2: float, n2: float, *, confidence: float = ...) -> Estimate: ...
@overload
def risk_ratio(
    x1: Numbers, n1: Numbers, x2: Numbers, n2: Numbers, *, confidence: float = ...
) -> Estimate | Estimates: ...
def risk_ratio(
    x1: Numbers, n1: Numbers, x2: Numbers, n2: Numbers, *, confidence: float = 0.95
) -> Estimate | Estimates:
    """The proportion `x1` of `n1`, divided by the proportion `x2` of `n2`.

    The variances are recovered from Wilson's limits: MOVER-Wilson, Fagerland MW, Newcombe RG (2013), Stat Med 32:2823-2836.
    If `x2` is zero, the ratio and its upper limit are infinite.

    Raises `StatsError` if either pair of numbers is not a proportion, or if both counts are zero.

    >>> from peelian.stats import risk_ratio
    >>> ratio = risk_ratio(24, 73, 53, 65)
    >>> print(f"{ratio.value:.3f} ({ratio.lower:.3f} to {ratio.upper:.3f})")
    0.403 (0.282 to 0.563)
    """
    return _peelian.risk_ratio(x1, n1, x2, n2, confidence)
