"""The reports that agencies are expected to make, and which of them were received."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from ._keywords import check_keywords
from ._listing import Listing
from ._messages import moment

__all__ = ["DEFAULTS", "ExpectedReport", "ExpectedReports", "Selection", "request"]


class Selection(TypedDict, total=False):
    """The arguments that select expected reports."""

    agency: str
    """Agency that reports. The default is every agency."""
    dataset: str
    """Dataset that is reported. The default is every dataset."""
    area: str
    """Code or name of an area or site that the reports are about. The default is every area."""
    period: str
    """First and last month: "2017-01..2017-12", or another period. The default is the 12 months before this one."""
    overdue: bool
    """True for overdue reports only: who has not reported."""


DEFAULTS: Selection = {"agency": "", "dataset": "", "area": "", "period": "", "overdue": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedReport:
    """One report that an agency is expected to make."""

    agency: str
    agency_name: str
    dataset: str
    area: str
    """Code of the area or site."""
    area_name: str
    period: str
    """Period: "2017-02", "2016/17-Q4"."""
    due_date: datetime.date
    """Day on which the report is due."""
    status: str
    """on_time, late, overdue (not received) or not_due (not received, and not yet due)."""
    received_at: datetime.datetime | None
    """Time at which the whole period was first received. None when it was not."""
    synthetic: bool
    """True when any part of what was received is synthetic."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> ExpectedReport:
        """The contract's message as an expected report."""
        parts = dict(message)
        parts["due_date"] = datetime.date.fromisoformat(parts["due_date"])
        parts["received_at"] = moment(parts["received_at"])
        return cls(**parts)


class ExpectedReports(Listing[ExpectedReport]):
    """Expected reports in the order of agency, dataset, area and period. A notebook shows them as a table."""

    _record = ExpectedReport
    _shown = ("agency_name", "dataset", "area_name", "period", "due_date", "status", "received_at")

    @classmethod
    def of(cls, messages: Iterable[Mapping[str, Any]]) -> ExpectedReports:
        """The contract's messages as expected reports."""
        return cls(map(ExpectedReport.of, messages))

    def __repr__(self) -> str:
        lines = [f"{one.agency}  {one.dataset}  {one.area_name}  {one.period}  {one.status}" for one in self]
        return "\n".join(lines) or "no reports are expected"


def request(selection: Selection) -> dict[str, object]:
    """A selection of expected reports, for the compiled part."""
    check_keywords("a list of reports", selection, Selection, DEFAULTS)
    return {**DEFAULTS, **selection}
