"""Agreements of a running exchange: what a caller is told, how agreements change, and what the audit log has of it. Who may
do what is compared with the policies in test_doors.py.
"""

import collections
import contextlib
import json
import re
import threading
import time
import uuid
from concurrent import futures

import grpc
import pytest

from policies import HACKNEY, MPS_AREA, SEEDS, SOUTHWARK
from process import Server


@pytest.fixture(scope="module")
def exchange(binary, tmp_path_factory):
    """An exchange that requires tokens, with a folder of agreements of its own."""
    folder = tmp_path_factory.mktemp("agreements")
    (folder / "policies").mkdir()
    flags = ("--require", "token", "--policies", folder / "policies")
    server = Server(binary, folder / "data", *flags).start()
    server.policies = folder / "policies"
    yield server
    assert server.stop() == 0, server.log()[-2000:]
    # No secret of a token is in the log, and the audit log is as it was written.
    assert "plt_" not in server.log()
    assert server.run("audit", "verify").returncode == 0


@pytest.fixture(scope="module")
def caller(exchange):
    """A client of an agency with roles."""
    made = {}

    def client(agency, *roles):
        if (agency, roles) not in made:
            flags = [flag for role in roles for flag in ("--role", role)]
            issued = exchange.run("token", "create", "--agency", agency, *flags)
            assert issued.returncode == 0, issued.stderr
            made[agency, roles] = exchange.client(issued.stdout.strip())
        return made[agency, roles]

    yield client
    for one in made.values():
        one.close()


def reason(error):
    from exchange import Refusal

    return Refusal(error).reason


def is_allowed(call, *arguments, **named):
    """Whether a call is allowed. Any other refusal, such as that nothing is held, comes after that."""
    try:
        call(*arguments, **named)
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.PERMISSION_DENIED:
            assert reason(error) in ("NOT_AUTHORISED", "OUTSIDE_REMIT")
            return False
        assert error.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT), error
    return True


FIGURES = "measure,area,period,breakdown,numerator,denominator,value,unweighted_base,status,source\n" + "\n".join(
    f"hate-crime-reports,{area},2026-01,,{count},,,,final,A test"
    for area, count in ((SOUTHWARK, 41), (HACKNEY, 43), (MPS_AREA, 977))
)


@pytest.fixture(scope="module")
def submitted(caller):
    """Figures of three areas, submitted by the police force."""
    from exchange import csv_parts

    return caller("mps", "submitter").submit(
        "published_figure", "2026-01-01", "2026-01-31", *csv_parts(FIGURES.encode()), agency="mps"
    )


def test_a_cell_that_may_not_be_seen_is_in_the_answer_with_its_reason(caller, submitted):
    from exchange import observation_pb2

    analyst = caller("southwark", "analyst")
    found = analyst.query(
        ["hate-crime-reports"], ["borough"], ["2026-01"], comparisons=[observation_pb2.COMPARISON_KIND_LONDON]
    )
    seen = {one.area: one for one in found}
    assert len(seen) == 33
    assert seen[SOUTHWARK].value == 41
    others = [one for area, one in seen.items() if area != SOUTHWARK]
    assert {one.missing for one in others} == {observation_pb2.MISSING_REASON_NOT_AUTHORISED}
    assert not any(one.sources or one.HasField("numerator") or one.components for one in others)
    # Hackney's figure is held, Barnet's is not: the answer does not tell.
    assert seen[HACKNEY].missing == seen["E09000003"].missing
    assert all(not part.HasField("against_value") for one in found for part in one.comparisons)


def test_a_denial_says_what_would_be_needed(caller, submitted):
    with pytest.raises(grpc.RpcError) as refused:
        caller("southwark", "analyst").query(["hate-crime-reports"], [HACKNEY], ["2026-01"])
    assert reason(refused.value) == "NOT_AUTHORISED"
    text = refused.value.details()
    assert text.startswith(
        "agencies/southwark may not see live figures of hate-crime-reports for E09000012: it would need"
    )
    assert "`mopac` (parties: mayor)" in text and "`mps` (parties: mps)" in text and "`boroughs`" not in text
    with pytest.raises(grpc.RpcError) as refused:
        caller("southwark", "submitter").query(["hate-crime-reports"], [SOUTHWARK], ["2026-01"])
    assert (
        "it takes the role analyst or statistician or approver, and the caller has submitter"
        in refused.value.details()
    )


def test_submissions_of_others_are_not_read(caller, submitted):
    own, other, office = caller("mps", "submitter"), caller("southwark", "submitter"), caller("mopac", "statistician")
    name = submitted.submission
    assert own.findings(name) == office.findings(name)
    for call in (
        lambda: other.findings(name),
        lambda: other.list_submissions("mps"),
        other.list_submissions,
    ):
        with pytest.raises(grpc.RpcError) as refused:
            call()
        assert reason(refused.value) == "NOT_AUTHORISED"
    assert name in [one.name for one in own.list_submissions("mps")]
    assert name in [one.name for one in office.list_submissions()]
    assert other.list_submissions("southwark") == []


