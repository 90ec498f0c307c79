"""Numbers as the functions take them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy


class _Array(Protocol):
    def __array__(self) -> "numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float64]]": ...


Array: TypeAlias = _Array | Sequence[float]
"""A number for each case."""

Numbers: TypeAlias = float | _Array | Sequence[float]
"""One number, or a number for each case."""
