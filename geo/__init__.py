"""Rewir: from police beats and threat reports to hotspot layers, maps and priorities.

The names below are the public face; everything else may change. They are imported when they
are first used, so that ``import geo`` costs nothing and the server starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.city import City
    from geo.episodes import find_episodes
    from geo.join import AreaIndex
    from geo.planning.displacement import weighted_displacement
    from geo.reports.readers import read_reports
    from geo.reports.simulate import simulate_reports
    from geo.statistics.background import expected_background
    from geo.statistics.backtest import backtest
    from geo.statistics.emerging import emerging_pattern
    from geo.statistics.hotspots import hotspot_test
    from geo.statistics.rates import garwood
    from geo.statistics.scan import spatial_scan
    from geo.statistics.smoothing import empirical_bayes
    from geo.statistics.trend import mann_kendall

__version__ = "0.1.0"

__all__ = [
    "AreaIndex",
    "City",
    "__version__",
    "backtest",
    "emerging_pattern",
    "empirical_bayes",
    "expected_background",
    "find_episodes",
    "garwood",
    "hotspot_test",
    "mann_kendall",
    "read_reports",
    "simulate_reports",
    "spatial_scan",
    "weighted_displacement",
]

_HOME = {
    "AreaIndex": "geo.join",
    "City": "geo.city",
    "backtest": "geo.statistics.backtest",
    "emerging_pattern": "geo.statistics.emerging",
    "empirical_bayes": "geo.statistics.smoothing",
    "expected_background": "geo.statistics.background",
    "find_episodes": "geo.episodes",
    "garwood": "geo.statistics.rates",
    "hotspot_test": "geo.statistics.hotspots",
    "mann_kendall": "geo.statistics.trend",
    "read_reports": "geo.reports.readers",
    "simulate_reports": "geo.reports.simulate",
    "spatial_scan": "geo.statistics.scan",
    "weighted_displacement": "geo.planning.displacement",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        msg = f"module 'geo' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
