"""What npm installs: pinned, from no named host, and what only tests need is marked so."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from geo.maps import vendor

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def lock(root: Path) -> dict[str, Any]:
    """The packages of the lock, by folder; "" is this one."""
    found: dict[str, Any] = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    return found


def test_the_lock_names_no_host(root: Path) -> None:
    text = (root / "package-lock.json").read_text("utf-8")
    assert "://" not in text
    assert "resolved" not in text


def test_every_package_is_pinned_by_version_and_content(lock: dict[str, Any]) -> None:
    for folder, package in lock.items():
        if folder:
            assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
            assert package["integrity"].startswith("sha512-")


def test_only_what_is_served_is_installed_to_serve(lock: dict[str, Any]) -> None:
    served = {folder for folder, package in lock.items() if folder and not package.get("dev")}
    assert served == {f"node_modules/{name}" for name in vendor.FILES}
    assert lock["node_modules/axe-core"]["dev"] is True


def test_serve_leaves_out_what_only_tests_need(root: Path) -> None:
    rules = (root / "Makefile").read_text("utf-8").split("\n\n")
    by_target = {rule.split(":")[0].splitlines()[-1]: rule for rule in rules if ":" in rule}
    assert "npm ci --omit=dev" in by_target["$(STAMPS)/assets"]
    assert "STAMPS)/axe" not in by_target["serve"]
    assert "STAMPS)/axe" in by_target["setup"]
