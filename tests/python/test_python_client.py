"""The clients of the package, synchronous and for asyncio, with a running exchange."""

import asyncio
import dataclasses
import datetime
import io
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from process import silent_port, slow_server

HEAD = "measure,area,period,breakdown,numerator,status,source\n"
# Without a zone: the package reads it as UTC.
EXTRACTED = datetime.datetime(2026, 4, 2, 9, 30)  # noqa: DTZ001
PERIOD = "2024-01..2024-02"


def figures(*numerators):
    """Knife crime in Southwark, month by month."""
    rows = (f"knife-crime-offences,E09000028,2024-{n:02},,{x},final,Made up\n" for n, x in enumerate(numerators, 1))
    return (HEAD + "".join(rows)).encode()


@pytest.fixture(scope="module")
def exchange(peelian, server):
    with peelian.connect(server.address) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def submitted(exchange):
    arguments = dict(agency="mps", period=PERIOD, extracted=EXTRACTED)
    return exchange.submit("published_figure", figures(52, 48), **arguments)


def test_a_receipt_says_what_became_of_the_rows(peelian, exchange, submitted):
    assert (submitted.received, submitted.created, submitted.rejected) == (2, 2, 0)
    assert submitted.submission.startswith("agencies/mps/submissions/") and len(submitted.content_sha256) == 64
    assert submitted.accepted_at.tzinfo is datetime.UTC and not submitted.dry_run
    again = exchange.submit("published_figure", figures(52, 48), agency="mps", period=PERIOD, extracted=EXTRACTED)
    assert again == dataclasses.replace(submitted, replayed=True) and not submitted.replayed


def test_a_query(peelian, exchange, submitted):
    found = exchange.query("knife-crime-offences", areas="E09000028", periods=PERIOD)
    assert [(seen.period, seen.value, seen.basis) for seen in found] == [
        ("2024-01", 52.0, "submitted_figure"),
        ("2024-02", 48.0, "submitted_figure"),
    ]
    assert found.to_pyarrow().num_rows == len(found) == 2
    nothing_yet = exchange.query(
        "knife-crime-offences", areas="E09000028", periods="2024-01", as_of=EXTRACTED - datetime.timedelta(days=999)
    )
    assert nothing_yet[0].missing == "not_submitted"
    records_only = exchange.query(
        "knife-crime-offences", areas="E09000028", periods="2024-01", basis="computed_from_records"
    )
    assert records_only[0].value is None


def test_the_same_bits_as_in_this_process(peelian, exchange, submitted):
    question = dict(areas="borough", periods=PERIOD, comparisons="previous_window", confidence=0.998)
    far = exchange.query("knife-crime-offences", **question).to_dicts()
    near = peelian.compute({"published_figure": figures(52, 48)}, "knife-crime-offences", **question).to_dicts()
    for row in (*far, *near):
        # Only the exchange knows the agency and the position in the ledger.
        row["sources"] = row["ledger_position"] = None
    assert far == near


def test_an_explanation(exchange, submitted):
    told = exchange.explain("knife-crime-offences", area="E09000028", period="2024-01")
    assert told.measure.title == "Knife crime" and told.observations[0].value == 52.0
    assert [(one.submission, one.content_sha256) for one in told.submissions] == [
        (submitted.submission, submitted.content_sha256)
    ]


def test_findings(peelian, exchange):
    """A few wrong rows are left out and named. Too many of them refuse all rows."""
    common = dict(agency="mps", collection="findings")
    rows = figures(*range(1, 13)).replace(b"2024-", b"2022-")
    year = b"".join(rows.partition(b"\n")[2].replace(b"2022-", b"%d-" % year) for year in (2021, 2020, 2019))
    receipt = exchange.submit(
        "published_figure", rows.replace(b"final", b"finl", 1) + year, period="2019-01..2022-12", **common
    )
    assert (receipt.received, receipt.rejected, receipt.errors) == (48, 1, 1)
    assert receipt.first_findings == exchange.findings(receipt.submission)
    assert (receipt.first_findings[0].row, receipt.first_findings[0].field) == (1, "status")
    with pytest.raises(peelian.RefusedError) as raised:
        exchange.submit("published_figure", rows.replace(b"final", b"finl"), period="CY2022", dry_run=True, **common)
    assert raised.value.reason == "TOO_MANY_ERRORS" and raised.value.status
    assert "status" in raised.value.violations[0][0] and raised.value.violations[0][1]


def test_a_frame_a_file_and_a_nil_return(peelian, exchange, tmp_path):
    import polars

    path = tmp_path / "figures.csv"
    path.write_bytes(figures(7).replace(b"2024-", b"2018-"))
    frame = polars.read_csv(path, infer_schema=False)
    told = []
    common = dict(agency="mps", period="2018-01", dry_run=True, synthetic=True)
    for rows in (path, frame, frame.to_arrow()):
        receipt = exchange.submit(
            "published_figure", rows, collection="trial", progress=lambda *at: told.append(at), **common
        )
        assert receipt.dry_run and receipt.created == 1 and receipt.submission == ""
    assert told == [(1, 1)] * 3
    nil = exchange.submit("published_figure", None, collection="trial", **common)
    assert nil.received == 0


