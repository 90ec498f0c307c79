"""Releases against a running exchange: their life, who sees them when, what queries are answered from, and what is left of
one when the server is killed.
"""

import contextlib
import csv
import hashlib
import io
import json
import random
import subprocess
import threading
import time
from concurrent import futures
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from process import Server

MEASURE = "knife-crime-offences"
SOUTHWARK, HACKNEY, MPS_AREA = "E09000028", "E09000012", "E23000001"
COUNTS = {SOUTHWARK: 41, HACKNEY: 43, MPS_AREA: 977}
MONTHS = ("2026-01", "2026-02")


def figures(counts=COUNTS, months=MONTHS):
    lines = [
        f"{MEASURE},{area},{month},,{count},,,,final,A test" for month in months for area, count in counts.items()
    ]
    header = "measure,area,period,breakdown,numerator,denominator,value,unweighted_base,status,source"
    return "\n".join([header, *lines]).encode()


def submit(client, counts=COUNTS, extract=None):
    from exchange import EXTRACT, csv_parts

    return client.submit(
        "published_figure", "2026-01-01", "2026-02-28", *csv_parts(figures(counts)), extract=extract or EXTRACT
    )


class Office:
    """Calls of ReleaseService, with texts in place of messages."""

    def __init__(self, client):
        from exchange import release_pb2

        self.client, self.stub, self.messages = client, client.releases, release_pb2

    def create(self, release_id, **more):
        asked = {"areas": ["borough", MPS_AREA], "periods": ["2026-01..2026-02"], "measures": [MEASURE], **more}
        request = self.messages.CreateReleaseRequest(release_id=release_id, title=f"Release {release_id}", **asked)
        return self.stub.CreateRelease(request, timeout=120).release

    def get(self, release_id):
        return self.stub.GetRelease(
            self.messages.GetReleaseRequest(name=f"releases/{release_id}"), timeout=60
        ).release

    def list(self):
        return [one.name for one in self.stub.ListReleases(self.messages.ListReleasesRequest(), timeout=60).releases]

    def review(self, release_id, **more):
        request = self.messages.ReviewReleaseRequest(name=f"releases/{release_id}", **more)
        return self.stub.ReviewRelease(request, timeout=60)

    def approve(self, release_id, embargo=None):
        from exchange import timestamp

        request = self.messages.ApproveReleaseRequest(name=f"releases/{release_id}")
        if embargo:
            request.embargo_until.CopyFrom(timestamp(embargo))
        return self.stub.ApproveRelease(request, timeout=60).release

    def publish(self, release_id):
        request = self.messages.PublishReleaseRequest(name=f"releases/{release_id}")
        return self.stub.PublishRelease(request, timeout=60).release

    def discard(self, release_id, reason="It was a test"):
        request = self.messages.DiscardReleaseRequest(name=f"releases/{release_id}", reason=reason)
        return self.stub.DiscardRelease(request, timeout=60).release

    def restore(self, release_id, reason="The one that took its place is wrong"):
        request = self.messages.RestoreReleaseRequest(name=f"releases/{release_id}", reason=reason)
        return self.stub.RestoreRelease(request, timeout=60).release

    def diff(self, before, after, page_size=0):
        found, token = [], ""
        while True:
            request = self.messages.DiffReleasesRequest(
                **{"from": f"releases/{before}"}, to=f"releases/{after}", page_size=page_size, page_token=token
            )
            page = self.stub.DiffReleases(request, timeout=60)
            found += page.differences
            token = page.next_page_token
            if not token:
                assert sum(count.observations for count in page.counts) == len(found)
                return found

    def export(self, release_id):
        files = {}
        for part in self.stub.ExportRelease(
            self.messages.ExportReleaseRequest(name=f"releases/{release_id}"), timeout=60
        ):
            files[part.file] = files.get(part.file, b"") + part.chunk
        return files


AGREEMENT = """
@agreement("London Borough of Sutton: figures before their publication")
@purpose("The borough prepares its answer to figures that concern it")
@gateway("None: the borough and this agreement are a test")
@parties("sutton")
@start("2025-04-01")
@expiry("2028-03-31")
@id("sees-before-publication")
permit (principal == Agency::"sutton", action == Action::"review", resource);
"""


