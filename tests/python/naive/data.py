"""The records of one test, with what is looked up in them again and again."""

import random
from collections import defaultdict
from datetime import date
from functools import cached_property

from . import other_records, records, reports
from .areas import BOROUGHS, LONDON, wards
from .elsewhere import SATISFIED
from .victims import victimisations


class Data:
    """The rows of each dataset, the first and the last day that they report on, and the areas if these are not those of the
    Metropolitan Police."""

    def __init__(self, rows, covers, areas=None):
        self.rows, self.covers, self.areas = rows, covers, areas or {}

    def __getitem__(self, dataset):
        return self.rows[dataset]

    @cached_property
    def crime(self):
        """Crimes by reference."""
        return {row["crime_ref"]: row for row in self["crime"]}

    @cached_property
    def current(self):
        """The current outcome of each crime that has one, by reference."""
        return {row["crime_ref"]: row for row in self["crime_outcome"] if row["is_current"]}

    @cached_property
    def victimisations(self):
        """Known persons as victims of crimes."""
        return victimisations(self)

    @cached_property
    def by_person(self):
        """Victimisations by person."""
        found = defaultdict(list)
        for seen in self.victimisations:
            found[seen.person].append(seen)
        return found


def everything(seed, part=1):
    """Records of every kind, or a part of their usual number: the months between a few records are empty."""
    rng = random.Random(seed)
    number = lambda usual: max(2, int(usual * part))
    crimes = records.crimes(rng, wards(records.FIRST, records.LAST), number(600))
    cohorts = other_records.cohorts(rng, max(20, number(250)))
    rows = {
        "crime": crimes,
        "crime_victim": records.victims(rng, crimes),
        "crime_outcome": records.outcomes(rng, crimes),
        "cps_defendant_outcome": records.prosecutions(rng, crimes),
        "local_priority": records.priorities(rng, BOROUGHS),
        "stop_search": records.searches(rng, number(400)),
        "asb_incident": records.antisocial_behaviour(rng, BOROUGHS),
        "court_case": other_records.court_cases(rng, number(300)),
        "court_stock": other_records.court_stock(rng),
        "probation_cohort": cohorts,
        "proven_reoffence": other_records.reoffences(rng, cohorts),
        "istv_attendance": other_records.attendances(rng, number(200)),
        "workforce_flow": other_records.flows(rng),
        "workforce_snapshot": other_records.snapshots(rng),
        "victim_survey_response": other_records.responses(rng, number(4000)),
    }
    rows["area_profile"] = other_records.profiles(random.Random(seed), wards(records.FIRST, records.LAST))
    covers = dict.fromkeys(rows, (records.FIRST, records.LAST))
    # A day less, and the last month is not reported on.
    covers["crime_outcome"] = (records.FIRST, rng.choice([records.LATER, date(2019, 12, 30)]))
    covers["cps_defendant_outcome"] = (records.FIRST, date(2020, 12, 31))
    covers["area_profile"] = (date(2016, 1, 1), date(2017, 12, 31))
    covers["probation_cohort"] = (other_records.COHORT_FIRST, other_records.COHORT_LAST)
    covers["proven_reoffence"] = (records.FIRST, rng.choice([other_records.REOFFENCES_LAST, date(2017, 9, 29)]))
    rows = {dataset: _within(dataset, rows[dataset], covers[dataset][1]) for dataset in rows}
    justice = ("cps_defendant_outcome", "court_case", "court_stock", "probation_cohort", "proven_reoffence")
    return Data(rows, covers, {dataset: [LONDON] for dataset in (*justice, "istv_attendance")})


def _within(dataset, rows, last):
    """The rows up to the last day reported on."""
    field = {"crime_outcome": "outcome_date", "proven_reoffence": "proof_date"}.get(dataset)
    return [row for row in rows if field is None or row[field] <= last]


def with_two_keys(seed):
    """Crimes and victims whose pseudonyms are made with another key from some day on."""
    rng = random.Random(seed)
    known = everything(seed)
    change = rng.choice([date(2016, 2, 29), date(2016, 12, 31), date(2017, 1, 1), date(2017, 3, 15)])
    is_later = {row["crime_ref"]: row["recorded_at"] >= change for row in known["crime"]}
    victims = [
        row | {"linkage_key_id": "key-9"} if row["victim_pid"] and is_later[row["crime_ref"]] else row
        for row in known["crime_victim"]
    ]
    rows = {"crime": known["crime"], "crime_victim": victims}
    return Data(rows, {dataset: known.covers[dataset] for dataset in rows})


def of_every_ward(seed):
    """Crimes in all wards, and what is known of the wards."""
    first, last = date(2016, 1, 1), date(2016, 12, 31)
    crimes = records.crimes_of_every_ward(random.Random(seed), wards(first, last), 2016)
    profiles = [
        row for row in other_records.profiles(random.Random(seed), wards(first, last)) if row["year_end"] == last
    ]
    rows = {"crime": crimes, "area_profile": profiles}
    return Data(rows, dict.fromkeys(rows, (first, last)))


def surveyed_everywhere(seed):
    """Respondents in all boroughs, of which some are more satisfied than others."""
    rng = random.Random(seed)
    satisfied = {borough: rng.uniform(0.4, 0.9) for borough in BOROUGHS}
    rows = []
    for row in other_records.responses(rng, 16_000):
        borough = rng.choice(BOROUGHS)
        answers = SATISFIED if rng.random() < satisfied[borough] else ["neither", "very_dissatisfied", "refused"]
        rows.append(row | {"borough": borough, "q_overall": rng.choice(answers)})
    return Data({"victim_survey_response": rows}, {"victim_survey_response": (records.FIRST, records.LAST)})


def reported_in_part(seed):
    """Datasets of the police that report on different days, and attendances of some departments."""
    rng = random.Random(seed)
    known = everything(seed)
    rows, covers = {}, {}
    for dataset in ("crime", "crime_victim", "crime_outcome"):
        first = rng.choice([date(2015, 1, 1), date(2015, 1, 2), date(2015, 2, 28)])
        last = rng.choice(
            [date(2017, 12, 31), date(2017, 12, 30), date(2017, 2, 28), date(2016, 2, 28), date(2016, 2, 29)]
        )
        covers[dataset] = (first, last)
    within = lambda dataset, day: covers[dataset][0] <= day <= covers[dataset][1]
    rows["crime"] = [row for row in known["crime"] if within("crime", row["recorded_at"])]
    crimes = {row["crime_ref"]: row for row in rows["crime"]}
    referring = lambda dataset: [row for row in known[dataset] if row["crime_ref"] in crimes]
    day_of = lambda row: crimes[row["crime_ref"]]["recorded_at"]
    rows["crime_victim"] = [row for row in referring("crime_victim") if within("crime_victim", day_of(row))]
    rows["crime_outcome"] = [
        row for row in referring("crime_outcome") if within("crime_outcome", row["outcome_date"])
    ]
    sites = rng.sample(sorted(reports.sites(date(2015, 1, 1), date(2017, 12, 31))), rng.randrange(1, 9))
    rows["istv_attendance"] = [row | {"site_code": rng.choice(sites)} for row in known["istv_attendance"]]
    covers["istv_attendance"] = (rng.choice([date(2014, 8, 1), date(2015, 1, 1)]), date(2017, 12, 31))
    return Data(rows, covers, {"istv_attendance": sites})
