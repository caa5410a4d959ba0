"""Ids of hot spots, whatever the maps: unique, without order, and the same when named again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from geo.layers.hotspot_ids import KnownSpots, hotspot_ids

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

CRS, SIZE, SIDES = "EPSG:2180", 1200, (200, 300, 400)
PERIODS = ["2025H1", "2025H2", "2026H1"]
GROUPS = ("all", "water")


@st.composite
def releases(draw: DrawFn) -> gpd.GeoDataFrame:
    """Maps of two groups over three periods, each on a grid of its own."""
    rows = []
    for period in PERIODS:
        for group in GROUPS:
            side = draw(st.sampled_from(SIDES))
            n = SIZE // side
            flags = draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n))
            labels, many = ndimage.label(np.array(flags).reshape(n, n))
            for number in range(1, many + 1):
                row, column = np.nonzero(labels == number)
                squares = shapely.box(
                    column * side, row * side, (column + 1) * side, (row + 1) * side
                )
                first = f"{side}mN{row[0]}E{column[0]}"
                rows.append((period, group, first, shapely.union_all(squares)))
    table = pd.DataFrame(rows, columns=["period", "category_group", "first_cell", "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)


def named(spots: gpd.GeoDataFrame, before: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    ids = hotspot_ids(spots, periods=PERIODS, known=KnownSpots(previous=before))
    return spots.assign(hotspot_id=ids, first_seen=date(2025, 1, 1))


@settings(deadline=None, max_examples=30)
@given(releases(), releases())
def test_an_id_occurs_once_per_period_and_group(
    early: gpd.GeoDataFrame, late: gpd.GeoDataFrame
) -> None:
    first = named(early)
    second = named(late, first)
    for one in (first, second):
        assert not one.duplicated(["period", "category_group", "hotspot_id"]).any()
        assert all(
            f"-{g}-" in i for g, i in zip(one["category_group"], one["hotspot_id"], strict=True)
        )


@settings(deadline=None, max_examples=30)
@given(releases(), releases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_has_no_say(
    early: gpd.GeoDataFrame, late: gpd.GeoDataFrame, random: object
) -> None:
    first = named(early)
    ids = named(late, first)["hotspot_id"]
    labels = list(late.index)
    random.shuffle(labels)  # type: ignore[attr-defined]
    again = named(late.loc[labels], first.iloc[::-1])["hotspot_id"]
    assert again.index.tolist() == labels
    assert again.loc[ids.index].tolist() == ids.tolist()


@settings(deadline=None, max_examples=30)
@given(releases(), releases())
def test_the_same_maps_keep_every_id(early: gpd.GeoDataFrame, late: gpd.GeoDataFrame) -> None:
    """Whatever came before: a release that finds the same hot spots names them the same."""
    first = named(early)
    second = named(late, first)
    assert named(early, first)["hotspot_id"].tolist() == first["hotspot_id"].tolist()
    assert named(late, second)["hotspot_id"].tolist() == second["hotspot_id"].tolist()


@settings(deadline=None, max_examples=30)
@given(releases(), releases())
def test_an_id_is_lost_to_a_better_claim_only(
    early: gpd.GeoDataFrame, late: gpd.GeoDataFrame
) -> None:
    """No hot spot and earlier id, both left over or worse off, could be paired instead."""
    first = named(early)
    second = named(late, first)
    keys = ["period", "category_group"]
    for key, here in second.groupby(keys):
        there = first[(first[keys] == list(key)).all(axis=1)]
        shared = shapely.area(
            shapely.intersection(
                here.geometry.to_numpy()[:, None], there.geometry.to_numpy()[None, :]
            )
        )
        same = here["hotspot_id"].to_numpy()[:, None] == there["hotspot_id"].to_numpy()[None, :]
        kept = np.where(same, shared, 0.0)
        of_spot = kept.max(axis=1, initial=0.0)[:, None]
        of_id = kept.max(axis=0, initial=0.0)[None, :]
        assert not (shared > np.maximum(of_spot, of_id)).any()
