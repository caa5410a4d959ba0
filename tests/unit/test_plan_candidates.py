"""Plan candidates: against counts by hand, rules of choice, and what the public face may tell."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from made_reports import X0, Y0, frame, make_reports

from geo.city import City
from geo.layers.areas import denominators
from geo.layers.collection import PARAMETERS, Collection
from geo.layers.disclosure import DisclosureRules, load_rules
from geo.layers.faces import Frame, area_face, hotspot_face
from geo.layers.facts import day_number, find_places, make_facts
from geo.layers.ground import Ground
from geo.layers.hotspot_maps import HotspotMap, MapMaker, hotspot_windows
from geo.layers.levels import MetricLevels
from geo.layers.plan_candidates import INTERNAL_LEAST, NOTES, PUBLIC_LEAST, REASONS
from geo.layers.plan_collection import COUNTS_FILE, plan_face
from geo.layers.plan_evidence import LEAST_PAST, primary_groups
from geo.layers.plan_places import (
    LEAST_SHARE,
    find_plan_places,
    plan_time,
    planned_reports,
)
from geo.layers.schema import PLAN_CANDIDATES, columns_of
from geo.planning.weights import city_weights, weights_file

if TYPE_CHECKING:
    from pathlib import Path

    from geo.layers.facts import Facts

FIRST, END = date(2024, 2, 1), date(2026, 8, 1)
NUMBERS = ("forecast_n", "score", "rank_median", "p_top_k", "hours", "reason_text")
CONTRIBUTIONS = ["contrib_volume", "contrib_confirmation", "contrib_harm", "contrib_solvability"]


@dataclass(frozen=True)
class World:
    """A city with reports, as the builder sees it."""

    facts: Facts
    frame: Frame
    maker: MapMaker

    def plans(self, *, rules: DisclosureRules | None = None) -> Collection:
        areas, _ = area_face(self.facts, self.frame, rules=rules)
        hotspots, _ = hotspot_face(self.facts, self.frame, self.maker, rules=rules)
        shown = [areas, *hotspots]
        return plan_face(self.facts, self.frame, self.maker, shown=shown, public=rules is not None)


def make_world(
    city: City, reports: gpd.GeoDataFrame, *, first: date = FIRST, end: date = END
) -> World:
    levels = MetricLevels(city)
    periods = city.periods.between(first, end)
    one = Frame(
        levels=levels,
        denominators=denominators(levels),
        periods=periods,
        complete=np.array([p.start >= first and p.end <= end for p in periods]),
        windows=hotspot_windows(periods, first=first, end=end),
        time=(first, end),
    )
    facts = make_facts(reports, find_places(reports, levels), city)
    return World(facts, one, MapMaker(Ground(levels)))


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    """Reports all over, and a place of drinking that spans the border of two beats."""
    usual = make_reports(nine, n=1200)
    rng = np.random.default_rng(3)
    days = rng.integers(0, 360, 90)
    spot = frame(
        nine,
        category=["alkohol"] * 90,
        status=rng.choice(np.array(["confirmed", "unconfirmed", "eliminated"]), 90),
        when=[pd.Timestamp("2025-08-02 11:00") + pd.Timedelta(days=int(d)) for d in days],
        x=X0 + 1000 + rng.uniform(-190, 190, 90),
        y=Y0 + 1500 + rng.uniform(-90, 90, 90),
    )
    spot["report_id"] = [f"S-{i}" for i in range(90)]
    return gpd.GeoDataFrame(pd.concat([usual, spot], ignore_index=True), crs=nine.metric_crs)


@pytest.fixture(scope="module")
def world(nine: City, reports: gpd.GeoDataFrame) -> World:
    return make_world(nine, reports)


@pytest.fixture(scope="module")
def plans(world: World) -> Collection:
    return world.plans()


@pytest.fixture(scope="module")
def table(plans: Collection) -> pd.DataFrame:
    return plans.layer.table.set_index("fid")


# -- when ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "period", "ahead"),
    [
        (date(2026, 8, 1), "2026H2", 0),
        (date(2026, 7, 1), "2026H2", 1),
        (date(2026, 7, 31), "2026H2", 0),
        (date(2026, 2, 2), "2026H2", 6),
        (date(2026, 2, 1), "2026H1", 0),
    ],
)
def test_plans_are_for_the_next_half_year(nine: City, end: date, period: str, ahead: int) -> None:
    time = plan_time(nine, first=FIRST, end=end)
    assert (time.period.id, time.horizon, time.ahead) == (period, 6, ahead)
    assert time.edges[-1] == day_number(end)
    assert {b - a for a, b in pairwise(time.edges)} <= {28, 29, 30, 31}


def test_the_past_is_whole_months_of_data(nine: City) -> None:
    assert plan_time(nine, first=FIRST, end=END).months == 24
    assert plan_time(nine, first=date(2026, 4, 15), end=END).months == 3
    assert plan_time(nine, first=date(2026, 7, 2), end=END).months == 0


# -- what ----------------------------------------------------------------------------------------


def test_every_row_has_its_numbers_or_a_note(plans: Collection, table: pd.DataFrame) -> None:
    columns = columns_of(PLAN_CANDIDATES, face="internal")
    assert list(plans.layer.table.columns) == ["fid", *columns]
    required = [name for name, c in columns.items() if not c.nullable]
    assert table[required].notna().all(axis=None)
    assert table[[*NUMBERS, *CONTRIBUTIONS]].notna().all(axis=None)
    assert table["note"].isna().all()
    assert set(table["selection_reason"]) <= set(REASONS)
    assert (table["period"] == "2026H2").all()
    assert (table["forecast_lo80"] <= table["forecast_hi80"]).all()


def test_contributions_add_up_to_the_score(table: pd.DataFrame) -> None:
    acted = table[table["actionable"].astype(bool)]
    left = np.log(acted["score"].astype(float)) - acted[CONTRIBUTIONS].sum(axis=1)
    assert np.ptp(left) < 1e-9
    product = acted["forecast_n"] * acted["harm_weight"] * acted["p_eliminated"]
    assert np.allclose(product.astype(float), acted["score"].astype(float))


def test_a_place_over_a_border_is_a_candidate_of_both_beats(
    nine: City, table: pd.DataFrame, plans: Collection
) -> None:
    parts = table[(table["category_group"] == "alcohol-drugs") & table["hotspot_id"].notna()]
    assert {"S-4", "S-5"} <= set(parts["beat_id"])
    shapes = plans.layer.frame.set_index("fid").to_crs(nine.metric_crs).geometry
    beats = nine.levels["beat"].set_index("area_id").to_crs(nine.metric_crs).geometry
    for fid, row in parts.iterrows():
        beat = beats[row["beat_id"]]
        assert shapes[fid].area < beat.area
        assert shapes[fid].difference(beat.buffer(0.05)).area < 1
    for one, other in pairwise(parts.index):
        assert shapes[one].intersection(shapes[other]).area < 10
    whole = table[table["hotspot_id"].isna()]
    for fid, row in whole.iterrows():
        assert shapes[fid].symmetric_difference(beats[row["beat_id"]]).area < 10


def test_a_beat_is_whole_or_in_parts_never_both(table: pd.DataFrame) -> None:
    acted = table[table["actionable"].astype(bool)]
    for _, rows in acted.groupby(["beat_id", "category_group"]):
        assert rows["hotspot_id"].notna().all() or len(rows) == 1
    idle = table[~table["actionable"].astype(bool) & table["hotspot_id"].isna()]
    other = table.drop(idle.index)
    both = set(zip(other["beat_id"], other["category_group"], strict=True))
    assert not both & set(zip(idle["beat_id"], idle["category_group"], strict=True))


@pytest.mark.parametrize("group", ["alcohol-drugs", "traffic", "all"])
def test_places_part_the_city(world: World, group: str) -> None:
    """Shares of a beat add up to it, and every report lies in one place of its own beat."""
    facts, one = world.facts, world.maker.make(world.facts, world.frame.windows[-1], group)
    time = plan_time(world.frame.city, first=FIRST, end=END)
    at = facts.groups.index(group)
    reports = planned_reports(
        facts, facts.member[:, at], facts.first[:, at], level="beat", one=one, time=time,
        open_beats=np.ones(9, dtype=bool),
    )  # fmt: skip
    middle = world.frame.levels.finest.geometry.representative_point()
    for least in (1, 5, 10_000):
        places = find_plan_places(
            reports, one=one, inside=(middle.x.to_numpy(), middle.y.to_numpy()),
            weights={"residents": 0.5, "streets": 0.5}, months=24, least=least,
        )  # fmt: skip
        np.testing.assert_allclose(np.bincount(places.beat, weights=places.part), np.ones(9))
        assert (places.part >= 0).all()
        np.testing.assert_array_equal(places.beat[places.of_report], reports.beat)
        held = places.spot[places.of_report]
        assert ((held == 0) | (held == reports.spot)).all()
        beats = world.frame.levels.finest.geometry.to_numpy()
        parts = places.spot > 0
        assert (shapely.distance(
            beats[places.beat[parts]], shapely.points(places.x[parts], places.y[parts])
        ) <= 400).all()  # fmt: skip
        assert parts.any() == (least < 10_000 and isinstance(one, HotspotMap) and one.places.any())


def test_reports_are_counted_once_and_only_where_one_can_act(
    nine: City, world: World, table: pd.DataFrame
) -> None:
    """By hand: a beat's row is there from two episodes of actionable categories in two years."""
    facts = world.facts
    officer = facts.groups.index("beat-officer")
    beats = nine.levels["beat"]["area_id"].to_numpy()
    past = facts.day >= day_number(date(2024, 8, 1))
    held = facts.first[:, officer] & past & (facts.places.area["beat"] >= 0)
    group_of = {c.id: c.group for c in nine.catalogue.categories.values()}
    beat = beats[facts.places.area["beat"][held]]
    counted = pd.Series(zip(beat, [group_of[c] for c in facts.category[held]], strict=True))
    acted = table[table["actionable"].astype(bool) & table["hotspot_id"].isna()]
    parted = table[table["actionable"].astype(bool) & table["hotspot_id"].notna()]
    wanted = {key for key, n in counted.value_counts().items() if n >= LEAST_PAST}
    there = set(zip(acted["beat_id"], acted["category_group"], strict=True))
    apart = set(zip(parted["beat_id"], parted["category_group"], strict=True))
    assert there == wanted - apart
    assert not nine.catalogue.members("water") & nine.catalogue.members("beat-officer")
    assert (~table[table["category_group"] == "water"]["actionable"].astype(bool)).all()


