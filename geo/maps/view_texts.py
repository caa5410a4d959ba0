"""What the views of patterns, density, candidates and clusters say, in English."""

from __future__ import annotations

from geo.languages import Plural

__all__ = ["VIEW_TEXTS"]

VIEW_TEXTS: dict[str, str | Plural] = {
    # what the shapes on the map are together
    "shapes_patterns": "Hot spots on the map, by pattern",
    "shapes_cells": "Cells on the map",
    "shapes_candidates": "Candidates on the map",
    "shapes_clusters": "Clusters on the map",
    # patterns of hot spots
    "legend_patterns": "Over the twelve months",
    "legend_growing": "growing: more and more",
    "legend_new": "new: hot only of late",
    "legend_persistent": "persistent: hot in the last month, or in half of all months",
    "legend_fading": "fading: hot before, not of late",
    "legend_none": "no clear pattern",
    "caption_patterns": "Patterns of hot spots, 12 months to {until}, {group}",
    "column_pattern": "Pattern",
    "column_hot_months": "Hot months",
    "tip_pattern": "What the place did over its twelve months; too little is no clear pattern.",
    "tip_hot_months": "In how many of the twelve months it stood out by itself.",
    "hot_months": Plural(
        one="It stood out by itself in {n} month of twelve.",
        other="It stood out by itself in {n} months of twelve.",
    ),
    "told_patterns": Plural(one="{n} hot spot: {parts}.", other="{n} hot spots: {parts}."),
    "told_pattern": "{n} {pattern}",
    # density
    "legend_n_reports": "Reports in a cell, 12 months",
    "legend_kde_per_km2": "Smooth density per km², 12 months",
    "legend_cells": (
        "No cell: no report there. Hidden: a small number, or one that tells a small one."
    ),
    "caption_density": "Cells of {side} m with reports, 12 months to {until}, {group}",
    "caption_no_cells": "Cells, {period}, {group}: {why}",
    "column_cell": "Cell",
    "column_kde_per_km2": "Density per km²",
    "tip_cell": "The beat that holds most of it, and its place on the grid.",
    "cell_name": "{beat}, cell {place}",
    "cell_outside": "cell {place}",
    "cell_of": "Cell of {side} × {side} m",
    "cell_is_hidden": "number hidden",
    "cell_hidden": (
        "Hidden: the number is small, or would tell a small one, which could point at a person."
    ),
    "not_here": "A report is placed on the map to a street or so, and tells what was perceived.",
    "short_0": "not hot",
    "told_cells": "Cells with reports: {n}, with a hidden number: {hidden}.",
    "told_no_cells": "Cells: {why}.",
    "no_such_cell": "There is no cell “{id}” for this half-year and group in this release.",
    # candidates
    "legend_candidates": "Chance to be in the city's top {k}",
    "legend_chance_0": "hardly: under 5%",
    "legend_chance_1": "perhaps: 5–35%",
    "legend_chance_2": "as likely as not: 35–65%",
    "legend_chance_3": "likely: 65–95%",
    "legend_chance_4": "almost surely: 95% and more",
    "legend_chosen": "chosen for a plan",
    "list_to_talk_about": (
        "For {period}. A list to talk about, not an order: the weights are an assumption."
    ),
    "made_for": (
        "Candidates are made for {period} only, from the data up to {made_in}; another half-year "
        "does not change them."
    ),
    "caption_candidates": "Candidates for plans, {period}, {group}",
    "column_beat": "Beat or street",
    "column_problem": "Problem",
    "column_chosen": "Chosen",
    "column_rank": "Rank",
    "column_chance": "In the top {k}",
    "tip_rank": "Its rank in the city lies in this range with a probability of 90%.",
    "tip_chance": "How likely it is among the city's first {k}, as many as plans can be made.",
    "chosen_yes": "yes",
    "chosen_no": "no",
    "described_candidate": "{name}, {group}: rank {rank}, {chance}",
    "described_chosen": "{name}, {group}: chosen, rank {rank}, {chance}",
    "part_of_beat": "{name} (in {beat})",
    "among_top": "in the top {k} with {chances}",
    "candidate_for": "Candidate for a plan, {period}",
    "chosen_because": "Chosen: {reason}.",
    "not_chosen": "Not chosen: {reason}.",
    "rank_likely": "Rank likely {rank} of {all} (90%)",
    "candidate_episodes": Plural(
        one="Likely {interval} confirmed episode in {period} (80%).",
        other="Likely {interval} confirmed episodes in {period} (80%).",
    ),
    "not_actionable": "Nothing of it is what a beat officer can act on.",
    "candidate_low": "Little is known of this beat: fewer than ten episodes in twelve months.",
    "candidate_sensitive": (
        "Counting all reports, or confirmed ones only, would put it outside this range."
    ),
    "other_candidates": "Other candidates in {beat}, with their ranks",
    "rank_chosen": "{rank}, chosen",
    "priorities_of": "All candidates of {rewir}",
    "told_candidates": "{group}, {period}: candidates {n}, chosen {chosen}.",
    "no_such_candidate": "There is no candidate “{id}” of this group in this release.",
    # clusters
    "legend_clusters": "Clusters of beats beyond chance",
    "legend_gate": "twelve months: more than people, addresses and streets explain",
    "legend_alarm": "last months: new, more than the past tells",
    "none_gate": "Twelve months: no cluster beyond chance in this group.",
    "none_alarm": "Last months: nothing new beyond chance in this group.",
    "searched_in": "The search was made in {period} only; another half-year does not change it.",
    "not_an_address": (
        "Circles of whole beats: a cluster is no address, and one bad address makes none."
    ),
    "caption_clusters": "Searches for clusters, {period}, {group}",
    "column_cluster": "Beats",
    "column_scan": "Search",
    "column_expected": "Expected",
    "column_p": "By chance",
    "tip_scan": "Twelve months as a whole, or the last one to three against those before.",
    "tip_p": "In how many maps of chance a search finds as much anywhere; 50 in 1,000 is 5%.",
    "scan_gate": "12 months",
    "scan_alarm": "last months",
    "no_cluster": "No cluster beyond chance",
    "cluster_of": Plural(one="One beat that stands out", other="{n} beats that stand out"),
    "maps_in": "{n} in {all}",
    "maps_of_chance": "Maps of pure chance hold as much somewhere: {maps}.",
    "no_search": "Nothing could be searched.",
    "beyond_chance": "Chance hardly explains it.",
    "within_chance": "That may be chance.",
    "rate_inside": "Rate inside",
    "times_outside": "{ratio}× that outside",
    "months_of_search": "Months",
    "recurs": "Such an alarm by chance",
    "once_in_days": Plural(one="once in {n} day", other="once in {n} days"),
    "once_in_years": Plural(one="once in {n} year", other="once in {n} years"),
    "beats_of_cluster": "Its beats, from the middle on",
    "described_cluster": "Cluster, {scan}: {beats}, {value}, {expected} expected",
    "described_no_cluster": "{scan}: no cluster beyond chance. {chance}",
    "told_clusters": Plural(
        one="{group}, {period}: {n} cluster of beats beyond chance.",
        other="{group}, {period}: {n} clusters of beats beyond chance.",
    ),
    "no_such_cluster": "There is no cluster “{id}” of this group in this release.",
}
"""By key; `geo.maps.texts` holds them with the others."""
