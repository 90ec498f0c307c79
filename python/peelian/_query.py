"""Questions: the arguments that every `query` and `explain` takes, as the compiled part takes them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

__all__ = ["LONDON", "Basis", "Comparisons", "Several", "explained", "query"]

Several: TypeAlias = "str | Sequence[str]"
"""One, or several."""

ComparisonKind: TypeAlias = Literal["previous_window", "same_period_last_year", "london", "reference_group"]
Comparisons: TypeAlias = "ComparisonKind | Sequence[ComparisonKind]"
Basis: TypeAlias = Literal["submitted_figure", "computed_from_records"]

LONDON = "E23000001"
"""The Metropolitan Police's area, which is the default of every question."""


def several(given: Several) -> list[str]:
    """One or several, as a list."""
    return [given] if isinstance(given, str) else list(given)


def instant(moment: datetime.datetime) -> tuple[int, int]:
    """Seconds and nanoseconds since 1970. A time without a zone is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return since.days * 86_400 + since.seconds, since.microseconds * 1_000


def query(
    measures: Several,
    areas: Several,
    periods: Several,
    by: Several,
    comparisons: Comparisons,
    reference_group: str,
    basis: Basis | None,
    confidence: float,
    allow_break: bool,
    as_of: datetime.datetime | None = None,
) -> dict[str, object]:
    """A query."""
    return {
        "measures": several(measures),
        "areas": several(areas),
        "periods": several(periods),
        "by": several(by),
        "comparisons": several(comparisons),
        "reference_group": reference_group,
        "basis": basis or "",
        "confidence": confidence,
        "allow_break": allow_break,
        "as_of": instant(as_of) if as_of else None,
    }


def explained(
    measure: str,
    area: str,
    period: str,
    breakdown: Mapping[str, str] | None,
    as_of: datetime.datetime | None = None,
) -> dict[str, object]:
    """A request to explain one value."""
    return {
        "measure": measure,
        "area": area,
        "period": period,
        "breakdown": dict(breakdown or {}),
        "as_of": instant(as_of) if as_of else None,
    }
