"""Cells and hot spots: against brute force on the city of nine squares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from made_reports import X0, Y0, make_reports
from scipy import stats

from geo.episodes import find_episodes
from geo.layers.facts import find_places, make_facts
from geo.layers.ground import Ground
from geo.layers.hotspot_areas import hotspot_areas
from geo.layers.hotspot_cells import hotspot_cells
from geo.layers.hotspot_maps import (
    HotspotMap,
    MapMaker,
    NoMap,
    Window,
    _places,
    hotspot_windows,
)
from geo.layers.levels import MetricLevels
from geo.reports.bursts import flag_near_duplicates
from geo.statistics.stability import LEAST_STABILITY

if TYPE_CHECKING:
    from random import Random

    from geo.city import City
    from geo.layers.layer import Layer

FIRST, END = date(2024, 2, 1), date(2026, 8, 1)


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    return make_reports(nine, n=1500, spot=120)


@pytest.fixture(scope="module")
def ground(nine: City) -> Ground:
    return Ground(MetricLevels(nine))


@pytest.fixture(scope="module")
def window(nine: City) -> Window:
    return hotspot_windows(nine.periods.between(FIRST, END), first=FIRST, end=END)[-1]


@pytest.fixture(scope="module")
def made(nine: City, reports: gpd.GeoDataFrame, ground: Ground, window: Window) -> HotspotMap:
    facts = make_facts(reports, find_places(reports, ground.levels), nine)
    one = MapMaker(ground).make(facts, window, "all")
    assert isinstance(one, HotspotMap)
    return one


@pytest.fixture(scope="module")
def cells(nine: City, made: HotspotMap) -> Layer:
    return hotspot_cells([made], nine)


@pytest.fixture(scope="module")
def areas(made: HotspotMap, ground: Ground) -> Layer:
    return hotspot_areas([made], ground)


def test_a_window_is_twelve_months_that_the_data_cover(nine: City) -> None:
    periods = nine.periods.between(date(2024, 2, 2), date(2026, 6, 30))
    found = hotspot_windows(periods, first=date(2024, 2, 2), end=date(2026, 7, 1))
    assert [w.period.id for w in found] == ["2025H1", "2025H2", "2026H1"]
    assert (found[0].start, found[0].end) == (date(2024, 8, 1), date(2025, 8, 1))
    assert (found[-1].start, found[-1].end) == (date(2025, 7, 1), date(2026, 7, 1))
    whole = hotspot_windows(periods, first=date(2024, 2, 1), end=date(2026, 7, 1))
    assert whole[0].period.id == "2024H2"


def test_cells_hold_every_report_of_the_window_inside_the_city(
    nine: City, reports: gpd.GeoDataFrame, cells: Layer, window: Window
) -> None:
    local = reports["reported_at"].dt.tz_convert(nine.timezone).dt.date
    city = shapely.box(X0, Y0, X0 + 3000, Y0 + 3000)
    wanted = (local >= window.start) & (local < window.end) & (reports["status"] != "joke")
    wanted &= reports.intersects(city)
    assert cells.table["n_reports"].sum() == wanted.sum()
    squares = cells.frame.to_crs(nine.metric_crs)
    assert np.allclose(squares.area, 200.0**2, rtol=1e-4)
    joined = gpd.sjoin(reports[wanted], squares[["cell_id", "geometry"]], predicate="within")
    counted = joined.groupby("cell_id").size().reindex(squares["cell_id"], fill_value=0)
    agree = counted.to_numpy() == squares["n_reports"].to_numpy()
    assert agree.mean() > 0.99  # published corners are rounded to a centimetre


def test_windows_and_ratios_are_sums_over_neighbours(made: HotspotMap, cells: Layer) -> None:
    table = cells.table.set_index("cell_id")
    place = {name: i for i, name in enumerate(made.cell_ids(made.shown))}
    row, column = np.unravel_index(made.shown, made.ground.grid.shape)
    for name in list(place)[::17]:
        i = place[name]
        near = (abs(row - row[i]) <= 1) & (abs(column - column[i]) <= 1)
        assert table.loc[name, "window_n"] == table["n_episodes"].to_numpy()[near].sum()
        alpha = made.spread
        y, e = table.loc[name, ["n_episodes", "expected_n"]]
        assert table.loc[name, "rr_shrunk"] == pytest.approx((y + 1 / alpha) / (e + 1 / alpha))
    assert table["expected_n"].sum() <= made.n_episodes.sum() + 1e-6
    assert (table["hot_class"].isin([0, 90, 95, 99])).all()
    hot = table[table["hot_class"] > 0]
    assert (hot["n_episodes"] > hot["expected_n"]).all()


def test_the_planted_spot_is_found_named_and_shared_out(
    nine: City, made: HotspotMap, areas: Layer, cells: Layer
) -> None:
    spots = areas.frame.to_crs(nine.metric_crs)
    planted = shapely.Point(X0 + 700, Y0 + 2300)
    found = spots[spots.intersects(planted)]
    assert len(found) == 1
    spot = found.iloc[0]
    lines = nine.streets.to_crs(nine.metric_crs).set_index("name").geometry
    assert spot["name"] in {"Row 3", "Column 1"}
    assert lines.distance(planted).min() == pytest.approx(lines[spot["name"]].distance(planted))
    assert spot["n_episodes"] >= 5
    inside = cells.table[cells.table["_place"] == spot["_place"]]
    for column in ("n_reports", "n_episodes", "n_confirmed"):
        assert spot[column] == inside[column].sum()
    assert spot["n_cells"] == len(inside)
    assert spot["area_km2"] == pytest.approx(spot.geometry.area / 1e6, rel=1e-4)
    assert spot["hot_class"] == inside["hot_class"].max()
    assert spot["hotspot_id"] == f"2026H1-all-{inside['cell_id'].iloc[0]}"
    assert spot["fid"] == f"2026H1.{spot['hotspot_id']}"
    assert spot["share_of_city_episodes"] == pytest.approx(
        spot["n_episodes"] / made.n_episodes.sum()
    )
    shares = beat_shares(nine, spot.geometry)
    assert spot["beat_ids"] == ",".join(shares.index)
    assert [float(s) for s in spot["beat_shares"].split(",")] == pytest.approx(
        shares.tolist(), abs=2e-4
    )
    assert spot["beats"].startswith(f"{shares.index[0]}: {shares.iloc[0] * 100:.0f} %")


def beat_shares(city: City, shape: shapely.Geometry) -> pd.Series:
    beats = city.levels["beat"].to_crs(city.metric_crs).set_index("area_id").geometry
    area = beats.intersection(shape).area
    share = (area / area.sum()).sort_values(ascending=False, kind="stable")
    return share[share >= 0.005]


def test_a_hot_spot_says_how_stable_it_is_and_since_when(
    made: HotspotMap, areas: Layer, cells: Layer, reports: gpd.GeoDataFrame, nine: City
) -> None:
    spot = areas.table.iloc[0]
    inside = cells.table[cells.table["_place"] == 1]
    assert (made.evidence.stability[made.places > 0] >= LEAST_STABILITY).all()
    assert spot["stability"] >= LEAST_STABILITY
    assert len(made.evidence.flagged) == 24
    held = np.isin(made.reports.cell[made.reports.first], made.shown[inside.index])
    by_hand = np.mean([2 * row[held].sum() >= held.sum() for row in made.evidence.flagged])
    assert spot["stability"] == pytest.approx(by_hand, abs=1e-4)
    squares = cells.frame.loc[inside.index].to_crs(nine.metric_crs)
    local = reports["reported_at"].dt.tz_convert(nine.timezone).dt.date
    near = reports.within(squares.union_all().buffer(-0.05)) & (reports["status"] != "joke")
    near &= (local >= spot["period_start"]) & (local <= spot["period_end"])
    assert (spot["first_seen"], spot["last_seen"]) == (local[near].min(), local[near].max())
    assert spot["emerging_plain"] in {"persistent", "growing", "new", "fading", "none"}
    assert 0 <= spot["persistence_months"] <= 12
    assert spot["note"] == "few-times"  # none tells its time
    assert (spot["peak_hours"], spot["peak_shift"], spot["profile"]) == (None, None, None)
    partners = nine.catalogue.categories[spot["top_category"]].partners
    assert spot["partner_hint"] == ", ".join(nine.catalogue.partners[p]["en"] for p in partners)


def test_an_unstable_cell_is_watched(made: HotspotMap, cells: Layer) -> None:
    share = made.evidence.stability
    hot = made.test.hot_class >= 95
    expected = np.where(hot & (share < LEAST_STABILITY), 90, made.test.hot_class)
    assert (made.evidence.hot_class == expected).all()
    assert (cells.table["hot_class"] == expected.ravel()[made.shown]).all()
    assert ((cells.table["_place"] > 0) <= (cells.table["hot_class"] >= 95)).all()


def test_earlier_periods_are_not_judged(
    nine: City, reports: gpd.GeoDataFrame, ground: Ground
) -> None:
    early = hotspot_windows(nine.periods.between(FIRST, END), first=FIRST, end=END)[0]
    facts = make_facts(reports, find_places(reports, ground.levels), nine)
    one = MapMaker(ground).make(facts, early, "all")
    assert isinstance(one, HotspotMap)
    assert np.isnan(one.evidence.stability).all()
    assert (one.evidence.hot_class == one.test.hot_class).all()
    table = hotspot_areas([one], ground).table
    assert table["note"].str.contains("not-judged").all()


def test_months_add_up_and_patterns_need_the_gate(made: HotspotMap, cells: Layer) -> None:
    told = made.evidence
    assert (told.monthly.sum(axis=0) == made.n_episodes).all()
    first = made.reports.first
    starts = [date(2025, m, 1) for m in range(8, 13)] + [date(2026, m, 1) for m in range(1, 8)]
    edges = [day.toordinal() - date(1970, 1, 1).toordinal() for day in [*starts, END]]
    by_hand, _ = np.histogram(made.reports.day[first], np.array(edges) - 0.5)
    inside = made.ground.grid.mask.ravel()[made.reports.cell[first]]
    assert inside.all()
    assert told.monthly.sum(axis=(1, 2)).tolist() == by_hand.tolist()
    named = cells.table["emerging_pattern"] != "none"
    assert (cells.table.loc[~named, "emerging_plain"] == "none").all()
    assert told.emerging.gate[made.test.hot_class >= 95].all()
    assert (told.emerging.hot_bins[~told.emerging.gate] == 0).all()


def test_the_density_keeps_every_episode_and_gi_star_is_no_class(made: HotspotMap) -> None:
    grid = made.ground.grid
    land = grid.share * grid.cell_m**2 / 1e6
    assert (made.evidence.kde_per_km2 * land).sum() == pytest.approx(made.n_episodes.sum())
    y, mask = made.n_episodes.astype(float), grid.mask
    row, column = np.argwhere(mask)[len(np.argwhere(mask)) // 2]
    near = np.zeros(mask.shape, dtype=bool)
    near[row - 1 : row + 2, column - 1 : column + 2] = True
    near &= mask
    n, w = mask.sum(), near.sum()
    mean, deviation = y[mask].mean(), y[mask].std()
    z = (y[near].sum() - mean * w) / (deviation * np.sqrt((n * w - w**2) / (n - 1)))
    assert made.evidence.gi_z[row, column] == pytest.approx(z)


def test_hours_are_told_from_ten_reports_on(nine: City, ground: Ground, window: Window) -> None:
    reports = make_reports(nine, n=1500, spot=120)
    reports["part_of_day"] = np.where(reports.index < 1500, None, "22-01")
    reports["weekdays"] = np.where(reports.index < 1500, None, "fri")
    facts = make_facts(reports, find_places(reports, ground.levels), nine)
    one = MapMaker(ground).make(facts, window, "all")
    assert isinstance(one, HotspotMap)
    spot = hotspot_areas([one], ground).table.iloc[0]
    assert (spot["peak_weekday"], spot["peak_hours"], spot["peak_shift"]) == ("fri", "22-01", "III")
    assert spot["peak_share"] == pytest.approx(1.0)
    assert spot["aoristic_n"] >= 10
    assert spot["note"] is None
    # Of "22-01" on Fridays two hours are Friday's and one is Saturday's; others tell no hour.
    week = np.array(spot["profile"].split(","), dtype=float).reshape(7, 24)
    wanted = np.zeros((7, 24))
    wanted[4, 22:], wanted[5, 0] = 1 / 3, 1 / 3
    assert week == pytest.approx(wanted, abs=5e-5)


def test_the_profile_is_that_of_the_hours_told(nine: City, ground: Ground, window: Window) -> None:
    """Counted from the clock on the wall, for instants."""
    reports = make_reports(nine, n=1500, spot=120)
    rng = np.random.default_rng(4)
    told = reports["reported_at"] - pd.to_timedelta(rng.integers(1, 200, len(reports)), unit="h")
    reports["event_at"] = told.astype(reports["event_at"].dtype)
    facts = make_facts(reports, find_places(reports, ground.levels), nine)
    one = MapMaker(ground).make(facts, window, "all")
    assert isinstance(one, HotspotMap)
    spot = hotspot_areas([one], ground).table.iloc[0]
    rows = one.reports.row[one.places.ravel()[one.reports.cell] == 1]
    clock = told.iloc[rows].dt.tz_convert(nine.timezone)
    by_hand = (24 * clock.dt.day_of_week + clock.dt.hour).value_counts()
    week = np.array(spot["profile"].split(","), dtype=float)
    assert len(week) == 168
    assert week.sum() == pytest.approx(1, abs=0.009)
    for hour, many in by_hand.items():
        assert week[hour] == pytest.approx(many / len(rows), abs=5e-5)
    assert (week > 0).sum() == len(by_hand)


def test_the_year_before_by_hand(
    areas: Layer, cells: Layer, reports: gpd.GeoDataFrame, nine: City
) -> None:
    """Episodes of the twelve months before, counted in the squares; scipy's exact interval."""
    spot = areas.table.iloc[0]
    squares = cells.frame[cells.table["_place"] == 1].to_crs(nine.metric_crs)
    local = reports["reported_at"].dt.tz_convert(nine.timezone).dt.date
    serious = reports[reports["status"] != "joke"]
    episode = find_episodes(serious)
    first = ~episode[serious.sort_values(["reported_at", "report_id"]).index].duplicated()
    heads = serious[first.sort_index()]
    near = heads.within(squares.union_all())
    near &= (local[heads.index] >= date(2024, 8, 1)) & (local[heads.index] < date(2025, 8, 1))
    now, before = int(spot["n_episodes"]), int(near.sum())
    assert spot["n_same_period_prev_year"] == before > 0
    assert spot["rate_ratio_yoy"] == pytest.approx(now / before)
    share = stats.binomtest(now, now + before).proportion_ci(method="exact")
    assert spot["rate_ratio_lo95"] == pytest.approx(share.low / (1 - share.low))
    assert spot["rate_ratio_hi95"] == pytest.approx(share.high / (1 - share.high))


