"""Output of the command line: tables, findings, receipts and answers."""

from __future__ import annotations

import csv
import enum
import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from . import _format
from ._access import AccessDecision, Agreement, Caller, TokenScope
from ._catalogue import Agency, Dataset, Profile, Remit
from ._coverage import ExpectedReports
from ._explanation import Explanation
from ._findings import Findings
from ._layout import fitting
from ._results import Results
from ._submission import Receipt

REFUSED, UNREACHABLE = 1, 3
# Findings that a terminal shows; all of them with --all.
SHOWN = 30
# A pipe or a file has no width.
WIDE = 200
out = Console(width=None if sys.stdout.isatty() else WIDE)
errors = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE)


class Form(enum.StrEnum):
    """Form of an answer."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def stop(message: str, code: int) -> NoReturn:
    """Ends the program with a message."""
    errors.print(f"[bold red]error:[/] {escape(message)}", highlight=False, soft_wrap=True)
    sys.exit(code)


def name_and_value(given: str) -> tuple[str, str]:
    """The parts of name=value."""
    name, equals, value = given.partition("=")
    if not equals:
        stop(f"{given!r} is not written as name=value", 2)
    return name, value


def plain_table(*names: str) -> Table:
    """A table in the style of the command line."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        number = name in ("Row", "Left", "Removed", "Rows")
        # A cell that does not wrap loses what does not fit, so only short texts do not wrap.
        whole = number or name in ("Code", "Severity")
        table.add_column(name, justify="right" if number else "left", overflow="fold", no_wrap=whole)
    return table


def print_findings(findings: Findings, everything: bool, console: Console) -> None:
    """Findings as a table, those with one fault together. The worst come first when not all are shown."""
    groups = findings.grouped()
    if not groups:
        return
    shown = groups
    if not everything and len(groups) > SHOWN:
        rank = {"ERROR": 0, "WARNING": 1, "INFO": 2}
        shown = sorted(groups, key=lambda group: (rank.get(group[0].severity, 3), group[0].row))[:SHOWN]
    colours = {"ERROR": "red", "WARNING": "yellow", "INFO": "cyan"}
    in_file = any(finding.line for finding, _, _ in shown)
    table = plain_table("Code", "Severity", "Cell" if in_file else "Row", "Field", "Value", "What to do")
    for finding, _, places in shown:
        severity = f"[{colours.get(finding.severity, 'white')}]{finding.severity}[/]"
        cells = [places, finding.field, finding.value, finding.message]
        table.add_row(finding.code, severity, *map(escape, cells))
    console.print(table)
    told = sum(number for _, number, _ in shown)
    if told < len(findings):
        console.print(f"and {len(findings) - told:,} more: --all shows them", highlight=False)


def print_dictionary(dataset: Dataset, console: Console) -> None:
    """The fields of a dataset that are submitted."""
    table = plain_table("Field", "Type", "Required", "Codes", "Other headings", "Description")
    for field in dataset.fields.values():
        if not field.derived:
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


def print_decision(decision: AccessDecision) -> None:
    """Whether something would be allowed, and why not."""
    if not decision:
        stop(decision.reason, REFUSED)
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


def print_receipt(receipt: Receipt, console: Console) -> None:
    """A receipt of a submission."""
    console.print("dry run, nothing written" if receipt.dry_run else receipt.submission, highlight=False)
    console.print(
        f"{receipt.received:,} received = {receipt.created:,} created + {receipt.updated:,} updated + "
        f"{receipt.unchanged:,} unchanged + {receipt.rejected:,} rejected; "
        f"{receipt.deleted_by_replacement:,} deleted by replacement",
        highlight=False,
    )


