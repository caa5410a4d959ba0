"""`rewir beats`: street lists to polygons and back, and a check of either."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import InputError, UsageError
from geo.settings import Settings

if TYPE_CHECKING:
    import geopandas

    from geo.boundaries.street_claims import StreetClaims
    from geo.city import City

__all__ = ["beats_app"]

_SHOWN = 20
_SOUND = "no gap, overlap, duplicate key or broken shape"
_MEANINGS = {
    "contested": "addresses claimed by two or more beats",
    "unclaimed": "addresses claimed by no beat",
    "idle": "rows that fit no address",
    "read as": "rows whose street was read as another spelling",
}

beats_app = typer.Typer(
    help="Beats as street lists, the way the police publish them, and as polygons.",
    no_args_is_help=True,
)

_CityOption = Annotated[str | None, typer.Option("--city", help="A bundled city or a city folder.")]
_LevelOption = Annotated[str, typer.Option("--level", help="The level of areas that is meant.")]


@beats_app.command("from-streets")
def from_streets(
    street_list: Annotated[
        Path,
        typer.Argument(
            metavar="LIST.csv",
            exists=True,
            dir_okay=False,
            help="Columns area_id, street, from, to, side (rejon, ulica, od, do, strona).",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="GeoJSON file to write.")],
    city: _CityOption = None,
    level: _LevelOption = "beat",
    first_rule: Annotated[
        bool,
        typer.Option("--first-rule", help="Where two beats claim an address, the first row wins."),
    ] = False,
    fill_gaps: Annotated[
        bool,
        typer.Option(
            "--fill-gaps", help="Give what no beat claims to the nearest claimed address."
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="CSV file for every address and row that needs attention."),
    ] = None,
) -> None:
    """Draw the beats of a street list around the city's address points.

    Addresses that no beat or two beats claim are reported; two beats at one address stop the
    work unless --first-rule is given.

    Example: rewir beats from-streets beats.csv -o beats.geojson
    """
    from geo.boundaries.street_beats import beats_from_streets, named_like
    from geo.boundaries.street_claims import assign_by_streets
    from geo.boundaries.street_lists import read_street_list

    _require_writable(output, ".geojson", ".json")
    if report is not None:
        _require_writable(report, ".csv")
    rules = read_street_list(street_list)
    where = _load(city)
    addresses = _addresses(where)
    claims = assign_by_streets(addresses, rules, first_wins=first_rule)
    _tell(claims, at_most=_SHOWN)
    if report is not None:
        claims.findings.to_csv(report, index=False, lineterminator="\n")
    beats = beats_from_streets(
        addresses,
        rules,
        where.boundary,
        metric_crs=where.metric_crs,
        first_wins=first_rule,
        fill_gaps=fill_gaps,
        progress=lambda step: typer.echo(f"{step} …", err=True),
    )
    _write_geojson(named_like(beats, where.levels.get(level)), output)
    typer.echo(f"{len(beats)} beats (approximate) from {len(rules)} rows in {output}")


@beats_app.command("to-streets")
def to_streets(
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV file to write.")],
    city: _CityOption = None,
    level: _LevelOption = "beat",
) -> None:
    """Write the street list of a city's beats; every address keeps its beat.

    Example: rewir beats to-streets -o beats.csv
    """
    from geo.boundaries.street_beats import areas_of_addresses
    from geo.boundaries.street_lists import write_street_list
    from geo.boundaries.street_runs import streets_from_areas

    _require_writable(output, ".csv")
    where = _load(city)
    addresses = _addresses(where)
    beats = _level(where, level)
    typer.echo(f"finding the {level} of {len(addresses)} addresses …", err=True)
    areas = areas_of_addresses(addresses, beats)
    typer.echo(f"writing {areas.nunique()} areas as streets and numbers …", err=True)
    rules = streets_from_areas(addresses, areas)
    write_street_list(rules, output)
    typer.echo(f"{len(rules)} rows for {int(areas.notna().sum())} addresses in {output}")
    if areas.isna().any():
        typer.echo(f"{int(areas.isna().sum())} addresses lie in no {level} and are left out")


@beats_app.command("check")
def check(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="A file of areas, or a street list (.csv); the city's own beats if left out.",
        ),
    ] = None,
    city: _CityOption = None,
    level: _LevelOption = "beat",
) -> None:
    """List what is wrong with beats: gaps, overlaps, duplicate keys; or with a street list.

    Exit status 1 if there is a finding. An area in several parts is a note, not a finding.

    Example: rewir beats check my-beats.geojson
    """
    where = _load(city)
    _level(where, level)
    if file is not None and file.suffix.lower() == ".csv":
        sound = _check_list(file, where)
    else:
        sound = _check_areas(file, where, level)
    if not sound:
        raise typer.Exit(1)


def _check_areas(file: Path | None, city: City, level: str) -> bool:
    from geo.boundaries.coverage import NOTE_KINDS, check_coverage

    areas, key = _as_written(file, city, level)
    findings = check_coverage(areas, boundary=city.boundary, key=key)
    is_note = findings["kind"].isin(NOTE_KINDS)
    for row, note in zip(findings.itertuples(index=False), is_note, strict=True):
        size = "" if isnan(row.area_m2) else f", {row.area_m2:.2f} m²"
        kind = f"{'note: ' if note else ''}{row.kind.replace('_', ' ')}"
        typer.echo(f"{kind}: {row.areas}: {row.detail}{size}")
    faults, notes = int((~is_note).sum()), int(is_note.sum())
    verdict = _count(faults, "finding") if faults else _SOUND
    remark = f", {_count(notes, 'note')}" if notes else ""
    typer.echo(f"{_count(len(areas), 'area')}: {verdict}{remark}")
    return faults == 0


def _as_written(file: Path | None, city: City, level: str) -> tuple[geopandas.GeoDataFrame, str]:
    """The areas row by row and their key: a city, once read, has joined rows of one key."""
    from geo.city import read_areas

    settings = city.settings.levels[level]
    areas = read_areas(city.settings.folder / settings.file if file is None else file)
    own = file is None or (settings.key in areas and "area_id" not in areas)
    return areas, settings.key if own else "area_id"


def _check_list(file: Path, city: City) -> bool:
    from geo.boundaries.street_claims import assign_by_streets
    from geo.boundaries.street_lists import read_street_list

    rules = read_street_list(file)
    claims = assign_by_streets(_addresses(city), rules)
    _tell(claims, at_most=len(claims.findings))
    typer.echo(f"{len(rules)} rows, {rules['area_id'].nunique()} beats")
    return claims.unclaimed.empty and claims.contested.empty and claims.idle.empty


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _load(city: str | None) -> City:
    from geo.city import City

    return City.load(city or Settings.from_environment().city)


def _addresses(city: City) -> geopandas.GeoDataFrame:
    if city.addresses.empty:
        msg = f"{city.name} has no address points: name a file under [files] addresses in city.toml"
        raise InputError(msg)
    return city.addresses


def _level(city: City, level: str) -> geopandas.GeoDataFrame:
    if level not in city.levels:
        msg = f"{city.name} has no level {level!r}: choose one of {', '.join(city.levels)}"
        raise UsageError(msg)
    return city.levels[level]


def _require_writable(path: Path, *suffixes: str) -> None:
    """A wrong output is told before the work, not after."""
    if path.suffix.lower() not in suffixes:
        msg = f"cannot write {path.name}: the name must end in {' or '.join(suffixes)}"
        raise UsageError(msg)
    if not path.parent.is_dir():
        msg = f"cannot write {path}: there is no folder {path.parent}, so make it first"
        raise UsageError(msg)


def _tell(claims: StreetClaims, *, at_most: int) -> None:
    """Findings on the screen, so many of each kind."""
    for kind, meaning in _MEANINGS.items():
        rows = claims.findings[claims.findings["finding"] == kind]
        if len(rows):
            typer.echo(f"{len(rows)} {meaning}:", err=True)
        for row in rows.head(at_most).itertuples(index=False):
            line = f" (line {row.lines})" if row.lines else ""
            typer.echo(f"  {f'{row.street} {row.number}'.strip()}: {row.detail}{line}", err=True)
        if len(rows) > at_most:
            typer.echo(f"  … and {len(rows) - at_most} more: --report lists all", err=True)


def _write_geojson(beats: geopandas.GeoDataFrame, path: Path) -> None:
    """RFC 7946: longitude, latitude; exterior rings against the clock."""
    turned = beats.set_geometry(beats.geometry.orient_polygons())
    path.write_text(turned.to_json(drop_id=True, ensure_ascii=False) + "\n", encoding="utf-8")
