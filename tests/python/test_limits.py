"""Callers that are slow, that do not read, that leave or that say nothing: the others are answered, and memory, threads and
the end of the server do not depend on them. Every load here is bounded and short.
"""

import asyncio
import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pyarrow as pa
import pytest

from exchange import (
    Refusal,
    crime,
    csv_parts,
    cut,
    header_part,
    health_pb2,
    last_day,
    months,
    observation_pb2,
    refused,
    submission_pb2,
    submission_pb2_grpc,
    timestamp,
)
from process import MEMORY, Server
from raw_http2 import RawConnection

MEASURE, AREA = "recorded-crime-volume", "E09000028"
MIB = 1 << 20
# The heading of a file, without its end.
HEADING = submission_pb2.SubmitRequest(csv=b"crime_ref")

linux = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc of Linux")


@contextlib.contextmanager
def serving(binary, tmp_path, prefix=(), memory=MEMORY, **settings):
    """A server with these settings."""
    environment = {f"PEELIAN_{name.upper()}": str(value) for name, value in settings.items()}
    server = Server(
        binary, tmp_path / "data", "--log", "warn", environment=environment, prefix=prefix, memory=memory
    ).start()
    client = server.client()
    try:
        yield server, client
    finally:
        client.close()
        if server.process.poll() is None:
            server.kill()


def submit_month(client, month, count=20, **header):
    rows = [crime(f"{month}-{number}", f"{month}-10") for number in range(count)]
    return client.submit("crime", f"{month}-01", last_day(month), *csv_parts(rows), **header)


def query_times(client, count, timeout=5):
    """Seconds that each of so many queries of one number takes."""
    times = []
    for _ in range(count):
        begun = time.monotonic()
        client.query(MEASURE, AREA, "2017-02", timeout=timeout)
        times.append(time.monotonic() - begun)
    return times


