"""For whoever runs the server: whether it lives, and whether it can answer."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Response

from api.deps import CurrentRelease, KnownParameters, SpeaksLanguages
from api.links import JSON
from api.models import Health, Readiness

__all__ = ["router"]

router = APIRouter(tags=["operation"], dependencies=[SpeaksLanguages, KnownParameters])


@router.get("/healthz", summary="Alive?", response_model=Health, operation_id="getHealth")
def healthz() -> Response:
    """Say that the process answers."""
    return _now({"status": "ok"})


@router.get(
    "/readyz",
    summary="Ready?",
    response_model=Readiness,
    operation_id="getReadiness",
)
def readyz(release: CurrentRelease) -> Response:
    """Say which release is served; 503 while there is none."""
    return _now({"status": "ready", "release": release.id})


def _now(content: object) -> Response:
    """An answer that holds only now."""
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(content), media_type=JSON, headers=headers)
