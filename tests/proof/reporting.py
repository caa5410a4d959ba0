"""E9: how readily people report, planted in made-up incidents and learned from duplicates."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from proof.page import OTHER, OURS, Part, axes, marked, share

from geo.city import City
from geo.layers.area_counts import count_areas
from geo.layers.facts import find_places, make_facts
from geo.layers.levels import MetricLevels
from geo.layers.reporting import reporting_columns
from geo.reports.places import Places
from geo.statistics.reporting import LEAST_PLACE_DAYS, reporting_rates

if TYPE_CHECKING:
    from collections.abc import Callable

AREAS, GAP = 130, 3.0
RATES = (0.05, 0.1, 0.2)
DAYS = (100, 200, 400, 800, 1600)
FIRST, LAST = date(2025, 8, 1), date(2026, 7, 31)
READ, VERIFY, RESOLVE = 1.0, 3.0, 20.0
"""Mean days until a report is read, then verified, then eliminated."""
NEAR_M = 15.0
INCIDENTS = 11_000
SPREAD = 0.5
"""Relative variance of the city's 200 m squares."""
KNOWN = ("every change", "the last change only", "no time at all", "last change, slow units")
CITY_ROWS = [*((rate, KNOWN[0]) for rate in RATES), *((RATES[1], known) for known in KNOWN[1:])]
HEADS = ("mean, low areas", "mean, others", "within ± 20 %", "crude: mean, low / within ± 20 %",
         "90 % interval holds", "low areas flagged", "others flagged")  # fmt: skip


class Found(NamedTuple):
    """What became of planted rates, area by area.

    The published and the crude ratio over the truth, whether the rate is low, whether it is
    flagged, whether the interval holds it.
    """

    ratio: np.ndarray
    crude: np.ndarray
    low: np.ndarray
    flagged: np.ndarray
    held: np.ndarray


def counted(rate: float, days: float, *, gap: float, worlds: int, areas: int = AREAS) -> Found:
    """Areas with as many place-days each; a quarter of them reports less readily."""
    rng = np.random.default_rng([9, int(1000 * rate), int(days), int(gap), areas])
    low = np.arange(areas) % 4 == 0
    rates = np.where(low, rate / gap, rate)
    truth, found = rates / rates.mean(), []
    for _ in range(worlds):
        table = reporting_rates(rng.poisson(rates * days), np.full(areas, float(days)))
        found.append(
            [
                table["rr"] / truth,
                table["rate"] / table["rate"].mean() / truth,
                low,
                table["low_reporting"],
                (table["rr_lo90"] <= truth) & (truth <= table["rr_hi90"]),
            ]
        )
    ratio, crude, *flags = np.concatenate(found, axis=1)
    return Found(ratio, crude, *(flag > 0 for flag in flags))


