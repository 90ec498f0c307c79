"""The commands of `peelian-server` that call an exchange, run as processes."""

import csv
import subprocess
import time

import pytest

from process import Server, on_terminal, silent_port, slow_line, slow_server

FIGURES = """measure,area,period,breakdown,numerator,status,source
knife-crime-offences,E09000028,2024-01,,52,final,Made up
"""


@pytest.fixture(scope="module")
def run(binary, tmp_path_factory):
    """Runs a command in a folder of its own. Returns the finished process."""
    folder = tmp_path_factory.mktemp("work")

    def run(*arguments, status=0, timeout=60):
        done = subprocess.run(
            [binary, *arguments], check=False, cwd=folder, capture_output=True, text=True, timeout=timeout
        )
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done

    run.folder = folder
    (folder / "figures.csv").write_text(FIGURES)
    return run


# An exchange that does not answer ----------------------------------------------------------------------------------------

SUBMIT = ("submit", "figures.csv", "--dataset", "published_figure", "--agency", "mps")
SUBMIT = (*SUBMIT, "--period", "2024-01-01..2024-01-31")
QUERY = ("query", "--measure", "knife-crime-offences")
EXPLAIN = ("explain", "--measure", "knife-crime-offences", "--period", "2024-01")


def test_a_call_to_a_port_that_never_answers_ends(binary, run):
    with silent_port() as address:
        began = time.monotonic()
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": run.folder}
        started = [
            subprocess.Popen([binary, *command, "--server", address], **pipes) for command in (SUBMIT, QUERY, EXPLAIN)
        ]
        ended = [(process.communicate(timeout=40)[1], process.returncode) for process in started]
    assert 9 < time.monotonic() - began < 20
    for said, status in ended:
        assert status == 4 and address in said
        assert "does not answer" in said and "check that a `peelian-server` runs there" in said


@pytest.mark.parametrize("command", [SUBMIT, QUERY, EXPLAIN], ids=["submit", "query", "explain"])
def test_a_call_takes_no_longer_than_its_timeout(run, command):
    with slow_server() as address:
        began = time.monotonic()
        said = run(*command, "--server", address, "--timeout", "1", status=4).stderr
        assert time.monotonic() - began < 5
    assert "timeout of 1 s" in said and "longer timeout" in said


def test_a_submission_over_a_slow_line_is_no_silence(run, server):
    """Answers to pings wait behind the content that is on its way."""
    lines = (f"knife-crime-offences,E09000028,2024-01,,{number},final,{number:0150}\n" for number in range(22_000))
    (run.folder / "large.csv").write_text(FIGURES.splitlines(keepends=True)[0] + "".join(lines))
    with slow_line(server.address, bytes_per_second=250_000) as address:
        began = time.monotonic()
        refused = run("submit", "large.csv", *SUBMIT[2:], "--server", address, status=3).stderr
        assert time.monotonic() - began > 16
    # The exchange has read all of it: a key occurs in every row.
    assert "rows have errors" in refused


@pytest.mark.parametrize("address", ["http://127.0.0.1:50829", "127.0.0.1", "localhost:50829/"])
def test_an_address_is_a_host_and_a_port(run, address):
    said = run(*QUERY, "--server", address, status=2).stderr
    assert f"{address} is not the address of a server: write HOST:PORT" in said


# The table of answers ----------------------------------------------------------------------------------------------------

AREAS = {"E09000020": "Kensington and Chelsea", "E09000013": "Hammersmith and Fulham"}
FORCES = ("city-of-london", "metropolitan")


@pytest.fixture(scope="module")
def crimes(run, server):
    """Large numbers with long names: made-up crimes of two boroughs, by force."""
    rows = [
        f"police-uk-crimes,{area},2024-01,force={force},{1_234_567 + number},final,Made up\n"
        for number, (area, force) in enumerate((area, force) for area in AREAS for force in FORCES)
    ]
    (run.folder / "crimes.csv").write_text(FIGURES.splitlines(keepends=True)[0] + "".join(rows))
    submit = ("submit", "crimes.csv", *SUBMIT[2:], "--synthetic", "--server", server.address)
    assert "4 created" in run(*submit).stdout
    areas = [argument for area in AREAS for argument in ("--area", area)]
    question = ("query", "--measure", "police-uk-crimes", *areas, "--period", "2024-01", "--by", "force")
    return (*question, "--server", server.address)


