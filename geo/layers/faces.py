"""All layers of one face.

What the internal face counts, the public one counts from fewer reports, with small numbers hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.layers.area_counts import count_areas
from geo.layers.area_periods import area_periods
from geo.layers.collection import Collection, hotspot_collections, period_collection
from geo.layers.confirmed import chance_confirmed
from geo.layers.exposure import fit_exposure
from geo.layers.hidden_areas import area_pieces, hide_areas, small_counts
from geo.layers.hidden_cells import hide_cells, hide_in_hotspots
from geo.layers.hotspot_areas import hotspot_areas
from geo.layers.hotspot_cells import hotspot_cells
from geo.layers.hotspot_ids import KnownSpots
from geo.layers.hotspot_maps import HotspotMap
from geo.layers.place_forecasts import forecast_cells
from geo.layers.plan_places import plan_time
from geo.layers.reporting import watch_episodes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from geo.city import City
    from geo.layers.area_counts import AreaCounts
    from geo.layers.disclosure import DisclosureRules
    from geo.layers.facts import Facts
    from geo.layers.hotspot_maps import MapMaker, Window
    from geo.layers.levels import MetricLevels
    from geo.periods import Period

    BoolArray = NDArray[np.bool_]

__all__ = ["Frame", "area_face", "hotspot_face"]

_NOTHING_KNOWN = KnownSpots()


@dataclass(frozen=True, eq=False)
class Frame:
    """What the layers of both faces have in common.

    Attributes
    ----------
    levels
        The city's areas in its metric CRS.
    denominators
        Level id to residents, addresses, streets and land of its areas.
    periods, complete
        The periods, and which of them the data cover whole.
    windows
        The twelve months that hot-spot maps look at.
    time
        The data cover the local days [first, second).
    known_on
        The reports are those known at the end of this day; None: of the last day of the data.
    """

    levels: MetricLevels
    denominators: Mapping[str, pd.DataFrame]
    periods: Sequence[Period]
    complete: BoolArray
    windows: Sequence[Window]
    time: tuple[date, date]
    known_on: date | None = None

    @property
    def city(self) -> City:
        """The city."""
        return self.levels.city

    @property
    def as_of(self) -> date:
        """The day at whose end the reports were as they are here."""
        return self.known_on or self.time[1] - timedelta(days=1)

    @cached_property
    def pieces(self) -> dict[str, BoolArray]:
        """Which pieces each area consists of (`geo.layers.hidden_areas`)."""
        return area_pieces(self.levels, *_all_over(self.levels))


def area_face(
    facts: Facts, frame: Frame, *, rules: DisclosureRules | None
) -> tuple[Collection, dict[str, int]]:
    """Areas by period and group, as one face sees them.

    Parameters
    ----------
    facts
        Reports of the face.
    frame
        What both faces share.
    rules
        The rules of the public face; None hides nothing.

    Returns
    -------
    tuple
        The collection, and how many rows each rule touched.
    """
    city, chance, watch = frame.city, chance_confirmed(facts), watch_episodes(facts)
    periods = frame.periods
    counts = [
        count_areas(
            facts, level=level, areas=len(areas), periods=periods, chance=chance, watch=watch
        )
        for level, areas in city.levels.items()
    ]
    shapes = {one.level: one["n_reports"].shape for one in counts}
    hidden = {level: np.zeros((n - 1, p), dtype=bool) for level, (n, p, _) in shapes.items()}
    rows: dict[str, int] = {}
    if rules is not None:
        hidden, rows = _hidden(counts, frame, rules)
    finest = counts[0]
    shown = ~hidden[finest.level][..., None]
    exposure = fit_exposure(
        np.where(shown, finest["n_episodes"][:-1], 0).sum(axis=1),
        frame.denominators,
        groups=facts.groups,
        components=city.settings.components,
    )
    layer = area_periods(
        city,
        counts,
        denominators=frame.denominators,
        exposure=exposure,
        periods=frame.periods,
        complete=frame.complete,
        hidden=hidden,
    )
    return period_collection(city, layer, exposure=exposure, time=frame.time), rows


def hotspot_face(
    facts: Facts,
    frame: Frame,
    maker: MapMaker,
    *,
    rules: DisclosureRules | None,
    known: KnownSpots = _NOTHING_KNOWN,
) -> tuple[list[Collection], dict[str, int]]:
    """Cells and hot spots, as one face sees them.

    Parameters
    ----------
    facts
        Reports of the face.
    frame
        What both faces share.
    maker
        Makes the maps, and knows those that the other face has as well.
    rules
        The rules of the public face; None hides nothing.
    known
        Hot spots whose ids go on.

    Returns
    -------
    tuple
        The collections ``hotspot-cells`` and ``hotspot-areas``, and how many rows each rule
        touched.
    """
    found = [maker.make(facts, window, group) for window in frame.windows for group in facts.groups]
    maps = [one for one in found if isinstance(one, HotspotMap)]
    city = frame.city
    cells = hotspot_cells(maps, city)
    periods = [window.period.id for window in frame.windows]
    areas = hotspot_areas(maps, maker.ground, periods=periods, known=known)
    rows: dict[str, int] = {}
    if rules is None:
        time = plan_time(city, first=frame.time[0], end=frame.time[1])
        cells = forecast_cells(cells, maps, facts, city=city, time=time)
    else:
        hidden = hide_cells(cells, city.catalogue, least_count=rules.least_count)
        areas, few = hide_in_hotspots(areas, hidden.telling, least_count=rules.least_count)
        cells, rows = hidden.layer, hidden.rows | few
    windows = frame.windows
    span = (windows[0].start, windows[-1].end) if windows else None
    return hotspot_collections(city, cells, areas, maps=found, time=span), rows


def _hidden(
    counts: Sequence[AreaCounts], frame: Frame, rules: DisclosureRules
) -> tuple[dict[str, BoolArray], dict[str, int]]:
    """Where areas hide their numbers; the costly question is asked only if one must."""
    residents = {level: t["residents"].to_numpy(float) for level, t in frame.denominators.items()}
    small = {
        one.level: small_counts(
            one,
            residents[one.level],
            least_count=rules.least_count,
            least_residents=rules.least_residents,
        )
        for one in counts
    }
    hidden = small
    if any(flags.any() for flags in small.values()):
        hidden = hide_areas(small, residents, frame.pieces)
    groups = counts[0]["n_reports"].shape[2]
    first, all_ = (groups * sum(int(f.sum()) for f in h.values()) for h in (small, hidden))
    return hidden, {"small-areas": first, "differences": all_ - first}


def _all_over(levels: MetricLevels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points every 100 m, and one inside each area, however small."""
    west, south, east, north = levels.finest.total_bounds
    x, y = np.meshgrid(np.arange(west, east, 100.0), np.arange(south, north, 100.0))
    inside = np.concatenate([f.geometry.to_numpy() for f in levels.frames.values()])
    own = shapely.get_coordinates(shapely.point_on_surface(inside))
    return np.append(x.ravel(), own[:, 0]), np.append(y.ravel(), own[:, 1])
