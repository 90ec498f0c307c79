"""Disclosure control: protect a table of counts before it is published, and attack one that is.

`protect` suppresses small counts, and as few other cells as it finds, until an outsider can neither work out a suppressed
cell nor enclose a small count too narrowly. All the table's sums are one system: areas in several hierarchies, rolling
periods, breakdowns and their crosses. `audit` is an attacker. It reads a published table alone.

>>> import polars, peelian
>>> counts = polars.DataFrame({
...     "area": ["Camden", "Camden", "Islington", "Islington"],
...     "crime": ["arson", "theft", "arson", "theft"],
...     "count": [3, 40, 9, 60],
... })
>>> dimensions = {"area": "both", "crime": "all"}
>>> found = peelian.disclosure.protect(counts, dimensions, max_n=4)
>>> found.summary.primary, found.summary.secondary, found.summary.safe
(1, 3, True)
>>> peelian.disclosure.audit(found.cells, dimensions, max_n=4).safe
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _peelian
from ._results import ArrowTable
from .errors import DisclosureError

if TYPE_CHECKING:
    from ._rows import ArrowStream

__all__ = ["Audit", "Cells", "Dimension", "Earlier", "Protected", "Share", "Summary", "audit", "protect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """The codes of a column that are sums of others. The other codes of the column are the finest."""

    total: str | None = None
    """Code of the sum of all finest codes. None when no such sum is published."""
    hierarchies: Sequence[Mapping[str, str]] = ()
    """Hierarchies over the finest codes, each from a code to its parent. A parent may have a parent."""
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Other sums, from a code to its members: rolling years of months, for example. They may overlap."""
    hidden: Sequence[str] = ()
    """Codes whose cells are not published. No rule is applied to them, so the difference of two published cells can be a
    small count of a hidden code."""
    codes: Sequence[str] = ()
    """Finest codes that may be missing in the table, when it has sums alone."""
    flags: bool = False
    """Whether a case may have several of the codes, such as strands of hate crime. `total` is then the number of cases
    with any. It is not the sum of the others, and the table has rows of it."""


Dimensions: TypeAlias = "Mapping[str, Dimension | str | None]"
"""The columns of codes. A text is the code of the total, as in Dimension(total=...)."""

Codes: TypeAlias = "Sequence[str]"
"""The codes of a cell, in the order of the dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A table that was published earlier and covers rows of this one."""

    published: ArrowStream
    """The table as it was published: the columns of codes, `value` and `status`."""
    revised: ArrowStream | None = None
    """The rows whose count was another then, with that count. Other rows had the same count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A percentage that is published beside the cells."""

    numerator: Codes
    denominator: Codes
    decimals: int = 1
    """0 to 3. A half is rounded up."""


class Cells(ArrowTable):
    """A table of cells, one in each row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What protection cost."""

    cells: int
    """Cells of the table, published or suppressed."""
    primary: int
    """Cells that a rule suppresses."""
    secondary: int
    """Cells that are suppressed so that no other can be worked out."""
    further: int
    """Cells that are suppressed so that no other can be enclosed too narrowly."""
    released: int
    """Secondary cells that turned out to protect nothing, and are published."""
    suppressed_sum: int
    """The sum of the suppressed cells."""
    sum: int
    """The sum of all cells."""
    components: int
    """Groups of unknown finest cells that hang together."""
    largest_component: int
    """Unknown finest cells in the largest group."""
    unprotected: list[list[str]]
    """Codes of the cells that cannot be protected, because cells that must be published give them away."""

    @property
    def safe(self) -> bool:
        """Whether every suppressed cell has its protection."""
        return not self.unprotected


@dataclass(frozen=True, slots=True)
class Protected:
    """A protected table."""

    cells: Cells
    """Every cell with its value or none, its status (A small count, O and T dominance, S secondary, D withheld, F free),
    the reason, and two values `low` and `high` that an outsider must both consider. Not for publication."""
    published: Cells
    """Every cell as it may be published: codes, value and status. If reasons are not published, every suppressed cell has
    the status C."""
    shares: list[float | None]
    """The percentages in their order. None for one of which a part is suppressed or the denominator is 0."""
    summary: Summary


@dataclass(frozen=True, slots=True)
class Audit:
    """What an attacker found out."""

    enclosed: Cells
    """Every suppressed cell with the least and the greatest value that it can have. Where no published sum limits a cell,
    its greatest value is a number far above all that is published."""
    recoverable: list[list[str]]
    """Codes of the suppressed cells that have only one possible value."""
    narrow: list[list[str]]
    """Codes of the primary cells whose interval is narrower than required. A table with status C alone has none: it does
    not tell which cells are primary."""
    small: list[list[str]]
    """Codes of the published cells with a count of 1 to `max_n`, which need no attack."""

    @property
    def safe(self) -> bool:
        """Whether no small count is published, and the attacker found nothing."""
        return not self.recoverable and not self.narrow and not self.small


