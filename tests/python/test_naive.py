"""Every design against an independent calculation: random records with odd cases, compared cell by cell.

`naive` calculates from the definitions in words, with lists of dictionaries. By default a few seeds are tried;
PEELIAN_NAIVE_SEEDS=200 tries more.
"""

import os
from dataclasses import dataclass
from datetime import date

import pytest

from naive import crime, data, elsewhere, places, reports, victims
from naive.answers import Cell, Missing
from naive.areas import CENTRAL_NORTH, LONDON, POLICE_AREA
from naive.days import first_and_last
from naive.records import CAMDEN, HAVERING, RICHMOND, SOUTHWARK

SEEDS = range(int(os.environ.get("PEELIAN_NAIVE_SEEDS", "3")))
# What is rounded more than once, or is summed in another order, can differ in the last bits.
CLOSE = 1e-12
# Designs without a calculation, and why.
NOT_CALCULATED = {"submitted_only": "nothing is computed: the value is a figure that an agency submitted"}

BOROUGHS = [SOUTHWARK, CAMDEN, RICHMOND, HAVERING]
AREAS = [*BOROUGHS, CENTRAL_NORTH, POLICE_AREA]
MONTHS = ["2016-01", "2016-02", "2016-12", "2017-02", "2017-12", "2018-01"]
YEARS = ["R12-2016-02", "R12-2017-06", "R12-2017-12", "CY2016", "CY2017", "2016/17"]
# The months before these are not all held.
EARLY = ["2015-01", "2015-12", "CY2015"]
COURTS = ["CC-CROYDON", "CC-HARROW", LONDON]


@dataclass(frozen=True)
class Asked:
    """Cells of a measure, and how they are calculated."""

    measure: str
    calculate: object
    areas: list
    periods: list
    by: str = ""


def asked_of_crimes():
    hate, knife, any_crime = crime.is_hate, crime.is_knife_crime, lambda _: True
    women = crime.is_violence_against_women
    positive = crime.SANCTIONS | {"8"}
    yield Asked("knife-crime-offences", crime.number(knife), AREAS, [*MONTHS, *YEARS, "2016/17-Q4"])
    yield Asked("gun-lethal-discharges.incidents", crime.incidents(crime.is_lethal_discharge), AREAS, YEARS)
    yield Asked("hate-crime-reports", crime.number(hate, crime.strands), AREAS, [*MONTHS, *YEARS], by="hate_strand")
    yield Asked("hate-crime-reports.rate", crime.per_1000_residents(hate), [*AREAS, LONDON], YEARS)
    yield Asked("recorded-crime-volume.rate", crime.per_1000_residents(any_crime), [*AREAS, LONDON], YEARS)
    wards = ["E05000095", "E05000130"]
    yield Asked("recorded-crime-volume", crime.number_in_ward, wards, [*MONTHS, *YEARS])
    rates = "hate-crime-sanction-rate.all-hate"
    yield Asked(f"{rates}.period", crime.outcomes_over_crimes(hate, crime.SANCTIONS), AREAS, YEARS)
    yield Asked(f"{rates}.cohort", crime.crimes_with_outcome(hate, crime.SANCTIONS), AREAS, YEARS)
    yield Asked(f"{rates}.positive-outcome-cohort", crime.crimes_with_outcome(hate, positive), AREAS, YEARS)
    yield Asked("istv-police-ratio", crime.violence_per_attendance, [*BOROUGHS, LONDON], [*YEARS, "2016/17-Q4"])
    withdrawal = "vawg-victim-withdrawal-police.all-vawg"
    yield Asked(f"{withdrawal}.all", crime.outcome_share(women, {"14", "16"}), AREAS, YEARS)
    yield Asked(f"{withdrawal}.outcome-14", crime.outcome_share(women, {"14"}), AREAS, YEARS)
    for months in (12, 18, 24):
        measure = f"rape-outcome-rate.charged-within-{months}m"
        yield Asked(measure, crime.charged_within(months), [*BOROUGHS, POLICE_AREA], [*YEARS, "R12-2017-11"])
    funnel = "vawg-attrition-funnel.da"
    yield Asked(f"{funnel}.cohort", crime.domestic_abuse_followed_up, [*BOROUGHS, POLICE_AREA], YEARS)
    yield Asked(f"{funnel}.throughput", crime.domestic_abuse_throughput, [LONDON, SOUTHWARK], YEARS)
    for name, groups in [("bame", crime.MINORITIES), ("black", ["black"])]:
        search = crime.searches_of(groups)
        yield Asked(f"stop-search-disproportionality.{name}", search, [*BOROUGHS, POLICE_AREA, LONDON], YEARS)
        prosecuted = ["CPS-LONDON-NORTH", "CPS-LONDON-SOUTH", LONDON]
        yield Asked(f"cjs-relative-rate-index.{name}-convicted", crime.convictions_of(groups), prosecuted, YEARS)
    yield Asked("local-priority-volume", crime.priority_crimes, AREAS, [*MONTHS, *YEARS, "2016/17-Q3"])
    places_of_score = [*BOROUGHS, POLICE_AREA, LONDON]
    homicide = crime.severity(lambda row: crime.group(row) == "homicide")
    yield Asked("crime-severity-score.homicide-from-records", homicide, places_of_score, YEARS)
    yield Asked("local-priority-volume.rate", crime.priority_rate, AREAS, YEARS)


