"""Rows that stay where they are: checked, and computed from, in this process."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Unpack

from . import _peelian, _query
from ._explanation import Explanation
from ._query import LONDON, Question, Several, WorkspaceQuestion, shows
from ._report import Report, report, reports
from ._results import Results
from ._rows import Days, Rows, columns_of, covered, days, only, synthetic_datasets
from .errors import RowsError

__all__ = ["Computed", "Workspace", "compute", "load", "validate"]


def validate(
    data: Rows, dataset: str, *, referenced: Mapping[str, Rows] | None = None, covers: Days | None = None
) -> Report:
    """Checks rows as the exchange does, without sending anything.

    `data` is a table of pyarrow, Polars, pandas or DuckDB, the path of a file, or a CSV's bytes; `dataset` its
    identifier, such as "crime". `referenced` has the rows of other datasets that these refer to, by identifier:
    without them, references are findings. `covers` are the first and last day that the rows report on; a row outside
    is a finding.

    Rows that are refused as a whole (a missing column, a direct identifier, too many errors) give a report with a
    `refusal`; nothing is raised for what is in the rows.

    >>> import peelian
    >>> csv = b"borough,valid_from,priority_1,priority_2\\nE09000028,2017-04-01,robbery_personal,parking\\n"
    >>> report = peelian.validate(csv, "local_priority")
    >>> report.ok, report.received, report.rejected
    (False, 1, 1)
    >>> report.findings[0].field, report.findings[0].value
    ('priority_2', 'parking')
    """
    part = (dataset, columns_of(data), days(covers) if covers else None)
    others = [(name, columns_of(rows), None) for name, rows in (referenced or {}).items()]
    try:
        return report(dataset, _peelian.check(part, others))
    except RowsError as error:
        errors = max(1, len(error.findings.of("ERROR")))
        return Report(
            dataset=dataset,
            received=error.received,
            rejected=error.rejected,
            errors=errors,
            warnings=len(error.findings.of("WARNING")),
            infos=len(error.findings.of("INFO")),
            findings=error.findings,
            refusal=str(error),
        )


class Workspace:
    """Rows of several datasets, checked and held in memory, to ask any number of questions of."""

    def __init__(self, local: _peelian.Local, received: Mapping[str, Report]) -> None:
        self._local = local
        self.received = dict(received)
        """What became of the rows, by dataset."""

    @shows(WorkspaceQuestion)
    def query(
        self,
        measures: Several,
        **question: Unpack[WorkspaceQuestion],
    ) -> Results:
        """Values of measures. The arguments are those of `compute`."""
        asked = _query.query(measures, question, WorkspaceQuestion)
        return Results(self._local.query(asked))

    def explain(
        self, measure: str, *, area: str = LONDON, period: str, breakdown: Mapping[str, str] | None = None
    ) -> Explanation:
        """How one value came about: the definition, and how many records each step of the selection removed."""
        return Explanation.of(self._local.explain(_query.explained(measure, area, period, breakdown)))


class Computed(Results):
    """Observations computed here, with what became of the rows."""

    def __init__(self, table: _peelian.Table, received: Mapping[str, Report]) -> None:
        super().__init__(table)
        self.received = dict(received)
        """What became of the rows, by dataset."""


def load(
    data: Mapping[str, Rows],
    *,
    covers: Mapping[str, Days] | Days | None = None,
    synthetic: bool | Collection[str] = False,
    threads: int | None = None,
) -> Workspace:
    """Checks rows and keeps them in memory for questions. Nothing leaves this process.

    `data` has the rows of each dataset by its identifier, in any order. `covers` are the first and last day that rows
    report on, for all datasets or by dataset; without it, the whole months from the first to the last date in the rows.
    A month that is covered and has no row counts as zero; one that is not covered is missing. So rows of agencies that
    report on different periods are loaded apart. `synthetic` labels the rows, and every answer made from them, as made
    up: all rows, or those of the datasets named. `threads` is how many to count on; all of the machine's by default.

    Raises `RowsError`, with the findings, if rows are refused as a whole.
    """
    local, received = _peelian.load(_parts(data, covers), synthetic_datasets(data, synthetic), threads)
    return Workspace(local, reports(received))


def _parts(
    data: Mapping[str, Rows], covers: Mapping[str, Days] | Days | None
) -> list[tuple[str, Any, tuple[str, str] | None]]:
    return [(dataset, columns_of(rows), covered(covers, dataset)) for dataset, rows in data.items()]


@shows(Question)
def compute(
    data: Mapping[str, Rows],
    measures: Several,
    *,
    covers: Mapping[str, Days] | Days | None = None,
    synthetic: bool | Collection[str] = False,
    threads: int | None = None,
    check_all: bool = False,
    **question: Unpack[Question],
) -> Computed:
    """Computes measures from rows as the exchange does. Nothing leaves this process.

    Of the rows, only the fields that the measures need are read, where they are, and their values checked: from the
    same rows without errors the answer has the same bits as the exchange's. Other columns are not looked at: keys that
    repeat, references and rules between fields are left to `validate`; with `check_all` everything is checked first, as
    the exchange checks it, which takes many times as long. `load` checks everything and answers any number of
    questions.

    `data`, `covers`, `synthetic` and `threads` are as in `load`. `measures` are identifiers, with a variant where
    there are several; `areas` codes, names or a level ("borough"); `periods` a period ("2017-02", "2016/17-Q2",
    "R12-2017-02", "CY2016", "2016/17"), a range ("2016-01..2016-12") or "latest:24", "latest:8:R12"; `by` the fields
    of a breakdown; `comparisons` any of "previous_window", "same_period_last_year", "london" and "reference_group",
    the last with `reference_group` as "dimension=code". `confidence` is that of the intervals. `allow_break` lets
    changes be computed across a declared break in a series.

    Raises `RowsError`, with the findings, if rows are refused as a whole, and `QueryError` if the question is.

    >>> import peelian
    >>> csv = (
    ...     b"measure,area,period,breakdown,numerator,denominator,status,source\\n"
    ...     b"knife-crime-offences,E09000028,2024-01,,52,,final,An example that is made up\\n"
    ... )
    >>> found = peelian.compute(
    ...     {"published_figure": csv}, "knife-crime-offences", areas="Southwark", periods="2024-01", synthetic=True
    ... )
    >>> found[0].value, found[0].basis, found[0].synthetic
    (52.0, 'submitted_figure', True)
    """
    asked = _query.query(measures, question, Question)
    if check_all:
        held = load(data, covers=covers, synthetic=synthetic, threads=threads)
        return Computed(held._local.query(asked), held.received)  # noqa: SLF001
    needed = _peelian.needed(asked, [*data])
    selected = {dataset: only(rows, needed[dataset]) for dataset, rows in data.items()}
    table, received = _peelian.compute(_parts(selected, covers), synthetic_datasets(data, synthetic), threads, asked)
    return Computed(table, reports(received))
