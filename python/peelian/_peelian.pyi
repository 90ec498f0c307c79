"""The compiled part. It is private: use the modules of the package."""

import os
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
    """A value and its interval. One can be made of published numbers."""

    def __init__(
        self, value: float, lower: float, upper: float, *, confidence: float = 0.95, method: str = ""
    ) -> None: ...
    @property
    def value(self) -> float:
        """The point estimate."""
    @property
    def lower(self) -> float:
        """Lower limit. NaN if the value has no interval."""
    @property
    def upper(self) -> float:
        """Upper limit. NaN if the value has no interval."""
    @property
    def confidence(self) -> float:
        """Two-sided confidence level."""
    @property
    def method(self) -> str:
        """Identifier of the method that gave the interval. Empty if the value has none."""

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
    @property
    def reason(self) -> list[str]:
        """Why a case is missing: "missing", "zero_denominator". Empty for a case that is not."""
    def __len__(self) -> int: ...

@final
class Compared:
    """The word for an estimate against a benchmark."""

    @property
    def word(self) -> str:
        """The word: "better", "similar"."""
    @property
    def method(self) -> str:
        """How the word was found: "benchmark_in_interval" or "intervals_overlap"."""
    @property
    def cautious(self) -> bool:
        """Whether "similar" can hide a difference, because two intervals were compared."""

@final
class Trend:
    """Whether a series rises or falls."""

    @property
    def direction(self) -> str:
        """The direction: "increasing", "cannot_be_calculated"."""
    @property
    def slope(self) -> float:
        """The slope for each period; NaN if it cannot be calculated."""
    @property
    def chi_squared(self) -> float:
        """The statistic, on 1 degree of freedom; NaN if it cannot be calculated."""
    @property
    def reason(self) -> str:
        """Why there is no trend: "too_few_points". Empty if there is one."""
    @property
    def message(self) -> str:
        """The reason as a sentence. Empty if there is none."""

@final
class Phase:
    """A part of a chart with limits of its own."""

    @property
    def start(self) -> int:
        """The place of its first point, from 0."""
    @property
    def reason(self) -> str:
        """The reason for the new limits. Empty for the first phase."""
    @property
    def mean(self) -> float:
        """The mean of its baseline."""
    @property
    def lower(self) -> float:
        """Lower process limit."""
    @property
    def upper(self) -> float:
        """Upper process limit."""
    @property
    def moving_range(self) -> float:
        """The mean moving range behind the limits."""
    @property
    def provisional(self) -> bool:
        """Whether the limits come from fewer than 12 points."""

@final
class Chart:
    """A chart of a series, with one element for each point."""

    @property
    def mean(self) -> NDArray[numpy.float64]:
        """The means."""
    @property
    def lower(self) -> NDArray[numpy.float64]:
        """Lower process limits."""
    @property
    def upper(self) -> NDArray[numpy.float64]:
        """Upper process limits."""
    @property
    def rule(self) -> list[str | None]:
        """The special causes. None for common cause."""
    @property
    def variation(self) -> list[str]:
        """The variation: "common_cause", "special_cause_improvement"."""
    @property
    def phases(self) -> list[Phase]:
        """The parts with limits of their own."""
    @property
    def assurance(self) -> str | None:
        """Whether the process will meet the target. None without a target or a polarity."""
    def __len__(self) -> int: ...

