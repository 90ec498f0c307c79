"""The client for asyncio. It has the same calls as `peelian.Connection`.

    exchange = await peelian.aio.connect("127.0.0.1:50829")
    found = await exchange.query("knife-crime-offences", areas="borough")

A cancelled task cancels its call. The exchange keeps nothing of a cancelled submission.
"""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

from . import _coverage, _peelian, _query, _release_plan, _submission
from ._access import AccessDecision, Agreements, Caller
from ._catalogue import Agency, Collection, registered
from ._client import target_or_default
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

__all__ = ["Connection", "connect"]


class Connection:
    """A connection to an exchange. Any number of calls may run at once."""

    def __init__(self, connection: _peelian.Connection, target: str) -> None:
        self._connection = connection
        self.target = target

    def __repr__(self) -> str:
        return f"<peelian.aio.Connection to {self.target}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection after the last running call has ended."""
        del self._connection

    @shows_keywords(Submission, _submission.DEFAULTS)
    async def submit(
        self,
        dataset: str,
        data: Rows | None,
        *,
        progress: Callable[[int, int], None] | None = None,
        mapping: MappingSource | None = None,
        sheet: str | None = None,
        **submission: Unpack[Submission],
    ) -> Receipt:
        """Submits rows: see `peelian.Connection.submit`."""
        described = header(dataset, data, submission)

        def content_of(data: Rows) -> object:
            return columns_of(read_file(data, dataset, mapping, sheet), dataset, to_send=True)

        content = None if data is None else await asyncio.to_thread(content_of, data)
        return Receipt.of(await _answer(self._connection.submit(described, content, progress)))

    @shows_keywords(ExchangeQuestion, _query.DEFAULTS)
    async def query(
        self,
        measures: Several = (),
        **question: Unpack[ExchangeQuestion],
    ) -> Results:
        """Values of measures: see `peelian.Connection.query`."""
        asked = _query.query_request(measures, question, ExchangeQuestion)
        return Results(await _answer(self._connection.query(asked)))

    async def explain(
        self,
        measure: str,
        *,
        area: str = LONDON,
        period: str,
        breakdown: Mapping[str, str] | None = None,
        as_of: datetime.datetime | None = None,
    ) -> Explanation:
        """How one value was computed: see `peelian.Connection.explain`."""
        asked = _query.explain_request(measure, area, period, breakdown, as_of)
        return Explanation.of(await _answer(self._connection.explain(asked)))

    async def findings(self, submission: str) -> Findings:
        """Every finding of a submission. Its name is in its receipt."""
        found = await _answer(self._connection.findings(submission))
        return Findings(map(Finding.of, found))

    async def agencies(self) -> Collection[Agency]:
        """The agencies that may submit to this exchange: see `peelian.Connection.agencies`."""
        return registered(await _answer(self._connection.agencies()))

    async def whoami(self) -> Caller:
        """Who the exchange takes the caller for: see `peelian.Connection.whoami`."""
        return Caller.of(await _answer(self._connection.who_am_i()))

    async def agreements(self, agency: str = "") -> Agreements:
        """The data-sharing agreements of the exchange: see `peelian.Connection.agreements`."""
        return Agreements.of(await _answer(self._connection.agreements(agency)))

    async def releases(self) -> Releases:
        """The releases that the caller may see: see `peelian.Connection.releases`."""
        return Releases.of(await _answer(self._connection.releases()))

    async def release(self, release: str) -> Release:
        """One release, by its identifier."""
        return Release.of(await _answer(self._connection.release(release_name(release))))

    async def export(self, release: str, folder: str | os.PathLike[str]) -> Path:
        """Writes the files of a release to a new folder: see `peelian.Connection.export`."""
        await _answer(self._connection.export_release(release_name(release), folder))
        return Path(folder)

    @shows_keywords(ReleasePlan, _release_plan.DEFAULTS)
    async def create_release(self, release: str, *, title: str, **plan: Unpack[ReleasePlan]) -> Release:
        """Makes a release as a draft: see `peelian.Connection.create_release`."""
        return Release.of(await _answer(self._connection.create_release(plan_request(release, title, plan))))

    async def review_release(self, release: str) -> ReleaseReview:
        """What a reviewer is told of a release: see `peelian.Connection.review_release`."""
        return ReleaseReview.of(await _answer(self._connection.review_release(release_name(release))))

    async def diff_releases(self, earlier: str, later: str) -> ReleaseDifferences:
        """How the cells of two releases differ: see `peelian.Connection.diff_releases`."""
        names = release_name(earlier), release_name(later)
        return ReleaseDifferences.of(await _answer(self._connection.diff_releases(*names)))

    async def approve_release(self, release: str, *, embargo: datetime.datetime | None = None) -> Release:
        """Approves a draft that another person made: see `peelian.Connection.approve_release`."""
        until = _query.instant(embargo) if embargo else None
        return Release.of(await _answer(self._connection.approve_release(release_name(release), until)))

    async def publish_release(self, release: str) -> Release:
        """Publishes an approved release: see `peelian.Connection.publish_release`."""
        return Release.of(await _answer(self._connection.publish_release(release_name(release))))

    async def discard_release(self, release: str, reason: str) -> Release:
        """Discards a release that was not published: see `peelian.Connection.discard_release`."""
        return Release.of(await _answer(self._connection.discard_release(release_name(release), reason)))

    async def restore_release(self, release: str, reason: str) -> Release:
        """Puts a superseded release back into its place: see `peelian.Connection.restore_release`."""
        return Release.of(await _answer(self._connection.restore_release(release_name(release), reason)))

    async def watch_releases(self, *, wait: float | None = None) -> AsyncIterator[Release]:
        """Gives each release when it is published or restored: see `peelian.Connection.watch_releases`.

        >>> async for release in await exchange.watch_releases():  # doctest: +SKIP
        ...     print(release.id)
        """
        watch = await _answer(self._connection.watch_releases())

        async def follow() -> AsyncIterator[Release]:
            while (told := await _answer(watch.next(wait))) is not None:
                yield Release.of(told)

        return follow()

    @shows_keywords(ExchangeQuestion, _query.DEFAULTS)
    async def can_query(
        self, measures: Several = (), *, on_behalf_of: str = "", **question: Unpack[ExchangeQuestion]
    ) -> AccessDecision:
        """Whether a query would be allowed: see `peelian.Connection.can_query`."""
        asked = _query.query_request(measures, question, ExchangeQuestion)
        return AccessDecision.of(await _answer(self._connection.can_query(asked, on_behalf_of)))

    async def can_submit(self, dataset: str, agency: str) -> AccessDecision:
        """Whether a submission would be allowed: see `peelian.Connection.can_submit`."""
        return AccessDecision.of(await _answer(self._connection.can_submit(dataset, agency)))

    @shows_keywords(Selection, _coverage.DEFAULTS)
    async def reports(self, **selection: Unpack[Selection]) -> ExpectedReports:
        """The reports that agencies are expected to make, with what was received: see `peelian.Connection.reports`."""
        return ExpectedReports.of(await _answer(self._connection.reports(_coverage.request(selection))))


@shows_keywords(Credentials, DEFAULTS)
async def connect(
    target: str | None = None, *, timeout: float | None = None, **access: Unpack[Credentials]
) -> Connection:
    """Connects to an exchange: see `peelian.connect`."""
    address = target_or_default(target)
    return Connection(await _answer(_peelian.connect(address, timeout, credentials(access))), address)


async def _answer(call: _peelian.Call) -> Any:
    """Waits for a call without blocking the event loop."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(answer: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(answer)
        else:
            future.set_exception(error)

    def done(answer: Any, error: BaseException | None) -> None:
        # A thread of the extension calls this. A loop that has ended takes no answer.
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, answer, error)

    call.on_done(done)
    try:
        return await future
    except asyncio.CancelledError:
        call.cancel()
        raise
