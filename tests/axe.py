"""axe on a page that Playwright shows, from the npm package that only tests install."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Page

SCRIPT = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules whose verdict a dark page may change."""

_RUN = """(options) => axe.run(document, options).then(({ violations, passes }) => ({
  violations: violations.map(({ id, help, nodes }) => ({
    id, help, nodes: nodes.map(({ target, html, failureSummary }) => ({
      target: target.join(" "), html: html.slice(0, 300), why: failureSummary })),
  })),
  passes: passes.map(({ id }) => id),
}))"""


def faults(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds on the page as it is shown now: a line for every element at fault.

    The script is run by the debugger, which a Content-Security-Policy does not concern, so
    that the page is the one which readers get. Without `rules`, all of `TAGS` are tried.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SCRIPT.read_text("utf-8") + "; null")
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": TAGS}
    options = {"runOnly": only, "resultTypes": ["violations"], "elementRef": False}
    found: dict[str, Any] = page.evaluate(_RUN, options)
    if not found["passes"]:
        msg = f"axe tried nothing on {page.url}"
        raise AssertionError(msg)
    return [
        f"{fault['id']}: {node['target']} {node['why']} {node['html']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
