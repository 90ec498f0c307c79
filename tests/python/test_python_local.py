"""Rows in the process: checking them and computing from them, in every form of table and file."""

import datetime
import gzip
import inspect
import os
import struct
import subprocess
import sys
import threading

import pytest

SOUTHWARK, LAMBETH, POLICE_AREA = "E09000028", "E09000022", "E23000001"
# The rows report on all boroughs of the police area in this month.
FEBRUARY = {"periods": "2017-02", "covers": {"areas": POLICE_AREA}}


def crimes():
    """Five crimes. Four count. Knives were used in three of these: one in Southwark, two in Lambeth."""
    days = ["2017-02-01"] * 3 + ["2017-02-28"] * 2
    rows = {name: ["no"] * 5 for name in ["flag_da", "flag_cse", "flag_csa", "flag_hba", "flag_fm", "flag_fgm"]}
    rows |= {"crime_ref": list("abcde"), "record_status": ["active"] * 4 + ["cancelled"], "recorded_at": days}
    rows |= {"committed_from": days, "ho_class": ["34B"] * 5, "victim_based": [True] * 5}
    rows |= {"knife_use": ["threatened", "none", "injured", "threatened", "none"], "gun_use": ["none"] * 5}
    return rows | {"offence_borough": [SOUTHWARK] * 2 + [LAMBETH] * 3, "flag_hate": [""] * 5}


def as_pyarrow():
    import pyarrow

    return pyarrow.table(crimes())


def as_pandas():
    import pandas

    return pandas.DataFrame(crimes())


def as_selected_pandas():
    """A selection of rows leaves row labels. They are no field."""
    import pandas

    frame = pandas.DataFrame(crimes())
    return pandas.concat([frame, frame])[5:]


def as_polars():
    import polars

    return polars.DataFrame(crimes())


def as_duckdb():
    import duckdb

    return duckdb.from_arrow(as_pyarrow())


def as_categories():
    import pandas

    return pandas.DataFrame(crimes()).astype({"offence_borough": "category", "knife_use": "category"})


def as_dates():
    import polars

    days = [datetime.date.fromisoformat(day) for day in crimes()["recorded_at"]]
    return polars.DataFrame(crimes() | {"recorded_at": days, "committed_from": days})


def as_chunks():
    import pyarrow

    return pyarrow.concat_tables([as_pyarrow().slice(0, 2), as_pyarrow().slice(2)])


def as_polars_categories():
    import polars

    return as_polars().cast(
        {"offence_borough": polars.Categorical, "knife_use": polars.Enum(["injured", "none", "threatened"])}
    )


def as_polars_columns_of_their_own():
    """Columns whose chunks end at different rows."""
    import polars

    frame = as_polars()
    chunks = polars.concat([frame[:1], frame[1:4], frame[4:]], rechunk=False)
    return chunks.select(chunks.columns[:3]).hstack(frame.select(frame.columns[3:]))


def as_string_views():
    import pyarrow

    return pyarrow.table(
        {name: pyarrow.array(values).cast(pyarrow.string_view()) for name, values in crimes().items()}
    )


def as_polars_with_nothing():
    """A column without a type, because it has no value."""
    return as_polars().with_columns(weapon_class=None)


def as_pandas_with_nothing():
    """A category without categories."""
    import pandas

    return as_pandas().assign(weapon_class=pandas.Categorical([None] * 5))


def as_pandas_categories_of_other_types():
    import pandas

    frame = pandas.DataFrame(crimes()).assign(hour_band=[1, 2, 3, 4, 5], weapon_class=None)
    return frame.astype({"victim_based": "category", "hour_band": "category", "weapon_class": "category"})


def as_slices():
    """A table with a slice that has no rows."""
    import pyarrow

    batch = as_pyarrow().to_batches()[0]
    return pyarrow.Table.from_batches([batch.slice(0, 3), batch.slice(3, 0), batch.slice(3)])


def as_csv():
    return as_polars().write_csv().encode()


