"""Everyday files that end at an exchange: what is stored of them, and what is answered."""

import csv
import io
import json
import subprocess

import pytest

from conftest import ROOT
from process import Server

# Inputs as people have them, with made-up values. They are not part of the repository.
CASES = ROOT.parent / "shared" / "cases"
FORCE = ("-m", "police-uk-crimes", "-a", "E09000001", "-b", "force")


@pytest.fixture
def case():
    def case(name):
        if not CASES.is_dir():
            pytest.skip(f"{CASES} is not there: the everyday files are not part of the repository")
        return CASES / name

    return case


@pytest.fixture
def run(binary, tmp_path):
    """Runs a command against an exchange of this test. Returns what it printed."""
    server = Server(binary, tmp_path / "data").start()

    def run(*arguments, status=0, errors=False):
        done = subprocess.run(
            [binary, *arguments, "--server", server.address],
            check=False,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stderr if errors else done.stdout

    yield run
    assert server.stop() == 0


def values(run, *question):
    rows = csv.DictReader(io.StringIO(run("query", *question, "-f", "csv")))
    return {(row["period"], row["breakdown"]): row for row in rows if row["row"] == "value"}


def test_a_month_that_a_force_did_not_publish_is_missing(run, case):
    folder = case("09-police-uk-missing-month")
    for file in sorted(folder.glob("*.csv")):
        run("submit", file, "--from-publisher", "--synthetic", "--extracted", "2022-09-01")
    found = values(run, *FORCE, "-p", "2022-05..2022-07")
    city = {period: row for (period, group), row in found.items() if group == "force=city-of-london"}
    assert city["2022-05"]["value"] and city["2022-07"]["value"], "July does not delete May"
    assert (city["2022-06"]["value"], city["2022-06"]["missing"]) == ("", "not_submitted")
    totals = values(run, "-m", "police-uk-crimes", "-a", "E09000001", "-p", "2022-05..2022-07")
    june = totals["2022-06", ""]
    assert june["value"] == "", f"a total of June that is only that of one force: {june['value']}"


def test_the_options_of_a_publishers_file_are_obeyed_or_refused(run, case):
    file = case("40-publisher-options") / "2022-04-city-of-london-street.csv"
    released = ("--extracted", "2022-09-01")
    run("submit", file, "--from-publisher", "--synthetic", *released, "--mode", "merge", "--collection", "x")
    (held,) = json.loads(run("submissions", "list", "-f", "json"))
    header = held["header"]
    assert (header["synthetic"], header["mode"], header["collection"]) == (True, "SUBMISSION_MODE_MERGE", "x")
    assert all(row["synthetic"] == "true" for row in values(run, *FORCE, "-p", "2022-04").values() if row["value"])
    said = run("submit", file, "--from-publisher", "--mode", "delete", status=2, errors=True)
    assert "--mode delete" in said
    said = run(
        "submit",
        file,
        "--from-publisher",
        *released,
        "--collection",
        "x",
        "--expected-delete-count",
        "99",
        status=3,
        errors=True,
    )
    assert "expected_delete_count" in said


@pytest.mark.parametrize("file", ["input.csv", "second.csv"])
def test_a_breakdown_that_is_none_leaves_out_its_row_alone(run, case, file):
    path = case("43-bad-breakdown") / file
    rows = list(csv.DictReader(path.read_text().splitlines()))
    wrong = [row for row in rows if row["breakdown"].startswith("Age band")]
    options = ("--dataset", "published_figure", "--agency", "mps", "--period", "2015..2024", "--synthetic")
    said = run("submit", path, *options, status=1, errors=True)
    assert f"{len(wrong)} of {len(rows)} rows have errors" in said
    area = wrong[0]["area"]
    total = values(run, "-m", "knife-crime-offences", "-a", area, "-p", wrong[0]["period"])
    assert total[wrong[0]["period"], ""]["value"] == "50"


def test_figures_that_cannot_be_are_findings(peelian, case):
    path = case("38-figure-edges") / "input.csv"
    report = peelian.validate(path, "published_figure")
    told = {finding.row: finding.code for finding in report.findings if finding.severity == "ERROR"}
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(told) == len(rows), "each row has its finding"
    # Even where they are the only rows, no answer has an impossible value.
    for row, figure in enumerate(rows, 1):
        alone = "\n".join([",".join(figure), ",".join(figure.values())]).encode()
        checked = peelian.validate(alone, "published_figure")
        assert checked.refusal or checked.findings, row


def test_marks_in_place_of_a_number_are_never_numbers(peelian, case):
    report = peelian.validate(case("18-suppression-marks") / "input.csv", "published_figure")
    rows = list(csv.DictReader((case("18-suppression-marks") / "input.csv").read_text().splitlines()))
    told = {finding.row for finding in report.findings}
    numbers = {"1,306", "12.0", "1.2e3"}
    for row, figure in enumerate(rows, 1):
        assert row in told or figure["numerator"] in numbers or figure["numerator"].isdigit(), figure


def test_a_period_in_another_form_is_never_another_period(peelian, binary, case, tmp_path):
    folder = case("19-excel-periods")
    report = peelian.validate(folder / "input.csv", "published_figure")
    rows = list(csv.DictReader((folder / "input.csv").read_text().splitlines()))
    refused = {finding.row for finding in report.findings if finding.severity == "ERROR"}
    for row, figure in enumerate(rows, 1):
        assert row in refused or figure["period"].startswith("2024"), figure
    done = subprocess.run(
        [binary, "convert", folder / "input-mps.csv"], check=False, capture_output=True, text=True, timeout=60
    )
    if done.returncode == 0:
        periods = {row["period"] for row in csv.DictReader(io.StringIO(done.stdout))}
        assert periods == {"2024-03", "2024-04"}
    else:
        assert "Mar-24" in done.stderr


def test_a_return_that_excel_has_changed_is_read_or_told(peelian, case):
    report = peelian.validate(case("20-istv-excel") / "input.csv", "istv_attendance")
    # The columns of dates leave one order of day and month each, or the finding says what to write.
    errors = {finding.code for finding in report.findings if finding.severity == "ERROR"}
    assert errors <= {"PEEL-5025"} and not any(one.field == "assault_method" for one in report.findings)


def test_labels_of_rows_are_left_behind(peelian, case):
    report = peelian.validate(case("30-pandas-index") / "filtered.parquet", "published_figure")
    assert report.ok and report.received == 4
