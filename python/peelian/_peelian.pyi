from typing import final

__version__: str

class PeelianError(ValueError):
    """What peelian refuses to compute, and why."""

@final
class Interval:
    """An interval: its limits, the confidence level and the method that gave it."""

    @property
    def lower(self) -> float: ...
    @property
    def upper(self) -> float: ...
    @property
    def confidence(self) -> float: ...
    @property
    def method(self) -> str: ...

def wilson(numerator: float, denominator: float, *, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of `numerator` of `denominator`.

    Raises `PeelianError` if the two are not a proportion or the confidence is not between 0 and 1.
    """
