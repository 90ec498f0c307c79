"""Reports of checked rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._findings import Finding, Findings

__all__ = ["Report", "report", "reports"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report of the rows of one dataset."""

    dataset: str
    received: int
    rejected: int
    """Rows with errors. They are left out."""
    errors: int
    """Number of errors. The findings have the first thousand of each code."""
    warnings: int
    infos: int
    findings: Findings
    refusal: str = ""
    """Reason for refusing all rows. Empty when they are not refused."""
    refusal_code: str = ""
    """Code of the refusal, such as "PEEL-1011". Empty when there is no refusal, or none with a code."""

    @property
    def ok(self) -> bool:
        """True when no row has an error."""
        return not self.refusal and not self.errors

    def _repr_html_(self) -> str:
        refusal = f"<p><b>refused</b>: {self.refusal}</p>" if self.refusal else ""
        return f"<p>{self.dataset}: {self.received} rows, {self.rejected} rejected</p>{refusal}" + (
            self.findings._repr_html_() if self.findings else ""
        )


def report(dataset: str, message: Mapping[str, Any]) -> Report:
    """The report of one dataset, from the dictionary of the compiled part."""
    parts = dict(message)
    findings = Findings(map(Finding.of, parts.pop("findings")))
    return Report(dataset=dataset, findings=findings, **parts)


def reports(received: Mapping[str, Mapping[str, Any]]) -> dict[str, Report]:
    """The reports of several datasets."""
    return {dataset: report(dataset, message) for dataset, message in received.items()}