def test_a_spot_without_a_year_before_says_why(
    nine: City, reports: gpd.GeoDataFrame, ground: Ground, window: Window
) -> None:
    ratio = ["rate_ratio_yoy", "rate_ratio_lo95", "rate_ratio_hi95"]
    facts = make_facts(reports, find_places(reports, ground.levels), nine)
    alone = MapMaker(ground).make(facts, replace(window, compared=False), "all")
    old = (reports["reported_at"] < "2025-07-31") & (reports.geometry.x < X0 + 1500)
    lately = reports[~old].reset_index(drop=True)
    facts = make_facts(lately, find_places(lately, ground.levels), nine)
    empty = MapMaker(ground).make(facts, window, "all")
    for one, code in ((alone, "no-previous-year"), (empty, "base-zero")):
        assert isinstance(one, HotspotMap)
        table = hotspot_areas([one], ground).table
        assert len(table) == 1
        assert table["note"][0] == f"few-times,{code}"
        assert table[ratio].isna().all(axis=None)
        counted = table["n_same_period_prev_year"]
        assert counted.isna().all() if code == "no-previous-year" else (counted == 0).all()


def test_a_window_is_compared_if_the_data_reach_back_two_years(nine: City) -> None:
    periods = nine.periods.between(FIRST, END)
    found = hotspot_windows(periods, first=FIRST, end=END)
    assert {w.period.id: w.compared for w in found} == {
        "2024H2": False, "2025H1": False, "2025H2": True, "2026H1": True,
    }  # fmt: skip
    later = hotspot_windows(periods, first=date(2024, 8, 2), end=END)
    assert not any(w.compared for w in later)


