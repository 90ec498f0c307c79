"""Makes the calls that it reads, line by line, through the Python package, and prints the outcome of each.

It is a separate program, because the stubs of the tests' gRPC client have the name of the package. tests/python/doors.py
writes the lines and says what they mean.
"""

import sys

import peelian


def query(exchange, measure, area, period, release=""):
    found = exchange.query(measure, areas=area, periods=period, companions=False, release=release)
    return [f"{seen.area}={seen.missing if seen.value is None else f'{seen.value:g}'}" for seen in found]


def read_release(exchange, release, measure, area, period):
    return query(exchange, measure, area, period, release)


def explain(exchange, measure, area, period):
    return [one.submission for one in exchange.explain(measure, area=area, period=period).submissions]


def submit(exchange, agency, dataset, first, last):
    return [str(exchange.submit(dataset, None, agency=agency, period=(first, last), dry_run=True).received)]


def findings(exchange, submission):
    return [finding.code for finding in exchange.findings(submission)]


def whoami(exchange):
    me = exchange.whoami()
    return [me.agency, ",".join(me.roles), ",".join(me.agreements), *me.permissions]


def can_query(exchange, measure, area, period):
    return decision(exchange.can_query(measure, areas=area, periods=period))


def can_submit(exchange, agency, dataset):
    return decision(exchange.can_submit(dataset, agency))


def decision(decided):
    """The numbers of pairs, and the agreements that allow it or that would be needed."""
    named = decided.agreements if decided else decided.agreements_needed
    return ["yes" if decided else "no", f"{decided.visible_pairs} of {decided.pairs}", ",".join(named)]


def coverage(exchange):
    return [str(len(exchange.reports(agency="mps", dataset="crime", period="2026-01")))]


def catalogue(exchange):
    return [str(len(exchange.agencies()))]


def discard(exchange, release):
    exchange.discard_release(release, "A test")
    return []


def review(exchange, release):
    exchange.review_release(release)
    return []


def approve(exchange, release):
    exchange.approve_release(release)
    return []


def publish(exchange, release):
    exchange.publish_release(release)
    return []


OF_FIGURES = [query, read_release, explain, can_query]
OF_SUBMISSIONS = [submit, findings, can_submit, coverage]
OF_RELEASES = [discard, review, approve, publish]
CALLS = [*OF_FIGURES, *OF_SUBMISSIONS, *OF_RELEASES, whoami, catalogue]


class Caller:
    """The caller of an exchange, once it is connected."""

    def __init__(self):
        self.exchange = None
        self.calls = {call.__name__: call for call in CALLS}

    def connect(self, address, **credentials):
        self.exchange = None
        self.exchange = peelian.connect(address, **{name: value for name, value in credentials.items() if value})
        return []

    def outcome(self, name, *arguments):
        try:
            if name == "connect":
                address, ca, certificate, key, token = arguments
                return ["answered", *self.connect(address, ca=ca, certificate=certificate, key=key, token=token)]
            return ["answered", *self.calls[name](self.exchange, *arguments)]
        except peelian.RefusedError as error:
            return ["refused", error.reason, str(error)]
        except peelian.UnreachableError as error:
            return ["unreachable", "", str(error)]


def main():
    caller = Caller()
    for line in sys.stdin:
        cells = ["" if cell == "-" else cell for cell in line.rstrip("\n").split("\t")]
        print("\t".join(" ".join(cell.split()) or "-" for cell in caller.outcome(*cells)), flush=True)


main()
