"""For whoever runs the server: whether it lives, whether it can answer, what it has done.

These handlers wait for no thread: a server whose threads are all at work still says that it lives.
"""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from api.deps import CurrentRelease, KnownParameters, SpeaksLanguages
from api.errors import ApiError
from api.guard import is_local
from api.keys import require_scope
from api.links import JSON
from api.metrics import CONTENT_TYPE_LATEST, Metrics
from api.models import Health, Readiness
from api.watch import ReleaseWatch

__all__ = ["router"]

router = APIRouter(tags=["operation"], dependencies=[SpeaksLanguages, KnownParameters])


@router.get("/healthz", summary="Alive?", response_model=Health, operation_id="getHealth")
async def healthz() -> Response:
    """Say that the process answers."""
    return _now({"status": "ok"})


@router.get(
    "/readyz",
    summary="Ready?",
    response_model=Readiness,
    operation_id="getReadiness",
)
async def readyz(request: Request, release: CurrentRelease) -> Response:
    """Say which release is served; 503 while there is none, or the store cannot be read."""
    watch: ReleaseWatch = request.app.state.watches["public"]
    if not watch.sound:
        raise ApiError(code="store")
    return _now({"status": "ready", "release": release.id})


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    operation_id="getMetrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Count requests, seconds, bytes, releases and keys.

    For clients on the server's own machine, and for keys with the scope `metrics:read`.
    """
    key = request.state.key
    if key is not None:
        require_scope(key, "metrics:read")
    elif not is_local(request.scope):
        raise ApiError(code="metrics-closed")
    counts: Metrics = request.app.state.metrics
    headers = {"Cache-Control": "no-store"}
    return Response(counts.text(), media_type=CONTENT_TYPE_LATEST, headers=headers)


def _now(content: object) -> Response:
    """An answer that holds only now."""
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(content), media_type=JSON, headers=headers)
