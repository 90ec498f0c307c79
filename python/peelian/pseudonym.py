"""Pseudonyms of persons, made before records leave the agency.

Repeat victimisation must know that two records are of one person, and nothing else about the person. A pseudonym has
64 hexadecimal digits. It is the HMAC-SHA-256 of the normalised identity under a linkage key. The pseudonymisation
authority generates the key once, and the agencies of a domain share it. Capitals, accents, spaces and hyphens in names
make no difference. A row that does not identify a person gets no pseudonym, and is counted by reason.

>>> import peelian.pseudonym, tempfile, pathlib
>>> keys = pathlib.Path(tempfile.mkdtemp()) / "keys.toml"
>>> key = peelian.pseudonym.generate_key(keys, "victims-2017", "police-victim")
>>> made = peelian.pseudonym.pseudonyms(
...     keys, forename=["Zoë", "ZOE", "Ann"], surname=["O'Brien", "O’BRIEN", "unknown"],
...     date_of_birth=["1/2/1980", "1980-02-01", "1990-01-01"],
... )
>>> made.values[0] == made.values[1], made.values[2], made.key_id == key.id
(True, None, True)
"""

from __future__ import annotations

import datetime
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from . import _peelian

__all__ = ["LinkageKey", "Pseudonymised", "Pseudonyms", "generate_key", "keys_of", "pseudonymise", "pseudonyms"]

Keys = str | PathLike[str]
"""Path of a file of linkage keys. It is secret: keep it away from the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageKey:
    """A linkage key, without its secret."""

    id: str
    """Value for linkage_key_id: the name and a check value. Pseudonyms link only when it is equal."""
    name: str
    domain: str
    """Domain, within which pseudonyms link: police-victim and so on."""
    identity: str
    """Identity that the key hashes: name-birth-v1 and so on."""
    created_on: str
    parts: tuple[str, ...]
    """Parts of the identity. Each needs a column."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Pseudonyms of the rows of a table."""

    key_id: str
    """Value for linkage_key_id in every row that has a pseudonym."""
    values: list[str | None]
    """The pseudonym of each row. None when the row does not identify a person."""
    without: Mapping[str, int]
    """Number of rows without a pseudonym, by reason."""


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """A CSV without its raw columns."""

    content: bytes
    key_id: str
    rows: int
    pseudonyms: int
    """Rows with a pseudonym."""
    without: Mapping[str, int]
    """Number of rows without a pseudonym, by reason."""


def keys_of(keys: Keys) -> list[LinkageKey]:
    """The keys of a file, without their secrets."""
    found = _peelian.linkage_keys(_read(keys))
    return [LinkageKey(**{**key, "parts": tuple(key["parts"])}) for key in found]


def generate_key(keys: Keys, name: str, domain: str, *, identity: str = "name-birth-v1") -> LinkageKey:
    """Generates a key and adds it to the file of keys.

    A file that does not exist is created. Only its owner can read it. Under a new key everybody has a new pseudonym, so
    measures of repeats have no value until 12 months were submitted under it.

    Raises `ValueError` for a name that is taken, or a domain or an identity that does not exist.
    """
    path = Path(keys)
    held = _read(path) if path.exists() else ""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    text = _peelian.add_linkage_key(held, name, domain, identity, today, secrets.token_bytes(32))
    part = path.with_name(f"{path.name}.part")
    # Written beside it and then renamed: the file of keys is never incomplete, and nobody else can read it.
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
    return next(key for key in keys_of(path) if key.name == name)


def pseudonyms(keys: Keys, *, key: str | None = None, **columns: Iterable[str | None]) -> Pseudonyms:
    """Pseudonyms of rows, whose columns are the parts of the key's identity.

    `columns` are `forename`, `surname` and `date_of_birth` for name-birth-v1, also `postcode` for
    name-birth-postcode-v1, and only `nhs_number` for nhs-number-v1. Each is a list, or a column of a data frame. Dates
    are texts. `key` is the name of a key when the file has several.

    Raises `ValueError` for columns that do not fit the key.
    """
    given = [(part, [None if value is None else str(value) for value in values]) for part, values in columns.items()]
    key_id, values, without = _peelian.pseudonyms(_read(keys), key, given)
    return Pseudonyms(key_id, values, without)


def pseudonymise(
    content: bytes,
    keys: Keys,
    columns: Mapping[str, str],
    *,
    key: str | None = None,
    drop: Sequence[str] = (),
    pseudonym: str = "victim_pid",
    key_id: str = "linkage_key_id",
) -> Pseudonymised:
    """Replaces the raw columns of a CSV by pseudonyms.

    `columns` has the column of the CSV for each part of the identity: `{"forename": "first_name", ...}`. These columns
    and those of `drop` are not written. The columns `pseudonym` and `key_id` take the place of the first.

    Raises `ValueError` for a column that does not exist, and for a remaining column whose name is that of a direct
    identifier.
    """
    given = (list(columns.items()), list(drop), pseudonym, key_id)
    return Pseudonymised(**_peelian.pseudonymise_csv(_read(keys), key, content, given))


def _read(keys: Keys) -> str:
    return Path(keys).read_text(encoding="utf-8")
