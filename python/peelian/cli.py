"""The command line, `peelian`.

Exit codes: 0 for success; 1 when something is refused or rows have errors; 2 for a wrong command; 3 when no exchange
answers.
"""

from __future__ import annotations

import datetime
import enum
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from . import pseudonym as persons
from ._catalogue import agencies as known_agencies
from ._catalogue import catalogue
from ._catalogue import profiles as pages
from ._client import DEFAULT_TARGET, Connection, connect
from ._console import (
    REFUSED,
    UNREACHABLE,
    Form,
    console_on,
    errors,
    name_and_value,
    opened,
    out,
    plain_table,
    print_agencies,
    print_agreements,
    print_caller,
    print_decision,
    print_dictionary,
    print_explanation,
    print_profiles,
    print_remits,
    stop,
    write_reports,
    write_results,
)
from ._finding_forms import FindingForm, FindingsWriter
from ._findings import Findings
from ._local import validate as check
from ._peelian import __version__, csv_header, draft_mapping, release_command, template_workbook
from ._query import LONDON, Basis
from ._rows import content_of
from ._submission import Receipt
from .errors import PeelianError, UnreachableError

__all__ = ["app", "main"]

app = typer.Typer(
    name="peelian",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Outcome measures of policing and justice: look them up, check and submit files, and query an exchange.",
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
AllFindings = Annotated[
    bool, typer.Option("--all", help="Show every finding in the table. The other forms always have all.")
]
FormOfFindings = Annotated[
    FindingForm,
    typer.Option("--format", "-f", help="Form of the findings. github: annotations of a workflow of GitHub."),
]
DATASET = typer.Option("--dataset", "-d", help="Dataset of the file.")
MAP = typer.Option("--map", metavar="FILE", help="Mapping of the file's columns and values: see `peelian map`.")
SHEET = typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook. Default: the only one with the columns.")


class Mode(enum.StrEnum):
    """What a submission does to the rows that the exchange holds."""

    replace_period = "replace-period"
    merge = "merge"
    delete = "delete"


class ComparisonChoice(enum.StrEnum):
    """What observations are compared with."""

    previous_window = "previous-window"
    same_period_last_year = "same-period-last-year"
    london = "london"
    nation = "nation"
    funnel = "funnel"
    trend = "trend"
    process_control = "process-control"
    baseline = "baseline"


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
) -> None:
    """List the measures, or describe them."""
    found = catalogue().measures.search(" ".join(words or []))
    if not found:
        stop(f"no measure has the words {' '.join(words or [])!r}", REFUSED)
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
) -> None:
    """List the profiles, or the measures of one. A profile is a named list of measures, which `query --profile` answers."""
    if name is not None and name not in pages():
        stop(f"no profile is called {name!r}: the profiles are {', '.join(pages())}", REFUSED)
    print_profiles([pages()[name]] if name else pages().values(), details=name is not None)


