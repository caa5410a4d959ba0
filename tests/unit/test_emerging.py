"""Emerging patterns: the table of rules, row by row, and what a gate and too few events do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.errors import InputError
from geo.layers.texts import PATTERN_NAMES
from geo.statistics.emerging import PLAIN_OF, emerging_pattern

FLAT = np.tile([1.0, 2.0], 6)
RISING = np.arange(12.0)


def bins(text: str) -> tuple[list[bool], list[bool]]:
    """Hot and cold bins: h hot, c cold, anything else neither."""
    return [sign == "h" for sign in text], [sign == "c" for sign in text]


def pattern(text: str, values: Any = FLAT, **given: Any) -> str:
    hot, cold = bins(text)
    table = emerging_pattern([hot], [values[: len(hot)]], cold=[cold], **given)
    half_hot = 2 * sum(hot) >= len(hot)
    alone = "persistent" if table["pattern"][0] == "none" and half_hot else None
    few = "events" in given and given["events"][0] < 100 and table["pattern"][0] == "historical"
    assert table["plain"][0] == ("persistent" if few else alone or PLAIN_OF[table["pattern"][0]])
    return str(table["pattern"][0])


@pytest.mark.parametrize(
    ("text", "values", "wanted"),
    [
        ("...........h", FLAT, "new"),
        ("...c.......h", FLAT, "new"),
        ("h..........h", FLAT, "sporadic"),
        ("..........hh", FLAT, "consecutive"),
        ("..hhhhhhhhhh", FLAT, "consecutive"),
        ("c.........hh", FLAT, "consecutive"),
        ("h.........hh", FLAT, "sporadic"),
        (".hhhhhhhhhhh", FLAT, "persistent"),
        ("hhhhhhhhhhhh", FLAT, "persistent"),
        ("hhhhhchhhhhh", FLAT, "persistent"),
        ("hhhhhhhhhhhh", RISING, "intensifying"),
        ("hhhhhhhhhhhh", -RISING, "diminishing"),
        (".hhhhhhhhhhh", RISING, "intensifying"),
        ("hhhhhhhhhhh.", FLAT, "historical"),
        ("hhhhhhhhhhh.", RISING, "historical"),
        ("hhhhhhhhhhhc", -RISING, "historical"),
        ("h.h.h.h.h.hh", RISING, "sporadic"),
        ("h.h.h.h.hchh", RISING, "oscillating"),
        ("h..c.......h", FLAT, "oscillating"),
        ("hhhhhhhhhh..", FLAT, "none"),
        ("hhhhhh......", -RISING, "none"),
        ("...........c", FLAT, "none"),
        ("............", RISING, "none"),
    ],
)
def test_every_row_of_the_table(text: str, values: np.ndarray, wanted: str) -> None:
    assert pattern(text, values) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("hhhhhhhhh.", "historical"),  # nine of ten are mostly, to the last bit
        ("hhhhhhhh.h", "persistent"),
        ("hhhhhhh..h", "sporadic"),
        ("h", "new"),
        (".", "none"),
        ("hh", "persistent"),
        (".hh", "consecutive"),
    ],
)
def test_other_numbers_of_bins(text: str, wanted: str) -> None:
    assert pattern(text) == wanted


def test_cold_need_not_be_given() -> None:
    assert emerging_pattern([bins("h..c.......h")[0]], [FLAT])["pattern"].tolist() == ["sporadic"]


def test_nobody_passes_a_closed_gate() -> None:
    hot = np.ones((3, 12), dtype=bool)
    table = emerging_pattern(hot, np.tile(RISING, (3, 1)), gate=[True, False, True])
    assert table["pattern"].tolist() == ["intensifying", "none", "intensifying"]
    assert table["plain"].tolist() == ["growing", "none", "growing"]
    # What was measured is told all the same.
    assert table["mk_p"].tolist() == [table["mk_p"][0]] * 3


@pytest.mark.parametrize(
    ("events", "wanted"), [(99, "persistent"), (100, "intensifying"), (2_000, "intensifying")]
)
def test_no_word_of_a_trend_below_a_hundred_events(events: int, wanted: str) -> None:
    assert pattern("hhhhhhhhhhhh", RISING, events=[events]) == wanted


@pytest.mark.parametrize(
    ("text", "change", "wanted"),
    [
        # A place that was hot all year keeps its word in a month that happens to be quiet.
        ("hhhhhhhhhh..", 0, "persistent"),
        ("hhhhhh......", 0, "persistent"),
        ("hhhhh.......", 0, "none"),
        ("h..........h", 0, "persistent"),
        # Hot in one half only, and surely more in it.
        (".h.....hhhh.", 1, "new"),
        (".h.....h.hhh", 1, "new"),
        ("hh.....h.hhh", 1, "persistent"),
        ("hh.....hhhh.", 1, "persistent"),
        ("hh.....hhh..", 1, "none"),
        (".h.....hhhh.", 0, "none"),
        ("..hhhhh.....", -1, "fading"),
        ("..hhhhh.....", 0, "none"),
        ("..hhhhhh....", -1, "persistent"),
        ("..hhh.hh....", -1, "none"),
        ("..hhhh.....h", -1, "persistent"),
        ("............", 1, "none"),
        ("............", -1, "none"),
        # What has a pattern of its own keeps it.
        ("..........hh", -1, "new"),
        ("hhhhhhhhhhhh", 1, "persistent"),
        ("hhhhhhhhhhh.", 1, "fading"),
    ],
)
def test_the_plain_word_of_what_comes_and_goes(text: str, change: int, wanted: str) -> None:
    hot, _ = bins(text)
    found = emerging_pattern([hot], [FLAT], change=[change])
    assert found["plain"].tolist() == [wanted]
    closed = emerging_pattern([hot], [FLAT], change=[change], gate=[False])
    assert closed["plain"].tolist() == ["none"]
    # The class does not know of the change.
    assert found["pattern"].equals(emerging_pattern([hot], [FLAT])["pattern"])


@pytest.mark.parametrize(
    ("events", "change", "wanted"),
    [(99, 0, "persistent"), (99, -1, "fading"), (100, 0, "fading"), (100, -1, "fading")],
)
def test_one_quiet_month_is_no_end_below_a_hundred_events(
    events: int, change: int, wanted: str
) -> None:
    found = emerging_pattern([bins("hhhhhhhhhhh.")[0]], [FLAT], events=[events], change=[change])
    assert found["pattern"].tolist() == ["historical"]
    assert found["plain"].tolist() == [wanted]


def test_nothing_grows_below_a_hundred_events_whatever_changes() -> None:
    every = (np.arange(4096)[:, None] >> np.arange(12)) & 1 == 1
    values = np.tile(RISING, (4096, 1))
    for change in (-1, 0, 1):
        few = np.full(4096, 99)
        found = emerging_pattern(every, values, events=few, change=np.full(4096, change))
        assert not set(found["pattern"]) & {"intensifying", "diminishing"}
        assert "growing" not in set(found["plain"])
        told = set(found["plain"][found["pattern"].isin(["none", "sporadic"])])
        assert told == {-1: {"none", "persistent", "fading"}, 0: {"none", "persistent"},
                        1: {"none", "persistent", "new"}}[change]  # fmt: skip


def test_the_index_is_kept() -> None:
    index = pd.Index(["IV-3", "IV-1"], name="area_id")
    flags = pd.DataFrame(np.ones((2, 12), dtype=bool), index=index)
    table = emerging_pattern(flags, flags * RISING)
    pd.testing.assert_index_equal(table.index, index)
    assert table.columns.tolist() == ["pattern", "plain", "mk_z", "mk_p"]


def test_no_area_no_row() -> None:
    assert emerging_pattern(np.empty((0, 12), dtype=bool), np.empty((0, 12))).empty


def test_every_pattern_has_a_plain_word_and_every_word_a_name() -> None:
    assert set(PLAIN_OF.values()) == set(PATTERN_NAMES.english)
    polish = dict(PATTERN_NAMES.of("pl"))
    assert polish.pop("none") == "brak"
    assert polish == {
        "persistent": "stały",
        "growing": "nasilający się",
        "new": "nowy",
        "fading": "wygasający",
    }
    assert len(PLAIN_OF) == 9


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"values": [[1.0]]}, "one shape"),
        ({"cold": [[False]]}, "one shape"),
        ({"flags": [True, False], "values": [1.0, 2.0]}, "one shape"),
        ({"flags": [[]], "values": [[]]}, "with a bin at least"),
        ({"flags": [[0.5, 1.0]]}, r"flags holds 0\.5"),
        ({"flags": [[np.nan, 1.0]]}, "flags holds nan"),
        ({"cold": [[2, 0]]}, "cold holds 2"),
        ({"cold": [[True, False]]}, "area 0 has a bin that is hot and cold"),
        ({"values": [[np.nan, 1.0]]}, "a number for every time"),
        ({"gate": [True, True]}, "gate has shape"),
        ({"events": [1, 2]}, "events has shape"),
        ({"events": [-1]}, "events holds -1"),
        ({"change": [1, 1]}, "change has shape"),
        ({"change": [2]}, r"change holds 2\.0"),
        ({"change": [np.nan]}, "change holds nan"),
    ],
)
def test_nonsense_is_refused(wrong: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"flags": [[True, False]], "values": [[1.0, 2.0]]} | wrong
    with pytest.raises(InputError, match=message):
        emerging_pattern(given.pop("flags"), given.pop("values"), **given)
