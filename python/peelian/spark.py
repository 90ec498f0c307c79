"""Measures computed on a Spark cluster: the function `peelian.compute`, for Spark data frames.

    import peelian.spark

    crimes = spark.read.parquet("crimes")
    victims = spark.read.parquet("victims")
    records = {"crime": crimes, "crime_victim": victims}
    found = peelian.spark.compute(records, "repeat-victim-share", periods="2017-02")

Spark only moves rows. The core checks and counts them in Spark's tasks, and the results are whole numbers that add up.
So the values are those of one machine to the last bit, for every partitioning. No number depends on what Spark sums,
groups or sorts.

The driver needs PySpark 4 or later. Every executor needs peelian with pyarrow: `pip install 'peelian[spark]'`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Unpack

from . import _peelian, _query, errors
from ._keywords import shows_keywords
from ._local import Computed
from ._query import Question, Several
from ._report import reports
from ._rows import Rows, rows_of, synthetic_datasets
from ._scope import CoversEach, scopes

if TYPE_CHECKING:
    import pyarrow
    import pyspark.sql

__all__ = ["compute"]

FIGURES = "published_figure"

# Rows that a task splits at once. Each slice has its own schema: a slice of few rows would be mostly schema.
ROWS_AT_ONCE = 100_000

# Spark's own default of spark.sql.shuffle.partitions.
USUAL_PARTITIONS = 200

SLICES = "bucket int, dataset string, keys boolean, content binary"
STATES = "bucket int, state binary, refused string"


@dataclass(frozen=True, slots=True)
class _Job:
    """A question and its datasets, in the form that is sent to the tasks."""

    sources: list[tuple[str, dict[str, object], bool]]
    asked: dict[str, object]
    partitions: int
    threads: int

    def plan(self) -> _peelian.Plan:
        return _peelian.Plan(self.sources, self.asked)

    def merge_bucket(self, bucket: int) -> int:
        """The bucket in which the states of a bucket are merged. So no task and no driver merges many states."""
        return bucket % math.isqrt(self.partitions)


@shows_keywords(Question, _query.DEFAULTS)
def compute(
    data: Mapping[str, pyspark.sql.DataFrame | Rows],
    measures: Several = (),
    *,
    covers: CoversEach | None = None,
    synthetic: bool | Collection[str] = False,
    partitions: int | None = None,
    threads: int = 1,
    **question: Unpack[Question],
) -> Computed:
    """Computes measures from Spark data frames. The values equal those of `peelian.compute` to the last bit.

    `data` has the rows of each dataset by its identifier. The rows of `published_figure` are few and are collected:
    they may also be a table or a file. `partitions` is the number of parts into which rows are shuffled. Each part must
    fit into the memory of a task. The default is the session's `spark.sql.shuffle.partitions`. `threads` is the number
    of threads of a task. The other arguments are those of `peelian.compute`.

    All rows are checked in full, as by `peelian.compute` with `check_all`. `received` has the report of each dataset,
    with one finding for each code, because rows are not numbered across a cluster.

    Raises `QueryError` if the question is refused, for example because a measure needs all rows in one place. Raises
    `RowsError` if rows are refused. Two rows with the same key are left out when both are in one partition, as on one
    machine. When they are in different partitions, all rows are refused. Raises `ValueError` for less than one
    partition.

    >>> import peelian.spark
    >>> peelian.spark.compute({}, "repeat-victim-share.offences-prior-12m", periods="2017-02")
    Traceback (most recent call last):
    peelian.errors.QueryError: repeat-victim-share.offences-prior-12m: it counts crimes, and whether one is a repeat \
depends on all of its victims, who are followed apart; compute where all rows are in one place
    """
    if partitions is not None and partitions < 1:
        raise ValueError(f"partitions must be 1 or more, not {partitions}")
    labelled = synthetic_datasets(data, synthetic)
    asked = _query.query_request(measures, question, Question)
    each = scopes(data, covers)
    sources = [(name, each[name], name in labelled) for name in data if name != FIGURES]
    job = _Job(sources, asked, 0, threads)
    plan = job.plan()
    frames = {name: _frame(name, data[name]) for name, *_ in sources}
    for name, frame in frames.items():
        # Columns that are no fields of the dataset are refused before any task runs.
        plan.scatter(name, frame.limit(0).toArrow(), 1)
    states = _states(plan, job, frames, partitions) if frames else []
    figures = None
    if FIGURES in data:
        figures = (FIGURES, _collected(data[FIGURES]), each[FIGURES], FIGURES in labelled)
    table, received = plan.finish(states, figures, threads)
    return Computed(table, reports(received))


def _states(
    plan: _peelian.Plan,
    job: _Job,
    frames: Mapping[str, pyspark.sql.DataFrame],
    partitions: int | None,
) -> list[bytes]:
    """The states of all partitions, merged in Spark's tasks until few are left."""
    session = next(iter(frames.values())).sparkSession
    job = _Job(job.sources, job.asked, partitions or _partitions(session), job.threads)
    slices = [frame.mapInArrow(partial(_scatter, job, name), SLICES) for name, frame in frames.items()]
    together = reduce(lambda one, other: one.unionByName(other), slices).groupBy("bucket")
    # PySpark evaluates the annotations of a function, but pyarrow is not imported here. A lambda has no annotations.
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
    """In a task: assigns rows to buckets. Rows of one bucket are checked together. Nothing is counted yet."""
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
    """Batches joined into tables that are large compared with their schema."""
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
    merged = job.merge_bucket(table["bucket"][0].as_py())
    return _of_states([(merged, state) for _, state in states])


def _gather(job: _Job, table: pyarrow.Table) -> pyarrow.Table:
    """In a task: one state from the states of one bucket of persons."""
    if _is_refused(table):
        return table
    merged = job.merge_bucket(table["bucket"][0].as_py())
    return _of_states([(merged, job.plan().gather(table["state"].to_pylist()))])


def _merge(job: _Job, table: pyarrow.Table) -> pyarrow.Table:
    """In a task: one state from several. No persons are left to follow in them."""
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
        raise TypeError(f"rows of {name} must be a Spark data frame, not {type(rows).__name__}")
    return rows


def _collected(rows: object) -> object:
    """The rows of figures, collected on the driver."""
    collect = getattr(rows, "toArrow", None)
    return rows_of(collect() if collect else rows, FIGURES)  # type: ignore[arg-type]


def _partitions(session: Any) -> int:
    """The number of partitions into which the session shuffles. Some services have "auto" in its place."""
    said = str(session.conf.get("spark.sql.shuffle.partitions"))
    return int(said) if said.isdigit() else USUAL_PARTITIONS