def test_bursts_and_repeats_are_told(
    nine: City, reports: gpd.GeoDataFrame, ground: Ground, window: Window
) -> None:
    """Nine reports in the hot spot within hours: a heap, of which all but the first are repeats."""
    burst = reports[:9].copy()
    burst["report_id"] = [f"burst-{i}" for i in range(9)]
    burst["category"], burst["status"] = "parkowanie", "new"
    when = pd.Timestamp("2026-05-05T10:00:00Z") + pd.to_timedelta(range(9), unit="min")
    burst["reported_at"] = when.astype(reports["reported_at"].dtype)
    burst["category_group"] = nine.catalogue.categories["parkowanie"].group
    burst = burst.set_geometry(gpd.points_from_xy([X0 + 700] * 9, [Y0 + 2300] * 9, crs=burst.crs))
    more = pd.concat([reports, burst], ignore_index=True)
    spots = []
    for one in (reports, more):
        facts = make_facts(one, find_places(one, ground.levels), nine)
        made = MapMaker(ground).make(facts, window, "all")
        assert isinstance(made, HotspotMap)
        spots.append(hotspot_areas([made], ground).table.iloc[0])
    without, with_burst = spots
    assert without["n_burst"] == 0
    assert with_burst["n_burst"] == 9
    assert with_burst["n_reports"] == without["n_reports"] + 9
    assert with_burst["n_near_duplicates"] == without["n_near_duplicates"] + 8
    assert with_burst["n_episodes"] <= without["n_episodes"] + 1
    # What repeats is counted here as it is in the reports at large, one by one.
    serious = more[more["status"] != "joke"]
    repeats = [
        any(
            (other.category == report.category)
            & (other.geometry.distance(report.geometry) <= 25)
            & (pd.Timedelta(0) < report.reported_at - other.reported_at <= pd.Timedelta(days=1))
            for other in burst.itertuples()
        )
        for report in burst.itertuples()
    ]
    assert sum(repeats) == 8
    facts = make_facts(more, find_places(more, ground.levels), nine)
    assert facts.repeated[serious.index].sum() == flag_near_duplicates(serious).sum()
    assert not facts.repeated[(more["status"] == "joke").to_numpy()].any()