def asked_of_victims():
    yield from asked_of_persons()
    repeats = "local-priority-repeat-victimisation"
    periods = [*MONTHS, *EARLY, *YEARS]
    yield Asked(f"{repeats}.to-same-kind", victims.priority_repeats(prior_of_same_kind=True), AREAS, periods)
    yield Asked(f"{repeats}.to-any", victims.priority_repeats(prior_of_same_kind=False), AREAS, periods)


def asked_of_persons():
    for measure, calculate in victims.REPEATS.items():
        months = [] if measure.startswith("hate") else [*MONTHS, *EARLY[:2]]
        yield Asked(measure, calculate, AREAS, [*months, *EARLY[2:], *YEARS])
    by_sex = victims.REPEATS["repeat-victim-share.victims-prior-12m"]
    yield Asked("repeat-victim-share.victims-prior-12m", by_sex, AREAS, [*MONTHS, *YEARS], by="sex")
    number = victims.repeats(crime.is_knife_crime, result="number")
    yield Asked("knife-repeat-victimisation.count", number, [CENTRAL_NORTH, POLICE_AREA], YEARS)
    yield Asked("repeat-victim-share.victims-r12-2plus", victims.two_or_more, AREAS, YEARS)
    rate = "young-victim-rate"
    yield Asked(f"{rate}.under-18", victims.young_victims(0, 17), AREAS, YEARS)
    yield Asked(f"{rate}.aged-18-to-24", victims.young_victims(18, 24), AREAS, YEARS)
    yield Asked(f"{rate}.residence", victims.young_victims(0, 17, by_residence=True), AREAS, YEARS)
    yield Asked(f"{rate}.persons", victims.young_victims(0, 17, is_rate=False), AREAS, YEARS, by="sex")


