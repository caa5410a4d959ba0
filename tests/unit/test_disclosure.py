"""What the public face must not tell, attacked the way a curious reader would."""

from __future__ import annotations

import tomllib
from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_reports import frame, make_reports

from geo.city import City
from geo.errors import CityError
from geo.layers.area_counts import COUNTS, AreaCounts
from geo.layers.disclosure import RULES, load_rules, rules_file, withheld
from geo.layers.hidden_areas import hide_areas, small_counts
from geo.layers.hidden_cells import families, hide_cells, hide_in_hotspots
from geo.layers.hotspot_cells import PLACE
from geo.layers.layer import Layer
from geo.layers.reporting import Watched
from geo.layers.schema import AREA_PERIODS, HOTSPOT_AREAS, HOTSPOT_CELLS, columns_of

if TYPE_CHECKING:
    from pathlib import Path

    from geo.catalogue import Catalogue

LEAST = 3


def test_the_built_in_rules_and_those_of_lodz_are_the_same(nine: City, lodz: City) -> None:
    built_in = tomllib.loads(rules_file(nine).read_text(encoding="utf-8"))
    own = tomllib.loads(rules_file(lodz).read_text(encoding="utf-8"))
    assert rules_file(nine) != rules_file(lodz)
    assert built_in == own
    assert set(built_in["rules"]) == set(RULES)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('version = "2026-1"', "", "version"),
        ("least_count = 3", "least_count = 2", "3 and 200 or more"),
        ("least_cell_m = 200", "least_cell_m = 100", "3 and 200 or more"),
        ("least_count = 3", "least_count = 3\nleast_luck = 1", "least_luck"),
        ("[rules.never]", "[rules.rarely]", "never"),
        ("least_count = 3", "least_count = ", "cannot be used"),
    ],
)
def test_faulty_rules_are_refused(
    nine_folder: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    for file in nine_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    toml = tmp_path / "city.toml"
    toml.write_text('disclosure = "rules.toml"\n' + toml.read_text(encoding="utf-8"))
    city = City.load(tmp_path)
    with pytest.raises(CityError, match=r"rules\.toml are missing"):
        load_rules(city)
    text = rules_file(City.load(nine_folder)).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "rules.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CityError, match=message):
        load_rules(city)


def test_reports_of_sensitive_categories_stay_away(nine: City) -> None:
    kinds = [(c.id, c.sensitivity) for c in nine.catalogue.categories.values()]
    statuses = list(nine.catalogue.statuses.values())
    rows = [(c, kind, s) for c, kind in kinds for s in statuses]
    reports = frame(
        nine,
        category=[c for c, _, _ in rows],
        status=[s.id for _, _, s in rows],
        when=["2026-01-01"] * len(rows),
        x=[0.0] * len(rows),
        y=[0.0] * len(rows),
    )
    away = withheld(reports, nine.catalogue)
    for i, (_, kind, status) in enumerate(rows):
        assert away["never"][i] == (kind == "never")
        unconfirmed = kind == "confirmed-only" and status.status_class != "confirmed"
        assert away["confirmed-only"][i] == unconfirmed
    assert away["never"].any()
    assert away["confirmed-only"].any()


def test_the_public_face_has_no_column_that_tells_of_the_counts_around() -> None:
    public = set(columns_of(HOTSPOT_CELLS, face="public"))
    assert public == {
        "cell_id", "cell_m", "category_group", "period", "period_start", "period_end",
        "n_reports", "n_episodes", "hot_class", "beat_id", "beat_share", "suppressed",
    }  # fmt: skip
    internal = set(columns_of(HOTSPOT_CELLS, face="internal"))
    assert {"expected_n", "window_n", "p_value", "q_value", "rr_shrunk"} <= internal - public
    assert "q_value_min" not in columns_of(HOTSPOT_AREAS, face="public")
    assert columns_of(AREA_PERIODS, face="public") == columns_of(AREA_PERIODS, face="internal")


# -- cells ---------------------------------------------------------------------------------------


def cell_layer(counts: dict[str, dict[str, int]], places: dict[tuple[str, str], int]) -> Layer:
    """Cells of one period on one grid: group → cell → episodes (as many reports)."""
    rows = [
        {"fid": f"P.{g}.{c}", "period": "P", "cell_m": 200, "cell_id": c, "category_group": g,
         "n_reports": n, "n_episodes": n, PLACE: places.get((g, c), 0), "suppressed": False}
        for g, cells in counts.items() for c, n in cells.items() if n > 0
    ]  # fmt: skip
    names = ["fid", "period", "cell_m", "cell_id", "category_group", *("n_reports", "n_episodes")]
    table = pd.DataFrame(rows, columns=[*names, PLACE, "suppressed"])
    table = table.astype({"n_reports": "int64", "n_episodes": "int64", PLACE: "int64"})
    return Layer("hotspot-cells", HOTSPOT_CELLS, table, np.empty(0, object), np.empty(0, np.int32))


PRIMARY = ("traffic", "greenery")
few = st.sampled_from([0, 0, 1, 1, 2, 3, 4, 6])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(few, few, few), min_size=1, max_size=3), st.lists(st.booleans()))
@example(world=[(0, 0, 1), (0, 4, 0)], hot=[True, True])
def test_no_hidden_cell_follows_from_what_is_shown(
    nine: City, world: list[tuple[int, int, int]], hot: list[bool]
) -> None:
    """Every world that fits what is shown is a possibility; none may be the only one."""
    counts: dict[str, dict[str, int]] = {"all": {}, "traffic": {}, "greenery": {}}
    for i, (a, b, rest) in enumerate(world):
        counts["all"][f"c{i}"] = a + b + rest
        counts["traffic"][f"c{i}"], counts["greenery"][f"c{i}"] = a, b
    in_place = [f"c{i}" for i, flag in enumerate(hot[: len(world)]) if flag]
    places = {("all", c): 1 for c in in_place if counts["all"][c] > 0}
    found = hide_cells(cell_layer(counts, places), nine.catalogue, least_count=LEAST)
    table = found.layer.table.set_index(["category_group", "cell_id"])
    small = [k for k, row in table.iterrows() if 0 < counts[k[0]][k[1]] < LEAST]
    assert table.loc[small, "suppressed"].all() if small else True
    told = "P.all.1" not in found.telling and bool(places)
    total = sum(counts["all"][c] for _, c in places) if told else None
    for key in small:
        assert len(possible_values(table, counts, places, total, key)) > 1, key


