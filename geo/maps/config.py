"""What a page knows of a release before it asks for data: choices, names, class limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.errors import UsageError
from geo.maps.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo.release.reader import Release

__all__ = ["LAYERS", "STATISTICS", "Choice", "page_config"]

LAYERS = ("areas", "hotspots")
APPROXIMATE = "approximate"

STATISTICS: tuple[dict[str, Any], ...] = (
    {"id": "smr_eb", "diverging": True},
    {"id": "n_reports", "whole": True, "zero": True},
    {"id": "rate_per_1000", "zero": True},
    {"id": "rate_per_km2", "zero": True},
)
"""What can colour the areas: a column, whether it is a whole number, whether zero is a class of
its own, whether its colours part at 1. The first is shown first: counts would only tell which
areas are large."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a page shows first."""

    layer: str
    level: str
    period: str
    category_group: str
    lang: str

    @classmethod
    def of(
        cls,
        release: Release,
        *,
        layer: str = "areas",
        level: str | None = None,
        period: str | None = None,
        category_group: str | None = None,
        lang: str = "en",
    ) -> Choice:
        """A valid choice; what is None becomes the finest level, the current period, all reports.

        Raises
        ------
        UsageError
            If the release has no such layer, level, period or group, or the maps no such language.
        """
        manifest = release.manifest
        levels = [entry["id"] for entry in manifest["levels"]]
        texts_of(lang)
        return cls(
            layer=_one_of(layer, LAYERS, what="layer"),
            level=_one_of(level or levels[0], levels, what="level"),
            period=_one_of(period or manifest["period"], manifest["periods"], what="period"),
            category_group=_one_of(
                category_group or next(iter(manifest["groups"])),
                manifest["groups"],
                what="category group",
            ),
            lang=lang,
        )


def page_config(release: Release, choice: Choice, *, base_url: str) -> dict[str, Any]:
    """The settings that the page's scripts read.

    Parameters
    ----------
    release
        The release that is shown.
    choice
        What is shown first.
    base_url
        Goes before every path of the feed: "" at the root of the same origin.
    """
    manifest, lang = release.manifest, choice.lang
    levels = [_level(release, entry, lang=lang) for entry in manifest["levels"]]
    return {
        "release": release.id,
        "lang": lang,
        "base_url": base_url,
        "bounds": [manifest["city"]["bbox"][i] for i in (1, 0, 3, 2)],
        "levels": levels,
        "groups": _named(manifest["groups"], lang),
        "categories": _named(manifest.get("categories", {}), lang),
        "statistics": STATISTICS,
        "breaks": {level["id"]: _breaks(release, level["id"]) for level in levels},
        "approximate": any(level["approximate"] for level in levels),
        "start": {
            "layer": choice.layer,
            "level": choice.level,
            "period": choice.period,
            "category_group": choice.category_group,
            "statistic": STATISTICS[0]["id"],
        },
        "texts": texts_of(lang),
    }


def _level(release: Release, entry: Mapping[str, Any], *, lang: str) -> dict[str, Any]:
    meta = release.collections[entry["collection"]].meta
    return {
        "id": entry["id"],
        "collection": entry["collection"],
        "label": entry["label"][lang],
        "approximate": meta["status"] == APPROXIMATE,
    }


def _named(names: Mapping[str, Mapping[str, str]], lang: str) -> dict[str, str]:
    """Key to name in one language; a catalogue need not know every language."""
    return {key: texts.get(lang, key) for key, texts in names.items()}


def _breaks(release: Release, level: str) -> dict[str, list[float]]:
    """Class limits of each statistic, the same for every period and group: no filter moves them."""
    published = release.collections["area-periods"].meta["breaks"]
    found = {
        statistic["id"]: published.get(f"{level}.{statistic['id']}") for statistic in STATISTICS
    }
    return {key: limits for key, limits in found.items() if limits}


def _one_of(value: str, allowed: Iterable[str], *, what: str) -> str:
    names = list(allowed)
    if value not in names:
        msg = f"no {what} {value!r}: take one of {', '.join(names)}"
        raise UsageError(msg)
    return value