def test_the_forecast_of_a_place_is_what_its_past_suggests(table: pd.DataFrame) -> None:
    parts = table[(table["category_group"] == "alcohol-drugs") & table["hotspot_id"].notna()]
    quiet = table[(table["category_group"] == "alcohol-drugs") & table["hotspot_id"].isna()]
    assert parts["forecast_n"].min() > 3 * quiet["forecast_n"].max() / 2


# -- which ---------------------------------------------------------------------------------------


def test_the_choice_keeps_its_rules(nine: City, plans: Collection, table: pd.DataFrame) -> None:
    weights, method = city_weights(nine), plans.method
    chosen = table[table["selected"]]
    assert len(chosen) <= method["k"] == round(weights.plans_per_rewir * 3)
    assert chosen["beat_id"].is_unique
    assert set(chosen["rewir_id"]) == {"K1", "K2", "K3"}
    assert (chosen["score"] > 0).all()
    hours = chosen.groupby("rewir_id")["hours"].sum()
    assert (hours <= weights.hours_per_rewir).all()
    assert set(chosen["selection_reason"]) <= {"score", "rewir", "exploration"}
    assert (table[~table["actionable"].astype(bool)]["selection_reason"] == "not-actionable").all()
    allocation = method["allocation"]
    assert allocation["plans"] == len(chosen)
    assert allocation["selected"] == sorted(chosen.index)
    assert set(allocation["greedy"]) <= set(table.index)
    left = allocation["first_left_out"]
    assert left["beat_id"] not in set(chosen["beat_id"])
    rest = table[~table["beat_id"].isin(chosen["beat_id"])]
    assert rest.loc[left["candidate_id"], "score"] == rest["score"].max()


