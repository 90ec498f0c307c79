"""Rows in the forms that a caller may have: tables, files, bytes."""

from __future__ import annotations

import datetime
import gzip
import json
from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

from . import _peelian
from .errors import RowsError

__all__ = [
    "Days",
    "MappingSource",
    "Rows",
    "check_datasets",
    "columns_of",
    "content_of",
    "days",
    "read_file",
    "read_files",
    "rows_of",
    "synthetic_datasets",
    "with_fields",
]


class ArrowStream(Protocol):
    """A table that offers its rows through Arrow's C stream, such as one of pyarrow, Polars, pandas or DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Rows: TypeAlias = "ArrowStream | str | PathLike[str] | bytes"
"""A table, the path of a file, or the bytes of a CSV. Files are .csv, .xlsx, .xls, .ods, .arrow, .arrows, .feather or
.parquet. Files other than Parquet may be compressed (.gz)."""

MappingSource: TypeAlias = "str | PathLike[str] | Mapping[str, Mapping[str, Any]]"
"""A mapping: the path of its TOML file, or its tables as dictionaries."""

Day: TypeAlias = "str | datetime.date"
Days: TypeAlias = "tuple[Day, Day]"
"""First and last day."""


def rows_of(data: Rows, dataset: str) -> object:
    """The rows in the form that the compiled part takes: a stream, or the bytes or the path of a file and their format.

    Raises `RowsError` if labels of rows are no fields of the dataset.
    """
    if isinstance(data, bytes):
        return "csv", data
    if isinstance(data, str | PathLike):
        return _of_file(Path(data), dataset)
    if not hasattr(data, "__arrow_c_stream__"):
        kind = type(data).__name__
        raise TypeError(
            f"rows must be a table of pyarrow, Polars, pandas or DuckDB, a path, or the bytes of a CSV, not {kind}"
        )
    return _with_types(data) if _is_polars_frame(data) else _with_labels(data, dataset)


def read_file(data: Rows, dataset: str, mapping: MappingSource | None = None, sheet: str | None = None) -> Rows:
    """The rows of a file as the bytes of a CSV, if a mapping or a sheet is named. Otherwise the data as they are."""
    if mapping is None and sheet is None:
        return data
    if not isinstance(data, bytes | str | PathLike):
        raise TypeError("mapping and sheet are for files: rename the columns of a table with its own methods")
    content = data if isinstance(data, bytes) else content_of(Path(data))
    return _peelian.file_rows(content, dataset, None if mapping is None else _mapping_text(mapping), sheet)


def read_files(
    data: Mapping[str, Rows], mapping: Mapping[str, MappingSource] | None, sheet: Mapping[str, str] | None
) -> dict[str, Rows]:
    """The rows of each dataset, as `read_file` reads them with the mapping and the sheet that are given for it."""
    for argument, given in (("mapping", mapping), ("sheet", sheet)):
        if given is not None and not isinstance(given, Mapping):
            raise TypeError(f"{argument} is given by dataset: write {{DATASET: {given!r}}}")
        check_datasets(argument, given or (), data)
    mappings, sheets = mapping or {}, sheet or {}
    return {
        dataset: read_file(rows, dataset, mappings.get(dataset), sheets.get(dataset))
        for dataset, rows in data.items()
    }


def content_of(path: Path) -> bytes:
    """The bytes of a file. A .gz file is decompressed."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _mapping_text(mapping: MappingSource) -> str:
    if isinstance(mapping, str | PathLike):
        return Path(mapping).read_text(encoding="utf-8")
    return "\n".join(f"{_toml(name)} = {_toml(table)}" for name, table in mapping.items())


