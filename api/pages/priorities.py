"""The page of plan priorities: what is chosen, who ranks first, how surely, on what assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.pages.items import is_approximate
from api.pages.layout import Page, page_response
from api.pages.table import body, heads, main_columns, notes_of, without_limits
from api.pages.texts import say
from api.pages.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from starlette.requests import Request
    from starlette.responses import Response

    from geo.priorities import Priorities
    from geo.release.reader import Release

__all__ = ["priorities_page"]

FIRST = ("beat_id", "category_group", "rank_median")


def priorities_page(
    request: Request,
    release: Release,
    found: Priorities,
    content: Mapping[str, Any],
    *,
    language: str,
) -> Response:
    """The page of chosen plans and first candidates, as tables with ranges of ranks, and a map.

    Parameters
    ----------
    found
        The candidates.
    content
        The answer as JSON has it: its weights, its method.
    language
        ``en`` or ``pl``.
    """
    collection, words = found.collection, Words(release, language)
    known = main_columns(collection, language)
    # Where, what and how high come first: a telephone shows no more.
    ranked = [*FIRST, *(name for name in known if name not in FIRST)]
    chosen = ["selection_reason" if name == "selected" else name for name in ranked]
    tables = {
        "chosen_plans": _table(words, found, chosen, found.chosen),
        "by_rank": _table(words, found, ranked, found.rows[: found.first]),
    }
    rewirs = release.collections[collection.id].table(["rewir_id"]).column("rewir_id")
    context = {
        "found": found,
        "most": collection.meta["method"]["most_k"],
        "rewirs": sorted(set(rewirs.to_pylist())),
        "weights": content["weights"],
        "tables": tables,
        "details": {name: content[name] for name in ("weights", "allocation", "method")},
        "words": words,
    }
    shapes = collection.features(found.rows.tolist(), properties=())
    page = Page(
        "priorities.html",
        say(language, "priorities"),
        (),
        context,
        simulated=collection.meta["simulated"],
        approximate=is_approximate(collection),
        features=shapes or None,
    )
    return page_response(request, release, page, language=language)


def _table(
    words: Words, found: Priorities, names: list[str], rows: NDArray[np.intp]
) -> dict[str, Any]:
    """Columns, rows and the reasons for what is missing in them."""
    collection = found.collection
    known = [name for name in names if name in collection.columns]
    shown = without_limits(collection, known)
    records = [found.record(row) for row in rows.tolist()]
    return {
        "columns": heads(collection, shown, words.language),
        "rows": body(words, collection, shown, [(row["candidate_id"], row) for row in records]),
        "notes": notes_of(words, collection, records),
    }
