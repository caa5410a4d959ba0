"""Templates and scripts hold no words of their own: what they say comes from the catalogues."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from geo.phrases import PHRASES

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted([*ROOT.glob("geo/**/templates/*.html"), *ROOT.glob("api/**/templates/*.html")])
SCRIPTS = sorted(
    path for path in ROOT.glob("geo/maps/assets/**/*.js") if "vendor" not in path.parts
)

NAMES = {"Rewir", "Leaflet", "MapLibre", "GeoJSON", "CSV", "PMTiles", "QML", "SLD"}
"""Names of things, the same in every language."""
SPOKEN = {"title", "aria-label", "aria-description", "aria-roledescription", "alt", "placeholder",
          "value", "content", "label"}  # fmt: skip

JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`\\])//[^\n]*", re.DOTALL)
STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`")
SENTENCE = re.compile(
    r"(?:^|[.:!?>] ?)[A-Z][a-z]+,? [a-z]{2,}"  # Nothing here
    r"|[a-z]{2,},? [a-z]{2,}[.!?…]$"  # nothing here.
    r"|\w[ąćęłńóśźż]|[ąćęłńóśźż]\w"  # źródło
)
SHOWN = re.compile(
    r"(?:textContent|innerText|ariaLabel|placeholder|\.title|\.alt)\s*=$"
    r"|setAttribute\(\"(?:aria-label|aria-description|title|alt|placeholder)\",$"
)
"""What stands before a string that a reader sees."""


class Words(HTMLParser):
    """Text nodes and spoken attributes of a template without its Jinja."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.feed(JINJA.sub(" ", text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag == "meta" and dict(attrs).get("name") == "viewport":
            return
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "code"} & set(self.open):
            self.found.append(data)


def words_of_template(text: str) -> set[str]:
    return {word for found in Words(text).found for word in WORD.findall(found)} - NAMES


def sentences_of_script(text: str) -> list[str]:
    """String literals that a reader would see as words; those of errors are for developers."""
    found = []
    text = COMMENT.sub("", text)
    for match in STRING.finditer(text):
        before = text[: match.start()].rstrip()
        if before.endswith(
            ("Error(", "querySelector(", "querySelectorAll(", "matches(", "closest(")
        ):
            continue
        plain = re.sub(r"\$\{[^}]*\}|<[^>]*>", " ", match[0][1:-1]).strip()
        shown = SHOWN.search(before) and set(WORD.findall(plain)) - NAMES
        if shown or SENTENCE.search(plain):
            found.append(match[0])
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_words(path: Path) -> None:
    assert words_of_template(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_hold_no_sentences(path: Path) -> None:
    assert sentences_of_script(path.read_text(encoding="utf-8")) == []


def test_the_scan_finds_words() -> None:
    html = '<p title="Show all">{{ say("x") }} Hello <code>area_id</code> Leaflet</p>'
    assert words_of_template(html) == {"Show", "all", "Hello"}
    script = 'const a = "Nothing here"; // "not this one"\nthrow new Error(`no text ${key}`);'
    assert sentences_of_script(script) == ['"Nothing here"']
    assert sentences_of_script("x.textContent = `Miejsce ${name}, źródło`;") != []
    assert sentences_of_script('button.textContent = "ok";') == ['"ok"']
    assert sentences_of_script('row.setAttribute("aria-label", `beat ${id}`);') == ["`beat ${id}`"]
    assert sentences_of_script('map.on("moveend resize", draw); box.className = "a wide b";') == []


def test_phrases_of_filters_are_known() -> None:
    """What errors of `geo.filters` name of kinds and sizes can be said in every language."""
    named: set[str] = set()
    for path in ROOT.glob("geo/filters/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in {"expected", "what", "found"}:
                named |= {
                    each.value
                    for each in ast.walk(node.value)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    assert len(named) > 10
    assert named <= set(PHRASES.english)
