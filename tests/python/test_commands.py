"""The commands of `peelian-server` that call an exchange, run as processes."""

import subprocess
import time

import pytest

from process import on_terminal, silent_port, slow_line, slow_server

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
        assert status == 1 and address in said
        assert "does not answer" in said and "check that a `peelian-server` runs there" in said


@pytest.mark.parametrize("command", [SUBMIT, QUERY, EXPLAIN], ids=["submit", "query", "explain"])
def test_a_call_takes_no_longer_than_its_timeout(run, command):
    with slow_server() as address:
        began = time.monotonic()
        said = run(*command, "--server", address, "--timeout", "1", status=1).stderr
        assert time.monotonic() - began < 5
    assert "timeout of 1 s" in said and "longer timeout" in said


def test_a_submission_over_a_slow_line_is_no_silence(run, server):
    """Answers to pings wait behind the content that is on its way."""
    lines = (f"knife-crime-offences,E09000028,2024-01,,{number},final,{number:0150}\n" for number in range(22_000))
    (run.folder / "large.csv").write_text(FIGURES.splitlines(keepends=True)[0] + "".join(lines))
    with slow_line(server.address, bytes_per_second=250_000) as address:
        began = time.monotonic()
        refused = run("submit", "large.csv", *SUBMIT[2:], "--server", address, status=1).stderr
        assert time.monotonic() - began > 16
    # The exchange has read all of it: a key occurs in every row.
    assert "rows have errors" in refused


@pytest.mark.parametrize("address", ["http://127.0.0.1:50829", "127.0.0.1", "localhost:50829/"])
def test_an_address_is_a_host_and_a_port(run, address):
    said = run(*QUERY, "--server", address, status=1).stderr
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


@pytest.mark.parametrize("columns", [60, 80, 120, None])
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
