"""The application, built from settings: nothing happens when this module is imported."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.conditional import Conditional
from api.document import SelfDescribing
from api.errors import add_error_handlers
from api.guard import Guard
from api.headers import AlwaysHeaders
from api.history import History
from api.host import RealHost
from api.keys import KeyWatch
from api.limits import Limits
from api.logs import log_access
from api.metrics import Metrics
from api.observe import Observe
from api.pages.forms import EmptyFields
from api.pinned import pinned
from api.ranges import Ranges
from api.rate import TokenBuckets
from api.routers import (
    areas,
    assets,
    dcat,
    features,
    health,
    landing,
    locate,
    maps,
    offline,
    priorities,
    releases,
    reports,
    schemas,
    styles,
    tiles,
)
from api.watch import ReleaseWatch
from api.work import Work
from geo import __version__
from geo.contacts import Contacts
from geo.keys import KeyRing
from geo.maps.tile_service import TileService
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from geo.settings import Settings

__all__ = ["create_app"]

DESCRIPTION = """
Layers of a city: areas of every level, what was reported in them period by period, and hot
spots, each number with its uncertainty. OGC API – Features over immutable releases: the same
address gives the same bytes until the next release, so a client that keeps the `ETag` is told
`304 Not Modified`.

Reports are perceptions of citizens, not crimes. Simulated reports and approximate areas say so.
"""

_SILENT: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""No variable of the environment makes this server send anything to another host."""

_PROGRAM = {".py", ".html", ".css", ".js", ".svg", ".png", ".toml"}


def create_app(settings: Settings) -> FastAPI:
    """Build the server for a store.

    Parameters
    ----------
    settings
        Which store, which faces, and how much of everything.

    Raises
    ------
    StoreError
        If the store's address names no file system.
    UsageError
        If the tile service is not one that pages may load from.
    ContactsError
        If the file of offices cannot be used.
    """
    folder = Folder.open(settings.store)
    faces = ("public",) if settings.faces == "public" else ("public", "internal")
    watches = {face: ReleaseWatch(folder, face=face) for face in faces}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watches["public"].look()
        yield

    app = SelfDescribing(
        title="Rewir",
        version=__version__,
        summary="Police beats and citizens' threat reports as layers",
        description=DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_SILENT,
        generate_unique_id_function=_route_name,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.watches = watches
    app.state.histories = {face: History(folder, face=face) for face in faces}
    app.state.metrics = Metrics(watches)
    app.state.tiles = TileService.of(settings)
    app.state.contacts = Contacts.load(settings.contacts) if settings.contacts else Contacts()
    _add_routes(app)
    _add_middleware(app, settings, folder)
    add_error_handlers(app)
    return app


def _add_routes(app: FastAPI) -> None:
    """Every family of routes, and below a release those of its collections."""
    for module in (
        landing,
        features,
        schemas,
        maps,
        offline,
        locate,
        priorities,
        releases,
        dcat,
        reports,
        tiles,
        styles,
        assets,
        health,
        # Last: its paths begin with whatever the city calls its levels.
        areas,
    ):
        app.include_router(module.router)
    for module in (features, schemas):
        app.include_router(pinned(module.router))


def _add_middleware(app: FastAPI, settings: Settings, folder: Folder) -> None:
    """What every request passes, from the inside out."""
    watches: dict[str, ReleaseWatch] = app.state.watches
    observers = [app.state.metrics.record]
    if settings.log != "off":
        observers.append(log_access)
    app.add_middleware(EmptyFields)
    app.add_middleware(RealHost)
    app.add_middleware(
        Conditional,
        watches=watches,
        # Pages and their policy name the tile service.
        version=f"{_fingerprint()} {app.state.tiles}",
        work=Work(most=settings.max_concurrent, seconds=settings.request_timeout),
    )
    app.add_middleware(Ranges)
    app.add_middleware(
        Guard,
        keys=KeyWatch(KeyRing(folder)),
        buckets=TokenBuckets(settings.rate_limit, settings.rate_burst),
        faces=frozenset(watches),
    )
    app.add_middleware(Limits, max_upload_mb=settings.max_upload_mb)
    app.add_middleware(AlwaysHeaders)
    app.add_middleware(Observe, observers=observers)
    if settings.trusted_proxy:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxy)


def _route_name(route: APIRoute) -> str:
    return route.name


@cache
def _fingerprint() -> str:
    """A hash of the program's own files, as this process found them: with them answers change."""
    digest = hashlib.sha256()
    for package in ("api", "geo"):
        folder = Path(str(files(package)))
        for path in sorted(folder.rglob("*")):
            if path.suffix in _PROGRAM:
                digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