def processor_seconds(server):
    """Seconds of processor time that the server has used."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stop_time(server):
    begun = time.monotonic()
    assert server.stop() == 0, server.log()[-2000:]
    return time.monotonic() - begun


class OpenSubmission:
    """A submission that stays under way until it is ended."""

    def __init__(self, client, *parts, agency="mps", dataset="crime"):
        self.parts = queue.Queue()
        for part in (header_part(dataset, "2017-02-01", "2017-02-28", agency=agency), *parts):
            self.parts.put(part)
        self.call = client.submissions.Submit.future(iter(self.parts.get, None), timeout=60)

    def end(self):
        self.parts.put(None)
        with contextlib.suppress(grpc.RpcError):
            self.call.result(timeout=10)


def refusal_of(submission):
    return refused(submission.call.result, timeout=10)


async def trickle(address, connections, calls):
    """Submissions that send one byte a second, over so many connections. Returns how each was refused."""

    async def parts(number):
        yield header_part("crime", "2017-02-01", "2017-02-28")
        for _ in range(60):
            yield HEADING if number % 2 else submission_pb2.SubmitRequest(csv=b"c")
            await asyncio.sleep(1)

    async def submit(stub, number):
        try:
            await stub.Submit(parts(number), timeout=60)
        except grpc.aio.AioRpcError as error:
            return error
        raise AssertionError("a trickle was accepted")

    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.insecure_channel(address, options) for _ in range(connections)]
    stubs = [submission_pb2_grpc.SubmissionServiceStub(channel) for channel in channels]
    refusals = await asyncio.gather(*(submit(stubs[n % connections], n) for n in range(calls)))
    for channel in channels:
        await channel.close()
    return refusals


def test_slow_submitters_hold_up_nobody(binary, tmp_path):
    limits = {"max_submissions_per_agency": 1000, "max_submissions": 1000, "idle_timeout": 12}
    with serving(binary, tmp_path, **limits) as (server, client):
        submit_month(client, "2017-02")
        refusals = []
        load = threading.Thread(target=lambda: refusals.extend(asyncio.run(trickle(server.address, 5, 560))))
        load.start()
        time.sleep(4)
        times = query_times(client, 50)
        assert client.is_serving()
        submit_month(client, "2017-03")
        load.join()
        assert max(times) < 1, sorted(times)[-5:]
        assert {(error.code(), Refusal(error).reason) for error in refusals} == {
            (grpc.StatusCode.DEADLINE_EXCEEDED, "TOO_SLOW")
        }
        assert "1024 bytes a second" in refusals[0].details()
        assert len(refusals) == 560


def test_all_submissions_together_are_limited_by_number(binary, tmp_path):
    with serving(binary, tmp_path, max_submissions=2) as (_, client):
        submit_month(client, "2017-01")
        figures = {"agency": "mopac", "dataset": "published_figure"}
        under_way = [OpenSubmission(client, HEADING), OpenSubmission(client, **figures)]
        time.sleep(0.5)
        refusal = refusal_of(OpenSubmission(client, agency="moj", dataset="published_figure"))
        assert (refusal.code, refusal.reason) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "TOO_MANY_SUBMISSIONS_IN_ALL",
        ), refusal
        for submission in under_way:
            submission.end()
        submit_month(client, "2017-03")


def test_all_submissions_together_are_limited_by_bytes(binary, tmp_path):
    content = csv_parts([crime(f"c{number}", "2017-02-10") for number in range(100)])
    size = len(content[0].csv)
    with serving(binary, tmp_path, max_bytes_under_way=int(size * 1.5)) as (_, client):
        under_way = OpenSubmission(client, *content)
        time.sleep(0.5)
        refusal = refusal_of(OpenSubmission(client, *content))
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_BYTES_IN_ALL"), (
            refusal
        )
        under_way.end()
        submit_month(client, "2017-03")


@pytest.mark.parametrize(
    "path",
    ["/peelian.v1.ObservationService/QueryObservations", "/peelian.v1.SubmissionService/Submit", "/no.Service/Call"],
)
def test_a_message_that_is_half_sent_is_not_waited_for(binary, tmp_path, path):
    with serving(binary, tmp_path, idle_timeout=1) as (server, _), RawConnection(server.address) as connection:
        # A message of 100 bytes, of which 3 arrive.
        connection.begin(path, b"\0" + (100).to_bytes(4) + b"abc")
        assert connection.ends(1, within=10)


@linux
def test_an_answer_that_nobody_reads(binary, tmp_path):
    with serving(binary, tmp_path, memory=None, idle_timeout=3) as (server, client):
        submit_month(client, "2017-02")
        query = observation_pb2.Query(measures=[MEASURE], areas=["ward"], periods=["2010-01..2017-12"])
        request = observation_pb2.StreamObservationsRequest(query=query)
        whole = b"".join(part.arrow_ipc for part in client.observations.StreamObservations(request, timeout=60))
        table = pa.ipc.open_stream(whole).read_all()
        page = observation_pb2.QueryObservationsRequest(query=query, page_size=1)
        assert table.num_rows == client.observations.QueryObservations(page, timeout=60).total_size > 50_000
        assert table["period"].to_pylist()[:2] == ["2010-01", "2010-02"]
        del whole, table
        server.reset_peak_memory()
        before = server.peak_memory()
        calls = [client.observations.StreamObservations(request, timeout=60) for _ in range(20)]
        for call in calls:
            next(call)
        query_times(client, 20)
        # As long as the server works, it makes a page that it has not waited with yet.
        used = -1
        while (now := processor_seconds(server)) - used > 0.1:
            used = now
            time.sleep(4)
        assert server.peak_memory() - before < 300 * MIB
        for call in calls:
            # What was sent before can still be read, but the answer does not seem to be complete.
            refusal = refused(lambda call=call: list(call))
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "NOT_READ"), refusal


@linux
def test_queries_of_an_instant_that_nobody_waits_for(binary, tmp_path):
    with serving(binary, tmp_path) as (server, client):
        instants = []
        for month in months("2010-01", "2017-12"):
            receipt = submit_month(client, month, 2_000)
            instants.append(receipt.accepted_at.ToDatetime())
        stub = client.observations.QueryObservations

        def ask(number, timeout=60):
            at = instants[number % (len(instants) - 2) + 1]
            query = observation_pb2.Query(
                measures=[MEASURE], areas=[AREA], periods=["2017-02"], as_of=timestamp_of(at)
            )
            return stub.future(observation_pb2.QueryObservationsRequest(query=query), timeout=timeout)

        # Callers leave by their deadline, so that their queries have begun.
        abandoned = [ask(number, timeout=0.3) for number in range(1_000)]
        time.sleep(1)
        used = processor_seconds(server)
        times = query_times(client, 50)
        time.sleep(max(0, 2 - sum(times)))
        assert processor_seconds(server) - used < 1
        assert max(times) < 0.5
        # Callers that wait for one position share its load.
        answers = [ask(number=len(instants) - 4) for _ in range(50)]
        assert {call.result(timeout=60).ledger_position for call in answers} == {len(instants) - 2}
        abandoned += [ask(number, timeout=0.3) for number in range(1_000)]
        time.sleep(0.2)
        assert stop_time(server) < 5
        assert len(abandoned) == 2_000


def timestamp_of(moment):
    from datetime import UTC

    return timestamp(moment.replace(tzinfo=UTC))


def test_a_client_that_answers_no_ping_does_not_delay_the_stop(binary, tmp_path):
    with serving(binary, tmp_path) as (server, client), RawConnection(server.address):
        submit_month(client, "2017-02")
        assert stop_time(server) < 5


def test_a_client_that_watches_the_health_does_not_delay_the_stop(binary, tmp_path):
    with serving(binary, tmp_path) as (server, client):
        watch = client.health.Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        assert stop_time(server) < 5
        assert [seen.status for seen in watch] == [health_pb2.HealthCheckResponse.NOT_SERVING]


def test_a_submission_under_way_delays_the_stop_no_longer_than_the_limit(binary, tmp_path):
    with serving(binary, tmp_path, stop_timeout=2) as (server, client):
        under_way = OpenSubmission(client, HEADING)
        time.sleep(0.5)
        assert 1.5 < stop_time(server) < 6
        under_way.end()
        under_way.end()


def test_a_client_that_is_no_longer_there_is_noticed(binary, tmp_path):
    settings = {"keepalive_interval": 1, "keepalive_timeout": 1}
    with serving(binary, tmp_path, **settings) as (server, client), RawConnection(server.address) as connection:
        assert connection.is_closed(within=10)
        # A client that answers is not disturbed.
        submit_month(client, "2017-02")


@linux
def test_no_room_for_further_connections(binary, tmp_path):
    with serving(binary, tmp_path, prefix=("prlimit", "--nofile=100")) as (server, client):
        submit_month(client, "2017-02")
        with contextlib.ExitStack() as held:
            for _ in range(120):
                held.enter_context(RawConnection(server.address))
            time.sleep(0.5)
            used = processor_seconds(server)
            time.sleep(2)
            assert processor_seconds(server) - used < 0.5
            query_times(client, 5)
        time.sleep(1)
        other = server.client()
        query_times(other, 5)
        other.close()


def test_streams_that_are_taken_back_end_their_connection(binary, tmp_path):
    """20,000 of them, from clients that connect again at once (CVE-2023-44487), beside a caller that waits for answers."""
    with serving(binary, tmp_path) as (server, client):
        submit_month(client, "2017-02")
        before = sorted(query_times(client, 100))
        resets, connections, ended = 0, 0, threading.Event()

        def take_back():
            nonlocal resets, connections
            while resets < 20_000:
                connections += 1
                with contextlib.suppress(OSError), RawConnection(server.address) as connection:
                    for stream in range(1, 2_001, 2):
                        connection.begin("/peelian.v1.ObservationService/QueryObservations", b"", stream=stream)
                        connection.reset(stream)
                        resets += 1
            ended.set()

        load = threading.Thread(target=take_back)
        load.start()
        beside = []
        while not ended.is_set() or len(beside) < 100:
            beside += query_times(client, 10)
        load.join()
        # The server ends a connection after a few of them, so that it takes many.
        assert connections > 20, (connections, resets)
        assert sorted(beside)[len(beside) * 99 // 100] < max(0.05, 3 * before[98]), (before[98], sorted(beside)[-5:])
        assert stop_time(server) < 5


def test_long_lists_of_headers_are_refused(binary, tmp_path):
    with serving(binary, tmp_path) as (server, client):
        for count, is_refused in ((100, False), (400, True)):
            headers = [(f"x-{number}", 60 * "v") for number in range(count)]
            with RawConnection(server.address) as connection:
                connection.begin("/grpc.health.v1.Health/Check", bytes(5), ends=True, more=headers)
                assert connection.ends(1, within=10)
                assert (connection.headers[":status"] == "431") == is_refused, connection.headers
        submit_month(client, "2017-03")


def test_a_message_is_looked_at_once_and_not_for_each_of_its_bytes(binary, tmp_path):
    """The metadata of the message are long, and its body arrives byte by byte."""
    table = pa.table({name: [value] for name, value in crime("c1", "2017-02-10").items()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_batch(table.to_batches()[0], custom_metadata={f"{number}": "" for number in range(400_000)})
    content = sink.getvalue().to_pybytes()
    # The last bytes are those of the body and the mark of the end.
    parts = [*cut(content[:-400]), *cut(content[-400:], 1)]
    messages = [submission_pb2.SubmitRequest(arrow_ipc=part) for part in parts]
    with serving(binary, tmp_path) as (_, client):
        begun = time.monotonic()
        assert client.submit("crime", "2017-02-01", "2017-02-28", *messages).created == 1
        assert time.monotonic() - begun < 2


def test_the_page_of_limits_is_current(binary, root):
    printed = subprocess.run([binary, "limits"], check=True, capture_output=True, text=True, timeout=60).stdout
    assert (root / "docs" / "limits.md").read_text() == printed, "peelian-server limits > docs/limits.md"


def test_the_page_of_errors_is_the_programs_own(binary, root):
    printed = subprocess.run([binary, "errors"], check=True, capture_output=True, text=True, timeout=60).stdout
    assert (root / "docs" / "errors.md").read_text() == printed, "peelian-server errors > docs/errors.md"
