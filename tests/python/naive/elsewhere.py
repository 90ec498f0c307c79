"""Measures of courts, probation, the workforce, surveys, and of rows that are counts themselves."""

import math
import statistics
from fractions import Fraction

from .answers import (
    BASE_TOO_SMALL,
    INCOMPLETE_FOLLOW_UP,
    NOT_APPLICABLE,
    NOT_SUBMITTED,
    ZERO_DENOMINATOR,
    Value,
    count,
    share,
)
from .areas import BOROUGHS, LONDON, boroughs_of, exists, residents
from .days import first_and_last, is_in, months_away, months_of

MINORITIES = ("mixed", "asian", "black", "other")


# Courts --------------------------------------------------------------------------------------------------------------


def duration(of, start, end):
    """Days from one date to another, of one selected offence of each defendant.

    Breaches are left out, and so are cases that lack a date.
    """

    def calculate(data, cell):
        days = [
            (row[end] - row[start]).days
            for row in data["court_case"]
            if row["is_selected"]
            and row["breach"] != "yes"
            and cell.area in (LONDON, row["court_code"])
            and is_in(row["completion_date"], cell.period)
            and row[start]
            and row[end]
        ]
        if not days:
            return ZERO_DENOMINATOR
        return Value(of(map(Fraction, days)), denominator=Fraction(len(days)), is_rounded_once=True)

    return calculate


median, mean = statistics.median, statistics.mean


def open_cases(data, cell):
    """Open cases on the last day of a month. Every court that has cases in any month is expected to report each month."""
    courts = {row["court_code"] for row in data["court_stock"]} if cell.area == LONDON else {cell.area}
    rows = [
        row for row in data["court_stock"] if row["court_code"] in courts and is_in(row["month_end"], cell.period)
    ]
    if {row["court_code"] for row in rows} != courts:
        return NOT_SUBMITTED
    return count(sum(row["open_cases"] for row in rows))


# Antisocial behaviour ------------------------------------------------------------------------------------------------


def antisocial_behaviour(amount, *, is_rate=False):
    """Calls to the police. Silence is not zero: each borough has a row for each month, and each row has the amount."""

    def calculate(data, cell):
        if not exists(cell.area, cell.period):
            return NOT_APPLICABLE
        boroughs, total = boroughs_of(cell.area), 0
        for first, last in months_of(cell.period):
            rows = [
                row for row in data["asb_incident"] if row["recorded_by"] == "police" and row["borough"] in boroughs
            ]
            rows = [row for row in rows if first <= row["month_end"] <= last]
            if {row["borough"] for row in rows} != set(boroughs) or any(row[amount] is None for row in rows):
                return NOT_SUBMITTED
            total += sum(row[amount] for row in rows)
        return share(total, residents(cell.area, cell.period), unit=1000) if is_rate else count(total)

    return calculate


# The workforce -------------------------------------------------------------------------------------------------------


def _is_minority(row):
    return row["eth5"] in MINORITIES


def _has_ethnic_group(row):
    return row["eth5"] != "not_stated"


def _is_woman(row):
    return row["sex"] == "female"


def _has_sex(row):
    return row["sex"] in ("male", "female")


def _officers(data, dataset, date, amount, cell, is_one, is_stated):
    """The sums of a group of officers and of all who stated theirs."""
    rows = [row for row in data[dataset] if row["role"] == "officer" and is_in(row[date], cell.period)]
    sums = [sum(Fraction(str(row[amount])) for row in rows if keeps(row)) for keeps in (is_one, is_stated)]
    return sums[0], sums[1]


def _of_staff(answer, people):
    """A share of fewer than ten people is not given."""
    return BASE_TOO_SMALL if isinstance(answer, Value) and people < 10 else answer


def joined(data, cell):
    """Black, Asian, mixed and other officers among those who joined and stated their group."""
    rows = {"workforce_flow": [row for row in data["workforce_flow"] if row["stage"] == "joined"]}
    part, of = _officers(rows, "workforce_flow", "month_end", "count", cell, _is_minority, _has_ethnic_group)
    return _of_staff(share(part, of), people=of)