def test_the_beat_of_a_cell_is_the_one_with_the_largest_share(nine: City, cells: Layer) -> None:
    squares = cells.frame.to_crs(nine.metric_crs)
    for _, cell in squares.iloc[::23].iterrows():
        shares = beat_shares(nine, cell.geometry)
        assert cell["beat_share"] == pytest.approx(shares.iloc[0], abs=1e-3)
        if len(shares) < 2 or shares.iloc[0] - shares.iloc[1] > 1e-3:
            assert cell["beat_id"] == shares.index[0]


def test_a_group_with_too_few_episodes_has_no_map_and_a_reason(
    nine: City, reports: gpd.GeoDataFrame, ground: Ground, window: Window
) -> None:
    facts = make_facts(reports, find_places(reports, ground.levels), nine)
    none = MapMaker(ground).make(facts, window, "water")
    assert isinstance(none, NoMap)
    assert none.mean < 0.5
    assert none.episodes > 0


def test_the_same_reports_are_mapped_once(
    nine: City, reports: gpd.GeoDataFrame, ground: Ground, window: Window
) -> None:
    places = find_places(reports, ground.levels)
    maker = MapMaker(ground)
    once = maker.make(make_facts(reports, places, nine), window, "all")
    assert maker.make(make_facts(reports, places, nine), window, "all") is once
    fewer = np.arange(len(reports)) > 200
    other = make_facts(reports[fewer], places.take(fewer), nine)
    assert maker.make(other, window, "all") is not once