FORMS = [
    as_pyarrow,
    as_pandas,
    as_selected_pandas,
    as_polars,
    as_duckdb,
    as_categories,
    as_dates,
    as_chunks,
    as_polars_categories,
    as_polars_columns_of_their_own,
    as_string_views,
    as_polars_with_nothing,
    as_pandas_with_nothing,
    as_pandas_categories_of_other_types,
    as_slices,
    as_csv,
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_bits(peelian, form):
    question = {"areas": "borough", "periods": "2017-02"}
    found = peelian.compute({"crime": form()}, "knife-crime-offences", **question)
    values = {seen.area: seen.value for seen in found if seen.value}
    assert values == {SOUTHWARK: 1.0, LAMBETH: 2.0}
    assert found.received["crime"].received == 5 and found.received["crime"].ok
    assert found.to_dicts() == peelian.compute({"crime": as_pyarrow()}, "knife-crime-offences", **question).to_dicts()


def many_crimes(polars):
    """The five crimes, repeated many times. Each has its own reference."""
    frame = polars.concat([as_polars()] * 20_000)
    return frame.with_columns(crime_ref=polars.format("C{}", polars.int_range(len(frame))))


@pytest.mark.parametrize("texts", [0, 50, 5_000])
@pytest.mark.parametrize("chunks", [1, 3])
def test_categories_that_all_columns_share(peelian, texts, chunks):
    """A categorical has the texts of all columns that share its categories. Many of them are no codes."""
    import polars

    frame = many_crimes(polars)
    shared = polars.Categorical(polars.Categories(f"crimes {texts} {chunks}"))
    others = ["Jo Bloggs", "someone@example.com", "n/k", "", *(f"text {number}" for number in range(texts))]
    held = polars.Series(others, dtype=shared)
    coded = frame.with_columns(polars.col("offence_borough", "ho_class", "knife_use", "record_status").cast(shared))
    size = len(coded) // chunks + 7
    parts = [coded[at : at + size] for at in range(0, len(coded), size)]
    coded = polars.concat(parts, rechunk=False)
    assert coded["ho_class"].n_chunks() == chunks and held.dtype == coded["ho_class"].dtype
    question = {"areas": "borough", "periods": "2017-02"}
    for measures in ("knife-crime-offences", "recorded-crime-volume"):
        expected = peelian.compute({"crime": frame}, measures, **question)
        assert peelian.compute({"crime": coded}, measures, **question).to_dicts() == expected.to_dicts()
    report = peelian.validate(coded, "crime")
    assert (report.received, report.rejected, report.refusal) == (100_000, 0, "")
    at_fault = polars.when(polars.int_range(len(coded)) == 77_777)
    wrong = coded.with_columns(knife_use=at_fault.then(polars.lit("Jo Bloggs").cast(shared)).otherwise("knife_use"))
    (finding,) = peelian.validate(wrong, "crime").findings
    assert (finding.row, finding.field, finding.value) == (77_778, "knife_use", "a text of 9 characters")


def test_identifiers_are_judged_by_those_that_rows_have(peelian):
    """Only the values of these rows count, not those of the whole table that they come from."""
    import pyarrow

    def refusal(keys, texts):
        refs = pyarrow.DictionaryArray.from_arrays(pyarrow.array(keys, "int16"), texts)
        table = as_pyarrow().drop_columns("crime_ref").append_column("crime_ref", refs)
        return peelian.validate(table, "crime").refusal

    people = [f"someone{number}@example.com" for number in range(50)]
    codes = [f"C{number}" for number in range(50)]
    assert refusal(range(5), codes + people) == ""
    assert "direct identifiers" in refusal(range(5), people + codes)


def figures(denominators):
    count = len(denominators)
    columns = {"measure": ["knife-crime-offences"] * count, "area": [SOUTHWARK] * count, "breakdown": [""] * count}
    columns |= {"period": [f"{2000 + month // 12}-{month % 12 + 1:02}" for month in range(count)]}
    columns |= {"numerator": ["1"] * count, "denominator": denominators}
    return columns | {"status": ["final"] * count, "source": ["made up"] * count}


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary"])
def test_every_fault_is_told(peelian, kind):
    """Not only the first of the values with the same text."""
    import pyarrow

    columns = {name: pyarrow.array(values) for name, values in figures(["ten"] * 3 + [""] * 97).items()}
    texts = columns["denominator"]
    columns["denominator"] = (
        texts.dictionary_encode() if kind == "dictionary" else texts.cast(getattr(pyarrow, kind)())
    )
    report = peelian.validate(pyarrow.table(columns), "published_figure")
    assert (report.received, report.rejected) == (100, 3)
    assert [(found.row, found.field, found.value) for found in report.findings] == [
        (row, "denominator", "a text of 3 letters") for row in (1, 2, 3)
    ]


def broken(data_type, *buffers, children=()):
    import pyarrow

    buffers = [None, *(pyarrow.py_buffer(buffer) for buffer in buffers)]
    return pyarrow.Array.from_buffers(data_type, 5, buffers, children=[*children])


def hostile_arrays():
    """Arrays of five texts, in forms that no library makes."""
    import pyarrow

    def offsets(*ends):
        return struct.pack("<6i", *ends)

    def view(length, buffer, start):
        return struct.pack("<i4sii", length, b"none", buffer, start)

    none = pyarrow.array(["none"])
    keys = pyarrow.array([0, 0, 7, 0, 0], pyarrow.int8())
    return {
        "not UTF-8": broken(pyarrow.string(), offsets(0, 4, 8, 12, 16, 20), b"none" * 4 + b"no\xff\xfe"),
        "an end before the start": broken(pyarrow.string(), offsets(0, 4, 2, -9, 16, 20), b"none" * 5),
        "a view beyond": broken(pyarrow.string_view(), view(4, 0, 0) * 4 + view(99, 7, 1 << 30)),
        "a key beyond": pyarrow.DictionaryArray.from_arrays(keys, none, safe=False),
    }


@pytest.mark.parametrize("field", ["knife_use", "crime_ref"])
@pytest.mark.parametrize("kind", ["not UTF-8", "an end before the start", "a view beyond", "a key beyond"])
def test_arrays_that_are_none(peelian, kind, field):
    import pyarrow

    columns = {name: pyarrow.array(values) for name, values in crimes().items()}
    with pytest.raises(peelian.RowsError, match="not valid Arrow data"):
        peelian.load({"crime": pyarrow.table(columns | {field: hostile_arrays()[kind]})})


def test_a_dictionary_of_free_text(peelian):
    """It is not expanded: 20,000 rows of 100 kB are 2 GB, more than a column of text holds. Keys are checked."""
    import pyarrow

    rows = 20_000
    texts = pyarrow.array(["x" * 100_000])
    columns = {"borough": [SOUTHWARK] * rows, "valid_from": ["2017-04-01"] * rows}
    columns |= {"priority_1": ["robbery_personal"] * rows, "priority_2": ["burglary_residential"] * rows}
    table = pyarrow.table(columns)
    keys = pyarrow.array([0] * rows, pyarrow.int32())
    long = table.append_column("rationale", pyarrow.DictionaryArray.from_arrays(keys, texts))
    assert peelian.validate(long, "local_priority").rejected == rows
    beyond = pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0] * (rows - 1) + [1], pyarrow.int32()), texts, safe=False
    )
    with pytest.raises(peelian.RowsError, match="not valid Arrow data"):
        peelian.load({"local_priority": table.append_column("rationale", beyond)})


