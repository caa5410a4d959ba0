"""Make the documents that repeat what the code says: commands, columns.

python docs/generate.py            write docs/cli.md and docs/columns.md
python docs/generate.py --check    fail if they are not what the code says
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from column_texts import OTHER, OTHER_NAMES, READING, SOURCE

from geo.cli import app
from geo.layers.area_statistics import NOTES
from geo.layers.checks import CHECK_NOTES
from geo.layers.plan_candidates import NOTES as PLAN_NOTES
from geo.layers.schema import (
    AREA_PERIODS,
    AREA_SERIES,
    AREAS,
    BACKTESTS,
    CLUSTERS,
    FORECASTS,
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
episodes; `_lo95` and `_hi95` (`_lo90`, `_hi90`) are the ends of 95 % (90 %) intervals.

The ends of a forecast's 80 % interval, `forecast_lo80` and `forecast_hi80`, are whole, as counts
are: where far less than one episode is expected, both are 0, below `forecast_n`.

A column marked internal is not in the public face. Those of `hotspot-cells` are functions of the
counts in the cell and around it, month by month in the case of its forecast, so that from them
small counts could be read which that face hides."""
CODES = """\
A number that is missing has its reason in `note`, as codes joined by commas, or `suppressed` is
true. Always optional, without a code: `parent_id`, `status`, `population`, `hotspot_id`,
`partner_hint`, `neighbours`,
`note`, the `stability` of cells and their `forecast_n`, `forecast_lo80` and
`forecast_hi80` (last period), the `recurrence_days` of the gate."""
THIN = {
    "a period without reports": "counts and rates are 0, with their intervals; no ratio to an "
    "expectation of zero: `nothing-expected`; a year later `base-zero`; its backtest says "
    "`nothing-came`, or `few-episodes` if there were few before",
    "a category group without reports": "the same in every period; no hot-spot map (the manifest "
    "says why, `without_map`), no candidate, no near repeats: `nothing-expected`; backtests "
    "`few-episodes`; scans `no-cluster`",
    "one report": "it is counted; no whole period: `period-incomplete`; no candidate: "
    "`no-history`; forecasts and scans `history-too-short`; the hot-spot, backtest and "
    "near-repeat layers have no row",
    "jokes alone": "counted in `n_joke` only; everything else is as without reports; backtests "
    "`history-too-short`, for a joke is no history",
    "nothing confirmed, or nothing verified": "`conf_rate_eb` stays between 0 and 1, with its "
    "interval",
    "all reports on one point": "one cell and one area hold all; near repeats, pairs with a "
    "distance, are 0; no circle stands out: `no-cluster`",
    "one area": "its ratio to the expectation is 1; `few-areas`; `no-cluster`",
    "fewer than 10 areas": "no funnel class: `few-areas`",
    "fewer than 15 areas": "their spread is not fitted: the prior weighs as much as one event, "
    "around the ratio of all",
    "no residents, addresses or streets": "what is unknown for an area of the finest level, or "
    "zero in all, has no part in the expectation; land is always known, and shares it out alone "
    "where nothing else can; `no-residents`, `no-streets`",
    "an area with none of what the expectation is shared by": "`expected_n` is 0: "
    "`nothing-expected`; rates per km² stay",
    "every number hidden from the public": "rows stay, `suppressed`; the scan has nothing to "
    "search: `all-hidden`",
    "a report outside every area": "counted in the row `unassigned` of each level: `unassigned`",
    "a category that the catalogue does not know": "the row is quarantined, `unknown_category`; "
    "the release is that of the others, to its id",
    "no report that could be used": "no release: the error `no-reports` says to ingest a file",
}
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
        "`area-series`": AREA_SERIES,
        "`hotspot-cells`": HOTSPOT_CELLS,
        "`hotspot-areas`": HOTSPOT_AREAS,
        "`plan-candidates`": PLAN_CANDIDATES,
        "`forecasts`": FORECASTS,
        "`backtests`": BACKTESTS,
        "`clusters`": CLUSTERS,
        "`near-repeats`": NEAR_REPEATS,
    }
    parts = [NOTE, "# Columns", "", INTRODUCTION, ""]
    for title, names in layers.items():
        parts += [f"## {title}", ""]
        if text := READING.get(title.strip("`")):
            parts += [text, ""]
        parts += ["| column | type | unit | meaning | po polsku |"]
        parts += ["|---|---|---|---|---|", *_column_rows(names), ""]
    parts += ["## From what it was made", "", SOURCE, "", "## Other names", "", OTHER, ""]
    parts += ["| layer | known elsewhere as | here |", "|---|---|---|", *_other_names(), ""]
    parts += ["## Why a number is missing", "", CODES, ""]
    parts += ["| code | meaning | po polsku |", "|---|---|---|", *_code_rows(), ""]
    parts += ["## What thin data give", "", "| data | answer |", "|---|---|"]
    parts += [f"| {data} | {answer} |" for data, answer in THIN.items()]
    return "\n".join([*parts, ""])


def _other_names() -> Iterator[str]:
    for layer, names in OTHER_NAMES.items():
        shown = layer if " " in layer else f"`{layer}`"
        for other, here in names.items():
            yield f"| {shown} | `{other}` | {here} |"


def _code_rows() -> Iterator[str]:
    for code, text in (NOTES | CHECK_NOTES | PLAN_NOTES).items():
        yield f"| `{code}` | {text['en']} | {text['pl']} |"


def _column_rows(names: tuple[str, ...]) -> Iterator[str]:
    for name, column in columns_of(names, face="internal").items():
        kind = column.type + (", may be null" if column.nullable else "")
        titles = column.titles()
        shown = f"`{name}`" + (" (internal)" if column.internal else "")
        yield f"| {shown} | {kind} | {column.unit or ''} | {titles['en']} | {titles['pl']} |"


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main())
