"""The reports that agencies are expected to make, and which of them were received."""

from __future__ import annotations

import datetime
import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypedDict, overload

from ._keywords import check_keywords
from ._submission import moment

if TYPE_CHECKING:
    import pandas

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


class ExpectedReports(Sequence[ExpectedReport]):
    """Expected reports in the order of agency, dataset, area and period. A notebook shows them as a table."""

    def __init__(self, found: Iterable[ExpectedReport] = ()) -> None:
        self._reports = tuple(found)

    @classmethod
    def of(cls, messages: Iterable[Mapping[str, Any]]) -> ExpectedReports:
        """The contract's messages as expected reports."""
        return cls(map(ExpectedReport.of, messages))

    def __len__(self) -> int:
        return len(self._reports)

    def __iter__(self) -> Iterator[ExpectedReport]:
        return iter(self._reports)

    @overload
    def __getitem__(self, index: int) -> ExpectedReport: ...
    @overload
    def __getitem__(self, index: slice) -> ExpectedReports: ...
    def __getitem__(self, index: int | slice) -> ExpectedReport | ExpectedReports:
        return ExpectedReports(self._reports[index]) if isinstance(index, slice) else self._reports[index]

    def __eq__(self, other: object) -> bool:
        return self._reports == other._reports if isinstance(other, ExpectedReports) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._reports)

    def __repr__(self) -> str:
        lines = [f"{one.agency}  {one.dataset}  {one.area_name}  {one.period}  {one.status}" for one in self]
        return "\n".join(lines) or "no reports are expected"

    def _repr_html_(self) -> str:
        names = ("agency_name", "dataset", "area_name", "period", "due_date", "status", "received_at")
        head = "".join(f"<th>{name}</th>" for name in names)
        cells = ("".join(f"<td>{html.escape(str(getattr(one, name) or ''))}</td>" for name in names) for one in self)
        return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each report. Any data frame library makes a table of them."""
        return [asdict(one) for one in self]

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame with a row for each report."""
        import pandas

        return pandas.DataFrame(self.to_dicts(), columns=[field.name for field in fields(ExpectedReport)])


def request(selection: Selection) -> dict[str, object]:
    """A selection of expected reports, for the compiled part."""
    check_keywords("a list of reports", selection, Selection, DEFAULTS)
    return {**DEFAULTS, **selection}
