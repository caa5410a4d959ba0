"""Episodes: what is linked, what the cap does, what is refused."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.episodes import find_episodes
from geo.errors import CrsError, InputError, UsageError

START = pd.Timestamp("2026-02-01 12:00", tz="Europe/Warsaw")


def reports(
    days: Any, x: Any = 0.0, y: Any = 0.0, group: Any = "traffic", **columns: Any
) -> gpd.GeoDataFrame:
    """Reports so many days after the first of February, at metres around a point of Łódź."""
    table = pd.DataFrame({"days": days, "x": x, "y": y, "category_group": group, **columns})
    table["reported_at"] = START + pd.to_timedelta(table.pop("days"), unit="D")
    points = shapely.points(530_000 + table.pop("x"), 430_000 + table.pop("y"))
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:2180")


def sizes(frame: gpd.GeoDataFrame, **limits: float) -> list[int]:
    """Reports per episode, in the order of their first rows."""
    return find_episodes(frame, **limits).value_counts(sort=False).tolist()


def test_twelve_reports_by_hand() -> None:
    frame = reports(
        #     one chain       too far  late  other group   same spot, months later   alone
        days=[0, 14, 28, 28,  0,       43,   0, 1,         100, 101, 102,            5],
        x=[0, 50, 100, 50,    151,     100,  0, 30,        0, 0, 0,                  5_000],
        y=[0, 0, 0, 0,        0,       0,    0, 40,        0, 0, 0,                  5_000],
        group=["traffic"] * 6 + ["greenery"] * 2 + ["traffic"] * 4,
    )  # fmt: skip
    labels = find_episodes(frame)
    wanted = [0, 0, 0, 0, 1, 2, 3, 3, 4, 4, 4, 5]
    assert pd.factorize(labels)[0].tolist() == wanted
    assert labels.dtype == np.int64
    assert labels.name == "episode_id"


@pytest.mark.parametrize(
    ("metres", "days", "episodes"),
    [(50, 0, 1), (50.001, 0, 2), (0, 14, 1), (0, 14.0001, 2), (50, 14, 1), (50, 14.0001, 2)],
)
def test_both_limits_are_included(metres: float, days: float, episodes: int) -> None:
    assert len(sizes(reports(days=[0, days], x=[0, metres]))) == episodes


def test_distance_is_euclidean() -> None:
    assert sizes(reports(days=[0, 0], x=[0, 30], y=[0, 40])) == [2]
    assert sizes(reports(days=[0, 0], x=[0, 36], y=[0, 36])) == [1, 1]


def test_a_persistent_reporter_is_one_episode_a_month() -> None:
    assert sizes(reports(days=np.arange(30))) == [30]


def test_the_cap_includes_its_last_instant() -> None:
    assert sizes(reports(days=[*range(0, 60, 10), 60])) == [7]
    assert sizes(reports(days=[*range(0, 60, 10), 60.0001])) == [6, 1]
    assert sizes(reports(days=np.arange(183))) == [61, 61, 61]


def test_the_window_opens_with_the_first_report_after_the_last_window() -> None:
    # The first window ends on day 60, the next report comes on day 70: the second ends on 130.
    assert sizes(reports(days=np.arange(0, 200, 14))) == [5, 5, 5]
    assert sizes(reports(days=[0, 14, 28, 42, 56, 70, 84, 98, 112, 126, 130, 131])) == [5, 6, 1]


def test_a_cut_parts_what_only_an_earlier_report_held_together() -> None:
    # Two places 90 m apart, joined until day 60 by reports half-way, then on their own.
    days = [*range(0, 61, 12), *range(61, 110, 12), *range(61, 110, 12)]
    x = [45] * 6 + [0] * 5 + [90] * 5
    assert sizes(reports(days=days, x=x)) == [6, 5, 5]


def test_no_cap_worth_the_name_leaves_the_chain() -> None:
    assert sizes(reports(days=np.arange(400)), cap_days=1_000) == [400]


def test_zero_gap_and_zero_cap_join_only_what_is_told_at_once() -> None:
    assert sizes(reports(days=[0, 0, 1]), gap_days=0) == [2, 1]
    assert sizes(reports(days=[0, 0, 1]), cap_days=0) == [2, 1]


def test_the_index_is_kept() -> None:
    frame = reports(days=[0, 1, 100]).set_index(pd.Index(["c", "a", "b"], name="report"))
    labels = find_episodes(frame)
    pd.testing.assert_index_equal(labels.index, frame.index)
    assert labels["c"] == labels["a"] != labels["b"]


def test_nothing_in_nothing_out() -> None:
    labels = find_episodes(reports(days=[0]).iloc[:0])
    assert labels.empty
    assert labels.dtype == np.int64


def test_an_episode_keeps_its_id_while_reports_join_it() -> None:
    few, more = reports(days=[3, 5, 80]), reports(days=[3, 5, 80, 9, 81, 200])
    assert set(find_episodes(few)) <= set(find_episodes(more))


def test_time_zone_and_resolution_and_text_type_change_nothing() -> None:
    frame = reports(days=[0, 13.99, 30, 45], group=["traffic", "traffic", "animals", "animals"])
    labels = find_episodes(frame)
    utc = frame.assign(reported_at=frame["reported_at"].dt.tz_convert("UTC").dt.as_unit("us"))
    naive = frame.assign(reported_at=utc["reported_at"].dt.tz_localize(None).dt.as_unit("ns"))
    coded = frame.assign(category_group=frame["category_group"].astype("category"))
    for other in (utc, naive, coded):
        pd.testing.assert_series_equal(find_episodes(other), labels)


def test_days_are_of_24_hours_across_the_change_of_clocks() -> None:
    # 14 calendar days from 20 March 2026, 12:00, take an hour less: the clocks go forward.
    start = (pd.Timestamp("2026-03-20 12:00", tz="Europe/Warsaw") - START) / pd.Timedelta(days=1)
    assert sizes(reports(days=[start, start + 14])) == [2]
    assert sizes(reports(days=[start, start + 14 + 1 / 48])) == [1, 1]


@pytest.mark.parametrize("spread", [0.0, 10.0, 100.0])
def test_twenty_thousand_reports_around_one_point(spread: float) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, spread, (2, 20_000))
    labels = find_episodes(reports(days=rng.uniform(0, 1_095, 20_000), x=x, y=y))
    # One unbroken chain of three years makes 18 or 19 windows; stragglers may be on their own.
    if spread < 100:
        assert labels.nunique() in {18, 19}
    assert labels.value_counts().head(18).min() > 700


def test_geographic_coordinates_are_refused() -> None:
    with pytest.raises(CrsError, match="need metres"):
        find_episodes(reports(days=[0]).to_crs("EPSG:4326"))


def test_feet_are_refused() -> None:
    with pytest.raises(CrsError, match="need metres"):
        find_episodes(reports(days=[0]).set_crs("EPSG:3435", allow_override=True))


def test_no_crs_is_refused() -> None:
    with pytest.raises(CrsError, match="no coordinate system"):
        find_episodes(reports(days=[0]).set_crs(None, allow_override=True))


@pytest.mark.parametrize("column", ["category_group", "reported_at"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(InputError, match=f"lack {column}"):
        find_episodes(reports(days=[0, 1]).drop(columns=column))


@pytest.mark.parametrize("column", ["category_group", "reported_at"])
def test_a_missing_value_is_counted_and_placed(column: str) -> None:
    frame = reports(days=[0, 1, 2])
    frame.loc[1, column] = None
    with pytest.raises(InputError, match=f"1 of 3 reports lack {column}, the first at index 1"):
        find_episodes(frame)


@pytest.mark.parametrize("point", [None, shapely.Point(), shapely.Point(np.inf, 0)])
def test_a_missing_point_is_refused(point: shapely.Point | None) -> None:
    frame = reports(days=[0, 1])
    frame.loc[1, "geometry"] = point
    with pytest.raises(InputError, match="1 of 2 reports lack a point"):
        find_episodes(frame)


def test_text_is_no_time() -> None:
    with pytest.raises(InputError, match=r"pandas\.to_datetime"):
        find_episodes(reports(days=[0]).assign(reported_at="2026-02-01"))


def test_a_point_at_the_end_of_the_world_is_refused() -> None:
    with pytest.raises(InputError, match="check their CRS"):
        find_episodes(reports(days=[0, 1], x=[0, 1e200]))


@pytest.mark.parametrize(
    "limit",
    [
        {"distance_m": 0},
        {"distance_m": np.nan},
        {"gap_days": -1},
        {"gap_days": np.inf},
        {"cap_days": -0.5},
    ],
)
def test_a_limit_that_is_none_is_refused(limit: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(limit))):
        find_episodes(reports(days=[0]), **limit)
