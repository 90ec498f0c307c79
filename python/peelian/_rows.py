"""Rows in the forms that a caller may have: tables, files, bytes."""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Collection
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

__all__ = ["Days", "Rows", "columns_of", "days", "rows_of", "synthetic_datasets", "with_fields"]


class ArrowStream(Protocol):
    """A table that offers its rows through Arrow's C stream, such as one of pyarrow, Polars, pandas or DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Rows: TypeAlias = "ArrowStream | str | PathLike[str] | bytes"
"""A table, the path of a file, or the bytes of a CSV. Files are .csv, .arrow, .arrows or .parquet. Files other than Parquet
may be compressed (.gz)."""

Day: TypeAlias = "str | datetime.date"
Days: TypeAlias = "tuple[Day, Day]"
"""First and last day."""


def rows_of(data: Rows) -> object:
    """The rows in the form that the compiled part takes: a stream, or the bytes of a file and their format."""
    if isinstance(data, bytes):
        return "csv", data
    if isinstance(data, str | PathLike):
        return _of_file(Path(data))
    if not hasattr(data, "__arrow_c_stream__"):
        kind = type(data).__name__
        raise TypeError(
            f"rows must be a table of pyarrow, Polars, pandas or DuckDB, a path, or the bytes of a CSV, not {kind}"
        )
    if _library(data) == "pandas":
        return _without_row_labels(data)
    return _with_types(data) if _is_polars_frame(data) else data


def columns_of(data: Rows, *, to_send: bool = False) -> object:
    """The rows as `rows_of` gives them, but a Polars frame column by column, so that all threads read them.

    For rows to send, Polars itself makes the arrays. So the same rows are the same bytes from every machine.

    Polars would copy a frame of several chunks into one. A column is copied only when its chunks are small: reading
    many small chunks takes longer than the copy.
    """
    rows: Any = rows_of(data)
    if not _is_polars_frame(rows) or not rows.columns:
        return cast("object", rows)
    columns = [_in_large_chunks(column) for column in rows.get_columns()]
    return [(column.name, *((column, None) if to_send else _in_parts(column))) for column in columns]


def _in_large_chunks(column: Any) -> Any:
    large = 16_384
    return column if column.n_chunks() == 1 or len(column) >= large * column.n_chunks() else column.rechunk()


def _in_parts(column: Any) -> tuple[Any, Any]:
    """A categorical column as its numbers and their texts, as Polars holds them. Another column and None.

    Polars makes an Arrow dictionary on request: 40 ms for ten million rows. The texts are those of all categoricals of
    the process, and every chunk reads them. When they are many, compared with the rows, the dictionary that Polars makes
    for the column is faster.
    """
    # Before Polars 1.32, each column had its own categories.
    categories: Any = getattr(column.dtype, "categories", None)
    if type(column.dtype).__name__ != "Categorical" or not hasattr(categories, "to_series"):
        return column, None
    texts = categories.to_series()
    few = len(column) // (1_000 * column.n_chunks())
    return (column.to_physical(), texts) if 0 < len(texts) <= min(few, 1_024) else (column, None)


def with_fields(data: Rows, fields: Collection[str]) -> Rows:
    """The rows with only the columns that are fields, if the table can select columns.

    The table then exports no other columns.
    """
    if _library(data) not in ("pandas", "polars", "pyarrow") or not hasattr(data, "__arrow_c_stream__"):
        return data
    columns = getattr(data, "column_names", None) or getattr(data, "columns", None)
    if columns is None:
        return data
    names = [name for name in columns if isinstance(name, str) and name.strip().lower() in fields] or [*columns][:1]
    table: Any = data
    # In Polars, select would read names as patterns.
    return cast("Rows", table.select(names) if _library(data) == "pyarrow" else table[names])


def _library(data: object) -> str:
    """The name of the library that made a table."""
    return type(data).__module__.partition(".")[0]


def _of_file(path: Path) -> object:
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path)
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return "arrow" if name.endswith((".arrow", ".arrows")) else "csv", content


def _without_row_labels(frame: object) -> object:
    """A pandas frame without an index that has no name. Selecting rows leaves such an index, which is not a field."""
    index = getattr(frame, "index", None)
    reset = getattr(frame, "reset_index", None)
    return reset(drop=True) if reset and getattr(index, "name", "") is None else frame


def _is_polars_frame(data: object) -> bool:
    return _library(data) == "polars" and hasattr(data, "get_column")


def _with_types(frame: Any) -> Any:
    """A Polars frame whose columns all have a type. Polars exports a buffer for columns of type Null. Arrow has none."""
    columns = [frame.get_column(name) for name, kind in frame.schema.items() if str(kind) == "Null"]
    return frame.with_columns([column.cast(str) for column in columns]) if columns else frame


def days(given: Days) -> tuple[str, str]:
    """First and last day as text."""
    first, last = given
    return str(first), str(last)


def synthetic_datasets(data: Collection[str], synthetic: bool | Collection[str]) -> set[str]:
    """The datasets whose rows are synthetic."""
    datasets = {*data} if synthetic is True else {*(synthetic or ())}
    if unknown := datasets - {*data}:
        raise ValueError(f"synthetic names {', '.join(sorted(unknown))}, but the data have no rows of them")
    return datasets
