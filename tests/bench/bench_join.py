"""Measure the exact join beside its peers and write a table of ratios.

    python tests/bench/bench_join.py [--points 10000000] [--output docs/benchmarks.md]

Every round runs every engine once, so that a slow minute of the machine hits all of them.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))  # runs from a checkout, installed or not

import numba
import numpy as np
import shapely
from bench_coverage import make_beats, make_points
from bench_page import provenance, replace_section
from bench_peers import PEERS, lowest_by_geos

from geo.join import AreaIndex
from geo.join._lookup import Lookup, code_at, locate
from geo.join.index import _CHUNK, _processors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas
    from numpy.typing import NDArray

ROUNDS = 5
TABLE_HEAD = """\
| engine | points | M points/s | AreaIndex is faster by | mismatches on / off edges |
|---|--:|--:|--:|---|
"""
PACKAGES = ("numpy", "numba", "shapely", "geopandas", "sedonadb", "duckdb")

log = logging.getLogger("bench")


@dataclass
class Row:
    """One line of the table."""

    label: str
    points: int
    run: Callable[[], NDArray[np.int32]] | None
    note: str = ""
    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Points per second, by the median run."""
        return self.points / median(self.seconds)


def main() -> None:
    """Build the data, run everything in rounds, compare, write."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    log.info("Making %d points on 251 beats", options.points)
    beats = make_beats()
    x, y, tied = make_points(beats, count=options.points)
    began = time.perf_counter()
    index = AreaIndex(beats, key="area_id")
    AreaIndex(beats, key="area_id")  # twice: the first may compile
    log.info("Two indexes in %.2f s", time.perf_counter() - began)
    own, peers = _own_rows(index, x, y), _peer_rows(beats, x, y)
    _run(own, peers)
    log.info("Comparing the answers")
    text = _report([*own, *peers], beats, index, lowest_by_geos(beats, x, y), tied)
    if options.output:
        replace_section(options.output, text, name="join")
    sys.stdout.write(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--output", type=Path, help="Markdown file; its join section is replaced")
    return parser.parse_args()


# What is measured ----------------------------------------------------------------------------


@numba.njit(nogil=True)
def look_up(lookup: Lookup, x: np.ndarray, y: np.ndarray, found: np.ndarray) -> None:
    """The bound: read two coordinates, gather one code, write it. Wrong at every border."""
    frame, cells = lookup.frame, lookup.code
    for i in range(len(x)):
        found[i] = code_at(frame, cells, x[i], y[i]) - 1


def _own_rows(index: AreaIndex, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[Row]:
    lookup = index._lookup
    chunks = [slice(i, i + _CHUNK) for i in range(0, len(x), _CHUNK)]

    def in_threads() -> NDArray[np.int32]:
        found = np.empty(len(x), dtype=np.int32)
        with ThreadPoolExecutor(_processors()) as pool:
            list(pool.map(lambda c: look_up(lookup, x[c], y[c], found[c]), chunks))
        return found

    def one_thread(kernel: Callable[..., None]) -> Callable[[], NDArray[np.int32]]:
        def run() -> NDArray[np.int32]:
            found = np.empty(len(x), dtype=np.int32)
            kernel(lookup, x, y, found)
            return found

        return run

    threads = f"{_processors()} threads"
    return [
        Row(f"look-up bound, {threads}", len(x), in_threads, "cells only"),
        Row("look-up bound, 1 thread", len(x), one_thread(look_up), "cells only"),
        Row(f"**AreaIndex, {threads}**", len(x), lambda: index.assign(x, y)),
        Row("AreaIndex, 1 thread", len(x), one_thread(locate)),
    ]


def _peer_rows(
    beats: geopandas.GeoDataFrame, x: NDArray[np.float64], y: NDArray[np.float64]
) -> list[Row]:
    rows = []
    for peer in PEERS:
        count = min(peer.points, len(x))
        if peer.missing:
            rows.append(Row(peer.label, count, None, f"not installed: {', '.join(peer.missing)}"))
            continue
        join = peer.prepare(beats, x[:count], y[:count])
        rows.append(Row(peer.label, count, _reduced(join, count)))
    return rows


def _reduced(join: Callable, count: int) -> Callable[[], Callable[[], NDArray[np.int32]]]:
    """A run whose pairs are reduced to the lowest beat of each point later, off the clock."""

    def run() -> Callable[[], NDArray[np.int32]]:
        point, beat = join()

        def lowest() -> NDArray[np.int32]:
            found = np.full(count, np.iinfo(np.int32).max, dtype=np.int32)
            np.minimum.at(found, point, beat.astype(np.int32))
            return np.where(found == np.iinfo(np.int32).max, -1, found)

        return lowest

    return run


def _run(own: Sequence[Row], peers: Sequence[Row]) -> None:
    """Time every engine in rounds; our short runs stand between any two of the peers' long ones."""
    for number in range(ROUNDS + 1):
        log.info("Round %d of %d%s", number, ROUNDS, "" if number else " (warm-up, not counted)")
        for peer in peers:
            for row in (peer, *own):
                if row.run is None:
                    continue
                began = time.perf_counter()
                row.run()
                seconds = time.perf_counter() - began
                row.seconds = [*row.seconds, seconds] if number else []


