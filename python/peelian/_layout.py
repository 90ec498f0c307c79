"""Tables that fit a width. No word is cut, so no number loses a digit and no label is lost."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

__all__ = ["fitting"]

NUMBERS = ("Value", "Interval", "From")
# Stays in the table when all rows have the same text.
STAYS = "Value"
# Spaces between two columns: rich pads each side of a cell with one.
GAP = 2


def fitting(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> RenderableType:
    """Rows as a table that fits the width.

    A column with one text in all rows becomes a line above the table, and an empty column is left out. If the table is
    too narrow for its words, each row becomes a block of lines.
    """
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    columns = {name: cells for name, cells in columns.items() if name == STAYS or any(cells)}
    same = [name for name, cells in columns.items() if name != STAYS and len(cells) > 1 and len({*cells}) == 1]
    above: list[RenderableType] = [_lines([(name, columns.pop(name)[0]) for name in same]), ""] if same else []
    widths = _widths(columns, width)
    if widths is None:
        for row in zip(*columns.values(), strict=True):
            above += [_lines(list(zip(columns, row, strict=True))), ""]
        return Group(*above)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in NUMBERS else "left", overflow="fold", width=widths[name])
    for row in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, row))
    return Group(*above, table)


def _lines(pairs: Sequence[tuple[str, str]]) -> Table:
    """Names and texts, one pair after another. A text that does not fit continues below itself."""
    lines = Table.grid(padding=(0, 1))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    for name, text in pairs:
        if text:
            lines.add_row(Text(f"{name}:", "bold"), Text(text))
    return lines


def _widths(columns: dict[str, list[str]], width: int) -> dict[str, int] | None:
    """The width of each column, so that all fit. None when a word would be cut."""
    texts = {name: [name, *cells] for name, cells in columns.items()}
    wide = {name: max(map(cell_len, found)) for name, found in texts.items()}
    least = {name: max(cell_len(word) for text in found for word in text.split()) for name, found in texts.items()}
    left = width - GAP * (len(columns) - 1)
    if sum(least.values()) > left:
        return None
    while sum(wide.values()) > left:
        # The column with the most room gives way.
        wide[max(wide, key=lambda name: wide[name] - least[name])] -= 1
    return wide
