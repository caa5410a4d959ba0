"""Every published column, once: type, title, unit, whether it may be null, and for whose eyes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COLUMNS", "Column"]

_EPISODES, _REPORTS = "episodes", "reports"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `type` is string, integer, number, boolean or date."""

    type: str
    en: str
    pl: str
    unit: str | None = None
    nullable: bool = False
    internal: bool = False

    def describe(self) -> dict[str, object]:
        """The column as the manifest tells of it."""
        return {
            "type": self.type,
            "title": {"en": self.en, "pl": self.pl},
            "unit": self.unit,
            "nullable": self.nullable,
        }


def _text(en: str, pl: str, *, nullable: bool = False) -> Column:
    return Column("string", en, pl, nullable=nullable)


def _count(en: str, pl: str, unit: str = _REPORTS, *, nullable: bool = True) -> Column:
    return Column("integer", en, pl, unit, nullable=nullable)


def _number(en: str, pl: str, unit: str | None = None, *, nullable: bool = True) -> Column:
    return Column("number", en, pl, unit, nullable=nullable)


def _flag(en: str, pl: str) -> Column:
    return Column("boolean", en, pl, nullable=True)


def _internal(
    en: str, pl: str, unit: str | None = None, *, type_: str = "number", nullable: bool = False
) -> Column:
    return Column(type_, en, pl, unit, nullable=nullable, internal=True)


