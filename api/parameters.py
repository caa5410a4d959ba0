"""Query parameters of features: pages, boxes, times, and properties as filters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from pydantic import WithJsonSchema

from api.crs import WantedBox
from api.deps import CurrentCollection, CurrentRelease, check_parameters, documented_parameters
from api.errors import ApiError
from api.filtering import Order, Written, read_filter
from geo.errors import UsageError
from geo.filters.times import local_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.filters.compile import Filter
    from geo.filters.sorting import SortKey
    from geo.release.reader import Collection
    from geo.release.selection import Box, Interval

__all__ = [
    "FILTER_PARAMETERS",
    "FeatureFilters",
    "Filters",
    "Page",
    "PageFormat",
    "PageOfFeatures",
    "parse_interval",
]

DEFAULT_LIMIT = 100

PageFormat = Annotated[
    Literal["json", "html"] | None,
    Query(description="The format of the answer; without it, Accept decides."),
]
"""`f` of what is JSON for programs and a page for people."""

FILTER_PARAMETERS: tuple[Mapping[str, Any], ...] = (
    *(
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": f"Only features with this `{name}`, where the collection has it.",
            "schema": {"type": "string"},
            "example": example,
        }
        for name, example in (("level", "beat"), ("period", "2026H1"), ("category_group", "all"))
    ),
    {
        "name": "filters",
        "in": "query",
        "required": False,
        "style": "form",
        "explode": True,
        "description": "Every property of the collection filters by equality, by its own name.",
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "example": {"area_id": "IV-3"},
    },
)
"""How OpenAPI says that names of parameters depend on the collection.

GDAL lets the server compare only what stands here by its name, so what is compared most does.
"""

_INSTANT = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
_TIME_SCHEMA = WithJsonSchema(
    {
        "type": "string",
        "pattern": rf"^({_INSTANT}|{_INSTANT}/({_INSTANT}|\.\.)?|(\.\.)?/{_INSTANT})$",
        "examples": ["2026-02-01/..", "2026-03-15"],
    }
)
_DAY_AND_T = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")


@dataclass(frozen=True, slots=True)
class PageOfFeatures:
    """Which part of the features that match is wanted."""

    limit: int
    offset: int


async def page_of_features(
    request: Request,
    limit: Annotated[
        int,
        Query(
            ge=1,
            description="Features on a page; more than the server's most means its most. A file "
            "holds all that match where this is not given.",
        ),
    ] = DEFAULT_LIMIT,
    offset: Annotated[int, Query(ge=0, description="Features to leave out before.")] = 0,
) -> PageOfFeatures:
    """The page that is asked for, no larger than the server gives."""
    return PageOfFeatures(min(limit, request.app.state.settings.max_limit), offset)


Page = Annotated[PageOfFeatures, Depends(page_of_features)]


@dataclass(frozen=True, slots=True)
class FeatureFilters:
    """What `Collection.select` takes."""

    equals: Mapping[str, str]
    bbox: Box | None
    interval: Interval | None
    where: Filter | None
    order: tuple[SortKey, ...]


def feature_filters(
    request: Request,
    release: CurrentRelease,
    collection: CurrentCollection,
    written: Written,
    order: Order,
    box: WantedBox,
    when: Annotated[
        str | None,
        Query(
            alias="datetime",
            description="Only features whose time meets this date, RFC 3339 time or interval; "
            "`..` is open.",
        ),
        _TIME_SCHEMA,
    ] = None,
) -> FeatureFilters:
    """The filters of a request on the items of a collection; unknown parameters are refused."""
    of_columns = {each["name"] for each in FILTER_PARAMETERS}
    fixed = [name for name in documented_parameters(request) if name not in of_columns]
    columns = [name for name in collection.columns if name not in fixed]
    check_parameters(request, [*fixed, *columns])
    equals = {name: request.query_params[name] for name in columns if name in request.query_params}
    for name, text in equals.items():
        _check_value(collection, name, text)
    zone = ZoneInfo(release.manifest["city"]["timezone"])
    return FeatureFilters(
        equals,
        box,
        None if when is None else parse_interval(when, zone=zone),
        read_filter(written, release=release, collection=collection),
        order,
    )


Filters = Annotated[FeatureFilters, Depends(feature_filters)]


def parse_interval(text: str, *, zone: ZoneInfo) -> Interval:
    """First and last day, in the city's time, of an instant or an interval.

    Raises
    ------
    ApiError
        If it is neither, is open at both ends, or ends before it starts.
    """
    # GDAL 3.6 writes a day in a filter as `2026-02-01T`.
    ends = [end[:10] if _DAY_AND_T.fullmatch(end) else end for end in text.split("/")]
    if len(ends) > 2 or all(end in {"", ".."} for end in ends):
        raise _bad(parameter="datetime", value=text, expected="datetime")
    try:
        days = [
            None if len(ends) == 2 and end in {"", ".."} else local_day(end, zone) for end in ends
        ]
    except (ValueError, OverflowError) as error:
        raise _bad(parameter="datetime", value=text, expected="datetime") from error
    first, last = days[0], days[-1]
    if first is not None and last is not None and first > last:
        raise _bad(parameter="datetime", value=text, expected="datetime")
    return first, last


def _check_value(collection: Collection, name: str, text: str) -> None:
    try:
        collection.parse(name, text)
    except UsageError as error:
        raise _bad(parameter=name, value=text, expected=collection.columns[name]["type"]) from error


def _bad(*, parameter: str, value: str, expected: str) -> ApiError:
    return ApiError(
        code="bad-value",
        parameter=parameter,
        value=value,
        expected=expected,
        show=("parameter", "value"),
    )
