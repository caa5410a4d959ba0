"""E1 and E4: maps of noise, gradients, edges and islands, where every hot cell is a false one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from proof import peers
from proof.page import OTHER, OURS, PEER, Part, axes, marked, share
from proof.worlds import HARDER, NULLS, draw

from geo.statistics.comparison import benjamini_hochberg
from geo.statistics.hotspots import hotspot_test
from geo.statistics.windows import window_sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from proof.worlds import Noise

PROMISE = 0.05


def null_maps(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E1."""
    part = Part("E1", "maps of noise")
    slow = max(maps // 20, 5)
    found = []
    for noise in [*NULLS, *HARDER]:
        progress(f"E1: {noise.name}")
        found.append((noise, *_false_alarms(noise, maps=maps, slow=slow)))
    part.say(
        f"40 × 40 cells without any hot spot, {maps:,} maps a row ({slow} for esda, which is slow):"
        " the share of maps on which something is hot, with its exact 95 % interval. Ours may be"
        f" at most {100 * PROMISE:g} %. Alpha is the relative variance of the cells' rates. Peers"
        " have no exposure to be told: on a gradient they see the gradient. In the last two rows"
        " alpha differs across the map: ours has one for all, too small where reports scatter most,"
        " and the map says so of itself."
    )
    heads = ["noise", "ours, hot", "ours, watch", "Gi* + BH", "esda default + BH",
             "esda: cells at p_sim ≤ .05"]  # fmt: skip
    part.table(heads, [_row(*row, maps=maps, slow=slow) for row in found])
    figure, panels = axes(1, height=4.2)
    _bars(panels[0, 0], found, maps=maps, slow=slow)
    part.picture(figure, "Share of noise maps with a hot cell: ours, Gi* with BH, esda")
    return part


def _false_alarms(noise: Noise, *, maps: int, slow: int) -> tuple[int, int, int, int, float]:
    """Maps with a hot cell, a watched one; by Gi* + BH, by esda + BH; esda's share of cells."""
    rng = np.random.default_rng([1, *map(ord, noise.name)])
    hot = watch = textbook = library = 0
    cells = []
    for number in range(maps):
        counts = draw(rng, noise.mean * noise.exposure, noise.alpha)
        classes = hotspot_test(counts, exposure=noise.exposure).hot_class
        hot, watch = hot + (classes >= 95).any(), watch + (classes >= 90).any()
        textbook += peers.gi_star_bh(counts).any()
        if number < slow:
            p_sim = peers.esda_p(counts, seed=number)
            library += (benjamini_hochberg(p_sim) <= 0.05).any()
            cells.append((p_sim <= 0.05).mean())
    return int(hot), int(watch), int(textbook), int(library), float(np.mean(cells))


def _row(noise: Noise, hot: int, watch: int, textbook: int, library: int, cells: float,
         *, maps: int, slow: int) -> list[str]:  # fmt: skip
    return [
        noise.name,
        marked(share(hot, maps), met=hot / maps <= PROMISE),
        f"{watch / maps:.3f}",
        f"{textbook / maps:.3f}",
        f"{library / slow:.2f}",
        f"{cells:.2f}",
    ]


def _bars(panel: object, found: list[tuple], *, maps: int, slow: int) -> None:
    y = np.arange(len(found))
    for shift, label, colour, values in (
        (-0.27, "ours", OURS, [row[1] / maps for row in found]),
        (0.0, "Gi* + BH", PEER, [row[3] / maps for row in found]),
        (0.27, "esda default + BH", OTHER, [row[4] / slow for row in found]),
    ):
        panel.barh(y + shift, values, height=0.25, color=colour, label=label)
    panel.axvline(PROMISE, color="#333", lw=0.8)
    panel.set(yticks=y, yticklabels=[row[0].name for row in found], xlim=(0, 1),
              xlabel="share of noise maps with a hot cell")  # fmt: skip
    panel.invert_yaxis()
    panel.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)


def edges_and_islands(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E4."""
    progress("E4: edges and islands")
    part = Part("E4", "gradient, edges, islands")
    mask = _ragged_city()
    exposure = np.where(mask, np.tile(np.geomspace(0.05, 5, 40), (40, 1)), 0.0)
    edge = mask & (window_sum(mask.astype(float)) < 9)
    island = mask & (window_sum(mask.astype(float)) == 1)
    false, strange, small = 0, 0, np.zeros(mask.shape)
    rng = np.random.default_rng(4)
    for _ in range(maps):
        test = hotspot_test(draw(rng, exposure, 0.5), exposure=exposure, mask=mask)
        false += bool((test.hot_class >= 95).any())
        strange += int(np.isnan(test.p_value).sum() + np.isnan(test.q_value).sum())
        small += test.p_value <= PROMISE
    part.say(
        f"A ragged city of {mask.sum()} cells with {island.sum()} islands of one cell, known"
        f" exposure from 0.05 to 5 per cell, alpha 0.5; {maps:,} maps of noise. A cell's own"
        " p-value may be at most 0.05 in 5 % of maps, at the edge as inside."
    )
    rates = {"inner": mask & ~edge, "edge": edge & ~island, "island": island}
    rows = [["maps with a hot cell", marked(share(false, maps), met=false / maps <= PROMISE)],
            ["p or q that is no number", marked(str(strange), met=strange == 0)]]  # fmt: skip
    for name, where in rates.items():
        rate = small[where].mean() / maps
        rows.append([f"{name} cells with p ≤ .05", marked(f"{rate:.3f}", met=rate <= PROMISE)])
    part.table(["", "found"], rows)
    return part


def _ragged_city() -> np.ndarray:
    rows, columns = np.indices((40, 40))
    mask = np.hypot(rows - 20, columns - 17) < 13 + 3 * np.sin(columns / 2)
    mask[30:, :20] &= columns[30:, :20] % 5 != 0
    mask[2:38:6, 37] = True
    return mask
