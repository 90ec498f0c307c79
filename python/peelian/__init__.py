"""Outcome measures of policing and justice, computed as the exchange computes them."""

from ._peelian import Interval, PeelianError, __version__, measure, wilson

__all__ = ["Interval", "PeelianError", "__version__", "measure", "wilson"]
