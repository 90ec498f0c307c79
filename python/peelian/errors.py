"""The exceptions of peelian.

Every exception is a `PeelianError`. An exception about the caller's own input is also a `ValueError`, so that generic
code handles it.

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

__all__ = [
    "AddressError",
    "CredentialsError",
    "DisclosureError",
    "MappingError",
    "PeelianError",
    "QueryError",
    "RefusedError",
    "RowsError",
    "StatsError",
    "UnreachableError",
    "VerificationError",
]


class PeelianError(Exception):
    """The base of every exception of peelian."""


class StatsError(PeelianError, ValueError):
    """Numbers without an estimate: a proportion above one, a denominator of zero, a confidence that is not between 0 and 1.

    `index` is the position of the case in the arrays. None for a single case.
    """

    def __init__(self, message: str, *, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


class DisclosureError(PeelianError, ValueError):
    """A table that cannot be protected or audited: a code that no dimension has, values that contradict each other."""


class MappingError(PeelianError, ValueError):
    """A mapping that is wrong. `line` is the line of the mapping."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class RowsError(PeelianError, ValueError):
    """All rows of a dataset are refused: a missing column, a direct identifier, too many rows with errors.

    `code` is the code of the finding that refused them, such as "PEEL-1011". `findings` are the findings in the rows.
    They are empty when the rows were refused before they were read. `received` and `rejected` count rows.
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
        self.findings = Findings(map(Finding.of, findings))


class QueryError(PeelianError, ValueError):
    """A question is refused: its measure, area or period does not exist. The message says what would be accepted."""


class VerificationError(PeelianError, ValueError):
    """The folder of a release is not as it was published. `differences` says what differs, one text for each difference."""

    def __init__(self, message: str, *, differences: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.differences = tuple(differences)


class UnreachableError(PeelianError, ConnectionError):
    """No exchange answers at the address, or it did not answer a call in time.

    Also if the connection is not encrypted as it should be: the authority of the exchange is unknown, its certificate has
    expired or is for another host, or the exchange does not accept the certificate of the caller. The message says which.
    """


class AddressError(UnreachableError, ValueError):
    """The address of the exchange is not written as HOST:PORT or https://HOST:PORT."""


class CredentialsError(PeelianError, ValueError):
    """The caller's own certificate, key or token cannot be used, or would be sent without encryption."""


class RefusedError(PeelianError):
    """The exchange refuses a submission or a question.

    `status` is the gRPC status in words. `reason` is the stable reason, such as "TOO_MANY_ERRORS" or "STALE", and
    `metadata` has its details. `violations` are pairs of a field and its error. For rows they are the first findings.
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
