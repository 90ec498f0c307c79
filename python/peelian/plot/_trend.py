"""Values over time: a trend, a gap, and a small trend for each of many areas."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
    of_one_measure,
    period_span,
    value_axis,
    value_label,
)

# A reader can tell this number of lines apart. Each has its name at its end.
MOST_LINES = 4
# Most months that each have their own tick. The axis of a single month would show years.
FEW = 3


def trend(observations: Iterable[Observation], *, title: str | None = None) -> Picture:
    """The values of one measure over time. The interval is a ribbon, and breaks in the series are marked.

    There is a line for each area, breakdown and basis: at most four. A missing value interrupts the line.
    """
    found = of_one_measure(observations)
    lines = series(found)
    if len(lines) > MOST_LINES:
        raise ValueError(f"{len(lines)} lines are too many for one picture: query fewer, or draw small_multiples")
    marks, notes = break_notes(found)
    names = list(dict.fromkeys(seen.area_label for seen in found))
    subtitle = f"{', '.join(names)} · {period_span(found)}"
    with framed(found, 3.6, subtitle, [*notes, *missing_note(found)], title=title) as (figure, finished):
        axes = figure.subplots()
        for (name, line), colour in zip(lines.items(), COLOURS, strict=False):
            ribbon(axes, line, colour, marks)
            if len(lines) > 1:
                name_at_end(axes, name, line, colour)
        draw_breaks(axes, marks, found)
        time_axis(axes, found)
        value_axis(axes, found[0].value_kind)
        axes.set_ylabel(value_label(found[0]))
        if found[0].value_kind in FROM_ZERO:
            axes.set_ylim(bottom=0)
    return finished[0]


def gap(observations: Iterable[Observation], *, title: str | None = None) -> Picture:
    """The gap between two groups over time, in percentage points, with its interval and a line at zero.

    A hollow point has an interval that includes zero: no clear gap.
    """
    found = of_one_measure(observations)
    if found[0].value_kind != "percentage_points":
        raise ValueError(f"{found[0].measure} is not a gap: its values are not percentage points")
    marks, notes = break_notes(found)
    groups = next(filter(None, map(groups_of, found)), [])
    meaning = f"Gap: {' less '.join(groups)}. " if groups else ""
    explained = f"{meaning}Filled: the interval lies wholly on one side of zero. Hollow: no clear gap."
    names = list(dict.fromkeys(seen.area_label for seen in found))
    if len(series(found)) > 1:
        raise ValueError(
            "a picture of a gap has one area and one breakdown: query one of each, or draw small_multiples"
        )
    subtitle = f"{', '.join(names)} · {period_span(found)}"
    with framed(found, 3.4, subtitle, [explained, *notes, *missing_note(found)], title=title) as (figure, finished):
        axes = figure.subplots()
        axes.axhline(0, color=INK, linewidth=1)
        drawn = sorted((seen for seen in found if seen.value is not None), key=moment)
        for seen in drawn:
            when, colour = moment(seen), COLOURS[0]
            clear = seen.lower is not None and seen.upper is not None and (seen.lower > 0 or seen.upper < 0)
            if seen.lower is not None and seen.upper is not None:
                axes.plot([when, when], [seen.lower, seen.upper], color=colour, linewidth=2, alpha=0.55)
            face = colour if clear else "white"
            axes.plot(when, seen.value or 0.0, "o", color=colour, markersize=6, markerfacecolor=face)
        draw_breaks(axes, marks, found)
        time_axis(axes, found)
        value_axis(axes, found[0].value_kind)
        axes.set_ylabel(value_label(found[0]))
    return finished[0]


def groups_of(seen: Observation) -> list[str]:
    """The labels of the groups of a gap."""
    return [part.label for part in seen.components if part.kind == "group"]


def small_multiples(observations: Iterable[Observation], *, columns: int = 6, title: str | None = None) -> Picture:
    """A small trend for each area. All have the same scale, so that levels and shapes can be compared.

    Areas are in alphabetical order. The grey line behind each is the median of the areas.
    """
    found = of_one_measure(observations)
    areas: dict[str, list[Observation]] = {}
    for seen in found:
        areas.setdefault(seen.area_label, []).append(seen)
    if any(len(series(line)) > 1 for line in areas.values()):
        raise ValueError("small multiples have one line for each area: query the total, on one basis")
    columns = min(columns, len(areas))
    rows = math.ceil(len(areas) / columns)
    middle = medians(found)
    marks, notes = break_notes(found)
    subtitle = f"{len(areas)} areas · {period_span(found)}"
    note = ["Grey: the median of the areas. All panels have the same scale.", *notes, *missing_note(found)]
    width = max(5.0, 1.65 * columns + 0.8)
    with framed(found, 1.3 * rows + 0.2, subtitle, note, title=title, width=width) as (figure, finished):
        panels = grid(figure, rows, columns, len(areas))
        for axes, (name, line) in zip(panels, sorted(areas.items()), strict=True):
            axes.plot(list(middle), list(middle.values()), color="#b5b5b5", linewidth=1)
            if all(seen.value is None for seen in line):
                axes.text(0.5, 0.5, "no value", transform=axes.transAxes, ha="center", fontsize=8, color=MUTED)
            ribbon(axes, line, COLOURS[0], marks, marker="", width=1.4)
            draw_breaks(axes, marks, found, size=7)
            axes.set_title(shortened(name), fontsize=8.5, loc="left", pad=3)
            axes.tick_params(labelsize=7, length=2)
        value_axis(panels[0], found[0].value_kind, ticks=3)
        if found[0].value_kind in FROM_ZERO:
            panels[0].set_ylim(bottom=0)
        few_ticks(panels[0], found)
        figure.supylabel(value_label(found[0]), fontsize=9)
    return finished[0]


def grid(figure: Figure, rows: int, columns: int, count: int) -> list[Axes]:
    """Panels that share their scales. Panels beyond the last area are removed."""
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    flat = list(panels.flat)
    for index, axes in enumerate(flat):
        if index >= count:
            axes.remove()
        elif index + columns >= count:
            axes.tick_params(labelbottom=True)
    return flat[:count]


def series(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """The lines of a picture by name. The names differ."""
    found = list(observations)
    several_areas = len({seen.area for seen in found}) > 1
    several_bases = len({seen.basis for seen in found}) > 1
    lines: dict[str, list[Observation]] = {}
    for seen in found:
        basis = seen.basis.replace("_", " ") if several_bases else ""
        parts = [seen.area_label if several_areas else "", seen.breakdown_label, basis]
        lines.setdefault(", ".join(part for part in parts if part), []).append(seen)
    return {name: sorted(line, key=moment) for name, line in lines.items()}


def moment(seen: Observation) -> float:
    """Position of an observation on the time axis: the last month of a rolling year, the middle of other periods."""
    if seen.period_kind == "rolling year":
        return float(mdates.date2num(seen.period_end.replace(day=1)))
    return float(mdates.date2num(seen.period_start) + mdates.date2num(seen.period_end)) / 2


def ribbon(
    axes: Axes,
    line: Sequence[Observation],
    colour: str,
    breaks: Iterable[datetime.date],
    marker: str = "o",
    width: float = 1.8,
) -> None:
    """A line with its interval behind it. A missing value or a break in the series interrupts both."""
    starts = sorted(float(mdates.date2num(day)) for day in breaks)
    size = 4 if len(line) <= 40 else 0
    parts: dict[int, list[Observation]] = {}
    for seen in sorted(line, key=moment):
        parts.setdefault(sum(start <= moment(seen) for start in starts), []).append(seen)

    def numbers(values: Iterable[float | None]) -> list[float]:
        return [math.nan if value is None else value for value in values]

    for part in parts.values():
        when = [moment(seen) for seen in part]
        lower, upper = numbers(seen.lower for seen in part), numbers(seen.upper for seen in part)
        axes.fill_between(when, lower, upper, color=colour, alpha=0.18, linewidth=0)
        values = numbers(seen.value for seen in part)
        # A ribbon over one point has no width.
        alone = [at for at in range(len(part)) if all(math.isnan(near) for near in neighbours(values, at))]
        for at in alone:
            axes.vlines(when[at], lower[at], upper[at], color=colour, alpha=0.5, linewidth=2.4)
        axes.plot(when, values, color=colour, linewidth=width, marker=marker, markersize=size)


def neighbours(values: Sequence[float], at: int) -> Sequence[float]:
    """The values before and after a value."""
    return [*values[max(at - 1, 0) : at], *values[at + 1 : at + 2]]


def name_at_end(axes: Axes, name: str, line: Sequence[Observation], colour: str) -> None:
    """The name of a line beside its last value."""
    last = next((seen for seen in reversed(line) if seen.value is not None), None)
    if last is not None:
        axes.annotate(
            f"  {name}",
            (moment(last), last.value or 0.0),
            color=colour,
            fontsize=9,
            va="center",
            annotation_clip=False,
        )


def draw_breaks(
    axes: Axes, marks: dict[datetime.date, str], observations: Sequence[Observation], size: float = 9
) -> None:
    """Breaks in the series, each with its letter. The foot explains the letters."""
    first, last = min(map(moment, observations)), max(map(moment, observations))
    for day, mark in marks.items():
        at = float(mdates.date2num(day))
        if first - 31 <= at <= last + 31:
            axes.axvline(at, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
            axes.annotate(
                mark, (at, 1), xycoords=("data", "axes fraction"), xytext=(3, -2), textcoords="offset points",
                fontsize=size, fontweight="bold", color=MUTED, va="top",
            )  # fmt: skip


def time_axis(axes: Axes, observations: Sequence[Observation]) -> None:
    """Ticks of the time axis, in the words of the kind of period."""
    kind = observations[0].period_kind
    if kind in ("calendar year", "financial year", "financial quarter"):
        ticks = dict(sorted({moment(seen): seen.period.removeprefix("CY") for seen in observations}.items()))
        step = max(1, math.ceil(len(ticks) / 10))
        axes.set_xticks(list(ticks)[::step], list(ticks.values())[::step])
        axes.set_xlabel(kind.capitalize())
    elif len({moment(seen) for seen in observations}) <= FEW:
        ticks = {moment(seen): f"{seen.period_end:%B %Y}" for seen in observations}
        axes.set_xticks(list(ticks), list(ticks.values()))
        axes.set_xlabel("12 months to" if kind == "rolling year" else "Month")
    else:
        locator = mdates.AutoDateLocator(minticks=3, maxticks=9)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
        axes.set_xlabel("12 months to" if kind == "rolling year" else "Month")
    axes.margins(x=0.02)


def few_ticks(axes: Axes, observations: Sequence[Observation]) -> None:
    """Years alone, for small panels."""
    years = sorted({seen.period_end.year for seen in observations})
    step = max(1, math.ceil(len(years) / 3))
    first, last = min(map(moment, observations)), max(map(moment, observations))
    ticks = {float(mdates.date2num(datetime.date(year, 1, 1))): f"{year}" for year in years[::step]}
    inside = {at: name for at, name in ticks.items() if first - 20 <= at <= last + 20}
    if not inside:
        inside = {first: f"{mdates.num2date(first):%b %Y}"}
    axes.set_xticks(list(inside), list(inside.values()))


def medians(observations: Iterable[Observation]) -> dict[float, float]:
    """The median of the areas at each time. It needs values of at least half of the areas."""
    values: dict[float, list[float]] = {}
    areas = set()
    for seen in observations:
        areas.add(seen.area)
        if seen.value is not None:
            values.setdefault(moment(seen), []).append(seen.value)
    middle = {}
    for when, found in sorted(values.items()):
        ordered = sorted(found)
        half = len(ordered) // 2
        median = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
        middle[when] = median if 2 * len(ordered) >= len(areas) else math.nan
    return middle


def shortened(name: str) -> str:
    """A name that fits above a small panel."""
    return name if len(name) <= 22 else f"{name[:21]}…"
