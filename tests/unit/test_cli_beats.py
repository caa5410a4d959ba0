from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from geo.boundaries.coverage import check_coverage
from geo.boundaries.street_beats import areas_of_addresses
from geo.city import City
from geo.cli.beats import beats_app
from geo.errors import InputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

HEADING = "area_id,street,from,to,side\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(beats_app, [str(argument) for argument in arguments])


@pytest.fixture
def street_list(tmp_path: Path, nine_folder: Path) -> Path:
    """The list of the city of nine squares, as the command writes it."""
    path = tmp_path / "list.csv"
    assert run("to-streets", "-o", path, "--city", nine_folder).exit_code == 0
    return path


def test_a_list_is_written_and_drawn_again(
    tmp_path: Path, nine_folder: Path, nine: City, street_list: Path
) -> None:
    assert street_list.read_text(encoding="utf-8").startswith(HEADING)
    output = tmp_path / "beats.geojson"
    result = run("from-streets", street_list, "-o", output, "--city", nine_folder)
    assert result.exit_code == 0, result.output
    assert "9 beats (approximate) from 18 rows" in result.stdout
    assert "cutting the city into the cells of 360 addresses" in result.stderr
    drawn = gpd.read_file(output)
    squares = nine.levels["beat"]
    assert drawn["area_id"].tolist() == squares["area_id"].tolist()
    assert drawn["name"].tolist() == squares["name"].tolist()
    assert drawn["parent_id"].tolist() == squares["parent_id"].tolist()
    assert set(drawn["status"]) == {"approximate"}
    kept = areas_of_addresses(nine.addresses, drawn)
    assert kept.tolist() == areas_of_addresses(nine.addresses, squares).tolist()


def test_the_file_follows_rfc_7946(tmp_path: Path, nine_folder: Path, street_list: Path) -> None:
    output = tmp_path / "beats.geojson"
    run("from-streets", street_list, "-o", output, "--city", nine_folder)
    written = json.loads(output.read_text(encoding="utf-8"))
    for feature in written["features"]:
        ring = feature["geometry"]["coordinates"][0]
        assert shapely.LinearRing(ring).is_ccw
        assert all(19 < lon < 20 and 51 < lat < 52 for lon, lat in ring)


def test_gaps_and_idle_rows_are_told_and_reported(tmp_path: Path, nine_folder: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"{HEADING}A,Row 1,,,\nB,Row 2,1,59,odd\nC,Nowhere,,,\n", encoding="utf-8")
    output, report = tmp_path / "beats.geojson", tmp_path / "report.csv"
    result = run("from-streets", path, "-o", output, "--city", nine_folder, "--report", report)
    assert result.exit_code == 0, result.output
    assert "270 addresses claimed by no beat" in result.stderr
    assert "… and 250 more" in result.stderr
    assert "Nowhere: no street of this name (line 4)" in result.stderr
    table = pd.read_csv(report)
    assert table["finding"].value_counts().to_dict() == {"unclaimed": 270, "idle": 1}
    assert run("check", output, "--city", nine_folder).exit_code == 1
    filled = run("from-streets", path, "-o", output, "--city", nine_folder, "--fill-gaps")
    assert filled.exit_code == 0
    boundary = gpd.read_file(nine_folder / "city.geojson").union_all()
    assert set(check_coverage(gpd.read_file(output), boundary=boundary)["kind"]) <= {"multipart"}


def test_an_address_of_two_beats_fails_unless_the_first_row_wins(
    tmp_path: Path, nine_folder: Path, street_list: Path
) -> None:
    with street_list.open("a", encoding="utf-8") as file:
        file.write("X,Row 1,3,4,all\n")
    output = tmp_path / "beats.geojson"
    arguments = ("from-streets", street_list, "-o", output, "--city", nine_folder)
    failed = run(*arguments)
    assert isinstance(failed.exception, InputError)
    assert failed.exception.exit_status == 1
    assert "2 addresses claimed by two or more beats" in failed.stderr
    assert not output.exists()
    assert run(*arguments, "--first-rule").exit_code == 0
    assert "X" not in set(gpd.read_file(output)["area_id"])


def test_check_passes_what_is_whole_and_lists_what_is_not(
    tmp_path: Path, nine_folder: Path, street_list: Path
) -> None:
    drawn, holed = tmp_path / "beats.geojson", tmp_path / "holed.geojson"
    run("from-streets", street_list, "-o", drawn, "--city", nine_folder)
    sound = run("check", drawn, "--city", nine_folder)
    assert sound.exit_code == 0
    assert "9 areas: no gap, overlap, duplicate key or broken shape" in sound.stdout
    gpd.read_file(drawn).iloc[:-1].to_file(holed)
    result = run("check", holed, "--city", nine_folder)
    assert result.exit_code == 1
    assert "gap: S-6, S-8: no area covers 19.4" in result.stdout
    assert "8 areas: 1 finding" in result.stdout


def test_check_takes_the_areas_of_the_city_if_no_file_is_named(nine_folder: Path) -> None:
    result = run("check", "--city", nine_folder, "--level", "city")
    assert result.exit_code == 0
    assert "1 area: no gap, overlap, duplicate key or broken shape" in result.stdout


