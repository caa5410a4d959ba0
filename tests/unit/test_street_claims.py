from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.boundaries.street_claims import assign_by_streets
from geo.errors import InputError


def houses(*named: str, at: list[tuple[float, float]] | None = None) -> gpd.GeoDataFrame:
    """Addresses written as ``street|number``, west to east unless places are given."""
    places = at or [(19.0 + i / 1000, 51.0) for i in range(len(named))]
    streets, numbers = zip(*(name.split("|") for name in named), strict=True)
    return gpd.GeoDataFrame(
        {"street": streets, "number": numbers, "population": 1.0},
        geometry=gpd.points_from_xy(*zip(*places, strict=True)),
        index=[f"row {i}" for i in range(len(named))],
        crs="EPSG:4326",
    )


def rules(*rows: str) -> pd.DataFrame:
    """Rules written as ``area street from to side lon lat`` between bars."""
    names = ["area_id", "street", "from", "to", "side", "lon", "lat"]
    cells = [row.split("|") + [""] * (7 - len(row.split("|"))) for row in rows]
    return pd.DataFrame(cells, columns=names, index=range(2, len(rows) + 2))


def beats(addresses: gpd.GeoDataFrame, *rows: str) -> list[str | None]:
    return assign_by_streets(addresses, rules(*rows)).area_id.tolist()


def test_a_street_an_odd_side_and_a_range_are_claimed() -> None:
    addresses = houses("Zielona|1", "Zielona|2", "Zielona|3", "Zielona|4", "Długa|7", "Krótka|1")
    claims = assign_by_streets(
        addresses,
        rules("A|Zielona|1|3|odd", "B|Zielona|2||even", "C|ul. dluga|||"),
    )
    assert claims.area_id.tolist() == ["A", "B", "A", "B", "C", None]
    assert claims.area_id.index.equals(addresses.index)
    assert claims.unclaimed.index.tolist() == ["row 5"]
    assert claims.contested.empty
    assert claims.idle.empty
    assert claims.readings.empty


@pytest.mark.parametrize(
    ("row", "claimed"),
    [
        ("A|Z|27|27|all", ["27"]),
        ("A|Z||27|all", ["25", "26", "27", "27/29", "27A"]),
        ("A|Z|26|27|odd", ["27", "27/29", "27A"]),
        ("A|Z||27A|all", ["25", "26", "27", "27/29", "27A"]),
        ("A|Z|27A||all", ["27A", "28", "31"]),
        ("A|Z|27/29|27/29|all", ["27/29"]),
        ("A|Z|29|31|all", ["31"]),
        ("A|Z||0|all", []),
        ("A|Z|||odd", ["25", "27", "27/29", "27A", "31"]),
        ("A|Z|||all", ["bl. 5", "25", "26", "27", "27/29", "27A", "28", "31"]),
        ("A|Z|BL 5|bl 5|all", ["bl. 5"]),
    ],
)
def test_a_range_means_these_numbers(row: str, claimed: list[str]) -> None:
    addresses = houses(*(f"Z|{n}" for n in ["31", "bl. 5", "25", "26", "27", "27/29", "27A", "28"]))
    found = assign_by_streets(addresses, rules(row)).area_id
    assert set(addresses["number"][found == "A"]) == set(claimed)


def test_a_row_that_names_letters_goes_before_one_that_takes_them_along() -> None:
    addresses = houses("Z|27", "Z|27A", "Z|27B", "Z|28")
    assert beats(addresses, "A|Z||27|all", "B|Z|27B||all") == ["A", "A", "B", "B"]
    assert beats(addresses, "B|Z|27B||all", "A|Z||27|all") == ["A", "A", "B", "B"]


def test_two_beats_that_fit_equally_contest_the_address() -> None:
    addresses = houses("Z|1", "Z|3", "Z|5")
    overlapping = rules("A|Z|1|3|all", "B|Z|3|5|odd", "B|Z|3|3|all")
    claims = assign_by_streets(addresses, overlapping)
    assert claims.area_id.tolist() == ["A", None, "B"]
    assert claims.contested.to_dict("index") == {
        "row 1": {"street": "Z", "number": "3", "areas": "A, B", "lines": "2, 3, 4"}
    }
    assert claims.unclaimed.empty
    first = assign_by_streets(addresses, overlapping, first_wins=True)
    assert first.area_id.tolist() == ["A", "A", "B"]
    assert len(first.contested) == 1