@pytest.fixture(scope="module")
def exchange(binary, tmp_path_factory):
    """An exchange that requires tokens. By an agreement, another agency than the maker's has pre-release access."""
    folder = tmp_path_factory.mktemp("releases")
    (folder / "policies").mkdir()
    (folder / "policies" / "early.cedar").write_text(AGREEMENT)
    flags = ("--require", "token", "--policies", folder / "policies")
    server = Server(binary, folder / "data", *flags).start()
    yield server
    assert server.stop() == 0, server.log()[-2000:]
    assert "plt_" not in server.log()
    assert server.run("audit", "verify").returncode == 0
    verified = server.run("verify")
    assert verified.returncode == 0 and "0 of their files are damaged" in verified.stdout, verified.stdout


@pytest.fixture(scope="module")
def caller(exchange):
    """A client of an agency with roles. Each name is another person with a token of their own."""
    made = {}

    def client(agency, *roles, name=""):
        key = (agency, roles, name)
        if key not in made:
            flags = [flag for role in roles for flag in ("--role", role)]
            issued = exchange.run("token", "create", "--agency", agency, *flags)
            assert issued.returncode == 0, issued.stderr
            made[key] = exchange.client(issued.stdout.strip())
        return made[key]

    yield client
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def submitted(caller):
    return submit(caller("mps", "submitter"))


@pytest.fixture
def maker(caller, submitted):
    return Office(caller("mopac", "statistician", "approver", name="maker"))


@pytest.fixture
def approver(caller, submitted):
    return Office(caller("mopac", "approver", name="approver"))


@pytest.fixture
def reader(caller, submitted):
    """An analyst of a borough, who sees released figures of other areas and no live ones."""
    return Office(caller("southwark", "analyst"))


def refused(call, *arguments, **named):
    from exchange import refused

    refusal = refused(call, *arguments, **named)
    return refusal.code.name, refusal.reason


def publish(maker, approver, release_id, **more):
    maker.create(release_id, **more)
    approver.approve(release_id)
    return approver.publish(release_id)


def seen(client, areas=HACKNEY, months="2026-01", **query):
    """The release and the value of each observation of a query."""
    return [
        (one.release, one.value if one.WhichOneof("result") == "value" else one.missing)
        for one in client.query(MEASURE, areas, months, **query)
    ]


def test_a_release_is_made_reviewed_approved_and_published(maker, approver, reader, exchange, submitted):
    assert refused(reader.create, "life") == ("PERMISSION_DENIED", "NOT_AUTHORISED")
    draft = maker.create("life")
    assert (draft.state, draft.created_by, draft.ledger_position) == (
        maker.messages.RELEASE_STATE_DRAFT,
        "agencies/mopac",
        submitted.ledger_position,
    )
    assert len(draft.manifest_sha256) == 64 and draft.summary.observations == 2 * 33 + 2
    # Sent again, it counts once; another request with the same identifier is refused.
    assert maker.create("life") == draft
    assert refused(maker.create, "life", measures=["recorded-crime-volume"]) == ("ALREADY_EXISTS", "RELEASE_EXISTS")
    assert refused(approver.create, "life") == ("ALREADY_EXISTS", "RELEASE_EXISTS")

    # Nobody but reviewers knows that it is there.
    for call in (reader.get, reader.export):
        assert refused(call, "life") == ("NOT_FOUND", "NOT_FOUND")
    assert refused(reader.review, "life") == ("PERMISSION_DENIED", "NOT_AUTHORISED")
    assert refused(reader.client.query, MEASURE, HACKNEY, "2026-01", release="releases/life")[0] == "NOT_FOUND"
    assert reader.list() == [] and "releases/life" in maker.list()
    review = maker.review("life")
    assert (review.release, list(review.failed_checks), review.compared_with) == (draft, [], "")
    assert seen(maker.client, release="releases/life") == [("releases/life", 43)]

    assert refused(approver.publish, "life") == ("FAILED_PRECONDITION", "RELEASE_STATE")
    assert refused(maker.approve, "life") == ("FAILED_PRECONDITION", "APPROVAL_BY_MAKER")
    assert refused(reader.approve, "life") == ("PERMISSION_DENIED", "NOT_AUTHORISED")
    approved = approver.approve("life")
    assert approved == approver.approve("life")
    published = approver.publish("life")
    assert published == approver.publish("life")
    assert published.state == maker.messages.RELEASE_STATE_PUBLISHED and not published.approval_by_unidentified
    assert (published.approved_by, published.published_by) == ("agencies/mopac", "agencies/mopac")
    assert [event.kind for event in published.events] == ["drafted", "approved", "published"]
    assert refused(maker.discard, "life") == ("FAILED_PRECONDITION", "RELEASE_STATE")
    assert published.manifest_sha256 == draft.manifest_sha256
    assert reader.get("life") == published and reader.list() == ["releases/life"]


