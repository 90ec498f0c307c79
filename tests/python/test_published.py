"""Figures of publishers' files are converted and submitted, and compared with sums over the same files.

The code here computes the sums from the files. It shares nothing with the exchange.
"""

import csv
import gzip
import io
import subprocess
from collections import defaultdict

import grpc
import pytest

from exchange import SUBMITTED, csv_parts, is_same, last_day, months, refused

MPS_AREA = "E23000001"
PSEUDO = ["PSEUDO-AIRPORTS", "PSEUDO-AVIATION-SECURITY", "PSEUDO-NON-MPS", "PSEUDO-OTHER", "PSEUDO-UNKNOWN"]
DASHBOARD = "mps-dashboard-2021-2025-borough.csv.gz"
FIRST_RELEASE = "mps-crime-borough-historical-release-2026.csv"
SECOND_RELEASE = "mps-crime-borough-recent-release-2026-04.csv"


def figures(binary, path):
    """Rows of `published_figure` that the exchange's own reader makes of a publisher's file."""
    done = subprocess.run([binary, "convert", path], check=False, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def submit(client, binary, path, collection):
    content = figures(binary, path)
    periods = [row["period"] for row in csv.DictReader(io.StringIO(content.decode()))]
    window = (f"{min(periods)}-01", last_day(max(periods)))
    receipt = client.submit("published_figure", *window, *csv_parts(content), agency="mps", collection=collection)
    assert receipt.rejected == 0, receipt.first_findings
    assert receipt.received == len(periods)
    return receipt


def dashboard(path):
    """Counts by (subtype, kind, area code or name, month), as in the file."""
    counts = defaultdict(int)
    with gzip.open(path, "rt", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            key = (
                row["crime_subtype"].lower(),
                row["measure"],
                row["area_code"] or row["area_name"],
                row["month_year"][:7],
            )
            counts[key] += int(row["count"])
    return counts


class TestDashboard:
    @pytest.fixture(scope="class")
    def counts(self, data):
        return dashboard(data / DASHBOARD)

    @pytest.fixture(scope="class", autouse=True)
    def submitted(self, client, binary, data):
        return submit(client, binary, data / DASHBOARD, "monthly-dashboard")

    def total(self, counts, subtype, first, last, areas=None):
        return sum(
            count
            for (name, kind, area, month), count in counts.items()
            if name == subtype and kind == "Offences" and first <= month <= last and (areas is None or area in areas)
        )

    def test_southwark_for_any_twelve_months(self, client, counts):
        every = months("2021-08", "2025-07")
        ends = every[11:]
        periods = [f"R12-{month}" for month in ends]
        found = client.query("knife-crime-offences", "E09000028", periods, basis=SUBMITTED)
        expected = [
            self.total(counts, "knife crime", every[number], end, {"E09000028"}) for number, end in enumerate(ends)
        ]
        assert len(found) == len(ends) == 37
        values = {seen.period: seen.value for seen in found}
        assert [values[period] for period in periods] == expected
        assert all(expected)

    @pytest.mark.parametrize(
        ("measure", "subtype"),
        [
            ("knife-crime-offences", "knife crime"),
            ("knife-crime-offences.with-injury", "knife crime with injury"),
            ("gun-crime-offences", "gun crime"),
            ("domestic-abuse-reports", "domestic abuse"),
            ("hate-crime-reports", "hate crime"),
        ],
    )
    def test_london_is_its_boroughs_once(self, client, counts, measure, subtype):
        expected = self.total(counts, subtype, "2024-08", "2025-07")
        assert client.value(measure, MPS_AREA, "R12-2025-07", basis=SUBMITTED) == expected
        boroughs = client.total_rows(measure, "borough", "R12-2025-07", basis=SUBMITTED)
        bins = client.total_rows(measure, PSEUDO, "R12-2025-07", basis=SUBMITTED)
        assert boroughs + bins == expected
        assert boroughs > 0.98 * expected

    def test_hate_crime_is_not_the_sum_of_its_strands(self, client, counts):
        total = client.value("hate-crime-reports", MPS_AREA, "R12-2025-07", basis=SUBMITTED)
        found = client.query(
            "hate-crime-reports", MPS_AREA, "R12-2025-07", breakdown=["hate_strand"], basis=SUBMITTED
        )
        strands = {seen.breakdown["hate_strand"]: seen.value for seen in found}
        names = {
            "race": "racist crime",
            "religion": "faith crime",
            "sexual_orientation": "homophobic crime",
            "transgender": "transphobic crime",
            "disability": "disability crime",
        }
        for code, subtype in names.items():
            assert strands[code] == self.total(counts, subtype, "2024-08", "2025-07"), code
        assert total == self.total(counts, "hate crime", "2024-08", "2025-07")
        assert sum(strands[code] for code in names) > total

    def test_a_period_that_is_not_there(self, client):
        refusal = refused(client.query, "knife-crime-offences", "E09000028", "2025-08", basis=SUBMITTED)
        assert refusal.code == grpc.StatusCode.NOT_FOUND and "2021-08 to 2025-07" in refusal.message
        # If only eleven of twelve months are submitted, there is no total.
        found = client.query("knife-crime-offences", "E09000028", "R12-2025-08", basis=SUBMITTED)
        assert [seen.WhichOneof("result") for seen in found] == ["missing"]


def crime_release(path):
    """Total by (borough, month) of the crime file, without fraud, which is recorded nationally."""
    totals = defaultdict(int)
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["MinorText"].upper().startswith("NFIB") or "NFIB" in row["MajorText"].upper():
                continue
            for name, count in row.items():
                if name.isdigit():
                    totals[row["BoroughName"], f"{name[:4]}-{name[4:]}"] += int(count)
    return totals


class TestTwoReleases:
    """The force's crime by borough, released twice: history, and the months since."""

    MEASURE = "recorded-crime-volume"
    QUERY = (MEASURE, ["E09000028", "E09000022", "E09000003", MPS_AREA])

    @pytest.fixture(scope="class")
    def releases(self, client, binary, data):
        first = submit(client, binary, data / FIRST_RELEASE, "crime-by-borough")
        window = months("2022-04", "2024-03") + months("2024-04", "2026-03")
        before = client.query(*self.QUERY, window, basis=SUBMITTED)
        second = submit(client, binary, data / SECOND_RELEASE, "crime-by-borough")
        return first, second, before, window

    def test_before_the_second_the_first_counts(self, client, releases):
        first, second, before, window = releases
        assert second.deleted_by_replacement == 0
        then = client.query(*self.QUERY, window, basis=SUBMITTED, as_of=first.accepted_at)
        assert is_same(then, before)
        now = client.query(*self.QUERY, window, basis=SUBMITTED)
        assert not is_same(now, before)
        missing = [seen for seen in before if seen.WhichOneof("result") == "missing"]
        assert {seen.period for seen in missing} == set(months("2024-04", "2026-03"))
        assert not [seen for seen in now if seen.WhichOneof("result") == "missing"]

    @pytest.mark.parametrize(("name", "code"), [("Southwark", "E09000028"), ("Lambeth", "E09000022")])
    def test_the_figures_are_the_files(self, client, data, releases, name, code):
        for file, first, last in [(FIRST_RELEASE, "2010-04", "2024-03"), (SECOND_RELEASE, "2024-04", "2026-03")]:
            totals = crime_release(data / file)
            found = client.query(self.MEASURE, code, months(first, last), basis=SUBMITTED)
            assert {seen.period: seen.value for seen in found} == {
                month: totals[name, month] for month in months(first, last)
            }

    def test_the_force_is_its_boroughs_and_bins(self, client, data, releases):
        totals = crime_release(data / SECOND_RELEASE)
        expected = sum(count for (_, month), count in totals.items() if month == "2025-06")
        assert client.value(self.MEASURE, MPS_AREA, "2025-06", basis=SUBMITTED) == expected