def disparity(data, cell):
    """How often minority applicants join, for how often White applicants do. All numbers are of the same period."""
    rows = [
        row for row in data["workforce_flow"] if row["role"] == "officer" and is_in(row["month_end"], cell.period)
    ]
    number = lambda stage, groups: sum(
        row["count"] for row in rows if row["stage"] == stage and row["eth5"] in groups
    )
    rates = [(number("joined", groups), number("applicant", groups)) for groups in (MINORITIES, ("white",))]
    (joined_of_group, applied), (joined_of_white, applied_white) = rates
    if not applied or not applied_white or not joined_of_white:
        return BASE_TOO_SMALL if 0 < min(applied, applied_white) < 10 else ZERO_DENOMINATOR
    value = Fraction(joined_of_group, applied) / Fraction(joined_of_white, applied_white)
    return _of_staff(Value(value), people=min(applied, applied_white))


def women(amount):
    """Women among officers, by headcount or by full-time equivalents."""

    def calculate(data, cell):
        sums = lambda amount: _officers(
            data, "workforce_snapshot", "snapshot_date", amount, cell, _is_woman, _has_sex
        )
        return _of_staff(share(*sums(amount)), people=sums("headcount")[1])

    return calculate


def representation(is_one, is_stated, population_share):
    """A group's share of officers for its share of the population."""

    def calculate(data, cell):
        part, of = _officers(data, "workforce_snapshot", "snapshot_date", "headcount", cell, is_one, is_stated)
        if not of:
            return ZERO_DENOMINATOR
        return _of_staff(Value(Fraction(part) / of / Fraction(population_share), part, of), people=of)

    return calculate


minorities_represented = representation(_is_minority, _has_ethnic_group, "0.402")
women_represented = representation(_is_woman, _has_sex, "0.507")


# Surveys -------------------------------------------------------------------------------------------------------------

SATISFIED = ["completely_satisfied", "very_satisfied", "fairly_satisfied"]
SUBSTANTIVE = [*SATISFIED, "neither", "fairly_dissatisfied", "very_dissatisfied", "completely_dissatisfied"]


def _weighted(rows, positive, smallest=30):
    """The weighted share of respondents with a positive answer. Fewer respondents than the smallest base give none."""
    if not rows:
        return ZERO_DENOMINATOR
    if len(rows) < smallest:
        return BASE_TOO_SMALL
    weight = lambda rows: sum(Fraction(str(row["weight"])) for row in rows)
    part, of = weight([row for row in rows if row["q_overall"] in positive]), weight(rows)
    return Value(part / of, part, of, base=len(rows))


def _respondents(data, cell):
    """Respondents of the survey with an answer, without victims of domestic abuse."""
    return [
        row
        for row in data["victim_survey_response"]
        if row["survey"] == "uss"
        and row["q_overall"] in SUBSTANTIVE
        and row["flag_da"] != "yes"
        and row["borough"] in boroughs_of(cell.area)
        and is_in(row["interview_date"], cell.period)
    ]


def satisfied(positive, by="sex"):
    """The weighted share of respondents who are satisfied."""

    def calculate(data, cell):
        if not exists(cell.area, cell.period):
            return NOT_APPLICABLE
        rows = _respondents(data, cell)
        if cell.group is not None:
            rows = [row for row in rows if (row[by] or "not_supplied") == cell.group]
        return _weighted(rows, positive)

    return calculate


def satisfaction_gap(by, reference, comparison):
    """How many percentage points the share of one group is above that of another. A borough's groups need 100 each."""

    def calculate(data, cell):
        if not exists(cell.area, cell.period):
            return NOT_APPLICABLE
        smallest = 100 if cell.area.startswith("E09") else 30
        rows = _respondents(data, cell)
        groups = [[row for row in rows if row[by] in codes] for codes in (reference, comparison)]
        shares = [_weighted(group, SATISFIED, smallest) for group in groups]
        for reason in (ZERO_DENOMINATOR, BASE_TOO_SMALL):
            if reason in shares:
                return reason
        codes = [f"{by}={'+'.join(codes)}" for codes in (reference, comparison)]
        parts = tuple(("group", code, None, found.value) for code, found in zip(codes, shares, strict=True))
        return Value(100 * (shares[0].value - shares[1].value), base=len(rows_of(groups)), components=parts)

    return calculate


