"""Measures of crimes, outcomes and prosecutions: counts, rates, shares, ratios and funnels."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

from .answers import (
    INCOMPLETE_FOLLOW_UP,
    NO_WEIGHT,
    NOT_APPLICABLE,
    NOT_SUBMITTED,
    ZERO_DENOMINATOR,
    Value,
    count,
    share,
)
from .areas import LONDON, boroughs_of, exists, residents, residents_of_groups, wards
from .days import first_and_last, is_in, months_away, months_of
from .records import CLASSES

SANCTIONS = {"1", "1A", "2", "2A", "3", "3A", "4", "6", "7"}
CONVICTED = {"guilty_plea", "convicted_after_trial", "proved_in_absence"}
UNSUCCESSFUL = {"discontinued", "withdrawn", "jury_acquittal", "dismissed_after_trial", "admin_finalised"}


def group(crime):
    """The group of a crime's class."""
    return CLASSES[crime["ho_class"]][0]


def is_recorded(crime):
    """Whether a row is a crime of the force.

    Cancelled and transferred ones are not, nor is a reported incident that was not recorded (N100), nor fraud, which is
    recorded nationally (53F).
    """
    return crime["record_status"] in ("active", "reclassified") and crime["ho_class"] not in ("N100", "53F")


def is_knife_crime(crime):
    """Whether a knife was used, as a threat too, or the victim was convinced of one, in one of the selected classes."""
    return CLASSES[crime["ho_class"]][1] and crime["knife_use"] in ("injured", "threatened", "intimated")


def is_burglary_robbery_or_sexual(crime):
    """Whether a crime is one of those whose victims the plan compares between wards."""
    kinds = ("burglary_residential", "burglary_other", "robbery_personal", "robbery_business", "rape", "other_sexual")
    return group(crime) in kinds


def is_lethal_discharge(crime):
    """Whether a gun that can kill was fired."""
    return crime["shots_fired"] == "yes" and crime["weapon_class"] in ("shotgun", "handgun", "rifle", "converted")


def is_violence_against_women(crime):
    """Whether a crime is of any strand of violence against women and girls."""
    flags = ("flag_da", "flag_hba", "flag_fgm", "flag_fm")
    return any(crime[flag] == "yes" for flag in flags) or group(crime) in (
        "rape",
        "other_sexual",
        "stalking_harassment",
    )


def is_hate(crime):
    """Whether a crime has any strand of hate. Domestic abuse is none."""
    return bool(crime["flag_hate"])


def strands(crime):
    """The strands that a hate crime counts in. Antisemitic and Islamophobic crimes count under religion too."""
    return crime["flag_hate"] | ({"religion"} if crime["flag_hate"] & {"antisemitic", "islamophobic"} else set())


def is_non_recent(crime):
    """Whether a crime was committed more than twelve months before it was recorded."""
    return crime["committed_from"] < months_away(crime["recorded_at"], -12)


def recorded(data, cell, is_one):
    """The crimes recorded in a period and an area."""
    boroughs = boroughs_of(cell.area)
    return [
        crime
        for crime in data["crime"]
        if is_recorded(crime)
        and is_one(crime)
        and crime["offence_borough"] in boroughs
        and is_in(crime["recorded_at"], cell.period)
    ]


def covered(data, dataset, cell):
    """Whether the rows of a dataset report on the whole period."""
    first, last = first_and_last(cell.period)
    from_day, to_day = data.covers[dataset]
    return from_day <= first and last <= to_day


def _not_known(data, cell):
    """Why there is no value: the area does not exist in the whole period, or the crimes report on a part of it only."""
    if not exists(cell.area, cell.period):
        return NOT_APPLICABLE
    return None if covered(data, "crime", cell) else NOT_SUBMITTED


def of_crimes(calculate):
    """A calculation that needs crimes of the whole period, in an area that exists in it."""
    return lambda data, cell: _not_known(data, cell) or calculate(data, cell)


def number(is_one, groups=lambda _: ()):
    """Number of crimes. `groups` gives the codes of a crime's breakdown."""
    chosen = lambda cell: lambda crime: is_one(crime) and (cell.group is None or cell.group in groups(crime))
    return of_crimes(lambda data, cell: count(len(recorded(data, cell, chosen(cell)))))


def incidents(is_one):
    """Number of different incidents. A crime of which the incident is not known is one by itself."""
    name = lambda crime: (crime["incident_ref"] or "", "" if crime["incident_ref"] else crime["crime_ref"])
    return of_crimes(lambda data, cell: count(len({name(crime) for crime in recorded(data, cell, is_one)})))