def _toml(value: object) -> str:
    """A text, or a table of texts, in TOML. A text of TOML is written as one of JSON."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(part)}" for name, part in value.items()) + "}"
    return json.dumps(str(value), ensure_ascii=False)


def columns_of(data: Rows, dataset: str, *, to_send: bool = False) -> object:
    """The rows as `rows_of` gives them, but a Polars frame column by column, so that all threads read them.

    For rows to send, Polars itself makes the arrays. So the same rows are the same bytes from every machine.

    Polars would copy a frame of several chunks into one. A column is copied only when its chunks are small: reading
    many small chunks takes longer than the copy.
    """
    rows: Any = rows_of(data, dataset)
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


def with_fields(data: Rows, dataset: str, fields: Collection[str]) -> Rows:
    """The rows with only the columns that are fields, if the table can select columns.

    The table then exports no other columns. Raises `RowsError` if labels of rows are no fields of the dataset.
    """
    if _library(data) not in ("pandas", "polars", "pyarrow") or not hasattr(data, "__arrow_c_stream__"):
        return data
    table: Any = _with_labels(data, dataset)
    columns = getattr(table, "column_names", None) or getattr(table, "columns", None)
    if columns is None:
        return data
    texts = [name if isinstance(name, str) else "" for name in columns]
    found = zip(columns, _peelian.fields_of(dataset, texts), strict=True)
    names = [name for name, field in found if field in fields] or [*columns][:1]
    # In Polars, select would read names as patterns.
    return cast("Rows", table.select(names) if _library(data) == "pyarrow" else table[names])


def _library(data: object) -> str:
    """The name of the library that made a table."""
    return type(data).__module__.partition(".")[0]


def _of_file(path: Path, dataset: str) -> object:
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        import pyarrow.parquet

        return _with_labels(pyarrow.parquet.read_table(path), dataset)
    if name.lower().endswith((".xlsx", ".xlsm", ".xls", ".ods")):
        return "csv", _peelian.file_rows(content_of(path), dataset)
    if name.endswith((".arrow", ".arrows", ".feather")):
        return "arrow", content_of(path)
    if path.suffix == ".gz" or not path.is_file():
        return "csv", content_of(path)
    # Raises the exception of a file that cannot be read.
    path.open("rb").close()
    return "csv-file", path


def _with_labels(table: Any, dataset: str) -> Any:
    """A table in which labels of rows are columns, where they are fields of the dataset.

    pandas keeps labels in an index, and a column that becomes the index is a column no longer. A single index without a
    name only numbers the rows, so it is left behind. Any other level may say what a row is about: without it, the figure
    of women would look like that of everybody. So it must be a field.
    """
    library = _library(table)
    if library == "pyarrow" and hasattr(table, "schema"):
        # pyarrow makes columns of the index. The core leaves the labels of an index without a name behind.
        _check_levels(_levels_in(table), dataset)
    if library != "pandas" or not hasattr(table, "reset_index"):
        return table
    names = [*getattr(table.index, "names", [None])]
    if names == [None]:
        return table if type(table.index).__name__ == "RangeIndex" else table.reset_index(drop=True)
    _check_levels(names, dataset)
    if twice := [name for name in names if name in table.columns]:
        raise RowsError(
            f"{_listed(twice)} names a level of the index and a column: drop one of the two, as with "
            "reset_index(drop=True)",
            code="PEEL-1013",
        )
    return table.reset_index()


def _levels_in(table: Any) -> list[str | None]:
    """The names of the levels of a pandas index, in a table that pyarrow made of a frame. None for one without a name."""
    described = (getattr(table.schema, "pandas_metadata", None) or {}).get("index_columns", [])
    # A level that only numbers the rows is described by a dictionary, and is no column.
    levels = [name for name in described if isinstance(name, str) and name in table.column_names]
    return [None if name.startswith("__index_level_") else name for name in levels]


def _check_levels(names: Sequence[object], dataset: str) -> None:
    if len(names) <= 1 and not any(name is not None for name in names):
        return
    found = _peelian.fields_of(dataset, [name if isinstance(name, str) else "" for name in names])
    other = [name for name, field in zip(names, found, strict=True) if field is None]
    if other:
        raise RowsError(
            f"the index of the table has {_listed(other)}, which {dataset} has no field for: call "
            "reset_index(drop=True) if the index only labels the rows; otherwise make columns of its levels with "
            "reset_index() and give them the names of fields",
            code="PEEL-1011",
        )


def _listed(names: Sequence[object]) -> str:
    return ", ".join("a level without a name" if name is None else f"`{name}`" for name in names)


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
    check_datasets("synthetic", datasets, data)
    return datasets


def check_datasets(argument: str, named: Collection[str], data: Collection[str]) -> None:
    """Raises `ValueError` if an argument names a dataset without rows: its name may be misspelt."""
    if unknown := {*named} - {*data}:
        raise ValueError(f"{argument} names {', '.join(sorted(unknown))}, but the data have no rows of them")
