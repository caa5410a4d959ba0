"""E2 and E3: planted places, found or missed, and what is called hot beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from proof import peers
from proof.page import OTHER, OURS, PEER, Part, axes, marked, share
from proof.worlds import ANGLE, FLAT, SHAPE, SQUARE, VARYING, draw, planted

from geo.statistics.comparison import benjamini_hochberg
from geo.statistics.hotspots import hotspot_test

if TYPE_CHECKING:
    from collections.abc import Callable

MEANS, RATIOS = (0.2, 0.5, 1.0, 2.0), (2, 3, 5, 8)
FORMS = {"square": SQUARE, "L": ANGLE}
SPREADS = {"0": 0.0, "1": 1.0, "0 to 4": VARYING}
AIMED = ("square", "0")
"""Form and alpha that the targets are for."""

FOUND_TARGETS = {(0.5, 5): 0.90, (1.0, 3): 0.70}
ALONE = (4, 5, 6, 8, 12, 20, 30)


class Power(NamedTuple):
    """Shares: of planted places found, and of hot cells that are false; of ours, then of Gi*.

    `places` were planted on all maps together.
    """

    places: int
    found: float
    false: float
    peer_found: float
    peer_false: float


def power(form: str, spread: str, *, mean: float, ratio: float, maps: int) -> Power:
    """Plant five places on each of many maps."""
    rng = np.random.default_rng([2, len(form), len(spread), int(10 * mean), int(ratio)])
    places = planted(FORMS[form])
    truth = np.any(places, axis=0)
    rates = mean * np.where(truth, float(ratio), 1.0)
    tally = np.zeros(6)
    for _ in range(maps):
        counts = draw(rng, rates, SPREADS[spread])
        for at, hot in ((0, hotspot_test(counts).hot_class >= 95), (3, peers.gi_star_bh(counts))):
            tally[at] += sum(hot[place].any() for place in places)
            tally[at + 1 : at + 3] += (hot & ~truth).sum(), hot.sum()
    many = maps * len(places)
    return Power(many, tally[0] / many, tally[1] / max(tally[2], 1),
                 tally[3] / many, tally[4] / max(tally[5], 1))  # fmt: skip


def power_and_false(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E2."""
    part, few = Part("E2", "planted places: found, and false beside them"), max(maps // 8, 20)
    many = max(maps // 2, 20)
    part.say(
        f"Five places of nine cells on 40 × 40, {few} maps a cell of the table, {many} for squares"
        " at alpha 0, which have targets. *Found*: a hot cell inside. *False*: the"
        " share of hot cells that lie outside, the halo included. Squares are 3 × 3; an L is five"
        " cells long each way. Targets, for squares at alpha 0:"
        " found ≥ .90 at a mean of .5 and ratio 5, ≥ .70 at 1 and 3; false ≤ .07 up to a mean of 1"
        " and ratio 5; a share that has a target of its own has its exact 95 % interval, and is"
        " judged by itself, not by the interval. Gi* + BH finds more at some cells because it calls"
        " noise hot as well (E1)."
    )
    found = {}
    for spread in SPREADS:
        for form in FORMS:
            progress(f"E2: {form}, alpha {spread}")
            each = many if (form, spread) == AIMED else few
            for mean in MEANS:
                for ratio in RATIOS:
                    key = (form, spread, mean, ratio)
                    found[key] = power(form, spread, mean=mean, ratio=ratio, maps=each)
            part.say(f"**{form}, alpha {spread}** (found / false; in brackets Gi* + BH)")
            part.table(
                ["mean per cell", *(f"ratio {ratio}" for ratio in RATIOS)],
                [[mean, *(_cell(found[form, spread, mean, r], (form, spread, mean, r))
                          for r in RATIOS)] for mean in MEANS],
            )  # fmt: skip
    part.picture(_curves(found), "Share of planted places found, by ratio and mean")
    return part


def _cell(power: Power, key: tuple[str, str, float, int]) -> str:
    form, spread, mean, ratio = key
    aimed = (form, spread) == AIMED
    least = FOUND_TARGETS.get((mean, ratio)) if aimed else None
    found = f"{power.found:.2f}"
    if least is not None:
        found = share(round(power.found * power.places), power.places)
    text = (f"{found} / {power.false:.2f}"
            f" ({power.peer_found:.2f} / {power.peer_false:.2f})")  # fmt: skip
    if not aimed:
        return text
    limited = mean <= 1 and ratio <= 5
    if least is None and not limited:
        return text
    met = (least is None or power.found >= least) and (not limited or power.false <= 0.07)
    return marked(text, met=met)


def _curves(found: dict[tuple[str, str, float, int], Power]) -> object:
    figure, panels = axes(3)
    for panel, spread in zip(panels[0], SPREADS, strict=True):
        for mean, colour in zip(MEANS, ("#c3cdd6", "#8fb3cf", "#4d88b3", OURS), strict=True):
            for form, style in (("square", "-"), ("L", "--")):
                line = [found[form, spread, mean, ratio].found for ratio in RATIOS]
                panel.plot(RATIOS, line, style, color=colour,
                           label=f"mean {mean:g}" if form == "square" else None)  # fmt: skip
        panel.set(title=f"alpha {spread}", xlabel="ratio", ylim=(0, 1.02))
    panels[0, 0].set(ylabel="share found (dashed: L)")
    panels[0, 0].legend(frameon=False, fontsize=8)
    return figure


def bad_address(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E3."""
    part, each, slow = Part("E3", "a single bad address"), max(maps // 2, 20), max(maps // 50, 5)
    part.say(
        f"One cell with so many reports on a map of noise, {each} maps each ({slow} for esda): how"
        " often that cell is hot. The target is .95 from 6 reports on at a background of .2, and"
        " from 8 on at .5. The last column is the median `p_sim` that esda's default gives it: a"
        " conditional permutation tests the neighbours, not the place."
    )
    rows, curves = [], {}
    for mean, least in ((0.2, 6), (0.5, 8)):
        progress(f"E3: background {mean}")
        for count in ALONE:
            ours, window, textbook, p_sim = _alone(mean, count, maps=each, slow=slow)
            curves[mean, count] = (ours, textbook, window)
            cell = f"{ours:.2f}" if count < least else marked(f"{ours:.2f}", met=ours >= 0.95)
            rows.append([f"{mean:g} per cell, {count} reports", cell, f"{window:.2f}",
                         f"{textbook:.2f}", f"{p_sim:.2f}"])  # fmt: skip
    heads = ["background", "ours", "3 × 3 window alone + BH", "Gi* + BH", "esda default, p_sim"]
    part.table(heads, rows)
    figure, panels = axes(2)
    for panel, mean in zip(panels[0], (0.2, 0.5), strict=True):
        lines = np.array([curves[mean, count] for count in ALONE]).T
        for line, label, colour in zip(lines, ("ours", "Gi* + BH", "window alone"),
                                       (OURS, PEER, OTHER), strict=True):  # fmt: skip
            panel.plot(ALONE, line, ".-", color=colour, label=label)
        panel.set(title=f"background {mean:g}", xlabel="reports at the address", ylim=(0, 1.02))
    panels[0, 0].legend(frameon=False, fontsize=8)
    part.picture(figure, "How often a single bad address is found")
    return part


def _alone(mean: float, count: int, *, maps: int, slow: int) -> tuple[float, float, float, float]:
    rng = np.random.default_rng([3, int(10 * mean), count])
    spot = (SHAPE[0] // 2, SHAPE[1] // 2)
    ours = window = textbook = 0
    p_sim = []
    for number in range(maps):
        counts = draw(rng, mean * FLAT)
        counts[spot] = count
        test = hotspot_test(counts)
        ours += test.hot_class[spot] >= 95
        window += benjamini_hochberg(test.p_window)[spot] <= 0.05
        textbook += peers.gi_star_bh(counts)[spot]
        if number < slow:
            p_sim.append(peers.esda_p(counts, seed=number)[spot])
    return ours / maps, window / maps, textbook / maps, float(np.median(p_sim))
