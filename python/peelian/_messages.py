"""Parts of the contract's messages as Python values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

__all__ = ["identifier", "moment"]


def identifier(name: str) -> str:
    """The identifier of a resource name: "mps" of "agencies/mps"."""
    return name.rpartition("/")[2]


def moment(stamp: Mapping[str, int] | None) -> datetime.datetime | None:
    """An instant of the contract, in UTC."""
    if stamp is None:
        return None
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return start + datetime.timedelta(seconds=stamp["seconds"], microseconds=stamp["nanos"] // 1000)
