"""The doors of an exchange: gRPC with stubs of the contract, the Python package, and the C library. Each makes the same
calls, and tells their outcomes in the same words.

    connect ADDRESS CA CERTIFICATE KEY TOKEN      as whom later calls are made; what is empty is not given
    query MEASURE AREA PERIOD                     AREA=VALUE or AREA=REASON for each cell
    read_release RELEASE MEASURE AREA PERIOD      the same from one release
    explain MEASURE AREA PERIOD                   the submissions behind a figure
    submit AGENCY DATASET FIRST-DAY LAST-DAY      the rows received; a nil return, which is only tried
    findings SUBMISSION                           the code of each finding
    whoami                                        the agency, its roles, its agreements, and each of its permissions
    can_query MEASURE AREA PERIOD                 yes or no, the pairs that are seen of all, and agreements: those that
                                                  allow it, or would be needed
    can_submit AGENCY DATASET                     the same
    coverage, catalogue                           how many reports and agencies there are
    discard, review, approve, publish RELEASE     nothing

The C library and the package are used by programs that read calls and print outcomes line by line. The cells of a line are
separated by tabs, and an empty one is "-".
"""

import os
import subprocess
import sys
from dataclasses import dataclass

import grpc

from c_programs import ROOT, build
from exchange import Client, Refusal, access_pb2, catalogue_pb2, observation_pb2, release_pb2

PROGRAMS = ROOT / "tests" / "doors"
# The calls that the C library does not have.
NOT_IN_C = ("catalogue", "discard", "review", "approve", "publish")
# The gRPC library says that a server is unavailable in many ways, and does not say why it ended a handshake.
LOST = grpc.StatusCode.UNAVAILABLE


@dataclass(frozen=True)
class Outcome:
    """What became of a call: "answered" with the cells of its answer, "refused" with a reason and a message, or
    "unreachable" with a message.
    """

    kind: str
    cells: tuple
    reason: str = ""
    message: str = ""

    @classmethod
    def of(cls, kind, *cells):
        return cls(kind, cells) if kind == "answered" else cls(kind, (), *cells)


class Program:
    """A door that a program uses."""

    def __init__(self, *command, **environment):
        # The credentials are those of each connection, and none of the environment.
        own = {name: value for name, value in os.environ.items() if not name.startswith("PEELIAN_")}
        environment = {**own, **environment}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
        self.process = subprocess.Popen(list(map(str, command)), **pipes)

    def call(self, *cells):
        self.process.stdin.write("\t".join(str(cell) or "-" for cell in cells) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the program ended with status {self.process.wait(60)} at {cells}"
        return Outcome.of(*("" if cell == "-" else cell for cell in line.rstrip("\n").split("\t")))

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(60)
        self.process.stdout.close()
        assert status == 0


class Grpc:
    """The door of the contract, without the project's code."""

    def __init__(self):
        self.client = None

    def call(self, name, *cells):
        try:
            return Outcome.of("answered", *getattr(self, name)(*cells))
        except grpc.RpcError as error:
            refusal = Refusal(error)
            return Outcome.of("unreachable" if refusal.code == LOST else "refused", refusal.reason, refusal.message)

    def close(self):
        if self.client:
            self.client.close()
        self.client = None

    def connect(self, address, ca, certificate, key, token):
        self.close()
        encrypted = address.startswith("https://")
        files = [path.read_bytes() if path else None for path in (ca, key, certificate)]
        tls = grpc.ssl_channel_credentials(*files) if encrypted else None
        self.client = Client(address.removeprefix("https://"), token, tls)
        return []

    def query(self, measure, area, period, release=""):
        release = f"releases/{release}" if release else ""
        found = self.client.query(measure, area, period, without_companions=True, release=release)
        return [f"{seen.area}={_value(seen)}" for seen in found]

    def read_release(self, release, measure, area, period):
        return self.query(measure, area, period, release)

    def explain(self, measure, area, period):
        asked = observation_pb2.ExplainObservationRequest(measure=measure, area=area, period=period)
        told = self.client.observations.ExplainObservation(asked, timeout=60)
        return [one.submission for one in told.submissions]

    def submit(self, agency, dataset, first, last):
        sent = self.client.submit(dataset, first, last, agency=agency, dry_run=True, nil_return=True)
        return [str(sent.received)]

    def findings(self, submission):
        return [finding.code for finding in self.client.findings(submission)]

    def whoami(self):
        me = self.client.access.WhoAmI(access_pb2.WhoAmIRequest(), timeout=60)
        return [_identifier(me.agency), ",".join(me.roles), _identifiers(me.agreements), *me.permissions]

    def can_query(self, measure, area, period):
        return self._can(query=observation_pb2.Query(measures=[measure], areas=[area], periods=[period]))

    def can_submit(self, agency, dataset):
        return self._can(submission=access_pb2.SubmissionAccess(agency=agency, dataset=dataset))

    def _can(self, **asked):
        decided = self.client.access.CheckAccess(access_pb2.CheckAccessRequest(**asked), timeout=60)
        agreements = decided.agreements if decided.allowed else decided.agreements_needed
        seen = f"{decided.visible_pairs} of {decided.pairs}"
        return ["yes" if decided.allowed else "no", seen, _identifiers(agreements)]

    def coverage(self):
        return [str(len(self.client.reports(agency="mps", dataset="crime", period="2026-01")))]

    def catalogue(self):
        listed = self.client.catalogue.ListAgencies(catalogue_pb2.ListAgenciesRequest(page_size=1000), timeout=60)
        return [str(len(listed.agencies))]

    def discard(self, release):
        return self._step("Discard", release, reason="A test")

    def review(self, release):
        return self._step("Review", release)

    def approve(self, release):
        return self._step("Approve", release)

    def publish(self, release):
        return self._step("Publish", release)

    def _step(self, verb, release, **more):
        asked = getattr(release_pb2, f"{verb}ReleaseRequest")(name=f"releases/{release}", **more)
        getattr(self.client.releases, f"{verb}Release")(asked, timeout=60)
        return []


def _value(seen):
    if seen.WhichOneof("result") == "value":
        return f"{seen.value:g}"
    return observation_pb2.MissingReason.Name(seen.missing).removeprefix("MISSING_REASON_").lower()


def _identifier(name):
    return name.rpartition("/")[2]


def _identifiers(names):
    return ",".join(map(_identifier, names))


def open_doors(release, package, folder):
    """All doors, by name."""
    return {
        "grpc": Grpc(),
        "python": Program(sys.executable, PROGRAMS / "through_python.py", PYTHONPATH=str(package)),
        "c": Program(build(release, folder, PROGRAMS / "through_c.c")),
    }


def has(door, name):
    """Whether a door has a call."""
    return door != "c" or name not in NOT_IN_C
