"""In which format and coordinate system features are answered: `f`, `Accept` and `crs`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.crs import OutputCrs
from api.errors import ApiError
from api.links import GEOJSON, HTML, JSON
from api.negotiation import best_media_type
from geo.formats.coordinates import CRS84
from geo.formats.jsonfg import PROFILE
from geo.formats.registry import FORMATS, Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geo.formats.extract import Extract

__all__ = [
    "CONFORMS_TO",
    "CONTENT",
    "CONTENT_OF_ONE",
    "AnswerFormat",
    "Answered",
    "AnsweredOne",
    "content_crs",
    "page_headers",
    "streamed",
]

CONFORMS_TO = ("http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",)
"""Classes of OGC 18-058r1 (Features, Part 2) that the answers meet."""


def _described(model: str, formats: Iterable[Format]) -> dict[int | str, dict[str, Any]]:
    """What the API document says of the answer of a route that has these formats."""
    named = {"schema": {"$ref": f"#/components/schemas/{model}"}}
    binary = {"schema": {"type": "string", "format": "binary"}}
    content = {
        media_type: named if entry.write_one else binary
        for entry in formats
        for media_type in (entry.media_type, *entry.accepts)
    }
    crs = {
        "description": "The coordinate system of the coordinates, in angle brackets.",
        "schema": {"type": "string"},
    }
    return {200: {"content": content, "headers": {"Content-Crs": crs}}}


CONTENT = _described("FeatureCollection", FORMATS.values())
CONTENT_OF_ONE = _described("Feature", [each for each in FORMATS.values() if each.write_one])

_OFFERS: dict[str, Format] = {
    media_type: entry
    for entry in FORMATS.values()
    for media_type in (entry.media_type, *entry.accepts)
    # JSON-FG has the media type of GeoJSON, which stays what a client gets that asks for it.
    if entry.id != "jsonfg" or media_type != GEOJSON
}

FormatName = Literal["json", "geojson", "geojsonseq", "jsonfg", "csv", "xlsx", "fgb", "gpkg", "parquet", "html"]  # fmt: skip  # noqa: E501
OneFormatName = Literal["json", "geojson", "jsonfg", "html"]


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """The format of an answer, its name for the client, and the coordinate system."""

    format: Format
    media_type: str
    crs: str = CRS84

    @property
    def plain(self) -> bool:
        """Whether it is GeoJSON as the build has encoded it."""
        return self.format.id == "geojson" and self.crs == CRS84

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, on which nothing but the map has coordinates."""
        return self.media_type == HTML

    @property
    def is_json(self) -> bool:
        """Whether the answer has room for links and counts of its own."""
        return self.format.id in {"geojson", "jsonfg"}

    @property
    def is_file(self) -> bool:
        """Whether it is saved rather than paged through: who takes one wants all of it."""
        return not (self.is_page or self.is_json)


async def answered(
    request: Request,
    crs: OutputCrs,
    f: Annotated[
        FormatName | None,
        Query(description="The format of the answer; without it, Accept decides."),
    ] = None,
) -> AnswerFormat:
    """How a list of features is answered."""
    return _choose(request, f, _OFFERS, crs=crs)


async def answered_one(
    request: Request,
    crs: OutputCrs,
    f: Annotated[
        OneFormatName | None,
        Query(description="The format of the answer; without it, Accept decides."),
    ] = None,
) -> AnswerFormat:
    """How one feature is answered."""
    offers = {media_type: entry for media_type, entry in _OFFERS.items() if entry.write_one}
    return _choose(request, f, offers, crs=crs)


Answered = Annotated[AnswerFormat, Depends(answered)]
AnsweredOne = Annotated[AnswerFormat, Depends(answered_one)]


def streamed(extract: Extract, chosen: AnswerFormat, *, headers: Mapping[str, str]) -> Response:
    """Features in their format, sent as they are made, and headers beside the usual ones.

    What cannot be written at all is refused before the first byte.
    """
    chunks = chosen.format.write(extract)
    first = list(islice(chunks, 1))
    return StreamingResponse(
        chain(first, chunks),
        media_type=chosen.media_type,
        headers={
            **content_crs(extract.crs),
            **_disposition(chosen.format, extract.collection.id),
            **headers,
        },
    )


def content_crs(crs: str) -> dict[str, str]:
    """The header that says which coordinate system an answer is in."""
    return {"Content-Crs": f"<{crs}>"}


def page_headers(
    links: Sequence[Mapping[str, str]], *, chosen: AnswerFormat, matched: int, returned: int
) -> dict[str, str]:
    """What a page says of itself where its format has no room for it."""
    if chosen.is_json:
        return {"Link": f'<{PROFILE}>; rel="profile"'} if chosen.format.id == "jsonfg" else {}
    told = [f'<{each["href"]}>; rel="{each["rel"]}"; type="{each["type"]}"' for each in links]
    return {
        "Link": ", ".join(told),
        "OGC-NumberMatched": str(matched),
        "OGC-NumberReturned": str(returned),
    }


def _choose(
    request: Request, f: str | None, offers: Mapping[str, Format], *, crs: str
) -> AnswerFormat:
    """The format that is named, else the one that the client likes best.

    Raises
    ------
    ApiError
        If it accepts none.
    """
    media_type = best_media_type(request.headers.get("accept", ""), [*offers, HTML])
    if f == "html" or (f is None and media_type == HTML):
        return AnswerFormat(FORMATS["geojson"], HTML, crs)
    if f is not None:
        named = FORMATS["geojson" if f == "json" else f]
        return AnswerFormat(named, named.media_type, crs)
    if media_type is None:
        allowed = [*offers, HTML]
        raise ApiError(code="not-acceptable", allowed=allowed, show=("allowed",))
    return AnswerFormat(offers[media_type], media_type, crs)


def _disposition(entry: Format, name: str) -> dict[str, str]:
    """A file is saved under its name; what a browser can show is shown."""
    if entry.media_type in {GEOJSON, JSON}:
        return {}
    return {"Content-Disposition": f'attachment; filename="{name}{entry.suffixes[0]}"'}
