"""Memory stays within its limits, whatever is asked: a query answers or is refused, and the server goes on."""

import os
import random
import shutil
import statistics
import threading
import time
from collections import Counter

import grpc
import pytest

from exchange import (
    Client,
    catalogue_pb2,
    crime,
    csv_parts,
    observation_pb2,
    refused,
)
from process import Server

MIB = 1 << 20
# The memory of the whole process, and that of counts.
MEMORY, COUNTS = 512 * MIB, 64 * MIB
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
    limits = ("--max-count-bytes", str(COUNTS))
    server = Server(binary, folder / "data", *limits, prefix=(prlimit, f"--data={MEMORY}")).start()
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
    request = observation_pb2.QueryObservationsRequest(query=query, page_size=10)
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
    assert server.peak_memory() < MEMORY
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