@app.command()
def agencies(
    words: Annotated[list[str] | None, typer.Argument(help="Words of the agency. Default: all agencies.")] = None,
    kind: Annotated[str | None, typer.Option(help="Kind of agency, such as borough.")] = None,
    dataset: Annotated[str | None, typer.Option("--dataset", "-d", help="Dataset that they may submit.")] = None,
    details: Annotated[bool, typer.Option("--details", help="Show the remits of each.")] = False,
) -> None:
    """List the agencies that may submit, or their remits: what each may submit, and for which areas."""
    found = known_agencies(kind, dataset).search(" ".join(words or []))
    if not found:
        stop(f"no agency has the words {' '.join(words or [])!r}", REFUSED)
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
    output: Output = None,
) -> None:
    """Write an empty file for the rows of a dataset: the header line of its CSV, or a workbook."""
    header = csv_header(dataset)
    if dictionary:
        if form is TemplateForm.xlsx:
            raise typer.BadParameter(
                "a workbook has the meaning of each field on its heading", param_hint="--dictionary"
            )
        with console_on(output) as console:
            print_dictionary(catalogue().datasets[dataset], console)
    elif form is TemplateForm.csv:
        with opened(output) as stream:
            stream.write(f"{header}\n")
    elif output is None:
        stop("a workbook is written to a file: say --output FILE", 2)
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
def validate(
    file: Annotated[
        Path,
        typer.Argument(
            help="File: .csv, .xlsx, .xls, .ods, .arrow, .feather or .parquet. A .gz file is decompressed."
        ),
    ],
    dataset: Annotated[str, DATASET],
    referenced: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="DATASET=FILE", help="File of rows that this file refers to."),
    ] = None,
    agency: Annotated[
        str | None, typer.Option(help="Agency that would submit. Rows outside its remit are errors.")
    ] = None,
    period: Annotated[
        str | None, typer.Option("--period", "-p", help="Period that the rows cover. Rows outside it are errors.")
    ] = None,
    mapping: Annotated[Path | None, MAP] = None,
    sheet: Annotated[str | None, SHEET] = None,
    all_findings: AllFindings = False,
    form: FormOfFindings = FindingForm.table,
    output: Output = None,
) -> None:
    """Check a file as the exchange does. Nothing is sent. The exit code is 1 if any row has an error."""
    others = dict(name_and_value(given) for given in referenced or [])
    report = check(file, dataset, referenced=others, covers=period, agency=agency, mapping=mapping, sheet=sheet)
    FindingsWriter(file, dataset, form, output, all_findings).report(report)
    if report.refusal:
        stop(report.refusal, REFUSED)
    sys.exit(0 if report.ok else REFUSED)


