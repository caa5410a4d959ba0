"""The public map's windows: 7 days for unconfirmed, a calendar month for eliminated reports."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from geo.reports.visibility import visible_on

if TYPE_CHECKING:
    from geo.city import City

# The thresholds are those of the portal's own filter: midnight of 7 days and of one month before.
DAY = date(2025, 10, 4)


@pytest.mark.parametrize(
    ("category", "status", "modified", "shown"),
    [
        ("alkohol", "new", None, True),
        ("alkohol", "verification", "2025-01-01", True),
        ("alkohol", "confirmed", "2023-01-01", True),
        ("alkohol", "passed_on", "2023-01-01", True),
        ("alkohol", "unconfirmed", "2025-09-26 22:00", True),
        ("alkohol", "unconfirmed", "2025-09-26 21:59:59", False),
        ("alkohol", "eliminated", "2025-09-03 22:00", True),
        ("alkohol", "eliminated", "2025-09-03 21:59:59", False),
        ("alkohol", "joke", "2025-10-03", False),
        ("srodki-odurzajace", "confirmed", "2025-10-03", False),
        ("znecanie-nad-zwierzetami", "new", None, False),
        ("dzialalnosc-rozrywkowa", "new", None, False),
        ("dzialalnosc-rozrywkowa", "unconfirmed", "2025-10-03", False),
        ("dzialalnosc-rozrywkowa", "confirmed", "2025-10-03", True),
    ],
)
def test_windows(nine: City, category: str, status: str, modified: str | None, shown: bool) -> None:
    assert _visible(nine, category, status, "2022-05-05", modified) is shown


def test_a_report_of_later_is_not_shown(nine: City) -> None:
    assert _visible(nine, "alkohol", "new", "2025-10-03 21:59:59", None)
    assert not _visible(nine, "alkohol", "new", "2025-10-03 22:00", None)


def _visible(city: City, category: str, status: str, reported: str, modified: str | None) -> bool:
    report = pd.DataFrame(
        {
            "category": [category],
            "status": [status],
            "reported_at": pd.to_datetime([reported], utc=True),
            "modified_at": pd.to_datetime([modified], utc=True),
        }
    )
    shown = visible_on(report, DAY, catalogue=city.catalogue, timezone=city.timezone)
    return bool(shown.item())