def possible_values(
    table: pd.DataFrame,
    counts: dict[str, dict[str, int]],
    places: dict[tuple[str, str], int],
    total: int | None,
    key: tuple[str, str],
) -> set[int]:
    """Values that a hidden cell can have, given every number that is shown.

    Every hidden "all" is guessed; inside it each hidden group holds one or more, and what is shown.
    """
    cells = {key[1]} | ({c for _, c in places} if total is not None else set())
    known = {k: counts[k[0]][k[1]] for k, row in table.iterrows() if not row["suppressed"]}
    hidden = [c for c in sorted(cells) if ("all", c) not in known]
    inside = {c: [(g, c) for g in PRIMARY if (g, c) in table.index] for c in cells}
    held = {c: sum(known.get(k, 1) for k in inside[c]) for c in cells}
    found = set()
    for guess in product(range(1, 20), repeat=len(hidden)):
        world = {c: known.get(("all", c), 0) for c in cells} | dict(zip(hidden, guess, strict=True))
        fits = all(world[c] >= held[c] for c in cells)
        if total is not None:
            fits &= sum(world[c] for _, c in places) == total
        if fits and key[0] == "all":
            found.add(world[key[1]])
        elif fits:
            found |= set(range(1, world[key[1]] - held[key[1]] + 2))
    return found


def test_what_is_left_of_a_sum_is_protected_too(nine: City) -> None:
    counts = {"all": {"c": 9}, "traffic": {"c": 8}}
    table = hide_cells(cell_layer(counts, {}), nine.catalogue, least_count=LEAST).layer.table
    assert table.set_index("category_group")["suppressed"].to_dict() == {
        "all": False,
        "traffic": True,
    }
    counts = {"all": {"c": 9}, "traffic": {"c": 6}}
    table = hide_cells(cell_layer(counts, {}), nine.catalogue, least_count=LEAST).layer.table
    assert not table["suppressed"].any()


def test_a_hot_spot_whose_sum_would_tell_a_cell_hides_it(nine: City) -> None:
    places = {("all", c): 1 for c in "abc"}
    one_hidden = hide_cells(
        cell_layer({"all": {"a": 1, "b": 5, "c": 9}}, places), nine.catalogue, least_count=LEAST
    )
    assert one_hidden.layer.table["suppressed"].tolist() == [True, True, False]
    assert one_hidden.telling == frozenset()
    assert one_hidden.rows == {"small-cells": 1, "differences": 1}
    all_two = hide_cells(
        cell_layer({"all": {"a": 2, "b": 2, "c": 2}}, places), nine.catalogue, least_count=LEAST
    )
    assert all_two.telling == {"P.all.1"}


