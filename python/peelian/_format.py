"""Observations as text for tables and pictures. The texts are rounded: do not compute with them."""

from __future__ import annotations

from . import _peelian
from ._explanation import ExplainedValue
from ._observation import Companion, Comparison, Observation

COLUMNS = ("Measure", "Area", "Period", "Breakdown", "Value", "Interval", "From", "Marks", "Change")
BASES = {"submitted_figure": "submitted figure", "computed_from_records": "computed from records"}


def value(seen: Observation | Companion | ExplainedValue) -> str:
    """The value in its unit, or the reason for having none.

    Counts have commas between thousands, proportions are percentages, and differences are percentage points.
    """
    if seen.value is not None:
        return _peelian.value_text(seen.value_kind, seen.value)
    return _peelian.missing_text(seen.missing or "")


def interval(seen: Observation | Companion | ExplainedValue) -> str:
    """The interval. Empty when there is none."""
    if seen.lower is None or seen.upper is None:
        return ""
    return _peelian.interval_text(seen.value_kind, seen.lower, seen.upper)


def counts(seen: Observation | Companion) -> str:
    """Numerator and denominator. Empty unless both are known."""
    if seen.numerator is None or seen.denominator is None:
        return ""
    return _peelian.fraction_text(seen.numerator, seen.denominator)


def marks(seen: Observation | Companion) -> str:
    """Basis, the synthetic label and markers."""
    basis = "figure" if seen.basis == "submitted_figure" else "records"
    return " ".join(mark for mark in (basis, "SYNTHETIC" if seen.synthetic else "", seen.marker) if mark)


def change(found: Comparison) -> str:
    """A change and the verdict of its test, or the reason for having none."""
    if found.change is None:
        return found.note if found.verdict == "not compared" else found.verdict
    return f"{_peelian.change_text(found.change_kind, found.change)} {found.verdict}"
