"""The methods of official statistics. Every measure of the exchange uses the same functions.

| question | functions |
| --- | --- |
| How certain is a value? | `wilson`, `poisson`, `rate`, `mean`, `median`, `effective_sample_size` |
| What if areas had the same population? | `dsr`, `isr`, `expected` |
| Do two values differ? | `newcombe`, `rate_ratio`, `risk_ratio`, `gap_p_value`, `holm` |
| How does an area compare with others? | `compare`, `funnel_limits`, `funnel_position`, `over_dispersion`, `quantiles` |
| How do several variables make one index? | `composite_index` |
| Does a series change? | `trend`, `spc` |

Arrays can be of NumPy, pandas, Polars, pyarrow, or lists. Functions that take single numbers or arrays give an `Estimate`
for single numbers. If any argument is an array, the answer is `Estimates`, with one case for each element. A single number
then goes with every element of the arrays. A case of an array that has no estimate is NaN, and `reason` says why: "missing"
for a missing number (NaN, null), "zero_denominator" for a denominator of zero. A case that is not possible, such as a part
above its whole, raises a `StatsError`, which names its position. A single case without an estimate raises one too.

Proportions lie between 0 and 1. Confidence is two-sided: 0.95 leaves 2.5% on either side.
"""

from .._peelian import Chart, Compared, Estimate, Estimates, Phase, Trend
from ._comparisons import (
    compare,
    composite_index,
    funnel_limits,
    funnel_position,
    gap_p_value,
    holm,
    over_dispersion,
    quantiles,
)
from ._intervals import newcombe, poisson, rate, rate_ratio, risk_ratio, wilson
from ._samples import dsr, effective_sample_size, expected, isr, mean, median
from ._series import spc, trend

__all__ = [
    "Chart",
    "Compared",
    "Estimate",
    "Estimates",
    "Phase",
    "Trend",
    "compare",
    "composite_index",
    "dsr",
    "effective_sample_size",
    "expected",
    "funnel_limits",
    "funnel_position",
    "gap_p_value",
    "holm",
    "isr",
    "mean",
    "median",
    "newcombe",
    "over_dispersion",
    "poisson",
    "quantiles",
    "rate",
    "rate_ratio",
    "risk_ratio",
    "spc",
    "trend",
    "wilson",
]
