"""A funnel plot: which areas differ from the others by more than chance explains."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .. import stats
from .._observation import Observation
from ._picture import (
    COLOURS,
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

# The two pairs of limits, each with its line.
LIMITS = {0.95: "--", 0.998: "-"}
# Points of each line.
STEPS = 200
# Height of a name, as a share of the axis.
NAME_HEIGHT = 0.034


def funnel(
    observations: Iterable[Observation], *, reference: Observation | None = None, title: str | None = None
) -> Picture:
    """A funnel plot of shares: each area by the number of its subjects, with 95% and 99.8% limits around the middle.

    The middle is `reference`, such as the observation of London, or the share of all areas together. Areas outside the
    99.8% limits are named: they differ by more than chance explains. Without a difference, about one area in 20 lies
    outside the 95% limits, and one in 500 outside the 99.8% limits.

    Spiegelhalter DJ (2005), Stat Med 24:1185-1202.
    """
    found = of_one_period(observations, "a funnel plot")
    if found[0].value_kind != "proportion":
        raise ValueError(f"a funnel plot is of shares, and {found[0].measure} is none: draw boroughs")
    drawn = [seen for seen in found if seen.value is not None and subjects(seen)]
    if not drawn:
        raise ValueError("no area has a share of a known number of subjects")
    middle = pooled(drawn) if reference is None or reference.value is None else reference.value
    positions = [position(seen, middle) for seen in drawn]
    _, notes = break_notes(found)
    explained = "Dashed: 95% limits. Solid: 99.8% limits. Areas beyond them differ by more than chance explains."
    subtitle = f"{len(found)} areas · {period_span(found)}"
    shown = [*found, reference] if reference else found
    notes = [explained, counted(positions), *notes, *missing_note(found)]
    with framed(shown, 4.2, subtitle, notes, title=title) as (figure, finished):
        axes = figure.subplots()
        largest = 1.05 * max(map(subjects, drawn))
        draw_limits(axes, middle, largest)
        for seen, place in zip(drawn, positions, strict=True):
            draw_area(axes, seen, place)
        axes.set_xlim(0, largest)
        values = [seen.value or 0.0 for seen in drawn]
        spread = max(max(values) - middle, middle - min(values), 0.02)
        axes.set_ylim(max(middle - 1.6 * spread, 0), min(middle + 1.6 * spread, 1))
        name_areas(axes, [seen for seen, place in zip(drawn, positions, strict=True) if place.endswith("(0.001)")])
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("Subjects (effective number in a survey)")
        value_axis(axes, found[0].value_kind)
        axes.set_ylabel(value_label(found[0]))
    return finished[0]


def subjects(seen: Observation) -> float:
    """The number of subjects that decides the precision of a share: in a survey, the effective number."""
    return seen.effective_n or seen.denominator or 0.0


def pooled(drawn: Sequence[Observation]) -> float:
    """The share of all areas together."""
    return sum((seen.value or 0.0) * subjects(seen) for seen in drawn) / sum(map(subjects, drawn))


def position(seen: Observation, middle: float) -> str:
    """The position of an area: see `peelian.stats.funnel_position`."""
    size = subjects(seen)
    return str(stats.funnel_position((seen.value or 0.0) * size, size, baseline=middle))


def counted(positions: Sequence[str]) -> str:
    """How many areas lie beyond the limits, and how many would by chance."""
    counts = Counter(place[-7:] for place in positions)
    beyond, far = counts["(0.025)"] + counts["(0.001)"], counts["(0.001)"]
    chance = len(positions) / 20
    return (
        f"{beyond} of {len(positions)} areas lie beyond the 95% limits, where about {chance:.0f} would by chance; "
        f"{far} lie beyond the 99.8% limits."
    )


def draw_limits(axes: Axes, middle: float, largest: float) -> None:
    """The middle and the two pairs of limits."""
    axes.axhline(middle, color=INK, linewidth=1)
    sizes = [largest * step / STEPS for step in range(1, STEPS + 1)]
    for confidence, line in LIMITS.items():
        limits = stats.funnel_limits(sizes, baseline=middle, confidence=confidence)
        for side in (limits.lower, limits.upper):
            axes.plot(sizes, side, color=MUTED, linewidth=1, linestyle=line)


def draw_area(axes: Axes, seen: Observation, place: str) -> None:
    """A point: filled beyond the 95% limits."""
    beyond = place != "Not significant"
    at = (subjects(seen), seen.value or 0.0)
    colour = COLOURS[1] if beyond else COLOURS[0]
    axes.plot(*at, "o", color=colour, markersize=5, markerfacecolor=colour if beyond else "white")


def name_areas(axes: Axes, named: Sequence[Observation]) -> None:
    """The names of areas beside their points. A name that would cover another moves up, with a line to its point."""
    bottom, top = axes.get_ylim()
    gap = (top - bottom) * NAME_HEIGHT
    middle = statistics.median(map(subjects, named)) if named else 0.0
    taken = {"left": -math.inf, "right": -math.inf}
    for seen in sorted(named, key=lambda seen: seen.value or 0.0):
        at = (subjects(seen), seen.value or 0.0)
        side = "left" if at[0] >= middle else "right"
        taken[side] = height = max(at[1], taken[side] + gap)
        axes.annotate(
            seen.area_label, at, xytext=(8 if side == "left" else -8, height), textcoords=("offset points", "data"),
            fontsize=8, ha=side, va="center", arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.5},
        )  # fmt: skip
