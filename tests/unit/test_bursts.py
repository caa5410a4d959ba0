"""Near-duplicates, bursts, and how one-sided a place is."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import CrsError, InputError, UsageError
from geo.reports.bursts import flag_bursts, flag_near_duplicates, place_signs

WARSAW = ZoneInfo("Europe/Warsaw")
START = pd.Timestamp("2026-02-02 12:00", tz=WARSAW)


def reports(hours: Any, x: Any = 0.0, category: Any = "speeding", **columns: Any) -> Any:
    """Reports so many hours after noon of a Monday, so many metres east of a point of Łódź."""
    table = pd.DataFrame({"hours": hours, "x": x, "category": category, **columns})
    table.insert(0, "report_id", [f"R{i:03d}" for i in range(len(table))])
    table["reported_at"] = START + pd.to_timedelta(table.pop("hours"), unit="h")
    points = shapely.points(530_000 + table.pop("x").to_numpy(), 430_000)
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:2180")


def test_near_duplicates_by_hand() -> None:
    frame = reports(
        #      first  same   far   a day on  too late  other category  before the first
        hours=[10,    11,    11,   35,       59.1,     10.5,           0],
        x=[0,         25,    51,   0,        0,        0,              5],
        category=["speeding"] * 5 + ["litter", "speeding"],
    )  # fmt: skip
    found = flag_near_duplicates(frame)
    assert found.name == "near_duplicate"
    assert found.tolist() == [True, True, False, True, False, False, False]


def test_of_those_made_at_once_the_lowest_id_is_the_first() -> None:
    frame = reports([0, 0, 0]).assign(report_id=["C", "A", "B"])
    assert flag_near_duplicates(frame).tolist() == [True, False, True]


def test_near_duplicates_by_looking_at_every_pair() -> None:
    rng = np.random.default_rng(1)
    frame = reports(rng.integers(0, 400, 80), rng.integers(0, 12, 80) * 10.0,
                    rng.choice(["speeding", "litter"], 80))  # fmt: skip
    chain = np.arange(80)
    x = frame.geometry.x.to_numpy()
    for i, j in combinations(range(80), 2):
        apart = abs(frame["reported_at"][i] - frame["reported_at"][j])
        alike = frame["category"][i] == frame["category"][j]
        if alike and abs(x[i] - x[j]) <= 25 and apart <= pd.Timedelta(hours=24):
            chain[chain == chain[j]] = chain[i]
    flagged = flag_near_duplicates(frame)
    assert (~flagged).sum() == len(np.unique(chain))
    in_order = frame.sort_values(["reported_at", "report_id"])
    firsts = in_order.groupby(pd.Series(chain).loc[in_order.index]).head(1)
    assert set(frame.index[~flagged]) == set(firsts.index)


def test_a_chain_goes_on_for_years() -> None:
    flagged = flag_near_duplicates(reports(np.arange(0, 24 * 500, 24)))
    assert (~flagged).sum() == 1


def test_a_heap_alone_on_its_day_is_a_burst() -> None:
    frame = reports([0, 1, 2, 3, 4, 5, 5, 30], x=[0, 10, 20, 40, 60, 0, 500, 0])
    found = flag_bursts(frame, timezone=WARSAW)
    assert found["burst_size"].tolist() == [6, 6, 6, 6, 6, 6, 1, 1]
    assert found["burst"].tolist() == [True] * 6 + [False] * 2
    assert not flag_bursts(frame, timezone=WARSAW, more_than=6)["burst"].any()


def test_two_heaps_on_a_day_are_no_burst_unless_of_two_categories() -> None:
    twice = reports([0] * 12, x=[0] * 6 + [9_000] * 6)
    assert not flag_bursts(twice, timezone=WARSAW)["burst"].any()
    other = twice.assign(category=["speeding"] * 6 + ["litter"] * 6)
    assert flag_bursts(other, timezone=WARSAW)["burst"].all()
    later = pd.to_timedelta([0] * 6 + [24] * 6, unit="h")
    next_day = twice.assign(reported_at=twice["reported_at"] + later)
    assert flag_bursts(next_day, timezone=WARSAW)["burst"].all()


def test_midnight_of_the_city_parts_the_days() -> None:
    frame = reports([11.9] * 3 + [12.1] * 3)  # around midnight of a winter night
    assert flag_bursts(frame, timezone=WARSAW, more_than=1)["burst_size"].tolist() == [3] * 6
    utc = ZoneInfo("UTC")
    assert flag_bursts(frame, timezone=utc, more_than=1)["burst_size"].tolist() == [6] * 6


def test_signs_of_places() -> None:
    frame = reports(
        hours=[0, 1, 2, 24, 0, 24, 48, 72, 5],
        category=["a", "a", "b", "b", "a", "a", "a", "a", "c"],
    )
    signs = place_signs(frame, ["one"] * 4 + ["two"] * 4 + [None], timezone=WARSAW)
    assert signs.index.tolist() == ["one", "two"]
    assert signs["n_reports"].tolist() == [4, 4]
    assert signs["n_report_days"].tolist() == [2, 4]
    assert signs["max_day_share"].tolist() == [0.75, 0.25]
    assert signs["category_entropy"].tolist() == [1.0, 0.0]


def test_index_and_rows_are_kept() -> None:
    frame = reports([3, 1, 2]).set_index(pd.Index(["b", "b", "a"]))
    assert flag_near_duplicates(frame).index.tolist() == ["b", "b", "a"]
    assert flag_near_duplicates(frame).tolist() == [True, False, True]
    assert flag_bursts(frame, timezone=WARSAW).index.tolist() == ["b", "b", "a"]


def test_nothing_in_nothing_out() -> None:
    nothing = reports([0]).iloc[:0]
    assert flag_near_duplicates(nothing).empty
    assert flag_bursts(nothing, timezone=WARSAW).empty
    assert place_signs(nothing, [], timezone=WARSAW).empty


def test_nonsense_is_refused() -> None:
    frame = reports([0, 1])
    with pytest.raises(InputError, match="lack category"):
        flag_near_duplicates(frame.drop(columns="category"))
    with pytest.raises(InputError, match="1 of 2 reports lack category"):
        flag_bursts(frame.assign(category=["a", None]), timezone=WARSAW)
    with pytest.raises(InputError, match="lack report_id"):
        flag_near_duplicates(frame.drop(columns="report_id"))
    with pytest.raises(InputError, match="lack reported_at"):
        flag_bursts(frame.drop(columns="reported_at"), timezone=WARSAW)
    naive = frame.assign(reported_at=frame["reported_at"].dt.tz_localize(None))
    with pytest.raises(InputError, match="with a time zone"):
        place_signs(naive, [1, 2], timezone=WARSAW)
    with pytest.raises(InputError, match="one place for each"):
        place_signs(frame, [1], timezone=WARSAW)
    with pytest.raises(UsageError, match="more_than is 0"):
        flag_bursts(frame, timezone=WARSAW, more_than=0)
    with pytest.raises(UsageError, match="distance_m is 0"):
        flag_near_duplicates(frame, distance_m=0)
    with pytest.raises(UsageError, match="gap_hours is -1"):
        flag_near_duplicates(frame, gap_hours=-1)
    with pytest.raises(CrsError):
        flag_near_duplicates(frame.to_crs(4326))
