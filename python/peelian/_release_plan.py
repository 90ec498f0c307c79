"""What a release shall be: the arguments of `create_release`, and the form in which the compiled part takes them."""

from __future__ import annotations

from typing import TypedDict

from ._keywords import check_keywords
from ._query import LONDON, Several, several
from ._release import release_name

__all__ = ["DEFAULTS", "ReleasePlan", "plan_request"]


class ReleasePlan(TypedDict, total=False):
    """The arguments that say which observations a release has: measures, areas, periods and breakdowns."""

    measures: Several
    """Measures, with their variants."""
    profile: str
    """Profile whose measures it has, before the others: "borough". See `peelian.profiles`."""
    all_measures: bool
    """True for every measure with each of its variants, as far as there is data."""
    areas: Several
    """Codes, or a level: "borough"."""
    periods: Several
    """A period ("2017-02", "R12-2017-02", "2016/17"), a range ("2016-04..2017-03"), or the latest periods ("latest:24")."""
    by: Several
    """Fields of breakdowns beside the totals, for the measures that offer them. They are not crossed."""
    each_breakdown: bool
    """True for each breakdown that a measure offers."""
    supersedes: str
    """Release in force whose place it takes when it is published. Empty if it stands beside the others."""
    reason: str
    """Why it takes that place. Readers see it."""
    at_position: int
    """Position of the ledger that it is computed from. 0 is the present one."""


DEFAULTS: ReleasePlan = {
    "measures": (),
    "profile": "",
    "all_measures": False,
    "areas": LONDON,
    "by": (),
    "each_breakdown": False,
    "supersedes": "",
    "reason": "",
    "at_position": 0,
}


def plan_request(release: str, title: str, plan: ReleasePlan) -> dict[str, object]:
    """A new release for the compiled part."""
    check_keywords("a release", plan, ReleasePlan, DEFAULTS)
    wanted: ReleasePlan = {**DEFAULTS, **plan}
    return {
        **wanted,
        "id": release,
        "title": title,
        "measures": several(wanted["measures"]),
        "areas": several(wanted["areas"]),
        "periods": several(wanted["periods"]),
        "by": several(wanted["by"]),
        "supersedes": release_name(wanted["supersedes"]),
    }
