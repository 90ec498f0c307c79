"""Bad submissions are refused with a reason, no part of them is written, and memory stays bounded."""

import itertools
import threading
import time

import grpc
import pyarrow as pa
import pytest

from exchange import (
    CHUNK,
    arrow_bytes,
    arrow_parts,
    crime,
    csv_bytes,
    csv_parts,
    cut,
    header_part,
    refused,
    submission_pb2,
)
from process import MEMORY, Server

WINDOW = ("crime", "2017-02-01", "2017-02-28")
MIB = 1 << 20
LIMIT = 4 * MIB
# Largest content of a submission by default.
SUBMISSION_LIMIT = 512 * MIB
# Memory of the program, and what its allocator keeps.
PROGRAM = 256 * MIB


def rows(count=20, **fields):
    return [crime(f"c{number}", "2017-02-10", **fields) for number in range(count)]


def raw(content, size=CHUNK):
    return [submission_pb2.SubmitRequest(csv=chunk) for chunk in cut(content, size)]


def arrow(content, size=CHUNK):
    return [submission_pb2.SubmitRequest(arrow_ipc=chunk) for chunk in cut(content, size)]


def table(count=20, **fields):
    found = rows(count, **fields)
    return pa.table({name: [row[name] for row in found] for name in found[0]})


@pytest.fixture(autouse=True)
def nothing_is_half_written(server, client, request):
    """After every test the server still serves, holds the same rows, and uses no more memory than its limits explain."""
    held = [seen.name for seen in client.list_submissions()]
    server.reset_peak_memory()
    yield
    assert client.is_serving()
    assert [seen.name for seen in client.list_submissions()] == held
    assert server.peak_memory() < MEMORY


@pytest.fixture
def spacious(binary, tmp_path):
    """A client of a server with memory for the largest submissions."""
    server = Server(binary, tmp_path / "data").start()
    client = server.client()
    yield client
    client.close()
    # Twice the largest content of a submission, and the memory of the program itself.
    assert server.peak_memory() < 2 * SUBMISSION_LIMIT + PROGRAM
    assert server.stop() == 0


def refuse(client, parts, finding=None, code=grpc.StatusCode.INVALID_ARGUMENT, window=WINDOW, **header):
    """Submits content that must be refused with this status and with this finding."""
    refusal = refused(client.submit, *window, *parts, **header)
    assert refusal.code == code, refusal
    assert refusal.reason and refusal.domain == "peelian", refusal
    if finding:
        assert finding in f"{refusal.message} {refusal.metadata}", refusal
    return refusal


def test_a_header_that_is_not_there(client):
    refuse(client, raw(b"\r\n".join(csv_bytes(rows()).split(b"\r\n")[1:])), "PEEL-1011")
    refuse(client, raw(b"\r\n\r\n"), "PEEL-1010")


def test_a_column_that_is_not_known(client):
    content = csv_bytes(rows()).replace(b"knife_use", b"knife_usage", 1)
    assert "knife_use" in refuse(client, raw(content), "PEEL-1011").message


def test_a_column_that_is_missing(client):
    short = [{name: value for name, value in row.items() if name != "flag_da"} for row in rows()]
    assert "flag_da" in refuse(client, csv_parts(short), "PEEL-1012").message


def test_a_column_that_is_worked_out(client):
    refuse(client, csv_parts(rows(knife_selected="true")), "PEEL-1014")


def test_a_column_twice(client):
    content = csv_bytes(rows()).replace(b"incident_ref", b"crime_ref", 1)
    refuse(client, raw(content), "PEEL-1013")


def test_bytes_that_are_not_utf8(client):
    content = csv_bytes(rows()).replace(b"incident-c7", b"incident-\xc3\xa9\xff7", 1)
    refuse(client, raw(content), "PEEL-1016")
    # A chunk may end within a character. That is no error, and the row is read correctly.
    accented = csv_bytes(rows(gun_use="né")).replace(b"\r\n", b"\n")
    for size in (1, 2, 3):
        refuse(client, raw(accented, size), "PEEL-1040")


def test_a_quote_that_is_not_closed(client):
    header, first, rest = csv_bytes(rows(30_000)).split(b"\r\n", 2)
    refuse(client, raw(b"\r\n".join([header, b'"' + first, rest])))


