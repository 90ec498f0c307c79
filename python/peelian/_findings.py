"""Findings in rows: errors, warnings and information. Each says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ._listing import Listing

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
    """The value if it has the form of its field, otherwise its shape. It is withheld when it is personal."""
    rule: str
    """The rule that is broken."""
    message: str
    """The error and the remedy."""

    def __str__(self) -> str:
        where = " ".join(part for part in [f"row {self.row}" if self.row else "", self.field] if part)
        return f"{self.code} {self.severity}{f' ({where})' if where else ''}: {self.message}"


class Findings(Listing[Finding]):
    """Findings in the order of rows. They are a sequence, and a notebook shows them as a table."""

    _record = Finding
    _shown = ("code", "severity", "row", "field", "value", "message")

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        super().__init__(findings)

    def __repr__(self) -> str:
        return "\n".join(str(finding) for finding in self) or "no findings"

    def of(self, severity: str) -> Findings:
        """The findings of one severity: "ERROR", "WARNING" or "INFO"."""
        return Findings(finding for finding in self if finding.severity == severity.upper())
