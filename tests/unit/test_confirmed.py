"""Confirmation and funnel in the layer of areas: against plain pandas, and on made-up counts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from made_reports import X0, Y0, frame, make_reports
from scipy import stats

from geo.episodes import find_episodes
from geo.layers.area_counts import COUNTS, STANDINGS, AreaCounts, count_areas
from geo.layers.area_statistics import statistics
from geo.layers.confirmed import START_RATES, city_rates
from geo.layers.facts import Facts, find_places, make_facts
from geo.layers.levels import MetricLevels
from geo.layers.practice import confirmation_rates, learn_practice, units_of
from geo.layers.reporting import Watched
from geo.statistics.confirmation import START_RATE, STRENGTH, confirmation_model
from geo.statistics.funnel import funnel

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.city import City

FIRST, LAST = date(2024, 2, 1), date(2026, 7, 31)


def facts_of(city: City, reports: gpd.GeoDataFrame) -> Facts:
    return make_facts(reports, find_places(reports, MetricLevels(city)), city)


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    return make_reports(nine, n=1200, spot=300)


@pytest.fixture(scope="module")
def facts(nine: City, reports: gpd.GeoDataFrame) -> Facts:
    return facts_of(nine, reports)


@pytest.fixture(scope="module")
def counts(nine: City, facts: Facts) -> AreaCounts:
    periods = nine.periods.between(FIRST, LAST)
    return count_areas(facts, level="beat", areas=9, periods=periods)


@pytest.fixture(scope="module")
def episodes(nine: City, reports: gpd.GeoDataFrame) -> pd.DataFrame:
    """One row per episode of all reports, by pandas: the category, and how it stands."""
    serious = reports[reports["status"] != "joke"].copy()
    serious["episode"] = find_episodes(serious)
    kind = {s.id: s.status_class for s in nine.catalogue.statuses.values()}
    serious["kind"] = serious["status"].map(kind)

    def standing(kinds: pd.Series) -> str:
        found = set(kinds)
        return next(name for name in ("confirmed", "pending", "unconfirmed") if name in found)

    ordered = serious.sort_values(["reported_at", "report_id"]).groupby("episode")
    return pd.DataFrame(
        {"category": ordered["category"].first(), "kind": ordered["kind"].agg(standing)}
    )


def test_an_episode_stands_as_its_best_report_does(nine: City) -> None:
    reports = frame(
        nine,
        category=["parkowanie"] * 6,
        status=["unconfirmed", "new", "eliminated", "unconfirmed", "verification", "joke"],
        when=["2026-03-01 12:00", "2026-03-02 12:00", "2026-03-03 12:00"] * 2,
        x=[X0 + 100] * 3 + [X0 + 2000] * 3,
        y=[Y0 + 100] * 6,
    )
    facts = facts_of(nine, reports)
    assert facts.first_of("traffic").tolist() == [True, False, False, True, False, False]
    assert facts.standing[:, facts.groups.index("traffic")].tolist() == [1, -1, -1, 0, -1, -1]
    assert (facts.standing[:, facts.groups.index("water")] == -1).all()


def test_episodes_by_standing_are_all_episodes(counts: AreaCounts) -> None:
    parts = sum(counts[f"episodes_{name}"] for name in STANDINGS)
    assert (parts == counts["n_episodes"]).all()
    assert counts["episodes_confirmed"].sum() > 0


def test_rates_of_the_city_are_those_of_its_verified_episodes(
    facts: Facts, episodes: pd.DataFrame
) -> None:
    rates = city_rates(facts)
    for category, rows in episodes.groupby("category"):
        k = (rows["kind"] == "confirmed").sum()
        n = k + (rows["kind"] == "unconfirmed").sum()
        start = START_RATES.get(str(category), START_RATE)
        assert rates[str(category)] == pytest.approx((k + STRENGTH * start) / (n + STRENGTH))


def test_expected_confirmed_episodes_sum_to_those_of_the_city(
    nine: City, facts: Facts, counts: AreaCounts, episodes: pd.DataFrame
) -> None:
    rates = city_rates(facts)
    value = {"confirmed": 1.0, "unconfirmed": 0.0}
    by_hand = sum(
        value.get(kind, rates[category])
        for category, kind in zip(episodes["category"], episodes["kind"], strict=True)
    )
    every = counts.expected_confirmed[:, :, 0].sum()
    assert every == pytest.approx(by_hand)
    apart = [g for g in nine.catalogue.groups if g not in ("all", "beat-officer")]
    place = [facts.groups.index(g) for g in apart]
    assert counts.expected_confirmed[:, :, place].sum() == pytest.approx(every)
    assert (counts.expected_confirmed >= counts["episodes_confirmed"] - 1e-9).all()
    assert (counts.expected_confirmed <= counts["n_episodes"] + 1e-9).all()


def test_the_unit_of_a_beat_is_its_station(nine: City, lodz: City) -> None:
    assert units_of(nine, "beat") == ["komisariat/K1", "komisariat/K2", "komisariat/K3"] * 3
    assert units_of(nine, "komisariat") == ["komisariat/K1", "komisariat/K2", "komisariat/K3"]
    assert units_of(nine, "city") == ["city/nine"]
    stations = {f"komisariat/{name}" for name in lodz.levels["komisariat"]["area_id"]}
    assert set(units_of(lodz, "beat")) == set(units_of(lodz, "rewir")) == stations
    assert all(name.startswith("dzielnica/") for name in units_of(lodz, "osiedle"))


def test_shares_confirmed_are_the_posterior_of_the_model(nine: City, counts: AreaCounts) -> None:
    units = units_of(nine, "beat")
    shown = np.ones(counts["n_episodes"].shape[:2], dtype=bool)[:-1]
    shown[4, 1] = False
    practice = learn_practice(counts, units=units, shown=shown)
    rates = confirmation_rates(counts, practice, units=units, shown=shown)
    assert np.isnan(rates["conf_rate_eb"][4, 1]).all()
    assert np.isnan(rates["conf_rate_eb"][-1]).all()
    missing = (shown.shape[1] + 1) * len(nine.catalogue.groups)
    assert np.isnan(rates["conf_rate_eb"]).sum() == missing
    k, n = (counts[f"episodes_{s}"][:-1, :, 0] for s in ("confirmed", "unconfirmed"))
    table = pd.DataFrame({"n_confirmed": (k * shown).sum(axis=1), "n_pending": 0,
                          "n_unconfirmed": (n * shown).sum(axis=1)})  # fmt: skip
    model = confirmation_model(table.assign(category="x", unit=units))
    mean = model.mean.to_numpy()[:, None]
    posterior = stats.beta(model.strength * mean + k, model.strength * (1 - mean) + n)
    found = {name: values[:-1, :, 0][shown] for name, values in rates.items()}
    assert found["conf_rate_eb"] == pytest.approx(posterior.mean()[shown])
    assert found["conf_rate_lo90"] == pytest.approx(posterior.ppf(0.05)[shown])
    assert found["conf_rate_hi90"] == pytest.approx(posterior.ppf(0.95)[shown])
    elsewhere = confirmation_rates(counts, practice, units=["x/y"] * 9, shown=shown)
    own = stats.beta.mean(
        practice.strength[0] * practice.mean[-1, 0] + k[0, 0],
        practice.strength[0] * (1 - practice.mean[-1, 0]) + n[0, 0],
    )
    assert elsewhere["conf_rate_eb"][0, 0, 0] == pytest.approx(own)


def test_a_strict_unit_confirms_less(nine: City) -> None:
    units = units_of(nine, "beat")
    size = (10, 1, 1)
    strict = np.array([name.endswith("K1") for name in units])
    confirmed = np.append(np.where(strict, 10, 40), 0).reshape(size)
    every = np.append(np.full(9, 50), 0).reshape(size)
    names = dict.fromkeys([*COUNTS, "episodes_pending"], np.zeros(size, dtype=np.int64))
    made = {**names, "n_episodes": every, "episodes_confirmed": confirmed,
            "episodes_unconfirmed": every - confirmed}  # fmt: skip
    counts = AreaCounts("beat", made, confirmed.astype(float), Watched(*np.zeros((2, *size, 1))))
    shown = np.ones((9, 1), dtype=bool)
    practice = learn_practice(counts, units=units, shown=shown)
    assert practice.mean[0, 0] < practice.mean[-1, 0] < practice.mean[1, 0]
    rates = confirmation_rates(counts, practice, units=units, shown=shown)
    assert rates["conf_rate_eb"][0, 0, 0] < 0.35
    assert rates["conf_rate_eb"][1, 0, 0] > 0.65


def made_counts(values: list[int]) -> AreaCounts:
    cube = np.array([*values, 0], dtype=np.int64)[:, None, None]
    names = [*COUNTS, *(f"episodes_{name}" for name in STANDINGS)]
    watched = Watched(*np.zeros((2, *cube.shape, 1)))
    return AreaCounts("beat", dict.fromkeys(names, cube), cube.astype(float), watched)


def made_statistics(nine: City, values: list[int], *, hide: int | None = None) -> pd.DataFrame:
    many = len(values)
    table = pd.DataFrame({"residents": 1.0, "streets": 1.0, "land": 1.0}, index=range(many))
    shown = np.ones((many, 1), dtype=bool)
    if hide is not None:
        shown[hide] = False
    return statistics(
        made_counts(values),
        table,
        shares=np.full((many, 1), 1 / many),
        practice=learn_practice(made_counts(values), units=["u"] * many, shown=shown),
        units=["u"] * many,
        periods=nine.periods.between(date(2026, 2, 1), date(2026, 2, 2)),
        complete=np.array([True]),
        shown=shown,
    )


def test_the_funnel_classes_areas_and_says_when_it_cannot(nine: City) -> None:
    values = [20] * 11 + [90]
    table = made_statistics(nine, values)
    expected = funnel(values, np.full(12, np.mean(values)))
    assert table["funnel_class"].tolist()[:12] == expected["funnel_class"].tolist()
    assert table["funnel_class"].iloc[11] == 2
    assert table["tau2"].iloc[0] == pytest.approx(expected["tau2"].iloc[0])
    assert table["funnel_class"].isna().tolist() == [False] * 12 + [True]
    few = made_statistics(nine, values[-9:])
    assert few["funnel_class"].isna().all()
    assert few["note"].iloc[:9].str.contains("few-areas").all()


def test_a_hidden_area_has_no_part_in_the_funnel_of_the_others(nine: City) -> None:
    hidden = made_statistics(nine, [20] * 11 + [90], hide=11)
    assert hidden["funnel_class"].isna().tolist() == [False] * 11 + [True] * 2
    assert pd.isna(hidden["n_expected_confirmed"].iloc[11])
    assert pd.isna(hidden["conf_rate_eb"].iloc[11])
    assert "few-areas" not in hidden["note"].iloc[11]
