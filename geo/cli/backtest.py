"""`rewir backtest`: how well the forecast would have done, on the store's own past."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.catalogue import ALL
from geo.errors import UsageError
from geo.settings import Settings

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    import pandas as pd

    from geo.city import City

__all__ = ["register"]

_SHOWN = ("cut_date", "category_group", "level", "model", "area_frac", "hit_rate", "pai",
          "poisson_deviance", "log_score", "coverage80", "reason")  # fmt: skip
_WIDER = ("pei", "pei_star", "rri", "width80")
"""Columns that are shown where the terminal has room for them."""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("backtest")(run_backtest)


def run_backtest(
    cut: Annotated[
        list[datetime] | None,
        typer.Option(formats=["%Y-%m-%d"], help="A day to forecast from; may be given again."),
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, help="Days to forecast.")] = 181,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="A category group; may be given again. Without it the screen shows all "
            "categories together, and a file has each group."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV file for all columns.")
    ] = None,
    city: Annotated[str | None, typer.Option(help="A bundled city or a city folder.")] = None,
    store: Annotated[str | None, typer.Option(help="Folder or URL of the store.")] = None,
) -> None:
    """Forecast what is over from what was known before it, and compare with plain counts and KDE.

    Without --cut from the first days of the last two periods that the reports cover whole. The
    screen shows the columns that it has room for; a file has all.

    Example: rewir backtest --group traffic -o backtest.csv
    """
    from geo.city import City
    from geo.reports.store import ReportStore
    from geo.statistics.backtest import backtest
    from geo.storage import Folder

    settings = Settings.from_environment()
    place = City.load(city or settings.city)
    reports = ReportStore(Folder.open(store or settings.store)).view(None, place)
    cuts = [day.date() for day in cut] if cut else _last_cuts(reports, place)
    if output is not None and not output.parent.is_dir():
        msg = f"the folder {output.parent} does not exist: make it first"
        raise UsageError(msg)
    table = backtest(
        reports,
        city=place,
        cut_dates=cuts,
        horizon_days=horizon,
        groups=group or (None if output else [ALL]),
        progress=lambda line: typer.echo(line, err=True),
    )
    if output is None:
        width = shutil.get_terminal_size((0, 0)).columns
        typer.echo(_text(table, width=width))
        if not group:
            typer.echo("All categories together; --group for one group, --output for each.")
    else:
        table.to_csv(output, index=False, lineterminator="\n")
        typer.echo(f"{len(table)} rows in {output}")


def _last_cuts(reports: gpd.GeoDataFrame, city: City) -> list[date]:
    """First days of the last two periods that the reports cover whole, with one before them."""
    if reports.empty:
        msg = "there is no report in the store: ingest a file first, `rewir ingest FILE`"
        raise UsageError(msg)
    days = reports["reported_at"].dt.tz_convert(city.timezone).dt.date
    first, end = days.min(), days.max() + timedelta(days=1)
    periods = city.periods.between(first, days.max())
    whole = [p.start for p in periods if p.start >= first and p.end <= end]
    if len(whole) < 2:
        msg = f"the reports run from {first} to {days.max()}: give --cut, or two whole periods"
        raise UsageError(msg)
    return whole[1:][-2:]


def _text(table: pd.DataFrame, *, width: int) -> str:
    """The columns that fit, three digits, empty where there is no number; width 0 is no limit."""
    names = [name for name in table.columns if name in {*_SHOWN, *_WIDER}]
    while True:
        shown = table[names].fillna({"reason": ""})
        text = str(shown.to_string(index=False, float_format="%.3f", na_rep=""))
        left = [name for name in reversed(_WIDER) if name in names]
        if not width or not left or len(text.partition("\n")[0]) <= width:
            return text
        names.remove(left[0])
