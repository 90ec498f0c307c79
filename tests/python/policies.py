"""Reads the policies and the register without the project's code. Cedar's own engine decides what a caller may do, from the
files of policies and from entities that are read here from the seeds.
"""

import csv
import json
import tomllib
from pathlib import Path

import cedarpy

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
ROLES = ("submitter", "analyst", "statistician", "approver", "administrator")
LONDON, MPS_AREA, CITY, SOUTHWARK, HACKNEY, NATION = (
    "E12000007",
    "E23000001",
    "E09000001",
    "E09000028",
    "E09000012",
    "K04000001",
)
# The areas that hold each area of the tests.
PARENTS = {
    LONDON: [],
    MPS_AREA: [LONDON],
    CITY: [LONDON],
    SOUTHWARK: [MPS_AREA, LONDON],
    HACKNEY: [MPS_AREA, LONDON],
    NATION: [],
}
# One measure of each class of disclosure, at levels that it offers or not: who may see it does not depend on that.
MEASURES = (
    "recorded-crime-volume",
    "hate-crime-reports",
    "istv-assault-attendances",
    "public-trust-mps",
    "staff-fairness-respect",
)
# Agencies of every kind. For each of them, all that is asked is compared.
AGENCIES = (
    "mps",
    "city-of-london-police",
    "btp",
    "mopac",
    "safestats",
    "cps",
    "cps-london-north",
    "hmcts",
    "hmpps",
    "yjb",
    "home-office",
    "ons",
    "police-uk",
    "nhs-rj1",
    "southwark",
    "hackney",
    "city-of-london",
)


def entity(kind, identifier, parents=(), **attributes):
    uid = {"type": kind, "id": identifier}
    return {"uid": uid, "attrs": attributes, "parents": [{"type": kind, "id": of} for kind, of in parents]}


def reference(kind, identifier):
    return {"__entity": {"type": kind, "id": identifier}}


def rows(name):
    lines = (SEEDS / name).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


REGISTER = tomllib.loads((SEEDS / "agencies" / "register.toml").read_text())


def remits(agency):
    """The datasets and the areas of an agency."""
    entry = REGISTER["agencies"][agency]
    own = list(entry.get("areas", ()))
    if "sites_of" in entry:
        own += [row["code"] for row in rows("codes/ods_site.csv") if row["trust"] == entry["sites_of"]]
    listed = entry.get("remits", REGISTER["kinds"][entry["kind"]]["remits"])
    datasets = {dataset for remit in listed for dataset in remit["datasets"]}
    areas = {area for remit in listed for area in remit.get("areas", own)}
    return datasets, areas


def entities():
    found = [entity("Role", role) for role in ROLES] + [entity("Kind", kind) for kind in REGISTER["kinds"]]
    found += [entity("Exchange", "exchange"), entity("Releases", "all")]
    datasets, areas = set(), set(PARENTS)
    for agency, entry in REGISTER["agencies"].items():
        own, own_areas = remits(agency)
        datasets |= own
        areas |= own_areas
        found.append(
            entity(
                "Agency",
                agency,
                [("Kind", entry["kind"]), ("Kind", "public")],
                datasets=[reference("Dataset", dataset) for dataset in sorted(own)],
                areas=[reference("Area", area) for area in sorted(own_areas)],
            )
        )
    found += [entity("Dataset", dataset) for dataset in sorted(datasets)]
    for area in sorted(areas):
        found.append(entity("Area", area, [("Area", parent) for parent in PARENTS.get(area, ())]))
    for measure in MEASURES:
        file = tomllib.loads((SEEDS / "measures" / f"{measure}.toml").read_text())
        found.append(entity("Measure", measure, [("DisclosureClass", file["disclosure"])]))
    found += [entity("DisclosureClass", name) for name in ("D-ADMIN", "D-SENS", "D-SURV", "D-HEALTH", "D-STAFF")]
    return json.dumps(found)


ENTITIES = entities()
POLICIES = "\n".join(path.read_text() for path in sorted((SEEDS / "policies").glob("*.cedar")))


def request(caller, roles, action, resource, **context):
    """Whether an agency with roles may do something, as Cedar is asked."""
    return {
        "principal": f'Agency::"{caller}"',
        "action": f'Action::"{action}"',
        "resource": resource,
        "context": {"roles": [reference("Role", role) for role in roles], **context},
    }


def decisions(requests):
    """Whether Cedar allows each request, by the files of policies."""
    return [one.allowed for one in cedarpy.is_authorized_batch(requests, POLICIES, ENTITIES)]