def test_publication_waits_for_the_end_of_the_embargo(maker, approver):
    maker.create("embargo")
    over = datetime.now(UTC) - timedelta(seconds=1)
    assert refused(approver.approve, "embargo", over) == ("FAILED_PRECONDITION", "EMBARGO_OVER")
    end = datetime.now(UTC) + timedelta(seconds=4)
    approver.approve("embargo", end)
    from exchange import Refusal

    with pytest.raises(grpc.RpcError) as early:
        approver.publish("embargo")
    refusal = Refusal(early.value)
    assert refusal.reason == "EMBARGO" and end.strftime("%Y-%m-%dT%H:%M:%S") in refusal.message, refusal.message
    time.sleep(max(0, (end - datetime.now(UTC)).total_seconds()) + 0.1)
    assert approver.publish("embargo").state == maker.messages.RELEASE_STATE_PUBLISHED


def test_a_draft_is_discarded_and_its_name_is_not_used_again(maker, exchange):
    maker.create("wrong")
    folder = exchange.data_dir / "releases" / "wrong"
    assert folder.is_dir() and oct(folder.stat().st_mode)[-3:] == "700"
    assert all(oct(path.stat().st_mode)[-3:] == "600" for path in folder.rglob("*") if path.is_file())
    gone = maker.discard("wrong")
    assert gone.state == maker.messages.RELEASE_STATE_DISCARDED and not folder.exists()
    assert gone.events[-1].reason == "It was a test"
    assert refused(maker.create, "wrong") == ("ALREADY_EXISTS", "RELEASE_EXISTS")
    assert refused(maker.export, "wrong") == ("NOT_FOUND", "NOT_FOUND")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"measures": ["no-such-measure"]}, "UNKNOWN_MEASURE"),
        ({"areas": ["E99999999"]}, "UNKNOWN_AREA"),
        ({"areas": []}, "FIELD_INVALID"),
        ({"periods": ["sometime"]}, "FIELD_INVALID"),
        ({"periods": ["1999-01"]}, "PERIOD_NOT_HELD"),
        ({"breakdowns": ["colour"]}, "FIELD_INVALID"),
        ({"breakdowns": ["hate_strand"], "each_breakdown": True}, "FIELD_INVALID"),
        ({"supersedes": "releases/none", "reason": "None"}, "NOT_FOUND"),
        ({"supersedes": "releases/life"}, "FIELD_INVALID"),
        ({"reason": "Call 07700 900123", "supersedes": "releases/life"}, "DIRECT_IDENTIFIER"),
        ({"reason": "Without another"}, "FIELD_INVALID"),
    ],
)
def test_a_wrong_request_says_what_is_wrong(maker, change, reason):
    assert refused(maker.create, "never", **change)[1] == reason
    for name in ("Never", "-never", "ne/ver", ""):
        assert refused(maker.create, name) == ("INVALID_ARGUMENT", "FIELD_INVALID")


