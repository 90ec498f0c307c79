"""Who may do what, through every door: gRPC, the Python package and the C library. The same callers make the same calls of
the same exchange, and the same outcome is expected of each door.

What is expected of the matrix is computed from the files of policies by a reader of its own (policies.py).
"""

import shutil
import time
from collections import Counter
from functools import cache
from itertools import groupby, islice, product
from typing import NamedTuple

import grpc
import pytest

import doors
from exchange import Client, csv_bytes, csv_parts, figure, observation_pb2
from identities import EXCHANGE, Keys, World, run
from policies import (
    AGENCIES,
    HACKNEY,
    LONDON,
    MEASURES,
    MPS_AREA,
    PARENTS,
    ROLES,
    SOUTHWARK,
    decisions,
    reference,
    remits,
    request,
)

DOORS = ("grpc", "python", "c")
PERIOD = "2026-01"
DAYS = ("2026-01-01", "2026-01-31")
# What is tried to submit is of another month, so that it would replace nothing.
FIRST, LAST = "2025-12-01", "2025-12-31"
DENIALS = {"NOT_AUTHORISED", "OUTSIDE_REMIT"}
# Refusals of callers that may make the call, because of what they ask.
OF_THE_QUESTION = {"NOT_FOUND", "NO_DATA", "NOT_IN_RELEASE"}

# A measure of which a release is published, and one of which nothing is released. Both may tell something of a person.
RELEASED, LIVE = "hate-crime-reports", "domestic-abuse-reports"
COUNTS = {SOUTHWARK: 41, HACKNEY: 43, MPS_AREA: 977}
BOROUGHS = 33
# Agreements of the exchange's own, beside the models: one for another agency, and one that has ended.
AGREEMENTS = {
    "trust-by-hub": """
@agreement("SafeStats: attendances in the name of a trust")
@purpose("The hub sends what the trust cannot send itself")
@gateway("A test")
@parties("nhs_hub")
@start("2025-04-01")
@expiry("2028-03-31")
@id("submits-for-the-trust")
permit (principal in Kind::"nhs_hub", action == Action::"submit", resource == Dataset::"istv_attendance")
when { context.agency == Agency::"nhs-rj1" };
""",
    "neighbours": f"""
@agreement("Boroughs: figures of a neighbour")
@purpose("Neighbours compare their figures")
@gateway("A test")
@parties("borough")
@start("2025-04-01")
@expiry("2025-04-02")
@id("sees-a-neighbour")
permit (principal in Kind::"borough", action == Action::"query-live", resource)
when {{ context.area == Area::"{HACKNEY}" }};
""",
}


class Callers:
    """The callers of an exchange, as doors know them: by a token or a certificate for an agency and a role."""

    def __init__(self, world):
        self.world, self.made = world, {}
        self.submission = submit_figures(self)
        # Refusals of credentials that the audit log must have, by their reason.
        self.refusals = Counter()

    def by(self, way, agency, role):
        """The cells of a connection: the certificate, the key and the token."""
        if (way, agency, role) not in self.made:
            self.made[way, agency, role] = getattr(self, way)(agency, role)
        return self.made[way, agency, role]

    def token(self, agency, role):
        return "", "", self.world.token(agency, "--role", role)[1]

    def certificate(self, agency, role):
        return *self.world.keys.agency(agency, role), ""

    def connect(self, door, credentials):
        return door.call("connect", self.world.url, self.world.keys.authority, *credentials)

    def tls(self):
        return grpc.ssl_channel_credentials(self.world.keys.authority.read_bytes())

    def client(self, agency, role):
        """A client that sends figures."""
        return Client(self.world.address, self.by("token", agency, role)[2], self.tls())


@pytest.fixture(scope="module")
def opened(release, package, tmp_path_factory):
    opened = doors.open_doors(release, package, tmp_path_factory.mktemp("doors"))
    assert tuple(opened) == DOORS
    yield opened
    for door in opened.values():
        door.close()


def submit_figures(callers):
    """Submits the same figures of both measures, by the police force, and returns the name of the submission."""
    rows = [
        figure(measure, area, PERIOD, str(count)) for measure in (RELEASED, LIVE) for area, count in COUNTS.items()
    ]
    client = callers.client("mps", "submitter")
    receipt = client.submit("published_figure", *DAYS, *csv_parts(csv_bytes(rows)), agency="mps")
    client.close()
    return receipt.submission