def test_tables_that_say_little(peelian):
    import polars
    import pyarrow

    empty = pyarrow.Table.from_batches([], schema=pyarrow.schema([("crime_ref", pyarrow.string())]))
    assert "record_status" in peelian.validate(empty, "crime").refusal
    pattern = as_polars().with_columns(polars.lit(1).alias("^crime.*$"))
    assert "column number 17" in peelian.validate(pattern, "crime").refusal
    with pytest.raises(ValueError, match="_pli128"):  # as Arrow spells Polars' 128 bits
        peelian.load({"crime": as_polars().with_columns(suspect_count=polars.lit(1, polars.Int128))})
    assert peelian.compute({"crime": as_polars()}, "knife-crime-offences", **FEBRUARY, threads=10**6)[0].value == 3


@pytest.mark.parametrize("name", ["crime.csv", "crime.csv.gz", "crime.arrows", "crime.parquet"])
def test_files(peelian, tmp_path, name):
    import pyarrow.parquet

    path = tmp_path / name
    if name.endswith(".parquet"):
        pyarrow.parquet.write_table(as_pyarrow(), path)
    elif name.endswith(".arrows"):
        with pyarrow.ipc.new_stream(path, as_pyarrow().schema) as writer:
            writer.write_table(as_pyarrow())
    else:
        path.write_bytes(gzip.compress(as_csv()) if name.endswith(".gz") else as_csv())
    for given in (path, str(path)):
        assert peelian.validate(given, "crime").received == 5
    assert peelian.compute({"crime": path}, "knife-crime-offences", **FEBRUARY)[0].value == 3.0


def figures_by_flag():
    """Figures of Southwark: all, and the two groups of domestic abuse. Their labels are what a filter leaves."""
    import pandas

    breakdown = ["", "flag_da=yes", "flag_da=no"]
    rows = dict(measure="knife-crime-offences", area=SOUTHWARK, period="2024-01", breakdown=breakdown)
    return pandas.DataFrame(
        {**rows, "numerator": [52, 12, 40], "status": "final", "source": "Made up"}, index=[3, 0, 1]
    )


def numbers(peelian, rows, **more):
    """The numbers of Southwark, by breakdown."""
    question = dict(areas=SOUTHWARK, periods="2024-01")
    total = peelian.compute({"published_figure": rows}, "knife-crime-offences", **question, **more)
    by_flag = peelian.compute({"published_figure": rows}, "knife-crime-offences", by="flag_da", **question, **more)
    return {seen.breakdown: seen.value for seen in [*total, *by_flag] if seen.value is not None}


