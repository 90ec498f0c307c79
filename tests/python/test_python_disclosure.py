"""peelian.disclosure: tables of every library, published tables, an attacker that is no part of the product."""

import csv
import itertools
import random

import pytest

from conftest import VECTORS

ROWS = [("a", "x", 2), ("a", "y", 9), ("b", "x", 7), ("b", "y", 30)]
TOTALS = {"row": "all", "column": "all"}


def frame(rows, names=("row", "column", "count")):
    polars = pytest.importorskip("polars")
    return polars.DataFrame(rows, schema=list(names), orient="row")


def suppressed(cells):
    return {tuple(cell.values())[:-2] for cell in cells.to_dicts() if cell["status"] != "F"}


def test_every_library(peelian):
    import duckdb
    import pyarrow

    table = frame(ROWS)
    expected = peelian.disclosure.protect(table, TOTALS).published.to_dicts()
    arrow = table.to_arrow()
    relation = duckdb.sql("select * from arrow")
    for given in (arrow, table.to_pandas(), relation, table[::-1]):
        assert peelian.disclosure.protect(given, TOTALS).published.to_dicts() == expected
    dictionary = arrow.set_column(0, "row", arrow["row"].combine_chunks().dictionary_encode())
    assert peelian.disclosure.protect(dictionary, TOTALS).published.to_dicts() == expected
    assert pyarrow.table(peelian.disclosure.protect(table, TOTALS).published).num_rows == 9


def test_rows_without_a_count_are_cases(peelian):
    cases = frame([row[:2] for row in ROWS for _ in range(row[2])], ("row", "column"))
    by_case = peelian.disclosure.protect(cases, TOTALS, count=None)
    assert by_case.published.to_dicts() == peelian.disclosure.protect(frame(ROWS), TOTALS).published.to_dicts()


def test_the_suppression_fixture_of_the_definitions(peelian):
    """A row of 3, 12 and 40 with its total of 55: the small count goes, and with it the next smallest cell."""
    found = peelian.disclosure.protect(
        frame([("a", 3), ("b", 12), ("c", 40)], ("column", "count")), {"column": "all"}
    )
    values = {cell["column"]: cell["value"] for cell in found.published.to_dicts()}
    assert values == {"a": None, "b": None, "c": 40, "all": 55}
    assert (found.summary.primary, found.summary.secondary) == (1, 1)


def test_z1(peelian):
    path = VECTORS / "sdc_dataset_z1.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not there: the published tables are not part of the repository")
    with path.open(newline="") as file:
        rows = [(row["region"], row["main_income"], int(row["freq"])) for row in csv.DictReader(file)]
    found = peelian.disclosure.protect(frame(rows), TOTALS, max_n=3)
    assert (found.summary.primary, found.summary.secondary, found.summary.further) == (3, 3, 0)
    assert peelian.disclosure.audit(found.published, TOTALS, max_n=3).safe


def test_faults_are_named(peelian):
    protect = peelian.disclosure.protect
    with pytest.raises(ValueError, match="the table has no column `persons`"):
        protect(frame(ROWS), TOTALS, count="persons")
    with pytest.raises(ValueError, match="row 0: `count` is no whole number of 0 or more"):
        protect(frame([("a", "x", -1)]), TOTALS)
    with pytest.raises(ValueError, match="row 0: `count` is no whole number of 0 or more"):
        protect(frame([("a", "x", 1.5)]), TOTALS)
    with pytest.raises(ValueError, match="row 0 has no `row`"):
        protect(frame([(None, "x", 1), ("a", "x", 1)]), TOTALS)
    with pytest.raises(peelian.DisclosureError, match="dimension row has no code c"):
        protect(frame(ROWS), TOTALS, keep=[("c", "x")])
    with pytest.raises(peelian.DisclosureError, match="width of a policy must be 1 or more"):
        protect(frame(ROWS), TOTALS, width=0)
    wrong = frame([("a", None, "F"), ("all", 3, "F")], ("row", "value", "status"))
    with pytest.raises(peelian.DisclosureError, match="cell a has status F"):
        peelian.disclosure.audit(wrong, {"row": "all"})


