"""Measures of persons: repeat victims, and different victims."""

from datetime import timedelta

from .answers import INCOMPLETE_LOOKBACK, MIXED_LINKAGE_KEYS, NOT_APPLICABLE, NOT_SUBMITTED, count, share
from .areas import boroughs_of, exists, residents_aged
from .crime import PRIORITIES, chosen, covered, is_hate, is_non_recent, is_recorded
from .crime import group as crime_group
from .days import first_and_last, is_in, months_away, months_of

ANY = lambda _: True


class Victimisation:
    """A known person as the victim of one crime."""

    def __init__(self, victim, crime):
        self.victim, self.crime = victim, crime
        self.person, self.key, self.day = victim["victim_pid"], victim["linkage_key_id"], crime["recorded_at"]

    def is_other(self, than):
        """Whether it is of another crime, and not confirmed from the same report."""
        mine, its = self.crime["incident_ref"], than.crime["incident_ref"]
        is_same_report = mine is not None and mine == its
        return self.crime["crime_ref"] != than.crime["crime_ref"] and not is_same_report


def victimisations(data):
    """All persons with a pseudonym, as victims of crimes that have a victim."""
    found = []
    for victim in data["crime_victim"]:
        crime = data.crime[victim["crime_ref"]]
        if (
            victim["victim_type"] == "person"
            and victim["victim_pid"]
            and crime["victim_based"]
            and is_recorded(crime)
        ):
            found.append(Victimisation(victim, crime))
    return found


def _guarded(data, cell, is_used=ANY):
    """Why there is no value: the area, the period or the twelve months before it, or pseudonyms of different keys in the
    crimes that the measure uses."""
    first, last = first_and_last(cell.period)
    if not exists(cell.area, cell.period):
        return NOT_APPLICABLE
    if not (covered(data, "crime", cell) and covered(data, "crime_victim", cell)):
        return NOT_SUBMITTED
    start = months_away(first, -12)
    if data.covers["crime"][0] > start or data.covers["crime_victim"][0] > start:
        return INCOMPLETE_LOOKBACK
    keys = {seen.key for seen in data.victimisations if start <= seen.day <= last and is_used(seen.crime)}
    return MIXED_LINKAGE_KEYS if len(keys) > 1 else None


def _in_group(seen, cell):
    return cell.group is None or (seen.victim["sex"] or "not_supplied") == cell.group


def _others(data, seen):
    """Other victimisations of the same person."""
    return [other for other in data.by_person[seen.person] if other.is_other(seen)]


def _before_month(first):
    """The twelve calendar months before a month."""
    start = months_away(first, -12)
    return lambda other, _: start <= other.day < first


def _rolling(start):
    """The days before a crime, from `start` of its day on. The crime may be of the same month."""
    return lambda _: lambda other, seen: start(seen.day) <= other.day < seen.day


TWELVE_MONTHS = _rolling(lambda day: months_away(day, -12))
DAYS_365 = _rolling(lambda day: day - timedelta(days=365))


def repeats(index=ANY, prior=None, *, same=None, window=_before_month, unit="person", result="share"):
    """Of the victims of a month, those who had been victims before. Months are added up.

    `index` are the crimes of the month and `prior` those before. `same` is what both crimes share. `window` makes the days
    before a month, or before a crime. The unit can be the crime instead of the person.
    """
    prior = prior or index

    def is_repeat(data, seen, is_before):
        others = (other for other in _others(data, seen) if prior(other.crime) and is_before(other, seen))
        return any(same is None or same(other.crime) == same(seen.crime) for other in others)

    def calculate(data, cell):
        if reason := _guarded(data, cell, lambda crime: index(crime) or prior(crime)):
            return reason
        found, of = 0, 0
        for first, last in months_of(cell.period):
            seen = [one for one in data.victimisations if first <= one.day <= last and index(one.crime)]
            seen = [
                one for one in seen if one.crime["offence_borough"] in boroughs_of(cell.area) and _in_group(one, cell)
            ]
            name = lambda one: one.person if unit == "person" else one.crime["crime_ref"]
            found += len({name(one) for one in seen if is_repeat(data, one, window(first))})
            of += len({name(one) for one in seen})
        if result == "number":
            return count(found)
        return share(found, of)

    return calculate


