"""What to plan for first: the candidates of a period, ranked, with how sure each rank is."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NoReturn
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.deps import BaseUrl, CurrentRelease, KnownParameters, Language, require_media_type
from api.errors import ApiError
from api.links import HTML, JSON, link, self_link
from api.models import PrioritiesAnswer
from api.pages.priorities import priorities_page
from geo.errors import NotFoundError, UsageError
from geo.formats.about import notices
from geo.formats.coordinates import CRS84
from geo.formats.csv_text import write_csv
from geo.formats.extract import Extract
from geo.formats.registry import FORMATS, Format
from geo.formats.spreadsheet import write_xlsx
from geo.priorities import COLLECTION, Priorities, find_priorities
from geo.release.reader import Release

__all__ = ["router"]

router = APIRouter(tags=["priorities"], dependencies=[KnownParameters])

_FILES = {FORMATS[name].media_type: FORMATS[name] for name in ("csv", "xlsx")}
_NAMED = {"json": JSON, "html": HTML} | {one.id: name for name, one in _FILES.items()}
_BINARY = {name: {"schema": {"type": "string", "format": "binary"}} for name in _FILES}


@router.get(
    "/priorities",
    summary="Plan candidates, the most pressing first",
    response_model=PrioritiesAnswer,
    operation_id="getPriorities",
    responses={404: {}, 200: {"content": _BINARY}},
)
def priorities(
    request: Request,
    release: CurrentRelease,
    language: Language,
    base: BaseUrl,
    rewir: Annotated[
        str | None,
        Query(description="Only beats of this rewir, by its id; ranks stay those in the city."),
    ] = None,
    period: Annotated[
        str | None, Query(description="The period that plans are for.", examples=["2026H2"])
    ] = None,
    k: Annotated[
        int | None,
        Query(
            ge=1,
            description="How many candidates come by their rank alone, and what `p_top_k` is the "
            "chance of. Without it as many as plans can be made, which the weights say.",
        ),
    ] = None,
    f: Annotated[
        Literal["json", "csv", "xlsx", "html"] | None,
        Query(description="The format of the answer; without it, Accept decides."),
    ] = None,
) -> Response:
    """List the first `k` candidates for plans by median rank, then the chosen ones that rank lower.

    The chosen plans (`selected`, with `selection_reason`) are the best set for as many plans and
    hours as the weights say: at most one for each beat, one at least for each rewir, and a share
    for beats of which little is known. With another `k` they are the same. A workbook has a sheet
    for the chosen plans and one for the order by rank.

    A rank is a range: `rank_lo90` to `rank_hi90`, and `p_top_k`. Weights of harm are an
    assumption that the answer names. The list of the police and the public one can differ, in
    ranks and in chosen plans: the public one is made without what it hides. Reports are
    perceptions; the list is there to be talked about.
    """
    media_type = _NAMED.get(f or "") or require_media_type(request, [JSON, *_FILES, HTML])
    found = _find(release, rewir=rewir, period=period, k=k)
    extract = Extract(release, found.collection, found.rows, crs=CRS84)
    if media_type in _FILES:
        return _file(found, extract, _FILES[media_type])
    content = {
        **_answer(found),
        **_about(release, extract, language=language),
    }
    if media_type == HTML:
        return priorities_page(request, release, found, content, language=language)
    content |= {
        "links": [
            self_link(request, base),
            link(base, f"/collections/{COLLECTION}", rel="collection"),
            *_alternates(request, base),
        ],
    }
    return Response(orjson.dumps(content), media_type=JSON, headers={"Content-Language": language})


def _find(release: Release, *, rewir: str | None, period: str | None, k: int | None) -> Priorities:
    try:
        return find_priorities(release, rewir=rewir, period=period, k=k)
    except (NotFoundError, UsageError) as error:
        given = {"no-rewir": ("rewir", rewir), "no-plan-period": ("period", period),
                 "bad-period": ("period", period), "bad-k": ("k", k)}  # fmt: skip
        _refuse(release, error.error_code, *given.get(error.error_code, ("", None)), cause=error)


def _refuse(
    release: Release, code: str, parameter: str, value: object, *, cause: Exception
) -> NoReturn:
    """The problem that fits, with what would have been possible."""
    if code == "no-rewir":
        rewirs = release.collections[COLLECTION].table(["rewir_id"]).column("rewir_id")
        raise ApiError(
            code=code, name=value, allowed=sorted(set(rewirs.to_pylist())), show=("allowed",)
        ) from cause
    if code in {"bad-period", "bad-k"}:
        method = release.collections[COLLECTION].meta["method"]
        raise ApiError(
            code="bad-value",
            parameter=parameter,
            value=str(value),  # a number may be too large for JSON
            expected="plan-period" if code == "bad-period" else "up-to",
            known=method["period"],
            most=method["most_k"],
            show=("parameter", "value"),
        ) from cause
    if code == "no-plan-period":
        known = release.collections[COLLECTION].meta["method"]["period"]
        raise ApiError(code=code, name=value, allowed=[known], show=("allowed",)) from cause
    raise ApiError(code="no-priorities") from cause


def _alternates(request: Request, base: str) -> list[dict[str, str]]:
    """The same list as files."""
    asked = [(name, value) for name, value in request.query_params.items() if name != "f"]
    return [
        link(base, f"/priorities?{urlencode([*asked, ('f', one.id)])}", rel="alternate",
             media_type=name)
        for name, one in _FILES.items()
    ]  # fmt: skip


def _file(found: Priorities, extract: Extract, entry: Format) -> Response:
    if entry.id == "csv":
        # Most shapes are whole beats, which have a collection of their own.
        parts = write_csv(extract, wkt=False)
    else:
        first = found.rows[: found.first]
        parts = write_xlsx(extract, sheets={"chosen plans": found.chosen, "by rank": first})
    name = f"priorities-{found.period}{entry.suffixes[0]}"
    return Response(
        b"".join(parts),
        media_type=entry.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _answer(found: Priorities) -> dict[str, Any]:
    method = dict(found.collection.meta["method"])
    weights, allocation = method.pop("weights"), method.pop("allocation")
    return {
        "period": found.period,
        "rewir": found.rewir,
        "k": found.k,
        "numberMatched": found.matched,
        "numberReturned": len(found.rows),
        "ranks_in": "city",
        "candidates": found.records(),
        "beats_without_candidates": list(found.beats_without),
        "weights": {name: weights[name] for name in ("id", "version", "status")},
        "allocation": allocation,
        "method": method,
    }


def _about(release: Release, extract: Extract, *, language: str) -> dict[str, Any]:
    """Badges and source: nobody may read the list without them."""
    meta = extract.collection.meta
    return {
        "notices": notices(extract, language=language),
        "simulated": meta["simulated"],
        "status": meta["status"],
        "release": release.id,
        "as_of": release.manifest["as_of"],
        "licence": release.manifest["licence"],
        "attribution": release.manifest["attribution"],
    }
