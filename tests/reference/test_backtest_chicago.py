"""The backtest on recorded incidents: Chicago, five half-years ahead, three kinds of offence.

Ours may not be worse than what everybody has: last year's counts, and kernels of three widths.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq
import pytest
from chicago import write_chicago

from geo.city import City
from geo.reports.readers import read_reports
from geo.statistics.backtest import backtest

if TYPE_CHECKING:
    from pathlib import Path

CELL_M = {"burglary": 200, "robbery": 200, "arson": 400}
CUTS = [date(2015, 7, 1), date(2016, 1, 1), date(2016, 7, 1), date(2017, 1, 1), date(2017, 7, 1)]
COVERED = {"burglary": (0.75, 0.88), "robbery": (0.75, 0.88), "arson": (0.88, 0.97)}
"""Of a beat's 0 to 3 arsons the interval has to hold more than 80 %: counts are whole."""

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def scores(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Averages over the cuts, by offence, level, share of the area and model."""
    folder = tmp_path_factory.mktemp("chicago")
    city = City.load(write_chicago(folder / "city", shared_data))
    chosen = [("primary_type", "in", [name.upper() for name in CELL_M])]
    rows = pq.read_table(
        shared_data / "chicago" / "chicago_crimes_2014_2017.parquet", filters=chosen
    )
    pq.write_table(rows, folder / "chosen.parquet")
    incidents, _ = read_reports(folder / "chosen.parquet", city=city)
    tables = [
        backtest(
            incidents[incidents["category"] == offence].reset_index(drop=True), city=city,
            cut_dates=CUTS, horizon_days=184, groups=["all"], count="reports", cell_m=cell_m,
        ).assign(offence=offence)
        for offence, cell_m in CELL_M.items()
    ]  # fmt: skip
    table = pd.concat(tables)
    assert table["reason"].isna().all()
    keys = ["offence", "level", "area_frac", "model"]
    return table.groupby(keys).mean(numeric_only=True).sort_index()


@pytest.mark.parametrize("offence", CELL_M)
@pytest.mark.parametrize("share", [0.05, 0.10])
def test_the_best_cells_catch_as_much_as_those_of_any_other(
    scores: pd.DataFrame, offence: str, share: float
) -> None:
    hit_rate = scores.loc[(offence, "cell", share), "hit_rate"]
    assert hit_rate["eb-drift"] >= hit_rate.max() - 0.01


@pytest.mark.parametrize("offence", CELL_M)
@pytest.mark.parametrize("level", ["beat", "cell"])
def test_the_numbers_are_the_best(scores: pd.DataFrame, offence: str, level: str) -> None:
    at = scores.loc[(offence, level, 0.05)]
    assert at["poisson_deviance"].idxmin() == "eb-drift"
    assert at["log_score"].idxmax() == "eb-drift"


@pytest.mark.parametrize("offence", CELL_M)
def test_the_interval_of_a_beat_is_honest(scores: pd.DataFrame, offence: str) -> None:
    coverage = scores.loc[(offence, "beat", 0.05), "coverage80"]
    low, high = COVERED[offence]
    assert low <= coverage["eb-drift"] <= high
    if offence != "arson":
        assert coverage["last-period"] < 0.6
