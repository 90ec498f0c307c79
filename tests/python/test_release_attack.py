"""Releases against an outsider who reads every one of them: nothing that is withheld can be worked out.

Each of 24 monthly releases covers months before it again, and agencies have revised them since. `PEELIAN_RELEASES=6` runs
fewer of them, and `PEELIAN_RANDOM_TABLES=1000` more tables of random shapes.
"""

import os
from contextlib import closing
from dataclasses import dataclass, field, replace

import pytest

from outsider import Published, System
from process import Server
from release_series import MEASURES, TOGETHER, Series, Shape, any_shape

RELEASES = int(os.environ.get("PEELIAN_RELEASES", "24"))
TABLES = int(os.environ.get("PEELIAN_RANDOM_TABLES", "12"))
# The width that the interval of a small count must have.
WIDTH = 3


def outsider(shape):
    whole, part = MEASURES.values()
    return System(shape.leaves, overlapping=["hate_strand"], parts=[(part, whole)])


@dataclass
class Attack:
    """An outsider's attack on releases, and what is true."""

    series: Series
    releases: dict = field(default_factory=dict)
    true: dict = field(default_factory=dict)
    unneeded: set = field(default_factory=set)
    """Counts that are withheld and need no protection."""

    def add(self, number, published, exact):
        self.releases[number] = published
        self.unneeded.update((number, place) for place in self.series.withheld_with_breakdown(number))
        withheld = [place for place, count in published.counts.items() if count is None]
        self.true.update({(number, place): exact[place] for place in withheld})

    def found(self):
        """The counts that the outsider works out, and the small ones that it encloses too narrowly."""
        system = outsider(self.series.shape)
        for number, published in self.releases.items():
            system.add(number, published)
        found = system.enclose(enough=WIDTH)
        assert found.keys() == self.true.keys()
        outside = [one for one, ends in found.items() if ends.exact and not ends.low <= self.true[one] <= ends.high]
        assert not outside, ("the outsider's equations are wrong", outside[:5])
        is_small = lambda one: 0 < self.true[one] <= 4
        return [
            (one, self.true[one], ends)
            for one, ends in found.items()
            if (ends.low == ends.high and one not in self.unneeded)
            or (is_small(one) and ends.high - ends.low < WIDTH)
        ]


@pytest.fixture
def servers(binary, tmp_path):
    started = []

    def start():
        started.append(Server(binary, tmp_path / f"data-{len(started)}").start())
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.kill()


def test_nothing_that_is_withheld_can_be_worked_out(servers):
    with closing(servers().client()) as client, closing(servers().client()) as other:
        series = Series(client, Shape(releases=RELEASES))
        for at in range(series.shape.before):
            series.submit(at)
        attack, delayed = Attack(series), 0
        for number in range(RELEASES):
            series.advance(number)
            files = series.release(number)
            if files is None:
                # A correction that cannot be protected delays the release.
                delayed += 1
                continue
            released = series.published(files, number)
            attack.add(number, *released)
        assert attack.true and delayed <= RELEASES // 10, delayed
        assert attack.found() == []
        without_secondary_suppression(series, *released)
        without_earlier_releases(attack, replace(series, client=other), number)


def without_secondary_suppression(series, published, exact):
    """The outsider does find counts where small counts alone are withheld. So an attack in vain says something."""
    counts = {place: None if 0 < exact[place] <= 4 else exact[place] for place in published.counts}
    attack = Attack(series)
    attack.add(0, Published(counts, published.atoms), exact)
    assert attack.found()


def without_earlier_releases(attack, apart, number):
    """So it does if the last release knows nothing of those before: an exchange that never released any makes it."""
    for submission in apart.submitted:
        apart.send(*submission)
    alone = replace(attack, series=apart, releases={**attack.releases}, true={**attack.true})
    alone.true = {(release, place): count for (release, place), count in alone.true.items() if release != number}
    alone.add(number, *apart.published(apart.release(number), number))
    assert alone.found()


def test_random_tables(servers):
    delayed = made = withheld = 0
    for first in range(0, TABLES, TOGETHER):
        server = servers()
        with closing(server.client()) as client:
            for number in range(first, min(first + TOGETHER, TABLES)):
                attack = random_series(client, number)
                made += attack.series.shape.releases
                delayed += attack.series.shape.releases - len(attack.releases)
                withheld += len(attack.true)
                assert attack.found() == [], attack.series.shape
        server.kill()
    assert withheld > TABLES and delayed <= made / 10, (delayed, made)


def random_series(client, number):
    """Publishes a series of a random shape."""
    attack = Attack(Series(client, any_shape(number)))
    for at in range(attack.series.shape.before):
        attack.series.submit(at)
    for release in range(attack.series.shape.releases):
        attack.series.advance(release)
        files = attack.series.release(release)
        if files:
            attack.add(release, *attack.series.published(files, release))
    return attack
