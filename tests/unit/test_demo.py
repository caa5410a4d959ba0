"""The demo fills an empty store once, with reports that say they are simulated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from geo.demo import ensure_demo
from geo.release.reader import open_current
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path


def test_an_empty_store_becomes_a_release_and_stays_as_it_is(
    nine_folder: Path, tmp_path: Path
) -> None:
    settings = Settings(store=str(tmp_path / "store"), city=str(nine_folder))
    said: list[str] = []
    name = ensure_demo(settings, said.append)
    folder = Folder.open(settings.store)
    release = open_current(folder, face="public")
    assert release.id == name
    assert release.manifest["inputs"]["reports"]["simulated"] is True
    assert said[0].startswith("Simulating 1096 days of reports for Nine Squares")
    assert json.loads(folder.read("demo/truth.geojson"))["features"]

    before = folder.names("reports")
    assert ensure_demo(settings, said.append) == name
    assert folder.names("reports") == before
