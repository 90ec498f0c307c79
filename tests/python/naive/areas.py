"""The areas that the tests ask for, and their residents as the statistical office published them."""

import csv
from datetime import date
from pathlib import Path

from .days import first_and_last

POLICE_AREA, LONDON, CENTRAL_NORTH, CITY = "E23000001", "E12000007", "CN", "E09000001"
BOROUGHS = [f"E09{number:06}" for number in range(2, 34)]
# Camden and Islington have been a command unit since the start of 2017.
CENTRAL_NORTH_FROM, CENTRAL_NORTH_BOROUGHS = date(2017, 1, 1), ["E09000007", "E09000019"]
_SEEDS = Path(__file__).resolve().parents[3] / "seeds"


def table(name):
    """The rows of a table of reference data, without the comments before it."""
    with (_SEEDS / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def _by_code(name):
    return {row["code"]: row for row in table(f"areas/{name}.csv")}


_BY_YEAR, _BY_AGE = _by_code("population"), _by_code("population_age_2020")
_CENSUS = {year: _by_code(f"population_ethnicity_{year}") for year in (2011, 2021)}


def boroughs_of(area):
    """The boroughs of an area of the Metropolitan Police. London has no others: nobody reports on the City."""
    if area in (POLICE_AREA, LONDON):
        return BOROUGHS
    return CENTRAL_NORTH_BOROUGHS if area == CENTRAL_NORTH else [area]


def exists(area, period):
    """Whether an area exists on the last day of a period. Its boroughs then count in the whole of the period."""
    return area != CENTRAL_NORTH or first_and_last(period)[1] >= CENTRAL_NORTH_FROM


def residents(area, period):
    """Residents in the middle of a year. The year's middle is the nearest one to the middle of the period."""
    year = min(range(2011, 2025), key=lambda year: abs(date(year, 6, 30) - _middle(period)))
    return sum(int(_BY_YEAR[borough][str(year)]) for borough in boroughs_of(area))


def residents_aged(area, first, last):
    """Residents by age. They are known for one year only."""
    return sum(int(_BY_AGE[borough][str(age)]) for borough in boroughs_of(area) for age in range(first, last + 1))


def residents_of_groups(area, period, groups):
    """Residents of ethnic groups. They are those of the last Census before the middle of the period."""
    year = max(year for year in _CENSUS if year <= _middle(period).year)
    return sum(int(_CENSUS[year][borough][group]) for borough in boroughs_of(area) for group in groups)


def _middle(period):
    """The day in the middle of a period."""
    first, last = first_and_last(period)
    return first + (last - first) / 2


def wards(first, last):
    """The wards of each borough that existed on all days from the first to the last."""
    found = {borough: [] for borough in BOROUGHS}
    for row in table("areas/wards.csv"):
        begins_later = row["valid_from"] > first.isoformat()
        ends_before = row["valid_to"] and row["valid_to"] < last.isoformat()
        if row["borough"] in found and not begins_later and not ends_before:
            found[row["borough"]].append(row["code"])
    return found
