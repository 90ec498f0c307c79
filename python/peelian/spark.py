"""Measures computed where a cluster's rows are: the same function as `peelian.compute`, for data frames of Spark.

    import peelian.spark

    crimes = spark.read.parquet("crimes")
    victims = spark.read.parquet("victims")
    records = {"crime": crimes, "crime_victim": victims}
    found = peelian.spark.compute(records, "repeat-victim-share", periods="2017-02")

Spark brings rows together; they are checked and counted by the core, in Spark's tasks, and what comes back are whole
numbers that add up. So the values have the same bits as on one machine, for every partitioning. Nothing that Spark
sums, groups or sorts enters a number.

Needs PySpark 4 or later where this runs, and peelian with pyarrow on every executor:
`pip install 'peelian[spark]'`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Unpack

from . import _peelian, _query, errors
from ._local import Computed
from ._query import Question, Several, shows
from ._report import reports
from ._rows import Days, Rows, covered, rows_of, synthetic_datasets

if TYPE_CHECKING:
    import pyarrow
    import pyspark.sql

__all__ = ["compute"]

FIGURES = "published_figure"

# Rows that a task splits at once. Each slice has a schema of its own, so slices of a few rows would be mostly schema.
ROWS_AT_ONCE = 100_000

# What Spark uses where nobody says otherwise.
USUAL_PARTITIONS = 200

SLICES = "bucket int, dataset string, keys boolean, content binary"
STATES = "bucket int, state binary, refused string"


@dataclass(frozen=True, slots=True)
class _Job:
    """What is counted, as it is sent to the tasks."""

    sources: list[tuple[str, tuple[str, str] | None, bool]]
    asked: dict[str, object]
    partitions: int
    threads: int

    def plan(self) -> _peelian.Plan:
        return _peelian.Plan(self.sources, self.asked)

    def merged(self, bucket: int) -> int:
        """The number of the states with which those of a bucket are merged: no task and no driver merges many."""
        return bucket % math.isqrt(self.partitions)


@shows(Question)
def compute(
    data: Mapping[str, pyspark.sql.DataFrame | Rows],
    measures: Several,
    *,
    covers: Mapping[str, Days] | Days | None = None,
    synthetic: bool | Collection[str] = False,
    partitions: int | None = None,
    threads: int = 1,
    **question: Unpack[Question],
) -> Computed:
    """Computes measures from Spark's data frames, to the same bits as `peelian.compute` from rows in one place.

    `data` has the rows of each dataset by its identifier; `published_figure`, whose rows are few, may be a table or a
    file too, and is collected. The other arguments are those of `peelian.compute`, but for two: `partitions` is into
    how many parts rows are brought together, as many as the session's `spark.sql.shuffle.partitions` by default, and
    each must fit into the memory of a task; `threads` is how many a task counts on.

    Rows are always checked in full, as by `peelian.compute` with `check_all`. What became of them is in `received`,
    with one finding for each code: rows are not numbered across a cluster.

    Raises `QueryError` if the question is refused, also because a measure needs all rows in one place (the error
    names it), and `RowsError` if rows are. Two rows with one key are left out where both are in one partition, as on one
    machine; where they are not, the rows are refused. `ValueError` for less than one partition.

    >>> import peelian.spark
    >>> peelian.spark.compute({}, "repeat-victim-share.offences-prior-12m", periods="2017-02")
    Traceback (most recent call last):
    peelian.errors.QueryError: repeat-victim-share.offences-prior-12m: it counts crimes, and whether one is a repeat \