def test_a_caller_without_live_figures_sees_the_release_in_force(maker, approver, reader, caller):
    publish(maker, approver, "first")
    # Hackney's figures are not live for Southwark; its own are.
    assert seen(reader.client) == [("releases/first", 43)]
    assert seen(reader.client, SOUTHWARK) == [("", 41)]
    assert seen(reader.client, SOUTHWARK, release="releases/first") == [("releases/first", 41)]
    # What is live changes. The release does not.
    before = datetime.now(UTC)
    submit(caller("mps", "submitter"), {**COUNTS, HACKNEY: 50}, datetime(2026, 4, 3, tzinfo=UTC))
    office = caller("mopac", "statistician", "approver", name="maker")
    assert seen(reader.client) == [("releases/first", 43)] and seen(office) == [("", 50)]
    assert seen(office, release="releases/first") == [("releases/first", 43)]

    publish(maker, approver, "second", supersedes="releases/first", reason="A late return")
    assert seen(reader.client) == [("releases/second", 50)]
    assert seen(reader.client, release="releases/first") == [("releases/first", 43)]
    from exchange import timestamp

    assert seen(reader.client, as_of=timestamp(before)) == [("releases/first", 43)]
    first = reader.get("first")
    assert (first.state, first.superseded_by) == (maker.messages.RELEASE_STATE_SUPERSEDED, "releases/second")
    assert [event.kind for event in first.events][-1] == "superseded"

    # The pages of one answer are of one release, whatever is published between them.
    from exchange import observation_pb2

    query = observation_pb2.Query(measures=[MEASURE], areas=[HACKNEY], periods=["2026-01..2026-02"])
    page = reader.client.observations.QueryObservations(
        observation_pb2.QueryObservationsRequest(query=query, page_size=1), timeout=60
    )
    assert (page.total_size, list(page.releases)) == (2, ["releases/second"])
    assert page.ledger_position == reader.get("second").ledger_position
    assert approver.restore("first").state == maker.messages.RELEASE_STATE_PUBLISHED
    rest = reader.client.observations.QueryObservations(
        observation_pb2.QueryObservationsRequest(query=query, page_size=1, page_token=page.next_page_token),
        timeout=60,
    )
    assert [one.release for one in rest.observations] == ["releases/second"] and not rest.next_page_token
    assert seen(reader.client) == [("releases/first", 43)]
    assert refused(approver.restore, "first") == ("FAILED_PRECONDITION", "RELEASE_STATE")
    assert approver.restore("second").state == maker.messages.RELEASE_STATE_PUBLISHED
    assert seen(reader.client) == [("releases/second", 50)]


def test_an_answer_from_a_release_is_a_table_too(reader):
    import pyarrow as pa

    from exchange import observation_pb2

    query = observation_pb2.Query(
        measures=[MEASURE], areas=["borough"], periods=["2026-01"], release="releases/second"
    )
    request = observation_pb2.StreamObservationsRequest(query=query)
    parts = [part.arrow_ipc for part in reader.client.observations.StreamObservations(request, timeout=60)]
    table = pa.ipc.open_stream(b"".join(parts)).read_all()
    rows = {row["area"]: row["value"] for row in table.to_pylist()}
    assert len(rows) == 33 and rows[HACKNEY] == 50
    same = {one.area: one for one in reader.client.query(MEASURE, "borough", "2026-01", release="releases/second")}
    missing = dict(zip(table["area"].to_pylist(), table["missing"].to_pylist(), strict=True))
    assert {area for area, reason in missing.items() if reason is None} == {
        area for area, one in same.items() if one.WhichOneof("result") == "value"
    }


def test_what_a_release_does_not_have_is_told(reader):
    query = reader.client.query

    def told(measure=MEASURE, areas=HACKNEY, months="2026-01", **more):
        from exchange import refused

        refusal = refused(query, measure, areas, months, release="releases/second", **more)
        return refusal.reason, refusal.message

    reason, text = told(months="2025-01")
    assert reason == "NOT_IN_RELEASE" and "it has 2026-01, 2026-02" in text
    reason, text = told(measure="recorded-crime-volume")
    assert reason == "NOT_IN_RELEASE" and f"it has {MEASURE}" in text
    reason, text = told(areas="E12000007")
    assert reason == "NOT_IN_RELEASE" and "it has City of London, Barking and Dagenham" in text
    assert told(breakdown=["hate_strand"])[0] == "FIELD_INVALID"
    assert told(areas="E99999999")[0] == "UNKNOWN_AREA"
    from exchange import observation_pb2

    reason, text = told(comparisons=[observation_pb2.COMPARISON_KIND_LONDON])
    assert reason == "FIELD_INVALID" and "a release has no comparisons" in text
    assert refused(query, MEASURE, HACKNEY, "2026-01", release="releases/none") == ("NOT_FOUND", "NOT_FOUND")
    # Nothing is released of this measure, so the refusal names the agreement that gives live figures.
    assert refused(query, "public-trust-mps", HACKNEY, "2026-01") == ("PERMISSION_DENIED", "NOT_AUTHORISED")