def number_in_ward(data, cell):
    """Number of crimes in a ward. It is not known if no crime of the ward's borough has a ward."""
    if not covered(data, "crime", cell):
        return NOT_SUBMITTED
    known = wards(*first_and_last(cell.period))
    borough = next(borough for borough, codes in known.items() if cell.area in codes)
    rows = [crime for crime in data["crime"] if is_recorded(crime) and crime["offence_borough"] == borough]
    rows = [crime for crime in rows if is_in(crime["recorded_at"], cell.period)]
    if rows and all(crime["offence_ward"] is None for crime in rows):
        return NOT_SUBMITTED
    return count(sum(crime["offence_ward"] == cell.area for crime in rows))


def per_1000_residents(is_one):
    """Crimes for each 1,000 residents."""
    return of_crimes(
        lambda data, cell: share(len(recorded(data, cell, is_one)), residents(cell.area, cell.period), unit=1000)
    )


def current_outcomes(data, cell, is_one, codes):
    """The current outcomes of crimes of an area, in a period, with one of the codes."""
    boroughs = boroughs_of(cell.area)
    return [
        outcome
        for outcome in data["crime_outcome"]
        if outcome["is_current"]
        and outcome["outcome_code"] in codes
        and is_recorded(crime := data.crime[outcome["crime_ref"]])
        and is_one(crime)
        and crime["offence_borough"] in boroughs
        and is_in(outcome["outcome_date"], cell.period)
    ]


def outcomes_over_crimes(is_one, codes):
    """Outcomes of a period over the crimes recorded in it."""
    return of_crimes(
        lambda data, cell: share(len(current_outcomes(data, cell, is_one, codes)), len(recorded(data, cell, is_one)))
    )


def crimes_with_outcome(is_one, codes):
    """Crimes recorded in a period whose current outcome is one of the codes, over all crimes recorded in it."""

    def calculate(data, cell):
        crimes = recorded(data, cell, is_one)
        current = [data.current.get(crime["crime_ref"]) for crime in crimes]
        return share(sum(bool(outcome) and outcome["outcome_code"] in codes for outcome in current), len(crimes))

    return of_crimes(calculate)


def outcome_share(is_one, codes):
    """Outcomes with one of the codes, over all outcomes of a period. No outcome yet is no outcome."""
    assigned = {str(code) for code in range(1, 23)} | {"1A", "2A", "3A"}
    return of_crimes(
        lambda data, cell: share(
            len(current_outcomes(data, cell, is_one, codes)), len(current_outcomes(data, cell, is_one, assigned))
        )
    )


def charged_within(months):
    """Rapes recorded in a period that were charged within some months, the same day of the last month included."""

    def calculate(data, cell):
        if months_away(first_and_last(cell.period)[1], months) > data.covers["crime_outcome"][1]:
            return INCOMPLETE_FOLLOW_UP
        rapes = recorded(data, cell, lambda crime: group(crime) == "rape")
        charged = 0
        for crime in rapes:
            outcome = data.current.get(crime["crime_ref"])
            limit = months_away(crime["recorded_at"], months)
            charged += bool(outcome) and outcome["outcome_code"] in ("1", "1A") and outcome["outcome_date"] <= limit
        return share(charged, len(rapes))

    return of_crimes(calculate)


def violence_per_attendance(data, cell):
    """Crimes of violence with injury for each attendance at an emergency department, by the place of the assault."""
    if not (covered(data, "crime", cell) and covered(data, "istv_attendance", cell)):
        return NOT_SUBMITTED
    boroughs = boroughs_of(cell.area)
    there = [
        row
        for row in data["istv_attendance"]
        if row["assault_borough"] in boroughs and is_in(row["day"], cell.period)
    ]
    return share(len(recorded(data, cell, lambda crime: group(crime) == "violence_with_injury")), len(there))


# Funnels -------------------------------------------------------------------------------------------------------------

# Crimes, then suspects, then defendants.
STAGES = ["recorded", "suspect", "victim-supports", "referred", "charged", "completed", "convicted"]


def _funnel(counts):
    """Attrition: the share of the first stage that does not reach the last, and that of each stage from the one before."""
    if not counts[0]:
        return ZERO_DENOMINATOR
    part = lambda number, of: Fraction(number, of) if of else None
    lost = [part(before - number, before) for before, number in pairwise(counts)]
    stages = [
        ("stage", stage, number, value) for stage, number, value in zip(STAGES, counts, [None, *lost], strict=True)
    ]
    kept = [
        ("retention", stage, number, part(number, counts[0])) for stage, number in zip(STAGES, counts, strict=True)
    ]
    return Value(1 - Fraction(counts[-1], counts[0]), components=(*stages, *kept))


