"""A layer with everything that must be said of it: title, method, class breaks, status, time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.catalogue import ALL
from geo.layers.area_statistics import FEWEST_COMPARED, NOTES
from geo.layers.backtests import BACKTEST
from geo.layers.breaks import METHOD as BREAKS_METHOD
from geo.layers.breaks import RATIO_LIMITS, fit_breaks, join_limits
from geo.layers.clusters import SCAN
from geo.layers.confirmed import START_RATES
from geo.layers.facts import BORDER_M
from geo.layers.hotspot_maps import (
    CELL_SIZES,
    HOT,
    LEAST_EPISODES,
    MERGE_GAP,
    MINIMUM_EFFECT,
    MINIMUM_MEAN,
    WINDOW_MONTHS,
    HotspotMap,
    NoMap,
)
from geo.layers.near_repeats import NEAR_REPEAT
from geo.layers.reporting import REPORTING
from geo.layers.texts import PATTERN_NAMES, about, about_areas
from geo.statistics.funnel import FEWEST_AREAS
from geo.statistics.stability import LEAST_STABILITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pyarrow as pa

    from geo.city import City
    from geo.layers.exposure import Exposure
    from geo.layers.layer import Layer

__all__ = [
    "PARAMETERS",
    "Collection",
    "area_collection",
    "border_status",
    "hotspot_collections",
    "period_collection",
]

_AREA_BREAKS = (
    "n_reports", "n_episodes", "n_confirmed", "n_expected_confirmed", "rate_per_km2",
    "rate_per_1000", "rate_per_street_km", "smr_eb", "rate_ratio_yoy",
)  # fmt: skip
_CELL_BREAKS = ("n_reports", "n_episodes", "kde_per_km2")


PARAMETERS: dict[str, Any] = {
    "episodes": {"distance_m": 50, "gap_days": 14, "cap_days": 60},
    "border_m": BORDER_M,
    "reporting": REPORTING,
    "hotspots": {
        "window_months": WINDOW_MONTHS,
        "cell_sizes": list(CELL_SIZES),
        "minimum_mean": MINIMUM_MEAN,
        "minimum_effect": MINIMUM_EFFECT,
        "least_episodes": LEAST_EPISODES,
        "merge_gap_cells": MERGE_GAP,
        "bandwidth_m": 500,
        "q_hot": 0.05,
        "q_watch": 0.10,
        "least_stability": LEAST_STABILITY,
    },
    "backtests": BACKTEST,
    "clusters": SCAN,
    "near_repeats": NEAR_REPEAT,
    "forecasts": {"half_life": 9.0, "interval": 0.80},
    "plans": {"draws": 4_000, "seed": 1, "months": 24, "half_life": 9.0, "mix_worth": 5.0},
}
"""Everything that was chosen, as every release publishes it."""


_SPOT_NOTES = ("few-times", "not-judged", "no-previous-year", "base-zero")


@dataclass(frozen=True, eq=False)
class Collection:
    """A layer and its description.

    Attributes
    ----------
    layer
        The features.
    title, description
        Language to text.
    level
        Level of areas, None if the layer mixes levels or has none.
    status
        ``approximate`` if any border in it is, else ``official``; None without a border.
    from_reports
        Whether it tells of reports (then it is simulated if they are) or of areas alone.
    method
        How the numbers were made, with all parameters.
    breaks
        Class limits.
    time
        First day and the day after the last, None if the layer has no time.
    spatial
        Whether its features can have a geometry.
    beside
        File name to a table that is kept with the layer for those who serve it.
    """

    layer: Layer
    title: Mapping[str, str]
    description: Mapping[str, str]
    level: str | None = None
    status: str | None = None
    from_reports: bool = True
    method: Mapping[str, Any] = field(default_factory=dict)
    breaks: Mapping[str, list[float]] = field(default_factory=dict)
    time: tuple[date, date] | None = None
    spatial: bool = True
    beside: Mapping[str, pa.Table] = field(default_factory=dict)


def area_collection(city: City, level: str, layer: Layer) -> Collection:
    """The areas of a level."""
    return Collection(
        layer,
        **about_areas(city.settings.levels[level].label, city.settings.notice),
        level=level,
        status=border_status(city, [level]),
        from_reports=False,
        method={"area_km2": "on the WGS 84 ellipsoid", "population": "residents, from the city"},
    )


def period_collection(
    city: City, layer: Layer, *, exposure: Exposure, time: tuple[date, date]
) -> Collection:
    """Areas by period and category group."""
    table = layer.table
    by_level = fit_breaks(table, by=["level"], columns=_AREA_BREAKS)
    by_group = fit_breaks(table, by=["level", "category_group"], columns=_AREA_BREAKS)
    return Collection(
        layer,
        **about("area-periods"),
        status=border_status(city, list(city.levels)),
        method={
            "counting": "A report lies in the area that holds its point; on a shared border in the "
            "one whose id sorts first. Rates count episodes. Jokes count in n_joke only.",
            "period_complete": "the data cover a period from the first report's day to the last's",
            "episodes": PARAMETERS["episodes"],
            "border_m": BORDER_M,
            "intervals": "Rates: exact Poisson limits (Garwood). smr_eb: gamma-Poisson empirical "
            "Bayes per level, period and group. rate_ratio: exact conditional limits.",
            "confirmation": "n_expected_confirmed: episodes with a confirmed report, and those "
            "that wait, times the share of their category in the city. conf_rate: of verified "
            "episodes, beta-binomial per group, with an effect of the unit that verifies.",
            "funnel": "exact tails with additive over-dispersion, per level, period and group; "
            f"from {FEWEST_AREAS} areas",
            "start_rates": START_RATES,
            "reporting": "further reports of an episode until one of its reports is verified, 14 "
            "days at most, against what these place-days would have at the city's rate of each "
            "category; empirical Bayes per level, period and group, over the periods of the twelve "
            "months to the period's end. Counts are not divided by it.",
            "exposure": {group: dict(weights) for group, weights in exposure.weights.items()},
            "low_information": "fewer than 10 episodes",
            "tested": f"p and q of a change from {FEWEST_COMPARED} episodes in each period on",
            "notes": NOTES,
            "class_breaks": BREAKS_METHOD,
        },
        breaks=by_group | {key: _legend(key, limits, by_group) for key, limits in by_level.items()},
        time=time,
    )


def _legend(key: str, limits: list[float], by_group: Mapping[str, list[float]]) -> list[float]:
    """The limits of one legend for every group of a level: `<level>.<column>`.

    Ratios part at the same round numbers in every city. Counts and rates of all groups together
    are mostly small, so the limits of all reports go on where those of the groups end.
    """
    level, column = key.split(".", 1)
    if column in ("smr_eb", "rate_ratio_yoy"):
        return list(RATIO_LIMITS)
    return join_limits(limits, by_group.get(f"{level}.{ALL}.{column}", limits))


def hotspot_collections(
    city: City,
    cells: Layer,
    areas: Layer,
    *,
    maps: Sequence[HotspotMap | NoMap],
    time: tuple[date, date] | None,
) -> list[Collection]:
    """Cells, and the hot spots that they make."""
    method = hotspot_method(maps)
    status = border_status(city, list(city.levels)[:1])
    shown = [name for name in _CELL_BREAKS if name in cells.table]
    breaks = fit_breaks(cells.table, by=["category_group"], columns=shown)
    return [
        Collection(
            cells,
            **about("hotspot-cells"),
            status=status,
            method={**method, "class_breaks": BREAKS_METHOD},
            breaks=breaks,
            time=time,
        ),
        Collection(
            areas,
            **about("hotspot-areas"),
            status=status,
            method={
                **method,
                "areas": f"cells of class {HOT} or more that touch by an edge or a corner, or have "
                f"{MERGE_GAP} cell between them, with {LEAST_EPISODES} episodes or more; watched "
                "cells (90) are in none",
                "ids": "an id goes to the hot spot with the largest area in common with the one "
                "that had it: in the previous release's same period, else in the period before; "
                "else it is new, and names the period, the group and the first cell",
                "beat_shares": "shares of the hot spot's area",
                "times": "what reports say of the time of the event, spans shared out by the hour",
                "year_before": "the same cells in the twelve months before, exact conditional "
                "limits; a place is chosen for what it holds now, so above 1 by that alone",
                "profile": "shares of the hours of the week, from ten reports that tell when",
                "bursts": "near-duplicates and bursts stay counted: an episode counts once",
                "notes": {code: NOTES[code] for code in _SPOT_NOTES},
                "ratio": "drawn towards one as the sum of cells that vary independently",
                "categories": {c.id: dict(c.names) for c in city.catalogue.categories.values()},
                "partners": {key: dict(names) for key, names in city.catalogue.partners.items()},
            },
            time=time,
        ),
    ]


def hotspot_method(maps: Sequence[HotspotMap | NoMap]) -> dict[str, Any]:
    """How the maps were made: the recipe, each map's learned background, and what has no map."""
    made = [one for one in maps if isinstance(one, HotspotMap)]
    return {
        "window_months": WINDOW_MONTHS,
        "background": "mixture learned by EM x smooth rest (500 m, own 3 x 3 window left out), "
        "cleaned once",
        "test": "negative binomial, of the cell and of its 3 x 3 window; Benjamini-Hochberg over "
        "the cells of a map",
        "minimum_effect": MINIMUM_EFFECT,
        "classes": {"99": "q <= 0.01", "95": "q <= 0.05", "90": "watch: q <= 0.10 at any effect"},
        "stability": "share of 24 lattices (8 offsets x 150, 200, 300 m) on which half of its "
        "episodes lie in hot cells; the background of the map is laid on each and tested again. "
        f"Class 99 and 95 need {LEAST_STABILITY} or more, else the class is 90. Judged for the "
        "last period, on maps with a hot cell; classes of earlier periods are those of the test.",
        "emerging": "twelve monthly bins; only cells that are hot over the year or in its last "
        "month have a pattern; no trend is claimed below 100 events. In plain words, a place "
        "whose hot months come and go is new or fading if one half of the year surely holds more "
        "(exact 95 % interval) and the other has one hot month at most; else persistent, if the "
        "last month or half of all are hot",
        "emerging_plain": PATTERN_NAMES.everything(),
        "gate": "whether the whole map holds any cluster of beats is in the collection clusters; "
        "hot spots do not depend on it, for circles of beats cannot see a single bad address",
        "gi_z": "Gi* of 3 x 3 cells, for comparison: it decides nothing",
        "forecast_n": "as in the collection forecasts, drawn towards the cells around; maps of the "
        "last period, internal face",
        "kde_per_km2": "Gaussian, 200 m, below 300 episodes 400 m; mass kept at the city's edge",
        "cell_sizes": list(CELL_SIZES),
        "minimum_mean": MINIMUM_MEAN,
        "maps": [_made(one) for one in made],
        "without_map": [_not_made(one) for one in maps if isinstance(one, NoMap)],
    }


