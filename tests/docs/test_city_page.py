"""The page on a city of one's own: its example builds as printed, its table is what is read."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geo import city_settings
from geo.catalogue import Catalogue
from geo.city import City
from geo.cli import app
from geo.errors import CityError, NotFoundError
from geo.locate import Locator
from geo.release.reader import Release, open_current
from geo.reports.columns import FIELDS
from geo.storage import Folder

PAGE = (Path(__file__).parents[2] / "docs" / "city.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as the page prints it."""
    home = tmp_path_factory.mktemp("page")
    (home / "three").mkdir()
    (home / "three" / "city.toml").write_text(blocks("toml")[0], encoding="utf-8")
    (home / "three" / "beats.geojson").write_text(blocks("json")[0], encoding="utf-8")
    (home / "reports.csv").write_text(blocks("csv")[0], encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def release(folder: Path) -> Release:
    """What the commands of the page make; all but the last, which serves."""
    names = {name: str(folder / name) for name in ("three", "three-store", "reports.csv")}
    *commands, last = blocks("sh")[0].splitlines()
    assert last.startswith("rewir serve")
    for command in commands:
        words = [names.get(word, word) for word in command.split()[1:]]
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    return open_current(Folder.open(names["three-store"]), face="internal")


def test_the_example_builds(release: Release) -> None:
    assert release.manifest["city"]["name"] == "Three Squares"
    assert release.collections["beats"].count == 3
    assert release.manifest["inputs"]["reports"]["rows"] == 6
    counts = release.collection("area-periods")
    chosen = counts.select(equals={"period": "2026H1", "category_group": "all", "level": "beat"})
    found = [json.loads(line)["properties"] for line in counts.features(chosen.rows)]
    assert {p["area_id"]: p["n_reports"] for p in found if p["area_id"] in "ABC"} == {
        "A": 2, "B": 3, "C": 1,
    }  # fmt: skip


def test_without_addresses_only_points_are_looked_up(release: Release) -> None:
    locator = Locator(release)
    assert [area.area_id for area in locator.at(19.45, 51.71).areas] == ["C"]
    with pytest.raises(NotFoundError, match="no address register"):
        locator.find("Piotrkowska 1")


def test_without_addresses_nothing_is_simulated(folder: Path, tmp_path: Path) -> None:
    arguments = ["simulate", "--city", str(folder / "three"), "-o", str(tmp_path / "made.csv")]
    assert isinstance(CliRunner().invoke(app, arguments).exception, CityError)


def test_the_table_has_every_word_and_no_other() -> None:
    table = PAGE.split("## Words of")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| `([\w.*]+)` \| (yes|no) \|", table, flags=re.MULTILINE))
    inside = {f"{t}.{w}" for t, words in city_settings._INSIDE.items() for w in words}
    levels = {f"levels.*.{word}" for word in city_settings._LEVEL_WORDS}
    known = {*city_settings._WORDS, *levels, *inside, "notice.*", "reports.columns.*"}
    assert set(told) == known - {"reports.columns"}
    tables = {word.split(".")[0] for word in told if "." in word}
    assert tables == set(city_settings._TABLES)


@pytest.mark.parametrize(
    "word",
    ["id", "name", "timezone", "metric_crs", "catalogue", "boundary_level", "periods.starts",
     "levels.beat.collection", "levels.beat.file"],
)  # fmt: skip
def test_what_the_table_needs_is_needed(folder: Path, tmp_path: Path, word: str) -> None:
    """The needed words are those of the example but the label; each is missed."""
    assert f"| `{word.replace('beat', '*')}` | yes |" in PAGE
    last = word.rpartition(".")[2]
    lines = (folder / "three" / "city.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(f"{last} =")]
    assert len(kept) == len(lines) - 1
    (tmp_path / "city.toml").write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(CityError, match=last):
        city_settings.CitySettings.load(tmp_path)
    assert PAGE.count("| yes |") == 9


@pytest.mark.parametrize("table", ["files", "background", "reports", "levels.beat"])
def test_a_word_that_is_not_told_is_refused(folder: Path, tmp_path: Path, table: str) -> None:
    toml = (folder / "three" / "city.toml").read_text(encoding="utf-8")
    toml += f"\n[{table}]\nwrong = 1\n" if table != "levels.beat" else "\nwrong = 1\n"
    (tmp_path / "city.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(CityError, match=f"{table} has unknown words: wrong"):
        city_settings.CitySettings.load(tmp_path)


def test_the_other_examples_are_read(folder: Path, tmp_path: Path) -> None:
    _, columns, catalogue = blocks("toml")
    (tmp_path / "catalogue.toml").write_text(catalogue, encoding="utf-8")
    mine = Catalogue.load(tmp_path / "catalogue.toml")
    assert mine.category("noise at night") == "noise"
    assert mine.members("beat-officer") == {"noise"}
    assert set(tomllib.loads(columns)["reports"]["columns"]) <= set(FIELDS)
    for field in FIELDS:
        assert f"`{field}`" in PAGE.split("The fields are")[1].split("\n## ")[0]
    (tmp_path / "beats.geojson").write_bytes((folder / "three" / "beats.geojson").read_bytes())
    toml = (folder / "three" / "city.toml").read_text(encoding="utf-8")
    toml = toml.replace('"kmzb"', '"catalogue.toml"') + columns
    (tmp_path / "city.toml").write_text(toml, encoding="utf-8")
    assert City.load(tmp_path).settings.columns["category"] == ("primary_type", "type")