def test_two_releases_are_compared_cell_by_cell(maker, approver, reader):
    publish(maker, approver, "third", supersedes="releases/second", reason="Fewer months", periods=["2026-01"])
    messages = maker.messages
    revised = reader.diff("first", "second", page_size=1)
    assert [(one.kind, one.before.value, one.after.value) for one in revised] == [
        (messages.DIFFERENCE_KIND_REVISED, 43, 50)
    ] * 2
    assert {one.after.area for one in revised} == {HACKNEY}
    withdrawn = reader.diff("second", "third")
    assert {one.kind for one in withdrawn} == {messages.DIFFERENCE_KIND_WITHDRAWN}
    assert {one.before.period for one in withdrawn} == {"2026-02"} and len(withdrawn) == 34
    assert {one.kind for one in reader.diff("third", "second")} == {messages.DIFFERENCE_KIND_NEW}
    assert reader.diff("third", "third") == []
    draft = maker.create("fourth")
    review = maker.review("fourth")
    assert (review.release, review.compared_with) == (draft, "releases/third")
    assert [(count.kind, count.observations) for count in review.differences] == [(messages.DIFFERENCE_KIND_NEW, 34)]
    # A release that was published since is not in what a draft is protected against.
    publish(maker, approver, "fifth", periods=["2026-01"])
    assert refused(approver.approve, "fourth") == ("FAILED_PRECONDITION", "RELEASE_OUTDATED")
    assert "releases/fifth" in maker.review("fourth").failed_checks[0]
    maker.discard("fourth")


def test_the_folder_of_a_release_has_the_hashes_of_its_manifest(maker, reader, exchange):
    files = reader.export("second")
    release = reader.get("second")
    assert list(files) == sorted(files)
    assert hashlib.sha256(files["manifest.json"]).hexdigest() == release.manifest_sha256
    manifest = json.loads(files["manifest.json"])
    listed = {one["name"]: one["sha256"] for one in manifest["files"]}
    assert listed == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if not name.startswith("manifest.")
    }
    rows = list(csv.DictReader(io.StringIO(files["observations.csv"].decode("utf-8-sig"))))
    assert len(rows) == release.summary.observations


def test_the_same_state_gives_the_same_figures(maker, approver):
    """Computed again from the position of an earlier release, after the ledger has gone on."""
    first = maker.get("first")
    maker.create("again", ledger_position=first.ledger_position)
    plain = lambda found: [(one.area, one.period, one.value, one.numerator) for one in found]
    query = maker.client.query
    assert plain(query(MEASURE, "borough", MONTHS, release="releases/again")) == plain(
        query(MEASURE, "borough", MONTHS, release="releases/first")
    )
    again, before = (rows_of(maker.export(name)) for name in ("again", "first"))
    assert again == before
    maker.discard("again")


def rows_of(files):
    """The rows of a release without what it says of releases before it."""
    compared = {"obs_status", "marker", "revised_from", "caveats"}
    rows = csv.DictReader(io.StringIO(files["observations.csv"].decode("utf-8-sig")))
    return [{name: text for name, text in row.items() if name not in compared} for row in rows]


def test_publications_are_followed(maker, approver, reader):
    stream = reader.stub.WatchReleases(reader.messages.WatchReleasesRequest(), timeout=60)
    stream.initial_metadata()
    maker.create("watched")
    approver.approve("watched")
    approver.publish("watched")
    told = next(stream).release
    assert (told.name, told.state) == ("releases/watched", reader.messages.RELEASE_STATE_PUBLISHED)
    stream.cancel()


def test_each_access_before_publication_is_recorded(maker, approver, reader, exchange, caller):
    maker.create("secret")
    maker.review("secret")
    with pytest.raises(grpc.RpcError):
        reader.get("secret")
    maker.client.query(MEASURE, HACKNEY, "2026-01", release="releases/secret")
    time.sleep(1.5)
    calls = [record["event"] for record in exchange.audit() if record["event"]["kind"] == "call"]
    about = [call for call in calls if "releases/secret" in call["about"]]
    of = {call["method"].rsplit("/", 1)[1]: call for call in about}
    assert set(of) == {"CreateRelease", "ReviewRelease", "GetRelease", "QueryObservations"}
    for method in ("CreateRelease", "ReviewRelease", "QueryObservations"):
        assert "mopac/makes-releases" in of[method]["policies"] and of[method]["decision"] == "allowed", of[method]
    # A release has no figure from before a revision.
    assert of["QueryObservations"]["cells"] == 1
    assert (of["GetRelease"]["agency"], of["GetRelease"]["decision"], of["GetRelease"]["outcome"]) == (
        "southwark",
        "denied",
        "NOT_FOUND",
    )
    maker.discard("secret")


