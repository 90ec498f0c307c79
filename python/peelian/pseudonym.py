"""Pseudonyms of persons, made before records leave the agency.

Repeat victimisation needs to know that two records are of one person, and nothing else about them. Each person
becomes 64 hexadecimal digits: HMAC-SHA-256 of the normalised identity under a linkage key, which the pseudonymisation
authority generates once and the agencies of a domain share. Names are the same however they are spelt in capitals,
accents, spaces or hyphens; a row that does not say who the person is gets no pseudonym, and is counted by reason.

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
    """What goes into linkage_key_id: the name and a check value. Pseudonyms link only where it is equal."""
    name: str
    domain: str
    """Whose pseudonyms may meet: police-victim and so on."""
    identity: str
    """What it hashes: name-birth-v1 and so on."""
    created_on: str
    parts: tuple[str, ...]
    """Parts of the identity, of which each needs a column."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Pseudonyms of the rows of a table."""

    key_id: str
    """Value for linkage_key_id in every row that has a pseudonym."""
    values: list[str | None]
    """For each row its pseudonym; None where the row does not say who the person is."""
    without: Mapping[str, int]
    """How many rows have none, by reason."""


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """A CSV without its raw columns."""

    content: bytes
    key_id: str
    rows: int
    pseudonyms: int
    """Rows with a pseudonym."""
    without: Mapping[str, int]
    """How many rows have none, by reason."""


def keys_of(keys: Keys) -> list[LinkageKey]:
    """The keys of a file, without their secrets."""
    found = _peelian.linkage_keys(_read(keys))
    return [LinkageKey(**{**key, "parts": tuple(key["parts"])}) for key in found]


def generate_key(keys: Keys, name: str, domain: str, *, identity: str = "name-birth-v1") -> LinkageKey:
    """Generates a key and adds it to the file of keys, which is made, for its owner's eyes only, if it is not there.

    Under a new key everybody has a new pseudonym: measures of repeats have no value until 12 months were sent under
    it.

    Raises `ValueError` for a name that is taken, or a domain or an identity that does not exist.
    """
    path = Path(keys)
    held = _read(path) if path.exists() else ""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    text = _peelian.add_linkage_key(held, name, domain, identity, today, secrets.token_bytes(32))
    part = path.with_name(f"{path.name}.part")
    # Beside it first: a file of keys is whole or not there, and nobody else ever reads it.
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
    return next(key for key in keys_of(path) if key.name == name)


def pseudonyms(keys: Keys, *, key: str | None = None, **columns: Iterable[str | None]) -> Pseudonyms:
    """Pseudonyms of the rows of columns, given by the parts of the key's identity.

    `columns` are `forename`, `surname` and `date_of_birth` for name-birth-v1, also `postcode` for
    name-birth-postcode-v1, and `nhs_number` alone for nhs-number-v1: lists, or columns of any data frame. Dates are
    text. `key` names a key where the file has several.

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

    `columns` says which column of the CSV is which part of the identity: `{"forename": "first_name", ...}`. None of
    them is written, nor are those of `drop`; in place of the first stand `pseudonym` and `key_id`.

    Raises `ValueError` for a column that is not there, or one that would be left and is by its name a direct
    identifier.
    """
    given = (list(columns.items()), list(drop), pseudonym, key_id)
    return Pseudonymised(**_peelian.pseudonymise_csv(_read(keys), key, content, given))


def _read(keys: Keys) -> str:
    return Path(keys).read_text(encoding="utf-8")
