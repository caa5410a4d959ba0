from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from geo.boundaries.street_lists import (
    RULE_COLUMNS,
    check_rules,
    read_street_list,
    write_street_list,
)
from geo.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_rows_are_read_with_their_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "area_id,street,from,to,side\nIV-3,Zielona,1,27/29,odd\n\nIV-4, Pogonowskiego ,,,\n",
    )
    rules = read_street_list(path)
    assert list(rules.columns) == list(RULE_COLUMNS)
    assert rules.index.tolist() == [2, 4]
    assert rules.loc[2, list(RULE_COLUMNS[:5])].tolist() == ["IV-3", "Zielona", "1", "27/29", "odd"]
    assert rules.loc[4, list(RULE_COLUMNS[:5])].tolist() == ["IV-4", "Pogonowskiego", "", "", "all"]
    assert rules[["lon", "lat"]].isna().to_numpy().all()


def test_polish_headings_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Rejon;Ulica;Od;Do;Strona\n"
        "I-1;Piotrkowska;1;99;Nieparzyste\n"
        "I-2;Piotrkowska;2;100;parzyste\n"
        "I-3;Wólczańska;;;wszystkie\n",
        encoding="utf-8-sig",
    )
    rules = read_street_list(path)
    assert rules["area_id"].tolist() == ["I-1", "I-2", "I-3"]
    assert rules["side"].tolist() == ["odd", "even", "all"]


def test_columns_that_are_left_out_mean_the_whole_street(tmp_path: Path) -> None:
    rules = read_street_list(written(tmp_path, "street,area_id\nZielona,IV-3\n"))
    assert rules.iloc[0][list(RULE_COLUMNS[:5])].tolist() == ["IV-3", "Zielona", "", "", "all"]


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "area_id,street,from,to,side,lon,lat\n"
        ",Zielona,,,all,,\n"
        "A,ul.,,,all,,\n"
        "A,Zielona,x,9,all,,\n"
        "A,Zielona,9,1,all,,\n"
        "A,Zielona,,,left,,\n"
        "A,Zielona,1,1,all,19.4,\n"
        "A,Zielona,1,1,all,195,51.7\n"
        "A,Zielona,1,1,all,19.4,nan\n"
        "A,Zielona,1,1,all,19.4,51.7,extra\n"
        "A,Zielona,1,9,all,,\n",
    )
    with pytest.raises(InputError) as raised:
        read_street_list(path)
    lines = raised.value.message.splitlines()
    assert lines[0] == "street list list.csv has 9 faults:"
    told = [line.strip().partition(":")[0] for line in lines[1:]]
    assert told == [f"line {n}" for n in range(2, 11)]
    for line, (value, remedy) in zip(
        lines[1:],
        [
            ("area_id", "name the beat"),
            ("'ul.'", "name the street"),
            ("'x'", "write 12, 12A or 27/29"),
            ("'9'", "exchange them"),
            ("'left'", "write all, odd or even"),
            ("'19.4'", "give both or neither"),
            ("'195'", "from -180 to 180"),
            ("'nan'", "from -90 to 90"),
            ("8 values", "double quotes"),
        ],
        strict=True,
    ):
        assert value in line
        assert remedy in line


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("area_id,street,form,to,side", "unknown heading 'form'"),
        ("area_id,street,from,od", "two headings for 'from'"),
        ("area_id,from,to", "no heading 'street'"),
        ("", "no heading 'area_id'"),
    ],
)
def test_wrong_headings_are_named(tmp_path: Path, header: str, told: str) -> None:
    with pytest.raises(InputError, match="line 1") as raised:
        read_street_list(written(tmp_path, f"{header}\n"))
    assert told in raised.value.message


def test_another_encoding_an_open_quote_and_a_missing_file_are_told(tmp_path: Path) -> None:
    text = "area_id,street\nA,Łąkowa\n"
    with pytest.raises(InputError, match="not UTF-8"):
        read_street_list(written(tmp_path, text, encoding="cp1250"))
    with pytest.raises(InputError, match="check the quotes"):
        read_street_list(written(tmp_path, 'area_id,street\nA,"Zielona\n'))
    with pytest.raises(InputError, match="cannot read"):
        read_street_list(tmp_path / "absent.csv")


def test_an_unnumbered_house_can_be_named_alone() -> None:
    rule = {"area_id": "A", "street": "Zielona", "from": "bl. 3", "to": "bl. 3"}
    assert check_rules(pd.DataFrame([rule]))["side"].tolist() == ["all"]
    with pytest.raises(InputError, match=r"'bl\. 3' is not a house number"):
        check_rules(pd.DataFrame([rule | {"to": "9"}]))


def test_rules_without_a_needed_column_are_refused() -> None:
    with pytest.raises(InputError, match="lack the column street"):
        check_rules(pd.DataFrame({"area_id": ["A"]}))


def test_a_list_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    rules = check_rules(
        pd.DataFrame(
            {
                "area_id": ["A", "B"],
                "street": ['Gen. Okulickiego "Niedźwiadka"', "Zielona, boczna"],
                "from": ["1", "12A"],
                "to": ["", "12A"],
                "side": ["odd", "all"],
                "lon": [np.nan, 19.450000000000003],
                "lat": [np.nan, 51.7],
            },
            index=pd.Index([2, 3], name="line"),
        )
    )
    write_street_list(rules, tmp_path / "list.csv")
    pd.testing.assert_frame_equal(read_street_list(tmp_path / "list.csv"), rules)


def test_points_are_written_only_where_a_rule_has_one(tmp_path: Path) -> None:
    rules = check_rules(pd.DataFrame({"area_id": ["A"], "street": ["Zielona"]}))
    write_street_list(rules, tmp_path / "list.csv")
    assert (tmp_path / "list.csv").read_text(encoding="utf-8") == (
        "area_id,street,from,to,side\nA,Zielona,,,all\n"
    )
