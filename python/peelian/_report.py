"""What became of rows that were checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._findings import Finding, Findings

__all__ = ["Report", "report", "reports"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of rows."""

    dataset: str
    received: int
    rejected: int
    """Rows with errors, which are left out."""
    errors: int
    """How many errors were found. Of each code, the first thousand are among the findings."""
    warnings: int
    infos: int
    findings: Findings
    refusal: str = ""
    """Why the rows are refused as a whole; empty where they are not."""

    @property
    def ok(self) -> bool:
        """Whether every row is without errors."""
        return not self.refusal and not self.errors

    def _repr_html_(self) -> str:
        refusal = f"<p><b>refused</b>: {self.refusal}</p>" if self.refusal else ""
        return f"<p>{self.dataset}: {self.received} rows, {self.rejected} rejected</p>{refusal}" + (
            self.findings._repr_html_() if self.findings else ""
        )


def report(dataset: str, message: Mapping[str, Any]) -> Report:
    """The report of one dataset, from the dictionary of the compiled part."""
    parts = dict(message)
    findings = Findings(Finding(**finding) for finding in parts.pop("findings"))
    return Report(dataset=dataset, findings=findings, **parts)


def reports(received: Mapping[str, Mapping[str, Any]]) -> dict[str, Report]:
    """The reports of several datasets."""
    return {dataset: report(dataset, message) for dataset, message in received.items()}
