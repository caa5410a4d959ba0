"""What the server says when it cannot answer: status and text of every problem, en and pl.

The codes are stable: programs may rely on them. The texts are for people and may improve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXPECTED", "NEAR", "PROBLEMS", "TITLES", "ProblemText"]


class ProblemText(NamedTuple):
    """A status and the text that goes with it, a template for the values of the case."""

    status: int
    en: str
    pl: str


PROBLEMS: Mapping[str, ProblemText] = {
    "unknown-parameter": ProblemText(
        400,
        "There is no parameter {parameter!r} here. Allowed are: {allowed}.",
        "Nie ma tu parametru {parameter!r}. Dozwolone: {allowed}.",
    ),
    "repeated-parameter": ProblemText(
        400,
        "The parameter {parameter!r} is given more than once. Give it once.",
        "Parametr {parameter!r} podano więcej niż raz. Podaj go raz.",
    ),
    "bad-value": ProblemText(
        400,
        "{parameter}={value!r} cannot be used. Give {expected}.",
        "Wartości {parameter}={value!r} nie można użyć. Podaj: {expected}.",
    ),
    "missing-parameter": ProblemText(
        400,
        "Give {expected}.",
        "Podaj: {expected}.",
    ),
    "filter-syntax": ProblemText(
        400,
        "{parameter} cannot be read at {there!r}.",
        "Parametru {parameter} nie można odczytać w miejscu {there!r}.",
    ),
    "filter-property": ProblemText(
        400,
        "{parameter} names {name!r}, which is no property here. There are: {allowed}.",
        "Parametr {parameter} wymienia {name!r}, a takiej właściwości tu nie ma. Są: {allowed}.",
    ),
    "filter-type": ProblemText(
        400,
        "In {parameter}, {operator} takes {wanted}, and was given {found}.",
        "W parametrze {parameter} operator {operator} nie pasuje do typów: {found} "
        "(oczekiwano: {wanted}).",
    ),
    "filter-function": ProblemText(
        400,
        "In {parameter}, {name!r} is not served. There are: {allowed}.",
        "W parametrze {parameter} nie ma funkcji {name!r}. Są: {allowed}.",
    ),
    "filter-geometry": ProblemText(
        400,
        "In {parameter}, the geometry {value} cannot be used.",
        "W parametrze {parameter} nie można użyć geometrii {value}. Musi być poprawna, niepusta "
        "i leżeć na kuli ziemskiej; sprawdź też filter-crs i kolejność osi.",
    ),
    "filter-time": ProblemText(
        400,
        "In {parameter}, {value} is no time.",
        "W parametrze {parameter} {value} nie jest dniem, chwilą ani przedziałem. Napisz "
        "DATE('2026-02-01') albo TIMESTAMP('2026-02-01T08:00:00Z').",
    ),
    "filter-size": ProblemText(
        400,
        "{parameter} is too large: at most {most} {what}.",
        "Parametr {parameter} jest zbyt rozbudowany: najwyżej {most} ({what}).",
    ),
    "filter-crs": ProblemText(
        400,
        "{parameter} names {value!r}, which is not served. There are: {allowed}.",
        "Parametr {parameter} wymienia nieobsługiwany układ {value!r}. Są: {allowed}.",
    ),
    "bad-host": ProblemText(
        400,
        "The Host header names no host.",
        "Nagłówek Host nie zawiera nazwy hosta.",
    ),
    "no-key": ProblemText(
        401,
        "This needs a key with the scope {scope}. Send it as Authorization: Bearer or X-API-Key.",
        "Potrzebny jest klucz z zakresem {scope}. Prześlij go jako Authorization: Bearer "
        "lub X-API-Key.",
    ),
    "bad-key": ProblemText(
        401,
        "This is no key of this server, or more than one key was sent.",
        "To nie jest klucz tego serwera albo przesłano więcej niż jeden klucz.",
    ),
    "expired-key": ProblemText(
        401,
        "This key has expired. Ask the operator for another.",
        "Ten klucz wygasł. Poproś operatora o nowy.",
    ),
    "revoked-key": ProblemText(
        401,
        "This key was revoked. Ask the operator for another.",
        "Ten klucz unieważniono. Poproś operatora o nowy.",
    ),
    "missing-scope": ProblemText(
        403,
        "This key lacks the scope {scope}. Without a key you read the public face.",
        "Ten klucz nie ma zakresu {scope}. Bez klucza czyta się dane publiczne.",
    ),
    "public-only": ProblemText(
        403,
        "This server has the public face only. Ask without a key.",
        "Ten serwer ma tylko dane publiczne. Zapytaj bez klucza.",
    ),
    "metrics-closed": ProblemText(
        403,
        "Metrics are for this machine, or for a key with the scope metrics:read.",
        "Metryki są tylko dla tej maszyny albo dla klucza z zakresem metrics:read.",
    ),
    "no-route": ProblemText(
        404,
        "There is nothing at this address. The landing page / links to everything there is.",
        "Pod tym adresem niczego nie ma. Strona główna / prowadzi do wszystkiego, co jest.",
    ),
    "no-collection": ProblemText(
        404,
        "There is no collection {name!r}. There are: {allowed}.",
        "Nie ma kolekcji {name!r}. Są: {allowed}.",
    ),
    "no-such-release": ProblemText(
        404,
        "This server has no release {name!r}. /releases lists those it has.",
        "Ten serwer nie ma wydania {name!r}. Listę wydań daje /releases.",
    ),
    "no-feature": ProblemText(
        404,
        "The collection {collection!r} has no feature {name!r}.",
        "W kolekcji {collection!r} nie ma obiektu {name!r}.",
    ),
    "no-rewir": ProblemText(
        404,
        "There is no rewir {name!r}. There are: {allowed}.",
        "Nie ma rewiru {name!r}. Są: {allowed}.",
    ),
    "no-plan-period": ProblemText(
        404,
        "There are no plan candidates for {name}. There are for: {allowed}.",
        "Nie ma kandydatów do planów na okres {name}. Są na: {allowed}.",
    ),
    "no-shapes": ProblemText(
        404,
        "The collection {name!r} has no shapes: there are no tiles and no styles of it.",
        "Kolekcja {name!r} nie ma kształtów, więc nie ma jej kafelków ani stylów.",
    ),
    "no-priorities": ProblemText(
        404,
        "This release has no plan candidates. `rewir build` makes them.",
        "To wydanie nie ma kandydatów do planów. Utworzy je `rewir build`.",
    ),
    "no-address": ProblemText(
        404,
        "There is no address {query!r} in this city's register.{near}",
        "W rejestrze adresów tego miasta nie ma {query!r}.{near}",
    ),
    "no-addresses": ProblemText(
        404,
        "This city has no address register. Look up a point by lon and lat.",
        "To miasto nie ma rejestru adresów. Wyszukaj punkt, podając lon i lat.",
    ),
    "outside": ProblemText(
        404,
        "No area of the city holds the point lon {lon}, lat {lat}. The city spans {bbox}.",
        "Punkt lon {lon}, lat {lat} nie leży w żadnym obszarze miasta. Miasto zajmuje {bbox}.",
    ),
    "bad-method": ProblemText(
        405,
        "This address takes no other method than {allowed}.",
        "Ten adres przyjmuje tylko metody {allowed}.",
    ),
    "not-acceptable": ProblemText(
        406,
        "None of the media types asked for is offered. There are: {allowed}.",
        "Żaden z żądanych typów nie jest dostępny. Są: {allowed}.",
    ),
    "simulated-and-real": ProblemText(
        409,
        "Simulated and real reports cannot lie in one store. Nothing was stored.",
        "Zgłoszenia symulowane i prawdziwe nie mogą leżeć razem. Niczego nie zapisano.",
    ),
    "too-large": ProblemText(
        413,
        "The body is larger than {most} MiB. Send it in parts.",
        "Treść ma więcej niż {most} MiB. Prześlij ją w częściach.",
    ),
    "long-address": ProblemText(
        414,
        "The address is longer than {most} characters. Ask for less at a time.",
        "Adres ma więcej niż {most} znaków. Zapytaj o mniej naraz.",
    ),
    "bad-body-type": ProblemText(
        415,
        "Reports are taken as {allowed}.",
        "Zgłoszenia są przyjmowane jako {allowed}.",
    ),
    "bad-range": ProblemText(
        416,
        "The range {range} begins after the end: there are {size} bytes.",
        "Zakres {range} zaczyna się za końcem: bajtów jest {size}.",
    ),
    "unreadable": ProblemText(
        422,
        "What was sent cannot be read.",
        "Przesłanych danych nie można odczytać.",
    ),
    "too-many": ProblemText(
        429,
        "Too many requests. Wait {seconds} s.",
        "Zbyt wiele zapytań. Odczekaj {seconds} s.",
    ),
    "long-headers": ProblemText(
        431,
        "The headers are longer than {most} bytes together.",
        "Nagłówki mają razem więcej niż {most} bajtów.",
    ),
    "internal": ProblemText(
        500,
        "Something went wrong on our side. The server's log tells what.",
        "Coś zawiodło po naszej stronie. Szczegóły są w dzienniku serwera.",
    ),
    "no-release": ProblemText(
        503,
        "There is no release yet. `rewir build` makes one; this server will notice it.",
        "Nie ma jeszcze wydania. Utworzy je `rewir build`; serwer sam je zauważy.",
    ),
    "busy": ProblemText(
        503,
        "The server is busy. Ask again in a moment.",
        "Serwer jest zajęty. Zapytaj ponownie za chwilę.",
    ),
    "too-slow": ProblemText(
        503,
        "The answer was not ready in {seconds} s. Ask for less, or ask again.",
        "Odpowiedź nie była gotowa w {seconds} s. Zapytaj o mniej albo ponownie.",
    ),
    "city": ProblemText(
        503,
        "This server's city does not fit its store. The server's log tells why.",
        "Miasto tego serwera nie pasuje do jego danych. Przyczyna jest w dzienniku serwera.",
    ),
    "no-assets": ProblemText(
        503,
        "The scripts of the maps are not installed. `make assets` installs them.",
        "Skrypty map nie są zainstalowane. Zainstaluje je `make assets`.",
    ),
    "store": ProblemText(
        503,
        "The store cannot be read now. The server's log tells why.",
        "Nie można teraz odczytać danych. Przyczyna jest w dzienniku serwera.",
    ),
}

EXPECTED: Mapping[str, Mapping[str, str]] = {
    "parameter": {"en": "the parameter {parameter!r}", "pl": "parametr {parameter!r}"},
    "string": {"en": "a text", "pl": "tekst"},
    "integer": {"en": "a whole number", "pl": "liczba całkowita"},
    "number": {"en": "a number such as 0.5", "pl": "liczba, na przykład 0.5"},
    "boolean": {"en": "true or false", "pl": "true albo false"},
    "date": {"en": "a date such as 2026-02-01", "pl": "data, na przykład 2026-02-01"},
    "at-least": {"en": "a whole number from {ge}", "pl": "liczba całkowita od {ge}"},
    "up-to": {
        "en": "a whole number from 1 to {most}",
        "pl": "liczba całkowita od 1 do {most}",
    },
    "plan-period": {"en": "a period such as {known}", "pl": "okres, na przykład {known}"},
    "choice": {"en": "one of {allowed}", "pl": "jedno z: {allowed}"},
    "lon": {"en": "a longitude from -180 to 180", "pl": "długość geograficzna od -180 do 180"},
    "lat": {"en": "a latitude from -90 to 90", "pl": "szerokość geograficzna od -90 do 90"},
    "address": {
        "en": "an address of up to 200 characters, such as Piotrkowska 104",
        "pl": "adres do 200 znaków, na przykład Piotrkowska 104",
    },
    "place": {
        "en": "either q with an address or lon and lat with a point",
        "pl": "albo q z adresem, albo lon i lat z punktem",
    },
    "bbox": {
        "en": "west,south,east,north in degrees (or six numbers with heights), south below north",
        "pl": "zachód,południe,wschód,północ w stopniach (lub sześć liczb z wysokościami)",
    },
    "moment": {
        "en": "a day or a time, such as 2026-07-01 or 2026-07-01T06:00Z",
        "pl": "dzień lub czas, na przykład 2026-07-01 albo 2026-07-01T06:00Z",
    },
    "datetime": {
        "en": "a date, an RFC 3339 time, or an interval of them such as 2026-02-01/..",
        "pl": "data, czas RFC 3339 albo ich przedział, na przykład 2026-02-01/..",
    },
}

TITLES: Mapping[int, Mapping[str, str]] = {
    400: {"en": "Bad request", "pl": "Błędne żądanie"},
    401: {"en": "Unauthorized", "pl": "Brak uwierzytelnienia"},
    403: {"en": "Forbidden", "pl": "Brak uprawnień"},
    404: {"en": "Not found", "pl": "Nie znaleziono"},
    405: {"en": "Method not allowed", "pl": "Niedozwolona metoda"},
    406: {"en": "Not acceptable", "pl": "Brak żądanej postaci"},
    409: {"en": "Conflict", "pl": "Konflikt"},
    413: {"en": "Content too large", "pl": "Zbyt duża treść"},
    414: {"en": "URI too long", "pl": "Zbyt długi adres"},
    415: {"en": "Unsupported media type", "pl": "Nieobsługiwany typ treści"},
    416: {"en": "Range not satisfiable", "pl": "Zakres poza treścią"},
    422: {"en": "Unprocessable content", "pl": "Nieczytelna treść"},
    429: {"en": "Too many requests", "pl": "Zbyt wiele zapytań"},
    431: {"en": "Request header fields too large", "pl": "Zbyt długie nagłówki"},
    500: {"en": "Internal server error", "pl": "Błąd serwera"},
    503: {"en": "Service unavailable", "pl": "Usługa niedostępna"},
}

NEAR: Mapping[str, str] = {"en": " Near are: {near}.", "pl": " Podobne: {near}."}
"""What is added to a problem that has suggestions."""
