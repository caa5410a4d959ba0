"""What must not change, or only as foretold, when the same city is told in another way (E13).

| change | what holds | held by |
|---|---|---|
| rows of a file in another order | the same view, digest and release | `test_reports_properties`: \
`test_order_and_files_do_not_change_the_view`; `test_pipeline`: \
`test_two_stores_filled_at_different_times_give_the_same_bytes` |
| rows of the frame in another order | the same episodes, counts, layers | `test_episodes_always`: \
`test_the_order_of_rows_plays_no_part`; `test_layers_always`: \
`test_the_order_of_reports_does_not_matter`; here: `test_rows_in_another_order` |
| a file imported twice | nothing is added | `test_reports_properties`: \
`test_importing_again_adds_nothing`; here: `test_a_file_imported_twice` |
| areas in another order | the same posterior, forecast, join | `test_statistics_always`: \
`test_smoothing_does_not_mind_the_order`; `test_forecast_always`: \
`test_the_order_of_places_has_no_say`; `test_join_properties`: \
`test_the_order_of_rows_and_points_does_not_matter` |
| beats under other names | their numbers go with them | here: `test_beats_under_other_names` |
| the origin of the CRS moved by whole cells | only the cells' names change | here: \
`test_an_origin_moved_by_whole_cells` |
| the origin moved by part of a cell | counts of areas stay, cells change | here: \
`test_an_origin_moved_by_half_a_cell` |
| a category split in two of its group | counts of groups stay | here: \
`test_a_category_split_in_two` |
| a map turned or mirrored | the same episodes, scores | `test_episodes_always`: \
`test_turning_and_mirroring_the_map_keeps_the_episodes`; `test_space_time_always`: \
`test_scores_are_finite_and_do_not_mind_how_the_map_is_turned` |
| a unit of harm, treated and control | no rank changes; the sign turns | `test_planning_always`: \
`test_another_unit_of_harm_changes_no_rank`, \
`test_treated_and_control_changed_round_turn_the_sign` |
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest
from conftest import write_nine
from made_reports import fill, make_reports

from geo.city import City
from geo.layers.areas import denominators
from geo.layers.faces import Frame, area_face, hotspot_face
from geo.layers.facts import find_places, make_facts
from geo.layers.ground import Ground
from geo.layers.hotspot_maps import MapMaker, hotspot_windows
from geo.layers.levels import MetricLevels
from geo.storage import Folder

if TYPE_CHECKING:
    import geopandas as gpd

FIRST, END = date(2025, 2, 1), date(2026, 8, 1)
COUNTS = ("n_reports", "n_episodes", "n_report_days", "n_confirmed", "n_pending", "n_unconfirmed",
          "n_joke", "n_boundary_25m")  # fmt: skip
PL_1992 = ("+proj=tmerc +lat_0=0 +lon_0=19 +k=0.9993 +x_0={x} +y_0={y} +ellps=GRS80 "
           "+towgs84=0,0,0,0,0,0,0 +units=m +no_defs")  # fmt: skip
WHOLE_CELLS_M = 1200
"""A multiple of every lattice's side."""
PART, REST = "predkosc", "infrastruktura-drogowa"


class Told(NamedTuple):
    """What the layers say."""

    areas: pd.DataFrame
    cells: gpd.GeoDataFrame
    spots: gpd.GeoDataFrame


@pytest.fixture(scope="module")
def reports(nine: City) -> gpd.GeoDataFrame:
    made = make_reports(nine, n=1200, spot=150, first=FIRST, last=date(2026, 7, 31))
    return made.assign(category=made["category"].replace(REST, PART))


@pytest.fixture(scope="module")
def told(nine: City, reports: gpd.GeoDataFrame) -> Told:
    return layers(nine, reports)


def layers(city: City, reports: gpd.GeoDataFrame) -> Told:
    levels = MetricLevels(city)
    periods = city.periods.between(FIRST, date(2026, 7, 31))
    windows = hotspot_windows(periods, first=FIRST, end=END)[-1:]
    complete = np.ones(len(periods), dtype=bool)
    frame = Frame(levels, denominators(levels), periods, complete, windows, (FIRST, END))
    facts = make_facts(reports, find_places(reports, levels), city)
    areas, _ = area_face(facts, frame, rules=None)
    (cells, spots), _ = hotspot_face(facts, frame, MapMaker(Ground(levels)), rules=None)
    return Told(areas.layer.table, cells.layer.frame, spots.layer.frame)


def assert_same(one: pd.DataFrame, other: pd.DataFrame, *, but: tuple[str, ...] = ()) -> None:
    """Whole numbers and words alike, other numbers but for the rounding of sums."""
    one, other = (frame.drop(columns=[*but]).reset_index(drop=True) for frame in (one, other))
    pd.testing.assert_frame_equal(
        pd.DataFrame(one), pd.DataFrame(other), rtol=1e-4, atol=1e-6, check_dtype=False
    )