def test_access_is_told_before_anything_is_asked(caller):
    from exchange import access_pb2, observation_pb2

    analyst = caller("southwark", "analyst")
    me = analyst.access.WhoAmI(access_pb2.WhoAmIRequest(), timeout=60)
    assert (me.agency, list(me.roles)) == ("agencies/southwark", ["analyst"])
    assert list(me.agreements) == ["agreements/boroughs", "agreements/public"]
    assert "sees its area: query-live, explain (agreement boroughs)" in me.permissions
    assert not any("submit" in permission for permission in me.permissions)
    assert re.fullmatch("token [0-9a-z]+", me.identified_by)
    query = observation_pb2.Query(measures=["hate-crime-reports"], areas=["borough"], periods=["latest:1"])
    decided = analyst.access.CheckAccess(access_pb2.CheckAccessRequest(query=query), timeout=60)
    assert (decided.allowed, decided.visible_pairs, decided.pairs) == (True, 1, 33)
    submission = access_pb2.SubmissionAccess(agency="mps", dataset="crime")
    refused = analyst.access.CheckAccess(access_pb2.CheckAccessRequest(submission=submission), timeout=60)
    assert (refused.allowed, list(refused.agreements_needed)) == (False, ["agreements/mps"])
    for_other = access_pb2.CheckAccessRequest(submission=submission, agency="mps")
    with pytest.raises(grpc.RpcError) as denied:
        analyst.access.CheckAccess(for_other, timeout=60)
    assert reason(denied.value) == "NOT_AUTHORISED"
    assert caller("mopac", "administrator").access.CheckAccess(for_other, timeout=60).allowed
    agreements = analyst.access.ListAgreements(access_pb2.ListAgreementsRequest(agency="southwark"), timeout=60)
    assert [one.name for one in agreements.agreements] == ["agreements/boroughs", "agreements/public"]
    assert all(
        one.in_force and one.purpose and one.gateway and "permit" in one.policies for one in agreements.agreements
    )


def test_the_models_say_that_their_gateways_are_not_verified(caller):
    """The parties must not take a model for legal advice: each says so where it is shown."""
    from exchange import access_pb2

    access = caller("southwark", "analyst").access
    agreements = access.ListAgreements(access_pb2.ListAgreementsRequest(), timeout=60).agreements
    models = {f"agreements/{path.stem}" for path in (SEEDS / "policies").glob("*.cedar")} - {"agreements/roles"}
    assert models <= {one.name for one in agreements}
    assert [one.name for one in agreements if one.name in models and "Not verified" not in one.gateway] == []


@contextlib.contextmanager
def asking_all_the_time(exchange, count=6):
    """Callers that ask without a pause for what they may see, and for what nobody may let them see. Every answer is as the
    agreements say: at no moment is there none, and at no moment is there another.
    """
    ended, wrong, answers = threading.Event(), [], collections.Counter()

    def ask(number):
        issued = exchange.run("token", "create", "--agency", "southwark", "--role", "analyst")
        client = exchange.client(issued.stdout.strip())
        while not ended.is_set():
            own = client.query(["hate-crime-reports"], [SOUTHWARK], ["2026-01"])
            may = is_allowed(client.query, ["domestic-abuse-reports"], [MPS_AREA], ["2026-01"])
            if own[0].value != 41 or may:
                wrong.append((own, may))
            answers[number] += 2
        client.close()

    with futures.ThreadPoolExecutor(count) as callers:
        load = [callers.submit(ask, number) for number in range(count)]
        try:
            yield
        finally:
            ended.set()
        for one in load:
            one.result()
    assert wrong == [] and min(answers.values()) > 100, (wrong, answers)


def test_agreements_change_while_the_exchange_runs(exchange, caller, submitted):
    """Under load: at every moment, either the former or the new agreements hold."""
    with asking_all_the_time(exchange):
        change_agreements(exchange, caller("southwark", "analyst"))


