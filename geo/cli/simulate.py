"""`rewir simulate`: declared synthetic reports, with what was planted in a second file."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from geo.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(simulate)


def simulate(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: .csv, .geojson or .parquet.")
    ],
    days: Annotated[int, typer.Option(min=1, max=36_525, help="How many days.")] = 1095,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same file.")] = 1,
    last_day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day.")
    ] = None,
    snapshot: Annotated[
        bool,
        typer.Option("--snapshot", help="Only what the public map shows after the last day."),
    ] = False,
    city: Annotated[str | None, typer.Option(help="A bundled city or a city folder.")] = None,
) -> None:
    """Write simulated reports of a city, and beside them the truth: where hot spots were planted.

    Example: rewir simulate --days 1095 --seed 1 -o reports.csv
    """
    from datetime import timedelta

    from geo.city import City
    from geo.reports.simulate import DEMO_LAST_DAY, simulate_reports
    from geo.reports.simulated_files import write_simulated
    from geo.reports.visibility import visible_on

    where = City.load(city or Settings.from_environment().city)
    last: date = last_day.date() if last_day else DEMO_LAST_DAY
    reports, truth = simulate_reports(where, days=days, seed=seed, last_day=last)
    if snapshot:
        shown = visible_on(
            reports, last + timedelta(days=1), catalogue=where.catalogue, timezone=where.timezone
        )
        reports = reports[shown].reset_index(drop=True)
    beside = write_simulated(output, reports, truth, city=where)
    typer.echo(f"{len(reports)} simulated reports of {where.name} in {output}")
    typer.echo(f"{len(truth)} planted hot spots in {beside}")
