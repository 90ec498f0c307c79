"""What peelian refuses, and why.

Every exception is a `PeelianError`. Those about the caller's own input are `ValueError`s too, so that code that knows
nothing of this package handles them as it handles others.

>>> import peelian
>>> try:
...     peelian.stats.wilson(5, 4)
... except ValueError as error:
...     print(error)
numerator 5 is above denominator 4
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ._findings import Finding, Findings

__all__ = ["PeelianError", "QueryError", "RefusedError", "RowsError", "StatsError", "UnreachableError"]


class PeelianError(Exception):
    """Anything that peelian refuses."""


class StatsError(PeelianError, ValueError):
    """Numbers that have no estimate: a proportion above one, a denominator of zero, a confidence that is none.

    `index` is the place of the case in the arrays given; None for a single case.
    """

    def __init__(self, message: str, *, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


class RowsError(PeelianError, ValueError):
    """Rows that are refused as a whole: a missing column, a direct identifier, too many rows with errors.

    `code` is the code of the finding that the refusal stands for, such as "PEEL-1002", and `findings` what was found
    in the rows; empty where they were not read so far. `received` and `rejected` count rows.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        findings: Sequence[Mapping[str, Any]] = (),
        received: int = 0,
        rejected: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.received = received
        self.rejected = rejected
        self.findings = Findings(Finding(**finding) for finding in findings)


class QueryError(PeelianError, ValueError):
    """A question that cannot be answered: a measure, an area or a period that does not exist. Says what would do."""


class UnreachableError(PeelianError, ConnectionError):
    """No exchange answers at the address given."""


class RefusedError(PeelianError):
    """The exchange refuses a submission or a question.

    `status` is the gRPC status in words, `reason` the stable reason, such as "TOO_MANY_ERRORS" or "STALE", and
    `metadata` what goes with it. `violations` are pairs of a field and what is wrong with it; for rows, the first
    findings.
    """

    def __init__(
        self,
        message: str,
        *,
        status: str = "",
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.violations = tuple(violations)