def asked_elsewhere():
    ends = [
        ("offence", "charge"),
        ("charge", "first_listing"),
        ("first_listing", "completion"),
        ("offence", "completion"),
    ]
    for start, end in ends:
        stage = f"{start}-to-{end}".replace("_", "-")
        for name, of in [(stage, elsewhere.median), (f"mean-{stage}", elsewhere.mean)]:
            calculate = elsewhere.duration(of, f"{start}_date", f"{end}_date")
            yield Asked(f"court-timeliness.{name}", calculate, COURTS, [*YEARS, "2016/17-Q1"])
    yield Asked("crown-court-outstanding", elsewhere.open_cases, COURTS, MONTHS[:-1])
    calls = elsewhere.antisocial_behaviour
    yield Asked("asb-incident-volume.police", calls("count"), AREAS, [*MONTHS, *YEARS])
    yield Asked("asb-incident-volume.repeat-callers", calls("repeat_caller_count"), AREAS, [*MONTHS, *YEARS])
    yield Asked("asb-incident-volume.rate", calls("count", is_rate=True), AREAS, YEARS)
    recruited = ["2016/17-Q1", "CY2016", "CY2017"]
    yield Asked("recruitment-share.joined-bame", elsewhere.joined, [POLICE_AREA], recruited)
    yield Asked("recruitment-share.disparity", elsewhere.disparity, [POLICE_AREA], recruited)
    snapshots = [f"2016-{month:02}" for month in range(1, 13)]
    yield Asked("workforce-share.women", elsewhere.women("headcount"), [POLICE_AREA], snapshots)
    yield Asked("workforce-share.women-fte", elsewhere.women("fte"), [POLICE_AREA], snapshots)
    ratio = "workforce-representation-ratio"
    yield Asked(f"{ratio}.bame", elsewhere.minorities_represented, [POLICE_AREA], snapshots)
    yield Asked(f"{ratio}.women", elsewhere.women_represented, [POLICE_AREA], snapshots)
    overall = "victim-satisfaction-overall"
    yield Asked(f"{overall}.any-satisfied", elsewhere.satisfied(elsewhere.SATISFIED), AREAS, YEARS[2:3] + YEARS[5:])
    yield Asked(f"{overall}.completely-or-very", elsewhere.satisfied(elsewhere.SATISFIED[:2]), AREAS, ["R12-2016-12"])
    yield Asked(
        f"{overall}.any-satisfied", elsewhere.satisfied(elsewhere.SATISFIED), AREAS, ["R12-2017-06"], by="sex"
    )
    for name, gap in [
        ("white-bame", elsewhere.satisfaction_gap("eth5", ["white"], ["mixed", "asian", "black", "other"])),
        ("white-black", elsewhere.satisfaction_gap("eth5", ["white"], ["black"])),
        ("not-disabled-disabled", elsewhere.satisfaction_gap("disability", ["no"], ["yes"])),
    ]:
        yield Asked(f"satisfaction-gap.{name}", gap, AREAS, ["R12-2016-12", "R12-2017-06", "2016/17"])
    cohorts = ["2015/16-Q1", "2015/16-Q3", "2015/16-Q4", "CY2015", "2015/16", "R12-2015-12"]
    reoffending, places = elsewhere.reoffending, [*BOROUGHS, LONDON]
    is_serious = lambda row: row["offence_class"] in elsewhere.SERIOUS
    is_persistent = lambda row: row["prior_offences_n"] >= 11
    for measure, calculate in [
        ("reoffending-binary-rate.all", reoffending("binary")),
        ("reoffending-binary-rate.persistent", reoffending("binary", is_persistent)),
        ("reoffending-frequency.per-reoffender", reoffending("per_reoffender")),
        ("reoffending-frequency.per-offender", reoffending("per_offender")),
        ("reoffending-frequency.per-100-offenders", reoffending("per_100_offenders")),
        ("reoffending-frequency.top-tenth-share", reoffending("top_tenth")),
        ("reoffending-severity.serious-per-100", reoffending("per_100_offenders", is_counted=is_serious)),
        ("reoffending-severity.serious-rate", reoffending("binary", is_counted=is_serious)),
    ]:
        yield Asked(measure, calculate, places, cohorts)
    yield Asked("reoffending-binary-rate.all", reoffending("binary"), places, cohorts, by="index_event")


def asked_of_reports():
    forces, periods = [POLICE_AREA, LONDON], ["2016-02", "2016-03", "2017-12", "CY2016", "R12-2017-02", "2015/16-Q4"]
    yield Asked("data-completeness.police", reports.police_reports, forces, periods)
    departments = sorted(reports.sites(date(2015, 1, 1), date(2017, 12, 31)))
    months = ["2015-01", "2016-02", "2017-12"]
    yield Asked("istv-completeness.sites", reports.sites_received, [LONDON, *departments], months)


def asked_of_places():
    index, wards = "vulnerable-localities-index", ["E05000095", "E05000130"]
    years = ["CY2016", "CY2017", "2016/17"]
    for name, calculate in places.VARIABLES.items():
        yield Asked(f"{index}.{name}", calculate, [*BOROUGHS, POLICE_AREA, *wards], years)
    yield Asked(f"{index}.index", places.index, [*BOROUGHS, *wards], years)


EVERYTHING = [*asked_of_crimes(), *asked_of_victims(), *asked_elsewhere(), *asked_of_places()]
OF_BOROUGHS = [
    Asked("borough-spread.satisfaction", elsewhere.spread, [POLICE_AREA, LONDON], ["R12-2016-12", "R12-2017-06"])
]
RATIO, DEPRIVED = "vulnerable-ward-ratio", crime.ward_deciles_by_deprivation
OF_WARDS = [
    Asked(f"{RATIO}.all", crime.ward_deciles, [POLICE_AREA], ["CY2016", "R12-2016-12"]),
    Asked(f"{RATIO}.knife-by-deprivation", DEPRIVED(crime.is_knife_crime), [POLICE_AREA], ["CY2016"]),
    Asked(
        f"{RATIO}.rate-by-deprivation", DEPRIVED(crime.is_burglary_robbery_or_sexual, True), [POLICE_AREA], ["CY2016"]
    ),
]


