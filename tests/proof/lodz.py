"""E4b: noise and planted places on the ground of the bundled city, by four backgrounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from proof import peers
from proof.page import OTHER, OURS, PEER, Part, axes, marked, share
from proof.worlds import draw
from scipy import ndimage

from geo.city import City
from geo.statistics.background import expected_background, mixture_weights
from geo.statistics.grid import make_grid
from geo.statistics.hotspots import hotspot_test

if TYPE_CHECKING:
    from collections.abc import Callable

CELL_M = 200
MIXTURE = np.array([0.45, 0.15, 0.35, 0.05])
SETTINGS = ((6750, 0.5), (6750, 2.0), (1400, 0.5))
WORLDS = ("mixture", "pull", "pull, avenue, quiet")
METHODS = ("flat", "residents", "mixture by EM", "learned (ours)", "true intensity", "Gi* + BH")
OURS_AT = METHODS.index("learned (ours)")
RATIO, PLACES, EFFECT = 8, 5, 1.2
TRUE_AT = METHODS.index("true intensity")
PROMISE, FALSE = 0.08, 0.06
FOUND = {SETTINGS[0]: 0.85, SETTINGS[2]: 0.75}


class Ground(NamedTuple):
    """Cells of the city, what they hold (shape (4, rows, columns), each of sum 1), their middles.

    `east` and `north` are kilometres from the middle of the residents.
    """

    mask: np.ndarray
    shares: np.ndarray
    east: np.ndarray
    north: np.ndarray


def lodz_ground() -> Ground:
    """The bundled city in cells of 200 m."""
    city = City.load("lodz")
    boundary = city.levels["city"].to_crs(city.metric_crs).union_all()
    grid = make_grid(boundary, cell_m=CELL_M)
    homes = city.addresses.to_crs(city.metric_crs).geometry
    streets = city.streets.to_crs(city.metric_crs).geometry
    people = np.nan_to_num(city.addresses["population"].to_numpy(dtype=float))
    parts = [grid.count(homes.x, homes.y, people), grid.count(homes.x, homes.y),
             grid.line_length(streets), grid.share]  # fmt: skip
    shares = np.stack([np.where(grid.mask, part, 0) / part[grid.mask].sum() for part in parts])
    rows, columns = np.indices(grid.shape) * (CELL_M / 1000)
    return Ground(grid.mask, shares, columns - (columns * shares[0]).sum(),
                  rows - (rows * shares[0]).sum())  # fmt: skip


def intensity(ground: Ground, world: str) -> np.ndarray:
    """The true share of reports per cell, without any hot spot."""
    truth = np.tensordot(MIXTURE, ground.shares, axes=1)
    away = np.hypot(ground.east, ground.north)
    if "pull" in world:
        truth = truth * (1 + 4 * np.exp(-0.5 * (away / 1.5) ** 2))
    if "avenue" in world:
        truth = truth * np.where(np.abs(ground.east - 3) < 0.2, 4.0, 1.0)
        truth = truth * np.where(np.hypot(ground.east + 3, ground.north - 2) < 1, 0.3, 1.0)
    return truth / truth.sum()


def hot_cells(counts: np.ndarray, ground: Ground, truth: np.ndarray) -> list[np.ndarray]:
    """The hot cells by each method; all but Gi* with the same test and minimum effect."""
    shares, mask = ground.shares, ground.mask
    weights = mixture_weights(counts[mask].astype(float), shares[:, mask])
    learned = learned_background(counts, ground)
    exposures = [
        (mask.astype(float), None), (shares[0], None), (np.tensordot(weights, shares, 1), None),
        learned, (truth, None),
    ]  # fmt: skip
    tests = [
        hotspot_test(counts, exposure=e, mask=mask, alpha=a, minimum_effect=EFFECT)
        for e, a in exposures
    ]
    return [*(test.hot_class >= 95 for test in tests), peers.gi_star_bh(counts, mask=mask)]


def learned_background(counts: np.ndarray, ground: Ground) -> tuple[np.ndarray, float]:
    """Expectations and relative variance, as the release has them."""
    found = expected_background(counts, [*ground.shares], cell_m=CELL_M, mask=ground.mask)
    return found.expected, found.alpha


def choose_places(
    truth: np.ndarray, ground: Ground, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Cells where things happen, far enough apart, with all nine cells in the city."""
    whole = ndimage.binary_erosion(ground.mask, np.ones((3, 3)))
    chance = np.where(whole, truth, 0).ravel()
    chosen: list[tuple[int, int]] = []
    for flat in rng.choice(chance.size, 200, replace=False, p=chance / chance.sum()):
        row, column = divmod(int(flat), truth.shape[1])
        if all(max(abs(row - r), abs(column - c)) >= 8 for r, c in chosen):
            chosen.append((row, column))
        if len(chosen) == PLACES:
            break
    return chosen


def false_alarms(
    ground: Ground, world: str, *, reports: int, alpha: float, maps: int
) -> np.ndarray:
    """Maps with a hot cell, and hot cells, by method: shape (2, methods)."""
    rng, truth = np.random.default_rng([5, reports, int(10 * alpha)]), intensity(ground, world)
    tally = np.zeros((2, len(METHODS)))
    for _ in range(maps):
        hot = hot_cells(draw(rng, reports * truth, alpha), ground, truth)
        tally += [[cells.any() for cells in hot], [cells.sum() for cells in hot]]
    return tally


