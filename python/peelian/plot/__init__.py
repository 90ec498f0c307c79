"""Pictures of measures. Each has its intervals, and states its measure, area, period and source.

    picture = peelian.plot.trend(found)
    picture.save("knife-crime.png")  # or .svg

Each function takes observations, as `query` and `compute` return them, and returns a `Picture`, which a notebook
shows. The title is the measure. The line below it has the area and the period. The lines at the foot state the source
and the basis. Synthetic figures have a label. People with colour vision deficiency can tell the colours apart, and no
meaning depends on colour alone. Needs matplotlib: `pip install 'peelian[plot]'`.
"""

from ._attrition import attrition
from ._comparison import boroughs
from ._funnel import funnel
from ._picture import Picture
from ._trend import gap, small_multiples, trend

__all__ = ["Picture", "attrition", "boroughs", "funnel", "gap", "small_multiples", "trend"]
