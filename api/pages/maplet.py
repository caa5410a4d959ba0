"""A small map of an area, drawn on the server: it needs no script and prints sharp.

The area, what borders on it with links, the longer streets with their names, hot spots hatched, a
scale bar. Shapes come from the release, streets from its base map; nothing from elsewhere.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from markupsafe import Markup

from api.pages.svg import pixels, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from geo.release.reader import Collection, Release

__all__ = ["maplet", "nice_length"]

WIDTH, HEIGHT = 440.0, 330.0
MARGIN = 0.16
"""Share of the area's own size that is shown around it."""
LEAST_KM = 0.4

KM_PER_DEGREE = 111.32
MINOR_CLASS = 3
MINOR_UP_TO_KM = 4.0
"""Side streets are drawn on maps that are not wider than this."""

AREA_TYPE, STREET_TYPE = 11.5, 9.0
TARGET = 32.0
"""Height of a link: a finger's 24 px where the map is as narrow as a telephone."""
GLYPH = 0.6
"""Mean width of a letter over its height."""
MOST_NAMES = 14
SIMPLE_PX = 0.35
EDGE_PX = 5.0
FOUND_OF_SCALE = 0.3


@dataclass(frozen=True, slots=True)
class _View:
    """Degrees to pixels: flat, true in the middle of the map."""

    west: float
    north: float
    px_per_km: float
    km_per_lon: float

    @classmethod
    def of(cls, bounds: Sequence[float]) -> _View:
        """The view that shows a box whole, with a margin."""
        west, south, east, north = bounds
        km_per_lon = KM_PER_DEGREE * math.cos(math.radians((south + north) / 2))
        wide = max(LEAST_KM, (east - west) * km_per_lon) * (1 + 2 * MARGIN)
        high = max(LEAST_KM, (north - south) * KM_PER_DEGREE) * (1 + 2 * MARGIN)
        scale = min(WIDTH / wide, HEIGHT / high)
        return cls(
            (west + east) / 2 - WIDTH / scale / km_per_lon / 2,
            (south + north) / 2 + HEIGHT / scale / KM_PER_DEGREE / 2,
            scale,
            km_per_lon,
        )

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all that is seen."""
        return (
            self.west,
            self.north - HEIGHT / self.px_per_km / KM_PER_DEGREE,
            self.west + WIDTH / self.px_per_km / self.km_per_lon,
            self.north,
        )

    def seen(self, shape: Any) -> Any:
        """A shape in pixels, cut at the edges, without what is too small to be seen."""
        import shapely  # noqa: PLC0415 - pages without a map never need it

        drawn = shapely.transform(shape, self._pixels)
        inside = shapely.clip_by_rect(drawn, -EDGE_PX, -EDGE_PX, WIDTH + EDGE_PX, HEIGHT + EDGE_PX)
        return shapely.simplify(inside, SIMPLE_PX)

    def _pixels(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        x = (degrees[:, 0] - self.west) * self.km_per_lon * self.px_per_km
        y = (self.north - degrees[:, 1]) * KM_PER_DEGREE * self.px_per_km
        return np.column_stack([x, y])


def maplet(
    release: Release,
    layer: Collection,
    row: int,
    *,
    hotspots: Sequence[str],
    label: str,
    link: Callable[[str], str],
) -> Markup:
    """The map of one area.

    Parameters
    ----------
    release
        Where it is from; its base map is read once.
    layer, row
        The collection of its level, and where it is in it.
    hotspots
        Ids of the hot spots to draw.
    label
        The name of the picture.
    link
        The address of an area of the same level.
    """
    shape = _shapes(layer, [row])[0]
    view = _View.of(shape.bounds)
    rows = layer.select(bbox=view.box).rows.tolist()
    others = [each for each in rows if each != row]
    seen = dict(zip(others, map(view.seen, _shapes(layer, others)), strict=True))
    names = _Names()
    linked = [_neighbour(layer, each, seen[each], names, link=link) for each in others]
    streets, street_names = _streets(release, view, names)
    spots = release.collections.get("hotspot-areas")
    found = [] if spots is None else [spots.row_of(each) for each in hotspots]
    drawn = [] if spots is None else _shapes(spots, [each for each in found if each is not None])
    return tag(
        "svg",
        tag("defs", _hatch()),
        *(_path(each, "around") for each in seen.values()),
        _path(view.seen(shape), "inside"),
        *streets,
        *(_path(view.seen(each), "hot") for each in drawn),
        _path(view.seen(shape), "outline"),
        *street_names,
        *linked,
        _scale_bar(view),
        class_="maplet", role="group", aria_label=label,
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
    )  # fmt: skip


def nice_length(most_km: float) -> float:
    """The longest of 1, 2, 5, 10 … metres that is not longer than this, in km."""
    power = 10.0 ** math.floor(math.log10(most_km * 1000))
    digit = max(each for each in (1, 2, 5) if each * power <= most_km * 1000 * (1 + 1e-9))
    return digit * power / 1000


class _Names:
    """The places of names: one that would lie on another is not written."""

    def __init__(self) -> None:
        # The scale bar has its corner.
        self._taken = [(0.0, HEIGHT - 26.0, 110.0, HEIGHT)]

    def take(self, x: float, y: float, *, wide: float, high: float) -> bool:
        """Whether there is room around a point, inside the map; if so, it is taken."""
        box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        if box[0] < 1 or box[1] < 1 or box[2] > WIDTH - 1 or box[3] > HEIGHT - 1:
            return False
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3]
               for b in self._taken):  # fmt: skip
            return False
        self._taken.append(box)
        return True


def _shapes(layer: Collection, rows: Sequence[int]) -> list[Any]:
    numbers = layer.shape_numbers(np.array(rows, dtype=np.intp))
    return list(layer.shapes(numbers[numbers >= 0]))


def _path(shape: Any, name: str) -> Markup:
    """The outline of a polygon or of several, or a line."""
    rings = [ring for part in _parts(shape) for ring in _rings(part)]
    if not rings:
        return Markup("")
    return tag("path", d="".join(map(_steps, rings)), class_=name)


def _parts(shape: Any) -> Iterable[Any]:
    return getattr(shape, "geoms", [shape])


def _rings(part: Any) -> list[Any]:
    if part.is_empty:
        return []
    if part.geom_type == "Polygon":
        return [part.exterior, *part.interiors]
    return [part] if part.geom_type == "LineString" else []


def _steps(ring: Any) -> str:
    points = [f"{pixels(x)} {pixels(y)}" for x, y in ring.coords]
    closed = "Z" if ring.is_ring else ""
    return f"M{'L'.join(points)}{closed}"


def _neighbour(
    layer: Collection, row: int, seen: Any, names: _Names, *, link: Callable[[str], str]
) -> Markup:
    """An area beside by its id, or by its name if that does not hold the id, where there is room.

    So all areas of a level are written in one way, as short as they are known by.
    """
    if seen.is_empty or seen.area < AREA_TYPE**2:
        return Markup("")
    facts: Mapping[str, Any] = orjson.loads(layer.property_line(row))
    import shapely  # noqa: PLC0415 - pages without a map never need it

    inside = shapely.clip_by_rect(seen, 0, 0, WIDTH, HEIGHT)
    if inside.is_empty:
        return Markup("")
    point = inside.representative_point()
    area_id, name = str(facts["area_id"]), str(facts["name"])
    # Who says what they see must be understood: the name holds the words that are shown.
    text = area_id if area_id in name else name
    wide = max(TARGET, len(text) * AREA_TYPE * GLYPH)
    fits = wide <= max(TARGET, seen.bounds[2] - seen.bounds[0])
    if not fits or not names.take(point.x, point.y, wide=wide, high=TARGET):
        return Markup("")
    words = tag("text", tag("title", name), text, x=pixels(point.x), class_="area-name",
                y=pixels(point.y + AREA_TYPE * 0.35), text_anchor="middle")  # fmt: skip
    room = tag("rect", x=pixels(point.x - wide / 2), y=pixels(point.y - TARGET / 2),
               width=pixels(wide), height=pixels(TARGET), class_="hit")  # fmt: skip
    return tag("a", room, words, href=link(area_id), aria_label=name)


def _streets(release: Release, view: _View, names: _Names) -> tuple[list[Markup], list[Markup]]:
    """The streets in view, and the names of the longest of them."""
    if not release.has("basemap.json"):
        return [], []
    tree, streets = _basemap(release)
    import shapely  # noqa: PLC0415 - pages without a map never need it

    wide = WIDTH / view.px_per_km
    lines: list[Markup] = []
    longest: dict[str, Any] = defaultdict(lambda: None)
    for number in sorted(tree.query(shapely.box(*view.box))):
        street, line = streets[number]
        if street["class"] >= MINOR_CLASS and wide > MINOR_UP_TO_KM:
            continue
        seen = view.seen(line)
        lines.append(_path(seen, f"street class-{int(street['class'])}"))
        for part in _parts(seen):
            best = longest[street["name"]]
            if part.geom_type == "LineString" and (best is None or part.length > best.length):
                longest[street["name"]] = part
    by_length = sorted(longest.items(), key=lambda each: -each[1].length if each[1] else 0.0)
    written = [_street_name(name, part, names) for name, part in by_length if part is not None]
    return lines, [each for each in written if each][:MOST_NAMES]


@lru_cache(maxsize=2)
def _basemap(release: Release) -> tuple[Any, list[tuple[Mapping[str, Any], Any]]]:
    """The streets of a release and an index of their boxes; of the last two that were asked for."""
    import shapely  # noqa: PLC0415 - pages without a map never need it

    listed = orjson.loads(release.file("basemap.json"))["streets"]
    streets = [(each, shapely.LineString(each["coordinates"])) for each in listed]
    return shapely.STRtree([line for _, line in streets]), streets


def _street_name(name: str, part: Any, names: _Names) -> Markup:
    """A name along the middle of a street; none where the street is too short or bent for it."""
    long = len(name) * STREET_TYPE * GLYPH
    if not name or part.length < long * 1.15:
        return Markup("")
    middle = part.interpolate(0.5, normalized=True)
    before = part.interpolate(part.length / 2 - long / 2)
    after = part.interpolate(part.length / 2 + long / 2)
    across, down = after.x - before.x, after.y - before.y
    if math.hypot(across, down) < long * 0.9:
        return Markup("")
    angle = math.degrees(math.atan2(down, across))
    # A name is never upside down.
    angle += 180 if angle < -90 else -180 if angle > 90 else 0
    turn = abs(math.radians(angle))
    wide = long * math.cos(turn) + STREET_TYPE * math.sin(turn)
    high = long * math.sin(turn) + STREET_TYPE * math.cos(turn)
    if not names.take(middle.x, middle.y, wide=wide, high=high):
        return Markup("")
    place = f"translate({pixels(middle.x)} {pixels(middle.y)}) rotate({pixels(angle)})"
    return tag("text", name, transform=place, y=pixels(STREET_TYPE * 0.35), class_="street-name",
               text_anchor="middle")  # fmt: skip


def _hatch() -> Markup:
    line = tag("path", d="M0 0V6", class_="hatch")
    return tag("pattern", line, id="hatch", width=6, height=6, patternUnits="userSpaceOnUse",
               patternTransform="rotate(45)")  # fmt: skip


def _scale_bar(view: _View) -> Markup:
    length = nice_length(FOUND_OF_SCALE * WIDTH / view.px_per_km)
    long, y = length * view.px_per_km, HEIGHT - 8
    text = f"{length:g} km" if length >= 1 else f"{1000 * length:g} m"
    line = tag("path", d=f"M8 {pixels(y - 4)}v4h{pixels(long)}v-4", class_="scale")
    return tag("g", line, tag("text", text, x=12, y=pixels(y - 4), class_="scale-name"))
