"""The city of nine squares with names that are markup, and a store with its release."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
from made_reports import fill, make_reports

from geo.city import City
from geo.pipeline import build_release
from geo.reports.simulate import SIMULATED_PREFIX
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "<script>alert(1)</script>"
EVIL_CITY = """Nine & "Squares" {{ 7 * 7 }} <b>bold</b> </script>"""
EVIL_STREET = "<img src=x onerror=alert(2)>"
EVIL_NAMES = {
    "S-1": "רבע \u202eהשלם\u202c א",
    "S-2": "Überlangesdorf " * 20,
    "S-3": """O'Brien's "quoted" `beat` & «Łąka»\\""",
    "S-4": "🚓👮‍♀️ 🇵🇱 Zażółć",
    "S-5": EVIL,
    "S-6": None,
    "S-7": "",
}
"""Right to left with an override, 300 letters, quotes, emoji, markup, no name, an empty name."""


def write_evil_store(nine_folder: Path, folder: Path) -> Path:
    """Build the release of simulated reports with a hot spot, and return the store."""
    city = City.load(_with_evil_names(nine_folder, folder / "city"))
    store = folder / "store"
    reports = make_reports(city, n=2500, spot=260)
    reports["report_id"] = SIMULATED_PREFIX + reports["report_id"]
    fill(Folder.open(store), reports)
    build_release(city, Folder.open(store))
    return store


def _with_evil_names(source: Path, folder: Path) -> Path:
    """A copy of the city folder: beats, every street and the city itself have evil names."""
    folder.mkdir()
    for file in source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    toml = (folder / "city.toml").read_text(encoding="utf-8")
    toml = toml.replace('name = "Nine Squares"', f"name = '''{EVIL_CITY}'''")
    (folder / "city.toml").write_text(toml, encoding="utf-8")
    beats = json.loads((folder / "beats.geojson").read_text(encoding="utf-8"))
    for feature in beats["features"]:
        properties = feature["properties"]
        properties["name"] = EVIL_NAMES.get(properties["area_id"], properties["name"])
    (folder / "beats.geojson").write_text(json.dumps(beats), encoding="utf-8")
    streets = gpd.read_parquet(folder / "streets.parquet")
    streets.assign(name=EVIL_STREET).to_parquet(folder / "streets.parquet")
    return folder
