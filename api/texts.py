"""What the server says when it cannot answer: status and text of every problem, in English.

The codes are stable: programs may rely on them. The texts are for people and may improve;
``api/locale`` holds them in other languages.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from geo.languages import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EXPECTED",
    "PROBLEMS",
    "TITLES",
    "ProblemText",
    "expected_text",
    "library_text",
    "near_text",
    "problem_text",
    "status_title",
]


class ProblemText(NamedTuple):
    """A status and the text that goes with it, a template for the values of the case."""

    status: int
    text: str


PROBLEMS: Mapping[str, ProblemText] = {
    "unknown-parameter": ProblemText(
        400, "There is no parameter {parameter!r} here. Allowed are: {allowed}."
    ),
    "repeated-parameter": ProblemText(
        400, "The parameter {parameter!r} is given more than once. Give it once."
    ),
    "bad-value": ProblemText(400, "{parameter}={value!r} cannot be used. Give {expected}."),
    "missing-parameter": ProblemText(400, "Give {expected}."),
    "filter-syntax": ProblemText(400, "{parameter} cannot be read at {there!r}."),
    "filter-property": ProblemText(
        400, "{parameter} names {name!r}, which is no property here. There are: {allowed}."
    ),
    "filter-type": ProblemText(
        400, "In {parameter}, {operator} takes {wanted}, and was given {found}."
    ),
    "filter-function": ProblemText(
        400, "In {parameter}, {name!r} is not served. There are: {allowed}."
    ),
    "filter-geometry": ProblemText(400, "In {parameter}, the geometry {value} cannot be used."),
    "filter-time": ProblemText(400, "In {parameter}, {value} is no time."),
    "filter-size": ProblemText(400, "{parameter} is too large: at most {most} {what}."),
    "filter-crs": ProblemText(
        400, "{parameter} names {value!r}, which is not served. There are: {allowed}."
    ),
    "bad-form": ProblemText(
        400, "The body is no form. Write q=… or lon=…&lat=…, percent-encoded, in UTF-8."
    ),
    "bad-host": ProblemText(400, "The Host header names no host."),
    "no-key": ProblemText(
        401,
        "This needs a key with the scope {scope}. Send it as Authorization: Bearer or X-API-Key.",
    ),
    "bad-key": ProblemText(401, "This is no key of this server, or more than one key was sent."),
    "expired-key": ProblemText(401, "This key has expired. Ask the operator for another."),
    "revoked-key": ProblemText(401, "This key was revoked. Ask the operator for another."),
    "missing-scope": ProblemText(
        403, "This key lacks the scope {scope}. Without a key you read the public face."
    ),
    "public-only": ProblemText(403, "This server has the public face only. Ask without a key."),
    "metrics-closed": ProblemText(
        403, "Metrics are for this machine, or for a key with the scope metrics:read."
    ),
    "no-route": ProblemText(
        404, "There is nothing at this address. The landing page / links to everything there is."
    ),
    "no-collection": ProblemText(404, "There is no collection {name!r}. There are: {allowed}."),
    "no-map": ProblemText(404, "There is no map of {name!r}. There are: {allowed}."),
    "no-such-release": ProblemText(
        404, "This server has no release {name!r}. /releases lists those it has."
    ),
    "no-feature": ProblemText(404, "The collection {collection!r} has no feature {name!r}."),
    "no-rewir": ProblemText(404, "There is no rewir {name!r}. There are: {allowed}."),
    "no-plan-period": ProblemText(
        404, "There are no plan candidates for {name}. There are for: {allowed}."
    ),
    "no-shapes": ProblemText(
        404, "The collection {name!r} has no shapes: there are no tiles and no styles of it."
    ),
    "no-priorities": ProblemText(
        404, "This release has no plan candidates. `rewir build` makes them."
    ),
    "no-area": ProblemText(404, "There is no area {name!r} at the level {level!r}.{near}"),
    "no-address": ProblemText(404, "There is no address {query!r} in this city's register.{near}"),
    "no-addresses": ProblemText(
        404, "This city has no address register. Look up a point by lon and lat."
    ),
    "outside": ProblemText(
        404, "No area of the city holds the point lon {lon}, lat {lat}. The city spans {bbox}."
    ),
    "bad-method": ProblemText(405, "This address takes no other method than {allowed}."),
    "not-acceptable": ProblemText(
        406, "None of the media types asked for is offered. There are: {allowed}."
    ),
    "simulated-and-real": ProblemText(
        409, "Simulated and real reports cannot lie in one store. Nothing was stored."
    ),
    "too-large": ProblemText(413, "The body is larger than {most} MiB. Send it in parts."),
    "long-address": ProblemText(
        414, "The address is longer than {most} characters. Ask for less at a time."
    ),
    "long-form": ProblemText(413, "A question has at most {most} bytes."),
    "bad-body-type": ProblemText(415, "A body is taken here as {allowed}."),
    "bad-range": ProblemText(
        416, "The range {range} begins after the end: there are {size} bytes."
    ),
    "unreadable": ProblemText(422, "What was sent cannot be read."),
    "too-many": ProblemText(429, "Too many requests. Wait {seconds} s."),
    "long-headers": ProblemText(431, "The headers are longer than {most} bytes together."),
    "internal": ProblemText(500, "Something went wrong on our side. The server's log tells what."),
    "no-release": ProblemText(
        503, "There is no release yet. `rewir build` makes one; this server will notice it."
    ),
    "busy": ProblemText(503, "The server is busy. Ask again in a moment."),
    "too-slow": ProblemText(
        503, "The answer was not ready in {seconds} s. Ask for less, or ask again."
    ),
    "city": ProblemText(
        503, "This server's city does not fit its store. The server's log tells why."
    ),
    "no-assets": ProblemText(
        503, "The scripts of the maps are not installed. `make assets` installs them."
    ),
    "store": ProblemText(503, "The store cannot be read now. The server's log tells why."),
}

EXPECTED: Mapping[str, str] = {
    "parameter": "the parameter {parameter!r}",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number such as 0.5",
    "boolean": "true or false",
    "date": "a date such as 2026-02-01",
    "at-least": "a whole number from {ge}",
    "up-to": "a whole number from 1 to {most}",
    "plan-period": "a period such as {known}",
    "choice": "one of {allowed}",
    "months": "first and last month from {first} to {last}, such as {last}/{last}",
    "lon": "a longitude from -180 to 180",
    "lat": "a latitude from -90 to 90",
    "address": "an address of up to 200 characters, such as Piotrkowska 104",
    "place": "either q with an address or lon and lat with a point",
    "bbox": "west,south,east,north in degrees (or six numbers with heights), south below north",
    "moment": "a day or a time, such as 2026-07-01 or 2026-07-01T06:00Z",
    "datetime": "a date, an RFC 3339 time, or an interval of them such as 2026-02-01/..",
}

TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    413: "Content too large",
    414: "URI too long",
    415: "Unsupported media type",
    416: "Range not satisfiable",
    422: "Unprocessable content",
    429: "Too many requests",
    431: "Request header fields too large",
    500: "Internal server error",
    503: "Service unavailable",
}

_PACKAGE = Path(__file__).parent
_PROBLEMS = Texts(
    {code: problem.text for code, problem in PROBLEMS.items()},
    context="problems",
    package=_PACKAGE,
)
_EXPECTED = Texts(EXPECTED, context="expected", package=_PACKAGE)
_TITLES = Texts(
    {str(status): title for status, title in TITLES.items()}, context="titles", package=_PACKAGE
)
_ADDED = Texts(
    {"near": " Near are: {near}.", "library": "{message}"}, context="added", package=_PACKAGE
)


def problem_text(code: str, language: str, **values: object) -> str:
    """What is wrong and what to do.

    Parameters
    ----------
    code
        A key of `PROBLEMS`.
    language
        One of `geo.languages.LANGUAGES`.
    **values
        What fills the gaps.
    """
    return _PROBLEMS.say(language, code, **values)


def expected_text(name: str, language: str, **values: object) -> str:
    """What a parameter takes.

    Parameters
    ----------
    name
        A key of `EXPECTED`.
    language
        One of `geo.languages.LANGUAGES`.
    **values
        What fills the gaps.
    """
    return _EXPECTED.say(language, name, **values)


def near_text(language: str, near: str) -> str:
    """What is added to a problem that has suggestions."""
    return _ADDED.say(language, "near", near=near)


def library_text(language: str, message: str) -> str:
    """What `geo` says of an error, in English, and that it is English."""
    return _ADDED.say(language, "library", message=message)


def status_title(status: int, language: str) -> str:
    """The name of an HTTP status."""
    return _TITLES.say(language, str(status))
