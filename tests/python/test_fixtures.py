"""Worked examples with known answers. They are submitted as records and queried as measures.

If a measure has a smallest base, every person of an example stands for ten persons. Shares stay the same.
"""

import pytest

from exchange import COMPUTED, crime, csv_parts, last_day, observation_pb2, victim

LONDON, SOUTHWARK, LAMBETH = "E12000007", "E09000028", "E09000022"
COPIES = 10


def load(client, first, last, rows, victims=(), **header):
    window = (f"{first}-01", last_day(last))
    receipt = client.submit("crime", *window, *csv_parts(rows), **header)
    assert receipt.rejected == 0, receipt.first_findings
    if victims:
        receipt = client.submit("crime_victim", *window, *csv_parts(victims), **header)
        assert receipt.rejected == 0, receipt.first_findings


def share(client, measure, area, period, **query):
    """Numerator, denominator and the whole observation of the only computed answer."""
    found = client.query(measure, area, period, basis=COMPUTED, **query)
    assert len(found) == 1, found
    assert found[0].WhichOneof("result") == "value", found[0]
    assert found[0].value == pytest.approx(found[0].numerator / found[0].denominator, abs=1e-15)
    return found[0].numerator, found[0].denominator, found[0]


# Repeat victimisation: the worked example -------------------------------------------------------------------------------

# Crime, victim, day recorded. In February 2017 there are five victims of six crimes.
REPEAT = [
    ("a1", "V1", "2016-05-10"),
    ("a2", "V1", "2017-02-03"),
    ("b1", "V2", "2017-02-05"),
    ("b2", "V2", "2017-02-20"),
    ("c1", "V3", "2016-01-31"),
    ("c2", "V3", "2017-02-28"),
    ("d1", "V4", "2017-02-14"),
    ("e1", "V5", "2016-02-01"),
    ("e2", "V5", "2017-02-01"),
]


@pytest.fixture(scope="module")
def repeat(client):
    """The example, and other crimes of the same months that must not change it."""
    rows, victims = [], []
    for copy in range(COPIES):
        for ref, name, day in REPEAT:
            rows.append(crime(f"{ref}/{copy}", day))
            victims.append(victim(f"{ref}/{copy}", f"{name}/{copy}"))
    for copy in range(COPIES):
        # V4's other crime is cancelled. His other two come from the same report as d1. An organisation is no person.
        rows.append(crime(f"x1/{copy}", "2016-06-01", record_status="cancelled"))
        rows.append(crime(f"x2/{copy}", "2017-02-14", incident_ref=f"incident-d1/{copy}"))
        rows.append(crime(f"x3/{copy}", "2017-02-15"))
        rows.append(crime(f"x4/{copy}", "2017-02-15"))
        victims.append(victim(f"x1/{copy}", f"V4/{copy}"))
        victims.append(victim(f"x2/{copy}", f"V4/{copy}"))
        victims.append(
            victim(f"x3/{copy}", f"shop/{copy}", victim_type="organisation", victim_pid="", linkage_key_id="")
        )
        unlinkable = dict(victim_pid="", linkage_key_id="", unlinkable_reason="anonymous")
        victims.append({**victim(f"x4/{copy}", "nobody"), **unlinkable})
    load(client, "2016-01", "2017-02", rows, victims, synthetic=True)
    return client


@pytest.mark.parametrize(
    ("variant", "period", "numerator", "denominator"),
    [
        # V1 and V5: V3's other crime is one day too early, V2's is in the month itself.
        ("victims-prior-12m", "2017-02", 2, 5),
        # V1, V2, V5: twelve calendar months before each crime, the first day included.
        ("victims-rolling", "2017-02", 3, 5),
        # V1, V2: 365 days before 2017-02-01 is 2016-02-02, for 2016 is a leap year.
        ("victims-rolling-365-days", "2017-02", 2, 5),
        # V1 and V2 were victims twice within March 2016 to February 2017.
        ("victims-r12-2plus", "R12-2017-02", 2, 5),
    ],
)
def test_repeat_victimisation(repeat, variant, period, numerator, denominator):
    found = share(repeat, f"repeat-victim-share.{variant}", LONDON, period)
    assert found[:2] == (numerator * COPIES, denominator * COPIES)
    assert found[2].synthetic


def test_repeat_victimisation_by_offence(repeat):
    """Crimes a2, b2 and e2 of six. V4's second crime of one report is counted too, and is no repeat."""
    numerator, denominator, _ = share(repeat, "repeat-victim-share.offences-prior-12m", LONDON, "2017-02")
    assert (numerator, denominator) == (3 * COPIES, (6 + 1) * COPIES)


def test_repeat_victimisation_has_its_interval(repeat):
    found = share(repeat, "repeat-victim-share.victims-prior-12m", LONDON, "2017-02")[2]
    assert (found.value, found.interval.method, found.interval.confidence) == (0.4, "wilson", 0.95)
    # Wilson's score interval of 20 of 50.
    assert found.interval.lower == pytest.approx(0.276084, abs=1e-6)
    assert found.interval.upper == pytest.approx(0.538186, abs=1e-6)


def test_repeat_victimisation_needs_twelve_months_before(repeat):
    found = repeat.query("repeat-victim-share.victims-prior-12m", LONDON, "2016-12")
    assert [seen.WhichOneof("result") for seen in found] == ["missing"]


