"""The command line, `peelian`.

Exit codes: 0 when it is done; 1 when it is done and rows with errors are left out; 2 for a wrong command; 3 when it is
refused or does not hold, and nothing is stored; 4 when no exchange answers.
"""

from __future__ import annotations

import enum
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape

from ._catalogue import agencies as known_agencies
from ._catalogue import catalogue
from ._catalogue import profiles as pages
from ._client import DEFAULT_TARGET, connect
from ._console import (
    REFUSED,
    UNREACHABLE,
    WRONG_COMMAND,
    console_on,
    opened,
    out,
    plain_table,
    print_agencies,
    print_agreements,
    print_caller,
    print_decision,
    print_dictionary,
    print_json,
    print_profiles,
    print_remits,
    stop,
)
from ._peelian import __version__, client_command, csv_header, draft_mapping, template_workbook
from ._query import LONDON, Basis
from ._rows import content_of
from .errors import AddressError, PeelianError, UnreachableError

__all__ = ["app", "main"]

app = typer.Typer(
    name="peelian",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Outcome measures of policing and justice: look them up, check and submit files, and query an exchange.",
    epilog="Exit codes: 0 when it is done; 1 when it is done and rows with errors are left out; 2 for a wrong command; "
    "3 when it is refused or does not hold, and nothing is stored; 4 when no exchange answers.",
)
can = typer.Typer(no_args_is_help=True, help="Say whether a query or a submission would be allowed, and why not.")
app.add_typer(can, name="can")
Server = Annotated[
    str,
    typer.Option(envvar="PEELIAN_SERVER", metavar="HOST:PORT", help="Address of the exchange, or https://HOST:PORT."),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="Longest time that a call may take. 0: no limit. Default: 120, and 1800 for a submission.",
    ),
]
Ca = Annotated[
    Path | None,
    typer.Option("--ca", envvar="PEELIAN_CA", metavar="FILE", help="Authorities to trust, in PEM. TLS is used."),
]
CertificateFile = Annotated[
    Path | None,
    typer.Option("--certificate", envvar="PEELIAN_CERTIFICATE", metavar="FILE", help="Your certificate, in PEM."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", envvar="PEELIAN_KEY", metavar="FILE", help="Private key of the certificate, in PEM."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        envvar="PEELIAN_TOKEN_FILE",
        metavar="FILE",
        help="File with your token. Or PEELIAN_TOKEN has it, or PEELIAN_TOKEN_KEYRING its name in your keyring.",
    ),
]
Measures = Annotated[list[str], typer.Option("--measure", "-m", help="Measure, with its variant. May be repeated.")]
Areas = Annotated[list[str], typer.Option("--area", "-a", help="Area by code or name, or a level (borough).")]
Periods = Annotated[
    list[str],
    typer.Option("--period", "-p", help="2017-02, 2016/17-Q2, R12-2017-02, CY2016, a range, latest:24."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write to.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
DATASET = typer.Option("--dataset", "-d", help="Dataset of the file.")
SHEET = typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook. Default: the only one with the columns.")


class BasisChoice(enum.StrEnum):
    """Basis of values."""

    figures = "figures"
    records = "records"


BASES: dict[BasisChoice, Basis] = {
    BasisChoice.figures: "submitted_figure",
    BasisChoice.records: "computed_from_records",
}


class TemplateForm(enum.StrEnum):
    """Form of a template."""

    csv = "csv"
    xlsx = "xlsx"


class PictureKind(enum.StrEnum):
    """Kind of picture."""

    trend = "trend"
    boroughs = "boroughs"
    gap = "gap"
    attrition = "attrition"
    funnel = "funnel"
    multiples = "multiples"


def main() -> NoReturn:
    """Runs the command line."""
    try:
        app()
    except AddressError as error:
        stop(str(error), WRONG_COMMAND)
    except UnreachableError as error:
        stop(str(error), UNREACHABLE)
    except (PeelianError, OSError, ValueError, TypeError) as error:
        stop(str(error), REFUSED)
    sys.exit(0)


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Outcome measures of policing and justice: look them up, check and submit files, and query an exchange."""
    if version:
        out.print(__version__, highlight=False)
        raise typer.Exit


@app.command()
def measures(
    words: Annotated[list[str] | None, typer.Argument(help="Words of the measure. Default: all measures.")] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Show the definition, caveats and sources of each.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the measures, or describe them."""
    found = catalogue().measures.search(" ".join(words or []))
    if not found:
        stop(f"no measure has the words {' '.join(words or [])!r}", REFUSED)
    if as_json:
        print_json(found.values())
        return
    if not details:
        table = plain_table("Measure", "Title", "Unit", "Design", "Periods")
        for one in found.values():
            table.add_row(one.id, one.title, one.unit, one.design, " ".join(one.periods))
        out.print(table)
        return
    for one in found.values():
        out.print(f"[bold]{escape(one.title)}[/]  {escape(one.id)}, version {one.version}", highlight=False)
        out.print(escape(one.question), highlight=False)
        for title, lines in (
            ("Populations", [f"{name}: {text}" for name, text in one.populations.items()]),
            ("Breakdowns", [", ".join(one.breakdowns)] if one.breakdowns else []),
            ("Caveats", list(one.caveats)),
            ("Sources", list(one.sources)),
        ):
            if lines:
                out.print(f"  [bold]{title}[/]")
                for line in lines:
                    out.print(f"    {escape(line)}", highlight=False)
        out.print()


@app.command()
def profiles(
    name: Annotated[str | None, typer.Argument(help="Profile. Default: all profiles.")] = None,
    as_json: Json = False,
) -> None:
    """List the profiles, or the measures of one. A profile is a named list of measures, which `query --profile` answers."""
    if name is not None and name not in pages():
        stop(f"no profile is called {name!r}: the profiles are {', '.join(pages())}", REFUSED)
    found = [pages()[name]] if name else [*pages().values()]
    print_json(found) if as_json else print_profiles(found, details=name is not None)


@app.command()
def agencies(
    words: Annotated[list[str] | None, typer.Argument(help="Words of the agency. Default: all agencies.")] = None,
    kind: Annotated[str | None, typer.Option(help="Kind of agency, such as borough.")] = None,
    dataset: Annotated[str | None, typer.Option("--dataset", "-d", help="Dataset that they may submit.")] = None,
    details: Annotated[bool, typer.Option("--details", help="Show the remits of each.")] = False,
    as_json: Json = False,
) -> None:
    """List the agencies that may submit, or their remits: what each may submit, and for which areas."""
    found = known_agencies(kind, dataset).search(" ".join(words or []))
    if not found:
        stop(f"no agency has the words {' '.join(words or [])!r}", REFUSED)
    if as_json:
        print_json(found.values())
    else:
        print_remits(found.values()) if details else print_agencies(found.values())


@app.command()
def template(
    dataset: Annotated[str, typer.Argument(help="Dataset, such as crime.")],
    dictionary: Annotated[
        bool, typer.Option("--dictionary", help="Print the meaning of each field instead.")
    ] = False,
    form: Annotated[
        TemplateForm,
        typer.Option("--format", "-f", help="xlsx: a workbook with the codes to choose from, and notes on headings."),
    ] = TemplateForm.csv,
    as_json: Annotated[bool, typer.Option("--json", help="Print the dictionary as JSON, for programs.")] = False,
    output: Output = None,
) -> None:
    """Write an empty file for the rows of a dataset: the header line of its CSV, or a workbook."""
    header = csv_header(dataset)
    if as_json and not dictionary:
        raise typer.BadParameter("only the dictionary has this form: say --dictionary too", param_hint="--json")
    if dictionary:
        if form is TemplateForm.xlsx:
            raise typer.BadParameter(
                "a workbook has the meaning of each field on its heading", param_hint="--dictionary"
            )
        fields = [field for field in catalogue().datasets[dataset].fields.values() if not field.derived]
        if as_json:
            with opened(output) as stream:
                print_json(fields, stream)
            return
        with console_on(output) as console:
            print_dictionary(fields, console)
    elif form is TemplateForm.csv:
        with opened(output) as stream:
            stream.write(f"{header}\n")
    elif output is None:
        stop("a workbook is written to a file: say --output FILE", WRONG_COMMAND)
    else:
        output.write_bytes(template_workbook(dataset))


@app.command(name="map")
def draft_map(
    file: Annotated[Path, typer.Argument(help="File of a local system: .csv, .xlsx, .xls or .ods.")],
    dataset: Annotated[str, DATASET],
    sheet: Annotated[str | None, SHEET] = None,
) -> None:
    """Print a draft of a mapping from a file to a dataset. Check it, complete it, and give it to --map."""
    print(draft_mapping(content_of(file), dataset, sheet), end="")


@app.command()
def whoami(
    as_json: Json = False,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Say who the exchange takes you for, and what you may do."""
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        caller = exchange.whoami()
    print_json(caller) if as_json else print_caller(caller)


@can.command("query")
def can_query(
    measure: Measures,
    area: Areas = [LONDON],
    on_behalf_of: Annotated[str, typer.Option(help="Another agency. Only an administrator may ask for one.")] = "",
    as_json: Json = False,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Say whether a query would be allowed, and which agreement it would need. Nothing is answered."""
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        # No agreement depends on the period.
        print_decision(
            exchange.can_query(measure, areas=area, periods=["latest:1"], on_behalf_of=on_behalf_of), as_json
        )


@can.command("submit")
def can_submit(
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="Dataset.")],
    agency: Annotated[str, typer.Option(help="Agency in whose name it would be submitted.")],
    as_json: Json = False,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Say whether a submission would be allowed, and which agreement it would need. Nothing is stored."""
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        print_decision(exchange.can_submit(dataset, agency), as_json)


@app.command()
def agreements(
    agency: Annotated[str, typer.Option(help="Only the agreements of this agency.")] = "",
    details: Annotated[bool, typer.Option("--details", help="Print purpose, gateway and policies.")] = False,
    as_json: Json = False,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """List the data-sharing agreements of the exchange, in force or not."""
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        found = exchange.agreements(agency)
    print_json(found) if as_json else print_agreements(found, details)


@app.command()
def plot(
    kind: Annotated[PictureKind, typer.Argument(help="Kind of picture.")],
    measure: Annotated[str, typer.Option("--measure", "-m", help="Measure, with its variant.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write: .png, .svg or .pdf.")],
    area: Areas = [],
    period: Periods = [],
    basis: Annotated[
        BasisChoice | None, typer.Option(help="Only submitted figures, or only computed values.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title, in place of the measure's own.")] = None,
    highlight: Annotated[
        list[str] | None, typer.Option("--highlight", help="Area that stands out in the picture of boroughs.")
    ] = None,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Draw a measure as PNG, SVG or PDF."""
    from . import plot as drawing

    if highlight and kind is not PictureKind.boroughs:
        raise typer.BadParameter("only the picture of boroughs has areas that stand out", param_hint="--highlight")

    many = kind in (PictureKind.boroughs, PictureKind.funnel, PictureKind.multiples)
    # Periods of each kind of picture when none is given.
    usual = {
        PictureKind.boroughs: "latest:1:R12",
        PictureKind.attrition: "latest:1:CY",
        PictureKind.funnel: "latest:1:R12",
        PictureKind.gap: "latest:24:R12",
    }
    options: dict[str, Any] = {"title": title}
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        asked: dict[str, Any] = {
            "periods": period or usual.get(kind, "latest:24"),
            "basis": BASES[basis] if basis else None,
        }
        found = exchange.query(measure, areas=area or ["borough" if many else LONDON], **asked)
        if kind is PictureKind.boroughs:
            options["highlight"] = highlight or ()
        # The number of all of London would press those of the boroughs into a corner.
        if kind in (PictureKind.boroughs, PictureKind.funnel) and found[0].value_kind != "count":
            options["reference"] = exchange.query(measure, areas=LONDON, **asked)[0]
    draw: Any = {
        PictureKind.trend: drawing.trend,
        PictureKind.boroughs: drawing.boroughs,
        PictureKind.gap: drawing.gap,
        PictureKind.attrition: drawing.attrition,
        PictureKind.funnel: drawing.funnel,
        PictureKind.multiples: drawing.small_multiples,
    }[kind]
    picture = draw(found, **options)
    picture.save(output)
    out.print(f"{output}: {escape(picture.description)}", highlight=False, soft_wrap=True)


# The commands that `peelian-server` has too, with what each is for. Their code exists once, in Rust.
SHARED = {
    "validate": "Check a file as the exchange does. Nothing is sent.",
    "submit": "Submit a file, or that nothing happened.",
    "submissions": "List submissions, show a receipt and its findings, withdraw a submission.",
    "convert": "Convert a publisher's file to figures.",
    "pseudonymise": "Replace names, dates of birth and other identifiers in a CSV by keyed pseudonyms.",
    "query": "Query an exchange for values of measures.",
    "explain": "Explain one value: the definition, the rows that each step removed, and the submissions behind it.",
    "coverage": "List the reports that agencies are expected to make, and say which were received.",
    "areas": "List areas with their codes: boroughs, wards, hospital sites and others.",
    "codes": "Look codes up: the codes of a list or of a field.",
    "release": "Make, review, approve, publish, watch, export and verify releases.",
}


def _shared(name: str, purpose: str) -> None:
    """Adds a command that hands its arguments on."""

    def run(context: typer.Context) -> None:
        # Ctrl-C ends the program at once, as it does not reach Python while a command waits.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        code, message = client_command([name, *context.args])
        if message is not None:
            stop(message, code)
        sys.exit(code)

    # The code below reads all that follows, also --help.
    settings = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}
    app.command(name, help=purpose, context_settings=settings, add_help_option=False)(run)


for _name, _purpose in SHARED.items():
    _shared(_name, _purpose)
