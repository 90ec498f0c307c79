"""peelian.disclosure: tables of every library, published tables, an attacker that is no part of the product."""

import csv
import os
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


def test_what_a_table_publishes_is_looked_at_too(peelian):
    cells = lambda *rows: frame(rows, ("area", "value", "status"))
    plain = cells(("a", 3, "F"), ("b", 9, "F"), ("all", 12, "F"))
    found = peelian.disclosure.audit(plain, {"area": "all"}, max_n=4)
    assert (found.small, found.safe) == ([["a"]], False)
    assert peelian.disclosure.audit(plain, {"area": "all"}, max_n=2).safe
    for contradicts in (
        cells(("a", None, "C"), ("b", 13, "F"), ("all", 12, "F")),
        cells(("a", 3, "F"), ("b", 9, "F"), ("all", 13, "F")),
    ):
        with pytest.raises(peelian.DisclosureError, match="contradict each other"):
            peelian.disclosure.audit(contradicts, {"area": "all"})
    with pytest.raises(peelian.DisclosureError, match="max_n must not be below 0"):
        peelian.disclosure.protect(frame(ROWS), TOTALS, max_n=-1)


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


def test_an_attacker_of_another_solver_finds_nothing(peelian):
    """In no table are more cells suppressed than by a greedy search that the same attacker guides."""
    pytest.importorskip("highspy")
    from small_tables import TOTAL, random_table

    seeded = random.Random(11)
    attacked = by_greed = 0
    for number in range(int(os.environ.get("PEELIAN_SMALL_TABLES", "40"))):
        table, width = random_table(seeded), seeded.choice([1, 1, 3])
        names = [f"d{place}" for place in range(len(table.codes))]
        rows = [(*key, count) for key, count in table.inner.items()]
        totals = {
            name: peelian.disclosure.Dimension(total=TOTAL, hierarchies=[above] if above else [], groups=windows)
            for name, above, windows in zip(names, table.parents, table.windows, strict=True)
        }
        made = peelian.disclosure.protect(frame(rows, (*names, "count")), totals, max_n=4, width=width)
        assert made.summary.safe
        small, hidden = table.small(4), suppressed(made.published)
        assert small <= hidden
        for cell, (low, high) in table.enclosed(hidden).items():
            assert high - low >= (width if cell in small else 1), (number, cell, low, high)
        greedy = table.greedy(4, width)
        assert greedy is None or len(hidden) <= len(greedy), (number, len(hidden), len(greedy))
        attacked += len(hidden)
        by_greed += len(greedy or hidden)
    assert 20 < attacked < by_greed
