"""What simulated reports are drawn from: a versioned file of shares, rates and profiles.

A catalogue without a file of its own gets equal shares and flat profiles.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.catalogue import Catalogue

__all__ = ["Calibration", "CategoryProfile"]


@dataclass(frozen=True)
class CategoryProfile:
    """How reports of one category fall in time and space, and what becomes of them.

    Attributes
    ----------
    share
        Of all reports; the shares of a calibration sum to 1.
    confirmed
        Probability that a verified report is confirmed.
    hours
        (24,) weights of the hours of the local day.
    weekend
        Weight of a Saturday or Sunday; other days weigh 1.
    peak_month, amplitude
        The season: 1 + amplitude × cos of the distance from the peak month.
    mix
        (4,) weights of residents, addresses, street length, land as sources of places.
    """

    share: float
    confirmed: float
    hours: NDArray[np.float64]
    weekend: float
    peak_month: int
    amplitude: float
    mix: NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """Volumes and outcomes of a whole city, and a profile per category id."""

    per_day: float
    eliminated: float
    passed_on: float
    joke: float
    repeats: float
    overdispersion: float
    profiles: Mapping[str, CategoryProfile]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Calibration:
        """The bundled calibration of a catalogue, or a flat one."""
        path = files("geo") / "catalogues" / f"{catalogue.id}_calibration.toml"
        if not path.is_file():
            return _flat(catalogue)
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(
            per_day=raw["per_day"],
            eliminated=raw["eliminated"],
            passed_on=raw["passed_on"],
            joke=raw["joke"],
            repeats=raw["repeats"],
            overdispersion=raw["overdispersion"],
            profiles={key: _profile(item, raw) for key, item in raw["categories"].items()},
        )


def _profile(item: Mapping[str, Any], raw: Mapping[str, Any]) -> CategoryProfile:
    return CategoryProfile(
        share=item["share"],
        confirmed=item["confirmed"],
        hours=_normalised(raw["hours"][item["hours"]]),
        weekend=item["weekend"],
        peak_month=item["season"]["peak_month"],
        amplitude=item["season"]["amplitude"],
        mix=_normalised(raw["mix"][item["mix"]]),
    )


def _flat(catalogue: Catalogue) -> Calibration:
    profile = CategoryProfile(
        share=1 / len(catalogue.categories),
        confirmed=0.5,
        hours=_normalised([1.0] * 24),
        weekend=1.0,
        peak_month=1,
        amplitude=0.0,
        mix=_normalised([0.45, 0.15, 0.35, 0.05]),
    )
    return Calibration(
        per_day=18.48,
        eliminated=0.9,
        passed_on=0.05,
        joke=0.05,
        repeats=0.2,
        overdispersion=0.5,
        profiles=dict.fromkeys(catalogue.categories, profile),
    )


def _normalised(weights: list[float]) -> NDArray[np.float64]:
    array = np.asarray(weights, dtype=np.float64)
    return array / array.sum()