# The matrix of policies ----------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """A call of the matrix, and the requests that the policies decide: the call is allowed if one of them is."""

    agency: str
    role: str
    call: tuple
    requests: tuple


def of_figures(agency, role):
    """The calls about each measure and each area."""
    for measure, area in product(MEASURES, PARENTS):
        resource, where = f'Measure::"{measure}"', reference("Area", area)
        live = request(agency, [role], "query-live", resource, area=where)
        yield ("query", measure, area, "latest:1"), live
        if role in ("submitter", "analyst"):
            yield ("can_query", measure, area, "latest:1"), live
        if role == "analyst" and area in (LONDON, SOUTHWARK):
            yield ("explain", measure, area, PERIOD), request(agency, [role], "explain", resource, area=where)


def of_submissions(agency, role, submission):
    """The calls about each dataset: in the caller's own name, and as a submitter also in those of the police force and of a
    borough.
    """
    names = {"submitter": {agency, "mps", "southwark"}, "analyst": {agency}}.get(role, ())
    for name, dataset in product(sorted(names), DATASETS):
        resource, whose = f'Dataset::"{dataset}"', reference("Agency", name)
        wanted = request(agency, [role], "submit", resource, agency=whose)
        yield ("submit", name, dataset, FIRST, LAST), wanted
        yield ("can_submit", name, dataset), wanted
    own = request(agency, [role], "read-findings", 'Dataset::"published_figure"', agency=reference("Agency", "mps"))
    yield ("findings", submission), own


# The steps of a release, and their actions.
STEPS = {"discard": "draft", "review": "review", "approve": "approve", "publish": "publish"}


def of_the_exchange(agency, role):
    """The calls that are about no measure and no dataset."""
    for call, action in {"coverage": "read-coverage", "catalogue": "read-catalogue"}.items():
        yield (call,), request(agency, [role], action, 'Exchange::"exchange"')
    # The policies decide before anything else is said, so a release that does not exist is enough.
    for call, action in STEPS.items():
        yield (call, "none"), request(agency, [role], action, 'Releases::"all"')


DATASETS = sorted({dataset for agency in AGENCIES for dataset in remits(agency)[0]})
# Every agency of the register may read the catalogue, and who reported.
OF_EVERYONE = ("coverage", "catalogue")
MATRIX_CALLS = ("query", "can_query", "explain", "submit", "can_submit", "findings", *OF_EVERYONE, *STEPS)


def of_everything(agency, role, submission):
    """The calls of an exchange without releases."""
    yield from of_figures(agency, role)
    yield from of_submissions(agency, role, submission)
    yield from of_the_exchange(agency, role)


def of_releases(agency, role, _):
    """The calls about figures of an exchange with a release. A caller without live figures gets those of the release."""
    for measure, area in product(MEASURES, PARENTS):
        resource, where = f'Measure::"{measure}"', reference("Area", area)
        live, released = (
            request(agency, [role], f"query-{which}", resource, area=where) for which in ("live", "released")
        )
        yield ("read_release", "public", measure, area, "latest:1"), released
        if measure == RELEASED:
            yield ("query", measure, area, PERIOD), live, released
            yield ("can_query", measure, area, PERIOD), live, released


class Matrix:
    """An exchange with the model agreements, the calls of each caller, whether the policies allow them, and what each door
    tells of them.
    """

    def __init__(self, world, opened, calls):
        self.callers, self.opened = Callers(world), opened
        self.asked = [
            Asked(agency, role, call, tuple(requests))
            for agency, role in product(AGENCIES, ROLES)
            for call, *requests in calls(agency, role, self.callers.submission)
        ]
        decided = iter(decisions([one for asked in self.asked for one in asked.requests]))
        self.wanted = [any(list(islice(decided, len(asked.requests)))) for asked in self.asked]
        self.outcomes = cache(self._outcomes)

    def _outcomes(self, name):
        """The outcomes of all calls through a door. None stands for a call that the door does not have."""
        door, found = self.opened[name], []
        for (agency, role), calls in groupby(self.asked, lambda one: (one.agency, one.role)):
            self.callers.connect(door, self.callers.by("certificate", agency, role))
            found += [door.call(*one.call) if doors.has(name, one.call[0]) else None for one in calls]
        return found

    def of(self, call, *names):
        """The calls of one kind, with what the policies say and the outcomes through doors."""
        rows = zip(self.asked, self.wanted, *map(self.outcomes, names), strict=True)
        return [row for row in rows if row[0].call[0] == call]