def _supported(outcome):
    """Whether an investigation ended with the victim's support: not with outcome 14 or 16, nor is it still open."""
    return outcome["outcome_code"] not in ("14", "16", "NYA")


def domestic_abuse_followed_up(data, cell):
    """Crimes of domestic abuse of a period, and how far each came since."""
    crimes = recorded(data, cell, lambda crime: crime["flag_da"] == "yes")
    refs = {crime["crime_ref"] for crime in crimes}
    suspected = [crime for crime in crimes if (crime["suspect_count"] or 0) >= 1]
    supported = [crime for crime in suspected if crime["crime_ref"] in data.current]
    supported = [crime for crime in supported if _supported(data.current[crime["crime_ref"]])]
    linked = [row for row in data["cps_defendant_outcome"] if row["case_link_id"] in refs]
    return _funnel(
        [
            len(crimes),
            len(suspected),
            len(supported),
            sum(row["pre_charge_receipt_date"] is not None for row in linked),
            sum(row["charged_date"] is not None for row in linked),
            sum(row["outcome"] != "pending" for row in linked),
            sum(row["outcome"] in CONVICTED for row in linked),
        ]
    )


def domestic_abuse_throughput(data, cell):
    """Each stage by its own date in the same period. Boroughs have no stages of the prosecution service."""
    if cell.area != LONDON:
        return NOT_SUBMITTED
    is_one = lambda crime: crime["flag_da"] == "yes"
    crimes = recorded(data, cell, is_one)
    has_suspect = lambda crime: is_one(crime) and (crime["suspect_count"] or 0) >= 1
    all_codes = {outcome["outcome_code"] for outcome in data["crime_outcome"]}
    supported = [row for row in current_outcomes(data, cell, has_suspect, all_codes) if _supported(row)]
    flagged = [row for row in data["cps_defendant_outcome"] if "da" in row["flags"]]
    at = lambda field: [row for row in flagged if is_in(row[field], cell.period)]
    return _funnel(
        [
            len(crimes),
            len([crime for crime in crimes if has_suspect(crime)]),
            len(supported),
            len(at("pre_charge_receipt_date")),
            len(at("charged_date")),
            len([row for row in at("finalised_date") if row["outcome"] != "pending"]),
            len([row for row in at("finalised_date") if row["outcome"] in CONVICTED]),
        ]
    )


# Groups compared -----------------------------------------------------------------------------------------------------

MINORITIES = ("mixed", "asian", "black", "other")


def _relative(rates, unit=1):
    """The rate of a group for that of the reference group, each as its events and its subjects."""
    (events, subjects), (reference_events, reference_subjects) = rates
    if not subjects or not reference_subjects or not reference_events:
        return ZERO_DENOMINATOR
    return Value(unit * Fraction(events, subjects) / Fraction(reference_events, reference_subjects))


def searches_of(groups):
    """How often residents of ethnic groups are searched, for White residents. Searches of vehicles alone, and of the powers
    of sections 44 and 47A, are left out."""

    def calculate(data, cell):
        searched = [
            row["self_defined_eth5"]
            for row in data["stop_search"]
            if row["search_type"] != "vehicle"
            and row["search_power"] not in ("tact_s44", "tact_s47a")
            and row["borough"] in boroughs_of(cell.area)
            and is_in(row["search_date"], cell.period)
        ]
        rate = lambda codes: (
            sum(group in codes for group in searched),
            residents_of_groups(cell.area, cell.period, codes),
        )
        return _relative([rate(groups), rate(["white"])])

    return calculate


def convictions_of(groups):
    """Convictions of defendants of ethnic groups, self-defined, for every 100 of White defendants. A mixed plea is neither
    among the convictions nor among the unsuccessful outcomes."""

    def calculate(data, cell):
        rows = [
            row
            for row in data["cps_defendant_outcome"]
            if row["defendant_eth_basis"] == "self_defined"
            and cell.area in (LONDON, row["cps_area"])
            and is_in(row["finalised_date"], cell.period)
            and row["outcome"] in CONVICTED | UNSUCCESSFUL
        ]
        of = lambda codes: [row for row in rows if row["defendant_eth5"] in codes]
        rate = lambda codes: (sum(row["outcome"] in CONVICTED for row in of(codes)), len(of(codes)))
        return _relative([rate(groups), rate(["white"])], unit=100)

    return calculate


