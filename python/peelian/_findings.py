"""Findings in rows: errors, warnings and information. Each says what to do."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import pandas

__all__ = ["Finding", "Findings"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding in rows. No finding quotes a personal value."""

    code: str
    """Code, such as "PEEL-5004". A code keeps its meaning in every version."""
    severity: str
    """ERROR, WARNING or INFO. Rows with errors are left out."""
    scope: str
    """BATCH, ROW or FIELD."""
    row: int
    """Number of the row, from 1. The header is not counted. 0 for a finding about all rows."""
    field: str
    """Field. Empty when the finding is about the whole row."""
    value: str
    """The value, shortened. It is withheld when it is personal."""
    rule: str
    """The rule that is broken."""
    message: str
    """The error and the remedy."""

    def __str__(self) -> str:
        where = " ".join(part for part in [f"row {self.row}" if self.row else "", self.field] if part)
        return f"{self.code} {self.severity}{f' ({where})' if where else ''}: {self.message}"


class Findings(Sequence[Finding]):
    """Findings in the order of rows. They are a sequence, and a notebook shows them as a table."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._findings = tuple(findings)

    def __len__(self) -> int:
        return len(self._findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Findings: ...
    def __getitem__(self, index: int | slice) -> Finding | Findings:
        return Findings(self._findings[index]) if isinstance(index, slice) else self._findings[index]

    def __eq__(self, other: object) -> bool:
        return self._findings == other._findings if isinstance(other, Findings) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._findings)

    def __repr__(self) -> str:
        return "\n".join(str(finding) for finding in self) or "no findings"

    def _repr_html_(self) -> str:
        names = ("code", "severity", "row", "field", "value", "message")
        head = "".join(f"<th>{name}</th>" for name in names)
        cells = (
            "".join(f"<td>{html.escape(str(getattr(finding, name)))}</td>" for name in names) for finding in self
        )
        return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    def of(self, severity: str) -> Findings:
        """The findings of one severity: "ERROR", "WARNING" or "INFO"."""
        return Findings(finding for finding in self if finding.severity == severity.upper())

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each finding. Any data frame library makes a table of them."""
        return [asdict(finding) for finding in self]

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame with a row for each finding."""
        import pandas

        return pandas.DataFrame(self.to_dicts(), columns=[field.name for field in fields(Finding)])