def change_agreements(exchange, analyst):
    """A good file, one with a fault and one that has ended, each in the place of the one before."""
    file = exchange.policies / "neighbours.cedar"

    def sees():
        return is_allowed(analyst.query, ["hate-crime-reports"], [HACKNEY], ["2026-01"])

    def becomes(wanted, seconds=20):
        end = time.monotonic() + seconds
        while sees() != wanted:
            # Its own area is seen at every moment.
            assert analyst.query(["hate-crime-reports"], [SOUTHWARK], ["2026-01"])[0].value == 41
            assert time.monotonic() < end, exchange.log()[-2000:]

    assert not sees()
    agreement = (SEEDS / "policies" / "boroughs.cedar").read_text().split("@id(")[0]
    policy = '@id("neighbours")\npermit (principal in Kind::"borough", action == Action::"query-live", resource)'
    good = f'{agreement}{policy}\nwhen {{ context.area == Area::"{HACKNEY}" }};\n'
    file.write_text(good)
    becomes(True)
    file.write_text(good.replace("Action::", "Axtion::"))
    time.sleep(5)
    assert sees() and "the policies have a fault" in exchange.log()
    file.write_text(good.replace("2028-03-31", "2025-04-02"))
    becomes(False)
    with pytest.raises(grpc.RpcError) as refused:
        analyst.query(["hate-crime-reports"], [HACKNEY], ["2026-01"])
    assert "the agreement `neighbours` ended on 2025-04-02" in refused.value.details()
    file.unlink()


@pytest.mark.parametrize("fault", ["syntax", "entity", "shadowed"])
def test_a_fault_stops_the_start(binary, tmp_path, fault):
    agreement = (SEEDS / "policies" / "mps.cedar").read_text()
    changed = {
        "syntax": agreement.replace("permit (", "permit", 1),
        "entity": agreement.replace('Area::"E12000007"', 'Area::"E12000008"'),
        "shadowed": agreement.replace(
            'context.area in Area::"E12000007"', 'context.area in Area::"E12000007" && context.roles.isEmpty()'
        ),
    }
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "mps.cedar").write_text(changed[fault])
    server = Server(binary, tmp_path / "data", "--policies", policies)
    with pytest.raises(AssertionError, match="the server did not start"):
        server.start()
    assert re.search(r"mps\.cedar:\d+: ", server.log()), server.log()


def test_every_call_is_in_the_audit_log(exchange, caller, submitted):
    analyst = caller("southwark", "analyst")
    name = "Violet Ashdown of 12 Larch Walk"
    analyst.query(["hate-crime-reports"], [SOUTHWARK, HACKNEY], ["2026-01"])
    with pytest.raises(grpc.RpcError):
        analyst.query([name], [SOUTHWARK], ["2026-01"])
    with pytest.raises(grpc.RpcError):
        analyst.query(["hate-crime-reports"], [HACKNEY], ["2026-01"])
    time.sleep(1.5)
    calls = [record["event"] for record in exchange.audit() if record["event"]["kind"] == "call"]
    mine = [call for call in calls if call["agency"] == "southwark"][-3:]
    seen, unknown, denied = mine
    assert (seen["decision"], seen["outcome"], seen["cells"]) == ("allowed", "OK", 1)
    assert seen["about"] == ["hate-crime-reports", SOUTHWARK, HACKNEY, "2026-01"]
    assert seen["policies"] == ["boroughs/sees-its-area"] and seen["credential"].startswith("token ")
    assert (unknown["outcome"], unknown["reason"], unknown["about"]) == ("NOT_FOUND", "UNKNOWN_MEASURE", [])
    assert (denied["decision"], denied["reason"], denied["cells"]) == ("denied", "NOT_AUTHORISED", None)
    submissions = [
        call for call in calls if submitted.submission in call["about"] and call["method"].endswith("/Submit")
    ]
    assert [(call["agency"], call["position"]) for call in submissions] == [("mps", submitted.ledger_position)]
    everything = json.dumps(exchange.audit()) + exchange.log()
    assert "Violet" not in everything and "Larch" not in everything and "plt_" not in everything


def test_a_submission_is_recorded_before_it_is_acknowledged(binary, tmp_path):
    """Killed right after an acknowledgement, the audit log has it. Its end is signed by the head."""
    server = Server(binary, tmp_path / "data").start()
    client = server.client()
    from exchange import csv_parts, last_day

    for month in range(1, 7):
        receipt = client.submit(
            "published_figure",
            f"2025-0{month}-01",
            last_day(f"2025-0{month}"),
            *csv_parts(FIGURES.replace("2026-01", f"2025-0{month}").encode()),
            agency="mps",
            request_id=str(uuid.uuid4()),
        )
    server.kill()
    client.close()
    positions = [record["event"].get("position") for record in server.audit()]
    assert receipt.ledger_position in positions
    assert server.run("audit", "verify").returncode == 0
    # Without its last records, the next start keeps the gap visible, and the ledger's entries are named.
    log = tmp_path / "data" / "audit" / "audit.jsonl"
    log.write_text("\n".join(log.read_text().splitlines()[:-2]) + "\n")
    assert server.run("audit", "verify").returncode == 3
    server.start()
    assert "the audit log was changed" in server.log()
    assert server.stop() == 0
    found = server.run("audit", "verify")
    assert found.returncode == 3 and "are missing" in found.stdout
