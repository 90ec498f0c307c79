"""Bits of the data directory change while no server runs. The server starts without the rows that are damaged, says so, and
gives no value that needs them.
"""

import sqlite3
import subprocess
import uuid

import pytest

from exchange import crime, csv_parts, figure, last_day, refused, submission_pb2
from process import MEMORY, Server

CRIMES, KNIFE = "recorded-crime-volume", "knife-crime-offences"
SOUTHWARK, CAMDEN, CITY, POLICE_AREA = "E09000028", "E09000007", "E09000001", "E23000001"


def crimes(month, count, area=SOUTHWARK, start=0):
    numbers = range(start, start + count)
    return [crime(f"{month} {area} {at}", f"{month}-{1 + at % 28:02}", offence_borough=area) for at in numbers]


def send(client, month, rows, mode="replace", **header):
    return client.submit("crime", f"{month}-01", last_day(month), *csv_parts(rows), mode=mode, **header).submission


def flip(server, name, what="bytes"):
    """Flips one bit in the middle of the rows or the receipt of a submission, as they are stored."""
    read, write = {
        "bytes": (
            "SELECT bytes FROM payload JOIN submission USING (position) WHERE ulid = ?",
            "UPDATE payload SET bytes = ? WHERE position = (SELECT position FROM submission WHERE ulid = ?)",
        ),
        "receipt": (
            "SELECT receipt FROM submission WHERE ulid = ?",
            "UPDATE submission SET receipt = ? WHERE ulid = ?",
        ),
    }[what]
    ulid = name.rsplit("/", 1)[1]
    database = sqlite3.connect(server.data_dir / "ledger.sqlite3")
    (stored,) = database.execute(read, [ulid]).fetchone()
    changed = bytearray(stored)
    changed[len(changed) // 2] ^= 16
    database.execute(write, [bytes(changed), ulid])
    database.commit()
    database.close()


def restarted(server, damage):
    """The server after it was stopped and something was damaged."""
    assert server.stop() == 0
    damage()
    server.start()
    return server.client()


def observed(client, area, period, measure=CRIMES, **query):
    (seen,) = client.query(measure, area, period, **query)
    return seen


def value(client, area, period, measure=CRIMES):
    seen = observed(client, area, period, measure)
    return seen.value if seen.WhichOneof("result") == "value" else None


def check_lost(seen, name):
    assert seen.WhichOneof("result") == "missing", seen
    assert seen.completeness.received < seen.completeness.expected
    assert any(name in caveat and "damaged" in caveat for caveat in seen.caveats), list(seen.caveats)


def verify(server):
    command = [server.binary, "verify", "--data-dir", server.data_dir]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.fixture
def exchange(binary, tmp_path):
    server = Server(binary, tmp_path / "data", memory=MEMORY).start()
    yield server
    if server.process.poll() is None:
        server.kill()


def test_a_replacement_that_is_damaged(exchange):
    client = exchange.client()
    send(client, "2016-01", crimes("2016-01", 11))
    send(client, "2016-02", crimes("2016-02", 20))
    # The second version of February has one row more. What it replaced must not come back.
    request = str(uuid.uuid4())
    lost = send(client, "2016-02", crimes("2016-02", 21), request_id=request)
    send(client, "2016-03", crimes("2016-03", 31))
    city = send(client, "2016-02", crimes("2016-02", 5, area=CITY), agency="city-of-london-police")
    client.close()
    client = restarted(exchange, lambda: flip(exchange, lost))
    check_lost(observed(client, SOUTHWARK, "2016-02"), lost)
    # No crime in Camden was in the report, or some were: that is not known.
    check_lost(observed(client, CAMDEN, "2016-02"), lost)
    check_lost(observed(client, POLICE_AREA, "2016-02"), lost)
    check_lost(observed(client, SOUTHWARK, "2015/16-Q4"), lost)
    assert [value(client, SOUTHWARK, month) for month in ("2016-01", "2016-03")] == [11, 31]
    assert value(client, CITY, "2016-02") == 5, city
    assert client.is_serving()
    log = exchange.log()
    assert "a stored submission is damaged" in log
    for told in (lost, "mps", "crime", "2016-02-01", "2016-02-29"):
        assert told in log
    assert exchange.stop() == 0
    found = verify(exchange)
    assert found.returncode == 3
    assert lost in found.stdout and "rows" in found.stdout and "5 submissions were checked, 1 entries" in found.stdout
    exchange.start()
    client.close()
    client = exchange.client()
    # The period is submitted again: everything is there.
    again = refused(send, client, "2016-02", crimes("2016-02", 21), request_id=request)
    assert again.reason == "STORED_DATA_DAMAGED" and "new request_id" in again.message
    send(client, "2016-02", crimes("2016-02", 22))
    assert [value(client, SOUTHWARK, period) for period in ("2016-02", "2015/16-Q4")] == [22, 11 + 22 + 31]
    assert not any("damaged" in caveat for caveat in observed(client, SOUTHWARK, "2016-02").caveats)
    client.close()


def test_a_merge_that_is_damaged_is_withdrawn(exchange):
    client = exchange.client()
    send(client, "2016-01", crimes("2016-01", 11))
    lost = send(client, "2016-02", crimes("2016-02", 3), mode="merge")
    send(client, "2016-02", crimes("2016-02", 2, start=3), mode="merge")
    client.close()
    client = restarted(exchange, lambda: flip(exchange, lost))
    # A merge can move rows out of any period.
    check_lost(observed(client, SOUTHWARK, "2016-01"), lost)
    check_lost(observed(client, SOUTHWARK, "2016-02"), lost)

    client.submissions.WithdrawSubmission(
        submission_pb2.WithdrawSubmissionRequest(name=lost, reason="Its rows are damaged."), timeout=60
    )
    assert [value(client, SOUTHWARK, month) for month in ("2016-01", "2016-02")] == [11, 2]
    send(client, "2016-02", crimes("2016-02", 3), mode="merge")
    assert value(client, SOUTHWARK, "2016-02") == 5
    client.close()


def test_figures_that_are_damaged(exchange):
    client = exchange.client()
    mine = [figure(KNIFE, SOUTHWARK, month, 40) for month in ("2016-01", "2016-02")]
    lost = client.submit("published_figure", "2016-01-01", "2016-02-29", *csv_parts(mine)).submission
    other = [figure(KNIFE, SOUTHWARK, month, 50) for month in ("2016-02", "2016-03")]
    client.submit("published_figure", "2016-02-01", "2016-03-31", *csv_parts(other), agency="mopac")
    client.close()
    client = restarted(exchange, lambda: flip(exchange, lost))
    # The figure of another agency does not take the place of the one that is lost.
    for month in ("2016-01", "2016-02"):
        check_lost(observed(client, SOUTHWARK, month, KNIFE), lost)
    assert value(client, SOUTHWARK, "2016-03", KNIFE) == 50
    assert observed(client, SOUTHWARK, "2016-02", KNIFE, source="mopac").value == 50
    client.close()


def test_a_receipt_that_is_damaged(exchange):
    client = exchange.client()
    name = send(client, "2016-01", crimes("2016-01", 11))
    client.close()
    client = restarted(exchange, lambda: flip(exchange, name, "receipt"))
    assert value(client, SOUTHWARK, "2016-01") == 11
    assert refused(client.list_submissions).reason == "STORED_DATA_DAMAGED"
    client.close()
    assert exchange.stop() == 0
    assert "header and receipt" in verify(exchange).stdout


def test_what_is_whole_is_verified(exchange):
    client = exchange.client()
    send(client, "2016-01", crimes("2016-01", 11))
    client.close()
    assert exchange.stop() == 0
    found = verify(exchange)
    assert (found.returncode, found.stdout) == (0, "1 submissions were checked, 0 entries are damaged.\n")
