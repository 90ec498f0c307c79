"""Rows in all the forms that people have them in."""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Collection, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

__all__ = ["Days", "Rows", "columns_of", "covered", "days", "only", "rows_of", "synthetic_datasets"]


class ArrowStream(Protocol):
    """Anything that offers its rows through Arrow's C stream: tables of pyarrow, Polars, pandas, DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Rows: TypeAlias = "ArrowStream | str | PathLike[str] | bytes"
"""A table, the path of a file (.csv, .arrow, .arrows or .parquet; also packed, .gz, but for Parquet), or a CSV's bytes."""

Day: TypeAlias = "str | datetime.date"
Days: TypeAlias = "tuple[Day, Day]"
"""First and last day."""


def rows_of(data: Rows) -> object:
    """The rows as the compiled part takes them: a stream, or the bytes of a file with its form."""
    if isinstance(data, bytes):
        return "csv", data
    if isinstance(data, str | PathLike):
        return _of_file(Path(data))
    if not hasattr(data, "__arrow_c_stream__"):
        kind = type(data).__name__
        raise TypeError(f"rows are a table of pyarrow, Polars, pandas or DuckDB, a path or bytes of CSV, not {kind}")
    if _library(data) == "pandas":
        return _without_row_labels(data)
    return _with_types(data) if _is_polars_frame(data) else data


def columns_of(data: Rows, *, to_send: bool = False) -> object:
    """The rows as `rows_of`, but a Polars frame column by column, so that all threads read them.

    Rows to be sent are made as Polars makes them, so that the same rows are the same bytes wherever they come from.

    A frame of several chunks would be copied into one by Polars; its columns are not, unless their chunks are so small
    that each costs more than its copy.
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
    """A categorical as Polars holds it, numbers and the texts that they stand for; another column and None.

    Polars makes Arrow's dictionaries as they are asked for, 40 ms for ten million rows. The texts are those of all
    categoricals of the process, and are read for every chunk: where they are not few beside the rows, Polars' own
    dictionary of those in the column is the faster way.
    """
    # Before Polars 1.32, each column had its own.
    categories: Any = getattr(column.dtype, "categories", None)
    if type(column.dtype).__name__ != "Categorical" or not hasattr(categories, "to_series"):
        return column, None
    texts = categories.to_series()
    few = len(column) // (1_000 * column.n_chunks())
    return (column.to_physical(), texts) if 0 < len(texts) <= min(few, 1_024) else (column, None)


def only(data: Rows, fields: Collection[str]) -> Rows:
    """The rows with those of their columns that are among the fields, where a table can be asked for columns.

    It spares the table the work of handing on the others.
    """
    if _library(data) not in ("pandas", "polars", "pyarrow") or not hasattr(data, "__arrow_c_stream__"):
        return data
    columns = getattr(data, "column_names", None) or getattr(data, "columns", None)
    if columns is None:
        return data
    names = [name for name in columns if isinstance(name, str) and name.strip().lower() in fields] or [*columns][:1]
    table: Any = data
    # Polars would take names for patterns in select.
    return cast("Rows", table.select(names) if _library(data) == "pyarrow" else table[names])


def _library(data: object) -> str:
    """The package that a table comes from."""
    return type(data).__module__.partition(".")[0]


def _of_file(path: Path) -> object:
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path)
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return "arrow" if name.endswith((".arrow", ".arrows")) else "csv", content


def _without_row_labels(frame: object) -> object:
    """A pandas frame without an index that has no name: selecting rows leaves one, and it is no field."""
    index = getattr(frame, "index", None)
    reset = getattr(frame, "reset_index", None)
    return reset(drop=True) if reset and getattr(index, "name", "") is None else frame


def _is_polars_frame(data: object) -> bool:
    return _library(data) == "polars" and hasattr(data, "get_column")


def _with_types(frame: Any) -> Any:
    """A Polars frame whose columns all have a type: one without gets a buffer from Polars that Arrow has no place for."""
    columns = [frame.get_column(name) for name, kind in frame.schema.items() if str(kind) == "Null"]
    return frame.with_columns([column.cast(str) for column in columns]) if columns else frame


def days(given: Days) -> tuple[str, str]:
    """First and last day as text."""
    first, last = given
    return str(first), str(last)


def covered(covers: Mapping[str, Days] | Days | None, dataset: str) -> tuple[str, str] | None:
    """The days that a dataset's rows report on."""
    if isinstance(covers, Mapping):
        return days(covers[dataset]) if dataset in covers else None
    return days(covers) if covers else None


def synthetic_datasets(data: Collection[str], synthetic: bool | Collection[str]) -> set[str]:
    """The datasets whose rows are synthetic."""
    datasets = {*data} if synthetic is True else {*(synthetic or ())}
    if unknown := datasets - {*data}:
        raise ValueError(f"synthetic names {', '.join(sorted(unknown))}, but there are no rows of it")
    return datasets
