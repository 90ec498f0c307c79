"""Checking rows, and computing from them, in this process."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Unpack

from . import _peelian, _query
from ._explanation import Explanation
from ._keywords import shows_keywords
from ._query import LONDON, Question, Several, WorkspaceQuestion
from ._report import Report, report, reports
from ._results import Results
from ._rows import MappingSource, Rows, columns_of, read_file, read_files, synthetic_datasets, with_fields
from ._scope import Agencies, Covers, CoversEach, scope, scopes
from .errors import RowsError

__all__ = ["Computed", "Workspace", "compute", "load", "validate"]


def validate(
    data: Rows,
    dataset: str,
    *,
    referenced: Mapping[str, Rows] | None = None,
    covers: Covers | None = None,
    agency: str | None = None,
    mapping: MappingSource | None = None,
    sheet: str | None = None,
) -> Report:
    """Checks rows as the exchange does. Nothing is sent.

    `data` is a table of pyarrow, Polars, pandas or DuckDB, the path of a file, or the bytes of a CSV. `dataset` is the
    identifier of the dataset, such as "crime". `referenced` has the rows of the other datasets that these rows refer
    to, by identifier. Without them, every reference is a finding. `covers` is the period that the rows report on: see
    `load`. A row outside it is a finding. `agency` is the agency that would submit the rows. Rows outside its remit are
    findings: another borough's area, another trust's site, another measure.

    Figures are compared with the others of their series, in the file and in `referenced={"published_figure": ...}`, which
    has figures of the same source that were published before. A month that repeats another, and a figure that probably
    lost a digit, are warnings.

    `mapping` says which column of a file is which field, which value is which code, and how dates are written: the path of
    a TOML file, or its tables as dictionaries. `sheet` is the sheet of a workbook. Without it, a workbook's only sheet with
    columns of the dataset is read.

    A missing column, a direct identifier, an agency without a remit for the dataset or too many errors refuse all rows.
    The report then has a `refusal`. No exception is raised for the content of rows.

    >>> import peelian
    >>> csv = b"borough,valid_from,priority_1,priority_2\\nE09000028,2017-04-01,robbery_personal,parking\\n"
    >>> report = peelian.validate(csv, "local_priority")
    >>> report.ok, report.received, report.rejected
    (False, 1, 1)
    >>> report.findings[0].field, report.findings[0].value
    ('priority_2', 'a text of 7 letters')
    >>> report = peelian.validate(csv, "local_priority", agency="hackney")
    >>> sorted(finding.field for finding in report.findings)
    ['borough', 'priority_2']
    """
    try:
        data = read_file(data, dataset, mapping, sheet)
        part = (dataset, columns_of(data, dataset), scope(covers, agency))
        others = [(name, columns_of(rows, name), scope(None, None)) for name, rows in (referenced or {}).items()]
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
            refusal_code=error.code,
        )


class Workspace:
    """Checked rows of several datasets, held in memory. It answers any number of questions."""

    def __init__(self, local: _peelian.Local, received: Mapping[str, Report]) -> None:
        self._local = local
        self.received = dict(received)
        """The report of each dataset's rows."""

    @shows_keywords(WorkspaceQuestion, _query.DEFAULTS)
    def query(
        self,
        measures: Several = (),
        **question: Unpack[WorkspaceQuestion],
    ) -> Results:
        """Values of measures. The arguments are those of `compute`, `basis`, and `companions`: False to leave out what the
        plan wants read with a contextual measure."""
        asked = _query.query_request(measures, question, WorkspaceQuestion)
        return Results(self._local.query(asked))

    def explain(
        self, measure: str, *, area: str = LONDON, period: str, breakdown: Mapping[str, str] | None = None
    ) -> Explanation:
        """How one value was computed: the definition, and the number of records that each step removed."""
        return Explanation.of(self._local.explain(_query.explain_request(measure, area, period, breakdown)))


class Computed(Results):
    """Observations computed in this process, with a report of the rows."""

    def __init__(self, table: _peelian.Table, received: Mapping[str, Report]) -> None:
        super().__init__(table)
        self.received = dict(received)
        """The report of each dataset's rows."""