# Wards and priorities ------------------------------------------------------------------------------------------------


def ward_deciles(data, cell):
    """Mean number of crimes in the tenth of wards with most, for that in the tenth with fewest."""
    crimes = recorded(data, cell, lambda _: True)
    known = wards(*first_and_last(cell.period))
    numbers = sorted(
        sum(crime["offence_ward"] == ward for crime in crimes) for codes in known.values() for ward in codes
    )
    tenth = len(numbers) // 10
    if not sum(numbers[:tenth]):
        return ZERO_DENOMINATOR
    return Value(Fraction(sum(numbers[-tenth:]), sum(numbers[:tenth])), is_rounded_once=True)


def ward_deciles_by_deprivation(is_one, per_resident=False):
    """Mean number of crimes in the tenth of wards with most income deprivation, for that in the tenth with least.

    Wards with fewer than 500 residents are left out.
    """

    def calculate(data, cell):
        if not (covered(data, "crime", cell) and covered(data, "area_profile", cell)):
            return NOT_SUBMITTED
        crimes = Counter(crime["offence_ward"] for crime in recorded(data, cell, is_one))
        counts = {
            (row["ward"], row["characteristic"]): row["count"]
            for row in data["area_profile"]
            if is_in(row["year_end"], cell.period)
        }
        order = []
        for ward in (ward for codes in wards(*first_and_last(cell.period)).values() for ward in codes):
            deprived, of = counts.get((ward, "income_deprived")), counts.get((ward, "residents"))
            if deprived is None or of is None:
                return NOT_SUBMITTED
            if of >= 500:
                order.append((Fraction(deprived, of), ward, Fraction(crimes[ward], of if per_resident else 1)))
        values = [value for *_, value in sorted(order)]
        tenth = len(values) // 10
        if not sum(values[:tenth]):
            return ZERO_DENOMINATOR
        return Value(sum(values[-tenth:]) / sum(values[:tenth]), is_rounded_once=not per_resident)

    return calculate


PRIORITIES = {
    "nonda_violence_with_injury": lambda crime: group(crime) == "violence_with_injury" and crime["flag_da"] == "no",
    "robbery_personal": lambda crime: group(crime) == "robbery_personal",
    "burglary_residential": lambda crime: group(crime) == "burglary_residential",
    "burglary_all": lambda crime: group(crime) in ("burglary_residential", "burglary_other"),
    "theft_from_vehicle": lambda crime: group(crime) == "theft_from_vehicle",
    "theft_of_vehicle": lambda crime: group(crime) == "theft_of_vehicle",
    "theft_person": lambda crime: group(crime) == "theft_person",
}


def chosen(data, borough, day):
    """The kinds that a borough had chosen on a day. None if that is not known, or if records do not tell a kind."""
    for row in data["local_priority"]:
        if (
            row["borough"] == borough
            and row["valid_from"] <= day
            and (row["valid_to"] is None or day <= row["valid_to"])
        ):
            kinds = [row["priority_1"], row["priority_2"]]
            return kinds if all(kind in PRIORITIES for kind in kinds) else None
    return None


def priority_crimes(data, cell):
    """Crimes of the two kinds that each borough had chosen on the first day of each month."""
    if reason := _not_known(data, cell):
        return reason
    total = 0
    for borough in boroughs_of(cell.area):
        there = [crime for crime in data["crime"] if crime["offence_borough"] == borough and is_recorded(crime)]
        for first, last in months_of(cell.period):
            kinds = chosen(data, borough, first)
            if kinds is None:
                return NOT_SUBMITTED
            of_month = [crime for crime in there if first <= crime["recorded_at"] <= last]
            total += sum(PRIORITIES[kind](crime) for kind in kinds for crime in of_month)
    return count(total)


def priority_rate(data, cell):
    """Crimes of the two kinds for each 1,000 residents."""
    number = priority_crimes(data, cell)
    if not isinstance(number, Value):
        return number
    return share(number.value, residents(cell.area, cell.period), unit=1000)


# The weights of the classes that have one and occur in these records.
WEIGHTS = {"1": 7979}


def severity(is_one):
    """The weights of crimes for each resident. It is not known if a crime's class has no weight."""

    def calculate(data, cell):
        crimes = recorded(data, cell, is_one)
        if any(row["ho_class"] not in WEIGHTS for row in crimes):
            return NO_WEIGHT
        return share(sum(WEIGHTS[row["ho_class"]] for row in crimes), residents(cell.area, cell.period))

    return of_crimes(calculate)