@pytest.fixture(scope="module")
def matrix(binary, opened, tmp_path_factory):
    world = World(binary, tmp_path_factory.mktemp("matrix"))
    yield Matrix(world, opened, of_everything)
    assert world.server.stop() == 0


@pytest.fixture(scope="module")
def released_matrix(binary, opened, tmp_path_factory):
    world = World(binary, tmp_path_factory.mktemp("released"))
    matrix = Matrix(world, opened, of_releases)
    make_releases(world)
    yield matrix
    assert world.server.stop() == 0


def is_allowed(call, outcome):
    """Whether a call is allowed. Other refusals, such as that nothing is held, come after that decision."""
    if outcome.kind == "answered" and call[0].startswith("can_"):
        return outcome.cells[0] == "yes"
    if outcome.reason in DENIALS:
        return False
    assert outcome.kind == "answered" or outcome.reason in OF_THE_QUESTION, (call, outcome)
    return True


def check_decisions(matrix, door, call):
    compared = matrix.of(call, door)
    found = [is_allowed(one.call, outcome) for one, _, outcome in compared]
    rows = zip(compared, found, strict=True)
    differing = [(one.agency, one.role, *one.call, may) for (one, may, _), is_found in rows if is_found != may]
    assert differing == []
    decided = Counter(may for _, may, _ in compared)
    assert decided[True] and (decided[False] or call in OF_EVERYONE), decided


@pytest.mark.parametrize(("door", "call"), [pair for pair in product(DOORS, MATRIX_CALLS) if doors.has(*pair)])
def test_a_door_allows_what_the_policies_say(matrix, door, call):
    check_decisions(matrix, door, call)


@pytest.mark.parametrize("call", ["read_release", "query", "can_query"])
@pytest.mark.parametrize("door", DOORS)
def test_a_door_allows_released_figures_as_the_policies_say(released_matrix, door, call):
    check_decisions(released_matrix, door, call)


def check_answers(matrix, door, call):
    """Checks that a door answers as gRPC does, and returns the cells of its answers."""
    compared = matrix.of(call, "grpc", door)
    told = lambda outcome: (outcome.kind, outcome.cells, outcome.reason)
    differing = [
        (one.agency, one.role, *one.call, first, other)
        for one, _, first, other in compared
        if told(first) != told(other)
    ]
    assert differing == []
    return {cell for _, _, _, other in compared for cell in other.cells}


@pytest.mark.parametrize("call", ["query", "explain", "can_query", "can_submit", "coverage"])
@pytest.mark.parametrize("door", [door for door in DOORS if door != "grpc"])
def test_a_door_answers_as_grpc_does(matrix, door, call):
    assert check_answers(matrix, door, call)


@pytest.mark.parametrize("call", ["read_release", "query", "can_query"])
@pytest.mark.parametrize("door", [door for door in DOORS if door != "grpc"])
def test_a_door_answers_from_a_release_as_grpc_does(released_matrix, door, call):
    cells = check_answers(released_matrix, door, call)
    # Released counts are rounded to the nearest 5, and live ones are not.
    rounded, live = {f"{SOUTHWARK}=40", f"{HACKNEY}=45"}, {f"{SOUTHWARK}=41", f"{HACKNEY}=43"}
    assert {"read_release": rounded, "query": rounded | live, "can_query": {"yes", "no"}}[call] <= cells
    assert call != "read_release" or not live & cells


def test_only_the_mayors_office_works_with_releases():
    asked = list(product(AGENCIES, STEPS.values()))
    wanted = decisions([request(agency, ROLES, action, 'Releases::"all"') for agency, action in asked])
    assert {agency for (agency, _), may in zip(asked, wanted, strict=True) if may} == {"mopac"}


