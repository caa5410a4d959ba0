"""Which reports the public face is made of, and the rules that it keeps.

The public face is a second run over fewer reports, not a filter on the way out: what is not in
its files cannot leak. The rules are data of the city, with words in Polish and English, and every
release says how many rows each touched. What hides small numbers is in `geo.layers.hidden_cells`
and `geo.layers.hidden_areas`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import CityError
from geo.languages import LANGUAGES, in_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.catalogue import Catalogue
    from geo.city import City

    BoolArray = NDArray[np.bool_]

__all__ = ["RULES", "DisclosureRules", "load_rules", "rules_file", "withheld"]

RULES = ("never", "confirmed-only", "small-cells", "small-areas", "differences", "small-hotspots")
_LIMITS = ("least_count", "least_residents", "least_cell_m")


@dataclass(frozen=True, slots=True)
class DisclosureRules:
    """The rules of one city.

    Attributes
    ----------
    version
        Of the file.
    least_count
        The smallest count of a cell that is shown; zero is shown too.
    least_residents
        An area with fewer counts as a cell; one whose residents are not known does not.
    least_cell_m
        The smallest side of a cell, metres.
    texts
        Rule to language to sentence.
    """

    version: str
    least_count: int
    least_residents: float
    least_cell_m: float
    texts: Mapping[str, Mapping[str, str]]

    def describe(self, rows: Mapping[str, int]) -> dict[str, Any]:
        """The rules as the manifest tells of them, with the number of rows that each touched."""
        return {
            "version": self.version,
            **{name: getattr(self, name) for name in _LIMITS},
            "rules": [
                {"id": rule, "text": dict(self.texts[rule]), "rows": int(rows.get(rule, 0))}
                for rule in RULES
            ],
        }


def rules_file(city: City) -> Path:
    """The file of a city's rules, or the built-in one."""
    return city.settings.disclosure or Path(str(files("geo.layers") / "disclosure.toml"))


def load_rules(city: City) -> DisclosureRules:
    """Read the rules of a city.

    Raises
    ------
    CityError
        If the file is missing, lacks a word, or loosens a limit below what hides anything.
    """
    path = rules_file(city)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        rules = _rules(raw)
    except FileNotFoundError as error:
        msg = f"the disclosure rules {path.name} are missing: write them or drop `disclosure`"
        raise CityError(msg) from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        msg = f"the disclosure rules {path.name} cannot be used: {error}"
        raise CityError(msg) from error
    if rules.least_count < 3 or rules.least_cell_m < 200:
        msg = (
            f"{path.name} sets least_count = {rules.least_count} and least_cell_m = "
            f"{rules.least_cell_m:g}: take 3 and 200 or more"
        )
        raise CityError(msg)
    return rules


def withheld(reports: gpd.GeoDataFrame, catalogue: Catalogue) -> dict[str, BoolArray]:
    """The reports that the public face is made without.

    Parameters
    ----------
    reports
        The frame of accepted reports.
    catalogue
        Says which categories are sensitive.

    Returns
    -------
    dict
        ``never`` and ``confirmed-only`` to booleans, one per report.
    """
    sensitivity = {c.id: c.sensitivity for c in catalogue.categories.values()}
    kind = reports["category"].map(sensitivity).to_numpy(dtype=object)
    confirmed = reports["status"].isin(catalogue.statuses_of("confirmed")).to_numpy(dtype=bool)
    return {
        "never": np.asarray(kind == "never", dtype=bool),
        "confirmed-only": np.asarray(kind == "confirmed-only", dtype=bool) & ~confirmed,
    }


def _rules(raw: Mapping[str, Any]) -> DisclosureRules:
    if unknown := sorted(set(raw) - {"version", "rules", *_LIMITS}):
        msg = f"unknown words: {', '.join(unknown)}"
        raise ValueError(msg)
    return DisclosureRules(
        version=str(raw["version"]),
        least_count=int(raw["least_count"]),
        least_residents=float(raw["least_residents"]),
        least_cell_m=float(raw["least_cell_m"]),
        texts={
            rule: {lang: in_language(raw["rules"][rule], lang) for lang in LANGUAGES}
            for rule in RULES
        },
    )
