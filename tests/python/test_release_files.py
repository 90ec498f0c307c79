"""The files of a release, read by the programs that its readers use.

A test of the server writes the folder: a small release with every kind of observation.
"""

import csv
import datetime
import json
import os
import shutil
import struct
import subprocess
from collections import Counter

import pandas
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest
from csvw import CSVW
from openpyxl import load_workbook
from pysdmx.io import get_datasets, read_sdmx
from pysdmx.model import Codelist

from conftest import ROOT

KEY = ["measure", "area", "period", "breakdown", "basis"]
SHORTHAND = {"[b]", "[c]", "[low]", "[p]", "[r]", "[u]", "[x]", "[z]"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("releases") / "2017-example"
    test = "export::tests::folder::writes_the_folder_that_is_asked_for"
    done = subprocess.run(
        ["cargo", "test", "--release", "--workspace", "--bin", "peelian-server", "--", "--exact", test],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PEELIAN_WRITE_RELEASE": str(folder)},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stderr
    return folder


@pytest.fixture(scope="module")
def rows(folder):
    with (folder / "observations.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bits(number):
    return struct.pack("<d", number)


def same(cell, value):
    """Whether a cell of the CSV file is a value of Arrow, bit for bit."""
    match value:
        case None:
            return cell == ""
        case bool():
            return cell == str(value).lower()
        case float():
            return bits(float(cell)) == bits(value)
        case datetime.date():
            return cell == value.isoformat()
        case str():
            return cell == ("'" + value if value.startswith(("=", "+", "-", "@")) else value)
        case _:
            return cell == str(value)


# Tables -----------------------------------------------------------------------------------------------------------------


def test_all_readers_of_tables_see_the_same_bits(folder, rows):
    arrow = pyarrow.ipc.open_file(folder / "observations.arrow").read_all()
    arrow.validate(full=True)
    assert pyarrow.parquet.read_table(folder / "observations.parquet").equals(arrow)
    assert polars.read_parquet(folder / "observations.parquet").equals(polars.from_arrow(arrow))
    assert polars.read_ipc(folder / "observations.arrow").equals(polars.from_arrow(arrow))
    assert len(rows) == arrow.num_rows > 10
    for row, found in zip(rows, arrow.to_pylist(), strict=True):
        assert list(row) == list(found)
        assert all(same(row[name], value) for name, value in found.items()), (row, found)


def test_pandas_and_polars_read_the_values_of_the_csv_file_exactly(folder, rows):
    values = [row["value"] for row in rows]
    by_pandas = pandas.read_csv(folder / "observations.csv")["value"]
    by_polars = polars.read_csv(folder / "observations.csv", infer_schema_length=None)["value"].cast(polars.Float64)
    for cell, one, other in zip(values, by_pandas, by_polars, strict=True):
        if cell:
            assert bits(float(cell)) == bits(one) == bits(other)
        else:
            assert pandas.isna(one) and other is None


def test_an_observation_has_a_value_or_a_reason_and_a_marker(rows):
    assert Counter(row["marker"] for row in rows)["[c]"] == 2
    for row in rows:
        assert (row["value"] == "") == (row["missing"] != "")
        assert set(row["marker"].split()) <= SHORTHAND
        if row["missing"]:
            assert row["marker"] and row["lower"] == row["upper"] == row["numerator"] == ""
    assert {row["value"] for row in rows if row["missing"] == "suppressed"} == {""}


# CSV on the Web ---------------------------------------------------------------------------------------------------------


def is_valid(folder):
    table, metadata = folder / "observations.csv", folder / "observations.csv-metadata.json"
    try:
        return CSVW(str(table), md_url=str(metadata), validate=True).is_valid
    except ValueError:
        # A table without a required column is not read at all.
        return False


def test_a_revised_value_has_the_one_before(rows):
    before = {row["marker"]: row["revised_from"] for row in rows if row["revised_from"]}
    assert before == {"[r]": "5"}


def test_the_csv_file_is_what_its_metadata_say(folder, rows):
    metadata = json.loads((folder / "observations.csv-metadata.json").read_text())
    columns = metadata["tableSchema"]["columns"]
    assert metadata["url"] == "observations.csv"
    assert [column["name"] for column in columns] == list(rows[0])
    assert all(column["dc:description"] for column in columns)
    assert metadata["tableSchema"]["primaryKey"] == KEY
    assert len({tuple(row[name] for name in KEY) for row in rows}) == len(rows)
    assert is_valid(folder)


@pytest.mark.parametrize(
    ("old", "new"), [(",2017-02-28,", ",2017-02-30,"), (",1234,", ",many,"), ("measure,", "measures,")]
)
def test_a_csv_file_that_is_damaged_is_not_valid(folder, tmp_path, old, new):
    copy = shutil.copytree(folder, tmp_path / "copy")
    file = copy / "observations.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert not is_valid(copy)


# SDMX -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def structures(folder):
    """The structures, which are checked against the schemas of SDMX-ML 3.0."""
    return read_sdmx(folder / "sdmx-structure.xml", validate=True)


def test_the_data_of_sdmx_have_the_dimensions_and_codes_of_their_structure(folder, rows, structures):
    (data,) = get_datasets(folder / "sdmx.csv", folder / "sdmx-structure.xml", validate=True)
    components = data.structure.components
    dimensions = [part.id for part in components.dimensions]
    assert dimensions == [
        *("FREQ", "PERIOD_KIND", "MEASURE", "REF_AREA", "BREAKDOWN", "BASIS", "TIME_PERIOD"),
    ]
    parts = [*dimensions, "OBS_VALUE", *(part.id for part in components.attributes)]
    assert list(data.data.columns) == parts
    assert len(data.data) == len(rows) == len(data.data[dimensions].drop_duplicates())
    lists = {found.id: {code.id for code in found} for found in structures.structures if isinstance(found, Codelist)}
    for part in components:
        if f"CL_{part.id}" in lists:
            assert set(data.data[part.id]) <= lists[f"CL_{part.id}"], part.id


def test_the_values_of_sdmx_are_those_of_the_csv_file(folder, rows):
    with (folder / "sdmx.csv").open(newline="", encoding="utf-8") as file:
        sdmx = list(csv.DictReader(file))
    assert {(row["STRUCTURE"], row["STRUCTURE_ID"], row["ACTION"]) for row in sdmx} == {
        ("dataflow", "PEELIAN:OUTCOMES(1.0.0)", "I")
    }
    for row, other in zip(rows, sdmx, strict=True):
        assert row["value"] == other["OBS_VALUE"]
        for name in ("period", "marker", "conf_status", "obs_status", "numerator", "lower", "missing", "sources"):
            assert row[name] == other[name.upper()]


def test_periods_of_sdmx_have_the_days_of_the_csv_file(folder, rows):
    with (folder / "sdmx.csv").open(newline="", encoding="utf-8") as file:
        written = {row["PERIOD"]: row["TIME_PERIOD"] for row in csv.DictReader(file)}
    first = {row["period"]: row["period_start"] for row in rows}
    assert written["2016/17-Q2"] == "2016-Q3" and first["2016/17-Q2"] == "2016-07-01"
    assert written["R12-2017-02"] == "2016-03-01/P1Y" and first["R12-2017-02"] == "2016-03-01"
    assert written["2016/17"] == "2016-04-01/P1Y" and first["2016/17"] == "2016-04-01"
    assert written["CY2016"] == "2016" and written["2017-02"] == "2017-02"


# The workbook -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workbook(folder):
    return load_workbook(folder / "tables.xlsx")


def test_the_workbook_begins_with_cover_contents_and_notes(workbook):
    assert workbook.sheetnames[:3] == ["Cover", "Contents", "Notes"]
    assert all(" " not in name and len(name) <= 31 for name in workbook.sheetnames)
    contents = list(workbook["Contents"].iter_rows(min_row=4, values_only=True))
    assert [name for name, _ in contents] == workbook.sheetnames[2:]
    links = [row[0].hyperlink.location for row in workbook["Contents"].iter_rows(min_row=4)]
    assert links == [f"'{name}'!A1" for name in workbook.sheetnames[2:]]
    explained = {row[0] for row in workbook["Notes"].iter_rows(min_row=4, values_only=True)}
    assert explained == SHORTHAND


def test_each_sheet_has_one_marked_table_without_gaps(workbook):
    for sheet in workbook.worksheets[1:]:
        assert not sheet.merged_cells.ranges and sheet["A1"].value
        (table,) = sheet.tables.values()
        first, last = table.ref.split(":")
        assert (
            sheet[first].column == 1 and sheet[last].row == sheet.max_row and sheet[last].column == sheet.max_column
        )
        assert sheet.freeze_panes == f"A{sheet[first].row + 1}"
        cells = [cell for row in sheet[table.ref] for cell in row]
        assert all(cell.value is not None and cell.value != "" for cell in cells), sheet.title
        heads = [cell.value for cell in sheet[table.ref][0]]
        assert len(set(heads)) == len(heads) and heads == [column.name for column in table.tableColumns]


def test_the_workbook_has_the_values_of_the_csv_file(workbook, rows):
    found = [row for sheet in workbook.worksheets[3:] for row in sheet.iter_rows(min_row=5, values_only=True)]
    assert len(found) == len(rows)
    shown = Counter((row[0], row[2], bits(row[5]) if not isinstance(row[5], str) else row[5]) for row in found)
    expected = Counter(
        (row["area"], row["period"], bits(float(row["value"])) if row["value"] else row["marker"]) for row in rows
    )
    assert shown == expected
    assert "Number (unit: crime)" in [cell.value for cell in workbook["Table_1"][4]]


# Metadata and the manifest ----------------------------------------------------------------------------------------------


def test_the_metadata_have_the_definition_and_the_quality_of_each_measure(folder, rows):
    metadata = json.loads((folder / "metadata.json").read_text())
    assert metadata["release"]["id"] == "2017-example" and metadata["release"]["ledger_position"] == 42
    assert [one["measure"] for one in metadata["measures"]] == list(dict.fromkeys(row["measure"] for row in rows))
    for one in metadata["measures"]:
        own = [row for row in rows if row["measure"] == one["measure"]]
        assert one["formula"] and one["caveats"] and one["question"]
        assert {source["standing"] for source in one["sources"]} <= {
            *("stated", "verified", "unverified", "project_decision"),
        }
        quality = one["quality"]
        assert quality["observations"] == len(own)
        assert quality["withheld"] == sum(row["missing"] == "suppressed" for row in own)
        assert quality["provisional"] == sum("[p]" in row["marker"] for row in own)
        assert quality["with_all_reports"] == 0 and quality["with_expected_reports"] == len(own)


def verify(binary, folder, *more):
    return subprocess.run(
        [binary, "release", "verify", folder, *more], check=False, capture_output=True, text=True, timeout=60
    )


def test_an_edit_of_a_published_file_is_found(binary, folder, tmp_path):
    key = ("--key", folder.with_suffix(".pub"))
    assert verify(binary, folder, *key).returncode == 0
    copy = shutil.copytree(folder, tmp_path / "copy")
    page = copy / "index.html"
    page.write_text(page.read_text().replace("12,345", "12,344"))
    (copy / "more.csv").write_text("")
    (copy / "README.txt").unlink()
    done = verify(binary, copy, *key)
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "README.txt is missing",
        "index.html was changed: its hash is not the one in the manifest",
        "more.csv was added: the manifest does not list it",
    ]
    other = tmp_path / "other.pub"
    other.write_text("00" * 32)
    assert "signed with the key" in verify(binary, folder, "--key", other).stdout


def test_the_key_that_signs_is_made_once(binary, tmp_path):
    command = [binary, "release", "key", "--data-dir", tmp_path / "data"]
    keys = [subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout for _ in range(2)]
    assert keys[0] == keys[1] == (tmp_path / "data" / "release-signing.key.pub").read_text()
    assert (tmp_path / "data" / "release-signing.key").stat().st_mode & 0o077 == 0