# What callers are told -----------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A call of a caller. It is answered with cells, or refused for a reason with words in the message. `SUBMISSION` in a
    call or an answer stands for the name of the police force's submission.
    """

    agency: str
    role: str
    call: tuple
    kind: str
    cells: tuple = ()
    reason: str = ""
    words: str = ""

    def __str__(self):
        return f"{self.agency} {self.role}: {' '.join(self.call)}"


def answered(agency, role, call, *cells):
    return Case(agency, role, tuple(call.split()), "answered", cells)


def denied(agency, role, call, words, reason="NOT_AUTHORISED"):
    return Case(agency, role, tuple(call.split()), "refused", (), reason, words)


SUBMISSION = "SUBMISSION"
CASES = [
    # Who may submit: a party of the agreement, with the role, in its own name or in one that an agreement allows.
    answered("mps", "submitter", f"submit mps crime {FIRST} {LAST}", "0"),
    answered("mps", "submitter", "can_submit mps crime", "yes", "0 of 0", "mps"),
    denied(
        "mps",
        "analyst",
        f"submit mps crime {FIRST} {LAST}",
        "it takes the role submitter, and the caller has analyst",
    ),
    denied("southwark", "submitter", f"submit mps crime {FIRST} {LAST}", "a party of `mps` (parties: mps)"),
    answered("southwark", "submitter", "can_submit mps crime", "no", "0 of 0", "mps"),
    denied("mopac", "submitter", f"submit mps crime {FIRST} {LAST}", "a party of `mps` (parties: mps)"),
    answered("safestats", "submitter", f"submit nhs-rj1 istv_attendance {FIRST} {LAST}", "0"),
    answered("safestats", "submitter", "can_submit nhs-rj1 istv_attendance", "yes", "0 of 0", "trust-by-hub"),
    denied("nhs-rj1", "submitter", f"submit safestats istv_attendance {FIRST} {LAST}", "a party of `nhs-hub`"),
    # Who sees live figures, to the last digit: those of the caller's own areas.
    answered("mps", "analyst", f"query {RELEASED} {SOUTHWARK} {PERIOD}", f"{SOUTHWARK}=41"),
    answered("southwark", "analyst", f"query {RELEASED} {SOUTHWARK} {PERIOD}", f"{SOUTHWARK}=41"),
    answered("mopac", "statistician", f"query {LIVE} {HACKNEY} {PERIOD}", f"{HACKNEY}=43"),
    denied(
        "southwark", "analyst", f"query {LIVE} {HACKNEY} {PERIOD}", "the agreement `neighbours` ended on 2025-04-02"
    ),
    denied("ons", "analyst", f"query {LIVE} {SOUTHWARK} {PERIOD}", "a party of `boroughs` (parties: borough) or"),
    denied("southwark", "submitter", f"query {LIVE} {SOUTHWARK} {PERIOD}", "and the caller has submitter"),
    answered("southwark", "analyst", f"can_query {LIVE} borough {PERIOD}", "yes", f"1 of {BOROUGHS}", "boroughs"),
    answered("southwark", "analyst", f"can_query {LIVE} {HACKNEY} {PERIOD}", "no", "0 of 1", "neighbours"),
    # Who sees released figures, which are rounded: everyone, with a role that sees figures.
    answered("ons", "analyst", f"query {RELEASED} {SOUTHWARK} {PERIOD}", f"{SOUTHWARK}=40"),
    answered("southwark", "analyst", f"query {RELEASED} {HACKNEY} {PERIOD}", f"{HACKNEY}=45"),
    denied("ons", "submitter", f"query {RELEASED} {SOUTHWARK} {PERIOD}", "it takes the role analyst"),
    answered("ons", "analyst", f"can_query {RELEASED} {SOUTHWARK} {PERIOD}", "yes", "1 of 1", "public"),
    answered("ons", "submitter", f"can_query {RELEASED} {SOUTHWARK} {PERIOD}", "no", "0 of 1", ""),
    answered("ons", "analyst", f"read_release public {RELEASED} {SOUTHWARK} {PERIOD}", f"{SOUTHWARK}=40"),
    denied("ons", "submitter", f"read_release public {RELEASED} {SOUTHWARK} {PERIOD}", "it takes the role analyst"),
    denied("ons", "analyst", f"read_release draft {RELEASED} {SOUTHWARK} {PERIOD}", "draft", "NOT_FOUND"),
    answered("mopac", "statistician", f"read_release draft {RELEASED} {SOUTHWARK} {PERIOD}", f"{SOUTHWARK}=40"),
    # Who sees the submissions behind a figure.
    answered("mps", "analyst", f"explain {RELEASED} {SOUTHWARK} {PERIOD}", SUBMISSION),
    denied(
        "ons", "analyst", f"explain {RELEASED} {SOUTHWARK} {PERIOD}", "a party of `boroughs` (parties: borough) or"
    ),
    # Who reads a submission: the agency that made it, and the Mayor's Office.
    answered("mps", "submitter", f"findings {SUBMISSION}"),
    answered("mopac", "statistician", f"findings {SUBMISSION}"),
    denied("mps", "analyst", f"findings {SUBMISSION}", "it takes the role submitter or statistician"),
    denied("southwark", "submitter", f"findings {SUBMISSION}", "a party of `mopac` (parties: mayor) or `mps`"),
]


@pytest.fixture(scope="module")
def exchange(binary, tmp_path_factory):
    """The callers of an exchange with agreements of its own, figures, a published release and a draft."""
    folder = tmp_path_factory.mktemp("exchange")
    (folder / "policies").mkdir()
    for name, text in AGREEMENTS.items():
        (folder / "policies" / f"{name}.cedar").write_text(text)
    callers = Callers(World(binary, folder, "--policies", folder / "policies"))
    make_releases(callers.world)
    yield callers
    assert callers.world.server.stop() == 0
    events = [record["event"] for record in callers.world.server.audit()]
    assert callers.refusals <= Counter(event.get("reason") or event.get("error") for event in events)
    told = callers.world.server.log() + str(events)
    assert not [secret for secret in callers.world.secrets if secret in told]
    assert callers.world.server.run("audit", "verify").returncode == 0


def make_releases(world):
    """A release that is published, and another that stays a draft. Two people make and approve them."""
    office = {}
    for role in ("statistician", "approver"):
        office[role] = world.folder / f"{role}.token"
        world.token_file("mopac", office[role], "--role", role)
    what = "-m", RELEASED, "-a", "borough", "-a", MPS_AREA, "-p", PERIOD
    for role, *step in (
        ("statistician", "create", "public", "--title", "January", *what),
        ("approver", "approve", "public"),
        ("approver", "publish", "public"),
        ("statistician", "create", "draft", "--title", "January again", *what),
    ):
        access = "--server", world.url, "--ca", world.keys.authority, "--token-file", office[role]
        run(world.binary, "release", *step, *access)


@pytest.mark.parametrize("way", ["token", "certificate"])
@pytest.mark.parametrize(
    ("door", "case"),
    [
        pytest.param(door, case, id=f"{door}-{case}")
        for door, case in product(DOORS, CASES)
        if doors.has(door, case.call[0])
    ],
)
def test_a_caller_is_told(exchange, opened, door, case, way):
    exchange.connect(opened[door], exchange.by(way, case.agency, case.role))
    call, cells = (
        [exchange.submission if cell == SUBMISSION else cell for cell in row] for row in (case.call, case.cells)
    )
    outcome = opened[door].call(*call)
    assert (outcome.kind, list(outcome.cells), outcome.reason) == (case.kind, cells, case.reason), outcome.message
    assert case.words in outcome.message


@pytest.mark.parametrize("door", DOORS)
def test_cells_that_may_not_be_seen_are_in_the_answer(exchange, opened, door):
    exchange.connect(opened[door], exchange.by("token", "southwark", "analyst"))
    found = dict(cell.split("=") for cell in opened[door].call("query", LIVE, "borough", PERIOD).cells)
    assert found.pop(SOUTHWARK) == "41"
    assert len(found) == BOROUGHS - 1 and set(found.values()) == {"not_authorised"}


@pytest.mark.parametrize("door", [door for door in DOORS if doors.has(door, "whoami")])
@pytest.mark.parametrize("way", ["token", "certificate"])
def test_a_caller_is_told_who_it_is(exchange, opened, door, way):
    exchange.connect(opened[door], exchange.by(way, "southwark", "analyst"))
    agency, roles, agreements, *permissions = opened[door].call("whoami").cells
    assert (agency, roles, agreements) == ("southwark", "analyst", "boroughs,public")
    assert "sees its area: query-live, explain (agreement boroughs)" in permissions
    assert not [words for words in permissions if "submit" in words]


# Credentials that do not hold ----------------------------------------------------------------------------------------

# A call of each kind that every door has. The police force makes them with credentials that hold.
CALLS_OF_ALL_DOORS = [
    ["query", LIVE, SOUTHWARK, PERIOD],
    ["explain", LIVE, SOUTHWARK, PERIOD],
    ["submit", "mps", "crime", FIRST, LAST],
    ["findings", SUBMISSION],
]


def with_token(*flags):
    """Credentials with a new token of the police force."""
    return lambda callers: ("", "", callers.world.token("mps", *flags)[1])


def nothing(_):
    return "", "", ""


def shortened(callers):
    return "", "", callers.world.token("mps")[1][:-1]


def made_up(callers):
    return "", "", f"plt_{callers.world.token('mps')[0]}_{'0' * 64}"


def revoked(callers):
    identifier, token = callers.world.token("mps")
    callers.world.revoke(identifier)
    return "", "", token


def of_two_agencies(callers):
    certificate, key, _ = callers.by("certificate", "southwark", "analyst")
    return certificate, key, callers.by("token", "mps", "analyst")[2]


# By the reason of the refusal, how credentials are made that do not hold.
FAULTS = {
    "CREDENTIALS_MISSING": nothing,
    "CREDENTIALS_UNREADABLE": shortened,
    "CREDENTIALS_DISAGREE": of_two_agencies,
    "TOKEN_UNKNOWN": made_up,
    "TOKEN_EXPIRED": with_token("--not-before", "2020-01-01T00:00:00Z"),
    "TOKEN_NOT_YET_VALID": with_token("--not-before", "2090-01-01T00:00:00Z"),
    "TOKEN_REVOKED": revoked,
    "TOKEN_SCOPE": with_token("--method", "peelian.v1.CatalogueService"),
}


def outcomes(exchange, door):
    """The outcome of each call."""
    return [
        door.call(*(exchange.submission if cell == SUBMISSION else cell for cell in call))
        for call in CALLS_OF_ALL_DOORS
    ]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("reason", FAULTS)
def test_credentials_that_do_not_hold_are_refused(exchange, opened, door, reason):
    exchange.connect(opened[door], FAULTS[reason](exchange))
    found = outcomes(exchange, opened[door])
    assert [(one.kind, one.reason) for one in found] == [("refused", reason)] * len(found), found
    exchange.refusals[reason] += len(found)


@pytest.mark.parametrize("door", DOORS)
def test_a_token_is_revoked_while_its_connection_is_open(exchange, opened, door):
    identifier, token = exchange.world.token("mps")
    exchange.connect(opened[door], ("", "", token))
    assert {one.kind for one in outcomes(exchange, opened[door])} == {"answered"}
    exchange.world.revoke(identifier)
    found = outcomes(exchange, opened[door])
    assert {one.reason for one in found} == {"TOKEN_REVOKED"}
    exchange.refusals["TOKEN_REVOKED"] += len(found)


@pytest.mark.parametrize("door", DOORS)
def test_a_token_for_a_dataset_submits_no_other(exchange, opened, door):
    exchange.connect(opened[door], with_token("--dataset", "crime")(exchange))
    assert opened[door].call("submit", "mps", "crime", FIRST, LAST).kind == "answered"
    assert opened[door].call("submit", "mps", "stop_search", FIRST, LAST).reason == "TOKEN_SCOPE"
    exchange.refusals["TOKEN_SCOPE"] += 1


# What a token of the police force for the dataset of attendances is told. Without the limit, each is answered.
OF_OTHER_DATASETS = [
    ["query", RELEASED, SOUTHWARK, PERIOD],
    ["explain", RELEASED, SOUTHWARK, PERIOD],
    ["read_release", "public", RELEASED, SOUTHWARK, PERIOD],
    ["findings", SUBMISSION],
]


@pytest.mark.parametrize("door", DOORS)
def test_a_token_for_a_dataset_asks_about_no_other(exchange, opened, door):
    def ask(call):
        return opened[door].call(*(exchange.submission if cell == SUBMISSION else cell for cell in call))

    calls = [call for call in OF_OTHER_DATASETS if doors.has(door, call[0])]
    exchange.connect(opened[door], with_token("--dataset", "istv_attendance")(exchange))
    found = [ask(call) for call in calls]
    assert {(one.kind, one.reason) for one in found} == {("refused", "TOKEN_SCOPE")}, found
    exchange.refusals["TOKEN_SCOPE"] += len(found)
    if doors.has(door, "can_query"):
        said = opened[door].call("can_query", RELEASED, SOUTHWARK, PERIOD)
        assert said.cells[0] == "no", said
    # Attendances are asked about as before: the agency sees them, and nothing is held.
    assert opened[door].call("query", "istv-assault-attendances", SOUTHWARK, PERIOD).reason in OF_THE_QUESTION | {""}
    exchange.connect(opened[door], with_token("--dataset", "published_figure", "--dataset", "crime")(exchange))
    assert {ask(call).kind for call in calls} == {"answered"}


def test_measures_of_other_datasets_are_in_the_answer_of_a_token_for_one(exchange):
    """As for areas that may not be seen: the cells are there, with the reason."""
    client = Client(exchange.world.address, with_token("--dataset", "crime")(exchange)[2], exchange.tls())
    found = client.query([RELEASED, "istv-assault-attendances"], [SOUTHWARK], [PERIOD], without_companions=True)
    client.close()
    missing = {one.measure: one.missing for one in found if one.WhichOneof("result") == "missing"}
    assert [one.value for one in found if one.measure == RELEASED] == [41]
    assert missing == {"istv-assault-attendances": observation_pb2.MISSING_REASON_NOT_AUTHORISED}


@pytest.fixture(scope="module")
def stranger(binary, tmp_path_factory):
    """Another authority, and the certificate and key of a police force that it has made."""
    keys = Keys(binary, tmp_path_factory.mktemp("stranger") / "keys", EXCHANGE)
    return keys.authority, *keys.agency("mps")


def is_unreachable(door, name, connection, words):
    """Whether neither a connection nor a call on it succeeds, for a cause that the clients of the project say."""
    outcome = door.call("connect", *connection)
    if outcome.kind == "answered":
        outcome = door.call(*CALLS_OF_ALL_DOORS[0])
    return outcome.kind == "unreachable" and (name == "grpc" or words in outcome.message)


@pytest.mark.parametrize("door", DOORS)
def test_a_certificate_of_another_authority_ends_the_connection(exchange, opened, stranger, door):
    _, certificate, key = stranger
    connection = exchange.world.url, exchange.world.keys.authority, certificate, key, ""
    assert is_unreachable(opened[door], door, connection, "an authority that the exchange does not trust")
    exchange.refusals["invalid peer certificate: UnknownIssuer"] += 1


@pytest.mark.parametrize("door", DOORS)
def test_an_exchange_of_another_authority_is_not_believed(exchange, opened, stranger, door):
    connection = exchange.world.url, stranger[0], *exchange.by("certificate", "mps", "analyst")
    assert is_unreachable(opened[door], door, connection, "does not trust the authority")


@pytest.mark.parametrize("door", DOORS)
def test_a_caller_without_tls_is_not_served(exchange, opened, door):
    connection = exchange.world.address, "", "", "", exchange.by("token", "mps", "analyst")[2]
    assert is_unreachable(opened[door], door, connection, "https://")
    exchange.refusals["received corrupt message of type InvalidContentType"] += 1


# Certificates of an authority that an operator runs --------------------------------------------------------------------

MPS = f"spiffe://{EXCHANGE}/agency/mps"


@pytest.fixture(scope="module")
def operated(binary, tmp_path_factory):
    """An exchange whose authority issues certificates with OpenSSL and revokes them."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    world = World(binary, tmp_path_factory.mktemp("operated"), revokes=True)
    issue = world.operator.issue
    world.certificates = {
        "good": issue("good", MPS),
        "expired": issue("expired", MPS, "20200101000000Z", "20200201000000Z"),
        "early": issue("early", MPS, "20900101000000Z"),
        "revoked": issue("revoked", MPS),
        "other": issue("other", "spiffe://other.test/agency/mps"),
        "nobody": issue("nobody", "https://www.met.police.uk"),
        "unknown": issue("unknown", f"spiffe://{EXCHANGE}/agency/mps2"),
    }
    world.operator.revoke(world.certificates["revoked"][0])
    # The exchange looks at the list once a second.
    assert world.logged("the files of TLS were read again")
    yield world
    assert world.server.stop() == 0
    # Each refused handshake is in the log and in the audit log with its cause.
    told = {event.get("error") for event in (record["event"] for record in world.server.audit())}
    for cause in ("certificate expired", "not valid before", "Revoked"):
        assert [text for text in told if text and cause in text], (cause, told)
    assert world.server.run("audit", "verify").returncode == 0


