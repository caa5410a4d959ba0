"""What the layers of a release are called, and what a reader should know of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from geo.languages import LANGUAGES, Texts, in_language

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PATTERN_NAMES", "About", "about", "about_areas"]

_LAYERS = Texts(
    {
        "areas.description": "Areas of level “{level}”. {notice}",
        "area-periods.title": "Reports by area and period",
        "area-periods.description": (
            "What residents reported, by area, half-year and category group: counts, rates, "
            "ratios and changes, each with its interval. Reports are perceptions."
        ),
        "hotspot-cells.title": "Cells of the hot-spot maps",
        "hotspot-cells.description": (
            "Square cells with a report in twelve months, and whether they hold more than people,"
            " addresses, streets and the quarter around explain."
        ),
        "hotspot-areas.title": "Hot spots",
        "hotspot-areas.description": (
            "Hot cells side by side, as one place named by the nearest street, with the beats "
            "that share it. Reports are perceptions."
        ),
        "plan-candidates.title": "Plan candidates",
        "plan-candidates.description": (
            "Problems of beats that a plan of {period} could take up: what is forecast, how much "
            "it weighs, and how sure the rank is. Weights are an assumption; reports are "
            "perceptions. A list to talk about, not an order."
        ),
        "forecasts.title": "Forecasts of beats",
        "forecasts.description": (
            "How many episodes {period} is likely to bring to each beat, by category group, with "
            "an interval that holds four times of five. It says what goes on if nothing changes; "
            "reports are perceptions."
        ),
        "backtests.title": "Backtests of the forecast",
        "backtests.description": (
            "Periods that are over, forecast again from what was reported before them: how much "
            "of what came lay where the forecast pointed, and what its numbers were worth, beside"
            " plain counts and smooth densities. For the whole city."
        ),
        "clusters.title": "Clusters of beats",
        "clusters.description": (
            "Neighbouring beats that together hold more than chance would put there. The gate "
            "asks whether twelve months show any cluster at all; the alarm whether the last one "
            "to three months bring a new one. Hot spots do not depend on it: circles of whole "
            "beats cannot see a single bad address. Reports are perceptions."
        ),
        "near-repeats.title": "Near repeats",
        "near-repeats.description": (
            "Pairs of episodes near in space and time against those that chance would bring, for "
            "the whole city, without groups that hold traffic. For information: it is mostly the "
            "same nuisance, still unsolved, and does not say where the next episode will be."
        ),
        "area-series.title": "Reports by area and month",
        "area-series.description": (
            "What residents reported, by area and category group: a whole series of months in one"
            " row, the hours of the week, and what waits to be opened or verified. Reports are "
            "perceptions."
        ),
    },
    context="layers",
)

PATTERN_NAMES = Texts(
    {
        "persistent": "persistent",
        "growing": "growing",
        "new": "new",
        "fading": "fading",
        "none": "none",
    },
    context="patterns",
)
"""The plain words of `geo.statistics.emerging.PLAIN_OF`."""


class About(TypedDict):
    """Language to text."""

    title: dict[str, str]
    description: dict[str, str]


def about(collection: str, **values: object) -> About:
    """Title and description of a collection in all languages.

    Parameters
    ----------
    collection
        Its id.
    **values
        What fills the gaps of the description.
    """
    return {
        "title": _LAYERS.everywhere(f"{collection}.title"),
        "description": _LAYERS.everywhere(f"{collection}.description", **values),
    }


def about_areas(label: Mapping[str, str], notice: Mapping[str, str]) -> About:
    """Title and description of a level's areas in all languages.

    Parameters
    ----------
    label, notice
        What the city calls the level, and says of its borders.
    """
    named = {language: in_language(label, language) for language in LANGUAGES}
    return {
        "title": {language: text[:1].upper() + text[1:] for language, text in named.items()},
        "description": {
            language: _LAYERS.say(
                language, "areas.description", level=text, notice=in_language(notice, language)
            ).strip()
            for language, text in named.items()
        },
    }
