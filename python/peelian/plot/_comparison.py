"""Areas compared in one period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes

from .._observation import Observation
from ._picture import (
    COLOURS,
    FROM_ZERO,
    INK,
    MUTED,
    Picture,
    break_notes,
    framed,
    missing_note,
    of_one_period,
    period_span,
    value_axis,
    value_label,
)


def boroughs(
    observations: Iterable[Observation],
    *,
    reference: Observation | None = None,
    highlight: str | Iterable[str] = (),
    title: str | None = None,
) -> Picture:
    """The areas of one period from the highest value to the lowest, each with its interval.

    `reference`, such as the observation of London, is drawn as a line, and its interval as a band. `highlight` names
    areas, by code or by name, that stand out. `title` takes the place of the measure's title. The order is not a
    ranking: where intervals overlap, the order may be due to chance.
    """
    found = of_one_period(observations, "a comparison of areas")
    drawn = [seen for seen in found if seen.value is not None]
    drawn.sort(key=lambda seen: (seen.value or 0.0, seen.area_label))
    if not drawn:
        raise ValueError("no area has a value")
    _, notes = break_notes(found)
    notes += missing_note(found, named=True)
    wanted = {highlight} if isinstance(highlight, str) else set(highlight)
    known = {name for seen in drawn for name in (seen.area, seen.area_label)}
    if unknown := sorted(wanted - known):
        raise ValueError(f"{', '.join(unknown)} has no value here, so it cannot be highlighted")
    markers = {seen.marker for seen in drawn}
    shared = markers.pop() if len(markers) == 1 else ""
    if shared:
        notes.append(f"All areas: {shared}.")
    order = "Order is not rank: where intervals overlap, the order may be due to chance."
    shown = [*found, reference] if reference else found
    breakdown = f" · {found[0].breakdown_label}" if found[0].breakdown_label else ""
    subtitle = f"{len(found)} areas · {period_span(found)}{breakdown}"
    with framed(shown, 0.205 * len(drawn) + 0.75, subtitle, [order, *notes], title=title) as (figure, finished):
        axes = figure.subplots()
        axes.grid(axis="y", visible=False)
        if reference is not None:
            _draw_reference(axes, reference)
        _draw_areas(axes, drawn, wanted, marked=not shared)
        axes.set_ylim(-0.7, len(drawn) - 0.3)
        axes.tick_params(axis="y", length=0)
        value_axis(axes, found[0].value_kind, "x")
        axes.set_xlabel(value_label(found[0]))
        if found[0].value_kind in FROM_ZERO:
            axes.set_xlim(left=0)
    return finished[0]


def _draw_reference(axes: Axes, reference: Observation) -> None:
    """The line of the area that all are compared with, and its interval as a band."""
    if reference.value is None:
        return
    if reference.lower is not None and reference.upper is not None:
        axes.axvspan(reference.lower, reference.upper, color=MUTED, alpha=0.18, linewidth=0)
    axes.axvline(reference.value, color=INK, linewidth=1.1)
    name = reference.area_label.partition(" (")[0]
    axes.annotate(
        name, (reference.value, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
        ha="center", fontsize=8.5,
    )  # fmt: skip


def _draw_areas(axes: Axes, drawn: Sequence[Observation], highlighted: set[str], *, marked: bool) -> None:
    """A point with its interval for each area, and its name. `marked` says whether names have the markers."""
    names = [f"{seen.area_label} {seen.marker if marked else ''}".rstrip() for seen in drawn]
    axes.set_yticks(range(len(drawn)), names, fontsize=8.5)
    for index, (seen, label) in enumerate(zip(drawn, axes.get_yticklabels(), strict=True)):
        stands_out = bool(highlighted & {seen.area, seen.area_label})
        colour, shape = (COLOURS[1], "D") if stands_out else (COLOURS[0], "o")
        if seen.lower is not None and seen.upper is not None:
            axes.plot([seen.lower, seen.upper], [index, index], color=colour, linewidth=2.4, alpha=0.5)
        axes.plot(seen.value or 0.0, index, shape, color=colour, markersize=5)
        if stands_out:
            label.set(fontweight="bold", color=colour)
