"""The layer of cells: what was reported in each, what was expected, and whether it is hot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.layers.layer import Layer, exchange_shapes
from geo.layers.schema import HOTSPOT_CELLS
from geo.statistics.smoothing import shrunk_ratio
from geo.statistics.windows import window_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.city import City
    from geo.layers.hotspot_maps import HotspotMap, Window

    IntArray = NDArray[np.int64]

__all__ = ["COLLECTION", "FORECAST", "PLACE", "hotspot_cells", "when"]

COLLECTION = "hotspot-cells"

PLACE = "_place"
"""Column with the number of the cell's hot spot within its map, 0 for none; not published."""


FORECAST = ("forecast_n", "forecast_lo80", "forecast_hi80")
"""Columns that are empty here; `geo.layers.place_forecasts` fills them."""


def hotspot_cells(maps: Sequence[HotspotMap], city: City) -> Layer:
    """One row per map and cell with a report.

    Parameters
    ----------
    maps
        Tested maps, in the order of the rows.
    city
        The city.

    Returns
    -------
    Layer
        Ordered by map, then by cell from south-west, row by row. Every cell of a class holds a
        report, so none is left out. Besides the columns of the schema the table has `PLACE`.
    """
    if not maps:
        return Layer(
            COLLECTION, HOTSPOT_CELLS, _empty(), np.empty(0, object), np.empty(0, np.int32)
        )
    columns = [_columns(one, city) for one in maps]
    table = pd.DataFrame({name: np.concatenate([c[name] for c in columns]) for name in columns[0]})
    shape, _ = pd.factorize(table["cell_id"])
    _, first = np.unique(shape, return_index=True)
    start = np.cumsum([0, *(len(one.shown) for one in maps)])
    cells = gpd.GeoSeries(_squares(maps, first, start=start), crs=city.metric_crs)
    return Layer(COLLECTION, HOTSPOT_CELLS, table, exchange_shapes(cells), shape.astype(np.int32))


def when(window: Window) -> dict[str, object]:
    """The period and the twelve months of a map, as every row of it carries them."""
    return {
        "period": window.period.id,
        "period_start": window.start,
        "period_end": _day_before(window),
    }


def _columns(one: HotspotMap, city: City) -> dict[str, NDArray[Any]]:
    """The rows of one map, column by column."""
    flat = one.shown
    ids = one.cell_ids(flat)
    beat, share = _largest_beat(one, flat, city)
    prefix = f"{one.window.period.id}.{one.group}"
    same = {
        "cell_m": int(one.ground.grid.cell_m),
        "category_group": one.group,
        **when(one.window),
        "alpha_dispersion": one.background.alpha,
        "suppressed": False,
        **dict.fromkeys(FORECAST, np.nan),
    }
    return {
        "fid": np.array([f"{prefix}.{name}" for name in ids], dtype=object),
        "cell_id": ids,
        **{name: _repeated(value, len(flat)) for name, value in same.items()},
        **_numbers(one, flat),
        "beat_id": beat,
        "beat_share": share,
    }


def _squares(maps: Sequence[HotspotMap], rows: IntArray, *, start: IntArray) -> NDArray[np.object_]:
    """The cells of some rows of the table, increasing; the rows of a map begin at `start`."""
    found = []
    for one, low, high in zip(maps, start[:-1], start[1:], strict=True):
        here = rows[(rows >= low) & (rows < high)] - low
        row, column = np.unravel_index(one.shown[here], one.ground.grid.shape)
        found.append(one.ground.grid.polygons(row, column))
    return np.concatenate(found)


def _repeated(value: object, times: int) -> NDArray[Any]:
    plain = isinstance(value, (bool, int, float))
    return np.full(times, value, dtype=type(value) if plain else object)


def _numbers(one: HotspotMap, flat: IntArray) -> dict[str, NDArray[Any]]:
    """The numbers of some cells of a map by the names they are published under."""
    expected, test, told = one.background.expected, one.test, one.evidence
    window = window_ratio(one.n_episodes, expected, mask=one.ground.grid.mask)
    maps: dict[str, NDArray[Any]] = {
        "n_reports": one.n_reports,
        "n_episodes": one.n_episodes,
        "n_confirmed": one.n_confirmed,
        "expected_n": expected,
        **window._asdict(),
        "p_cell": test.p_cell,
        "p_window": test.p_window,
        "scale": test.scale,
        "p_value": test.p_value,
        "q_value": test.q_value,
        "q_value_watch": test.q_value_watch,
        "hot_class": told.hot_class,
        "gi_z": told.gi_z,
        "kde_per_km2": told.kde_per_km2,
        "stability": told.stability,
        "persistence_months": told.emerging.hot_bins,
        "emerging_pattern": told.emerging.pattern,
        "emerging_plain": told.emerging.plain,
        "mk_z": told.emerging.mk_z,
        "mk_p": told.emerging.mk_p,
        PLACE: one.places,
    }
    found = {name: values.ravel()[flat] for name, values in maps.items()}
    shrunk = shrunk_ratio(found["n_episodes"], found["expected_n"], alpha=one.spread)
    texts = {
        name: column.astype(object) for name, column in found.items() if column.dtype.kind == "U"
    }
    return found | texts | shrunk._asdict()


def _largest_beat(
    one: HotspotMap, flat: IntArray, city: City
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """The beat with the largest share of each cell, and that share; None and NaN without one."""
    pairs = one.ground.beats
    ids = next(iter(city.levels.values()))["area_id"].to_numpy(dtype=object)
    start = np.searchsorted(pairs.cell, flat, side="left")
    found = (start < len(pairs.cell)) & (
        pairs.cell[np.minimum(start, len(pairs.cell) - 1)] == flat
        if len(pairs.cell)
        else np.zeros(len(flat), dtype=bool)
    )
    total = np.bincount(pairs.cell, weights=pairs.area, minlength=one.n_reports.size)[flat]
    beat = np.full(len(flat), None, dtype=object)
    share = np.full(len(flat), np.nan)
    beat[found] = ids[pairs.beat[start[found]]]
    share[found] = pairs.area[start[found]] / total[found]
    return beat, share


def _day_before(window: Window) -> object:
    return window.end - pd.Timedelta(days=1).to_pytimedelta()


def _empty() -> pd.DataFrame:
    names = [name.partition("=")[0] for name in HOTSPOT_CELLS]
    return pd.DataFrame({name: [] for name in ("fid", *names, PLACE)})
