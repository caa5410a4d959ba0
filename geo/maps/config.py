"""What a page knows of a release before it asks for data: choices, names, class limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

import orjson

from geo.errors import UsageError
from geo.languages import in_language
from geo.maps.assets import SCRIPTS
from geo.maps.search import search_texts
from geo.maps.texts import texts_of
from geo.maps.view_config import view_config
from geo.writing import write_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geo.release.reader import Release

__all__ = [
    "LAYERS", "STATISTICS", "STATUSES", "Choice", "Chosen", "layers_of", "months_of",
    "page_config",
]  # fmt: skip

LAYERS = {
    "areas": "area-periods",
    "hotspots": "hotspot-areas",
    "patterns": "hotspot-cells",
    "density": "hotspot-cells",
    "candidates": "plan-candidates",
    "clusters": "clusters",
}
"""What a map can show, and the collection that it shows."""

STATUSES = ("all", "confirmed", "expected")
"""Which reports count: each, those that were confirmed, each by its chance of being so."""

SERIES = "area-series"
APPROXIMATE = "approximate"
FORECASTS = "forecasts"

STATISTICS: tuple[dict[str, Any], ...] = (
    {"id": "smr_eb", "diverging": True, "half_year": True, "hatch": "few"},
    {"id": "n_reports", "whole": True, "zero": True},
    {"id": "rate_per_1000", "zero": True, "hatch": "few"},
    {"id": "rate_per_km2", "zero": True, "hatch": "few"},
    {"id": "rate_ratio_yoy", "diverging": True, "half_year": True, "hatch": "chance"},
)
"""What can colour the areas: a column, whether it is a whole number, whether zero is a class of
its own, whether its colours part at 1, whether it is known for half-years only, and what is
hatched: few episodes, or a change that may be chance. The first is shown first: counts would only
tell which areas are large."""

FALLBACK = "n_reports"
"""What is shown where a statistic cannot be."""

COUNTED = ("n_confirmed", "n_expected_confirmed")
"""What takes the place of the reports where not all of them count."""


class Chosen(TypedDict, total=False):
    """What may be chosen for a page; what is not there, or None, is as the release has it."""

    layer: str
    level: str | None
    period: str | None
    category_group: str | None
    lang: str


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
            layer=_one_of(layer, layers_of(release), what="layer"),
            level=_one_of(level or levels[0], levels, what="level"),
            period=_one_of(period or manifest["period"], manifest["periods"], what="period"),
            category_group=_one_of(
                category_group or next(iter(manifest["groups"])),
                manifest["groups"],
                what="category group",
            ),
            lang=lang,
        )


def layers_of(release: Release) -> list[str]:
    """The layers that a map of this release can show, those with a script that draws them."""
    return [
        layer
        for layer, collection in LAYERS.items()
        if collection in release.collections and f"views/{layer}.js" in SCRIPTS
    ]


def months_of(release: Release) -> list[str]:
    """The months that the data reach into, such as ``2026-02``, the first one first."""
    begin, end = map(date.fromisoformat, release.manifest["time"])
    last = end - timedelta(days=1)
    first = 12 * begin.year + begin.month - 1
    months = range(first, 12 * last.year + last.month)
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in months]


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
    months = months_of(release)
    return {
        "release": release.id,
        "city": manifest["city"]["name"],
        "lang": lang,
        "base_url": base_url,
        "bounds": [manifest["city"]["bbox"][i] for i in (1, 0, 3, 2)],
        "layers": layers_of(release),
        "levels": levels,
        "periods": {period: _period(release, period, lang=lang) for period in manifest["periods"]},
        "groups": _named(manifest["groups"], lang),
        "categories": _named(manifest.get("categories", {}), lang),
        "statistics": STATISTICS,
        "fallback": FALLBACK,
        "statuses": STATUSES,
        "months": {"first": months[0], "n": len(months), "series": SERIES in release.collections},
        "time": _days(release),
        "breaks": {level["id"]: _breaks(release, level["id"]) for level in levels},
        "hotspots": _hotspots(release),
        "views": view_config(release, lang=lang),
        "forecast": _forecast(release),
        "approximate": any(level["approximate"] for level in levels),
        "start": {
            "layer": choice.layer,
            "level": choice.level,
            "period": choice.period,
            "category_group": choice.category_group,
            "statistic": STATISTICS[0]["id"],
            "status": STATUSES[0],
        },
        "texts": texts_of(lang),
        "search": search_texts(lang),
    }


def _level(release: Release, entry: Mapping[str, Any], *, lang: str) -> dict[str, Any]:
    meta = release.collections[entry["collection"]].meta
    return {
        "id": entry["id"],
        "collection": entry["collection"],
        "label": in_language(entry["label"], lang),
        "approximate": meta["status"] == APPROXIMATE,
    }


def _period(release: Release, period: str, *, lang: str) -> dict[str, Any]:
    """Its name, which tells where the data end or begin inside it, and its last day with data."""
    collection = release.collections["area-periods"]
    rows = collection.select(equals={"period": period}, limit=1).rows.tolist()
    (feature,) = map(orjson.loads, collection.features(rows, geometry=False))
    first, last = (
        date.fromisoformat(feature["properties"][key]) for key in ("period_start", "period_end")
    )
    begin, end = map(date.fromisoformat, release.manifest["time"])
    until = min(last, end - timedelta(days=1))
    texts = texts_of(lang)
    cuts = [("from_day", begin)] * (first < begin) + [("to_day", until)] * (until < last)
    names = [str(texts[key]).format(day=write_date(day, lang, "MMMd")) for key, day in cuts]
    return {
        "label": ", ".join([period, *names]),
        "start": first.isoformat(),
        "end": last.isoformat(),
        "until": until.isoformat(),
    }


def _hotspots(release: Release) -> dict[str, Any]:
    """What a map of hot spots needs, and for `<period>.<group>` without one what it had.

    A map that the release does not list was never made, as its twelve months are not covered.
    """
    method = release.collections["hotspot-areas"].meta["method"]
    made = {_map_key(entry) for entry in method.get("maps", ())}
    sparse = {_map_key(entry): entry for entry in method.get("without_map", ())}
    keys = [f"{p}.{g}" for p in release.manifest["periods"] for g in release.manifest["groups"]]
    return {
        "needed": method.get("minimum_mean"),
        "untested": {
            key: {"few": key in sparse, "mean": sparse.get(key, {}).get("mean")}
            for key in keys
            if key not in made
        },
    }


def _forecast(release: Release) -> dict[str, str] | None:
    """The level and period beside which the forecast is shown; None in a release without one."""
    manifest = release.manifest
    if FORECASTS not in release.collections:
        return None
    return {"level": manifest["levels"][0]["id"], "period": manifest["period"]}


def _map_key(entry: Mapping[str, Any]) -> str:
    return f"{entry['period']}.{entry['category_group']}"


def _named(names: Mapping[str, Mapping[str, str]], lang: str) -> dict[str, str]:
    """Key to name in one language; a catalogue need not know every language."""
    return {key: in_language(texts, lang) or key for key, texts in names.items()}


def _days(release: Release) -> list[str]:
    """The first and the last day of the data."""
    begin, end = release.manifest["time"]
    return [begin, (date.fromisoformat(end) - timedelta(days=1)).isoformat()]


def _breaks(release: Release, level: str) -> dict[str, list[float]]:
    """Class limits of each statistic, the same for every period and group: no filter moves them."""
    published = release.collections["area-periods"].meta["breaks"]
    columns = [*(statistic["id"] for statistic in STATISTICS), *COUNTED]
    found = {column: published.get(f"{level}.{column}") for column in columns}
    return {key: limits for key, limits in found.items() if limits}


def _one_of(value: str, allowed: Iterable[str], *, what: str) -> str:
    names = list(allowed)
    if value not in names:
        msg = f"no {what} {value!r}: take one of {', '.join(names)}"
        raise UsageError(msg)
    return value
