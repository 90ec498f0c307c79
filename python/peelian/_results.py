"""Observations: the values of measures, with all that is needed to use them."""

from __future__ import annotations

import datetime
import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from . import _format, _peelian
from ._catalogue import Measure, measure

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

__all__ = [
    "Comparison",
    "Component",
    "ContributingSubmission",
    "ExplainedValue",
    "Explanation",
    "Observation",
    "PopulationStep",
    "Results",
]

# Rows that a notebook shows.
SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison of an observation with another period, area or group."""

    kind: str
    """previous_window, same_period_last_year, london or reference_group."""
    against: str
    """Period, area or group compared with."""
    against_value: float | None
    change: float | None
    change_kind: str
    """Whether `change` is a "difference" or a "ratio"."""
    lower: float | None
    upper: float | None
    confidence: float | None
    method: str | None
    verdict: str
    """higher, lower or no clear change, from a test of difference; "not compared" with the reason in `note`."""
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of an observation that is read with its value: a stage of a funnel, a group of a gap."""

    kind: str
    """What the component is, in the contract's terms: stage, retention, group. Later versions may add kinds."""
    code: str
    """Code: the identifier of a stage, a group as dimension=code."""
    label: str
    """Label of the code."""
    unit: str
    """What is counted."""
    count: int | None
    """How many subjects the component has. None where it is not known or nothing is counted."""
    value: float | None
    """Value; its meaning follows from the kind. None where it is not known.

    stage: the share of the stage before that is lost. retention: the share of the first stage that reaches this one.
    group: the share of the group.
    """
    lower: float | None
    """Lower limit of the value's interval. None where no interval can be given."""
    upper: float | None
    confidence: float | None
    method: str | None
    unweighted_base: int | None
    """Respondents, or subjects, that the value rests on. None where it is not known."""
    effective_n: float | None
    """Effective number of respondents, for a weighted survey."""
    unit_change: bool
    """Whether the unit differs from that of the component before, so that the value has no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One value of one measure."""

    measure: str
    measure_label: str
    measure_version: int
    area: str
    area_label: str
    period: str
    period_kind: str
    period_start: datetime.date
    period_end: datetime.date
    breakdown: str
    """Values of the breakdown as dimension=code, joined by semicolons; empty for the total."""
    breakdown_label: str
    basis: str
    """submitted_figure or computed_from_records."""
    synthetic: bool
    """Whether any contributing submission is synthetic."""
    value: float | None
    """The value in the measure's unit; a proportion lies between 0 and 1. None where there is none: see `missing`."""
    missing: str | None
    """Why there is no value: not_submitted, suppressed, zero_denominator and so on."""
    marker: str
    """Shorthand markers of the Government Statistical Service: [c], [low], [p], [r], [x], [z], [b]."""
    value_kind: str
    unit: str
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    confidence: float | None
    method: str | None
    unweighted_base: int | None
    """Respondents, for a survey."""
    effective_n: float | None
    obs_status: str
    """Letters of SDMX CL_OBS_STATUS."""
    conf_status: str
    """Letter of SDMX CL_CONF_STATUS."""
    expected: int
    """Months, sites or submissions expected."""
    received: int
    """Of these, received."""
    sources: str
    caveats: str
    breaks: str
    ledger_position: int
    comparisons: tuple[Comparison, ...]
    components: tuple[Component, ...]
    """Parts that are read with the value, in their order: the stages of a funnel, the two groups of a gap."""


