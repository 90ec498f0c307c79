"""What rows report on: a period, areas, and the agency as which they are checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, cast

from . import _peelian
from ._rows import Days, check_datasets, days

__all__ = ["Agencies", "Covered", "Covers", "CoversEach", "scope", "scopes"]

Period: TypeAlias = "str | Days"
"""A period ("2017-02"), a range, two days ("2017-02-01..2017-02-14"), or a pair of days."""


class Covered(TypedDict, total=False):
    """What rows report on. Both parts may be left out."""

    period: Period
    """Period that the rows report on. The default is the whole months from the first to the last date of the rows."""
    areas: str | Sequence[str]
    """Codes or names of areas. The areas within them are included. The default is the areas that occur in the rows."""


Covers: TypeAlias = "Covered | Period"
"""What the rows of a dataset report on: a period alone, or a dictionary with "period", "areas" or both."""

CoversEach: TypeAlias = "Mapping[str, Covers] | Covers"
"""The same for all datasets, or one for each dataset by its identifier."""

Agencies: TypeAlias = "Mapping[str, str] | str"
"""The agency of all datasets, or one for each dataset by its identifier."""

PARTS = {"period", "areas"}


def scope(covers: Covers | None, agency: str | None) -> dict[str, object]:
    """What the rows of one dataset report on, in the form that the compiled part takes."""
    covered = covers if isinstance(covers, Mapping) else _of_period(covers)
    if unknown := {*covered} - PARTS:
        raise ValueError(f"covers has {', '.join(map(repr, sorted(unknown)))}: its parts are 'period' and 'areas'")
    areas = covered.get("areas")
    return {
        "period": _days(covered["period"]) if "period" in covered else None,
        "areas": [areas] if isinstance(areas, str) else None if areas is None else [*areas],
        "agency": agency,
    }


def scopes(
    datasets: Collection[str], covers: CoversEach | None, agency: Agencies | None = None
) -> dict[str, dict[str, object]]:
    """What the rows of each of several datasets report on."""
    for_all = not isinstance(covers, Mapping) or PARTS & {*covers}
    each = dict.fromkeys(datasets, covers) if for_all else _known("covers", cast("Any", covers), datasets)
    agencies = _known("agency", agency, datasets) if isinstance(agency, Mapping) else dict.fromkeys(datasets, agency)
    return {dataset: scope(cast("Covers | None", each.get(dataset)), agencies.get(dataset)) for dataset in datasets}


def _known(argument: str, given: Mapping[str, Any], datasets: Collection[str]) -> Mapping[str, Any]:
    """What is given by dataset, for datasets that have rows."""
    check_datasets(argument, given, datasets)
    return given


def _of_period(period: Period | None) -> Covered:
    return {"period": period} if period else {}


def _days(period: Period) -> tuple[str, str]:
    return _peelian.period_days(period) if isinstance(period, str) else days(period)