@app.command()
def submit(
    file: Annotated[
        Path,
        typer.Argument(
            help="File: .csv, .xlsx, .xls, .ods, .arrow, .feather or .parquet. A .gz file is decompressed."
        ),
    ],
    dataset: Annotated[str, DATASET],
    agency: Annotated[str, typer.Option(help="Agency that submits.")],
    period: Annotated[
        str, typer.Option("--period", "-p", help="Period that the rows cover: 2017-02, or 2017-02-01..2017-02-14.")
    ],
    mode: Annotated[
        Mode, typer.Option(help="What happens to the rows that the exchange holds.")
    ] = Mode.replace_period,
    collection: Annotated[str, typer.Option(help="Name of the return, if the agency submits several.")] = "",
    extracted: Annotated[
        datetime.datetime | None,
        typer.Option(help="Time of extraction, in UTC. Default: last change of the file."),
    ] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The rows are synthetic.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count. Write nothing.")] = False,
    expected_delete_count: Annotated[
        int | None, typer.Option(help="Number of rows that a large deletion removes.")
    ] = None,
    mapping: Annotated[Path | None, MAP] = None,
    sheet: Annotated[str | None, SHEET] = None,
    all_findings: AllFindings = False,
    form: FormOfFindings = FindingForm.table,
    output: Output = None,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Submit a file. The exit code is 1 if the exchange refuses it or leaves out a row."""
    writer = FindingsWriter(file, dataset, form, output, all_findings)
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
        progress = Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)
        with writer.refusals(), progress as bar:
            task = bar.add_task(f"sending {file.name}", total=None)
            receipt = exchange.submit(
                dataset,
                file,
                agency=agency,
                period=period,
                mode=mode.name,  # type: ignore[arg-type]
                dry_run=dry_run,
                collection=collection,
                extracted=extracted,
                synthetic=synthetic,
                expected_delete_count=expected_delete_count,
                mapping=mapping,
                sheet=sheet,
                progress=lambda sent, parts: bar.update(task, completed=sent, total=parts),
            )
        found = every_finding(exchange, receipt) if writer.needs_all else receipt.first_findings
    writer.receipt(receipt, found)
    sys.exit(REFUSED if receipt.rejected else 0)


@app.command()
def pseudonymise(
    file: Annotated[Path | None, typer.Argument(help="CSV in UTF-8 with a header row.")] = None,
    keys: Annotated[Path, typer.Option(help="File of linkage keys. It is secret.")] = Path("keys.toml"),
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="PART=COLUMN", help="Column of a part: date_of_birth=dob. Repeat for each part."),
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Another column to leave out. May be repeated.")] = None,
    key: Annotated[str | None, typer.Option(help="Name of the key, if the file has several.")] = None,
    pseudonym: Annotated[str, typer.Option(help="Name of the column for the pseudonym.")] = "victim_pid",
    key_id: Annotated[str, typer.Option(help="Name of the column for the key's identifier.")] = "linkage_key_id",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write. Default: standard output.")
    ] = None,
    generate_key: Annotated[str | None, typer.Option(metavar="NAME", help="Add a new key to the file.")] = None,
    domain: Annotated[str, typer.Option(help="Domain of the new key.")] = "police-victim",
    identity: Annotated[str, typer.Option(help="Identity that the new key hashes.")] = "name-birth-v1",
) -> None:
    """Replace names, dates of birth and other identifiers in a CSV by keyed pseudonyms, before it leaves the agency.

    The exit code is 1 if no row could be identified: the columns are then the wrong ones.
    """
    if generate_key is not None:
        made = persons.generate_key(keys, generate_key, domain, identity=identity)
        errors.print(f"key {made.id} for {made.domain}, hashing {made.identity}, is in {keys}. It is secret.")
        return
    if file is None or not column:
        stop("give FILE, and --column PART=COLUMN for each part of the identity", 2)
    columns = dict(name_and_value(given) for given in column)
    done = persons.pseudonymise(
        file.read_bytes(), keys, columns, key=key, drop=drop or [], pseudonym=pseudonym, key_id=key_id
    )
    summary = f"{done.rows:,} rows: {done.pseudonyms:,} with a pseudonym of key {done.key_id}"
    errors.print(f"{summary}, {done.rows - done.pseudonyms:,} without", highlight=False)
    for why, count in done.without.items():
        errors.print(f"{count:>9,}  {escape(why)}", highlight=False)
    if done.rows and not done.pseudonyms:
        stop("no row could be identified: check the columns", REFUSED)
    if output is None:
        sys.stdout.buffer.write(done.content)
    else:
        output.write_bytes(done.content)


@app.command()
def query(
    measure: Measures = [],
    area: Areas = [LONDON],
    period: Annotated[
        list[str] | None,
        typer.Option(
            "--period",
            "-p",
            help="2017-02, 2016/17-Q2, R12-2017-02, CY2016, a range, latest:24. "
            "Default: latest:12, and for a profile latest:1:longest.",
        ),
    ] = None,
    profile: Annotated[str, typer.Option(help="Profile: all measures of a page. See `peelian profiles`.")] = "",
    by: Annotated[list[str] | None, typer.Option("--by", "-b", help="Field of a breakdown. May be repeated.")] = None,
    compare: Annotated[list[ComparisonChoice] | None, typer.Option(help="Comparison. May be repeated.")] = None,
    baseline: Annotated[
        str, typer.Option(help="Period that the comparison baseline compares with. Default: the profile's.")
    ] = "",
    companions: Annotated[bool, typer.Option(help="Show what is read with a contextual measure.")] = True,
    basis: Annotated[
        BasisChoice | None, typer.Option(help="Only submitted figures, or only computed values.")
    ] = None,
    source: Annotated[
        str, typer.Option(help="Agency whose own figures are asked for. Default: the authoritative source.")
    ] = "",
    confidence: Annotated[float, typer.Option(help="Confidence level of the intervals.")] = 0.95,
    as_of: Annotated[datetime.datetime | None, typer.Option(help="Answer as known at this instant, in UTC.")] = None,
    release: Annotated[str, typer.Option(help="Release that is read. See `peelian release list`.")] = "",
    form: Annotated[Form, typer.Option("--format", "-f", help="Form of the answer.")] = Form.table,
    output: Output = None,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Query an exchange for values of measures."""
    if not measure and not profile:
        stop(
            "name a measure (--measure) or a profile (--profile): `peelian measures` and `peelian profiles` list them",
            2,
        )
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        found = exchange.query(
            measure,
            areas=area,
            periods=period or ["latest:1:longest" if profile else "latest:12"],
            profile=profile,
            baseline=baseline,
            companions=companions,
            by=by or [],
            comparisons=[one.name for one in compare or []],  # type: ignore[misc]
            basis=BASES[basis] if basis else None,
            source=source,
            confidence=confidence,
            as_of=as_of,
            release=release,
        )
    write_results(found, form, output)


@app.command()
def coverage(
    agency: Annotated[str, typer.Option(help="Only the reports of this agency.")] = "",
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="Only the reports of this dataset.")] = "",
    area: Annotated[str, typer.Option("--area", "-a", help="Only the reports on this area or site.")] = "",
    period: Annotated[
        str,
        typer.Option("--period", "-p", help="First and last month: 2017-01..2017-12. Default: the last 12 months."),
    ] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only overdue reports: who has not reported.")] = False,
    form: Annotated[Form, typer.Option("--format", "-f", help="Form of the answer.")] = Form.table,
    output: Output = None,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
) -> None:
    """List the reports that agencies are expected to make, and say which were received."""
    with connect(server, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        found = exchange.reports(agency=agency, dataset=dataset, area=area, period=period, overdue=overdue)
    write_reports(found, form, output)


@app.command()
def whoami(
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Say who the exchange takes you for, and what you may do."""
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        print_caller(exchange.whoami())


@can.command("query")
def can_query(
    measure: Measures,
    area: Areas = [LONDON],
    on_behalf_of: Annotated[str, typer.Option(help="Another agency. Only an administrator may ask for one.")] = "",
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
        print_decision(exchange.can_query(measure, areas=area, periods=["latest:1"], on_behalf_of=on_behalf_of))


@can.command("submit")
def can_submit(
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="Dataset.")],
    agency: Annotated[str, typer.Option(help="Agency in whose name it would be submitted.")],
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Say whether a submission would be allowed, and which agreement it would need. Nothing is stored."""
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        print_decision(exchange.can_submit(dataset, agency))


@app.command(
    # The program below reads all that follows, also --help.
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False},
    add_help_option=False,
)
def release(context: typer.Context) -> None:
    """Make, review, approve, publish, watch, export and verify releases. `peelian release --help` lists the commands.

    `peelian-server release` has the same commands, with the same options, output and exit codes.
    """
    # Ctrl-C ends the program at once, as it does not reach Python while a command waits.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code, message = release_command(context.args)
    if message is not None:
        stop(message, code)
    sys.exit(code)


@app.command()
def agreements(
    agency: Annotated[str, typer.Option(help="Only the agreements of this agency.")] = "",
    details: Annotated[bool, typer.Option("--details", help="Print purpose, gateway and policies.")] = False,
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
    print_agreements(found, details)


@app.command()
def explain(
    measure: Annotated[str, typer.Option("--measure", "-m", help="Measure, with its variant.")],
    period: Annotated[str, typer.Option("--period", "-p", help="Period.")],
    area: Annotated[str, typer.Option("--area", "-a", help="Area by its code.")] = LONDON,
    breakdown: Annotated[
        list[str] | None, typer.Option("--by", "-b", metavar="FIELD=CODE", help="Group. May be repeated.")
    ] = None,
    server: Server = DEFAULT_TARGET,
    ca: Ca = None,
    certificate: CertificateFile = None,
    key: KeyFile = None,
    token_file: TokenFile = None,
    timeout: Timeout = None,
) -> None:
    """Explain one value: the definition, the rows that each step removed, and the submissions behind it."""
    with connect(server, timeout=timeout, ca=ca, certificate=certificate, key=key, token_file=token_file) as exchange:
        explanation = exchange.explain(
            measure, area=area, period=period, breakdown=dict(name_and_value(given) for given in breakdown or [])
        )
    print_explanation(explanation)


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


def every_finding(exchange: Connection, receipt: Receipt) -> Findings:
    """Every finding of a submission. A dry run keeps only the first hundred."""
    return exchange.findings(receipt.submission) if receipt.submission else receipt.first_findings