def load(
    data: Mapping[str, Rows],
    *,
    covers: CoversEach | None = None,
    synthetic: bool | Collection[str] = False,
    agency: Agencies | None = None,
    mapping: Mapping[str, MappingSource] | None = None,
    sheet: Mapping[str, str] | None = None,
    threads: int | None = None,
) -> Workspace:
    """Checks rows and keeps them in memory for questions. Nothing leaves this process.

    `data` has the rows of each dataset by its identifier, in any order.

    `covers` is what the rows report on, for all datasets or by dataset. It has one of these forms:

    - a period: "2017-02", or the first and the last day, ("2017-02-01", "2017-02-28");
    - a period and areas: {"period": ("2017-02-01", "2017-02-28"), "areas": ["E09000028"]};
    - areas alone: {"areas": ["Southwark", "Lambeth"]}.

    Areas are codes or names, and include the areas within them. Without areas, the rows cover the areas that occur in
    them. Without a period, they cover the whole months from the first to the last date in them. A covered month of a
    covered area is zero when it has no row. Everything else is missing: its answer is `not_submitted`, and so is the
    answer for an area of which only a part is covered. So London has a value only when every borough is covered. Load
    the rows of agencies separately when they report on different periods.

    `agency` is the agency as which the rows are checked, for all datasets or by dataset. Rows outside its remit have
    errors and are left out. Figures are then those of this agency. `synthetic` labels the rows, and every answer made
    from them, as synthetic: all rows, or those of the datasets named. `threads` is the number of threads to count on.
    The default is the number of the machine's processors.

    `mapping` and `sheet` say by dataset how the file of a local system is read: see `validate`. An example is
    {"istv_attendance": "mapping.toml"}.

    Raises `RowsError`, with the findings, if the rows of a dataset are refused.
    """
    parts = _parts(read_files(data, mapping, sheet), covers, agency)
    local, received = _peelian.load(parts, synthetic_datasets(data, synthetic), threads)
    return Workspace(local, reports(received))


def _parts(
    data: Mapping[str, Rows], covers: CoversEach | None, agency: Agencies | None
) -> list[tuple[str, Any, Mapping[str, object]]]:
    each = scopes(data, covers, agency)
    return [(dataset, columns_of(rows, dataset), each[dataset]) for dataset, rows in data.items()]


@shows_keywords(Question, _query.DEFAULTS)
def compute(
    data: Mapping[str, Rows],
    measures: Several = (),
    *,
    covers: CoversEach | None = None,
    synthetic: bool | Collection[str] = False,
    agency: Agencies | None = None,
    mapping: Mapping[str, MappingSource] | None = None,
    sheet: Mapping[str, str] | None = None,
    threads: int | None = None,
    check_all: bool = False,
    **question: Unpack[Question],
) -> Computed:
    """Computes measures from rows as the exchange does. Nothing leaves this process.

    Only the fields that the measures need are read and checked. Their columns are not copied. From the same rows
    without errors, the answer equals that of the exchange to the last bit. Other columns are ignored. `validate`
    checks repeated keys, references and rules between fields. With `check_all` everything is checked first, as the
    exchange does, which takes many times as long. `load` checks everything and answers any number of questions. Only what
    the named measures need is read, so contextual measures have no companions: `load` answers them.

    - `data`, `covers`, `agency`, `mapping`, `sheet`, `synthetic` and `threads`: see `load`.
    - `measures`: identifiers, with a variant when a measure has several.
    - `areas`: codes, names or a level ("borough").
    - `periods`: a period ("2017-02", "2016/17-Q2", "R12-2017-02", "CY2016", "2016/17"), a range ("2016-01..2016-12"),
      or the latest periods ("latest:24", "latest:8:R12").
    - `by`: the fields of a breakdown.
    - `comparisons`: any of "previous_window", "same_period_last_year", "london", "reference_group", "nation", "funnel",
      "trend", "process_control" and "baseline".
    - `reference_group`: the group that "reference_group" compares with, as "dimension=code".
    - `confidence`: the confidence level of the intervals.
    - `allow_break`: True to compute changes across a declared break in a series.
    - `profile`: a profile, whose measures come before the others (see `profiles`).
    - `baseline`: the period that "baseline" compares with. The default is that of the profile.
    - `source`: an agency whose own figures are asked for, without values from records. Figures in `data` are those of
      `agency`.

    Raises `RowsError`, with the findings, if the rows of a dataset are refused. Raises `QueryError` if the question is
    refused.

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

    One borough's rows are not London's:

    >>> csv = b"record_status,recorded_at,offence_borough,ho_class\\nactive,2017-04-03,E09000028,8N\\n"
    >>> found = peelian.compute(
    ...     {"crime": csv}, "recorded-crime-volume", areas=["Southwark", "Lambeth", "E23000001"], periods="2017-04"
    ... )
    >>> [(seen.area, seen.value, seen.missing) for seen in found]
    [('E09000028', 1.0, None), ('E09000022', None, 'not_submitted'), ('E23000001', None, 'not_submitted')]
    """
    asked = {**_query.query_request(measures, question, Question), "companions": False}
    data = read_files(data, mapping, sheet)
    if check_all:
        held = load(data, covers=covers, agency=agency, synthetic=synthetic, threads=threads)
        return Computed(held._local.query(asked), held.received)  # noqa: SLF001
    needed = _peelian.needed(asked, [*data])
    selected = {dataset: with_fields(rows, dataset, needed[dataset]) for dataset, rows in data.items()}
    parts = _parts(selected, covers, agency)
    table, received = _peelian.compute(parts, synthetic_datasets(data, synthetic), threads, asked)
    return Computed(table, reports(received))