COLUMNS: dict[str, Column] = {
    # where, when, what
    "level": _text("level", "poziom"),
    "area_id": _text("area", "obszar"),
    "name": _text("name", "nazwa"),
    "neighbours": _text(
        "areas of this level beside it, the longest common border first",
        "sąsiednie obszary tego poziomu, od najdłuższej wspólnej granicy", nullable=True,
    ),
    "area_name": _text("area name", "nazwa obszaru"),
    "parent_id": _text("area it belongs to", "obszar nadrzędny", nullable=True),
    "status": _text("status of the boundary", "status granicy", nullable=True),
    "period": _text("period", "okres"),
    "period_start": Column("date", "first day", "pierwszy dzień"),
    "period_end": Column("date", "last day", "ostatni dzień"),
    "period_complete": Column(
        "boolean", "the data cover the whole period", "dane obejmują cały okres"
    ),
    "category_group": _text("category group", "grupa kategorii"),
    # counts
    "n_reports": _count("reports", "zgłoszenia"),
    "n_episodes": _count("episodes", "zdarzenia", _EPISODES),
    "n_report_days": _count("days with a report", "dni ze zgłoszeniem", "days"),
    "n_confirmed": _count("confirmed reports", "zgłoszenia potwierdzone"),
    "n_pending": _count("reports not yet decided", "zgłoszenia w toku"),
    "n_unconfirmed": _count("unconfirmed reports", "zgłoszenia niepotwierdzone"),
    "n_joke": _count("jokes and mistakes, counted nowhere else", "żarty i pomyłki, nieliczone"),
    "n_expected_confirmed": _number(
        "episodes confirmed and expected to be", "zdarzenia potwierdzone i oczekiwane", _EPISODES
    ),
    "conf_rate_eb": _number(
        "share confirmed (empirical Bayes)", "udział potwierdzonych (empiryczny Bayes)", "1"
    ),
    "conf_rate_lo90": _number("lower limit, 90 %", "dolna granica, 90 %", "1"),
    "conf_rate_hi90": _number("upper limit, 90 %", "górna granica, 90 %", "1"),
    "n_boundary_25m": _count(
        "reports within 25 m of the area's border", "zgłoszenia do 25 m od granicy obszaru"
    ),
    # what they are divided by
    "population": _number("residents", "mieszkańcy", "persons"),
    "pop_resident": _number("residents", "mieszkańcy", "persons"),
    "area_km2": _number("area", "powierzchnia", "km²"),
    "street_km": _number("length of streets", "długość ulic", "km"),
    # rates
    "rate_per_km2": _number("episodes per km²", "zdarzenia na km²", "1/km²"),
    "rate_per_km2_lo95": _number("lower limit, 95 %", "dolna granica, 95 %", "1/km²"),
    "rate_per_km2_hi95": _number("upper limit, 95 %", "górna granica, 95 %", "1/km²"),
    "rate_per_1000": _number(
        "episodes per 1 000 residents", "zdarzenia na 1000 mieszkańców", "1/1000"
    ),
    "rate_per_1000_lo95": _number("lower limit, 95 %", "dolna granica, 95 %", "1/1000"),
    "rate_per_1000_hi95": _number("upper limit, 95 %", "górna granica, 95 %", "1/1000"),
    "rate_per_street_km": _number("episodes per km of street", "zdarzenia na km ulic", "1/km"),
    "rate_per_street_km_lo95": _number("lower limit, 95 %", "dolna granica, 95 %", "1/km"),
    "rate_per_street_km_hi95": _number("upper limit, 95 %", "górna granica, 95 %", "1/km"),
    # against the expectation
    "exposure_used": _text(
        "what the expected number is shared out by", "podstawa liczby oczekiwanej", nullable=True
    ),
    "expected_n": _number("expected episodes", "oczekiwane zdarzenia", _EPISODES),
    "smr": _number("observed to expected", "zaobserwowane do oczekiwanych"),
    "smr_lo95": _number("lower limit, 95 %", "dolna granica, 95 %"),
    "smr_hi95": _number("upper limit, 95 %", "górna granica, 95 %"),
    "smr_eb": _number(
        "ratio to be expected again (empirical Bayes)", "iloraz wygładzony (empiryczny Bayes)"
    ),
    "smr_eb_lo90": _number("lower limit, 90 %", "dolna granica, 90 %"),
    "smr_eb_hi90": _number("upper limit, 90 %", "górna granica, 90 %"),
    "p_rr_gt_1_5": _number(
        "probability that the true ratio exceeds 1.5", "prawdopodobieństwo ilorazu ponad 1,5"
    ),
    "funnel_class": Column(
        "integer", "outside the funnel: 2, -2 of 99.8 %; 1, -1 of 95 %; 0 inside",
        "poza lejkiem: 2, -2 z 99,8 %; 1, -1 z 95 %; 0 wewnątrz", nullable=True,
    ),
    "tau2": _number(
        "how much areas always differ (variance of roots)",
        "zwykła zmienność obszarów (wariancja pierwiastków)",
    ),
    # against the same period a year before
    "n_same_period_prev_year": _count(
        "episodes in this period a year before", "zdarzenia w tym okresie rok wcześniej", _EPISODES
    ),
    "rate_ratio_yoy": _number("ratio to a year before", "iloraz do roku poprzedniego"),
    "rate_ratio_lo95": _number("lower limit, 95 %", "dolna granica, 95 %"),
    "rate_ratio_hi95": _number("upper limit, 95 %", "górna granica, 95 %"),
    "p_value": _number("p-value", "wartość p"),
    "q_value": _number("q-value (false discovery rate)", "wartość q (odsetek fałszywych odkryć)"),
    # how readily people report
    "reporting_rate_rr": _number(
        "how readily people report, against the city (from duplicates)",
        "skłonność do zgłaszania wobec miasta (z powtórzeń)",
    ),
    "reporting_rate_lo90": _number("lower limit, 90 %", "dolna granica, 90 %"),
    "reporting_rate_hi90": _number("upper limit, 90 %", "górna granica, 90 %"),
    "low_reporting": Column(
        "boolean", "people probably report less readily than in the city",
        "prawdopodobnie mniejsza skłonność do zgłaszania niż w mieście",
        nullable=True,
    ),
    # how far to trust the row
    "suppressed": Column("boolean", "a small number is hidden", "mała liczba jest ukryta"),
    "low_information": Column(
        "boolean", "fewer than 10 episodes: see the interval", "poniżej 10 zdarzeń: patrz przedział"
    ),
    "note": _text("why a number is missing", "dlaczego brak liczby", nullable=True),
    # month by month
    "month_first": _text("first month", "pierwszy miesiąc"),
    "n_months": Column("integer", "months of the series", "liczba miesięcy", "months"),
    "first_month_days": Column(
        "integer", "days of the first month that the data cover",
        "dni pierwszego miesiąca objęte danymi", "days",
    ),
    "last_month_days": Column(
        "integer", "days of the last month that the data cover",
        "dni ostatniego miesiąca objęte danymi", "days",
    ),
    "reports_by_month": _text("reports, month by month", "zgłoszenia w miesiącach", nullable=True),
    "episodes_by_month": _text("episodes, month by month", "zdarzenia w miesiącach", nullable=True),
    "confirmed_by_month": _text(
        "confirmed reports, month by month", "zgłoszenia potwierdzone w miesiącach", nullable=True
    ),
    "expected_by_month": _text(
        "episodes confirmed and expected to be, month by month",
        "zdarzenia potwierdzone i oczekiwane w miesiącach", nullable=True,
    ),
    "week_profile": _text(
        "share of each hour of the week, last twelve months: 168 numbers, Monday 0-1 first",
        "udział godzin tygodnia, ostatnie dwanaście miesięcy: 168 liczb, od poniedziałku 0-1",
        nullable=True,
    ),
    "n_new": _count("reports not yet opened", "zgłoszenia nieotwarte"),
    "n_new_overdue": _count("for more than two days", "od ponad dwóch dni"),
    "n_verification": _count("reports being verified", "zgłoszenia w weryfikacji"),
    "n_verification_overdue": _count(
        "made more than five days ago", "złożone ponad pięć dni temu"
    ),
    # cells
    "cell_id": _text("cell", "oczko siatki"),
    "cell_m": Column("integer", "side of the cell", "bok oczka", "m"),
    "expected_cell": _internal("expected episodes", "oczekiwane zdarzenia", _EPISODES),
    "confirmed_cell": _internal(
        "confirmed reports", "zgłoszenia potwierdzone", _REPORTS, type_="integer"
    ),
    "window_n": _internal("episodes in 3 x 3 cells", "zdarzenia w 3 x 3 oczkach", _EPISODES),
    "window_expected": _internal("expected in 3 x 3 cells", "oczekiwane w 3 x 3", _EPISODES),
    "window_rr": _internal("observed to expected in 3 x 3 cells", "iloraz w 3 x 3 oczkach"),
    "p_cell": _internal("p-value of the cell alone", "wartość p oczka"),
    "p_window": _internal("p-value of its 3 x 3 cells", "wartość p okna 3 x 3"),
    "scale": _internal("which of the two is smaller", "która jest mniejsza", type_="string"),
    "rr_cell": _internal("ratio, drawn towards one", "iloraz wygładzony"),
    "rr_cell_lo90": _internal("lower limit, 90 %", "dolna granica, 90 %"),
    "rr_cell_hi90": _internal("upper limit, 90 %", "górna granica, 90 %"),
    "alpha_dispersion": _internal("relative variance of the map", "nadrozproszenie mapy"),
    "p_combined": _internal("p-value of both scales", "łączna wartość p"),
    "q_cell": _internal("q-value", "wartość q"),
    "q_value_watch": _internal(
        "q-value at any effect, for class 90", "wartość q przy dowolnym efekcie, dla klasy 90"
    ),
    "hot_class": Column("integer", "class: 99, 95 hot; 90 watch; 0", "klasa: 99, 95, 90 lub 0"),
    "gi_z": _internal("Gi* z-score, for comparison", "wynik z Gi*, dla porównania"),
    "kde_per_km2": _internal("smooth density", "gęstość wygładzona", "1/km²"),
    "stability_cell": _internal(
        "share of 24 lattices on which it is hot; last period, on maps with a hot cell",
        "udział 24 siatek, na których jest gorące; ostatni okres, mapy z gorącym oczkiem", "1",
        nullable=True,
    ),
    "months_cell": _internal("hot months of twelve", "gorące miesiące z dwunastu", "months",
                             type_="integer"),
    "pattern_cell": _internal("pattern of its months", "wzorzec miesięcy", type_="string"),
    "plain_cell": _internal("pattern in plain words", "wzorzec słowami", type_="string"),
    "mk_z": _internal("Mann-Kendall z of its months", "Mann-Kendall z miesięcy"),
    "mk_p": _internal("Mann-Kendall p-value", "Mann-Kendall, wartość p"),
    "beat_id": _text("beat with the largest share", "rejon o największym udziale", nullable=True),
    "beat_share": _number("that beat's share of the area", "udział tego rejonu w powierzchni", "1"),
    # hot spots
    "hotspot_id": _text("hot spot, over periods and releases", "miejsce, przez okresy i wydania"),
    "n_cells": Column("integer", "cells", "oczka", "cells"),
    "share_of_city_episodes": _number("share of all episodes", "udział w zdarzeniach miasta", "1"),
    "rr_shrunk": _number("ratio, drawn towards one", "iloraz wygładzony"),
    "rr_lo90": _number("lower limit, 90 %", "dolna granica, 90 %"),
    "rr_hi90": _number("upper limit, 90 %", "górna granica, 90 %"),
    "q_value_min": _internal("smallest q-value of its cells", "najmniejsza wartość q oczek"),
    "beats": _text("beats with their shares", "rejony z udziałem w powierzchni", nullable=True),
    "beat_ids": _text("beats, largest share first", "rejony, od największego", nullable=True),
    "beat_shares": _text("shares of these beats", "udziały tych rejonów", nullable=True),
    "top_category": _text("most frequent category", "najczęstsza kategoria", nullable=True),
    "partner_hint": _text("partners for it", "partnerzy dla tej kategorii", nullable=True),
    "stability": _number(
        "share of 24 lattices on which it is hot", "udział 24 siatek, na których jest gorące", "1"
    ),
    "emerging_pattern": _text("pattern of its months", "wzorzec miesięcy"),
    "emerging_plain": _text("pattern in plain words", "wzorzec słowami"),
    "persistence_months": Column(
        "integer", "hot months of twelve", "gorące miesiące z dwunastu", "months"
    ),
    "first_seen": Column(
        "date", "first report since it has this id (public: its month)",
        "pierwsze zgłoszenie, odkąd ma ten numer (publ.: miesiąc)",
    ),
    "last_seen": Column(
        "date", "last report up to this period (public: its month)",
        "ostatnie zgłoszenie do tego okresu (publ.: miesiąc)",
    ),
    "peak_weekday": _text("weekday that holds most", "dzień z największą liczbą", nullable=True),
    "peak_hours": _text(
        "three hours that hold most", "trzy godziny z największą liczbą", nullable=True
    ),
    "peak_shift": _text(
        "police shift that holds most: I 6-14, II 14-22, III 22-6",
        "zmiana o największej liczbie: I 6-14, II 14-22, III 22-6", nullable=True,
    ),
    "peak_share": _number("share of these hours", "udział tych godzin", "1"),
    "aoristic_n": _count("reports that tell a span of time", "zgłoszenia z przedziałem czasu"),
    "spot_before": _internal(
        "episodes in these cells in the twelve months before",
        "zdarzenia w tych oczkach w poprzednich dwunastu miesiącach", _EPISODES,
        type_="integer", nullable=True,
    ),
    "spot_yoy": _internal(
        "these twelve months to those before, in its cells; a spot is chosen for what it holds now",
        "te dwanaście miesięcy do poprzednich w jego oczkach; miejsce wybrano wg stanu dziś",
        nullable=True,
    ),
    "spot_lo95": _internal("lower limit, 95 %", "dolna granica, 95 %", nullable=True),
    "spot_hi95": _internal("upper limit, 95 %", "górna granica, 95 %", nullable=True),
    "profile": _internal(
        "share of each hour of the week: 168 numbers, Monday 0-1 first",
        "udział każdej godziny tygodnia: 168 liczb, od poniedziałku 0-1", "1",
        type_="string", nullable=True,
    ),
    "n_near_duplicates": _internal(
        "reports that repeat another of their category, at most 24 h before and 25 m away",
        "zgłoszenia powtarzające inne z tej kategorii, najwyżej 24 h wcześniej i 25 m dalej",
        _REPORTS, type_="integer",
    ),
    "n_burst": _internal(
        "reports of a category's only heap in the city that day: over 5, each 50 m from another",
        "zgłoszenia w jedynej tego dnia serii kategorii w mieście: ponad 5, co najwyżej 50 m",
        _REPORTS, type_="integer",
    ),
    # plan candidates
    "candidate_id": _text("candidate", "kandydat"),
    "plan_beat": _text("beat", "rejon"),
    "beat_name": _text("name of the beat", "nazwa rejonu"),
    "rewir_id": _text("rewir, the area the beat belongs to", "rewir, obszar nadrzędny rejonu"),
    "plan_hotspot": _text(
        "hot spot; none: the whole beat", "miejsce; brak: cały rejon", nullable=True
    ),
    "place_name": _text("street of the hot spot, or the beat", "ulica miejsca lub rejon"),
    "actionable": _flag("a beat officer can act on it", "dzielnicowy ma na to wpływ"),
    "forecast_n": _number("expected confirmed episodes", "oczekiwane potwierdzone", _EPISODES),
    "forecast_lo80": _count("lower limit, 80 %", "dolna granica, 80 %", _EPISODES),
    "forecast_hi80": _count("upper limit, 80 %", "górna granica, 80 %", _EPISODES),
    "harm_weight": _number(
        "harm of an episode, an assumption", "dolegliwość zdarzenia, założenie", "day-equivalents"
    ),
    "p_eliminated": _number("share of confirmed that end", "udział wyeliminowanych", "1"),
    "score": _number("harm that a plan may save", "możliwe ograniczenie", "day-equivalents"),
    "score_lo80": _number("lower limit, 80 %", "dolna granica, 80 %", "day-equivalents"),
    "score_hi80": _number("upper limit, 80 %", "górna granica, 80 %", "day-equivalents"),
    "contrib_volume": _number("episodes, ln over median", "zdarzenia, ln do mediany"),
    "contrib_confirmation": _number("confirmation, ln over median", "potwierdzenia, ln do mediany"),
    "contrib_harm": _number("harm, ln over median", "dolegliwość, ln do mediany"),
    "contrib_solvability": _number("elimination, ln over median", "eliminacja, ln do mediany"),
    "rank_median": _number("rank in the city, median", "pozycja w mieście, mediana"),
    "rank_lo90": _number("best rank, 90 %", "najlepsza pozycja, 90 %"),
    "rank_hi90": _number("worst rank, 90 %", "najgorsza pozycja, 90 %"),
    "tie_group": _count("candidates of one number are equal", "równorzędni mają ten sam numer",
                        "groups"),
    "p_best_in_beat": _number("chance to be the beat's first", "szansa na pierwszego w rejonie",
                              "1"),
    "p_top_k": _number("chance to be among the first k", "szansa na miejsce w pierwszych k", "1"),
    "rank_raw_reports": _count("rank by all reports", "pozycja według zgłoszeń", "ranks"),
    "rank_confirmed_only": _count("rank by confirmed ones", "pozycja według potwierdzonych",
                                  "ranks"),
    "sensitivity_flag": _flag(
        "one of these lies outside the rank's interval", "jedna z nich poza przedziałem pozycji"
    ),
    "beat_low_information": _flag(
        "the beat has fewer than 10 episodes in twelve months",
        "rejon ma poniżej 10 zdarzeń w dwunastu miesiącach",
    ),
    "selected": Column("boolean", "chosen for a plan", "wybrany do planu"),
    "selection_reason": _text("why, or why not", "dlaczego, lub dlaczego nie", nullable=True),
    "hours": _number("hours of a plan, an assumption", "godziny planu, założenie", "h"),
    "reason_text": _text("in words", "słowami, po angielsku", nullable=True),
    "reason_text_pl": _text("in words, Polish", "słowami", nullable=True),
    # what is likely to come
    "forecast_episodes": _number("forecast episodes", "prognozowane zdarzenia", _EPISODES),
    "last_n": _count("episodes in as many months before", "zdarzenia w tylu miesiącach przed",
                     _EPISODES),
    "used_months": Column("integer", "months of the past used", "użyte miesiące", "months"),
    "few_in_a_year": _flag(
        "fewer than 10 episodes in twelve months: see the interval",
        "poniżej 10 zdarzeń w dwunastu miesiącach: patrz przedział",
    ),
    "cell_forecast": _internal(
        "forecast episodes of the next period; on maps of the last",
        "prognozowane zdarzenia następnego okresu; na mapach ostatniego", _EPISODES, nullable=True,
    ),
    "cell_lo80": _internal("lower limit, 80 %", "dolna granica, 80 %", _EPISODES,
                           type_="integer", nullable=True),
    "cell_hi80": _internal("upper limit, 80 %", "górna granica, 80 %", _EPISODES,
                           type_="integer", nullable=True),
    # what forecasts of periods that are over were worth
    "cut_date": Column("date", "day of the forecast", "dzień prognozy"),
    "horizon_days": Column("integer", "days that it is for", "liczba dni prognozy", "days"),
    "model": _text("model of the forecast", "model prognozy"),
    "test_level": _text("areas of this level, or cells", "obszary poziomu albo oczka"),
    "area_frac": Column("number", "share of the area", "udział powierzchni", "1"),
    "n_before": Column("integer", "episodes in as many days before", "zdarzenia przed", _EPISODES),
    "n_observed": Column("integer", "episodes that came", "zdarzenia po", _EPISODES),
    "hit_rate": _number("share of them in that area", "udział trafionych zdarzeń", "1"),
    "pai": _number("hit rate to share of the area", "trafienia do udziału powierzchni"),
    "pei": _number("to what the best cells would hold", "do trafień najlepszych oczek", "1"),
    "pei_star": _number("to what the best places would hold", "do najlepszych miejsc", "1"),
    "rri": _number("share after to share before", "udział po do udziału przed"),
    "poisson_deviance": _number("Poisson deviance of a place", "dewiancja Poissona miejsca"),
    "log_score": _number("log score of a place", "logarytmiczna ocena miejsca"),
    "coverage80": _number("share inside the 80 % interval", "udział w przedziale 80 %", "1"),
    "width80": _number("width of the 80 % interval", "szerokość przedziału 80 %", _EPISODES),
    # what circles of beats hold
    "scan": _text("gate (twelve months) or alarm", "bramka (rok) albo alarm"),
    "months": _count("months of the search or cluster", "miesiące", "months"),
    "n_areas": _count("areas of the finest level", "obszary najniższego poziomu", "areas"),
    "cluster_beats": _text("areas, from its centre on", "obszary, od środka", nullable=True),
    "rr": _number("rate inside to outside", "częstość wewnątrz do zewnętrza"),
    "llr": _number("log-likelihood ratio", "iloraz wiarygodności, logarytm"),
    "p_search": _number("p-value of the whole search", "wartość p całego przeszukania"),
    "recurrence_days": _number(
        "by chance once in so many days (alarm only)", "przypadkiem raz na tyle dni (alarm)", "days"
    ),
    "signal": Column("boolean", "chance is no explanation", "przypadek nie wyjaśnia"),
    "simulations": Column("integer", "maps of chance", "liczba symulacji", "maps"),
    "seed": Column("integer", "seed of the random numbers", "ziarno liczb losowych"),
    # what follows soon and nearby
    "distance_from_m": Column("number", "further apart than", "dalej od siebie niż", "m"),
    "distance_to_m": Column("number", "at most so far apart", "najwyżej tak daleko", "m"),
    "gap_from_days": Column("number", "from so many days apart (above, unless 0)",
                            "odstęp powyżej (0 włącznie)", "days"),
    "gap_to_days": Column("number", "at most so many days apart", "odstęp najwyżej", "days"),
    "group_episodes": Column("integer", "episodes looked at", "zbadane zdarzenia", _EPISODES),
    "n_pairs": Column("integer", "pairs of episodes", "pary zdarzeń", "pairs"),
    "expected_pairs": Column("number", "pairs by chance", "pary przypadkowe", "pairs"),
    "pair_ratio": _number("pairs to pairs by chance", "pary do przypadkowych"),
}  # fmt: skip
"""Name to column. Where a name means different things in two layers, the layer says `name=key`."""
