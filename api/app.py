"""The application, built from settings: nothing happens when this module is imported."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.conditional import Conditional
from api.deps import ReleaseWatch
from api.errors import PROBLEM_TYPE, add_error_handlers
from api.headers import AlwaysHeaders
from api.host import RealHost
from api.models import Problem
from api.routers import assets, features, health, landing, locate, maps
from geo import __version__
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from geo.settings import Settings

__all__ = ["create_app"]

DESCRIPTION = """
Layers of a city: areas of every level, what was reported in them period by period, and hot
spots, each number with its uncertainty. OGC API – Features over immutable releases: the same
address gives the same bytes until the next release, so a client that keeps the `ETag` is told
`304 Not Modified`.

Reports are perceptions of citizens, not crimes. Simulated reports and approximate areas say so.
"""

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {PROBLEM_TYPE: {"schema": Problem.model_json_schema()}},
    }
    for status, text in {
        400: "A parameter is unknown, is given twice, or has a value that cannot be used.",
        404: "There is no such thing.",
        406: "Nothing is offered that the client accepts.",
        503: "There is no release to serve.",
    }.items()
}
_PROGRAM = {".py", ".html", ".css", ".js", ".svg", ".toml"}


def create_app(settings: Settings) -> FastAPI:
    """Build the server for a store.

    Parameters
    ----------
    settings
        Which store, and the largest page.

    Raises
    ------
    StoreError
        If the store's address names no file system.
    """
    watch = ReleaseWatch(Folder.open(settings.store))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watch.look()
        yield

    app = FastAPI(
        title="Rewir",
        version=__version__,
        summary="Police beats and citizens' threat reports as layers",
        description=DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_route_name,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.watch = watch
    for module in (landing, features, maps, locate, assets, health):
        app.include_router(module.router, responses=_PROBLEMS)
    app.add_middleware(RealHost)
    app.add_middleware(Conditional, watch=watch, version=_fingerprint())
    app.add_middleware(AlwaysHeaders)
    add_error_handlers(app)
    return app


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
