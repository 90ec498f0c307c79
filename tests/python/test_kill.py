"""The server is killed at random instants of submissions, many times. No acknowledged submission is lost, none counts
twice, and every next start is clean.

Each submission replaces one month of one agency, so the expected answer is known. For every month it is the rows of the
last acknowledged submission, or all rows of a submission that was under way when the server died.
"""

import os
import random
import threading
import time
import uuid

import grpc
import pytest

from exchange import crime, csv_parts, last_day, months
from process import Server

KILLS = int(os.environ.get("PEELIAN_KILLS", "100"))
SEED = int(os.environ.get("PEELIAN_SEED", "1"))
MEASURE, AREA = "recorded-crime-volume", "E09000028"
MONTHS = months("2016-01", "2016-12")
# Each month is sent in two encodings of the same average size. The number of rows distinguishes submissions.
SMALLEST, LARGEST = 400, 480


class Partner(threading.Thread):
    """Submits months, one after another, until the server dies."""

    def __init__(self, server, chance, held):
        super().__init__()
        self.client = server.client()
        self.chance, self.held = chance, held
        self.acknowledged = []
        self.under_way = None
        self.broken = None

    def run(self):
        try:
            while True:
                self.submit()
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN):
                self.broken = error
        finally:
            self.client.close()

    def submit(self):
        month = self.chance.choice(MONTHS)
        count = self.chance.randint(SMALLEST, LARGEST)
        rows = [crime(f"{month}/{number}", f"{month}-{1 + number % 28:02}") for number in range(count)]
        request = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self.under_way = (month, count, request, rows)
        receipt = send(self.client, month, rows, request)
        self.under_way = None
        self.held[month] = count
        self.acknowledged.append((receipt.submission, month, count))


def send(client, month, rows, request):
    # A replacement may drop at most a fifth of the rows without announcing it. The counts are chosen to stay below.
    return client.submit("crime", f"{month}-01", last_day(month), *csv_parts(rows, 7000), request_id=request)


@pytest.mark.skipif(KILLS == 0, reason="PEELIAN_KILLS is 0")
def test_killed_at_random_instants(binary, tmp_path):
    chance = random.Random(SEED)
    server = Server(binary, tmp_path / "data").start()
    held, names, died_with_submission = {}, {}, 0
    for kill in range(KILLS):
        partner = Partner(server, random.Random(chance.getrandbits(64)), held)
        partner.start()
        time.sleep(chance.uniform(0.0, 0.25))
        server.kill()
        partner.join(timeout=60)
        assert not partner.is_alive() and partner.broken is None, partner.broken
        names.update({name: (month, count) for name, month, count in partner.acknowledged})

        server.start()
        client = server.client()
        assert client.is_serving(), f"kill {kill}"
        died_with_submission += settle(client, partner.under_way, held, kill)
        check(client, held, names, kill)
        client.close()
    assert server.stop() == 0
    # A run in which the server never died during a submission would show nothing.
    assert died_with_submission > KILLS // 4, died_with_submission
    print(f"{KILLS} kills, {died_with_submission} of them during a submission, {len(names)} submissions acknowledged")


def settle(client, under_way, held, kill):
    """An unacknowledged submission is stored completely or not at all. If it is sent again, it is stored once."""
    if under_way is None:
        return 0
    month, count, request, rows = under_way
    seen = value(client, month)
    assert seen in (held.get(month), count), f"kill {kill}: {month} has {seen}, neither {held.get(month)} nor {count}"
    listed = len(client.list_submissions())
    was_there = any(one.header.request_id == request for one in client.list_submissions())
    receipt = send(client, month, rows, request)
    assert receipt.received == count
    assert len(client.list_submissions()) == listed + (0 if was_there else 1)
    held[month] = count
    return 1


def check(client, held, names, kill):
    listed = client.list_submissions()
    requests = [one.header.request_id for one in listed]
    assert len(requests) == len(set(requests)), f"kill {kill}: a request is held twice"
    lost = set(names) - {one.name for one in listed}
    assert not lost, f"kill {kill}: acknowledged and lost: {lost}"
    for month in MONTHS:
        assert value(client, month) == held.get(month), f"kill {kill}: {month}"


def value(client, month):
    try:
        seen = client.query(MEASURE, AREA, month)[0]
    except grpc.RpcError as error:
        # Outside the months held, the exchange answers with the range that it has.
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return None
        raise
    return int(seen.value) if seen.WhichOneof("result") == "value" else None
