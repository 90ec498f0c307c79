"""Observations as text for tables and pictures. The texts are rounded: do not compute with them."""

from __future__ import annotations

from ._observation import Comparison, Observation

MISSING = {
    "suppressed": "suppressed",
    "not_submitted": "not submitted",
    "zero_denominator": "no cases",
    "base_too_small": "base too small",
    "incomplete_lookback": "look-back incomplete",
    "not_applicable": "not applicable",
    "mixed_linkage_keys": "mixed linkage keys",
}
BASES = {"submitted_figure": "submitted figure", "computed_from_records": "computed from records"}


def number(value: float, kind: str) -> str:
    """A number in its unit: counts with commas between thousands, shares as percentages.

    >>> number(1234567, "count"), number(0.1234, "proportion"), number(0.031, "percentage_points")
    ('1,234,567', '12.3%', '+3.1 pts')
    """
    if kind == "count":
        return f"{value:,.0f}"
    if kind == "proportion":
        return f"{value * 100:.1f}%"
    if kind == "percentage_points":
        return f"{value * 100:+.1f} pts"
    return f"{value:.1f}" if kind.startswith("rate") else f"{value:.2f}"


def value(seen: Observation) -> str:
    """The value, or the reason for having none."""
    if seen.value is not None:
        return number(seen.value, seen.value_kind)
    return MISSING.get(seen.missing or "", "no value")


def interval(seen: Observation) -> str:
    """The interval. Empty when there is none."""
    if seen.lower is None or seen.upper is None:
        return ""
    return f"{number(seen.lower, seen.value_kind)} to {number(seen.upper, seen.value_kind)}"


def counts(seen: Observation) -> str:
    """Numerator and denominator. Empty unless both are known."""
    if seen.numerator is None or seen.denominator is None:
        return ""
    return f"{seen.numerator:,.0f} of {seen.denominator:,.0f}"


def marks(seen: Observation) -> str:
    """Basis, the synthetic label and markers."""
    basis = "figure" if seen.basis == "submitted_figure" else "records"
    return " ".join(mark for mark in (basis, "SYNTHETIC" if seen.synthetic else "", seen.marker) if mark)


def change(found: Comparison) -> str:
    """A change and the verdict of its test, or the reason for having none."""
    if found.change is None:
        return found.note
    if found.change_kind == "ratio":
        return f"{(found.change - 1) * 100:+.1f}% {found.verdict}"
    return f"{number(found.change, 'percentage_points')} {found.verdict}"
