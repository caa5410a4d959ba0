"""What the pages say, in English; ``api/locale`` holds the other languages.

Titles of columns and layers come with the release.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geo.languages import Plural, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TEXTS", "say"]

TEXTS: Mapping[str, str | Plural] = {
    # every page
    "skip": "Skip to the content",
    "language": "Language",
    "site": "Parts of this server",
    "crumbs": "Where you are",
    "formats": "This page as",
    "badge_simulated": "simulated reports",
    "badge_approximate": "approximate, unofficial beats",
    "badge_pinned": "one release for ever",
    "badge_internal": "internal, not for passing on",
    "perception": "Reports are perceptions of residents, not crime; no report does not mean safe.",
    "made_of": "Release {release}, known on {as_of}.",
    "licence": "Licence",
    "drawing": "Tiles and styles",
    "sources": "Sources",
    # words
    "yes": "yes",
    "no": "no",
    "hidden": "hidden: so small a number could point at a person",
    "status_approximate": "approximate",
    "status_official": "official",
    "unit_reports": "reports",
    "unit_episodes": "episodes",
    "unit_days": "days",
    "unit_months": "months",
    "unit_cells": "cells",
    "unit_persons": "persons",
    "unit_hours": "hours",
    "unit_groups": "groups",
    "unit_areas": "areas",
    "unit_pairs": "pairs",
    "unit_maps": "maps",
    "unit_ranks": "ranks",
    "unit_day-equivalents": "day equivalents",
    "type_string": "text",
    "type_integer": "whole number",
    "type_number": "number",
    "type_boolean": "yes or no",
    "type_date": "day",
    "type_geometry": "geometry",
    # collections
    "collections": "Data",
    "collections_lead": (
        "Every layer of this release: look at it as a table with a map, or take it as a file."
    ),
    "layer": "Layer",
    "features": "Features",
    "geometry": "Geometry",
    "covers": "Covers",
    "kind": "Kind",
    "name": "Name",
    "title": "Title",
    "type": "Type",
    "unit": "Unit",
    "may_miss": "May be missing",
    "look": "Look at the features",
    "on_the_map": "On the map",
    "what_to_filter": "What a filter may name",
    "schema": "Schema",
    "properties": "Properties",
    "method": "Method",
    "as_json": "With all its parameters, as JSON",
    "about": "About",
    "box": "West, south, east, north",
    "queryables_lead": (
        "Names for filters, sorting and lists of properties; each is also a parameter."
    ),
    "schema_lead": "What each feature holds.",
    # items
    "choose": "Choose",
    "any": "any",
    "choose_level": "Areas by",
    "choose_period": "Half-year",
    "choose_category_group": "Category group",
    "choose_limit": "On a page",
    "choose_filter": "Filter (CQL2)",
    "filter_example": "for example: {example}",
    "show": "Show",
    "matched": "{first}–{last} of {matched}",
    "matched_none": "Nothing passes these filters.",
    "past_end": "Nothing here: {matched} in all.",
    "next": "Next",
    "previous": "Previous",
    "pages": "Pages",
    "pages_below": "Pages, below the table",
    "some_columns": "{shown} of {all} columns.",
    "all_columns": "Show all columns",
    "fewer_columns": "Show the main columns",
    "feature": "Feature",
    "value": "Value",
    "sort_by": "Sort by {title}",
    "show_on_map": "Show on the map",
    "map_of": "Map of these features",
    "map_missing": "The scripts of the map are not installed; the table holds everything.",
    "map_needs_script": "The map needs JavaScript; the table does not.",
    "no_place": "This row has no place on the map.",
    # other pages
    "conformance": "Standards met",
    "conformance_lead": "Classes of OGC standards that this server meets.",
    "api": "API",
    "api_lead": "Every route with its parameters, as the OpenAPI document tells it (in English).",
    "parameter": "Parameter",
    "where": "In",
    "meaning": "Meaning",
    "in_path": "path",
    "in_query": "query",
    "in_header": "header",
    "required": "required",
    "default": "default",
    "answers": "Answers",
    "try_it": "Open",
    "locate": "Find an address",
    "locate_lead": "Write an address, a street or the name of an area, and see whose beat it is.",
    "locate_private": (
        "Your question is sent in the body of the request, answered and forgotten: it stands in no "
        "address, no history and no log. A position is asked for only when you press the button, "
        "and is rounded to some ten metres before it is sent."
    ),
    "ambiguous": "Several places fit. Add the number or the full name of the street.",
    "similar": "Another spelling than asked for: this is the nearest.",
    "part_of_number": "The register has this house as {number}.",
    "your_beat": "Your beat",
    "your_area": "Your area",
    "your_position": "Your position",
    "in_no_area": "This address lies in no area of the city.",
    "beat_proposals": "Proposals for this beat",
    "near_hotspots": "Hot spots within a kilometre, {period}",
    "no_near_hotspots": (
        "None: within a kilometre nothing stands out beyond chance. That does not make it safe."
    ),
    "inside_hotspot": "the place lies in it",
    "metres_away": "{metres} m {direction}",
    "direction_N": "to the north",
    "direction_NE": "to the north-east",
    "direction_E": "to the east",
    "direction_SE": "to the south-east",
    "direction_S": "to the south",
    "direction_SW": "to the south-west",
    "direction_W": "to the west",
    "direction_NW": "to the north-west",
    "all_about": "All about {name}",
    "area": "Area",
    "level": "Level",
    "priorities": "Priorities",
    "priorities_lead": (
        "Where plans for {period} could begin: the chosen plans, and candidates by rank, a range."
    ),
    "chosen_plans": "Chosen plans",
    "chosen_count": (
        "{shown}: the best set for the plans and hours that the weights give, rewir by rewir."
    ),
    "by_rank": "By rank",
    "faces_differ": (
        "The list of the police can differ from the public one, which does without hidden numbers."
    ),
    "priorities_note": (
        "The weights of harm ({weights}, version {version}) are an assumption: talk about it."
    ),
    "first_k": "Look at the first",
    "rewir": "Rewir",
    "any_rewir": "any",
    "first_of": "First {shown} of {matched}",
    "beats_without": "Beats without a candidate",
    # releases
    "releases": "Releases",
    "releases_lead": "A release never changes: what was read in it once can be read again.",
    "release": "Release",
    "known_on": "Known on",
    "version": "Built by version",
    "what_to_do": "Go on",
    "current": "current",
    "changes": "What changed",
    "changes_since": "What changed since",
    "changes_lead": "From release {since} to release {until}.",
    "by_layer": "By layer",
    "change": "Change",
    "change_added": "new",
    "change_changed": "different",
    "change_gone": "gone",
    "no_changes": "Nothing has changed.",
    # catalogue
    "catalogue": "Catalogue record",
    "catalogue_lead": "What portals of open data read: every layer as a data set, in DCAT-AP 3.",
    "publisher": "Publisher",
    "contact": "Contact",
    # one area
    "area_of": "{level} in {city}",
    "belongs_to": "Belongs to",
    "contact_above": "Contact of {name}",
    "key_numbers": "Key numbers",
    "reports_short": "Reports",
    "reports_and_episodes": "Reports and episodes",
    "against_expected": "Against the expected",
    "year_before": "Against a year before",
    "q_value": "q = {q}",
    "ahead": "Ahead",
    "likely_confirmed": "Likely to be confirmed",
    "share_of_verified": "{n} of {all} episodes; of verified reports {value}% (90%: {low}–{high}%)",
    "statuses": "What became of them",
    "half_years": "Half-years",
    "size_and_people": "Size",
    "size_is": "{area} km²",
    "residents_are": "residents: {n}",
    "area_part": "The data cover only a part of this half-year.",
    "area_silent": "Nobody reported anything here in this half-year. That does not make it safe.",
    "area_hidden": (
        "The numbers of this half-year are hidden: so small that they could point at a person."
    ),
    "unassigned_lead": (
        "Reports that lie in the data of the city, but in no area of this level: only counted."
    ),
    "area_map": "Map of {name} and its neighbours",
    "key_spot": "hot spot, hatched",
    "chart_months": "Month by month",
    "months_said": (
        "Episodes from {first} to {last}: {total}. The most in a month: {most} ({when}). "
        "Outside the usual range: {above} above, {below} below, of {all} months."
    ),
    "months_counted": (
        "Episodes from {first} to {last}: {total}. The most in a month: {most} ({when})."
    ),
    "month": "Month",
    "key_episodes": "episodes",
    "key_city": "as many residents in the city",
    "key_usual": "usual range",
    "key_above": "above the usual range",
    "key_below": "below the usual range",
    "key_partial": "not the whole month",
    "usual_means": (
        "Usual range: nine months of ten lie in it by chance alone while the area keeps its "
        "share of the city's episodes. Shaded: every other half-year."
    ),
    "no_months": (
        "There are no numbers by month for this area: hidden, or not made by this release."
    ),
    "chart_week": "Hours of the week",
    "week_said": (
        "Twelve months. By shift: I (6–14) {first}%, II (14–22) {second}%, "
        "III (22–6) {third}%. Busiest: {weekday}; hours {hours}."
    ),
    "no_week": "Too few reports here tell when: with fewer than ten, hours would be chance.",
    "weekday": "Weekday",
    "weekdays": "Mon Tue Wed Thu Fri Sat Sun",
    "chart_groups": "Groups against the city",
    "groups_said": (
        "Ratio to what is expected here, with its 90% interval. Wholly above the city: "
        "{above}. Wholly below: {below}."
    ),
    "none_of_them": "none",
    "ratio": "Ratio",
    "area_hotspots": "Hot spots, twelve months to {until}",
    "no_hotspots_here": "No hot spot: nothing here stands out beyond chance.",
    "spot_cells": Plural(one="{n} cell of {size} m", other="{n} cells of {size} m"),
    "share_here": "{share}% of it here",
    "each_by_itself": (
        "Peak: the weekday, the hours and the shift are each the busiest by itself, and need not "
        "be so together."
    ),
    "pattern": "Pattern",
    "peak": "Peak",
    "partners": "Partners",
    "place": "Place",
    "class": "Class",
    "episodes": "Episodes",
    "plan_proposals": "Proposals for a plan, {period}",
    "not_a_decision": "Proposals, not a decision: what a plan could be about, to be talked over.",
    "no_proposals": "None was chosen here; all candidates are on the page of the area.",
    "whole_area": "the whole area",
    "rank_in_city": "Rank in the city (90%)",
    "in_words": "In words",
    "backlog": "Waiting on {day}",
    "backlog_new": "New",
    "backlog_verification": "In verification",
    "backlog_late": "{n}, of them {late} for more than {days} days",
    "neighbours": "Neighbours",
    "hidden_short": "hidden",
    "all_of_them": "All {n}",
    "same_rows": "Exactly these numbers",
    "in_explorer": "On the map of the city",
    "outline": "Outline",
    "public_hides": "What the public numbers leave out",
    "as_table": "As a table",
    # problems
    "problem_code": "Code for programs",
    "suggestions": "Near are",
    "go_on": "Go on",
    "to_collections": "See what there is",
    "to_map": "Go to the map",
    "to_api": "Look up routes and parameters",
}

_PAGES = Texts(TEXTS, context="pages", package=Path(__file__).parents[1], numbers=True)


def say(language: str, key: str, **values: object) -> str:
    """A text in a language, its gaps filled.

    Parameters
    ----------
    language
        One of `geo.languages.LANGUAGES`.
    key
        A key of `TEXTS`.
    **values
        What fills the gaps.
    """
    return _PAGES.say(language, key, **values)