def test_rows_of_one_beat_may_overlap() -> None:
    assert beats(houses("Z|1", "Z|3"), "A|Z|1|3|all", "A|Z|3|5|odd") == ["A", "A"]


def test_a_point_tells_two_places_of_one_number_apart() -> None:
    addresses = houses("Z|40", "Z|40", "Z|40", at=[(19.0, 51.0), (19.1, 51.0), (19.1, 51.0)])
    assert beats(addresses, "A|Z|||", "B|Z|40|40|all|19.09|51.001") == ["A", "B", "B"]


def test_nearest_is_measured_on_the_ground_not_in_degrees() -> None:
    # At 60° N a degree of longitude is half as long as one of latitude.
    addresses = houses("Z|1", "Z|1", at=[(19.015, 60.0), (19.0, 60.01)])
    assert beats(addresses, "A|Z|1|1|all|19.0|60.0") == ["A", None]


def test_rules_that_fit_nothing_are_listed_with_the_reason() -> None:
    addresses = houses("Zielona|2", "3 Maja|1", "1 Maja|1")
    claims = assign_by_streets(
        addresses, rules("A|Zielona|1|9|odd", "A|Nowa|||", "A|Maja|||", "A|3 maja|||")
    )
    assert claims.idle["reason"].to_dict() == {
        2: "no such number on this street",
        3: "no street of this name",
        4: "the name fits several streets, write one in full: 1 Maja, 3 Maja",
    }


def test_a_looser_spelling_is_told_and_accents_are_not() -> None:
    addresses = houses("Kpt. Stefana Pogonowskiego|27/29", "Żwirki|1")
    claims = assign_by_streets(addresses, rules("A|Pogonowskiego|||", "B|ul. zwirki|||"))
    assert claims.area_id.tolist() == ["A", "B"]
    assert claims.readings.to_dict("index") == {
        2: {"street": "Pogonowskiego", "read_as": "Kpt. Stefana Pogonowskiego"}
    }


def test_two_streets_that_differ_only_in_an_accent_stay_apart() -> None:
    addresses = houses("Opałowa|11", "Opalowa|11")
    assert beats(addresses, "A|Opałowa|||", "B|ul. Opalowa|||") == ["A", "B"]


def test_findings_are_one_table() -> None:
    addresses = houses("Z|1", "Z|2", "Stara Z|1", "Gen. Jana Nowaka|1")
    claims = assign_by_streets(
        addresses, rules("A|Z|1|1|", "B|Z|1|1|", "A|Nowaka|||", "A|Inna|||", "A|Stara Z|||")
    )
    assert claims.findings.astype(str).to_numpy().tolist() == [
        ["contested", "Z", "1", "2, 3", "claimed by A, B"],
        ["unclaimed", "Z", "2", "", "no row claims it"],
        ["idle", "Inna", "", "5", "no street of this name"],
        ["read as", "Nowaka", "", "4", "Gen. Jana Nowaka"],
    ]


def test_no_rules_claim_nothing() -> None:
    claims = assign_by_streets(houses("Z|1"), rules())
    assert claims.area_id.tolist() == [None]
    assert len(claims.unclaimed) == 1
    assert claims.findings["finding"].tolist() == ["unclaimed"]


def test_faulty_rules_are_refused() -> None:
    with pytest.raises(InputError, match="line 2: side 'left' is unknown"):
        assign_by_streets(houses("Z|1"), rules("A|Z|||left"))


def test_every_address_is_in_exactly_one_class() -> None:
    rng = np.random.default_rng(4)
    numbers = rng.integers(1, 60, 300)
    addresses = houses(*(f"Z|{n}" for n in numbers))
    bounds = np.sort(rng.integers(1, 60, (12, 2)), axis=1)
    rows = [f"{'ABC'[i % 3]}|Z|{a}|{b}|all" for i, (a, b) in enumerate(bounds)]
    claims = assign_by_streets(addresses, rules(*rows))
    expected = [{"ABC"[i % 3] for i, (a, b) in enumerate(bounds) if a <= n <= b} for n in numbers]
    assert claims.area_id.notna().tolist() == [len(areas) == 1 for areas in expected]
    assert len(claims.unclaimed) == sum(not areas for areas in expected)
    assert len(claims.contested) == sum(len(areas) > 1 for areas in expected)
