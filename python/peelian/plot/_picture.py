"""The parts of every picture: style, titles and foot."""

from __future__ import annotations

import datetime
import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .. import _format
from .._observation import Observation

# Okabe and Ito (2008): eight colours that people with any common form of colour vision can tell apart. Without black,
# because it is the colour of text, and yellow, because it is too light for a line.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK, MUTED, GRID, WARNING = "#1a1a1a", "#595959", "#dddddd", "#B00020"
WIDTH = 8.0
# The agency of rows in memory.
LOCAL = "local"
# Persons in the names of methods.
PERSONS = {"wilson", "byar", "poisson", "newcombe", "wald", "dobson", "student"}
# What the axis of a count shows, by the unit.
# Kinds of value whose axis begins at zero: a bar or a line of counts and rates is read by its length.
FROM_ZERO = ("count", "rate_per_100", "rate_per_1k", "rate_per_10k", "rate_per_100k")

COUNTED = {
    "attendance": "Attendances",
    "crime": "Crimes recorded",
    "defendant": "Defendants",
    "incident": "Incidents",
    "person": "People",
    "respondent": "Respondents",
    "suspect": "Suspects",
    "trial listing": "Trials listed",
    "victim": "Victims",
}
# Dots and points per inch.
DOTS = 150
POINTS = 72
# Forms of files, each with the metadata that would make the same picture differ from day to day or from version to version.
UNDATED: dict[str, dict[str, Any]] = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
# Size of the text at the foot, in points, and its margins, in inches.
FOOT_SIZE = 7.8
MARGINS = 0.24
# Characters per inch of width in a line of the title.
TITLE_CHARACTERS = 7.6

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.8,
    # Text stays text, so that an SVG can be searched and read aloud. The salt makes the same picture the same bytes.
    "svg.fonttype": "none",
    "svg.hashsalt": "peelian",
}


class Picture:
    """A finished picture. A notebook shows it and `save` writes it. `figure` is the figure of matplotlib."""

    def __init__(self, figure: Figure, description: str) -> None:
        self.figure = figure
        self.description = description
        """The title, the area and the period in one line, as alternative text of the picture."""

    def __repr__(self) -> str:
        return f"<Picture: {self.description}>"

    def _render(self, form: str) -> bytes:
        out = io.BytesIO()
        metadata = {"Title": self.description, **UNDATED[form]}
        with matplotlib.rc_context(STYLE):
            self.figure.savefig(out, format=form, dpi=DOTS, facecolor="white", metadata=metadata)
        return out.getvalue()

    def png(self) -> bytes:
        """The picture as PNG, with 150 dots per inch."""
        return self._render("png")

    def svg(self) -> str:
        """The picture as SVG."""
        return self._render("svg").decode()

    def pdf(self) -> bytes:
        """The picture as PDF."""
        return self._render("pdf")

    def save(self, path: str | PathLike[str]) -> None:
        """Writes a .png, .svg or .pdf file."""
        form = str(path).rpartition(".")[2].lower()
        if form not in UNDATED:
            raise ValueError(f"{path} ends in none of {', '.join(f'.{known}' for known in UNDATED)}")
        with Path(path).open("wb") as file:
            file.write(self._render(form))

    def _repr_png_(self) -> bytes:
        return self.png()


