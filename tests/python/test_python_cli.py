"""The command line `peelian`, run as a process."""

import csv
import datetime
import io
import json
import os
import subprocess
import sys

import pytest

from process import on_terminal, slow_server


@pytest.fixture(scope="module")
def run(package, server, tmp_path_factory):
    """Runs the command line with the address of the module's exchange. Returns the finished process."""
    environment = os.environ | {"PEELIAN_SERVER": server.address, "NO_COLOR": "1", "PYTHONPATH": str(package)}
    folder = tmp_path_factory.mktemp("work")

    def run(*arguments, status=0, **more):
        command = [sys.executable, "-m", "peelian", *map(str, arguments)]
        done = subprocess.run(
            command, check=False, cwd=folder, env=environment | more, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    run.folder = folder
    return run


FIGURES = """measure,area,period,breakdown,numerator,status,source
knife-crime-offences,E09000028,2024-01,,52,final,Made up
knife-crime-offences,E09000028,2024-02,,48,final,Made up
"""


@pytest.fixture(scope="module")
def file(run):
    path = run.folder / "figures.csv"
    path.write_text(FIGURES)
    return path


@pytest.fixture(scope="module")
def submitted(run, file):
    return run("submit", file, "-d", "published_figure", "--agency", "mps", "-p", "2024-01..2024-02")


def test_help_teaches(run):
    assert "submit" in run("--help").stdout
    for command in ("measures", "agencies", "template", "validate", "submit", "query", "coverage", "explain", "plot"):
        assert len(run(command, "--help").stdout) > 300
    assert run("--version").stdout.count(".") == 2
    assert run("query", status=2).stderr


def test_measures(run):
    listed = run("measures", "knife", "crime").stdout
    assert "knife-crime-offences " in listed and "Knife crime" in listed and "trust" not in listed
    described = run("measures", "knife-crime-offences", "--details").stdout
    assert "numerator: " in described and "Caveats" in described
    assert "no measure" in run("measures", "happiness", status=3).stderr
    (found,) = json.loads(run("measures", "gun-lethal-discharges", "--json").stdout)[:1]
    assert found["id"].startswith("gun-lethal-discharges") and found["value_kind"] == "count"


def test_template(run, peelian):
    header = run("template", "crime").stdout.strip()
    assert header == peelian.catalogue().datasets["crime"].csv_header
    fields = {field["id"]: field for field in json.loads(run("template", "crime", "--dictionary", "--json").stdout)}
    assert fields["knife_use"]["required"] is True and "crime_group" not in fields
    run("template", "crime", "--json", status=2)
    dictionary = run("template", "crime", "--dictionary").stdout
    assert "knife_use" in dictionary and "always" in dictionary
    assert "crime_victim" in run("template", "crimes", status=3).stderr


def test_a_template_is_a_workbook_to_fill_in(run, tmp_path):
    import openpyxl

    path = tmp_path / "attendances.xlsx"
    template = ("template", "istv_attendance", "--format", "xlsx")
    assert "--output" in run(*template, status=2).stderr
    run(*template, "--dictionary", "-o", path, status=2)
    run(*template, "--output", path)
    run(*template, "--output", tmp_path / "again.xlsx")
    assert path.read_bytes() == (tmp_path / "again.xlsx").read_bytes()
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["istv_attendance", "Codes"]
    sheet = book["istv_attendance"]
    column = {cell.value: cell.column for cell in sheet[1]}
    assert ",".join(column) == run("template", "istv_attendance").stdout.strip()
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    formats = {name: sheet.column_dimensions[letter].number_format for name, letter in letters.items()}
    assert (formats["assault_method"], formats["site_code"]) == ("@", "@")
    assert (formats["reporting_period_start"], formats["arrival_at"]) == ("yyyy-mm-dd", "yyyy-mm-dd hh:mm")
    assert "A code of the sheet Codes" in sheet[f"{letters['assault_method']}1"].comment.text
    (offered,) = [
        one.formula1 for one in sheet.data_validations.dataValidation if f"{letters['assault_method']}2" in one.sqref
    ]
    codes = [row[0].value for row in book["Codes"][offered.partition("!")[2].replace("$", "")]]
    assert "03" in codes
    # A day and an instant as a spreadsheet has them, and a code as text.
    row = {
        "reporting_period_start": datetime.date(2017, 7, 1),
        "reporting_period_end": datetime.date(2017, 7, 31),
        "site_code": "RJZ01",
        "arrival_at": datetime.datetime(2017, 7, 10, 23, 15),  # noqa: DTZ001
        "assault_at": datetime.date(2017, 7, 10),
        "assault_method": "03",
        "assault_location_type": "01",
    }
    for name, value in row.items():
        sheet.cell(2, column[name], value)
    book.save(path)
    assert "1 rows: 0 with errors, 0 warnings" in run("validate", path, "-d", "istv_attendance").stdout


def test_validate(run, file, tmp_path):
    assert "2 rows: 0 with errors" in run("validate", file, "-d", "published_figure").stdout
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(FIGURES.replace("final", "finl", 1))
    refused = run("validate", wrong, "-d", "published_figure", status=3)
    # A text of letters could be a name, so it is not repeated.
    assert "Did you mean final?" in " ".join(refused.stdout.split()) and "finl" not in refused.stdout
    assert "PEEL-" in refused.stdout and "1 of 2 rows" in refused.stderr
    run("validate", tmp_path / "nowhere.csv", "-d", "published_figure", status=3)
    # One row of many is left out, and the others would be taken.
    heading, first, _ = FIGURES.splitlines(keepends=True)
    months = [first.replace("2024-01", f"{2000 + number // 12}-{number % 12 + 1:02}") for number in range(30)]
    wrong.write_text(heading + "".join(months) + first.replace("final", "finl"))
    left_out = run("validate", wrong, "-d", "published_figure", status=1)
    assert "31 rows: 1 with errors" in left_out.stdout and "1 of 31 rows" in left_out.stderr
    run("validate", file, "-d", "published_figure", "--with", "crime", status=2)


def test_findings_for_programs(run, tmp_path):
    wrong = tmp_path / "wrong, 100%.csv"
    wrong.write_text(FIGURES.replace("E09000028", "E09000099"))
    figures = ("validate", wrong, "-d", "published_figure")
    told = json.loads(run(*figures, "-f", "json", status=3).stdout)
    assert (told["file"], told["dataset"]) == (str(wrong), "published_figure")
    assert (told["received"], told["rejected"]) == (2, 2)
    codes = [(one["code"], one["line"], one["column"], one["value"]) for one in told["findings"]]
    # The refusal is a finding of the whole file.
    assert codes == [
        ("PEEL-1040", 0, "", ""),
        ("PEEL-5011", 2, "B", "E09000099"),
        ("PEEL-5011", 3, "B", "E09000099"),
    ]
    assert told["refusal"] == told["findings"][0]["message"]
    rows = list(csv.DictReader(io.StringIO(run(*figures, "-f", "csv", status=3).stdout)))
    assert [{**row, "row": int(row["row"]), "line": int(row["line"])} for row in rows] == told["findings"]
    run(*figures, "-f", "github", "-o", tmp_path / "annotations", status=3)
    refused, wrong_area = (tmp_path / "annotations").read_text().splitlines()
    name = str(wrong).replace("%", "%25").replace(",", "%2C")
    assert refused.startswith(f"::error file={name},title=PEEL-1040::published_figure: 2 of 2 rows have errors")
    assert "more than 5%25" in refused
    assert wrong_area.startswith(f"::error file={name},line=2,col=2,title=PEEL-5011 area::E09000099: ")
    assert wrong_area.endswith(" (2 times: B2, B3)")


def test_findings_of_a_submission_for_programs(run, tmp_path):
    path = tmp_path / "figures.csv"
    path.write_text(FIGURES)
    submission = ("submit", path, "-d", "published_figure", "--agency", "mps", "-p", "2024-01..2024-02", "--dry-run")
    told = json.loads(run(*submission, "-f", "json").stdout)
    assert (told["dry_run"], told["received"], told["refusal"]) == (True, 2, "")
    assert [one["severity"] for one in told["findings"]].count("ERROR") == 0
    path.write_text(FIGURES.replace("numerator", "name"))
    told = run(*submission, "-f", "github", status=3)
    assert told.stdout.startswith("::error file=") and ",title=PEEL-" in told.stdout
    assert told.stderr.startswith("error: ")
    assert json.loads(run(*submission, "-f", "json", status=3).stdout)["refusal"]


def test_validate_with_what_it_refers_to(run, synthetic):
    victims, crimes = (synthetic / dataset / "2016-01.csv" for dataset in ("crime_victim", "crime"))
    done = run("validate", victims, "-d", "crime_victim", "--with", f"crime={crimes}")
    assert " 0 with errors" in done.stdout and "--with" not in done.stdout
    alone = run("validate", victims, "-d", "crime_victim", status=3)
    assert "and 997 more" in alone.stdout and "--with crime=FILE checks the references" in alone.stdout


def test_profiles(run):
    listed = run("profiles").stdout
    assert "children-and-young-people" in listed and "2011/12" in listed
    one = run("profiles", "mopac-7").stdout
    assert "20:20:20" in one and "mopac-7-volume.theft-person" in one
    assert "the profiles are better-criminal" in run("profiles", "page", status=3).stderr
    assert "--profile" in run("query", status=2).stderr


def test_agencies(run):
    listed = run("agencies").stdout
    assert "southwark " in listed and "Southwark Council" in listed and len(listed.splitlines()) > 60
    boroughs = run("agencies", "--kind", "borough", "-d", "local_priority").stdout
    assert len(boroughs.splitlines()) == 34 and "mps" not in boroughs
    remits = run("agencies", "safestats", "--details").stdout
    assert "istv_attendance" in remits and "secondary" in remits and "istv-*" in remits and "E12000007" in remits
    assert "M, after 31 days" in run("agencies", "metropolitan", "--details").stdout
    assert "the kinds are borough" in run("agencies", "--kind", "boro", status=3).stderr
    assert "the datasets are" in run("agencies", "-d", "crimes", status=3).stderr
    assert "no agency" in run("agencies", "camelot", status=3).stderr


def test_validate_as_an_agency(run, file):
    figures = ("validate", file, "-d", "published_figure")
    run(*figures, "--agency", "southwark", "-p", "2024-01..2024-02")
    refused = run(*figures, "--agency", "hackney", status=3)
    assert "Hackney Council reports on Hackney, not on Southwark" in " ".join(refused.stdout.split())
    assert "did you mean southwark?" in run(*figures, "--agency", "southwalk", status=3).stderr
    assert "2 of 2 rows" in run(*figures, "-p", "2023", status=3).stderr


def test_coverage(run, tmp_path):
    question = ("coverage", "--agency", "mps", "-d", "crime", "-p", "2017-01..2017-02")
    table = run(*question).stdout
    assert table.count("OVERDUE") == 2 and "2 expected: 0 on time, 0 late, 2 overdue, 0 not due yet" in table
    rows = list(csv.DictReader(io.StringIO(run(*question, "--overdue", "-f", "csv").stdout)))
    assert [(row["period"], row["due_date"], row["status"]) for row in rows] == [
        ("2017-01", "2017-03-03", "overdue"),
        ("2017-02", "2017-03-31", "overdue"),
    ]
    run(*question, "-f", "json", "-o", tmp_path / "reports.json")
    assert [report["area"] for report in json.loads((tmp_path / "reports.json").read_text())] == ["E23000001"] * 2
    assert "register" in run("coverage", "--agency", "mps2", status=3).stderr


def test_query_of_a_source(run, file, submitted):
    own = run.folder / "own.csv"
    own.write_text(FIGURES.replace(",52,", ",60,"))
    run("submit", own, "-d", "published_figure", "--agency", "southwark", "-p", "2024-01..2024-02")
    question = ("query", "-m", "knife-crime-offences", "-a", "Southwark", "-p", "2024-01", "-f", "json")
    (seen,) = [found for found in json.loads(run(*question).stdout) if "value" in found]
    assert (seen["value"], [other["value"] for other in seen["alternatives"]]) == (52.0, [60.0])
    (seen,) = json.loads(run(*question, "--source", "southwark").stdout)
    assert seen["value"] == 60.0
    assert "southwalk" in run(*question, "--source", "southwalk", status=3).stderr


def test_submit(run, file, submitted):
    assert "2 received = 2 created + 0 updated" in submitted.stdout
    title = "mps published_figure 2024-01-01 to 2024-02-29: "
    assert submitted.stdout.startswith(f"{title}agencies/mps/submissions/")
    assert "  request " in submitted.stdout and "had received this submission before" not in submitted.stdout
    again = run("submit", file, "-d", "published_figure", "--agency", "mps", "-p", "2024-01..2024-02")
    assert again.stdout.splitlines()[:2] == submitted.stdout.splitlines()[:2]
    assert "had received this submission before" in again.stdout
    dry = run("submit", file, "-d", "published_figure", "--agency", "mps", "-p", "CY2024", "--dry-run")
    assert ": dry run, nothing written" in dry.stdout
    refused = run("submit", file, "-d", "crimes", "--agency", "mps", "-p", "2024-01", status=3)
    assert refused.stderr.startswith("error: ") and "Traceback" not in refused.stderr
    unreachable = run(
        "submit",
        file,
        "-d",
        "published_figure",
        "--agency",
        "mps",
        "-p",
        "2024-01",
        status=4,
        PEELIAN_SERVER="127.0.0.1:1",
    )
    assert "127.0.0.1:1" in unreachable.stderr


def test_query_in_every_form(run, submitted, tmp_path):
    question = ("query", "-m", "knife-crime-offences", "-a", "Southwark", "-p", "2024-01..2024-02")
    table = run(*question, "--compare", "previous-window").stdout
    assert "52" in table and "39 to 68" in table and "figure" in table and "same period last year" in table
    rows = [row for row in csv.DictReader(io.StringIO(run(*question, "-f", "csv").stdout)) if row["row"] == "value"]
    assert [(row["area_label"], row["value"]) for row in rows] == [("Southwark", "52"), ("Southwark", "48")]
    seen = json.loads(run(*question, "-f", "json").stdout)
    assert seen[0]["value"] == 52.0 and seen[0]["period_start_inclusive"] == "2024-01-01"
    assert (seen[0]["value_kind"], seen[0]["comparisons"]) == ("VALUE_KIND_COUNT", [])
    import pyarrow.parquet

    run(*question, "-f", "parquet", "-o", tmp_path / "answer.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "answer.parquet")["value"].to_pylist() == [52.0, 48.0]
    assert "--output" in run(*question, "-f", "parquet", status=2).stderr
    assert "nearest names" in run("query", "-m", "knife-crimes", status=3).stderr
    records = run(*question, "--basis", "records").stdout
    assert "not submitted" in records


def test_a_call_takes_no_longer_than_its_timeout(run):
    with slow_server() as address:
        said = run("query", "-m", "knife-crime-offences", "--timeout", "0.5", status=4, PEELIAN_SERVER=address).stderr
    assert "timeout of 0.5 s" in said
    said = run("query", "-m", "knife-crime-offences", status=2, PEELIAN_SERVER="http://127.0.0.1:1").stderr
    assert "write HOST:PORT" in said
    assert "write HOST:PORT" in run("whoami", status=2, PEELIAN_SERVER="http://127.0.0.1:1").stderr


@pytest.mark.parametrize("columns", [60, 80, 120, 200, None])
def test_a_table_of_any_width_is_whole(run, server, package, columns):
    areas = {"E09000020": "Kensington and Chelsea", "E09000013": "Hammersmith and Fulham"}
    groups = [(area, force) for area in areas for force in ("city-of-london", "metropolitan")]
    rows = [
        f"police-uk-crimes,{area},2024-01,force={force},{1_234_567 + number},final,Made up\n"
        for number, (area, force) in enumerate(groups)
    ]
    path = run.folder / "crimes.csv"
    path.write_text(FIGURES.splitlines(keepends=True)[0] + "".join(rows))
    # The same file again is the same submission.
    options = ("--agency", "police-uk", "-p", "2024-01", "--extracted", "2024-03-01", "--synthetic")
    run("submit", path, "-d", "published_figure", *options)
    question = [
        "query",
        "-m",
        "police-uk-crimes",
        "-p",
        "2024-01",
        "--by",
        "force",
        "-a",
        *" -a ".join(areas).split(),
    ]
    if columns:
        environment = os.environ | {"PEELIAN_SERVER": server.address, "PYTHONPATH": str(package), "TERM": "xterm"}
        environment.pop("COLUMNS", None)
        printed = on_terminal([sys.executable, "-m", "peelian", *question], columns, env=environment)
    else:
        printed = run(*question).stdout
    assert columns is None or max(map(len, printed.splitlines())) <= columns, printed
    words = [f"{1_234_567 + number:,}" for number in range(4)]
    words += [*" ".join(areas.values()).split(), "force=city-of-london", "force=metropolitan", "SYNTHETIC"]
    for word in words:
        assert word in printed, (word, printed)
    for same in ("police-uk-crimes", "2024-01", "figure SYNTHETIC"):
        assert printed.count(same) == 1 and printed.index(same) < printed.index(words[0]), printed


def test_explain(run, submitted):
    told = run("explain", "-m", "knife-crime-offences", "-a", "E09000028", "-p", "2024-01").stdout
    assert "Knife crime (version 1)" in told and "39 to 68" in told
    assert submitted.stdout.splitlines()[0].partition(": ")[2] in told


@pytest.mark.parametrize("form", ["png", "svg"])
def test_plot(run, submitted, tmp_path, form):
    path = tmp_path / f"knife.{form}"
    period = ("-p", "2024-01..2024-02", "-a", "Southwark")
    said = run("plot", "trend", "-m", "knife-crime-offences", *period, "-o", path).stdout
    assert "Knife crime. Southwark · January 2024 to February 2024" in said
    assert path.read_bytes().startswith(b"\x89PNG" if form == "png" else b"<?xml")
    wrong = run("plot", "trend", "-m", "knife-crime-offences", *period, "-o", tmp_path / "x.jpg", status=3)
    assert "none of .png, .svg, .pdf" in wrong.stderr