# Comparing -----------------------------------------------------------------------------------------------------------


def as_table(rows):
    """The rows as a table of texts, as a partner's file has them."""
    import pyarrow

    names = dict.fromkeys(name for row in rows for name in row if name != "day")
    return pyarrow.table({name: pyarrow.array([_text(row.get(name)) for row in rows], "string") for name in names})


def _text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, set):
        return ";".join(sorted(value))
    return None if value is None else str(value)


def load(peelian, known):
    """The rows of every dataset, loaded without a single error."""
    covers = {
        dataset: {"period": (first.isoformat(), last.isoformat()), "areas": known.areas.get(dataset, [POLICE_AREA])}
        for dataset, (first, last) in known.covers.items()
    }
    workspace = peelian.load({dataset: as_table(rows) for dataset, rows in known.rows.items()}, covers=covers)
    for dataset, report in workspace.received.items():
        assert report.errors == 0, (dataset, report.findings.of("ERROR")[:3])
    return workspace


def differences(workspace, known, asked, some):
    """The cells of a question that differ from the calculation. Every cell is answered, and `some` holds for one."""
    found = workspace.query(
        asked.measure, areas=asked.areas, periods=asked.periods, by=asked.by or (), companions=False
    )
    groups = {seen.breakdown for seen in found}
    assert len(found) == len(asked.areas) * len(asked.periods) * len(groups), asked
    assert any(map(some, found)), asked
    for seen in found:
        cell = Cell(seen.area, seen.period, seen.breakdown.partition("=")[2] or None)
        expected = asked.calculate(known, cell)
        if differs := difference(seen, expected):
            yield f"{asked.measure} {cell}: found {differs}, expected {expected}"


def difference(seen, expected):
    """What differs between an observation and the calculation, as a text; empty if nothing does."""
    if isinstance(expected, Missing) or seen.missing:
        is_same_reason = isinstance(expected, Missing) and seen.missing == expected.reason and seen.value is None
        return "" if is_same_reason else f"{seen.value} ({seen.missing}) of {seen.numerator} and {seen.denominator}"
    if expected.is_rounded_once and seen.value != float(expected.value):
        return f"value {seen.value}"
    pairs = [("value", seen.value, expected.value)]
    pairs += [
        ("numerator", seen.numerator, expected.numerator),
        ("denominator", seen.denominator, expected.denominator),
    ]
    if expected.base is not None:
        pairs.append(("base", seen.unweighted_base, expected.base))
    if expected.components:
        found = {(part.kind, part.code): part for part in seen.components}
        if found.keys() != {part[:2] for part in expected.components}:
            return f"components {list(found)}"
        for kind, code, count, value in expected.components:
            part = found[kind, code]
            pairs += [(f"count of {code}", part.count, count), (f"value of {code}", part.value, value)]
    return ", ".join(f"{name} {found}" for name, found, wanted in pairs if not is_close(found, wanted))


def is_close(found, expected):
    """Whether two numbers are the same but for their last bits. Neither or both are known."""
    if expected is None or found is None:
        return found is expected
    return abs(found - float(expected)) <= CLOSE * abs(float(expected))


def has_value(seen):
    """Whether an observation has a value."""
    return seen.missing is None


def compare(peelian, known, questions, some=has_value):
    """Compares all cells of questions. `some` holds for a cell of each, so that no question is answered by nothing."""
    workspace = load(peelian, known)
    found = [text for asked in questions for text in differences(workspace, known, asked, some)]
    assert not found, f"{len(found)} cells differ:\n" + "\n".join(found[:20])


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cell_is_that_of_the_calculation(peelian, seed):
    compare(peelian, data.everything(seed), EVERYTHING)


@pytest.mark.parametrize("seed", SEEDS)
def test_few_records(peelian, seed):
    """Most months and groups are empty."""
    compare(peelian, data.everything(seed, part=0.02), EVERYTHING, some=lambda _: True)


