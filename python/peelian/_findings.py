"""Findings in rows: errors, warnings and information. Each says what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
    line: int = 0
    """Line of the file, as a spreadsheet shows it. 0 when the rows do not come from a file of text or a workbook."""
    column: str = ""
    """Letters of the column in a spreadsheet, such as "E". Empty without a line or a field."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Finding:
        """The contract's message as a finding."""
        return cls(**{**message, "severity": message["severity"].upper(), "scope": message["scope"].upper()})

    @property
    def place(self) -> str:
        """Where it is: "line 5, column E" in a file, and "row 4" in a table. Empty for a finding about all rows."""
        if not self.line:
            return f"row {self.row}" if self.row else ""
        return f"line {self.line}" + (f", column {self.column}" if self.column else "")

    def __str__(self) -> str:
        where = " ".join(part for part in [self.place, self.field] if part)
        return f"{self.code} {self.severity}{f' ({where})' if where else ''}: {self.message}"


class Findings(Listing[Finding]):
    """Findings in the order of rows. They are a sequence, and a notebook shows them as a table."""

    _record = Finding
    _shown = ("code", "severity", "place", "field", "value", "message")

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        super().__init__(findings)

    def __repr__(self) -> str:
        return "\n".join(str(finding) for finding in self) or "no findings"

    def grouped(self) -> list[tuple[Finding, int, str]]:
        """Findings with one fault together: the first, their number, and the places of the first three."""
        groups: dict[tuple[str, ...], list[Finding]] = {}
        for finding in self:
            fault = (finding.code, finding.severity, finding.field, finding.value, finding.message)
            groups.setdefault(fault, []).append(finding)
        return [(group[0], len(group), _places(group)) for group in groups.values()]

    def of(self, severity: str) -> Findings:
        """The findings of one severity: "ERROR", "WARNING" or "INFO"."""
        return Findings(finding for finding in self if finding.severity == severity.upper())


def _places(group: list[Finding]) -> str:
    """The places of the first findings of a group: "E5, E6, E9 and 12 more"."""
    most = 3
    places = [f"{one.column}{one.line}" if one.line else str(one.row or "") for one in group]
    more = len(places) - most
    return ", ".join(filter(None, places[:most])) + (f" and {more:,} more" if more > 0 else "")