class Results:
    """Observations in the order of measure, area, period, breakdown and basis.

    They can be indexed and iterated over, and are a table in Arrow.

    Whatever takes a table through `__arrow_c_stream__` takes it as it is: `polars.DataFrame(results)`,
    `pyarrow.table(results)`, DuckDB.
    """

    def __init__(self, table: _peelian.Table) -> None:
        self._table = table

    @cached_property
    def _observations(self) -> tuple[Observation, ...]:
        return tuple(map(_of_row, self._table.to_dicts()))

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._observations)

    @overload
    def __getitem__(self, index: int) -> Observation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Observation, ...]: ...
    def __getitem__(self, index: int | slice) -> Observation | tuple[Observation, ...]:
        return self._observations[index]

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    @property
    def column_names(self) -> list[str]:
        """Names of the table's columns."""
        return self._table.column_names

    @property
    def list_columns(self) -> list[str]:
        """Names of the columns whose cells are lists: comparisons, components."""
        return self._table.list_columns

    def to_pyarrow(self) -> pyarrow.Table:
        """A pyarrow table, which shares the columns."""
        import pyarrow

        return pyarrow.table(self)

    def to_polars(self) -> polars.DataFrame:
        """A Polars data frame."""
        import polars

        return polars.DataFrame(self._table)

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame. Needs pyarrow, as pandas does for Arrow."""
        frame: pandas.DataFrame = self.to_pyarrow().to_pandas()
        return frame

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each observation."""
        return self._table.to_dicts()

    def __repr__(self) -> str:
        lines = [
            f"{seen.measure}  {seen.area_label}  {seen.period}  {seen.breakdown}  "
            f"{_format.value(seen)}  {_format.interval(seen)}  {_format.marks(seen)}"
            for seen in self[:SHOWN]
        ]
        return "\n".join([*lines, *_rest(len(self))]) or "no observations"

    def _repr_html_(self) -> str:
        names = ["Measure", "Area", "Period", "Breakdown", "Value", "Interval", "From", "Marks", "Change"]
        right = 'style="text-align:right"'
        rows = []
        for seen in self[:SHOWN]:
            changes = "; ".join(_format.change(found) for found in seen.comparisons)
            cells = [seen.measure_label, seen.area_label, seen.period, seen.breakdown_label]
            numbers = [_format.value(seen), _format.interval(seen), _format.counts(seen)]
            row = [f"<td>{html.escape(cell)}</td>" for cell in cells]
            row += [f"<td {right}>{html.escape(cell)}</td>" for cell in numbers]
            row += [f"<td>{html.escape(cell)}</td>" for cell in (_format.marks(seen), changes)]
            rows.append(f'<tr title="{html.escape(seen.caveats)}">{"".join(row)}</tr>')
        head = "".join(f"<th>{name}</th>" for name in names)
        rest = "".join(f"<p>{line}</p>" for line in _rest(len(self)))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{rest}"


def _rest(count: int) -> list[str]:
    return [f"and {count - SHOWN} more"] if count > SHOWN else []


_COLUMNS = tuple(field.name for field in fields(Observation))


def _of_row(row: Mapping[str, Any]) -> Observation:
    parts = {name: row[name] for name in _COLUMNS}
    parts["comparisons"] = tuple(Comparison(**found) for found in row["comparisons"])
    parts["components"] = tuple(Component(**found) for found in row["components"])
    return Observation(**parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationStep:
    """One step of the selection of records."""

    population: str
    expression: str
    remaining: int
    """Records left after the step."""
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributingSubmission:
    """A submission that an observation is based on."""

    submission: str
    content_sha256: str
    dataset: str
    rows: int
    """Rows in force."""
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedValue:
    """A value that is explained, on one basis."""

    basis: str
    value: float | None
    missing: str
    lower: float | None
    upper: float | None
    numerator: float | None
    denominator: float | None
    value_kind: str
    marker: str
    synthetic: bool
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How one value came about."""

    measure: Measure
    """The definition in force."""
    observations: tuple[ExplainedValue, ...]
    """The value on each basis that exists."""
    steps: tuple[PopulationStep, ...]
    """Steps by which records were selected."""
    submissions: tuple[ContributingSubmission, ...]
    """Submissions that contributed."""
    difference: float | None
    """Submitted figure less computed value, where both exist."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Explanation:
        """The contract's message as an explanation."""
        return cls(
            measure=measure(message["measure"]),
            observations=tuple(map(_explained, message["observations"])),
            steps=tuple(PopulationStep(**step) for step in message["steps"]),
            submissions=tuple(ContributingSubmission(**found) for found in message["submissions"]),
            difference=message["difference"],
        )


def _explained(message: Mapping[str, Any]) -> ExplainedValue:
    interval = message["interval"] or {}
    same = ("basis", "value", "numerator", "denominator", "value_kind", "marker", "synthetic")
    return ExplainedValue(
        **{name: message[name] for name in same},
        missing=message["missing"] or "",
        lower=interval.get("lower"),
        upper=interval.get("upper"),
        caveats=tuple(message["caveats"]),
    )
