"""What circles of beats see in the simulated city, against its truth file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest

from geo.layers.areas import denominators
from geo.layers.clusters import Beats, ClusterFinder, clusters
from geo.layers.facts import find_places, make_facts
from geo.layers.hotspot_maps import hotspot_windows
from geo.layers.levels import MetricLevels
from geo.reports.simulate import simulate_reports

if TYPE_CHECKING:
    import pandas as pd

    from geo.city import City

FIRST, END = date(2023, 8, 1), date(2026, 8, 1)


@pytest.fixture(scope="module")
def simulated(lodz: City) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """The clusters, and the planted places with the beats of their middles."""
    reports, truth = simulate_reports(lodz, days=(END - FIRST).days, seed=1)
    levels = MetricLevels(lodz)
    facts = make_facts(reports, find_places(reports, levels), lodz)
    beats = Beats(levels, denominators(levels)["beat"], np.ones(len(levels.finest), dtype=bool))
    periods = lodz.periods.between(FIRST, date(2026, 7, 31))
    window = hotspot_windows(periods, first=FIRST, end=END)[-1]
    layer = clusters(
        facts, beats, ClusterFinder(), window=window, period=periods[-1], time=(FIRST, END)
    )
    middles = gpd.GeoDataFrame(
        truth[["category_group", "pattern", "per_year", "last_day"]],
        geometry=truth.geometry.centroid, crs=truth.crs,
    )  # fmt: skip
    return layer.table, gpd.sjoin(middles, levels.finest[["area_id", "geometry"]])


def test_the_gate_opens_for_planted_places_only(
    simulated: tuple[pd.DataFrame, gpd.GeoDataFrame],
) -> None:
    table, truth = simulated
    gate = table[(table["scan"] == "gate") & ~table["category_group"].isin(["all", "beat-officer"])]
    planted = truth.groupby("category_group")["area_id"].agg(set)
    for row in gate.itertuples():
        beats = set(row.beat_ids.split(",")) if row.signal else set()
        assert not row.signal or beats & planted[row.category_group], row.fid
    open_ = set(gate.loc[gate["signal"], "category_group"])
    assert open_ == set(planted.index)
    quiet = gate[~gate["category_group"].isin(planted.index)]
    assert len(quiet) == 3
    assert (quiet["note"] == "no-cluster").all()


def test_the_alarm_names_a_place_that_is_new(
    simulated: tuple[pd.DataFrame, gpd.GeoDataFrame],
) -> None:
    """Places that were there all along raise none, strong as they are."""
    table, truth = simulated
    alarm = table[(table["scan"] == "alarm") & (table["category_group"] == "alcohol-drugs")]
    assert alarm["signal"].all()
    named = set(",".join(alarm["beat_ids"]).split(","))
    here = truth[truth["category_group"] == "alcohol-drugs"]
    assert named & set(here.loc[here["pattern"] == "new", "area_id"])
    assert not named & set(here.loc[here["pattern"] == "persistent", "area_id"])
