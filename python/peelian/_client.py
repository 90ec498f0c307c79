"""A connection to an exchange."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, Unpack

from . import _peelian, _query
from ._explanation import Explanation
from ._findings import Finding, Findings
from ._query import LONDON, ExchangeQuestion, Several, shows
from ._results import Results
from ._rows import Days, Rows, columns_of
from ._submission import Mode, Receipt, header

__all__ = ["DEFAULT_TARGET", "Connection", "connect", "target_or_default"]

DEFAULT_TARGET = "127.0.0.1:50829"


class Connection:
    """A connection to an exchange. Threads may share it. Ctrl-C ends a call that waits."""

    def __init__(self, connection: _peelian.Connection, target: str) -> None:
        self._connection = connection
        self.target = target

    def __repr__(self) -> str:
        return f"<peelian.Connection to {self.target}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection, once the last call under way has ended."""
        del self._connection

    def submit(
        self,
        dataset: str,
        data: Rows | None,
        *,
        agency: str,
        period: str | Days,
        mode: Mode = "replace_period",
        dry_run: bool = False,
        collection: str = "",
        extracted: datetime.datetime | None = None,
        synthetic: bool = False,
        expected_delete_count: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Receipt:
        """Submits rows, all or nothing. When it returns, they are durable.

        `data` is a table of pyarrow, Polars, pandas or DuckDB, the path of a file, or a CSV's bytes; None is a nil
        return: "we looked, nothing happened". `period` is a period ("2017-02"), a range, two days ("2017-02-01..
        2017-02-14") or a pair of days. `mode` says what becomes of what is held: "replace_period", "merge" or
        "delete". `extracted` is when the data were taken from their source: a file's own time, or now, by default.
        `progress` is told the parts sent and how many there are, from another thread. Sent again with the same
        content and `extracted`, a submission counts once.

        Only the dataset's fields leave this process: a table or a file with other columns raises `RowsError`, and
        nothing is sent. Of a table are sent the values that its rows have, not what its categories held before; a file
        is sent as it is.

        Raises `RefusedError` if the exchange refuses it, and then it keeps nothing.
        """
        described = header(
            dataset,
            data,
            agency=agency,
            period=period,
            mode=mode,
            dry_run=dry_run,
            collection=collection,
            extracted=extracted,
            synthetic=synthetic,
            expected_delete_count=expected_delete_count,
        )
        content = None if data is None else columns_of(data, to_send=True)
        return Receipt.of(self._connection.submit(described, content, progress).wait())

    @shows(ExchangeQuestion)
    def query(
        self,
        measures: Several,
        **question: Unpack[ExchangeQuestion],
    ) -> Results:
        """Values of measures. The arguments are those of `compute`; `as_of` asks what was known at an instant, and
        `basis` for submitted figures or computed values alone.

        Raises `RefusedError` if the question cannot be answered.
        """
        asked = _query.query(measures, question, ExchangeQuestion)
        return Results(self._connection.query(asked).wait())

    def explain(
        self,
        measure: str,
        *,
        area: str = LONDON,
        period: str,
        breakdown: Mapping[str, str] | None = None,
        as_of: datetime.datetime | None = None,
    ) -> Explanation:
        """How one value came about: the definition, what each step of the selection removed, and the submissions."""
        asked = _query.explained(measure, area, period, breakdown, as_of)
        return Explanation.of(self._connection.explain(asked).wait())

    def findings(self, submission: str) -> Findings:
        """Every finding of a submission, by the name that its receipt has."""
        return Findings(Finding(**finding) for finding in self._connection.findings(submission).wait())


def target_or_default(target: str | None) -> str:
    """The address given, or that of the environment's PEELIAN_SERVER, or the server's own default."""
    return target or os.environ.get("PEELIAN_SERVER") or DEFAULT_TARGET


def connect(target: str | None = None) -> Connection:
    """Connects to an exchange at `target`, a host and a port.

    Without one, to that of the environment variable PEELIAN_SERVER, or to a server on this machine.

    Raises `UnreachableError` if none answers.
    """
    address = target_or_default(target)
    return Connection(_peelian.connect(address).wait(), address)
