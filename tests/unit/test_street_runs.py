from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from geo.boundaries.street_claims import assign_by_streets
from geo.boundaries.street_runs import streets_from_areas
from geo.errors import InputError


def city(*named: str, at: dict[int, tuple[float, float]] | None = None) -> gpd.GeoDataFrame:
    """Addresses written as ``street|number|beat``; ``-`` is no beat."""
    rows = [name.split("|") for name in named]
    places = [(at or {}).get(i, (19.0 + i / 1000, 51.0)) for i in range(len(rows))]
    beats = [None if row[2] == "-" else row[2] for row in rows]
    return gpd.GeoDataFrame(
        {
            "street": [row[0] for row in rows],
            "number": [row[1] for row in rows],
            "beat": pd.Series(beats, dtype=object),
        },
        geometry=gpd.points_from_xy(*zip(*places, strict=True)),
        crs="EPSG:4326",
    )


def listed(addresses: gpd.GeoDataFrame) -> list[str]:
    """The rules as text, once it is certain that they give every address its beat."""
    rules = streets_from_areas(addresses, addresses["beat"])
    found = assign_by_streets(addresses, rules)
    assert found.area_id.tolist() == addresses["beat"].tolist()
    assert found.idle.empty
    return [
        f"{row.area_id} {row.street} {row.first}–{row.last} {row.side}"
        + ("" if pd.isna(row.lon) else " at point")
        for row in rules.rename(columns={"from": "first", "to": "last"}).itertuples()
    ]


def test_a_street_of_one_beat_takes_one_row() -> None:
    assert listed(city("Z|1|A", "Z|2|A", "Z|bl. 3|A", "Y|1|B")) == ["A Z – all", "B Y – all"]


def test_sides_of_two_beats_take_one_row_each() -> None:
    assert listed(city("Z|1|A", "Z|3|A", "Z|2|B", "Z|4|B")) == ["A Z – odd", "B Z – even"]


def test_a_street_cut_across_takes_one_row_for_each_part() -> None:
    addresses = city("Z|1|A", "Z|2|A", "Z|3|A", "Z|4|B", "Z|5|B", "Z|7|B")
    assert listed(addresses) == ["A Z –3 all", "B Z 4– all"]


def test_sides_that_agree_only_further_on_are_joined_there() -> None:
    numbers = [f"Z|{n}|{'A' if n % 2 else 'B'}" for n in range(1, 9)]
    numbers += [f"Z|{n}|C" for n in range(9, 17)]
    assert listed(city(*numbers)) == ["A Z –7 odd", "B Z –8 even", "C Z 9– all"]


def test_a_side_is_cut_where_its_own_numbers_are() -> None:
    addresses = city("Z|1|A", "Z|2|A", "Z|3|B", "Z|4|A", "Z|5|B", "Z|6|A")
    assert listed(addresses) == ["A Z –2 all", "A Z 4– even", "B Z 3– odd"]


def test_letters_and_joined_numbers_are_cut_exactly() -> None:
    addresses = city("Z|27|A", "Z|27/29|A", "Z|27A|B", "Z|27B|B", "Z|29|B")
    assert listed(addresses) == ["A Z –27/29 odd", "B Z 27A– odd"]


def test_one_number_in_two_beats_gets_a_point() -> None:
    addresses = city("Z|38|A", "Z|40|A", "Z|40|B", "Z|42|A")
    assert listed(addresses) == ["A Z – even", "B Z 40–40 all at point"]


def test_a_house_without_a_number_on_a_parted_street_gets_a_point() -> None:
    addresses = city("Z|1|A", "Z|3|B", "Z|bl. 5|A", "Z||B")
    assert listed(addresses) == [
        "A Z bl. 5–bl. 5 all at point",
        "A Z –1 all",
        "B Z – all at point",
        "B Z 3– all",
    ]


def test_addresses_without_a_beat_are_claimed_by_no_row() -> None:
    addresses = city("Z|1|A", "Z|3|-", "Z|5|A", "Z|5A|-", "Z|7|-", "Y|1|-")
    assert listed(addresses) == ["A Z 1–1 all", "A Z 5–5 all"]


def test_a_run_does_not_take_letters_without_a_beat_along() -> None:
    addresses = city("Z|1|A", "Z|3|A", "Z|5|A", "Z|5A|-")
    assert listed(addresses) == ["A Z 1–3 odd", "A Z 5–5 all"]


def test_a_number_with_and_without_a_beat_gets_a_point() -> None:
    addresses = city("Z|1|A", "Z|3|A", "Z|3|-", "Z|5|A")
    assert listed(addresses) == ["A Z 1–1 all", "A Z 3–3 all at point", "A Z 5–5 all"]


def test_no_beats_give_an_empty_list() -> None:
    assert listed(city("Z|1|-")) == []


def test_rules_are_ordered_by_beat_street_and_number() -> None:
    addresses = city("Z|3|B", "Z|1|A", "Y|1|B", "X|9|A", "X|1|B", "X|5|A", "X|3|A")
    assert listed(addresses) == [
        "A X 3– odd",
        "A Z –1 all",
        "B X –1 all",
        "B Y – all",
        "B Z 3– all",
    ]


def test_an_address_without_a_street_is_refused() -> None:
    with pytest.raises(InputError, match="1 addresses have no street, the first in row 1"):
        streets_from_areas(addresses := city("Z|1|A", " - |2|A"), addresses["beat"])


def test_addresses_that_differ_in_nothing_but_their_beat_are_refused() -> None:
    addresses = city("Z|1|A", "Z|1|B", at={1: (19.0, 51.0)})
    with pytest.raises(InputError, match="1 addresses have the street, number and place"):
        streets_from_areas(addresses, addresses["beat"])