@pytest.mark.parametrize("columns", [60, 80, 120, 200, None])
def test_a_table_of_any_width_is_whole(binary, run, crimes, columns):
    printed = on_terminal([binary, *crimes], columns) if columns else run(*crimes).stdout
    assert columns is None or max(map(len, printed.splitlines())) <= columns, printed
    for number in range(4):
        assert f"{1_234_567 + number:,}" in printed, printed
    # The words of a name may stand on different lines.
    for word in (*" ".join(AREAS.values()).split(), *(f"force={force}" for force in FORCES), "SYNTHETIC"):
        assert word in printed, (word, printed)
    caption, _, table = printed.partition("─")
    for same in ("police-uk-crimes", "2024-01", "figure SYNTHETIC"):
        assert same in caption and same not in table, printed


# Real and synthetic data --------------------------------------------------------------------------------------------------


def test_the_latest_periods_of_real_data_have_no_synthetic_ones_of_other_years_beside_them(binary, run, tmp_path):
    header = FIGURES.splitlines(keepends=True)[0]
    real = "knife-crime-offences,E09000028,2025-01,,52,final,Made up\n"
    made_up = "".join(
        f"{measure},E09000028,{year}-01,,7,final,Made up\n"
        for measure in ("knife-crime-offences", "gun-crime-offences")
        for year in (2017, 2026)
    )
    server = Server(binary, tmp_path / "data").start()
    sent = (
        ("real.csv", header + real, "2025-01-01..2025-01-31", ()),
        ("made-up.csv", header + made_up, "2017-01-01..2026-01-31", ("--synthetic", "--collection", "made-up")),
    )
    question = "query -m knife-crime-offences -m gun-crime-offences -a E09000028 -p latest:1".split()

    def answered():
        rows = csv.DictReader(run(*question, "--format", "csv", "--server", server.address).stdout.splitlines())
        columns = ("measure", "period", "value", "synthetic")
        return [tuple(row[name] for name in columns) for row in rows if row["row"] == "value"]

    for name, content, period, options in reversed(sent):
        (run.folder / name).write_text(content)
        submit = ("submit", name, "--dataset", "published_figure", "--agency", "mps", "--period", period, *options)
        run(*submit, "--server", server.address)
        if options:
            # Where all is synthetic, its latest month is the latest.
            assert [period for _, period, *_ in answered()] == ["2026-01", "2026-01"]
    # The other measure has no real figure: a row with the reason, and not the synthetic figure of another year.
    assert answered() == [
        ("knife-crime-offences", "2025-01", "52", "false"),
        ("gun-crime-offences", "2025-01", "", "false"),
    ]
    assert server.stop() == 0


# A publisher's file ------------------------------------------------------------------------------------------------------

STREET = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
STREET += "Last outcome category,Context\n"
CITY, MET = "City of London Police", "Metropolitan Police Service"


def street(folder, name, force, crimes, small_area="E01000001"):
    """A made-up file of data.police.uk: burglaries in the City of London in July 2022."""
    lines = (
        f"{force[:4]}{number:060},2022-07,{force},{force},-0.09,51.5,On a street,{small_area},Name,Burglary,Unknown,\n"
        for number in range(crimes)
    )
    (folder / name).write_text(STREET + "".join(lines))
    return name


@pytest.fixture
def publish(binary, run, tmp_path):
    """Submits a file as a publisher's to an exchange of this test, and counts what is held."""
    server = Server(binary, tmp_path / "data").start()

    def submit(file, *options, extracted="2022-08-15", status=0):
        released = ("--extracted", extracted) if extracted else ()
        command = ("submit", file, "--from-publisher", *released, *options)
        return run(*command, "--server", server.address, status=status)

    def held():
        question = ("query", "-m", "police-uk-crimes", "-a", "E09000001", "-p", "2022-07", "-b", "force")
        answer = run(*question, "--format", "csv", "--server", server.address).stdout
        rows = csv.DictReader(answer.splitlines())
        return {
            row["breakdown"].removeprefix("force="): row for row in rows if row["row"] == "value" and row["value"]
        }

    submit.held, submit.address = held, server.address
    yield submit
    assert server.stop() == 0


