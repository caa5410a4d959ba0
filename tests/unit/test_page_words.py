"""Words of the pages: both languages whole, every text used, numbers as people write them."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import api.pages
from api.pages.table import intervals_of
from api.pages.texts import TEXTS
from api.pages.words import Words, format_day, format_number, unit_name
from geo.layers.columns import COLUMNS
from geo.layers.texts import PATTERN_NAMES

if TYPE_CHECKING:
    from geo.release.reader import Collection, Release

FOLDER = Path(api.pages.__file__).parent
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted([*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")])
    if path.name != "texts.py"
)


def test_every_text_is_used() -> None:
    made_up = ("choose_", "unit_", "type_", "status_", "in_", "change_", "direction_", "backlog_")
    for key in TEXTS:
        named = re.search(rf"""["']{key}["']""", SOURCES)
        assert named or key.startswith(made_up), key


def test_every_text_that_is_named_exists() -> None:
    for key in re.findall(r"""say\(["']([a-z_]+)["'][,)]""", SOURCES):
        assert key in TEXTS, key
    for key in re.findall(r"""say\(language, ["']([a-z_]+)["']""", SOURCES):
        assert key in TEXTS, key


@pytest.mark.parametrize(
    ("value", "english", "polish"),
    [
        (0, "0", "0"),
        (7, "7", "7"),
        (1234, "1,234", "1234"),
        (12345, "12,345", "12\xa0345"),
        (1234567, "1,234,567", "1\xa0234\xa0567"),
        (0.5, "0.5", "0,5"),
        (2.7183, "2.72", "2,72"),
        (31.4159, "31.4", "31,4"),
        (314.159, "314", "314"),
        (314159.26, "314,159", "314\xa0159"),
        (0.00012345, "0.000123", "0,000123"),
        (-3.25, "−3.25", "−3,25"),
        (1.0, "1", "1"),
        (0.0, "0", "0"),
        (-1234, "−1,234", "−1234"),
    ],
)
def test_numbers_as_people_write_them(value: float, english: str, polish: str) -> None:
    assert format_number(value, "en") == english
    assert format_number(value, "pl") == polish


@given(st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e12, 1e12, allow_nan=False)))
def test_number_is_near_what_it_stands_for(value: float) -> None:
    for language, point, group in (("en", ".", ","), ("pl", ",", "\xa0")):
        text = format_number(value, language).replace(group, "").replace(point, ".")
        back = float(text.replace("−", "-"))
        assert abs(back - value) <= max(abs(value) * 0.005, 1e-300)


def test_days_in_words() -> None:
    assert format_day("2026-07-31", "en") == "31\xa0Jul\xa02026"
    assert format_day("2026-07-31", "pl") == "31\xa0lip\xa02026"
    assert format_day("2026-09-01", "en") == "1\xa0Sept\xa02026"
    assert format_day("2026-13-01", "en") == "2026-13-01"
    assert format_day("soon", "en") == "soon"


def test_limits_find_their_estimate() -> None:
    columns = [
        "n_reports", "rate", "rate_lo95", "rate_hi95", "rank_median", "rank_lo90", "rank_hi90",
        "rank_raw", "smr", "smr_lo95", "smr_hi95", "smr_eb", "smr_eb_lo90", "smr_eb_hi90",
        "conf_rate_eb", "conf_rate_lo90", "conf_rate_hi90", "lonely_lo90", "half_x", "half_lo80",
    ]  # fmt: skip
    assert intervals_of(columns) == {
        "rate": ("rate_lo95", "rate_hi95", "95"),
        "rank_median": ("rank_lo90", "rank_hi90", "90"),
        "smr": ("smr_lo95", "smr_hi95", "95"),
        "smr_eb": ("smr_eb_lo90", "smr_eb_hi90", "90"),
        "conf_rate_eb": ("conf_rate_lo90", "conf_rate_hi90", "90"),
    }


def test_several_notes_are_several_words() -> None:
    meta = {"method": {"notes": {"a-b": {"pl": "pierwszy"}, "c": {"pl": "drugi"}}}}
    words = Words(cast("Release", SimpleNamespace(manifest={})), "pl")
    layer = cast("Collection", SimpleNamespace(meta=meta))
    assert words.reason(layer, {"note": "a-b,c"}) == "pierwszy; drugi"
    assert words.reason(layer, {"note": "c,new-code"}) == "drugi; new-code"


def test_patterns_of_plain_words_are_translated() -> None:
    words = Words(cast("Release", SimpleNamespace(manifest={})), "pl")
    for name, spoken in PATTERN_NAMES.everything().items():
        assert words.code("emerging_plain", name).startswith(spoken["pl"])


def test_every_unit_has_words() -> None:
    units = {column.unit for column in COLUMNS.values() if column.unit}
    signs = {unit for unit in units if "/" in unit or unit in {"1", "m", "km", "km²", "h"}}
    for unit in units - signs:
        assert f"unit_{unit}" in TEXTS, unit
    assert unit_name("reports", "pl") == "zgłoszenia"
    assert unit_name("km²", "pl") == "km²"