def by_place(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """In order of group, then from the south-west; places to a tenth of a metre."""
    middle = frame.geometry.representative_point()
    keys = frame.assign(_y=middle.y.round(6), _x=middle.x.round(6))
    order = keys.sort_values(["period", "category_group", "_y", "_x"]).index
    return frame.loc[order].drop(columns=["fid", "geometry"])


def test_there_is_something_to_keep(told: Told) -> None:
    assert len(told.spots) >= 2
    assert (told.cells["hot_class"] >= 95).any()
    assert told.areas["reporting_rate_rr"].notna().any()
    assert told.areas["smr_eb"].notna().any()


def test_rows_in_another_order(nine: City, reports: gpd.GeoDataFrame, told: Told) -> None:
    mixed = layers(nine, reports.sample(frac=1, random_state=1).reset_index(drop=True))
    assert_same(mixed.areas, told.areas)
    for layer in ("cells", "spots"):
        assert_same(*(by_place(getattr(one, layer)) for one in (mixed, told)))


def test_a_file_imported_twice(nine: City, reports: gpd.GeoDataFrame, tmp_path: Path) -> None:
    folder = Folder.open(tmp_path)
    once = fill(folder, reports).view(None, nine)
    twice = fill(folder, reports.iloc[::-1]).view(None, nine)
    pd.testing.assert_frame_equal(once, twice)


def test_beats_under_other_names(
    nine_folder: Path, reports: gpd.GeoDataFrame, told: Told, tmp_path: Path
) -> None:
    write_nine(tmp_path)
    beats = json.loads((nine_folder / "beats.geojson").read_text(encoding="utf-8"))
    names = {f"S-{i}": f"T-{10 - i}" for i in range(1, 10)}
    for feature in beats["features"]:
        feature["properties"]["area_id"] = names[feature["properties"]["area_id"]]
    (tmp_path / "beats.geojson").write_text(json.dumps(beats), encoding="utf-8")
    renamed = layers(City.load(tmp_path), reports)
    wanted = told.areas.replace({"area_id": names})
    keys = ["level", "area_id", "period", "category_group"]
    assert_same(renamed.areas.sort_values(keys), wanted.sort_values(keys), but=("fid",))
    for layer in ("cells", "spots"):
        one, other = by_place(getattr(renamed, layer)), by_place(getattr(told, layer))
        beats = [name for name in ("beat_id", "beats", "beat_ids") if name in one]
        assert_same(one, other, but=tuple(beats))
        # Of two beats with equal shares the one whose id sorts first stands first.
        clear = (one.get("beat_share", pd.Series(1.0, one.index)) > 0.51).to_numpy()
        assert clear.any()
        for name in beats:
            wanted = other[name].map(lambda word: _renamed(word, names))
            pairs = zip(one.loc[clear, name], wanted[clear], strict=True)
            assert all(_parts(found) == _parts(told_) for found, told_ in pairs)


def _parts(text: str) -> list[str]:
    return sorted(text.split(", "))


def _renamed(word: str, names: dict[str, str]) -> str:
    return re.sub(r"S-\d", lambda found: names[found[0]], word)


def moved(folder: Path, *, by: float, reports: gpd.GeoDataFrame) -> Told:
    """The same city in a CRS whose origin lies elsewhere."""
    write_nine(folder)
    settings = folder / "city.toml"
    crs = PL_1992.format(x=500_000 + by, y=-5_300_000 + by)
    text = settings.read_text(encoding="utf-8").replace('"EPSG:2180"', f'"{crs}"')
    settings.write_text(text, encoding="utf-8")
    city = City.load(folder)
    return layers(city, reports.to_crs(city.metric_crs))


def test_an_origin_moved_by_whole_cells(
    reports: gpd.GeoDataFrame, told: Told, tmp_path: Path
) -> None:
    other = moved(tmp_path, by=WHOLE_CELLS_M, reports=reports)
    assert_same(other.areas, told.areas)
    one, two = by_place(told.cells), by_place(other.cells)
    assert (one["cell_id"].to_numpy() != two["cell_id"].to_numpy()).all()
    assert_same(two, one, but=("cell_id",))
    assert_same(by_place(other.spots), by_place(told.spots), but=("hotspot_id",))


def test_an_origin_moved_by_half_a_cell(
    reports: gpd.GeoDataFrame, told: Told, tmp_path: Path
) -> None:
    other = moved(tmp_path, by=told.cells["cell_m"].iloc[0] / 2, reports=reports)
    assert_same(other.areas, told.areas)
    sums = [one.cells.groupby("category_group")["n_reports"].sum() for one in (told, other)]
    pd.testing.assert_series_equal(*sums)
    assert len(other.cells) != len(told.cells)
    # The places stay where they are: every hot spot of the one overlaps one of the other.
    for spot in told.spots.itertuples():
        same = other.spots[other.spots["category_group"] == spot.category_group]
        assert same.intersects(spot.geometry).any()


def test_a_category_split_in_two(nine: City, reports: gpd.GeoDataFrame, told: Told) -> None:
    assert nine.catalogue.categories[PART].group == nine.catalogue.categories[REST].group
    half = (reports["category"] == PART) & (np.arange(len(reports)) % 2 == 0)
    assert half.sum() > 10
    split = layers(nine, reports.assign(category=reports["category"].mask(half, REST)))
    changed = ("n_expected_confirmed", "reporting_rate_rr", "reporting_rate_lo90",
               "reporting_rate_hi90", "low_reporting")  # fmt: skip
    assert_same(split.areas, told.areas, but=changed)
    assert_same(by_place(split.cells), by_place(told.cells))
    assert_same(by_place(split.spots), by_place(told.spots), but=("top_category", "partner_hint"))
    # What waits is expected by the share of its own category, and that alone has changed.
    verified = (told.areas["n_pending"] == 0).to_numpy(dtype=bool)
    kept = [one.areas.loc[verified, "n_expected_confirmed"] for one in (told, split)]
    pd.testing.assert_series_equal(*kept)
    traffic = (told.areas["category_group"] == "traffic").to_numpy()
    other = [one.areas.loc[~traffic, COUNTS[1]].sum() for one in (told, split)]
    assert other[0] == other[1]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_[a-z_]+)`", __doc__))))
def test_the_table_names_what_there_is(name: str) -> None:
    tests = Path(__file__).parents[1]
    files = {path.stem for path in tests.glob("*/test_*.py")}
    found = any(f"def {name}(" in path.read_text("utf-8") for path in tests.glob("*/test_*.py"))
    assert found or name in files
