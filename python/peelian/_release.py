"""Releases: what the exchange has published."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._listing import Listing
from ._messages import identifier, moment

__all__ = ["Release", "Releases", "release_name", "write_folder"]

PREFIX = "releases/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A frozen, protected set of observations."""

    id: str
    """Identifier: "2017-03"."""
    title: str
    state: str
    """draft, approved, published, superseded or discarded."""
    ledger_position: int
    """State of the ledger from which it was computed."""
    published_at: datetime.datetime | None
    """When it was first published; None if it was not."""
    supersedes: str
    """Release whose place it took; empty if it stands beside the others."""
    superseded_by: str
    """Release that has taken its place; empty if none has."""
    reason: str
    """Why it took the place of another."""
    measures: tuple[str, ...]
    observations: int
    withheld: int
    """Observations that are withheld to protect people."""
    manifest_sha256: str
    """SHA-256 of its file manifest.json, which has the hashes of all other files."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Release:
        """The contract's message as a release."""
        summary = message["summary"] or {"observations": 0, "withheld": 0}
        return cls(
            id=identifier(message["name"]),
            title=message["title"],
            state=message["state"],
            ledger_position=message["ledger_position"],
            published_at=moment(message["published_at"]),
            supersedes=identifier(message["supersedes"]),
            superseded_by=identifier(message["superseded_by"]),
            reason=message["reason"],
            measures=tuple(message["plan"]["measures"]) if message["plan"] else (),
            observations=summary["observations"],
            withheld=summary["withheld"],
            manifest_sha256=message["manifest_sha256"],
        )


class Releases(Listing[Release]):
    """Releases, the latest first. A notebook shows them as a table."""

    _record = Release
    _shown = ("id", "title", "state", "published_at", "observations", "withheld")

    @classmethod
    def of(cls, messages: Iterable[Mapping[str, Any]]) -> Releases:
        """The contract's messages as releases."""
        return cls(map(Release.of, messages))

    def __repr__(self) -> str:
        return "\n".join(f"{one.id}  {one.title}  {one.state}" for one in self) or "no releases"


def release_name(given: str) -> str:
    """The name in the contract of a release that is given by its identifier or its name. Empty for no release."""
    return given if not given or given.startswith(PREFIX) else PREFIX + given


def write_folder(files: Iterable[tuple[str, bytes]], folder: str | os.PathLike[str]) -> Path:
    """Writes the files of a release to a new folder."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    for name, content in files:
        if Path(name).name != name:
            raise ValueError(f"the exchange names a file {name!r}, which is no name of a file")
        (folder / name).write_bytes(content)
    return folder
