"""Whom a connection trusts, and how it says who the caller is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypedDict

from ._keywords import check_keywords
from .errors import CredentialsError

__all__ = ["DEFAULTS", "Credentials", "credentials"]

DEFAULTS: Mapping[str, object] = {
    "ca": None,
    "certificate": None,
    "key": None,
    "token": None,
    "token_file": None,
    "token_keyring": None,
}
# Where a token can come from: one of these.
_TOKENS = ("token", "token_file", "token_keyring")
# Under which service keyrings have the tokens of this package.
_SERVICE = "peelian"


class Credentials(TypedDict, total=False):
    """The credentials of a connection."""

    ca: str | os.PathLike[str] | None
    certificate: str | os.PathLike[str] | None
    key: str | os.PathLike[str] | None
    token: str | None
    token_file: str | os.PathLike[str] | None
    token_keyring: str | None


def credentials(given: Credentials) -> dict[str, str | None]:
    """The credentials given. What is not given comes from variables of the environment."""
    check_keywords("connect", given, Credentials, DEFAULTS)
    stated: Mapping[str, Any] = given
    found: dict[str, str] = {name: os.fspath(value) for name in DEFAULTS if (value := stated.get(name))}
    # One of the two names a pair, so it is taken from one place.
    if not found.keys() & {"certificate", "key"}:
        found |= _environment("certificate", "key")
    if not found.keys() & set(_TOKENS):
        found |= _environment(*_TOKENS)
    if "ca" not in found:
        found |= _environment("ca")
    if ("certificate" in found) != ("key" in found):
        raise CredentialsError("a certificate and its private key come together: give certificate and key")
    if len(found.keys() & set(_TOKENS)) > 1:
        variables = ", ".join(f"PEELIAN_{name.upper()}" for name in _TOKENS)
        raise CredentialsError(f"there are two tokens: give one of {', '.join(_TOKENS)} ({variables})")
    if name := found.pop("token_keyring", None):
        found["token"] = _from_keyring(name)
    return {name: found.get(name) for name in DEFAULTS if name != "token_keyring"}


def _from_keyring(name: str) -> str:
    """The token that the keyring of this machine has under a name."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as missing:
        raise CredentialsError(
            "a token in a keyring needs the package keyring: pip install 'peelian[keyring]'"
        ) from missing
    try:
        token = keyring.get_password(_SERVICE, name)
    except KeyringError as error:
        # The backend's own words say why, and never have the secret: it gave none.
        raise CredentialsError(f"the keyring of this machine cannot be read: {error}") from error
    if not token:
        raise CredentialsError(f"the keyring has no token {name}: store it with `keyring set {_SERVICE} {name}`")
    return token


def _environment(*names: str) -> dict[str, str]:
    return {name: value for name in names if (value := os.environ.get(f"PEELIAN_{name.upper()}"))}
