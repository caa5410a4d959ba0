"""What may never be committed: hosts of registries, paths of a machine, locks with addresses."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGISTRY_ADDRESS = re.compile(r"https?://[^\s\"]*(/simple/|/packages/|\.whl|\.tgz)")
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|work|Users)/\w")
LIMIT_MB = 15


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name]


def texts() -> list[tuple[Path, str]]:
    return [
        (path, path.read_text(encoding="utf-8"))
        for path in tracked()
        if path.is_file() and path.suffix not in {".parquet", ".png", ".webp"}
    ]


def test_no_registry_address_and_no_path_of_a_machine() -> None:
    for path, text in texts():
        assert not REGISTRY_ADDRESS.search(text), path
        assert not MACHINE_PATH.search(text), path


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock",
                                  "requirements-bench.lock", "requirements-node.lock"])  # fmt: skip
def test_locks_name_exact_versions_and_no_host(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    for line in pins:
        assert re.fullmatch(r"[\w.\-]+==[\w.]+", line), line


def test_the_package_lock_names_no_host() -> None:
    assert "://" not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_the_repository_is_small() -> None:
    assert sum(p.stat().st_size for p in tracked() if p.is_file()) < LIMIT_MB * 2**20
