"""What the maps say, in English and Polish.

A text is a string with {gaps}, or its plural forms by the CLDR rules (`one`, `few`, `many`,
`other`) chosen by the gap ``n``. Names of levels, groups and columns come with the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "TEXTS", "Text", "texts_of"]

Text = str | dict[str, str]

LANGUAGES = {"en": "English", "pl": "Polski"}

TEXTS: dict[str, tuple[Text, Text]] = {
    # the page
    "title_areas": ("reports by area, {period}", "zgłoszenia według obszarów, {period}"),
    "title_hotspots": (
        "hot spots of reports, {period}",
        "miejsca skupienia zgłoszeń, {period}",
    ),
    "skip": ("Skip the map, go to the table", "Pomiń mapę, przejdź do tabeli"),
    "map_label": ("Map of {city}", "Mapa: {city}"),
    "language": ("Language", "Język"),
    "badge_simulated": ("simulated reports", "zgłoszenia symulowane"),
    "badge_approximate": ("approximate, unofficial beats", "rejony przybliżone, nieurzędowe"),
    "perception": (
        "Reports are perceptions of residents, not crime; no report does not mean safe.",
        "Zgłoszenia to percepcja, nie przestępczość; brak zgłoszeń nie znaczy bezpieczeństwa.",
    ),
    "no_script": (
        "The map needs JavaScript. The same features are in the GeoJSON feed.",
        "Mapa wymaga JavaScriptu. Te same dane są w kanale GeoJSON.",
    ),
    # choices
    "choose_layer": ("Show", "Pokaż"),
    "layer_areas": ("Areas", "Obszary"),
    "layer_hotspots": ("Hot spots", "Miejsca skupienia"),
    "choose_level": ("Areas by", "Podział"),
    "choose_period": ("Half-year", "Półrocze"),
    "choose_category_group": ("Category group", "Grupa kategorii"),
    "choose_statistic": ("Colour shows", "Kolor pokazuje"),
    "from_day": ("from {day}", "od {day}"),
    "to_day": ("to {day}", "do {day}"),
    "months": (
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    ),
    # statistics
    "statistic_n_reports": ("Reports", "Zgłoszenia"),
    "statistic_rate_per_1000": (
        "Episodes per 1,000 residents",
        "Zdarzenia na 1000 mieszkańców",
    ),
    "statistic_rate_per_km2": ("Episodes per km²", "Zdarzenia na km²"),
    "statistic_smr_eb": ("Ratio to the expected", "Krotność oczekiwanych"),
    # legend
    "legend": ("Legend", "Legenda"),
    "class_under": ("under {to}", "poniżej {to}"),
    "class_from": ("{from} and more", "{from} i więcej"),
    "no_value": ("no number, or hidden", "brak liczby lub ukryta"),
    "legend_hotspots": ("Hot spots, 12 months", "Miejsca skupienia, 12 miesięcy"),
    "legend_99": ("hot: at most 1 in 100 is chance", "skupienie: najwyżej 1 na 100 to przypadek"),
    "legend_95": ("hot: at most 1 in 20 is chance", "skupienie: najwyżej 1 na 20 to przypadek"),
    "legend_90": (
        "a hint: at most 1 in 10 is chance, or hot on few grids only",
        "sygnał: najwyżej 1 na 10 to przypadek albo skupienie tylko na niektórych siatkach",
    ),
    # panel
    "hint": (
        "Pick an area or a hot spot on the map or in the table to see its numbers.",
        "Wybierz obszar lub miejsce na mapie albo w tabeli, aby zobaczyć jego liczby.",
    ),
    "reports": (
        {"one": "{n} report", "other": "{n} reports"},
        {"one": "{n} zgłoszenie", "few": "{n} zgłoszenia", "other": "{n} zgłoszeń"},
    ),
    "episodes": (
        {"one": "{n} separate episode", "other": "{n} separate episodes"},
        {
            "one": "{n} odrębne zdarzenie",
            "few": "{n} odrębne zdarzenia",
            "other": "{n} odrębnych zdarzeń",
        },
    ),
    "episodes_likely": (
        {
            "one": "{n} separate episode, likely {low}–{high} (95%) in a half-year like this",
            "other": "{n} separate episodes, likely {low}–{high} (95%) in a half-year like this",
        },
        {
            "one": "{n} odrębne zdarzenie, w takim półroczu prawdopodobnie {low}–{high} (95%)",
            "few": "{n} odrębne zdarzenia, w takim półroczu prawdopodobnie {low}–{high} (95%)",
            "other": "{n} odrębnych zdarzeń, w takim półroczu prawdopodobnie {low}–{high} (95%)",
        },
    ),
    "episodes_part": (
        {
            "one": "{n} separate episode; in as many days like these likely {low}–{high} (95%)",
            "other": "{n} separate episodes; in as many days like these likely {low}–{high} (95%)",
        },
        {
            "one": "{n} odrębne zdarzenie; w tylu takich dniach prawdopodobnie {low}–{high} (95%)",
            "few": "{n} odrębne zdarzenia; w tylu takich dniach prawdopodobnie {low}–{high} (95%)",
            "other": "{n} odrębnych zdarzeń; w tylu takich dniach prawdopodobnie {low}–{high} "
            "(95%)",
        },
    ),
    "times": ("In the long run about {ratio} times", "Na dłuższą metę około {ratio} raza"),
    "area_ratio": (
        "what is expected here (90%: {interval}). Few episodes draw it towards the average.",
        "tyle, ile tu oczekiwano (90%: {interval}). Niewiele zdarzeń zbliża ją do średniej.",
    ),
    "hotspot_ratio": (
        "what is expected at such a place (90%: {interval}).",
        "tyle, ile oczekiwano w takim miejscu (90%: {interval}).",
    ),
    "two_questions": (
        "The class: can it be chance (corrected for the whole map)? The interval: how strong?",
        "Klasa: czy to przypadek (z poprawką na całą mapę)? Przedział: jak silne skupienie?",
    ),
    "with_interval": ("{value} (95%: {interval})", "{value} (95%: {interval})"),
    "low_information": (
        "Fewer than 10 episodes: the interval says more than the number.",
        "Poniżej 10 zdarzeń: przedział mówi więcej niż liczba.",
    ),
    "low_reporting": (
        "People seem to report less readily here: few reports may mean few who report.",
        "Tu chyba rzadziej się zgłasza: mało zgłoszeń może znaczyć mało zgłaszających.",
    ),
    "reporting_rate": ("Readiness to report", "Skłonność do zgłaszania"),
    "reporting_times": (
        "{ratio}× the city's (90%: {interval})",
        "{ratio}× średniej miasta (90%: {interval})",
    ),
    "expected_confirmed": ("Likely to be confirmed", "Prawdopodobnie potwierdzonych"),
    "of_episodes": ("{n} of {all} episodes", "{n} z {all} zdarzeń"),
    "share_confirmed": ("Share confirmed", "Odsetek potwierdzonych"),
    "share_interval": ("{value}% (90%: {low}–{high}%)", "{value}% (90%: {low}–{high}%)"),
    "against_norm": ("Against the usual spread", "Na tle zwykłego rozrzutu"),
    "funnel_0": ("within it", "w jego granicach"),
    "funnel_1": ("above, 1 in 20 by chance", "powyżej, 1 na 20 przypadkiem"),
    "funnel_2": ("far above, 1 in 500 by chance", "znacznie powyżej, 1 na 500 przypadkiem"),
    "funnel_1_below": ("below, 1 in 20 by chance", "poniżej, 1 na 20 przypadkiem"),
    "funnel_2_below": ("far below, 1 in 500 by chance", "znacznie poniżej, 1 na 500 przypadkiem"),
    "year_change": (
        "Compared with a year before: {ratio}× as many",
        "W porównaniu z poprzednim rokiem: {ratio}× tyle",
    ),
    "year_interval": (
        "(episodes {before} → {now}; 95%: {interval}×).",
        "(zdarzenia {before} → {now}; 95%: {interval}×).",
    ),
    "year_real": (
        "Chance alone hardly explains this.",
        "Sam przypadek raczej tego nie tłumaczy.",
    ),
    "year_many": (
        "Among so many areas one such change may be chance.",
        "Przy tylu obszarach jedna taka zmiana może być przypadkiem.",
    ),
    "year_chance": ("This may be chance.", "To może być przypadek."),
    "forecast_period": ("Next half-year ({period}):", "Następne półrocze ({period}):"),
    "forecast_likely": (
        {
            "one": "likely {interval} episodes (80%).",
            "other": "likely {interval} episodes (80%).",
        },
        {
            "one": "prawdopodobnie {interval} zdarzenie (80%).",
            "few": "prawdopodobnie {interval} zdarzenia (80%).",
            "other": "prawdopodobnie {interval} zdarzeń (80%).",
        },
    ),
    "status_confirmed": ("confirmed", "potwierdzone"),
    "status_pending": ("not yet decided", "w toku"),
    "status_unconfirmed": ("unconfirmed", "niepotwierdzone"),
    "pop_resident": ("Residents", "Mieszkańcy"),
    "n_boundary_25m": ("Reports within 25 m of the border", "Zgłoszenia do 25 m od granicy"),
    "suppressed": (
        "Hidden: the number is so small that it could point at a person.",
        "Ukryto: liczba jest tak mała, że mogłaby wskazać osobę.",
    ),
    "unassigned": ("Outside every {level}", "Poza obszarami: {level}"),
    "unnamed": ("Unnamed place", "Miejsce bez nazwy"),
    "feed_row": ("This row in the GeoJSON feed", "Ten wiersz w kanale GeoJSON"),
    # why a number is missing: one text for each code of the layer
    "note_unassigned": (
        "These reports lie in no area of this level; they are only counted.",
        "Te zgłoszenia nie leżą w żadnym obszarze tego poziomu; są tylko policzone.",
    ),
    "note_no-residents": (
        "No number of residents is known here.",
        "Liczba mieszkańców nie jest tu znana.",
    ),
    "note_no-streets": ("No streets are known here.", "Nie są tu znane żadne ulice."),
    "note_nothing-expected": (
        "Nothing was expected here, so there is no ratio.",
        "Niczego tu nie oczekiwano, więc nie ma krotności.",
    ),
    "note_period-incomplete": (
        "The data do not cover the whole half-year, so it is not compared with the year before.",
        "Dane nie obejmują całego półrocza, więc nie porównano go z poprzednim rokiem.",
    ),
    "note_no-previous-year": (
        "The data do not reach back to the same half-year a year before.",
        "Dane nie sięgają tego samego półrocza rok wcześniej.",
    ),
    "note_previous-year-suppressed": (
        "The number of the year before is hidden, so there is no comparison.",
        "Liczba z poprzedniego roku jest ukryta, więc nie ma porównania.",
    ),
    "note_base-zero": (
        "There was no episode a year before, so there is no ratio to it.",
        "Rok wcześniej nie było zdarzeń, więc nie ma krotności.",
    ),
    "note_few-place-days": (
        "Too little was watched here to say how readily people report.",
        "Za mało obserwacji, by ocenić skłonność do zgłaszania.",
    ),
    "note_no-duplicates": (
        "No duplicates in the city: how readily people report cannot be told.",
        "Brak powtórzeń w mieście: nie da się ocenić skłonności do zgłaszania.",
    ),
    "note_few-areas": (
        "Fewer than ten areas do not tell how much areas always differ.",
        "Mniej niż dziesięć obszarów nie pokaże, jak bardzo obszary zwykle się różnią.",
    ),
    "note_few-times": (
        "Fewer than ten reports tell when, so no hours are shown.",
        "Mniej niż dziesięć zgłoszeń podaje czas, więc nie pokazano godzin.",
    ),
    "note_not-judged": (
        "Only hot spots of the last half-year are checked on other grids; some fail that check.",
        "Na innych siatkach sprawdza się tylko miejsca ostatniego półrocza; część nie przechodzi.",
    ),
    "note_few-to-compare": (
        "Fewer than ten episodes in one of the two half-years: the change is not tested.",
        "Mniej niż dziesięć zdarzeń w jednym z półroczy: zmiany nie testowano.",
    ),
    # hot spots
    "class_90": ("Watched: not stable enough", "Obserwowane: za mało stabilne"),
    "short_90": ("watched 90", "90"),
    "pattern": ("Over the year", "W ciągu roku"),
    "pattern_persistent": ("persistent", "stały"),
    "pattern_growing": ("growing", "nasilający się"),
    "pattern_new": ("new", "nowy"),
    "pattern_fading": ("fading", "wygasający"),
    "pattern_none": ("no clear pattern", "brak wyraźnego wzorca"),
    "stability": ("Found again", "Znalezione ponownie"),
    "of_grids": ("on {percent}% of 24 other grids", "na {percent}% z 24 innych siatek"),
    "of_no_grids": ("not checked on other grids", "nie sprawdzono na innych siatkach"),
    "spot_year": (
        "A place is called hot for what it holds now, so part of a rise is how it was chosen.",
        "Miejsce wybrano, bo dużo w nim teraz, więc część wzrostu wynika z samego wyboru.",
    ),
    "first_seen": ("First seen", "Widoczne od"),
    "peak_weekday": ("Busiest day", "Dzień szczytu"),
    "weekday_mon": ("Monday", "poniedziałek"),
    "weekday_tue": ("Tuesday", "wtorek"),
    "weekday_wed": ("Wednesday", "środa"),
    "weekday_thu": ("Thursday", "czwartek"),
    "weekday_fri": ("Friday", "piątek"),
    "weekday_sat": ("Saturday", "sobota"),
    "weekday_sun": ("Sunday", "niedziela"),
    "peak_hours": ("Busiest hours", "Godziny szczytu"),
    "hours_share": ("{hours} ({percent}%)", "{hours} ({percent}%)"),
    "peak_shift": ("Busiest shift", "Zmiana szczytu"),
    "shift_I": ("I, 6–14", "I, 6–14"),
    "shift_II": ("II, 14–22", "II, 14–22"),
    "shift_III": ("III, 22–6", "III, 22–6"),
    "n_near_duplicates": ("Repeats within a day", "Powtórzenia w ciągu doby"),
    "n_burst": ("In bursts of one day", "W seriach jednego dnia"),
    "of_reports": ("{n} of {all} reports", "{n} z {all} zgłoszeń"),
    "mostly_burst": (
        "Most of these reports came in bursts, many on one day: look twice before planning.",
        "Większość tych zgłoszeń to serie z jednego dnia: przed planem warto sprawdzić.",
    ),
    "hotspot": ("Hot spot", "Miejsce skupienia"),
    "class_99": ("Hot, at most 1 in 100 is chance", "Skupienie, najwyżej 1 na 100 to przypadek"),
    "class_95": ("Hot, at most 1 in 20 is chance", "Skupienie, najwyżej 1 na 20 to przypadek"),
    "short_99": ("very sure", "bardzo pewne"),
    "short_95": ("sure", "pewne"),
    "where_expected": ("where {expected} are expected", "gdzie oczekiwano {expected}"),
    "in_twelve_months": ("in twelve months", "w dwanaście miesięcy"),
    "n_reports": ("Reports", "Zgłoszenia"),
    "n_confirmed": ("Confirmed", "Potwierdzone"),
    "share_of_city": ("Share of the city's episodes", "Udział w zdarzeniach miasta"),
    "top_category": ("Most frequent category", "Najczęstsza kategoria"),
    "size": ("Size", "Powierzchnia"),
    "hectares": ("{area} ha", "{area} ha"),
    "percent": ("{percent}%", "{percent}%"),
    "beats_of_spot": ("Beats it lies in, by area", "Rejony, w których leży, według powierzchni"),
    # tables
    "caption_areas": ("Areas: {level}, {period}, {group}", "Obszary: {level}, {period}, {group}"),
    "caption_hotspots": (
        "Hot spots, 12 months to {until}, {group}",
        "Miejsca skupienia, 12 miesięcy do {until}, {group}",
    ),
    "caption_unchecked": (
        "{caption} (not checked on other grids)",
        "{caption} (nie sprawdzono na innych siatkach)",
    ),
    "caption_no_hotspots": (
        "No hot spots: nothing in {period}, {group} stands out beyond chance",
        "Brak miejsc skupienia: {period}, {group}, nic ponad przypadek",
    ),
    "caption_untested": (
        "Hot spots, {period}, {group}: {why}",
        "Miejsca skupienia, {period}, {group}: {why}",
    ),
    "untested_months": (
        "not tested: fewer than 12 months of data before its end",
        "nie badano: mniej niż 12 miesięcy danych przed jego końcem",
    ),
    "untested_few": (
        "not tested: too few reports (mean {mean} per cell, {needed} needed)",
        "nie badano: za mało zgłoszeń (średnio {mean} na oczko, potrzeba {needed})",
    ),
    "untested_sparse": (
        "not tested: too few reports for a map",
        "nie badano: za mało zgłoszeń na mapę",
    ),
    "column_area": ("Area", "Obszar"),
    "column_n_reports": ("Reports", "Zgłosz."),
    "column_per_1000": ("per 1,000", "na 1000"),
    "column_ratio": ("Ratio", "Krotność"),
    "column_interval": ("90% interval", "przedział 90%"),
    "column_hotspot": ("Hot spot", "Miejsce"),
    "column_class": ("Class", "Klasa"),
    "column_episodes": ("Episodes", "Zdarzenia"),
    "tip_per_1000": (
        "Episodes per 1,000 residents; the panel gives the 95% interval.",
        "Zdarzenia na 1000 mieszkańców; przedział 95% jest w panelu.",
    ),
    "tip_ratio": (
        "How many times what is expected in the long run; drawn towards 1 where episodes are few.",
        "Ile razy tyle, ile oczekiwano, na dłuższą metę; przy niewielu zdarzeniach bliżej 1.",
    ),
    "tip_interval": (
        "The true ratio lies in it with a probability of 90%.",
        "Prawdziwa krotność leży w nim z prawdopodobieństwem 90%.",
    ),
    "tip_class": (
        "Very sure: at most 1 in 100 such places is chance. Sure: at most 1 in 20.",
        "Bardzo pewne: najwyżej 1 na 100 takich miejsc to przypadek. Pewne: najwyżej 1 na 20.",
    ),
    "hidden": ("hidden", "ukryte"),
    # spoken
    "described": ("{name}: {value}", "{name}: {value}"),
    "described_value": ("{what} {value}", "{what} {value}"),
    "described_hotspot": (
        "Hot spot {name}, {class}, {value}",
        "Miejsce skupienia {name}, {class}, {value}",
    ),
    "told": (
        "{period}, {group}: {reports}. Hot spots: {hotspots}.",
        "{period}, {group}: {reports}. Miejsca skupienia: {hotspots}.",
    ),
    "no_such_area": (
        "There is no area “{id}” at this level in this release.",
        "W tym wydaniu nie ma na tym poziomie obszaru „{id}”.",
    ),
    "no_such_hotspot": (
        "There is no hot spot “{id}” for this half-year and group in this release.",
        "W tym wydaniu nie ma miejsca skupienia „{id}” dla tego półrocza i tej grupy.",
    ),
    "failed": (
        "The data could not be loaded ({reason}). Reload the page, or look at /healthz.",
        "Nie udało się wczytać danych ({reason}). Odśwież stronę lub sprawdź /healthz.",
    ),
    "zoom_in": ("Zoom in", "Przybliż"),
    "zoom_out": ("Zoom out", "Oddal"),
    # foot
    "what_not": ("What this map is not", "Czym ta mapa nie jest"),
    "not_1": (
        "It is not a map of crime: residents report what they perceive, once a day each.",
        "To nie mapa przestępczości: mieszkańcy zgłaszają to, co postrzegają, raz dziennie każdy.",
    ),
    "not_2": (
        "It does not say where it is safe: where nobody reports, nothing is known.",
        "Nie mówi, gdzie jest bezpiecznie: gdzie nikt nie zgłasza, tam nic nie wiadomo.",
    ),
    "not_3": (
        "It is not a ranking: most differences between areas are within the intervals shown.",
        "To nie ranking: większość różnic między obszarami mieści się w podanych przedziałach.",
    ),
    "not_4": (
        "It shows no single report: places are shown as cells, small numbers are hidden.",
        "Nie pokazuje pojedynczych zgłoszeń: miejsca to oczka siatki, małe liczby są ukryte.",
    ),
    "not_5": (
        "It judges scatter for the whole city: bursts in one part of it may pass for a hot spot.",
        "Rozrzut ocenia dla całego miasta: serie w jednej jego części mogą uchodzić za skupisko.",
    ),
    "made_of": ("Release {release}, known on {as_of}.", "Wydanie {release}, stan na {as_of}."),
    "licence": ("Licence: {licence}", "Licencja: {licence}"),
    "sources": ("Sources", "Źródła"),
    "feed": ("GeoJSON feed", "Kanał GeoJSON"),
}


def texts_of(lang: str) -> Mapping[str, Text]:
    """Every text in one language.

    Parameters
    ----------
    lang
        One of `LANGUAGES`.

    Raises
    ------
    UsageError
        If the maps do not speak it.
    """
    if lang not in LANGUAGES:
        msg = f"no language {lang!r}: take one of {', '.join(LANGUAGES)}"
        raise UsageError(msg)
    place = list(LANGUAGES).index(lang)
    return {key: texts[place] for key, texts in TEXTS.items()}
