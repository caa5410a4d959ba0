"""Simulated reports agree with the figures they are calibrated to, and declare themselves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geo.episodes import find_episodes
from geo.errors import CityError, UsageError
from geo.reports.calibration import Calibration
from geo.reports.simulate import SIMULATED_PREFIX, simulate_reports, to_file_columns
from geo.reports.simulated_files import truth_path, write_simulated

if TYPE_CHECKING:
    from pathlib import Path

    from geo.city import City

DAYS = 730
Simulated = tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]


@pytest.fixture(scope="module")
def simulated(lodz: City) -> Simulated:
    return simulate_reports(lodz, days=DAYS, seed=7)


def test_same_seed_same_reports_another_seed_others(nine: City) -> None:
    first, first_truth = simulate_reports(nine, days=60, seed=3)
    again, again_truth = simulate_reports(nine, days=60, seed=3)
    other, _ = simulate_reports(nine, days=60, seed=4)
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(first_truth, again_truth)
    assert not first.equals(other)


def test_volume_is_that_of_lodz(simulated: Simulated) -> None:
    # 38 592 reports in 2 088 days, 18.48 a day; repeats spread the total a little.
    reports, _ = simulated
    assert len(reports) / DAYS == pytest.approx(18.48, rel=0.04)


def test_category_mix_is_the_published_one(simulated: Simulated) -> None:
    reports, _ = simulated
    share = reports["category"].value_counts(normalize=True)
    for category, published in {"predkosc": 0.269, "parkowanie": 0.204, "alkohol": 0.157}.items():
        assert share[category] == pytest.approx(published, abs=0.02)
    assert len(share) == 24


def test_confirmed_share_by_category_is_the_published_one(simulated: Simulated, lodz: City) -> None:
    # Of the verified reports that are no joke: exact binomial interval at 99.9 %.
    reports, _ = simulated
    confirmed = lodz.catalogue.statuses_of("confirmed")
    for category, published in {"parkowanie": 0.644, "predkosc": 0.573, "alkohol": 0.377}.items():
        status = reports.loc[reports["category"] == category, "status"]
        verified = status[status.isin(confirmed | {"unconfirmed"})]
        interval = stats.binomtest(
            int(verified.isin(confirmed).sum()), len(verified)
        ).proportion_ci(0.999)
        assert interval.low <= published <= interval.high


def test_of_the_confirmed_most_are_eliminated(simulated: Simulated) -> None:
    status = simulated[0]["status"].value_counts()
    confirmed = status[["confirmed", "passed_on", "eliminated"]].sum()
    assert status["eliminated"] / confirmed == pytest.approx(0.914, abs=0.03)
    assert status["joke"] / status.sum() == pytest.approx(0.05, abs=0.01)
    assert 0.0005 < (status["new"] + status["verification"]) / status.sum() < 0.02


def test_drinking_peaks_in_the_evening_and_in_summer(simulated: Simulated, lodz: City) -> None:
    reports, _ = simulated
    local = reports.loc[reports["category"] == "alkohol", "reported_at"].dt.tz_convert(
        lodz.timezone
    )
    assert local.dt.hour.between(17, 23).mean() > local.dt.hour.between(5, 11).mean() * 3
    assert local.dt.month.isin([6, 7, 8]).mean() > local.dt.month.isin([12, 1, 2]).mean() * 1.5


def test_one_spot_repeats(simulated: Simulated) -> None:
    # Reports with another of the same category within 50 m and 14 days: far more than by chance.
    reports, _ = simulated
    episodes = find_episodes(reports)
    assert episodes.nunique() < 0.9 * len(reports)


def test_days_and_statuses_end_with_the_last_day(nine: City) -> None:
    reports, _ = simulate_reports(nine, days=10, seed=1, last_day=date(2026, 3, 31))
    local = reports["reported_at"].dt.tz_convert(nine.timezone)
    assert local.dt.date.min() >= date(2026, 3, 22)
    assert local.dt.date.max() == date(2026, 3, 31)
    assert (reports["modified_at"].dropna() < pd.Timestamp("2026-03-31 22:00", tz="UTC")).all()
    assert reports.loc[reports["status"] == "new", "modified_at"].isna().all()
    assert (reports["modified_at"] >= reports["reported_at"])[reports["modified_at"].notna()].all()


def test_truth_counts_what_was_planted(simulated: Simulated, lodz: City) -> None:
    reports, truth = simulated
    assert len(truth) == 16
    assert set(truth["pattern"]) == {"persistent", "growing", "new", "fading"}
    assert truth["category"].isin(lodz.catalogue.categories).all()
    for spot in truth[truth["n_reports"] >= 60].itertuples():
        near = reports[reports["category"] == spot.category].distance(spot.geometry)
        # Three standard deviations of a round Gaussian hold 98.9 % of it.
        assert (near < 3 * spot.radius_m).sum() >= 0.9 * spot.n_reports


def test_points_follow_the_people(simulated: Simulated, lodz: City) -> None:
    reports, _ = simulated
    osiedla = lodz.levels["osiedle"].to_crs(lodz.metric_crs).set_index("name")
    per_km2 = {
        name: reports.within(osiedla.geometry[name]).sum() / osiedla["area_km2"][name]
        for name in ("Stare Polesie", "Łagiewniki")
    }
    assert per_km2["Stare Polesie"] > 5 * per_km2["Łagiewniki"]


@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".parquet"])
def test_files_declare_themselves(nine: City, tmp_path: Path, suffix: str) -> None:
    reports, truth = simulate_reports(nine, days=20, seed=1)
    path = tmp_path / f"reports{suffix}"
    assert write_simulated(path, reports, truth, city=nine) == truth_path(path)
    assert len(gpd.read_file(truth_path(path))) == len(truth)
    table = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
    assert len(table) == len(reports)
    assert table["report_id"].str.startswith(SIMULATED_PREFIX).all()
    assert table["simulated"].astype(str).str.lower().eq("true").all()


def test_file_columns_are_those_of_the_service(nine: City) -> None:
    reports, _ = simulate_reports(nine, days=30, seed=1)
    table = to_file_columns(reports, nine)
    assert set(table["category"]) <= {c.names["pl"] for c in nine.catalogue.categories.values()}
    back = gpd.GeoSeries.from_xy(table["lon"], table["lat"], crs=4326).to_crs(nine.metric_crs)
    assert back.distance(reports.geometry).max() < 0.02
    times = pd.to_datetime(table["reported_at"], utc=True)
    assert (times - reports["reported_at"]).abs().max() < pd.Timedelta(seconds=1)


def test_wrong_calls_are_named(nine: City, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one day"):
        simulate_reports(nine, days=0, seed=1)
    reports, truth = simulate_reports(nine, days=1, seed=1)
    with pytest.raises(UsageError, match=r"\.csv, \.geojson, \.parquet"):
        write_simulated(tmp_path / "reports.doc", reports, truth, city=nine)


def test_a_city_without_addresses_is_named(nine: City) -> None:
    bare = type(nine)(nine.settings, nine.catalogue, nine.levels)
    bare.__dict__["addresses"] = nine.addresses.iloc[:0]
    with pytest.raises(CityError, match="has no addresses"):
        simulate_reports(bare, days=5, seed=1)


def test_calibration_shares_sum_to_one(nine: City) -> None:
    calibration = Calibration.of(nine.catalogue)
    assert sum(p.share for p in calibration.profiles.values()) == pytest.approx(1.0)
    assert set(calibration.profiles) == set(nine.catalogue.categories)
    for profile in calibration.profiles.values():
        assert profile.hours.shape == (24,)
        assert np.isclose(profile.hours.sum(), 1)
        assert np.isclose(profile.mix.sum(), 1)
