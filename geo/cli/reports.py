"""Commands that bring reports in: ``rewir ingest`` and ``rewir quarantine``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import NotFoundError, ReportsError, RewirError, UsageError

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    import pandas as pd
    from rich.console import Console

    from geo.city import City
    from geo.reports.store import IngestResult, ReportStore

__all__ = ["register"]

Files = Annotated[list[Path], typer.Argument(help="Files of reports.", show_default=False)]
CityOption = Annotated[
    str | None, typer.Option("--city", help="City folder, or the name of a bundled city.")
]
StoreOption = Annotated[str | None, typer.Option("--store", help="Folder or URL of the store.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("ingest")(ingest)
    group = typer.Typer(no_args_is_help=True, help="Rows that were not accepted, and why.")
    group.command("list")(list_quarantine)
    group.command("export")(export_quarantine)
    app.add_typer(group, name="quarantine")


def ingest(
    files: Files,
    crs: Annotated[
        str | None, typer.Option("--crs", help="Coordinate system of the files, as EPSG:2180.")
    ] = None,
    column_map: Annotated[
        list[str] | None,
        typer.Option("--map", help="field=column, as category=Typ; may be repeated."),
    ] = None,
    city: CityOption = None,
    store: StoreOption = None,
    seen_at: Annotated[
        str | None,
        typer.Option("--seen-at", help="Day or time at which the files were taken (local)."),
    ] = None,
) -> None:
    """Read reports, judge every row, and add what is new to the store.

    Every row is accepted, a duplicate, or quarantined with a reason. Importing a file twice
    adds nothing.

    Example: rewir ingest reports.csv --map category=Typ
    """
    from geo.reports.columns import parse_map

    columns = parse_map(column_map or [])
    place = _city(city)
    reports = _store(store)
    reports.require(place.id)
    moment = None if seen_at is None else _moment(seen_at, place.timezone)
    status = 0
    for path in files:
        try:
            _ingest_one(path, place, reports, crs=crs, columns=columns, seen_at=moment)
        except RewirError as error:
            # The other files are still read; the exit status tells of this one.
            typer.echo(f"rewir: {error.message}", err=True)
            status = max(status, error.exit_status)
    raise typer.Exit(status)


def list_quarantine(
    store: StoreOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows to show.")] = 50,
) -> None:
    """Show the rows that wait for a correction.

    Example: rewir quarantine list
    """
    waiting = _waiting(store)
    if len(waiting) == 0:
        typer.echo("The quarantine is empty.")
        return
    _show_reasons(waiting)
    _show_rows(waiting.head(limit))
    if len(waiting) > limit:
        typer.echo(f"… and {len(waiting) - limit:,} more: see them all with --limit or export.")


def export_quarantine(
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The .csv file to write.", show_default=False)
    ],
    store: StoreOption = None,
) -> None:
    """Write the waiting rows to a CSV file; correct them and ingest the file as it is.

    Example: rewir quarantine export -o wrong.csv
    """
    from geo.reports.quarantine import to_csv

    if output.suffix.lower() != ".csv":
        msg = f"{output.name} is no .csv file: the quarantine is written as CSV only"
        raise UsageError(msg)
    waiting = _waiting(store)
    if len(waiting) == 0:
        typer.echo("The quarantine is empty: nothing was written.")
        return
    try:
        output.write_text(to_csv(waiting), encoding="utf-8")
    except OSError as error:
        msg = f"{output} cannot be written: {error.strerror}"
        raise UsageError(msg) from error
    there = f" --store {store}" if store else ""
    typer.echo(f"{len(waiting):,} rows written to {output}. Correct them, then: ", nl=False)
    typer.echo(f"rewir ingest {output}{there}")


def _ingest_one(
    path: Path,
    city: City,
    store: ReportStore,
    *,
    crs: str | None,
    columns: dict[str, str],
    seen_at: datetime | None,
) -> None:
    from rich.console import Console

    from geo.reports.intake import take_in

    with Console(stderr=True).status(f"{path.name}: opening") as status:
        taken = take_in(
            path,
            city=city,
            store=store,
            crs=crs,
            columns=columns,
            seen_at=seen_at,
            progress=lambda step: status.update(f"{path.name}: {step}"),
        )
    result, quarantined = taken.result, taken.quarantined
    _show_result(path, result, quarantined)
    if result.rows_in and result.rows_in == result.quarantined:
        msg = f"no row of {path.name} could be accepted: see the reasons above"
        raise ReportsError(msg, code="nothing-accepted")


def _show_result(path: Path, result: IngestResult, quarantined: pd.DataFrame) -> None:
    if result.rows_in == 0:
        typer.echo(f"{path.name} holds no rows: the store is unchanged.")
        return
    typer.echo(f"{path.name}: {result}")
    if len(quarantined):
        _show_reasons(quarantined)


def _show_reasons(rows: pd.DataFrame) -> None:
    """How many rows each reason has, with one of them as an example."""
    from rich.markup import escape
    from rich.table import Table

    from geo.reports.validate import REASONS

    table = Table("reason", "rows", "what it means", "for example", title="Quarantined")
    for reason, count in rows["reason"].value_counts().items():
        example = rows.loc[rows["reason"] == reason].iloc[0]
        text = f"row {example['row']}: {example['detail']}"
        table.add_row(str(reason), f"{count:,}", REASONS[str(reason)], escape(text))
    _console().print(table)


def _show_rows(rows: pd.DataFrame) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("row", "reason", "detail", "record")
    for line in rows.to_dict("records"):
        table.add_row(
            str(line["row"]), line["reason"], escape(line["detail"]), escape(line["record"])
        )
    _console().print(table)


def _console() -> Console:
    """A console that wraps at the terminal's width, and not at all in a pipe."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=200)


def _city(name: str | None) -> City:
    from geo.city import City
    from geo.settings import Settings

    return City.load(name or Settings.from_environment().city)


def _store(url: str | None) -> ReportStore:
    from geo.reports.store import ReportStore
    from geo.settings import Settings
    from geo.storage import Folder

    return ReportStore(Folder.open(url or Settings.from_environment().store))


def _waiting(url: str | None) -> pd.DataFrame:
    """The quarantined rows of a store that is there."""
    reports = _store(url)
    if not reports.folder.exists():
        msg = f"there is no store at {reports.folder.root}: name it with --store"
        raise NotFoundError(msg)
    return reports.quarantined()


def _moment(text: str, timezone: ZoneInfo) -> datetime:
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"--seen-at {text!r} is no time: write 2026-07-01 or 2026-07-01T06:00"
        raise UsageError(msg) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone)