RIGHT = {"": 52.0, "flag_da=yes": 12.0, "flag_da=no": 40.0}


@pytest.mark.parametrize("check_all", [False, True])
@pytest.mark.parametrize("levels", [["breakdown"], ["area", "breakdown"], ["area", "period", "breakdown"]])
def test_levels_of_an_index_that_are_fields_are_columns(peelian, levels, check_all):
    rows = figures_by_flag().set_index(levels)
    assert peelian.validate(rows, "published_figure").ok
    assert numbers(peelian, rows, check_all=check_all) == RIGHT


@pytest.mark.parametrize("check_all", [False, True])
def test_labels_of_rows_are_left_behind_in_every_form(peelian, tmp_path, check_all):
    import pyarrow
    import pyarrow.feather

    frame = figures_by_flag()
    table = pyarrow.Table.from_pandas(frame)
    assert "__index_level_0__" in table.column_names
    frame.to_parquet(tmp_path / "figures.parquet")
    with pyarrow.ipc.new_stream(tmp_path / "figures.arrows", table.schema) as stream:
        stream.write(table)
    forms = [frame, table, tmp_path / "figures.parquet", tmp_path / "figures.arrows", frame.to_csv().encode()]
    for rows in forms:
        report = peelian.validate(rows, "published_figure")
        assert (report.ok, report.refusal) == (True, ""), rows
        assert numbers(peelian, rows, check_all=check_all) == RIGHT


@pytest.mark.parametrize("check_all", [False, True])
def test_an_index_that_is_no_field_is_refused(peelian, check_all):
    import pyarrow

    frame = figures_by_flag()
    ward = frame.assign(ward=["a", "b", "c"])
    unnamed = frame.set_index(["area", "breakdown"]).rename_axis(["area", None])
    for rows, named in (
        (ward.set_index("ward"), "`ward`"),
        (ward.set_index(["area", "ward"]), "`ward`"),
        (unnamed, "a level without a name"),
        (pyarrow.Table.from_pandas(unnamed), "a level without a name"),
    ):
        with pytest.raises(peelian.RowsError, match=r"reset_index\(drop=True\)") as raised:
            numbers(peelian, rows, check_all=check_all)
        assert named in str(raised.value) and raised.value.code == "PEEL-1011"
        assert named in peelian.validate(rows, "published_figure").refusal
    with pytest.raises(peelian.RowsError, match="names a level of the index and a column"):
        numbers(peelian, frame.set_index("area", drop=False), check_all=check_all)


def test_a_first_column_without_a_heading_holds_nothing_else(peelian):
    names = figures_by_flag().set_axis(["Jo", "Al", "Vi"]).to_csv().encode()
    assert "has no heading" in peelian.validate(names, "published_figure").refusal


def test_the_answer_in_every_form(peelian):
    import duckdb
    import polars
    import pyarrow

    found = peelian.compute({"crime": as_polars()}, "knife-crime-offences", areas="borough", periods="2017-02")
    columns = found.to_pyarrow().column_names
    assert len(found) == 33 and columns == list(found.to_pandas().columns) == found.to_polars().columns
    assert pyarrow.table(found).equals(found.to_pyarrow())
    assert polars.DataFrame(found).equals(found.to_polars())
    assert duckdb.sql("select sum(value) from found").fetchall() == [(3.0,)]
    seen = next(seen for seen in found if seen.area == SOUTHWARK)
    assert (seen.area_label, seen.period_start, seen.method) == (
        "Southwark",
        datetime.date(2017, 2, 1),
        "exact_poisson",
    )
    assert found.to_dicts()[list(found).index(seen)]["upper"] == seen.upper
    html = found._repr_html_()
    assert html.count("<tr") == 34 and "Southwark" in html and "0 to 6" in html


def test_a_month_without_a_row_is_zero_and_one_not_covered_is_missing(peelian):
    question = {"areas": SOUTHWARK, "periods": "2017-01..2017-03"}
    alone = peelian.compute({"crime": as_polars()}, "knife-crime-offences", **question)
    assert [(seen.value, seen.missing) for seen in alone] == [
        (None, "not_submitted"),
        (1.0, None),
        (None, "not_submitted"),
    ]
    covers = (datetime.date(2017, 1, 1), "2017-03-31")
    for given in (covers, {"crime": covers}):
        covered = peelian.compute({"crime": as_polars()}, "knife-crime-offences", covers=given, **question)
        assert [seen.value for seen in covered] == [0.0, 1.0, 0.0]
    late = peelian.validate(as_polars(), "crime", covers=("2017-02-01", "2017-02-14"))
    assert not late.ok and late.refusal and {finding.row for finding in late.findings} == {4, 5}