def protect(
    table: ArrowStream,
    dimensions: Dimensions,
    *,
    count: str | None = "count",
    max_n: int = 4,
    zeros_published: bool = True,
    reasons_published: bool = False,
    width: int | None = None,
    rounding: int | None = None,
    group: tuple[str, int] | None = None,
    base: tuple[str, str, int] | None = None,
    contributor: str | None = None,
    nk: tuple[int, float] | None = None,
    p: float | None = None,
    publish: Iterable[Sequence[str]] = (),
    keep: Iterable[Codes] = (),
    withhold: Iterable[Codes] = (),
    shares: Iterable[Share] = (),
    earlier: Iterable[Earlier] = (),
) -> Protected:
    """Protects a table of pyarrow, Polars, pandas or DuckDB before it is published.

    The rows have the finest codes of each dimension, and a whole number in the column `count`. Rows with the same codes are
    added up. With `count=None` each row is one case. A combination of codes without a row counts as known to be empty.

    - `max_n`: counts of 1 to this number are suppressed.
    - `zeros_published`: if False, zeros are suppressed as small counts are.
    - `reasons_published`: whether readers see why a cell is suppressed. Then small counts are known to be small, which
      costs more cells, and some tables cannot be protected.
    - `width`: how wide an outsider's interval must be at least. By default as wide as "1 to max_n".
    - `rounding`: published values are rounded to the nearest multiple.
    - `group`: a dimension and a number k. A cell is suppressed if all but k of its total are in it.
    - `base`: a dimension, its code of denominators, and the least denominator that is published.
    - `contributor`: for a table of magnitudes, the column that names who contributes a row's value. `nk` is the rule (n, k
      per cent), and `p` the rule of p per cent.
    - `publish`: the tables that are published, each as names of dimensions. By default one of all dimensions.
    - `keep` and `withhold`: cells that must be published, and cells that the agency withholds.
    - `shares`: percentages that are published beside the cells. They are computed from the exact counts, and withheld with
      their parts.
    - `earlier`: tables that were published before.

    Raises `DisclosureError` if the table contradicts itself, and `ValueError` for a column that is not there.
    """
    policy = _policy(max_n, zeros_published, reasons_published, width, rounding)
    policy |= {"group": group, "base": base, "nk": nk, "p": p}
    rows = {
        "count": count,
        "contributor": contributor,
        "publish": [list(names) for names in publish],
        "keep": [list(codes) for codes in keep],
        "withhold": [list(codes) for codes in withhold],
        "shares": [(list(one.numerator), list(one.denominator), one.decimals) for one in shares],
    }
    before = [(one.published, one.revised) for one in earlier]
    made = _peelian.protect_table(table, _dimensions(dimensions), policy, rows, before)
    return Protected(Cells(made["cells"]), Cells(made["published"]), made["shares"], Summary(**made["summary"]))


def audit(
    table: ArrowStream,
    dimensions: Dimensions,
    *,
    max_n: int = 4,
    zeros_published: bool = True,
    reasons_published: bool = False,
    width: int | None = None,
    rounding: int | None = None,
    shares: Iterable[tuple[Share, float]] = (),
) -> Audit:
    """Attacks a published table: what can a reader work out of its suppressed cells?

    The table has the columns of codes, `value` (missing for a suppressed cell) and `status`, as `Protected.published` has
    them. The attack shares no code with `protect`, so it also checks tables that were protected elsewhere. The arguments
    say what a reader knows; they mean what they mean for `protect`. The cells of a magnitude table are no counts: its
    `max_n` is 0. `Protected.cells` can be attacked too: its status tells which cells are primary, so their width is checked
    as well. `shares` are published percentages with their values.

    Raises `DisclosureError` where the attack meets values that contradict each other.
    """
    policy = _policy(max_n, zeros_published, reasons_published, width, rounding)
    policy |= {"group": None, "base": None, "nk": None, "p": None}
    told = [(list(one.numerator), list(one.denominator), value, one.decimals) for one, value in shares]
    made = _peelian.audit_table(table, _dimensions(dimensions), policy, told)
    return Audit(Cells(made["enclosed"]), made["recoverable"], made["narrow"], made["small"])


def _policy(
    max_n: int, zeros_published: bool, reasons_published: bool, width: int | None, rounding: int | None
) -> dict[str, Any]:
    for name, number in (("max_n", max_n), ("width", width), ("rounding", rounding)):
        if number is not None and number < 0:
            raise DisclosureError(f"{name} must not be below 0, and is {number}")
    return {
        "max_n": max_n,
        "zeros_published": zeros_published,
        "reasons_published": reasons_published,
        "width": width,
        "rounding": rounding,
    }


def _dimensions(dimensions: Dimensions) -> list[dict[str, Any]]:
    return [_dimension(name, given) for name, given in dimensions.items()]


def _dimension(name: str, given: Dimension | str | None) -> dict[str, Any]:
    one = given if isinstance(given, Dimension) else Dimension(total=given)
    return {
        "name": name,
        "codes": list(one.codes),
        "total": one.total,
        "flags": one.flags,
        "hierarchies": [list(pairs.items()) for pairs in one.hierarchies],
        "groups": [(code, list(members)) for code, members in one.groups.items()],
        "hidden": list(one.hidden),
    }
