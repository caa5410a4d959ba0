"""Proof: every promise of the methods, tried on maps whose truth is known; writes a page.

Run as ``make proof``. ``--maps 1000`` is the number of maps per setting of E1; the other
experiments take the shares of it that their text says. ``--only E1 E7`` makes these parts again
and keeps the rest of the page.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from importlib.metadata import version
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from proof import (  # noqa: E402 - after the paths, so that the script runs from a checkout
    emerging,
    lodz,
    noise,
    page,
    planning,
    power,
    real,
    reporting,
    suites,
)

EXPERIMENTS = {
    "E1": noise.null_maps,
    "E2": power.power_and_false,
    "E3": power.bad_address,
    "E4": noise.edges_and_islands,
    "E4b": lodz.backgrounds,
    "E5": emerging.labels,
    "E6": real.recurrence,
    "E7": real.forecasts,
    "E8": planning.rank_calibration,
    "E9": reporting.reporting_gap,
    "E10": planning.feedback,
    "E11": planning.evaluation,
    "E12": suites.oracles,
    "E13": suites.invariants,
    "Demo": real.demo,
}
HEAD = """\
# Proof

Made by `make proof`: every promise of the methods, tried where the truth is known, beside what the
peers do with the same input by default, in the same run. Seeds are fixed. {met} marks a target that
is met, {missed} one that is missed; a missed one stays on the page.

E14, speed, is [benchmarks.md](benchmarks.md), written by `make bench`.

Last written with {packages}.

{overview}

"""
PACKAGES = ("numpy", "scipy", "esda", "libpysal")

log = logging.getLogger("proof")


def main() -> None:
    """Run the experiments, write the page after each."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    output, parts = options.output, {}
    if options.only and output.exists():
        parts = page.parts_of(output.read_text(encoding="utf-8"))
    for name in options.only or EXPERIMENTS:
        began = time.perf_counter()
        part = EXPERIMENTS[name](options.maps, progress=log.info)
        log.info("%s took %.0f s", name, time.perf_counter() - began)
        part.save(output.parent)
        parts[name] = part.text()
        _write(output, parts)


def _write(output: Path, parts: dict[str, str]) -> None:
    ordered = {name: parts[name] for name in EXPERIMENTS if name in parts}
    head = HEAD.format(
        met=page.MET,
        missed=page.MISSED,
        packages=", ".join(f"{name} {version(name)}" for name in PACKAGES),
        overview=page.overview(ordered),
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(head + "\n".join(ordered.values()), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("docs/proof.md"))
    parser.add_argument("--maps", type=int, default=1_000)
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
