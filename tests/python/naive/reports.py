"""Measures of what was reported, from the register of emergency departments and the calendar of the police forces."""

from datetime import date

from .answers import share
from .areas import CITY, LONDON, POLICE_AREA, table
from .days import first_and_last, months_of

# Forces report these each month: the Metropolitan Police for its area, and the police of the City for the City.
POLICE_DATASETS = ("crime", "crime_victim", "crime_outcome")
FORCES = {POLICE_AREA: [POLICE_AREA], LONDON: [POLICE_AREA, CITY]}


def police_reports(data, cell):
    """Monthly reports received from the forces of an area, of those expected. Part of a month is no report of it."""
    expected = [
        (force, dataset, month)
        for force in FORCES[cell.area]
        for dataset in POLICE_DATASETS
        for month in months_of(cell.period)
    ]
    received = [
        report for report in expected if report[0] == POLICE_AREA and _is_covered(report[2], data.covers[report[1]])
    ]
    return share(len(received), len(expected))


def _is_covered(month, days):
    return days[0] <= month[0] and month[1] <= days[1]


def sites(on_first, on_last):
    """The emergency departments that are expected to report on a period: those that exist on all of its days."""
    return {
        row["code"]
        for row in table("codes/ods_site.csv")
        if row["expected"] == "true"
        and (not row["valid_from"] or date.fromisoformat(row["valid_from"]) <= on_first)
        and (not row["valid_to"] or date.fromisoformat(row["valid_to"]) >= on_last)
    }


def sites_received(data, cell):
    """Departments that reported on a month, of those expected."""
    month = first_and_last(cell.period)
    expected = sites(*month)
    if cell.area != LONDON:
        expected &= {cell.area}
    is_reported = _is_covered(month, data.covers["istv_attendance"])
    return share(len(expected & set(data.areas["istv_attendance"])) if is_reported else 0, len(expected))
