"""A table of observations."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from . import _format, _peelian
from ._observation import Observation, of_row

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

__all__ = ["Results"]

# Rows that a notebook shows.
SHOWN = 60


class ArrowTable:
    """An Arrow table. Any library that reads `__arrow_c_stream__` takes it as it is."""

    def __init__(self, table: _peelian.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    @property
    def column_names(self) -> list[str]:
        """Names of the table's columns."""
        return self._table.column_names

    def to_pyarrow(self) -> pyarrow.Table:
        """A pyarrow table. It shares the columns."""
        import pyarrow

        return pyarrow.table(self)

    def to_polars(self) -> polars.DataFrame:
        """A Polars data frame."""
        import polars

        return polars.DataFrame(self._table)

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame. Needs pyarrow."""
        frame: pandas.DataFrame = self.to_pyarrow().to_pandas()
        return frame

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each row."""
        return self._table.to_dicts()


class Results(ArrowTable):
    """Observations in the order of measure, area, period, breakdown and basis.

    They can be indexed and iterated over. They are also an Arrow table: any library that reads `__arrow_c_stream__`
    takes them as they are, such as `polars.DataFrame(results)`, `pyarrow.table(results)` and DuckDB.
    """

    @cached_property
    def _observations(self) -> tuple[Observation, ...]:
        return tuple(map(of_row, self._table.to_dicts()))

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._observations)

    @overload
    def __getitem__(self, index: int) -> Observation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Observation, ...]: ...
    def __getitem__(self, index: int | slice) -> Observation | tuple[Observation, ...]:
        return self._observations[index]

    @property
    def list_columns(self) -> list[str]:
        """Names of the columns whose cells are lists: comparisons, components, alternatives, companions."""
        return self._table.list_columns

    def __repr__(self) -> str:
        lines = [
            f"{seen.measure}  {seen.area_label}  {seen.period}  {seen.breakdown}  "
            f"{_format.value(seen)}  {_format.interval(seen)}  {_format.marks(seen)}"
            for seen in self[:SHOWN]
        ]
        return "\n".join([*lines, *_rest(len(self))]) or "no observations"

    def _repr_html_(self) -> str:
        names = _format.COLUMNS
        right = 'style="text-align:right"'
        rows = []
        for seen in self[:SHOWN]:
            changes = "; ".join(_format.change(found) for found in seen.comparisons)
            changes = "; ".join([changes, *_with(seen)]).removeprefix("; ")
            cells = [seen.measure_label, seen.area_label, seen.period, seen.breakdown_label]
            numbers = [_format.value(seen), _format.interval(seen), _format.counts(seen)]
            row = [f"<td>{html.escape(cell)}</td>" for cell in cells]
            row += [f"<td {right}>{html.escape(cell)}</td>" for cell in numbers]
            row += [f"<td>{html.escape(cell)}</td>" for cell in (_format.marks(seen), changes)]
            rows.append(f'<tr title="{html.escape(seen.caveats)}">{"".join(row)}</tr>')
        head = "".join(f"<th>{name}</th>" for name in names)
        rest = "".join(f"<p>{line}</p>" for line in [*_rest(len(self)), *_judged_together(self)])
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{rest}"


def _with(seen: Observation) -> list[str]:
    """The companions of a value in words."""
    return [f"with {one.measure_label} {_format.value(one)} ({one.period})" for one in seen.companions]


def _judged_together(results: Results) -> list[str]:
    """For how many comparisons the verdicts are adjusted."""
    families: Counter[tuple[str, ...]] = Counter()
    for seen in results:
        for found in seen.comparisons:
            if found.adjusted_p_value is not None:
                place = seen.area if found.kind == "reference_group" else seen.breakdown
                families[seen.measure, seen.period, seen.basis, found.kind, place] += 1
    if not families:
        return []
    fewest, most = min(families.values()), max(families.values())
    number = f"{most}" if fewest == most else f"{fewest} to {most}"
    return [f"Verdicts are adjusted for the {number} comparisons that are made together (Holm)."]


def _rest(count: int) -> list[str]:
    return [f"and {count - SHOWN} more"] if count > SHOWN else []
