"""Files as people and programs write them: spreadsheets of LibreOffice, and exports of other tools."""

import io
import shutil
import subprocess
import zipfile

import pytest

COLUMNS = ["measure", "area", "period", "breakdown", "numerator", "status", "source"]
BOROUGHS = [f"E090000{number:02}" for number in range(2, 12)]
ROWS = [
    ["knife-crime-offences", area, "2024-01", "", str(10 + at), "final", "Made up"]
    for at, area in enumerate(BOROUGHS)
]


def text(rows=ROWS, columns=COLUMNS, separator=","):
    return "".join(separator.join(row) + "\n" for row in [columns, *rows])


def changed(row, **values):
    rows = [list(cells) for cells in ROWS]
    for column, value in values.items():
        rows[row][COLUMNS.index(column)] = value
    return rows


def packed(files):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, content in files.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else None
            folder.writestr(name, content, stored)
    return archive.getvalue()


# As LibreOffice 7 writes them --------------------------------------------------------------------------------------------

OASIS = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = " ".join(
    f'xmlns:{name}="{OASIS}:{name}:1.0"' for name in ("office", "table", "text", "style", "number", "calcext")
)


def opendocument():
    """A title in merged cells, a hidden sheet, dates with a style, and runs of equal cells and rows written once."""

    def cell(value):
        if value.isdigit():
            return (
                f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p>'
                "</table:table-cell>"
            )
        if value == "2024-01":
            return (
                '<table:table-cell table:style-name="ce1" office:value-type="date" office:date-value="2024-01-01">'
                "<text:p>01/01/24</text:p></table:table-cell>"
            )
        if not value:
            return "<table:table-cell/>"
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    title = (
        '<table:table-row table:style-name="ro1"><table:table-cell office:value-type="string" '
        'table:number-columns-spanned="7" table:number-rows-spanned="1"><text:p>Knife crime</text:p></table:table-cell>'
        '<table:covered-table-cell table:number-columns-repeated="6"/><table:table-cell '
        'table:number-columns-repeated="16377"/></table:table-row>'
    )
    padding = '<table:table-cell table:number-columns-repeated="16377"/>'
    rows = "".join(
        f'<table:table-row table:style-name="ro1">{"".join(map(cell, row))}{padding}</table:table-row>'
        for row in [COLUMNS, *ROWS]
    )
    rest = (
        '<table:table-row table:style-name="ro1" table:number-rows-repeated="1048564"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    hidden = (
        '<table:table table:name="Lists" table:style-name="ta2"><table:table-row><table:table-cell '
        'office:value-type="string"><text:p>a list</text:p></table:table-cell></table:table-row></table:table>'
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {NAMESPACES} office:version="1.3">'
        '<office:automatic-styles><number:date-style style:name="N37"><number:day number:style="long"/>'
        '</number:date-style><style:style style:name="ce1" style:family="table-cell" style:data-style-name="N37"/>'
        '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style></office:automatic-styles><office:body><office:spreadsheet>"
        f'<table:table table:name="Figures" table:style-name="ta1"><table:table-column table:style-name="co1" '
        f'table:number-columns-repeated="16384"/>{title}{rows}{rest}</table:table>{hidden}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{OASIS}:manifest:1.0" manifest:version="1.3"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry manifest:full-path="content.xml" '
        'manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return packed({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def open_xml():
    """Shared strings, and a style for dates, as LibreOffice exports a workbook for Excel."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    shared = sorted({value for row in [COLUMNS, *ROWS] for value in row if value and not value.isdigit()})

    def cell(place, value):
        if value == "2024-01":
            return f'<c r="{place}" s="1"><v>45292</v></c>'
        if value.isdigit():
            return f'<c r="{place}" s="0" t="n"><v>{value}</v></c>'
        return f'<c r="{place}" s="0" t="s"><v>{shared.index(value)}</v></c>' if value else f'<c r="{place}" s="0"/>'

    rows = "".join(
        f'<row r="{line}" customFormat="false" ht="12.8" hidden="false" outlineLevel="0">'
        + "".join(cell(f"{chr(65 + at)}{line}", value) for at, value in enumerate(row))
        + "</row>"
        for line, row in enumerate([COLUMNS, *ROWS], 1)
    )
    strings = "".join(f'<si><t xml:space="preserve">{value}</t></si>' for value in shared)
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

    def related(*parts):
        each = (
            f'<Relationship Id="rId{number}" Type="{office}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(parts, 1)
        )
        return f'{head}<Relationships xmlns="{package}/relationships">{"".join(each)}</Relationships>'

    return packed(
        {
            "[Content_Types].xml": f'{head}<Types xmlns="{package}/content-types"/>',
            "_rels/.rels": related(("officeDocument", "xl/workbook.xml")),
            "xl/_rels/workbook.xml.rels": related(
                ("styles", "styles.xml"),
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "sharedStrings.xml"),
            ),
            "xl/workbook.xml": f'{head}<workbook xmlns="{main}" xmlns:r="{office}"><workbookPr backupFile="false"/><sheets>'
            '<sheet name="Figures" sheetId="1" state="visible" r:id="rId2"/></sheets></workbook>',
            "xl/styles.xml": f'{head}<styleSheet xmlns="{main}"><numFmts count="1"><numFmt numFmtId="164" '
            'formatCode="dd/mm/yy"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" '
            'applyNumberFormat="true"/></cellXfs></styleSheet>',
            "xl/sharedStrings.xml": f'{head}<sst xmlns="{main}" uniqueCount="{len(shared)}">{strings}</sst>',
            "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )


@pytest.mark.parametrize(("made", "name"), [(opendocument, "figures.ods"), (open_xml, "figures.xlsx")])
def test_a_spreadsheet_of_libreoffice_has_the_rows_of_the_csv(peelian, made, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(made())
    report = peelian.validate(path, "published_figure")
    assert (report.received, report.rejected) == (len(ROWS), 0), report
    read = peelian._peelian.file_rows(path.read_bytes(), "published_figure").decode()  # noqa: SLF001
    rows = [line for line in read.splitlines() if line.strip(",")]
    header = next(at for at, line in enumerate(rows) if line.startswith("measure"))
    assert [line.split(",")[:7] for line in rows[header:]] == [COLUMNS, *ROWS]


# A CSV file is opened with its types found out, as people do it: dates become dates, "01" a number, "true" a truth value.
OPENED = "CSV:44,34,76,1,,0,false,true,false"
SAVED = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8", "xls": "MS Excel 97"}
RECORDS = {
    "crime": ("recorded-crime-volume", ["E23000001", "borough"]),
    "istv_attendance": ("istv-assault-attendances", "E12000007"),
    "workforce_snapshot": ("workforce-share", "E23000001"),
}


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed: Debian has libreoffice-calc")
@pytest.mark.parametrize("form", SAVED)
def test_what_libreoffice_saves_has_the_answers_of_the_csv(peelian, binary, form, tmp_path):
    made = [binary, "synthesise", "--out", tmp_path / "records", "--months", "1", "--end", "2017-12"]
    subprocess.run(made, check=True, capture_output=True, timeout=120)
    for dataset, (measure, areas) in RECORDS.items():
        original = tmp_path / "records" / dataset / "2017-12.csv"
        command = [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            f"--infilter={OPENED}",
        ]
        command += ["--convert-to", f"{form}:{SAVED[form]}", "--outdir", str(tmp_path), str(original)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        saved = tmp_path / f"{original.stem}.{form}"
        reports = [peelian.validate(file, dataset) for file in (original, saved)]
        assert reports[0].received == reports[1].received > 0 and not any(report.findings for report in reports)
        asked = {"areas": areas, "periods": "2017-12", "synthetic": True}
        before, after = (peelian.compute({dataset: file}, measure, **asked) for file in (original, saved))
        numbers = lambda found: [
            (one.area, one.value, one.missing, one.numerator, one.lower, one.upper) for one in found
        ]
        assert numbers(before) == numbers(after) and any(one.value for one in before)


# Exports of other tools --------------------------------------------------------------------------------------------------

ACCEPTED = {
    "Power BI": "\ufeff" + text(separator=";").replace("\n", "\r\n"),
    "SQL Server": text([[*row[:3], "NULL", *row[4:]] for row in ROWS]),
    "R, write.csv": '"",' + text().replace("\n", "\n1,")[:-2],
    "pandas, with its index": "," + text().replace("\n", "\n7,")[:-2],
    "SAS": text([[*row[:3], ".", *row[4:]] for row in ROWS]),
    "mixed case": text(changed(0, area="e09000002", measure="Knife-Crime-Offences", status="FINAL")),
    "thousands with a space": text(changed(0, numerator="1 306")),
    "thousands with a space that does not break": text(changed(0, numerator="1\u202f306")),
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_an_export_is_read_as_it_is(peelian, content, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(content, encoding="utf-8", newline="")
    for data in (path, content.encode()):
        report = peelian.validate(data, "published_figure")
        assert (report.received, report.rejected) == (len(ROWS), 0), report


BELOW = {
    "a total": "Total,,,,145,,\n",
    "notes after an empty line": '\nNotes:,,,,,,\n"1. Provisional, see page 3",,,,,,\nSource: made up,,,,,,\n',
    "notes without separators": "\nNotes:\n1. Provisional\n",
}


@pytest.mark.parametrize("below", BELOW.values(), ids=BELOW)
def test_notes_and_totals_below_the_rows_are_left_out_and_told(peelian, below):
    report = peelian.validate((text() + below).encode(), "published_figure")
    assert (report.received, report.rejected, report.refusal) == (len(ROWS), 0, ""), report
    assert [finding.code for finding in report.findings] == ["PEEL-1005"]
    # Between rows, such a line is a row with errors.
    between = peelian.validate((text() + below + text(columns=["x"]).split("\n", 1)[1]).encode(), "published_figure")
    assert between.rejected > 0


REFUSED = {
    "nothing": (b"", "no header row"),
    "an archive": (packed({"figures.csv": text()}), "unpack an archive"),
    "a web page named .xls": (b"<html><body><table><tr><td>measure</td></tr></table></body></html>", "web page"),
    "a page that asks to sign in": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "sign in"),
    "JSON lines": (b'{"measure": "knife-crime-offences"}\n' * 3, "JSON"),
    "JSON": (b'[{"measure": "knife-crime-offences"}]', "JSON"),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_another_kind_of_file_is_refused_by_its_name(peelian, content, said, tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    for data in (path, content):
        report = peelian.validate(data, "published_figure")
        assert said in report.refusal, report.refusal


def test_a_file_is_read_in_pieces_with_the_same_report(peelian, tmp_path):
    """The file is larger than a piece. A row in its middle and its last row have a fault."""
    figure = ["knife-crime-offences", BOROUGHS[0], "2024-01", ""]
    many = [[*figure, str(at), "final", f"Made up {at:0150}"] for at in range(60_000)]
    many[30_000][5], many[-1][4] = "certain", "x"
    content = text(many).encode()
    assert len(content) > 8 << 20
    path = tmp_path / "large.csv"
    path.write_bytes(content)
    whole, pieces = (peelian.validate(data, "published_figure") for data in (content, path))
    assert (whole.received, whole.rejected, whole.refusal) == (pieces.received, pieces.rejected, pieces.refusal)
    assert [*whole.findings] == [*pieces.findings] and {finding.line for finding in pieces.findings} >= {
        30_002,
        60_001,
    }


def test_a_file_that_is_not_there_is_named(peelian, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        peelian.validate(tmp_path / "none.csv", "published_figure")
