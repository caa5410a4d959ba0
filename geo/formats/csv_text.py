r"""CSV (RFC 4180): UTF-8, a header of names, empty for missing, `true` and `false`.

Every row has a point inside its shape: `lon`, `lat`, or `easting`, `northing` in metres. `wkt`,
its axes in the order of the system's definition, is there in collections that have shapes of
their own; where rows only name an area of another collection, its shape is there.

There is no byte-order mark, which programs would take for a part of the first name: for Excel
there is XLSX. A text that a spreadsheet would take for a formula, as it begins with ``=``, ``+``,
``-`` or ``@`` or with a tab or a carriage return, gets an apostrophe in front, and so does a text
of apostrophes before one of these: take one away from a text that matches ``'+[=+\-@\t\r]``
and you have what was there.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from geo.formats.coordinates import is_projected
from geo.formats.extract import repeats_areas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.formats.extract import Extract

__all__ = ["inner_points", "point_names", "write_csv"]

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write_csv(extract: Extract, *, wkt: bool | None = None) -> Iterator[bytes]:
    """A table, some rows at a time.

    Parameters
    ----------
    extract
        What is written.
    wkt
        Whether there is a column of shapes; None leaves it to the collection.
    """
    wkt = not repeats_areas(extract.collection) if wkt is None else wkt
    names = list(extract.columns)
    places = _places(extract, wkt=wkt)
    empty = [""] * (3 if wkt else 2)
    yield _lines([["fid", *names, *point_names(extract.crs), *(["wkt"] if wkt else [])]])
    for rows in extract.chunks():
        table = []
        for row, number in zip(rows.tolist(), extract.shape_numbers(rows).tolist(), strict=True):
            record = orjson.loads(extract.collection.property_line(row))
            values = [_cell(record[name]) for name in names]
            fid = _cell(extract.collection.fid_of(row))
            table.append([fid, *values, *places.get(number, empty)])
        yield _lines(table)


def point_names(crs: str) -> tuple[str, str]:
    """Names of the columns of the point inside, east before north."""
    return ("easting", "northing") if is_projected(crs) else ("lon", "lat")


def inner_points(extract: Extract) -> dict[int, tuple[float, float]]:
    """East and north of a point inside each shape that the rows need, by the shape's number."""
    import shapely  # noqa: PLC0415 - GeoJSON is served without it

    shapes = extract.shapes(official_axes=False)
    if not shapes:
        return {}
    digits = 3 if is_projected(extract.crs) else 7
    points = shapely.get_coordinates(shapely.point_on_surface(list(shapes.values())))
    return dict(zip(shapes, map(tuple, np.round(points, digits).tolist()), strict=True))


def _places(extract: Extract, *, wkt: bool) -> dict[int, list[Any]]:
    """The last cells of a row, by the number of its shape."""
    places: dict[int, list[Any]] = {n: list(xy) for n, xy in inner_points(extract).items()}
    if wkt and places:
        import shapely  # noqa: PLC0415 - as above

        digits = 3 if is_projected(extract.crs) else 7
        shapes = extract.shapes(official_axes=True)
        texts = shapely.to_wkt(list(shapes.values()), rounding_precision=digits, trim=True)
        for number, text in zip(shapes, texts, strict=True):
            places[number].append(text)
    return places


def _cell(value: Any) -> Any:
    """Empty for missing, truth values as in JSON, and no text that begins a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def _lines(table: list[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(table)
    return text.getvalue().encode()
