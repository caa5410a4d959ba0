"""Episodes: what holds for any reports."""

from __future__ import annotations

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.episodes import find_episodes

DAY = 86_400_000_000
QUICK = settings(deadline=None, max_examples=50)


@st.composite
def frames(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """Few places, few instants, many ties; places lie on a 5 m lattice, so limits are met."""
    many = draw(st.integers(1, 40))
    span = draw(st.sampled_from([6, 20, 60]))
    cells = st.lists(st.integers(-span, span), min_size=many, max_size=many)
    days = st.lists(st.integers(0, draw(st.sampled_from([20, 150]))), min_size=many, max_size=many)
    groups = st.lists(st.sampled_from(["traffic", "water"]), min_size=many, max_size=many)
    table = {
        "category_group": draw(groups),
        "reported_at": np.datetime64("2026-02-01", "us") + np.array(draw(days)) * DAY,
    }
    points = shapely.points(5.0 * np.array(draw(cells)), 5.0 * np.array(draw(cells)))
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:2180")


def partition(labels: pd.Series) -> set[frozenset[object]]:
    return {frozenset(rows) for rows in labels.groupby(labels).groups.values()}


def components(rows: list[int], frame: gpd.GeoDataFrame) -> list[list[int]]:
    """By the definition: every pair is looked at, and sets are merged until nothing changes."""
    time = frame["reported_at"].to_numpy().astype("datetime64[us]").astype(int)
    place, group = frame.get_coordinates().to_numpy(), frame["category_group"].to_numpy()
    sets = [{row} for row in rows]
    for one, other in combinations(rows, 2):
        near = ((place[one] - place[other]) ** 2).sum() <= 50**2
        if near and group[one] == group[other] and abs(time[one] - time[other]) <= 14 * DAY:
            joined = [s for s in sets if one in s or other in s]
            sets = [s for s in sets if s not in joined] + [set().union(*joined)]
    return [sorted(s, key=lambda row: time[row]) for s in sets]


def by_definition(frame: gpd.GeoDataFrame) -> set[frozenset[object]]:
    time = frame["reported_at"].to_numpy().astype("datetime64[us]").astype(int)
    episodes: set[frozenset[object]] = set()
    for chain in components(list(range(len(frame))), frame):
        left = chain
        while left:
            window = [row for row in left if time[row] - time[left[0]] <= 60 * DAY]
            episodes |= {frozenset(part) for part in components(window, frame)}
            left = left[len(window) :]
    return episodes


@given(frames())
@QUICK
def test_episodes_are_what_the_definition_says(frame: gpd.GeoDataFrame) -> None:
    assert partition(find_episodes(frame)) == by_definition(frame)


@given(frames(), st.randoms(use_true_random=False))
@QUICK
def test_the_order_of_rows_plays_no_part(frame: gpd.GeoDataFrame, random: object) -> None:
    order = list(range(len(frame)))
    random.shuffle(order)  # type: ignore[attr-defined]
    labels = find_episodes(frame)
    pd.testing.assert_series_equal(find_episodes(frame.iloc[order]), labels.iloc[order])


@given(frames(), st.sampled_from([0, 1, 2, 3]), st.sampled_from([-1, 1]))
@QUICK
def test_turning_and_mirroring_the_map_keeps_the_episodes(
    frame: gpd.GeoDataFrame, turns: int, mirror: int
) -> None:
    x, y = frame.get_coordinates().to_numpy().T
    for _ in range(turns):
        x, y = -y, x
    moved = frame.set_geometry(shapely.points(mirror * x, y), crs=frame.crs)
    assert partition(find_episodes(moved)) == partition(find_episodes(frame))


@given(frames())
@QUICK
def test_an_episode_has_one_group_and_never_outlasts_the_cap(frame: gpd.GeoDataFrame) -> None:
    episodes = frame.groupby(find_episodes(frame))
    assert (episodes["category_group"].min() == episodes["category_group"].max()).all()
    lasting = episodes["reported_at"].max() - episodes["reported_at"].min()
    assert (lasting <= pd.Timedelta(days=60)).all()


@given(frames())
@QUICK
def test_a_duplicate_row_adds_no_episode(frame: gpd.GeoDataFrame) -> None:
    doubled = gpd.GeoDataFrame(pd.concat([frame, frame], ignore_index=True), crs=frame.crs)
    labels = find_episodes(doubled)
    assert set(labels) == set(find_episodes(frame))
    assert labels.iloc[: len(frame)].tolist() == labels.iloc[len(frame) :].tolist()