@pytest.mark.parametrize("compression", [None, "lz4"])
def test_a_stream_cut_short(client, compression):
    content = arrow_bytes(table(5000), compression=compression)
    for keep in (3, 100, len(content) // 2, len(content) - 9):
        refuse(client, arrow(content[:keep]))


def test_bytes_that_are_not_arrow(client):
    refuse(client, arrow(b"PK\x03\x04" + bytes(1000)))
    refuse(client, arrow(b"\xff" * 1000))
    refuse(client, arrow(b"\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(100)))


def test_a_stream_with_bytes_turned(client):
    """A damaged stream is refused, or its rows are. It never stops the server, and is never accepted without a finding."""
    content = arrow_bytes(table(200))
    for at in range(0, len(content), 97):
        damaged = bytearray(content)
        damaged[at] ^= 0x55
        try:
            client.submit(*WINDOW, *arrow(bytes(damaged)), dry_run=True)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, (at, error)


def test_columns_of_the_wrong_type(client):
    wrong = table().set_column(0, "crime_ref", pa.array([1.5] * 20))
    refuse(client, arrow_parts(wrong), "PEEL-1015")
    wrong = table().set_column(3, "recorded_at", pa.array([{"day": 1}] * 20))
    refuse(client, arrow_parts(wrong), "PEEL-1015")


def test_a_bomb(client):
    """Two megabytes that expand to seven hundred megabytes."""
    rows, batches = 1000, 60
    column = pa.array(["x" * 700] * rows)
    batch = pa.table(dict.fromkeys(table(1).column_names, column))
    content = arrow_bytes(pa.concat_tables([batch] * batches), compression="lz4")
    assert len(content) < 16 * MIB < SUBMISSION_LIMIT < batch.nbytes * batches
    refuse(client, arrow(content), "PEEL-1032", code=grpc.StatusCode.RESOURCE_EXHAUSTED)


def test_a_chunk_over_the_limit(client):
    content = csv_bytes(rows(60_000))
    assert len(content) > LIMIT
    refusal = refused(client.submit, *WINDOW, *raw(content, LIMIT + 1))
    assert refusal.code in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.OUT_OF_RANGE), refusal


def test_more_rows_than_allowed(spacious):
    line = csv_bytes(rows(1)).split(b"\r\n")[1].replace(b"incident-c0", b"i")
    header = csv_bytes(rows(1)).split(b"\r\n")[0] + b"\r\n"
    chunks = itertools.chain([header], ((line + b"\r\n") * 10_000 for _ in range(101)))
    parts = (submission_pb2.SubmitRequest(csv=chunk) for chunk in chunks)
    refusal = refused(spacious.send, itertools.chain([header_part(*WINDOW)], parts))
    assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED and "1000000" in refusal.message.replace(",", "")


def test_a_million_findings(spacious):
    header, line = csv_bytes(rows(1)).split(b"\r\n")[:2]
    lines = (line.replace(b"c0", b"%d" % number).replace(b",39,", b",none such,") for number in range(1_000_000))
    blocks = iter(lambda: b"\r\n".join(itertools.islice(lines, 5_000)), b"")
    chunks = itertools.chain([header], (b"\r\n" + block for block in blocks))
    parts = (submission_pb2.SubmitRequest(csv=chunk) for chunk in chunks)
    refusal = refused(spacious.send, itertools.chain([header_part(*WINDOW)], parts))
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT, refusal
    assert "PEEL-1040" in f"{refusal.message} {refusal.metadata}", refusal
    assert "1000000" in f"{refusal.message} {refusal.metadata}".replace(",", ""), refusal
    # The details of a refusal stay small, for any number of findings.
    assert len(refusal.message) < 4096


def test_dates_out_of_range(client):
    for bad, finding in [
        ("2017-02-29", "PEEL-5003"),
        ("10/02/2017", "PEEL-5025"),
        ("2017-2-1", "PEEL-5003"),
        ("20170201", "PEEL-5003"),
        ("0000-01-01", "PEEL-5003"),
        ("99999-01-01", "PEEL-5003"),
    ]:
        seen = client_findings(client, rows(1, recorded_at=bad))
        assert finding in seen, (bad, seen)
    # An absurd date is still a date, but it is outside the declared period.
    assert "PEEL-4001" in client_findings(client, rows(1, recorded_at="9999-12-31", committed_from="2017-02-01"))
    assert "PEEL-4001" in client_findings(client, rows(1, recorded_at="1066-10-14", committed_from="1066-10-14"))
    assert "PEEL-3001" in client_findings(client, rows(1, committed_from="2017-02-11"))


def client_findings(client, bad, rejected=1):
    """Codes of the findings of a dry run with one bad row after forty good rows."""
    good = [crime(f"good{number}", "2017-02-10") for number in range(40)]
    receipt = client.submit(*WINDOW, *csv_parts(good + bad), dry_run=True)
    assert receipt.received == 40 + len(bad)
    assert receipt.rejected == rejected, receipt
    assert receipt.findings.errors >= rejected
    assert 41 in {finding.row for finding in receipt.first_findings}
    for finding in receipt.first_findings:
        assert finding.severity and finding.scope and finding.rule and finding.message
    return {finding.code for finding in receipt.first_findings}


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        (dict(ho_class=""), "PEEL-5001"),
        (dict(ho_class="999"), "PEEL-5010"),
        (dict(flag_da="perhaps"), "PEEL-5009"),
        (dict(victim_based="maybe"), "PEEL-5008"),
        (dict(offence_borough="E09000099"), "PEEL-5011"),
        (dict(offence_borough="E12000007"), "PEEL-5012"),
        (dict(hour_band="24"), "PEEL-5014"),
        (dict(hour_band="-1"), "PEEL-5013"),
        (dict(suspect_count="1.5"), "PEEL-5007"),
        (dict(gun_use="fired"), "PEEL-5002"),
        (dict(gun_use="threatened", weapon_class="shotgun", shots_fired="yes"), "PEEL-3103"),
        (dict(crime_ref="x" * 500), "PEEL-5015"),
    ],
)
def test_a_bad_value_leaves_out_its_row(client, fields, finding):
    assert finding in client_findings(client, rows(1, **fields))