def test_refusals_carry_their_reason(peelian, exchange, submitted):
    with pytest.raises(peelian.RefusedError, match="nearest names") as raised:
        exchange.query("knife-crimes")
    assert raised.value.reason and raised.value.metadata["name"] == "knife-crimes"
    with pytest.raises(peelian.RefusedError, match="period, status"):
        exchange.submit("published_figure", b"measure,area\n", agency="mps", period="2024-01")
    with pytest.raises(ValueError, match="replace_period, merge, delete"):
        exchange.submit("published_figure", figures(1), agency="mps", period="2024-01", mode="replace")
    with pytest.raises(peelian.QueryError):
        exchange.submit("published_figure", figures(1), agency="mps", period="January")


def test_columns_that_are_no_fields_do_not_leave(peelian, exchange, tmp_path):
    import polars

    frame = polars.read_csv(figures(1), infer_schema=False).with_columns(victim_name=polars.lit("Jo Bloggs"))
    path = tmp_path / "figures.arrows"
    frame.write_ipc_stream(path)
    told = []
    for rows in (frame, frame.to_arrow(), frame.write_csv().encode(), path):
        with pytest.raises(peelian.RowsError, match="victim_name") as raised:
            exchange.submit(
                "published_figure", rows, agency="mps", period="2024-01", progress=lambda *at: told.append(at)
            )
        assert raised.value.code == "PEEL-7001"
    with pytest.raises(peelian.RowsError, match="there is no dataset crimes"):
        exchange.submit("crimes", b"a\n1\n", agency="mps", period="2024-01")
    assert not told


def test_the_same_rows_are_the_same_bytes(peelian, exchange):
    """Other categories of the process make no difference. Rows that are submitted again count once."""
    import polars

    def sent():
        held = polars.Categorical(polars.Categories())
        frame = polars.read_csv(figures(1, 2), infer_schema=False).cast({"area": held, "status": held})
        return exchange.submit("published_figure", frame, agency="mps", period=PERIOD, dry_run=True).content_sha256

    alone = sent()
    held = polars.Series(["provisional", "E09000022", "final"], dtype=polars.Categorical(polars.Categories()))
    assert len(held) == 3 and len(alone) == 64 and sent() == alone


def test_labels_of_rows_are_not_sent(peelian, exchange, tmp_path):
    import pandas
    import pyarrow

    frame = pandas.read_csv(io.BytesIO(figures(1, 2)), dtype=str, keep_default_na=False)
    frame = frame.set_axis(["Jo Bloggs", "Al Bloggs"])

    def sent(rows):
        return exchange.submit("published_figure", rows, agency="mps", period=PERIOD, dry_run=True).content_sha256

    table = pyarrow.Table.from_pandas(frame)
    with pyarrow.ipc.new_stream(tmp_path / "figures.arrows", table.schema) as stream:
        stream.write(table)
    plain = pyarrow.Table.from_pandas(frame, preserve_index=False)
    assert sent(frame) == sent(table) == sent(tmp_path / "figures.arrows") == sent(plain)
    with pytest.raises(peelian.RowsError, match="no heading"):
        sent(frame.to_csv().encode())
    with pytest.raises(peelian.RowsError, match=r"reset_index\(drop=True\)"):
        sent(frame.rename_axis("victim"))


def test_no_answer(peelian, monkeypatch):
    with pytest.raises(peelian.UnreachableError, match=r"127\.0\.0\.1:1") as raised:
        peelian.connect("127.0.0.1:1")
    assert isinstance(raised.value, ConnectionError)
    monkeypatch.setenv("PEELIAN_SERVER", "nowhere at all")
    with pytest.raises(peelian.UnreachableError, match="HOST:PORT"):
        peelian.connect()


def test_threads_share_a_connection(exchange, submitted):
    answers = []

    def ask():
        answers.append(exchange.query("knife-crime-offences", areas="borough", periods=PERIOD).to_dicts())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and all(answer == answers[0] for answer in answers)


def test_asyncio(peelian, server, exchange, submitted):
    import peelian.aio

    async def ask():
        async with await peelian.aio.connect(server.address) as far:
            question = dict(areas="E09000028", periods=PERIOD)
            queries = [far.query("knife-crime-offences", **question) for _ in range(5)]
            *found, told = await asyncio.gather(
                *queries, far.explain("knife-crime-offences", area="E09000028", period="2024-01")
            )
            receipt = await far.submit(
                "published_figure", figures(52, 48), agency="mps", period=PERIOD, extracted=EXTRACTED
            )
            assert (
                receipt == dataclasses.replace(submitted, replayed=True)
                and len(await far.findings(receipt.submission)) == 0
            )
            with pytest.raises(peelian.RefusedError):
                await far.query("knife-crimes")
            return found, told

    found, told = asyncio.run(ask())
    assert [[seen.value for seen in answer] for answer in found] == [[52.0, 48.0]] * 5
    assert told.observations[0].value == 52.0
    with pytest.raises(peelian.UnreachableError):
        asyncio.run(peelian.aio.connect("127.0.0.1:1"))


