"""Build a release: the only module that knows every step.

Reports come from the store as they were known on a day; joins are made once; each face is counted
from the reports that it may see; files are encoded and written whole. Nothing but the inputs, the
parameters and the code goes into a release, so the same three give the same bytes. The release of
an earlier day is among the inputs, because hot spots keep its ids.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.errors import NotFoundError, UsageError
from geo.layers.area_series import area_series
from geo.layers.areas import area_layer, denominators
from geo.layers.basemap import address_table, basemap_json
from geo.layers.checks import Checker
from geo.layers.collection import PARAMETERS, Collection, area_collection
from geo.layers.disclosure import load_rules, withheld
from geo.layers.faces import Frame, area_face, hotspot_face
from geo.layers.facts import find_places, make_facts
from geo.layers.forecasts import Forecaster
from geo.layers.ground import Ground
from geo.layers.hotspot_areas import COLLECTION as HOTSPOTS
from geo.layers.hotspot_ids import KnownSpots, known_spots
from geo.layers.hotspot_maps import CELL_SIZES, MapMaker, hotspot_windows
from geo.layers.levels import MetricLevels
from geo.layers.plan_collection import plan_face
from geo.layers.schema import FACES
from geo.release.encoding import encode_layer, parquet_bytes
from geo.release.identity import city_hashes, code_version, release_id
from geo.release.manifest import FORMAT, describe_city, describe_collection
from geo.release.previous import previous_release
from geo.release.writer import describe_files, has_release, make_current, write_release
from geo.reports.simulate import SIMULATED_PREFIX
from geo.reports.store import ReportStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future

    import geopandas as gpd

    from geo.city import City
    from geo.layers.disclosure import DisclosureRules
    from geo.layers.ground import CellGround
    from geo.periods import Period
    from geo.release.previous import PreviousRelease
    from geo.statistics.stability import ShiftedGrid
    from geo.storage import Folder

__all__ = ["build_release"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Scope:
    """What a release is about: reports, as-of day, days [first, end) of data, periods.

    `previous` is the release whose hot spots keep their ids.
    """

    reports: gpd.GeoDataFrame
    as_of: date
    first: date
    end: date
    periods: list[Period]
    previous: PreviousRelease | None

    @cached_property
    def simulated(self) -> bool:
        """Whether any report is: then every layer says so."""
        return bool(self.reports["report_id"].str.startswith(SIMULATED_PREFIX).any())


class _Face(NamedTuple):
    """The collections of one face; two of them a second thread makes meanwhile."""

    counted: list[Collection]
    outlook: Collection
    tested: tuple[Collection, Collection]
    plans: Future[Collection]
    clusters: Future[Collection]

    @property
    def judged(self) -> list[Collection]:
        """What follows from the counts; waits for what is not ready."""
        backtests, repeats = self.tested
        return [self.plans.result(), self.outlook, backtests, self.clusters.result(), repeats]


class _Encoded(NamedTuple):
    """A collection and its files."""

    collection: Collection
    files: dict[str, bytes]

    def describe(self, face: str, scope: _Scope) -> dict[str, Any]:
        """The collection as the manifest tells of it."""
        files = describe_files(self.files)
        return describe_collection(
            self.collection, face=face, files=files, simulated=scope.simulated
        )


@dataclass(frozen=True)
class _Steps:
    """Tells of each step as it begins, and logs how long it took."""

    progress: Callable[[str], None] | None

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        if self.progress:
            self.progress(name)
        start = time.perf_counter()
        yield
        _log.info("%s: %.2f s", name, time.perf_counter() - start)


def build_release(
    city: City,
    folder: Folder,
    *,
    period: str | None = None,
    as_of: date | None = None,
    progress: Callable[[str], None] | None = None,
) -> str:
    """Build the release of a store, and serve it.

    Parameters
    ----------
    city
        The city.
    folder
        The store, with reports.
    period
        The period that the release is about, for example ``2026H1``; what was reported after it
        is left out. Without it the one of the last day.
    as_of
        Build what was known at the end of this local day; without it what is known now.
    progress
        Called with a line before each step.

    Returns
    -------
    str
        The id of the release. If the store has it already, nothing is built anew.

    Raises
    ------
    NotFoundError
        If there are no reports, or none by that day.
    UsageError
        If `period` is none of this city's, or lies outside the data; or if the store holds
        another city's reports.
    CityError
        If the city's disclosure rules cannot be used.
    StoreError
        If the store cannot be read or written.
    """
    step = _Steps(progress)
    with step("Reading the reports"):
        scope = _scope(city, folder, period=period, as_of=as_of)
        rules = load_rules(city)
        head = _head(city, scope)
    name = str(head["id"])
    if not has_release(folder, name):
        files, rest = _make(scope, MetricLevels(city), rules=rules, step=step)
        with step("Writing the release"):
            write_release(folder, name, files, head | rest)
    make_current(folder, name)
    return name


def _scope(city: City, folder: Folder, *, period: str | None, as_of: date | None) -> _Scope:
    """The reports that count, and the periods in which they do."""
    store = ReportStore(folder)
    store.require(city.id)
    reports = store.view(as_of, city)
    if reports.empty:
        early = as_of is not None and not store.is_empty()
        known = f"was known on {as_of}: take a later day" if early else "is in the store"
        msg = f"no report {known}" + ("" if early else ": ingest a file first, `rewir ingest FILE`")
        raise NotFoundError(msg, code="no-reports")
    days = reports["reported_at"].dt.tz_convert(city.timezone).dt.date
    first, last = days.min(), days.max()
    current = city.periods.containing(last) if period is None else city.periods.parse(period)
    if current.end <= first or last < current.start:
        msg = f"{current.id} lies outside the data, which run from {first} to {last}"
        raise UsageError(msg, code="period-outside")
    within = (days < current.end).to_numpy(dtype=bool)
    return _Scope(
        reports=reports[within].reset_index(drop=True),
        as_of=as_of or last,
        first=first,
        end=min(last + timedelta(days=1), current.end),
        periods=city.periods.between(first, current.last_day),
        previous=previous_release(folder, as_of=as_of or last),
    )


def _head(city: City, scope: _Scope) -> dict[str, Any]:
    """The manifest without what is computed, and with it the id of the release."""
    reports = scope.reports
    inputs = {
        "reports": {
            "sha256": ReportStore.digest(reports),
            "rows": len(reports),
            "first": scope.first.isoformat(),
            "last": (scope.end - timedelta(days=1)).isoformat(),
            "simulated": scope.simulated,
        },
        "city": city_hashes(city),
        "previous_release": scope.previous.describe() if scope.previous else None,
    }
    current = scope.periods[-1].id
    parameters = {**PARAMETERS, "period": current}
    return {
        "format": FORMAT,
        "id": release_id(as_of=scope.as_of, inputs=inputs, parameters=parameters),
        "as_of": scope.as_of.isoformat(),
        "period": current,
        "periods": [period.id for period in scope.periods],
        "time": [scope.first.isoformat(), scope.end.isoformat()],
        "inputs": inputs,
        "parameters": parameters,
        "seed": PARAMETERS["plans"]["seed"],
        "code_version": code_version(),
        **describe_city(city, as_of=scope.as_of),
    }


def _make(
    scope: _Scope, levels: MetricLevels, *, rules: DisclosureRules, step: _Steps
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """All files of a release, and the part of the manifest that tells of them."""
    city = levels.city
    with step("Measuring areas, streets and addresses"):
        frame = _frame(levels, scope)
        plain = [area_collection(city, level, area_layer(levels, level)) for level in city.levels]
    with ThreadPoolExecutor(1) as second:
        faces, rows = _count_faces(frame, scope, second, rules=rules, step=step)
        with step("Encoding the layers"):
            shared = _encode(plain, face=FACES[0])
            encoded = {n: shared | _encode(face.counted, face=n) for n, face in faces.items()}
        with step("Weighing plans"):
            for name, face in faces.items():
                encoded[name] |= _encode(face.judged, face=name)
    files = {
        f"{face}/{name}": data
        for face, collections in encoded.items()
        for one in collections.values()
        for name, data in one.files.items()
    }
    files["public/basemap.json"] = basemap_json(city)
    files["public/addresses.parquet"] = parquet_bytes(address_table(city))
    about = {
        face: {"collections": {n: one.describe(face, scope) for n, one in collections.items()}}
        for face, collections in encoded.items()
    }
    return files, {"disclosure": rules.describe(rows), "faces": about}


def _frame(levels: MetricLevels, scope: _Scope) -> Frame:
    complete = [p.start >= scope.first and p.end <= scope.end for p in scope.periods]
    return Frame(
        levels=levels,
        denominators=denominators(levels),
        periods=scope.periods,
        complete=np.array(complete, dtype=bool),
        windows=hotspot_windows(scope.periods, first=scope.first, end=scope.end),
        time=(scope.first, scope.end),
        known_on=scope.as_of,
    )


def _count_faces(
    frame: Frame, scope: _Scope, second: Executor, *, rules: DisclosureRules, step: _Steps
) -> tuple[dict[str, _Face], dict[str, int]]:
    """The layers of both faces, each from its own reports; and what the rules took away.

    The second thread gets what spends its time in long compiled loops, and does not hold up this
    one: the lattices, the maps of chance, the draws of ranks.
    """
    ground, sizes = Ground(frame.levels), _cell_sizes(rules)
    laid = second.submit(_lay, ground, sizes)
    with step("Joining reports to areas"):
        places = find_places(scope.reports, frame.levels)
        away = withheld(scope.reports, frame.city.catalogue)
    maker = MapMaker(ground, cell_sizes=sizes)
    checker, forecaster = Checker(frame), Forecaster(frame)
    faces: dict[str, _Face] = {}
    rows = {rule: int(flags.sum()) for rule, flags in away.items()}
    public = ~np.logical_or.reduce(list(away.values()))
    for face, kept, kept_rules in (
        ("public", public, rules),
        ("internal", np.ones(len(public), dtype=bool), None),
    ):
        with step(f"Counting, {face} face"):
            reports = scope.reports[kept]
            facts = make_facts(reports, places.take(kept), frame.city)
            areas, hidden = area_face(facts, frame, rules=kept_rules)
            series = area_series(facts, frame, areas=areas, rules=kept_rules)
        clusters = second.submit(checker.clusters, facts, areas=areas, rules=kept_rules)
        with step(f"Finding hot spots, {face} face"):
            laid.result()
            known = _known(scope, frame, face=face, public=faces.get("public"))
            hotspots, few = hotspot_face(facts, frame, maker, rules=kept_rules, known=known)
        shown = [areas, *hotspots]
        plans = second.submit(plan_face, facts, frame, maker, shown=shown, public=face == "public")
        with step(f"Forecasting, {face} face"):
            outlook = forecaster.face(facts, areas=areas, rules=kept_rules)
        with step(f"Testing forecasts, {face} face"):
            tested = checker.tests(facts, reports, areas=areas, rules=kept_rules)
        faces[face] = _Face([areas, series, *hotspots], outlook, tested, plans, clusters)
        for found in (hidden, few):
            rows |= {rule: rows.get(rule, 0) + n for rule, n in found.items()}
    return faces, rows


def _lay(ground: Ground, sizes: tuple[int, ...]) -> tuple[list[CellGround], list[ShiftedGrid]]:
    """What maps may ask of the ground, which keeps the answers."""
    return [ground.cells(size) for size in sizes], ground.lattices


def _known(scope: _Scope, frame: Frame, *, face: str, public: _Face | None) -> KnownSpots:
    """Hot spots whose ids go on; the public face takes over public ones only."""
    crs = frame.city.metric_crs
    counted = public.counted if public else ()
    shown = [one.layer.frame for one in counted if one.layer.id == HOTSPOTS]
    return KnownSpots(
        previous=scope.previous.spots(crs, face=face) if scope.previous else None,
        public=known_spots(shown[0], crs) if shown else None,
    )


def _cell_sizes(rules: DisclosureRules) -> tuple[int, ...]:
    """Cells that the rules allow; the same in both faces, so that they can be compared."""
    allowed = tuple(size for size in CELL_SIZES if size >= rules.least_cell_m)
    return allowed or (int(np.ceil(rules.least_cell_m)),)


def _encode(collections: list[Collection], *, face: str) -> dict[str, _Encoded]:
    """Files of each collection; compressing one goes on while the lines of another are made."""
    with ThreadPoolExecutor(2) as pool:
        tasks = {c.layer.id: pool.submit(_files_of, c, face=face) for c in collections}
    return {c.layer.id: _Encoded(c, tasks[c.layer.id].result()) for c in collections}


def _files_of(one: Collection, *, face: str) -> dict[str, bytes]:
    """The layer's files, and the tables beside it."""
    tables = {name: parquet_bytes(table) for name, table in one.beside.items()}
    return encode_layer(one.layer, face=face) | tables
