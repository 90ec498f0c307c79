"""The commands that `peelian` and `peelian-server` both have: what they take, print and exit with is the same."""

import csv
import io
import json
import os
import re
import subprocess
import sys

import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

from process import Server, on_terminal

FIGURES = """measure,area,period,breakdown,numerator,status,source
knife-crime-offences,E09000028,2024-01,,52,final,Made up
knife-crime-offences,E09000028,2024-02,,48,final,Made up
"""
FIGURE = ("-d", "published_figure", "--agency", "mps")


@pytest.fixture(scope="module")
def exchange(binary, tmp_path_factory):
    server = Server(binary, tmp_path_factory.mktemp("exchange") / "data").start()
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def programs(package, binary):
    return {"peelian": [sys.executable, "-m", "peelian"], "peelian-server": [binary]}


@pytest.fixture(scope="module")
def run(programs, exchange, package, tmp_path_factory):
    """Runs a command with one of the programs. Returns what it printed, or with `errors` what it said."""
    environment = os.environ | {"PEELIAN_SERVER": exchange.address, "NO_COLOR": "1", "PYTHONPATH": str(package)}
    folder = tmp_path_factory.mktemp("work")
    (folder / "figures.csv").write_text(FIGURES)

    def run(*arguments, status=0, program="peelian", errors=False, **more):
        done = subprocess.run(
            [*programs[program], *map(str, arguments)],
            check=False,
            cwd=folder,
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stderr if errors else done.stdout

    run.folder = folder
    return run


@pytest.fixture(scope="module")
def submitted(run):
    """The name of a submission of two figures."""
    return name_in(run("submit", "figures.csv", *FIGURE, "-p", "2024-01..2024-02"))


def name_in(printed):
    return re.search(r"agencies/\S+/submissions/\w{26}", printed)[0]


SHARED = [
    "validate",
    "submit",
    "submissions",
    "convert",
    "pseudonymise",
    "query",
    "explain",
    "coverage",
    "areas",
    "codes",
]


@pytest.mark.parametrize(
    "command", [*([one] for one in SHARED), ["submissions", "list"], ["submissions", "withdraw"]]
)
def test_the_help_is_the_same(run, command):
    told, other = (run(*command, "--help", program=program) for program in ("peelian", "peelian-server"))
    assert len(told) > 300
    assert told.replace("peelian-server", "peelian").split() == other.replace("peelian-server", "peelian").split()
    assert "Exit codes: 0 when it is done" in run("--help", program="peelian-server")


def test_what_is_printed_is_the_same(run, submitted):
    question = ("-m", "knife-crime-offences", "-a", "Southwark", "-p", "2024-01..2024-02")
    for command in (
        ("query", *question),
        ("query", *question, "-f", "csv"),
        ("query", *question, "-f", "json"),
        ("explain", "-m", "knife-crime-offences", "-a", "Southwark", "-p", "2024-01", "--json"),
        ("validate", "figures.csv", "-d", "published_figure", "-f", "json"),
        ("submissions", "list", "-f", "csv"),
        ("coverage", "--agency", "mps", "-d", "crime", "-p", "2017-01..2017-02", "-f", "csv"),
        ("codes", "istv_attendance.assault_method"),
    ):
        told, other = run(*command), run(*command, program="peelian-server")
        if "json" in "".join(command):
            # The order of a map of the contract is not fixed.
            told, other = json.loads(told), json.loads(other)
        assert told == other, command


@pytest.mark.parametrize("program", ["peelian", "peelian-server"])
def test_exit_codes(run, submitted, program, tmp_path):
    query = ("query", "-m", "knife-crime-offences")
    run(*query, program=program)
    assert "--measure" in run("query", status=2, errors=True, program=program)
    assert "write HOST:PORT" in run(*query, "--server", "nowhere", status=2, errors=True, program=program)
    assert "nearest names" in run("query", "-m", "knife-crimes", status=3, errors=True, program=program)
    assert "no server answers" in run(*query, "--server", "127.0.0.1:1", status=4, errors=True, program=program)
    # A row of many has an error: the others are stored.
    area = "E09000011" if program == "peelian" else "E09000012"
    heading, first, _ = FIGURES.replace("E09000028", area).splitlines(keepends=True)
    months = [first.replace("2024-01", f"{2000 + number // 12}-{number % 12 + 1:02}") for number in range(30)]
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(heading + "".join(months) + first.replace("final", "finl"))
    for command in (("validate", wrong, "-d", "published_figure"), ("submit", wrong, *FIGURE, "-p", "2000..2024")):
        options = ("--collection", program) if command[0] == "submit" else ()
        said = run(*command, *options, status=1, errors=True, program=program)
        assert "1 of 31 rows have errors and are left out" in said
    wrong.write_text(FIGURES.replace("final", "finl"))
    for command in (("validate", wrong, "-d", "published_figure"), ("submit", wrong, *FIGURE, "-p", "2024")):
        assert "2 of 2 rows" in run(*command, status=3, errors=True, program=program)


def test_the_life_of_a_submission(run):
    nothing = run(
        "submit", "--nil-return", "-d", "crime", "--agency", "mps", "-p", "2019-01", "--extracted", "2019-02-20"
    )
    assert "0 received" in nothing
    (month,) = json.loads(run("coverage", "--agency", "mps", "-d", "crime", "-p", "2019-01", "-f", "json"))
    assert month["status"] in ("REPORT_STATUS_ON_TIME", "REPORT_STATUS_LATE")
    assert "<FILE>" in run("submit", "-d", "crime", "--agency", "mps", "-p", "2019-01", status=2, errors=True)

    run.folder.joinpath("gun.csv").write_text(FIGURES.replace("knife-crime", "gun-crime"))
    sent = ("submit", "gun.csv", *FIGURE, "-p", "2024-01..2024-02", "--collection", "gun")
    first = run(*sent)
    name, request = name_in(first), re.search(r"request (\S+)", first)[1]
    assert "received this submission before" not in first and "received this submission before" in run(*sent)

    shown = run("submissions", "show", name)
    assert name in shown and request in shown and "2 received = 2 created" in shown and "replace-period, gun" in shown
    (listed,) = [
        one for one in json.loads(run("submissions", "list", "--agency", "mps", "-f", "json")) if one["name"] == name
    ]
    assert listed == json.loads(run("submissions", "show", name, "--json"))
    assert (listed["header"]["request_id"], listed["receipt"]["created"]) == (request, 2)
    assert "nil-return" in run("submissions", "list", "--agency", "mps", "-d", "crime")
    assert len(run("submissions", "list", "--limit", "1", "-f", "csv").splitlines()) == 2

    found = json.loads(run("submissions", "findings", name, "-f", "json"))
    assert (found["submission"], found["findings"]) == (name, [])
    assert "There are no findings." in run("submissions", "findings", name)

    gun = ("-m", "gun-crime-offences", "-a", "Southwark", "-p", "2024-01")
    before = json.loads(run("explain", *gun, "--json"))["observations"][0]
    assert before["value"] == 52.0
    known = listed["receipt"]["accepted_at"]
    withdrawn = run("submissions", "withdraw", name, "--reason", "Wrong month")
    assert "withdrawn" in withdrawn and "Wrong month" in withdrawn
    assert "Wrong month" in run("submissions", "list", "--agency", "mps")
    # The ledger as it was before.
    told = json.loads(run("explain", *gun, "--as-of", known, "--json"))
    assert told["observations"][0]["value"] == 52.0


def test_findings_are_read_later(run):
    run.folder.joinpath("odd.csv").write_text(
        FIGURES.replace("52", "NA") + "knife-crime-offences,E09000028,2024-03,,1,final,Made up\n" * 2
    )
    done = run("submit", "odd.csv", *FIGURE, "-p", "2024", "--collection", "odd", "--dry-run", "-f", "json", status=3)
    assert json.loads(done)["refusal"]


def test_a_question_about_everything(run, submitted):
    """A measure without data is a row with its reason."""
    rows = json.loads(run("query", "--all-measures", "-a", "Southwark", "-p", "2024-01", "-f", "json"))
    by_measure = {row["measure"].partition(".")[0]: row for row in rows}
    assert len(by_measure) > 50
    assert by_measure["knife-crime-offences"]["value"] == 52.0
    without = [row for row in rows if "value" not in row]
    assert len(without) > 50 and all(row["missing"] != "MISSING_REASON_UNSPECIFIED" for row in without)
    table = run("query", "--all-measures", "-a", "Southwark", "-p", "2024-01")
    assert "not submitted" in table and "not applicable" in table


def test_csv_has_every_comparison_with_codes_and_labels(run, submitted):
    question = ("query", "-m", "knife-crime-offences", "-a", "Southwark", "-p", "2024-02", "-f", "csv")
    printed = run(*question, "--compare", "previous-window", "--compare", "same-period-last-year")
    value, *compared = csv.DictReader(io.StringIO(printed))
    assert (value["row"], value["measure_label"], value["area"], value["area_label"], value["value"]) == (
        "value",
        "Knife crime",
        "E09000028",
        "Southwark",
        "48",
    )
    assert [(row["row"], row["code"]) for row in compared] == [
        ("comparison", "previous_window"),
        ("comparison", "same_period_last_year"),
    ]
    # A comparison that is not made says why.
    assert all(row["verdict"] == "not compared" and row["note"] for row in compared)


def test_a_break_is_allowed_by_name(run):
    months = [f"{2023 + number // 12}-{number % 12 + 1:02}" for number in range(24)]
    rows = "".join(
        f"knife-crime-offences,E09000022,{month},,{50 + at},final,Made up\n" for at, month in enumerate(months)
    )
    run.folder.joinpath("years.csv").write_text(FIGURES.splitlines(keepends=True)[0] + rows)
    run("submit", "years.csv", *FIGURE, "-p", "2023..2024", "--collection", "years")
    question = (
        "query",
        "-m",
        "knife-crime-offences",
        "-a",
        "Lambeth",
        "-p",
        "CY2024",
        "--compare",
        "previous-window",
    )
    ((refused,),) = [row["comparisons"] for row in json.loads(run(*question, "-f", "json")) if "value" in row]
    assert refused["verdict"] == "VERDICT_NOT_COMPARED" and "allow_break" in refused["note"]
    ((made,),) = [
        row["comparisons"] for row in json.loads(run(*question, "-f", "json", "--allow-break")) if "value" in row
    ]
    assert made["verdict"] == "VERDICT_HIGHER" and "CONNECT" in made["note"]


@pytest.mark.parametrize(
    "form", ["zstd.arrow", "lz4.feather", "snappy.parquet", "zstd.parquet", "gzip.parquet", "unnamed"]
)
def test_arrow_containers_are_read(run, form, tmp_path):
    import pandas

    frame = pandas.read_csv(io.StringIO(FIGURES.replace("E09000028", "E09000007")), dtype={"measure": "category"})
    frame["numerator"] = frame["numerator"].astype("Int64")
    # The labels of rows are left behind.
    table = pyarrow.Table.from_pandas(frame[frame["period"] > "2023"].iloc[::-1])
    compression, _, ending = form.partition(".")
    path = tmp_path / f"figures.{ending or 'data'}"
    if ending == "parquet":
        pyarrow.parquet.write_table(table, path, compression=compression)
    else:
        codec = compression if ending else "zstd"
        options = pyarrow.ipc.IpcWriteOptions(compression=codec)
        make = pyarrow.ipc.new_stream if ending == "arrow" else pyarrow.ipc.new_file
        with make(path, table.schema, options=options) as writer:
            writer.write_table(table)
    checked = ("validate", path, "-d", "published_figure")
    assert "2 rows: 0 with errors" in run(*checked)
    assert run(*checked, program="peelian-server") == run(*checked)
    done = run("submit", path, *FIGURE, "-p", "2024-01..2024-02", "--collection", form.replace(".", "-"), "--dry-run")
    assert "2 received = 2 created" in done


def test_levels_of_an_index_are_never_dropped_in_silence(run, tmp_path):
    import pandas

    frame = pandas.read_csv(io.StringIO(FIGURES))
    frame.set_index(["measure", "period"]).to_parquet(tmp_path / "fields.parquet")
    assert "2 rows: 0 with errors" in run("validate", tmp_path / "fields.parquet", "-d", "published_figure")
    frame["year"] = 2024
    frame.set_index(["year", "period"]).to_parquet(tmp_path / "other.parquet")
    said = run("validate", tmp_path / "other.parquet", "-d", "published_figure", status=3, errors=True)
    assert "no column number 7 (G, a text of 4 letters)" in said
    doubled = frame.drop(columns="year").set_index(["measure", "period"]).rename_axis([None, None])
    doubled.to_parquet(tmp_path / "unnamed.parquet")
    said = run("validate", tmp_path / "unnamed.parquet", "-d", "published_figure", status=3, errors=True)
    assert "no column number 7 (G, a text of 17 characters)" in said


def test_lists_are_looked_up(run):
    (southwark,) = csv.DictReader(io.StringIO(run("areas", "southwark", "--level", "borough", "-f", "csv")))
    assert (southwark["code"], southwark["label"]) == ("E09000028", "Southwark")
    now = list(csv.DictReader(io.StringIO(run("areas", "-l", "ward", "-w", "Camden", "-f", "csv"))))
    then = json.loads(run("areas", "-l", "ward", "-w", "E09000007", "--on", "2022-05-04", "-f", "json"))
    assert (len(now), len(then)) == (20, 18), "the wards of Camden since May 2022, and before"
    assert all("E09000007" in row["within"] for row in now)
    assert len(run("areas", "-l", "borough", "-f", "csv").splitlines()) == 34
    assert "no area" in run("areas", "camelot", status=3, errors=True)
    assert "Southwark" in run("areas", "-w", "Suthwark", status=3, errors=True)

    assert "ho_class" in run("codes")
    (rape,) = json.loads(run("codes", "ho_class", "19C", "-f", "json"))
    assert rape["code"] == "19C"
    methods = list(csv.DictReader(io.StringIO(run("codes", "istv_attendance.assault_method", "-f", "csv"))))
    assert any(row["code"] == "03" for row in methods)
    assert "one of" in run("codes", "colours", status=3, errors=True)


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_every_table_fits_the_terminal(run, programs, exchange, package, submitted, columns):
    environment = os.environ | {"PEELIAN_SERVER": exchange.address, "PYTHONPATH": str(package), "TERM": "xterm"}
    environment.pop("COLUMNS", None)
    wards = csv.DictReader(io.StringIO(run("areas", "-l", "ward", "-w", "Southwark", "-f", "csv")))
    methods = csv.DictReader(io.StringIO(run("codes", "istv_attendance.assault_method", "-f", "csv")))
    reports = csv.DictReader(
        io.StringIO(run("coverage", "--agency", "mps", "-d", "crime", "-p", "2017", "-f", "csv"))
    )
    explained = ("explain", "-m", "knife-crime-offences", "-a", "Southwark", "-p", "2024-01")
    for command, told in (
        (("areas", "-l", "ward", "-w", "Southwark"), [text for row in wards for text in (row["code"], row["label"])]),
        (("codes", "istv_attendance.assault_method"), [row[name] for row in methods for name in ("code", "label")]),
        (("coverage", "--agency", "mps", "-d", "crime", "-p", "2017"), [row["due_date"] for row in reports]),
        # A name of a submission has 51 letters and stands behind its heading.
        (("submissions", "list"), [submitted] if columns > 60 else ["published_figure"]),
        (explained, [submitted, "39 to 68"] if columns > 60 else ["39 to 68"]),
    ):
        for program in ("peelian", "peelian-server"):
            printed = on_terminal([*programs[program], *command], columns, env=environment)
            widest = max(map(len, printed.splitlines()))
            # The text of a definition goes on in the next line of the terminal.
            assert widest <= columns or command[0] == "explain", (command, widest, printed)
            assert told
            for word in " ".join(told).split():
                assert word in printed, (word, command, printed)
