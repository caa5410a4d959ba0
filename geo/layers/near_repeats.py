"""The layer of near repeats: whether one episode is soon followed by another nearby.

It tells of the city, not of places, and has no geometry. It is a remark beside the maps: episodes
near in space and time are mostly the same nuisance, still unsolved, and do not foretell the next.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.layers.facts import day_number
from geo.layers.layer import Layer
from geo.layers.schema import NEAR_REPEATS, columns_of
from geo.statistics.knox import knox_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.catalogue import Catalogue
    from geo.city import City
    from geo.layers.facts import Facts
    from geo.layers.hotspot_maps import Window

__all__ = ["COLLECTION", "NEAR_REPEAT", "near_repeats"]

COLLECTION = "near-repeats"

NEAR_REPEAT: dict[str, Any] = {
    "beyond_m": 50,
    "distances_m": [100, 200, 400],
    "gaps_days": [7, 14, 28],
    "simulations": 199,
    "seed": 1,
    "left_out": "traffic",
    "most_episodes": 10_000,
}
"""Bands of distance and of time. Below 50 m reports are one episode, so pairs begin there. Of more
episodes than the most, as many are drawn: pairs grow with the square, and a draw that knows
neither place nor time changes neither the ratio nor what chance does."""

_COLUMNS = ["fid", *columns_of(NEAR_REPEATS, face="internal")]


def near_repeats(facts: Facts, city: City, window: Window | None) -> Layer:
    """Pairs of episodes by how far apart they are in space and in time.

    Parameters
    ----------
    facts
        Reports of one face.
    city
        Its catalogue says which groups hold traffic: these are left out, for a street where cars
        park badly is reported day after day.
    window
        The twelve months to look at; without them there is no row.

    Returns
    -------
    Layer
        Ordered by group, distance, gap.
    """
    groups = _groups(city.catalogue) if window else []
    inside = facts.places.area[city.settings.boundary_level] >= 0
    tables = [_rows(facts, inside, group, window) for group in groups if window]
    empty = pd.DataFrame(columns=_COLUMNS)
    table = pd.concat(tables, ignore_index=True) if tables else empty
    none = np.full(len(table), -1, dtype=np.int32)
    return Layer(COLLECTION, NEAR_REPEATS, table, np.empty(0, object), none)


def _groups(catalogue: Catalogue) -> list[str]:
    left_out = str(NEAR_REPEAT["left_out"])
    traffic = catalogue.members(left_out) if left_out in catalogue.groups else frozenset()
    return [group for group in catalogue.groups if not catalogue.members(group) & traffic]


def _rows(facts: Facts, inside: NDArray[np.bool_], group: str, window: Window) -> pd.DataFrame:
    since, until = day_number(window.start), day_number(window.end)
    chosen = np.flatnonzero(
        inside & facts.first_of(group) & (facts.day >= since) & (facts.day < until)
    )
    if len(chosen) > NEAR_REPEAT["most_episodes"]:
        rng = np.random.default_rng(NEAR_REPEAT["seed"])
        chosen = np.sort(rng.choice(chosen, NEAR_REPEAT["most_episodes"], replace=False))
    found = knox_table(
        facts.x[chosen],
        facts.y[chosen],
        facts.day[chosen],
        distances_m=NEAR_REPEAT["distances_m"],
        gaps_days=NEAR_REPEAT["gaps_days"],
        beyond_m=NEAR_REPEAT["beyond_m"],
        simulations=NEAR_REPEAT["simulations"],
        seed=NEAR_REPEAT["seed"],
    )
    lower = {"distance": [NEAR_REPEAT["beyond_m"], *NEAR_REPEAT["distances_m"][:-1]],
             "gap": [0, *NEAR_REPEAT["gaps_days"][:-1]]}  # fmt: skip
    distances, gaps = len(lower["distance"]), len(lower["gap"])
    key = f"{window.period.id}.{group}"
    table = pd.DataFrame(
        {
            "fid": [f"{key}.{row.distance_m}m.{row.gap_days}d" for row in found.itertuples()],
            "category_group": group,
            "period": window.period.id,
            "period_start": window.start,
            "period_end": window.end - timedelta(days=1),
            "distance_from_m": np.repeat(lower["distance"], gaps),
            "distance_to_m": found["distance_m"],
            "gap_from_days": np.tile(lower["gap"], distances),
            "gap_to_days": found["gap_days"],
            "n_episodes": len(chosen),
            "n_pairs": found["observed"],
            "expected_pairs": found["expected"],
            "pair_ratio": found["ratio"],
            "p_value": found["p_value"],
            "simulations": NEAR_REPEAT["simulations"],
            "seed": NEAR_REPEAT["seed"],
            "note": found["ratio"].isna().map({True: "nothing-expected", False: None}),
        }
    )
    return table[_COLUMNS]
