"""What a calculation answers for one cell: a value with its parts, or the reason why there is none."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Value:
    """A value. A part that the measure does not have is None."""

    value: Fraction
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    base: int | None = None
    """Number of respondents, for a survey."""
    components: tuple = ()
    """Kind, code, count and value of each part that is read with the value."""
    is_rounded_once: bool = False
    """Whether the value is a whole number or a quotient of two, which floating point gives exactly as it is rounded."""


@dataclass(frozen=True)
class Missing:
    """Why there is no value."""

    reason: str


@dataclass(frozen=True)
class Cell:
    """What is asked for."""

    area: str
    period: str
    group: str | None = None
    """Code of the breakdown; None for the total."""


NOT_SUBMITTED = Missing("not_submitted")
NOT_APPLICABLE = Missing("not_applicable")
ZERO_DENOMINATOR = Missing("zero_denominator")
BASE_TOO_SMALL = Missing("base_too_small")
INCOMPLETE_LOOKBACK = Missing("incomplete_lookback")
INCOMPLETE_FOLLOW_UP = Missing("incomplete_follow_up")
MIXED_LINKAGE_KEYS = Missing("mixed_linkage_keys")
NO_WEIGHT = Missing("no_weight")


def count(number):
    """A number is its own numerator."""
    return Value(Fraction(number), Fraction(number), is_rounded_once=True)


def share(numerator, denominator, unit=1):
    """A quotient for each so many of its denominator."""
    if not denominator:
        return ZERO_DENOMINATOR
    numerator, denominator = Fraction(numerator), Fraction(denominator)
    are_whole = numerator.denominator == denominator.denominator == 1
    return Value(unit * numerator / denominator, numerator, denominator, is_rounded_once=are_whole and unit == 1)