def write_results(found: Results, form: Form, output: Path | None) -> None:
    """An answer in the form asked for."""
    if form is Form.parquet:
        import pyarrow.parquet

        if output is None:
            stop("Parquet is written to a file: say --output FILE", 2)
        pyarrow.parquet.write_table(found.to_pyarrow(), output)
        return
    with opened(output) as stream:
        if form is Form.table:
            width = WIDE if output else out.width
            Console(file=stream, width=width).print(results_table(found, width), highlight=False)
        elif form is Form.json:
            json.dump(found.to_dicts(), stream, indent=2, default=str)
            stream.write("\n")
        else:
            write_csv(found, stream)


def write_reports(found: ExpectedReports, form: Form, output: Path | None) -> None:
    """Expected reports in the form asked for."""
    if form is Form.parquet:
        if output is None:
            stop("Parquet is written to a file: say --output FILE", 2)
        found.to_pandas().to_parquet(output)
        return
    with opened(output) as stream:
        if form is Form.table:
            Console(file=stream, width=WIDE if output else out.width).print(reports_table(found))
            stream.write(f"{_counted(found)}\n")
        elif form is Form.json:
            json.dump(found.to_dicts(), stream, indent=2, default=str)
            stream.write("\n")
        else:
            found.to_pandas().to_csv(stream, index=False)


def reports_table(found: ExpectedReports) -> Table:
    """Expected reports for people."""
    table = plain_table("Agency", "Dataset", "Area", "Period", "Due", "Status", "Received")
    for one in found:
        received = f"{one.received_at:%Y-%m-%d}" if one.received_at else ""
        received += " SYNTHETIC" if one.received_at and one.synthetic else ""
        status = STATUSES.get(one.status, one.status)
        table.add_row(one.agency, one.dataset, escape(one.area_name), one.period, str(one.due_date), status, received)
    return table


STATUSES = {"on_time": "on time", "late": "late", "overdue": "OVERDUE", "not_due": "not due yet"}


def _counted(found: ExpectedReports) -> str:
    counts = (f"{sum(one.status == status for one in found)} {text.lower()}" for status, text in STATUSES.items())
    return f"{len(found)} expected: {', '.join(counts)}"


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


def write_csv(found: Results, stream: io.TextIOBase) -> None:
    """One observation a line. Columns of lists are left out, because a CSV has no cells for them."""
    rows = found.to_dicts()
    names = [name for name in found.column_names if name not in found.list_columns]
    writer = csv.DictWriter(stream, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)


def results_table(found: Results, width: int) -> RenderableType:
    """Observations for people."""
    rows = [row for seen in found for row in (_format.row(seen), *_format.companion_rows(seen))]
    return fitting(_format.COLUMNS, rows, width)


def print_explanation(explanation: Explanation) -> None:
    """How a value was computed."""
    out.print(
        f"[bold]{escape(explanation.measure.title)}[/] (version {explanation.measure.version})", highlight=False
    )
    out.print(f"{escape(explanation.measure.question)}\n", highlight=False)
    for seen in explanation.observations:
        basis = _format.BASES.get(seen.basis, seen.basis)
        interval = _format.interval(seen)
        limits = f" ({interval})" if interval else ""
        label = " SYNTHETIC" if seen.synthetic else ""
        out.print(f"{basis}: [bold]{_format.value(seen)}[/]{limits}{label}", highlight=False)
    if explanation.difference is not None:
        out.print(f"submitted figure less computed value: {explanation.difference:g}", highlight=False)
    if explanation.steps:
        steps = plain_table("Population", "Left", "Removed", "Expression")
        for step in explanation.steps:
            steps.add_row(step.population, f"{step.remaining:,}", f"{step.removed:,}", escape(step.expression))
        out.print("", steps)
    if explanation.submissions:
        submissions = plain_table("Submission", "Dataset", "Rows", "SHA-256")
        for one in explanation.submissions:
            label = f"{one.dataset} SYNTHETIC" if one.synthetic else one.dataset
            submissions.add_row(one.submission, label, f"{one.rows:,}", one.content_sha256)
        out.print("", submissions)
    for caveat in explanation.measure.caveats:
        out.print(f"- {escape(caveat)}", highlight=False)
