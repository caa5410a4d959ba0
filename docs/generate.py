"""Make the documents that repeat what the code says: commands, columns.

python docs/generate.py            write docs/cli.md and docs/columns.md
python docs/generate.py --check    fail if they are not what the code says
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geo.cli import app
from geo.layers.schema import (
    AREA_PERIODS,
    AREAS,
    BACKTESTS,
    CLUSTERS,
    HOTSPOT_AREAS,
    HOTSPOT_CELLS,
    NEAR_REPEATS,
    PLAN_CANDIDATES,
    columns_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

HERE = Path(__file__).parent
INTRODUCTION = """\
Names and units of every column that a layer can have. Counts are whole numbers of reports or
episodes; `_lo95` and `_hi95` (`_lo90`, `_hi90`) are the ends of 95 % (90 %) intervals."""
NOTE = "<!-- Made by `make docs` from the code; do not edit. -->"


def documents() -> dict[str, str]:
    """Text of each generated document by file name."""
    return {"cli.md": _commands_page(), "columns.md": _columns_page()}


def main() -> int:
    """Write the documents, or compare them."""
    stale = []
    for name, text in documents().items():
        path = HERE / name
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        sys.stderr.write(f"not what the code says: {', '.join(stale)}; run make docs\n")
    return len(stale)


def _commands_page() -> str:
    parts = [NOTE, "# Commands", _one_line(app.info.help or ""), ""]
    parts += [_command_section(path, command) for path, command in _commands()]
    return "\n".join(parts)


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, in the order of the program's help."""

    def walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        for name, child in getattr(command, "commands", {}).items():
            if getattr(child, "commands", None):
                yield from walk(f"{path} {name}", child)
            else:
                yield f"{path} {name}", child

    return walk("rewir", typer.main.get_command(app))


def _command_section(path: str, command: click.Command) -> str:
    lines = [f"## `{path}`", "", *_paragraphs(command.help or ""), ""]
    if rows := [_parameter_row(p) for p in command.params if p.name != "help"]:
        lines += ["| argument or option | default | meaning |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _paragraphs(text: str) -> list[str]:
    """Help text as Markdown: an example becomes code."""
    out = []
    for raw in text.split("\n\n"):
        line = _one_line(raw)
        if line.startswith("Example: "):
            line = f"Example: `{line.removeprefix('Example: ')}`"
        out += [line, ""]
    return out[:-1]


def _parameter_row(parameter: click.Parameter) -> str:
    if parameter.param_type_name == "option":
        name = ", ".join(f"`{o}`" for o in [*parameter.opts, *parameter.secondary_opts])
    else:
        name = f"`{(parameter.name or '').upper()}`"
    default = parameter.default
    shown = (
        "required" if parameter.required else "" if default in (None, False, ()) else str(default)
    )
    meaning = _one_line(getattr(parameter, "help", None) or "").replace("|", "\\|")
    return f"| {name} | {shown} | {meaning} |"


def _columns_page() -> str:
    layers = {
        "Areas: `beats`, `rewiry`, `komisariaty`, `osiedla`, `dzielnice`, `city`": AREAS,
        "`area-periods`": AREA_PERIODS,
        "`hotspot-cells`": HOTSPOT_CELLS,
        "`hotspot-areas`": HOTSPOT_AREAS,
        "`plan-candidates`": PLAN_CANDIDATES,
        "`backtests`": BACKTESTS,
        "`clusters`": CLUSTERS,
        "`near-repeats`": NEAR_REPEATS,
    }
    parts = [NOTE, "# Columns", "", INTRODUCTION, ""]
    for title, names in layers.items():
        parts += [f"## {title}", "", "| column | type | unit | meaning | po polsku |"]
        parts += ["|---|---|---|---|---|", *_column_rows(names), ""]
    return "\n".join(parts)


def _column_rows(names: tuple[str, ...]) -> Iterator[str]:
    for name, column in columns_of(names, face="internal").items():
        kind = column.type + (", may be null" if column.nullable else "")
        shown = f"`{name}`" + (" (internal)" if column.internal else "")
        yield f"| {shown} | {kind} | {column.unit or ''} | {column.en} | {column.pl} |"


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main())
