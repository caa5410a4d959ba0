"""A second city, written by the tests: Chicago, whose police recorded the beat of every incident.

Nothing of it belongs to the project; it shows that a city is data, and it is an answer key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

if TYPE_CHECKING:
    from pathlib import Path

CITY_TOML = """
id = "chicago"
name = "Chicago"
timezone = "America/Chicago"
metric_crs = "EPSG:26916"
catalogue = "catalogue.toml"
boundary_level = "city"

[notice]
en = "Beats of December 2012; recorded incidents, for tests only."

[periods]
starts = ["01-01", "07-01"]

[levels.beat]
collection = "beats"
file = "beats.geojson"
key = "BEAT_NUM"
name = "BEAT_NUM"
parent = "district"
parent_key = "DISTRICT"
label = { en = "beat" }

[levels.district]
collection = "districts"
file = "districts.geojson"
key = "DISTRICT"
name = "DISTRICT"
parent = "city"
parent_key = "city"
label = { en = "district" }

[levels.city]
collection = "city"
file = "city.geojson"
key = "city"
name = "city"
label = { en = "city" }

[background]
components = ["land"]

[reports]
crs = "EPSG:3435"

[reports.columns]
report_id = "id"
category = "primary_type"
reported_at = "date"
x = "x_coordinate"
y = "y_coordinate"
"""

GROUPS = {
    "violent": ["ASSAULT", "BATTERY", "CRIM SEXUAL ASSAULT", "HOMICIDE", "ROBBERY", "KIDNAPPING"],
    "property": ["ARSON", "BURGLARY", "CRIMINAL DAMAGE", "CRIMINAL TRESPASS", "DECEPTIVE PRACTICE",
                 "MOTOR VEHICLE THEFT", "THEFT"],
    "order": ["CONCEALED CARRY LICENSE VIOLATION", "GAMBLING", "HUMAN TRAFFICKING",
              "INTERFERENCE WITH PUBLIC OFFICER", "INTIMIDATION", "LIQUOR LAW VIOLATION",
              "NARCOTICS", "OBSCENITY", "OFFENSE INVOLVING CHILDREN", "OTHER NARCOTIC VIOLATION",
              "OTHER OFFENSE", "PROSTITUTION", "PUBLIC INDECENCY", "PUBLIC PEACE VIOLATION",
              "SEX OFFENSE", "STALKING", "WEAPONS VIOLATION", "NON-CRIMINAL", "NON - CRIMINAL",
              "NON-CRIMINAL (SUBJECT SPECIFIED)"],
}  # fmt: skip
ON_FOOT = {"CRIMINAL DAMAGE", "CRIMINAL TRESPASS", "THEFT", "PUBLIC PEACE VIOLATION"}


def write_chicago(folder: Path, shared_data: Path) -> Path:
    """Write the city folder from the beats of the input data, and return it."""
    beats = gpd.read_file(shared_data / "chicago" / "chicago_beats_dec2012.geojson")
    beats["city"] = "chicago"
    folder.mkdir(parents=True, exist_ok=True)
    _write(beats[["BEAT_NUM", "DISTRICT", "geometry"]], folder / "beats.geojson")
    _write(beats.dissolve("DISTRICT").reset_index(), folder / "districts.geojson")
    _write(beats.dissolve("city").reset_index(), folder / "city.geojson")
    (folder / "city.toml").write_text(CITY_TOML, encoding="utf-8")
    (folder / "catalogue.toml").write_text(_catalogue(), encoding="utf-8")
    return folder


def _write(areas: gpd.GeoDataFrame, path: Path) -> None:
    areas.to_file(path, driver="GeoJSON", RFC7946="NO", COORDINATE_PRECISION=9)


def _catalogue() -> str:
    parts = ['id = "chicago"\nversion = "2017"', '[groups.all]\nen = "all"']
    parts += [f'[groups.{name}]\nen = "{name}"' for name in ("beat-officer", *GROUPS)]
    parts += [
        f'[statuses.{status}]\nen = "{status}"\nclass = "{kind}"'
        for status, kind in {
            "new": "pending", "verification": "pending", "confirmed": "confirmed",
            "passed_on": "confirmed", "eliminated": "confirmed", "unconfirmed": "unconfirmed",
            "joke": "joke",
        }.items()
    ]  # fmt: skip
    parts += [
        f'[[categories]]\nid = "{_slug(name)}"\nen = "{name}"\ngroup = "{group}"\n'
        f"actionable = {str(name in ON_FOOT).lower()}"
        for group, names in GROUPS.items()
        for name in names
    ]
    return "\n\n".join(parts) + "\n"


def _slug(name: str) -> str:
    kept = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return f"{'-'.join(part for part in kept.split('-') if part)}{'-spaced' * (' - ' in name)}"