# Counts -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def knives(client):
    """March 2018: 50 knife crimes in Southwark, among crimes that are no knife crimes."""
    rows = [crime(f"k{n}", "2018-03-05", ho_class="34B", knife_use="threatened") for n in range(40)]
    rows += [crime(f"j{n}", "2018-03-06", ho_class="8N", knife_use="injured") for n in range(10)]
    # Possession; a class outside the selected ones; no knife; cancelled; another borough and month.
    rows += [crime(f"p{n}", "2018-03-07", ho_class="10D", knife_use="present_not_used") for n in range(7)]
    rows += [crime(f"o{n}", "2018-03-07", ho_class="39", knife_use="threatened") for n in range(6)]
    rows += [crime(f"n{n}", "2018-03-07", ho_class="34B") for n in range(5)]
    rows += [
        crime(f"c{n}", "2018-03-07", ho_class="34B", knife_use="injured", record_status="cancelled") for n in range(4)
    ]
    rows += [
        crime(f"l{n}", "2018-03-07", ho_class="34B", knife_use="injured", offence_borough=LAMBETH) for n in range(3)
    ]
    load(client, "2018-03", "2018-03", rows)
    return client


def test_knife_crime(knives):
    found = knives.query("knife-crime-offences", SOUTHWARK, "2018-03", basis=COMPUTED)
    assert [seen.value for seen in found] == [50]
    # Byar's interval of 50.
    assert found[0].interval.lower == pytest.approx(37.108100, abs=1e-5)
    assert found[0].interval.upper == pytest.approx(65.920157, abs=1e-5)
    assert knives.value("knife-crime-offences", LONDON, "2018-03") == 53


def test_recorded_crime(knives):
    assert knives.value("recorded-crime-volume", SOUTHWARK, "2018-03") == 50 + 7 + 6 + 5


def test_explained(knives):
    request = observation_pb2.ExplainObservationRequest(
        measure="knife-crime-offences", area=SOUTHWARK, period="2018-03"
    )
    explained = knives.observations.ExplainObservation(request, timeout=30)
    assert explained.measure.version >= 1
    assert [seen.value for seen in explained.observations] == [50]
    assert explained.steps[-1].remaining == 50
    assert all(step.expression for step in explained.steps)
    (one,) = [seen for seen in explained.submissions if seen.dataset == "crime"]
    held = {seen.name: seen.receipt for seen in knives.list_submissions()}
    assert one.content_sha256 == held[one.submission].content_sha256


# Hate crime: strands overlap --------------------------------------------------------------------------------------------


def test_a_crime_of_two_strands_counts_once_in_the_total(client):
    """The figures of the Home Office for 2017/18: 94,098 offences, and 100,102 if strands are added up."""
    rows = [crime(f"h{n}", "2019-05-03", flag_hate="race") for n in range(20)]
    rows += [crime(f"i{n}", "2019-05-04", flag_hate="race;religion") for n in range(4)]
    rows += [crime(f"g{n}", "2019-05-05", flag_hate="disability") for n in range(3)]
    rows += [crime(f"m{n}", "2019-05-06") for n in range(9)]
    load(client, "2019-05", "2019-05", rows)
    found = client.query("hate-crime-reports", SOUTHWARK, "2019-05", basis=COMPUTED)
    assert [seen.value for seen in found] == [27]
    strands = client.query("hate-crime-reports", SOUTHWARK, "2019-05", breakdown=["hate_strand"], basis=COMPUTED)
    by_strand = {
        seen.breakdown["hate_strand"]: seen.value for seen in strands if seen.WhichOneof("result") == "value"
    }
    assert {code: value for code, value in by_strand.items() if value} == {"race": 24, "religion": 4, "disability": 3}


# Surveys ----------------------------------------------------------------------------------------------------------------


def response(number, day, satisfied, **fields):
    return {
        "respondent_id": f"r{number}",
        "survey": "uss",
        "wave_quarter": "2016/17-Q3",
        "interview_date": day,
        "mode": "phone",
        "borough": SOUTHWARK,
        "crime_group": "burglary_res",
        "weight": "1",
        "weight_set": "w1",
        "q_overall": "fairly_satisfied" if satisfied else "very_dissatisfied",
        "age": "40",
        "eth5": "white",
        **fields,
    }


@pytest.fixture(scope="module")
def survey(client):
    """400 answers in October 2016, of which 272 are satisfied. "Don't know" and "refused" are in neither number."""
    rows = [response(n, "2016-10-05", n < 272) for n in range(400)]
    rows += [response(1000 + n, "2016-10-06", False, q_overall="dont_know") for n in range(30)]
    # November 2016, for the gap: 750 of 1,000 white and 660 of 1,000 black respondents are satisfied.
    rows += [response(2000 + n, "2016-11-07", n < 750) for n in range(1000)]
    rows += [response(4000 + n, "2016-11-08", n < 660, eth5="black") for n in range(1000)]
    window = ("victim_survey_response", "2016-10-01", "2016-12-31")
    receipt = client.submit(*window, *csv_parts(rows), agency="mopac", synthetic=True)
    assert receipt.rejected == 0, receipt.first_findings
    return client


def test_satisfaction(survey):
    """The share of a quarter is a share of those who answered: 272 + 750 + 660 of 2,400, all with the same weight."""
    (found,) = survey.query("victim-satisfaction-overall", LONDON, "2016/17-Q3", basis=COMPUTED)
    assert found.value == pytest.approx(1682 / 2400, abs=1e-12)
    assert (found.unweighted_base, found.effective_n) == (2400, 2400)
    # Wilson's score interval of 1,682 of 2,400.
    n, p, z = 2400, 1682 / 2400, 1.959963984540054
    half = z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    assert found.interval.lower == pytest.approx(centre - half, abs=1e-9)
    assert found.interval.upper == pytest.approx(centre + half, abs=1e-9)
