"""Questions: the arguments of `query`, `compute` and `explain`, and the form in which the compiled part takes them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypedDict

from ._keywords import check_keywords
from ._release import release_name

__all__ = [
    "DEFAULTS",
    "LONDON",
    "Basis",
    "ExchangeQuestion",
    "Question",
    "Several",
    "WorkspaceQuestion",
    "explain_request",
    "query_request",
]

Several: TypeAlias = "str | Sequence[str]"
"""One text or several."""

ComparisonKind: TypeAlias = Literal[
    "previous_window",
    "same_period_last_year",
    "london",
    "reference_group",
    "nation",
    "funnel",
    "trend",
    "process_control",
    "baseline",
]
Comparisons: TypeAlias = "ComparisonKind | Sequence[ComparisonKind]"
Basis: TypeAlias = Literal["submitted_figure", "computed_from_records"]

LONDON = "E23000001"
"""The area of the Metropolitan Police. It is the default of every question."""


class Question(TypedDict, total=False):
    """The arguments of a question about measures, besides the measures. Each has a default."""

    areas: Several
    """Codes, names or a level: "borough"."""
    periods: Several
    """A period ("2017-02", "2016/17-Q2", "R12-2017-02", "CY2016", "2016/17"), a range ("2016-01..2016-12"), or the
    latest periods ("latest:24", "latest:8:R12", "latest:1:longest" for the longest kind that each measure offers)."""
    by: Several
    """Fields of a breakdown. The default is the total."""
    comparisons: Comparisons
    """What each value is compared with; any of these.

    "previous_window", "same_period_last_year", "london", "nation" (England and Wales) and "reference_group" test the
    difference from another value. "funnel" is the position in a funnel around London's value, "trend" is of five years,
    and "process_control" is a chart of at most 24 months or quarters. "baseline" compares with the period `baseline`.
    """
    reference_group: str
    """Group that "reference_group" compares with, as "dimension=code"."""
    confidence: float
    """Confidence level of the intervals."""
    allow_break: bool
    """True to compute changes across a declared break in a series."""
    profile: str
    """Profile whose measures are asked for, before the others: "children-and-young-people". See `peelian.profiles`."""
    baseline: str
    """Period that "baseline" compares with. The default is the baseline of the profile."""
    source: str
    """Agency whose own figures are asked for: "southwark". Values from records are then left out. The default is the
    figures of the authoritative source, and values from records."""


class WorkspaceQuestion(Question, total=False):
    """The arguments of a question about rows in memory."""

    companions: bool
    """False to leave out the companions of contextual measures."""
    basis: Basis | None
    """Submitted figures alone, or computed values alone. The default is both."""


class ExchangeQuestion(WorkspaceQuestion, total=False):
    """The arguments of a question to an exchange."""

    as_of: datetime.datetime | None
    """Instant. The answer is what was known then. A time without a zone is UTC. The default is now."""
    release: str
    """Release that is read: "2017-03". The default is the live ledger, or for a caller without live figures the release in
    force."""


DEFAULTS: ExchangeQuestion = {
    "areas": LONDON,
    "periods": "latest:12",
    "by": (),
    "comparisons": (),
    "reference_group": "",
    "confidence": 0.95,
    "allow_break": False,
    "profile": "",
    "baseline": "",
    "companions": True,
    "source": "",
    "basis": None,
    "as_of": None,
    "release": "",
}


def several(given: Several) -> list[str]:
    """One text or several, as a list."""
    return [given] if isinstance(given, str) else list(given)


def instant(moment: datetime.datetime) -> tuple[int, int]:
    """Seconds and nanoseconds since 1970. A time without a zone is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return since.days * 86_400 + since.seconds, since.microseconds * 1_000


def query_request(measures: Several, question: Question, kind: type[Question]) -> dict[str, object]:
    """A query for the compiled part."""
    check_keywords("a query", question, kind, DEFAULTS)
    asked: ExchangeQuestion = {**DEFAULTS, **question}
    as_of = asked["as_of"]
    return {
        "measures": several(measures),
        "areas": several(asked["areas"]),
        "periods": several(asked["periods"]),
        "by": several(asked["by"]),
        "comparisons": several(asked["comparisons"]),
        "reference_group": asked["reference_group"],
        "basis": asked["basis"] or "",
        "confidence": asked["confidence"],
        "allow_break": asked["allow_break"],
        "profile": asked["profile"],
        "baseline": asked["baseline"],
        "companions": asked["companions"],
        "source": asked["source"],
        "as_of": instant(as_of) if as_of else None,
        "release": release_name(asked["release"]),
    }


def explain_request(
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
