"""The layer of plan candidates: which problem of which beat a plan of the next period could be.

A candidate is a category group at a place: the part of a hot spot that lies in a beat, or the
whole beat where no hot spot of the group does. Each has its forecast, its score with a reason per
factor, and its rank with the doubt that counts leave.

What the public face may not tell. Counts of a beat are public, and what is computed from them may
be; a beat that hides its numbers in a period of the past gives none here either: it has a row for
every group, so that not even their absence tells, and takes no part in any other row. A part of
a beat is listed only from `PUBLIC_LEAST` episodes in twelve months on, and only of a hot spot that
shows its own sum; else its episodes count with the beat. Of a part no count is told, nor a rank by
counts. What is told of it is a mean over two years with falling weights, drawn towards other
places, times a share, and then to whole episodes, a score made of these, and twentieths of a
chance: a report more or less often gives the same row, so neither the part's count nor, by
subtraction, that of the rest of its beat follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo.catalogue import BEAT_OFFICER
from geo.languages import Texts
from geo.layers.area_statistics import LOW_INFORMATION
from geo.layers.collection import PARAMETERS
from geo.layers.hotspot_cells import PLACE
from geo.layers.hotspot_maps import LEAST_EPISODES, HotspotMap
from geo.layers.layer import Layer, exchange_shapes
from geo.layers.plan_evidence import PlanGround, primary_groups, weigh_places
from geo.layers.plan_places import YEAR
from geo.layers.schema import PLAN_CANDIDATES, columns_of
from geo.planning.allocation import Allocation, allocate_plans
from geo.planning.ranks import rank_for_every_k
from geo.planning.sentences import COLUMNS as REASON_COLUMNS
from geo.planning.sentences import reason_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo.city import City
    from geo.layers.hotspot_maps import NoMap
    from geo.layers.levels import MetricLevels

    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.integer[Any]]

__all__ = [
    "COLLECTION",
    "INTERNAL_LEAST",
    "NOTES",
    "PUBLIC_LEAST",
    "REASONS",
    "PlanLayer",
    "plan_candidates",
    "plans_of",
]

COLLECTION = "plan-candidates"

PUBLIC_LEAST, INTERNAL_LEAST = 10, LEAST_EPISODES
"""Episodes of twelve months that a part of a beat must hold to be listed."""

_NOTES = Texts(
    {
        "suppressed": "hidden, because a small number could be read from it",
        "no-history": "the data do not fill a month: there is no forecast",
        "part-of-beat": (
            "a part of a beat: no ranks by counts, from which its counts could be read"
        ),
    },
    context="candidates",
)
NOTES = _NOTES.everything()

_REASONS = Texts(
    {
        "score": "among the highest scores",
        "rewir": "the only plan of its rewir",
        "exploration": "a beat of which little is known",
        "not-actionable": "no category that a beat officer can act on",
        "other-plan-of-beat": "the beat has another plan",
        "left-out": "plans or hours do not suffice",
    },
    context="reasons",
)
REASONS = _REASONS.everything()
"""Values of `selection_reason`."""

PLANS = PARAMETERS["plans"]

_SELECTED = {"score": "score", "only plan of its rewir": "rewir", "exploration": "exploration"}
_PLAIN = ("fid", "beat", "spot", "category_group", "actionable", "low_information", "hours",
          "rewir_id", "beat_id", "n_reports", "n_confirmed")  # fmt: skip
_COLUMNS = tuple(columns_of(PLAN_CANDIDATES, face="internal"))
_SCORES = ("score", "score_lo80", "score_hi80")
_CONTRIBUTIONS = tuple(f"contrib_{n}" for n in ("volume", "confirmation", "harm", "solvability"))


class PlanLayer(NamedTuple):
    """The layer, how many draws put each row among the first k, and the allocation.

    `top_counts` has the columns `candidate_id` and `counts` (a list for k from 1). `allocation` is
    None without a candidate; its labels are candidate ids.
    """

    layer: Layer
    top_counts: pa.Table
    allocation: Allocation | None


def plan_candidates(
    ground: PlanGround,
    maps: Mapping[str, HotspotMap | NoMap],
    *,
    levels: MetricLevels,
    spots: pd.DataFrame,
    public: bool,
) -> PlanLayer:
    """Score, rank and choose among all candidates of a city.

    Parameters
    ----------
    ground
        What is known: reports of one face, months, weights.
    maps
        Primary group to its map of the last period.
    levels
        The city's areas in its metric CRS, for the shapes.
    spots
        Table of the layer of hot spots, for ids and names.
    public
        Whether numbers are told as coarsely as the public face has them.

    Returns
    -------
    PlanLayer
        Rows by median rank, then by beat; those without numbers come last.
    """
    groups = primary_groups(ground.city.catalogue)
    known = ground.time.months > 0
    table = weigh_places(ground, maps) if known else pd.DataFrame()
    allocation = None
    counts: IntArray = np.zeros((0, len(ground.open_beats)), dtype=np.int64)
    if len(table):
        table = _described(table, ground, maps, spots=spots)
        table, counts, allocation = _ranked(table, ground)
    if public:
        table, counts = _coarse(table, counts)
    empty = _without_numbers(ground, groups, known=known)
    table = pd.concat([t for t in (table, empty) if len(t)] or [empty], ignore_index=True)
    table = _finished(table, ground)
    shapes, shape = _shapes(table, maps, levels)
    layer = Layer(COLLECTION, PLAN_CANDIDATES, table[["fid", *_COLUMNS]], shapes, shape)
    return PlanLayer(layer, _counts_table(table["fid"], counts), allocation)


def plans_of(ground: PlanGround) -> int:
    """How many plans get attention in the whole city, by the weights."""
    return max(round(ground.weights.plans_per_rewir * len(set(_rewirs(ground.city)))), 1)


def _rewirs(city: City) -> list[str]:
    """The rewir of each beat: the area that it belongs to, the city where there is none."""
    parents = next(iter(city.levels.values()))["parent_id"]
    return [city.id if pd.isna(parent) else str(parent) for parent in parents]


def _described(
    table: pd.DataFrame,
    ground: PlanGround,
    maps: Mapping[str, HotspotMap | NoMap],
    *,
    spots: pd.DataFrame,
) -> pd.DataFrame:
    """With ids and names, hours, and whether little is known of the beat."""
    facts, time = ground.facts, ground.time
    beats = next(iter(ground.city.levels.values()))
    late = facts.day >= time.edges[max(time.months - YEAR, 0)]
    area = facts.places.area[ground.level]
    lately = late & facts.first_of(BEAT_OFFICER) & (area >= 0)
    episodes = np.bincount(area[lately], minlength=len(beats))
    last = {g: one.window.period.id for g, one in maps.items() if isinstance(one, HotspotMap)}
    named = {
        (group, number): (spot, name)
        for period, group, number, spot, name in zip(
            *(spots[n] for n in ("period", "category_group", PLACE, "hotspot_id", "name")),
            strict=True,
        )
        if last.get(group) == period
    }
    which = [named.get(key, (None, None)) for key in
             zip(table["category_group"], table["spot"], strict=True)]  # fmt: skip
    place = table["beat"].to_numpy()
    table = table.assign(
        beat_id=beats["area_id"].to_numpy(dtype=object)[place],
        rewir_id=np.array(_rewirs(ground.city), dtype=object)[place],
        hotspot_id=[spot for spot, _ in which],
        name=[name for _, name in which],
        low_information=episodes[place] < LOW_INFORMATION,
        hours=ground.weights.hours_of(table["category_group"]),
    )
    table["name"] = table["name"].fillna(
        pd.Series(beats["name"].to_numpy(dtype=object)[place], index=table.index)
    )
    last_part = table["hotspot_id"].fillna(table["category_group"])
    table["fid"] = time.period.id + "." + table["beat_id"] + "." + last_part
    return table


def _ranked(table: pd.DataFrame, ground: PlanGround) -> tuple[pd.DataFrame, IntArray, Allocation]:
    """Scores, ranks, and which plans to make; ordered by median rank, then by beat."""
    plans = plans_of(ground)
    table = table.sort_values("fid", ignore_index=True).set_index("fid", drop=False)
    ranking = rank_for_every_k(
        table,
        k=plans,
        harm_spread=ground.weights.harm_spread,
        seed=PLANS["seed"],
        draws=PLANS["draws"],
        most=len(ground.open_beats),
    )
    kept = [n for n in (*table.columns,) if n in (*_PLAIN, "hotspot_id", "name")]
    table = table[kept].join(ranking.table)
    rewirs = sorted(set(table["rewir_id"]))
    allocation = allocate_plans(
        table,
        hours=dict.fromkeys(rewirs, ground.weights.hours_per_rewir),
        plans=plans,
        exploration=ground.weights.exploration,
    )
    table["selected"] = allocation.selected
    table["selection_reason"] = _reasons(table, allocation)
    order = np.lexsort((table["fid"], table["beat_id"], table["rank_median"]))
    return table.iloc[order].reset_index(drop=True), ranking.top_counts[order], allocation


def _reasons(table: pd.DataFrame, allocation: Allocation) -> list[str]:
    """Why each was selected, or why not."""
    taken = set(table.loc[table["selected"], "beat_id"])
    why = []
    for chosen, beat, actionable in zip(
        allocation.reason, table["beat_id"], table["actionable"], strict=True
    ):
        other = "other-plan-of-beat" if beat in taken else "left-out"
        why.append(_SELECTED[chosen] if chosen else other if actionable else "not-actionable")
    return why


def _coarse(table: pd.DataFrame, counts: IntArray) -> tuple[pd.DataFrame, IntArray]:
    """The numbers, and the counts of draws, as the public face tells them."""
    if not len(table):
        return table, counts
    table, part = table.copy(), (table["spot"] > 0).to_numpy()
    table["forecast_n"] = np.where(part, table["forecast_n"].round(), table["forecast_n"].round(1))
    for name in ("harm_weight", *_CONTRIBUTIONS):
        table[name] = table[name].round(1) + 0.0  # never a minus zero
    product = table["forecast_n"] * table["harm_weight"] * table["p_eliminated"]
    table["score"] = table["score"].mask(part & (table["score"] > 0), product)
    for name in _SCORES:
        digits = np.where(part & (name != "score"), 0, 1)
        table[name] = [float(f"{v:.{d}e}") for v, d in zip(table[name], digits, strict=True)]
    for name in ("p_top_k", "p_best_in_beat"):
        table[name] = np.where(part, (20 * table[name]).round() / 20, table[name])
    for name in ("rank_raw_reports", "rank_confirmed_only"):
        table[name] = table[name].astype("Int64").mask(part)
    step = PLANS["draws"] // 20
    rounded = (counts + step // 2) // step * step
    note = pd.Series("part-of-beat", index=table.index).where(part, None)
    return table.assign(note=note), np.where(part[:, None], rounded, counts)


def _without_numbers(ground: PlanGround, groups: Sequence[str], *, known: bool) -> pd.DataFrame:
    """A row for every group of the beats that have no numbers, whatever the reports say."""
    beats = next(iter(ground.city.levels.values()))
    closed = np.flatnonzero(~ground.open_beats if known else np.ones(len(beats), dtype=bool))
    beat = np.repeat(closed, len(groups))
    group = np.tile(np.array(groups, dtype=object), len(closed))
    ids = beats["area_id"].to_numpy(dtype=object)[beat]
    hidden = ~ground.open_beats[beat]
    return pd.DataFrame(
        {
            "fid": [f"{ground.time.period.id}.{a}.{g}" for a, g in zip(ids, group, strict=True)],
            "beat": beat,
            "spot": 0,
            "category_group": group,
            "beat_id": ids,
            "rewir_id": np.array(_rewirs(ground.city), dtype=object)[beat],
            "name": beats["name"].to_numpy(dtype=object)[beat],
            "selected": False,
            "note": np.where(hidden, "suppressed", "no-history"),
        }
    )


def _finished(table: pd.DataFrame, ground: PlanGround) -> pd.DataFrame:
    """With the period, names of beats, the sentence, and every column of the schema."""
    beats = next(iter(ground.city.levels.values()))
    period = ground.time.period
    table = table.reindex(columns=list(dict.fromkeys([*table.columns, *_COLUMNS])))
    table["candidate_id"] = table["fid"]
    table["beat_name"] = beats["name"].to_numpy(dtype=object)[table["beat"]]
    table["period"], table["period_start"] = period.id, period.start
    table["period_end"] = period.last_day
    table["suppressed"] = (table["note"] == "suppressed").to_numpy(dtype=bool)
    table["selected"] = table["selected"].fillna(value=False).astype(bool)
    plans = plans_of(ground)
    for language, column in REASON_COLUMNS.items():
        table[column] = [
            None
            if pd.isna(row.forecast_hi80)
            else reason_sentence(
                language, period=period.id, low=int(row.forecast_lo80),
                high=int(row.forecast_hi80), k=plans, p_top_k=row.p_top_k,
                actionable=row.actionable, low_information=row.low_information,
            )
            for row in table.itertuples(index=False)
        ]  # fmt: skip
    return table


def _shapes(
    table: pd.DataFrame, maps: Mapping[str, HotspotMap | NoMap], levels: MetricLevels
) -> tuple[NDArray[np.object_], NDArray[np.int32]]:
    """Every beat that a row is about as a whole, and every part, once."""
    beats = levels.finest.geometry.to_numpy()
    keys = table["category_group"].where(table["spot"] > 0, "")
    rows = list(zip(table["beat"], table["spot"], keys, strict=True))
    number = {key: place for place, key in enumerate(sorted(set(rows)))}
    cut = []
    for beat, spot, group in number:
        one = maps.get(group)
        if not spot or not isinstance(one, HotspotMap):
            cut.append(beats[beat])
            continue
        cells = np.nonzero(one.places == spot)
        held = shapely.intersection(one.ground.grid.polygons(*cells), beats[beat])
        parts = shapely.get_parts(shapely.union_all(held))
        cut.append(shapely.union_all(parts[shapely.get_dimensions(parts) == 2]))
    shapes = gpd.GeoSeries(np.array(cut, dtype=object), crs=levels.city.metric_crs)
    return exchange_shapes(shapes), np.array([number[key] for key in rows], dtype=np.int32)


def _counts_table(fids: pd.Series, counts: IntArray) -> pa.Table:
    """Counts of draws by k, for the rows that have ranks; they come first in the layer."""
    values = pa.array(counts.astype(np.uint16).ravel(), pa.uint16())
    lists = pa.FixedSizeListArray.from_arrays(values, max(counts.shape[1], 1))
    return pa.table({"candidate_id": pa.array(fids[: len(counts)].tolist()), "counts": lists})
