"""Numbers and dates as languages write them: worked by hand, and as browsers write them."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from typing import TYPE_CHECKING

import pytest

from geo.languages import LANGUAGES
from geo.writing import MINUS, locale_of, write_date, write_limit, write_number, write_rounded

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = [0, 1, 7, 999, 1000, 1234, 9999, 10000, 12345, 1234567, 0.5, 2.5, 0.125, 0.85, 12.34,
           999.5, 9999.5, 123456.78, -3.25, -1234.5]  # fmt: skip
DIGITS = (0, 1, 2)
DAYS = [date(2026, month, day) for month in range(1, 13) for day in (1, 28)]
OTHERS = ("de", "es", "fr", "it", "pt-PT", "uk")
"""Languages that might be added: nothing about them is known but to Babel."""

PAGE = """<!doctype html><meta charset="utf-8"><pre id="found"></pre><script>
const asked = %s;
const found = Object.fromEntries(asked.locales.map((locale) => [locale, {
  numbers: asked.digits.map((digits) => asked.numbers.map((number) => new Intl.NumberFormat(
    locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(number))),
  limits: asked.numbers.map((number) => new Intl.NumberFormat(
    locale, { maximumFractionDigits: 4 }).format(number)),
  days: asked.days.map((day) => new Intl.DateTimeFormat(locale, {
    day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(day))),
  months: asked.days.map((day) => new Intl.DateTimeFormat(locale, {
    month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(day))),
}]));
document.getElementById("found").textContent = JSON.stringify(found);
</script>"""


@pytest.mark.parametrize(
    ("value", "english", "polish"),
    [(0.5, "0.5", "0,5"), (1000.0, "1,000", "1000"), (25000, "25,000", "25\xa0000"),
     (1e-5, "0.00001", "0,00001"), (-7, "−7", "−7")],
)  # fmt: skip
def test_numbers(value: float, english: str, polish: str) -> None:
    assert write_number(value, "en") == english
    assert write_number(value, "pl") == polish


def test_a_half_goes_away_from_nought() -> None:
    assert [write_rounded(x, "en", digits=0) for x in (0.5, 1.5, 2.5, -2.5)] == [
        "1",
        "2",
        "3",
        "−3",
    ]
    assert write_rounded(1, "pl", digits=2) == "1,00"


def test_limits_are_as_they_were_rounded() -> None:
    assert [write_limit(x, "pl") for x in (0.5, 1.0, 0.6667, 1500.0)] == [
        "0,5",
        "1",
        "0,6667",
        "1500",
    ]


def test_dates() -> None:
    day = date(2026, 9, 3)
    assert write_date(day, "en") == "3 Sept 2026"
    assert write_date(day, "pl") == "3 wrz 2026"
    assert write_date(day, "pl", "MMMd") == "3 wrz"
    assert write_date(day, "pl", "yMMM") == "wrz 2026"


@pytest.fixture(scope="module")
def intl(
    chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, list[str]]]:
    """What Chromium's Intl writes, locale by locale."""
    folder: Path = tmp_path_factory.mktemp("intl")
    asked = {
        "locales": [locale_of(language).replace("_", "-") for language in (*LANGUAGES, *OTHERS)],
        "digits": DIGITS,
        "numbers": NUMBERS,
        "days": [day.isoformat() for day in DAYS],
    }
    (folder / "page.html").write_text(PAGE % json.dumps(asked), encoding="utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
               "--disable-background-networking", f"--user-data-dir={folder / 'profile'}",
               "--dump-dom", (folder / "page.html").as_uri()]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    text = run.stdout.partition('<pre id="found">')[2].partition("</pre>")[0]
    return dict(json.loads(text.replace("&nbsp;", "\xa0")))


@pytest.mark.browser
@pytest.mark.parametrize("language", [*LANGUAGES, *OTHERS])
def test_browsers_write_the_same(intl: dict[str, dict[str, list[str]]], language: str) -> None:
    found = intl[locale_of(language).replace("_", "-")]
    code = language.replace("-", "_")

    def plain(texts: list[str]) -> list[str]:
        return [text.replace(MINUS, "-") for text in texts]

    for digits, numbers in zip(DIGITS, found["numbers"], strict=True):
        written = [write_rounded(number, code, digits=digits) for number in NUMBERS]
        assert plain(written) == plain(list(numbers))
    assert plain([write_limit(number, code) for number in NUMBERS]) == plain(found["limits"])
    for skeleton, name in (("yMMMd", "days"), ("yMMM", "months")):
        written = [write_date(day, code, skeleton) for day in DAYS]
        # Editions of CLDR differ in the width of some spaces.
        assert [text.split() for text in written] == [text.split() for text in found[name]]
