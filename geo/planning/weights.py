"""The weights of plan candidates: harm, solvability and hours, from a file that people edit."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.errors import CityError, InputError
from geo.statistics.rates import checked_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.catalogue import Catalogue
    from geo.city import City

__all__ = ["PlanWeights", "city_weights", "weights_file"]


@dataclass(frozen=True, slots=True)
class PlanWeights:
    """One version of the weights.

    Attributes
    ----------
    id, version, status
        As published with every list; `status` is ``assumption`` until somebody answers for it.
    harm
        Category id to the seriousness of a confirmed episode, day-equivalents.
    harm_spread
        The harm of a group lies within this factor of its value in 90 % of draws; 1 or more.
    solvability_mean, solvability_weight
        The share of confirmed episodes that get eliminated, before a group's record is seen, and
        the number of episodes that this is worth.
    hours
        Category group to the hours that a plan takes; ``default`` for those not named.
    plans_per_rewir, hours_per_rewir
        Plans that get attention in a half-year, and the hours for them, per rewir on average.
    exploration
        The share of plans for beats of low information.
    """

    id: str
    version: str
    status: str
    harm: Mapping[str, float]
    harm_spread: float
    solvability_mean: float
    solvability_weight: float
    hours: Mapping[str, float]
    plans_per_rewir: float
    hours_per_rewir: float
    exploration: float

    @classmethod
    def equal(cls, catalogue: Catalogue) -> PlanWeights:
        """Weights for a catalogue that has none: every category weighs the same.

        Parameters
        ----------
        catalogue
            The categories.

        Returns
        -------
        PlanWeights
            A harm of one day each, told as an assumption; all else as in the bundled weights.
        """
        usual = _build(tomllib.loads(_bundled("kmzb").read_text(encoding="utf-8")))
        harm = dict.fromkeys(catalogue.categories, 1.0)
        hours = {"default": usual.hours["default"]}
        return replace(usual, id=catalogue.id, version="equal", harm=harm, hours=hours)

    @classmethod
    def load(cls, name: str | Path, *, catalogue: Catalogue) -> PlanWeights:
        """Read bundled weights by name, or some from a file.

        Parameters
        ----------
        name
            Such as ``kmzb``, or a path that ends in ``.toml``.
        catalogue
            The categories and groups that they must fit.

        Returns
        -------
        PlanWeights
            Checked: a harm for each category and for nothing else.

        Raises
        ------
        CityError
            If there are none, or a number is missing, unknown or out of range.
        """
        path = Path(name)
        if path.suffix != ".toml":
            path = _bundled(str(name))
        try:
            weights = _build(tomllib.loads(path.read_text(encoding="utf-8")))
            _check(weights, catalogue)
        except (FileNotFoundError, IsADirectoryError) as error:
            msg = f"no weights {str(name)!r}: give a bundled name (kmzb) or a .toml file"
            raise CityError(msg) from error
        except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
            msg = f"the weights {path.name} cannot be used: {error}"
            raise CityError(msg) from error
        return weights

    def harm_of(self, counts: pd.DataFrame) -> pd.Series:
        """The harm of an average episode of each row.

        Parameters
        ----------
        counts
            Episodes; a row per candidate, a column per category that it may be of.

        Returns
        -------
        Series
            float64, day-equivalents, named `harm`, with the index of `counts`. A row without
            episodes gets the plain mean of its categories.

        Raises
        ------
        InputError
            If a column is no category, there is none, or a number is negative or not finite.
        """
        unknown = [name for name in counts.columns if name not in self.harm]
        if unknown or not len(counts.columns):
            found = ", ".join(map(str, unknown)) or "no column"
            msg = f"{found}: the columns must be categories with a harm in weights {self.version}"
            raise InputError(msg)
        many = checked_counts(counts, name="counts")
        many = np.where(many.sum(axis=1, keepdims=True) > 0, many, 1.0)
        harm = np.array([self.harm[name] for name in counts.columns])
        return pd.Series(many @ harm / many.sum(axis=1), index=counts.index, name="harm")

    def solvability(self, eliminated: pd.Series, confirmed: pd.Series) -> pd.DataFrame:
        """What a group's record says about the share that gets eliminated.

        Parameters
        ----------
        eliminated, confirmed
            Episodes of each row's group that were eliminated, and confirmed at all.

        Returns
        -------
        DataFrame
            `eliminated_a` and `eliminated_b`, the shapes of a beta distribution, float64, with
            the index of `confirmed`.

        Raises
        ------
        InputError
            If a number is negative or not finite, or more were eliminated than confirmed.
        """
        gone, all_ = (
            checked_counts(values, name=name)
            for values, name in ((eliminated, "eliminated"), (confirmed, "confirmed"))
        )
        if gone.shape != all_.shape or (gone > all_).any():
            msg = "more episodes are eliminated than confirmed: give those among the confirmed"
            raise InputError(msg)
        before = self.solvability_weight * self.solvability_mean
        table = {
            "eliminated_a": before + gone,
            "eliminated_b": self.solvability_weight - before + all_ - gone,
        }
        return pd.DataFrame(table, index=confirmed.index)

    def hours_of(self, groups: pd.Series) -> pd.Series:
        """The hours that a plan of each category group takes.

        Parameters
        ----------
        groups
            Category group ids.

        Returns
        -------
        Series
            float64, named `hours`, with the index of `groups`.
        """
        hours = [self.hours.get(group, self.hours["default"]) for group in groups]
        return pd.Series(hours, index=groups.index, name="hours", dtype=np.float64)


def weights_file(city: City) -> Path | None:
    """The file of a city's weights: its own, or the one bundled with its catalogue.

    Parameters
    ----------
    city
        The city.

    Returns
    -------
    Path or None
        None if neither is there, and every category weighs the same.
    """
    if city.settings.weights is not None:
        return city.settings.weights
    catalogue = Path(city.settings.catalogue)
    if catalogue.suffix == ".toml":
        return None
    bundled = _bundled(catalogue.name)
    return bundled if bundled.is_file() else None


def city_weights(city: City) -> PlanWeights:
    """The weights that a city's plans are scored by.

    Parameters
    ----------
    city
        The city.

    Returns
    -------
    PlanWeights
        From `weights_file`, or equal ones.

    Raises
    ------
    CityError
        If the file cannot be used.
    """
    path = weights_file(city)
    if path is None:
        return PlanWeights.equal(city.catalogue)
    return PlanWeights.load(path, catalogue=city.catalogue)


def _bundled(name: str) -> Path:
    return Path(str(files("geo") / "catalogues" / f"{name}_weights.toml"))


def _build(raw: Mapping[str, Any]) -> PlanWeights:
    return PlanWeights(
        id=str(raw["id"]),
        version=str(raw["version"]),
        status=str(raw["status"]),
        harm={key: float(value) for key, value in raw["harm"].items()},
        harm_spread=float(raw["harm_spread"]),
        solvability_mean=float(raw["solvability"]["mean"]),
        solvability_weight=float(raw["solvability"]["weight"]),
        hours={key: float(value) for key, value in raw["hours"].items()},
        plans_per_rewir=float(raw["capacity"]["plans_per_rewir"]),
        hours_per_rewir=float(raw["capacity"]["hours_per_rewir"]),
        exploration=float(raw["capacity"]["exploration"]),
    )


def _check(weights: PlanWeights, catalogue: Catalogue) -> None:
    """Refuse what would rank wrongly later, all faults at once."""
    faults = [f"no harm for {name}" for name in sorted(set(catalogue.categories) - {*weights.harm})]
    faults += [f"unknown category {k}" for k in sorted({*weights.harm} - {*catalogue.categories})]
    known = {"default", *catalogue.groups}
    faults += [f"unknown group {name} in hours" for name in sorted({*weights.hours} - known)]
    if "default" not in weights.hours:
        faults.append("no default in hours")
    numbers = {f"harm of {name}": value for name, value in weights.harm.items()}
    numbers |= {f"hours of {name}": value for name, value in weights.hours.items()}
    numbers["weight of solvability"] = weights.solvability_weight
    numbers["plans_per_rewir"] = weights.plans_per_rewir
    numbers["hours_per_rewir"] = weights.hours_per_rewir
    faults += [
        f"{name} is {value}, not above 0"
        for name, value in numbers.items()
        if not (math.isfinite(value) and value > 0)
    ]
    if not (math.isfinite(weights.harm_spread) and weights.harm_spread >= 1):
        faults.append(f"harm_spread is {weights.harm_spread}, not 1 or more")
    if not 0 < weights.solvability_mean < 1:
        faults.append(f"mean of solvability is {weights.solvability_mean}, not between 0 and 1")
    if not 0 <= weights.exploration <= 1:
        faults.append(f"exploration is {weights.exploration}, not a share")
    if faults:
        raise ValueError("; ".join(faults))
