"""The disk of a running server fails: it is full, it cannot sync, its files are moved away. Or its clock jumps. Writes
are refused meanwhile, queries are answered, the health says so, and everything works again when the cause is gone.
Nothing that was acknowledged is lost, and nothing counts twice.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import grpc
import pytest

from exchange import crime, csv_parts, last_day, months, refused
from process import MEMORY, Server

MEASURE, AREA = "recorded-crime-volume", "E09000028"
MONTHS = months("2016-01", "2016-12")
# Longest wait for the health to change. The server tries again each second.
HEALED_WITHIN = 20

# Rows of a submission of more than a megabyte.
LARGE = 60_000

linux = pytest.mark.skipif(sys.platform != "linux", reason="it needs LD_PRELOAD or namespaces of Linux")


def send(client, month, count, request=None):
    """Submits a month of so many crimes. Their references cannot be compressed."""
    chance = random.Random(month)
    rows = [crime(f"{chance.getrandbits(128):032x}", f"{month}-{1 + number % 28:02}") for number in range(count)]
    request = request or str(uuid.uuid4())
    return client.submit("crime", f"{month}-01", last_day(month), *csv_parts(rows, 7000), request_id=request)


def refusal(client, month, count, request=None):
    """The code and the reason with which a submission is refused."""
    refusal = refused(send, client, month, count, request)
    return refusal.code, refusal.reason


def wait_for_health(client, serving):
    """Waits until the health of the server is this, and the health of queries is good all the time."""
    end = time.monotonic() + HEALED_WITHIN
    while client.is_serving() != serving:
        assert time.monotonic() < end, f"the health is not {serving} after {HEALED_WITHIN} s"
        time.sleep(0.1)
    assert client.is_serving("peelian.v1.ObservationService")
    assert client.is_serving("peelian.v1.SubmissionService") == serving


def fill(path):
    """Writes zeros to a file until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 12)):
            pass


def held(client, month):
    return client.value(MEASURE, AREA, month)


def check_after_restart(server, expected):
    """Kills the server, starts it again, and checks the count of each month."""
    server.kill()
    server.start()
    client = server.client()
    assert {month: held(client, month) for month in expected} == expected
    client.close()


def started(server):
    server.start()
    return server, server.client()


@pytest.fixture
def sign(tmp_path):
    """While this file exists, no file can be synced by a server with the environment `failing`."""
    return tmp_path / "fails"


def preloaded(folder, name):
    """A library that is loaded into the server, made from its source."""
    library, source = folder / f"{name}.so", Path(__file__).with_name(f"{name}.c")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", source, "-o", library], check=True)
    return str(library)


@pytest.fixture
def failing(tmp_path, sign):
    return {"LD_PRELOAD": preloaded(tmp_path, "fail_sync"), "FAIL_SYNC": str(sign)}


@pytest.fixture
def shift(tmp_path):
    """The file with the number of seconds by which the clock of a server with the environment `shifted` is ahead."""
    return tmp_path / "shift"


@pytest.fixture
def shifted(tmp_path, shift):
    return {"LD_PRELOAD": preloaded(tmp_path, "shift_clock"), "SHIFT_CLOCK": str(shift)}


@linux
def test_a_disk_that_cannot_sync(binary, tmp_path, failing, sign):
    server, client = started(Server(binary, tmp_path / "data", environment=failing, memory=MEMORY))
    send(client, "2016-01", 10)
    sign.touch()
    request = str(uuid.uuid4())
    assert refusal(client, "2016-02", 20, request) == (grpc.StatusCode.UNAVAILABLE, "STORED_OR_NOT")
    assert refusal(client, "2016-03", 30) == (grpc.StatusCode.UNAVAILABLE, "STORE_FAILS")
    wait_for_health(client, serving=False)
    assert held(client, "2016-01") == 10
    sign.unlink()
    wait_for_health(client, serving=True)
    # It is settled by now whether the first was stored. Either way it counts once.
    receipt = send(client, "2016-02", 20, request)
    assert receipt.created == 20
    send(client, "2016-03", 30)
    expected = {"2016-01": 10, "2016-02": 20, "2016-03": 30}
    assert {month: held(client, month) for month in expected} == expected
    assert len(client.list_submissions()) == 3
    client.close()
    check_after_restart(server, expected)
    assert server.stop() == 0