@pytest.fixture
def own_city(tmp_path: Path, nine_folder: Path) -> Path:
    """A copy of the city of nine squares, whose boundary is exactly that of its beats."""
    folder = tmp_path / "city"
    shutil.copytree(nine_folder, folder)
    toml = (folder / "city.toml").read_text(encoding="utf-8")
    toml = toml.replace('boundary_level = "city"', 'boundary_level = "beat"')
    (folder / "city.toml").write_text(toml, encoding="utf-8")
    return folder


def test_check_lists_rows_of_one_key(own_city: Path) -> None:
    """A city joins rows of one key when it is read; the check looks at what the file says."""
    beats = json.loads((own_city / "beats.geojson").read_text(encoding="utf-8"))
    beats["features"][3]["properties"]["area_id"] = "S-1"
    (own_city / "beats.geojson").write_text(json.dumps(beats), encoding="utf-8")
    assert len(City.load(own_city).levels["beat"]) == 8
    own = run("check", "--city", own_city)
    file = run("check", own_city / "beats.geojson", "--city", own_city)
    for result in (own, file):
        assert result.exit_code == 1
        assert "duplicate key: S-1: rows 1, 4 have this key" in result.stdout
        assert "9 areas: 1 finding" in result.stdout


def test_check_knows_the_city_s_own_name_of_the_key(own_city: Path) -> None:
    beats = (own_city / "beats.geojson").read_text(encoding="utf-8")
    (own_city / "beats.geojson").write_text(beats.replace('"area_id"', '"NUM"'), encoding="utf-8")
    toml = (own_city / "city.toml").read_text(encoding="utf-8")
    toml = toml.replace('file = "beats.geojson"', 'file = "beats.geojson"\nkey = "NUM"')
    (own_city / "city.toml").write_text(toml, encoding="utf-8")
    assert run("check", "--city", own_city).exit_code == 0
    assert run("check", own_city / "beats.geojson", "--city", own_city).exit_code == 0


def test_an_area_in_two_parts_is_a_note(tmp_path: Path, own_city: Path) -> None:
    beats = gpd.read_file(own_city / "beats.geojson")
    beats.loc[0, "geometry"] = shapely.MultiPolygon([beats.geometry[0], beats.geometry[8]])
    parts = tmp_path / "parts.geojson"
    beats.drop(index=8).to_file(parts, RFC7946="NO", COORDINATE_PRECISION=15)
    result = run("check", parts, "--city", own_city)
    assert result.exit_code == 0, result.stdout
    assert "note: multipart: S-1: 2 parts" in result.stdout
    assert "8 areas: no gap, overlap, duplicate key or broken shape, 1 note" in result.stdout


def test_check_reads_street_lists_too(nine_folder: Path, street_list: Path) -> None:
    assert run("check", street_list, "--city", nine_folder).exit_code == 0
    rows = street_list.read_text(encoding="utf-8").splitlines()
    street_list.write_text("\n".join(rows[:-1]) + "\n", encoding="utf-8")
    result = run("check", street_list, "--city", nine_folder)
    assert result.exit_code == 1
    assert result.stderr.count("no row claims it") == 20


def test_a_level_can_be_chosen(tmp_path: Path, nine_folder: Path) -> None:
    path = tmp_path / "list.csv"
    result = run("to-streets", "-o", path, "--city", nine_folder, "--level", "komisariat")
    assert result.exit_code == 0
    # Three rows of streets cross three columns; each street along a column is in one.
    assert pd.read_csv(path)["area_id"].value_counts().to_dict() == {"K1": 4, "K2": 4, "K3": 4}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["to-streets", "-o", "list.txt"], "the name must end in .csv"),
        (["to-streets", "-o", "absent/list.csv"], "there is no folder absent"),
        (["to-streets", "-o", "list.csv", "--level", "parish"], "choose one of beat, komisariat"),
        (["check", "--level", "parish"], "no level 'parish'"),
        (["check", __file__, "--level", "parish"], "choose one of beat, komisariat, city"),
    ],
)
def test_wrong_usage_is_told_with_exit_2(
    nine_folder: Path, arguments: list[str], told: str
) -> None:
    result = run(*arguments, "--city", nine_folder)
    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_status == 2
    assert told in result.exception.message


def test_a_missing_list_is_wrong_usage(tmp_path: Path) -> None:
    result = run("from-streets", tmp_path / "absent.csv", "-o", tmp_path / "beats.geojson")
    assert result.exit_code == 2


def test_a_city_without_addresses_is_told(
    tmp_path: Path, nine_folder: Path, street_list: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for file in nine_folder.iterdir():
        (bare / file.name).write_bytes(file.read_bytes())
    settings = (bare / "city.toml").read_text(encoding="utf-8")
    (bare / "city.toml").write_text(
        settings.replace('addresses = "addresses.parquet"\n', ""), encoding="utf-8"
    )
    result = run("check", street_list, "--city", bare)
    assert isinstance(result.exception, InputError)
    assert "has no address points" in result.exception.message


@pytest.mark.parametrize("command", ["from-streets", "to-streets", "check"])
def test_every_command_shows_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: rewir beats {command}" in " ".join(result.stdout.split())