def test_method_and_counts_tell_all_that_went_in(plans: Collection, table: pd.DataFrame) -> None:
    method = plans.method
    assert method["weights"]["status"] == "assumption"
    assert {name: method[name] for name in PARAMETERS["plans"]} == PARAMETERS["plans"]
    assert method["used_months"] == {"past": 24, "ahead": 0, "forecast": 6}
    counts = plans.beside[COUNTS_FILE]
    assert counts["candidate_id"].to_pylist() == list(table.index)
    reached = np.array(counts["counts"].to_pylist())
    assert reached.shape == (len(table), method["most_k"])
    assert (np.diff(reached, axis=1) >= 0).all()
    assert reached[:, 0].sum() == method["draws"]
    p = reached[:, method["k"] - 1] / method["draws"]
    assert np.allclose(p, table["p_top_k"].astype(float))


# -- whatever the order and the names ------------------------------------------------------------


def test_the_order_of_reports_has_no_part(
    nine: City, reports: gpd.GeoDataFrame, table: pd.DataFrame
) -> None:
    turned = reports.sample(frac=1, random_state=4).reset_index(drop=True)
    again = make_world(nine, turned).plans().layer.table.set_index("fid")
    pd.testing.assert_frame_equal(again, table)


def test_the_names_of_beats_have_no_part(
    nine_folder: Path, reports: gpd.GeoDataFrame, table: pd.DataFrame, tmp_path: Path
) -> None:
    for file in nine_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    beats = tmp_path / "beats.geojson"
    beats.write_text(beats.read_text(encoding="utf-8").replace('"S-', '"Z-'), encoding="utf-8")
    other = make_world(City.load(tmp_path), reports).plans().layer.table
    assert other["beat_id"].str.replace("Z-", "S-").tolist() == table["beat_id"].tolist()
    for name in ("score", "p_top_k", "forecast_hi80", "selected"):
        assert other[name].tolist() == table[name].tolist()


