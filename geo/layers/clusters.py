"""The layer of clusters: beats that together hold more than they should, by circles around them.

Two questions per category group. The *gate*: in twelve months, is there a cluster anywhere, of any
size? One p-value answers for the whole map, so it says whether a map of this group has anything to
show at all. The *alarm*: did the last one, two or three months bring a cluster that the past does
not know? It says after how many days of such looking chance alone would raise the same alarm.

Neither decides what is hot. Circles of whole beats cannot see a single bad address in a quiet
beat, which is what the cells find; and a cluster of beats is no place that one can visit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.layers.exposure import fit_exposure
from geo.layers.facts import day_number
from geo.layers.layer import Layer, exchange_shapes
from geo.layers.schema import CLUSTERS, columns_of
from geo.periods import months_before
from geo.statistics.dispersion import fit_alpha
from geo.statistics.scan import recent_scan, spatial_scan, usual_alpha

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from geo.layers.facts import Facts
    from geo.layers.hotspot_maps import Window
    from geo.layers.levels import MetricLevels
    from geo.periods import Period

    BoolArray = NDArray[np.bool_]
    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

__all__ = ["COLLECTION", "SCAN", "Beats", "ClusterFinder", "clusters"]

COLLECTION = "clusters"

SCAN: dict[str, Any] = {
    "max_share": 0.1,
    "simulations": 999,
    "seed": 1,
    "gate_p": 0.05,
    "recent_months": 3,
    "past_months": 24,
    "least_past_months": 12,
    "alarm_days": 365,
    "evenly": 0.02,
}
"""A circle holds a tenth of the expectation at most; an alarm recurs once a year or less."""

YEAR = 12
_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, eq=False)
class Beats:
    """The areas of the finest level that take part.

    Attributes
    ----------
    levels
        The city's areas in its metric CRS.
    table
        Residents, addresses, streets and land of all areas of the finest level.
    part
        Which of them take part, booleans.
    """

    levels: MetricLevels
    table: pd.DataFrame
    part: BoolArray

    @property
    def points(self) -> FloatArray:
        """A point inside each, shape (n, 2), metres."""
        inside = shapely.point_on_surface(self.levels.finest.geometry.to_numpy()[self.part])
        return np.asarray(shapely.get_coordinates(inside))

    @property
    def ids(self) -> NDArray[np.object_]:
        """Their ids."""
        return np.asarray(self.levels.finest["area_id"].to_numpy(dtype=object)[self.part])

    def count(self, facts: Facts, group: str, edges: Sequence[date]) -> IntArray:
        """Episodes of each between the edges, shape (n, edges - 1)."""
        level = next(iter(self.levels.frames))
        days = [day_number(day) for day in edges]
        bin_ = np.searchsorted(days, facts.day, side="right") - 1
        number = np.where(self.part, np.cumsum(self.part) - 1, -1)
        area = np.append(number, -1)[facts.places.area[level]]
        chosen = facts.first_of(group) & (area >= 0) & (bin_ >= 0) & (bin_ < len(days) - 1)
        counts = np.zeros((int(self.part.sum()), len(days) - 1), dtype=np.int64)
        np.add.at(counts, (area[chosen], bin_[chosen]), 1)
        return counts


class _Search(NamedTuple):
    """One scan: its kind, its group, the days it looks at, and what it found or why it did not."""

    scan: str
    group: str
    edges: Sequence[date]
    found: pd.DataFrame | None


class ClusterFinder:
    """Scans, each once: two faces that see the same counts share theirs."""

    def __init__(self) -> None:
        self._known: dict[bytes, pd.DataFrame] = {}

    def gate(self, counts: IntArray, beats: Beats, *, components: Sequence[str]) -> pd.DataFrame:
        """Circles that hold more than people, addresses, streets and land explain.

        Parameters
        ----------
        counts
            Episodes per area, shape (n, 1).
        beats
            The areas.
        components
            What the city shares its expectations out by.

        Returns
        -------
        DataFrame
            As `spatial_scan` gives it, with `bins` 1.
        """
        y = counts[:, 0].astype(np.float64)
        table = {"beat": beats.table[beats.part]}
        fitted = fit_exposure(y[:, None], table, groups=["one"], components=components)
        share = fitted.shares["beat"][:, 0]
        even = SCAN["evenly"]
        weight = (1 - even) * share / share.sum() + even / len(share)
        alpha = fit_alpha(y, weight * y.sum())
        return self._once(
            counts, weight, alpha, lambda: spatial_scan(
                counts[:, 0], weight, *beats.points.T, alpha=alpha, **_options()
            ).assign(bins=1),
        )  # fmt: skip

    def alarm(self, counts: IntArray, beats: Beats) -> pd.DataFrame:
        """Circles that hold more in the last months than their share of the months before.

        Parameters
        ----------
        counts
            Episodes per area and month, shape (n, past and recent months).
        beats
            The areas.

        Returns
        -------
        DataFrame
            As `recent_scan` gives it.
        """
        past, recent = np.hsplit(counts, [counts.shape[1] - SCAN["recent_months"]])
        alpha = usual_alpha(past)
        weight = past.sum(axis=1) + 1.0
        return self._once(
            recent, weight, alpha,
            lambda: recent_scan(recent, weight, *beats.points.T, alpha=alpha, **_options()),
        )  # fmt: skip

    def _once(
        self,
        counts: IntArray,
        weight: FloatArray,
        alpha: float,
        scan: Callable[[], pd.DataFrame],
    ) -> pd.DataFrame:
        key = b"|".join([repr((counts.shape, alpha)).encode(), counts.tobytes(), weight.tobytes()])
        if key not in self._known:
            self._known[key] = scan()
        return self._known[key]


def clusters(
    facts: Facts,
    beats: Beats,
    finder: ClusterFinder,
    *,
    window: Window | None,
    period: Period,
    time: tuple[date, date],
) -> Layer:
    """One row per cluster, and one for every search that found none.

    Parameters
    ----------
    facts
        Reports of one face.
    beats
        The areas that take part. One whose number must be hidden does not: it is in no circle,
        in no total and in no simulated map, so nothing about it follows from any row.
    finder
        Runs the scans.
    window
        The twelve months of the gate, None if the data do not cover so many.
    period
        The last period.
    time
        The data cover the local days [first, second).

    Returns
    -------
    Layer
        Ordered by scan (gate, alarm), group, and likelihood. A cluster's geometry is the union of
        its areas; a row without a cluster has none.
    """
    found = [ask() for ask in _searches(facts, beats, finder, window, time)]
    rows, shapes = [], []
    geometry = beats.levels.finest.geometry.to_numpy()[beats.part]
    for search in found:
        for number, (row, members) in enumerate(_rows(search, beats), start=1):
            key = f"{period.id}.{search.group}.{search.scan}.{number}"
            rows.append({"fid": key, "period": period.id, **row})
            shapes.append(shapely.union_all(geometry[members]) if members else None)
    table = pd.DataFrame(rows, columns=["fid", *columns_of(CLUSTERS, face="internal")])
    drawn = np.array([shape is not None for shape in shapes], dtype=bool)
    union = np.array([shape for shape in shapes if shape is not None], dtype=object)
    published = exchange_shapes(gpd.GeoSeries(union, crs=beats.levels.city.metric_crs))
    position = np.where(drawn, np.cumsum(drawn) - 1, -1).astype(np.int32)
    return Layer(COLLECTION, CLUSTERS, table, published, position)


def _searches(
    facts: Facts,
    beats: Beats,
    finder: ClusterFinder,
    window: Window | None,
    time: tuple[date, date],
) -> Iterator[Callable[[], _Search]]:
    """What is to be asked of each group."""
    components = beats.levels.city.settings.components
    months = _months(time)

    def gate(group: str) -> _Search:
        if window is None or not beats.part.any():
            return _Search("gate", group, time, None)
        edges = (window.start, window.end)
        counts = beats.count(facts, group, edges)
        return _Search("gate", group, edges, finder.gate(counts, beats, components=components))

    def alarm(group: str) -> _Search:
        short = len(months) - 1 < SCAN["least_past_months"] + SCAN["recent_months"]
        if short or not beats.part.any():
            return _Search("alarm", group, time, None)
        counts = beats.count(facts, group, months)
        return _Search("alarm", group, months, finder.alarm(counts, beats))

    for ask in (gate, alarm):
        for group in facts.groups:
            yield lambda ask=ask, group=group: ask(group)  # type: ignore[misc]


def _months(time: tuple[date, date]) -> list[date]:
    """First days of the months that end with the data, and the day after them."""
    most = SCAN["past_months"] + SCAN["recent_months"]
    edges = [months_before(time[1], back) for back in range(most, -1, -1)]
    return [day for day in edges if day >= time[0]]


def _rows(search: _Search, beats: Beats) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """The clusters of a search that count; the likeliest circle in numbers only if none does."""
    if search.found is None:
        why = "history-too-short" if beats.part.any() else "all-hidden"
        yield _row(search, months=None, p=np.nan, llr=np.nan, note=why), []
        return
    found = search.found
    real = found[[_counts(search.scan, p) for p in found["p"]]] if len(found) else found
    for one in real.itertuples():
        members = list(one.members)
        months = one.bins if search.scan == "alarm" else YEAR
        row = _row(search, months=months, p=one.p, llr=one.llr, signal=True)
        outside = np.isfinite(one.rr)
        yield (
            row
            | {
                "n_areas": len(members),
                "beat_ids": ",".join(beats.ids[members]),
                "n_episodes": one.cases,
                "expected_n": one.expected,
                "rr": one.rr if outside else np.nan,
                "note": None if outside else "nothing-outside",
            },
            members,
        )
    if real.empty:
        p, llr = (found[k].iloc[0] if len(found) else v for k, v in _NOTHING.items())
        months = SCAN["recent_months"] if search.scan == "alarm" else YEAR
        yield _row(search, months=months, p=p, llr=llr, note="no-cluster"), []


_NOTHING = {"p": 1.0, "llr": 0.0}
"""Of a search in which no circle held more than it should."""


def _counts(scan: str, p: float) -> bool:
    """Whether a p-value is small enough to speak of a cluster."""
    if scan == "gate":
        return bool(p <= SCAN["gate_p"])
    return bool(_MONTH_DAYS / p >= SCAN["alarm_days"])


def _row(
    search: _Search,
    *,
    months: int | None,
    p: float,
    llr: float,
    signal: bool = False,
    note: str | None = None,
) -> dict[str, Any]:
    """What every row has; the alarm looks at its last months, the gate at all of them."""
    recent = months if search.scan == "alarm" else None
    return {
        "scan": search.scan,
        "category_group": search.group,
        "period_start": search.edges[0] if recent is None else search.edges[-1 - recent],
        "period_end": search.edges[-1] - timedelta(days=1),
        "months": months,
        "n_areas": None,
        "beat_ids": None,
        "n_episodes": None,
        "expected_n": np.nan,
        "rr": np.nan,
        "llr": llr,
        "p_value": p,
        "recurrence_days": np.nan if recent is None else _MONTH_DAYS / p,
        "signal": signal,
        "simulations": SCAN["simulations"],
        "seed": SCAN["seed"],
        "note": note,
    }


def _options() -> dict[str, Any]:
    return {name: SCAN[name] for name in ("max_share", "simulations", "seed")}