def values(held):
    return {force: float(row["value"]) for force, row in held.items()}


def test_the_files_of_two_forces_stand_side_by_side(run, publish):
    publish(street(run.folder, "2022-07-city.csv", CITY, 5))
    publish(street(run.folder, "2022-07-met.csv", MET, 2))
    assert values(publish.held()) == {"city-of-london": 5, "metropolitan": 2}
    # A later file of one force replaces its own month only.
    later = street(run.folder, "2022-07-city.csv", CITY, 7)
    publish(later)
    assert values(publish.held()) == {"city-of-london": 7, "metropolitan": 2}


def test_a_file_that_does_not_say_when_it_was_released_is_asked_for_it(run, publish):
    """The time of a file on disk changes when it is copied, so that an old release could replace a new one."""
    file = street(run.folder, "2022-07-city.csv", CITY, 5)
    said = publish(file, extracted=None, status=2).stderr
    assert "neither 2022-07-city.csv nor its name says when its publisher released it" in said
    assert "--extracted" in said
    assert publish.held() == {}
    named = street(run.folder, "2022-07-city-2022-09-01.csv", CITY, 7)
    publish(named, extracted=None)
    assert values(publish.held()) == {"city-of-london": 7}
    # The first file is older than the one whose name has its day.
    assert "EXTRACT" in publish(file, status=3).stderr.upper()
    assert values(publish.held()) == {"city-of-london": 7}


def test_a_made_up_copy_keeps_its_label(run, publish):
    file = street(run.folder, "2022-07-city.csv", CITY, 5)
    publish(file, "--synthetic")
    assert publish.held()["city-of-london"]["synthetic"] == "true"


def test_a_collection_that_is_given_replaces_the_publishers(run, publish):
    publish(street(run.folder, "2022-07-city.csv", CITY, 5), "--collection", "x")
    # It is another collection, so the file of another force replaces it: one of the two rows held would go.
    other = street(run.folder, "2022-07-met.csv", MET, 2)
    refused = publish(other, "--collection", "x", status=3).stderr
    assert "expected_delete_count = 2" in refused
    stated = ("--collection", "x", "--expected-delete-count")
    assert "expected_delete_count is 3" in publish(other, *stated, "3", status=3).stderr
    publish(other, *stated, "2")
    assert values(publish.held()) == {"metropolitan": 2}


def test_a_publishers_file_can_be_merged_and_not_deleted(run, publish):
    publish(street(run.folder, "2022-07-city.csv", CITY, 5), "--collection", "x")
    other = street(run.folder, "2022-07-met.csv", MET, 2)
    publish(other, "--collection", "x", "--mode", "merge")
    assert values(publish.held()) == {"city-of-london": 5, "metropolitan": 2}
    said = publish(other, "--mode", "delete", status=2).stderr
    assert "a publisher's file states figures" in said and "`convert`" in said


def test_a_converted_file_is_a_file_of_figures(run, publish):
    """What `convert` prints can be submitted as it is, with the options that it names."""
    converted = run("convert", street(run.folder, "2022-07-city.csv", CITY, 5))
    (run.folder / "figures.csv").write_text(converted.stdout)
    widths = {len(row) for row in csv.reader(converted.stdout.splitlines())}
    assert len(widths) == 1
    options = converted.stderr.partition("submit the output with ")[2].split()
    run("submit", "figures.csv", *options, "--server", publish.address)
    assert values(publish.held()) == {"city-of-london": 5}


@pytest.mark.parametrize("command", [["submit", "--from-publisher"], ["convert"]], ids=["submit", "convert"])
def test_a_file_without_a_figure_is_an_error(run, command):
    elsewhere = street(run.folder, "2022-07-elsewhere.csv", MET, 3, small_area="E01020000")
    said = run(*command, elsewhere, status=3).stderr
    assert "2022-07-elsewhere.csv gives no figure: 3 of its 3 lines were left out" in said
    assert "PEEL-1903 3 lines lie outside London" in said
    empty = street(run.folder, "2022-07-empty.csv", MET, 0)
    assert "no lines below its header" in run(*command, empty, status=3).stderr