# What is said about it -----------------------------------------------------------------------


def _report(
    rows: Sequence[Row],
    beats: geopandas.GeoDataFrame,
    index: AreaIndex,
    truth: NDArray[np.int32],
    tied: NDArray[np.bool_],
) -> str:
    for row in rows:
        if row.run is not None and not row.note:
            row.note = _mismatches(row, truth, tied)
    bound, _, ours, *_ = rows
    vertices = shapely.get_num_coordinates(beats.geometry.to_numpy())
    beats_and_points = (
        f"{len(beats)} synthetic beats that tile {beats.area.sum() / 1e6:.0f} km² with "
        f"{vertices.sum():,} vertices (median {np.median(vertices):.0f} a beat); "
        f"{len(truth):,} points, 70 % clustered, shuffled, of which {int(tied.sum()):,} are "
        "vertices or midpoints of edges."
    )
    how_to_read = (
        "Medians of interleaved runs; take the ratios, not the times. Mismatches are counted "
        "against GEOS's `intersects` with the lowest key, among the points on and off edges."
    )
    reached = f"AreaIndex reaches {ours.rate / bound.rate:.2f} of the look-up bound of this run."
    lines = [
        "## Exact join: points to beats",
        beats_and_points,
        how_to_read,
        TABLE_HEAD + "\n".join(_line(row, ours) for row in rows),
        f"{reached} {_about_index(index)}",
        provenance(PACKAGES, command=f"python tests/bench/bench_join.py --points {len(truth)}"),
    ]
    return "\n\n".join(lines) + "\n"


def _mismatches(row: Row, truth: NDArray[np.int32], tied: NDArray[np.bool_]) -> str:
    answer = row.run()
    found = answer() if callable(answer) else answer
    wrong = found != truth[: row.points]
    on_edge = tied[: row.points]
    return f"{int((wrong & on_edge).sum()):,} / {int((wrong & ~on_edge).sum()):,}"


def _line(row: Row, ours: Row) -> str:
    if row.run is None:
        return f"| {row.label} | – | – | – | {row.note} |"
    ratio = ours.rate / row.rate
    shown = f"{ratio:,.2f}" if ratio < 10 else f"{ratio:,.0f}"
    return f"| {row.label} | {row.points:,} | {row.rate / 1e6:.3g} | {shown} | {row.note} |"


def _about_index(index: AreaIndex) -> str:
    lookup = index._lookup
    size = lookup.code.nbytes + lookup.records.start.nbytes + lookup.records.line.nbytes
    return (
        f"Its raster has {lookup.frame.columns:,} × {lookup.frame.rows:,} cells, "
        f"{len(lookup.records.start):,} of them on a border, {size / 1e6:.0f} MB in all."
    )


if __name__ == "__main__":
    main()