def missing(found):
    """The value of each area, or the reason for having none."""
    return {seen.area: seen.missing if seen.value is None else seen.value for seen in found}


def test_areas_that_are_not_covered_are_missing(peelian):
    """Rows cover the areas that occur in them, or those that are stated. Nothing else is zero."""
    rows = {"crime": as_polars().filter(offence_borough=SOUTHWARK)}
    question = {"areas": [SOUTHWARK, LAMBETH, POLICE_AREA], "periods": "2017-02"}
    value = lambda covers: [
        *missing(peelian.compute(rows, "knife-crime-offences", covers=covers, **question)).values()
    ]
    none, days = "not_submitted", ("2017-02-01", "2017-02-28")
    for covers in (None, days, "2017-02", {"crime": days}, {"period": "2017-02"}):
        assert value(covers) == [1.0, none, none]
    assert value({"areas": ["Lambeth", "London Borough of Southwark"]}) == [1.0, 0.0, none]
    for covers in (
        {"areas": POLICE_AREA},
        {"period": days, "areas": [POLICE_AREA]},
        {"crime": {"areas": POLICE_AREA}},
    ):
        assert value(covers) == [1.0, 0.0, 1.0]
    everywhere = peelian.compute(rows, "knife-crime-offences", areas="borough", periods="2017-02")
    assert [seen.area for seen in everywhere if seen.missing is None] == [SOUTHWARK]
    held = peelian.load(rows, covers={"areas": LAMBETH})
    assert missing(held.query("knife-crime-offences", **question)) == dict.fromkeys(question["areas"], none) | {
        LAMBETH: 0.0
    }


def test_all_boroughs_make_london(peelian):
    import polars

    boroughs = [area.id for area in peelian.catalogue().areas.values() if area.level == "borough"]
    one = as_polars()[:1]
    rows = polars.concat([one.with_columns(offence_borough=polars.lit(code)) for code in boroughs])
    rows = rows.with_columns(crime_ref=polars.format("C{}", polars.int_range(len(rows))))
    question = {"areas": ["borough", "london"], "periods": "2017-02"}
    found = missing(peelian.compute({"crime": rows}, "knife-crime-offences", **question))
    assert found == dict.fromkeys(boroughs, 1.0) | {POLICE_AREA: 32.0, "E12000007": 33.0}
    without = rows.filter(polars.col("offence_borough") != LAMBETH)
    found = missing(peelian.compute({"crime": without}, "knife-crime-offences", **question))
    none = dict.fromkeys([LAMBETH, POLICE_AREA, "E12000007"], "not_submitted")
    assert found == dict.fromkeys(boroughs, 1.0) | none


def test_what_is_covered_is_checked(peelian):
    rows = {"crime": as_polars()}
    for covers, message in [
        ({"areas": "Camelot"}, "no area is called `Camelot`"),
        ({"period": "2017-02", "area": LAMBETH}, "covers has 'area': its parts are 'period' and 'areas'"),
        ({"crimes": "2017-02"}, "covers names crimes, but the data have no rows of them"),
        ("February", "February"),
    ]:
        with pytest.raises(ValueError, match=message):
            peelian.compute(rows, "knife-crime-offences", periods="2017-02", covers=covers)
    with pytest.raises(ValueError, match="agency names crimes"):
        peelian.load(rows, agency={"crimes": "mps"})


PRIORITY = b"borough,valid_from,priority_1,priority_2\nE09000028,2017-04-01,robbery_personal,burglary_residential\n"


def test_rows_outside_a_remit_are_findings(peelian):
    assert peelian.validate(PRIORITY, "local_priority", agency="southwark").ok
    other = peelian.validate(PRIORITY, "local_priority", agency="hackney")
    assert other.refusal and "Hackney Council reports on Hackney, not on Southwark" in other.findings[0].message
    assert other.findings[0].field == "borough" and other.findings[0].code.startswith("PEEL-2")
    assert "no remit for local_priority" in peelian.validate(PRIORITY, "local_priority", agency="mps").refusal
    assert "did you mean southwark?" in peelian.validate(PRIORITY, "local_priority", agency="southwalk").refusal
    with pytest.raises(peelian.RowsError, match="no remit for local_priority") as raised:
        peelian.load({"local_priority": PRIORITY}, agency="mps")
    assert raised.value.code.startswith("PEEL-2")


