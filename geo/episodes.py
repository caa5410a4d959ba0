"""Episodes: reports that probably tell of one and the same event are counted once.

Two reports of one category group are linked if they lie at most 50 m and 14 days apart. Links
chain: what hangs together is one event, told by several people or on several days. But a nuisance
that is reported every week for a year is no single event, so a chain lasts at most 60 days:

1. Link the reports of each group; what hangs together is a chain.
2. Cut every chain in time. Its first report opens a window that holds the reports up to `cap_days`
   later, that instant included; the next report opens the next window; and so on.
3. Link again inside each window, since a cut may part what only an earlier report held together.

What hangs together then is an episode: connected, and never longer than the cap. The order of rows
plays no part.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.crs import metric_crs, require_crs
from geo.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas
    from numpy.typing import NDArray

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["find_episodes"]

_MICROSECONDS_PER_DAY = 86_400_000_000

_AHEAD = [step for step in product((0, 1, 2), (-2, -1, 0, 1, 2)) if step > (0, 0)]
"""Rows and columns to the squares that can be near, one of each opposite pair."""


def find_episodes(
    reports: geopandas.GeoDataFrame,
    *,
    distance_m: float = 50,
    gap_days: float = 14,
    cap_days: float = 60,
) -> pd.Series:
    """The episode that each report belongs to.

    Parameters
    ----------
    reports
        One row per report, with `category_group` (text), `reported_at` (datetimes, with a time
        zone or without) and Point geometry in a projected CRS that counts in metres.
    distance_m
        Two linked reports lie at most this far apart, metres.
    gap_days
        Two linked reports were made at most this many days of 24 hours apart.
    cap_days
        An episode lasts at most this many days of 24 hours, from its first report to its last.

    Returns
    -------
    Series
        int64 episode ids, named `episode_id`, with the index of `reports`. An id is a hash of the
        group, time and place of the episode's first report (of those made at the same moment the
        westernmost, then southernmost), so it stays while later reports join.

    Raises
    ------
    CrsError
        If the frame declares no CRS, or one that does not count in metres.
    InputError
        If a column is missing, or a row lacks its group, its time or its point.
    UsageError
        If `distance_m` is not positive, or another limit is negative.

    Notes
    -----
    An episode is a connected component of the space-time graph of the reports; the cap is our own.
    The graph is never written out: it would have a pair for any two of the thousands of reports
    that can share one address. The plane is cut into squares whose diagonal is `distance_m`.
    Inside a square everybody is near, so consecutive reports carry all links; between squares a
    search stops at the first pair that is near enough.
    """
    _check_limits(distance_m=distance_m, gap_days=gap_days, cap_days=cap_days)
    _check_frame(reports)
    if reports.empty:
        return pd.Series([], index=reports.index, name="episode_id", dtype=np.int64)
    group, time, place = _group(reports), _time(reports), _place(reports)
    codes = pd.factorize(group, sort=True)[0].astype(np.int64)
    gap, cap = (round(days * _MICROSECONDS_PER_DAY) for days in (gap_days, cap_days))
    chain = _linked(codes, time, place, distance=distance_m, gap=gap)
    window = _windows(chain, time, cap=cap)
    same = np.array_equal(window, chain)
    episode = chain if same else _linked(window, time, place, distance=distance_m, gap=gap)
    ids = _ids(episode, group, time, place)
    return pd.Series(ids, index=reports.index, name="episode_id")


def _check_limits(*, distance_m: float, gap_days: float, cap_days: float) -> None:
    if not (math.isfinite(distance_m) and distance_m > 0):
        msg = f"distance_m is {distance_m}: it must be a positive number of metres, such as 50"
        raise UsageError(msg)
    for name, value in (("gap_days", gap_days), ("cap_days", cap_days)):
        if not (math.isfinite(value) and value >= 0):
            msg = f"{name} is {value}: it must be a number of days, zero or more"
            raise UsageError(msg)


def _check_frame(reports: geopandas.GeoDataFrame) -> None:
    absent = [name for name in ("category_group", "reported_at") if name not in reports.columns]
    if absent:
        msg = f"the reports lack {', '.join(absent)}: episodes need a group, a time and a point"
        raise InputError(msg)
    metric_crs(require_crs(reports, what="the frame of reports").crs.to_wkt())


def _group(reports: geopandas.GeoDataFrame) -> NDArray[np.object_]:
    group = reports["category_group"]
    _refuse(group.isna().to_numpy(), reports.index, lack="category_group")
    return group.astype(object).to_numpy()


def _time(reports: geopandas.GeoDataFrame) -> IntArray:
    """Microseconds; of UTC if the column has a time zone, else as they stand."""
    time = reports["reported_at"]
    if not pd.api.types.is_datetime64_any_dtype(time):
        msg = f"reported_at holds {time.dtype}: convert it with pandas.to_datetime first"
        raise InputError(msg)
    _refuse(time.isna().to_numpy(), reports.index, lack="reported_at")
    plain = time if time.dt.tz is None else time.dt.tz_convert("UTC").dt.tz_localize(None)
    return plain.to_numpy().astype("datetime64[us]").astype(np.int64)


def _place(reports: geopandas.GeoDataFrame) -> FloatArray:
    points = reports.geometry.to_numpy()
    points = np.where(shapely.is_empty(points), None, points)  # which GEOS gives no coordinate
    place: FloatArray = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    _refuse(~np.logical_and(*np.isfinite(place).T), reports.index, lack="a point with coordinates")
    return place + 0.0  # no -0.0: equal places must hash alike


def _refuse(wrong: BoolArray, index: pd.Index, *, lack: str) -> None:
    if wrong.any():
        rows = f"{wrong.sum()} of {len(wrong)} reports lack {lack}"
        msg = f"{rows}, the first at index {index[wrong][0]!r}: quarantine them first"
        raise InputError(msg)


def _linked(
    code: IntArray, time: IntArray, place: FloatArray, *, distance: float, gap: int
) -> IntArray:
    """A label for each report, from 0, equal for those of one code that hang together."""
    from geo._episode_links import link_squares  # noqa: PLC0415 - numba takes a while to load

    square, width = _squares(code, place, side=distance / math.sqrt(2) * (1 - 1e-9))
    order = np.lexsort((time, square))
    square, time, place = square[order], time[order], place[order]
    parted = (np.diff(square) != 0) | (np.diff(time) > gap)
    run = np.concatenate([[0], np.cumsum(parted)])
    start = np.concatenate([[0], np.flatnonzero(parted) + 1, [len(time)]])
    parent = np.arange(len(start) - 1)
    for pairs in _neighbours(square[start[:-1]], width=width):
        link_squares(parent, pairs, start, time, place, distance, gap)
    label = np.empty_like(order)
    label[order] = _roots(parent)[run]
    return np.unique(label, return_inverse=True)[1]


def _squares(code: IntArray, place: FloatArray, *, side: float) -> tuple[IntArray, int]:
    """One number for each code and square, and the step from a square to the one north of it.

    An empty frame of two squares around every code keeps neighbours from meeting another code.
    """
    column, row = np.floor((place - place.min(axis=0)) / side).T + 2
    width, height = column.max() + 3, row.max() + 3
    if width * height * (code.max() + 1.0) > 2.0**62:
        msg = f"the reports spread over {width * side:.3g} x {height * side:.3g} m: check their CRS"
        raise InputError(msg)
    row, column = row.astype(np.int64), column.astype(np.int64)
    return (code * int(height) + row) * int(width) + column, int(width)


def _neighbours(square: IntArray, *, width: int) -> Iterator[IntArray]:
    """Pairs of squares that can be near, shape (p, 4): first run, end; first run, end."""
    known, first = np.unique(square, return_index=True)
    end = np.append(first[1:], len(square))
    for row, column in _AHEAD:
        sought = known + row * width + column
        found = np.minimum(np.searchsorted(known, sought), len(known) - 1)
        one = np.flatnonzero(known[found] == sought)
        other = found[one]
        yield np.column_stack([first[one], end[one], first[other], end[other]])


def _roots(parent: IntArray) -> IntArray:
    """The representative of every node of a union-find forest."""
    while (parent[parent] != parent).any():
        parent = parent[parent]
    return parent


def _windows(chain: IntArray, time: IntArray, *, cap: int) -> IntArray:
    """Labels of the chains, from 0, cut into windows that last at most `cap`."""
    order = np.lexsort((time, chain))
    chain, time = chain[order], time[order]
    opens = np.concatenate([[True], np.diff(chain) != 0])
    starts = np.flatnonzero(opens)
    ends = np.append(starts[1:], len(chain))
    for start, end in zip(starts, ends, strict=True):
        first = start
        while time[end - 1] - time[first] > cap:
            first += np.searchsorted(time[first:end], time[first] + cap, side="right")
            opens[first] = True
    window = np.empty_like(order)
    window[order] = np.cumsum(opens) - 1
    return window


def _ids(
    episode: IntArray, group: NDArray[np.object_], time: IntArray, place: FloatArray
) -> IntArray:
    """A hash of each episode's first report, for every report."""
    order = np.lexsort((place[:, 1], place[:, 0], time, episode))
    first = order[np.unique(episode[order], return_index=True)[1]]
    key = {"group": group[first], "time": time[first], "x": place[first, 0], "y": place[first, 1]}
    hashed = pd.util.hash_pandas_object(pd.DataFrame(key), index=False).to_numpy()
    return (hashed >> np.uint64(1)).astype(np.int64)[episode]
