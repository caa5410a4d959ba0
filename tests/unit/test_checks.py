"""Backtests, clusters of beats and near repeats as layers: what they say, and never tell."""

from __future__ import annotations

import json
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import write_nine
from made_reports import X0, Y0, frame, make_reports

from geo.city import City
from geo.layers.areas import denominators
from geo.layers.backtests import BACKTEST, past_periods
from geo.layers.checks import CHECK_NOTES, Checker
from geo.layers.clusters import SCAN, Beats, ClusterFinder, clusters
from geo.layers.disclosure import load_rules
from geo.layers.faces import Frame, area_face
from geo.layers.facts import day_number, find_places, make_facts
from geo.layers.hotspot_maps import hotspot_windows
from geo.layers.levels import MetricLevels
from geo.layers.near_repeats import NEAR_REPEAT, near_repeats

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo.layers.collection import Collection
    from geo.layers.facts import Facts

FIRST, END = date(2023, 8, 1), date(2026, 8, 1)
SIDE = 300.0
SPOT = ("S-034", "S-035", "S-044", "S-045")
SMALL = "S-012"


def squares(folder: Path, name: Callable[[int], str], *, small: str = SMALL) -> City:
    """The city of nine with a hundred beats in place of the nine, one of few residents."""
    write_nine(folder)
    ids = [name(i) for i in range(100)]
    boxes = [
        shapely.box(X0 + c * SIDE, Y0 + r * SIDE, X0 + (c + 1) * SIDE, Y0 + (r + 1) * SIDE)
        for r in range(10)
        for c in range(10)
    ]
    whole = {"area_id": ["nine"], "name": ["Nine"], "parent_id": None, "population": 2e5}
    columns = [shapely.box(X0 + 1e3 * k, Y0, X0 + 1e3 * (k + 1), Y0 + 3e3) for k in range(3)]
    levels = {
        "beats": ({"area_id": ids, "name": ids, "parent_id": None,
                   "population": [500.0 if i == small else 2e3 for i in ids]}, boxes),
        "komisariaty": ({"area_id": ["K1", "K2", "K3"], "name": "K", "parent_id": "nine",
                         "population": 6e4}, columns),
        "city": (whole, [shapely.box(X0, Y0, X0 + 3e3, Y0 + 3e3)]),
    }  # fmt: skip
    for file, (table, shapes) in levels.items():
        areas = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:2180").assign(status="official")
        text = json.dumps(areas.to_crs("EPSG:4326").__geo_interface__)
        (folder / f"{file}.geojson").write_text(text, encoding="utf-8")
    return City.load(folder)


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> City:
    return squares(tmp_path_factory.mktemp("hundred"), "S-{:03}".format)


def reports_with(city: City, *, spot: int, first: date, seed: int = 1) -> gpd.GeoDataFrame:
    """Reports all over the city, and more on four beats from a day on."""
    rng = np.random.default_rng(seed)
    everywhere = make_reports(city, n=2_500, first=FIRST, last=date(2026, 7, 31), margin=0)
    start = pd.Timestamp(first.isoformat()) + pd.Timedelta(hours=11)
    days = rng.integers(0, (END - first).days, spot)
    there = frame(
        city, category=["alkohol"] * spot, status=["confirmed"] * spot,
        when=[start + pd.Timedelta(days=int(d)) for d in days],
        x=rng.uniform(X0 + 4 * SIDE, X0 + 6 * SIDE, spot),
        y=rng.uniform(Y0 + 3 * SIDE, Y0 + 5 * SIDE, spot),
    )  # fmt: skip
    there["report_id"] = "Z" + there["report_id"]
    return gpd.GeoDataFrame(pd.concat([everywhere, there], ignore_index=True), crs=city.metric_crs)


def facts_of(city: City, reports: gpd.GeoDataFrame) -> Facts:
    return make_facts(reports, find_places(reports, MetricLevels(city)), city)


