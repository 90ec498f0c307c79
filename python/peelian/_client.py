"""A connection to an exchange."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from . import _coverage, _peelian, _query, _release_plan, _submission
from ._access import AccessDecision, Agreements, Caller
from ._catalogue import Agency, Collection, registered
from ._coverage import ExpectedReports, Selection
from ._credentials import DEFAULTS, Credentials, credentials
from ._explanation import Explanation
from ._findings import Finding, Findings
from ._keywords import shows_keywords
from ._query import LONDON, ExchangeQuestion, Several
from ._release import Release, ReleaseDifferences, ReleaseReview, Releases, release_name
from ._release_plan import ReleasePlan, plan_request
from ._results import Results
from ._rows import MappingSource, Rows, columns_of, read_file
from ._submission import Receipt, Submission, header

__all__ = ["DEFAULT_TARGET", "Connection", "connect", "target_or_default"]

DEFAULT_TARGET = "127.0.0.1:50829"


class Connection:
    """A connection to an exchange. Threads may share it. Ctrl-C ends a call that waits."""

    def __init__(self, connection: _peelian.Connection, target: str) -> None:
        self._connection = connection
        self.target = target

    def __repr__(self) -> str:
        return f"<peelian.Connection to {self.target}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection after the last running call has ended."""
        del self._connection

    @shows_keywords(Submission, _submission.DEFAULTS)
    def submit(
        self,
        dataset: str,
        data: Rows | None,
        *,
        progress: Callable[[int, int], None] | None = None,
        mapping: MappingSource | None = None,
        sheet: str | None = None,
        **submission: Unpack[Submission],
    ) -> Receipt:
        """Submits rows. The exchange keeps all of them or none. When the call returns, they are durable.

        `data` is a table of pyarrow, Polars, pandas or DuckDB, the path of a file, or the bytes of a CSV. None is a
        nil return: the agency states that nothing happened in the period. `period` is a period ("2017-02"), a range,
        two days ("2017-02-01..2017-02-14") or a pair of days. `mode` says what happens to the rows that the exchange
        holds: "replace_period", "merge" or "delete". `extracted` is the time at which the data were taken from their
        source. The default is the time of the file's last change, or now when `data` is not a file. `progress` is
        called from another thread with the number of parts sent and the number of all parts. A submission with the
        same content and the same `extracted` counts once. `mapping` and `sheet` say how a file of a local system is read:
        see `peelian.validate`.

        Only the fields of the dataset leave this process. A table or a file with other columns raises `RowsError`, and
        nothing is sent. For a table, only values visible in rows are sent: unused categories are not. A file is sent
        as it is. Levels of a pandas index are sent if they are fields. The labels of an index without a name are left
        behind. Another index raises `RowsError`.

        Raises `RefusedError` if the exchange refuses the submission. The exchange then keeps nothing.
        """
        described = header(dataset, data, submission)
        rows = None if data is None else read_file(data, dataset, mapping, sheet)
        content = None if rows is None else columns_of(rows, dataset, to_send=True)
        return Receipt.of(self._connection.submit(described, content, progress).wait())

    @shows_keywords(ExchangeQuestion, _query.DEFAULTS)
    def query(
        self,
        measures: Several = (),
        **question: Unpack[ExchangeQuestion],
    ) -> Results:
        """Values of measures.

        The arguments are those of `compute`, and four more. `as_of` is an instant: the answer is what was known then.
        `release` reads a published release in place of the live ledger.
        `basis` selects submitted figures alone, or computed values alone. `companions=False` leaves out what the plan
        wants read with a contextual measure.

        Several agencies may have submitted a figure for the same value. The value is that of the authoritative source,
        which the measure's `authority` names. `alternatives` has the figures of the others, and what a
        revised figure was before. With `source`, the own figures of one agency are the values.

        Raises `RefusedError` if the exchange refuses the query.
        """
        asked = _query.query_request(measures, question, ExchangeQuestion)
        return Results(self._connection.query(asked).wait())

    def explain(
        self,
        measure: str,
        *,
        area: str = LONDON,
        period: str,
        breakdown: Mapping[str, str] | None = None,
        as_of: datetime.datetime | None = None,
    ) -> Explanation:
        """How one value was computed: the definition, the rows that each step removed, and the submissions."""
        asked = _query.explain_request(measure, area, period, breakdown, as_of)
        return Explanation.of(self._connection.explain(asked).wait())

    def findings(self, submission: str) -> Findings:
        """Every finding of a submission. Its name is in its receipt."""
        return Findings(map(Finding.of, self._connection.findings(submission).wait()))

    def agencies(self) -> Collection[Agency]:
        """The agencies that may submit to this exchange, with their remits.

        The operator may have added some, or narrowed their remits. Then they differ from `peelian.agencies()`, which has
        those of the package.
        """
        return registered(self._connection.agencies().wait())

    def whoami(self) -> Caller:
        """Who the exchange takes the caller for, and what it may do."""
        return Caller.of(self._connection.who_am_i().wait())

    def agreements(self, agency: str = "") -> Agreements:
        """The data-sharing agreements of the exchange, in force or not: those of one agency, or all."""
        return Agreements.of(self._connection.agreements(agency).wait())

    def releases(self) -> Releases:
        """The releases that the caller may see, the latest first. `query(..., release=id)` reads one of them."""
        return Releases.of(self._connection.releases().wait())

    def release(self, release: str) -> Release:
        """One release, by its identifier."""
        return Release.of(self._connection.release(release_name(release)).wait())

    def export(self, release: str, folder: str | os.PathLike[str]) -> Path:
        """Writes the files of a release to a new folder, and returns the folder.

        The folder has the observations as CSV, Parquet, Arrow and SDMX, a workbook, the definitions, and a signed manifest
        with the hash of every file. `peelian.verify_release` checks it. A folder that cannot be written whole is removed.

        Raises `FileExistsError` if the folder is there already.
        """
        self._connection.export_release(release_name(release), folder).wait()
        return Path(folder)

    @shows_keywords(ReleasePlan, _release_plan.DEFAULTS)
    def create_release(self, release: str, *, title: str, **plan: Unpack[ReleasePlan]) -> Release:
        """Makes a release as a draft: computes its figures, protects them, and freezes them. Nothing is published.

        `release` is its identifier, which is never used again. The same call by the same caller gives the same draft. It
        may take as long as a submission.

        Raises `RefusedError` if the caller may not make releases, or the release cannot be made.

        >>> draft = exchange.create_release(  # doctest: +SKIP
        ...     "2017-03", title="Crime outcomes", profile="borough", areas="borough", periods="2016-04..2017-03"
        ... )
        """
        return Release.of(self._connection.create_release(plan_request(release, title, plan)).wait())

    def review_release(self, release: str) -> ReleaseReview:
        """What a reviewer is told: what is withheld and why, what differs from the release before, and what keeps the
        release from being approved. The review is true when nothing does.
        """
        return ReleaseReview.of(self._connection.review_release(release_name(release)).wait())

    def diff_releases(self, earlier: str, later: str) -> ReleaseDifferences:
        """How the cells of two releases differ: new, revised with both values, newly suppressed, withdrawn."""
        names = release_name(earlier), release_name(later)
        return ReleaseDifferences.of(self._connection.diff_releases(*names).wait())

    def approve_release(self, release: str, *, embargo: datetime.datetime | None = None) -> Release:
        """Approves a draft that another person made. Before the instant `embargo`, it cannot be published.

        Raises `RefusedError` if a count cannot be protected, if the release was made with the same credentials, or if
        another release was published since: `review_release` says so before.
        """
        until = _query.instant(embargo) if embargo else None
        return Release.of(self._connection.approve_release(release_name(release), until).wait())

    def publish_release(self, release: str) -> Release:
        """Publishes an approved release. It takes the place of the one that it supersedes."""
        return Release.of(self._connection.publish_release(release_name(release)).wait())

    def discard_release(self, release: str, reason: str) -> Release:
        """Discards a release that was not published. Its content is deleted, and its history is kept."""
        return Release.of(self._connection.discard_release(release_name(release), reason).wait())

    def restore_release(self, release: str, reason: str) -> Release:
        """Puts a superseded release into the place of the one that superseded it. Readers see the reason."""
        return Release.of(self._connection.restore_release(release_name(release), reason).wait())

    def watch_releases(self, *, wait: float | None = None) -> Iterator[Release]:
        """Gives each release when it is published or restored, from the moment of this call.

        `wait` is the longest time to wait for the next one, in seconds. The iteration ends when none comes within it, and
        when the exchange stops. Without it, the iteration waits for any time: the time limit of calls does not hold for it.

        >>> for release in exchange.watch_releases():  # doctest: +SKIP
        ...     exchange.export(release.id, release.id)
        """
        watch = self._connection.watch_releases().wait()
        return map(Release.of, iter(lambda: watch.next(wait).wait(), None))

    @shows_keywords(ExchangeQuestion, _query.DEFAULTS)
    def can_query(
        self, measures: Several = (), *, on_behalf_of: str = "", **question: Unpack[ExchangeQuestion]
    ) -> AccessDecision:
        """Whether a query would be allowed, and which agreement it would need. Nothing is answered.

        The arguments are those of `query`. A query is allowed if the caller may see any of its values. Only an
        administrator may ask on behalf of another agency.
        """
        asked = _query.query_request(measures, question, ExchangeQuestion)
        return AccessDecision.of(self._connection.can_query(asked, on_behalf_of).wait())

    def can_submit(self, dataset: str, agency: str) -> AccessDecision:
        """Whether a submission of a dataset in the name of an agency would be allowed. Nothing is stored."""
        return AccessDecision.of(self._connection.can_submit(dataset, agency).wait())

    @shows_keywords(Selection, _coverage.DEFAULTS)
    def reports(self, **selection: Unpack[Selection]) -> ExpectedReports:
        """The reports that agencies are expected to make, with what was received.

        The arguments select reports. `overdue` selects those that are due and were not received: who has not reported.
        A late report is not a missing one.

        Raises `RefusedError` if the exchange does not know the agency, the dataset, the area or the period.
        """
        return ExpectedReports.of(self._connection.reports(_coverage.request(selection)).wait())


