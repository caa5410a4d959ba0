"""`rewir`: the command line. Each command is one call of the library, in a module of its own.

Exit status: 0 done, 1 failed, 2 wrong usage. A user's mistake gives a message, never a traceback.
"""

from __future__ import annotations

import sys

import typer

from geo import __version__
from geo.cli import backtest, beats, build, keys, map, reports, serve, simulate  # noqa: A004  (the commands' names)
from geo.errors import RewirError

__all__ = ["app", "main"]

app = typer.Typer(
    name="rewir",
    help="From police beats and threat reports to hotspot layers, maps and a GeoJSON feed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (serve, simulate, reports, build, map, backtest):
    module.register(app)
app.add_typer(beats.beats_app, name="beats")
app.add_typer(keys.keys_app, name="keys")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the program; tell what went wrong in one message on standard error."""
    try:
        app()
    except RewirError as error:
        typer.echo(f"rewir: {error.message}", err=True)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)