def test_hot_cells_with_one_cell_between_are_one_place_if_it_holds_five() -> None:
    hot = np.zeros((5, 8), dtype=np.int64)
    hot[0, 0], hot[1, 1], hot[3, 3], hot[0, 4], hot[4, 5], hot[4, 7] = 99, 95, 99, 95, 90, 95
    counts = np.where(hot > 0, 2, 0)
    counts[4, 7] = 5
    found = _places(hot, counts)
    # (0, 4) is two cells away from (1, 1) and from (3, 3), and (4, 5) is only watched.
    assert found[[0, 1, 3, 0, 4, 4], [0, 1, 3, 4, 5, 7]].tolist() == [1, 1, 1, 0, 0, 2]
    assert (found > 0).sum() == 4  # no cell between belongs to a place


@settings(deadline=None, max_examples=150)
@given(st.integers(1, 7), st.integers(1, 7), st.randoms(use_true_random=False))
def test_places_are_chains_of_near_cells_in_the_order_of_the_first(
    rows: int, columns: int, random: Random
) -> None:
    flags = [[99 * (random.random() < 0.2) for _ in range(columns)] for _ in range(rows)]
    hot = np.array(flags, dtype=np.int64)
    cells = [tuple(cell) for cell in np.argwhere(hot).tolist()]
    numbers: dict[tuple[int, ...], int] = {}
    for cell in cells:  # from south-west, so a new chain gets the next number
        if cell in numbers:
            continue
        number, reached = max(numbers.values(), default=0) + 1, [cell]
        while reached:
            r, c = reached.pop()
            numbers[r, c] = number
            near = (o for o in cells if abs(o[0] - r) <= 2 and abs(o[1] - c) <= 2)
            reached += [o for o in near if o not in numbers]
    found = _places(hot, np.where(hot > 0, 5, 0))
    assert {cell: int(found[cell]) for cell in cells} == numbers
    assert (found > 0).sum() == len(cells)