def finds(ground: Ground, world: str, *, reports: int, alpha: float, maps: int) -> np.ndarray:
    """Planted places found, false cells and hot cells, by method: shape (3, methods)."""
    rng, truth = np.random.default_rng([6, reports, int(10 * alpha)]), intensity(ground, world)
    tally = np.zeros((3, len(METHODS)))
    for _ in range(maps):
        mean, near = reports * truth, np.zeros(truth.shape, dtype=bool)
        places = choose_places(truth, ground, rng)
        for row, column in places:
            mean[row - 1 : row + 2, column - 1 : column + 2] *= RATIO
            near[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = True
        for number, cells in enumerate(hot_cells(draw(rng, mean, alpha), ground, truth)):
            tally[0, number] += sum(cells[r - 1 : r + 2, c - 1 : c + 2].any() for r, c in places)
            tally[1:, number] += (cells & ~near).sum(), cells.sum()
    return tally


def backgrounds(maps: int, *, progress: Callable[[str], None]) -> Part:
    """Both tables."""
    part, ground = Part("E4b", "the ground of Łódź: which background?"), lodz_ground()
    empty, full = max(maps // 5, 10), max(maps // 12, 5)
    part.say(
        f"The bundled city in {ground.mask.sum():,} cells of 200 m. Reports fall in proportion to"
        " residents .45, addresses .15, streets .35, land .05 (*mixture*); with an unknown fivefold"
        " *pull* of the centre; with an *avenue* besides that draws four times what stands along"
        " it, 400 m wide, and a *quiet* quarter. N is the number of reports in a year. Every"
        f" background gets the same test at a minimum effect of {EFFECT}; Gi* knows none."
    )
    nulls, finders = {}, {}
    for world in WORLDS:
        for reports, alpha in SETTINGS:
            progress(f"E4b: {world}, N {reports}, alpha {alpha}")
            key = (world, reports, alpha)
            options = {"reports": reports, "alpha": alpha}
            nulls[key] = false_alarms(ground, world, maps=empty, **options)
            finders[key] = finds(ground, world, maps=full, **options)
    part.say(
        f"**No hot spot.** Share of {empty} maps with a hot cell; ours, with its exact 95 %"
        f" interval, may be at most {100 * PROMISE:g} %. The avenue is flagged by right, as a place"
        " that stands out from its quarter; it is kept as the limit of the claim."
    )
    heads = ["noise", *METHODS]
    part.table(heads, [_null_row(key, tally, empty) for key, tally in nulls.items()])
    part.say(
        f"**Five places of 3 × 3 cells with {RATIO} times the reports**, {full} maps: found /"
        " share of hot cells that are false (cells that touch a place do not count as false)."
        f" Targets for ours: found ≥ {FOUND[SETTINGS[0]]:g} at N 6,750 and"
        f" ≥ {FOUND[SETTINGS[2]]:g} at N 1,400, both at alpha 0.5; false ≤ {FALSE:g}. What the true"
        " intensity finds, which nobody knows, is how much these counts can tell."
    )
    part.table(heads, [_found_row(key, tally, full) for key, tally in finders.items()])
    alt = "Maps of noise with a hot cell, places found and false cells, by background"
    part.picture(_bars(nulls, finders, empty, full), alt)
    return part


def _label(key: tuple[str, int, float]) -> str:
    return f"{key[0]}; N {key[1]:,}, alpha {key[2]:g}"


def _null_row(key: tuple[str, int, float], tally: np.ndarray, maps: int) -> list[str]:
    cells = [f"{hits / maps:.2f}" for hits in tally[0]]
    hits = tally[0, OURS_AT]
    cells[OURS_AT] = marked(share(hits, maps), met=hits / maps <= PROMISE)
    cells[0] += f" ({tally[1, 0] / maps:.0f} cells a map)"
    return [_label(key), *cells]


def _found_row(key: tuple[str, int, float], tally: np.ndarray, maps: int) -> list[str]:
    found = tally[0] / (maps * PLACES)
    false = tally[1] / np.maximum(tally[2], 1)
    cells = [f"{f:.2f} / {w:.2f}" for f, w in zip(found, false, strict=True)]
    met = found[OURS_AT] >= FOUND.get(key[1:], 0.0) and false[OURS_AT] <= FALSE
    cells[OURS_AT] = marked(cells[OURS_AT], met=bool(met))
    return [_label(key), *cells]


def _bars(nulls: dict, finders: dict, empty: int, full: int) -> object:
    figure, panels = axes(3, height=2.6)
    places = np.arange(len(METHODS))
    colours = [PEER if at in {0, 1, 5} else OTHER for at in places]
    colours[OURS_AT] = OURS
    panels = panels[0]
    first = [key for key in nulls if key[1:] == SETTINGS[0]]
    alarm = np.mean([nulls[key][0] / empty for key in first], axis=0)
    found = np.mean([finders[key][0] / (full * PLACES) for key in first], axis=0)
    false = np.mean([finders[key][1] / np.maximum(finders[key][2], 1) for key in first], axis=0)
    for panel, values, title in zip(
        panels, (alarm, found, false),
        ("noise maps with a hot cell", "places found", "hot cells that are false"), strict=True,
    ):  # fmt: skip
        panel.barh(places, values, color=colours)
        panel.set(title=title, xlim=(0, 1), yticks=places, yticklabels=[])
        panel.invert_yaxis()
    panels[0].set(yticklabels=METHODS)
    figure.suptitle(f"mean of the three worlds, N {SETTINGS[0][0]:,}, alpha {SETTINGS[0][1]:g}",
                    fontsize=9, y=1.04)  # fmt: skip
    return figure
