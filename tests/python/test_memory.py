"""Memory stays within its limits, whatever is asked: a query answers or is refused, and the server goes on."""

import os
import random
import shutil
import statistics
import threading
import time
from collections import Counter
from datetime import timedelta

import grpc
import pyarrow as pa
import pytest

from exchange import (
    EXTRACT,
    Client,
    arrow_parts,
    catalogue_pb2,
    crime,
    csv_parts,
    last_day,
    months,
    observation_pb2,
    refused,
)
from process import Server
from raw_http2 import RawConnection

MIB = 1 << 20
# The memory that the system gives. By default, a server uses three quarters of it.
MEMORY = 512 * MIB
BUDGET = MEMORY * 3 // 4
CRIMES = 640
CLIENTS = 4
# 100,000 show more and take half an hour: see docs/reliability.md.
QUERIES = int(os.environ.get("PEELIAN_RANDOM_QUERIES", "2000"))
PLAIN = ("recorded-crime-volume", "E09000028", "2016-03")
# Refusals that a random query can meet.
EXPECTED = {"TOO_MANY_COUNTS", "TOO_MANY_OBSERVATIONS"}


@pytest.fixture(scope="module")
def server(binary, tmp_path_factory):
    """A server with little memory, and a few crimes of three years."""
    prlimit = shutil.which("prlimit")
    if not prlimit:
        pytest.skip("prlimit of util-linux is not there")
    folder = tmp_path_factory.mktemp("memory")
    server = Server(binary, folder / "data", prefix=(prlimit, f"--data={MEMORY}")).start()
    assert f"memory_mib={BUDGET // MIB}" in server.log()
    chance = random.Random(1)
    rows = [
        crime(
            f"c{number}",
            f"{chance.randrange(2015, 2018)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
            offence_borough=f"E090000{chance.randrange(2, 34):02}",
            ho_class=chance.choice(["8N", "34B", "39", "105A"]),
            flag_da=chance.choice(["yes", "no"]),
        )
        for number in range(CRIMES)
    ]
    client = server.client()
    receipt = client.submit("crime", "2015-01-01", "2017-12-31", *csv_parts(rows))
    assert receipt.created == CRIMES
    client.close()
    yield server
    assert server.stop() == 0, server.log()[-2000:]


@pytest.fixture(scope="module")
def measures(server):
    """Every measure with its breakdowns and with its periods by level."""
    client = server.client()
    found, token = [], ""
    while True:
        page = client.catalogue.ListMeasures(
            catalogue_pb2.ListMeasuresRequest(page_size=1000, page_token=token), timeout=60
        )
        found += page.measures
        token = page.next_page_token
        if not token:
            client.close()
            return found


def random_query(chance, measure):
    """A valid query for one measure: any breakdowns, one area or all boroughs, one period or several."""
    names = list(measure.breakdowns)
    breakdown = chance.sample(names, k=min(len(names), chance.choice([0, 1, 1, 2, 2, 3])))
    months = [f"{chance.randrange(2015, 2018)}-{chance.randrange(1, 13):02}" for _ in range(2)]
    periods = [[months[0]], [f"R12-{months[0]}"], ["..".join(sorted(months))]]
    areas = [["E09000028"], ["E12000007"], ["borough"], ["ward"]]
    return observation_pb2.Query(
        measures=[measure.name.removeprefix("measures/")],
        areas=chance.choice(areas),
        periods=chance.choice(periods),
        breakdown=breakdown,
    )


def ask(client, query):
    """The outcome of a query: `answered`, or the reason of its refusal."""
    return ask_for(client, observation_pb2.QueryObservationsRequest(query=query, page_size=10))


def ask_for(client, request):
    """The outcome of a request of a page."""
    try:
        client.observations.QueryObservations(request, timeout=120)
    except grpc.RpcError:
        return refused(client.observations.QueryObservations, request, timeout=120).reason
    return "answered"


def waits(client, count):
    """How long plain queries take, in seconds."""
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        client.value(*PLAIN)
        taken.append(time.perf_counter() - start)
    return taken


def p99(values):
    return statistics.quantiles(values, n=100)[98]


