"""Who the caller is, and what it may do."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ._listing import Listing
from ._messages import identifier, moment

__all__ = ["AccessDecision", "Agreement", "AgreementTerm", "Agreements", "Caller", "TokenScope"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerm:
    """When a data-sharing agreement holds."""

    id: str
    title: str
    start: datetime.date
    """First day."""
    expiry: datetime.date
    """Last day."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> AgreementTerm:
        """The contract's message as a term."""
        return cls(
            id=identifier(message["name"]),
            title=message["title"],
            start=datetime.date.fromisoformat(message["start_date_inclusive"]),
            expiry=datetime.date.fromisoformat(message["end_date_inclusive"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenScope:
    """What a token may be used for. The agreements and roles of the caller limit it further."""

    id: str
    """Identifier of the token, which is no secret."""
    expires_at: datetime.datetime | None
    """Instant from which it no longer holds."""
    methods: tuple[str, ...]
    """Methods that may be called with it, or services, of which all may be called. Empty means all methods."""
    datasets: tuple[str, ...]
    """Datasets that may be submitted and withdrawn with it. Empty means all datasets."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> TokenScope:
        """The contract's message as a scope."""
        return cls(
            id=message["token_id"],
            expires_at=moment(message["expires_at"]),
            methods=tuple(message["methods"]),
            datasets=tuple(message["datasets"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who the exchange takes the caller for, and what it may do."""

    agency: str
    """Agency: "mps". Empty when nobody identified the caller, which only an exchange on this machine allows."""
    roles: tuple[str, ...]
    """Roles in the agency: submitter, analyst, statistician, approver, administrator."""
    identified_by: str
    """How the caller was identified: "token ID", "certificate FINGERPRINT" or "loopback"."""
    agreements: tuple[str, ...]
    """Data-sharing agreements in force that the agency is a party to."""
    permissions: tuple[str, ...]
    """What the caller may do by them, in words."""
    terms: tuple[AgreementTerm, ...]
    """When each of the agreements holds, in their order."""
    token: TokenScope | None
    """What the token of the caller may be used for. None if it sent none."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Caller:
        """The contract's message as a caller."""
        return cls(
            agency=identifier(message["agency"]),
            roles=tuple(message["roles"]),
            identified_by=message["identified_by"],
            agreements=tuple(map(identifier, message["agreements"])),
            permissions=tuple(message["permissions"]),
            terms=tuple(map(AgreementTerm.of, message["terms"])),
            token=TokenScope.of(message["token"]) if message["token"] else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A data-sharing agreement."""

    id: str
    title: str
    purpose: str
    """What the data are shared for."""
    gateway: str
    """The law that allows it."""
    parties: tuple[str, ...]
    """Agencies and kinds of agency."""
    start: datetime.date
    """First day."""
    expiry: datetime.date
    """Last day."""
    in_force: bool
    """Whether it is in force today."""
    policies: str
    """The agreement as the exchange applies it: policies in the language Cedar."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Agreement:
        """The contract's message as an agreement."""
        return cls(
            id=identifier(message["name"]),
            title=message["title"],
            purpose=message["purpose"],
            gateway=message["gateway"],
            parties=tuple(message["parties"]),
            start=datetime.date.fromisoformat(message["start_date_inclusive"]),
            expiry=datetime.date.fromisoformat(message["end_date_inclusive"]),
            in_force=message["in_force"],
            policies=message["policies"],
        )


class Agreements(Listing[Agreement]):
    """Agreements in the order of their identifiers. A notebook shows them as a table."""

    _record = Agreement
    _shown = ("id", "title", "parties", "start", "expiry", "in_force")

    @classmethod
    def of(cls, messages: Iterable[Mapping[str, Any]]) -> Agreements:
        """The contract's messages as agreements."""
        return cls(map(Agreement.of, messages))

    def __repr__(self) -> str:
        return "\n".join(f"{one.id}  {one.title}  until {one.expiry}" for one in self) or "no agreements"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecision:
    """Whether a query or a submission would be allowed. It is true when it would be."""

    allowed: bool
    reason: str
    """Why not. Empty when it would be allowed."""
    agreements: tuple[str, ...]
    """Agreements that allow it."""
    agreements_needed: tuple[str, ...]
    """Agreements that would be needed."""
    visible_pairs: int
    """For a query: pairs of a measure and an area that the caller may see."""
    pairs: int
    """For a query: all pairs of a measure and an area."""

    def __bool__(self) -> bool:
        return self.allowed

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> AccessDecision:
        """The contract's message as a decision."""
        parts = dict(message)
        for name in ("agreements", "agreements_needed"):
            parts[name] = tuple(map(identifier, parts[name]))
        return cls(**parts)
