"""The Content-Security-Policy of a page: nothing from outside, and no script that is not ours."""

from __future__ import annotations

from html.parser import HTMLParser

from geo.maps.assets import integrity

__all__ = ["policy_of"]

DATA_TYPES = ("application/json",)
"""Script elements of these types are data; a browser never runs them."""


def policy_of(
    html: str,
    *,
    inline: bool,
    forms: bool = False,
    framed_by_all: bool = False,
    images: str = "",
) -> str:
    """The policy that lets this page work, and nothing else.

    Parameters
    ----------
    html
        The finished page: every script and style inside it is allowed by its hash.
    inline
        Whether the page holds everything itself; if not, it may also load from its own origin.
    forms
        Whether the page has forms, which may only ask its own origin.
    framed_by_all
        Whether pages of any origin may show it in a frame; if not, those of its own may.
    images
        Another origin that images may come from; empty if there is none.

    Returns
    -------
    str
        Value of the header; a page from a file carries it in a ``meta`` element.
    """
    found = _Inline()
    found.feed(html)
    found.close()
    own = [] if inline else ["'self'"]
    directives = {
        "default-src": ["'none'"],
        "script-src": own + _hashes(found.scripts),
        "style-src": own + _hashes(found.styles),
        "img-src": [*own, "data:", *images.split()],
        "connect-src": own or ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"] if forms else ["'none'"],
        # No script writes markup: `trusted.js` lets Leaflet's own pass, and nothing else.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default", "rewir-worker"],
    }
    if not inline:
        directives |= {"worker-src": ["'self'"], "manifest-src": ["'self'"]}
        # A meta element cannot say this one.
        directives["frame-ancestors"] = ["*" if framed_by_all else "'self'"]
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())


def _hashes(texts: list[str]) -> list[str]:
    return [f"'{integrity(text.encode('utf-8'))}'" for text in dict.fromkeys(texts)]


class _Inline(HTMLParser):
    """Collects the text of inline scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._texts: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._texts = None
        if tag == "style":
            self._texts = self.styles
        elif tag == "script" and "src" not in given and given.get("type") not in DATA_TYPES:
            self._texts = self.scripts
        if self._texts is not None:
            self._texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._texts = None

    def handle_data(self, data: str) -> None:
        if self._texts is not None:
            self._texts[-1] += data