def test_another_agency_sees_a_release_before_its_publication_by_agreement(maker, exchange, caller):
    early, analyst = Office(caller("sutton", "statistician")), Office(caller("sutton", "analyst"))
    draft = maker.create("early")
    assert early.get("early") == draft and "releases/early" in early.list()
    assert early.review("early").release == draft
    assert early.export("early")["manifest.json"] == maker.export("early")["manifest.json"]
    assert seen(early.client, release="releases/early") == seen(maker.client, release="releases/early")
    # The agreement is to see it. The role of an analyst does not have even that.
    for call in (early.create, early.approve, early.publish, early.discard, analyst.review):
        assert refused(call, "early") == ("PERMISSION_DENIED", "NOT_AUTHORISED"), call
    assert refused(analyst.get, "early") == ("NOT_FOUND", "NOT_FOUND") and "releases/early" not in analyst.list()
    time.sleep(1.5)
    calls = [record["event"] for record in exchange.audit() if record["event"]["kind"] == "call"]
    about = [call for call in calls if "releases/early" in call["about"] and call["agency"] == "sutton"]
    by_agreement = {call["method"].rsplit("/", 1)[1] for call in about if call["decision"] == "allowed"}
    assert by_agreement == {"GetRelease", "ReviewRelease", "ExportRelease", "QueryObservations"}
    policies = {policy for call in about if call["decision"] == "allowed" for policy in call["policies"]}
    assert policies == {"early/sees-before-publication"}
    maker.discard("early")


def test_a_step_is_recorded_before_it_is_acknowledged(binary, tmp_path):
    """Killed right after each acknowledgement, the exchange has the step, and the audit log has its record."""
    server = Server(binary, tmp_path / "data").start()
    client = server.client()
    submit(client)
    client.close()
    steps = {
        "CreateRelease": lambda office: office.create("a"),
        "ApproveRelease": lambda office: office.approve("a"),
        "PublishRelease": lambda office: office.publish("a"),
    }
    for method, step in steps.items():
        client = server.client()
        state = step(Office(client)).state
        server.kill()
        client.close()
        methods = [record["event"].get("method", "") for record in server.audit()]
        assert any(one.endswith(f"/{method}") for one in methods)
        server.start()
        client = server.client()
        assert Office(client).get("a").state == state
        client.close()
    client = server.client()
    # Nobody was identified, so it is not shown that two people made and approved it, and the release says so.
    assert Office(client).get("a").approval_by_unidentified
    client.close()
    assert server.stop() == 0


def test_a_watcher_does_not_keep_the_server_from_stopping(binary, tmp_path):
    server = Server(binary, tmp_path / "data").start()
    client = server.client()
    office = Office(client)
    stream = office.stub.WatchReleases(office.messages.WatchReleasesRequest(), timeout=120)
    stream.initial_metadata()
    began = time.monotonic()
    with futures.ThreadPoolExecutor() as pool:
        stopped = pool.submit(server.stop)
        assert list(stream) == []
        client.close()
        assert stopped.result() == 0
    assert time.monotonic() - began < 20


