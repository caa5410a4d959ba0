"""What a release says of itself: city, periods, inputs, parameters, rules, files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import shapely

from geo.languages import LANGUAGES, in_language
from geo.layers.schema import columns_of
from geo.periods import local_midnight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from geo.city import City
    from geo.layers.collection import Collection
    from geo.provenance import FileRecord

__all__ = ["FORMAT", "describe_city", "describe_collection", "describe_sources"]

FORMAT = 1
"""Version of the folder's layout."""


def describe_city(city: City, *, as_of: date) -> dict[str, Any]:
    """The parts of the manifest that depend on the city alone, and the moment it speaks of.

    Returns
    -------
    dict
        `city`, `groups`, `categories`, `levels`, `generated_at` (the as-of day's midnight, so
        that two builds say the same), `licence`, `attribution`.
    """
    levels = city.settings.levels.values()
    return {
        "city": {
            "id": city.id,
            "name": city.name,
            "timezone": str(city.timezone),
            "notice": {lang: in_language(city.settings.notice, lang) for lang in LANGUAGES},
            "bbox": [round(v, 7) for v in shapely.bounds(city.boundary).tolist()],
        },
        "groups": {group: dict(names) for group, names in city.catalogue.groups.items()},
        "categories": {c.id: dict(c.names) for c in city.catalogue.categories.values()},
        "levels": [
            {
                "id": level.id,
                "collection": level.collection,
                "label": {lang: in_language(level.label, lang) for lang in LANGUAGES},
                "areas": len(city.levels[level.id]),
            }
            for level in levels
        ],
        "generated_at": local_midnight(as_of, city.timezone).isoformat(),
        **describe_sources(city.registry),
    }


def describe_sources(registry: Mapping[str, FileRecord]) -> dict[str, Any]:
    """Licences and attributions of the city's files, each once."""
    records = [registry[name] for name in sorted(registry)]
    licences = _once(part for r in records for part in r.licence.split("; "))
    attributions = _once(part for r in records for part in r.attribution.split(". "))
    return {"licence": "; ".join(licences), "attribution": attributions}


def describe_collection(
    one: Collection, *, face: str, files: Mapping[str, Mapping[str, Any]], simulated: bool
) -> dict[str, Any]:
    """One collection as the manifest tells of it.

    Parameters
    ----------
    one
        The collection.
    face
        Which columns it has.
    files
        Name to hash and size of its files.
    simulated
        Whether the reports are.
    """
    layer = one.layer
    columns = columns_of(layer.names, face=face)
    has_shapes = len(layer.shapes) > 0
    bbox = (
        [round(v, 7) for v in shapely.total_bounds(layer.shapes).tolist()] if has_shapes else None
    )
    hashes = "".join(f"{name}{file['sha256']}" for name, file in sorted(files.items()))
    kinds = sorted({str(shape.geom_type) for shape in layer.shapes}, reverse=True)
    return {
        "id": layer.id,
        "title": dict(one.title),
        "description": dict(one.description),
        "rows": len(layer.table),
        # Polygons and multi-polygons together are told of as Polygon, as OGC's schemas do.
        "geometry": (kinds[0] if kinds else "Polygon") if one.spatial else None,
        "bbox": bbox,
        "time": [day.isoformat() for day in one.time] if one.time else None,
        "level": one.level,
        "status": one.status,
        "simulated": one.from_reports and simulated,
        "columns": {name: column.describe() for name, column in columns.items()},
        "method": dict(one.method),
        # Limits tell of values, so a face has none of a column that it does not have.
        "breaks": {k: v for k, v in one.breaks.items() if k.rpartition(".")[2] in columns},
        "files": {name: dict(file) for name, file in files.items()},
        "etag": hashlib.sha256(hashes.encode()).hexdigest()[:32],
    }


def _once(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))
