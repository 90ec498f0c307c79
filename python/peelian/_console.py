"""Output of the command line: tables, and what a command says."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ._access import AccessDecision, Agreement, Caller, TokenScope
from ._catalogue import Agency, Field, Profile, Remit

WRONG_COMMAND, REFUSED, UNREACHABLE = 2, 3, 4
# A pipe or a file has no width.
WIDE = 200
out = Console(width=None if sys.stdout.isatty() else WIDE)
errors = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE)


def stop(message: str, code: int) -> NoReturn:
    """Ends the program with a message."""
    errors.print(f"[bold red]error:[/] {escape(message)}", highlight=False, soft_wrap=True)
    sys.exit(code)


def print_json(found: object, stream: TextIO | None = None) -> None:
    """Objects of the package as JSON, for programs. Without a stream, it goes to standard output."""
    stream = stream or sys.stdout
    json.dump(found, stream, indent=2, default=_plain)
    stream.write("\n")


def _plain(value: Any) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    return dict(value) if isinstance(value, Mapping) else [*value] if isinstance(value, Iterable) else str(value)


def plain_table(*names: str) -> Table:
    """A table in the style of the command line."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def print_dictionary(fields: Iterable[Field], console: Console) -> None:
    """Fields of a dataset."""
    table = plain_table("Field", "Type", "Required", "Codes", "Other headings", "Description")
    for field in fields:
        needed = "always" if field.required else f"when {field.required_when}" if field.required_when else ""
        codes = ", ".join(code.code for code in field.codes) or field.code_list
        table.add_row(field.id, field.type, needed, codes, ", ".join(field.aliases), field.description)
    console.print(table)


def print_agencies(found: Iterable[Agency]) -> None:
    """Agencies with the datasets that they may submit."""
    table = plain_table("Agency", "Name", "Kind", "Datasets")
    for one in found:
        table.add_row(one.id, escape(one.name), one.kind, " ".join(one.datasets))
    out.print(table)


def print_caller(caller: Caller) -> None:
    """Who the caller is, and what it may do."""
    agency = caller.agency or "nobody: the exchange identified no caller"
    out.print(f"[bold]{escape(agency)}[/], by {escape(caller.identified_by)}", highlight=False)
    out.print(f"roles: {', '.join(caller.roles)}", highlight=False)
    if caller.token:
        out.print(f"token: {_scope(caller.token)}", highlight=False, soft_wrap=True)
    if caller.terms:
        held = ", ".join(f"{one.id} (until {one.expiry})" for one in caller.terms)
        out.print(f"agreements: {held}", highlight=False, soft_wrap=True)
    for permission in caller.permissions:
        out.print(f"  {escape(permission)}", highlight=False, soft_wrap=True)


def _scope(token: TokenScope) -> str:
    until = f"until {token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else "without an end"
    methods = f"for {', '.join(token.methods)}" if token.methods else "for all methods"
    datasets = f", submits {', '.join(token.datasets)} alone" if token.datasets else ""
    return f"{until}, {methods}{datasets}"


def print_decision(decision: AccessDecision, as_json: bool) -> None:
    """Whether something would be allowed, and why not."""
    if as_json:
        print_json(decision)
    if not decision:
        stop(decision.reason, REFUSED)
    if as_json:
        return
    by = f" by {', '.join(decision.agreements)}" if decision.agreements else ""
    seen = (
        f": {decision.visible_pairs:,} of {decision.pairs:,} pairs of a measure and an area" if decision.pairs else ""
    )
    out.print(f"allowed{by}{seen}", highlight=False)


def print_agreements(found: Iterable[Agreement], details: bool) -> None:
    """Agreements, or what they say."""
    if not details:
        table = plain_table("Agreement", "Title", "Parties", "From", "Until", "In force")
        for one in found:
            table.add_row(
                one.id, escape(one.title), ", ".join(one.parties), str(one.start), str(one.expiry), str(one.in_force)
            )
        out.print(table)
        return
    for one in found:
        out.print(f"[bold]{escape(one.title)}[/]  {one.id}", highlight=False)
        out.print(f"{escape(one.purpose)}. {escape(one.gateway)}. {one.start} to {one.expiry}", highlight=False)
        out.print(escape(one.policies), highlight=False)


def print_profiles(found: Iterable[Profile], details: bool) -> None:
    """Profiles, or their measures."""
    if not details:
        table = plain_table("Profile", "Title", "Measures", "Baseline")
        for one in found:
            table.add_row(one.id, escape(one.title), str(len(one.measures)), one.baseline)
        out.print(table)
        return
    for one in found:
        out.print(f"[bold]{escape(one.title)}[/]  {one.id}", highlight=False)
        out.print(escape(one.description), highlight=False)
        for measure in one.measures:
            out.print(f"    {measure}", highlight=False)
        out.print()


def print_remits(found: Iterable[Agency]) -> None:
    """The remits of agencies."""
    for one in found:
        out.print(f"[bold]{escape(one.name)}[/]  {one.id}, {one.kind}", highlight=False)
        table = plain_table("Dataset", "Measures", "Areas", "Days", "Role", "Covers", "Due")
        for remit in one.remits:
            days = (
                f"{remit.valid_from or ''}..{remit.valid_to or ''}" if remit.valid_from or remit.valid_to else "all"
            )
            measures, areas = " ".join(remit.measures) or "all", " ".join(remit.areas)
            table.add_row(remit.dataset, measures, areas, days, remit.role, remit.covers, _due(remit))
        out.print(table)
        out.print()


def _due(remit: Remit) -> str:
    due = f"{remit.every}, after {remit.due_days} days" if remit.every else ""
    revised = f"revised for {remit.revised_months} months" if remit.revised_months else ""
    return "; ".join(part for part in (due, revised) if part)


@contextmanager
def opened(output: Path | None) -> Iterator[Any]:
    """A file, or standard output."""
    if output is None:
        yield sys.stdout
    else:
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file


@contextmanager
def console_on(output: Path | None) -> Iterator[Console]:
    """The console of a file, or of standard output."""
    if output is None:
        yield out
        return
    with opened(output) as stream:
        yield Console(file=stream, width=WIDE)
