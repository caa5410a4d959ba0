"""The collection of plan candidates: for whom, made how, and what the best set would be."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.layers.collection import PARAMETERS, Collection, border_status
from geo.layers.hotspot_areas import COLLECTION as HOTSPOTS
from geo.layers.hotspot_cells import PLACE
from geo.layers.hotspot_maps import HotspotMap
from geo.layers.plan_candidates import (
    INTERNAL_LEAST,
    NOTES,
    PUBLIC_LEAST,
    REASONS,
    PlanLayer,
    plan_candidates,
    plans_of,
)
from geo.layers.plan_evidence import PlanGround, primary_groups
from geo.layers.plan_places import plan_time
from geo.layers.texts import about
from geo.planning.weights import city_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from geo.layers.faces import Frame
    from geo.layers.facts import Facts
    from geo.layers.hotspot_maps import MapMaker, NoMap
    from geo.planning.allocation import Allocation

__all__ = ["COUNTS_FILE", "plan_face"]

COUNTS_FILE = "priorities.parquet"
"""Beside the collection: in how many draws each candidate is among the first k, for every k."""


def plan_face(
    facts: Facts,
    frame: Frame,
    maker: MapMaker,
    *,
    shown: Sequence[Collection],
    public: bool,
) -> Collection:
    """Plan candidates, as one face sees them.

    Parameters
    ----------
    facts
        Reports of the face.
    frame
        What both faces share.
    maker
        Knows the maps that were made.
    shown
        The face's other collections: what they hide is not used, and hot spots keep their names.
    public
        Whether numbers are told coarsely.

    Returns
    -------
    Collection
        ``plan-candidates``, with `COUNTS_FILE` beside it.
    """
    tables = {one.layer.id: one.layer.table for one in shown}
    groups = primary_groups(frame.city.catalogue)
    level = next(iter(frame.city.levels))
    points = frame.levels.finest.geometry.representative_point()
    ground = PlanGround(
        city=frame.city,
        facts=facts,
        time=plan_time(frame.city, first=frame.time[0], end=frame.time[1]),
        weights=city_weights(frame.city),
        inside=(points.x.to_numpy(), points.y.to_numpy()),
        denominators=frame.denominators[level],
        open_beats=_open_beats(tables["area-periods"], frame),
        least=PUBLIC_LEAST if public else INTERNAL_LEAST,
    )
    last = frame.windows[-1:]
    spots = tables[HOTSPOTS]
    maps = {
        group: _without_closed(maker.make(facts, window, group), spots)
        for window in last
        for group in groups
    }
    found = plan_candidates(ground, maps, levels=frame.levels, spots=spots, public=public)
    return _collection(found, ground, public=public)


def _open_beats(table: pd.DataFrame, frame: Frame) -> NDArray[np.bool_]:
    """Beats that hide their numbers in no period; of the others nothing is used."""
    level, areas = next(iter(frame.city.levels.items()))
    closed = table[(table["level"] == level) & table["suppressed"].astype(bool)]["area_id"]
    return ~areas["area_id"].isin(set(closed)).to_numpy(dtype=bool)


def _without_closed(one: HotspotMap | NoMap, spots: pd.DataFrame) -> HotspotMap | NoMap:
    """The map without hot spots whose sums are hidden: their episodes count with their beats."""
    if not isinstance(one, HotspotMap):
        return one
    hidden = (spots["period"] == one.window.period.id) & (spots["category_group"] == one.group)
    closed = spots.loc[hidden & spots["n_episodes"].isna(), PLACE].to_numpy(dtype=np.int64)
    return replace(one, places=np.where(np.isin(one.places, closed), 0, one.places))


def _collection(found: PlanLayer, ground: PlanGround, *, public: bool) -> Collection:
    period = ground.time.period
    return Collection(
        found.layer,
        **about("plan-candidates", period=period.id),
        status=border_status(ground.city, [ground.level]),
        method=_method(found, ground, public=public),
        time=(period.start, period.end),
        beside={COUNTS_FILE: found.top_counts},
    )


def _method(found: PlanLayer, ground: PlanGround, *, public: bool) -> dict[str, Any]:
    weights = asdict(ground.weights)
    told = {
        "period": ground.time.period.id,
        **PARAMETERS["plans"],
        "used_months": {
            "past": ground.time.months,
            "ahead": ground.time.ahead,
            "forecast": ground.time.horizon,
        },
        "k": plans_of(ground),
        "most_k": len(ground.open_beats),
        "least_episodes": PUBLIC_LEAST if public else INTERNAL_LEAST,
        "candidates": "a category group in the part of a hot spot that lies in a beat, or in the "
        "whole beat where the group has no such part; only episodes of categories that a beat "
        "officer can act on, where there are any",
        "forecast": "monthly episodes, half-life 9 months, drawn towards the exposure (people, "
        "addresses, streets, land) or the beats around, negative binomial with drift; times the "
        "share confirmed (beta-binomial with an effect of the unit that verifies)",
        "score": "expected confirmed episodes x harm x share eliminated; contributions are "
        "logarithms over the median and add up (public face: rounded)",
        "ranks": "in the whole city; p_top_k is the share of draws with rank k or better",
        "harm": "mix of the last 24 months' categories, drawn towards the city's",
        "weights": weights,
        "reasons": REASONS,
        "notes": NOTES,
    }
    return told | {"allocation": _chosen(found.allocation, found, ground)}


def _chosen(
    allocation: Allocation | None, found: PlanLayer, ground: PlanGround
) -> dict[str, Any] | None:
    """The best set and the plain one beside it; scores are told only as far as rows tell them."""
    if allocation is None:
        return None
    table = found.layer.table.set_index("fid")
    left = allocation.first_left_out
    chosen, greedy = allocation.selected, allocation.greedy
    return {
        "rules": "at most one plan for each beat, one at least for each rewir, a share for beats "
        "of low information, within plans and hours; the best set by score, found by HiGHS",
        "plans": int(chosen.sum()),
        "hours_per_rewir": ground.weights.hours_per_rewir,
        "exploration": ground.weights.exploration,
        "exploration_short": allocation.exploration_short,
        "rewirs_without": list(allocation.rewirs_without),
        "selected": sorted(chosen.index[chosen]),
        "greedy": sorted(greedy.index[greedy]),
        "greedy_gap": round(float(allocation.gap), 3),
        "first_left_out": None
        if left is None
        else {"candidate_id": str(left), "beat_id": str(table.loc[left, "beat_id"])},
    }
