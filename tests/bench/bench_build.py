"""Measure what a release of Łódź costs, whole and in parts, and write a table of seconds.

    python tests/bench/bench_build.py [--rounds 3] [--output docs/benchmarks.md]

Three simulated years, all layers, both faces. Every round measures everything once. The first
build, which compiles the kernels, does not count.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # beside other tests
sys.path.insert(0, str(Path(__file__).parents[2]))  # runs from a checkout, installed or not

import numpy as np
from bench_page import provenance, replace_section
from made_candidates import make_candidates
from shapely import box

from geo.city import City
from geo.demo import ensure_demo
from geo.layers.area_series import area_series
from geo.layers.checks import Checker
from geo.layers.faces import area_face, hotspot_face
from geo.layers.facts import find_places, make_facts
from geo.layers.ground import Ground
from geo.layers.hotspot_maps import MapMaker
from geo.layers.levels import MetricLevels
from geo.layers.plan_collection import plan_face
from geo.pipeline import _frame, _scope, build_release
from geo.planning.allocation import allocate_plans
from geo.planning.ranks import rank_for_every_k
from geo.settings import Settings
from geo.statistics.background import expected_background
from geo.statistics.grid import make_grid
from geo.statistics.hotspots import hotspot_test
from geo.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLE_HEAD = "| what | seconds | processor seconds | target |\n|---|--:|--:|--:|\n"
PACKAGES = ("numpy", "numba", "scipy", "pandas", "pyarrow", "shapely")

WHOLE = "release of Łódź: 3 years, both faces, all layers"
CANDIDATES = "ranks of 500 candidates in 4,000 draws, and the best set"
MAPS = "100,000 reports: 24 categories × 12 months of maps, 10,000 cells each"
TARGETS = {WHOLE: 10.0, CANDIDATES: 1.0, MAPS: 60.0}
LAYER_TARGET = 2.0
"""Of each; where two are made in one go, the time is that of both."""

Cost = tuple[float, float]
"""Seconds by the clock, and of all processors."""

log = logging.getLogger("bench")


def main() -> None:
    """Measure, tell, and write."""
    options = _options()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        store = Path(scratch) / "store"
        ensure_demo(Settings(store=str(store)), log.info)
        for number in range(options.rounds):
            log.info("Round %d", number + 1)
            for name, cost in _round(store, Path(scratch) / "again"):
                costs.setdefault(name, []).append(cost)
    text = _report(costs, rounds=options.rounds)
    if options.output:
        replace_section(options.output, text, name="build")
    sys.stdout.write(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, help="Markdown file; its build section is replaced")
    return parser.parse_args()


# What is measured ----------------------------------------------------------------------------


def _round(store: Path, again: Path) -> Iterator[tuple[str, Cost]]:
    """Everything once."""
    shutil.rmtree(again, ignore_errors=True)
    shutil.copytree(store, again, ignore=shutil.ignore_patterns("releases", "current"))
    yield WHOLE, _cost(lambda: build_release(City.load(), Folder.open(str(again))))
    yield from _layers(again)
    yield CANDIDATES, _cost(_candidates)
    yield MAPS, _cost(_maps)


def _cost(run: Callable[[], object]) -> Cost:
    clock, processors = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - processors


def _layers(folder: Path) -> Iterator[tuple[str, Cost]]:
    """Each layer of the internal face alone, from facts that are known."""
    city = City.load()
    scope = _scope(city, Folder.open(str(folder)), period=None, as_of=None)
    frame = _frame(MetricLevels(city), scope)
    facts = make_facts(scope.reports, find_places(scope.reports, frame.levels), city)
    maker, checker = MapMaker(Ground(frame.levels)), Checker(frame)
    areas, _ = area_face(facts, frame, rules=None)
    yield "area-periods", _cost(lambda: area_face(facts, frame, rules=None))
    yield (
        "area-series",
        _cost(lambda: area_series(facts, frame, areas=areas, rules=None)),
    )
    yield (
        "hotspot-cells and hotspot-areas",
        _cost(lambda: hotspot_face(facts, frame, maker, rules=None)),
    )
    hotspots, _ = hotspot_face(facts, frame, maker, rules=None)
    shown = [areas, *hotspots]
    yield (
        "plan-candidates",
        _cost(lambda: plan_face(facts, frame, maker, shown=shown, public=False)),
    )
    yield (
        "backtests and near-repeats",
        _cost(lambda: checker.tests(facts, scope.reports, areas=areas, rules=None)),
    )
    yield "clusters", _cost(lambda: checker.clusters(facts, areas=areas, rules=None))


def _candidates() -> None:
    table = make_candidates(500, beats=251)
    ranking = rank_for_every_k(table, k=15, harm_spread=2.0, seed=1, most=251)
    allocate_plans(table.join(ranking.table), hours=300.0, plans=15)


def _maps() -> None:
    """Backgrounds and tests of 288 maps of a square of 20 km."""
    rng, side, cell_m = np.random.default_rng(1), 20_000.0, 200.0
    grid = make_grid(box(0, 0, side, side), cell_m=cell_m)
    homes = rng.gamma(1.0, 1.0, grid.shape)
    middle = side / 2 + rng.standard_t(3, (2, 100_000)) * side / 8
    x, y = np.clip(middle, 0, side - 1)
    which = rng.integers(0, 24 * 12, len(x))
    for one in range(24 * 12):
        counts = grid.count(x[which == one], y[which == one])
        found = expected_background(counts, [homes, grid.share], cell_m=cell_m, mask=grid.mask)
        hotspot_test(counts, exposure=found.expected, mask=grid.mask, alpha=found.alpha)


# What is told --------------------------------------------------------------------------------


def _report(costs: dict[str, list[Cost]], *, rounds: int) -> str:
    about = (
        f"The fastest of {rounds} rounds in a warm process: what slows the others down is the rest "
        "of the machine. Layers are those of the internal face, each alone; in a release two "
        "threads make them side by side, and one face takes over what the other has counted alike."
    )
    lines = [
        "## Release build",
        about,
        TABLE_HEAD + "\n".join(_line(name, found) for name, found in costs.items()),
        provenance(PACKAGES, command=f"python tests/bench/bench_build.py --rounds {rounds}"),
    ]
    return "\n\n".join(lines) + "\n"


def _line(name: str, found: list[Cost]) -> str:
    clock, processors = (min(values) for values in zip(*found, strict=True))
    layers = name.count(" and ") + 1
    target = TARGETS.get(name, layers * LAYER_TARGET)
    label = name if name in TARGETS else f"layer{'s' * (layers > 1)} {name}"
    return f"| {label} | {clock:.2f} | {processors:.2f} | < {target:g} |"


if __name__ == "__main__":
    main()