def reporting_gap(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E9."""
    part, worlds = Part("E9", "how readily people report, from duplicates"), max(maps // 10, 5)
    progress("E9: counts")
    part.say(
        f"{AREAS} areas, {worlds} worlds a row; in a quarter of the areas people report an incident"
        " a third as readily. A *place-day* is a day between an incident's first report and its"
        " verification. Targets from 200 place-days on: the ratio to the city within ± 20 %, and of"
        " the low areas .8 flagged. Both readings of the first are judged: the mean of the ratios,"
        " and how many single ones are so near (.8). At 0.05 a day 200 place-days hold ten"
        " duplicates, from which nobody knows a ratio that well; .8 of single areas need about 41."
        " The published ratio is drawn to the city's and understates the gap where little is known:"
        " the price of few false flags. The *crude* ratio does not, and is off more often."
    )
    found = {(rate, days): counted(rate, days, gap=GAP, worlds=worlds)
             for rate in RATES for days in DAYS}  # fmt: skip
    rows = [
        _row(f"{rate:g}, {days}", one, judged=days >= LEAST_PLACE_DAYS)
        for (rate, days), one in found.items()
    ]
    part.table(["duplicates a day, place-days", *HEADS], rows)
    part.say("**No gap**: all areas report alike. The share flagged may be .05 at most.")
    part.table(["areas, duplicates a day, place-days", "flagged"], _alike(worlds))
    part.picture(_curves(found), "Low areas flagged and areas within 20 %, by place-days")
    progress("E9: Łódź")
    _through_the_city(part, worlds=max(maps // 125, 2))
    return part


def _row(name: str, found: Found, *, judged: bool) -> list[str]:
    means = [found.ratio[where].mean() for where in (found.low, ~found.low)]
    near = (np.abs(found.ratio - 1) <= 0.2).mean()
    low, other = (found.flagged[where].mean() for where in (found.low, ~found.low))
    cells = [f"{value:.2f}" for value in (*means, near)]
    flagged = f"{low:.2f}"
    if judged:
        met = [abs(mean - 1) <= 0.2 for mean in means] + [near >= 0.8]
        cells = [marked(cell, met=bool(ok)) for cell, ok in zip(cells, met, strict=True)]
        flagged = marked(flagged, met=bool(low >= 0.8))
    crude = f"{found.crude[found.low].mean():.2f} / {(np.abs(found.crude - 1) <= 0.2).mean():.2f}"
    return [name, *cells, crude, f"{found.held.mean():.2f}", flagged, f"{other:.2f}"]


def _alike(worlds: int) -> list[list[str]]:
    rows = []
    for areas in (AREAS, 36, 8):
        for rate, days in ((0.05, 200), (0.1, 800)):
            found = counted(rate, days, gap=1.0, worlds=worlds, areas=areas)
            hits, many = int(found.flagged.sum()), len(found.flagged)
            cell = marked(share(hits, many), met=hits / many <= 0.05)
            rows.append([f"{areas}, {rate:g}, {days}", cell])
    return rows


def _curves(found: dict[tuple[float, int], Found]) -> object:
    figure, panels = axes(2)
    for rate, colour in zip(RATES, ("#8fb3cf", "#4d88b3", OURS), strict=True):
        of = [found[rate, days] for days in DAYS]
        flagged = [one.flagged[one.low].mean() for one in of]
        near = [(np.abs(one.ratio - 1) <= 0.2).mean() for one in of]
        for panel, line in zip(panels[0], (flagged, near), strict=True):
            panel.plot(DAYS, line, ".-", color=colour, label=f"{rate:g} a day")
    for panel, title in zip(panels[0], ("low areas flagged", "areas within ± 20 %"), strict=True):
        panel.axhline(0.8, color=OTHER, lw=0.8)
        panel.set(title=title, xlabel="place-days", xscale="log", ylim=(0, 1.02), xticks=DAYS,
                  xticklabels=DAYS)  # fmt: skip
        panel.minorticks_off()
    panels[0, 0].legend(frameon=False, fontsize=8)
    return figure


def _through_the_city(part: Part, *, worlds: int) -> None:
    """The whole way: places in the city, episodes found, beats counted, rates compared."""
    levels = MetricLevels(City.load("lodz"))
    part.say(
        f"**The whole way, in Łódź.** {INCIDENTS:,} incidents of one category in a year, at places"
        " drawn as for the simulated reports, so some beats hold many and some few; in every fourth"
        " beat people report a third as readily. Episodes are found from the reports alone, and two"
        " incidents near each other count as one: such duplicates are chance and draw rates"
        f" together. {worlds} worlds a row; beats with {LEAST_PLACE_DAYS:.0f} place-days or more,"
        " many of them hardly more. What is *known* of the verification: every change (a store that"
        " is filled daily); the last change only, mostly the elimination; no time at all; or the"
        " last change, where every third komisariat takes twice as long to it."
    )
    rows = []
    for rate, known in CITY_ROWS:
        found = [city_world(levels, known=known, seed=seed, rate=rate) for seed in range(worlds)]
        one = Found(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
        rows.append([*_row(f"{rate:g}, {known}", one, judged=True), str(len(one.low) // worlds)])
    part.table(["duplicates a day, known", *HEADS, "beats"], rows)


def city_world(levels: MetricLevels, *, known: str, seed: int, rate: float) -> Found:
    """One year of made-up reports, and what the layer of areas says of the beats."""
    rng = np.random.default_rng([99, seed])
    city = levels.city
    xy = Places.of(city, overdispersion=SPREAD, rng=rng).draw(
        INCIDENTS, mix=np.full(4, 0.25), rng=rng
    )
    beat = levels.assign(xy[:, 0], xy[:, 1])["beat"]
    xy, beat = xy[beat >= 0], beat[beat >= 0]
    low = np.arange(len(city.levels["beat"])) % 4 == 0
    reports = _reports(xy, np.where(low, rate / GAP, rate)[beat], known=known,
                       slow=_slow(city)[beat], city=city, rng=rng)  # fmt: skip
    facts = make_facts(reports, find_places(reports, levels), city)
    periods = city.periods.between(FIRST, LAST)
    counts = count_areas(facts, level="beat", areas=len(low), periods=periods)
    shown = np.ones((len(low), len(periods)), dtype=bool)
    columns = reporting_columns(counts.watched, periods=periods, shown=shown)
    size = (len(low) + 1, len(periods), len(facts.groups))
    at = (slice(None, -1), -1, facts.groups.index("all"))
    ratio, lower, upper = (
        columns[f"reporting_rate_{end}"].reshape(size)[at] for end in ("rr", "lo90", "hi90")
    )
    flagged = columns["low_reporting"].to_numpy(dtype=bool, na_value=False).reshape(size)[at]
    duplicates, days = (
        values[:-1].sum(axis=(1, 3))[:, facts.groups.index("all")] for values in counts.watched
    )
    rates = np.where(low, rate / GAP, rate)
    truth = rates / np.average(rates, weights=days)
    judged = np.isfinite(ratio)
    crude = duplicates / np.maximum(days, 1) * days.sum() / duplicates.sum()
    held = (lower <= truth) & (truth <= upper)
    return Found(*(values[judged] for values in (ratio / truth, crude / truth, low, flagged, held)))


def _slow(city: City) -> np.ndarray:
    """The beats of every third komisariat."""
    rewir = city.levels["rewir"].set_index("area_id")["parent_id"]
    unit = city.levels["beat"]["parent_id"].map(rewir)
    return pd.factorize(unit, sort=True)[0] % 3 == 0


def _reports(xy: np.ndarray, rate: np.ndarray, *, known: str, slow: np.ndarray, city: City,
             rng: np.random.Generator) -> gpd.GeoDataFrame:  # fmt: skip
    """Incidents are reported at a rate until verified; then as the store would know them."""
    many = len(xy)
    length = (LAST - FIRST).days
    first = rng.uniform(0, length, many)
    wait = rng.exponential(READ, many) + rng.exponential(VERIFY, many)
    again = np.repeat(np.arange(many), rng.poisson(rate * wait))
    when = np.append(first, first[again] + rng.uniform(0, wait[again]))
    of = np.append(np.arange(many), again)
    # All reports of an incident are verified at once: whoever goes there has seen it.
    verified = (first + wait)[of]
    later = verified + rng.exponential(RESOLVE, len(of)) * np.where(
        slow[of] & (known == KNOWN[3]), 2.0, 1.0
    )
    closed = {KNOWN[0]: verified, KNOWN[2]: np.full(len(of), np.nan)}.get(known, later)
    place = xy[of] + np.where(np.arange(len(of))[:, None] < many, 0.0,
                              rng.normal(0, NEAR_M, (len(of), 2)))  # fmt: skip
    day = pd.Timestamp(FIRST.isoformat(), tz="UTC")
    made, done = (day + pd.to_timedelta(times, unit="D") for times in (when, closed))
    table = pd.DataFrame(
        {
            "report_id": [f"SIM-{i:07d}" for i in range(len(of))],
            "category": "parkowanie",
            "category_group": city.catalogue.categories["parkowanie"].group,
            "status": "eliminated",
            "reported_at": pd.Series(made).dt.as_unit("us"),
            "event_at": pd.NaT,
            "part_of_day": None,
            "weekdays": None,
            "modified_at": pd.Series(done).dt.as_unit("us"),
            "decided_at": pd.Series(done).dt.as_unit("us"),
        }
    )
    return (
        gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(*place.T), crs=city.metric_crs)
        .loc[when < length]
        .reset_index(drop=True)
    )
