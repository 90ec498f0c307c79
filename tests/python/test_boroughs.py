"""One borough's own records say nothing about the other boroughs, nor about London. The records of all boroughs do.

The same rows are given to an exchange, whose operator lets boroughs submit crimes, and to the C library and the Python
package in their own process. All three give the same bits.
"""

import pytest

from c_programs import run
from exchange import Client, catalogue_pb2, crime, csv_bytes, csv_parts, refused, victim
from process import Server
from test_conformance import (
    Submission,
    differences,
    members,
    program,  # noqa: F401
    read,
    through_grpc,
    through_python,
    write_plan,
)

# The operator's file: the remits of the kind take the place of those in the seeds.
REGISTER = """
[kinds.borough]
label = "London borough that submits its own crimes"
remits = [{ datasets = ["crime", "crime_victim"] }]
"""
MEASURES = ["recorded-crime-volume.victim-based", "knife-crime-offences", "repeat-victim-share.victims-prior-12m"]
SOUTHWARK, CITY = "E09000028", "E09000001"
BOROUGHS = [f"E090000{number:02}" for number in range(1, 34)]
# Greater London with the City, and the area of the Metropolitan Police, which is the other 32 boroughs.
LONDON, POLICE_AREA = "E12000007", "E23000001"
COVERED = ("2016-01-01", "2017-02-28")
# Fewer victims would be suppressed.
VICTIMS = 20


@pytest.fixture(scope="module")
def exchange(binary, tmp_path_factory):
    """An exchange that takes crimes from boroughs. It is empty at first."""
    folder = tmp_path_factory.mktemp("boroughs")
    (folder / "agencies.toml").write_text(REGISTER)
    server = Server(binary, folder / "data", "--agencies", folder / "agencies.toml").start()
    client = Client(server.address)
    yield client
    client.close()
    assert server.stop() == 0


@pytest.fixture(scope="module")
def agencies(exchange):
    request = catalogue_pb2.ListAgenciesRequest(kind="borough", page_size=1000)
    return {
        agency.remits[0].areas[0]: agency for agency in exchange.catalogue.ListAgencies(request, timeout=30).agencies
    }


def records(borough, agency):
    """Crimes of a borough in February 2017, each with a victim. A quarter of the victims were victims a year before."""
    rows, victims = [], []
    for number in range(VICTIMS):
        days = ["2017-02-14", *(["2016-06-01"] if number % 4 == 0 else [])]
        for day in days:
            ref = f"{borough}/{number}/{day}"
            knife = "threatened" if number % 5 == 0 else "none"
            rows.append(crime(ref, day, offence_borough=borough, ho_class="34B", knife_use=knife))
            victims.append(victim(ref, f"{borough}/{number}"))
    name = agency.name.removeprefix("agencies/")
    return [
        Submission(name, "", dataset, *COVERED, False, csv_bytes(content).replace(b"\r\n", b"\n"))
        for dataset, content in (("crime", rows), ("crime_victim", victims))
    ]


def by_area(found, measure):
    return {one["area"]: (one["value"], one["missing"]) for one in found if one["measure"] == measure}


def everywhere(exchange, program, package, folder, submissions, held, agencies):
    """The answers of the exchange. Those of C and Python are compared with them, from rows with and without their areas."""
    areas = [*BOROUGHS, LONDON, POLICE_AREA]
    questions = [(measure, areas, ["2017-02"], "", "london") for measure in MEASURES]
    expected = through_grpc(exchange, submissions, [], questions).observations
    for number, register in enumerate((agencies.values(), [])):
        plan = write_plan(folder / str(number), held, questions, register)
        for printed in (run(program, plan), through_python(package, plan), run(program, plan, "alone")):
            assert differences(expected, read(printed).observations, members.MEMBERS) == {}
    return expected


@pytest.fixture(scope="module")
def answers(exchange, agencies, program, package, tmp_path_factory):
    """The answers from Southwark's records, and then from those of the 32 boroughs of the police area."""
    folders = [tmp_path_factory.mktemp("plan") for _ in range(2)]
    [(folder / name).mkdir() for folder in folders for name in "01"]
    one = records(SOUTHWARK, agencies[SOUTHWARK])
    rest = [sent for area in BOROUGHS if area not in (SOUTHWARK, CITY) for sent in records(area, agencies[area])]
    common = (exchange, program, package)
    return (
        everywhere(*common, folders[0], one, one, agencies),
        everywhere(*common, folders[1], rest, [*one, *rest], agencies),
    )


@pytest.mark.parametrize(("measure", "value"), [*zip(MEASURES, [20.0, 4.0, 0.25], strict=True)])
def test_one_boroughs_file_says_nothing_about_other_areas(answers, measure, value):
    found = by_area(answers[0], measure)
    assert found.pop(SOUTHWARK) == (value.hex(), "-")
    assert len(found) == 34 and {*found.values()} == {("-", "not_submitted")}


@pytest.mark.parametrize(
    ("measure", "value", "whole"),
    [*zip(MEASURES, [20.0, 4.0, 0.25], [640.0, 128.0, 0.25], strict=True)],
)
def test_all_boroughs_make_london(answers, measure, value, whole):
    found = by_area(answers[1], measure)
    assert found[POLICE_AREA] == (whole.hex(), "-")
    assert {found[area] for area in BOROUGHS if area != CITY} == {(value.hex(), "-")}
    assert found[CITY] == ("-", "not_submitted")


def test_a_boroughs_remit_ends_at_its_boundary(exchange, agencies):
    """Rows of another borough are no data."""
    (crimes, _) = records("E09000022", agencies[SOUTHWARK])
    window = crimes.first, crimes.last
    refusal = refused(exchange.submit, "crime", *window, *csv_parts(crimes.content), agency=crimes.agency)
    assert "25 of 25 rows have errors" in refusal.message and {*refusal.fields} >= {"rows[1].offence_borough"}
