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
    "bad-host": ProblemText(
        400,
        "The Host header names no host.",
        "Nagłówek Host nie zawiera nazwy hosta.",
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
    "no-feature": ProblemText(
        404,
        "The collection {collection!r} has no feature {name!r}.",
        "W kolekcji {collection!r} nie ma obiektu {name!r}.",
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
        "This address can only be read: GET or HEAD.",
        "Ten adres można tylko czytać: GET lub HEAD.",
    ),
    "not-acceptable": ProblemText(
        406,
        "None of the media types asked for is offered. There are: {allowed}.",
        "Żaden z żądanych typów nie jest dostępny. Są: {allowed}.",
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
    "string": {"en": "a text", "pl": "tekst"},
    "integer": {"en": "a whole number", "pl": "liczba całkowita"},
    "number": {"en": "a number such as 0.5", "pl": "liczba, na przykład 0.5"},
    "boolean": {"en": "true or false", "pl": "true albo false"},
    "date": {"en": "a date such as 2026-02-01", "pl": "data, na przykład 2026-02-01"},
    "at-least": {"en": "a whole number from {ge}", "pl": "liczba całkowita od {ge}"},
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
    "datetime": {
        "en": "a date, an RFC 3339 time, or an interval of them such as 2026-02-01/..",
        "pl": "data, czas RFC 3339 albo ich przedział, na przykład 2026-02-01/..",
    },
}

TITLES: Mapping[int, Mapping[str, str]] = {
    400: {"en": "Bad request", "pl": "Błędne żądanie"},
    404: {"en": "Not found", "pl": "Nie znaleziono"},
    405: {"en": "Method not allowed", "pl": "Niedozwolona metoda"},
    406: {"en": "Not acceptable", "pl": "Brak żądanej postaci"},
    500: {"en": "Internal server error", "pl": "Błąd serwera"},
    503: {"en": "Service unavailable", "pl": "Usługa niedostępna"},
}

NEAR: Mapping[str, str] = {"en": " Near are: {near}.", "pl": " Podobne: {near}."}
"""What is added to a problem that has suggestions."""