def test_percentages_go_with_their_parts(peelian):
    share = peelian.disclosure.Share(numerator=("a", "x"), denominator=("a", "all"))
    safe = peelian.disclosure.Share(numerator=("all", "x"), denominator=("all", "all"), decimals=0)
    found = peelian.disclosure.protect(frame(ROWS), TOTALS, shares=[share, safe])
    # 9 of 48 are 18.75%.
    assert found.shares == [None, 19.0]
    assert peelian.disclosure.audit(found.cells, TOTALS, shares=[(safe, 19.0)]).safe
    too_many = peelian.disclosure.Share(numerator=("a", "x"), denominator=("a", "all"), decimals=4)
    with pytest.raises(peelian.DisclosureError, match="decimals of a share must be 0 to 3"):
        peelian.disclosure.protect(frame(ROWS), TOTALS, shares=[too_many])


def enclosed(cells, codes, totals, most=10_000):
    """The interval of each suppressed cell, by HiGHS: an attacker that is no part of the product."""
    highspy = pytest.importorskip("highspy")
    inner = list(itertools.product(*codes))
    found = {}
    for cell, (value, _) in cells.items():
        if value is not None:
            continue
        ends = []
        for sign in (1, -1):
            solver = highspy.Highs()
            solver.setOptionValue("output_flag", False)
            variables = {key: solver.addVariable(lb=0, ub=most, type=highspy.HighsVarType.kInteger) for key in inner}

            def total(of, variables=variables):
                inside = [key for key in inner if all(b in (a, t) for a, b, t in zip(key, of, totals, strict=True))]
                return sum(variables[key] for key in inside)

            for other, (known, _) in cells.items():
                # Zeros are published, so a suppressed cell is not zero.
                solver.addConstr(total(other) == known if known is not None else total(other) >= 1)
            solver.minimize(sign * total(cell))
            ends.append(sign * round(solver.getInfo().objective_function_value))
        found[cell] = tuple(ends)
    return found


def with_totals(rows, codes):
    inside = lambda code, of: of in (code, "all")
    return {
        (a, b): sum(count for x, y, count in rows if inside(x, a) and inside(y, b))
        for a in (*codes[0], "all")
        for b in (*codes[1], "all")
    }


def greedy(values, codes, width):
    """Cells that are suppressed if the smallest cell in a row or column of one that is enclosed too narrowly follows it."""
    small = {place for place, value in values.items() if 0 < value <= 4}
    hidden = set(small)
    while True:
        cells = {place: (None if place in hidden else value, "") for place, value in values.items()}
        ends = enclosed(cells, codes, ("all", "all"))
        narrow = [one for one in sorted(ends) if ends[one][1] - ends[one][0] < (width if one in small else 0)]
        if not narrow:
            return hidden
        published = [place for place in values if place not in hidden and values[place] > 0]
        beside = [place for place in published if place[0] == narrow[0][0] or place[1] == narrow[0][1]]
        linked = [place for place in published for one in hidden if place[0] == one[0] or place[1] == one[1]]
        hidden.add(min(beside or linked, key=lambda place: (values[place], place)))


def test_an_attacker_of_another_solver_finds_nothing(peelian):
    """Fewer cells are suppressed than by a greedy search that the same attacker guides, in all tables together."""
    seeded = random.Random(5)
    codes = [("a", "b", "c"), ("x", "y", "z")]
    attacked = by_greed = 0
    for _ in range(12):
        rows = [(*key, seeded.choice([0, 1, 2, 3, 5, 6, 8, 20, 50])) for key in itertools.product(*codes)]
        made = peelian.disclosure.protect(frame(rows), TOTALS, max_n=4, width=1)
        assert made.summary.safe
        inside = {(cell["row"], cell["column"]): cell["status"] for cell in made.cells.to_dicts()}
        published = made.published.to_dicts()
        cells = {(cell["row"], cell["column"]): (cell["value"], cell["status"]) for cell in published}
        for cell, (low, high) in enclosed(cells, codes, ("all", "all")).items():
            assert high - low >= (1 if inside[cell] == "A" else 0), (rows, cell, low, high)
            attacked += 1
        by_greed += len(greedy(with_totals(rows, codes), codes, 1))
    assert 20 < attacked < by_greed
