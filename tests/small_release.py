"""A release folder written by hand, to the letter of the layout: what readers are tested on.

Nine square beats of 1 km in the city "Nine" at (19.40, 51.70), each 0.01 degrees wide and high,
in one komisariat; two periods × two groups of counts; four hot cells in two hot spots. Beat 5
has an evil name. Nothing here uses the code that writes real releases.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

if TYPE_CHECKING:
    from pathlib import Path

WEST, SOUTH, STEP = 19.40, 51.70, 0.01
EAST, NORTH = 19.43, 51.73
EVIL = "<script>alert(1)</script>"
GROUPS = {"all": {"en": "All", "pl": "Wszystkie"}, "traffic": {"en": "Traffic", "pl": "Drogi"}}
PERIODS = {"2025H2": ("2025-08-01", "2026-01-31"), "2026H1": ("2026-02-01", "2026-07-31")}
STRING = {"type": "string", "title": {"en": "t", "pl": "t"}, "unit": None, "nullable": True}
DATES = {"period_start", "period_end"}
KINDS = {str: "string", int: "integer", float: "number", bool: "boolean"}
ADDRESSES = [
    # street, number, column, row of the beat it lies in (its middle)
    ("Kpt. Stefana Pogonowskiego", "27/29", 0, 0),
    ("Kpt. Stefana Pogonowskiego", "31", 0, 0),
    ("Kpt. Stefana Pogonowskiego", "2", 1, 0),
    ("Piotrkowska", "1", 2, 2),
    ("Piotrkowska", "3", 2, 2),
    ("Opałowa", "5", 0, 2),
    ("Opalowa", "5", 2, 0),
    ("Tadeusza Kościuszki", "10", 1, 1),
    ("Plac Wolności", "2", 1, 2),
    ("Wolności", "2", 0, 1),
    ("Rewolucji 1905 r.", "7A", 2, 1),
    ("Rewolucji 1905 r.", "9", 2, 1),
]

Row = dict[str, Any]


def square(column: int, row: int, *, size: float = STEP) -> shapely.Polygon:
    """The square of a beat, its ring counter-clockwise."""
    x, y = round(WEST + column * STEP, 6), round(SOUTH + row * STEP, 6)
    return shapely.box(x, y, round(x + size, 6), round(y + size, 6))


def beats() -> list[tuple[str, Row, shapely.Geometry | None]]:
    """fid, properties and geometry of each beat, S-1 … S-9 by rows from the south-west."""
    return [
        (
            f"S-{3 * row + column + 1}",
            {
                "area_id": f"S-{3 * row + column + 1}",
                "name": EVIL if (row, column) == (1, 1) else f"Area {3 * row + column + 1}",
                "parent_id": "K1",
                "level": "beat",
                "status": "approximate",
                "population": 2000.0 + row,
                "area_km2": 0.7683,
            },
            square(column, row),
        )
        for row in range(3)
        for column in range(3)
    ]


def stations() -> list[tuple[str, Row, shapely.Geometry | None]]:
    """The one komisariat."""
    whole = shapely.box(WEST, SOUTH, EAST, NORTH)
    properties = {
        "area_id": "K1",
        "name": "Komisariat 1",
        "parent_id": None,
        "level": "komisariat",
        "status": "approximate",
        "population": 18009.0,
        "area_km2": 6.9147,
    }
    return [("K1", properties, whole)]


def area_periods(*, more: int = 0) -> list[tuple[str, Row, shapely.Geometry | None]]:
    """Counts of every beat, and of no beat, in every period and group; each greater by `more`."""
    rows = []
    for level, areas in (("beat", beats()), ("komisariat", stations())):
        for number, (area_id, area, shape) in enumerate([*areas, ("unassigned", {}, None)]):
            for period, (start, end) in PERIODS.items():
                for group in GROUPS:
                    n = 3 * number + len(group) + (period == "2026H1") + more
                    properties = {
                        "level": level,
                        "area_id": area_id,
                        "area_name": area.get("name", "outside every area"),
                        "parent_id": area.get("parent_id"),
                        "period": period,
                        "period_start": start,
                        "period_end": end,
                        "category_group": group,
                        "n_reports": n,
                        "rate_per_1000": None if shape is None else n / 2.0,
                        "low_information": n < 10,
                    }
                    rows.append((f"{level}.{area_id}.{period}.{group}", properties, shape))
    return sorted(rows, key=lambda row: row[0])


def hotspots() -> tuple[list[Any], list[Any]]:
    """Four hot cells; two hot areas of two cells each."""
    window = {
        "period": "2026H1", "period_start": "2025-08-01", "period_end": "2026-07-31",
        "category_group": "all",
    }  # fmt: skip
    cells = [
        (
            f"2026H1.all.c{i}",
            {**window, "cell_id": f"c{i}", "n_episodes": 9 - i, "hot_class": 99 if i < 2 else 95,
             "suppressed": False, "name": EVIL},
            square(i, i % 2, size=0.002),
        )
        for i in range(4)
    ]  # fmt: skip
    areas = [
        (
            f"2026H1.2026H1-all-c{2 * i - 2}",
            {**window, "name": EVIL if i == 1 else "Piotrkowska", "n_episodes": 12 - i,
             "beat_ids": "S-1, S-2"},
            shapely.union_all([cells[2 * i - 2][2], cells[2 * i - 1][2]]),
        )
        for i in (1, 2)
    ]  # fmt: skip
    return cells, areas


def candidates() -> list[tuple[str, Row, shapely.Geometry | None]]:
    """Five plan candidates of four beats by rank; the last one has no numbers to show."""
    rows = []
    for rank, (beat, group, p) in enumerate(
        [("S-1", "traffic", 1.0), ("S-2", "traffic", 0.7), ("S-1", "water", 0.2),
         ("S-4", "traffic", 0.1), ("S-9", "traffic", None)], start=1
    ):  # fmt: skip
        known = p is not None
        fid = f"2026H2.{beat}.{group}"
        properties = {
            "candidate_id": fid, "beat_id": beat, "beat_name": EVIL if beat == "S-2" else beat,
            "rewir_id": "K1", "category_group": group, "period": "2026H2",
            "period_start": "2026-08-01", "period_end": "2027-01-31",
            "actionable": group != "water" if known else None,
            "forecast_lo80": 6 - rank if known else None,
            "forecast_hi80": 14 - rank if known else None,
            "rank_median": float(rank) if known else None, "p_top_k": p,
            "low_information": rank == 4 if known else None,
            "selected": rank in {1, 4},
            "selection_reason": {1: "score", 4: "exploration"}.get(rank),
            "reason_text": f"in words {rank}" if known else None,
            "reason_text_pl": f"słowami {rank}" if known else None,
            "suppressed": not known, "note": None if known else "suppressed",
        }  # fmt: skip
        number = int(beat[2:]) - 1
        rows.append((fid, properties, square(number % 3, number // 3)))
    return rows


PLAN_METHOD = {
    "period": "2026H2", "k": 2, "most_k": 9, "draws": 100,
    "weights": {"id": "by-hand", "version": "1", "status": "assumption"},
    "reasons": {"score": {"en": "among the highest", "pl": "jeden z najwyższych"},
                "exploration": {"en": "little is known", "pl": "wiadomo niewiele"}},
    "notes": {"suppressed": {"en": "too small to show", "pl": "za mało, by pokazać"}},
    "allocation": {"plans": 2, "greedy": ["2026H2.S-1.traffic"], "greedy_gap": 0.1,
                   "first_left_out": {"candidate_id": "2026H2.S-4.traffic", "beat_id": "S-4"}},
}  # fmt: skip
DRAWS = [[60, 100, *[100] * 7], [30, 70, *[100] * 7], [10, 20, 60, *[100] * 6],
         [0, 10, 40, *[100] * 6]]  # fmt: skip
"""In how many of 100 draws each of the first four is among the first 1, 2 … 9."""


def write_release(
    store: Path, *, release_id: str = "2026-08-01-0123456789ab", more: int = 0
) -> Path:
    """Write the release, make it the current one, and return its folder; `more` alters counts."""
    home = store / "releases" / release_id
    cells, areas = hotspots()
    layers = {
        "beats": ("beat", "Polygon", beats()),
        "komisariaty": ("komisariat", "Polygon", stations()),
        "area-periods": (None, "Polygon", area_periods(more=more)),
        "hotspot-cells": (None, "Polygon", cells),
        "hotspot-areas": (None, "MultiPolygon", areas),
        "plan-candidates": (None, "Polygon", candidates()),
    }
    faces = {}
    for face in ("public", "internal"):
        folder = home / face
        folder.mkdir(parents=True)
        entries = {
            name: _write_collection(folder, name, level=level, geometry=geometry, rows=rows)
            for name, (level, geometry, rows) in layers.items()
        }
        entries["plan-candidates"]["method"] = PLAN_METHOD
        fids = [fid for fid, _, _ in candidates()[: len(DRAWS)]]
        counts = pa.table({"candidate_id": fids, "counts": pa.array(DRAWS, pa.list_(pa.uint16()))})
        (folder / "priorities.parquet").write_bytes(_parquet(counts))
        faces[face] = {"collections": entries}
    _write_extras(home / "public")
    (home / "manifest.json").write_text(json.dumps(_manifest(release_id, faces)), encoding="utf-8")
    (store / "current").write_text(release_id + "\n", encoding="utf-8")
    return home


def _write_collection(
    folder: Path, name: str, *, level: str | None, geometry: str, rows: list[Any]
) -> dict[str, Any]:
    unique: dict[bytes, int] = {}
    for _, _, shape in rows:
        if shape is not None:
            unique.setdefault(shapely.to_wkb(shape), len(unique))
    lines = [unique[shapely.to_wkb(s)] if s is not None else -1 for _, _, s in rows]
    properties = [json.dumps(p, ensure_ascii=False, separators=(",", ":")) for _, p, _ in rows]
    geometries = [_geojson(shapely.from_wkb(wkb)) for wkb in unique]
    files = {
        f"{name}.properties.jsonl": "".join(line + "\n" for line in properties).encode(),
        f"{name}.geometry.jsonl": "".join(line + "\n" for line in geometries).encode(),
        f"{name}.index.parquet": _parquet(_index(rows, lines)),
        f"{name}.parquet": _parquet(_table(rows)),
    }
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return _entry(name, level=level, geometry=geometry, rows=rows, files=files)


def _geojson(shape: shapely.Geometry) -> str:
    wound = shapely.orient_polygons(shape)
    return json.dumps(json.loads(shapely.to_geojson(wound)), separators=(",", ":"))


def _index(rows: list[Any], lines: list[int]) -> pa.Table:
    bounds = np.array([(np.nan,) * 4 if s is None else s.bounds for _, _, s in rows])
    days = [(p.get("period_start"), p.get("period_end")) for _, p, _ in rows]
    start, end = (
        [d and dt.date.fromisoformat(d) for d in column] for column in zip(*days, strict=True)
    )
    return pa.table(
        {
            "fid": [fid for fid, _, _ in rows],
            "geometry": pa.array(lines, pa.int32()),
            **dict(zip(("xmin", "ymin", "xmax", "ymax"), bounds.T, strict=True)),
            "start": pa.array(start, pa.date32()),
            "end": pa.array(end, pa.date32()),
        }
    )


def _table(rows: list[Any]) -> pa.Table:
    values = {name: [_value(name, p[name]) for _, p, _ in rows] for name in rows[0][1]}
    # As in a real release, a column without any value is one of texts.
    columns = {
        name: pa.array(each, pa.string() if set(each) == {None} else None)
        for name, each in values.items()
    }
    wkb = [None if s is None else shapely.to_wkb(s) for _, _, s in rows]
    return pa.table({"fid": [fid for fid, _, _ in rows], **columns, "geometry": wkb})


def _value(name: str, value: Any) -> Any:
    return dt.date.fromisoformat(value) if name in DATES else value


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def _entry(name: str, *, level: str | None, geometry: str, rows: list[Any], files: Any) -> Row:
    timed = "period" in rows[0][1]
    columns = {
        column: STRING | {"type": "date" if column in DATES else next(
            (KINDS[type(p[column])] for _, p, _ in rows if p[column] is not None), "string")}
        for column in rows[0][1]
    }  # fmt: skip
    hashes = {
        file: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for file, content in files.items()
    }
    return {
        "id": name,
        "title": {"en": f"{name} in English", "pl": f"{name} po polsku"},
        "description": {"en": "A layer made by hand.", "pl": "Warstwa zrobiona ręcznie."},
        "rows": len(rows),
        "geometry": geometry,
        "bbox": shapely.total_bounds([s for _, _, s in rows if s is not None]).tolist(),
        "time": ["2025-08-01", "2026-08-01"] if timed else None,
        "level": level,
        "status": "approximate",
        "simulated": timed,
        "columns": columns,
        "method": {"name": "by hand"},
        "breaks": {"n_reports": [0, 5, 10, 20]},
        "files": hashes,
        "etag": hashlib.sha256(repr(hashes).encode()).hexdigest()[:16],
    }


def _write_extras(folder: Path) -> None:
    middle = [
        (street, number, WEST + (c + 0.5) * STEP, SOUTH + (r + 0.5) * STEP)
        for street, number, c, r in ADDRESSES
    ]
    names = ("street", "number", "lon", "lat")
    columns = dict(zip(names, map(list, zip(*middle, strict=True)), strict=True))
    (folder / "addresses.parquet").write_bytes(_parquet(pa.table(columns)))
    outline = json.loads(_geojson(stations()[0][2]))
    street = {
        "name": EVIL, "length_m": 900.0, "class": 1,
        "coordinates": [[WEST, SOUTH + STEP / 2], [WEST + STEP, SOUTH + STEP / 2]],
    }  # fmt: skip
    basemap = {"streets": [street], "neighbours": [], "boundary": outline}
    (folder / "basemap.json").write_text(json.dumps(basemap), encoding="utf-8")


def _manifest(release_id: str, faces: Row) -> Row:
    return {
        "format": 1,
        "id": release_id,
        "city": {
            "id": "nine",
            "name": "Nine",
            "timezone": "Europe/Warsaw",
            "notice": {"en": "A made-up city.", "pl": "Zmyślone miasto."},
            "bbox": [WEST, SOUTH, EAST, NORTH],
        },
        "as_of": "2026-08-01",
        "period": "2026H1",
        "periods": list(PERIODS),
        "time": ["2025-08-01", "2026-08-01"],
        "groups": GROUPS,
        "levels": [
            {"id": "beat", "collection": "beats", "label": {"en": "beat", "pl": "rejon"},
             "areas": 9},
            {"id": "komisariat", "collection": "komisariaty",
             "label": {"en": "police station", "pl": "komisariat"}, "areas": 1},
        ],
        "inputs": {
            "reports": {"sha256": "0" * 64, "rows": 100, "first": "2025-08-01",
                        "last": "2026-07-31", "simulated": True},
            "city": {},
        },
        "parameters": {},
        "seed": 1,
        "code_version": "0.1.0",
        "generated_at": "2026-08-01T00:00:00+02:00",
        "licence": "CC-BY-4.0",
        "attribution": ["Made by hand"],
        "disclosure": {"version": "1", "rules": []},
        "faces": faces,
    }  # fmt: skip
