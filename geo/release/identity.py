"""What makes a release that release: the hash of everything that goes into it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from geo import __version__
from geo.layers.disclosure import rules_file
from geo.planning.weights import weights_file
from geo.provenance import REGISTRY, sha256_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geo.city import City

__all__ = ["city_hashes", "code_version", "release_id"]

_NOT_BUILDING = ("maps", "cli")
"""Parts of the package that no byte of a release depends on."""


def city_hashes(city: City) -> dict[str, str]:
    """The SHA-256 of every file that the city consists of.

    Parameters
    ----------
    city
        The city.

    Returns
    -------
    dict
        File name to hash: `city.toml`, levels, addresses and so on, registry, catalogue, rules,
        weights of plans.
    """
    settings = city.settings
    catalogue = Path(settings.catalogue)
    if catalogue.suffix != ".toml":
        catalogue = Path(str(files("geo") / "catalogues" / f"{settings.catalogue}.toml"))
    paths = [
        settings.folder / "city.toml",
        *(settings.folder / level.file for level in settings.levels.values()),
        *settings.files.values(),
        settings.folder / REGISTRY,
        catalogue,
        rules_file(city),
        weights_file(city),
    ]
    return {path.name: sha256_file(path) for path in paths if path is not None and path.exists()}


@lru_cache(maxsize=1)
def code_version() -> str:
    """The version of the package, and a hash of the code that builds: ``0.1.0+1a2b3c4d``."""
    package = Path(str(files("geo")))
    state = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if not name.startswith(_NOT_BUILDING):
            state.update(name.encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{state.hexdigest()[:8]}"


def release_id(*, as_of: date, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """The id of a release: its as-of day and a hash of inputs, parameters and code.

    Parameters
    ----------
    as_of
        What was known at the end of this day.
    inputs
        Hashes of the reports and of the city's files.
    parameters
        Everything that was chosen.

    Returns
    -------
    str
        For example ``2026-07-31-0123456789ab``.
    """
    parts = {"inputs": inputs, "parameters": parameters, "code": code_version()}
    text = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return f"{as_of.isoformat()}-{hashlib.sha256(text).hexdigest()[:12]}"
