"""Releases: what the exchange publishes, how one differs from another, and whether a folder is as it was published."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ._listing import Listing
from ._messages import identifier, moment
from ._peelian import verify_release as _verify

__all__ = [
    "Release",
    "ReleaseDifference",
    "ReleaseDifferences",
    "ReleaseEvent",
    "ReleaseReview",
    "Releases",
    "VerifiedRelease",
    "WithheldObservation",
    "release_name",
    "verify_release",
]

PREFIX = "releases/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEvent:
    """A step in the life of a release."""

    at: datetime.datetime | None
    kind: str
    """drafted, approved, published, superseded, discarded or restored."""
    by: str
    """Agency that did it. Empty if nobody identified the caller."""
    reason: str
    """Reason. Empty if none was given."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> ReleaseEvent:
        """The contract's message as an event."""
        return cls(
            at=moment(message["at"]),
            kind=message["kind"],
            by=identifier(message["by"]),
            reason=message["reason"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A frozen, protected set of observations."""

    id: str
    """Identifier: "2017-03"."""
    title: str
    state: str
    """draft, approved, published, superseded or discarded."""
    ledger_position: int
    """State of the ledger from which it was computed."""
    created_at: datetime.datetime | None
    created_by: str
    """Agency that made it. Empty if nobody identified the caller."""
    approved_at: datetime.datetime | None
    """When it was approved; None if it was not."""
    approved_by: str
    """Agency that approved it."""
    embargo_until: datetime.datetime | None
    """Instant before which it is not published; None if it has no embargo."""
    published_at: datetime.datetime | None
    """When it was first published; None if it was not."""
    published_by: str
    """Agency that published it first."""
    supersedes: str
    """Release whose place it took; empty if it stands beside the others."""
    superseded_by: str
    """Release that has taken its place; empty if none has."""
    reason: str
    """Why it took the place of another."""
    profile: str
    """Profile that its measures come from; empty if they were named alone."""
    measures: tuple[str, ...]
    areas: tuple[str, ...]
    """Codes of areas, or levels."""
    periods: tuple[str, ...]
    """Periods, as they were asked for."""
    breakdowns: tuple[str, ...]
    """Breakdowns beside the totals. They are not crossed."""
    each_breakdown: bool
    """Whether it has each breakdown that a measure offers."""
    observations: int
    withheld: int
    """Observations that are withheld to protect people."""
    manifest_sha256: str
    """SHA-256 of its file manifest.json, which has the hashes of all other files."""
    approval_by_unidentified: bool
    """True where the exchange could not tell that two callers made and approved it, because it asks nobody who calls."""
    events: tuple[ReleaseEvent, ...]
    """What happened to it, in order."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Release:
        """The contract's message as a release."""
        summary = message["summary"] or {"observations": 0, "withheld": 0}
        plan = message["plan"] or {}
        return cls(
            id=identifier(message["name"]),
            title=message["title"],
            state=message["state"],
            ledger_position=message["ledger_position"],
            created_at=moment(message["created_at"]),
            created_by=identifier(message["created_by"]),
            approved_at=moment(message["approved_at"]),
            approved_by=identifier(message["approved_by"]),
            embargo_until=moment(message["embargo_until"]),
            published_at=moment(message["published_at"]),
            published_by=identifier(message["published_by"]),
            supersedes=identifier(message["supersedes"]),
            superseded_by=identifier(message["superseded_by"]),
            reason=message["reason"],
            profile=plan.get("profile", ""),
            measures=tuple(plan.get("measures", ())),
            areas=tuple(plan.get("areas", ())),
            periods=tuple(plan.get("periods", ())),
            breakdowns=tuple(plan.get("breakdowns", ())),
            each_breakdown=plan.get("each_breakdown", False),
            observations=summary["observations"],
            withheld=summary["withheld"],
            manifest_sha256=message["manifest_sha256"],
            approval_by_unidentified=message["approval_by_unidentified"],
            events=tuple(map(ReleaseEvent.of, message["events"])),
        )


class Releases(Listing[Release]):
    """Releases, the latest first. A notebook shows them as a table."""

    _record = Release
    _shown = ("id", "title", "state", "published_at", "observations", "withheld")

    @classmethod
    def of(cls, messages: Iterable[Mapping[str, Any]]) -> Releases:
        """The contract's messages as releases."""
        return cls(map(Release.of, messages))

    def __repr__(self) -> str:
        return "\n".join(f"{one.id}  {one.title}  {one.state}" for one in self) or "no releases"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldObservation:
    """An observation that a release withholds, and why."""

    measure: str
    area: str
    area_name: str
    period: str
    breakdown: str
    """The group, as "dimension=code"; empty for the total."""
    reason: str
    """Rule or step that withholds it: "small_count", "secondary"."""
    low: int | None
    """Least value that an outsider can conclude. None where it is not known."""
    high: int | None
    """Greatest value that an outsider can conclude."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> WithheldObservation:
        """The contract's message as a withheld observation."""
        return cls(**{**message, "breakdown": _breakdown(message)})


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionSize:
    """How large the revisions of a measure's totals are, in the unit of its values."""

    measure: str
    area_level: str
    """Level of the areas: "borough"."""
    period_kind: str
    """Kind of the periods: M, R12."""
    basis: str
    """computed_from_records or submitted_figure."""
    compared: int
    """Number of totals that an earlier release published too."""
    revised: int
    """Number of these that have another value."""
    corrected: int
    """Number of those that were final."""
    mean: float
    """Mean revision: the later value minus the earlier one."""
    mean_absolute: float
    """Mean of the revisions without their signs."""
    relative: float | None
    """The sum of the revisions without their signs, divided by that of the later values. None if those are all 0."""


class Revisions(Listing[RevisionSize]):
    """How large the revisions of each measure are."""

    _record = RevisionSize
    _shown = ("measure", "basis", "area_level", "period_kind", "compared", "revised", "mean", "mean_absolute")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReview:
    """What a reviewer is told of a release. It is true when nothing keeps the release from being approved."""

    release: Release
    withheld: Listing[WithheldObservation]
    """Every observation that is withheld, in the order of the release."""
    withheld_by_reason: dict[str, int]
    """How many observations each rule or step withholds."""
    compared_with: str
    """Release that it is compared with: the one that it supersedes, or the one published last. Empty if there is none."""
    differences: dict[str, int]
    """How many observations differ from that release, by kind of difference: "new", "revised", "newly_suppressed"."""
    revisions: Revisions
    """How large the revisions of totals are that earlier releases published."""
    failed_checks: tuple[str, ...]
    """What keeps the release from being approved or published, in words."""
    cautions: tuple[str, ...]
    """What protection takes for unknown and some readers may know, in words."""
    suppressed_sum: int
    """The sum of the counts that are withheld. For reviewers alone: with what is published it would give counts away."""
    sum: int
    """The sum of all counts, for reviewers alone."""

    def __bool__(self) -> bool:
        return not self.failed_checks

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> ReleaseReview:
        """The contract's message as a review."""
        return cls(
            release=Release.of(message["release"]),
            withheld=Withheld(map(WithheldObservation.of, message["withheld"])),
            withheld_by_reason={one["reason"]: one["observations"] for one in message["withheld_by_reason"]},
            compared_with=identifier(message["compared_with"]),
            differences=_counts(message["differences"]),
            revisions=Revisions(RevisionSize(**one) for one in message["revisions"]),
            failed_checks=tuple(message["failed_checks"]),
            cautions=tuple(message["cautions"]),
            suppressed_sum=message["suppressed_sum"],
            sum=message["sum"],
        )


class Withheld(Listing[WithheldObservation]):
    """Withheld observations. A notebook shows them as a table."""

    _record = WithheldObservation
    _shown = ("measure", "area_name", "period", "breakdown", "reason", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDifference:
    """A cell that differs between two releases."""

    kind: str
    """new, revised, newly_suppressed, no_longer_suppressed or withdrawn."""
    measure: str
    area: str
    area_name: str
    period: str
    breakdown: str
    """The group, as "dimension=code"; empty for the total."""
    before: float | None
    """The value of the earlier release. None if it has no value, or no such cell."""
    before_missing: str
    """Why the earlier release has no value: "suppressed". Empty if it has one, or no such cell."""
    after: float | None
    """The value of the later release."""
    after_missing: str
    """Why the later release has no value."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> ReleaseDifference:
        """The contract's message as a difference."""
        before, after = message["before"] or {}, message["after"] or {}
        cell = after or before
        return cls(
            kind=message["kind"],
            measure=cell["measure"],
            area=cell["area"],
            area_name=cell["area_name"],
            period=cell["period"],
            breakdown=_breakdown(cell),
            before=before.get("value"),
            before_missing=before.get("missing") or "",
            after=after.get("value"),
            after_missing=after.get("missing") or "",
        )


class ReleaseDifferences(Listing[ReleaseDifference]):
    """How the cells of two releases differ, in the order of the later one. Withdrawn cells come last."""

    _record = ReleaseDifference
    _shown = ("measure", "area_name", "period", "breakdown", "kind", "before", "after")

    @property
    def counts(self) -> dict[str, int]:
        """How many cells there are of each kind of difference."""
        kinds = [one.kind for one in self]
        return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> ReleaseDifferences:
        """The contract's message as differences."""
        return cls(map(ReleaseDifference.of, message["differences"]))


def _breakdown(cell: Mapping[str, Any]) -> str:
    return ";".join(f"{field}={code}" for field, code in sorted(cell["breakdown"].items()))


def _counts(messages: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return {one["kind"]: one["observations"] for one in messages}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRelease:
    """The folder of a release that is as it was published."""

    release: str
    """Identifier of the release."""
    files: int
    """Number of its files, without the manifest and its signature."""
    public_key: str
    """Public key of the signature, in hexadecimal digits."""


def verify_release(folder: str | os.PathLike[str], key: str | None = None) -> VerifiedRelease:
    """Checks that the folder of a release is as it was published. It needs no exchange and no network.

    `key` is the public key of the publisher in hexadecimal digits, from another place than the folder. Without it, the key
    that the manifest itself names is used: compare it with the publisher's.

    Raises `VerificationError` if a file was changed, is missing or was added, if the signature does not hold, or if it is
    of another key. Raises `OSError` if a file cannot be read.

    >>> peelian.verify_release("2017-03").release  # doctest: +SKIP
    '2017-03'
    """
    return VerifiedRelease(**_verify(folder, key))


def release_name(given: str) -> str:
    """The name in the contract of a release that is given by its identifier or its name. Empty for no release."""
    return given if not given or given.startswith(PREFIX) else PREFIX + given
