"""The page and the files for running the server say what is."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
from conftest import skip_or_fail

from api.limits import LONGEST_ADDRESS, LONGEST_HEADERS
from geo.cli.serve import SECONDS_TO_END
from geo.keys import SCOPES
from geo.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "deploy.md").read_text(encoding="utf-8")
FILES = [DOCS / "deploy" / "Containerfile", DOCS / "deploy" / "rewir.service"]
SETTINGS = {f"REWIR_{field.name.upper()}": field.default for field in fields(Settings)}


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    table: dict[str, str] = {}
    for names, defaults in re.findall(r"^\| (`REWIR_.*?) \| (.*?) \|", PAGE, flags=re.MULTILINE):
        known = re.findall(r"`(.*?)`", names)
        values = re.findall(r"`(.*?)`", defaults) or [""] * len(known)
        table |= dict(zip(known, values, strict=True))
    assert table == {name: str(default) for name, default in SETTINGS.items()}


def test_every_scope_stands_in_the_table() -> None:
    assert set(re.findall(r"^\| `(\w+:\w+)` \|", PAGE, flags=re.MULTILINE)) == set(SCOPES)


def test_numbers_of_the_page() -> None:
    assert f"{LONGEST_ADDRESS:,}".replace(",", " ") in PAGE
    assert f"{LONGEST_HEADERS // 1024} KiB" in PAGE
    assert SECONDS_TO_END == 10
    assert "after ten seconds" in PAGE


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_settings_of_the_files_are_known(file: Path) -> None:
    given = dict(re.findall(r"\b(REWIR_[A-Z_]+)=(\S+)", file.read_text(encoding="utf-8")))
    assert given
    assert Settings.from_environment(given) != Settings()


def test_the_image_has_no_root_and_no_registry() -> None:
    text = FILES[0].read_text(encoding="utf-8")
    assert re.findall(r"^FROM (\S+)", text, flags=re.MULTILINE) == ["python:3.12-slim"] * 2
    assert "\nUSER rewir\n" in text
    for name in re.findall(r"^COPY (?!--)(.*) \S+$", text, flags=re.MULTILINE):
        for pattern in name.split():
            assert list(DOCS.parent.glob(pattern)), pattern


def test_systemd_takes_the_unit_and_finds_it_tight(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        skip_or_fail("systemd-analyze is not installed: left out")
    # The program need not be installed for the unit to be read.
    unit = tmp_path / "rewir.service"
    text = FILES[1].read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/rewir/bin/rewir", shutil.which("true") or ""))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=12", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-300:]
    [level] = re.findall(r"exposure level for rewir.service: ([\d.]+)", found.stdout)
    assert f"says {level} of 10" in PAGE
