"""Which area each point lies in, exactly.

`AreaIndex` joins points to one set of polygons, `assign_areas` to every level of a city.
Importing this package imports numba, so nothing that serves does.
"""

from __future__ import annotations

from geo.join.index import AreaIndex
from geo.join.levels import assign_areas

__all__ = ["AreaIndex", "assign_areas"]
