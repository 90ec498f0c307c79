"""Series of releases: months of hate crimes that are released one after the other, and revised in between."""

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import timedelta

from exchange import EXTRACT, crime, csv_parts, last_day
from outsider import Place, Published
from test_releases import Office

# Series of random shapes in one exchange.
TOGETHER = 4
LONDON = "E23000001"
BOROUGHS = ("E09000028", "E09000022", "E09000025", "E09000031")
COMMAND, IN_COMMAND = "AS", BOROUGHS[:2]
# All that London has beside the boroughs of the series. No crime is recorded there, and no release says so.
ELSEWHERE = "elsewhere"
MEASURES = {
    "hate-crime-reports": "hate",
    "hate-crime-reports.race-or-religion": "race or religion",
}
DIMENSIONS = ("hate_strand", "crime_group")
STRANDS = ("race", "religion", "disability", "transgender")
KINDS = (("9A", "false"), ("3B", "true"), ("58A", "true"))


@dataclass(frozen=True)
class Shape:
    """What a series of releases has, and the crimes behind it."""

    seed: int = 11
    releases: int = 1
    first: int = 2019 * 12 + 3
    """The first month with crimes."""
    before: int = 13
    """Months with crimes before the first release."""
    covered: int = 2
    """Months that each release has, with as many rolling years."""
    crimes: int = 45
    """Crimes of a month."""
    boroughs: tuple = BOROUGHS
    measures: tuple = tuple(MEASURES)
    dimensions: tuple = DIMENSIONS
    above: tuple = (LONDON, COMMAND)
    """Areas that boroughs add up to."""
    windows: bool = True
    """Whether there are rolling years."""

    @property
    def areas(self):
        return [*self.above, *self.boroughs]

    @property
    def leaves(self):
        whole = {LONDON: [*BOROUGHS, ELSEWHERE], COMMAND: list(IN_COMMAND)}
        return {area: whole.get(area, [area]) for area in self.areas}

    def month(self, at):
        at += self.first
        return f"{at // 12}-{at % 12 + 1:02}"

    def periods(self, last):
        months = [self.month(at) for at in range(last - self.covered + 1, last + 1)]
        return [*months, *(f"R12-{month}" for month in months if self.windows)]

    def rows(self, at, late):
        """The hate crimes of a month. Some were recorded late."""
        seeded, rows = random.Random(self.seed * 1000 + at), []
        for number in range(self.crimes + late):
            strand = seeded.choices(STRANDS, [9, 4, 2, 1])[0]
            if strand == "religion" and seeded.random() < 0.2:
                strand = "race|religion"
            ho_class, victim = seeded.choices(KINDS, [6, 3, 1])[0]
            borough = seeded.choices(BOROUGHS, [9, 5, 3, 1])[0]
            fields = {"flag_hate": strand, "offence_borough": borough, "ho_class": ho_class, "victim_based": victim}
            rows.append(crime(f"{self.seed}-{at}-{number}", f"{self.month(at)}-{seeded.randint(1, 28):02}", **fields))
        return rows


def any_shape(number):
    """A random shape. The series of one exchange have months of their own: their releases tell nothing of each other."""
    seeded = random.Random(number)
    some = lambda all_of, least: tuple(sorted(seeded.sample(all_of, seeded.randint(least, len(all_of)))))
    return Shape(
        seed=1000 + number,
        releases=seeded.randint(1, 3),
        first=Shape.first + 18 * (number % TOGETHER),
        covered=seeded.randint(1, 3),
        crimes=seeded.randint(3, 60),
        boroughs=some(BOROUGHS, 2),
        measures=some(tuple(MEASURES), 1),
        dimensions=some(DIMENSIONS, 0),
        above=some((LONDON, COMMAND), 0),
        windows=seeded.random() < 0.6,
    )


@dataclass
class Series:
    """A series of releases in an exchange."""

    client: object
    shape: Shape
    in_any_order: random.Random | None = None
    """Rows are sent in an order that it chooses."""
    submitted: list = field(default_factory=list)
    late: dict = field(default_factory=dict)

    def submit(self, at, late=0):
        self.late[at] = self.late.get(at, 0) + late
        extract = EXTRACT + timedelta(minutes=len(self.submitted))
        self.submitted.append((at, self.shape.rows(at, self.late[at]), extract))
        self.send(*self.submitted[-1])

    def send(self, at, rows, extract):
        month = self.shape.month(at)
        if self.in_any_order:
            rows = self.in_any_order.sample(rows, len(rows))
        self.client.submit("crime", f"{month}-01", last_day(month), *csv_parts(rows), extract=extract)

    def advance(self, number):
        """Submits the crimes of the next month, and revises two earlier ones."""
        last = self.shape.before + number
        for at in {last - 1, random.Random(f"{self.shape.seed} {number}").randrange(last - 11, last - 1)}:
            self.submit(at, late=1 + (at + number) % 2)
        self.submit(last)

    def release(self, number):
        """Publishes the release of a month and returns its files; nothing if a count in it cannot be protected."""
        office, shape = Office(self.client), self.shape
        name = f"series-{shape.seed}-{number}"
        areas, periods = shape.areas, shape.periods(shape.before + number)
        office.create(name, measures=shape.measures, areas=areas, periods=periods, breakdowns=shape.dimensions)
        review = office.review(name)
        said = f"is published beside {len(shape.boroughs)} of its 32 areas of level borough"
        is_said = any(said in caution for caution in review.cautions)
        assert is_said == (LONDON in areas and len(review.withheld) > 0), review.cautions
        if review.failed_checks:
            office.discard(name)
            return None
        office.approve(name)
        office.publish(name)
        return office.export(name)

    def published(self, files, number):
        """What a release published, each count with its exact value, and all exact values. Nothing was submitted since."""
        shape = self.shape
        last = shape.before + number
        exact = self.exact(shape.areas, shape.periods(last))
        counts = {}
        for row in csv.DictReader(io.StringIO(files["observations.csv"].decode())):
            where = (row["area"], row["period"], row["breakdown_dimension"], row["breakdown_code"])
            place = Place(MEASURES[row["measure"]], *where)
            counts[place] = exact[place] if row["value"] else None
            if row["value"]:
                assert abs(float(row["value"]) - exact[place]) < 3, row
            else:
                assert row["marker"] == "[c]", row
        months = [shape.month(at) for at in range(last - 13, last + 1)]
        return Published(counts, self.exact(BOROUGHS, months)), exact

    def withheld_with_breakdown(self, number):
        """The counts that a release withholds only because it withholds their breakdown: they need no protection."""
        office, token, found = Office(self.client), "", set()
        while True:
            review = office.review(f"series-{self.shape.seed}-{number}", page_size=1000, page_token=token)
            for one in review.withheld:
                [(dimension, code)] = one.breakdown.items() or [("", "")]
                if one.reason == "breakdown":
                    found.add(Place(MEASURES[one.measure], one.area, one.period, dimension, code))
            token = review.next_page_token
            if not token:
                return found

    def exact(self, areas, periods):
        found = {}
        for measure in self.shape.measures:
            for dimension in ["", *self.shape.dimensions]:
                breakdown = [dimension] if dimension else []
                for seen in self.client.query(measure, areas, periods, breakdown=breakdown):
                    code = seen.breakdown.get(dimension, "")
                    place = Place(MEASURES[measure], seen.area, seen.period, dimension, code)
                    found[place] = round(seen.value)
        return found