def test_a_city_without_streets_names_a_spot_after_its_beat(nine: City, made: HotspotMap) -> None:
    bare = Ground(MetricLevels(nine))
    vars(bare.levels)["streets"] = nine.streets.iloc[:0].to_crs(nine.metric_crs)
    named = hotspot_areas([made], bare).table
    assert set(named["name"]) <= set(nine.levels["beat"]["name"])


def test_no_maps_give_empty_layers(nine: City, ground: Ground) -> None:
    empty = hotspot_cells([], nine), hotspot_areas([], ground)
    assert all(len(layer.table) == 0 and len(layer.shapes) == 0 for layer in empty)


def test_a_ground_without_data_falls_back_to_land(nine: City) -> None:
    class Bare:
        settings = replace(nine.settings, components=("residents", "streets"), files={})
        levels, metric_crs, boundary = nine.levels, nine.metric_crs, nine.boundary
        addresses, streets = nine.addresses.iloc[:0], nine.streets.iloc[:0]

    levels = MetricLevels(Bare())  # type: ignore[arg-type]
    assert list(Ground(levels).cells(400).components) == ["land"]


def test_addresses_are_projected_as_geopandas_does_it(nine: City) -> None:
    x, y, persons = MetricLevels(nine).addresses
    points = nine.addresses.to_crs(nine.metric_crs)
    np.testing.assert_allclose(x, points.geometry.x, atol=1e-6)
    np.testing.assert_allclose(y, points.geometry.y, atol=1e-6)
    np.testing.assert_array_equal(persons, points["population"].to_numpy(dtype=float))
