"""How one value was computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._catalogue import Measure, measure

__all__ = ["ContributingSubmission", "ExplainedValue", "Explanation", "PopulationStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationStep:
    """One step of the selection of records."""

    population: str
    expression: str
    remaining: int
    """Records left after the step."""
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributingSubmission:
    """A submission that an observation is based on."""

    submission: str
    content_sha256: str
    dataset: str
    rows: int
    """Rows in force."""
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedValue:
    """A value that is explained, on one basis."""

    basis: str
    value: float | None
    missing: str
    lower: float | None
    upper: float | None
    numerator: float | None
    denominator: float | None
    value_kind: str
    marker: str
    synthetic: bool
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How one value was computed."""

    measure: Measure
    """The definition in force."""
    observations: tuple[ExplainedValue, ...]
    """The value on each basis that exists."""
    steps: tuple[PopulationStep, ...]
    """Steps by which records were selected."""
    submissions: tuple[ContributingSubmission, ...]
    """Submissions that contributed."""
    difference: float | None
    """Submitted figure minus computed value. None unless both exist."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Explanation:
        """The contract's message as an explanation."""
        return cls(
            measure=measure(message["measure"]),
            observations=tuple(map(_explained, message["observations"])),
            steps=tuple(PopulationStep(**step) for step in message["steps"]),
            submissions=tuple(ContributingSubmission(**found) for found in message["submissions"]),
            difference=message["difference"],
        )


def _explained(message: Mapping[str, Any]) -> ExplainedValue:
    interval = message["interval"] or {}
    same = ("basis", "value", "numerator", "denominator", "value_kind", "marker", "synthetic")
    return ExplainedValue(
        **{name: message[name] for name in same},
        missing=message["missing"] or "",
        lower=interval.get("lower"),
        upper=interval.get("upper"),
        caveats=tuple(message["caveats"]),
    )