depends on all of its victims, who are followed apart; compute where all rows are in one place
    """
    if partitions is not None and partitions < 1:
        raise ValueError(f"rows are brought together into 1 partition or more, not {partitions}")
    labelled = synthetic_datasets(data, synthetic)
    asked = _query.query(measures, question, Question)
    sources = [(name, covered(covers, name), name in labelled) for name in data if name != FIGURES]
    job = _Job(sources, asked, 0, threads)
    plan = job.plan()
    frames = {name: _frame(name, data[name]) for name, *_ in sources}
    for name, frame in frames.items():
        # Columns that are not the dataset's are refused before any task runs.
        plan.scatter(name, frame.limit(0).toArrow(), 1)
    states = _states(plan, job, frames, partitions) if frames else []
    figures = None
    if FIGURES in data:
        figures = (FIGURES, _collected(data[FIGURES]), covered(covers, FIGURES), FIGURES in labelled)
    table, received = plan.finish(states, figures, threads)
    return Computed(table, reports(received))


def _states(
    plan: _peelian.Plan,
    job: _Job,
    frames: Mapping[str, pyspark.sql.DataFrame],
    partitions: int | None,
) -> list[bytes]:
    """The states of all partitions, merged by Spark until few are left."""
    session = next(iter(frames.values())).sparkSession
    job = _Job(job.sources, job.asked, partitions or _partitions(session), job.threads)
    slices = [frame.mapInArrow(partial(_scatter, job, name), SLICES) for name, frame in frames.items()]
    together = reduce(lambda one, other: one.unionByName(other), slices).groupBy("bucket")
    # PySpark reads what types a function states, and pyarrow's are not loaded here: a lambda states none.
    states = together.applyInArrow(lambda table: _count(job, table), STATES)
    if plan.follows_persons:
        states = states.groupBy("bucket").applyInArrow(lambda table: _gather(job, table), STATES)
    states = states.groupBy("bucket").applyInArrow(lambda table: _merge(job, table), STATES)
    collected = states.toArrow()
    for refused in collected["refused"].drop_null().to_pylist():
        kind, _, message = refused.partition(": ")
        raise getattr(errors, kind)(message)
    return [state.as_py() for state in collected["state"]]


def _scatter(job: _Job, dataset: str, batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """In a task: says of rows which are checked together. Nothing is counted yet."""
    import pyarrow

    plan = job.plan()
    schema = pyarrow.schema([("bucket", "int32"), ("dataset", "string"), ("keys", "bool"), ("content", "binary")])
    for table in _tables(batches):
        slices = plan.scatter(dataset, table, job.partitions)
        columns = zip(*slices, strict=True) if slices else [[], [], []]
        buckets, keys, content = columns
        arrays = [buckets, [dataset] * len(slices), keys, content]
        arrays = [pyarrow.array(values, field.type) for values, field in zip(arrays, schema, strict=True)]
        yield pyarrow.RecordBatch.from_arrays(arrays, schema=schema)


def _tables(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.Table]:
    """Batches, so many together that a slice of them is worth its schema."""
    import pyarrow

    held: list[pyarrow.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(batch.num_rows for batch in held) >= ROWS_AT_ONCE:
            yield pyarrow.Table.from_batches(held)
            held = []
    if held:
        yield pyarrow.Table.from_batches(held)


def _count(job: _Job, table: pyarrow.Table) -> pyarrow.Table:
    """In a task: the states of the rows of one bucket."""
    rows = (table[name].to_pylist() for name in ("dataset", "keys", "content"))
    plan = job.plan()
    try:
        states = plan.count([*zip(*rows, strict=True)], job.partitions, job.threads)
    except errors.PeelianError as error:
        return _of_states([], refused=error)
    if plan.follows_persons:
        return _of_states(states)
    merged = job.merged(table["bucket"][0].as_py())
    return _of_states([(merged, state) for _, state in states])


def _gather(job: _Job, table: pyarrow.Table) -> pyarrow.Table:
    """In a task: one state of those of one bucket of persons."""
    if _is_refused(table):
        return table
    merged = job.merged(table["bucket"][0].as_py())
    return _of_states([(merged, job.plan().gather(table["state"].to_pylist()))])


def _merge(job: _Job, table: pyarrow.Table) -> pyarrow.Table:
    """In a task: one state of several, in which no persons are left to be followed."""
    return table if _is_refused(table) else _of_states([(0, job.plan().merge(table["state"].to_pylist()))])


def _is_refused(table: pyarrow.Table) -> bool:
    return bool(table["refused"].null_count < len(table))


def _of_states(states: Sequence[tuple[int, bytes]], refused: errors.PeelianError | None = None) -> pyarrow.Table:
    import pyarrow

    rows: list[dict[str, Any]] = [{"bucket": bucket, "state": state, "refused": None} for bucket, state in states]
    if refused:
        rows = [{"bucket": 0, "state": b"", "refused": f"{type(refused).__name__}: {refused}"}]
    types = {"bucket": "int32", "state": "binary", "refused": "string"}
    return pyarrow.table({name: pyarrow.array([row[name] for row in rows], kind) for name, kind in types.items()})


def _frame(name: str, rows: object) -> pyspark.sql.DataFrame:
    try:
        from pyspark.sql import DataFrame
    except ImportError as error:
        raise ImportError("peelian.spark needs PySpark: pip install 'peelian[spark]'") from error
    if not isinstance(rows, DataFrame):
        raise TypeError(f"rows of {name} are a data frame of Spark, not {type(rows).__name__}")
    return rows


def _collected(rows: object) -> object:
    """Rows of figures, here."""
    collect = getattr(rows, "toArrow", None)
    return rows_of(collect() if collect else rows)  # type: ignore[arg-type]


def _partitions(session: Any) -> int:
    """Into how many parts the session shuffles; some services say "auto"."""
    said = str(session.conf.get("spark.sql.shuffle.partitions"))
    return int(said) if said.isdigit() else USUAL_PARTITIONS
