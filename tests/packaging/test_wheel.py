"""The wheel alone, in an empty environment in another folder, serves Łódź with its assets."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import venv
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(dist.glob("*.whl"))


def test_the_wheel_holds_code_data_and_assets_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"geo", "api", "rewir"}
    for needed in (
        "geo/_data/boundaries/lodz/city.toml",
        "geo/_data/boundaries/lodz/beats.geojson",
        "geo/_data/boundaries/lodz/registry.json",
        "geo/catalogues/kmzb.toml",
        "geo/locale/pl/LC_MESSAGES/geo.po",
        "api/locale/pl/LC_MESSAGES/api.po",
    ):
        assert needed in names
    assert any(re.match(r"geo/maps/assets/vendor/.*leaflet.*\.js$", name) for name in names)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".nbi", ".nbc"))]


def test_installed_alone_it_serves(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-compile",
               "--disable-pip-version-check"]  # fmt: skip
    constrained = ["-c", str(ROOT / "requirements.lock"), str(wheel)]
    subprocess.run([*install, *constrained], check=True, capture_output=True, cwd=tmp_path)
    with serving(tmp_path) as base:
        assert get_json(f"{base}/readyz")
        beats = get_json(f"{base}/collections/beats/items?limit=1000")
        assert beats["numberMatched"] == 130
        page = get(base, accept="text/html").decode()
        scripts = re.findall(r'src="(/[^"]+\.js\b[^"]*)"', page)
        assert any("leaflet" in script for script in scripts)
        for script in scripts:
            assert get(f"{base}{script}")


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """`rewir serve` of the environment in `folder`, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [folder / "env" / "bin" / "rewir", "serve", "--store", "store", "--port", str(port)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "REWIR_"))}
    log = (folder / "log").open("w")
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until_ready(base, server, folder / "log")
        yield base
    finally:
        server.terminate()
        assert server.wait(timeout=20) in {0, -15, 143}
        log.close()


def wait_until_ready(base: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            if httpx.get(f"{base}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    pytest.fail(f"not ready after {PATIENCE_S} s:\n{log.read_text()}")


def get(url: str, *, accept: str = "*/*") -> bytes:
    answer = httpx.get(url, headers={"Accept": accept}, timeout=30)
    assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:200]}"
    return answer.content


def get_json(url: str) -> dict[str, object]:
    return dict(json.loads(get(url)))