@pytest.mark.parametrize("seed", SEEDS)
def test_classes_without_a_weight(peelian, seed):
    asked = Asked(
        "crime-severity-score.from-records", crime.severity(lambda _: True), [*BOROUGHS, POLICE_AREA], YEARS
    )
    compare(peelian, data.everything(seed), [asked], some=lambda seen: seen.missing == "no_weight")


@pytest.mark.parametrize("seed", SEEDS)
def test_pseudonyms_of_two_keys(peelian, seed):
    is_mixed = lambda seen: seen.missing == "mixed_linkage_keys"
    compare(peelian, data.with_two_keys(seed), asked_of_persons(), some=is_mixed)


@pytest.mark.parametrize("seed", SEEDS)
def test_tenths_of_wards(peelian, seed):
    compare(peelian, data.of_every_ward(seed), OF_WARDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_boroughs_at_both_ends(peelian, seed):
    compare(peelian, data.surveyed_everywhere(seed), OF_BOROUGHS)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_reported(peelian, seed):
    compare(peelian, data.reported_in_part(seed), asked_of_reports())


def test_every_design_is_calculated(peelian):
    """A new design needs a calculation, or a reason why it has none."""
    design = {measure.id: measure.design for measure in peelian.catalogue().measures.values()}
    calculated = set()
    for asked in [*EVERYTHING, *OF_BOROUGHS, *OF_WARDS, *asked_of_reports()]:
        calculated |= {kind for measure, kind in design.items() if measure == asked.measure}
    assert set(design.values()) - calculated == set(NOT_CALCULATED)


# Cells that once differed --------------------------------------------------------------------------------------------


def only_cell(peelian, known, measure, area, period):
    """The observation of one cell."""
    (seen,) = load(peelian, known).query(measure, areas=area, periods=period, companions=False)
    return seen, Cell(area, period)


def test_a_unit_that_begins_within_the_period(peelian):
    known = data.everything(0)
    seen, cell = only_cell(peelian, known, "young-victim-rate.persons", CENTRAL_NORTH, "2016/17")
    assert difference(seen, victims.young_victims(0, 17, is_rate=False)(known, cell)) == ""


def test_persons_of_a_year_that_ends_without_records(peelian):
    known = data.everything(0)
    crimes = [row for row in known["crime"] if row["recorded_at"] < date(2017, 3, 1)]
    refs = {row["crime_ref"] for row in crimes}
    rows = {"crime": crimes, "crime_victim": [row for row in known["crime_victim"] if row["crime_ref"] in refs]}
    some = data.Data(rows, {dataset: known.covers[dataset] for dataset in rows})
    seen, cell = only_cell(peelian, some, "young-victim-rate.persons", POLICE_AREA, "2016/17")
    assert difference(seen, victims.young_victims(0, 17, is_rate=False)(some, cell)) == ""


def test_a_silent_department_is_not_complete(peelian):
    known = data.reported_in_part(0)
    silent = min(reports.sites(*first_and_last("2016-02")) - set(known.areas["istv_attendance"]))
    seen, cell = only_cell(peelian, known, "istv-completeness.sites", silent, "2016-02")
    assert difference(seen, reports.sites_received(known, cell)) == ""


def test_a_ratio_of_few_officers_is_not_given(peelian):
    known = data.everything(0)
    known.rows["workforce_snapshot"] = [
        row | {"headcount": min(row["headcount"], 1), "fte": 0} for row in known["workforce_snapshot"]
    ]
    share, _ = only_cell(peelian, known, "workforce-share.bame", POLICE_AREA, "2016-02")
    ratio, _ = only_cell(peelian, known, "workforce-representation-ratio.bame", POLICE_AREA, "2016-02")
    assert share.missing == "base_too_small"
    assert ratio.missing == share.missing


def test_the_hours_of_one_officer_are_not_given(peelian):
    known = data.everything(0)
    first, *others = [
        row for row in known["workforce_snapshot"] if row["role"] == "officer" and row["sex"] == "female"
    ]
    for row in others + [row for row in known["workforce_snapshot"] if row["sex"] == "male"]:
        row.update(headcount=0, fte=0)
    first.update(headcount=1, fte=0.4)
    month = first["snapshot_date"].isoformat()[:7]
    seen, cell = only_cell(peelian, known, "workforce-share.women-fte", POLICE_AREA, month)
    assert difference(seen, elsewhere.women("fte")(known, cell)) == ""
