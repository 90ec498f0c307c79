"""One observation: the value of a measure, with everything that is needed to use it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

__all__ = ["Alternative", "Companion", "Comparison", "Component", "Observation", "of_row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison of an observation with another period, area or group, or with the series before it."""

    kind: str
    """The kind, as a query names it."""
    against: str
    """Period, periods, area or group that the observation is compared with."""
    against_value: float | None
    """The value compared with. For process_control, the mean."""
    change: float | None
    """Difference of shares in percentage points, or ratio of counts and rates."""
    change_kind: str
    """Unit of `change`: "percentage_points" or "ratio"."""
    lower: float | None
    """Lower limit of the change. For funnel, the 99.8% limit around the value compared with. For process_control, the limit
    of the process."""
    upper: float | None
    confidence: float | None
    method: str | None
    verdict: str
    """higher, lower or no clear change, from a test of difference. "not compared" with the reason in `note`.

    For funnel: within the limits, above the 95% limits, above the 99.8% limits, and the same below. For trend: rising,
    falling or no clear trend. For process_control: within ordinary variation, special cause above the mean, special cause
    below the mean.
    """
    note: str
    smallest_clear_change: float | None
    """Smallest rise that the test would have called clear, in the form of `change`."""
    adjusted_p_value: float | None
    """P-value of the gap to the reference group, adjusted for all groups of the breakdown; or of the test of an area,
    adjusted for all areas of its level in the answer, if there are several (Holm 1979)."""
    comparisons_in_answer: int
    """Number of cells of the whole answer, all of which are compared in this way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of an observation that is read with its value: a stage of a funnel, a group of a gap."""

    kind: str
    """What the component is, in the contract's terms: stage, retention, group, expected. Later versions may add kinds."""
    code: str
    """Code: the identifier of a stage, a group as dimension=code."""
    label: str
    """Label of the code."""
    unit: str
    """What is counted."""
    count: int | None
    """How many subjects the component has. None when it is not known or nothing is counted."""
    value: float | None
    """Value; its meaning follows from the kind. None when it is not known.

    stage: the share of the stage before that is lost. retention: the share of the first stage that reaches this one.
    group: the share of the group. expected: what chance alone would give.
    """
    lower: float | None
    """Lower limit of the value's interval. None when there is no interval."""
    upper: float | None
    confidence: float | None
    method: str | None
    unweighted_base: int | None
    """Respondents, or subjects, that the value is based on. None when it is not known."""
    effective_n: float | None
    """Effective number of respondents, for a weighted survey."""
    unit_change: bool
    """True when the unit differs from that of the component before. The value then has no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A figure for the same measure, area, period and breakdown that is not the one of the authoritative source."""

    agency: str
    """Agency that submitted it: "southwark"."""
    source: str
    """Agency and publication."""
    value: float | None
    """The value in the measure's unit. None when there is no value: see `missing`."""
    missing: str | None
    """Reason for having no value."""
    numerator: float | None
    denominator: float | None
    difference: float | None
    """This value minus the value of the observation. None when one of them is missing."""
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """The value of a measure that is read with a contextual one, for the same area."""

    measure: str
    measure_label: str
    period: str
    """The same period, or the 12 months to its end when the measure does not offer it."""
    breakdown: str
    """The same breakdown, or empty when the measure does not offer it."""
    basis: str
    """submitted_figure or computed_from_records."""
    synthetic: bool
    value: float | None
    """The value in the measure's unit. None when there is no value: see `missing`."""
    missing: str | None
    """Reason for having no value."""
    marker: str
    value_kind: str
    unit: str
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    confidence: float | None
    method: str | None
    sources: str
    caveats: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One value of one measure."""

    measure: str
    measure_label: str
    measure_version: int
    area: str
    area_label: str
    period: str
    period_kind: str
    period_start: datetime.date
    period_end: datetime.date
    breakdown: str
    """Values of the breakdown as dimension=code, joined by semicolons. Empty for the total."""
    breakdown_label: str
    basis: str
    """submitted_figure or computed_from_records."""
    synthetic: bool
    """True when any contributing submission is synthetic."""
    value: float | None
    """The value in the measure's unit. A proportion lies between 0 and 1, percentage points between -100 and 100. None when
    there is no value: see `missing`."""
    missing: str | None
    """Reason for having no value: not_submitted, suppressed, zero_denominator and so on."""
    marker: str
    """Shorthand markers of the Government Statistical Service: [c], [u], [low], [p], [r], [x], [z], [b]."""
    value_kind: str
    unit: str
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    confidence: float | None
    method: str | None
    unweighted_base: int | None
    """Respondents, for a survey."""
    effective_n: float | None
    obs_status: str
    """Letters of SDMX CL_OBS_STATUS."""
    conf_status: str
    """Letter of SDMX CL_CONF_STATUS: F free; A so small that a release withholds it; C withheld in a release."""
    expected: int
    """Months, sites or submissions expected."""
    received: int
    """Number of these that were received."""
    sources: str
    caveats: str
    breaks: str
    ledger_position: int
    release: str
    """Release from which the value was read, "releases/2017-03". Empty for the live ledger and for rows in memory."""
    comparisons: tuple[Comparison, ...]
    components: tuple[Component, ...]
    """Parts that are read with the value, in their order: the stages of a funnel, the two groups of a gap."""
    alternatives: tuple[Alternative, ...]
    """Figures of other agencies or publications, and what a revised figure was before. The value is of the authoritative
    source: see `sources`."""
    companions: tuple[Companion, ...]
    """For a contextual measure, what the plan wants read with it."""


_COLUMNS = tuple(field.name for field in fields(Observation))


def of_row(row: Mapping[str, Any]) -> Observation:
    """A row of a table of observations as an `Observation`."""
    parts = {name: row[name] for name in _COLUMNS}
    parts["comparisons"] = tuple(Comparison(**found) for found in row["comparisons"])
    parts["components"] = tuple(Component(**found) for found in row["components"])
    parts["alternatives"] = tuple(Alternative(**found) for found in row["alternatives"])
    parts["companions"] = tuple(Companion(**found) for found in row["companions"])
    return Observation(**parts)