def frame_of(city: City, *, first: date = FIRST, end: date = END) -> Frame:
    levels = MetricLevels(city)
    periods = city.periods.between(first, end - pd.Timedelta(days=1).to_pytimedelta())
    complete = np.array([p.start >= first and p.end <= end for p in periods])
    windows = hotspot_windows(periods, first=first, end=end)
    return Frame(levels, denominators(levels), periods, complete, windows, (first, end))


def cluster_table(
    city: City, reports: gpd.GeoDataFrame, *, part: np.ndarray | None = None
) -> gpd.GeoDataFrame:
    scope = frame_of(city)
    every = np.ones(len(city.levels["beat"]), dtype=bool)
    beats = Beats(scope.levels, scope.denominators["beat"], every if part is None else part)
    layer = clusters(
        facts_of(city, reports), beats, ClusterFinder(), window=scope.windows[-1],
        period=scope.periods[-1], time=scope.time,
    )  # fmt: skip
    return layer.frame.set_index("fid", drop=False)


@pytest.fixture(scope="module")
def planted(hundred: City) -> gpd.GeoDataFrame:
    return reports_with(hundred, spot=160, first=date(2025, 8, 1))


@pytest.fixture(scope="module")
def found(hundred: City, planted: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return cluster_table(hundred, planted)


def test_the_gate_sees_what_is_planted(
    hundred: City, planted: gpd.GeoDataFrame, found: gpd.GeoDataFrame
) -> None:
    row = found.loc["2026H1.alcohol-drugs.gate.1"]
    members = row["beat_ids"].split(",")
    assert row["signal"]
    assert set(members) >= set(SPOT)
    assert len(members) <= 9
    assert row["p_value"] == pytest.approx(1 / (1 + SCAN["simulations"]))
    assert (row["period_start"], row["period_end"]) == (date(2025, 8, 1), date(2026, 7, 31))
    facts = facts_of(hundred, planted)
    ids = hundred.levels["beat"]["area_id"].to_numpy()[facts.places.area["beat"]]
    recent = facts.day >= day_number(date(2025, 8, 1))
    assert row["n_episodes"] == (facts.first_of("alcohol-drugs") & recent
                                 & np.isin(ids, members)).sum()  # fmt: skip
    areas = hundred.levels["beat"].set_index("area_id").geometry
    wanted = shapely.union_all(areas[members].to_numpy())
    assert row.geometry.symmetric_difference(wanted).area < 1e-4 * wanted.area


def test_every_question_has_an_answer(hundred: City, found: gpd.GeoDataFrame) -> None:
    asked = set(zip(found["scan"], found["category_group"], strict=True))
    assert asked == {(s, g) for s in ("gate", "alarm") for g in hundred.catalogue.groups}
    without = found["note"] == "no-cluster"
    assert without.any()
    assert (without == ~found["signal"]).all()
    assert (without == found.geometry.isna()).all()
    assert found["p_value"].between(1 / 1000, 1).all()
    numbers = ["n_areas", "beat_ids", "n_episodes", "expected_n"]
    assert (found[numbers].isna().all(axis=1) == without).all()
    assert found.loc[~without, numbers].notna().all(axis=None)
    assert (found["rr"].isna() == found["note"].notna()).all()
    alarm = found["scan"] == "alarm"
    assert (found["recurrence_days"].notna() == alarm).all()
    days = found.loc[alarm, "recurrence_days"]
    np.testing.assert_allclose(days, 365.25 / 12 / found.loc[alarm, "p_value"])
    assert ((days >= 365) == found.loc[alarm, "signal"]).all()
    assert set(found["note"].dropna()) <= set(CHECK_NOTES)


def test_the_alarm_sees_what_is_new_and_not_what_was_always_there(hundred: City) -> None:
    new = cluster_table(hundred, reports_with(hundred, spot=25, first=date(2026, 7, 1)))
    row = new.loc["2026H1.alcohol-drugs.alarm.1"]
    assert row["signal"]
    assert set(row["beat_ids"].split(",")) & set(SPOT)
    assert row["period_start"] == date(2026, 7, 1)
    assert row["months"] == 1
    old = cluster_table(hundred, reports_with(hundred, spot=600, first=FIRST))
    assert old.loc["2026H1.alcohol-drugs.gate.1", "signal"]
    assert not old.loc["2026H1.alcohol-drugs.alarm.1", "signal"]


def test_names_of_beats_decide_nothing(
    planted: gpd.GeoDataFrame, found: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    """The same squares in the opposite order: the same circles, p to the chance of the maps."""
    turned = cluster_table(squares(tmp_path, lambda i: f"S-{99 - i:03}", small="S-087"), planted)
    again = found[found["signal"] & (found["p_value"] < 0.02)]
    for fid, row in again.iterrows():
        other = turned.loc[fid]
        renamed = {f"S-{99 - int(name[2:]):03}" for name in other["beat_ids"].split(",")}
        assert renamed == set(row["beat_ids"].split(","))
        assert other["n_episodes"] == row["n_episodes"]
        assert other["llr"] == pytest.approx(row["llr"])
        assert other["p_value"] == pytest.approx(row["p_value"], abs=0.02)


def faces(city: City, reports: gpd.GeoDataFrame, *, public: bool) -> dict[str, Collection]:
    scope, facts = frame_of(city), facts_of(city, reports)
    rules = load_rules(city) if public else None
    areas = area_face(facts, scope, rules=rules)[0]
    checker = Checker(scope)
    made = checker.tests(facts, reports, areas=areas, rules=rules)
    found = checker.clusters(facts, areas=areas, rules=rules)
    return {one.layer.id: one for one in (*made, found)}


@pytest.fixture(scope="module")
def few_there(planted: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One report a period in the small beat, all in its middle."""
    x, y = X0 + 2.5 * SIDE, Y0 + 1.5 * SIDE
    near = (np.abs(planted.geometry.x - x) < SIDE / 2) & (np.abs(planted.geometry.y - y) < SIDE / 2)
    kept = planted[~near]
    stays = planted[near].drop_duplicates("category_group").head(1)
    return gpd.GeoDataFrame(pd.concat([kept, stays], ignore_index=True), crs=planted.crs)


@pytest.fixture(scope="module")
def public(hundred: City, few_there: gpd.GeoDataFrame) -> dict[str, Collection]:
    return faces(hundred, few_there, public=True)


def test_a_hidden_beat_has_no_say_in_public(
    hundred: City, few_there: gpd.GeoDataFrame, public: dict[str, Collection]
) -> None:
    """Forty times its reports: no number of any cluster moves, and it is in none."""
    x, y = X0 + 2.5 * SIDE, Y0 + 1.5 * SIDE
    there = frame(
        hundred, category=["alkohol"] * 40, status=["confirmed"] * 40,
        when=list(pd.date_range("2025-08-02T11:00", periods=40, freq="9D")),
        x=x + np.linspace(-120, 120, 40), y=[y] * 40,
    )  # fmt: skip
    there["report_id"] = "Y" + there["report_id"]
    more = gpd.GeoDataFrame(pd.concat([few_there, there], ignore_index=True), crs=few_there.crs)
    other = faces(hundred, more, public=True)
    pd.testing.assert_frame_equal(public["clusters"].layer.table, other["clusters"].layer.table)
    told = ",".join(public["clusters"].layer.table["beat_ids"].dropna())
    assert told
    assert SMALL not in told
    gate = "2026H1.alcohol-drugs.gate.1"
    one, another = (cluster_table(hundred, r).loc[gate, "llr"] for r in (few_there, more))
    assert one != pytest.approx(another)


def test_a_backtest_says_why_where_it_has_no_number(public: dict[str, Collection]) -> None:
    collection = public["backtests"]
    table = collection.layer.table
    assert table["fid"].is_unique
    assert collection.time == (date(2025, 8, 1), date(2026, 8, 1))
    assert set(table["period"]) == {"2025H2", "2026H1"}
    days = [(e - s).days + 1 for s, e in zip(table["period_start"], table["period_end"],
                                              strict=True)]  # fmt: skip
    assert table["horizon_days"].tolist() == days
    numbers = table.columns[table.columns.get_loc("hit_rate") : table.columns.get_loc("note")]
    assert (table["note"].notna() == table[numbers].isna().any(axis=1)).all()
    assert set(table["note"].dropna()) <= set(CHECK_NOTES)
    few = table["note"] == "few-episodes"
    assert (table.loc[few & (table["level"] == "cell"), "n_before"] < 100).all()
    assert (table.loc[~few & (table["level"] == "cell"), "n_before"] >= 100).all()


def test_pairs_of_the_layer_are_those_counted_by_hand(
    hundred: City, planted: gpd.GeoDataFrame
) -> None:
    facts, window = facts_of(hundred, planted), frame_of(hundred).windows[-1]
    table = near_repeats(facts, hundred, window).table
    traffic = hundred.catalogue.members("traffic")
    groups = set(table["category_group"])
    assert groups == {g for g in hundred.catalogue.groups
                      if not hundred.catalogue.members(g) & traffic}  # fmt: skip
    assert groups
    chosen = np.flatnonzero(
        facts.first_of("alcohol-drugs") & (facts.day >= day_number(window.start))
    )
    rows = table[table["category_group"] == "alcohol-drugs"]
    assert (rows["n_episodes"] == len(chosen)).all()
    pairs = [
        (
            np.hypot(facts.x[i] - facts.x[j], facts.y[i] - facts.y[j]),
            abs(facts.day[i] - facts.day[j]),
        )
        for i, j in combinations(chosen, 2)
    ]
    for row in rows.itertuples():
        after = row.gap_from_days or -1
        assert row.n_pairs == sum(
            row.distance_from_m < apart <= row.distance_to_m and after < gap <= row.gap_to_days
            for apart, gap in pairs
        )
    assert (table["note"].notna() == table["pair_ratio"].isna()).all()


def test_of_too_many_episodes_a_draw_is_looked_at(
    hundred: City, planted: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts, window = facts_of(hundred, planted), frame_of(hundred).windows[-1]
    all_of = near_repeats(facts, hundred, window).table
    monkeypatch.setitem(NEAR_REPEAT, "most_episodes", 60)
    drawn = near_repeats(facts, hundred, window).table
    assert (drawn["n_episodes"] == all_of["n_episodes"].clip(upper=60)).all()
    more = all_of["n_episodes"] > 60
    assert more.any()
    assert drawn.loc[more, "n_pairs"].sum() < all_of.loc[more, "n_pairs"].sum()
    assert drawn.equals(near_repeats(facts, hundred, window).table)


def test_without_the_past_there_is_no_answer_and_a_reason(hundred: City) -> None:
    first = date(2026, 2, 1)
    reports = make_reports(hundred, n=300, first=first, last=date(2026, 7, 31), margin=0)
    scope, facts = frame_of(hundred, first=first), facts_of(hundred, reports)
    areas = area_face(facts, scope, rules=None)[0]
    tested, repeats = Checker(scope).tests(facts, reports, areas=areas, rules=None)
    found = Checker(scope).clusters(facts, areas=areas, rules=None)
    assert tested.layer.table.empty
    assert tested.time is None
    assert repeats.layer.table.empty
    table: Any = found.layer.table
    assert set(table["note"]) == {"history-too-short"}
    assert table["p_value"].isna().all()
    assert not table["signal"].any()
    assert set(table["period_start"]) == {first}
    assert len(table) == 2 * len(hundred.catalogue.groups)


def test_tested_periods_are_over_and_have_a_year_before(nine: City) -> None:
    periods = nine.periods.between(date(2023, 8, 1), date(2026, 7, 31))
    complete = np.array([True] * 5 + [False])
    names = [p.id for p in past_periods(periods, complete, first=date(2023, 8, 1))]
    assert names == ["2025H1", "2025H2"]
    assert len(names) == BACKTEST["periods"]
    assert past_periods(periods, complete, first=date(2025, 3, 1)) == []
    assert NEAR_REPEAT["beyond_m"] < min(NEAR_REPEAT["distances_m"])
