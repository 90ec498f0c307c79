"""Small random tables, with an attacker that is no part of the product (HiGHS) and the greedy search that it guides."""

import itertools

import highspy

TOTAL = "all"


class Table:
    """Counts by the finest codes of some dimensions. Of each dimension, `parents` has the parent of each code, or nothing,
    and `windows` the members of sums that overlap."""

    def __init__(self, codes, parents, windows, counts):
        self.codes, self.parents, self.windows = codes, parents, windows
        self.inner = dict(zip(itertools.product(*codes), counts, strict=True))
        outer = [
            [*finest, *sorted(set(above.values())), *overlapping, TOTAL]
            for finest, above, overlapping in zip(codes, parents, windows, strict=True)
        ]
        self.members = {key: self._members(key) for key in itertools.product(*outer)}
        self.values = {key: sum(self.inner[one] for one in inside) for key, inside in self.members.items()}
        self.lines = list(self._lines(outer))

    def _members(self, key):
        """The inner cells whose sum a cell is."""
        choices = []
        for code, finest, above, windows in zip(key, self.codes, self.parents, self.windows, strict=True):
            inside = windows.get(code, ())
            choices.append([one for one in finest if code in (one, above.get(one), TOTAL) or one in inside])
        return list(itertools.product(*choices))

    def _lines(self, outer):
        """Each sum with the cells that add up to it: codes below one parent, whatever the other codes are."""
        for place, (finest, above) in enumerate(zip(self.codes, self.parents, strict=True)):
            children = {code: list(members) for code, members in self.windows[place].items()}
            for code in finest:
                children.setdefault(above.get(code, TOTAL), []).append(code)
            for parent in sorted(set(above.values())):
                children.setdefault(TOTAL, []).append(parent)
            others = [codes for number, codes in enumerate(outer) if number != place]
            for parent, below in children.items():
                for rest in itertools.product(*others):
                    yield [(*rest[:place], code, *rest[place:]) for code in (parent, *below)]

    def enclosed(self, hidden, most=10_000):
        """The interval of each hidden cell for an outsider who sees all others, and who knows that no hidden cell is 0."""
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        variables = {one: solver.addVariable(lb=0, ub=most, type=highspy.HighsVarType.kInteger) for one in self.inner}
        total = lambda key: sum(variables[one] for one in self.members[key])
        for key, value in self.values.items():
            solver.addConstr(total(key) >= 1 if key in hidden else total(key) == value)
        ends = {}
        for key in hidden:
            low, high = [], []
            for sign, end in ((1, low), (-1, high)):
                solver.minimize(sign * total(key))
                end.append(sign * round(solver.getInfo().objective_function_value))
            ends[key] = (low[0], high[0])
        return ends

    def small(self, largest):
        return {key for key, value in self.values.items() if 0 < value <= largest}

    def greedy(self, largest, width):
        """What is hidden if the smallest cell in a line of one that is enclosed too narrowly follows it. Nothing if no cell
        is left that could."""
        small = self.small(largest)
        hidden = set(small)
        while True:
            ends = self.enclosed(hidden)
            narrow = [one for one in sorted(ends) if ends[one][1] - ends[one][0] < (width if one in small else 0)]
            if not narrow:
                return hidden
            beside = self._published_beside(hidden, narrow[:1]) or self._published_beside(hidden, hidden)
            if not beside:
                return None
            hidden.add(min(beside, key=lambda one: (self.values[one], one)))

    def _published_beside(self, hidden, cells):
        lines = [line for line in self.lines if any(one in line for one in cells)]
        return {one for line in lines for one in line if one not in hidden and self.values[one] > 0}


def random_table(seeded):
    """Two or three dimensions of a few codes. Some have a level between codes and total, and some windows that overlap."""
    count = seeded.choice([2, 2, 2, 3])
    codes, parents, windows = [], [], []
    for dimension in range(count):
        finest = tuple(f"{dimension}.{number}" for number in range(seeded.randint(2, 4 if count == 2 else 3)))
        form = seeded.choice(["plain", "plain", "level", "windows"])
        halves = {code: f"{dimension}.{'ab'[at // 2]}" for at, code in enumerate(finest)}
        pairs = {f"{dimension}.w{at}": finest[at : at + 2] for at in range(len(finest) - 1)}
        codes.append(finest)
        parents.append(halves if form == "level" and len(finest) == 4 else {})
        windows.append(pairs if form == "windows" and len(finest) > 2 else {})
    cells = len(list(itertools.product(*codes)))
    return Table(codes, parents, windows, [seeded.choice([0, 1, 2, 3, 5, 6, 8, 20, 50]) for _ in range(cells)])
