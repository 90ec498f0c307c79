"""Files in the forms that people have them: what is read, what is told, what is refused (docs/files.md)."""

import subprocess
from pathlib import Path

import pytest

HEADER = "measure,area,period,breakdown,numerator,status,source"
ROW = "knife-crime-offences,{area},2024-01,,{count},final,made up"
AREAS = ["E09000002", "E09000003", "E09000004"]
PLAIN = (
    "\n".join(
        [
            HEADER,
            *(ROW.format(area=area, count=10 + at) for at, area in enumerate(AREAS)),
        ]
    )
    + "\n"
)
ISTV = (
    "reporting_period_start,reporting_period_end,site_code,arrival_at,assault_at,assault_method,assault_location_type\n"
    "2017-07-01,2017-07-31,RJZ01,{at},2017-07-10,{method},01\n"
)
# Everyday files, each with a page that says what a careful person expects. They are not part of the repository.
CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"


def windows(text):
    return text.replace("\n", "\r\n")


def semicolons(text):
    return text.replace(",", ";")


FORMS = {
    "UTF-8 with a mark": ("\ufeff" + PLAIN).encode(),
    "CRLF": windows(PLAIN).encode(),
    "CR": PLAIN.replace("\n", "\r").encode(),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "semicolons": windows(semicolons(PLAIN)).encode(),
    "a declared separator": windows("sep=;\n" + semicolons(PLAIN)).encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "empty columns and rows": windows(PLAIN.replace("\n", ",,,\n") + ",,,,,,,,,\n" * 3).encode(),
    "a title": windows("Table 1: Knife crime, January 2024 [note 1]\nOne table.\n\n" + PLAIN).encode(),
    "row names": "\n".join(
        ",".join([f'"{at or ""}"', *(f'"{cell}"' for cell in line.split(","))])
        for at, line in enumerate(PLAIN.splitlines())
    ).encode(),
    "two files put together": (PLAIN + HEADER + "\n").encode(),
    "spaces that do not break": PLAIN.replace(",", "\u00a0,\u00a0").encode(),
    "other headings": PLAIN.replace(HEADER, "Measure,Area Code,PERIOD,Breakdown,Count,figure-status,Source").encode(),
    "names of areas": PLAIN.replace("E09000002", "Barking & Dagenham").replace("E09000003", "Barnet").encode(),
    "numbers of a spreadsheet": PLAIN.replace(",10,", ',"1,306",').replace(",11,", ",11.0,").encode(),
    "NA": PLAIN.replace("2024-01,,", "2024-01,NA,").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_table_is_read(peelian, form):
    report = peelian.validate(FORMS[form], "published_figure")
    assert (report.ok, report.received, report.warnings) == (True, 3, 0), report.findings or report.refusal


def test_windows_1252_is_read_and_told(peelian):
    text = PLAIN.replace("made up", "King\u2019s \u2013 made up")
    report = peelian.validate(text.encode("cp1252"), "published_figure")
    assert (report.ok, report.received) == (True, 3)
    (told,) = report.findings
    assert (told.code, told.severity) == ("PEEL-1002", "WARNING")
    assert "CSV UTF-8" in told.message


def test_what_is_not_text_is_refused_with_what_to_do(peelian):
    for content, part in [
        (b"%PDF-1.7\n1 0 obj", "a PDF"),
        (b"PK\x03\x04" + bytes(30), "workbook"),
        ("é".encode() + b"\xe9,x\n", "neither in UTF-8 nor in Windows-1252"),
    ]:
        assert part in peelian.validate(content, "published_figure").refusal


def test_a_finding_names_the_cell_of_the_spreadsheet(peelian):
    text = "A title\n\n" + PLAIN.replace("E09000003", "E09000099").replace("2024-01,,12", "Jan-24,,12")
    found = {finding.code: finding for finding in peelian.validate(text.encode(), "published_figure").findings}
    assert (
        found["PEEL-5011"].line,
        found["PEEL-5011"].column,
        found["PEEL-5011"].row,
    ) == (5, "B", 2)
    assert (found["PEEL-5005"].line, found["PEEL-5005"].value) == (6, "Jan-24")
    assert "2017-02" in found["PEEL-5005"].message
    assert found["PEEL-1003"].severity == "INFO"


def test_findings_with_one_fault_are_told_together(peelian):
    text = HEADER + "\n" + "".join(ROW.format(area="E09000099", count=at) + "\n" for at in range(9))
    (group,) = peelian.validate(text.encode(), "published_figure").findings.grouped()
    assert group[1:] == (9, "B2, B3, B4 and 6 more")


def test_all_unknown_columns_are_told_at_once(peelian):
    text = PLAIN.replace("measure,area", "measur,Place").replace("source", "Quelle")
    refusal = peelian.validate(text.encode(), "published_figure").refusal
    assert "`measur` (column A) (did you mean `measure`?)" in refusal
    assert "number 2 (B, a text of 5 letters)" in refusal and "number 7 (G, a text of 6 letters)" in refusal
    assert "required columns are missing: measure, area, source" in refusal


@pytest.mark.parametrize("at", ["2017-07-10T23:15:00", "2017-07-10 23:15", "2017-07-10 23:15:00.000"])
def test_a_local_time_is_the_clock_of_london(peelian, at):
    report = peelian.validate(ISTV.format(at=at, method="3").encode(), "istv_attendance")
    assert report.ok, report.findings


def test_an_order_of_day_and_month_is_never_guessed(peelian):
    report = peelian.validate(ISTV.format(at="01/07/2017 23:15", method="03").encode(), "istv_attendance")
    assert [finding.code for finding in report.findings if finding.severity == "ERROR"] == ["PEEL-5025"]


def test_a_mapping_reads_a_file_of_a_local_system(peelian, tmp_path):
    file, mapping = tmp_path / "return.csv", tmp_path / "mapping.toml"
    file.write_text(
        "Site;From;To;Arrived;Assaulted;How;Clerk\nRJZ01;2017-07-01;2017-07-31;01/07/2017 23:15;;Stabbed;Jo\n"
    )
    mapping.write_text(
        '[columns]\nSite = "site_code"\nFrom = "reporting_period_start"\nTo = "reporting_period_end"\n'
        'Arrived = "arrival_at"\nAssaulted = "assault_at"\nHow = "assault_method"\nClerk = ""\n'
        '[values.assault_method]\nStabbed = "03"\n[formats]\narrival_at = "%d/%m/%Y %H:%M"\n'
        '[constants]\nassault_location_type = "99"\n'
    )
    report = peelian.validate(file, "istv_attendance", mapping=mapping)
    assert [(finding.code, finding.field) for finding in report.findings] == [("PEEL-5001", "assault_at")]
    as_tables = {"columns": {"Site": "site_code", "Clerk": ""}}
    assert "reporting_period_start" in peelian.validate(file, "istv_attendance", mapping=as_tables).refusal
    with pytest.raises(peelian.errors.MappingError, match="line 1 of the mapping") as wrong:
        peelian.validate(file, "istv_attendance", mapping={"columns": {"Site": "sight"}})
    assert wrong.value.line == 1


def test_a_mapping_reads_a_file_to_compute_from(peelian, tmp_path):
    file = tmp_path / "figures.csv"
    file.write_text("Indicator;Place;Month;Offences\nknife-crime-offences;Southwark;01/2024;52\n")
    mapping = {
        "columns": {"Indicator": "measure", "Place": "area", "Month": "period", "Offences": "numerator"},
        "formats": {"period": "%m/%Y"},
        "constants": {"breakdown": "", "status": "final", "source": "Made up"},
    }
    by_dataset = {"published_figure": mapping}
    question = {"areas": "Southwark", "periods": "2024-01"}
    held = peelian.load({"published_figure": file}, mapping=by_dataset)
    (seen,) = held.query("knife-crime-offences", **question)
    assert seen.value == 52.0
    rows = {"published_figure": file}
    for more in ({}, {"check_all": True}):
        (seen,) = peelian.compute(rows, "knife-crime-offences", mapping=by_dataset, **question, **more)
        assert seen.value == 52.0
    with pytest.raises(ValueError, match="mapping names published_figures"):
        peelian.load(rows, mapping={"published_figures": mapping})
    with pytest.raises(TypeError, match="by dataset"):
        peelian.load(rows, mapping="mapping.toml")


def test_a_sheet_of_a_workbook_is_computed_from(peelian, workbook):
    rows, sheet = {"published_figure": workbook}, {"published_figure": "Figures"}
    assert peelian.load(rows, sheet=sheet).received["published_figure"].received == 3
    with pytest.raises(peelian.RowsError, match="no sheet `Data`"):
        peelian.load(rows, sheet={"published_figure": "Data"})


def test_a_feather_file_and_a_sum_of_duckdb_are_read(peelian, tmp_path):
    import duckdb
    import pyarrow
    from pyarrow import csv, feather

    figures = csv.read_csv(pyarrow.py_buffer(PLAIN.encode()))
    figures = figures.set_column(3, "breakdown", pyarrow.array([""] * 3))
    for compression in ["uncompressed", "lz4"]:
        path = tmp_path / f"{compression}.feather"
        feather.write_feather(figures, path, compression=compression)
        report = peelian.validate(path, "published_figure")
        assert (report.ok, report.received) == (True, 3), report.findings or report.refusal
    summed = duckdb.sql("select * replace (sum(numerator) over (partition by area) as numerator) from figures")
    report = peelian.validate(summed, "published_figure")
    assert report.ok, report.findings or report.refusal


def sheet_xml(rows):
    def cell(at, text):
        return f'<c r="{chr(65 + at % 26)}{text[0]}" t="inlineStr"><is><t>{text[1]}</t></is></c>'

    body = "".join(
        f'<row r="{line}">{"".join(cell(at, (line, text)) for at, text in enumerate(row))}</row>'
        for line, row in enumerate(rows, 1)
    )
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{body}</sheetData></worksheet>"
    )


