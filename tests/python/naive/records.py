"""Random records of every kind, with odd cases: ends of months, leap days, ties, empty groups, persons without a pseudonym.

The records are lists of dictionaries. Days are dates, sets are sets, and what is not known is None. The same seed gives the
same records. They have no errors, so that nothing is left out of them.
"""

import hashlib
from datetime import date, timedelta
from itertools import product

from .days import last_of_month, months_away

SOUTHWARK, LAMBETH, CAMDEN, RICHMOND, HAVERING = "E09000028", "E09000022", "E09000007", "E09000027", "E09000016"
# Richmond has few records and Havering none.
BOROUGHS = [SOUTHWARK] * 8 + [LAMBETH] * 6 + [CAMDEN] * 4 + [RICHMOND]
# What the records report on. Reoffences and outcomes come long after.
FIRST, LAST, LATER = date(2015, 1, 1), date(2017, 12, 31), date(2019, 12, 31)
ODD_DAYS = [
    date(2016, 2, 28),
    date(2016, 2, 29),
    date(2016, 3, 1),
    date(2017, 2, 28),
    date(2015, 2, 28),
    date(2016, 12, 31),
]
ETHNIC_GROUPS = ["white", "white", "black", "asian", "mixed", "other", "not_stated", None]
SEXES = ["male", "female", "female", "other", "unknown", None]
YES_NO = ["no", "no", "no", "yes", "unknown"]

# Group of a class of crime, and whether the class is one of knife crime's selected classes.
CLASSES = {
    "1": ("homicide", True),
    "5D": ("violence_with_injury", True),
    "8N": ("violence_with_injury", True),
    "5E": ("violence_with_injury", False),
    "8L": ("stalking_harassment", False),
    "19C": ("rape", True),
    "19F": ("rape", True),
    "20A": ("other_sexual", True),
    "22A": ("other_sexual", False),
    "34A": ("robbery_business", True),
    "34B": ("robbery_personal", True),
    "28E": ("burglary_residential", False),
    "30C": ("burglary_other", False),
    "39": ("theft_person", False),
    "45": ("theft_from_vehicle", False),
    "48": ("theft_of_vehicle", False),
    "10D": ("weapons_possession", False),
    "58A": ("criminal_damage", False),
    "53F": ("misc", False),
    "N100": (None, False),
}


def some_day(rng, first=FIRST, last=LAST):
    """A day, often an odd one: the first or the last of a month, or one about a leap day."""
    kind = rng.random()
    day = first + timedelta(days=rng.randrange((last - first).days + 1))
    if kind < 0.25:
        return last_of_month(day.year, day.month)
    if kind < 0.4:
        return day.replace(day=1)
    odd = [known for known in ODD_DAYS if first <= known <= last]
    return rng.choice(odd) if kind < 0.6 and odd else day


def after(rng, day, months):
    """A day that lies about some months after a day: on the limit, on the day before or after it, or anywhere before."""
    limit = months_away(day, months)
    choices = [
        day,
        limit,
        limit + timedelta(days=1),
        limit - timedelta(days=1),
        day + timedelta(days=rng.randrange(700)),
    ]
    return max(day, rng.choice(choices))


def pseudonym(domain, number):
    """A pseudonym as an agency's key service gives it: 64 hexadecimal digits."""
    return hashlib.sha256(f"{domain}/{number}".encode()).hexdigest()


def crimes(rng, wards, number):
    """Recorded crimes, and reports that are none."""
    rows = []
    for ref in range(number):
        recorded = some_day(rng)
        borough = rng.choice(BOROUGHS)
        gun = rng.choice(["none"] * 8 + ["fired", "blunt_instrument", "threatened", "intimated", "unknown"])
        has_gun = gun not in ("none", "unknown")
        weapon = rng.choice(["handgun", "air_weapon", "cs_pepper", "imitation"]) if has_gun else None
        strands = [
            "race",
            "religion",
            "sexual_orientation",
            "disability",
            "transgender",
            "antisemitic",
            "islamophobic",
        ]
        flags = {name: rng.choice(YES_NO) for name in ("flag_cse", "flag_csa", "flag_hba", "flag_fm", "flag_fgm")}
        rows.append(
            {
                "crime_ref": f"C{ref}",
                "incident_ref": rng.choice([None, f"I{ref}", f"I{ref}", f"I{rng.randrange(1 + number // 8)}"]),
                "record_status": rng.choice(["active"] * 8 + ["cancelled", "transferred_out", "reclassified"]),
                "recorded_at": recorded,
                # Recent to the day, or not recent by a day.
                "committed_from": rng.choice(
                    [recorded, months_away(recorded, -12) - timedelta(days=rng.randrange(3))]
                ),
                "ho_class": rng.choice([*CLASSES, "19C", "34B", "28E", "8N"]),
                "victim_based": rng.random() < 0.85,
                "offence_borough": borough,
                "offence_ward": rng.choice([None, *wards[borough][:6], *wards[borough]]),
                "flag_da": rng.choice(YES_NO),
                "flag_hate": set(rng.sample(strands, rng.choice([0, 0, 0, 1, 1, 2, 3]))),
                **flags,
                "knife_use": rng.choice(
                    ["none", "none", "injured", "threatened", "intimated", "present_not_used", "unknown"]
                ),
                "gun_use": gun,
                "weapon_class": weapon,
                "shots_fired": ("yes" if gun == "fired" else "no") if has_gun else None,
                "reported_by": rng.choice([None, "victim", "third_party", "police_generated"]),
                "suspect_count": rng.choice([None, 0, 1, 2]),
            }
        )
    return rows


