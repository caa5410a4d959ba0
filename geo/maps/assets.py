"""The scripts and styles of the maps: our own, and Leaflet as npm installed it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from geo.errors import NotFoundError

__all__ = [
    "FOLDER",
    "ICON",
    "SCRIPTS",
    "STYLES",
    "asset_link",
    "edition_of",
    "integrity",
    "read_asset",
]

FOLDER = Path(__file__).parent / "assets"
"""Everything in it may be served as it is, under ``/assets/``."""

ICON = "icon.svg"
STYLES = (
    "vendor/leaflet/leaflet.css",
    "theme.css",
    "explorer.css",
    "views.css",
    "search.css",
    "access.css",
)
SCRIPTS = (
    "trusted.js",
    "vendor/leaflet/leaflet.js",
    "dom.js",
    "theme.js",
    "words.js",
    "state.js",
    "poisson.js",
    "months.js",
    "scale.js",
    "source.js",
    "basemap.js",
    "labels.js",
    "roving.js",
    "pan.js",
    "shapes.js",
    "areas.js",
    "hotspots.js",
    "signs.js",
    "patterns.js",
    "grid.js",
    "cells.js",
    "candidates.js",
    "clusters.js",
    "legend.js",
    "parts.js",
    "panel.js",
    "table.js",
    "search.js",
    "views/areas.js",
    "views/hotspots.js",
    "views/patterns.js",
    "views/density.js",
    "views/candidates.js",
    "views/clusters.js",
    "explorer.js",
)
"""In the order in which they need each other."""


def read_asset(name: str) -> bytes:
    """The bytes of an asset, such as ``explorer.css``.

    Raises
    ------
    NotFoundError
        If it is missing; Leaflet is there only after the set-up.
    """
    path = FOLDER / name
    if not path.is_file():
        msg = f"the map asset {name} is missing: run `make assets`, which installs it from npm"
        raise NotFoundError(msg, code="no-asset")
    return path.read_bytes()


def asset_link(name: str, base_url: str) -> dict[str, str]:
    """The address of a served asset, which names its content, and its ``integrity``.

    A browser may keep what such an address gives for ever, and a page of one version of the
    program never gets a script of another.

    Raises
    ------
    NotFoundError
        If the asset is missing.
    """
    content = read_asset(name)
    url = f"{base_url}/assets/{name}?v={edition_of(content)}"
    return {"url": url, "integrity": integrity(content)}


def edition_of(content: bytes) -> str:
    """What an address calls the content of a file: twelve figures of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:12]


def integrity(content: bytes) -> str:
    """The value of an ``integrity`` attribute or of a CSP hash: ``sha256-…`` (base64)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")
