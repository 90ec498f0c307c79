"""Random records that are not of the police's crimes: courts, probation, hospitals, the workforce and surveys."""

from datetime import date, timedelta
from itertools import product

from .days import last_of_month, months_away
from .records import BOROUGHS, ETHNIC_GROUPS, LAST, SEXES, after, pseudonym, some_day

SITES = ["RJ122", "RJZ01", "R1H12"]
COURTS = ["CC-CENTRAL-CRIMINAL", "CC-CROYDON", "CC-HARROW"]
# The cohorts of probation, and how long their reoffences are reported on: a year and a half after the last cohort.
COHORT_FIRST, COHORT_LAST, REOFFENCES_LAST = date(2015, 1, 1), date(2016, 3, 31), date(2017, 9, 30)


def court_cases(rng, number):
    """Completed offences. Dates can lack, and an interval can have no days."""
    rows = []
    for ref in range(number):
        offence = some_day(rng, rng.choice([date(2003, 1, 1), date(2015, 1, 1)]), date(2017, 6, 30))
        charge = offence + timedelta(days=rng.choice([0, 1, 28, rng.randrange(300)]))
        listing = charge + timedelta(days=rng.choice([0, 28, rng.randrange(60)]))
        completion = max(listing + timedelta(days=rng.choice([0, 0, 100, rng.randrange(500)])), some_day(rng))
        if completion > LAST:
            continue
        known = lambda day: rng.choice([day, day, day, day, None])
        rows.append(
            {
                "case_ref": f"K{ref}",
                "defendant_seq": 1,
                "offence_seq": rng.choice([1, 2]),
                "is_selected": rng.random() < 0.85,
                "court_code": rng.choice(COURTS),
                "court_type": "crown",
                "offence_date": known(offence),
                "charge_date": known(charge),
                "first_listing_date": known(listing),
                "completion_date": completion,
                "breach": rng.choice(["no", "no", "no", "yes", "unknown", None]),
            }
        )
    return rows


def court_stock(rng):
    """Open cases on the last day of each month. Sometimes a court lacks a month."""
    silent = rng.choice([None, *COURTS]), rng.randrange(1, 13)
    return [
        {
            "court_code": court,
            "court_type": kind,
            "month_end": last_of_month(year, month),
            "case_type": case,
            "age_band": age,
            "open_cases": rng.choice([0, 1, rng.randrange(900)]),
        }
        for year in (2016, 2017)
        for month in range(1, 13)
        for court, kind in zip(COURTS, ["crown", "crown", "crown"], strict=True)
        for case in ("for_trial", "sentence")
        for age in ("under-6m", "24m+")
        if (court, month) != silent and (case == "for_trial" or rng.random() < 0.8)
    ]


