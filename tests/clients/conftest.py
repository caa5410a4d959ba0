"""A small release of simulated reports, a server on it, and the clients of this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from conftest import skip_or_fail
from made_reports import fill, make_reports
from watched_server import Watched, fetch, serving, watching

from geo.city import City
from geo.pipeline import build_release
from geo.reports.simulate import SIMULATED_PREFIX
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 120
DEBIAN_PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="session")
def served_store(nine_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a release of the city of nine squares, with a hot spot."""
    store = tmp_path_factory.mktemp("clients")
    city = City.load(nine_folder)
    reports = make_reports(city, n=2500, spot=260)
    reports["report_id"] = SIMULATED_PREFIX + reports["report_id"]
    fill(Folder.open(store), reports)
    build_release(city, Folder.open(store))
    return store


@pytest.fixture(scope="session")
def port(served_store: Path) -> Iterator[int]:
    """The port of a server on that store."""
    with serving(served_store) as number:
        yield number


@pytest.fixture
def feed(port: int) -> Iterator[Watched]:
    """The feed, and what this test's client asks it for."""
    with watching(port) as watched:
        yield watched


@pytest.fixture(scope="session")
def said(port: int) -> Callable[[str], Any]:
    """What the feed says at a path, read as JSON and not noted."""

    def read(path: str) -> Any:
        return json.loads(fetch(f"http://127.0.0.1:{port}{path}")[0])

    return read


@pytest.fixture(scope="session")
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a program of the machine starts with: no GDAL or PROJ of this Python."""
    home = str(tmp_path_factory.mktemp("home"))
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "XDG_RUNTIME_DIR": home,
        "LANG": "C.UTF-8",
        "QT_QPA_PLATFORM": "offscreen",
    }


@pytest.fixture(scope="session")
def run(clean_environment: dict[str, str]) -> Callable[..., str]:
    """Runs a program of the machine to its end, and gives its output; any error fails the test."""

    def to_the_end(*command: str) -> str:
        done = subprocess.run(
            command,
            env=clean_environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr, done.stderr
        return done.stdout

    return to_the_end


@pytest.fixture(scope="session")
def ogr2ogr() -> str:
    """Debian's `ogr2ogr`."""
    path = shutil.which("ogr2ogr", path="/usr/bin")
    if path is None:
        skip_or_fail("ogr2ogr is not installed (apt-get install gdal-bin): left out")
    return str(path)


@pytest.fixture(scope="session")
def qgis_python(clean_environment: dict[str, str]) -> str:
    """A Python that has QGIS: Debian's, with `python3-qgis`."""
    if shutil.which(DEBIAN_PYTHON) is not None:
        probe = [DEBIAN_PYTHON, "-c", "import qgis.core"]
        done = subprocess.run(probe, env=clean_environment, capture_output=True, check=False)
        if done.returncode == 0:
            return DEBIAN_PYTHON
    skip_or_fail("QGIS is not installed (apt-get install python3-qgis): left out")
    return ""
