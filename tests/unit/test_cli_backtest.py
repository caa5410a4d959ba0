"""`rewir backtest`: what it forecasts from, what it writes, what it refuses."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import typer
from made_reports import fill, make_reports
from typer.testing import CliRunner, Result

from geo.cli import backtest as command
from geo.errors import UsageError
from geo.statistics.backtest import backtest
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from geo.city import City


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    return make_reports(nine, n=600, spot=80)


@pytest.fixture
def place(
    tmp_path: Path, nine_folder: Path, reports: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv("REWIR_CITY", str(nine_folder))
    monkeypatch.setenv("REWIR_STORE", str(tmp_path / "store"))
    fill(Folder.open(tmp_path / "store"), reports)
    return tmp_path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    command.register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_it_writes_what_the_library_finds(
    nine: City, place: Path, reports: gpd.GeoDataFrame
) -> None:
    done = run("--group", "traffic", "-o", place / "backtest.csv")
    assert done.exit_code == 0, done.output
    found = pd.read_csv(place / "backtest.csv")
    cuts = [date(2025, 8, 1), date(2026, 2, 1)]  # the last two whole half-years
    assert sorted(set(found["cut_date"])) == [day.isoformat() for day in cuts]
    expected = backtest(reports, city=nine, cut_dates=cuts, horizon_days=181, groups=["traffic"])
    assert list(found.columns) == list(expected.columns)
    assert found["hit_rate"].to_numpy() == pytest.approx(expected["hit_rate"].to_numpy(float))
    assert f"{len(expected)} rows" in done.output


def test_a_table_without_a_file(place: Path) -> None:
    done = run("--group", "traffic", "--cut", "2026-02-01", "--horizon", "90")
    assert done.exit_code == 0, done.output
    assert "hit_rate" in done.output
    assert "2026-02-01" in done.output
    assert (place / "store").is_dir()


@pytest.mark.usefixtures("place")
def test_the_screen_shows_all_together_and_what_it_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    cut = ("--cut", "2026-02-01", "--horizon", "90")
    whole = run(*cut).output
    head = next(line for line in whole.splitlines() if "hit_rate" in line)
    assert all(name in head for name in ("pei", "pei_star", "rri", "width80"))
    assert " all " in whole
    assert "traffic" not in whole
    assert "--group for one group" in whole
    assert "None" not in whole
    monkeypatch.setenv("COLUMNS", str(len(head) - 1))
    narrow = run(*cut).output
    assert "pei_star" in narrow
    assert "width80" not in narrow
    monkeypatch.setenv("COLUMNS", "80")
    assert not {"pei", "pei_star", "rri"} & set(run("--group", "traffic", *cut).output.split())


def test_what_cannot_be_forecast_is_refused(
    tmp_path: Path, nine: City, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = run("-o", place / "no" / "file.csv", "--cut", "2026-02-01")
    assert isinstance(missing.exception, UsageError)
    monkeypatch.setenv("REWIR_STORE", str(tmp_path / "empty"))
    assert isinstance(run().exception, UsageError)
    short = make_reports(nine, n=30, first=date(2026, 2, 1))
    fill(Folder.open(tmp_path / "empty"), short)
    assert "two whole periods" in str(run().exception)
