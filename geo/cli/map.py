"""`rewir map`: a layer as one self-contained HTML file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from geo.settings import Settings

__all__ = ["register"]

SUFFIXES = (".html", ".htm")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("map")(write_map)


def write_map(
    layer: Annotated[
        str,
        typer.Argument(
            help="What the file shows first: areas, hotspots, patterns, density, candidates or "
            "clusters, as far as the release has them.",
            metavar="LAYER",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")],
    period: Annotated[
        str | None, typer.Option(help="The period shown first, such as 2026H1.")
    ] = None,
    category_group: Annotated[
        str | None, typer.Option(help="The category group shown first, such as traffic.")
    ] = None,
    level: Annotated[
        str | None, typer.Option(help="The level of areas shown first, such as beat.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the file: en or pl.")] = "en",
    store: Annotated[str | None, typer.Option(help="Folder or fsspec URL of the store.")] = None,
) -> None:
    """Write a map of the current release as one file that makes no request.

    The file holds every layer, level, period, month and category group of the public face; the
    options say what it shows first.

    Example: rewir map areas -o map.html --level beat --lang pl
    """
    from geo.errors import StoreError, UsageError
    from geo.maps.page import areas_page
    from geo.release.reader import open_current
    from geo.storage import Folder

    if output.suffix.lower() not in SUFFIXES:
        msg = f"cannot write {output}: a map is HTML, let its name end in {' or '.join(SUFFIXES)}"
        raise UsageError(msg)
    settings = Settings.from_environment()
    settings = replace(settings, store=store or settings.store)
    page = areas_page(
        open_current(Folder.open(settings.store), face="public"),
        layer=layer,
        level=level,
        period=period,
        category_group=category_group,
        lang=lang,
        inline=True,
    )
    try:
        output.write_text(page.html, encoding="utf-8")
    except OSError as error:
        msg = f"cannot write {output}: {error.strerror}"
        raise StoreError(msg) from error
    typer.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB, opens without a network")