@pytest.fixture
def workbook(tmp_path):
    """A workbook with a cover and a sheet of figures below a title."""
    import zipfile

    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    sheets = {
        "Cover": [["Made up"]],
        "Figures": [["A title"], [], *(line.split(",") for line in PLAIN.splitlines())],
    }
    path = tmp_path / "figures.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(sheets, 1))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{rels}">'
            f"<sheets>{listed}</sheets></workbook>",
        )
        whole = f'<Relationship Id="rId1" Type="{rels}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{package}">{whole}</Relationships>')
        linked = "".join(
            f'<Relationship Id="rId{at}" Type="{rels}/worksheet" Target="worksheets/sheet{at}.xml"/>'
            for at in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}">{linked}</Relationships>',
        )
        for at, rows in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{at}.xml", sheet_xml(rows))
    return path


def test_a_workbook_is_read_as_its_csv(peelian, workbook):
    report = peelian.validate(workbook, "published_figure")
    assert (report.ok, report.received) == (True, 3), report.findings or report.refusal
    assert peelian.validate(workbook, "published_figure", sheet="figures").received == 3
    refusal = peelian.validate(workbook, "published_figure", sheet="Data").refusal
    assert refusal == "the workbook has no sheet `Data`; its sheets are Cover, Figures"


def run(binary, *arguments):
    return subprocess.run([binary, *arguments], check=False, capture_output=True, text=True, timeout=120)