@pytest.mark.parametrize("check_all", [False, True])
def test_rows_outside_a_remit_do_not_count(peelian, check_all):
    """One of a hundred crimes is in the City, which has its own police."""
    import polars

    rows = polars.concat([as_polars()[:1]] * 100)
    rows = rows.with_columns(crime_ref=polars.format("C{}", polars.int_range(100)))
    city = polars.when(polars.int_range(100) == 7).then(polars.lit("E09000001"))
    rows = rows.with_columns(offence_borough=city.otherwise("offence_borough"))
    question = {"areas": [SOUTHWARK, "E09000001"], "periods": "2017-02", "check_all": check_all}
    found = peelian.compute({"crime": rows}, "knife-crime-offences", agency={"crime": "mps"}, **question)
    assert [seen.value for seen in found] == [99.0, None] and found.received["crime"].rejected == 1
    assert [finding.row for finding in found.received["crime"].findings] == [8]
    found = peelian.compute({"crime": rows}, "knife-crime-offences", **question)
    assert [seen.value for seen in found] == [99.0, 1.0]


def test_figures_of_an_agency(peelian):
    """A borough's own figure says that it is not the authoritative one, and can be asked for."""
    rows = {"published_figure": b"measure,area,period,breakdown,numerator,status,source\n" + OWN_COUNT}
    question = {"areas": SOUTHWARK, "periods": "2017-02"}
    value = lambda agency, source: peelian.compute(
        rows, "knife-crime-offences", agency=agency, source=source, **question
    )[0]
    seen = value("southwark", "")
    assert seen.value == 60.0 and "not of the authoritative source" in seen.caveats and seen.alternatives == ()
    assert value("southwark", "southwark").value == 60.0 and value("southwark", "hackney").value is None
    assert value(None, "").value == 60.0 and value(None, "southwark").value is None
    with pytest.raises(peelian.QueryError, match="southwalk"):
        value(None, "southwalk")


OWN_COUNT = b"knife-crime-offences,E09000028,2017-02,,60,final,Own count\n"


def test_findings(peelian):
    rows = crimes()
    rows["knife_use"] = ["sharp", "none", "injured", "threatened", "none"]
    report = peelian.validate(
        as_polars().with_columns(as_polars()["knife_use"].replace("threatened", "sharp")), "crime"
    )
    assert not report.ok and report.rejected == 2 and report.refusal
    finding = report.findings[0]
    assert (finding.severity, finding.row, finding.field, finding.value) == (
        "ERROR",
        1,
        "knife_use",
        "a text of 5 letters",
    )
    assert finding.message and "knife_use" in str(finding)
    frame = report.findings.to_pandas()
    assert list(frame.columns)[:2] == ["code", "severity"] and len(frame) == len(report.findings)
    assert "<td>a text of 5 letters</td>" in report._repr_html_() and len(report.findings.of("error")) == len(frame)
    import polars

    with pytest.raises(peelian.RowsError) as raised:
        peelian.load({"crime": polars.DataFrame(rows)})
    assert raised.value.findings[0] == finding and raised.value.code.startswith("PEEL-")
    assert (raised.value.received, raised.value.rejected) == (5, 1)


def test_what_is_refused_says_what_would_do(peelian):
    with pytest.raises(peelian.RowsError, match="crime_victim"):
        peelian.load({"crimes": as_csv()})
    with pytest.raises(peelian.RowsError, match="required columns are missing"):
        peelian.load({"crime": b"crime_ref\nA\n"})
    with pytest.raises(peelian.RowsError, match="direct identifier"):
        peelian.load({"crime": b"crime_ref,nhs_number\nA,943 476 5919\n"})
    held = peelian.load({"crime": as_csv()})
    with pytest.raises(peelian.QueryError, match="knife-crime-offences"):
        held.query("knife-crime-offence", periods="2017-02")
    with pytest.raises(peelian.QueryError, match="Southwark"):
        held.query("knife-crime-offences", areas="Sothwark", periods="2017-02")
    with pytest.raises(peelian.QueryError):
        held.query("knife-crime-offences", periods="February")
    with pytest.raises(ValueError, match="previous_window"):
        held.query("knife-crime-offences", periods="2017-02", comparisons="yesterday")
    with pytest.raises(TypeError, match="pyarrow, Polars, pandas or DuckDB"):
        peelian.load({"crime": [1, 2]})
    with pytest.raises(ValueError, match="2017-02-28"):
        peelian.validate(as_csv(), "crime", covers=("1 February", "2 February"))
    with pytest.raises(FileNotFoundError):
        peelian.validate("nowhere.csv", "crime")


def test_references_are_found_among_the_rows_given(peelian):
    victims = b"crime_ref,victim_seq,victim_type,injury\na,1,business,none\nz,1,business,none\n"
    alone = peelian.validate(victims, "crime_victim")
    together = peelian.validate(victims, "crime_victim", referenced={"crime": as_csv()})
    missing = [
        {finding.row for finding in report.findings if finding.field == "crime_ref"} for report in (alone, together)
    ]
    assert missing == [{1, 2}, {2}]


