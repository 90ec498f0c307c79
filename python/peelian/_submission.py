"""A submission: its header, and the receipt that answers it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypedDict

from . import _peelian
from ._findings import Finding, Findings
from ._keywords import check_keywords
from ._messages import moment
from ._rows import Days, Rows, days

__all__ = ["DEFAULTS", "Receipt", "Submission", "header", "moment"]

Mode: TypeAlias = Literal["replace_period", "merge", "delete"]


class RequiredArguments(TypedDict):
    """The arguments that every submission has, besides its dataset and its rows."""

    agency: str
    """Identifier of the agency that submits."""
    period: str | Days
    """Days that the rows report on: a period ("2017-02"), a range, two days ("2017-02-01..2017-02-14"), or a pair of
    days."""


class Submission(RequiredArguments, total=False):
    """The arguments of a submission, besides its dataset and its rows."""

    mode: Mode
    """What happens to the rows that the exchange holds."""
    dry_run: bool
    """True to check and count, and write nothing."""
    collection: str
    """Name of the return, if the agency submits several."""
    extracted: datetime.datetime | None
    """Time at which the data were taken from their source. The default is the time of the file's last change, or now."""
    synthetic: bool
    """True when the rows are synthetic."""
    expected_delete_count: int | None
    """Number of rows that a large deletion removes."""


DEFAULTS: dict[str, object] = {
    "mode": "replace_period",
    "dry_run": False,
    "collection": "",
    "extracted": None,
    "synthetic": False,
    "expected_delete_count": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The receipt of a submission. received = created + updated + unchanged + deleted + not_held + rejected."""

    submission: str
    """Name of the submission. Empty for a dry run."""
    received: int
    created: int
    """Rows that were not held before."""
    updated: int
    """Rows that were held with other values."""
    unchanged: int
    rejected: int
    """Rows left out because they have errors."""
    deleted_by_replacement: int
    """Rows that were held before and are not in the replacement of their period."""
    deleted: int
    """Rows that a deletion removed."""
    not_held: int
    """Rows of a deletion that were not held."""
    request_id: str
    """Identifier of the request. Those who operate the exchange find the submission by it."""
    replayed: bool
    """Whether the exchange had received the same submission before. Nothing was written by this one."""
    errors: int
    warnings: int
    infos: int
    first_findings: Findings
    """The first findings, at most a hundred. `findings(submission)` gives all of them."""
    content_sha256: str
    ledger_position: int
    accepted_at: datetime.datetime | None
    """Time at which the submission was acknowledged and durable."""
    dry_run: bool
    superseded: str
    """Name of the submission that was in force before."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Receipt:
        """The contract's message as a receipt."""
        parts = dict(message)
        counts = parts.pop("findings") or {"errors": 0, "warnings": 0, "infos": 0}
        parts["first_findings"] = Findings(map(Finding.of, parts["first_findings"]))
        parts["accepted_at"] = moment(parts["accepted_at"])
        return cls(**parts, **counts)


def header(dataset: str, data: Rows | None, submission: Submission) -> dict[str, object]:
    """The header of a submission, for the compiled part."""
    check_keywords("a submission", submission, Submission, DEFAULTS)
    stated: dict[str, object] = {**DEFAULTS, **submission}
    period = submission["period"]
    first, last = _peelian.period_days(period) if isinstance(period, str) else days(period)
    extracted = _extracted(data, submission.get("extracted"))
    del stated["period"]
    return stated | {"dataset": dataset, "first": first, "last": last, "extracted": int(extracted.timestamp())}


def _extracted(data: Rows | None, given: datetime.datetime | None) -> datetime.datetime:
    """The time of extraction: as given, or the time of the file's last change, or now."""
    utc = datetime.UTC
    if given is not None:
        return given if given.tzinfo else given.replace(tzinfo=utc)
    if isinstance(data, str | PathLike):
        return datetime.datetime.fromtimestamp(Path(data).stat().st_mtime, utc)
    return datetime.datetime.now(utc)