def test_a_row_of_another_width(client):
    content = csv_bytes(rows(40)) + b"one,too,few\r\n"
    receipt = client.submit(*WINDOW, *raw(content), dry_run=True)
    assert (receipt.received, receipt.rejected) == (41, 1)
    assert receipt.first_findings[0].code == "PEEL-1001"


def test_a_key_twice(client):
    """The exchange cannot decide which of two rows with one key counts, so both are left out."""
    assert client_findings(client, [crime("good7", "2017-02-11")], rejected=2) == {"PEEL-6001"}


def test_more_than_one_row_in_twenty(client):
    bad = [crime(f"bad{number}", "2017-02-10", ho_class="999") for number in range(6)]
    receipt = client.submit(*WINDOW, *csv_parts(rows(95) + bad[:5]), dry_run=True)
    assert (receipt.received, receipt.rejected) == (100, 5)
    refuse(client, csv_parts(rows(95) + bad), "PEEL-1040")


def test_a_value_of_digits_and_spaces_takes_no_time(client):
    """Each of its digits could begin an identifier. It is looked at in a time that grows with its length alone."""
    begun = time.monotonic()
    for text in ("1 " * 500_000, "1" * 1_000_000, "a@" * 500_000):
        refused(client.submit, *WINDOW, *csv_parts([{**row, "incident_ref": text} for row in rows(1)]))
    assert time.monotonic() - begun < 5


def test_direct_identifiers(client):
    """No finding and no message repeats the value."""
    named = [{**row, "victim_name": "Ada Lovelace"} for row in rows()]
    refusal = refuse(client, csv_parts(named), "PEEL-7001")
    assert "Lovelace" not in repr(refusal)
    # 943 476 5919: the example number of the NHS Data Dictionary, with its check digit.
    numbered = [{**row, "incident_ref": "9434765919"} for row in rows()]
    refusal = refuse(client, csv_parts(numbered), "PEEL-7002")
    assert "9434765919" not in repr(refusal)
    mailed = [{**row, "incident_ref": "ada@example.org"} for row in rows()]
    refusal = refuse(client, csv_parts(mailed), "PEEL-7002")
    assert "ada@" not in repr(refusal)


def test_two_encodings_in_one_submission(client):
    parts = csv_parts(rows()) + arrow_parts(table())
    refuse(client, parts, "PEEL-1020")


def test_records_of_another_dataset(client):
    part = submission_pb2.SubmitRequest()
    part.crime_victims.rows.add(crime_ref="c1", victim_seq=1)
    refuse(client, [part], "PEEL-1021")


def test_a_second_header(client):
    refuse(client, [*csv_parts(rows()), header_part(*WINDOW)])


def test_a_client_that_goes_away(client):
    """Half of a submission, and then nothing. If it is cancelled or exceeds its deadline, no part of it is kept."""
    parts = raw(csv_bytes(rows(5000)), 10_000)
    gone = threading.Event()

    def half():
        yield header_part(*WINDOW)
        yield from parts[: len(parts) // 2]
        gone.wait(30)

    call = client.submissions.Submit.future(half(), timeout=60)
    call.cancel()
    gone.set()
    assert call.cancelled()

    gone.clear()
    refusal = refused(client.submissions.Submit, half(), timeout=0.5)
    gone.set()
    # The server also knows the deadline and ends the call then. The clock that runs out first decides the status.
    assert refusal.code in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)
