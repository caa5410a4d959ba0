"""`rewir keys`: who may read the internal face and write."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.keys import KeyRing

__all__ = ["keys_app"]

DEFAULT_DAYS = 365

StoreOption = Annotated[str | None, typer.Option(help="Folder or fsspec URL of the store.")]

keys_app = typer.Typer(
    no_args_is_help=True, help="Keys: who may read the internal face, and who may write."
)


@keys_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Who or what will have the key.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it is for: internal:read, metrics:read, plans:write, reports:write; "
            "may be repeated."
        ),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="Last day on which it works (UTC); by default in a year.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Make a key and show it, once: the store keeps only its hash.

    The key alone goes to standard output, so that a script can take it.

    Example: rewir keys add "IV komisariat" --scope internal:read
    """
    now = datetime.now(UTC)
    key, token = _ring(store).add(name, scopes=scope or [], expires=_end(expires, now), now=now)
    typer.echo(token)
    typer.echo(
        f"Key {key.id} for {key.name}: {', '.join(sorted(key.scopes))}; works until "
        f"{_last_day(key.expires)}. It is shown this once.",
        err=True,
    )


@keys_app.command("list")
def list_keys(store: StoreOption = None) -> None:
    """Show the keys, without their secrets.

    Example: rewir keys list
    """
    keys, now = _ring(store).all(), datetime.now(UTC)
    if not keys:
        typer.echo("There are no keys: the internal face is closed.")
        return
    rows = [
        (k.id, k.name, " ".join(sorted(k.scopes)), str(k.created.date()), _last_day(k.expires),
         k.state(now))
        for k in keys
    ]  # fmt: skip
    _show(("id", "name", "scopes", "created", "last day", "state"), rows)


@keys_app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `rewir keys list` shows it.")],
    store: StoreOption = None,
) -> None:
    """End a key for good; running servers notice within seconds.

    Example: rewir keys revoke 0a1b2c3d4e5f
    """
    key = _ring(store).revoke(key_id, now=datetime.now(UTC))
    since = key.revoked.isoformat(timespec="seconds") if key.revoked else ""
    typer.echo(f"Key {key.id} for {key.name} is revoked since {since}.")


def _ring(url: str | None) -> KeyRing:
    from geo.keys import KeyRing
    from geo.settings import Settings
    from geo.storage import Folder

    folder = Folder.open(url or Settings.from_environment().store)
    if not folder.exists():
        msg = f"there is no store at {folder.root}: name it with --store"
        raise NotFoundError(msg)
    return KeyRing(folder)


def _end(text: str | None, now: datetime) -> datetime:
    """The moment after the last day, in UTC."""
    if text is None:
        day = now.date() + timedelta(days=DEFAULT_DAYS)
    else:
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            msg = f"--expires {text!r} is no day: write it as 2027-06-30"
            raise UsageError(msg) from error
    if day == date.max:
        msg = f"--expires {text!r} is too far: name an earlier day"
        raise UsageError(msg)
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _last_day(expires: datetime) -> str:
    return str((expires - timedelta(days=1)).date())


def _show(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table whose columns are as wide as their longest word."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