# -- hardly any data -----------------------------------------------------------------------------


def test_less_than_a_month_of_data_is_no_forecast(nine: City) -> None:
    first, last = date(2026, 7, 20), date(2026, 7, 31)
    some = make_reports(nine, n=60, first=first, last=last)
    found = make_world(nine, some, first=first, end=END).plans()
    table = found.layer.table
    groups = primary_groups(nine.catalogue)
    assert len(table) == 9 * len(groups)
    assert (table["note"] == "no-history").all()
    assert table[list(NUMBERS)].isna().all(axis=None)
    assert not table["selected"].any()
    assert found.method["allocation"] is None
    assert len(found.beside[COUNTS_FILE]) == 0
    assert set(table["note"]) <= set(NOTES)


def test_one_report_is_no_problem_to_plan_for(nine: City) -> None:
    some = make_reports(nine, n=2, first=date(2025, 2, 1), last=date(2026, 7, 31))
    found = make_world(nine, some, first=date(2025, 2, 1)).plans()
    assert len(found.layer.table) == 0
    assert found.layer.shapes.tolist() == []


# -- the public face -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def public(nine: City, world: World) -> pd.DataFrame:
    return world.plans(rules=load_rules(nine)).layer.table.set_index("fid")


def test_small_parts_of_a_beat_are_not_told_publicly(
    nine: City, world: World, public: pd.DataFrame, table: pd.DataFrame
) -> None:
    """Every part that is told holds ten episodes; numbers are coarse; no ranks by counts."""
    rounded = public[CONTRIBUTIONS].to_numpy(dtype=float)
    assert not np.signbit(rounded[rounded == 0]).any()
    facts = world.facts
    year = facts.day >= day_number(date(2025, 8, 1))
    shapes = world.plans(rules=load_rules(nine)).layer.frame.set_index("fid").geometry
    parts = public[public["hotspot_id"].notna()]
    assert len(parts) >= 2
    points = gpd.GeoSeries(gpd.points_from_xy(facts.x, facts.y), crs=nine.metric_crs).to_crs(4326)
    for fid, row in parts.iterrows():
        member = facts.member[:, facts.groups.index(row["category_group"])]
        held = facts.first[:, facts.groups.index("beat-officer")] & member & year
        inside = shapely.intersects(shapes[fid].buffer(1e-6), points.to_numpy())
        assert (inside & held).sum() >= PUBLIC_LEAST > INTERNAL_LEAST
    assert parts[["rank_raw_reports", "rank_confirmed_only"]].isna().all(axis=None)
    assert (parts["note"] == "part-of-beat").all()
    assert all(float(n).is_integer() for n in parts["forecast_n"])
    product = parts["forecast_n"] * parts["harm_weight"] * parts["p_eliminated"]
    assert np.allclose(parts["score"].astype(float), product.astype(float), rtol=0.05)
    assert all(float(20 * p).is_integer() for p in parts["p_top_k"].round(6))
    numbers = public["forecast_n"].astype(float)
    assert np.allclose(numbers, numbers.round(1))
    assert all(float(f"{v:.1e}") == v for v in public["score"])
    contributions = public[CONTRIBUTIONS].astype(float)
    assert np.allclose(contributions, contributions.round(1))
    assert len(public) <= len(table)


