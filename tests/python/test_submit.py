"""Submissions: modes, guards and counts."""

import itertools
import uuid
from datetime import timedelta

import grpc
import pytest

from exchange import (
    EXTRACT,
    arrow_parts,
    crime,
    csv_parts,
    last_day,
    observation_pb2,
    records,
    refused,
    submission_pb2,
    timestamp,
    typed_crime,
)
from process import Server

MEASURE, LONDON, SOUTHWARK = "recorded-crime-volume", "E12000007", "E09000028"


# Police forces of the tests, and one more for a test that needs two.
FORCES = [f"force-{number}{end}" for number in range(40) for end in ("", "-b")]

_taken = itertools.count()
_named = itertools.count()


@pytest.fixture(scope="module")
def server(binary, tmp_path_factory):
    """An exchange whose operator registers the forces. It is empty at first."""
    folder = tmp_path_factory.mktemp("exchange")
    table = '[agencies.{0}]\nname = "{0}"\nkind = "police"\nareas = ["E23000001"]\n'
    (folder / "agencies.toml").write_text("".join(table.format(force) for force in FORCES))
    server = Server(binary, folder / "data", "--agencies", folder / "agencies.toml").start()
    yield server
    status = server.stop()
    assert status == 0, f"the server stopped with status {status}:\n{server.log()[-2000:]}"


@pytest.fixture
def agency():
    """A force for one test, so that tests do not change each other's rows."""
    return f"force-{next(_named)}"


@pytest.fixture
def months():
    """Three months for one test, so that other tests do not change its counts."""
    start = 2004 * 12 + 3 * next(_taken)
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, start + 3)]


def crimes(month, count, prefix="", **fields):
    return [crime(f"{prefix}{month}/{number}", f"{month}-{1 + number % 28:02}", **fields) for number in range(count)]


def counts(receipt):
    held = receipt.created + receipt.updated + receipt.unchanged + receipt.deleted + receipt.not_held
    assert receipt.received == held + receipt.rejected
    return (receipt.received, receipt.created, receipt.updated, receipt.unchanged, receipt.rejected)


def submit(client, agency, month, rows, last=None, **header):
    return client.submit("crime", f"{month}-01", last_day(last or month), *csv_parts(rows), agency=agency, **header)


def test_a_receipt_says_what_became_of_the_rows(client, agency, months):
    rows = crimes(months[0], 40)
    receipt = submit(client, agency, months[0], rows)
    assert counts(receipt) == (40, 40, 0, 0, 0)
    assert receipt.submission.startswith(f"agencies/{agency}/submissions/")
    assert receipt.ledger_position > 0 and receipt.HasField("accepted_at") and len(receipt.content_sha256) == 64
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 40

    held = client.submissions.GetSubmission(submission_pb2.GetSubmissionRequest(name=receipt.submission), timeout=10)
    assert held.submission.receipt == receipt
    assert [seen.name for seen in client.list_submissions(agency)] == [receipt.submission]


def test_a_replacement_says_what_the_period_holds(client, agency, months):
    rows = crimes(months[0], 40)
    first = submit(client, agency, months[0], rows)
    rows = [{**row, "ho_class": "34B"} if number < 5 else row for number, row in enumerate(rows[3:])]
    rows += crimes(months[0], 2, prefix="new/")
    second = submit(client, agency, months[0], rows)
    assert counts(second) == (39, 2, 5, 32, 0)
    assert second.deleted_by_replacement == 3
    assert second.superseded == first.submission
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 39


def test_a_replacement_leaves_other_periods_agencies_and_collections_alone(client, agency, months):
    submit(client, agency, months[0], crimes(months[0], 10))
    submit(client, agency, months[0], crimes(months[0], 20, prefix="other/"), collection="other")
    submit(client, f"{agency}-b", months[0], crimes(months[0], 30, prefix="b/"))
    submit(client, agency, months[1], crimes(months[1], 5))
    submit(client, agency, months[1], crimes(months[1], 4), expected_delete_count=1)
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 60
    assert client.value(MEASURE, SOUTHWARK, months[1]) == 4


def test_a_merge_adds_and_replaces_by_key(client, agency, months):
    submit(client, agency, months[0], crimes(months[0], 10))
    rows = crimes(months[0], 12)
    rows[0]["offence_borough"] = "E09000022"
    receipt = submit(client, agency, months[0], rows, mode="merge")
    assert counts(receipt) == (12, 2, 1, 9, 0)
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 11
    assert client.value(MEASURE, "E09000022", months[0]) == 1


