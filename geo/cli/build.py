"""`rewir build` and `rewir export`: reports to a release, a release to files."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geo.errors import UsageError
from geo.layers.schema import FACES
from geo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(build)
    app.command()(export)


def build(
    period: Annotated[
        str | None, typer.Option(help="The period it is about, as 2026H1; else the last one.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Build what was known that day.")
    ] = None,
    city: Annotated[str | None, typer.Option(help="A bundled city or a city folder.")] = None,
    store: Annotated[str | None, typer.Option(help="Folder or URL of the store.")] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say how long each step took.")
    ] = False,
) -> None:
    """Build all layers from the reports in the store, and serve them.

    Example: rewir build --period 2026H1 --as-of 2026-07-01
    """
    from geo.city import City
    from geo.pipeline import build_release
    from geo.storage import Folder

    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
    settings = Settings.from_environment()
    start = time.perf_counter()
    release_id = build_release(
        City.load(city or settings.city),
        Folder.open(store or settings.store),
        period=period,
        as_of=as_of.date() if as_of else None,
        progress=None if verbose else typer.echo,
    )
    typer.echo(f"Release {release_id} in {time.perf_counter() - start:.1f} s")


def export(
    collection: Annotated[str, typer.Argument(help="For example area-periods or beats.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="File: .geojson, .geojsonl, .jsonfg, .csv, .xlsx, .fgb, .gpkg or .parquet.",
        ),
    ],
    where: Annotated[
        list[str] | None,
        typer.Option(help="Only rows with a value, as period=2026H1; may be given again."),
    ] = None,
    crs: Annotated[
        str, typer.Option(help="Coordinate system: CRS84, EPSG:4326, EPSG:2180 or EPSG:2177.")
    ] = "CRS84",
    wkt: Annotated[
        bool | None,
        typer.Option(help="CSV: a column of shapes, or none; else where rows have their own."),
    ] = None,
    face: Annotated[str, typer.Option(help="public or internal.")] = "public",
    store: Annotated[str | None, typer.Option(help="Folder or URL of the store.")] = None,
) -> None:
    """Write a collection of the current release to one file.

    Example: rewir export area-periods -o areas.gpkg --where level=beat --where period=2026H1
    """
    from geo.formats.export import export_collection
    from geo.release.reader import open_current
    from geo.storage import Folder

    if face not in FACES:
        msg = f"no face {face!r}: take one of {', '.join(FACES)}"
        raise UsageError(msg)
    release = open_current(Folder.open(store or Settings.from_environment().store), face=face)
    rows = export_collection(
        release, collection, output, where=_conditions(where or []), crs=crs, wkt=wkt
    )
    typer.echo(f"{rows} rows of {collection} ({face}) in {output}")


def _conditions(texts: list[str]) -> dict[str, str]:
    """Property to value, from `property=value`."""
    conditions: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name in conditions:
            msg = f"--where {text!r}: write property=value, each property once"
            raise UsageError(msg)
        conditions[name] = value
    return conditions
