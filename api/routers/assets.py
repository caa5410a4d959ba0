"""Scripts, styles and images of the maps, from this origin and from nowhere else."""

from __future__ import annotations

import mimetypes
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.conditional import IMMUTABLE
from api.deps import KnownParameters, SpeaksLanguages
from api.errors import ApiError
from geo.maps.assets import FOLDER, edition_of

__all__ = ["router"]

router = APIRouter(tags=["maps"], dependencies=[SpeaksLanguages, KnownParameters])


@router.get(
    "/assets/{assetPath:path}",
    summary="A file of the map pages",
    operation_id="getAsset",
    response_class=Response,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
def asset(
    name: Annotated[
        str,
        Path(alias="assetPath", description="Path of the file.", examples=["explorer.css"]),
    ],
    edition: Annotated[
        str | None,
        Query(alias="v", description="What the content is, as the pages name it: kept for ever."),
    ] = None,
) -> Response:
    """Give a script, a style or an image that the map pages load.

    The pages name the content in the address, so a browser need not ask again; without that, or
    for another content than there is now, it asks each time, and is told 304.
    """
    path = _assets().get(name)
    if path is None:
        raise ApiError(code="no-route")
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = path.read_bytes()
    headers = {"Cache-Control": IMMUTABLE} if edition == edition_of(content) else {}
    return Response(content, media_type=media_type, headers=headers)


@lru_cache(maxsize=1)
def _assets() -> dict[str, FilePath]:
    """Every file by its path below the folder: what is not in this table is not served."""
    return {
        path.relative_to(FOLDER).as_posix(): path
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
