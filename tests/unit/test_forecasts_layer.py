"""Forecasts of beats and cells in a release: the right numbers, and who may see them."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from made_reports import make_reports

from geo.episodes import find_episodes
from geo.layers.areas import denominators
from geo.layers.disclosure import load_rules
from geo.layers.faces import Frame, area_face, hotspot_face
from geo.layers.facts import find_places, make_facts
from geo.layers.forecasts import NOTES, Forecaster
from geo.layers.ground import Ground
from geo.layers.hotspot_maps import MapMaker, hotspot_windows
from geo.layers.levels import MetricLevels
from geo.layers.place_forecasts import HALF_LIFE
from geo.layers.schema import FORECASTS, HOTSPOT_CELLS, columns_of
from geo.statistics.contenders import MODELS, area_priors, cell_priors
from geo.statistics.forecast import forecast_counts, prediction_interval

if TYPE_CHECKING:
    from geo.city import City
    from geo.layers.collection import Collection
    from geo.layers.disclosure import DisclosureRules

FIRST, END = date(2024, 2, 1), date(2026, 8, 1)
NUMBERS = ["forecast_n", "forecast_lo80", "forecast_hi80", "last_n", "low_information"]


def frame_of(city: City, *, first: date = FIRST, end: date = END) -> Frame:
    levels = MetricLevels(city)
    last = (pd.Timestamp(end) - pd.Timedelta(days=1)).date()
    periods = city.periods.between(first, last)
    complete = np.array([p.start >= first and p.end <= end for p in periods])
    windows = hotspot_windows(periods, first=first, end=end)
    return Frame(levels, denominators(levels), periods, complete, windows, (first, end))


def forecasts(
    reports: gpd.GeoDataFrame,
    scope: Frame,
    *,
    rules: DisclosureRules | None = None,
) -> tuple[Collection, pd.DataFrame]:
    """The collection of one face, and its ``area-periods``."""
    facts = make_facts(reports, find_places(reports, scope.levels), scope.city)
    areas, _ = area_face(facts, scope, rules=rules)
    return Forecaster(scope).face(facts, areas=areas, rules=rules), areas.layer.table


def episodes(reports: gpd.GeoDataFrame, members: frozenset[str]) -> gpd.GeoDataFrame:
    """First reports of the episodes of some categories, with the local month; by pandas alone."""
    serious = reports[reports["status"] != "joke"].reset_index(drop=True)
    serious["episode"] = find_episodes(serious).to_numpy()
    own = serious[serious["category"].isin(members)].sort_values(["reported_at", "report_id"])
    own = own[~own["episode"].duplicated()]
    local = own["reported_at"].dt.tz_convert("Europe/Warsaw").dt.tz_localize(None)
    month = (local.dt.year - 2024) * 12 + local.dt.month - 8  # the 24 months from August 2024 on
    return own.assign(month=month)[(month >= 0) & (month < 24)]


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    return make_reports(nine, n=1500, spot=120, first=FIRST)


@pytest.fixture(scope="module")
def inside(nine: City, reports: gpd.GeoDataFrame) -> tuple[Collection, pd.DataFrame]:
    return forecasts(reports, frame_of(nine))


@pytest.mark.parametrize("group", ["all", "traffic", "water"])
def test_beats_have_the_forecast_of_their_counts(
    nine: City, reports: gpd.GeoDataFrame, inside: tuple[Collection, pd.DataFrame], group: str
) -> None:
    beats = nine.levels["beat"].to_crs(nine.metric_crs)
    own = episodes(reports, nine.catalogue.members(group))
    joined = gpd.sjoin(own, beats[["area_id", "geometry"]], predicate="within")
    wide = pd.crosstab(joined["area_id"], joined["month"])
    history = wide.reindex(index=beats["area_id"], columns=range(24), fill_value=0).to_numpy()
    middles = shapely.get_coordinates(shapely.point_on_surface(beats.geometry.to_numpy()))
    found = forecast_counts(history, horizon=6, priors=area_priors(middles))
    low, high = prediction_interval(found.mean, found.alpha)
    table = inside[0].layer.table
    rows = table[table["category_group"] == group]
    assert rows["area_id"].tolist() == beats["area_id"].tolist()
    np.testing.assert_allclose(rows["forecast_n"].astype(float), found.mean, rtol=1e-12)
    assert rows["forecast_lo80"].tolist() == low.tolist()
    assert rows["forecast_hi80"].tolist() == high.tolist()
    assert rows["last_n"].tolist() == history[:, -6:].sum(axis=1).tolist()
    few = history[:, -12:].sum(axis=1) < 10
    assert rows["low_information"].tolist() == few.tolist()


def test_every_beat_and_group_has_a_row(
    nine: City, inside: tuple[Collection, pd.DataFrame]
) -> None:
    one, areas = inside
    table = one.layer.table
    assert list(table.columns) == ["fid", *columns_of(FORECASTS, face="internal")]
    assert len(table) == 9 * len(nine.catalogue.groups)
    assert table["fid"].tolist() == [
        f"2026H2.{area}.{group}"
        for area in nine.levels["beat"]["area_id"]
        for group in nine.catalogue.groups
    ]
    assert set(table["period"]) == {"2026H2"}
    assert one.time == (date(2026, 8, 1), date(2027, 2, 1))
    assert set(table["used_months"]) == {24}
    assert table[NUMBERS].notna().all(axis=None)
    shapes = nine.levels["beat"].geometry.repeat(len(nine.catalogue.groups))
    assert one.layer.frame.geometry.geom_equals_exact(shapes.reset_index(drop=True), 1e-6).all()
    half = areas[(areas["level"] == "beat") & (areas["period"] == "2026H1")]
    counted = half.set_index(["area_id", "category_group"])["n_episodes"]
    last = table.set_index(["area_id", "category_group"])["last_n"]
    assert last.astype(int).equals(counted.reindex(last.index).astype(int))


def test_the_interval_holds_the_number(inside: tuple[Collection, pd.DataFrame]) -> None:
    table = inside[0].layer.table
    assert (table["forecast_lo80"] <= table["forecast_n"]).all()
    above = table["forecast_n"] > table["forecast_hi80"]
    assert (table.loc[above, "forecast_hi80"] == 0).all()
    assert (table.loc[above, "forecast_n"] < 0.25).all()


def test_beats_add_up_to_the_city(inside: tuple[Collection, pd.DataFrame]) -> None:
    """Drawing towards others moves episodes between beats, and hardly makes or loses any."""
    table = inside[0].layer.table
    sums = table.groupby("category_group")["forecast_n"].sum()
    groups = sums.drop(["all", "beat-officer"])
    assert groups.sum() == pytest.approx(sums["all"], rel=0.1)
    assert sums["all"] == pytest.approx(
        table.groupby("category_group")["last_n"].sum()["all"], rel=0.2
    )


def test_the_middle_of_a_period_looks_further_ahead(nine: City, reports: gpd.GeoDataFrame) -> None:
    early = reports[reports["reported_at"] < "2026-04-30T22:00:00Z"].reset_index(drop=True)
    one, _ = forecasts(early, frame_of(nine, end=date(2026, 5, 1)))
    assert one.method["used_months"] == {"past": 24, "ahead": 3, "forecast": 6}
    assert set(one.layer.table["period"]) == {"2026H2"}


def test_a_short_history_is_a_reason(nine: City, reports: gpd.GeoDataFrame) -> None:
    late = reports[reports["reported_at"] >= "2026-03-31T22:00:00Z"].reset_index(drop=True)
    one, _ = forecasts(late, frame_of(nine, first=date(2026, 4, 1)))
    table = one.layer.table
    assert set(table["note"]) == {"history-too-short"} <= set(NOTES)
    assert set(table["used_months"]) == {4}
    assert table[NUMBERS].isna().all(axis=None)
    assert not table["suppressed"].any()
    assert one.method["learned"] == {}


def test_a_hidden_beat_tells_nothing(nine: City, reports: gpd.GeoDataFrame) -> None:
    """Neither in its own rows nor in those of others, whatever happens there."""
    beats = nine.levels["beat"].to_crs(nine.metric_crs)
    small = str(beats["area_id"].iloc[4])
    scope = frame_of(nine)
    residents = np.full(len(beats), 5000.0)
    residents[4] = 100.0
    scope.denominators["beat"]["residents"] = residents
    odd = (reports.index % 2 == 1) | ~reports.within(beats.geometry.iloc[4].buffer(-150))
    assert (~odd).sum() > 20
    tables = []
    for kept in (reports, reports[odd]):
        one, areas = forecasts(kept.reset_index(drop=True), scope, rules=load_rules(nine))
        closed = set(areas.loc[areas["suppressed"] & (areas["level"] == "beat"), "area_id"])
        table = one.layer.table
        hidden = table["area_id"].isin(closed | {small})
        assert set(table.loc[table["suppressed"], "area_id"]) == closed | {small} < {*beats.area_id}
        assert table.loc[hidden, NUMBERS].isna().all(axis=None)
        assert set(table.loc[hidden, "note"]) == {"suppressed"}
        assert table.loc[~hidden, NUMBERS].notna().all(axis=None)
        tenths = 10 * table.loc[~hidden, "forecast_n"].astype(float)
        np.testing.assert_allclose(tenths, tenths.round())
        tables.append(table)
    pd.testing.assert_frame_equal(*tables)


@pytest.fixture(scope="module")
def cells(nine: City, reports: gpd.GeoDataFrame) -> dict[str, pd.DataFrame]:
    scope = frame_of(nine)
    facts = make_facts(reports, find_places(reports, scope.levels), nine)
    maker = MapMaker(Ground(scope.levels))
    found = {}
    for face, rules in (("internal", None), ("public", load_rules(nine))):
        (layer, _), _ = hotspot_face(facts, scope, maker, rules=rules)
        found[face] = layer.layer.table
    return found


def test_cells_have_the_forecast_of_their_counts(
    nine: City, reports: gpd.GeoDataFrame, cells: dict[str, pd.DataFrame]
) -> None:
    rows = cells["internal"]
    rows = rows[(rows["period"] == "2026H1") & (rows["category_group"] == "all")]
    (side,) = set(rows["cell_m"])
    grid = Ground(MetricLevels(nine)).cells(side).grid
    own = episodes(reports, nine.catalogue.members("all"))
    own = own[own.within(nine.levels["city"].to_crs(nine.metric_crs).geometry.iloc[0])]
    history = np.column_stack(
        [
            grid.count(each.geometry.x, each.geometry.y)[grid.mask]
            for each in (own[own["month"] == month] for month in range(24))
        ]
    )
    found = forecast_counts(history, horizon=6, priors=cell_priors(grid))
    low, high = prediction_interval(found.mean, found.alpha)
    row, column = np.nonzero(grid.mask)
    north, east = row + round(grid.y0 / side), column + round(grid.x0 / side)
    names = [f"{side}mN{n}E{e}" for n, e in zip(north, east, strict=True)]
    wanted = pd.DataFrame({"n": found.mean, "low": low, "high": high}, index=names)
    wanted = wanted.loc[rows["cell_id"]]
    np.testing.assert_allclose(rows["forecast_n"], wanted["n"], rtol=1e-9)
    assert rows["forecast_lo80"].tolist() == wanted["low"].tolist()
    assert rows["forecast_hi80"].tolist() == wanted["high"].tolist()


def test_only_the_last_maps_of_the_internal_face_have_forecasts(
    cells: dict[str, pd.DataFrame],
) -> None:
    columns = ["forecast_n", "forecast_lo80", "forecast_hi80"]
    table = cells["internal"]
    last = table["period"] == "2026H1"
    assert last.any()
    assert not last.all()
    assert table.loc[last, columns].notna().all(axis=None)
    assert table.loc[~last, columns].isna().all(axis=None)
    assert cells["public"][columns].isna().all(axis=None)
    assert not set(columns) & set(columns_of(HOTSPOT_CELLS, face="public"))


def test_the_backtests_test_this_model(inside: tuple[Collection, pd.DataFrame]) -> None:
    method = inside[0].method
    assert method["backtest"]["model"] in MODELS
    assert inspect.signature(forecast_counts).parameters["half_life"].default == HALF_LIFE
    assert inspect.signature(prediction_interval).parameters["level"].default == method["interval"]
    assert set(method["learned"]) == set(inside[0].layer.table["category_group"])


def test_two_faces_of_the_same_counts_forecast_once(
    nine: City, reports: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = frame_of(nine)
    facts = make_facts(reports, find_places(reports, scope.levels), nine)
    areas, _ = area_face(facts, scope, rules=None)
    rules = replace(load_rules(nine), least_residents=0.0)
    forecaster = Forecaster(scope)
    first = forecaster.face(facts, areas=areas, rules=None).layer.table
    monkeypatch.setattr("geo.layers.forecasts.forecast_places", None)
    second = forecaster.face(facts, areas=areas, rules=rules).layer.table
    assert second["forecast_n"].tolist() == first["forecast_n"].round(1).tolist()