def border_status(city: City, levels: Sequence[str]) -> str:
    """``approximate`` if a border of these levels is, else what the first of them says."""
    words = [str(word) for level in levels for word in city.levels[level]["status"]]
    return "approximate" if "approximate" in words else words[0]


def _made(one: HotspotMap) -> dict[str, Any]:
    names = one.ground.components
    weights = one.background.weights.tolist()
    return {
        "period": one.window.period.id,
        "category_group": one.group,
        "cell_m": int(one.ground.grid.cell_m),
        "cells": int(one.ground.grid.mask.sum()),
        "episodes": int(one.n_episodes.sum()),
        "weights": {name: round(w, 3) for name, w in zip(names, weights, strict=True)},
        "alpha": round(one.background.alpha, 3),
        "hot_cells": int((one.evidence.hot_class >= HOT).sum()),
        "unstable_cells": int(((one.test.hot_class >= HOT) & (one.evidence.hot_class < HOT)).sum()),
        "hot_spots": int(one.places.max()),
    }


def _not_made(one: NoMap) -> dict[str, Any]:
    return {
        "period": one.window.period.id,
        "category_group": one.group,
        "episodes": one.episodes,
        "mean": round(one.mean, 2),
        "reason": f"{one.mean:.2f} episodes per cell of {max(CELL_SIZES)} m; a map needs "
        f"{MINIMUM_MEAN}",
    }
