"""The server as a process: what it imports, how it starts, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from own_server import PATIENCE, ask, free_port
from two_faces import add_key, bearer, write_two_faces

from geo.cli import main

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("folium", "geopandas", "numba", "pyproj", "scipy", "shapely")


def rewir(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "geo", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=os.environ | settings,
        check=False,
    )


def test_serving_imports_nothing_heavy(store: Path) -> None:
    """The server starts at once because the tools of the build stay at home."""
    code = f"""
import json, sys
from api.app import create_app
from geo.release.reader import open_current
from geo.settings import Settings
from geo.storage import Folder
create_app(Settings(store={str(store)!r}))
release = open_current(Folder.open({str(store)!r}), face="public")
for collection in release.collections.values():
    collection.features(collection.select(equals={{}}, offset=0, limit=5).rows)
print(json.dumps(sorted(set(sys.modules) & set({HEAVY!r}))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_serve_announces_answers_and_ends_well(store: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "geo", "serve", "--store", str(store), "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        status, body = ask(port, "/readyz")
        assert (status, json.loads(body)["status"]) == (200, "ready")
        assert ask(port, "/collections/beats/items/S-1")[0] == 200
        second = rewir("serve", "--store", str(store), "--port", str(port))
        assert second.returncode == 1
        assert re.search(rf"port {port} \(Address already in use\).*--port", second.stderr)
        assert "Traceback" not in second.stderr
    finally:
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert output == f"Nine at http://127.0.0.1:{port} (simulated reports; Ctrl-C stops)\n"
    assert errors == ""


def test_public_only_lets_no_key_in(tmp_path: Path) -> None:
    write_two_faces(tmp_path)
    _, token = add_key(tmp_path, "internal:read")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "geo", "serve", "--public-only"],
        stdout=subprocess.DEVNULL,
        env=os.environ | {"REWIR_STORE": str(tmp_path), "REWIR_PORT": str(port)},
    )
    try:
        assert ask(port, "/readyz")[0] == 200
        assert ask(port, "/collections", **bearer(token))[0] == 403
        assert ask(port, "/collections")[0] == 200
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def test_address_of_another_machine(store: Path) -> None:
    done = rewir("serve", "--store", str(store), "--host", "192.0.2.1", "--port", str(free_port()))
    assert done.returncode == 1
    assert "cannot listen on 192.0.2.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_setting_is_refused() -> None:
    done = rewir("serve", REWIR_PROT="8000")
    assert done.returncode == 2
    assert "unknown setting REWIR_PROT" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        (["Pogonowskiego 27/29"], 0, "beat: S-1 Area 1, approximate"),
        (["Pogonowskego 31"], 0, "the nearest spelling"),
        (["Pogonowskiego 29"], 0, "27/29"),
        (["Pogonowskiego"], 0, "2 places fit"),
        (["--lon", "19.405", "--lat", "51.705"], 0, "lon 19.405000, lat 51.705000"),
        (["Piotrkowska 5"], 1, "near are Piotrkowska 3"),
        (["Piotrkowska", "3"], 0, "Piotrkowska 3 (lon"),
        (["Nine,", "Piotrkowska", "3", "m.", "4"], 0, "Piotrkowska 3 (lon"),
        (["Piotrkowska", "3", "--lon", "19", "--lat", "51"], 2, "give either an address"),
        (["--lon", "20", "--lat", "51.705"], 1, "no area of Nine holds"),
        (["--lon", "19.405"], 2, "give either an address or both"),
        ([], 2, "give either an address or both"),
        (["--lon", "190", "--lat", "51"], 2, "180"),
    ],
)
def test_locate_on_the_command_line(
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    shown: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["rewir", "locate", *arguments])
    monkeypatch.setenv("REWIR_STORE", str(store))
    with pytest.raises(SystemExit) as ended:
        main()
    output, errors = capsys.readouterr()
    assert ended.value.code == status
    assert shown in (errors if status else output)
    assert bool(errors) == bool(status)


def test_locate_without_a_release(tmp_path: Path) -> None:
    done = rewir("locate", "Piotrkowska 3", "--store", str(tmp_path))
    assert done.returncode == 1
    assert "has no release yet" in done.stderr