@contextmanager
def framed(
    observations: Sequence[Observation],
    height: float,
    subtitle: str,
    notes: Iterable[str] = (),
    *,
    title: str | None = None,
    width: float = WIDTH,
) -> Iterator[tuple[Figure, list[Picture]]]:
    """A figure with titles and foot, to draw in. The finished picture is appended to the list."""
    with matplotlib.rc_context(STYLE):
        title = title or observations[0].measure_label
        lines = textwrap.wrap(title, int(width * TITLE_CHARACTERS))
        synthetic = any(seen.synthetic for seen in observations)
        foot = [line for note in (*notes, provenance(observations)) for line in wrapped(note, width)]
        heading = 0.28 * len(lines)
        head = heading + (0.67 if synthetic else 0.44)
        below = 0.18 + 0.165 * len(foot)
        total = height + head + below
        layout = ConstrainedLayoutEngine(rect=(0.01, below / total, 0.98, height / total))
        figure = Figure(figsize=(width, total), dpi=DOTS, layout=layout)
        top = (total - 0.12) / total
        figure.text(0.015, top, "\n".join(lines), fontsize=14, fontweight="bold", va="top")
        figure.text(0.015, top - (heading + 0.02) / total, subtitle, fontsize=10.5, color=MUTED, va="top")
        if synthetic:
            label = "SYNTHETIC: made-up records, not facts about London"
            figure.text(
                0.015, top - (heading + 0.26) / total, label, fontsize=10, fontweight="bold", color=WARNING, va="top"
            )
        figure.text(
            0.015, 0.08 / total, "\n".join(foot), fontsize=FOOT_SIZE, color=MUTED, va="bottom", linespacing=1.3
        )
        finished: list[Picture] = []
        yield figure, finished
        # The layout is computed once: each drawing would move the parts slightly, and the bytes would differ.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        finished.append(Picture(figure, f"{title}. {subtitle}{'. Synthetic.' if synthetic else ''}"))


def wrapped(text: str, width: float) -> list[str]:
    """A note in lines that fit into a picture of so many inches."""
    font = FontProperties(family=STYLE["font.family"], size=FOOT_SIZE)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        points, _, _ = text_to_path.get_text_width_height_descent(longer, font, ismath=False)
        if lines[-1] and points > (width - MARGINS) * POINTS:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def of_one_measure(observations: Iterable[Observation]) -> list[Observation]:
    """The observations as a list. There must be at least one, and all must be of one measure."""
    found = list(observations)
    if not found:
        raise ValueError("there are no observations to draw")
    measures = dict.fromkeys(seen.measure for seen in found)
    if len(measures) > 1:
        raise ValueError(f"a picture has one measure, not {len(measures)}: {', '.join(measures)}")
    return found


def of_one_period(observations: Iterable[Observation], what: str) -> list[Observation]:
    """The observations of one measure, which must be of one period, one breakdown and one basis."""
    found = of_one_measure(observations)
    if len({(seen.period, seen.breakdown, seen.basis) for seen in found}) > 1:
        raise ValueError(f"{what} has one period, one breakdown and one basis: query one of each")
    return found


def provenance(observations: Sequence[Observation]) -> str:
    """Source, basis and release, and the methods of the intervals."""
    sources = list(dict.fromkeys(_source(seen.sources) for seen in observations if seen.sources))
    bases = list(dict.fromkeys(_format.BASES[seen.basis] for seen in observations))
    methods = list(dict.fromkeys(method_name(seen.method) for seen in observations if seen.method))
    levels = list(dict.fromkeys(seen.confidence for seen in observations if seen.confidence))
    parts = [
        f"Source: {'; '.join(sources[:3]) or 'none'}{' and others' if len(sources) > 3 else ''}",
        f"{' and '.join(bases).capitalize()}, version {observations[0].measure_version} of the definition",
        _standing(observations),
    ]
    if methods:
        parts.append(f"{' and '.join(f'{level * 100:.6g}%' for level in levels)} intervals: {', '.join(methods)}")
    markers = list(dict.fromkeys(mark for seen in observations for mark in seen.marker.split()))
    meanings = {"[p]": "provisional", "[r]": "revised", "[b]": "break in the series", "[low]": "low reliability"}
    parts += [f"{mark} {meanings[mark]}" for mark in markers if mark in meanings]
    return ". ".join(part[0].upper() + part[1:] for part in parts) + "."


def _source(text: str) -> str:
    """A source for readers. Records of this process have no name of an agency."""
    return "own records, not submitted" if text == LOCAL else text.removeprefix(f"{LOCAL}: ")


