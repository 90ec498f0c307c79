"""Releases through the package: a release is made with the server's command, and read from Python."""

import asyncio
import csv
import datetime
import subprocess
import sys

import pytest

MEASURE = "hate-crime-reports"
BOROUGHS = {"E09000028": 41, "E09000022": 3, "E09000012": 60}
HEAD = "measure,area,period,breakdown,numerator,status,source\n"


@pytest.fixture(scope="module")
def released(peelian, server, binary):
    """An exchange with one published release."""
    lines = [f"{MEASURE},{area},2024-01,,{count},final,Made up\n" for area, count in BOROUGHS.items()]
    with peelian.connect(server.address) as exchange:
        exchange.submit(
            "published_figure",
            (HEAD + "".join(lines)).encode(),
            agency="mps",
            period="2024-01..2024-01",
            extracted=datetime.datetime(2026, 4, 2, 9, 30, tzinfo=datetime.UTC),
        )
        for step in [
            ["create", "first", "--title", "January", "-m", MEASURE, "-a", "borough", "-p", "2024-01"],
            ["approve", "first"],
            ["publish", "first"],
        ]:
            done = subprocess.run(
                [binary, "release", *step, "--server", server.address],
                check=False,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, done.stderr
        yield exchange


def test_releases_are_listed(peelian, released):
    (first,) = released.releases()
    assert (first.id, first.state, first.title, first.measures) == ("first", "published", "January", (MEASURE,))
    assert first.withheld >= 1 and first.observations >= 3
    assert first.published_at.tzinfo is datetime.UTC and first.supersedes == ""
    assert released.release("first") == first == released.release("releases/first")
    with pytest.raises(peelian.RefusedError):
        released.release("second")


def test_a_query_of_a_release_has_no_small_count(peelian, released):
    found = {one.area: one for one in released.query(MEASURE, areas="borough", periods="2024-01", release="first")}
    assert found["E09000022"].value is None and found["E09000022"].missing == "suppressed"
    assert found["E09000022"].marker == "[c]" and found["E09000022"].conf_status == "C"
    # Counts of victims are rounded to the nearest 5.
    assert (found["E09000028"].value, found["E09000012"].value) == (40.0, 60.0)
    live = {one.area: one for one in released.query(MEASURE, areas="borough", periods="2024-01")}
    assert (live["E09000022"].value, live["E09000022"].conf_status) == (3.0, "A")
    assert (live["E09000028"].value, live["E09000028"].conf_status) == (41.0, "F")


def test_the_files_of_a_release(peelian, released, server, package, tmp_path):
    folder = released.export("first", tmp_path / "first")
    with (folder / "observations.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["area"]: row for row in csv.DictReader(file)}
    assert (rows["E09000022"]["value"], rows["E09000022"]["marker"]) == ("", "[c]")
    assert float(rows["E09000028"]["value"]) == 40
    assert (folder / "manifest.sig").read_text()
    with pytest.raises(FileExistsError):
        released.export("first", tmp_path / "first")

    async def again():
        from peelian import aio

        async with await aio.connect(server.address) as exchange:
            (first,) = await exchange.releases()
            return await exchange.export(first.id, tmp_path / "again")

    written = asyncio.run(again())
    names = sorted(path.name for path in folder.iterdir())
    assert [(written / name).read_bytes() for name in names] == [(folder / name).read_bytes() for name in names]
    command = [
        sys.executable,
        "-m",
        "peelian",
        "export",
        "first",
        str(tmp_path / "third"),
        "--server",
        server.address,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=package, timeout=60)
    assert done.returncode == 0 and f"{len(names)} files" in done.stdout, done.stderr
    command = [sys.executable, "-m", "peelian", "releases", "--server", server.address]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=package, timeout=60)
    assert done.returncode == 0 and "published" in done.stdout, done.stderr


def test_an_edited_file_is_found(released, binary, tmp_path):
    folder = released.export("first", tmp_path / "first")
    verify = [binary, "release", "verify", folder]
    done = subprocess.run(verify, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    path = folder / "observations.csv"
    path.write_text(path.read_text().replace("40", "45", 1))
    done = subprocess.run(verify, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "observations.csv" in done.stdout, done.stdout