def test_the_command_line_of_the_server_reads_mappings_and_workbooks(binary, workbook, tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[constants]\ndenominator = ""\n')
    done = run(binary, "convert", workbook, "--map", mapping, "--dataset", "published_figure")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2] == HEADER + ",denominator"
    mapping.write_text('[columns]\n"x" = "sourc"\n')
    done = run(binary, "convert", workbook, "--map", mapping, "--dataset", "published_figure")
    assert done.returncode != 0
    assert "line 2 of the mapping" in done.stderr and "the nearest is `source`" in done.stderr


@pytest.fixture
def cases():
    if not CASES.is_dir():
        pytest.skip(f"{CASES} is not there: the everyday files are not part of the repository")
    return CASES


READ = [
    ("12-excel-ansi/input.csv", "published_figure"),
    ("14-semicolon/input.csv", "published_figure"),
    ("14-semicolon/input-sep.csv", "published_figure"),
    ("15-trailing-commas/input.csv", "published_figure"),
    ("15-trailing-commas/input-rows.csv", "published_figure"),
    ("16-title-above/input.csv", "published_figure"),
    ("17-r-write-csv/input.csv", "published_figure"),
    ("17-r-write-csv/input-no-names.csv", "published_figure"),
    ("18-suppression-marks/input-month.csv", "published_figure"),
    ("20-istv-excel/input-codes.csv", "istv_attendance"),
    ("21-istv-local-time/input.csv", "istv_attendance"),
    ("22-istv-national-names/input.csv", "istv_attendance"),
    ("27-area-names/input.csv", "published_figure"),
    ("30-pandas-index/index.csv", "published_figure"),
]


@pytest.mark.parametrize(("file", "dataset"), READ)
def test_everyday_files_are_read(peelian, cases, file, dataset):
    report = peelian.validate(cases / file, dataset)
    assert report.ok, report.refusal or report.findings


@pytest.mark.parametrize(
    "file",
    [
        "17-r-write-csv/input-crime.csv",
        "21-istv-local-time/input-dates.csv",
        "22-istv-national-names/input-spaces.csv",
    ],
)
def test_everyday_files_of_crimes_are_read(peelian, cases, file):
    report = peelian.validate(cases / file, "crime")
    assert not report.refusal and not report.rejected, report.refusal or report.findings


def test_periods_after_a_visit_to_excel_are_never_another_period(peelian, cases):
    report = peelian.validate(cases / "19-excel-periods" / "input-excel.csv", "published_figure")
    assert [(finding.code, finding.value) for finding in report.findings] == [
        ("PEEL-5005", "Jan-24"),
        ("PEEL-5005", "Feb-24"),
        ("PEEL-5005", "Mar-24"),
    ]


CONVERTED = [
    "01-mps-lookup-header/input.csv",
    "02-mps-2019-classes/input.csv",
    "03-mps-dashboard-spaced/input.csv",
    "10-home-office-headings/input.csv",
    "19-excel-periods/input-dashboard.csv",
    "40-publisher-options/2022-04-city-of-london-street.csv",
]


@pytest.mark.parametrize("file", CONVERTED)
def test_everyday_files_of_publishers_are_converted(binary, cases, file):
    done = run(binary, "convert", cases / file)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 1


def test_the_file_of_offences_of_the_dashboard_is_named(binary, cases):
    done = run(binary, "convert", cases / "03-mps-dashboard-spaced" / "input-tno.csv")
    assert done.returncode != 0
    assert "total notifiable offences" in done.stderr


def test_a_class_of_an_older_release_is_not_written_under_todays_code(binary, cases):
    done = run(binary, "convert", cases / "02-mps-2019-classes" / "input.csv")
    assert "PEEL-1910" in done.stderr
    assert "mps_class=violence_without_injury" not in done.stdout
    assert "mps_class=burglary_residential" not in done.stdout
