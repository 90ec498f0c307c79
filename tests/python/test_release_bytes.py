"""The same release has the same bytes, whatever the order of rows and the number of threads."""

import hashlib
import json
import random
from contextlib import closing

from process import Server
from release_series import Series, Shape

# A file of an operator, whose remits decide which figures are complete.
AGENCIES = """
[agencies.a-made-up-borough]
name = "A borough that is made up"
kind = "borough"
areas = ["E09000002"]
"""


def files_of_releases(server, in_any_order=None):
    """The files of two releases, of which the second revises the first."""
    with closing(server.client()) as client:
        series = Series(client, Shape(), in_any_order)
        for at in range(series.shape.before):
            series.submit(at)
        found = []
        for number in range(2):
            series.advance(number)
            found.append(series.release(number))
        return found


def test_rows_in_another_order_on_one_thread_give_the_same_bytes(binary, tmp_path):
    """The manifest names the submissions, which are others, and is signed with another key. It has all other hashes."""
    agencies = tmp_path / "agencies.toml"
    agencies.write_text(AGENCIES)
    ordered = Server(binary, tmp_path / "ordered", "--agencies", agencies).start()
    shuffled = Server(
        binary, tmp_path / "shuffled", "--agencies", agencies, prefix=["taskset", "--cpu-list", "0"]
    ).start()
    for one, other in zip(files_of_releases(ordered), files_of_releases(shuffled, random.Random(3)), strict=True):
        manifests = [json.loads(files.pop("manifest.json")) for files in (one, other)]
        assert one.pop("manifest.sig") != other.pop("manifest.sig")
        assert manifests[0]["inputs"] != manifests[1]["inputs"]
        assert manifests[0]["files"] == manifests[1]["files"]
        assert {one["agencies"] for one in manifests} == {hashlib.sha256(AGENCIES.encode()).hexdigest()}
        assert one == other
    for server in (ordered, shuffled):
        assert server.stop() == 0, server.log()[-2000:]