def test_a_telling_hot_spot_and_few_confirmed_reports_are_hidden() -> None:
    table = pd.DataFrame(
        {
            "period": "P",
            "category_group": "all",
            PLACE: [1, 2, 3],
            "first_seen": date(2026, 5, 17),
            "last_seen": [date(2026, 6, 1), date(2026, 6, 30), date(2026, 7, 1)],
            "n_reports": [6, 9, 9],
            "n_episodes": [6, 8, 9],
            "n_confirmed": [3, 2, 0],
            "share_of_city_episodes": [0.1, 0.2, 0.3],
            "rr_shrunk": [2.345, 3.21, 1.0],
            "rr_lo90": [1.1, 1.1, 1.1],
            "rr_hi90": [9.9, 9.9, 9.9],
            "note": ["few-times,no-previous-year", None, "base-zero"],
        }
    )
    layer = Layer("hotspot-areas", HOTSPOT_AREAS, table, np.empty(0, object), np.empty(0, np.int32))
    hidden, rows = hide_in_hotspots(layer, frozenset({"P.all.1"}), least_count=LEAST)
    assert hidden.table["n_episodes"].isna().tolist() == [True, False, False]
    assert hidden.table["n_confirmed"].isna().tolist() == [True, True, False]
    assert hidden.table["rr_shrunk"].isna().tolist() == [True, False, False]
    assert hidden.table["rr_shrunk"][1] == 3.2
    assert hidden.table["suppressed"].tolist() == [True, True, False]
    assert set(hidden.table["first_seen"]) == {date(2026, 5, 1)}
    assert hidden.table["last_seen"].tolist() == [date(2026, m, 1) for m in (6, 6, 7)]
    assert rows == {"small-hotspots": 2}
    # The ratio to the year before is no column of the public face, so neither is its note.
    assert hidden.table["note"].isna().tolist() == [False, True, True]
    assert hidden.table["note"][0] == "few-times"
    internal = {"n_same_period_prev_year", "rate_ratio_yoy", "profile", "n_burst"}
    assert internal <= set(columns_of(HOTSPOT_AREAS, face="internal"))
    assert not internal & set(columns_of(HOTSPOT_AREAS, face="public"))


def test_families_are_sums_without_overlap(nine: City) -> None:
    catalogue: Catalogue = nine.catalogue
    every = list(catalogue.groups)
    for family in families(catalogue, every):
        members = [catalogue.members(g) for g in family.children]
        assert sum(map(len, members)) == len(frozenset().union(*members))
        assert frozenset().union(*members) <= catalogue.members(family.parent)
        assert family.whole == (frozenset().union(*members) == catalogue.members(family.parent))
    assert any(f.whole for f in families(catalogue, every))
    assert families(catalogue, ["traffic", "greenery"]) == []
    assert families(catalogue, ["all"]) == []


# -- areas ---------------------------------------------------------------------------------------


def area_counts(values: list[int]) -> AreaCounts:
    cube = np.array([*values, 0], dtype=np.int64)[:, None, None]
    watched = Watched(*np.zeros((2, *cube.shape, 1)))
    return AreaCounts("beat", dict.fromkeys(COUNTS, cube), cube.astype(float), watched)


def test_only_small_counts_of_small_areas_are_hidden_for_themselves() -> None:
    residents = np.array([999.0, 999.0, 999.0, 1000.0, np.nan])
    small = small_counts(
        area_counts([1, 3, 0, 1, 1]), residents, least_count=LEAST, least_residents=1000
    )
    assert small[:, 0].tolist() == [True, False, False, False, False]


def hierarchy() -> dict[str, np.ndarray]:
    """Six beats (one piece each) in three stations of two, in one city."""
    return {
        "beat": np.eye(6, dtype=bool),
        "station": np.repeat(np.eye(3, dtype=bool), 2, axis=1),
        "city": np.ones((1, 6), dtype=bool),
    }


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 63), st.permutations(range(6)))
def test_no_hidden_area_is_a_combination_of_shown_ones(hidden: int, sizes: list[int]) -> None:
    pieces = hierarchy()
    small = {level: np.zeros((len(rows), 1), dtype=bool) for level, rows in pieces.items()}
    small["beat"][:, 0] = [bool(hidden >> i & 1) for i in range(6)]
    residents = {
        "beat": np.array(sizes, dtype=float),
        "station": np.array([2e3, 3e3, 4e3]),
        "city": np.array([9e3]),
    }
    found = hide_areas(small, residents, pieces)
    for level, flags in small.items():
        assert found[level][flags].all()
    shown = np.concatenate([pieces[level][~found[level][:, 0]] for level in pieces]).astype(float)
    rank = np.linalg.matrix_rank(shown) if len(shown) else 0
    for i in np.flatnonzero(small["beat"][:, 0]):
        with_hidden = np.vstack([shown.reshape(-1, 6), pieces["beat"][i].astype(float)])
        assert np.linalg.matrix_rank(with_hidden) == rank + 1


def test_the_smallest_neighbour_hides_with_it() -> None:
    pieces = hierarchy()
    small = {level: np.zeros((len(rows), 1), dtype=bool) for level, rows in pieces.items()}
    small["beat"][0] = True
    residents = {
        "beat": np.array([900, 5000, 4000, 3000, 6000, 6000.0]),
        "station": np.array([5900, 7000, 12000.0]),
        "city": np.array([24900.0]),
    }
    found = hide_areas(small, residents, pieces)
    assert found["beat"][:, 0].tolist() == [True, True, False, False, False, False]
    assert not found["station"].any()
    assert not found["city"].any()


def test_periods_are_looked_at_apart(nine: City) -> None:
    reports = make_reports(nine, n=50, first=date(2026, 2, 1))
    assert len(reports) == 50
    pieces = hierarchy()
    small = {level: np.zeros((len(rows), 2), dtype=bool) for level, rows in pieces.items()}
    small["beat"][3, 1] = True
    residents = {level: np.arange(len(rows), dtype=float) for level, rows in pieces.items()}
    found = hide_areas(small, residents, pieces)
    assert not found["beat"][:, 0].any()
    assert found["beat"][:, 1].sum() == 2