def test_killed_while_a_release_is_made(binary, tmp_path):
    """Afterwards, a release is there with all that it has, or nothing of it is."""
    chance = random.Random(7)
    server = Server(binary, tmp_path / "data").start()
    client = server.client()
    submit(client)
    Office(client).create("before")
    began = time.monotonic()
    Office(client).create("measured")
    takes = time.monotonic() - began
    client.close()
    folder, made = tmp_path / "data" / "releases", 0
    for kill in range(20):
        client = server.client()
        name = f"kill-{kill}"

        def create(client=client, name=name):
            with contextlib.suppress(grpc.RpcError):
                Office(client).create(name)

        making = threading.Thread(target=create)
        making.start()
        time.sleep(chance.uniform(0, 1.5 * takes))
        server.kill()
        making.join(timeout=60)
        client.close()
        server.start()
        client = server.client()
        office = Office(client)
        names = office.list()
        assert "releases/before" in names
        assert sorted(f"releases/{path.name}" for path in folder.iterdir() if path.is_dir()) == sorted(names)
        if f"releases/{name}" in names:
            made += 1
            assert len(office.client.query(MEASURE, "borough", MONTHS, release=f"releases/{name}")) == 66
            assert (
                hashlib.sha256(office.export(name)["manifest.json"]).hexdigest() == office.get(name).manifest_sha256
            )
        # Asked again, it is made, or it is the one that there is.
        assert office.create(name).state == office.messages.RELEASE_STATE_DRAFT
        client.close()
    assert server.stop() == 0
    verified = server.run("verify")
    assert verified.returncode == 0 and "22 releases were checked, 0 of their files" in verified.stdout, (
        verified.stdout
    )
    print(f"20 kills, {made} releases were made before them")


def test_damage_is_noticed(binary, tmp_path):
    server = Server(binary, tmp_path / "data").start()
    client = server.client()
    submit(client)
    Office(client).create("a")
    client.close()
    assert server.stop() == 0
    path = tmp_path / "data" / "releases" / "a" / "observations.binpb"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    verified = server.run("verify")
    assert verified.returncode == 3 and "observations.binpb of the release a is not as it was" in verified.stdout
    server.start()
    client = server.client()
    assert refused(client.query, MEASURE, HACKNEY, "2026-01", release="releases/a") == (
        "DATA_LOSS",
        "STORED_DATA_DAMAGED",
    )
    client.close()
    assert server.stop() == 0


def test_the_commands_of_a_release(binary, tmp_path):
    server = Server(binary, tmp_path / "data").start()
    client = server.client()
    submit(client)
    client.close()

    def run(*arguments):
        command = [binary, "release", *map(str, arguments), "--server", server.address]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)

    assert "There is no release that you may see" in run("list").stdout
    create = ("create", "a", "--title", "A test", "-m", MEASURE, "-a", "borough", "-p", "2026-01..2026-02")
    made = run(*create)
    assert made.returncode == 0 and "releases/a" in made.stdout and "66, of which" in made.stdout, made.stderr
    reviewed = run("review", "a")
    assert reviewed.returncode == 0 and "There is no release in force to compare it with" in reviewed.stdout
    early = run("publish", "a")
    assert early.returncode == 3 and early.stderr.count("is a draft and cannot be published") == 1
    drafted = run("export", "a", tmp_path / "draft")
    assert drafted.returncode == 0 and "NOT PUBLISHED (state: draft)" in drafted.stdout
    assert run("approve", "a").returncode == 0
    published = run("publish", "releases/a")
    assert published.returncode == 0 and "NOT SHOWN THAT TWO PEOPLE" in published.stdout
    again = run("create", "b", *create[2:], "--supersedes", "a", "--reason", "Another title")
    assert again.returncode == 0, again.stderr
    assert "Differences: none" in run("diff", "a", "b").stdout
    assert run("approve", "b").returncode == 0 and run("publish", "b").returncode == 0
    assert "superseded" in run("show", "a").stdout
    assert run("restore", "a", "--reason", "The title was right").returncode == 0
    listed = run("list").stdout
    assert "releases/b" in listed and "superseded" in listed
    exported = run("export", "a", tmp_path / "folder")
    assert exported.returncode == 0 and (tmp_path / "folder" / "manifest.json").is_file()
    assert "NOT SHOWN THAT TWO PEOPLE" in exported.stdout
    assert run("export", "a", tmp_path / "folder").returncode == 3
    draft = run("create", "c", *create[2:])
    assert draft.returncode == 0 and run("discard", "c", "--reason", "Not needed").returncode == 0
    assert run("show", "none").returncode == 3
    command = [binary, "query", "--release", "a", "-m", MEASURE, "-a", HACKNEY, "-p", "2026-01", "--format", "csv"]
    asked = subprocess.run(
        [*command, "--server", server.address], check=True, capture_output=True, text=True, timeout=60
    )
    assert [row["value"] for row in csv.DictReader(io.StringIO(asked.stdout))] == ["43"]
    assert server.stop() == 0