def test_repeat_victimisation_from_linked_records(workspace):
    """One of the three datasets refers to another. The records were made with a known share."""
    assert all(report.rejected == 0 for report in workspace.received.values())
    (seen,) = workspace.query("repeat-victim-share", periods="2017-02")
    assert seen.synthetic and seen.value == pytest.approx(0.12, abs=0.02)
    assert seen.value == seen.numerator / seen.denominator and seen.lower < seen.value < seen.upper
    assert seen.method == "wilson"
    told = workspace.explain("repeat-victim-share", period="2017-02")
    assert told.observations[0].value == seen.value and told.measure.id == "repeat-victim-share.victims-prior-12m"
    assert told.steps[0].population == "initial_population" and told.steps[0].remaining > seen.denominator
    assert [found.dataset for found in told.submissions] == ["crime_victim"] and told.submissions[0].synthetic


def test_what_an_observation_has_several_of(workspace):
    both = ["previous_window", "same_period_last_year"]
    (seen,) = workspace.query("knife-crime-offences", periods="2017-12", comparisons=both)
    assert [found.kind for found in seen.comparisons] == both
    assert seen.comparisons[1].against == "2016-12" and seen.comparisons[1].change_kind == "ratio"
    (funnel,) = workspace.query("hate-crime-attrition-funnel.all-hate.throughput", periods="CY2017")
    first, second, *rest = [part for part in funnel.components if part.kind == "stage"]
    retained = [part for part in funnel.components if part.kind == "retention"]
    assert len(rest) > 1 and first.value is None and second.value == pytest.approx(1 - second.count / first.count)
    assert [part.code for part in retained] == [part.code for part in (first, second, *rest)]
    assert retained[1].value == pytest.approx(second.count / first.count)
    (gap,) = workspace.query("perception-gap.trust-mps.white-black", periods="R12-2017-12")
    reference, comparison = gap.components
    assert {reference.kind, comparison.kind} == {"group"} and "=" in reference.code and "=" in comparison.code
    assert gap.value == pytest.approx(100 * (reference.value - comparison.value))
    assert gap.value_kind == "percentage_points"
    assert reference.lower < reference.value < reference.upper and reference.effective_n < reference.unweighted_base


def test_a_contextual_measure_comes_with_its_companions(workspace, peelian):
    question = {"areas": "Southwark", "periods": "R12-2017-12"}
    (seen,) = workspace.query("domestic-abuse-reports", **question)
    told = {one.measure: one for one in seen.companions}
    assert set(told) < set(peelian.catalogue().measures["domestic-abuse-reports"].companions)
    repeat = told["domestic-abuse-repeat-victimisation.offences-prior-12m"]
    (own,) = workspace.query("domestic-abuse-repeat-victimisation", **question)
    assert (repeat.value, repeat.lower, repeat.upper, repeat.period) == (own.value, own.lower, own.upper, own.period)
    assert f"with {repeat.measure_label}" in workspace.query("domestic-abuse-reports", **question)._repr_html_()
    (alone,) = workspace.query("domestic-abuse-reports", **question, companions=False)
    assert alone.companions == () and alone.value == seen.value
    # What is read for one question are the fields that its own measures need.
    head = b"record_status,recorded_at,ho_class,offence_borough,flag_da\n"
    (alone,) = peelian.compute(
        {"crime": head + b"active,2017-02-03,8N,E09000028,yes\n"},
        "domestic-abuse-reports",
        areas="Southwark",
        periods="2017-02",
    )
    assert (alone.value, alone.companions) == (1.0, ())


def test_a_profile_is_a_page_of_measures(workspace, peelian):
    profile = peelian.profiles()["borough"]
    page = workspace.query(profile="borough", areas="Southwark", periods="latest:1:longest")
    assert tuple(dict.fromkeys(seen.measure for seen in page)) == profile.measures
    more = workspace.query("knife-possession-offences", profile="borough", areas="Southwark", periods="2017")
    assert more[-1].measure == "knife-possession-offences"
    with pytest.raises(peelian.QueryError, match="the profiles are better-criminal"):
        workspace.query(profile="no-such")
    change = {"comparisons": "baseline", "baseline": "CY2016", "periods": "CY2017", "areas": "Southwark"}
    (seen,) = workspace.query("recorded-crime-volume", **change)
    assert seen.comparisons[0].against == "CY2016"


