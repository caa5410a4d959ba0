"""What a browser needs to keep the maps: the manifest of an app, and its service worker."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from api.deps import CurrentRelease, KnownParameters, Language, SpeaksLanguages
from api.errors import ApiError
from geo.errors import NotFoundError
from geo.maps.offline import web_manifest, worker_script

__all__ = ["router"]

router = APIRouter(tags=["maps"], dependencies=[SpeaksLanguages, KnownParameters])

MANIFEST = "application/manifest+json"
SCRIPT = "text/javascript"

WORKER_POLICY = "default-src 'none'; connect-src 'self'"
"""A worker has a policy of its own: it asks this origin, and runs nothing else."""


@router.get(
    "/manifest.webmanifest",
    summary="The maps as an app",
    operation_id="getWebManifest",
    response_class=Response,
    responses={200: {"content": {MANIFEST: {"schema": {"type": "object"}}}}},
)
def manifest(request: Request, release: CurrentRelease, language: Language) -> Response:
    """Tell a browser how the maps are installed: name, icons, colours, where they begin."""
    root: str = request.scope.get("root_path", "")
    content = web_manifest(release, lang=language, base_url=root)
    headers = {"Content-Language": language}
    return Response(orjson.dumps(content), media_type=MANIFEST, headers=headers)


@router.get(
    "/sw.js",
    summary="The worker that keeps the last release",
    operation_id="getServiceWorker",
    response_class=Response,
    responses={200: {"content": {SCRIPT: {"schema": {"type": "string"}}}}},
)
def worker(request: Request, release: CurrentRelease) -> Response:
    """Give the script by which a browser keeps this release for when there is no network.

    It names the release, so a browser finds another script with each, and replaces what it keeps.
    """
    root: str = request.scope.get("root_path", "")
    page_size: int = request.app.state.settings.max_limit
    try:
        script = worker_script(
            release, base_url=root, page_size=page_size, tiles=request.app.state.tiles
        )
    except NotFoundError as error:
        raise ApiError(code="no-assets") from error
    headers = {"Content-Security-Policy": WORKER_POLICY}
    return Response(script, media_type=SCRIPT, headers=headers)
