"""Reporting rates of areas: against plain loops over reports, and what is hidden or too little."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from made_reports import X0, Y0, frame

from geo.episodes import find_episodes
from geo.layers.area_counts import count_areas
from geo.layers.facts import find_places, make_facts
from geo.layers.levels import MetricLevels
from geo.layers.reporting import Watched, reporting_columns, watch_episodes
from geo.statistics.reporting import LEAST_PLACE_DAYS, reporting_rates

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.city import City
    from geo.layers.facts import Facts

FIRST, LAST = date(2024, 2, 1), date(2026, 7, 31)
STATUS = ("new", "confirmed", "eliminated", "unconfirmed", "joke")


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    """Two reports of each of 1 500 places in all; in the south half as many are repeated."""
    rng = np.random.default_rng(1)
    n = 1500
    x, y = X0 + rng.uniform(0, 3000, n), Y0 + rng.uniform(0, 3000, n)
    day = rng.uniform(0, (LAST - FIRST).days, n)
    again = rng.random(n) < np.where(y < Y0 + 1500, 0.25, 0.75)
    day = np.append(day, (day + rng.exponential(4, n))[again])
    day = np.minimum(day, (LAST - FIRST).days)
    category = rng.choice(["parkowanie", "alkohol"], n)
    made = pd.Timestamp(FIRST.isoformat()) + pd.to_timedelta(day, unit="D")
    table = frame(
        nine,
        category=np.append(category, category[again]),
        status=rng.choice(STATUS, len(day)),
        when=made.floor("s"),
        x=np.append(x, x[again] + 5),
        y=np.append(y, y[again]),
    )
    changed = table["reported_at"] + pd.to_timedelta(rng.exponential(5, len(day)), unit="D")
    return table.assign(modified_at=changed.dt.as_unit("us").where(table["status"] != "new"))


def facts_of(city: City, reports: gpd.GeoDataFrame) -> Facts:
    return make_facts(reports, find_places(reports, MetricLevels(city)), city)


def watched_by_hand(city: City, reports: gpd.GeoDataFrame, group: str) -> pd.DataFrame:
    """First report, duplicates and days of every episode of a group."""
    serious = reports[reports["status"] != "joke"].reset_index(drop=True)
    serious["episode"] = find_episodes(serious)
    chosen = serious[serious["category"].isin(city.catalogue.members(group))]
    rows = []
    for _, one in chosen.sort_values(["reported_at", "report_id"]).groupby("episode"):
        first = one.iloc[0]
        verified = one.loc[one["status"] != "new", "modified_at"].min()
        fortnight = first["reported_at"] + pd.Timedelta(days=14)
        end = min(moment for moment in (verified, fortnight, midnight()) if pd.notna(moment))
        rows.append(
            {
                "report_id": first["report_id"],
                "duplicates": (one["reported_at"].iloc[1:] < end).sum(),
                "days": (end - first["reported_at"]) / pd.Timedelta(days=1),
            }
        )
    return pd.DataFrame(rows).set_index("report_id").sort_index()


def midnight() -> pd.Timestamp:
    return pd.Timestamp(LAST + timedelta(days=1), tz="Europe/Warsaw").tz_convert("UTC")


@pytest.mark.parametrize("group", ["all", "beat-officer", "traffic"])
def test_episodes_are_watched_as_by_hand(nine: City, reports: gpd.GeoDataFrame, group: str) -> None:
    facts = facts_of(nine, reports)
    column = facts.groups.index(group)
    watch = watch_episodes(facts)
    heads = facts.first_of(group)
    found = pd.DataFrame(
        {"duplicates": watch.duplicates[heads, column], "days": watch.place_days[heads, column]},
        index=pd.Index(reports.loc[heads, "report_id"], name="report_id"),
    ).sort_index()
    wanted = watched_by_hand(nine, reports, group)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False, rtol=1e-6, atol=1e-6)
    assert found["duplicates"].sum() > 50
    assert not watch.duplicates[~heads, column].any()


def test_what_the_store_knows_of_the_verification_is_believed(
    nine: City, reports: gpd.GeoDataFrame
) -> None:
    verified = (reports["reported_at"] + pd.Timedelta(hours=6)).dt.as_unit("us")
    known = watch_episodes(facts_of(nine, reports.assign(decided_at=verified)))
    assert known.place_days.max() == pytest.approx(0.25)
    unknown = watch_episodes(
        facts_of(nine, reports.assign(decided_at=verified.mask(verified.notna())))
    )
    assert unknown.place_days.max() == 14


def test_the_last_twelve_months_are_compared_category_by_category(
    nine: City, reports: gpd.GeoDataFrame
) -> None:
    facts, periods = facts_of(nine, reports), nine.periods.between(FIRST, LAST)
    assert [p.id for p in periods] == ["2024H1", "2024H2", "2025H1", "2025H2", "2026H1"]
    counts = count_areas(facts, level="beat", areas=9, periods=periods)
    found = reporting_columns(counts.watched, periods=periods, shown=np.ones((9, 5), dtype=bool))
    shape = (10, 5, len(facts.groups))
    ratio = found["reporting_rate_rr"].reshape(shape)
    for last, both in ((0, [0]), (2, [1, 2]), (4, [3, 4])):
        g = facts.groups.index("all")
        y, t = (part[:9, both, g].sum(axis=1) for part in counts.watched)
        rate = np.divide(y.sum(0), t.sum(0), out=np.zeros(t.shape[1]), where=t.sum(0) > 0)
        days = t.sum(axis=1)
        table = reporting_rates(y.sum(axis=1), days, expected=t @ rate)
        enough = days >= LEAST_PLACE_DAYS
        np.testing.assert_allclose(ratio[:9, last, g][enough], table["rr"][enough])
        assert np.isnan(ratio[:9, last, g][~enough]).all()
        assert np.isnan(ratio[-1, last, g])
    assert np.isfinite(ratio[:9, 4, g]).any()


def made(days: float, duplicates: float) -> Watched:
    """Twenty areas, the first as given, the rest with ten duplicates in 300 days."""
    many, long = np.full((21, 1, 1, 1), 10.0), np.full((21, 1, 1, 1), 300.0)
    many[0], long[0] = duplicates, days
    return Watched(many, long)


def columns_of(nine: City, watched: Watched, *, shown: bool = True) -> dict[str, object]:
    open_ = np.ones((20, 1), dtype=bool)
    open_[0] = shown
    periods = nine.periods.between(LAST, LAST)
    return reporting_columns(watched, periods=periods, shown=open_)


def test_too_few_days_have_no_rate_and_say_so(nine: City) -> None:
    found = columns_of(nine, made(LEAST_PLACE_DAYS - 1, 9.0))
    assert np.isnan(found["reporting_rate_rr"][0])
    assert pd.isna(found["low_reporting"][0])
    assert found["_no_reporting"].tolist() == ["few-place-days", *[""] * 20]
    enough = columns_of(nine, made(LEAST_PLACE_DAYS, 9.0))
    assert enough["reporting_rate_rr"][0] > 1
    assert not pd.isna(enough["low_reporting"][:20]).any()


def test_an_area_with_next_to_no_duplicates_is_low(nine: City) -> None:
    found = columns_of(nine, made(900.0, 1.0))
    assert found["low_reporting"][:20].sum() == 1
    assert found["low_reporting"][0]
    assert found["reporting_rate_lo90"][0] < found["reporting_rate_rr"][0] < 1


def test_what_is_hidden_has_no_rate_and_no_part_in_others(nine: City) -> None:
    one = columns_of(nine, made(900.0, 0.0), shown=False)
    other = columns_of(nine, made(500.0, 99.0), shown=False)
    assert np.isnan(one["reporting_rate_rr"][0])
    np.testing.assert_array_equal(one["reporting_rate_rr"], other["reporting_rate_rr"])


def test_without_a_duplicate_there_is_nothing_to_compare(nine: City) -> None:
    nothing = Watched(np.zeros((21, 1, 1, 1)), np.full((21, 1, 1, 1), 300.0))
    found = columns_of(nine, nothing)
    assert np.isnan(found["reporting_rate_rr"]).all()
    assert set(found["_no_reporting"][:20]) == {"no-duplicates"}