def test_breakdowns_and_confidence(workspace):
    narrow = workspace.query("repeat-victim-share", periods="2017-02", by="sex", confidence=0.8)
    wide = workspace.query("repeat-victim-share", periods="2017-02", by=["sex"])
    assert {seen.breakdown for seen in narrow} >= {"sex=female", "sex=male"}
    for one, other in zip(narrow, wide, strict=True):
        assert one.value == other.value and (one.value is None or one.lower > other.lower)


def test_some_datasets_are_synthetic_and_others_not(peelian, records):
    figures = (
        b"measure,area,period,breakdown,numerator,denominator,status,source\n"
        b"recorded-crime-volume,E09000028,2017-02,,3000,,final,Made up\n"
    )
    data = {"crime": records["crime"], "published_figure": figures}
    held = peelian.load(data, synthetic=["crime"])
    found = held.query("recorded-crime-volume", areas="Southwark", periods="2017-02")
    assert {seen.basis: seen.synthetic for seen in found} == {
        "submitted_figure": False,
        "computed_from_records": True,
    }
    with pytest.raises(ValueError, match="synthetic names crimes, but the data have no rows of them"):
        peelian.load(data, synthetic=["crimes"])


def test_threads_and_their_number_change_nothing(peelian, records):
    question = dict(measures=["recorded-crime-volume", "knife-crime-offences"], areas="borough", periods="2017")
    data = {"crime": records["crime"]}
    expected = peelian.compute(data, **question, threads=1).to_dicts()
    answers = []
    run = lambda: answers.append(peelian.compute(data, **question, threads=2).to_dicts())
    threads = [threading.Thread(target=run) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert answers == [expected] * 4


def test_other_threads_run_while_it_computes(peelian, records):
    """The GIL is released: a counting thread keeps running."""
    data = {"crime": records["crime"], "crime_victim": records["crime_victim"]}
    counted, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = counted[0]
    peelian.load(data)
    during = counted[0] - before
    stop.set()
    thread.join()
    # With the GIL held, the thread would count only between two calls.
    assert during > 1000


def test_a_question_has_the_same_arguments_everywhere(peelian):
    """The arguments are written once. Every signature shows them, with their defaults."""
    import peelian.aio
    import peelian.spark

    every = inspect.signature(peelian.Connection.query).parameters
    shown = {name: str(one.default) for name, one in every.items()}
    assert shown["areas"] == "E23000001" and shown["periods"] == "latest:12" and shown["confidence"] == "0.95"
    assert inspect.signature(peelian.aio.Connection.query).parameters == every
    assert [*every][-4:] == ["companions", "basis", "as_of", "release"]
    assert [*inspect.signature(peelian.Workspace.query).parameters] == [*every][:-2]
    for compute in (peelian.compute, peelian.spark.compute):
        parameters = [*inspect.signature(compute).parameters]
        assert parameters[1 : len(every) - 4] == [*every][1:-4]
        assert parameters[len(every) - 4 :][:2] == ["covers", "synthetic"]


def test_an_argument_that_does_not_exist_is_refused(peelian):
    with pytest.raises(TypeError, match="no argument 'area': its keywords are areas, periods, by"):
        peelian.compute({"crime": as_csv()}, "knife-crime-offences", area="E09000028")
    with pytest.raises(TypeError, match="no argument 'as_of'"):
        peelian.compute({"crime": as_csv()}, "knife-crime-offences", as_of=None)


INTERRUPTED = """
import signal, sys, threading, time
import peelian

fields = {"record_status": "active", "recorded_at": "2017-02-01", "committed_from": "2017-02-01", "ho_class": "8N"}
fields |= {"offence_borough": "E09000028", "victim_based": "true", "knife_use": "none", "gun_use": "none"}
fields |= dict.fromkeys(("flag_da", "flag_cse", "flag_csa", "flag_hba", "flag_fm", "flag_fgm"), "no")
lines = "".join(f"C{number}," + ",".join(fields.values()) + "\\n" for number in range(1_000_000))
rows = (",".join(("crime_ref", *fields)) + "\\n" + lines).encode()
print("ready", flush=True)
began = time.monotonic()
assert peelian.validate(rows, "crime").received == 1_000_000
whole = time.monotonic() - began
threading.Timer(whole / 4, signal.raise_signal, [signal.SIGINT]).start()
began = time.monotonic()
try:
    peelian.validate(rows, "crime")
    print("done", time.monotonic() - began, whole)
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - began, whole)
"""


def test_ctrl_c_ends_a_computation(package):
    environment = os.environ | {"PYTHONPATH": str(package)}
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], check=True, env=environment, capture_output=True, text=True, timeout=120
    )
    told = done.stdout.splitlines()[-1]
    word, seconds, _whole = told.split()
    assert word == "interrupted" and float(seconds) < 10, told
