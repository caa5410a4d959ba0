"""Coordinate systems that a request names: `crs` of the answer, `bbox-crs` of its box."""

from __future__ import annotations

import math
import re
from typing import Annotated

from fastapi import Depends, Query
from pydantic import WithJsonSchema

from api.errors import ApiError
from geo.errors import UsageError
from geo.formats.coordinates import (
    CRS84,
    SERVED_CRS,
    box_to_degrees,
    is_projected,
    north_first,
    served_crs,
)
from geo.release.selection import Box

__all__ = ["CRS_SCHEMA", "OutputCrs", "WantedBox", "known_crs", "parse_bbox"]

CRS_SCHEMA = WithJsonSchema({"type": "string", "format": "uri", "enum": list(SERVED_CRS)})
"""How the API document says which coordinate systems there are."""

_BOX_SCHEMA = WithJsonSchema(
    {
        "type": "array",
        "items": {"type": "number"},
        "oneOf": [{"minItems": n, "maxItems": n} for n in (4, 6)],
        "examples": [[19.44, 51.75, 19.48, 51.79]],
    }
)

_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?")


async def output_crs(
    crs: Annotated[
        str,
        Query(
            description="The coordinate system of the answer, by its URI; coordinates of texts "
            "have its own axis order.",
        ),
        CRS_SCHEMA,
    ] = CRS84,
) -> str:
    """The coordinate system of the answer."""
    return known_crs("crs", crs)


OutputCrs = Annotated[str, Depends(output_crs)]


async def wanted_box(
    bbox: Annotated[
        str | None,
        Query(
            description="Only features that touch the box: west,south,east,north in degrees "
            "(WGS 84), or the two corners in the axis order of `bbox-crs`; six numbers with "
            "heights are taken, the heights do not matter.",
        ),
        _BOX_SCHEMA,
    ] = None,
    crs: Annotated[
        str,
        Query(alias="bbox-crs", description="The coordinate system of `bbox`, by its URI."),
        CRS_SCHEMA,
    ] = CRS84,
) -> Box | None:
    """The box of a request in degrees; what it holds is not looked at yet."""
    uri = known_crs("bbox-crs", crs)
    return None if bbox is None else parse_bbox(bbox, crs=uri)


WantedBox = Annotated[Box | None, Depends(wanted_box)]


def parse_bbox(text: str, *, crs: str = CRS84) -> Box:
    """West, south, east, north from four numbers, or six with heights, which no feature has.

    Raises
    ------
    ApiError
        If it is no box: wrong count, no numbers, outside the globe, its lower corner above its
        upper one. West may lie east of east: such a box crosses the antimeridian.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in {4, 6} or not all(_NUMBER.fullmatch(part) for part in parts):
        raise _bad(text)
    numbers = [float(part) for part in parts]
    low, high = numbers[: len(parts) // 2], numbers[len(parts) // 2 :]
    if not all(map(math.isfinite, numbers)) or low[2:] > high[2:]:
        raise _bad(text)
    (x1, y1), (x2, y2) = low[:2], high[:2]
    west, south, east, north = (y1, x1, y2, x2) if north_first(crs) else (x1, y1, x2, y2)
    if is_projected(crs):
        possible = west <= east
    else:
        possible = max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90
    if not possible or south > north:
        raise _bad(text)
    return box_to_degrees((x1, y1, x2, y2), crs)


def known_crs(parameter: str, text: str) -> str:
    """The URI of a coordinate system that a parameter names.

    Raises
    ------
    ApiError
        If the server does not know it.
    """
    try:
        return served_crs(text)
    except UsageError as error:
        raise ApiError(
            code="bad-value",
            parameter=parameter,
            value=text,
            expected="choice",
            allowed=list(SERVED_CRS),
            show=("parameter", "value", "allowed"),
        ) from error


def _bad(text: str) -> ApiError:
    return ApiError(
        code="bad-value", parameter="bbox", value=text, expected="bbox", show=("parameter", "value")
    )
