"""What the numbers of an area say, in sentences; the panel of the map says them the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.pages.charts import interval_mark
from api.pages.texts import say
from geo.maps.texts import tell
from geo.writing import write_rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markupsafe import Markup

__all__ = ["AreaWords", "Fact", "is_number"]

STATUSES = ("confirmed", "pending", "unconfirmed")
SMALL_Q = 0.01
REAL = 0.05
"""A change with a larger q-value may be chance among so many areas."""

NOTHING_EXPECTED = "nothing-expected"
YEAR_REASONS = frozenset({
    "period-incomplete", "no-previous-year", "previous-year-suppressed", "base-zero",
    "few-to-compare",
})  # fmt: skip
"""Codes of why a change on the year before is missing, or not tested."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the key numbers.

    Attributes
    ----------
    term
        What it is about.
    main
        The number in words.
    aside
        What more must be said of it.
    mark
        A picture of its interval.
    """

    term: str
    main: str
    aside: str = ""
    mark: Markup | None = None


@dataclass(frozen=True, slots=True)
class AreaWords:
    """Says numbers of areas in a language, as the scripts of the maps do.

    Parameters
    ----------
    language
        One of `geo.languages.LANGUAGES`.
    """

    language: str

    def number(self, value: float, digits: int | None = None) -> str:
        """Whole where it is large, two or three figures where it is small."""
        if digits is None:
            whole = float(value).is_integer() or abs(value) >= 100
            digits = 0 if whole else 1 if abs(value) >= 10 else 2
        return write_rounded(value, self.language, digits=digits)

    def count(self, row: Mapping[str, Any], name: str) -> str:
        """A count for a cell of a table; a word where it is hidden, "" where there is none."""
        value = row.get(name)
        if is_number(value):
            return self.number(value or 0, 0)
        return say(self.language, "hidden_short") if row.get("suppressed") else ""

    def times(self, ratio: float) -> str:
        """A ratio: 0.85, 1.3, 12.4."""
        return self.number(ratio, 2 if ratio < 1 else 1)

    def percent(self, share: float) -> str:
        """A share as a whole number of percents, without the sign."""
        return self.number(100 * share, 0)

    def percents(self, shares: Sequence[float]) -> list[str]:
        """Shares that are all there is as whole percents that add up to 100."""
        exact = [100 * share / sum(shares) for share in shares]
        whole = [int(each) for each in exact]
        largest_rest = sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])
        for i in largest_rest[: 100 - sum(whole)]:
            whole[i] += 1
        return [self.number(each, 0) for each in whole]

    def range(self, low: float, high: float) -> str:
        """An interval of ratios: 0.85–1.3."""
        return f"{self.times(low)}–{self.times(high)}"

    def ratio(self, row: Mapping[str, Any], name: str, limits: tuple[str, str]) -> str:
        """A ratio with its interval for a cell of a table; "" where there is none."""
        values = [row.get(key) for key in (name, *limits)]
        if not all(is_number(value) for value in values):
            return ""
        value, low, high = map(float, (value or 0.0 for value in values))
        return f"{self.times(value)}× ({self.range(low, high)})"

    def facts(
        self, content: Mapping[str, Any], row: Mapping[str, Any], *, reasons: Mapping[str, str]
    ) -> Iterator[Fact]:
        """The key numbers of an area.

        Parameters
        ----------
        content
            The answer about it.
        row
            Its row of `area-periods` for all groups together.
        reasons
            Code to words of why numbers of the row are missing.
        """
        if is_number(row.get("n_reports")):
            yield Fact(say(self.language, "reports_and_episodes"), self._counts(content, row))
        yield from self._against_expected(row, reasons)
        yield from self._year_before(row, reasons)
        for forecast in content["forecasts"]:
            same = forecast["category_group"] == row.get("category_group")
            if same and is_number(forecast.get("forecast_lo80")):
                yield self._ahead(forecast)
        if is_number(row.get("conf_rate_eb")) and is_number(row.get("n_expected_confirmed")):
            yield self._confirmed(row)
        if all(is_number(row.get(f"n_{name}")) for name in STATUSES):
            yield Fact(say(self.language, "statuses"), self._statuses(row))
        if size := self._size(content):
            yield Fact(say(self.language, "size_and_people"), size)

    def _counts(self, content: Mapping[str, Any], row: Mapping[str, Any]) -> str:
        reports = tell(self.language, "reports", n=row["n_reports"])
        if not is_number(row.get("n_episodes")):
            return reports
        n, likely = row["n_episodes"], content["likely_episodes"]
        if likely is None:
            return f"{reports}, {tell(self.language, 'episodes', n=n)}"
        limits = {name: self.number(likely[name], 0) for name in ("low", "high")}
        key = "episodes_part" if row.get("period_complete") is False else "episodes_likely"
        return f"{reports}, {tell(self.language, key, n=n, **limits)}"

    def _against_expected(
        self, row: Mapping[str, Any], reasons: Mapping[str, str]
    ) -> Iterator[Fact]:
        term = say(self.language, "against_expected")
        limits = [row.get(f"smr_eb{end}") for end in ("", "_lo90", "_hi90")]
        if all(map(is_number, limits)):
            value, low, high = (float(limit or 0.0) for limit in limits)
            yield Fact(
                term,
                tell(self.language, "times", ratio=self.times(value)),
                tell(self.language, "area_ratio", interval=self.range(low, high)),
                interval_mark(value, low, high),
            )
        elif NOTHING_EXPECTED in reasons:
            yield Fact(term, "", _sentence(reasons[NOTHING_EXPECTED]))

    def _year_before(self, row: Mapping[str, Any], reasons: Mapping[str, str]) -> Iterator[Fact]:
        term = say(self.language, "year_before")
        why = "; ".join(text for code, text in reasons.items() if code in YEAR_REASONS)
        if not is_number(row.get("rate_ratio_yoy")):
            if why:
                yield Fact(term, "", _sentence(why))
            return
        interval = self.range(row["rate_ratio_lo95"], row["rate_ratio_hi95"])
        before, now = row["n_same_period_prev_year"], row["n_episodes"]
        parts = [tell(self.language, "year_interval", before=before, now=now, interval=interval)]
        if is_number(row.get("q_value")):
            q = self.number(row["q_value"], 2 if row["q_value"] >= SMALL_Q else 3)
            verdict = tell(self.language, _verdict(row)).rstrip(".")
            parts.append(f"{verdict} ({say(self.language, 'q_value', q=q)}).")
        elif why:
            parts.append(_sentence(why))
        change = tell(self.language, "year_change", ratio=self.times(row["rate_ratio_yoy"]))
        yield Fact(term, change, " ".join(parts))

    def _ahead(self, forecast: Mapping[str, Any]) -> Fact:
        low, high = (int(forecast[f"forecast_{name}80"]) for name in ("lo", "hi"))
        interval = f"{low}" if low == high else f"{self.number(low, 0)}–{self.number(high, 0)}"
        period = tell(self.language, "forecast_period", period=forecast["period"])
        likely = tell(self.language, "forecast_likely", n=high, interval=interval)
        return Fact(say(self.language, "ahead"), f"{period} {likely}")

    def _confirmed(self, row: Mapping[str, Any]) -> Fact:
        shares = {
            name: self.percent(row[f"conf_rate_{column}"])
            for name, column in (("value", "eb"), ("low", "lo90"), ("high", "hi90"))
        }
        told = say(
            self.language,
            "share_of_verified",
            n=self.number(row["n_expected_confirmed"], 1),
            all=self.number(row["n_episodes"], 0),
            **shares,
        )
        return Fact(say(self.language, "likely_confirmed"), told)

    def _statuses(self, row: Mapping[str, Any]) -> str:
        counts = {name: row[f"n_{name}"] for name in STATUSES}
        return ", ".join(
            f"{self.number(n, 0)} {tell(self.language, f'status_{name}', n=n)}"
            for name, n in counts.items()
        )

    def _size(self, content: Mapping[str, Any]) -> str:
        area, people = content["area_km2"], content["population"]
        parts = []
        if is_number(area):
            parts.append(say(self.language, "size_is", area=self.number(area)))
        if is_number(people):
            parts.append(say(self.language, "residents_are", n=self.number(people, 0)))
        return " · ".join(parts)


def is_number(value: object) -> bool:
    """Whether a value of a row is there."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _verdict(row: Mapping[str, Any]) -> str:
    """An interval beside one is not enough where all areas are compared at once: q is."""
    if row["q_value"] <= REAL:
        return "year_real"
    beside = row["rate_ratio_lo95"] > 1 or row["rate_ratio_hi95"] < 1
    return "year_many" if beside else "year_chance"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