def rows_of(groups):
    """The rows of all groups."""
    return [row for group in groups for row in group]


def spread(data, cell):
    """The largest less the smallest share of satisfied respondents of the boroughs, each drawn towards the mean of all by
    what chance explains. Each borough needs 100 respondents."""
    rows = {borough: [] for borough in BOROUGHS}
    for row in _respondents(data, cell):
        rows[row["borough"]].append(row)
    shares = {borough: _weighted(found, SATISFIED, smallest=100) for borough, found in rows.items()}
    for found in shares.values():
        if not isinstance(found, Value):
            return found
    weights = {borough: [Fraction(str(row["weight"])) for row in found] for borough, found in rows.items()}
    n = {borough: sum(of) ** 2 / sum(weight**2 for weight in of) for borough, of in weights.items()}
    p = {borough: found.value for borough, found in shares.items()}
    mean = sum(n[borough] * p[borough] for borough in p) / sum(n.values())
    square = sum(n[borough] * (p[borough] - mean) ** 2 for borough in p) / sum(n.values())
    between = max(0, square - mean * (1 - mean) * len(n) / sum(n.values()))
    drawn = {
        borough: mean + (p[borough] - mean) * between / (between + mean * (1 - mean) / n[borough]) for borough in p
    }
    ends = max(drawn, key=drawn.get), min(drawn, key=drawn.get)
    parts = tuple(("group", f"area={borough}", None, p[borough]) for borough in ends)
    base = sum(len(found) for found in rows.values())
    return Value(100 * (drawn[ends[0]] - drawn[ends[1]]), base=base, components=parts)


# Reoffending ---------------------------------------------------------------------------------------------------------

SERIOUS = ("8N", "1", "19C", "20A")


def _histories(data, cell, is_one, is_counted):
    """For each matched offender of the cohort, the number of proven reoffences: committed in the twelve months after the
    index date, and proved in the eighteen months after it."""
    offenders = [
        row
        for row in data["probation_cohort"]
        if row["pnc_matched"]
        and is_one(row)
        and row["borough"] in boroughs_of(cell.area)
        and is_in(row["index_date"], cell.period)
        and cell.group in (None, row["index_event"])
    ]
    found = []
    for offender in offenders:
        index, key = offender["index_date"], (offender["offender_pid"], offender["cohort_quarter"])
        found.append(
            sum(
                row["recordable"]
                and row["in_england_wales"]
                and not row["breach"]
                and is_counted(row)
                and index < row["offence_date"] <= months_away(index, 12)
                and row["proof_date"] <= months_away(index, 18)
                for row in data["proven_reoffence"]
                if (row["offender_pid"], row["cohort_quarter"]) == key
            )
        )
    return found


def _top_tenth(numbers):
    """The share of reoffences by the tenth of reoffenders with most, rounded up to whole persons."""
    reoffenders = sorted((number for number in numbers if number), reverse=True)
    return share(sum(reoffenders[: math.ceil(len(reoffenders) / 10)]), sum(reoffenders))


RESULTS = {
    "binary": lambda numbers: share(sum(number > 0 for number in numbers), len(numbers)),
    "per_reoffender": lambda numbers: share(sum(numbers), sum(number > 0 for number in numbers)),
    "per_offender": lambda numbers: share(sum(numbers), len(numbers)),
    "per_100_offenders": lambda numbers: share(sum(numbers), len(numbers), unit=100),
    "top_tenth": _top_tenth,
}


def reoffending(result, is_one=lambda _: True, is_counted=lambda _: True):
    """Proven reoffending of a cohort. There is none before a year and a half after the cohort is reported on."""

    def calculate(data, cell):
        if months_away(first_and_last(cell.period)[1], 18) > data.covers["proven_reoffence"][1]:
            return INCOMPLETE_FOLLOW_UP
        return RESULTS[result](_histories(data, cell, is_one, is_counted))

    return calculate
