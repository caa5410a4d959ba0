"""Examples of the README and of the guide to the feed run as they are written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made_reports import fill
from two_faces import add_key
from watched_server import serving

from geo.pipeline import build_release
from geo.reports.simulate import simulate_reports
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.city import City

ROOT = Path(__file__).parents[2]
WRITTEN = "http://127.0.0.1:8000"
PATIENCE = 120
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Use the feed\n")[2].partition("\n## ")[0]
GUIDE = (ROOT / "docs" / "feed.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for kind, block in BLOCK.findall(GUIDE)
    if not kind
    for line in block.replace("\\\n", " ").splitlines()
]
START_QGIS = """
from qgis.core import QgsApplication
application = QgsApplication([], False)
application.initQgis()
"""


def examples() -> list[tuple[str, str, str]]:
    """Kind, code and shown output of each example in the README's section."""
    blocks = BLOCK.findall(SECTION)
    pairs = pairwise(blocks)
    return [(kind, code, shown) for (kind, code), (after, shown) in pairs if after == "text"]


@pytest.fixture(scope="module")
def lodz_store(lodz: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Łódź with half a year of simulated reports: areas as in the demo, and built in seconds."""
    store = tmp_path_factory.mktemp("lodz")
    reports, _ = simulate_reports(lodz, days=185, seed=1)
    fill(Folder.open(store), reports)
    build_release(lodz, Folder.open(store))
    return store


@pytest.fixture(scope="module")
def address(lodz_store: Path) -> Iterator[str]:
    """Where a server of Łódź listens."""
    with serving(lodz_store) as port:
        yield f"http://127.0.0.1:{port}"


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run an example to its end, and give what it prints."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout


def test_the_readme_shows_three_clients() -> None:
    assert [kind for kind, _, _ in examples()] == ["", "python", "python"]
    assert all(WRITTEN in code for _, code, _ in examples())


def test_curl_in_the_readme(
    address: str, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    _, code, shown = examples()[0]
    command = ["bash", "-ec", code.replace(WRITTEN, address)]
    assert run(command, tmp_path, clean_environment).splitlines() == shown.splitlines()


def test_geopandas_in_the_readme(
    address: str, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    _, code, shown = examples()[1]
    command = [sys.executable, "-c", code.replace(WRITTEN, address)]
    assert run(command, tmp_path, clean_environment) == shown


def test_qgis_in_the_readme(
    address: str, tmp_path: Path, clean_environment: dict[str, str], qgis_python: str
) -> None:
    _, code, shown = examples()[2]
    command = [qgis_python, "-c", START_QGIS + code.replace(WRITTEN, address)]
    assert run(command, tmp_path, clean_environment) == shown


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_of_the_guide(
    line: str,
    address: str,
    lodz_store: Path,
    tmp_path: Path,
    clean_environment: dict[str, str],
    ogr2ogr: str,
) -> None:
    """Each is answered with 200 and with what the guide says."""
    assert Path(ogr2ogr).with_name("ogrinfo").exists()
    _, token = add_key(lodz_store, "internal:read")
    strict = re.sub(r"^curl ", "curl -sS --fail ", line.replace(WRITTEN, address))
    printed = run(["bash", "-ec", strict], tmp_path, clean_environment | {"KEY": token})
    if printed.startswith("{"):
        answer = json.loads(printed)
        assert "numberMatched" in answer or "releases" in answer
    else:
        files = [path.stat().st_size for path in tmp_path.iterdir()]
        headers = re.search(r"^etag: \"\w+\"", printed, flags=re.MULTILINE)
        assert headers or "Feature Count" in printed or min(files) > 10_000
