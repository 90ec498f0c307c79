"""The compiled part. It is private: use the modules of the package."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias, final

import numpy
from numpy.typing import NDArray

__version__: str

@final
class Table:
    """An immutable table in Arrow."""

    @property
    def column_names(self) -> list[str]: ...
    @property
    def list_columns(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def to_dicts(self) -> list[dict[str, Any]]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Estimate:
    """A value and its interval."""

    @property
    def value(self) -> float:
        """The point estimate."""
    @property
    def lower(self) -> float:
        """Lower limit."""
    @property
    def upper(self) -> float:
        """Upper limit."""
    @property
    def confidence(self) -> float:
        """Two-sided confidence level."""
    @property
    def method(self) -> str:
        """Identifier of the method that gave the interval."""

@final
class Estimates:
    """Values and their intervals, with one element for each case."""

    @property
    def value(self) -> NDArray[numpy.float64]:
        """The point estimates."""
    @property
    def lower(self) -> NDArray[numpy.float64]:
        """Lower limits."""
    @property
    def upper(self) -> NDArray[numpy.float64]:
        """Upper limits."""
    @property
    def confidence(self) -> float:
        """Two-sided confidence level."""
    @property
    def method(self) -> list[str]:
        """Identifiers of the methods. Empty for a missing case."""
    def __len__(self) -> int: ...

@final
class Plan:
    """A question, and the datasets whose rows are counted in partitions."""

    def __init__(
        self, sources: Sequence[tuple[str, tuple[str, str] | None, bool]], asked: Mapping[str, object]
    ) -> None: ...
    @property
    def follows_persons(self) -> bool: ...
    def scatter(self, dataset: str, rows: object, buckets: int) -> list[tuple[int, bool, bytes]]: ...
    def count(
        self, slices: Sequence[tuple[str, bool, bytes]], buckets: int, threads: int
    ) -> list[tuple[int, bytes]]: ...
    def gather(self, states: Sequence[bytes]) -> bytes: ...
    def merge(self, states: Sequence[bytes]) -> bytes: ...
    def finish(
        self,
        states: Sequence[bytes],
        figures: tuple[str, object, tuple[str, str] | None, bool] | None,
        threads: int,
    ) -> tuple[Table, dict[str, dict[str, Any]]]: ...

def wilson(x: object, n: object, confidence: float, continuity_correction: bool) -> Estimate | Estimates: ...
def poisson(x: object, confidence: float, method: str) -> Estimate | Estimates: ...
def rate(x: object, n: object, multiplier: float, confidence: float, method: str) -> Estimate | Estimates: ...
def newcombe(
    x1: object, n1: object, x2: object, n2: object, confidence: float, continuity_correction: bool
) -> Estimate | Estimates: ...
def rate_ratio(
    x1: object, t1: object, x2: object, t2: object, confidence: float, method: str
) -> Estimate | Estimates: ...
def effective_sample_size(weights: object) -> float: ...
def linkage_keys(keys: str) -> list[dict[str, Any]]: ...
def add_linkage_key(keys: str, name: str, domain: str, identity: str, created_on: str, secret: bytes) -> str: ...
def pseudonyms(
    keys: str, key: str | None, columns: Sequence[tuple[str, Sequence[str | None]]]
) -> tuple[str, list[str | None], dict[str, int]]: ...
def pseudonymise_csv(
    keys: str,
    key: str | None,
    content: bytes,
    columns: tuple[Sequence[tuple[str, str]], Sequence[str], str, str],
) -> dict[str, Any]: ...
def measures() -> list[dict[str, Any]]: ...
def datasets() -> list[dict[str, Any]]: ...
def code_lists() -> list[dict[str, Any]]: ...
def areas(valid_on: str | None = None) -> list[dict[str, Any]]: ...
def period_days(text: str) -> tuple[str, str]: ...
def csv_header(dataset: str) -> str | None: ...

_Part: TypeAlias = tuple[str, object, tuple[str, str] | None]

@final
class Local:
    def query(self, asked: Mapping[str, object]) -> Table: ...
    def explain(self, asked: Mapping[str, object]) -> dict[str, Any]: ...

def load(
    parts: Sequence[_Part], synthetic: AbstractSet[str], threads: int | None
) -> tuple[Local, dict[str, dict[str, Any]]]: ...
def compute(
    parts: Sequence[_Part], synthetic: AbstractSet[str], threads: int | None, asked: Mapping[str, object]
) -> tuple[Table, dict[str, dict[str, Any]]]: ...
def needed(asked: Mapping[str, object], datasets: Sequence[str]) -> dict[str, list[str]]: ...
def check(part: _Part, referenced: Sequence[_Part]) -> dict[str, Any]: ...

@final
class Call:
    def wait(self) -> Any: ...
    def on_done(self, done: Callable[[Any, BaseException | None], None]) -> None: ...
    def cancel(self) -> None: ...

@final
class Connection:
    def submit(
        self, header: Mapping[str, object], content: object | None, progress: Callable[[int, int], None] | None
    ) -> Call: ...
    def query(self, asked: Mapping[str, object]) -> Call: ...
    def explain(self, asked: Mapping[str, object]) -> Call: ...
    def findings(self, submission: str) -> Call: ...

def connect(target: str) -> Call: ...
