"""What the views of the map know of a release beside its rows: limits, periods, reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.languages import in_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.release.reader import Collection, Release

__all__ = ["CELL_COLUMNS", "view_config"]

DENSITY = "kde_per_km2"
COUNT = "n_reports"

CELL_COLUMNS = (
    "cell_id", "cell_m", "period_start", "period_end", COUNT, "n_episodes", DENSITY, "hot_class",
    "beat_id", "suppressed",
)  # fmt: skip
"""What the map reads of a cell; there are many of them."""


def view_config(release: Release, *, lang: str) -> dict[str, Any]:
    """The facts of each view that needs some; views of collections that are not there have none.

    Parameters
    ----------
    release
        The release that is shown.
    lang
        Language of the texts that come with the release.

    Returns
    -------
    dict
        ``density``: the column shown, its limits by category group, the columns to ask for.
        ``candidates``: the period they are for, the one they were made in, how many plans there
        can be (``k``), how many candidates there are, words of the codes. ``clusters``: the
        period that was searched, words of the codes.
    """
    made = {"hotspot-cells": _density, "plan-candidates": _candidates, "clusters": _clusters}
    views = {"hotspot-cells": "density", "plan-candidates": "candidates", "clusters": "clusters"}
    return {
        views[name]: facts(release.collections[name], release.manifest["period"], lang)
        for name, facts in made.items()
        if name in release.collections
    }


def _density(collection: Collection, _: str, __: str) -> dict[str, Any]:
    """The smooth density where the face has it with limits, else the count of reports."""
    limits = {column: _limits(collection, column) for column in (DENSITY, COUNT)}
    column = DENSITY if limits[DENSITY] else COUNT
    held = [name for name in CELL_COLUMNS if name in collection.columns]
    return {"column": column, "breaks": limits[column], "columns": held}


def _limits(collection: Collection, column: str) -> dict[str, list[float]]:
    """Limits of classes by category group; they are those of all periods."""
    ending = f".{column}"
    breaks: Mapping[str, list[float]] = collection.meta.get("breaks") or {}
    return {key.removesuffix(ending): one for key, one in breaks.items() if key.endswith(ending)}


def _candidates(collection: Collection, period: str, lang: str) -> dict[str, Any]:
    method = collection.meta["method"]
    return {
        "period": method["period"],
        "made_in": period,
        "k": method["k"],
        "n": collection.count,
        "reasons": _words(method["reasons"], lang),
        "notes": _words(method["notes"], lang),
    }


def _clusters(collection: Collection, period: str, lang: str) -> dict[str, Any]:
    return {"period": period, "notes": _words(collection.meta["method"]["notes"], lang)}


def _words(codes: Mapping[str, Mapping[str, str]], lang: str) -> dict[str, str]:
    return {code: in_language(names, lang) for code, names in codes.items()}
