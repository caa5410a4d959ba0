"""Bringing reports, for who has a key: the same judgement and the same store as `rewir ingest`."""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.deps import KnownParameters, SpeaksLanguages
from api.errors import ApiError
from api.keys import require_scope
from api.links import GEOJSON, JSON
from api.models import ReportsTaken
from geo.errors import UsageError
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from geo.city import City

__all__ = ["router"]

WRITE = "reports:write"
SUFFIXES = {GEOJSON: ".geojson", JSON: ".json", "text/csv": ".csv"}
"""The body's media type to the suffix by which readers know the kind."""

COME_AGAIN = {"Retry-After": "5"}

_KINDS = {"type": "string", "format": "binary"}
_EXAMPLES = {
    "text/csv": "Typ,Data utworzenia,x,y\nŻebractwo,2026-06-01 12:00,530500,430500\n",
}
_one_at_a_time = threading.Lock()

router = APIRouter(tags=["writing"], dependencies=[SpeaksLanguages, KnownParameters])


@router.post(
    "/reports",
    summary="Bring reports",
    operation_id="postReports",
    response_model=ReportsTaken,
    dependencies=[
        Security(HTTPBearer(auto_error=False, description="A key with the scope reports:write.")),
        Security(APIKeyHeader(name="X-API-Key", auto_error=False)),
    ],
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "A file of reports, named as the city names its columns.",
            "content": {
                kind: {"schema": _KINDS}
                | ({"example": _EXAMPLES[kind]} if kind in _EXAMPLES else {})
                for kind in SUFFIXES
            },
        }
    },
)
async def bring(
    request: Request,
    crs: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Coordinate system, if the file does not say it.",
            examples=["EPSG:2180"],
        ),
    ] = None,
    seen_at: Annotated[
        str | None,
        Query(
            alias="seenAt",
            description="When the file was taken from its service: a day or an RFC 3339 time.",
            examples=["2026-07-01"],
        ),
    ] = None,
) -> Response:
    """Judge every row, and store what is new; the same file again adds nothing.

    Needs a key with the scope `reports:write`. Every row is accepted, known already, or
    quarantined with a reason. Maps and layers change with the next release, which is built by
    whoever runs the server.
    """
    require_scope(request.state.key, WRITE)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in SUFFIXES:
        raise ApiError(code="bad-body-type", allowed=list(SUFFIXES), show=("allowed",))
    body = await request.body()
    if not _one_at_a_time.acquire(blocking=False):
        raise ApiError(code="busy", headers=COME_AGAIN)
    try:
        taken = await run_in_threadpool(
            _take, body, SUFFIXES[kind], request.app.state.settings, crs=crs, seen_at=seen_at
        )
    finally:
        _one_at_a_time.release()
    return Response(orjson.dumps(taken), media_type=JSON, headers={"Cache-Control": "no-store"})


def _take(
    body: bytes, suffix: str, settings: Settings, *, crs: str | None, seen_at: str | None
) -> dict[str, object]:
    """Store a file, and tell what became of it.

    Raises
    ------
    ApiError
        If the time is none, or the reports do not fit those that are there.
    RewirError
        If the file, the city or the store cannot be used.
    """
    # The readers need the tools of the build: a server to which nobody writes never loads them.
    from geo.reports.intake import take_in  # noqa: PLC0415
    from geo.reports.store import ReportStore  # noqa: PLC0415

    city = _city(settings.city)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"reports{suffix}"
        path.write_bytes(body)
        try:
            taken = take_in(
                path,
                city=city,
                store=ReportStore(Folder.open(settings.store)),
                crs=crs,
                seen_at=None if seen_at is None else _moment(seen_at, city),
            )
        except UsageError as error:
            raise _refused(error) from error
    return {"source": taken.source, **asdict(taken.result), "reasons": taken.reasons()}


@lru_cache(maxsize=1)
def _city(name: str) -> City:
    from geo.city import City  # noqa: PLC0415

    return City.load(name)


def _refused(error: UsageError) -> ApiError:
    """What a client may know of it: the library's own words name folders of the server."""
    if error.error_code == "simulated-and-real":
        return ApiError(code="simulated-and-real")
    return ApiError(code="city")


def _moment(text: str, city: City) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(
            code="bad-value", parameter="seenAt", value=text, expected="moment",
            show=("parameter", "value"),
        ) from error  # fmt: skip
    return moment if moment.tzinfo else moment.replace(tzinfo=city.timezone)
