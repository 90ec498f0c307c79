"""A server starts from what is in force, and answers as one that reads the whole history: also of earlier instants, after
withdrawals, and when what it has kept of the rows in force is missing, damaged or old.
"""

import sqlite3
from datetime import timedelta

import pytest

from exchange import EXTRACT, crime, csv_parts, figure, is_same, last_day, submission_pb2, victim
from process import MEMORY, Server

CRIMES, KNIFE = "recorded-crime-volume", "knife-crime-offences"
SOUTHWARK, CAMDEN = "E09000028", "E09000007"
MONTHS = ["2016-01", "2016-02", "2016-03"]


@pytest.fixture
def server(binary, tmp_path):
    server = Server(binary, tmp_path / "data", memory=MEMORY).start()
    yield server
    if server.process.poll() is None:
        server.kill()


class Exchange:
    """An exchange with a history: each submission has a later extract than the one before."""

    def __init__(self, server):
        self.server, self.sent = server, 0
        self.client = server.client()

    def submit(self, dataset, month, rows, mode="replace", **header):
        self.sent += 1
        extract = EXTRACT + timedelta(minutes=self.sent)
        header = {"extract": extract, **header}
        return self.client.submit(dataset, f"{month}-01", last_day(month), *csv_parts(rows), mode=mode, **header)

    def withdraw(self, receipt):
        request = submission_pb2.WithdrawSubmissionRequest(name=receipt.submission, reason="A test.")
        self.client.submissions.WithdrawSubmission(request, timeout=60)

    def value(self, month, measure=CRIMES, **query):
        (seen,) = self.client.query(measure, SOUTHWARK, month, **query)
        return seen.value if seen.WhichOneof("result") == "value" else None

    def answers(self, **query):
        """Answers that need every dataset of the history."""
        return self.client.query([CRIMES, KNIFE], [SOUTHWARK, CAMDEN], f"{MONTHS[0]}..{MONTHS[-1]}", **query)

    def restart(self, stopped=True):
        self.client.close()
        if stopped:
            assert self.server.stop() == 0
        else:
            self.server.kill()
        self.server.start()
        self.client = self.server.client()

    def change(self, sql):
        """Changes the database while the server is stopped, and starts it again."""
        self.client.close()
        assert self.server.stop() == 0
        database = sqlite3.connect(self.server.data_dir / "ledger.sqlite3")
        # Flips a bit of a blob.
        database.create_function("flipped", 1, lambda blob: bytes([blob[0] ^ 16]) + blob[1:])
        database.execute(sql)
        database.commit()
        database.close()
        self.server.start()
        self.client = self.server.client()

    def kept(self):
        """Position up to which it is stored what is in force; None if it is not."""
        database = sqlite3.connect(self.server.data_dir / "ledger.sqlite3")
        row = database.execute("SELECT position FROM in_force").fetchone()
        database.close()
        return row and row[0]


def crimes(month, numbers, **fields):
    return [crime(f"{month}/{at}", f"{month}-{1 + at % 28:02}", **fields) for at in numbers]


def history(exchange):
    """Revisions, merges, a deletion, victims whose months are those of their crimes, and figures. Gives the receipts."""
    receipts = []
    for month in MONTHS:
        receipts += [exchange.submit("crime", month, crimes(month, range(count))) for count in (20, 22, 21)]
        victims = [victim(f"{month}/{at}", f"person {at % 7}") for at in range(20)]
        receipts.append(exchange.submit("crime_victim", month, victims))
    for at in range(6):
        month = MONTHS[at % 3]
        changed = crimes(month, range(at, at + 4), offence_borough=CAMDEN)
        receipts.append(exchange.submit("crime", month, changed, mode="merge"))
    receipts.append(exchange.submit("crime", MONTHS[1], crimes(MONTHS[1], range(2)), mode="delete"))
    for count in (40, 50):
        figures = [figure(KNIFE, SOUTHWARK, month, count + at) for at, month in enumerate(MONTHS)]
        receipts.append(
            exchange.client.submit(
                "published_figure", "2016-01-01", "2016-03-31", *csv_parts(figures), agency="mopac"
            )
        )
    return receipts


