"""What the maps say, in English; the catalogues of `geo.languages` hold the other languages.

A text is a string with {gaps}, or the plural forms that the gap ``n`` chooses between. Names of
levels, groups and columns come with the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.languages import Plural, Text, Texts
from geo.maps.view_texts import VIEW_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TEXTS", "tell", "texts_of"]

TEXTS: dict[str, str | Plural] = {
    # the page
    "title_areas": "reports by area, {period}",
    "title_hotspots": "hot spots of reports, {period}",
    "title_patterns": "what hot spots do over the year, {period}",
    "title_density": "density of reports, {period}",
    "title_candidates": "candidates for plans of beats",
    "title_clusters": "clusters of beats",
    "site": "Parts of this site",
    "nav_map": "Map",
    "nav_collections": "Data",
    "nav_locate": "Find",
    "nav_priorities": "Priorities",
    "nav_releases": "Releases",
    "nav_api": "API",
    "embed_source": "Reports of residents, {city}. Release {release}.",
    "embed_full": "The whole map with its tables",
    "skip": "Skip the map, go to the table",
    "map_label": "Map of {city}",
    "language": "Language",
    "badge_simulated": "simulated reports",
    "badge_approximate": "approximate, unofficial beats",
    "perception": "Reports are perceptions of residents, not crime; no report does not mean safe.",
    "no_script": "The map needs JavaScript. The same features are in the GeoJSON feed.",
    # choices
    "choices": "What the map shows, and how",
    "choose_layer": "Show",
    "layer_areas": "Areas",
    "layer_hotspots": "Hot spots",
    "layer_patterns": "Patterns",
    "layer_density": "Density",
    "layer_candidates": "Candidates",
    "layer_clusters": "Clusters",
    "choose_months": "Months",
    "period_custom": "any months…",
    "months_from": "First month",
    "months_to": "Last month",
    "months_back": "One month earlier",
    "months_on": "One month later",
    "choose_status": "Count",
    "rule_all": "all reports",
    "rule_confirmed": "confirmed only",
    "rule_expected": "likely to be confirmed",
    "half_year_only": (
        "The ratio and the change are worked out for half-years and all reports only."
    ),
    "fallen_back": "The colour now shows counts: the ratio and the change need a half-year.",
    "choose_level": "Areas by",
    "choose_period": "Half-year",
    "choose_category_group": "Category group",
    "choose_statistic": "Colour shows",
    "from_day": "from {day}",
    "to_day": "to {day}",
    # statistics
    "statistic_n_reports": "Reports",
    "statistic_rate_per_1000": "Episodes per 1,000 residents",
    "statistic_rate_per_km2": "Episodes per km²",
    "statistic_rate_ratio_yoy": "Change on a year before",
    "statistic_n_confirmed": "Confirmed reports",
    "statistic_n_expected_confirmed": "Episodes likely to be confirmed",
    "statistic_rate_per_1000_confirmed": "Confirmed reports per 1,000 residents",
    "statistic_rate_per_1000_expected": "Episodes likely to be confirmed per 1,000 residents",
    "statistic_rate_per_km2_confirmed": "Confirmed reports per km²",
    "statistic_rate_per_km2_expected": "Episodes likely to be confirmed per km²",
    "statistic_smr_eb": "Ratio to the expected",
    # legend
    "legend": "Legend",
    "class_under": "under {to}",
    "class_from": "{from} and more",
    "no_value": "no number",
    "hidden_small": "hidden: a number too small to show",
    "hatch_few": "fewer than 10: little is known",
    "hatch_chance": "may be chance",
    "legend_hotspots": "Hot spots, 12 months",
    "legend_99": "hot: at most 1 in 100 is chance",
    "legend_95": "hot: at most 1 in 20 is chance",
    "legend_90": "a hint: at most 1 in 10 is chance, or hot on few grids only",
    # panel
    "hint": "Pick a place on the map or in the table to see its numbers.",
    "reports": Plural(one="{n} report", other="{n} reports"),
    "confirmed_reports": Plural(one="{n} confirmed report", other="{n} confirmed reports"),
    "expected_reports": Plural(
        one="{n} episode likely to be confirmed",
        other="{n} episodes likely to be confirmed",
    ),
    "chances": "{n} chances in {of}",
    "chances_none": "less than one chance in 100",
    "chances_all": "more than 99 chances in 100",
    "high_chance": "More than 1.5 times what is expected: {chances}.",
    "likely_days": "likely {low}–{high} (95%) in as many days like these",
    "not_likely": "a sum of chances, so it has no such interval",
    "episodes": Plural(one="{n} separate episode", other="{n} separate episodes"),
    "episodes_likely": Plural(
        one="{n} separate episode, likely {low}–{high} (95%) in a half-year like this",
        other="{n} separate episodes, likely {low}–{high} (95%) in a half-year like this",
    ),
    "episodes_part": Plural(
        one="{n} separate episode; in as many days like these likely {low}–{high} (95%)",
        other="{n} separate episodes; in as many days like these likely {low}–{high} (95%)",
    ),
    "times": "In the long run about {ratio} times",
    "area_ratio": (
        "what is expected here (90%: {interval}). Few episodes draw it towards the average."
    ),
    "hotspot_ratio": "what is expected at such a place (90%: {interval}).",
    "two_questions": (
        "The class: can it be chance (corrected for the whole map)? The interval: how strong?"
    ),
    "with_interval": "{value} (95%: {interval})",
    "low_information": "Fewer than 10 episodes: the interval says more than the number.",
    "low_reporting": (
        "People seem to report less readily here: few reports may mean few who report."
    ),
    "reporting_rate": "Readiness to report",
    "reporting_times": "{ratio}× the city's (90%: {interval})",
    "expected_confirmed": "Likely to be confirmed",
    "of_episodes": "{n} of {all} episodes",
    "share_confirmed": "Share confirmed",
    "share_interval": "{value}% (90%: {low}–{high}%)",
    "against_norm": "Against the usual spread",
    "funnel_0": "within it",
    "funnel_1": "above, 1 in 20 by chance",
    "funnel_2": "far above, 1 in 500 by chance",
    "funnel_1_below": "below, 1 in 20 by chance",
    "funnel_2_below": "far below, 1 in 500 by chance",
    "year_change": "Compared with a year before: {ratio}× as many",
    "year_interval": "(episodes {before} → {now}; 95%: {interval}×).",
    "year_real": "Chance alone hardly explains this.",
    "year_many": "Among so many areas one such change may be chance.",
    "year_chance": "This may be chance.",
    "forecast_period": "Next half-year ({period}):",
    "forecast_likely": Plural(
        one="likely {interval} episodes (80%).", other="likely {interval} episodes (80%)."
    ),
    "status_confirmed": Plural(one="confirmed", other="confirmed"),
    "status_pending": Plural(one="not yet decided", other="not yet decided"),
    "status_unconfirmed": Plural(one="unconfirmed", other="unconfirmed"),
    "pop_resident": "Residents",
    "n_boundary_25m": "Reports within 25 m of the border",
    "suppressed": "Hidden: the number is so small that it could point at a person.",
    "unassigned": "Outside every {level}",
    "unnamed": "Unnamed place",
    "area_page": "All about this area",
    "feed_row": "This row in the GeoJSON feed",
    # why a number is missing: one text for each code of the layer
    "note_unassigned": "These reports lie in no area of this level; they are only counted.",
    "note_no-residents": "No number of residents is known here.",
    "note_no-streets": "No streets are known here.",
    "note_nothing-expected": "Nothing was expected here, so there is no ratio.",
    "note_period-incomplete": (
        "The data do not cover the whole half-year, so it is not compared with the year before."
    ),
    "note_no-previous-year": "The data do not reach back to the same half-year a year before.",
    "note_previous-year-suppressed": (
        "The number of the year before is hidden, so there is no comparison."
    ),
    "note_base-zero": "There was no episode a year before, so there is no ratio to it.",
    "note_few-place-days": "Too little was watched here to say how readily people report.",
    "note_no-duplicates": "No duplicates in the city: how readily people report cannot be told.",
    "note_few-areas": "Fewer than ten areas do not tell how much areas always differ.",
    "note_few-times": "Fewer than ten reports tell when, so no hours are shown.",
    "note_not-judged": (
        "Only hot spots of the last half-year are checked on other grids; some fail that check."
    ),
    "note_few-to-compare": (
        "Fewer than ten episodes in one of the two half-years: the change is not tested."
    ),
    # hot spots
    "class_90": "A hint: not stable enough",
    "short_90": "a hint",
    "pattern": "Over the year",
    "pattern_persistent": "persistent",
    "pattern_growing": "growing",
    "pattern_new": "new",
    "pattern_fading": "fading",
    "pattern_none": "no clear pattern",
    "stability": "Found again",
    "of_grids": "on {percent}% of 24 other grids",
    "of_no_grids": "not checked on other grids",
    "spot_year": (
        "A place is called hot for what it holds now, so part of a rise is how it was chosen."
    ),
    "first_seen": "First seen",
    "peak_weekday": "Busiest day",
    "weekday_mon": "Monday",
    "weekday_tue": "Tuesday",
    "weekday_wed": "Wednesday",
    "weekday_thu": "Thursday",
    "weekday_fri": "Friday",
    "weekday_sat": "Saturday",
    "weekday_sun": "Sunday",
    "peak_hours": "Busiest hours",
    "hours_share": "{hours} ({percent}%)",
    "peak_shift": "Busiest shift",
    "shift_I": "I, 6–14",
    "shift_II": "II, 14–22",
    "shift_III": "III, 22–6",
    "n_near_duplicates": "Repeats within a day",
    "n_burst": "In bursts of one day",
    "of_reports": "{n} of {all} reports",
    "mostly_burst": (
        "Most of these reports came in bursts, many on one day: look twice before planning."
    ),
    "hotspot": "Hot spot",
    "class_99": "Hot, at most 1 in 100 is chance",
    "class_95": "Hot, at most 1 in 20 is chance",
    "short_99": "very sure",
    "short_95": "sure",
    "where_expected": "where {expected} are expected",
    "in_twelve_months": "in twelve months",
    "n_reports": "Reports",
    "n_confirmed": "Confirmed",
    "share_of_city": "Share of the city's episodes",
    "top_category": "Most frequent category",
    "size": "Size",
    "hectares": "{area} ha",
    "percent": "{percent}%",
    "beats_of_spot": "Beats it lies in, by area",
    # tables
    "caption_areas": "Areas: {level}, {period}, {group}",
    "caption_hotspots": "Hot spots, 12 months to {until}, {group}",
    "caption_unchecked": "{caption} (not checked on other grids)",
    "caption_no_hotspots": "No hot spots: nothing in {period}, {group} stands out beyond chance",
    "caption_untested": "Hot spots, {period}, {group}: {why}",
    "untested_months": "not tested: fewer than 12 months of data before its end",
    "untested_few": "not tested: too few reports (mean {mean} per cell, {needed} needed)",
    "untested_sparse": "not tested: too few reports for a map",
    "table_filter": "Filter: {what}",
    "table_all": "rows: {all}",
    "table_some": "rows: {shown} of {all}",
    "table_from": "shown: {from}–{to}",
    "table_ascending": "by “{column}”, lowest first",
    "table_descending": "by “{column}”, highest first",
    "table_words_ascending": "by “{column}”, A to Z",
    "table_words_descending": "by “{column}”, Z to A",
    "table_nothing": "Nothing has this name.",
    "table_before": "← Previous",
    "table_after": "Next →",
    "table_pages": "Pages of: {caption}",
    "table_meanings": "What the columns mean",
    "column_area": "Area",
    "column_n_reports": "Reports",
    "column_per_1000": "per 1,000",
    "column_ratio": "Ratio",
    "column_interval_90": "90% interval",
    "column_interval_95": "95% interval",
    "column_n_confirmed": "Confirmed",
    "column_n_expected_confirmed": "Likely",
    "column_per_km2": "per km²",
    "column_change": "Change",
    "column_hotspot": "Hot spot",
    "column_class": "Class",
    "column_episodes": "Episodes",
    "tip_per_1000": "Episodes per 1,000 residents; the panel gives the 95% interval.",
    "tip_ratio": (
        "How many times what is expected in the long run; drawn towards 1 where episodes are few."
    ),
    "tip_interval": "The true ratio lies in it with a probability of 90%.",
    "tip_interval_95": "Such intervals hold the true value in 95 of 100 cases.",
    "tip_n_expected_confirmed": "Episodes likely to be confirmed in the end.",
    "tip_per_km2": "Episodes per square kilometre; the panel gives the 95% interval.",
    "tip_change": "Episodes for each one of the same half-year a year before.",
    "tip_class": "Very sure: at most 1 in 100 such places is chance. Sure: at most 1 in 20.",
    "hidden": "hidden",
    # spoken
    "described": "{name}: {value}",
    "described_value": "{what} {value}",
    "described_hotspot": "Hot spot {name}, {class}, {value}",
    "told_areas": "{period}, {group}: {counted}.",
    "told_hotspots": "Hot spots: {n}.",
    "no_such_area": "There is no area “{id}” at this level in this release.",
    "no_such_hotspot": "There is no hot spot “{id}” for this half-year and group in this release.",
    "failed": "The data could not be loaded ({reason}). Reload the page, or look at /healthz.",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "pan": "Move the map",
    "pan_north": "North",
    "pan_south": "South",
    "pan_west": "West",
    "pan_east": "East",
    "pan_whole": "Show everything",
    "map_keys": "Map: arrow keys move it, + and − zoom; Tab goes to what it shows",
    "shapes": "What the map shows",
    "shapes_areas": "Areas on the map",
    "shapes_hotspots": "Hot spots on the map",
    "shapes_patterns": "Patterns on the map",
    "shapes_cells": "Cells on the map",
    "shapes_candidates": "Proposals on the map",
    "shapes_clusters": "Clusters on the map",
    "keys": (
        "Arrow keys: neighbours. Home, End: first, last. Page Up, Page Down: one after another. "
        "Enter: choose. Esc: back to the map."
    ),
    # foot
    "what_not": "What this map is not",
    "close": "Close",
    "not_0": "It does not judge how safe a part of the city is: the police say so of theirs.",
    "not_1": "It is not a map of crime: residents report what they perceive, once a day each.",
    "not_2": "It does not say where it is safe: where nobody reports, nothing is known.",
    "not_3": "It is not a ranking: most differences between areas are within the intervals shown.",
    "not_4": "It shows no single report: places are shown as cells, small numbers are hidden.",
    "not_5": (
        "It judges scatter for the whole city: bursts in one part of it may pass for a hot spot."
    ),
    "made_of": "Release {release}, known on {as_of}.",
    "licence": "Licence: {licence}",
    "sources": "Sources",
    "feed": "GeoJSON feed",
    **VIEW_TEXTS,
}

_MAPS = Texts(TEXTS, context="maps", numbers=True)


def tell(lang: str, key: str, **values: object) -> str:
    """A text in a language, its gaps filled.

    Parameters
    ----------
    lang
        One of `geo.languages.LANGUAGES`.
    key
        A key of `TEXTS`.
    **values
        What fills the gaps; ``n`` chooses the plural form.
    """
    return _MAPS.say(lang, key, **values)


def texts_of(lang: str) -> Mapping[str, Text]:
    """Every text in one language.

    Parameters
    ----------
    lang
        One of `geo.languages.LANGUAGES`.

    Raises
    ------
    UsageError
        If the maps do not speak it.
    """
    return _MAPS.of(lang)
