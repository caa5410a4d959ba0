"""The answer key: 1.07 million incidents whose beat the police recorded themselves.

A correct join agrees with about 91.6 % of them, and with 99.87 % of those more than a foot from a
boundary (a sixth lie within a foot of one: blocks are geocoded onto the streets that part beats).
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from chicago import write_chicago

from geo.city import City
from geo.join import assign_areas
from geo.release.reader import open_current
from geo.reports.readers import read_reports
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

FOOT_M = 0.3048

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def chicago_folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_chicago(tmp_path_factory.mktemp("chicago") / "city", shared_data)


def test_the_join_agrees_with_the_recorded_beats(
    chicago_folder: Path, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared_data / "chicago" / "chicago_crimes_2014_2017.parquet"
    city = City.load(chicago_folder)
    accepted, quarantined = read_reports(path, city=city)
    recorded = pd.read_parquet(path, columns=["id", "beat"]).astype(str).set_index("id")["beat"]
    assert len(accepted) + len(quarantined) == len(recorded)
    assert set(quarantined["reason"]) <= {
        "missing_coordinates", "impossible_coordinates", "outside_city"
    }  # fmt: skip

    joined = assign_areas(accepted, city.levels)
    right = joined["beat"].to_numpy() == recorded.loc[accepted["report_id"]].to_numpy()
    inside = (joined["border_m"] > FOOT_M).to_numpy()
    overall, beyond = right.mean(), right[inside].mean()
    with capsys.disabled():
        print(  # noqa: T201  (the figures are what one wants to see of this test)
            f"\nChicago: {len(right):,} incidents, {overall:.2%} in the recorded beat, "
            f"{beyond:.3%} of the {inside.mean():.1%} beyond 1 ft of a boundary"
        )
    assert overall == pytest.approx(0.916, abs=0.004)
    assert beyond == pytest.approx(0.9987, abs=0.0007)


@pytest.mark.parametrize(
    ("name", "rows", "no_place"),
    [
        ("chicago_crimes_2017_sample.csv", 20_000, 195),
        ("chicago_crimes_2014_2017.parquet", 1_075_734, 11_910),
    ],
)
def test_the_same_commands_build_another_city(
    chicago_folder: Path, shared_data: Path, tmp_path: Path, name: str, rows: int, no_place: int
) -> None:
    path = shared_data / "chicago" / name
    where = ["--city", str(chicago_folder), "--store", str(tmp_path / "store")]
    accepted = rows - no_place
    assert (
        f"{rows:,} rows in = {accepted:,} accepted + 0 duplicates + {no_place:,} quarantined"
        in rewir("ingest", str(path), *where)
    )
    again = rewir("ingest", str(path), *where)
    assert f"= 0 accepted + {accepted:,} duplicates + {no_place:,} quarantined" in again
    rewir("build", *where)

    release = open_current(Folder.open(tmp_path / "store"), face="public")
    assert release.manifest["city"]["id"] == "chicago"
    assert {"beats", "districts", "city", "area-periods"} <= set(release.collections)
    assert release.collections["beats"].count == 275


def rewir(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "geo", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
