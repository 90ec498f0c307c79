"""Pictures of measures, each with its intervals and with what a reader must know: what, where, when, and from whom.

    picture = peelian.plot.trend(found)
    picture.save("knife-crime.png")  # or .svg

Each takes observations, as `query` and `compute` return them, and returns a `Picture`, which a notebook shows by
itself. The title is the measure, the line below it area and period, and the lines at the foot say the source, the
basis, and that figures are synthetic where they are. Colours are told apart by people who see fewer of them, and no
meaning hangs on colour alone. Needs matplotlib: `pip install 'peelian[plot]'`.
"""

from ._comparison import boroughs
from ._funnel import funnel
from ._picture import Picture
from ._trend import gap, small_multiples, trend

__all__ = ["Picture", "boroughs", "funnel", "gap", "small_multiples", "trend"]
