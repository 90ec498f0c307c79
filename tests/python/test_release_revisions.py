"""What a release says of figures that were published before: revised, corrected, provisional, and by how much."""

import csv
import io
import json
import subprocess
from contextlib import closing
from datetime import UTC, datetime

import pytest

from exchange import crime, csv_parts, observation_pb2
from process import Server
from test_releases import Office

FIGURES, RECORDS = "knife-crime-offences", "recorded-crime-volume"
BASIS = {FIGURES: "submitted_figure", RECORDS: "computed_from_records"}
SOUTHWARK, HACKNEY = "E09000028", "E09000012"
FEBRUARY, JUNE = datetime(2026, 2, 3, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(binary, tmp_path_factory):
    server = Server(binary, tmp_path_factory.mktemp("revisions") / "data").start()
    yield server
    assert server.stop() == 0, server.log()[-2000:]


@pytest.fixture(scope="module")
def client(server):
    with closing(server.client()) as client:
        yield client


def submit_figures(client, extract, figures):
    """Figures of knife crime in January: a count and a status for each borough."""
    header = "measure,area,period,breakdown,numerator,denominator,value,unweighted_base,status,source"
    lines = [f"{FIGURES},{area},2026-01,,{count},,,,{status},A test" for area, (count, status) in figures.items()]
    content = "\n".join([header, *lines]).encode()
    client.submit("published_figure", "2026-01-01", "2026-01-31", *csv_parts(content), extract=extract)


def submit_crimes(client, extract, number):
    rows = [crime(f"crime-{at}", "2026-01-15") for at in range(number)]
    client.submit("crime", "2026-01-01", "2026-01-31", *csv_parts(rows), extract=extract)


def published(office, release_id):
    office.create(release_id, measures=[FIGURES, RECORDS], areas=[SOUTHWARK, HACKNEY], periods=["2026-01..2026-01"])
    review = office.review(release_id)
    office.approve(release_id)
    office.publish(release_id)
    files = office.export(release_id)
    rows = csv.DictReader(io.StringIO(files["observations.csv"].decode()))
    # Records of crimes give figures of knife crime too.
    kept = (row for row in rows if row["basis"] == BASIS[row["measure"]])
    return review, {(row["measure"], row["area"]): row for row in kept}, files


def told(row):
    return row["value"], row["revised_from"], row["marker"], row["obs_status"]


def basis(size):
    return observation_pb2.Basis.Name(size.basis).removeprefix("BASIS_").lower()


@pytest.fixture(scope="module")
def releases(client):
    office = Office(client)
    submit_figures(client, FEBRUARY, {SOUTHWARK: (40, "provisional"), HACKNEY: (50, "final")})
    submit_crimes(client, FEBRUARY, 60)
    first = published(office, "first")
    submit_figures(client, JUNE, {SOUTHWARK: (44, "final"), HACKNEY: (49, "final")})
    submit_crimes(client, JUNE, 63)
    return first, published(office, "second")


def test_records_are_provisional_until_they_were_extracted_late_enough(releases):
    (_, first, _), (_, second, _) = releases
    assert told(first[RECORDS, SOUTHWARK]) == ("60", "", "[p]", "P")
    assert told(second[RECORDS, SOUTHWARK]) == ("63", "60", "[r]", "R")


def test_a_revised_figure_says_what_was_published(releases):
    (_, first, _), (_, second, _) = releases
    assert told(first[FIGURES, SOUTHWARK]) == ("40", "", "[p]", "P")
    assert told(second[FIGURES, SOUTHWARK]) == ("44", "40", "[r]", "R")
    assert told(second[RECORDS, HACKNEY]) == ("0", "", "", "A")


def test_a_figure_that_was_final_is_corrected(releases):
    (_, first, _), (_, second, _) = releases
    assert told(first[FIGURES, HACKNEY]) == ("50", "", "", "A")
    assert told(second[FIGURES, HACKNEY]) == ("49", "50", "[r]", "R")
    assert "Corrected: releases/first had it as final." in second[FIGURES, HACKNEY]["caveats"]
    assert "Corrected" not in second[FIGURES, SOUTHWARK]["caveats"]


def test_the_size_of_revisions_is_told(releases):
    (before, _, _), (review, _, files) = releases
    assert list(before.revisions) == []
    sizes = {one.measure: one for one in review.revisions if basis(one) == BASIS[one.measure]}
    assert set(sizes) == {FIGURES, RECORDS}
    figures = sizes[FIGURES]
    assert (figures.area_level, figures.period_kind) == ("borough", "M")
    assert (figures.compared, figures.revised, figures.corrected) == (2, 2, 1)
    assert (figures.mean, figures.mean_absolute, figures.relative) == (1.5, 2.5, 5 / 93)
    records = sizes[RECORDS]
    assert (records.compared, records.revised, records.corrected) == (2, 1, 0)
    metadata = json.loads(files["metadata.json"])
    of = {one["measure"]: one["revisions"] for one in metadata["measures"]}
    assert of[FIGURES][0] == {
        "basis": "submitted_figure",
        "area_level": "borough",
        "period_kind": "M",
        "compared": 2,
        "revised": 2,
        "corrected": 1,
        "mean": 1.5,
        "mean_absolute": 2.5,
        "relative": 5 / 93,
    }
    assert "Revisions of totals that were published before" in files["metadata.html"].decode()


def test_the_manifest_names_the_releases_before(releases):
    (_, _, first), (_, _, second) = releases
    before, after = json.loads(first["manifest.json"]), json.loads(second["manifest.json"])
    assert before["earlier_releases"] == []
    assert [one["name"] for one in after["earlier_releases"]] == ["releases/first"]


def test_a_query_of_a_release_has_the_figure_before(client, releases):
    query = {"release": "releases/second", "basis": observation_pb2.BASIS_SUBMITTED_FIGURE}
    [seen] = client.query(FIGURES, SOUTHWARK, "2026-01", **query)
    [before] = seen.alternatives
    assert (before.source, before.value, before.difference) == ("releases/first", 40, -4)


def test_the_command_prints_the_size_of_revisions(binary, server, releases):
    command = [binary, "release", "review", "second", "--server", server.address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    [line] = [words for words in lines if words[:2] == [FIGURES, "figure"]]
    assert line == [FIGURES, "figure", "borough", "M", "2", "2", "1", "1.5000", "2.5000", "5.38%"]
