"""Query parameters that say which features in CQL2, in what order, and with which properties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import WithJsonSchema

from api.crs import CRS_SCHEMA
from api.deps import CurrentCollection
from api.errors import ApiError
from api.limits import LONGEST_ADDRESS
from geo.filters.compile import Filter, compile_filter
from geo.filters.faults import FilterError
from geo.filters.limits import MAX_CHARACTERS
from geo.filters.parse import FilterLanguage, parse_filter
from geo.filters.shapes import FILTER_CRS, filter_crs
from geo.filters.sorting import MOST_SORT_KEYS, SortKey, parse_names, parse_sortby
from geo.languages import SOURCE_LANGUAGE
from geo.phrases import say_phrase, say_phrases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.release.reader import Collection, Release

__all__ = [
    "CONFORMS_TO",
    "FilteringError",
    "Order",
    "Parts",
    "PartsOfFeatures",
    "Written",
    "WrittenFilter",
    "read_filter",
]

_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
_PART_3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"

CONFORMS_TO = (
    f"{_PART_3}/queryables",
    f"{_PART_3}/queryables-query-parameters",
    f"{_PART_3}/filter",
    f"{_PART_3}/features-filter",
    f"{_CQL2}/cql2-text",
    f"{_CQL2}/cql2-json",
    f"{_CQL2}/basic-cql2",
    f"{_CQL2}/advanced-comparison-operators",
    f"{_CQL2}/case-insensitive-comparison",
    f"{_CQL2}/accent-insensitive-comparison",
    f"{_CQL2}/basic-spatial-functions",
    f"{_CQL2}/basic-spatial-functions-plus",
    f"{_CQL2}/spatial-functions",
    f"{_CQL2}/temporal-functions",
    f"{_CQL2}/property-property",
    f"{_CQL2}/arithmetic",
)
"""Classes of OGC 19-079r2 (Features, Part 3) and of OGC 21-065r2 (CQL2) that filters meet."""

CRS84_URI = next(iter(FILTER_CRS))

_NAMES: Mapping[str, Any] = {"type": "array", "minItems": 1, "uniqueItems": True}
_NAMES_SCHEMA = WithJsonSchema(
    {**_NAMES, "items": {"type": "string"}, "examples": [["area_id", "n_reports"]]}
)
_ORDER_SCHEMA = WithJsonSchema(
    {
        **_NAMES,
        "maxItems": MOST_SORT_KEYS,
        "items": {"type": "string", "pattern": "^[+-]?[^,]+$"},
        "examples": [["-n_reports", "area_id"]],
    }
)
"""How the API document says what `parse_names` and `parse_sortby` take."""


_PHRASES = {"operator", "wanted", "what"}


class FilteringError(ApiError):
    """A filter, an order or a list of properties that cannot be used.

    Parameters
    ----------
    error
        What is wrong with it.
    parameter
        The parameter that holds it.
    """

    def __init__(self, error: FilterError, *, parameter: str) -> None:
        values: Mapping[str, Any] = {"parameter": parameter} | error.values
        super().__init__(code=error.error_code, show=tuple(values), **values)
        self.message = error.message

    def text(self, language: str) -> str:
        """What is wrong and what to do: in English word for word as `geo` has it."""
        return self.message if language == SOURCE_LANGUAGE else super().text(language)

    def words(self, language: str) -> dict[str, Any]:
        """The values as they stand in the text, kinds and sizes in the words of the language."""
        words = super().words(language)
        for name in _PHRASES & words.keys():
            words[name] = say_phrase(words[name], language)
        if "found" in words:
            words["found"] = say_phrases(words["found"], language, separator=", ")
        return words


@dataclass(frozen=True, slots=True)
class WrittenFilter:
    """A filter as it was sent."""

    text: str | None
    language: FilterLanguage
    crs: str


async def written_filter(
    text: Annotated[
        str | None,
        Query(
            alias="filter",
            max_length=min(MAX_CHARACTERS, LONGEST_ADDRESS),
            json_schema_extra={"minLength": 1},
            description="Only features for which this CQL2 expression is true. "
            "`/collections/{collectionId}/queryables` lists what it may name.",
            examples=["n_reports >= 10 AND casei(category_group) IN (casei('Traffic'))"],
        ),
    ] = None,
    language: Annotated[
        FilterLanguage,
        Query(alias="filter-lang", description="The encoding of `filter`."),
    ] = "cql2-text",
    crs: Annotated[
        str,
        Query(
            alias="filter-crs",
            description="What geometries in `filter` are written in, in the axis order of its "
            "authority.",
        ),
        CRS_SCHEMA,
    ] = CRS84_URI,
) -> WrittenFilter:
    """The filter of a request; what it says, is not looked at yet."""
    return WrittenFilter(text, language, crs)


Written = Annotated[WrittenFilter, Depends(written_filter)]


def read_filter(
    written: WrittenFilter, *, release: Release, collection: Collection
) -> Filter | None:
    """The condition that a filter means, None if there is none. A long one takes a while.

    Raises
    ------
    FilteringError
        If it cannot be read, or does not fit the properties of the collection.
    """
    try:
        crs = filter_crs(written.crs)
    except FilterError as error:
        _refuse(error, "filter-crs")
    if written.text is None:
        return None
    zone = ZoneInfo(release.manifest["city"]["timezone"])
    try:
        tree = parse_filter(written.text, language=written.language)
        return compile_filter(tree, kinds=collection.rows.kinds, zone=zone, crs=crs)
    except FilterError as error:
        _refuse(error, "filter")


async def order(
    collection: CurrentCollection,
    sortby: Annotated[
        str | None,
        Query(
            description="Properties to sort by, with commas between them; `-` before one turns "
            "its order round. Null comes last.",
        ),
        _ORDER_SCHEMA,
    ] = None,
) -> tuple[SortKey, ...]:
    """The order of a request; none is that of the release."""
    if sortby is None:
        return ()
    try:
        return parse_sortby(sortby, kinds=collection.rows.kinds)
    except FilterError as error:
        _refuse(error, "sortby")


Order = Annotated[tuple[SortKey, ...], Depends(order)]


@dataclass(frozen=True, slots=True)
class PartsOfFeatures:
    """What the features of an answer shall have; `properties` is None for all of them."""

    geometry: bool
    properties: frozenset[str] | None


async def parts_of_features(
    collection: CurrentCollection,
    *,
    skip_geometry: Annotated[
        bool,
        Query(alias="skipGeometry", description="Leave the geometries out (they become null)."),
    ] = False,
    properties: Annotated[
        str | None,
        Query(
            description="Properties that the features shall have, with commas between them; "
            "without it, all.",
        ),
        _NAMES_SCHEMA,
    ] = None,
) -> PartsOfFeatures:
    """The geometry and the properties that a request asks for."""
    if properties is None:
        return PartsOfFeatures(not skip_geometry, None)
    try:
        names = parse_names(properties, among=list(collection.columns))
    except FilterError as error:
        _refuse(error, "properties")
    return PartsOfFeatures(not skip_geometry, frozenset(names))


Parts = Annotated[PartsOfFeatures, Depends(parts_of_features)]


def _refuse(error: FilterError, parameter: str) -> NoReturn:
    raise FilteringError(error, parameter=parameter) from error
