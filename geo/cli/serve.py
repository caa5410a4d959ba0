"""`rewir serve` and `rewir locate`: a release on the web, and one question to it."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import RewirError, UsageError
from geo.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from geo.locate import Place
    from geo.release.reader import Release

__all__ = ["locate", "register", "serve"]

BACKLOG = 2048
SECONDS_TO_END = 10
SHARED_COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus-client's own variable: where several workers keep one count."""

Store = Annotated[str | None, typer.Option(help="Folder or fsspec URL of the store.")]
CityOption = Annotated[str | None, typer.Option(help="A bundled city or a city folder.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(serve)
    app.command()(locate)


def serve(
    store: Store = None,
    city: CityOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes.")] = None,
    public_only: Annotated[
        bool, typer.Option("--public-only", help="Never open the internal face, with no key.")
    ] = False,
    contacts: Annotated[
        str | None, typer.Option(help="CSV file of the offices that serve the areas.")
    ] = None,
) -> None:
    """Serve the current release: the map for people, the feed for programs.

    A store without a release is built first; an empty one is filled with the demo, three
    simulated years.

    Example: rewir serve --port 8000

    Example: rewir serve --workers 2 --public-only

    Example: rewir serve --contacts offices.csv
    """
    from geo.contacts import Contacts
    from geo.maps.tile_service import TileService

    faces = "public" if public_only else None
    settings = _settings(
        store=store,
        city=city,
        host=host,
        port=port,
        workers=workers,
        faces=faces,
        contacts=contacts,
    )
    TileService.of(settings)  # before anything else: a demo is not built for nothing
    offices = Contacts.load(settings.contacts) if settings.contacts else Contacts()
    with _listen(settings) as listener:
        release = _release_to_serve(settings)
        if city is not None:
            _refuse_another_city(city, release)
        offices.check(release)
        _run(settings, listener, announce=lambda: typer.echo(_announcement(settings, release)))


def locate(
    address: Annotated[
        list[str] | None,
        typer.Argument(help="An address, as people write it; no quotes needed."),
    ] = None,
    lon: Annotated[float | None, typer.Option(min=-180, max=180, help="Longitude.")] = None,
    lat: Annotated[float | None, typer.Option(min=-90, max=90, help="Latitude.")] = None,
    store: Store = None,
) -> None:
    """Say whose beat an address or a point is.

    Example: rewir locate Pogonowskiego 27/29

    Example: rewir locate --lon 19.44 --lat 51.77
    """
    from geo.locate import Locator

    query = " ".join(address) if address else None
    if (query is None) == (lon is None and lat is None) or (lon is None) != (lat is None):
        msg = "give either an address or both --lon and --lat"
        raise UsageError(msg)
    locator = Locator(_current(_settings(store=store)))
    if query is not None:
        places = locator.find(query).places
    else:
        places = (locator.at(float(lon or 0), float(lat or 0)),)
    if len(places) > 1:
        typer.echo(f"{len(places)} places fit {query!r}; add a number, or the first name:")
    for place in places:
        typer.echo(_described(place))


def _settings(**given: str | int | None) -> Settings:
    """Options of the command line before the environment before the defaults."""
    options = {name: value for name, value in given.items() if value is not None}
    return replace(Settings.from_environment(), **options)  # type: ignore[arg-type]


def _current(settings: Settings) -> Release:
    from geo.release.reader import open_current
    from geo.storage import Folder

    return open_current(Folder.open(settings.store), face="public")


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything else is done: a demo is not built for nothing.

    Raises
    ------
    RewirError
        If the port is in use, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    address = (settings.host, settings.port)
    try:
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        msg = (
            f"cannot listen on {settings.host} port {settings.port} ({reason}): "
            "stop what uses it, or take another with --port"
        )
        raise RewirError(msg, code="port") from error


def _release_to_serve(settings: Settings) -> Release:
    """The current release; where there is none, the demo is made first."""
    from geo.storage import Folder

    if not Folder.open(settings.store).exists("current"):
        from geo.demo import ensure_demo

        ensure_demo(settings, typer.echo)
    return _current(settings)


def _refuse_another_city(city: str, release: Release) -> None:
    """A release is of one city; who names another would be shown the wrong one."""
    from geo.city_settings import CitySettings, find_city

    wanted, found = CitySettings.load(find_city(city)).id, release.manifest["city"]["id"]
    if wanted != found:
        msg = f"the store holds a release of {found!r}, not of {wanted!r}: name another --store"
        raise UsageError(msg, code="another-city")


def _run(settings: Settings, listener: socket.socket, *, announce: Callable[[], None]) -> None:
    """Serve until Ctrl-C; then answer what was asked, and end well."""
    import uvicorn
    from uvicorn.config import LOGGING_CONFIG
    from uvicorn.supervisors import Multiprocess

    # The application reads its settings from the environment, in every process.
    os.environ |= {f"{PREFIX}{n.upper()}": str(v) for n, v in asdict(settings).items()}
    config = uvicorn.Config(
        "api.asgi:app",
        workers=settings.workers,
        http="api.one_write:OneWriteProtocol",
        log_config=LOGGING_CONFIG if settings.log == "off" else None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
    # uvicorn stops gracefully, and then raises the signal that stopped it.
    with suppress(KeyboardInterrupt):
        if settings.workers > 1:
            with _one_count():
                announce()
                Multiprocess(config, sockets=[listener]).run()
            return
        config.load()
        announce()
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _one_count() -> Iterator[None]:
    """A folder in which workers add up what they count, gone when they are."""
    with TemporaryDirectory(prefix="rewir-counts-") as folder:
        os.environ.setdefault(SHARED_COUNTS, folder)
        yield


def _announcement(settings: Settings, release: Release) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    inputs: Mapping[str, Mapping[str, bool]] = release.manifest["inputs"]
    simulated = "simulated reports; " if inputs["reports"]["simulated"] else ""
    city = release.manifest["city"]["name"]
    return f"{city} at http://{host}:{settings.port} ({simulated}Ctrl-C stops)"


def _described(place: Place) -> str:
    """An address or point, then its areas, one to a line."""
    point = f"lon {place.lon:.6f}, lat {place.lat:.6f}"
    title = point if place.street is None else f"{place.street} {place.number} ({point})"
    notes = {"similar": ", the nearest spelling", "part-of-number": ", which has this number"}
    lines = [title + notes.get(place.match, "")]
    for area in place.areas:
        status = f", {area.status}" if area.status == "approximate" else ""
        lines.append(f"  {area.label.get('en', area.level)}: {area.area_id} {area.name}{status}")
    return "\n".join(lines)
