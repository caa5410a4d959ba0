"""Scores of candidates: a product that explains itself; and the weights that go into it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_candidates import make_candidates
from scipy import stats

from geo.catalogue import Catalogue
from geo.errors import CityError, InputError
from geo.planning.candidates import score_candidates
from geo.planning.weights import PlanWeights

CONTRIBUTIONS = ["contrib_volume", "contrib_confirmation", "contrib_harm", "contrib_solvability"]
BUNDLED = Path(__file__).parents[2] / "geo" / "catalogues" / "kmzb_weights.toml"


@pytest.fixture(scope="module")
def kmzb() -> Catalogue:
    return Catalogue.load("kmzb")


def test_the_score_is_the_product_of_its_factors() -> None:
    candidates = make_candidates()
    table = score_candidates(candidates)
    confirmed = stats.beta(candidates["confirmed_a"], candidates["confirmed_b"]).mean()
    score = candidates["volume"] * confirmed * candidates["harm"] * 0.9
    np.testing.assert_allclose(table["score"], score.where(candidates["actionable"], 0.0))
    np.testing.assert_allclose(table["forecast_n"], candidates["volume"] * confirmed)
    pd.testing.assert_index_equal(table.index, candidates.index)
    assert table.notna().all(axis=None)


def test_contributions_sum_to_the_logarithm_of_the_score() -> None:
    candidates = make_candidates()
    table = score_candidates(candidates)[candidates["actionable"]]
    np.testing.assert_allclose(
        table[CONTRIBUTIONS].sum(axis=1), np.log(table["score"] / table["score_reference"])
    )
    assert table["contrib_harm"].median() == pytest.approx(0, abs=0.2)


def test_a_candidate_of_medians_has_no_contributions() -> None:
    one = make_candidates(1)
    table = score_candidates(one.assign(actionable=True))
    np.testing.assert_allclose(table[CONTRIBUTIONS], 0)
    assert table["score"].iloc[0] == pytest.approx(table["score_reference"].iloc[0])


def test_the_forecast_interval_covers_confirmed_episodes() -> None:
    candidates, rng = make_candidates(200), np.random.default_rng(3)
    table = score_candidates(candidates)
    inside = []
    for _ in range(50):
        spread = 1 / candidates["volume_alpha"]
        rate = rng.gamma(spread, candidates["volume"] / spread)
        came = rng.poisson(rate * rng.beta(candidates["confirmed_a"], candidates["confirmed_b"]))
        inside.append((table["forecast_lo80"] <= came) & (came <= table["forecast_hi80"]))
    assert 0.80 <= np.mean(inside) <= 0.92  # small counts, so more than 80 %


def topsis(table: np.ndarray, weights: list[float]) -> np.ndarray:
    """Closeness to the best of all columns (Hwang and Yoon 1981)."""
    scaled = table / np.linalg.norm(table, axis=0) * weights
    best, worst = (np.linalg.norm(scaled - end(scaled, axis=0), axis=1) for end in (np.max, np.min))
    return worst / (best + worst)


def test_a_worse_candidate_turns_nothing_round() -> None:
    a, b, c, d = (7, 9, 2), (5, 3, 8), (9, 5, 7), (8, 7, 1)
    without, with_d = (
        topsis(np.array(rows, dtype=float), [0.4, 0.3, 0.3]) for rows in ([a, b, c], [a, b, c, d])
    )
    assert without[:2].round(3).tolist() == [0.502, 0.440]
    assert with_d[:2].round(3).tolist() == [0.468, 0.522]

    def ours(rows: list[tuple[int, ...]]) -> np.ndarray:
        volume, harm, confirmed = np.array(rows, dtype=float).T
        table = make_candidates(len(rows)).assign(
            actionable=True, volume=volume, harm=harm, confirmed_a=confirmed,
            confirmed_b=10 - confirmed,
        )  # fmt: skip
        return score_candidates(table)["score"].to_numpy()

    np.testing.assert_allclose(ours([a, b, c, d])[:3], ours([a, b, c]))


def test_no_candidate_no_score() -> None:
    table = score_candidates(make_candidates(0))
    assert table.empty
    assert {"score", "forecast_lo80", *CONTRIBUTIONS} <= {*table.columns}


def test_nonsense_is_refused() -> None:
    candidates = make_candidates(3)
    with pytest.raises(InputError, match="lack harm"):
        score_candidates(candidates.drop(columns="harm"))
    with pytest.raises(InputError, match=r"volume of candidate 'c1' is 0\.0: it must be above 0"):
        score_candidates(candidates.assign(volume=[1.0, 0.0, 1.0]))
    with pytest.raises(InputError, match="harm of candidate 'c0' is nan"):
        score_candidates(candidates.assign(harm=np.nan))


def test_bundled_weights_fit_the_catalogue_and_call_themselves_an_assumption(
    kmzb: Catalogue,
) -> None:
    weights = PlanWeights.load("kmzb", catalogue=kmzb)
    assert {*weights.harm} == {*kmzb.categories}
    assert weights.status == "assumption"
    assert "draft" in weights.version
    head = BUNDLED.read_text(encoding="utf-8")
    assert "lawyer" in head
    assert "commander" in head


def test_harm_is_that_of_the_mix(kmzb: Catalogue) -> None:
    weights = PlanWeights.load("kmzb", catalogue=kmzb)
    counts = pd.DataFrame({"alkohol": [3, 0, 0], "srodki-odurzajace": [1, 5, 0]}, index=[7, 8, 9])
    one, other = weights.harm["alkohol"], weights.harm["srodki-odurzajace"]
    harm = weights.harm_of(counts)
    assert harm.index.tolist() == [7, 8, 9]
    np.testing.assert_allclose(harm, [(3 * one + other) / 4, other, (one + other) / 2])
    with pytest.raises(InputError, match="weather: the columns must be categories"):
        weights.harm_of(counts.rename(columns={"alkohol": "weather"}))


def test_solvability_is_learned_from_the_record(kmzb: Catalogue) -> None:
    weights = PlanWeights.load("kmzb", catalogue=kmzb)
    table = weights.solvability(pd.Series([0, 20, 100]), pd.Series([0, 100, 100]))
    share = table["eliminated_a"] / table.sum(axis=1)
    assert share[0] == pytest.approx(weights.solvability_mean)
    assert share[1] == pytest.approx(29 / 110)
    assert share[2] > share[0]
    with pytest.raises(InputError, match="more episodes are eliminated"):
        weights.solvability(pd.Series([2]), pd.Series([1]))


def test_hours_have_a_default(kmzb: Catalogue, tmp_path: Path) -> None:
    text = BUNDLED.read_text(encoding="utf-8").replace("[hours]", "[hours]\ngreenery = 8")
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    weights = PlanWeights.load(path, catalogue=kmzb)
    hours = weights.hours_of(pd.Series(["greenery", "poverty"], index=["x", "y"]))
    assert hours.to_dict() == {"x": 8.0, "y": float(tomllib.loads(text)["hours"]["default"])}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("alkohol = 2", "", "no harm for alkohol"),
        ("alkohol = 2", "alkohol = 0", r"harm of alkohol is 0\.0, not above 0"),
        ("alkohol = 2", "alkohol = 2\nweather = 1", "unknown category weather"),
        ("default = 24", "weather = 24", "unknown group weather in hours; no default in hours"),
        ("mean = 0.9", "mean = 1", r"mean of solvability is 1\.0"),
        ("harm_spread = 2.0", "harm_spread = 0.5", r"harm_spread is 0\.5"),
        ('version = "2026-draft-2"', "", "version"),
        ("[harm]", "[harm", "cannot be used"),
        ("plans_per_rewir = 2", "plans_per_rewir = 0", r"plans_per_rewir is 0\.0"),
        ("hours_per_rewir = 96", "hours_per_rewir = -1", r"hours_per_rewir is -1\.0"),
        ("exploration = 0.10", "exploration = 1.5", r"exploration is 1\.5, not a share"),
        ("[capacity]", "[capacities]", "capacity"),
    ],
)
def test_weights_that_would_mislead_are_refused(
    kmzb: Catalogue, tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(BUNDLED.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CityError, match=fault):
        PlanWeights.load(path, catalogue=kmzb)


def test_absent_weights_are_named(kmzb: Catalogue) -> None:
    with pytest.raises(CityError, match="no weights 'lodz'"):
        PlanWeights.load("lodz", catalogue=kmzb)
