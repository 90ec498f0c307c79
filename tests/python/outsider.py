"""An outsider of releases: reads what was published, and encloses every withheld count as narrowly as it can.

It shares nothing with the product but the codes and the geography. It builds the equations from the codes, and HiGHS solves
them. It is told more than an outsider could know: the exact counts behind everything that was published, so that neither
rounding nor a share's decimals protect anything, and which counts were not revised between two releases.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace

import highspy
import numpy as np


@dataclass(frozen=True, order=True)
class Place:
    """What a count counts. `code` is empty for a total."""

    population: str
    area: str
    period: str
    dimension: str = ""
    code: str = ""


@dataclass(frozen=True)
class Enclosed:
    """The values between which a count lies. If they are not exact, both are possible, and others may lie beyond them."""

    low: float
    high: float
    exact: bool = True


@dataclass
class Published:
    """One release: the exact count of each published place, and None for a withheld one."""

    counts: dict
    """The true count of each atom, by which the outsider is told what was not revised."""
    atoms: dict = field(default_factory=dict)


def months(period):
    """The months of a month, a rolling year, a quarter of a financial year or a calendar year."""
    if period.startswith("R12-"):
        year, month = map(int, period[4:].split("-"))
        last = year * 12 + month - 1
        return [f"{at // 12}-{at % 12 + 1:02}" for at in range(last - 11, last + 1)]
    if period.startswith("CY"):
        return [f"{period[2:]}-{month:02}" for month in range(1, 13)]
    if "-Q" in period:
        year, quarter = int(period[:4]), int(period[-1])
        first = year * 12 + 3 * quarter
        return [f"{at // 12}-{at % 12 + 1:02}" for at in range(first, first + 3)]
    return [period]


class System:
    """The equations of all releases."""

    def __init__(self, leaves, overlapping=(), parts=()):
        self.leaves = leaves
        """The finest areas of each area."""
        self.overlapping = set(overlapping)
        """Dimensions of which a subject can have several codes."""
        self.parts = list(parts)
        """Pairs of populations: a part and its whole."""
        self.variables = {}
        self.rows = []
        self.withheld = {}

    def variable(self, key):
        return self.variables.setdefault(key, len(self.variables))

    def add(self, number, release):
        """Adds a release. Atoms that were not revised are the same unknowns in all releases."""
        atoms = {}

        def atom(place):
            return atoms.setdefault(place, self.variable((place, release.atoms.get(place, 0))))

        codes, wholes = defaultdict(set), set()
        without_zeros = _breakdowns_with_a_count(release.counts)
        for place, count in sorted(release.counts.items()):
            inside = [
                Place(place.population, leaf, month, place.dimension, place.code)
                for leaf in self.leaves[place.area]
                for month in months(place.period)
            ]
            terms = [(atom(one), 1) for one in inside]
            if place.dimension:
                codes[place.population, place.dimension].add(place.code)
            wholes.update(Place(one.population, one.area, one.period) for one in inside)
            if count is None:
                self.withheld[number, place] = terms
            # Zeros are published, so a withheld count is not 0, unless its whole breakdown is withheld.
            least = int(not place.dimension or replace(place, code="") in without_zeros)
            self.rows.append((terms, least, np.inf) if count is None else (terms, count, count))
        for whole in sorted(wholes):
            for (population, dimension), known in codes.items():
                if population == whole.population:
                    places = [Place(population, whole.area, whole.period, dimension, code) for code in sorted(known)]
                    self.relate(atom(whole), [atom(place) for place in places], dimension in self.overlapping)
        self.compare(atoms)

    def compare(self, atoms):
        """A part is never more than its whole."""
        for part, whole in self.parts:
            for place in [one for one in atoms if one.population == part]:
                twin = replace(place, population=whole)
                if twin in atoms:
                    self.rows.append(([(atoms[twin], 1), (atoms[place], -1)], 0, np.inf))

    def relate(self, total, members, overlap):
        """A breakdown adds up to its total. Codes that overlap are each at most the total, and together at least."""
        self.rows.append(([(total, -1), *((member, 1) for member in members)], 0, np.inf if overlap else 0))
        if overlap:
            self.rows.extend(([(total, 1), (member, -1)], 0, np.inf) for member in members)

    def settle(self):
        """Fixes what single equations tell, and returns the values of the unknowns that are known."""
        fixed, changed = {}, True
        while changed:
            changed = False
            for terms, low, high in self.rows:
                open_terms, known = _open(terms, fixed)
                if not open_terms or low != high:
                    continue
                rest = low - known
                if rest == 0 and all(factor > 0 for _, factor in open_terms):
                    fixed.update((one, 0) for one, _ in open_terms)
                    changed = True
                elif len(open_terms) == 1:
                    fixed[open_terms[0][0]] = rest / open_terms[0][1]
                    changed = True
        return fixed

    def enclose(self, enough=np.inf):
        """The ends of each withheld count. Possible values that are `enough` apart are sufficient."""
        fixed = self.settle()
        rows = []
        for terms, low, high in self.rows:
            rest, known = _open(terms, fixed)
            if rest:
                rows.append((rest, low - known, high - known))
        of = _components(len(self.variables), rows)
        by_component, goals, found = defaultdict(list), defaultdict(list), {}
        for row in rows:
            by_component[of[row[0][0][0]]].append(row)
        for name, terms in self.withheld.items():
            rest, known = _open(terms, fixed)
            if rest:
                goals[of[rest[0][0]]].append((name, [one for one, _ in rest], known))
            else:
                found[name] = Enclosed(known, known)
        for component, wanted in goals.items():
            found.update(_Programme(by_component[component], wanted).enclose(enough))
        return found


def _breakdowns_with_a_count(counts):
    """The breakdowns of which any count is published."""
    return {replace(place, code="") for place, count in counts.items() if place.dimension and count is not None}


def _open(terms, fixed):
    """The terms of unknowns that are not known yet, and the sum of the others."""
    rest = [(one, factor) for one, factor in terms if one not in fixed]
    return rest, sum(factor * fixed[one] for one, factor in terms if one in fixed)


def _components(count, rows):
    """For each unknown, the number of those that hang together with it."""
    root = list(range(count))

    def find(one):
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for terms, _, _ in rows:
        first = find(terms[0][0])
        for one, _ in terms[1:]:
            root[find(one)] = first
    return [find(one) for one in range(count)]


# No count is larger. A bound keeps each programme from having no end.
LARGEST = 100_000


class _Programme:
    """The linear programmes of one component. They differ in their goals alone, so each starts where the last ended."""

    def __init__(self, rows, wanted):
        members = {one for _, rest, _ in wanted for one in rest}
        names = sorted({one for terms, _, _ in rows for one, _ in terms} | members)
        at = {one: column for column, one in enumerate(names)}
        self.wanted = [(name, [at[one] for one in rest], known) for name, rest, known in wanted]
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("presolve", "off")
        for _ in names:
            self.solver.addVar(0, LARGEST)
        for terms, low, high in rows:
            columns = np.array([at[one] for one, _ in terms], dtype=np.int32)
            factors = np.array([factor for _, factor in terms], dtype=float)
            self.solver.addRow(low, high, len(terms), columns, factors)
        self.columns = np.concatenate([columns for _, columns, _ in self.wanted])
        self.starts = np.cumsum([0, *(len(columns) for _, columns, _ in self.wanted)])[:-1]
        """The least and the greatest value of each goal among all solutions so far."""
        self.low = np.full(len(wanted), np.inf)
        self.high = np.full(len(wanted), -np.inf)

    def enclose(self, enough):
        found = {}
        for number, (name, columns, known) in enumerate(self.wanted):
            solved = []
            for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
                low, high = _whole(self.low[number], self.high[number])
                if high - low >= enough:
                    break
                solved.append(self.solve(columns, sense))
            exact = len(solved) == 2
            low, high = _whole(*solved) if exact else _whole(self.low[number], self.high[number])
            found[name] = Enclosed(low + known, high + known, exact)
        return found

    def solve(self, columns, sense):
        """The end of a sum of unknowns. What the solution says of the other goals is kept."""
        self.solver.changeObjectiveSense(sense)
        for column in columns:
            self.solver.changeColCost(column, 1.0)
        self.solver.run()
        status = self.solver.getModelStatus()
        assert status == highspy.HighsModelStatus.kOptimal, status
        end = self.solver.getInfo().objective_function_value
        values = np.add.reduceat(np.array(self.solver.getSolution().col_value)[self.columns], self.starts)
        np.minimum(self.low, values, out=self.low)
        np.maximum(self.high, values, out=self.high)
        for column in columns:
            self.solver.changeColCost(column, 0.0)
        return end


def _whole(low, high):
    """The whole numbers between two ends, which a solver rounded."""
    return np.ceil(low - 1e-6), np.floor(high + 1e-6)
