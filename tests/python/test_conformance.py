"""All interfaces give the same bits. Each measure of the catalogue is queried from an exchange over gRPC, from the C
library and from the Python package, for the same synthetic records and published figures. The library and the package
answer three times: from records in their own process, from only the fields that each query needs, and as clients of the
exchange.

The exchange gets each file of records as a separate submission, as partners send them. In their own process, the other
interfaces get all rows of a dataset at once. So the suite also shows that values do not depend on the split of rows. It
repeats no list: measures, their periods, breakdowns and areas come from the exchange's catalogue, and datasets and agencies
from the manifest of the synthetic records. ../conformance/members.py lists what is compared.

In a process, all rows of a dataset count as those of one agency that reports on the stated period and areas. So the
answers are equal if an exchange has the rows of a dataset from one agency, or from several agencies that report on the same
periods, as here. The stated areas are those of the remits of these agencies. Rows of agencies that report on different
periods must be loaded separately: one test below does so.
"""

import csv
import hashlib
import math
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from c_programs import ROOT, build, run
from exchange import Client, catalogue_pb2, crime, csv_bytes, csv_parts, figure, last_day, months, observation_pb2
from process import Server

CONFORMANCE = ROOT / "tests" / "conformance"
sys.path.insert(0, str(CONFORMANCE))
import members  # noqa: E402

# Three years are enough for a year of values after a look-back of one year. Surveys have the same size at any scale.
OPTIONS = ["--scale", "0.01", "--months", "36", "--end", "2017-12"]
FIGURES = "published_figure"
# Kinds of value that a figure states itself: they have no numerator and denominator.
STATED = (catalogue_pb2.VALUE_KIND_INDEX, catalogue_pb2.VALUE_KIND_SCORE)
# In so small a part of London, the tenth of wards with fewest crimes of these kinds has none.
TOO_FEW = {"vulnerable-ward-ratio.burglary-robbery-sexual", "vulnerable-ward-ratio.knife"}
# Synthetic defendants state their group themselves: no officer observed it.
NOT_OBSERVED = {"cjs-relative-rate-index.bame-convicted-observed", "cjs-relative-rate-index.black-convicted-observed"}
# Most classes of crime have no verified weight of severity.
NO_WEIGHT = {"crime-severity-score.from-records"}
# Periods of each kind: at the end of the records, at their beginning where look-backs are not complete, and outside them.
# Periods of published figures are queried too.
PERIODS = {
    "M": ["2017-12", "2017-02", "2015-01", "2018-01"],
    "Q": ["2017/18-Q3", "2015/16-Q1"],
    "R12": ["R12-2017-12", "R12-2016-06", "R12-2015-06"],
    "CY": ["CY2017", "CY2014"],
    "FY": ["2016/17", "2017/18"],
}
# Southwark, Westminster, and the City of London, which has its own police force. Other levels: the first areas.
BOROUGHS = ["E09000028", "E09000033", "E09000001"]
# Greater London, and the area of the Metropolitan Police.
LONDON = {"E12000007", "E23000001"}
AREAS_OF_A_LEVEL = 2
# What the total of each measure is compared with.
SERIES = "previous_window,london,funnel,trend,process_control"
NOT_APPLICABLE = observation_pb2.MISSING_REASON_NOT_APPLICABLE
# Smallest number of values of each design that are neither missing nor zero.
VALUES = 5


@dataclass
class Submission:
    """One file in the form in which an exchange gets it."""

    agency: str
    collection: str
    dataset: str
    first: str
    last: str
    synthetic: bool
    content: bytes


@dataclass
class Answers:
    """The output of one interface: the measures of its catalogue, rows received and rejected by dataset, and observations.
    An observation is a list of the cells of its members. Observations are in the order of the output."""

    measures: list
    received: dict
    observations: list


# The questions -------------------------------------------------------------------------------------------------------


def days(period):
    """First and last day of a period: a month, a quarter, a year, a financial year, or 12 months to a month."""
    if found := re.fullmatch(r"(\d{4})/\d\d(?:-Q(\d))?", period):
        year, quarter = int(found[1]), found[2]
        first, length = (4 + 3 * (int(quarter) - 1), 3) if quarter else (4, 12)
        index = 12 * year + first - 1
    elif period.startswith("CY"):
        index, length = 12 * int(period.removeprefix("CY")), 12
    else:
        year, month = map(int, period.removeprefix("R12-").split("-"))
        length = 12 if period.startswith("R12-") else 1
        index = 12 * year + month - length
    text = lambda index: f"{index // 12:04}-{index % 12 + 1:02}"
    return f"{text(index)}-01", last_day(text(index + length - 1))


