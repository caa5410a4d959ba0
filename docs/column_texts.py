"""What the page of columns says besides the columns: how to read some, other names, the source."""

from __future__ import annotations

SOURCE = """\
No feature repeats from what it was made: the id of its release, in the document of its collection,
stands for that. It is the as-of day with a hash of the SHA-256 of the reports and of the city's
files, of all parameters and of the version of the program; the same again gives the same bytes.
Written out they are in the same document, under `provenance`. The sheet `about` of a workbook and
the metadata of a GeoPackage name release, version, seed and hashes."""

READING = {
    "area-periods": """\
A change has its ratio and exact interval at any count, `p_value` and `q_value` only from ten
episodes in each of the two periods on: below, a test has next to no power.""",
    "area-series": """\
A column that ends in `_by_month` holds one number a month, joined by commas, `n_months` of them
from `month_first` on. The data may begin and end within a month: `first_month_days` and
`last_month_days` say how many of its days they cover.

Where periods begin on the first of a month, as in Poland, the months of a period add up to its
`n_reports`, `n_episodes` and `n_confirmed` in `area-periods`, and to its `n_expected_confirmed` up
to rounding. The public face has no series of an area whose numbers it hides in any period, nor of
one with so few residents that a single month might tell of one report.

`n_new_overdue` and `n_verification_overdue` count at the end of the as-of day, from when a report
was made: two days to open it, five to verify it.""",
    "hotspot-cells": """\
Only cells with a report are rows, so `expected_n` does not add up to the city's: cells without a
report expect some too. Reports outside the grid are in no row.

In the public face hot cells have no `stability`, pattern or interval, though their hot spots do.
How the test is made is public, so how many lattices or months of one cell are hot would narrow down
what the cells beside it hide, and in which months its own few reports came. A hot spot holds five
episodes or more, and its numbers are hidden where they would tell those of a cell.""",
    "hotspot-areas": """\
`rate_ratio_yoy` compares the same cells with the twelve months before. A hot spot is chosen for
what it holds now, so its ratio is above 1 by that alone: read the interval, and the plain pattern,
which compares halves of the year. The public face lacks it: the number of the year before would
follow from it, and from that the hidden cells of the earlier map.

`n_near_duplicates` and `n_burst` tell how much of `n_reports` may be one voice. Nothing is taken
away for it: `n_episodes`, which every statistic uses, counts such reports once as it is.

`stability` is judged for the last period, on which plans are made; a hot spot of an earlier one has
the class of its own grid, and the note `not-judged`.""",
    "plan-candidates": """\
The four contributions and a constant, the sum of the logarithms of the factors' medians, add up to
the logarithm of `score` where `actionable` is true (public face: up to rounding). Other candidates
have the score 0, which has no logarithm.

`selected` is the set for the plans and hours of the weights. Each face has its own, the public one
made without what it hides, so they can differ.""",
}
"""Paragraphs that stand above the columns of a layer."""

OTHER = "The methods name some results otherwise."

OTHER_NAMES = {
    "area-periods": {
        "beat_id": "`area_id`, where `level` is `beat`",
        "beat_name": "`area_name`",
        "rewir_id": "`parent_id` of a beat",
        "unit_id": "`parent_id` of that rewir, in the layer `rewiry`",
    },
    "hotspot-areas": {"top_subcategory": "`top_category`"},
    "every layer": {
        "method_version": "the release's id; `code_version` under `provenance`",
        "params_hash": "the release's id; `parameters` under `provenance`",
        "seed": "`seed` under `provenance`",
        "generated_at": "`generated_at` under `provenance`",
        "source_snapshot": "`inputs` under `provenance`",
    },
}
"""Layer to a name that a result has elsewhere, and what has it here; the others are the same."""
