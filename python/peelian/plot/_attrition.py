"""The stages of an attrition funnel."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from .._observation import Component, Observation
from ._picture import COLOURS, MUTED, Picture, break_notes, framed, of_one_measure, period_span


def attrition(observations: Iterable[Observation] | Observation, *, title: str | None = None) -> Picture:
    """The stages of an attrition funnel: the number of cases that reach each stage, and the share lost before it.

    Where the unit changes (from crimes to suspects, for example), the bars change colour and no share is shown, because
    the two stages are not comparable.
    """
    found = of_one_measure([observations] if isinstance(observations, Observation) else observations)
    if len(found) > 1:
        raise ValueError(f"a funnel is one observation, not {len(found)}: query one area, one period and one basis")
    seen = found[0]
    stages = [part for part in seen.components if part.kind == "stage"]
    if not stages:
        raise ValueError(f"{seen.measure} has no stages here: {seen.missing or 'it is not a funnel'}")
    _, notes = break_notes(found)
    explained = "Percentages: the share lost since the stage before, with its interval. None where the unit changes."
    subtitle = f"{seen.area_label} · {period_span(found)}"
    with framed(found, 0.62 * len(stages) + 0.2, subtitle, [explained, *notes], title=title) as (figure, finished):
        axes = figure.subplots()
        axes.grid(visible=False)
        largest = max((stage.count or 0 for stage in stages), default=0) or 1
        colour = -1
        unit = ""
        for index, stage in enumerate(stages):
            if stage.unit != unit:
                colour, unit = colour + 1, stage.unit
            axes.barh(index, stage.count or 0, height=0.62, color=COLOURS[colour % len(COLOURS)], alpha=0.85)
            at = ((stage.count or 0) + 0.012 * largest, index)
            axes.annotate(_count(stage), at, va="center", fontsize=9.5, fontweight="bold")
            axes.annotate(
                _lost(stage), at, xytext=(64, 0), textcoords="offset points", va="center", fontsize=8.5, color=MUTED
            )
        axes.set_yticks(range(len(stages)), [_name(stage) for stage in stages], fontsize=8.5)
        axes.invert_yaxis()
        axes.set_xlim(0, largest * 1.42)
        axes.tick_params(left=False, bottom=False, labelbottom=False)
        axes.spines["bottom"].set_visible(False)
    return finished[0]


def _name(stage: Component) -> str:
    """The title of a stage, in lines that leave room for the bars, and its unit."""
    return "\n".join([*textwrap.wrap(stage.label, 36), f"({stage.unit})"])


def _count(stage: Component) -> str:
    return "not known" if stage.count is None else f"{stage.count:,}"


def _lost(stage: Component) -> str:
    if stage.unit_change:
        return "another unit from here"
    if stage.value is None:
        return ""
    lost = f"−{stage.value:.0%}" if stage.value >= 0 else f"+{-stage.value:.0%}"
    if stage.lower is None or stage.upper is None:
        return lost
    return f"{lost} ({stage.lower:.0%} to {stage.upper:.0%})"