def connect(door, world, certificate, key, token=""):
    return door.call("connect", world.url, world.keys.authority, certificate, key, token)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("expired", "does not accept the certificate of this client (it has expired"),
        ("early", "does not hold yet"),
        ("revoked", "does not accept the certificate of this client (it was revoked)"),
    ],
)
def test_a_certificate_that_does_not_hold_ends_the_connection(operated, opened, door, name, words):
    connection = operated.url, operated.keys.authority, *operated.certificates[name], ""
    assert is_unreachable(opened[door], door, connection, words)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("other", "CERTIFICATE_OF_ANOTHER_EXCHANGE", f"must begin with spiffe://{EXCHANGE}/"),
        ("nobody", "CERTIFICATE_WITHOUT_AGENCY", f"spiffe://{EXCHANGE}/agency/"),
    ],
)
def test_a_certificate_with_a_wrong_name_is_refused(operated, opened, door, name, reason, words):
    connect(opened[door], operated, *operated.certificates[name])
    outcome = opened[door].call(*CALLS_OF_ALL_DOORS[0])
    assert (outcome.kind, outcome.reason) == ("refused", reason), outcome
    assert words in outcome.message


@pytest.mark.parametrize("door", DOORS)
def test_an_agency_that_the_register_does_not_have_may_do_nothing(operated, opened, door):
    connect(opened[door], operated, *operated.certificates["unknown"])
    outcome = opened[door].call(*CALLS_OF_ALL_DOORS[0])
    assert (outcome.kind, outcome.reason) == ("refused", "NOT_AUTHORISED"), outcome
    assert "mps2" in outcome.message