def target_or_default(target: str | None) -> str:
    """The address given. Without one, that of the variable PEELIAN_SERVER, or the default of the server."""
    return target or os.environ.get("PEELIAN_SERVER") or DEFAULT_TARGET


@shows_keywords(Credentials, DEFAULTS)
def connect(target: str | None = None, *, timeout: float | None = None, **access: Unpack[Credentials]) -> Connection:
    """Connects to an exchange at `target`, a host and a port. `https://HOST:PORT` is encrypted.

    Without `target`, the environment variable PEELIAN_SERVER has the address. Without both, the address is that of a
    server on this machine.

    `timeout` is the longest time of each call in seconds. 0 means no limit. Without it, a call waits 120 seconds for its
    answer, and a submission takes at most 30 minutes.

    `ca` is a file with the certificates of the authorities that are trusted. Without it, those of this machine are.
    `certificate` and `key` are the files of the caller's certificate and of its private key. All are in PEM. With a `ca` or
    a certificate, the connection is encrypted. `token_file` is a file with the caller's token, and `token` is the token
    itself. `token_keyring` is a name under which the keyring of this machine has it, in the service "peelian"; it needs the
    extra `keyring`. A token is sent over an encrypted connection, or within this machine. Files are read again when a
    connection is made, and the file of the token for every call. A keyring is read when `connect` is called. What is not
    given comes from PEELIAN_CA, PEELIAN_CERTIFICATE, PEELIAN_KEY, PEELIAN_TOKEN, PEELIAN_TOKEN_FILE or
    PEELIAN_TOKEN_KEYRING.

    Raises `CredentialsError` if a file cannot be used. Raises `UnreachableError` if no exchange answers at the address
    within 15 seconds, or if the connection is not encrypted as it should be. A call raises it if the exchange does not
    answer within its time, or gives no sign of life for two minutes. A call raises `RefusedError` if the exchange does not
    accept the caller.

    >>> exchange = peelian.connect("127.0.0.1:50829", timeout=600)  # doctest: +SKIP
    >>> exchange = peelian.connect(  # doctest: +SKIP
    ...     "https://exchange.example.org:50829", ca="authority.pem", certificate="mps.pem", key="mps.key"
    ... )
    """
    address = target_or_default(target)
    return Connection(_peelian.connect(address, timeout, credentials(access)).wait(), address)
