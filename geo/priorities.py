"""Plan priorities as a release holds them: one list, for any number of plans and any rewir.

Two answers are in it. The first by rank are the most pressing, one beat perhaps several times. The
chosen plans are the best set under the rules of the weights, so some of them rank far below.

Nothing is drawn again: the build has kept in how many of its draws each candidate is among the
first 1, 2, 3 …, so another number of plans is a look-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from geo.errors import NotFoundError, UsageError
from geo.planning.sentences import COLUMNS, reason_sentence
from geo.release.reader import Collection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo.release.reader import Release

__all__ = ["COLLECTION", "COUNTS_FILE", "Priorities", "find_priorities"]

COLLECTION = "plan-candidates"
COUNTS_FILE = "priorities.parquet"

_PERIOD = re.compile(r"\d{4}[YHQM]\d{1,2}")


@dataclass(frozen=True, eq=False)
class _ForPlans(Collection):
    """The collection with some rows told anew: for another number of plans."""

    lines: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    def property_line(self, row: int) -> bytes:
        """The properties of one of the rows that were told anew."""
        return self.lines[row]


@dataclass(frozen=True, eq=False)
class Priorities:
    """What `find_priorities` gives.

    Attributes
    ----------
    collection
        The candidates; `p_top_k` and the sentences of `rows` are those for `k` plans.
    rows
        The first `k` that match, by median rank, equal ones by beat; then the chosen ones that
        rank lower.
    first
        How many of the rows are there by their rank; these come first.
    chosen
        Those of the rows that are chosen for a plan, in the same order.
    matched
        How many match.
    k, period, rewir
        What was asked for, or what the release is about; `rewir` is None for the whole city.
    beats_without
        Beats of the rewir, or of the city, that have no candidate at all.
    """

    collection: Collection
    rows: NDArray[np.intp]
    first: int
    chosen: NDArray[np.intp]
    matched: int
    k: int
    period: str
    rewir: str | None
    beats_without: tuple[str, ...]

    def records(self) -> list[dict[str, Any]]:
        """The rows as objects."""
        return [self.record(row) for row in self.rows.tolist()]

    def record(self, row: int) -> dict[str, Any]:
        """One of the rows as an object."""
        found: dict[str, Any] = orjson.loads(self.collection.property_line(row))
        return found


def find_priorities(
    release: Release,
    *,
    rewir: str | None = None,
    period: str | None = None,
    k: int | None = None,
) -> Priorities:
    """The plan candidates to look at first.

    Parameters
    ----------
    release
        An open release.
    rewir
        Only candidates of this rewir: the area that its beats belong to. Ranks stay those in the
        whole city.
    period
        The period that plans are for; a release knows one.
    k
        How many plans can be made; without it as many as the weights say. The chosen plans are
        always those that the weights say.

    Returns
    -------
    Priorities
        The first `k` candidates, and the chosen ones.

    Raises
    ------
    NotFoundError
        If the release has no candidates (code ``no-priorities``), none for this period
        (``no-plan-period``), or the city no such rewir (``no-rewir``).
    UsageError
        If `period` is none (``bad-period``), or `k` is not from 1 to the number of beats
        (``bad-k``).
    """
    if COLLECTION not in release.collections or not release.has(COUNTS_FILE):
        msg = "this release has no plan candidates: build it again, `rewir build`"
        raise NotFoundError(msg, code="no-priorities")
    layer = release.collections[COLLECTION]
    method = layer.meta["method"]
    _check_period(period, known=method["period"])
    most = int(method["most_k"])
    plans = int(method["k"]) if k is None else k
    if not 1 <= plans <= most:
        msg = f"k is {plans}: give a number of plans from 1 to {most}, one for each beat"
        raise UsageError(msg, code="bad-k")
    beats = _beats(release, rewir)
    found = layer.select(equals={} if rewir is None else {"rewir_id": rewir})
    chosen = found.rows[_column(layer, "selected")[found.rows].astype(bool)]
    rows = np.union1d(found.rows[:plans], chosen)
    listed = set(_column(layer, "beat_id"))
    return Priorities(
        collection=_told_for(release, layer, rows, k=plans),
        rows=rows,
        first=len(found.rows[:plans]),
        chosen=chosen,
        matched=found.matched,
        k=plans,
        period=method["period"],
        rewir=rewir,
        beats_without=tuple(beat for beat in beats if beat not in listed),
    )


def _check_period(period: str | None, *, known: str) -> None:
    if period is None or period == known:
        return
    if not _PERIOD.fullmatch(period):
        msg = f"{period!r} is no period: write it as {known}"
        raise UsageError(msg, code="bad-period")
    msg = f"the candidates are for {known}, not for {period}"
    raise NotFoundError(msg, code="no-plan-period")


def _beats(release: Release, rewir: str | None) -> list[str]:
    """The beats of a rewir, or of the city.

    Raises
    ------
    NotFoundError
        If the city has no such rewir.
    """
    finest = release.collections[release.manifest["levels"][0]["collection"]]
    table = finest.table(["area_id", "parent_id"])
    city = release.manifest["city"]["id"]
    beats, parents = (table.column(name).to_pylist() for name in ("area_id", "parent_id"))
    rewirs = [parent or city for parent in parents]
    if rewir is not None and rewir not in rewirs:
        msg = f"no rewir {rewir!r}: take one of {', '.join(sorted(set(rewirs)))}"
        raise NotFoundError(msg, code="no-rewir")
    return sorted(b for b, r in zip(beats, rewirs, strict=True) if rewir in (None, r))


def _column(layer: Collection, name: str) -> NDArray[np.object_]:
    return np.array(layer.table([name]).column(name).to_pylist(), dtype=object)


def _told_for(release: Release, layer: Collection, rows: NDArray[np.intp], *, k: int) -> Collection:
    """The collection, its rows told for k plans."""
    method = dict(layer.meta["method"])
    told = int(method["k"])
    lines = {row: layer.property_line(row) for row in rows.tolist()}
    if k != told:
        counts = release.table(COUNTS_FILE)
        number = {name: i for i, name in enumerate(counts.column("candidate_id").to_pylist())}
        reached = counts.column("counts").combine_chunks()
        draws = int(method["draws"])
        for row, line in lines.items():
            at = number.get(layer.fid_of(row))
            if at is not None:
                p = reached[at][k - 1].as_py() / draws
                lines[row] = _retold(orjson.loads(line), k=k, p_top_k=p)
        method["k"] = k
    return _ForPlans(layer.id, {**layer.meta, "method": method}, layer.folder, lines=lines)


def _retold(record: dict[str, Any], *, k: int, p_top_k: float) -> bytes:
    record["p_top_k"] = p_top_k
    for language, column in COLUMNS.items():
        record[column] = reason_sentence(
            language,
            period=record["period"],
            low=record["forecast_lo80"],
            high=record["forecast_hi80"],
            k=k,
            p_top_k=p_top_k,
            actionable=record["actionable"],
            low_information=record["low_information"],
        )
    return orjson.dumps(record)
