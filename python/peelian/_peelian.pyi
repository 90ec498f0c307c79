from typing import Protocol, final

class _Stream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class _Batch(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

__version__: str

class PeelianError(ValueError):
    """What peelian refuses to compute, and why."""

@final
class Interval:
    """An interval: its limits, the confidence level and the method that gave it."""

    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...
    @property
    def confidence(self) -> float: ...
    @property
    def method(self) -> str: ...

def wilson(numerator: float, denominator: float, *, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of `numerator` of `denominator`.

    Raises `PeelianError` if the two are not a proportion or the confidence is not between 0 and 1.
    """

def measure(
    rows: _Stream,
    *,
    dataset: str,
    first: str,
    last: str,
    measure: str,
    areas: str,
    periods: str,
    synthetic: bool = False,
) -> _Batch:
    """Computes one measure from rows in Arrow, as the exchange would: a table with an observation in each row.

    `rows` is anything with `__arrow_c_stream__`: a table of pyarrow, polars, pandas or DuckDB. `first` and `last` are the
    days that the rows cover; `areas` is the code of an area, or a level ("borough"); `periods` a period or a range.

    Raises `PeelianError` if the rows or the question are refused.
    """