def test_alternatives(exchange):
    """A borough's own count beside that of the police, which is the authority for knife crime."""
    common = dict(period="2023-01..2023-02")
    count = lambda *numbers: figures(*numbers).replace(b"2024-", b"2023-")
    exchange.submit("published_figure", count(60, 40), agency="southwark", **common)
    exchange.submit("published_figure", count(65, 40), agency="mps", **common)
    question = dict(areas="Southwark", periods=common["period"], basis="submitted_figure")
    found = exchange.query("knife-crime-offences", **question)
    assert [seen.value for seen in found] == [65.0, 40.0]
    others = [(other.agency, other.value, other.difference) for seen in found for other in seen.alternatives]
    assert others == [("southwark", 60.0, -5.0), ("southwark", 40.0, 0.0)]
    assert found[0].alternatives[0].source == "southwark: Made up" and not found[0].alternatives[0].synthetic
    assert "alternatives" in found.list_columns and found.to_polars()["alternatives"][0][0]["value"] == 60.0
    own = exchange.query("knife-crime-offences", **question, source="southwark")
    assert [seen.value for seen in own] == [60.0, 40.0] and own[0].alternatives[0].agency == "mps"


def test_the_exchange_has_a_register_of_its_own(peelian, server, exchange):
    import peelian.aio

    found = exchange.agencies()
    assert found["mps"] == peelian.agency("mps") and len(found) == len(peelian.agencies())

    async def ask():
        async with await peelian.aio.connect(server.address) as connection:
            return await connection.agencies()

    assert list(asyncio.run(ask())) == list(found)


def test_who_has_not_reported(peelian, server, exchange):
    import peelian.aio

    exchange.submit("crime", None, agency="mps", period="2017-02")
    question = dict(agency="mps", dataset="crime", period="2017-01..2017-02")
    found = exchange.reports(**question)
    assert [(one.period, one.status) for one in found] == [("2017-01", "overdue"), ("2017-02", "late")]
    assert (found[0].area, found[0].due_date) == ("E23000001", datetime.date(2017, 3, 3))
    assert found[0].received_at is None and found[1].received_at.tzinfo is datetime.UTC and not found[1].synthetic
    overdue = exchange.reports(**question, overdue=True)
    assert list(overdue) == [found[0]] and "<td>2017-01</td>" in overdue._repr_html_()
    assert list(found.to_pandas().columns)[:3] == ["agency", "agency_name", "dataset"] and "late" in repr(found)

    async def ask():
        async with await peelian.aio.connect(server.address) as far:
            return await far.reports(**question)

    assert asyncio.run(ask()) == found
    with pytest.raises(peelian.RefusedError, match="register"):
        exchange.reports(agency="mps2")
    with pytest.raises(TypeError, match="no argument 'late'"):
        exchange.reports(late=True)


def test_a_port_that_never_answers(peelian):
    with silent_port() as address:
        began = time.monotonic()
        with pytest.raises(peelian.UnreachableError, match="does not answer"):
            peelian.connect(address)
        assert 9 < time.monotonic() - began < 20


def test_a_call_takes_no_longer_than_its_timeout(peelian):
    import peelian.aio

    async def ask(address):
        far = await peelian.aio.connect(address, timeout=0.2)
        await far.explain("knife-crime-offences", period="2024-01")

    with slow_server() as address:
        began = time.monotonic()
        with pytest.raises(peelian.UnreachableError, match=r"timeout of 0\.2 s"):
            peelian.connect(address, timeout=0.2).query("knife-crime-offences")
        with pytest.raises(peelian.UnreachableError, match=r"timeout of 0\.2 s"):
            asyncio.run(ask(address))
        assert time.monotonic() - began < 4
    with pytest.raises(ValueError, match="0 or more"):
        peelian.connect(address, timeout=-1)
    with pytest.raises(peelian.UnreachableError, match="write HOST:PORT"):
        peelian.connect("http://127.0.0.1:50829")


def test_a_cancelled_task_gives_its_call_up(peelian):
    import peelian.aio

    async def give_up(address):
        far = await peelian.aio.connect(address)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(far.query("knife-crime-offences"), 0.2)

    with slow_server() as address:
        asyncio.run(give_up(address))


def test_ctrl_c_ends_a_call(package):
    code = """import sys, peelian
exchange = peelian.connect(sys.argv[1])
print("asking", flush=True)
exchange.query("knife-crime-offences")
"""
    with slow_server() as address:
        process = subprocess.Popen(
            [sys.executable, "-c", code, address],
            cwd=package,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "asking\n"
        time.sleep(0.3)
        began = time.monotonic()
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert process.returncode != 0 and "KeyboardInterrupt" in errors