@pytest.mark.parametrize("door", DOORS)
def test_a_certificate_is_revoked_while_its_connection_is_open(operated, opened, door):
    certificate, key = operated.operator.issue(f"revoked-{door}", MPS)
    connect(opened[door], operated, certificate, key)
    asked = CALLS_OF_ALL_DOORS[0]
    assert opened[door].call(*asked).kind == "answered"
    operated.operator.revoke(certificate)
    # The exchange looks at the list once a second.
    for _ in range(100):
        outcome = opened[door].call(*asked)
        if outcome.kind != "answered":
            break
        time.sleep(0.1)
    assert (outcome.kind, outcome.reason) == ("refused", "CERTIFICATE_REVOKED"), outcome
    assert "no longer accepts the certificate" in outcome.message
    # Another certificate of the same agency still holds.
    connect(opened[door], operated, *operated.certificates["good"])
    assert opened[door].call(*asked).kind == "answered"


@pytest.fixture(scope="module")
def renamed(binary, tmp_path_factory):
    """An exchange whose certificate is for another host than the one that callers connect to."""
    world = World(binary, tmp_path_factory.mktemp("renamed"), names=("exchange.example.org",))
    world.pair = world.keys.agency("mps", "analyst")
    yield world
    assert world.server.stop() == 0


@pytest.mark.parametrize("door", DOORS)
def test_an_exchange_with_another_name_is_not_believed(renamed, opened, door):
    connection = renamed.url, renamed.keys.authority, *renamed.pair, ""
    assert is_unreachable(opened[door], door, connection, "its certificate is for another host")
