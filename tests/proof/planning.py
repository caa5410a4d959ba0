"""E8, E10, E11: ranks and their certainty, feedback of plans, evaluation of plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from proof.page import OTHER, OURS, PEER, Part, axes, marked, share

from geo.planning.allocation import allocate_plans
from geo.planning.evaluation import BETTER, observed_against_expected
from geo.planning.ranks import rank_candidates
from geo.statistics.comparison import rate_ratio
from geo.statistics.forecast import forecast_counts

if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS, HALF = 24, 6
SPREAD = 0.4
RANKED = {"30 beats, mean 27, top 5": (30, 27.0, 5), "130 beats, mean 26, top 20": (130, 26.0, 20)}
PLANNED = {**RANKED, "130 beats, mean 7, top 20": (130, 7.0, 20)}
BINS = np.linspace(0, 1, 11)
BEATS, ROUNDS, PLANS = 30, 20, 10


class Beats(NamedTuple):
    """True rates per half-year, and months of the past."""

    rate: np.ndarray
    history: np.ndarray


def make_beats(rng: np.random.Generator, many: int, mean: float) -> Beats:
    """Beats whose true rates vary by a coefficient of .4 and stay as they are."""
    rate = mean * rng.gamma(1 / SPREAD**2, SPREAD**2, many)
    return Beats(rate, rng.poisson(rate[:, None] / HALF, (many, MONTHS)))


def rank_calibration(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E8."""
    part, figure_rows, rows = Part("E8", "ranks: is P(top k) true?"), [], []
    worlds = max(maps // 8, 10)
    part.say(
        f"{worlds} made-up cities a row: true rates vary by a coefficient of {SPREAD}, two years of"
        " counts, a share confirmed that differs between beats. We publish P(top k); the truth says"
        " who was. A slope of 1 means that places with 70 % are there in 70 % of cases (target .9"
        " to 1.1). The Brier score may not exceed that of the plain list, which is sure of its"
        " first k. The 90 % interval of the rank should hold the true rank in 90 % (here .85–.95)."
    )
    for name, (many, mean, k) in RANKED.items():
        progress(f"E8: {name}")
        p, plain, truth, covered = ranked_worlds(many, mean, k, worlds=worlds)
        slope = float(np.polyfit(p, truth, 1)[0])
        brier, brier_plain = float(np.mean((p - truth) ** 2)), float(np.mean((plain - truth) ** 2))
        rows.append([name, marked(f"{slope:.2f}", met=0.9 <= slope <= 1.1),
                     marked(f"{brier:.3f}", met=brier <= brier_plain), f"{brier_plain:.3f}",
                     f"{truth[plain > 0].mean():.2f}",
                     marked(f"{covered:.2f}", met=0.85 <= covered <= 0.95)])  # fmt: skip
        figure_rows.append((name, p, truth))
    part.table(["cities", "slope", "Brier, P(top k)", "Brier, plain list",
                "plain list: share that is right", "rank interval holds"], rows)  # fmt: skip
    figure, panels = axes(len(figure_rows))
    for panel, (name, p, truth) in zip(panels[0], figure_rows, strict=True):
        group = np.clip(np.digitize(p, BINS) - 1, 0, 9)
        used = [g for g in range(10) if (group == g).sum() >= 10]
        panel.plot([0, 1], [0, 1], color=OTHER, lw=0.8)
        panel.plot([p[group == g].mean() for g in used], [truth[group == g].mean() for g in used],
                   "o-", color=OURS)  # fmt: skip
        panel.set(title=name, xlabel="P(top k) published", ylabel="share truly there")
    part.picture(figure, "Published P(top k) against the share truly in the top k")
    return part


def ranked_worlds(
    many: int, mean: float, k: int, *, worlds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """P(top k), the plain list (1 or 0), the truth (1 or 0), and coverage of the rank interval."""
    rng, rows, covered = np.random.default_rng([9, many]), [], []
    for world in range(worlds):
        beats = make_beats(rng, many, mean)
        candidates, true_score = make_candidates(rng, beats)
        found = rank_candidates(candidates, k=k, harm_spread=1.0, seed=world, draws=1_000)
        rank = pd.Series(-true_score).rank().to_numpy()
        plain = pd.Series(-candidates["n_reports"].to_numpy()).rank(method="first").to_numpy() <= k
        rows.append(np.column_stack([found["p_top_k"], plain, rank <= k]))
        covered.append(((found["rank_lo90"] <= rank) & (rank <= found["rank_hi90"])).mean())
    p, plain, truth = np.concatenate(rows).astype(float).T
    return p, plain, truth, float(np.mean(covered))


def make_candidates(rng: np.random.Generator, beats: Beats) -> tuple[pd.DataFrame, np.ndarray]:
    """One candidate per beat from its past, and the true scores."""
    many = len(beats.rate)
    forecast = forecast_counts(beats.history, horizon=HALF)
    reports = beats.history[:, -2 * HALF :].sum(axis=1)
    confirmed_share = rng.beta(12, 8, many)
    confirmed = rng.binomial(reports, confirmed_share)
    candidates = pd.DataFrame({
        "beat_id": [f"B{i:03d}" for i in range(many)], "category_group": "all", "actionable": True,
        "volume": forecast.mean, "volume_alpha": forecast.alpha,
        "confirmed_a": 12.0 + confirmed, "confirmed_b": 8.0 + reports - confirmed,
        "harm": 1.0, "eliminated_a": 6.0, "eliminated_b": 6.0,
        "n_reports": reports, "n_confirmed": confirmed,
    })  # fmt: skip
    return candidates, beats.rate * confirmed_share


def evaluation(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E11."""
    part, rows, bias = Part("E11", "evaluation of plans"), [], {}
    part.say(
        "Beats are planned for because they were highest. What is left of an effect of nothing, and"
        " of a fifth less? *Before/after* compares with the half-year before, *against the rest*"
        " divides by the change of the other beats, *O/E* (ours) by the forecast that was made"
        f" before. {maps:,} cities for each row. Bias in points; ours may be 1 at most. *Called"
        " better* without an effect may be 5 % at most (one-sided at 2.5 %). The power that we show"
        " beside each plan may differ from what came true by 3 points."
    )
    heads = ["beats, effect", "before/after", "against the rest", "O/E (ours)",
             "called better: before/after", "called better: ours", "power shown"]  # fmt: skip
    for name, (many, mean, k) in PLANNED.items():
        for effect in (1.0, 0.8):
            progress(f"E11: {name}, effect {effect}")
            found = evaluated(many, mean, k, effect=effect, worlds=maps)
            if effect == 1.0:
                bias[name] = found[:3]
            rows.append(_evaluation_row(name, effect, found, draws=maps * k))
    part.table(heads, rows)
    part.picture(_bias_bars(bias), "Apparent effect of a plan that has none, by way of evaluation")
    return part


def _bias_bars(bias: dict[str, tuple[float, ...]]) -> object:
    figure, panels = axes(1)
    panel, y = panels[0, 0], np.arange(len(bias))
    ways = (("before/after", PEER), ("against the rest", OTHER), ("O/E (ours)", OURS))
    for at, (label, colour) in enumerate(ways):
        values = [100 * found[at] for found in bias.values()]
        panel.barh(y + 0.27 * (at - 1), values, height=0.25, color=colour, label=label)
    panel.axvline(0, color="#333", lw=0.8)
    panel.set(yticks=y, yticklabels=list(bias), xlabel="apparent effect of no effect, %")
    panel.invert_yaxis()
    panel.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3)
    return figure


def evaluated(
    many: int, mean: float, k: int, *, effect: float, worlds: int
) -> tuple[float, float, float, float, float, float]:
    """Bias of three ways; called better, before/after and ours; mean power shown."""
    rng, sums = np.random.default_rng([11, many, int(mean)]), np.zeros(5)
    raw_better = ours_better = 0
    power = []
    for _ in range(worlds):
        beats = make_beats(rng, many, mean)
        forecast = forecast_counts(beats.history, horizon=HALF)
        before = beats.history[:, -HALF:].sum(axis=1)
        top = np.argsort(-before, kind="stable")[:k]
        planned = np.isin(np.arange(many), top)
        after = rng.poisson(beats.rate * np.where(planned, effect, 1.0))
        result = observed_against_expected(after[top], forecast.mean[top], forecast.alpha[top])
        change = rate_ratio(after[top], before[top])
        raw_better += (change["ratio_hi"] < 1).sum()
        ours_better += (result["verdict"] == BETTER).sum()
        power.append(result["power_20pct"].mean())
        sums += [before[top].sum(), after[top].sum(), forecast.mean[top].sum(),
                 before[~planned].sum(), after[~planned].sum()]  # fmt: skip
    t0, t1, expected, c0, c1 = sums
    biases = [ratio / effect - 1 for ratio in (t1 / t0, (t1 / t0) / (c1 / c0), t1 / expected)]
    draws = worlds * k
    return (*biases, raw_better / draws, ours_better / draws, float(np.mean(power)))


def _evaluation_row(name: str, effect: float, found: tuple, *, draws: int) -> list[str]:
    raw, rest, ours, raw_better, better, power = found
    none = effect == 1.0
    if none:
        called = marked(share(round(better * draws), draws), met=better <= 0.05)
        shown = ""
    else:
        called = f"{better:.3f}"
        shown = marked(f"{power:.3f}", met=abs(power - better) <= 0.03)
    return [f"{name}; {'no effect' if none else '20 % less'}", f"{100 * raw:+.1f}",
            f"{100 * rest:+.1f}", marked(f"{100 * ours:+.1f}", met=abs(ours) <= 0.01),
            f"{raw_better:.3f}", called, shown]  # fmt: skip


def feedback(maps: int, *, progress: Callable[[str], None]) -> Part:
    """E10."""
    part, cities = Part("E10", "feedback: who is looked at tells more"), max(maps // 100, 3)
    part.say(
        f"{BEATS} beats with equal true rates in five rewirs, {PLANS} plans each half-year, for"
        f" {ROUNDS} half-years; a beat with a plan reports half as much again in the next. Beats"
        " count as of low information while they had no plan in the last two half-years. How often"
        " in the last ten half-years were those planned for that chance put first at the start, and"
        f" how often the others? {cities} cities. Target: 10 points between them at most. The last"
        " row counts only what the plans did not cause, as an evaluation asks for."
    )
    rows = []
    for exploration, caused in ((0.0, True), (0.10, True), (0.30, True), (0.10, False)):
        progress(f"E10: exploration {exploration}")
        found = [selected(exploration, caused=caused, seed=c) for c in range(cities)]
        first = float(np.mean([shares[began].mean() for began, shares in found]))
        rest = float(np.mean([shares[~began].mean() for began, shares in found]))
        never = float(np.mean([(shares == 0).mean() for _, shares in found]))
        gap = f"{100 * (first - rest):+.0f}"
        name = f"exploration {100 * exploration:g} %"
        rows.append([name if caused else f"{name}, without what plans caused", f"{first:.2f}",
                     f"{rest:.2f}", marked(gap, met=abs(first - rest) <= 0.10),
                     f"{never:.2f}"])  # fmt: skip
    part.table(["", "first at the start", "others", "difference, points", "never planned for"],
               rows)  # fmt: skip
    return part


def selected(exploration: float, *, caused: bool, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Beats planned for at the start, and the share of the last ten half-years of each beat."""
    rng, chosen = np.random.default_rng([10, seed]), []
    seen, history = np.zeros(BEATS, dtype=bool), np.empty((BEATS, 0))
    for _ in range(ROUNDS):
        rate = 27 / HALF * np.where(seen & caused, 1.5, 1.0)
        months = rng.poisson(rate[:, None], (BEATS, HALF if chosen else MONTHS))
        history = np.hstack([history, months])[:, -MONTHS:]
        lately = np.any(chosen[-2:], axis=0) if chosen else np.zeros(BEATS, dtype=bool)
        candidates = pd.DataFrame({
            "beat_id": np.arange(BEATS), "rewir_id": np.arange(BEATS) % 5,
            "score": forecast_counts(history, horizon=HALF).mean, "hours": 1.0,
            "low_information": ~lately,
        })  # fmt: skip
        found = allocate_plans(candidates, plans=PLANS, exploration=exploration)
        seen = found.selected.to_numpy()
        chosen.append(seen)
    return chosen[0], np.mean(chosen[-10:], axis=0)
