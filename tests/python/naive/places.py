"""The Vulnerable Localities Index and its variables, of wards and boroughs."""

from fractions import Fraction

from . import crime
from .answers import NOT_SUBMITTED, ZERO_DENOMINATOR, Cell, Missing, Value, share
from .areas import POLICE_AREA, boroughs_of
from .days import is_in


def _is_ward(area):
    return area.startswith("E05")


def _profile(data, cell, name):
    """The counts of one characteristic, one for each ward."""
    is_there = lambda row: (
        row["ward"] == cell.area if _is_ward(cell.area) else row["borough"] in boroughs_of(cell.area)
    )
    rows = [
        row for row in data["area_profile"] if row["characteristic"] == name and is_in(row["year_end"], cell.period)
    ]
    return [row["count"] for row in rows if is_there(row)]


def _crimes(data, cell, is_one):
    """The number of crimes, or None if it is not known: crimes of the ward's borough are in no ward at all."""
    if not _is_ward(cell.area):
        return len(crime.recorded(data, cell, is_one))
    (borough,) = {row["borough"] for row in data["area_profile"] if row["ward"] == cell.area}
    there = crime.recorded(data, Cell(borough, cell.period), is_one)
    if there and all(row["offence_ward"] is None for row in there):
        return None
    return sum(row["offence_ward"] == cell.area for row in there)


def per_100_dwellings(is_one):
    """Crimes for each 100 dwellings."""

    def calculate(data, cell):
        number = _crimes(data, cell, is_one)
        dwellings = _profile(data, cell, "dwellings")
        if number is None or not (crime.covered(data, "crime", cell) and crime.covered(data, "area_profile", cell)):
            return NOT_SUBMITTED
        return share(number, sum(dwellings), unit=100) if dwellings else NOT_SUBMITTED

    return calculate


def of_residents(name):
    """The share of residents. It is not known if a ward lacks the number, or if no ward has it."""

    def calculate(data, cell):
        some, residents = _profile(data, cell, name), _profile(data, cell, "residents")
        if not some or len(some) != len(residents) or not crime.covered(data, "area_profile", cell):
            return NOT_SUBMITTED
        return share(sum(some), sum(residents))

    return calculate


VARIABLES = {
    "burglary": per_100_dwellings(lambda row: crime.group(row) == "burglary_residential"),
    "damage": per_100_dwellings(lambda row: row["ho_class"] == "58A"),
    "income": of_residents("income_deprived"),
    "employment": of_residents("employment_deprived"),
    "young": of_residents("residents_15_24"),
    "no-qualification": of_residents("no_qualification"),
}


def index(data, cell):
    """The mean, over six variables, of 100 times the value of the area over that of the police area."""
    pairs = {}
    for name, calculate in VARIABLES.items():
        pairs[name] = calculate(data, cell), calculate(data, Cell(POLICE_AREA, cell.period))
        for value in pairs[name]:
            if isinstance(value, Missing):
                return value
    if any(not london.value for _, london in pairs.values()):
        return ZERO_DENOMINATOR
    of_variable = {
        name: 100 * Fraction(area.value) / Fraction(london.value) for name, (area, london) in pairs.items()
    }
    components = tuple(
        ("group", f"variable={name}", pairs[name][0].numerator, value) for name, value in of_variable.items()
    )
    return Value(sum(of_variable.values()) / len(of_variable), components=components)