def test_a_hot_spot_that_hides_its_sum_has_no_part(world: World) -> None:
    """Its episodes count with its beats, whole."""
    areas, _ = area_face(world.facts, world.frame, rules=None)
    hotspots, _ = hotspot_face(world.facts, world.frame, world.maker, rules=None)
    spots = next(one for one in hotspots if one.layer.id == "hotspot-areas")
    table = spots.layer.table.copy()
    closed = (table["category_group"] == "alcohol-drugs") & (table["period"] == "2026H1")
    assert closed.any()
    table["n_episodes"] = table["n_episodes"].astype("Int64").mask(closed)
    hidden = replace(spots, layer=replace(spots.layer, table=table))
    shown = [areas, *(hidden if one is spots else one for one in hotspots)]
    found = plan_face(world.facts, world.frame, world.maker, shown=shown, public=True)
    rows = found.layer.table[found.layer.table["category_group"] == "alcohol-drugs"]
    assert rows["hotspot_id"].isna().all()
    assert {"S-4", "S-5"} <= set(rows["beat_id"])


def test_a_report_more_or_less_tells_the_same_of_a_part(
    nine: City, reports: gpd.GeoDataFrame, public: pd.DataFrame
) -> None:
    told = ["forecast_n", "forecast_lo80", "forecast_hi80", *CONTRIBUTIONS, "p_top_k"]
    rules, spot = load_rules(nine), reports.index[reports["report_id"].str.startswith("S-")]
    same = []
    for dropped in spot[:9]:
        other = make_world(nine, reports.drop(index=dropped).reset_index(drop=True))
        rows = other.plans(rules=rules).layer.table
        beat = "S-4" if reports.geometry[dropped].x < X0 + 1000 else "S-5"
        before, after = (
            t[t["hotspot_id"].notna() & (t["beat_id"] == beat)][told].astype(float)
            for t in (public, rows)
        )
        assert len(before) == len(after) == 1
        same.append(np.allclose(before, after))
    assert any(same)


def test_hidden_beats_tell_nothing_at_all(nine_folder: Path, tmp_path: Path) -> None:
    """A beat of few residents and few reports: the same rows whatever they are."""
    for file in nine_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "beats.geojson"
    beats = json.loads(path.read_text(encoding="utf-8"))
    beats["features"][-1]["properties"]["population"] = 300.0
    path.write_text(json.dumps(beats), encoding="utf-8")
    city = City.load(tmp_path)
    rules, everywhere = load_rules(city), make_reports(city, n=400)
    inside = everywhere.within(shapely.box(X0 + 1990, Y0 + 1990, X0 + 3200, Y0 + 3200))
    tables = []
    for few in (1, 2):
        when = [f"2025-{3 + i}-10 10:00" for i in range(few)]
        x = X0 + 2500 + 150 * np.arange(few)
        here = frame(city, category=["alkohol"] * few, status=["confirmed"] * few, when=when, x=x,
                     y=[Y0 + 2500.0] * few)  # fmt: skip
        here["report_id"] = [f"H-{i}" for i in range(few)]
        kept = pd.concat([everywhere[~inside], here], ignore_index=True)
        one = make_world(city, gpd.GeoDataFrame(kept, crs=city.metric_crs))
        tables.append(one.plans(rules=rules).layer.table)
    hidden = tables[0][tables[0]["suppressed"].astype(bool)]
    rows = hidden[hidden["beat_id"] == "S-9"]
    assert rows["category_group"].tolist() == primary_groups(city.catalogue)
    assert (rows["note"] == "suppressed").all()
    assert rows[[*NUMBERS, *CONTRIBUTIONS, "low_information"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(tables[0], tables[1])


# -- weights -------------------------------------------------------------------------------------


def test_weights_of_a_city_are_its_own(nine_folder: Path, nine: City, tmp_path: Path) -> None:
    for file in nine_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    toml = tmp_path / "city.toml"
    toml.write_text('weights = "weights.toml"\n' + toml.read_text(encoding="utf-8"))
    bundled = weights_file(nine)
    assert bundled is not None
    text = bundled.read_text(encoding="utf-8").replace("2026-draft-2", "ours")
    (tmp_path / "weights.toml").write_text(text, encoding="utf-8")
    assert city_weights(City.load(tmp_path)).version == "ours"
    assert city_weights(nine).version == "2026-draft-2"


def test_a_catalogue_without_weights_weighs_all_alike(nine: City) -> None:
    settings = replace(nine.settings, catalogue="elsewhere")
    other = City.__new__(City)
    other.__dict__.update({**nine.__dict__, "settings": settings})
    weights = city_weights(other)
    assert set(weights.harm.values()) == {1.0}
    assert (weights.version, weights.status) == ("equal", "assumption")
    assert LEAST_SHARE < 1
