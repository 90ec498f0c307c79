"""Releases against an outsider who reads every one of them: nothing that is withheld can be worked out.

Months of hate crimes in four boroughs are released one after the other. Each release covers the months before it again, and
agencies have revised them since. `PEELIAN_RELEASES=24` runs two years of releases instead of a few.
"""

import csv
import io
import os
import random
from datetime import timedelta

import pytest

from exchange import EXTRACT, crime, csv_parts, last_day
from outsider import Place, Published, System
from process import Server
from test_releases import Office

RELEASES = int(os.environ.get("PEELIAN_RELEASES", "3"))
FIRST = 2019 * 12 + 3
# Months of data before the first release, and months that each release has.
BEFORE, COVERED = 13, 2
# The width that the interval of a small count must have.
WIDTH = 3
LONDON = "E23000001"
BOROUGHS = ["E09000028", "E09000022", "E09000025", "E09000031"]
COMMANDS = {"AS": BOROUGHS[:2]}
MEASURES = {
    "hate-crime-reports": "hate",
    "hate-crime-reports.race-or-religion": "race or religion",
}
DIMENSIONS = ["hate_strand", "crime_group"]
STRANDS = ["race", "religion", "disability", "transgender"]


def month(at):
    return f"{(FIRST + at) // 12}-{(FIRST + at) % 12 + 1:02}"


def crimes(at, seeded, late):
    """The hate crimes of a month. Some were recorded late."""
    rows = []
    for number in range(45 + late):
        borough = seeded.choices(BOROUGHS, [9, 5, 3, 1])[0]
        strand = seeded.choices(STRANDS, [9, 4, 2, 1])[0]
        if strand == "religion" and seeded.random() < 0.2:
            strand = "race|religion"
        ho_class, victim = seeded.choices([("9A", "false"), ("3B", "true"), ("58A", "true")], [6, 3, 1])[0]
        day = f"{month(at)}-{seeded.randint(1, 28):02}"
        fields = {"flag_hate": strand, "offence_borough": borough, "ho_class": ho_class, "victim_based": victim}
        rows.append(crime(f"{at}-{number}", day, **fields))
    return rows


@pytest.fixture
def server(binary, tmp_path):
    server = Server(binary, tmp_path / "data").start()
    yield server
    if server.process.poll() is None:
        server.kill()


class London:
    def __init__(self, client):
        self.client, self.office = client, Office(client)
        self.sent = 0

    def submit(self, at, rows):
        self.sent += 1
        extract = EXTRACT + timedelta(minutes=self.sent)
        self.client.submit("crime", f"{month(at)}-01", last_day(month(at)), *csv_parts(rows), extract=extract)

    def asked(self, last):
        """Areas and periods of the release of a month."""
        areas = [LONDON, *COMMANDS, *BOROUGHS]
        months = [month(at) for at in range(last - COVERED + 1, last + 1)]
        return areas, [*months, f"R12-{month(last - 1)}", f"R12-{month(last)}"]

    def release(self, number, last):
        areas, periods = self.asked(last)
        name = f"month-{number}"
        self.office.create(name, measures=list(MEASURES), areas=areas, periods=periods, breakdowns=DIMENSIONS)
        review = self.office.review(name)
        assert not review.failed_checks, review.failed_checks
        self.office.approve(name)
        self.office.publish(name)
        return self.published(name, last)

    def published(self, name, last):
        """What the release published, each count with its exact value."""
        exact = self.exact(*self.asked(last))
        counts = {}
        for row in csv.DictReader(io.StringIO(self.office.export(name)["observations.csv"].decode())):
            place = Place(
                MEASURES[row["measure"]],
                row["area"],
                row["period"],
                row["breakdown_dimension"],
                row["breakdown_code"],
            )
            counts[place] = exact[place] if row["value"] else None
            if row["value"]:
                assert abs(float(row["value"]) - exact[place]) < 3, row
            else:
                assert row["marker"] == "[c]", row
        months = [month(at) for at in range(last - 13, last + 1)]
        return Published(counts, self.exact(BOROUGHS, months)), exact

    def exact(self, areas, periods):
        found = {}
        for measure, population in MEASURES.items():
            for dimension in ["", *DIMENSIONS]:
                breakdown = [dimension] if dimension else []
                for seen in self.client.query(measure, areas, periods, breakdown=breakdown):
                    code = seen.breakdown.get(dimension, "")
                    found[Place(population, seen.area, seen.period, dimension, code)] = round(seen.value)
        return found


def attack_without_secondary_suppression(leaves, published, exact):
    """The outsider does find counts where small counts alone are withheld. So an attack in vain says something."""
    small = {place: None if 0 < exact[place] <= 4 else exact[place] for place in published.counts}
    system = System(leaves, overlapping=["hate_strand"], parts=[("race or religion", "hate")])
    system.add(0, Published(small, published.atoms))
    assert any(found.low == found.high for found in system.enclose().values())


def test_nothing_that_is_withheld_can_be_worked_out(server):
    client = server.client()
    london, seeded = London(client), random.Random(11)
    late = dict.fromkeys(range(BEFORE + RELEASES), 0)
    for at in range(BEFORE):
        london.submit(at, crimes(at, random.Random(at), 0))
    leaves = {LONDON: BOROUGHS, **COMMANDS, **{borough: [borough] for borough in BOROUGHS}}
    system = System(leaves, overlapping=["hate_strand"], parts=[("race or religion", "hate")])
    small = {}
    for number in range(RELEASES):
        last = BEFORE + number
        # Two earlier months are revised before each release.
        for at in [last - 1, seeded.randrange(last - 11, last - 1)]:
            late[at] += seeded.randint(1, 2)
            london.submit(at, crimes(at, random.Random(at), late[at]))
        london.submit(last, crimes(last, random.Random(last), 0))
        published, exact = london.release(number, last)
        system.add(number, published)
        withheld = [place for place, count in published.counts.items() if count is None]
        assert withheld
        if number == 0:
            attack_without_secondary_suppression(leaves, published, exact)
        small.update({(number, place): exact[place] for place in withheld})
    found = system.enclose(enough=WIDTH)
    assert len(found) == len(small)
    outside = [name for name, ends in found.items() if ends.exact and not ends.low <= small[name] <= ends.high]
    assert not outside, "the outsider's equations are wrong"
    recovered = [(name, small[name], ends) for name, ends in found.items() if ends.low == ends.high]
    assert not recovered, recovered[:5]
    is_narrow = {name: small[name] <= 4 and ends.high - ends.low < WIDTH for name, ends in found.items()}
    narrow = [(name, small[name], found[name]) for name in found if is_narrow[name]]
    assert not narrow, narrow[:5]
    client.close()