def submissions_of(folder, rows):
    """The files of synthetic records, in the order of their manifest."""
    for row in rows:
        first, last = days(row["period"])
        content = (folder / row["path"]).read_bytes()
        content = with_rare_flags(content) if row["dataset"] == "cps_defendant_outcome" else content
        yield Submission(row["agency"], "", row["dataset"], first, last, row["synthetic"] == "true", content)


def with_rare_flags(content):
    """Prosecutions, including kinds that are too rare for such a small part of London."""
    rows = list(csv.DictReader(content.decode().splitlines()))
    for row in rows[::3]:
        row["flags"] = ";".join(filter(None, [row["flags"], "hba", "hate_transphobic"]))
    return csv_bytes(rows).replace(b"\r\n", b"\n")


def published():
    """The published figures with which an exchange starts: a file for each agency and collection."""
    for path in sorted((ROOT / "seeds" / "figures").glob("*.csv")):
        agency, collection = path.stem.split(".")
        spans = [days(row["period"]) for row in csv.DictReader(path.open())]
        first, last = min(first for first, _ in spans), max(last for _, last in spans)
        yield Submission(agency, collection, FIGURES, first, last, False, path.read_bytes())


def made_up(client, measures, agencies):
    """Figures for measures that only agencies compute and that have no published figures in the exchange. An agency that is
    authoritative for a measure submits them."""
    by_agency, count = defaultdict(list), 0
    for measure in measures:
        rows = figures_of(measure, count)
        count += len(rows)
        cells = offered_cells(client, rows)
        kept = [row for row in rows if (row["area"], row["period"], row["breakdown"]) in cells]
        # Surveys offer quarters for London alone.
        survey = measure.authority[0] == "mayor" and measure.value_kind == catalogue_pb2.VALUE_KIND_PROPORTION
        by_agency[authority(measure, agencies)] += [row for row in kept if not survey or row["area"] in LONDON]
    # In the order of the published files' columns, so that the files can be joined.
    columns = next(published()).content.decode().splitlines()[0].split(",")
    in_order = lambda rows: csv_bytes([{name: row[name] for name in columns} for row in rows]).replace(b"\r\n", b"\n")
    return [
        Submission(agency, "made-up", FIGURES, "2014-01-01", "2018-12-31", False, in_order(rows))
        for agency, rows in by_agency.items()
    ]


def offered_cells(client, rows):
    """The areas, periods and breakdowns for which a measure is offered. An exchange without data answers for others that
    they are not applicable."""
    measure, areas = rows[0]["measure"], {row["area"] for row in rows}
    periods, found = {row["period"] for row in rows}, set()
    for by in {row["breakdown"].partition("=")[0] for row in rows}:
        for seen in client.query(measure, areas, periods, breakdown=[by] if by else []):
            if seen.missing != NOT_APPLICABLE:
                found.add((seen.area, seen.period, observed(seen)["breakdown"]))
    return found


def authority(measure, agencies):
    """The agency whose figures on London are the authoritative ones of a measure."""
    remits = [
        (agency, remit) for agency in agencies if agency.kind == measure.authority[0] for remit in agency.remits
    ]
    names = [
        agency.name.removeprefix("agencies/")
        for agency, remit in remits
        if remit.dataset == f"datasets/{FIGURES}" and remit.role == "primary" and LONDON & {*remit.areas}
    ]
    return names[0]