def test_random_queries_stay_within_the_memory(server, measures):
    client = server.client()
    expected = client.value(*PLAIN)
    alone = waits(client, 300)
    outcomes, beside, lock = Counter(), [], threading.Lock()
    share = QUERIES // CLIENTS
    running = threading.Event()

    def asks(number):
        own, chance = Client(server.address), random.Random(number)
        seen = Counter(ask(own, random_query(chance, chance.choice(measures))) for _ in range(share))
        own.close()
        with lock:
            outcomes.update(seen)

    threads = [threading.Thread(target=asks, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        beside += waits(client, 20)
        running.wait(0.05)
    assert sum(outcomes.values()) == share * CLIENTS, outcomes
    assert set(outcomes) <= EXPECTED | {"answered"}, outcomes
    assert outcomes["answered"] > QUERIES // 4, outcomes
    assert server.peak_memory() < BUDGET
    assert client.value(*PLAIN) == expected
    print(
        f"{outcomes}; peak {server.peak_memory() // MIB} MiB; p99 {p99(alone):.4f} s alone, {p99(beside):.4f} s beside"
    )
    client.close()


def test_a_query_whose_counts_need_too_much_memory_is_refused(server, measures):
    client = server.client()
    (measure,) = [measure for measure in measures if measure.name == "measures/knife-crime-offences"]
    dimensions = list(measure.breakdowns)
    refusal = refused(client.query, "knife-crime-offences", "E09000028", "2016-01", breakdown=dimensions)
    assert refusal.code == grpc.StatusCode.RESOURCE_EXHAUSTED, refusal
    assert client.is_serving()
    client.close()


# The parts of the memory ---------------------------------------------------------------------------------------------


@pytest.fixture
def serving(binary, tmp_path):
    """Starts servers with these settings, and stops them."""
    started = []

    def start(prefix=(), **settings):
        environment = {f"PEELIAN_{name.upper()}": str(value) for name, value in settings.items()}
        started.append(Server(binary, tmp_path / "data", environment=environment, prefix=prefix).start())
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            assert server.stop() == 0, server.log()[-2000:]


def crimes(month, count, first=0, **fields):
    """A table of crimes of a month."""
    numbers = range(first, first + count)
    columns = {name: [value] * count for name, value in crime("", f"{month}-10", **fields).items()}
    columns |= {name: [f"{month}/{number}" for number in numbers] for name in ("crime_ref", "incident_ref")}
    return pa.table(columns)


def send(client, month, table, sent=0, mode="replace"):
    extract = EXTRACT + timedelta(minutes=sent)
    return client.submit("crime", f"{month}-01", last_day(month), *arrow_parts(table), mode=mode, extract=extract)


def test_rows_for_which_there_is_no_room_are_refused_before_they_are_stored(serving):
    server = serving(max_held_bytes=2 * MIB)
    client = server.client()
    taken = [send(client, month, crimes(month, 5_000)) for month in ("2016-01", "2016-02")]
    month = "2016-03"
    refusal = refused(send, client, month, crimes(month, 10_000))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_ROWS_HELD"), refusal
    assert "nothing was stored" in refusal.message and "max_held_bytes" in refusal.message
    assert len(client.list_submissions()) == len(taken)
    # What takes no more memory is taken, and what was there is answered.
    assert send(client, "2016-02", crimes("2016-02", 5_000), sent=1).unchanged == 5_000
    assert client.value(PLAIN[0], PLAIN[1], "2016-01") == 5_000
    assert send(client, month, crimes(month, 10)).created == 10
    client.close()
    assert server.stop() == 0
    # A server that starts with more than it may have says so, and takes deletions only.
    server = serving(max_held_bytes=MIB)
    assert "the rows in force take more memory than they may" in server.log()
    client = server.client()
    assert client.value(PLAIN[0], PLAIN[1], "2016-01") == 5_000
    assert refused(send, client, "2016-04", crimes("2016-04", 10)).reason == "TOO_MANY_ROWS_HELD"
    gone = client.submit(
        "crime", "2016-01-01", "2016-01-31", *arrow_parts(crimes("2016-01", 4_000)), mode="delete",
        expected_delete_count=4_000, extract=EXTRACT + timedelta(minutes=1),
    )  # fmt: skip
    assert gone.deleted == 4_000
    assert client.value(PLAIN[0], PLAIN[1], "2016-01") == 1_000
    client.close()


def test_an_earlier_state_that_needs_too_much_memory_is_refused(serving):
    server = serving(max_past_bytes=MIB)
    client, month = server.client(), "2016-01"
    small = send(client, month, crimes(month, 10))
    large = send(client, month, crimes(month, 20_000), sent=1)
    send(client, month, crimes(month, 20_000, flag_da="yes"), sent=2)
    assert client.value(*PLAIN[:2], month, as_of=small.accepted_at) == 10
    refusal = refused(client.value, *PLAIN[:2], month, as_of=large.accepted_at)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_PAST_ROWS"), refusal
    assert client.value(*PLAIN[:2], month) == 20_000
    client.close()


def test_answers_that_nobody_reads_take_a_limited_memory(serving):
    server = serving(max_answer_bytes=MIB)
    client = server.client()
    send(client, "2016-01", crimes("2016-01", 10))
    query = observation_pb2.Query(measures=[PLAIN[0]], areas=["ward"], periods=["2010-01..2016-01"])
    request = observation_pb2.QueryObservationsRequest(query=query, page_size=2_000)
    body = request.SerializeToString()
    assert client.observations.QueryObservations(request, timeout=60).total_size > 40_000
    with RawConnection(server.address) as connection:
        path = "/peelian.v1.ObservationService/QueryObservations"
        for stream in range(1, 21, 2):
            connection.begin(path, b"\0" + len(body).to_bytes(4) + body, stream, ends=True)
        end = time.monotonic() + 30
        while (outcome := ask_for(client, request)) == "answered" and time.monotonic() < end:
            time.sleep(0.1)
        assert outcome == "TOO_MANY_ANSWERS"
        assert client.value(*PLAIN[:2], "2016-01") == 10
    end = time.monotonic() + 30
    while (outcome := ask_for(client, request)) != "answered" and time.monotonic() < end:
        time.sleep(0.1)
    assert outcome == "answered"
    client.close()


def test_a_submission_counts_as_large_as_its_rows_are_in_memory(serving):
    month = "2016-01"
    rows = crimes(month, 20_000)
    # Nearly all of it is indexes of a few values, which take hardly anything until they are expanded.
    same = [name for name in rows.column_names if name not in ("crime_ref", "incident_ref")]
    table = pa.table(
        {name: rows[name].dictionary_encode() if name in same else rows[name] for name in rows.column_names}
    )
    parts = arrow_parts(table, compression=pa.Codec("lz4"))
    received = sum(len(part.arrow_ipc) for part in parts)
    server = serving(max_bytes_under_way=received + 100_000)
    client = server.client()
    refusal = refused(client.submit, "crime", "2016-01-01", "2016-01-31", *parts)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_BYTES_IN_ALL"), refusal
    client.close()


def test_the_whole_process_stays_within_its_memory(serving):
    """Rows up to their limit, earlier states, submissions of the largest size, and queries with many counts."""
    prlimit = shutil.which("prlimit")
    if not prlimit:
        pytest.skip("prlimit of util-linux is not there")
    server = serving(prefix=(prlimit, f"--data={2 * MEMORY}"), memory=MEMORY)
    client, receipts, refusal = server.client(), [], None
    for month in months("2010-01", "2017-12"):
        try:
            receipts.append(send(client, month, crimes(month, 100_000)))
        except grpc.RpcError:
            refusal = refused(send, client, month, crimes(month, 100_000))
            break
    assert refusal and refusal.reason == "TOO_MANY_ROWS_HELD", refusal
    first = "2010-01"
    send(client, first, crimes(first, 100_000, flag_da="yes"), sent=1)
    large = crimes("2018-01", 1_000_000)
    outcomes = {refused(send, client, "2018-01", large).reason for _ in range(3)}
    assert outcomes <= {"TOO_MANY_ROWS_HELD", "TOO_MANY_BYTES_IN_ALL", "TOO_MANY_BYTES"}, outcomes
    assert client.value(*PLAIN[:2], first, as_of=receipts[-1].accepted_at) == 100_000
    for breakdown in (["crime_group"], ["crime_group", "place_type"], ["place_type", "hour_band"], ["hour_band"]):
        query = observation_pb2.Query(
            measures=[PLAIN[0]], areas=["ward"], periods=["2010-01..2010-12"], breakdown=breakdown
        )
        assert ask(client, query) in EXPECTED | {"answered"}
    assert client.value(*PLAIN[:2], first) == 100_000
    print(f"{len(receipts)} months of 100,000 rows; peak {server.peak_memory() // MIB} MiB of {MEMORY // MIB}")
    assert server.peak_memory() < MEMORY
    client.close()