def test_a_deletion_removes_by_key(client, agency, months):
    submit(client, agency, months[0], crimes(months[0], 20))
    keys = [{"crime_ref": row["crime_ref"]} for row in crimes(months[0], 3)] + [{"crime_ref": "never held"}]
    receipt = submit(client, agency, months[0], keys, mode="delete")
    assert counts(receipt) == (4, 0, 0, 0, 0)
    assert (receipt.deleted, receipt.not_held) == (3, 1)
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 17


def test_nil_is_not_missing(client, agency, months):
    # If nothing is held for a query, the answer is the reason, and not an empty value or zero.
    assert refused(client.query, MEASURE, SOUTHWARK, months[2]).code == grpc.StatusCode.NOT_FOUND
    receipt = client.submit("crime", f"{months[2]}-01", last_day(months[2]), agency=agency, nil_return=True)
    assert counts(receipt) == (0, 0, 0, 0, 0)
    assert client.value(MEASURE, SOUTHWARK, months[2]) == 0


def test_a_nil_return_has_no_rows(client, agency, months):
    refusal = refused(submit, client, agency, months[0], crimes(months[0], 1), nil_return=True)
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT


def test_no_rows_need_a_nil_return(client, agency, months):
    refusal = refused(client.submit, "crime", f"{months[0]}-01", last_day(months[0]), agency=agency)
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT


def test_the_same_request_is_the_same_submission(client, agency, months):
    request, rows = str(uuid.uuid4()), crimes(months[0], 7)
    first = submit(client, agency, months[0], rows, request_id=request)
    second = submit(client, agency, months[0], rows, request_id=request)
    assert (first.request_id, first.replayed, second.replayed) == (request, False, True)
    first.replayed = True
    assert second == first
    # The content is the same if it is split into other chunks.
    header = dict(agency=agency, request_id=request)
    again = client.submit("crime", f"{months[0]}-01", last_day(months[0]), *csv_parts(rows, size=100), **header)
    assert again == first
    assert len(client.list_submissions(agency)) == 1

    refusal = refused(submit, client, agency, months[0], rows[1:], request_id=request)
    assert refusal.code == grpc.StatusCode.ALREADY_EXISTS and refusal.reason
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 7


def test_a_dry_run_counts_and_writes_nothing(client, agency, months):
    submit(client, agency, months[0], crimes(months[0], 10))
    receipt = submit(client, agency, months[0], crimes(months[0], 11), dry_run=True)
    assert counts(receipt) == (11, 1, 0, 10, 0)
    assert receipt.dry_run and not receipt.submission
    assert len(client.list_submissions(agency)) == 1
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 10


def test_rows_outside_the_declared_period_are_refused(client, agency, months):
    rows = crimes(months[0], 10) + crimes(months[1], 10)
    refusal = refused(submit, client, agency, months[0], rows)
    assert refusal.code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION)
    assert not client.list_submissions(agency)


def test_a_mass_delete_must_be_meant(client, agency, months):
    submit(client, agency, months[0], crimes(months[0], 100))
    refusal = refused(submit, client, agency, months[0], crimes(months[0], 79))
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION and refusal.reason
    assert "21" in refusal.message
    refusal = refused(submit, client, agency, months[0], crimes(months[0], 79), expected_delete_count=20)
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
    keys = [{"crime_ref": row["crime_ref"]} for row in crimes(months[0], 21)]
    refusal = refused(submit, client, agency, months[0], keys, mode="delete")
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 100

    # A fifth of the rows may go without announcement.
    assert submit(client, agency, months[0], crimes(months[0], 80)).deleted_by_replacement == 20
    receipt = submit(client, agency, months[0], crimes(months[0], 10), expected_delete_count=70)
    assert receipt.deleted_by_replacement == 70


def test_a_stale_file_is_refused(client, agency, months):
    submit(client, agency, months[0], crimes(months[0], 10))
    older = EXTRACT - timedelta(seconds=1)
    refusal = refused(submit, client, agency, months[0], crimes(months[0], 9), extract=older)
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION and refusal.reason
    submit(client, agency, months[0], crimes(months[0], 9), extract=EXTRACT + timedelta(seconds=1))
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 9


def test_superseding_names_what_is_in_force(client, agency, months):
    first = submit(client, agency, months[0], crimes(months[0], 10))
    second = submit(client, agency, months[0], crimes(months[0], 11), supersedes=first.submission)
    refusal = refused(submit, client, agency, months[0], crimes(months[0], 12), supersedes=first.submission)
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
    assert second.submission in refusal.message + str(refusal.metadata)


