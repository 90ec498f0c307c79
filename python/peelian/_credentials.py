"""Whom a connection trusts, and how it says who the caller is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypedDict

from ._keywords import check_keywords
from .errors import CredentialsError

__all__ = ["DEFAULTS", "Credentials", "credentials"]

DEFAULTS: Mapping[str, object] = {"ca": None, "certificate": None, "key": None, "token": None, "token_file": None}


class Credentials(TypedDict, total=False):
    """The credentials of a connection."""

    ca: str | os.PathLike[str] | None
    certificate: str | os.PathLike[str] | None
    key: str | os.PathLike[str] | None
    token: str | None
    token_file: str | os.PathLike[str] | None


def credentials(given: Credentials) -> dict[str, str | None]:
    """The credentials given. What is not given comes from variables of the environment."""
    check_keywords("connect", given, Credentials, DEFAULTS)
    stated: Mapping[str, Any] = given
    found: dict[str, str] = {name: os.fspath(value) for name in DEFAULTS if (value := stated.get(name))}
    # One of the two names a pair, so it is taken from one place.
    if not found.keys() & {"certificate", "key"}:
        found |= _environment("certificate", "key")
    if not found.keys() & {"token", "token_file"}:
        found |= _environment("token", "token_file")
    if "ca" not in found:
        found |= _environment("ca")
    if ("certificate" in found) != ("key" in found):
        raise CredentialsError("a certificate and its private key come together: give certificate and key")
    if {"token", "token_file"} <= found.keys():
        raise CredentialsError("there are two tokens: give token or token_file (PEELIAN_TOKEN or PEELIAN_TOKEN_FILE)")
    return {name: found.get(name) for name in DEFAULTS}


def _environment(*names: str) -> dict[str, str]:
    return {name: value for name in names if (value := os.environ.get(f"PEELIAN_{name.upper()}"))}