def crimes_of_every_ward(rng, wards, year):
    """Crimes of one year: at least one that counts in almost every ward, so that the tenth with fewest has some."""
    rows = []
    for borough, codes in wards.items():
        for ward in [*codes * 3, *rng.choices([None, *codes], k=50)]:
            day = some_day(rng, date(year, 1, 1), date(year, 12, 31))
            (row,) = crimes(rng, {known: [None] for known in BOROUGHS}, 1)
            place = {"crime_ref": f"W{len(rows)}", "offence_borough": borough, "offence_ward": ward}
            rows.append(row | place | {"recorded_at": day, "committed_from": day, "incident_ref": None})
    return rows


def victims(rng, crimes):
    """Victims of the crimes: none, one or several. One is often a victim again, of the same report or of another."""
    rows, persons = [], max(2, len(crimes) // 4)
    for crime in crimes:
        for seq in range(rng.choice([0, 1, 1, 1, 1, 2, 3])):
            kind = rng.choice(["person"] * 8 + ["organisation", "state"])
            known = kind == "person" and rng.random() < 0.85
            ethnic_group = rng.choice(ETHNIC_GROUPS)
            # Some persons are victims again and again.
            person = rng.choice([rng.randrange(persons), rng.randrange(persons), rng.randrange(1 + persons // 15)])
            rows.append(
                {
                    "crime_ref": crime["crime_ref"],
                    "victim_seq": seq + 1,
                    "victim_type": kind,
                    "victim_pid": pseudonym("victim", person) if known else None,
                    "unlinkable_reason": None if known or kind != "person" else rng.choice(["anonymous", "refused"]),
                    "linkage_key_id": "key-1" if known else None,
                    "age": rng.choice([None, 0, 1, 9, 10, 15, 17, 17, 18, 24, 25, 40, 80])
                    if kind == "person"
                    else None,
                    "sex": rng.choice(SEXES),
                    "eth5": ethnic_group,
                    "eth_basis": ethnic_group and "self_defined",
                    "residence_borough": rng.choice([None, *BOROUGHS]),
                    "injury": "fatal" if crime["ho_class"] == "1" else rng.choice(["none", "minor", "serious"]),
                }
            )
    return rows


def outcomes(rng, crimes):
    """Outcomes of the crimes: none, one, or several of which one is current."""
    rows = []
    codes = ["1", "1A", "2", "3", "4", "5", "6", "7", "8", "9", "14", "14", "15", "16", "16", "18", "NYA", "NYA"]
    for crime in crimes:
        known = rng.sample(sorted(set(codes) - {"NYA"}), 2) if rng.random() < 0.3 else [rng.choice(codes)]
        days = sorted(min(LATER, after(rng, crime["recorded_at"], rng.choice([12, 18, 24]))) for _ in known)
        for at, (code, day) in enumerate(zip(known, days, strict=True)):
            if rng.random() < 0.9 or at:
                rows.append(
                    {
                        "crime_ref": crime["crime_ref"],
                        "outcome_code": code,
                        "outcome_date": day,
                        "is_current": at == len(known) - 1,
                    }
                )
    return rows


def prosecutions(rng, crimes):
    """Defendants, some of whom can be linked to a crime."""
    rows = []
    unsuccessful = ["discontinued", "withdrawn", "jury_acquittal", "dismissed_after_trial", "admin_finalised"]
    outcomes = ["guilty_plea", "convicted_after_trial", "proved_in_absence", "mixed_plea", "pending", *unsuccessful]
    flags = ["da", "rape", "so_other", "stalking_harassment", "hba", "hate_race", "hate_religion"]
    for number in range(len(crimes) // 2):
        crime = rng.choice([None, *rng.sample(crimes, 3)])
        start = crime["recorded_at"] if crime else some_day(rng)
        receipt = rng.choice([None, start, start + timedelta(days=rng.randrange(200))])
        decision = (receipt or start) + timedelta(days=rng.randrange(60))
        charged = rng.choice([None, decision, decision + timedelta(days=rng.randrange(60))])
        outcome = rng.choice(outcomes) if charged else rng.choice(["pending", "admin_finalised"])
        finalised = (charged or decision) + timedelta(days=rng.randrange(300)) if outcome != "pending" else None
        ethnic_group = rng.choice(ETHNIC_GROUPS)
        rows.append(
            {
                "cps_case_ref": f"P{number}",
                "defendant_seq": rng.choice([1, 2]),
                "case_link_id": crime and crime["crime_ref"],
                "cps_area": rng.choice(["CPS-LONDON-NORTH", "CPS-LONDON-SOUTH"]),
                "pre_charge_receipt_date": receipt,
                "pre_charge_decision": "charge"
                if charged
                else rng.choice(["nfa_evidential", "pending", "oocd", None]),
                "decision_date": decision,
                "charged_date": charged,
                "finalised_date": finalised,
                "outcome": outcome,
                "flags": set(rng.sample(flags, rng.choice([0, 1, 1, 2]))),
                "defendant_eth5": ethnic_group,
                "defendant_eth_basis": ethnic_group
                and rng.choice(["self_defined", "self_defined", "officer_observed"]),
            }
        )
    return rows


def priorities(rng, boroughs):
    """Two kinds of crime that each borough chose. They change in the middle of a year, and not only with a month. Sometimes
    one borough chose a kind that records do not tell, or nothing."""
    odd = rng.choice([None, None, *BOROUGHS, HAVERING])
    silent = rng.choice([None, None, None, *BOROUGHS])
    kinds = ["nonda_violence_with_injury", "robbery_personal", "burglary_residential", "burglary_all"]
    kinds += ["theft_from_vehicle", "theft_of_vehicle", "theft_person"]
    changes = [None, date(2016, 10, 1), date(2016, 2, 29), date(2016, 6, 15), date(2016, 12, 31)]
    rows = []
    for borough in boroughs:
        change = rng.choice(changes)
        if borough == silent:
            continue
        periods = [(FIRST, change and change - timedelta(days=1))] + ([(change, None)] if change else [])
        for valid_from, valid_to in periods:
            first, second = rng.sample(kinds, 2)
            if borough == odd:
                second = rng.choice(["moped_enabled", "other", second])
            rows.append(
                {
                    "borough": borough,
                    "valid_from": valid_from,
                    "valid_to": valid_to,
                    "priority_1": first,
                    "priority_2": second,
                }
            )
    return rows


def searches(rng, number):
    """Stops and searches."""
    powers = ["pace_s1", "pace_s1", "mda_s23", "cjpoa_s60", "tact_s43", "tact_s44", "tact_s47a"]
    return [
        {
            "search_ref": f"S{ref}",
            "search_date": some_day(rng),
            "search_type": rng.choice(["person", "person", "vehicle", "person_and_vehicle"]),
            "search_power": rng.choice(powers),
            "search_outcome": rng.choice(["no_further_action", "arrest", "summons"]),
            "outcome_linked": rng.choice(["yes", "no", "unknown", None]),
            "self_defined_eth5": rng.choice(ETHNIC_GROUPS),
            "officer_eth": rng.choice(["white", "black", "asian"]),
            "borough": rng.choice(BOROUGHS),
        }
        for ref in range(number)
    ]


def antisocial_behaviour(rng, boroughs):
    """Calls about antisocial behaviour: counts by month. Sometimes one borough lacks a month, and calls can be none."""
    rows = []
    silent = rng.choice([None, *BOROUGHS]), rng.randrange(1, 13)
    kinds, recorders = ("personal", "nuisance", "environmental"), ("police", "council")
    for year, month, borough, kind, recorder in product((2016, 2017), range(1, 13), boroughs, kinds, recorders):
        is_silent = (borough, month) == silent and recorder == "police"
        # Elsewhere there are only a few rows.
        is_left_out = kind != "personal" and (borough not in BOROUGHS or rng.random() < 0.2)
        if is_silent or is_left_out:
            continue
        count = rng.choice([0, 1, 7, rng.randrange(500)])
        # What is not known is no zero.
        repeated = [0, rng.randrange(count + 1), None] if borough == RICHMOND else [0, rng.randrange(count + 1)]
        rows.append(
            {
                "month_end": last_of_month(year, month),
                "borough": borough,
                "asb_type": kind,
                "count": count,
                "repeat_caller_count": rng.choice(repeated),
                "recorded_by": recorder,
            }
        )
    return rows