def test_withdrawn_is_as_if_never_made(client, agency, months):
    first = submit(client, agency, months[0], crimes(months[0], 10))
    second = submit(client, agency, months[0], crimes(months[0], 12))
    request = submission_pb2.WithdrawSubmissionRequest(name=second.submission)
    refusal = refused(client.submissions.WithdrawSubmission, request, timeout=10)
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT and "reason" in refusal.fields

    request.reason = "sent the wrong file"
    withdrawn = client.submissions.WithdrawSubmission(request, timeout=10).submission
    assert withdrawn.withdrawal_reason == "sent the wrong file"
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 10
    # A query for an earlier instant still finds it.
    for receipt, expected in [(first, 10), (second, 12)]:
        assert client.value(MEASURE, SOUTHWARK, months[0], as_of=receipt.accepted_at) == expected
    assert len(client.list_submissions(agency)) == 2


def test_what_was_withdrawn_is_not_acknowledged_again(client, agency, months):
    """Its receipt would say that the rows count."""
    again = {"request_id": str(uuid.uuid4())}
    first = submit(client, agency, months[0], crimes(months[0], 10), **again)
    assert submit(client, agency, months[0], crimes(months[0], 10), **again).replayed
    client.submissions.WithdrawSubmission(
        submission_pb2.WithdrawSubmissionRequest(name=first.submission, reason="by mistake"), timeout=10
    )
    refusal = refused(submit, client, agency, months[0], crimes(months[0], 10), **again)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "WITHDRAWN_SINCE")
    submit(client, agency, months[0], crimes(months[0], 10), request_id=str(uuid.uuid4()))
    assert client.value(MEASURE, SOUTHWARK, months[0]) == 10


def test_the_three_encodings_say_the_same(client, agency, months):
    import pyarrow as pa

    rows = crimes(months[0], 50, knife_use="threatened", ho_class="34B", flag_hate="race;religion")
    submit(client, agency, months[0], rows)
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    window = ("crime", f"{months[0]}-01", last_day(months[0]))
    assert counts(client.submit(*window, *arrow_parts(table), agency=agency)) == (50, 0, 0, 50, 0)
    compressed = arrow_parts(table, size=333, compression="lz4")
    assert counts(client.submit(*window, *compressed, agency=agency)) == (50, 0, 0, 50, 0)
    part = records("crimes", [typed_crime(row) for row in rows])
    assert counts(client.submit(*window, part, agency=agency)) == (50, 0, 0, 50, 0)


def test_as_of_is_what_was_known(client, agency, months):
    receipts = [submit(client, agency, months[0], crimes(months[0], count)) for count in (20, 21, 24)]
    values = [client.value(MEASURE, SOUTHWARK, months[0], as_of=receipt.accepted_at) for receipt in receipts]
    assert values == [20, 21, 24]
    early = timestamp(receipts[0].accepted_at.ToDatetime() - timedelta(seconds=1))
    # Nothing was held for the month yet. Other tests decide whether the months around it have rows.
    try:
        (before,) = client.query(MEASURE, SOUTHWARK, months[0], as_of=early)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND
    else:
        assert before.missing == observation_pb2.MISSING_REASON_NOT_SUBMITTED


def test_what_the_header_must_say(client, agency, months):
    rows = csv_parts(crimes(months[0], 1))
    window = (f"{months[0]}-01", last_day(months[0]))
    for field, bad in [
        ("request_id", dict(request_id="not a uuid")),
        ("agency", dict(agency="")),
    ]:
        refusal = refused(client.submit, "crime", *window, *rows, **{"agency": agency, **bad})
        assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT, refusal
        assert any(field in seen for seen in refusal.fields), refusal
    refusal = refused(client.submit, "crimes", *window, *rows, agency=agency)
    assert refusal.code in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)
    refusal = refused(client.submit, "crime", window[1], window[0], *rows, agency=agency)
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    refusal = refused(client.send, rows)
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert not client.list_submissions(agency)


def test_what_is_kept_survives_a_restart(binary, tmp_path):
    server = Server(binary, tmp_path / "data").start()
    first = submit(server.client(), "mps", "2017-02", crimes("2017-02", 10))
    assert server.stop() == 0
    server.start()
    client = server.client()
    try:
        assert client.value(MEASURE, SOUTHWARK, "2017-02") == 10
        assert [seen.receipt for seen in client.list_submissions()] == [first]
    finally:
        server.stop()
