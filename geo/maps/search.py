"""The box that finds an address, a street or an area: a plain form, and more where scripts run.

On the map and on every page it is the same. What is written in it goes to this server only, in the
body of a request; in a file that a map was saved as, it finds areas and asks nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from markupsafe import Markup

from geo.languages import Plural, Texts
from geo.maps.assets import asset_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.languages import Text

__all__ = ["SCRIPT", "STYLE", "TEXTS", "search_box", "search_script", "search_texts"]

SCRIPT = "search.js"
STYLE = "search.css"

TEXTS: Mapping[str, str | Plural] = {
    "search": "Address, street or beat",
    "example": "Pogonowskiego 27/29, VI-10",
    "areas_only": "Beat or other area",
    "area_example": "VI-10",
    "find": "Find",
    "here": "Use my position",
    "suggestions": "Suggestions",
    "street": "street",
    "address": "address",
    "count": Plural(
        one="{n} suggestion. Arrow keys choose it.",
        other="{n} suggestions. Arrow keys choose one.",
    ),
    "nothing_begins_so": "Nothing begins so. Enter looks for what is spelled nearly so.",
    "no_area": "No area is called so.",
    "add_number": "Add a house number, or press Enter.",
    "several": Plural(one="{n} place fits.", other="{n} places fit. Choose one."),
    "at": "{place}: {area}",
    "your_position": "Your position",
    "looking": "Asking your browser for the position …",
    "refused": (
        "Your browser was told not to give the position. Allow it for this page, or write an "
        "address."
    ),
    "no_position": "Your device does not know where it is. Write an address.",
    "too_late": "Your device needs too long to find where it is. Write an address.",
    "needs_https": "Browsers tell the position only to pages over https. Write an address.",
    "too_many": Plural(
        one="Too many questions. Wait {n} second.", other="Too many questions. Wait {n} seconds."
    ),
    "unreachable": "The server cannot be reached. Areas are found without it.",
}

_SIGN = Markup(
    '<svg viewBox="0 0 20 20" aria-hidden="true"><path '
    'd="M10 4a6 6 0 1 1 0 12a6 6 0 1 1 0-12M10 1v6M10 13v6M1 10h6M13 10h6"/></svg>'
)
"""A ring and its cross-hairs; the head has no room for the words beside it."""

_SEARCH = Texts(TEXTS, context="search")


def search_texts(lang: str) -> Mapping[str, Text]:
    """What the box says, as its script reads it.

    Parameters
    ----------
    lang
        One of `geo.languages.LANGUAGES`.
    """
    return _SEARCH.of(lang)


def search_script(*, base_url: str) -> Markup:
    """The element that loads the script; it waits for the page, and for the scripts of a map.

    Parameters
    ----------
    base_url
        Goes before the path; "" at the root of the origin.
    """
    return Markup('<script src="{url}" integrity="{integrity}" defer></script>').format(
        **asset_link(SCRIPT, base_url)
    )


def search_box(
    *, lang: str, base_url: str, chosen: str = "", query: str = "", large: bool = False
) -> Markup:
    """The form, which asks `/locate` also without a script.

    Parameters
    ----------
    lang
        One of `geo.languages.LANGUAGES`.
    base_url
        Goes before every path; "" at the root of the origin.
    chosen
        The language that the address of the page names, for the next page; "" if it names none.
    query
        What stands in it.
    large
        Whether it is the page's own, with its label and examples in sight.
    """
    texts = search_texts(lang)
    name = "ask" if large else "search"
    return Markup(
        '<form class="search{large}" id="{name}" role="search" method="post"'
        ' action="{base}/locate{chosen}" data-search="{texts}" data-lang="{lang}"'
        ' data-suggestions="{base}/locate/suggestions?lang={lang}">'
        '<label for="{name}-input"{hidden}>{search}</label>'
        '<div class="field"><input id="{name}-input" name="q"{value} required'
        ' maxlength="200" autocomplete="off" spellcheck="false" placeholder="{example}"></div>'
        "<button>{find}</button>"
        '<button type="button" class="here" hidden title="{here}">{sign}<span>{here}</span>'
        "</button>"
        '<p class="told" role="status"></p></form>'
    ).format(
        name=name,
        large=" large" if large else "",
        hidden="" if large else Markup(' class="spoken"'),
        base=base_url,
        chosen=f"?lang={chosen}" if chosen else "",
        lang=lang,
        value=Markup(' value="{}"').format(query) if query else "",
        texts=orjson.dumps(texts).decode(),
        search=texts["search"],
        example=texts["example"],
        find=texts["find"],
        here=texts["here"],
        sign=_SIGN,
    )
