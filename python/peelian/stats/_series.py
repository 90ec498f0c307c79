"""Series: trends and process control."""

from collections.abc import Mapping, Sequence

from .. import _peelian
from .._peelian import Chart, Trend
from ._comparisons import Polarity
from ._numbers import Array


def trend(
    x: Array,
    n: Array | None = None,
    *,
    lower: Array | None = None,
    upper: Array | None = None,
    periods: Sequence[int] | None = None,
) -> Trend:
    """Whether a series rises or falls: the recent trend of public health statistics in England.

    Give shares as `x` of `n` (Armitage P (1955), Biometrics 11:375-386), or values `x` with their 95% limits `lower` and
    `upper` (weighted least squares). The latest five points count. They must be consecutive `periods`, numbered as years
    are, that do not overlap; without `periods`, each number is one period after the one before.

    The direction is "increasing" or "decreasing" if the chi-squared statistic exceeds its 99.8% quantile, and the slope
    keeps its sign if any one point is left out; otherwise "no_significant_change". It is "cannot_be_calculated" with a
    `reason` and a `message` if there are fewer than five points, a period is missing, a share is 0 or 1, or limits are
    equal. The slope is for each period, in the unit of the value; for shares, in log odds.

    Raises `StatsError` for numbers that are not shares, or limits that do not enclose their value.

    >>> from peelian.stats import trend
    >>> found = trend([994, 1023, 1199, 1332, 1367], [40299, 41527, 42811, 44064, 44701])
    >>> print(f"{found.direction}, {found.chi_squared:.2f}")
    increasing, 47.90
    >>> trend([994, 1023, 1199], [40299, 41527, 42811]).reason
    'too_few_points'
    """
    limits = None if lower is None or upper is None else (lower, upper)
    if limits is None and (lower is not None or upper is not None):
        raise ValueError("give both lower and upper, or neither")
    return _peelian.trend(x, n, limits, periods)


def spc(
    values: Array,
    *,
    polarity: Polarity = "neutral",
    screen_outliers: bool = True,
    fix_after: int | None = None,
    rebase: Mapping[int, str] | None = None,
    target: float | None = None,
) -> Chart:
    """The XmR chart of a series: the limits of its ordinary variation, and the points with a special cause.

    The limits are the mean -/+ 2.66 mean moving ranges: Nelson LS (1982), J Qual Technol 14:172-173. `screen_outliers`
    leaves moving ranges of at least 3.267 mean moving ranges out of the limits, once. `fix_after` makes the limits of so
    many first points, at least 12. `rebase` starts new limits at a point, by its place from 0, for a reason that is
    stated; limits are never rebased by rule.

    `rule` names the special cause of each point, the first that applies: "outside_limits"; "trend", one of seven that
    rise or fall; "two_of_three", close to a limit as are two of three on its side of the mean; "shift", one of seven on
    one side of the mean. `variation` says whether that is an improvement or a concern. With a `target`, `assurance` says
    from the latest limits whether the process will meet it: "consistent_pass", "consistent_fail", "inconsistent", or None
    without a polarity.

    Raises `StatsError` for fewer than two values, a value that is missing or infinite, or a rebase without a reason.

    >>> from peelian.stats import spc
    >>> chart = spc([1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1], target=12, polarity="lower_is_better")
    >>> chart.rule[4], chart.variation[4], chart.assurance
    ('outside_limits', 'special_cause_concern', 'consistent_pass')
    """
    return _peelian.spc(values, polarity, screen_outliers, fix_after, dict(rebase or {}), target)
