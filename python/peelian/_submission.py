"""A submission: its header, and the receipt that answers it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias

from . import _peelian
from ._findings import Finding, Findings
from ._rows import Days, Rows, days

__all__ = ["Mode", "Receipt", "header"]

Mode: TypeAlias = Literal["replace_period", "merge", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The receipt of a submission. received = created + updated + unchanged + rejected."""

    submission: str
    """Name of the submission. Empty for a dry run."""
    received: int
    created: int
    """Rows that were not held before."""
    updated: int
    """Rows that were held with other values. For a deletion, the rows removed."""
    unchanged: int
    rejected: int
    """Rows left out because they have errors."""
    deleted_by_replacement: int
    """Rows that were held before and are not in the replacement of their period."""
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
        parts["first_findings"] = Findings(Finding(**finding) for finding in parts["first_findings"])
        parts["accepted_at"] = _moment(parts["accepted_at"])
        return cls(**parts, **counts)


def _moment(stamp: Mapping[str, int] | None) -> datetime.datetime | None:
    if stamp is None:
        return None
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return start + datetime.timedelta(seconds=stamp["seconds"], microseconds=stamp["nanos"] // 1000)


def header(
    dataset: str,
    data: Rows | None,
    *,
    agency: str,
    period: str | Days,
    mode: Mode,
    dry_run: bool,
    collection: str,
    extracted: datetime.datetime | None,
    synthetic: bool,
    expected_delete_count: int | None,
) -> dict[str, object]:
    """A submission's header."""
    first, last = _peelian.period_days(period) if isinstance(period, str) else days(period)
    return {
        "agency": agency,
        "dataset": dataset,
        "collection": collection,
        "first": first,
        "last": last,
        "mode": mode,
        "extracted": int(_extracted(data, extracted).timestamp()),
        "synthetic": synthetic,
        "dry_run": dry_run,
        "expected_delete_count": expected_delete_count,
    }


def _extracted(data: Rows | None, given: datetime.datetime | None) -> datetime.datetime:
    """The time of extraction: as given, or the time of the file's last change, or now."""
    utc = datetime.UTC
    if given is not None:
        return given if given.tzinfo else given.replace(tzinfo=utc)
    if isinstance(data, str | PathLike):
        return datetime.datetime.fromtimestamp(Path(data).stat().st_mtime, utc)
    return datetime.datetime.now(utc)
