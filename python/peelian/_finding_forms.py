"""Findings in the forms that programs read: JSON, CSV, and annotations of GitHub."""

from __future__ import annotations

import csv
import enum
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import reduce
from pathlib import Path

from ._console import console_on, opened, print_findings, print_receipt
from ._findings import Finding, Findings
from ._report import Report
from ._submission import Receipt
from .errors import RefusedError, RowsError

__all__ = ["FindingForm", "FindingsWriter", "github_annotations"]

# GitHub's words for severities.
LEVELS = {"ERROR": "error", "WARNING": "warning", "INFO": "notice"}
# The counts of a report.
COUNTS = ("received", "rejected", "errors", "warnings", "infos")


class FindingForm(enum.StrEnum):
    """Form of findings."""

    table = "table"
    csv = "csv"
    json = "json"
    github = "github"


@dataclass(frozen=True, slots=True)
class FindingsWriter:
    """Writes what a command found in a file.

    In every form but the table, a refusal of all rows is a finding too, so that a program has one list to read.
    """

    file: Path
    """The file that the findings are about."""
    dataset: str
    form: FindingForm
    output: Path | None
    """The file to write to. None for standard output."""
    everything: bool
    """Whether the table shows every finding. The other forms have every finding anyway."""

    @property
    def needs_all(self) -> bool:
        """Whether the first findings are not enough."""
        return self.everything or self.form is not FindingForm.table

    def report(self, report: Report) -> None:
        """Writes the report of a file that was checked."""
        if self.form is not FindingForm.table:
            counts = {name: getattr(report, name) for name in COUNTS}
            self._write({**counts, "refusal": report.refusal}, _with_refusal(report))
            return
        with console_on(self.output) as console:
            print_findings(report.findings, self.everything, console)
            if not report.refusal:
                told = f"{report.received:,} rows: {report.rejected:,} with errors, {report.warnings:,} warnings"
                console.print(told, highlight=False)

    def receipt(self, receipt: Receipt, found: Findings) -> None:
        """Writes the receipt of a submission, with its findings."""
        if self.form is not FindingForm.table:
            facts = {one.name: getattr(receipt, one.name) for one in fields(receipt) if one.name != "first_findings"}
            self._write({**facts, "refusal": ""}, found)
            return
        with console_on(self.output) as console:
            print_findings(found, self.everything, console)
            print_receipt(receipt, console)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Writes the refusal of a submission in the form of a program. The error itself goes on to the caller."""
        try:
            yield
        except (RowsError, RefusedError) as error:
            if self.form is not FindingForm.table:
                code = error.code if isinstance(error, RowsError) else ""
                self._write({"refusal": str(error)}, Findings([_refusal(str(error), code)]))
            raise

    def _write(self, facts: Mapping[str, object], found: Findings) -> None:
        with opened(self.output) as stream:
            if self.form is FindingForm.json:
                about = {"file": str(self.file), "dataset": self.dataset}
                json.dump({**about, **facts, "findings": found.to_dicts()}, stream, indent=2, default=str)
                stream.write("\n")
            elif self.form is FindingForm.csv:
                writer = csv.DictWriter(stream, [one.name for one in fields(Finding)], lineterminator="\n")
                writer.writeheader()
                writer.writerows(found.to_dicts())
            else:
                stream.writelines(f"{line}\n" for line in github_annotations(self.file, found))


def github_annotations(file: Path, found: Findings) -> Iterator[str]:
    """Findings as workflow commands, which GitHub shows beside the lines of a file.

    Findings with one fault are one annotation at the first place, because GitHub shows only the first ten of a step. The
    number of the column is that of a spreadsheet: E is 5.
    """
    for finding, number, places in found.grouped():
        about = {"file": file.as_posix()}
        if finding.line:
            about["line"] = str(finding.line)
        if finding.column:
            about["col"] = str(_number(finding.column))
        about["title"] = " ".join(part for part in (finding.code, finding.field) if part)
        properties = ",".join(f"{name}={_property(value)}" for name, value in about.items() if value)
        value = f"{finding.value}: " if finding.value else ""
        more = f" ({number:,} times: {places})" if number > 1 else ""
        yield f"::{LEVELS.get(finding.severity, 'notice')} {properties}::{_data(f'{value}{finding.message}{more}')}"


def _with_refusal(report: Report) -> Findings:
    """The findings of a report, and before them the refusal of all rows, if they are refused."""
    refused = [_refusal(report.refusal, report.refusal_code)] if report.refusal else []
    return Findings([*refused, *report.findings])


def _refusal(message: str, code: str) -> Finding:
    return Finding(code=code, severity="ERROR", scope="BATCH", row=0, field="", value="", rule="", message=message)


def _data(text: str) -> str:
    """A text as the message of a workflow command: GitHub reads percent signs and ends of lines in their encoded form."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A text as a property of a workflow command, in which colons and commas are encoded too."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _number(letters: str) -> int:
    """The number of a column, from the letters of a spreadsheet: A is 1, AA is 27."""
    return reduce(lambda number, letter: 26 * number + ord(letter) - ord("A") + 1, letters, 0)