@linux
def test_an_audit_log_that_cannot_be_written(binary, tmp_path, failing, sign):
    """Queries are answered meanwhile, the health is true, and every call is recorded in the end."""
    server, client = started(Server(binary, tmp_path / "data", environment=failing, memory=MEMORY))
    send(client, "2016-01", 10)
    sign.touch()
    assert held(client, "2016-01") == 10
    wait_for_health(client, serving=False)
    assert held(client, "2016-01") == 10
    sign.unlink()
    wait_for_health(client, serving=True)
    send(client, "2016-02", 20)
    time.sleep(1)
    methods = [record["event"].get("method", "").rpartition("/")[2] for record in server.audit()]
    assert [method for method in methods if method] == ["Submit", "QueryObservations", "QueryObservations", "Submit"]
    client.close()
    assert server.stop() == 0
    assert server.run("audit", "verify").returncode == 0


@linux
def test_a_write_that_was_settled_stays_settled(binary, tmp_path, failing, sign):
    """What was found not to be stored does not come back after a crash."""
    server, client = started(Server(binary, tmp_path / "data", environment=failing, memory=MEMORY))
    send(client, "2016-01", 10)
    sign.touch()
    assert refusal(client, "2016-02", 20) == (grpc.StatusCode.UNAVAILABLE, "STORED_OR_NOT")
    wait_for_health(client, serving=False)
    sign.unlink()
    wait_for_health(client, serving=True)
    before = client.list_submissions()
    client.close()
    server.kill()
    server.start()
    client = server.client()
    assert client.list_submissions() == before
    client.close()
    assert server.stop() == 0


@linux
def test_a_disk_that_is_full(binary, tmp_path):
    # A file system of its own in a namespace. A user without rights can make it where the system allows it.
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size=64m none "{disk}" && exec "$@"'
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system gives no namespace with a file system of its own")
    server, client = started(Server(binary, disk / "data", prefix=inside, log_path=tmp_path / "log", memory=MEMORY))
    send(client, MONTHS[0], 2000)
    filler = Path(f"/proc/{server.process.pid}/root{disk}/filler")
    fill(filler)
    # More than fits into the log that is already on the disk.
    refusals = [refusal(client, month, LARGE) for month in MONTHS[1:4]]
    assert refusals == [(grpc.StatusCode.RESOURCE_EXHAUSTED, "STORE_FULL")] * 3
    assert held(client, MONTHS[0]) == 2000
    assert len(client.list_submissions()) == 1
    filler.unlink()
    wait_for_health(client, serving=True)
    assert send(client, MONTHS[1], LARGE).created == LARGE
    assert {month: held(client, month) for month in MONTHS[:2]} == {MONTHS[0]: 2000, MONTHS[1]: LARGE}
    client.close()
    assert server.stop() == 0


def test_a_data_directory_that_is_moved_away(binary, tmp_path):
    server, client = started(Server(binary, tmp_path / "data", memory=MEMORY))
    send(client, "2016-01", 10)
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    request = str(uuid.uuid4())
    assert refusal(client, "2016-02", 20, request) == (grpc.StatusCode.UNAVAILABLE, "STORED_OR_NOT")
    assert refusal(client, "2016-03", 30) == (grpc.StatusCode.UNAVAILABLE, "STORE_FAILS")
    wait_for_health(client, serving=False)
    assert held(client, "2016-01") == 10
    assert "was moved, deleted or replaced" in server.log()
    assert not (tmp_path / "data").exists(), "the server must not begin a new exchange beside the old one"
    (tmp_path / "elsewhere").rename(tmp_path / "data")
    wait_for_health(client, serving=True)
    send(client, "2016-02", 20, request)
    assert len(client.list_submissions()) == 2
    client.close()
    check_after_restart(server, {"2016-01": 10, "2016-02": 20})
    assert server.stop() == 0


