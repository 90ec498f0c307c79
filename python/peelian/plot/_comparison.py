"""Areas compared in one period."""

from __future__ import annotations

from collections.abc import Iterable

from .._observation import Observation
from ._picture import (
    COLOURS,
    INK,
    MUTED,
    Picture,
    break_notes,
    framed,
    missing_note,
    of_one_measure,
    period_span,
    value_axis,
    value_label,
)


def boroughs(observations: Iterable[Observation], *, reference: Observation | None = None) -> Picture:
    """The areas of one period from the highest value to the lowest, each with its interval.

    `reference`, such as the observation of London, is drawn as a line, and its interval as a band. The order is not a
    ranking: where intervals overlap, the order may be due to chance.
    """
    found = of_one_measure(observations)
    if len({(seen.period, seen.breakdown, seen.basis) for seen in found}) > 1:
        raise ValueError("a comparison of areas has one period, one breakdown and one basis: query one of each")
    drawn = [seen for seen in found if seen.value is not None]
    drawn.sort(key=lambda seen: (seen.value or 0.0, seen.area_label))
    if not drawn:
        raise ValueError("no area has a value")
    _, notes = break_notes(found)
    missing = sorted(seen.area_label for seen in found if seen.value is None)
    if missing:
        notes += [f"{missing_note(found)[0].removesuffix('.')}: {', '.join(missing)}."]
    order = "Order is not rank: where intervals overlap, the order may be due to chance."
    shown = [*found, reference] if reference else found
    breakdown = f" · {found[0].breakdown_label}" if found[0].breakdown_label else ""
    subtitle = f"{len(found)} areas · {period_span(found)}{breakdown}"
    with framed(shown, 0.205 * len(drawn) + 0.75, subtitle, [order, *notes]) as (figure, finished):
        axes = figure.subplots()
        axes.grid(axis="y", visible=False)
        if reference is not None and reference.value is not None:
            if reference.lower is not None and reference.upper is not None:
                axes.axvspan(reference.lower, reference.upper, color=MUTED, alpha=0.18, linewidth=0)
            axes.axvline(reference.value, color=INK, linewidth=1.1)
            name = reference.area_label.partition(" (")[0]
            axes.annotate(
                name, (reference.value, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
                textcoords="offset points", ha="center", fontsize=8.5,
            )  # fmt: skip
        for index, seen in enumerate(drawn):
            if seen.lower is not None and seen.upper is not None:
                axes.plot([seen.lower, seen.upper], [index, index], color=COLOURS[0], linewidth=2.4, alpha=0.5)
            axes.plot(seen.value or 0.0, index, "o", color=COLOURS[0], markersize=5)
        marks = [f" {seen.marker}" if seen.marker else "" for seen in drawn]
        names = [f"{seen.area_label}{mark}" for seen, mark in zip(drawn, marks, strict=True)]
        axes.set_yticks(range(len(drawn)), names, fontsize=8.5)
        axes.set_ylim(-0.7, len(drawn) - 0.3)
        axes.tick_params(axis="y", length=0)
        value_axis(axes, found[0].value_kind, "x")
        axes.set_xlabel(value_label(found[0]))
        if found[0].value_kind in ("count", "rate_per_1k", "rate_per_100k"):
            axes.set_xlim(left=0)
    return finished[0]