def test_a_start_from_what_is_in_force_gives_the_same_answers(server):
    exchange = Exchange(server)
    receipts = history(exchange)
    before, earlier = exchange.answers(), exchange.answers(as_of=receipts[4].accepted_at)
    exchange.restart()
    assert exchange.kept() == len(receipts)
    assert is_same(exchange.answers(), before)
    assert is_same(exchange.answers(as_of=receipts[4].accepted_at), earlier)
    # It is one state with the submissions that come after it.
    exchange.submit("crime", MONTHS[0], crimes(MONTHS[0], range(100, 103)), mode="merge")
    after = exchange.answers()
    exchange.restart(stopped=False)
    assert exchange.kept() == len(receipts)
    assert is_same(exchange.answers(), after)
    # The same from the whole history.
    exchange.change("DELETE FROM in_force")
    assert exchange.kept() is None
    assert is_same(exchange.answers(), after)
    exchange.restart()
    assert exchange.kept() == len(receipts) + 1
    assert is_same(exchange.answers(), after)


def test_what_is_kept_of_the_rows_in_force_is_damaged(server):
    exchange = Exchange(server)
    history(exchange)
    before = exchange.answers()
    exchange.change("UPDATE in_force SET content = flipped(content)")
    assert is_same(exchange.answers(), before)
    assert "it is not known which rows are in force" in server.log()
    exchange.restart()
    assert is_same(exchange.answers(), before)
    assert server.log().count("it is not known which rows are in force") == 1


def test_a_withdrawal_brings_back_what_was_replaced(server):
    exchange = Exchange(server)
    counts = (20, 23, 21)
    receipts = [exchange.submit("crime", MONTHS[0], crimes(MONTHS[0], range(count))) for count in counts]
    other = exchange.submit("crime", MONTHS[1], crimes(MONTHS[1], range(9)))
    exchange.restart()
    exchange.withdraw(receipts[2])
    assert (exchange.value(MONTHS[0]), exchange.value(MONTHS[1])) == (23, 9)
    assert exchange.value(MONTHS[0], as_of=other.accepted_at) == 21
    # It was not kept since.
    exchange.restart(stopped=False)
    assert (exchange.value(MONTHS[0]), exchange.value(MONTHS[1])) == (23, 9)
    exchange.withdraw(receipts[1])
    exchange.submit("crime", MONTHS[1], crimes(MONTHS[1], range(8, 10)), mode="merge")
    exchange.restart()
    assert (exchange.value(MONTHS[0]), exchange.value(MONTHS[1])) == (20, 10)
    assert exchange.value(MONTHS[0], as_of=receipts[1].accepted_at) == 23


def test_damage_to_what_was_replaced_is_found_when_it_is_needed(server):
    exchange = Exchange(server)
    first = exchange.submit("crime", MONTHS[0], crimes(MONTHS[0], range(20)))
    second = exchange.submit("crime", MONTHS[0], crimes(MONTHS[0], range(21)))
    exchange.submit("crime", MONTHS[1], crimes(MONTHS[1], range(9)))
    exchange.change("UPDATE payload SET bytes = flipped(bytes) WHERE position = 1")
    assert (exchange.value(MONTHS[0]), exchange.value(MONTHS[1])) == (21, 9)
    assert "is damaged" not in server.log()
    exchange.withdraw(second)
    (lost,) = exchange.client.query(CRIMES, SOUTHWARK, MONTHS[0])
    assert any(first.submission in caveat and "damaged" in caveat for caveat in lost.caveats), list(lost.caveats)
    assert exchange.value(MONTHS[1]) == 9
    assert "a stored submission is damaged" in server.log()
    # What is lost is not kept as if it were not there.
    exchange.restart()
    assert exchange.value(MONTHS[0]) is None and exchange.value(MONTHS[1]) == 9
    exchange.withdraw(first)
    exchange.restart()
    assert exchange.value(MONTHS[1]) == 9


def test_reports_are_known_by_rows_that_are_no_longer_in_force(server):
    """A hospital reports on the sites of its rows. When a report was received does not depend on later ones."""
    selection = {"agency": "nhs-rj1", "dataset": "istv_attendance", "period": "2017-02"}
    exchange = Exchange(server)
    row = {
        "reporting_period_start": "2017-02-01",
        "reporting_period_end": "2017-02-28",
        "site_code": "RJ122",
        "assault_at": "2017-02-02",
        "assault_method": "01",
        "assault_location_type": "99",
    }
    for _ in range(2):
        exchange.submit("istv_attendance", "2017-02", [row], agency="nhs-rj1")
    before = exchange.client.reports(**selection)
    assert sum(report.HasField("received_at") for report in before) == 1
    exchange.restart()
    assert exchange.client.reports(**selection) == before
