"""E5: labels of emerging patterns, on noise and on places whose course is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from proof import peers
from proof.page import OTHER, OURS, PEER, Part, axes, marked
from proof.worlds import SHAPE

from geo.statistics.emerging import PLAIN_OF
from geo.statistics.emerging_map import emerging_map, emerging_places

if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS, RATIO = 12, 8.0
MONTH = np.arange(MONTHS)
STEPS = np.linspace(0.6, 1.9, MONTHS)
COURSES = {
    "new": np.where(MONTH == 11, RATIO, 1),
    "consecutive": np.where(MONTH >= 8, RATIO, 1),
    "persistent": np.full(MONTHS, RATIO),
    "intensifying": RATIO * STEPS,
    "diminishing": RATIO * STEPS[::-1],
    "historical": np.where(MONTH < 11, RATIO, 1),
    "sporadic": np.where(MONTH % 3 == 2, RATIO, 1),
}
PLACES = {name: (5 + 12 * (i // 3), 6 + 12 * (i % 3)) for i, name in enumerate(COURSES)}
RIGHT = {0.2: 0.80, 0.5: 0.95, 1.0: 0.95}
NOISE = 0.005
WAYS = ("ours", "today's wording", "older wording")
PLAIN_COURSES = {
    "steady": np.ones(MONTHS),
    "last five months": np.where(MONTH >= 7, 1.0, 0.0),
    "first five months": np.where(MONTH < 5, 1.0, 0.0),
    "doubling": np.linspace(2 / 3, 4 / 3, MONTHS),
}
PLAIN_PLACES = {name: (8 + 24 * (i // 2), 8 + 24 * (i % 2)) for i, name in enumerate(PLAIN_COURSES)}
WANTED = ("persistent", "new", "fading", "growing")
EVENTS = (15, 30, 60, 150)
CHANGED = 0.05


def labels(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E5."""
    part = Part("E5", "emerging patterns")
    many, more = max(maps // 25, 5), max(maps // 4, 5)
    part.say(
        f"Twelve months on 40 × 40 cells, {many} cubes a row of noise. Ours is gated by the"
        " hot-spot test; *today's wording* and the *older wording* label every cell by the Gi* of"
        " each month at 1.96, without a gate. **Noise**: the share of cells that get a label; ours"
        f" may be at most {100 * NOISE:g} %."
    )
    rows, noise = [], {}
    for mean in (0.05, 0.2, 0.5, 1.0):
        for alpha in (0.0, 1.0):
            progress(f"E5: noise, {mean} per cell and month, alpha {alpha}")
            found = labelled_noise(mean, alpha, maps=many)
            noise[f"{mean:g}, α {alpha:g}"] = found
            first = marked(f"{found[0]:.4f}", met=found[0] <= NOISE)
            rows.append([f"{mean:g} per cell and month, alpha {alpha:g}", first,
                         *(f"{value:.3f}" for value in found[1:])])  # fmt: skip
    part.table(["noise", *WAYS], rows)
    part.say(
        f"**Planted**: seven courses of {RATIO:g} times the rate, one place each, {more}"
        " cubes a column; how often its middle gets the right name. Targets: .80 at .2 per cell and"
        " month, .95 at .5 and above."
        " Who labels everything also names what was planted; the noise above is the price."
    )
    found = {}
    for mean in RIGHT:
        progress(f"E5: planted, {mean} per cell and month")
        found[mean] = right_names(mean, maps=more)
    part.table(["course", *(f"{way}, {mean:g}" for mean in RIGHT for way in (WAYS[0], WAYS[2]))],
               _course_rows(found))  # fmt: skip
    _plain_words(part, maps=more, progress=progress)
    part.picture(_bars(noise, found), "Labels on noise, and planted courses rightly named, by way")
    return part


def labelled_noise(mean: float, alpha: float, *, maps: int) -> np.ndarray:
    """The share of noise cells with a label, by way."""
    rng, labelled = np.random.default_rng([7, int(100 * mean), int(alpha)]), np.zeros(3)
    for _ in range(maps):
        rates = rng.gamma(1 / alpha, alpha, SHAPE) if alpha else np.ones(SHAPE)
        counts = rng.poisson(mean * rates, (MONTHS, *SHAPE))
        ways = (emerging_map(counts).pattern, *peers.older_labels(counts))
        labelled += [(way != "none").mean() for way in ways]
    return labelled / maps


def right_names(mean: float, *, maps: int) -> dict[str, np.ndarray]:
    """The share of right names, by course and way."""
    rng = np.random.default_rng([8, int(100 * mean)])
    rates = np.full((MONTHS, *SHAPE), mean)
    for name, (row, column) in PLACES.items():
        rates[:, row - 1 : row + 2, column - 1 : column + 2] *= COURSES[name][:, None, None]
    right = {name: np.zeros(3) for name in COURSES}
    for _ in range(maps):
        counts = rng.poisson(rates)
        ways = (emerging_map(counts).pattern, *peers.older_labels(counts))
        for name, at in PLACES.items():
            right[name] += [way[at] == name for way in ways]
    return {name: hits / maps for name, hits in right.items()}


def _plain_words(part: Part, *, maps: int, progress: Callable[[str], None]) -> None:
    """What whole hot spots of known courses are called in plain words."""
    part.say(
        "**Plain words**: a hot spot of nine cells with so many events a year over a background of"
        f" .05 per cell and month, {maps} cubes a column; how often it gets the wanted word (in"
        " brackets: what the class alone would give). Doubling is growing from 100 events on;"
        " below, no trend is told, and the word is persistent. *Changed*: how often the steady one"
        f" is called anything but persistent or nothing, at most {100 * CHANGED:g} %."
    )
    found = {}
    for events in EVENTS:
        progress(f"E5: plain words, {events} events")
        found[events] = plain_words(events, maps=maps)
    rows = []
    for name, word in zip(PLAIN_COURSES, WANTED, strict=True):
        row = [f"{name}: {word}"]
        for events, (ours, alone) in found.items():
            right = "persistent" if word == "growing" and events < 100 else word
            row.append(f"{ours[name].get(right, 0):.2f} ({alone[name].get(right, 0):.2f})")
        rows.append(row)
    changed = ["**steady, changed**"]
    for ours, _ in found.values():
        share = sum(ours["steady"].get(word, 0) for word in ("new", "fading", "growing"))
        changed.append(marked(f"{share:.2f}", met=share <= CHANGED))
    growing = ["**growing below 100 events**"]
    for events, (ours, _) in found.items():
        share = sum(words.get("growing", 0) for words in ours.values())
        growing.append(marked(f"{share:.2f}", met=share == 0) if events < 60 else "–")
    part.table(["course: word", *(f"{events} events" for events in EVENTS)],
               [*rows, changed, growing])  # fmt: skip


def plain_words(events: int, *, maps: int) -> tuple[dict[str, dict[str, float]], ...]:
    """Course to the share of each plain word: ours, and what the class alone gives."""
    rng = np.random.default_rng([9, events])
    rates, places = np.full((MONTHS, *SHAPE), 0.05), np.zeros(SHAPE, dtype=np.int64)
    for number, (name, (row, column)) in enumerate(PLAIN_PLACES.items(), start=1):
        course = PLAIN_COURSES[name] / PLAIN_COURSES[name].sum()
        square = (slice(row - 1, row + 2), slice(column - 1, column + 2))
        rates[:, *square] += events * course[:, None, None] / 9
        places[square] = number
    told: tuple[dict[str, dict[str, float]], ...] = tuple(
        {name: {} for name in PLAIN_COURSES} for _ in range(2)
    )
    for _ in range(maps):
        table = emerging_places(rng.poisson(rates), places)
        for way, words in enumerate((table["plain"], table["pattern"].map(PLAIN_OF))):
            for name, word in zip(PLAIN_COURSES, words, strict=True):
                told[way][name][word] = told[way][name].get(word, 0.0) + 1 / maps
    return told


def _course_rows(found: dict[float, dict[str, np.ndarray]]) -> list[list[str]]:
    rows = [
        [name, *(f"{found[mean][name][way]:.2f}" for mean in found for way in (0, 2))]
        for name in COURSES
    ]
    last = ["**all**"]
    for mean, target in RIGHT.items():
        ours, _, older = np.mean(list(found[mean].values()), axis=0)
        last += [marked(f"{ours:.2f}", met=ours >= target), f"{older:.2f}"]
    return [*rows, last]


def _bars(noise: dict[str, np.ndarray], found: dict[float, dict[str, np.ndarray]]) -> object:
    figure, panels = axes(2)
    right = {f"{mean:g}": np.mean(list(names.values()), axis=0) for mean, names in found.items()}
    for panel, shares in zip(panels[0], (noise, right), strict=True):
        x = np.arange(len(shares))
        for way, colour in enumerate((OURS, OTHER, PEER)):
            values = [share[way] for share in shares.values()]
            panel.bar(x + 0.27 * (way - 1), values, width=0.25, color=colour, label=WAYS[way])
        panel.set(xticks=x, xticklabels=list(shares), xlabel="per cell and month")
        panel.tick_params(axis="x", labelrotation=60 if len(shares) > 3 else 0, labelsize=8)
    panels[0, 0].set(title="noise that gets a label")
    panels[0, 1].set(title="planted courses rightly named", ylim=(0, 1.02))
    panels[0, 0].legend(frameon=False, fontsize=8)
    return figure
