"""Lists of records, which a notebook shows as tables and any data frame library reads."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, overload

if TYPE_CHECKING:
    import pandas
    from _typeshed import DataclassInstance

__all__ = ["Listing"]

T = TypeVar("T", bound="DataclassInstance")


class Listing(Sequence[T]):
    """Records of one data class, in their order. A notebook shows them as a table."""

    _record: ClassVar[type[DataclassInstance]]
    """The data class."""
    _shown: ClassVar[tuple[str, ...]]
    """Fields that a notebook shows."""

    def __init__(self, found: Iterable[T] = ()) -> None:
        self._found = tuple(found)

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[T]:
        return iter(self._found)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> T | Self:
        return type(self)(self._found[index]) if isinstance(index, slice) else self._found[index]

    def __eq__(self, other: object) -> bool:
        return self._found == other._found if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._found)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in self._shown)
        rows = ("".join(f"<td>{_cell(getattr(one, name))}</td>" for name in self._shown) for one in self)
        return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dictionary for each record. Any data frame library makes a table of them."""
        return [asdict(one) for one in self]

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame with a row for each record."""
        import pandas

        return pandas.DataFrame(self.to_dicts(), columns=[field.name for field in fields(self._record)])


def _cell(value: object) -> str:
    return "" if value is None else html.escape(str(value))