def figures_of(measure, first):
    """Made-up figures of a measure. Their numbers follow from the number of figures before them."""
    rows, kind = [], measure.periods[0]
    for period in months("2017-01", "2017-12") if kind == "M" else PERIODS[kind]:
        for area in ("E23000001", BOROUGHS[0]):
            name, number = measure.name.removeprefix("measures/"), (first + len(rows)) % 97 + 3
            by = f"{measure.breakdowns[0]}=other" if measure.breakdowns else ""
            whole = {"denominator": 400, "unweighted_base": 400}
            if measure.value_kind == catalogue_pb2.VALUE_KIND_COUNT:
                whole = {}
            elif measure.value_kind in STATED:
                whole = {"numerator": "", "value": number}
            rows.append(figure(name, area, period, number, source="Made up", unweighted_base="", value="") | whole)
            if by:
                rows.append(rows[-1] | {"breakdown": by, "numerator": number // 2})
    return rows


def joined(submissions):
    """The content of several files as one file: the header of the first, and the rows of all."""
    headers = {submission.content.partition(b"\n")[0] for submission in submissions}
    assert len(headers) == 1, headers
    return b"\n".join([headers.pop(), *(found.content.partition(b"\n")[2].strip() for found in submissions)]) + b"\n"


@pytest.fixture(scope="module")
def submissions(client, binary, measures, agencies, tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    subprocess.run([binary, "synthesise", "--out", folder, *OPTIONS], check=True, capture_output=True, timeout=300)
    with (folder / "manifest.csv").open(newline="") as file:
        records = list(submissions_of(folder, csv.DictReader(file)))
    figures = list(published())
    names = {row["measure"] for found in figures for row in csv.DictReader(found.content.decode().splitlines())}
    others = [
        found for found in measures if found.design == "submitted_only" and found.name.split("/")[1] not in names
    ]
    return [*records, *figures, *made_up(client, others, agencies)]


@pytest.fixture(scope="module")
def agencies(client):
    """The register."""
    request = catalogue_pb2.ListAgenciesRequest(page_size=1000)
    return list(client.catalogue.ListAgencies(request, timeout=30).agencies)


@pytest.fixture(scope="module")
def measures(client):
    """The catalogue."""
    request = catalogue_pb2.ListMeasuresRequest(page_size=1000)
    return list(client.catalogue.ListMeasures(request, timeout=30).measures)


@pytest.fixture(scope="module")
def areas(client):
    """Some areas of every level: London, boroughs, command units, hospital sites and so on."""
    by_level = defaultdict(list)
    for level in ("", "ward"):
        request = catalogue_pb2.ListAreasRequest(level=level, valid_on=days(PERIODS["R12"][0])[1], page_size=1000)
        for area in client.catalogue.ListAreas(request, timeout=30).areas:
            by_level[area.level].append(area.name.removeprefix("areas/"))
    assert set(BOROUGHS) < set(by_level["borough"]) and len(by_level) == 10
    return {**{level: found[:AREAS_OF_A_LEVEL] for level, found in by_level.items()}, "borough": BOROUGHS}


@pytest.fixture(scope="module")
def questions(client, measures, areas, submissions):
    """Measure, areas, periods, breakdown and comparisons of each question. Each measure is queried as a total for all areas
    and periods, and by each breakdown for one area of each level offered and the first period of each kind."""
    of_figures = defaultdict(dict)
    for submission in submissions:
        if submission.dataset == FIGURES:
            for row in csv.DictReader(submission.content.decode().splitlines()):
                of_figures[row["measure"]][row["period"]] = None
    everywhere = [area for found in areas.values() for area in found]
    asked = []
    for measure in measures:
        name = measure.name.removeprefix("measures/")
        figures = list(of_figures.get(name, of_figures.get(name.partition(".")[0], ())))
        first = [PERIODS[kind][0] for kind in measure.periods]
        periods = dict.fromkeys([*(period for kind in measure.periods for period in PERIODS[kind]), *figures])
        asked.append((name, everywhere, [*periods], "", SERIES))
        # An exchange without data answers for everything that is offered: not submitted.
        empty = client.query(name, [found[0] for found in areas.values()], first) if measure.breakdowns else []
        offered = [*dict.fromkeys(seen.area for seen in empty if seen.missing != NOT_APPLICABLE)]
        some = [*dict.fromkeys([*first, *figures[-1:]])]
        asked += [(name, offered, some, by, "") for by in measure.breakdowns]
    return asked


def areas_of(dataset, parts, agencies):
    """The areas that the rows of a dataset cover in an exchange: those of the remits of the agencies that submitted them.
    There are none if a remit covers the areas that occur in the rows."""
    submitted = {f"agencies/{part.agency}" for part in parts}
    remits = [remit for agency in agencies if agency.name in submitted for remit in agency.remits]
    remits = [remit for remit in remits if remit.dataset == f"datasets/{dataset}"]
    return [*dict.fromkeys(area for remit in remits if remit.covers == "all" for area in remit.areas)]


def write_plan(folder, submissions, questions, agencies):
    """Records and questions in the form that the programs of the two other interfaces read."""
    by_dataset, lines = defaultdict(list), []
    for submission in submissions:
        by_dataset[submission.dataset].append(submission)
    for dataset, parts in by_dataset.items():
        path = folder / f"{dataset}.csv"
        path.write_bytes(joined(parts))
        synthetic = {part.synthetic for part in parts}
        assert len(synthetic) == 1
        span = min(part.first for part in parts), max(part.last for part in parts)
        covered = ",".join(areas_of(dataset, parts, agencies)) or "-"
        lines.append(["records", dataset, str(path), *span, "yes" if synthetic.pop() else "no", covered])
    for measure, areas, periods, *rest in questions:
        breakdown, comparison, source = (one or "-" for one in [*rest, ""][:3])
        lines.append(["ask", measure, ",".join(areas), ",".join(periods), breakdown, comparison, source])
    path = folder / "plan.tsv"
    path.write_text("".join("\t".join(line) + "\n" for line in lines))
    return path


# The answers ---------------------------------------------------------------------------------------------------------


def enum(message, name, value):
    """The name of an enum value in lower case and without its prefix, as the other interfaces write it."""
    kind = message.DESCRIPTOR.fields_by_name[name].enum_type
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.name).upper() + "_"
    return kind.values_by_number[value].name.removeprefix(prefix).lower()


def maybe(message, name):
    return getattr(message, name) if message.HasField(name) else None


def flat(message):
    """The members of a message, together with those of its interval."""
    found = {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}
    found |= {name: maybe(message, name) for name in found if message.DESCRIPTOR.fields_by_name[name].has_presence}
    interval = maybe(message, "interval") if "interval" in found else None
    names = ("lower", "upper", "confidence", "method")
    return found | {name: getattr(interval, name) if interval else None for name in names}


# The words of verdicts in the other interfaces.
VERDICTS = {
    "within_limits": "within the limits",
    "above_warning_limits": "above the 95% limits",
    "below_warning_limits": "below the 95% limits",
    "above_control_limits": "above the 99.8% limits",
    "below_control_limits": "below the 99.8% limits",
    "ordinary_variation": "within ordinary variation",
    "special_cause_above": "special cause above the mean",
    "special_cause_below": "special cause below the mean",
}


def compared_with(made):
    """The members of a comparison."""
    verdict = enum(made, "verdict", made.verdict)
    kind = enum(made, "change_kind", made.change_kind) if made.change_kind else ""
    words = VERDICTS.get(verdict, verdict.replace("_", " "))
    return flat(made) | {"kind": enum(made, "kind", made.kind), "change_kind": kind, "verdict": words}


def observed(seen):
    """The members of an observation of the contract, with the names that the other interfaces use."""
    compared = compared_with(seen.comparisons[0]) if seen.comparisons else {}
    has_change = compared.get("change") is not None
    return flat(seen) | {
        "area_label": seen.area_name,
        "period_start": seen.period_start_inclusive,
        "period_end": seen.period_end_inclusive,
        "breakdown": breakdown_of(seen),
        "basis": enum(seen, "basis", seen.basis),
        "value_kind": enum(seen, "value_kind", seen.value_kind),
        "missing": reason(seen),
        "expected": seen.completeness.expected,
        "received": seen.completeness.received,
        "change_kind": compared["change_kind"] if has_change else None,
        **{f"change_{name}": compared.get(name) for name in ("lower", "upper", "against", "verdict")},
        "change": compared.get("change"),
        "caveats": "; ".join(seen.caveats),
        "breaks": "; ".join(seen.breaks),
        "comparisons": [compared_with(one) for one in seen.comparisons],
        "components": [flat(one) | {"kind": enum(one, "kind", one.kind)} for one in seen.components],
        "alternatives": [flat(one) | {"missing": reason(one)} for one in seen.alternatives],
        "companions": [
            flat(one)
            | {name: enum(one, name, getattr(one, name)) for name in ("basis", "value_kind")}
            | {"missing": reason(one), "breakdown": breakdown_of(one)}
            for one in seen.companions
        ],
    }


def breakdown_of(seen):
    return ";".join(f"{dimension}={code}" for dimension, code in seen.breakdown.items())


def reason(seen):
    """Why there is no value."""
    return enum(seen, "missing", seen.missing) if seen.WhichOneof("result") == "missing" else None


def through_grpc(client, submissions, measures, questions):
    received = defaultdict(lambda: [0, 0])
    for sent in submissions:
        header = {"agency": sent.agency, "collection": sent.collection, "synthetic": sent.synthetic}
        receipt = client.submit(sent.dataset, sent.first, sent.last, *csv_parts(sent.content), **header)
        received[sent.dataset][0] += receipt.received
        received[sent.dataset][1] += receipt.rejected
    found = []
    for measure, areas, periods, breakdown, comparison, *source in questions:
        kinds = [f"COMPARISON_KIND_{kind.upper()}" for kind in comparison.split(",") if kind]
        asked = {"breakdown": [breakdown] if breakdown else [], "comparisons": kinds, "page_size": 10_000}
        asked["source"] = "".join(source)
        answer = client.query(measure, areas, periods, **asked)
        found += [{name: members.cell(name, seen) for name in members.MEMBERS} for seen in map(observed, answer)]
    return Answers([described(measure) for measure in measures], dict(received), found)


def described(measure):
    """A measure of the catalogue as cells."""
    lists = [",".join(texts) or "-" for texts in (measure.periods, measure.breakdowns)]
    name = measure.name.removeprefix("measures/")
    kind = enum(measure, "value_kind", measure.value_kind)
    return [name, str(measure.version), measure.design, kind, measure.dataset or "-", *lists]


def read(printed):
    """The output of an interface's program."""
    answers, heading = Answers([], {}, []), []
    for line in printed.splitlines():
        kind, *cells = line.split("\t")
        if kind == "measure":
            answers.measures.append(cells)
        elif kind == "heading":
            heading = cells
        elif kind == "received":
            answers.received[cells[0]] = [int(cell) for cell in cells[1:]]
        else:
            assert kind == "observation", line
            found = dict(zip(heading, cells, strict=True))
            # C and Python write the same number in different ways: 0x1.8p+0, 0x1.8000000000000p+0.
            found |= {name: float.fromhex(found[name]).hex() for name in members.NUMBERS if found[name] != "-"}
            found |= {name: re.sub(r"(?<==)-?0x[^;]+", alike, found[name]) for name in members.LISTS}
            answers.observations.append(found)
    return answers


def alike(number):
    """A number of C or Python in the form that Python writes."""
    return float.fromhex(number[0]).hex()


def through_python(package, *arguments):
    command = [sys.executable, CONFORMANCE / "through_python.py", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def program(release, tmp_path_factory):
    return build(release, tmp_path_factory.mktemp("through-c"), CONFORMANCE / "through_c.c")


@pytest.fixture(scope="module")
def answers(server, submissions, measures, agencies, questions, program, package, tmp_path_factory):
    """The answers by interface. Two programs run at a time, because a machine may have only two processors."""
    client = Client(server.address)
    plan = write_plan(tmp_path_factory.mktemp("plan"), submissions, questions, agencies)
    with ThreadPoolExecutor(2) as threads:
        grpc = threads.submit(through_grpc, client, submissions, measures, questions)
        own = {"c": threads.submit(run, program, plan), "python": threads.submit(through_python, package, plan)}
        found = {"grpc": grpc.result()}
        # The exchange holds everything from here on.
        clients = {
            "c client": threads.submit(run, program, plan, server.address),
            "python client": threads.submit(through_python, package, plan, server.address),
            "c alone": threads.submit(run, program, plan, "alone"),
            "python alone": threads.submit(through_python, package, plan, "alone"),
        }
        found |= {door: read(printed.result()) for door, printed in (own | clients).items()}
    client.close()
    return found


# The checks ----------------------------------------------------------------------------------------------------------


def key(found):
    return tuple(found[name] for name in ("measure", "area", "period", "breakdown", "basis"))


def differences(expected, found, compared):
    """The differences between the observations of two interfaces: a count for each member, and the first cases."""
    keys, others = [key(one) for one in expected], [key(one) for one in found]
    if keys != others:
        lost, added = Counter(keys) - Counter(others), Counter(others) - Counter(keys)
        return {"missing": list(lost)[:5], "not expected": list(added)[:5], "order": lost == added}
    cases = defaultdict(list)
    for one, other in zip(expected, found, strict=True):
        for name in compared:
            if one[name] != other[name]:
                cases[name].append((key(one), one[name], other[name]))
    return {name: (len(found), found[:5]) for name, found in cases.items()}


def of_all_reports(found):
    return found["measure"].startswith("data-completeness")


def of_days_of_receipt(found):
    """Whether a value depends on the days on which an exchange received its reports. Rows in memory have none."""
    return found["measure"] in ("data-completeness.on-time", "data-completeness.median-lag")


def test_the_catalogues_are_the_same(answers):
    expected = answers["grpc"].measures
    assert {door for door, answer in answers.items() if answer.measures == expected} == {*answers}
    assert len(answers["grpc"].measures) > 50


def test_all_rows_are_taken_by_every_door(answers, submissions):
    rows = Counter()
    for submission in submissions:
        rows[submission.dataset] += submission.content.count(b"\n") - 1
    expected = {dataset: [count, 0] for dataset, count in rows.items()}
    assert [answers[door].received for door in ("grpc", "c", "python")] == [expected] * 3


@pytest.mark.parametrize("door", ["c", "python", "c client", "python client", "c alone", "python alone"])
def test_every_observation_has_the_same_bits(answers, door):
    found, expected = answers[door].observations, answers["grpc"].observations
    assert found and set(members.MEMBERS) == set(found[0])
    if not door.endswith("client"):
        found, expected = ([one for one in side if not of_days_of_receipt(one)] for side in (found, expected))
    if door.endswith("alone"):
        # A question alone reads the datasets of its measures. Completeness is about the reports on all datasets.
        found, expected = ([one for one in side if not of_all_reports(one)] for side in (found, expected))
        # It reads what its own measures need, so it has no companions.
        assert {one["companions"] for one in found} == {"-"} < {one["companions"] for one in expected}
        found, expected = ([one | {"companions": "-"} for one in side] for side in (found, expected))
    assert differences(expected, found, members.MEMBERS) == {}


def test_values_of_every_design_are_compared(answers, capsys):
    """Every measure has a value, so the comparison is not only of missing values."""
    designs = {name: design for name, _, design, *_ in answers["grpc"].measures}
    seen = {design: Counter() for design in designs.values()}
    valued = set()
    for found in answers["grpc"].observations:
        counts = seen[designs[found["measure"]]]
        counts["observations"] += 1
        counts[found["basis"]] += found["value"] != "-"
        counts["broken down"] += found["value"] != "-" and found["breakdown"] != "-"
        counts["not zero"] += found["value"] not in ("-", "0x0.0p+0")
        counts["with limits"] += found["upper"] != "-"
        counts["with change"] += found["change"] != "-"
        if found["value"] != "-":
            valued.add(found["measure"])
    measures = Counter(designs.values())
    assert set(designs) - valued == TOO_FEW | NOT_OBSERVED | NO_WEIGHT
    with capsys.disabled():
        print("\ncompared, with a value where nothing else is said:")
        for design, counts in seen.items():
            counts["measures"] = sum(designs[name] == design for name in valued)
            print(f"  {design}: {counts['measures']} of {measures[design]} measures,", dict(counts))
    assert {design for design in seen if seen[design]["not zero"] < VALUES} == set()
    without = {design for design in seen if not seen[design]["with limits"]}
    assert without == {"funnel", "completeness", "reports_received", "spread", "composite_index"}
    assert sum(counts["submitted_figure"] for counts in seen.values()) > 500


def test_agencies_with_periods_of_their_own_are_loaded_apart(answers, client, agencies, program, package, tmp_path):
    """The City's police reports on half a year only. No crime in a month of it is zero, and later months are missing."""
    rows = [crime(f"city-{day}", f"2017-03-{day:02}", offence_borough="E09000001") for day in range(1, 20)]
    sent = [Submission("city-of-london-police", "", "crime", "2017-01-01", "2017-06-30", True, csv_bytes(rows))]
    periods = ["2017-03", "2017-04", "2017-12", "R12-2017-12"]
    questions = [("recorded-crime-volume.victim-based", ["E09000001"], periods, "", "")]
    expected = through_grpc(client, sent, [], questions).observations
    told = [(found["value"], found["missing"]) for found in expected]
    assert told == [((19.0).hex(), "-"), ((0.0).hex(), "-"), ("-", "not_submitted"), ("-", "not_submitted")]
    plan = write_plan(tmp_path, sent, questions, agencies)
    for printed in (run(program, plan), through_python(package, plan)):
        found = read(printed).observations
        assert differences(expected, found, found[0]) == {}


def test_alternatives_have_the_same_bits(binary, program, package, tmp_path):
    """A borough's own count beside that of the police: the police is the authority, and the borough an alternative."""
    server = Server(binary, tmp_path / "data").start()
    client = Client(server.address)
    measure, periods = "knife-crime-offences", ["2017-01", "2017-02"]
    count = lambda agency, *numbers: Submission(
        agency,
        "",
        FIGURES,
        "2017-01-01",
        "2017-02-28",
        False,
        csv_bytes([figure(measure, BOROUGHS[0], *pair) for pair in zip(periods, numbers, strict=True)]),
    )
    questions = [(measure, [BOROUGHS[0]], periods, "", "", source) for source in ("", "southwark", "hackney")]
    expected = through_grpc(client, [count("southwark", 60, 999), count("mps", 65, 40)], [], questions).observations
    figures = [found for found in expected if found["basis"] == "submitted_figure"]
    assert [found["value"] for found in figures] == [*(one.hex() for one in (65.0, 40.0, 60.0, 999.0)), "-", "-"]
    agencies = [re.findall(r"agency=([\w-]+)", found["alternatives"]) for found in figures]
    assert agencies == [["southwark"]] * 2 + [["mps"]] * 2 + [["mps", "southwark"]] * 2
    assert f"value={(999.0).hex()}" in figures[1]["alternatives"]
    assert f"difference={(959.0).hex()}" in figures[1]["alternatives"]
    plan = write_plan(tmp_path, [], questions, [])
    for printed in (run(program, plan, server.address), through_python(package, plan, server.address)):
        assert differences(expected, read(printed).observations, members.MEMBERS) == {}
    client.close()
    server.stop()


def test_a_bit_or_an_observation_would_be_missed(answers):
    """The suite itself finds a difference in the last bit of a number, a missing observation, and another order."""
    every = answers["grpc"].observations
    at = next(index for index, found in enumerate(every) if found["upper"] not in ("-", "0x0.0p+0"))
    expected = every[at : at + 100]
    upper = float.fromhex(expected[0]["upper"])
    nearly = [expected[0] | {"upper": math.nextafter(upper, math.inf).hex()}, *expected[1:]]
    assert list(differences(expected, nearly, members.MEMBERS)) == ["upper"]
    assert differences(expected, expected[1:], members.MEMBERS)["missing"] == [key(expected[0])]
    assert differences(expected, expected[::-1], members.MEMBERS)["order"]


# Comparison with recorded answers ------------------------------------------------------------------------------------

RECORDED = CONFORMANCE / "answers.csv"
# Components are recorded separately, without their labels, because labels may be reworded.
COMPONENTS = "kind code unit_change count value lower upper confidence method unweighted_base effective_n".split()


def digest(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def components(found):
    """The components of an observation as one text."""
    parts = [part.split("; ") for part in found["components"].split("; kind=")] if found["components"] != "-" else []
    cells = [
        dict(pair.split("=", 1) for pair in [f"kind={part[0].removeprefix('kind=')}", *part[1:]]) for part in parts
    ]
    return "; ".join(f"{name}={part[name]}" for part in cells for name in COMPONENTS) or "-"


def recorded_form(observations):
    """The number of observations of each measure, a digest of their members, and one of their components. No figure of
    this suite is an alternative; another test compares alternatives. Companions are recorded as observations of their own
    measures."""
    by_measure = defaultdict(list)
    for found in observations:
        # The days of receipt are those of the test.
        if not of_days_of_receipt(found):
            by_measure[found["measure"]].append(found)
    plain = [name for name in members.MEMBERS if name not in ("components", "alternatives", "companions")]
    return {
        measure: [
            str(len(found)),
            digest("\t".join(one[name] for name in plain) for one in found),
            digest(map(components, found)),
        ]
        for measure, found in sorted(by_measure.items())
    }


def test_answers_are_those_recorded(answers):
    """Every value, limit, marker, comparison and component has the recorded bits. After a change of answers on purpose,
    record them again: PEELIAN_RECORD_ANSWERS=1 tests/run --only conformance."""
    found = recorded_form(answers["grpc"].observations)
    if os.environ.get("PEELIAN_RECORD_ANSWERS"):
        heading = ["measure", "observations", "sha256", "sha256_of_components"]
        rows = [heading, *([name, *rest] for name, rest in found.items())]
        with RECORDED.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    with RECORDED.open(newline="") as file:
        recorded = {measure: rest for measure, *rest in list(csv.reader(file))[1:]}
    assert {name: rest for name, rest in found.items() if recorded.get(name) != rest} == {}
    assert set(recorded) == set(found)
