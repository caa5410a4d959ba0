"""Counts by area, period and group: against plain pandas, and by hand where numbers are few."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from made_reports import X0, Y0, frame, make_reports
from scipy import stats

from geo.episodes import find_episodes
from geo.layers.area_counts import COUNTS, count_areas
from geo.layers.area_statistics import NOTES
from geo.layers.areas import area_layer, denominators, street_metres
from geo.layers.faces import Frame, area_face
from geo.layers.facts import Facts, find_places, make_facts
from geo.layers.levels import MetricLevels
from geo.layers.schema import AREA_PERIODS, columns_of

if TYPE_CHECKING:
    import pandas as pd

    from geo.city import City


def facts_of(city: City, reports: gpd.GeoDataFrame) -> Facts:
    return make_facts(reports, find_places(reports, MetricLevels(city)), city)


def frame_of(city: City, first: date, end: date) -> Frame:
    levels = MetricLevels(city)
    periods = city.periods.between(first, end)
    complete = np.array([p.start >= first and p.end <= end for p in periods])
    return Frame(levels, denominators(levels), periods, complete, (), (first, end))


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    return make_reports(nine, n=900, first=date(2024, 2, 10), last=date(2026, 7, 31))


@pytest.fixture(scope="module")
def table(nine: City, reports: gpd.GeoDataFrame) -> pd.DataFrame:
    scope = frame_of(nine, date(2024, 2, 10), date(2026, 8, 1))
    collection, _ = area_face(facts_of(nine, reports), scope, rules=None)
    return collection.layer.table


def plain_counts(city: City, reports: gpd.GeoDataFrame) -> pd.DataFrame:
    """The same counts from geopandas and groupby."""
    beats = city.levels["beat"].to_crs(city.metric_crs)[["area_id", "geometry"]]
    joined = gpd.sjoin(reports, beats, how="left", predicate="intersects")
    joined = joined.sort_values("area_id").drop_duplicates("report_id")
    joined["area_id"] = joined["area_id"].fillna("unassigned")
    local = joined["reported_at"].dt.tz_convert(city.timezone).dt.date
    joined["period"] = [city.periods.containing(d).id for d in local]
    joined["day"] = local
    kind = {s.id: s.status_class for s in city.catalogue.statuses.values()}
    joined["kind"] = joined["status"].map(kind)
    return joined


def test_counts_are_those_of_a_plain_groupby(
    nine: City, reports: gpd.GeoDataFrame, table: pd.DataFrame
) -> None:
    plain = plain_counts(nine, reports)
    beats = table[table["level"] == "beat"]
    for group in nine.catalogue.groups:
        of_group = plain[plain["category"].isin(nine.catalogue.members(group))]
        serious = of_group[of_group["kind"] != "joke"]
        rows = beats[beats["category_group"] == group].set_index(["area_id", "period"])
        keys = ["area_id", "period"]
        assert_same(rows["n_reports"], serious.groupby(keys).size())
        assert_same(rows["n_report_days"], serious.groupby(keys)["day"].nunique())
        for kind in ("confirmed", "pending", "unconfirmed", "joke"):
            expected = of_group[of_group["kind"] == kind].groupby(keys).size()
            assert_same(rows[f"n_{kind}"], expected)


def assert_same(found: pd.Series, expected: pd.Series) -> None:
    wanted = expected.reindex(found.index, fill_value=0)
    assert (found.to_numpy(dtype=int) == wanted.to_numpy()).all()
    assert found.sum() == expected.sum()


def test_an_episode_counts_where_and_when_its_first_report_lies(
    nine: City, reports: gpd.GeoDataFrame, table: pd.DataFrame
) -> None:
    serious = reports[reports["status"] != "joke"].reset_index(drop=True)
    serious["episode"] = find_episodes(serious)
    for group in ("all", "beat-officer", "traffic"):
        subset = serious[serious["category"].isin(nine.catalogue.members(group))]
        first = subset.sort_values(["reported_at", "report_id"]).drop_duplicates("episode")
        expected = plain_counts(nine, first).groupby(["area_id", "period"]).size()
        rows = table[(table["level"] == "beat") & (table["category_group"] == group)]
        assert_same(rows.set_index(["area_id", "period"])["n_episodes"], expected)


def test_rates_and_ratios_by_hand(table: pd.DataFrame) -> None:
    row = table.set_index("fid").loc["beat.S-5.2025H1.all"]
    n, residents = row["n_episodes"], row["pop_resident"]
    low = stats.chi2.ppf(0.025, 2 * n) / 2
    high = stats.chi2.ppf(0.975, 2 * n + 2) / 2
    assert residents == 2000
    assert row["rate_per_1000"] == pytest.approx(n / 2)
    assert row["rate_per_1000_lo95"] == pytest.approx(low / 2)
    assert row["rate_per_km2_hi95"] == pytest.approx(high / row["area_km2"])
    assert row["street_km"] == pytest.approx(2.0, rel=1e-6)
    assert row["smr"] == pytest.approx(n / row["expected_n"])
    assert row["smr_hi95"] == pytest.approx(high / row["expected_n"])
    assert row["smr_eb_lo90"] < row["smr_eb"] < row["smr_eb_hi90"]
    before = table.set_index("fid").loc["beat.S-5.2024H2.all", "n_episodes"]
    assert before != n
    later = table.set_index("fid").loc["beat.S-5.2026H1.all"]
    assert later["n_same_period_prev_year"] == n
    assert later["rate_ratio_yoy"] == pytest.approx(later["n_episodes"] / n)
    test = stats.binomtest(int(later["n_episodes"]), int(later["n_episodes"] + n), 0.5)
    tails = 2 * min(
        stats.binom.cdf(later["n_episodes"], later["n_episodes"] + n, 0.5),
        stats.binom.sf(later["n_episodes"] - 1, later["n_episodes"] + n, 0.5),
    )
    assert later["p_value"] == pytest.approx(min(tails, 1.0))
    assert later["p_value"] >= test.pvalue - 1e-9


def test_the_expectation_of_a_level_sums_to_what_was_seen(table: pd.DataFrame) -> None:
    assigned = table[table["area_id"] != "unassigned"]
    sums = assigned.groupby(["level", "period", "category_group"])[["n_episodes", "expected_n"]]
    found = sums.sum().astype(float)
    assert np.allclose(found["n_episodes"], found["expected_n"])


def test_what_is_missing_says_why(table: pd.DataFrame) -> None:
    reason = table["note"].fillna("")
    assert set(",".join(reason).split(",")) - {""} <= set(NOTES)
    incomplete = table["period"] == "2024H1"
    assert not table.loc[incomplete, "period_complete"].any()
    assert reason[incomplete & (table["area_id"] != "unassigned")].str.contains("incomplete").all()
    assert table.loc[incomplete, "rate_ratio_yoy"].isna().all()
    assert reason[table["area_id"] == "unassigned"].eq("unassigned").all()
    zero = (table["n_same_period_prev_year"] == 0).to_numpy(dtype=bool, na_value=False)
    zero &= (table["area_id"] != "unassigned").to_numpy()
    assert zero.any()
    assert reason[zero].str.contains("base-zero").all()
    assert table.loc[zero, "rate_ratio_yoy"].isna().all()
    compared = table["rate_ratio_yoy"].notna()
    assert compared.any()
    assert table.loc[compared, "rate_ratio_hi95"].notna().all()
    few = table[["n_episodes", "n_same_period_prev_year"]].min(axis=1) < 10
    untested = compared & few.to_numpy(dtype=bool, na_value=False)
    assert untested.any()
    assert (reason.str.contains("few-to-compare") == untested).all()
    assert (table["p_value"].notna() == (compared & ~untested)).all()
    ratio = table["smr"].isna() & (table["area_id"] != "unassigned")
    assert reason[ratio].str.contains("nothing-expected").all()


def test_changes_are_tested_from_ten_against_ten_on(table: pd.DataFrame) -> None:
    """A family is what is tested: areas of a level with ten episodes in each of the two."""
    families = table[table["p_value"].notna()].groupby(["level", "period", "category_group"])
    assert max(len(family) for _, family in families) > 5
    for _, family in families:
        counts = family[["n_episodes", "n_same_period_prev_year"]]
        assert counts.min(axis=None) >= 10
        exact = [stats.poisson_means_test(a, 1, b, 1).pvalue for a, b in counts.to_numpy(float)]
        # The E-test agrees, up to its lesser caution: half a tie or so.
        assert (family["p_value"] >= np.array(exact) - 0.01).all()
        assert (family["p_value"] <= np.array(exact) + 0.15).all()
        q = stats.false_discovery_control(family["p_value"])
        assert family["q_value"].to_numpy() == pytest.approx(q)
        inside = (family["rate_ratio_lo95"] <= 1) & (family["rate_ratio_hi95"] >= 1)
        assert ((family["p_value"] < 0.05) == ~inside).all()


def test_every_column_of_the_schema_is_there_and_no_other(table: pd.DataFrame) -> None:
    assert list(table.columns) == ["fid", *AREA_PERIODS]
    assert table["fid"].is_unique
    columns = columns_of(AREA_PERIODS, face="public")
    for name, column in columns.items():
        assert column.nullable or table[name].notna().all(), name


def test_a_report_near_its_border_is_counted_as_such(nine: City) -> None:
    x = [X0 + 1000 - 24.9, X0 + 1000 + 24.9, X0 + 974.9, X0 + 500, X0 - 10]
    reports = frame(
        nine,
        category=["parkowanie"] * 5,
        status=["new"] * 5,
        when=["2026-03-01 12:00"] * 5,
        x=x,
        y=[Y0 + 500] * 5,
    )
    facts = facts_of(nine, reports)
    periods = nine.periods.between(date(2026, 3, 1), date(2026, 3, 1))
    beats = count_areas(facts, level="beat", areas=9, periods=periods)["n_boundary_25m"][:, 0, 0]
    assert beats.tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    city = count_areas(facts, level="city", areas=1, periods=periods)["n_boundary_25m"][:, 0, 0]
    assert city.tolist() == [0, 0]


def test_a_point_on_a_shared_border_belongs_to_the_first_area(nine: City) -> None:
    shapes = nine.levels["beat"].to_crs(nine.metric_crs).geometry
    corner = shapely.get_coordinates(shapes[0].intersection(shapes[1]))[0]
    reports = frame(
        nine,
        category=["parkowanie"],
        status=["new"],
        when=["2026-03-01 12:00"],
        x=[corner[0]],
        y=[corner[1]],
    )
    assert facts_of(nine, reports).places.area["beat"].tolist() == [0]


def test_a_street_between_two_areas_counts_half_in_each() -> None:
    areas = np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)])
    lines = shapely.from_wkt(
        ["LINESTRING (100 0, 100 100)", "LINESTRING (50 50, 150 50)", "LINESTRING (0 10, 90 10)"]
    )
    assert street_metres(lines, areas).tolist() == pytest.approx([50 + 50 + 90, 50 + 50])


def test_the_level_as_a_layer_is_plain(nine: City) -> None:
    layer = area_layer(MetricLevels(nine), "beat")
    assert layer.id == "beats"
    assert layer.table["fid"].tolist() == [f"S-{i}" for i in range(1, 10)]
    assert layer.frame.geometry.is_valid.all()
    assert set(layer.table["level"]) == {"beat"}


def test_residents_come_from_addresses_where_a_level_has_none(nine: City) -> None:
    levels = MetricLevels(nine)
    known = denominators(levels)["beat"]
    bare = MetricLevels(nine)
    beats = nine.levels["beat"].assign(population=np.nan)
    object.__setattr__(bare, "city", with_level(nine, "beat", beats))
    counted = denominators(bare)["beat"]["residents"]
    # Two streets cross each square, with an address every 50 m of 20 persons.
    assert counted.tolist() == [800.0] * 9
    assert known["residents"].tolist() == [2000.0] * 9
    assert known["addresses"].tolist() == [40.0] * 9


def with_level(city: City, level: str, areas: gpd.GeoDataFrame) -> City:
    return type(city)(city.settings, city.catalogue, {**city.levels, level: areas})


def test_counts_have_one_name_each() -> None:
    assert set(COUNTS) <= set(AREA_PERIODS)