def _standing(observations: Sequence[Observation]) -> str:
    """Where the values were read. Rows in memory have no ledger."""
    sources = {seen.sources for seen in observations if seen.sources}
    if all(text == LOCAL or text.startswith(f"{LOCAL}: ") for text in sources):
        return "from rows in memory, not a release"
    position = max(seen.ledger_position for seen in observations)
    return f"live figures at ledger position {position}, not a release"


def method_name(method: str) -> str:
    """The name of a method of an interval as statisticians write it: persons have capitals."""
    return " ".join(word.capitalize() if word in PERSONS else word for word in method.split("_"))


def missing_note(observations: Iterable[Observation], *, named: bool = False) -> list[str]:
    """The number of values that are not drawn, with the reasons; `named` says of which areas."""
    why: dict[str, list[str]] = {}
    for seen in observations:
        if seen.value is None:
            why.setdefault(_format.value(seen), []).append(seen.area_label)
    if not why:
        return []
    told = []
    for reason, labels in why.items():
        areas = f" ({', '.join(sorted(labels))})" if named else ""
        told.append(f"{len(labels)} {reason}{areas}")
    return [f"Not drawn because there is no value: {', '.join(told)}."]


def break_notes(observations: Iterable[Observation]) -> tuple[dict[datetime.date, str], list[str]]:
    """Breaks in the series: the mark of each by its day, and what it is."""
    texts = {text for seen in observations for text in seen.breaks.split("; ") if text[:10].count("-") == 2}
    marks = {}
    notes = []
    for index, text in enumerate(sorted(texts)):
        day, _, reason = text.partition(": ")
        mark = chr(ord("A") + index)
        marks[datetime.date.fromisoformat(day)] = mark
        notes.append(f"{mark}, from {day_text(datetime.date.fromisoformat(day))}: break in the series. {reason}.")
    return marks, notes


def day_text(day: datetime.date) -> str:
    """A day as people write it."""
    return f"{day.day} {day:%B %Y}"


def period_span(observations: Sequence[Observation]) -> str:
    """First to last period, in words."""
    ordered = sorted(observations, key=lambda seen: seen.period_start)
    first, last = ordered[0], ordered[-1]
    if first.period_kind == "rolling year":
        to = f"{last.period_end:%B %Y}"
        return (
            f"12 months to {to}" if first.period == last.period else f"12 months to {first.period_end:%B %Y} … {to}"
        )
    if first.period_kind == "month":
        names = [f"{seen.period_start:%B %Y}" for seen in (first, last)]
    else:
        names = [f"{first.period_kind} {seen.period.removeprefix('CY')}" for seen in (first, last)]
        names[1] = names[1].removeprefix(f"{first.period_kind} ") if names[0] != names[1] else names[1]
        names[0] = names[0][0].upper() + names[0][1:]
    return names[0] if first.period == last.period else f"{names[0]} to {names[1]}"


def value_axis(axes: Axes, kind: str, which: str = "y", ticks: int = 6) -> None:
    """Ticks in the measure's unit."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10], integer=kind == "count"))

    def text(value: float, _: object) -> str:
        # A tick is a round number but for the last bits: so many digits keep all of it.
        if kind == "count":
            return f"{value:,.0f}"
        shown = round(value * 100 if kind == "proportion" else value, 6)
        if kind == "proportion":
            return f"{shown:g}%"
        return f"{shown:+g}" if kind == "percentage_points" and shown else f"{shown:g}"

    axis.set_major_formatter(FuncFormatter(text))


def value_label(seen: Observation) -> str:
    """What the value axis shows."""
    return {
        "count": COUNTED.get(seen.unit, f"Number (unit: {seen.unit})"),
        "proportion": "Share",
        "percentage_points": "Percentage points",
        "days": "Days",
        "rate_per_1k": "For each 1,000 residents",
        "rate_per_10k": "For each 10,000 residents",
        "rate_per_100k": "For each 100,000 residents",
        "rate_per_100": f"For each 100 (unit: {seen.unit})",
        "index": "Index (reference: 100)",
        "score": "Score for each resident",
        "ratio": "Ratio",
    }.get(seen.value_kind, seen.unit)