def two_or_more(data, cell):
    """Persons with two or more crimes within twelve months, of those with one. The other crime can be anywhere."""
    if not exists(cell.area, cell.period):
        return NOT_APPLICABLE
    seen = [one for one in data.victimisations if is_in(one.day, cell.period)]
    if len({one.key for one in seen}) > 1:
        return MIXED_LINKAGE_KEYS
    here = [one for one in seen if one.crime["offence_borough"] in boroughs_of(cell.area)]
    again = {one.person for one in here if any(is_in(other.day, cell.period) for other in _others(data, one))}
    return share(len(again), len({one.person for one in here}))


def young_victims(first, last, *, by_residence=False, is_rate=True):
    """Different young persons who were victims of crimes in twelve months that the police did not find themselves, for each
    1,000 residents of their ages."""

    def calculate(data, cell):
        if not exists(cell.area, cell.period):
            return NOT_APPLICABLE
        if not (covered(data, "crime", cell) and covered(data, "crime_victim", cell)):
            return NOT_SUBMITTED
        seen = [one for one in data.victimisations if is_in(one.day, cell.period)]
        seen = [one for one in seen if one.crime["reported_by"] != "police_generated"]
        seen = [one for one in seen if one.victim["age"] is not None and first <= one.victim["age"] <= last]
        if len({one.key for one in seen}) > 1:
            return MIXED_LINKAGE_KEYS
        place = lambda one: one.victim["residence_borough"] if by_residence else one.crime["offence_borough"]
        here = [one for one in seen if place(one) in boroughs_of(cell.area) and _in_group(one, cell)]
        persons = len({one.person for one in here})
        return share(persons, residents_aged(cell.area, first, last), unit=1000) if is_rate else count(persons)

    return calculate


def priority_repeats(*, prior_of_same_kind):
    """Repeat victims of the kinds that each borough had chosen on the first day of each month.

    Months, boroughs and kinds are added up.
    """

    def calculate(data, cell):
        places = [(borough, *month) for borough in boroughs_of(cell.area) for month in months_of(cell.period)]
        reason = _guarded(data, cell)
        if reason != NOT_APPLICABLE and any(chosen(data, borough, first) is None for borough, first, _ in places):
            return NOT_SUBMITTED
        if reason:
            return reason
        found, of = 0, 0
        for borough in boroughs_of(cell.area):
            for first, last in months_of(cell.period):
                kinds = chosen(data, borough, first)
                is_before = _before_month(first)
                there = [one for one in data.victimisations if first <= one.day <= last]
                there = [one for one in there if one.crime["offence_borough"] == borough]
                for kind in kinds:
                    prior = PRIORITIES[kind] if prior_of_same_kind else ANY
                    seen = [one for one in there if PRIORITIES[kind](one.crime)]
                    again = [
                        one
                        for one in seen
                        if any(prior(other.crime) and is_before(other, one) for other in _others(data, one))
                    ]
                    found += len({one.person for one in again})
                    of += len({one.person for one in seen})
        return share(found, of)

    return calculate


REPEATS = {
    "repeat-victim-share.victims-prior-12m": repeats(),
    "repeat-victim-share.exclude-non-recent": repeats(prior=lambda crime: not is_non_recent(crime)),
    "repeat-victim-share.same-type": repeats(same=crime_group),
    "repeat-victim-share.victims-rolling": repeats(window=TWELVE_MONTHS),
    "repeat-victim-share.victims-rolling-365-days": repeats(window=DAYS_365),
    "repeat-victim-share.offences-prior-12m": repeats(window=TWELVE_MONTHS, unit="crime"),
    "domestic-abuse-repeat-victimisation.victims-prior-12m": repeats(lambda crime: crime["flag_da"] == "yes"),
    "hate-crime-repeat-victimisation.flag-to-any": repeats(is_hate, ANY),
}
