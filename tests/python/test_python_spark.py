"""Measures counted in partitions on Spark, with three workers, and on Sail equal those of one machine to the last bit."""

import csv
import os
import shutil
import subprocess
import sys

import pytest

from test_python_docs import folder, run  # noqa: F401

pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed")

QUESTION = dict(
    areas=["borough", "bcu", "london", "hospital_site"],
    periods=["2017-02", "2017-12", "2018-01", "2017/18-Q3", "R12-2017-12", "CY2017"],
    comparisons=["same_period_last_year", "london"],
)
MOST_MEASURES = 100
MOST_ROWS = 6_000
# One question has the measures that read the same datasets. The other measures have one question. Gaps name no dataset:
# their datasets are those of surveys.
TOGETHER = [
    ["crime", "crime_victim", "crime_outcome", "cps_defendant_outcome"],
    ["public_attitude_response", "victim_survey_response", ""],
]
FIGURES = (
    b"measure,area,period,breakdown,numerator,denominator,status,source\n"
    b"knife-crime-offences,E09000028,2017-12,,52,,provisional,An example that is made up\n"
)


@pytest.fixture(scope="module")
def tables(binary, tmp_path_factory):
    """Synthetic records of two years. They are few, so that most of the time is Spark's."""
    import polars

    folder = tmp_path_factory.mktemp("records")
    command = [binary, "synthesise", "--out", folder, "--scale", "0.003", "--months", "24", "--end", "2017-12"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    folders = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    tables = {path.name: polars.read_csv(path / "*.csv", infer_schema=False) for path in folders}
    # Surveys keep their size at any scale.
    return {name: table.gather_every(max(1, len(table) // MOST_ROWS)) for name, table in tables.items()}


@pytest.fixture(scope="module")
def files(tables, tmp_path_factory):
    """The records as Parquet, with a file for each dataset."""
    folder = tmp_path_factory.mktemp("files")
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    return {name: str(folder / f"{name}.parquet") for name in tables}


@pytest.fixture(scope="module")
def questions(peelian, tables):
    """The measures that can be counted in partitions, in few questions. Each question has its datasets."""
    every = peelian.catalogue().measures
    kept = [name for name in every if not refused(peelian, name)]
    # They read rows of all partitions together: all victims of a crime, the choices of boroughs, all reports.
    whole = ("offences-prior", "local-priority", "data-completeness")
    # These two are shares of crimes.
    shares = {"data-completeness.ethnicity-self-defined", "data-completeness.ward-known"}
    assert {*every} - {*kept} == {name for name in every if any(part in name for part in whole)} - shares
    known = {name for names in TOGETHER for name in names}
    rest = {*tables, *(measure.dataset for measure in every.values())} - known
    found = []
    for datasets in [*TOGETHER, sorted(rest)]:
        asked = [name for name in kept if every[name].dataset in datasets]
        given = [name for name in datasets if name in tables]
        found.extend((given, asked[at : at + MOST_MEASURES]) for at in range(0, len(asked), MOST_MEASURES))
    return found


def refused(peelian, measure):
    import peelian.spark

    try:
        peelian.spark.compute({}, measure, periods="2017-02")
    except peelian.QueryError as error:
        assert str(error).startswith(f"{measure}: ")
        return True
    return False


@pytest.fixture(scope="module")
def expected(peelian, tables, questions):
    """The questions with the answers of one machine."""
    return [
        (datasets, asked, compute(peelian.compute, {name: tables[name] for name in datasets}, asked, check_all=True))
        for datasets, asked in questions
    ]


def compute(by, records, asked, **more):
    """The results of a function from records, and from records and a figure."""
    return by(records | {"published_figure": FIGURES}, asked, **QUESTION, synthetic=[*records], **more)


@pytest.fixture(scope="module")
def spark(package):
    """Spark as a cluster: a master and three workers. Each is a process with its own processes of Python."""
    if not shutil.which("java") and "JAVA_HOME" not in os.environ:
        pytest.skip("no Java, which Spark needs")
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local-cluster[3,1,1024]").appName("peelian")
    settings = {
        "spark.executorEnv.PYTHONPATH": str(package),
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "3",
        # Nothing runs for long enough to need optimised code.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.log.level": "ERROR",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def sail(peelian):
    """Sail, a runner in Rust. It has the protocol of Spark and runs Python in this process."""
    server = pytest.importorskip("pysail.spark", reason="Sail is not installed").SparkConnectServer(port=0)
    server.start()
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").create()
    yield session
    session.stop()
    server.stop()


def frames(session, files, names=(), parts=1):
    """The records as a session reads them from files, in a number of partitions."""
    return {name: session.read.parquet(files[name]).repartition(parts) for name in names or files}


def encoded(results):
    import pyarrow

    table, sink = results.to_pyarrow(), pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def same(found, expected):
    """Every bit of every cell, and the reports of the rows."""
    if encoded(found) != encoded(expected):
        for one, other in zip(found.to_dicts(), expected.to_dicts(), strict=True):
            assert repr(one) == repr(other)
        raise AssertionError("the tables differ where Python writes them alike")
    rows = lambda results: {name: (of.received, of.rejected) for name, of in results.received.items()}
    assert rows(found) == rows(expected)


@pytest.mark.parametrize(("parts", "partitions"), [(1, 3), (3, 5)])
def test_three_workers_give_the_bits_of_one_machine(peelian, spark, files, expected, parts, partitions):
    import peelian.spark

    values = 0
    for datasets, asked, answer in expected:
        records = frames(spark, files, datasets, parts)
        found = compute(peelian.spark.compute, records, asked, partitions=partitions)
        same(found, answer)
        values += found.to_pyarrow()["value"].drop_null().length()
    assert values > 10_000


def test_sail_gives_the_bits_of_one_machine(peelian, sail, files, expected):
    import peelian.spark

    for datasets, asked, answer in expected:
        found = compute(peelian.spark.compute, frames(sail, files, datasets), asked, partitions=2)
        same(found, answer)


def test_breakdowns_periods_stated_and_defaults(peelian, spark, files, tables):
    import peelian.spark

    asked = dict(measures=["repeat-victim-share", "repeat-victim-share.victims-r12-2plus"], by="sex", areas="london")
    asked |= dict(covers=("2015-01-01", "2018-03-31"), periods=["2017-11", "R12-2018-03", "latest:2"], confidence=0.8)
    data = frames(spark, files, ["crime", "crime_victim"])
    found = peelian.spark.compute(data, **asked)
    here = {name: tables[name] for name in data}
    same(found, peelian.compute(here, **asked, check_all=True))
    assert {seen.breakdown for seen in found} >= {"sex=female", "sex=male"} and not found[0].synthetic
    # The covered months follow from all rows, not from those of a partition.
    latest = peelian.spark.compute(data, "repeat-victim-share", partitions=3)
    same(latest, peelian.compute(here, "repeat-victim-share", check_all=True))
    assert [seen.period for seen in latest][-1] == "2017-12" and len(latest) == 12


def test_areas_that_rows_do_not_cover_are_missing(peelian, sail, files, tables):
    import peelian.spark

    asked = dict(measures="recorded-crime-volume", areas=["borough", "london"], periods="2017-06")
    here = {"crime": tables["crime"]}
    for covers in ({"areas": ["Southwark", "E09000022"]}, {"areas": "E09000028", "period": "2016-01..2017-12"}, None):
        data = frames(sail, files, ["crime"])
        found = peelian.spark.compute(data, **asked, covers=covers, partitions=3)
        same(found, peelian.compute(here, **asked, covers=covers, check_all=True))
    covered = peelian.spark.compute(data, **asked, covers={"areas": ["Southwark", "E09000022"]}, partitions=3)
    assert {seen.area for seen in covered if seen.missing is None} == {"E09000028", "E09000022"}
    assert {seen.missing for seen in covered} == {None, "not_submitted"} and len(covered) > 30


def test_rows_with_errors_are_judged_over_all(peelian, spark, tables):
    import peelian.spark

    header, *rows = list(csv.reader(tables["crime"].write_csv().splitlines()))
    at = header.index("offence_borough")
    wrong = [row[:at] + (["E09000099"] if n % 40 == 0 else [row[at]]) + row[at + 1 :] for n, row in enumerate(rows)]
    asked = dict(measures="recorded-crime-volume", periods="2017")
    import pyarrow

    def table(rows):
        return pyarrow.table({name: [row[n] or None for row in rows] for n, name in enumerate(header)})

    # In some of these partitions more than one row in twenty is wrong. In all rows it is one in forty.
    data = {"crime": spark.createDataFrame(table(wrong))}
    found = peelian.spark.compute(data, **asked, partitions=40)
    here = peelian.compute({"crime": table(wrong)}, **asked, check_all=True)
    same(found, here)
    told, known = found.received["crime"], here.received["crime"]
    assert (told.errors, told.warnings, told.infos) == (known.errors, known.warnings, known.infos)
    (finding,) = told.findings.of("ERROR")
    assert finding.code == "PEEL-5011" and str(told.rejected) in finding.message
    # Every key stands twice, and nothing says which of the two rows counts.
    twice = {"crime": spark.createDataFrame(table(rows + rows))}
    with pytest.raises(peelian.RowsError, match="rows have errors") as refused:
        peelian.spark.compute(twice, **asked, partitions=2)
    assert refused.value.received == 2 * len(rows) and refused.value.findings[0].code == "PEEL-6001"


def test_keys_are_compared_where_rows_follow_what_they_refer_to(peelian, spark, files):
    """Two rows of one case name different crimes, so they are in different partitions."""
    from pyspark.sql import functions

    import peelian.spark

    records = frames(spark, files, ["crime", "cps_defendant_outcome"])
    cases = records["cps_defendant_outcome"]
    again = cases.limit(1).withColumn("case_link_id", functions.lit("another crime"))
    data = {"crime": records["crime"], "cps_defendant_outcome": cases.unionByName(again)}
    with pytest.raises(peelian.RowsError, match="1 rows of cps_defendant_outcome have the key of another row"):
        peelian.spark.compute(data, "cps-conviction-rate", areas="london", periods="latest:1", partitions=64)


def test_what_is_refused_before_anything_runs(peelian, spark, monkeypatch):
    import peelian.spark

    with pytest.raises(ValueError, match="not 0"):
        peelian.spark.compute({}, "knife-crime-offences", partitions=0)
    frame = spark.createDataFrame([("c1",)], "crime_colour string")
    with pytest.raises(peelian.RowsError, match="has no column `crime_colour`"):
        peelian.spark.compute({"crime": frame}, "knife-crime-offences")
    with pytest.raises(TypeError, match="rows of crime must be a Spark data frame, not bytes"):
        peelian.spark.compute({"crime": b""}, "knife-crime-offences")
    with pytest.raises(ValueError, match="synthetic names crimes"):
        peelian.spark.compute({"crime": frame}, "knife-crime-offences", synthetic=["crimes"])
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ImportError, match=r"pip install 'peelian\[spark\]'"):
        peelian.spark.compute({"crime": frame}, "knife-crime-offences")


def test_the_page_prints_what_it_says(root, peelian, spark, folder, package):
    """The session of the page is the running cluster."""
    run(root, "spark", package, "")