def cohorts(rng, number):
    """Offenders, once in a quarter. Some are in several quarters, and some are not matched."""
    rows = {}
    for _ in range(number):
        index = some_day(rng, COHORT_FIRST, COHORT_LAST)
        person = pseudonym("offender", rng.randrange(number))
        quarter = (index.year, (index.month - 1) // 3)
        financial_year = index.year - (index.month < 4)
        rows[person, quarter] = {
            "offender_pid": person,
            "cohort_quarter": f"{financial_year}/{(financial_year + 1) % 100:02}-Q{(quarter[1] - 1) % 4 + 1}",
            "index_date": index,
            "index_event": rng.choice(["release", "court_order", "fine", "caution"]),
            "index_offence_class": rng.choice(["8N", "34B", "39"]),
            "provider": rng.choice(["nps", "crc", "none", "yot"]),
            "borough": rng.choice(BOROUGHS),
            "age_at_index": rng.choice([10, 17, 18, 24, 25, 60]),
            "sex": rng.choice(["male", "female", "unknown", None]),
            "prior_offences_n": rng.choice([0, 2, 10, 11, 40]),
            "cohort_tags": set(
                rng.sample(["da_perpetrator", "sv_perpetrator", "knife", "gang"], rng.choice([0, 0, 1, 2]))
            ),
            "pnc_matched": rng.random() < 0.9,
            "linkage_key_id": "key-2",
        }
    return list(rows.values())


def reoffences(rng, cohorts):
    """Reoffences about the limits of the follow-up. Most offenders have none, and a few have many."""
    rows = []
    for offender in cohorts:
        index = offender["index_date"]
        for seq in range(rng.choice([0, 0, 0, 0, 1, 1, 2, 3, 9])):
            limit, proof_limit = months_away(index, 12), months_away(index, 18)
            offence = rng.choice([limit, limit + timedelta(days=1), index + timedelta(days=1 + rng.randrange(450))])
            proof = rng.choice(
                [proof_limit, proof_limit + timedelta(days=1), offence + timedelta(days=rng.randrange(200))]
            )
            if offence <= REOFFENCES_LAST:
                rows.append(
                    {
                        "offender_pid": offender["offender_pid"],
                        "cohort_quarter": offender["cohort_quarter"],
                        "offence_date": offence,
                        "proof_date": max(proof, offence),
                        "proof_type": rng.choice(["conviction", "caution"]),
                        "offence_class": rng.choice(["8N", "1", "19C", "20A", "39", "34B", "8L"]),
                        "recordable": rng.random() < 0.9,
                        "in_england_wales": rng.random() < 0.9,
                        "breach": rng.random() < 0.15,
                        "offence_seq": seq + 1,
                        "linkage_key_id": "key-2",
                    }
                )
    return rows


def attendances(rng, number):
    """Attendances at emergency departments, some without a place."""
    rows = []
    for _ in range(number):
        day = some_day(rng)
        first = day.replace(day=1)
        rows.append(
            {
                "reporting_period_start": first,
                "reporting_period_end": last_of_month(day.year, day.month),
                "site_code": rng.choice(SITES),
                "arrival_at": f"{day}T12:30:00Z",
                "assault_at": f"{day}T11:00:00Z",
                "assault_method": rng.choice(["01", "03", "05", "99"]),
                "assault_location_type": "01",
                "assault_borough": rng.choice([None, *BOROUGHS]),
                "day": day,
            }
        )
    return rows


STAGES, STATED_SEXES = ("applicant", "joined", "left"), ("male", "female", "unknown")
STATED_GROUPS = ("white", "black", "asian", "mixed", "other", "not_stated")


def month_ends(number):
    """The last days of some months from January 2016 on."""
    starts = [months_away(date(2016, 1, 1), month) for month in range(number)]
    return [last_of_month(start.year, start.month) for start in starts]


def flows(rng):
    """Recruitment by month and group: counts, which can be none."""
    return [
        {
            "area": "E23000001",
            "month_end": end,
            "stage": stage,
            "reason": "resignation" if stage == "left" else None,
            "role": rng.choice(["officer", "officer", "staff"]),
            "sex": sex,
            "eth5": group,
            "count": rng.choice([0, 0, 1, 2, 5]),
        }
        for end, stage, sex, group in product(month_ends(24), STAGES, STATED_SEXES, STATED_GROUPS)
        if rng.random() < 0.5
    ]


def snapshots(rng):
    """The workforce on the last day of each month."""
    rows = []
    for end, role, sex, group in product(month_ends(12), ("officer", "pcso", "staff"), STATED_SEXES, STATED_GROUPS):
        # In one month there is nobody of a stated sex. Those who stated no ethnic group always have a row.
        is_due = sex == "unknown" and group == "not_stated"
        if is_due or (rng.random() < 0.7 and (end.month != 6 or sex == "unknown")):
            headcount = rng.choice([0, 0, 1, 40])
            rows.append(
                {
                    "area": "E23000001",
                    "snapshot_date": end,
                    "role": role,
                    "rank": "pc" if role == "officer" else "na",
                    "sex": sex,
                    "eth5": group,
                    "headcount": headcount,
                    "fte": round(headcount * rng.choice([1, 0.5, 0.75, 0.64]), 2),
                }
            )
    return rows


def responses(rng, number):
    """Responses of a survey of victims. In Richmond few were asked. Weights have up to four decimal places."""
    answers = ["completely_satisfied", "very_satisfied", "fairly_satisfied", "neither", "fairly_dissatisfied"]
    answers += ["very_dissatisfied", "completely_dissatisfied", "dont_know", "refused", "not_applicable"]
    rows = []
    for number_of_row in range(number):
        day = after(rng, some_day(rng, date(2016, 1, 1), date(2017, 12, 1)), 0)
        day = min(day, date(2017, 12, 31))
        financial_year = day.year - (day.month < 4)
        rows.append(
            {
                "respondent_id": f"R{number_of_row}",
                "survey": rng.choice(["uss"] * 5 + ["tdiu"]),
                "wave_quarter": f"{financial_year}/{(financial_year + 1) % 100:02}-Q{((day.month - 4) % 12) // 3 + 1}",
                "interview_date": day,
                "mode": "phone",
                "borough": rng.choice(BOROUGHS),
                "crime_group": rng.choice(["burglary_res", "violence_assault", "hate", "vehicle"]),
                "weight": rng.choice([1, 0.5, 0.0001, round(rng.uniform(0.1, 9), 4)]),
                "weight_set": "set-1",
                "q_overall": rng.choice(answers),
                "q_would_report_again": rng.choice(["yes", "no", "dont_know", None]),
                "age": rng.choice([18, 40]),
                "sex": rng.choice(SEXES),
                "eth5": rng.choice(ETHNIC_GROUPS),
                "disability": rng.choice(["yes", "no", "unknown", None]),
                "flag_da": rng.choice([None, "no", "unknown"]),
            }
        )
    return rows


CHARACTERISTICS = (
    "residents",
    "residents_15_24",
    "dwellings",
    "income_deprived",
    "employment_deprived",
    "no_qualification",
)


def profiles(rng, wards_of):
    """Residents, dwellings and deprivation of wards in two years. In the second some wards lack a count."""
    rows = []
    for year, borough in product((2016, 2017), wards_of):
        for ward in wards_of[borough]:
            residents = rng.randrange(400, 9000)
            known = {"residents": residents, "dwellings": rng.choice([0, 1, residents // 3, residents // 2])}
            for name in CHARACTERISTICS:
                if year == 2016 or name == "residents" or rng.random() < 0.99:
                    count = known.get(name, rng.randrange(residents + 1))
                    row = {"year_end": date(year, 12, 31), "borough": borough, "ward": ward}
                    rows.append(row | {"characteristic": name, "count": count})
    return rows
