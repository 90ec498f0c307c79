"""Where cases fall out of the system."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from .._results import FunnelStep, Observation
from ._picture import COLOURS, MUTED, Picture, break_notes, framed, given, span


def funnel(observations: Iterable[Observation] | Observation) -> Picture:
    """The stages of an attrition funnel: how many cases reach each, and which share is lost on the way there.

    Where what is counted changes (from crimes to suspects, say), the bars change colour and no share is given: the
    two sides do not compare.
    """
    found = given([observations] if isinstance(observations, Observation) else observations)
    if len(found) > 1:
        raise ValueError(f"a funnel is one observation, not {len(found)}: ask for one area, period and basis")
    seen = found[0]
    if not seen.funnel:
        raise ValueError(f"{seen.measure} has no stages here: {seen.missing or 'it is not a funnel'}")
    _, notes = break_notes(found)
    explained = "Percentages: the share lost since the stage before, with its interval; none where the unit changes."
    subtitle = f"{seen.area_label} · {span(found)}"
    with framed(found, 0.62 * len(seen.funnel) + 0.2, subtitle, [explained, *notes]) as (figure, finished):
        axes = figure.subplots()
        axes.grid(visible=False)
        largest = max((step.count or 0 for step in seen.funnel), default=0) or 1
        colour = -1
        unit = ""
        for index, step in enumerate(seen.funnel):
            if step.unit != unit:
                colour, unit = colour + 1, step.unit
            axes.barh(index, step.count or 0, height=0.62, color=COLOURS[colour % len(COLOURS)], alpha=0.85)
            at = ((step.count or 0) + 0.012 * largest, index)
            axes.annotate(_count(step), at, va="center", fontsize=9.5, fontweight="bold")
            axes.annotate(
                _lost(step), at, xytext=(64, 0), textcoords="offset points", va="center", fontsize=8.5, color=MUTED
            )
        axes.set_yticks(range(len(seen.funnel)), [_name(step) for step in seen.funnel], fontsize=8.5)
        axes.invert_yaxis()
        axes.set_xlim(0, largest * 1.42)
        axes.tick_params(left=False, bottom=False, labelbottom=False)
        axes.spines["bottom"].set_visible(False)
    return finished[0]


def _name(step: FunnelStep) -> str:
    """A stage's title in lines that leave room for the bars, and what is counted there."""
    return "\n".join([*textwrap.wrap(step.title, 36), f"({step.unit})"])


def _count(step: FunnelStep) -> str:
    return "not known" if step.count is None else f"{step.count:,}"


def _lost(step: FunnelStep) -> str:
    if step.unit_change:
        return "another unit from here"
    if step.attrition is None:
        return ""
    lost = f"−{step.attrition:.0%}" if step.attrition >= 0 else f"+{-step.attrition:.0%}"
    if step.lower is None or step.upper is None:
        return lost
    return f"{lost} ({step.lower:.0%} to {step.upper:.0%})"