def test_a_data_directory_that_is_deleted(binary, tmp_path):
    server, client = started(Server(binary, tmp_path / "data", memory=MEMORY))
    send(client, "2016-01", 10)
    for path in (tmp_path / "data").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    # Nothing is acknowledged that is not kept.
    assert refusal(client, "2016-02", 20) == (grpc.StatusCode.UNAVAILABLE, "STORED_OR_NOT")
    assert refusal(client, "2016-03", 30) == (grpc.StatusCode.UNAVAILABLE, "STORE_FAILS")
    wait_for_health(client, serving=False)
    client.close()
    server.stop()


def test_a_data_directory_that_is_replaced(binary, tmp_path):
    server, client = started(Server(binary, tmp_path / "data", memory=MEMORY))
    send(client, "2016-01", 10)
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    subprocess.run([binary, "init", "--data-dir", tmp_path / "data"], check=True, capture_output=True)
    assert refusal(client, "2016-02", 20) == (grpc.StatusCode.UNAVAILABLE, "STORED_OR_NOT")
    wait_for_health(client, serving=False)
    client.close()
    server.stop()
    server.start()
    client = server.client()
    assert client.list_submissions() == []
    client.close()
    assert server.stop() == 0


def refused_start(binary, *flags):
    """What a server says that does not start."""
    command = [binary, "serve", "--listen", "127.0.0.1:0", *flags]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    return done.stderr


def test_a_server_never_begins_a_new_exchange(binary, tmp_path):
    missing, empty = tmp_path / "missing", tmp_path / "empty"
    empty.mkdir()
    for folder in (missing, empty):
        assert f"make a new one with `peelian-server init --data-dir {folder}`" in refused_start(
            binary, "--data-dir", folder
        )
    assert not missing.exists() and not list(empty.iterdir())
    make = [binary, "init", "--data-dir", missing]
    assert subprocess.run(make, check=True, capture_output=True, text=True).stdout.startswith(f"{missing} has")
    again = subprocess.run(make, check=False, capture_output=True, text=True)
    assert (again.returncode, "has an exchange already" in again.stderr) == (3, True)


YEAR = 365 * 24 * 3600


@linux
def test_a_clock_that_is_ahead_for_a_minute(binary, tmp_path, shifted, shift):
    server, client = started(Server(binary, tmp_path / "data", environment=shifted, memory=MEMORY))
    first = send(client, "2016-01", 10).accepted_at
    shift.write_text(str(10 * YEAR))
    assert refusal(client, "2016-02", 20) == (grpc.StatusCode.UNAVAILABLE, "CLOCK_JUMPED")
    wait_for_health(client, serving=False)
    assert held(client, "2016-01") == 10
    shift.unlink()
    wait_for_health(client, serving=True)
    later = send(client, "2016-02", 20).accepted_at
    assert 0 <= later.seconds - first.seconds < 600
    # The health tells of a jump although nobody submits.
    shift.write_text(str(-10 * YEAR))
    wait_for_health(client, serving=False)
    client.close()
    server.stop()


@linux
def test_a_clock_that_is_wrong_at_the_start(binary, tmp_path, shifted, shift):
    server, client = started(Server(binary, tmp_path / "data", environment=shifted, memory=MEMORY))
    send(client, "2016-01", 10)
    client.close()
    assert server.stop() == 0
    # Nobody used the exchange for a month.
    shift.write_text(str(YEAR // 12))
    server, client = started(server)
    send(client, "2016-02", 20)
    client.close()
    assert server.stop() == 0
    shift.write_text(str(10 * YEAR))
    server, client = started(server)
    wait_for_health(client, serving=False)
    assert refusal(client, "2016-03", 30) == (grpc.StatusCode.UNAVAILABLE, "CLOCK_JUMPED")
    assert held(client, "2016-02") == 20
    client.close()
    assert server.stop() == 0
    # The operator says that ten years have passed. This is needed once.
    server.flags = ("--accept-clock-jump",)
    server, client = started(server)
    send(client, "2016-03", 30)
    client.close()
    assert server.stop() == 0
    server.flags = ()
    server, client = started(server)
    send(client, "2016-04", 40)
    client.close()
    assert server.stop() == 0
