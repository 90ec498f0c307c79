"""How much of an exchange one agency may use, and all callers together. Who is refused is told when to come back."""

import contextlib
import time

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from exchange import Client, crime, csv_parts, refused, submission_pb2
from process import MEMORY, Server
from raw_http2 import RawConnection
from test_limits import OpenSubmission

HEADING = submission_pb2.SubmitRequest(csv=b"crime_ref")


@contextlib.contextmanager
def exchange(binary, tmp_path, **limits):
    """An exchange that requires tokens, with a client for an agency."""
    environment = {f"PEELIAN_{name.upper()}": str(value) for name, value in limits.items()}
    server = Server(binary, tmp_path / "data", "--require", "token", environment=environment, memory=MEMORY).start()
    with contextlib.ExitStack() as opened:

        def client(agency):
            token = server.run("token", "create", "--agency", agency, "--role", "submitter", "--role", "analyst")
            # Each client has a connection of its own.
            made = Client(server.address, token.stdout.strip(), options=[("grpc.use_local_subchannel_pool", 1)])
            opened.callback(made.close)
            return made

        yield server, client
    assert server.stop() == 0


def limited(call, *arguments, **named):
    """Makes a call that is refused for a limit: the reason, and after how many seconds it may be made again."""
    with pytest.raises(grpc.RpcError) as failed:
        call(*arguments, **named)
    refusal = refused(lambda: (_ for _ in ()).throw(failed.value))
    assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED, refusal
    assert "which is the limit" in refusal.message and "again in" in refusal.message, refusal
    found = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(found) for detail in rpc_status.from_call(failed.value).details)
    return refusal.reason, found.retry_delay.seconds


def is_recorded(server, reason):
    """Whether the audit log has a refusal, at the latest after some seconds."""
    for _ in range(50):
        if any(record["event"].get("reason") == reason for record in server.audit()):
            return True
        time.sleep(0.1)
    return False


def submit(client, rows, agency="mps"):
    content = csv_parts([crime(f"c{number}", "2017-02-10") for number in range(rows)])
    return client.submit("crime", "2017-02-01", "2017-02-28", *content, agency=agency)


def test_calls_of_a_minute(binary, tmp_path):
    with exchange(binary, tmp_path, max_calls_per_minute=12) as (server, client):
        mps, cps = client("mps"), client("cps")
        for _ in range(12):
            mps.reports(agency="mps")
        reason, seconds = limited(mps.reports)
        assert reason == "TOO_MANY_CALLS_A_MINUTE" and 1 <= seconds <= 5
        assert cps.reports() and mps.is_serving()
        time.sleep(seconds)
        assert mps.reports()
        assert is_recorded(server, "TOO_MANY_CALLS_A_MINUTE")


def test_calls_under_way(binary, tmp_path):
    with exchange(binary, tmp_path, max_calls_per_agency=2, max_calls=3) as (server, client):
        mps, cps = client("mps"), client("cps")
        under_way = [OpenSubmission(mps, HEADING), OpenSubmission(mps, HEADING)]
        time.sleep(0.5)
        assert limited(mps.reports) == ("TOO_MANY_CALLS", 1)
        assert cps.reports()
        other = OpenSubmission(cps, dataset="cps_defendant_outcome", agency="cps")
        time.sleep(0.5)
        assert limited(cps.reports) == ("TOO_MANY_CALLS_IN_ALL", 1)
        assert cps.is_serving()
        for submission in (*under_way, other):
            submission.end()
        assert mps.reports() and cps.reports()
        assert is_recorded(server, "TOO_MANY_CALLS") and is_recorded(server, "TOO_MANY_CALLS_IN_ALL")


def test_connections_of_an_agency(binary, tmp_path):
    with exchange(binary, tmp_path, max_connections_per_agency=2) as (_, client):
        first, second, third = client("mps"), client("mps"), client("mps")
        assert first.reports() and second.reports()
        assert limited(third.reports) == ("TOO_MANY_CONNECTIONS", 1)
        assert client("cps").reports()
        first.close()
        time.sleep(0.5)
        assert third.reports() and second.reports()


def test_open_connections(binary, tmp_path):
    with exchange(binary, tmp_path, max_connections=3) as (server, client):
        mps = client("mps")
        assert mps.reports()
        with RawConnection(server.address) as one, RawConnection(server.address):
            time.sleep(0.2)
            with RawConnection(server.address) as beyond:
                assert beyond.is_closed(within=5)
            assert not one.is_closed(within=0.5)
            assert mps.reports()
        time.sleep(0.2)
        assert client("cps").reports()
        assert server.log().count("no further connections are accepted") == 1


def test_rows_of_an_hour(binary, tmp_path):
    with exchange(binary, tmp_path, max_rows_per_hour=10) as (_, client):
        mps = client("mps")
        # What began is finished.
        assert submit(mps, 15).created == 15
        reason, seconds = limited(submit, mps, 1)
        # Five rows more than an hour has, and the one that comes next.
        assert reason == "TOO_MANY_ROWS_AN_HOUR" and 2_100 < seconds <= 2_160
        assert client("cps").reports()


def test_bytes_of_an_hour(binary, tmp_path):
    with exchange(binary, tmp_path, max_bytes_per_hour=2_000) as (_, client):
        mps = client("mps")
        assert submit(mps, 20).created == 20
        reason, seconds = limited(mps.reports)
        assert reason == "TOO_MANY_BYTES_AN_HOUR" and 1 <= seconds <= 7_200
        cps = client("cps")
        # Answers count as well.
        assert cps.reports()
        assert limited(cps.reports)[0] == "TOO_MANY_BYTES_AN_HOUR"


def test_one_agency_does_not_take_the_room_of_others(binary, tmp_path):
    """An agency that calls without a pause, and one that calls now and then."""
    with exchange(binary, tmp_path, max_calls_per_minute=300) as (_, client):
        mps, cps = client("mps"), client("cps")
        times, refusals = [], 0
        for _ in range(20):
            for _ in range(50):
                with contextlib.suppress(grpc.RpcError):
                    mps.reports(agency="mps")
                    continue
                refusals += 1
            begun = time.monotonic()
            cps.reports(agency="cps")
            times.append(time.monotonic() - begun)
        assert refusals > 500 and max(times) < 0.5, (refusals, times)
