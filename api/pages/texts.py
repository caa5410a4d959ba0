"""What the pages say, in English and Polish. Titles of columns and layers come with the release."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGE_NAMES", "TEXTS", "say"]

LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "pl": "Polski"}

TEXTS: Mapping[str, tuple[str, str]] = {
    # every page
    "skip": ("Skip to the content", "Przejdź do treści"),
    "language": ("Language", "Język"),
    "site": ("Parts of this server", "Części serwisu"),
    "crumbs": ("Where you are", "Ścieżka"),
    "formats": ("This page as", "Ta strona jako"),
    "badge_simulated": ("simulated reports", "zgłoszenia symulowane"),
    "badge_approximate": ("approximate, unofficial beats", "rejony przybliżone, nieurzędowe"),
    "badge_pinned": ("one release for ever", "jedno wydanie na zawsze"),
    "badge_internal": ("internal, not for passing on", "wewnętrzne, nie do przekazywania"),
    "perception": (
        "Reports are perceptions of residents, not crime; no report does not mean safe.",
        "Zgłoszenia to percepcja, nie przestępczość; brak zgłoszeń nie znaczy bezpieczeństwa.",
    ),
    "made_of": ("Release {release}, known on {as_of}.", "Wydanie {release}, stan na {as_of}."),
    "licence": ("Licence", "Licencja"),
    "drawing": ("Tiles and styles", "Kafelki i style"),
    "sources": ("Sources", "Źródła"),
    "nav_map": ("Map", "Mapa"),
    "nav_collections": ("Data", "Dane"),
    "nav_locate": ("Find an address", "Znajdź adres"),
    "nav_priorities": ("Priorities", "Priorytety"),
    "nav_releases": ("Releases", "Wydania"),
    "nav_api": ("API", "API"),
    # words
    "yes": ("yes", "tak"),
    "no": ("no", "nie"),
    "months": (
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    ),
    "hidden": (
        "hidden: so small a number could point at a person",
        "ukryte: tak mała liczba mogłaby wskazać osobę",
    ),
    "status_approximate": ("approximate", "przybliżony"),
    "status_official": ("official", "urzędowy"),
    "unit_reports": ("reports", "zgłoszenia"),
    "unit_episodes": ("episodes", "zdarzenia"),
    "unit_days": ("days", "dni"),
    "unit_months": ("months", "miesiące"),
    "unit_cells": ("cells", "oczka"),
    "unit_persons": ("persons", "osoby"),
    "unit_hours": ("hours", "godziny"),
    "unit_groups": ("groups", "grupy"),
    "unit_areas": ("areas", "obszary"),
    "unit_pairs": ("pairs", "pary"),
    "unit_maps": ("maps", "mapy"),
    "unit_ranks": ("ranks", "pozycje"),
    "unit_day-equivalents": ("day equivalents", "równoważniki dni"),
    "type_string": ("text", "tekst"),
    "type_integer": ("whole number", "liczba całkowita"),
    "type_number": ("number", "liczba"),
    "type_boolean": ("yes or no", "tak lub nie"),
    "type_date": ("day", "dzień"),
    "type_geometry": ("geometry", "geometria"),
    # collections
    "collections": ("Data", "Dane"),
    "collections_lead": (
        "Every layer of this release: look at it as a table with a map, or take it as a file.",
        "Wszystkie warstwy tego wydania: jako tabela z mapą albo jako plik.",
    ),
    "layer": ("Layer", "Warstwa"),
    "features": ("Features", "Obiekty"),
    "geometry": ("Geometry", "Geometria"),
    "covers": ("Covers", "Zakres"),
    "kind": ("Kind", "Rodzaj"),
    "name": ("Name", "Nazwa"),
    "title": ("Title", "Tytuł"),
    "type": ("Type", "Typ"),
    "unit": ("Unit", "Jednostka"),
    "may_miss": ("May be missing", "Może nie być"),
    "look": ("Look at the features", "Zobacz obiekty"),
    "on_the_map": ("On the map", "Na mapie"),
    "what_to_filter": ("What a filter may name", "Co może wymieniać filtr"),
    "schema": ("Schema", "Schemat"),
    "properties": ("Properties", "Właściwości"),
    "method": ("Method", "Metoda"),
    "as_json": ("With all its parameters, as JSON", "Ze wszystkimi parametrami, jako JSON"),
    "about": ("About", "Opis"),
    "box": ("West, south, east, north", "Zachód, południe, wschód, północ"),
    "queryables_lead": (
        "Names for filters, sorting and lists of properties; each is also a parameter.",
        "Nazwy do filtrów, sortowania i list właściwości; każda jest też parametrem.",
    ),
    "schema_lead": ("What each feature holds.", "Co zawiera każdy obiekt."),
    # items
    "choose": ("Choose", "Wybierz"),
    "any": ("any", "dowolne"),
    "choose_level": ("Areas by", "Podział"),
    "choose_period": ("Half-year", "Półrocze"),
    "choose_category_group": ("Category group", "Grupa kategorii"),
    "choose_limit": ("On a page", "Na stronie"),
    "choose_filter": ("Filter (CQL2)", "Filtr (CQL2)"),
    "filter_example": ("for example: {example}", "na przykład: {example}"),
    "show": ("Show", "Pokaż"),
    "matched": ("{first}–{last} of {matched}", "{first}–{last} z {matched}"),
    "matched_none": ("Nothing passes these filters.", "Nic nie spełnia tych warunków."),
    "past_end": ("Nothing here: {matched} in all.", "Tu nic nie ma: łącznie {matched}."),
    "next": ("Next", "Następne"),
    "previous": ("Previous", "Poprzednie"),
    "pages": ("Pages", "Strony"),
    "pages_below": ("Pages, below the table", "Strony, pod tabelą"),
    "some_columns": ("{shown} of {all} columns.", "Kolumny: {shown} z {all}."),
    "all_columns": ("Show all columns", "Pokaż wszystkie"),
    "fewer_columns": ("Show the main columns", "Pokaż główne"),
    "feature": ("Feature", "Obiekt"),
    "value": ("Value", "Wartość"),
    "sort_by": ("Sort by {title}", "Sortuj według: {title}"),
    "show_on_map": ("Show on the map", "Pokaż na mapie"),
    "map_of": ("Map of these features", "Mapa tych obiektów"),
    "map_missing": (
        "The scripts of the map are not installed; the table holds everything.",
        "Skrypty mapy nie są zainstalowane; wszystko jest w tabeli.",
    ),
    "map_needs_script": (
        "The map needs JavaScript; the table does not.",
        "Mapa wymaga JavaScriptu, tabela nie.",
    ),
    "zoom_in": ("Zoom in", "Przybliż"),
    "zoom_out": ("Zoom out", "Oddal"),
    "no_place": ("This row has no place on the map.", "Ten wiersz nie ma miejsca na mapie."),
    # other pages
    "conformance": ("Standards met", "Spełniane standardy"),
    "conformance_lead": (
        "Classes of OGC standards that this server meets.",
        "Klasy standardów OGC, które spełnia ten serwer.",
    ),
    "api": ("API", "API"),
    "api_lead": (
        "Every route with its parameters, as the OpenAPI document tells it (in English).",
        "Wszystkie ścieżki i parametry z dokumentu OpenAPI (po angielsku).",
    ),
    "parameter": ("Parameter", "Parametr"),
    "where": ("In", "Gdzie"),
    "meaning": ("Meaning", "Znaczenie"),
    "in_path": ("path", "ścieżka"),
    "in_query": ("query", "zapytanie"),
    "in_header": ("header", "nagłówek"),
    "required": ("required", "wymagany"),
    "default": ("default", "domyślnie"),
    "answers": ("Answers", "Odpowiedzi"),
    "try_it": ("Open", "Otwórz"),
    "locate": ("Find an address", "Znajdź adres"),
    "locate_lead": (
        "Which beat, rewir and station serve an address.",
        "Który rejon, rewir i komisariat obsługuje adres.",
    ),
    "address": ("Address", "Adres"),
    "address_example": ("Piotrkowska 104", "Piotrkowska 104"),
    "find": ("Find", "Szukaj"),
    "ambiguous": (
        "Several places have this address. Add the number or the full name of the street.",
        "Ten adres pasuje do kilku miejsc. Dodaj numer lub pełną nazwę ulicy.",
    ),
    "similar": (
        "Another spelling than asked for: this is the nearest.",
        "Inna pisownia niż podana: to najbliższy adres.",
    ),
    "area": ("Area", "Obszar"),
    "level": ("Level", "Poziom"),
    "priorities": ("Priorities", "Priorytety"),
    "priorities_lead": (
        "Where plans for {period} could begin: the chosen plans, and candidates by rank, a range.",
        "Od czego zacząć plany na {period}: plany wybrane i kandydaci według pozycji, z zakresem.",
    ),
    "chosen_plans": ("Chosen plans", "Wybrane plany"),
    "chosen_count": (
        "{shown}: the best set for the plans and hours that the weights give, rewir by rewir.",
        "{shown}: najlepszy zestaw na plany i godziny z pliku wag, w każdym rewirze.",
    ),
    "by_rank": ("By rank", "Według pozycji"),
    "faces_differ": (
        "The list of the police can differ from the public one, which does without hidden numbers.",
        "Lista policji może różnić się od publicznej, która powstaje bez ukrytych liczb.",
    ),
    "priorities_note": (
        "The weights of harm ({weights}, version {version}) are an assumption: talk about it.",
        "Wagi szkody ({weights}, wersja {version}) są założeniem: lista służy rozmowie.",
    ),
    "plans": ("Plans", "Plany"),
    "rewir": ("Rewir", "Rewir"),
    "first_of": ("First {shown} of {matched}", "Pierwsze {shown} z {matched}"),
    "beats_without": ("Beats without a candidate", "Rejony bez kandydata"),
    "nothing": ("Nothing.", "Brak."),
    # releases
    "releases": ("Releases", "Wydania"),
    "releases_lead": (
        "A release never changes: what was read in it once can be read again.",
        "Wydanie nigdy się nie zmienia: co w nim raz przeczytano, można przeczytać znowu.",
    ),
    "release": ("Release", "Wydanie"),
    "known_on": ("Known on", "Stan na"),
    "version": ("Built by version", "Wersja programu"),
    "what_to_do": ("Go on", "Dalej"),
    "current": ("current", "bieżące"),
    "changes": ("What changed", "Co się zmieniło"),
    "changes_since": ("What changed since", "Co się od niego zmieniło"),
    "changes_lead": ("From release {since} to release {until}.", "Od wydania {since} do {until}."),
    "by_layer": ("By layer", "Według warstw"),
    "change": ("Change", "Zmiana"),
    "change_added": ("new", "nowe"),
    "change_changed": ("different", "zmienione"),
    "change_gone": ("gone", "usunięte"),
    "no_changes": ("Nothing has changed.", "Nic się nie zmieniło."),
    # catalogue
    "catalogue": ("Catalogue record", "Opis katalogowy"),
    "catalogue_lead": (
        "What portals of open data read: every layer as a data set, in DCAT-AP 3.",
        "Co czytają portale otwartych danych: każda warstwa jako zbiór danych, w DCAT-AP 3.",
    ),
    "publisher": ("Publisher", "Wydawca"),
    "contact": ("Contact", "Kontakt"),
    # one area
    "area_of": ("{level} in {city}", "{level}, {city}"),
    "belongs_to": ("Belongs to", "Należy do"),
    "contact_above": ("Contact of {name}", "Kontakt: {name}"),
    "key_numbers": ("Key numbers", "Najważniejsze liczby"),
    "reports_and_episodes": ("Reports and episodes", "Zgłoszenia i zdarzenia"),
    "against_expected": ("Against the expected", "Wobec oczekiwanych"),
    "year_before": ("Against a year before", "Wobec poprzedniego roku"),
    "q_value": ("q = {q}", "q = {q}"),
    "ahead": ("Ahead", "Prognoza"),
    "likely_confirmed": ("Likely to be confirmed", "Prawdopodobnie potwierdzone"),
    "share_of_verified": (
        "{n} of {all} episodes; of verified ones {value}% (90%: {low}–{high}%)",
        "{n} z {all} zdarzeń; z zweryfikowanych {value}% (90%: {low}–{high}%)",
    ),
    "size_and_people": ("Size", "Wielkość"),
    "size_is": ("{area} km²", "{area} km²"),
    "residents_are": ("residents: {n}", "mieszkańcy: {n}"),
    "area_part": (
        "The data cover only a part of this half-year.",
        "Dane obejmują tylko część tego półrocza.",
    ),
    "area_silent": (
        "Nobody reported anything here in this half-year. That does not make it safe.",
        "W tym półroczu nikt tu niczego nie zgłosił. To nie znaczy, że jest tu bezpiecznie.",
    ),
    "area_hidden": (
        "The numbers of this half-year are hidden: so small that they could point at a person.",
        "Liczby z tego półrocza są ukryte: tak małe, że mogłyby wskazać osobę.",
    ),
    "unassigned_lead": (
        "Reports that lie in the data of the city, but in no area of this level: only counted.",
        "Zgłoszenia z danych miasta, które nie leżą w żadnym obszarze tego poziomu: tylko liczba.",
    ),
    "area_map": ("Map of {name} and its neighbours", "Mapa: {name} i sąsiedztwo"),
    "key_spot": ("hot spot, hatched", "miejsce skupienia, kreskowane"),
    "chart_months": ("Month by month", "Miesiąc po miesiącu"),
    "months_said": (
        (
            "Episodes from {first} to {last}: {total}. The most in a month: {most} ({when}). "
            "Outside the usual range: {outside} of {all} months."
        ),
        (
            "Zdarzenia od {first} do {last}: {total}. Najwięcej w miesiącu: {most} ({when}). "
            "Poza zwykłym zakresem: {outside} z {all} miesięcy."
        ),
    ),
    "months_counted": (
        "Episodes from {first} to {last}: {total}. The most in a month: {most} ({when}).",
        "Zdarzenia od {first} do {last}: {total}. Najwięcej w miesiącu: {most} ({when}).",
    ),
    "month": ("Month", "Miesiąc"),
    "key_episodes": ("episodes", "zdarzenia"),
    "key_city": ("as many residents in the city", "tylu mieszkańców w mieście"),
    "key_usual": ("usual range", "zwykły zakres"),
    "key_outside": ("above the usual range", "powyżej zwykłego zakresu"),
    "key_partial": ("not the whole month", "niepełny miesiąc"),
    "usual_means": (
        (
            "Usual range: nine months of ten lie in it by chance alone while the area keeps its "
            "share of the city's episodes. Shaded: every other half-year."
        ),
        (
            "Zwykły zakres: z samego przypadku leży w nim dziewięć miesięcy na dziesięć, jeśli "
            "udział obszaru w zdarzeniach miasta się nie zmienia. Cień: co drugie półrocze."
        ),
    ),
    "no_months": (
        "There are no numbers by month for this area: hidden, or not made by this release.",
        "Dla tego obszaru nie ma liczb miesięcznych: są ukryte albo nie ma ich to wydanie.",
    ),
    "chart_week": ("Hours of the week", "Godziny tygodnia"),
    "week_said": (
        (
            "Twelve months. By shift: I (6–14) {first}%, II (14–22) {second}%, "
            "III (22–6) {third}%. Busiest: {weekday}; hours {hours}."
        ),
        (
            "Dwanaście miesięcy. Zmiany: I (6–14) {first}%, II (14–22) {second}%, "
            "III (22–6) {third}%. Szczyt: {weekday}; godziny {hours}."
        ),
    ),
    "no_week": (
        "Too few reports here tell when: with fewer than ten, hours would be chance.",
        "Za mało zgłoszeń podaje tu czas: przy mniej niż dziesięciu godziny byłyby przypadkiem.",
    ),
    "weekday": ("Weekday", "Dzień tygodnia"),
    "weekdays": ("Mon Tue Wed Thu Fri Sat Sun", "pon wto śro czw pią sob nie"),
    "shift": ("Shift", "Zmiana"),
    "chart_groups": ("Groups against the city", "Grupy na tle miasta"),
    "groups_said": (
        (
            "Ratio to what is expected here, with its 90% interval. Surely above the city: "
            "{above}. Surely below: {below}."
        ),
        (
            "Krotność tego, czego tu oczekiwano, z przedziałem 90%. Na pewno powyżej miasta: "
            "{above}. Na pewno poniżej: {below}."
        ),
    ),
    "none_of_them": ("none", "żadna"),
    "ratio": ("Ratio", "Krotność"),
    "area_hotspots": ("Hot spots, twelve months to {until}", "Miejsca skupienia, rok do {until}"),
    "no_hotspots_here": (
        "No hot spot: nothing here stands out beyond chance.",
        "Brak miejsc skupienia: nic tu nie wykracza ponad przypadek.",
    ),
    "pattern": ("Pattern", "Wzorzec"),
    "peak": ("Peak", "Szczyt"),
    "partners": ("Partners", "Partnerzy"),
    "place": ("Place", "Miejsce"),
    "class": ("Class", "Klasa"),
    "episodes": ("Episodes", "Zdarzenia"),
    "plan_proposals": ("Proposals for a plan, {period}", "Propozycje planu na {period}"),
    "not_a_decision": (
        "Proposals, not a decision: what a plan could be about, to be talked over.",
        "Propozycje, nie decyzja: czego mógłby dotyczyć plan, do rozmowy.",
    ),
    "no_proposals": ("No proposal for a plan here.", "Brak propozycji planu."),
    "rank_in_city": ("Rank in the city (90%)", "Pozycja w mieście (90%)"),
    "in_words": ("In words", "Słowami"),
    "backlog": ("Waiting on {day}", "Oczekujące na {day}"),
    "backlog_new": ("New", "Nowe"),
    "backlog_verification": ("In verification", "W weryfikacji"),
    "backlog_late": (
        "{n}, of them {late} for more than {days} days",
        "{n}, w tym od ponad {days} dni: {late}",
    ),
    "neighbours": ("Neighbours", "Sąsiedzi"),
    "no_neighbours": ("It borders on no other.", "Nie graniczy z innym."),
    "hidden_short": ("hidden", "ukryte"),
    "all_of_them": ("All {n}", "Wszystkie ({n})"),
    "same_rows": ("Exactly these numbers", "Dokładnie te liczby"),
    "in_explorer": ("On the map of the city", "Na mapie miasta"),
    "outline": ("Outline", "Granica"),
    "public_hides": ("What the public numbers leave out", "Czego nie ma w danych publicznych"),
    "as_table": ("As a table", "Jako tabela"),
    # problems
    "problem_code": ("Code for programs", "Kod dla programów"),
    "suggestions": ("Near are", "Podobne"),
    "go_on": ("Go on", "Dalej"),
    "to_collections": ("See what there is", "Zobacz, co jest"),
    "to_map": ("Go to the map", "Przejdź do mapy"),
    "to_api": ("Look up routes and parameters", "Sprawdź ścieżki i parametry"),
}


def say(language: str, key: str, **values: object) -> str:
    """A text in a language, its gaps filled.

    Parameters
    ----------
    language
        ``en`` or ``pl``.
    key
        A key of `TEXTS`.
    **values
        What fills the gaps.
    """
    text = TEXTS[key][0 if language == "en" else 1]
    return text.format_map(values) if values else text
