"""The catalogue: measures, profiles, datasets with fields and codes, agencies with remits, areas, and code lists."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from . import _peelian

__all__ = [
    "Agency",
    "Area",
    "Catalogue",
    "Code",
    "CodeList",
    "Collection",
    "Dataset",
    "Field",
    "Measure",
    "Profile",
    "Remit",
    "Rule",
    "agencies",
    "agency",
    "catalogue",
    "profiles",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The definition of one outcome measure."""

    id: str
    """Identifier, with its variant: "repeat-victim-share.victims-rolling"."""
    version: int
    title: str
    question: str
    """The question that the measure answers."""
    unit: str
    """What is counted: crime, person, respondent."""
    design: str
    """Design, which says how the measure is computed: count, proportion, repeat_share, funnel, gap and so on."""
    value_kind: str
    """count, proportion (from 0 to 1), percentage_points, rate_per_100, rate_per_1k, rate_per_10k, rate_per_100k, ratio,
    index, score or days."""
    dataset: str
    """Dataset that the measure is computed from. Empty when only submitted figures exist."""
    populations: Mapping[str, str]
    """Populations by name. Each is an expression over fields."""
    date_field: str
    area_field: str
    geo_basis: str
    """Meaning of the area: location_of_offence, respondent_residence."""
    breakdowns: tuple[str, ...]
    periods: tuple[str, ...]
    """Kinds of period: M month, Q quarter, R12 rolling year, CY calendar year, FY financial year."""
    polarity: str
    """higher_is_better, lower_is_better or neutral."""
    reporting_increase_wanted: bool
    """True when the plan wants more victims to report. A rise alone is then not worse."""
    disclosure: str
    additive: bool
    caveats: tuple[str, ...]
    sources: tuple[str, ...]
    plan_reference: str
    interval_method: str
    rate_basis: str
    """cohort: the events of the numerator happen to the subjects of the denominator. period: each is counted by its
    own date. Empty when the definition does not state it."""
    authority: tuple[str, ...]
    """Kinds of agency whose own figures are authoritative, the first before the others. Figures of other kinds are
    alternatives."""
    companions: tuple[str, ...]
    """Measures to read with this one. For a contextual measure (polarity neutral), answers have their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named, ordered list of measures, which one query answers."""

    id: str
    """Identifier: "children-and-young-people"."""
    title: str
    description: str
    """Whom it is for, and what to know before using it."""
    plan_reference: str
    measures: tuple[str, ...]
    """Measures with their variants, in their order."""
    baseline: str
    """Period that the comparison "baseline" compares with. Empty when there is none."""
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of a list."""

    code: str
    label: str
    aliases: tuple[str, ...]
    """Other spellings that are accepted."""
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a dataset."""

    id: str
    description: str
    type: str
    """key, pseudonym, date, timestamp, code, set, integer, number, boolean, area, period, weight or text."""
    required: bool
    required_when: str
    """Condition under which a row must have the field."""
    codes: tuple[Code, ...]
    """Codes of a closed list."""
    code_list: str
    """Identifier of an open list."""
    references: str
    """Dataset that the field refers to."""
    min: float | None
    max: float | None
    personal: bool
    """True when no finding quotes the value."""
    transient: bool
    """True when the value is checked and then dropped."""
    derived: bool
    """True when the value is derived from other fields. It is not submitted."""
    aliases: tuple[str, ...]
    """Other headings under which files have the field. Case, spaces and punctuation do not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule across the fields of a dataset."""

    code: str
    severity: str
    holds: str
    """Condition that a correct row fulfils."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A kind of record that partners submit."""

    id: str
    title: str
    description: str
    key: tuple[str, ...]
    """Fields that identify a row."""
    period_fields: tuple[str, ...]
    sensitivity: str
    supplied_by: str
    fields: Mapping[str, Field]
    rules: tuple[Rule, ...]
    reject_above_percent: float
    """Share of rows with errors, in percent. Above it all rows are refused."""

    @property
    def csv_header(self) -> str:
        """The header line of the dataset's CSV. It has the fields that are submitted."""
        return _peelian.csv_header(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area."""

    id: str
    """Code: "E09000028"."""
    name: str
    level: str
    """borough, ward, bcu, london and so on."""
    parents: tuple[str, ...]
    """Codes of the areas that contain this one."""
    valid_from: str
    """First day on which the area exists, as YYYY-MM-DD. Empty when it is not known."""
    valid_to: str
    """Last day. Empty while the area exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remit:
    """What an agency may submit of one dataset."""

    dataset: str
    measures: tuple[str, ...]
    """Measures whose figures may be submitted, without their variants. "istv-*" stands for all that begin so. Empty
    means every measure."""
    areas: tuple[str, ...]
    """Codes of the areas and sites. The areas within them are included."""
    valid_from: str
    """First day that rows may lie on, as YYYY-MM-DD. Empty when there is no limit."""
    valid_to: str
    """Last day that rows may lie on. Empty when there is no limit."""
    role: str
    """primary, or secondary for rows that count only where no primary agency submitted them."""
    covers: str
    """Areas in which a month without rows is zero: all of the remit, those in the rows, or nothing."""
    every: str
    """Kind of the periods that reports are expected for: M, Q, FY. Empty when none is expected."""
    due_days: int
    """Number of days after the end of a period on which its report is due."""
    revised_months: int
    """Number of months after the end of a month for which its records are revised. Until then, what is computed from
    them is provisional. 0 if this is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An agency that may submit."""

    id: str
    """Identifier under which it submits: "mps"."""
    name: str
    kind: str
    """police, borough, nhs_trust and so on."""
    remits: tuple[Remit, ...]
    """What it may submit, and for which areas. Anything else is refused."""

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that it may submit."""
        return tuple(dict.fromkeys(remit.dataset for remit in self.remits))


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """An open, versioned list of codes."""

    id: str
    version: str
    source: str
    codes: tuple[Code, ...]


T = TypeVar("T", bound=Measure | Profile | Dataset | Agency | Area | CodeList)


class Collection(Mapping[str, T], Generic[T]):
    """Items by identifier, in the order of the catalogue. A notebook shows them as a table."""

    def __init__(self, items: Iterable[T], columns: tuple[str, ...]) -> None:
        self._items: dict[str, T] = {item.id: item for item in items}
        self._columns = columns

    def __getitem__(self, key: str) -> T:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return "\n".join("  ".join(str(getattr(item, name)) for name in self._columns) for item in self.values())

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in self._columns)
        rows = (
            "".join(f"<td>{html.escape(str(getattr(item, name)))}</td>" for name in self._columns)
            for item in self.values()
        )
        return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"

    def search(self, words: str) -> Collection[T]:
        """The items whose shown columns contain every word."""
        wanted = words.lower().split()
        text = {
            item.id: " ".join(str(getattr(item, name)) for name in self._columns).lower() for item in self.values()
        }
        found = (item for item in self.values() if all(word in text[item.id] for word in wanted))
        return Collection(found, self._columns)


# Columns of agencies that a notebook and a terminal show.
AGENCY_COLUMNS = ("id", "name", "kind")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The catalogue that the package carries. No exchange is asked."""

    measures: Collection[Measure]
    datasets: Collection[Dataset]
    profiles: Collection[Profile]
    agencies: Collection[Agency]
    areas: Collection[Area]
    code_lists: Collection[CodeList]


@cache
def catalogue() -> Catalogue:
    """The measures, profiles, datasets with their fields and codes, agencies, areas, and open code lists.

    >>> import peelian
    >>> everything = peelian.catalogue()
    >>> everything.measures["knife-crime-offences"].unit
    'crime'
    >>> everything.datasets["crime"].key
    ('crime_ref',)
    >>> [code.code for code in everything.datasets["crime"].fields["gun_use"].codes][:2]
    ['none', 'fired']
    >>> everything.areas["E09000028"].name
    'Southwark'
    """
    return Catalogue(
        measures=Collection(map(measure, _peelian.measures()), ("id", "title", "unit", "design")),
        datasets=Collection(map(_dataset, _peelian.datasets()), ("id", "title", "supplied_by", "sensitivity")),
        profiles=Collection(map(_profile, _peelian.profiles()), ("id", "title")),
        agencies=registered(_peelian.agencies()),
        areas=Collection(map(_area, _peelian.areas()), ("id", "name", "level")),
        code_lists=Collection(map(_code_list, _peelian.code_lists()), ("id", "version", "source")),
    )


def profiles() -> Collection[Profile]:
    """The profiles: named lists of measures for one page.

    >>> import peelian
    >>> peelian.profiles()["mopac-7"].baseline
    '2011/12'
    >>> print(peelian.profiles())
    better-criminal-justice-service  A better criminal justice service for London
    better-police-service  A better police service for London
    borough  A borough's view
    children-and-young-people  Keeping children and young people safe
    commissioner  The commissioner's view
    hatred-and-intolerance  Hatred and intolerance
    mopac-7  Neighbourhood crime of the plan of 2013 (MOPAC 7)
    violence-against-women-and-girls  Tackling violence against women and girls
    """
    return catalogue().profiles


def agencies(kind: str | None = None, dataset: str | None = None) -> Collection[Agency]:
    """The agencies that may submit, with their remits.

    `kind` selects the agencies of a kind, and `dataset` those that may submit a dataset. The register is the one that
    the package carries. The operator of an exchange may have added agencies to it, or narrowed their remits:
    `Connection.agencies` asks the exchange.

    Raises `ValueError` if there is no such kind or dataset.

    >>> import peelian
    >>> print(peelian.agencies(kind="police"))
    btp  British Transport Police  police
    city-of-london-police  City of London Police  police
    mps  Metropolitan Police Service  police
    >>> len(peelian.agencies(kind="borough")), [*peelian.agencies(dataset="trial_listing")]
    (33, ['hmcts'])
    """
    every = catalogue().agencies
    kinds = sorted({one.kind for one in every.values()})
    if kind is not None and kind not in kinds:
        raise ValueError(f"there is no kind of agency {kind!r}: the kinds are {', '.join(kinds)}")
    if dataset is not None and dataset not in catalogue().datasets:
        raise ValueError(f"there is no dataset {dataset!r}: the datasets are {', '.join(catalogue().datasets)}")
    chosen = (
        one
        for one in every.values()
        if (kind is None or one.kind == kind) and (dataset is None or dataset in one.datasets)
    )
    return Collection(chosen, AGENCY_COLUMNS)


def agency(identifier: str) -> Agency:
    """The agency with an identifier.

    Raises `ValueError` if the register does not have it.

    >>> import peelian
    >>> southwark = peelian.agency("southwark")
    >>> southwark.name, southwark.datasets
    ('Southwark Council', ('local_priority', 'asb_incident', 'published_figure'))
    >>> southwark.remits[0].areas
    ('E09000028',)
    """
    try:
        return catalogue().agencies[identifier]
    except KeyError:
        known = "peelian.agencies() lists those that it has"
        raise ValueError(f"the register has no agency {identifier!r}: {known}") from None


def _last(name: str) -> str:
    """The identifier in a resource name: "crime" of "datasets/crime"."""
    return name.rpartition("/")[2]


def _tuples(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in message.items()}


def measure(message: Mapping[str, Any]) -> Measure:
    """The contract's message as a `Measure`."""
    parts = _tuples(message)
    return Measure(id=_last(parts.pop("name")), **parts)


def _profile(message: Mapping[str, Any]) -> Profile:
    parts = _tuples(message)
    return Profile(id=_last(parts.pop("name")), **parts)


def _code(message: Mapping[str, Any]) -> Code:
    return Code(**_tuples(message))


def _field(message: Mapping[str, Any]) -> Field:
    parts = _tuples(message)
    parts["codes"] = tuple(map(_code, parts["codes"]))
    parts["code_list"], parts["references"] = _last(parts["code_list"]), _last(parts["references"])
    return Field(id=parts.pop("name"), **parts)


def _dataset(message: Mapping[str, Any]) -> Dataset:
    parts = _tuples(message)
    fields = map(_field, parts.pop("fields"))
    rules = tuple(Rule(**{**rule, "severity": rule["severity"].upper()}) for rule in parts.pop("rules"))
    return Dataset(id=_last(parts.pop("name")), fields={field.id: field for field in fields}, rules=rules, **parts)


def registered(messages: Iterable[Mapping[str, Any]]) -> Collection[Agency]:
    """The contract's messages as agencies."""
    return Collection(map(_agency, messages), AGENCY_COLUMNS)


def _agency(message: Mapping[str, Any]) -> Agency:
    remits = tuple(Remit(**(_tuples(remit) | {"dataset": _last(remit["dataset"])})) for remit in message["remits"])
    return Agency(id=_last(message["name"]), name=message["display_name"], kind=message["kind"], remits=remits)


def _area(message: Mapping[str, Any]) -> Area:
    parts = _tuples(message)
    parents = tuple(map(_last, parts.pop("parents")))
    return Area(id=_last(parts.pop("name")), name=parts.pop("display_name"), parents=parents, **parts)


def _code_list(message: Mapping[str, Any]) -> CodeList:
    parts = _tuples(message)
    return CodeList(id=_last(parts.pop("name")), codes=tuple(map(_code, parts.pop("codes"))), **parts)