@final
class Plan:
    """A question, and the datasets whose rows are counted in partitions."""

    def __init__(
        self, sources: Sequence[tuple[str, Mapping[str, object], bool]], asked: Mapping[str, object]
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
        figures: tuple[str, object, Mapping[str, object], bool] | None,
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
def risk_ratio(x1: object, n1: object, x2: object, n2: object, confidence: float) -> Estimate | Estimates: ...
def dsr(
    x: object, n: object, standard: object, squares: object | None, multiplier: float, confidence: float
) -> Estimate: ...
def expected(n: object, reference_x: object, reference_n: object) -> float: ...
def isr(
    observed: object, expected: object, multiplier: float, confidence: float, method: str
) -> Estimate | Estimates: ...
def mean(values: object, confidence: float) -> Estimate: ...
def median(values: object, confidence: float) -> Estimate: ...
def effective_sample_size(weights: object) -> float: ...
def compare(estimate: Estimate, benchmark: float | Estimate, polarity: str) -> Compared: ...
def funnel_limits(
    size: object, baseline: float, kind: str, multiplier: float, confidence: float, dispersion: float
) -> Estimate | Estimates: ...
def funnel_position(
    x: object, n: object, baseline: float, kind: str, multiplier: float, dispersion: float
) -> str | list[str | None]: ...
def over_dispersion(x: object, n: object, baseline: float, winsorised: float) -> float: ...
def gap_p_value(x1: float, n1: float, x2: float, n2: float) -> float: ...
def holm(p_values: object) -> NDArray[numpy.float64]: ...
def quantiles(values: object, k: int, first: str) -> list[int | None]: ...
def composite_index(
    variables: Sequence[tuple[object, object]], weights: Sequence[float] | None, low_adds: Sequence[int]
) -> list[float]: ...
def trend(
    x: object, n: object | None, limits: tuple[object, object] | None, periods: Sequence[int] | None
) -> Trend: ...
def spc(
    values: object,
    polarity: str,
    screen_outliers: bool,
    fix_after: int | None,
    rebase: Mapping[int, str],
    target: float | None,
) -> Chart: ...
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
def protect_table(
    table: object,
    dimensions: Sequence[dict[str, Any]],
    policy: dict[str, Any],
    rows: dict[str, Any],
    earlier: Sequence[tuple[object, object | None]],
) -> dict[str, Any]: ...
def audit_table(
    table: object,
    dimensions: Sequence[dict[str, Any]],
    policy: dict[str, Any],
    shares: Sequence[tuple[list[str], list[str], float, int]],
) -> dict[str, Any]: ...
def measures() -> list[dict[str, Any]]: ...
def datasets() -> list[dict[str, Any]]: ...
def agencies() -> list[dict[str, Any]]: ...
def profiles() -> list[dict[str, Any]]: ...
def code_lists() -> list[dict[str, Any]]: ...
def areas(valid_on: str | None = None) -> list[dict[str, Any]]: ...
def period_days(text: str) -> tuple[str, str]: ...
def csv_header(dataset: str) -> str: ...
def file_rows(file: bytes, dataset: str, mapping: str | None = None, sheet: str | None = None) -> bytes: ...
def draft_mapping(file: bytes, dataset: str, sheet: str | None = None) -> str: ...
def template_workbook(dataset: str) -> bytes: ...
def fields_of(dataset: str, headings: Sequence[str]) -> list[str | None]: ...
def value_text(kind: str, value: float) -> str: ...
def interval_text(kind: str, lower: float, upper: float) -> str: ...
def fraction_text(numerator: float, denominator: float) -> str: ...
def change_text(kind: str, change: float) -> str: ...
def missing_text(reason: str) -> str: ...

_Part: TypeAlias = tuple[str, object, Mapping[str, object]]

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
    def reports(self, asked: Mapping[str, object]) -> Call: ...
    def agencies(self) -> Call: ...
    def who_am_i(self) -> Call: ...
    def agreements(self, agency: str) -> Call: ...
    def releases(self) -> Call: ...
    def release(self, name: str) -> Call: ...
    def export_release(self, name: str, folder: str | os.PathLike[str]) -> Call: ...
    def create_release(self, asked: Mapping[str, object]) -> Call: ...
    def review_release(self, name: str) -> Call: ...
    def diff_releases(self, earlier: str, later: str) -> Call: ...
    def approve_release(self, name: str, embargo_until: tuple[int, int] | None) -> Call: ...
    def publish_release(self, name: str) -> Call: ...
    def discard_release(self, name: str, reason: str) -> Call: ...
    def restore_release(self, name: str, reason: str) -> Call: ...
    def watch_releases(self) -> Call: ...
    def can_query(self, asked: Mapping[str, object], agency: str) -> Call: ...
    def can_submit(self, dataset: str, agency: str) -> Call: ...

@final
class Watch:
    def next(self, longest_wait: float | None) -> Call: ...

def client_command(arguments: Sequence[str]) -> tuple[int, str | None]: ...
def verify_release(folder: str | os.PathLike[str], key: str | None) -> dict[str, Any]: ...
def connect(target: str, timeout: float | None, credentials: Mapping[str, str | None]) -> Call: ...
