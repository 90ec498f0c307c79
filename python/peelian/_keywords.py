"""Keyword arguments that several functions have. A `TypedDict` has them once, with a docstring each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

__all__ = ["check_keywords", "shows_keywords"]

Function = TypeVar("Function", bound=Callable[..., object])


def shows_keywords(kind: type, defaults: Mapping[str, object]) -> Callable[[Function], Function]:
    """Shows the keywords of a `TypedDict`, with their defaults, in the signature of a function.

    Editors and type checkers read them from `**name: Unpack[kind]`. Notebooks and `help()` show the signature.
    """

    def with_keywords(function: Function) -> Function:
        signature = inspect.signature(function)
        given = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
        own = [one for one in given if one.kind is inspect.Parameter.KEYWORD_ONLY]
        shared = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=defaults.get(name, inspect.Parameter.empty),
                annotation=getattr(annotation, "__forward_arg__", annotation),
            )
            for name, annotation in kind.__annotations__.items()
        ]
        parameters = [*(one for one in given if one not in own), *shared, *own]
        described: Any = function
        described.__signature__ = signature.replace(parameters=parameters)
        return function

    return with_keywords


def check_keywords(what: str, given: Mapping[str, object], kind: type, defaults: Mapping[str, object]) -> None:
    """Raises `TypeError` for a keyword that does not exist, and for a missing keyword without a default."""
    known = kind.__annotations__
    for name in given:
        if name not in known:
            raise TypeError(f"{what} has no argument {name!r}: its keywords are {', '.join(known)}")
    for name in known:
        if name not in given and name not in defaults:
            raise TypeError(f"{what} needs the argument {name!r}")
