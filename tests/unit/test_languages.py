"""Texts in every language: catalogues in step and whole, plural forms, a language made up."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from gettext import c2py
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from babel import Locale
from babel.messages.pofile import write_po

import api
import geo
import geo.languages
from geo.errors import UsageError
from geo.languages import LANGUAGES, Plural, Texts, categories_of_forms, read_catalogue

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs/update_catalogues.py"
PACKAGES = [Path(str(package.__file__)).parent for package in (geo, api)]
CATALOGUES = [
    (path, path.parents[1].name)
    for package in PACKAGES
    for path in sorted(package.glob(f"locale/*/LC_MESSAGES/{package.name}.po"))
]
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def strings(text: object) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())  # type: ignore[call-overload]


def gaps(text: str) -> set[str]:
    return {
        f"{name}!{conversion}:{form}"
        for _, name, form, conversion in Formatter().parse(text)
        if name
    }


def test_every_package_speaks_every_language() -> None:
    assert len(CATALOGUES) == len(PACKAGES) * len(TRANSLATED)
    assert {language for _, language in CATALOGUES} == set(TRANSLATED) >= {"pl"}


def test_catalogues_are_in_step_with_the_sources() -> None:
    run = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(("path", "language"), CATALOGUES)
def test_every_message_is_translated(path: Path, language: str) -> None:
    catalogue = read_catalogue(path, language=language)
    found = messages(catalogue)
    assert len(found) > 100
    for message in found:
        assert not message.fuzzy, f"{message.context} is to be looked at"
        assert strings(message.string), message.context
        assert all(strings(message.string)), f"{message.context} is not translated"


@pytest.mark.parametrize(("path", "language"), CATALOGUES)
def test_translations_have_the_gaps_of_their_source(path: Path, language: str) -> None:
    catalogue = read_catalogue(path, language=language)
    numbers = Counter(map(c2py(catalogue.plural_expr), range(1000)))
    for message in messages(catalogue):
        forms = [gaps(form) for form in strings(message.id)]
        allowed, needed = set().union(*forms), set.intersection(*forms)
        for place, translation in enumerate(strings(message.string)):
            # A form of one number alone, such as "once a day", need not repeat it.
            alone = message.pluralizable and numbers[place] == 1
            least = needed - {"n!None:"} if alone else needed
            assert least <= gaps(translation) <= allowed, message.context


@pytest.mark.parametrize(("path", "language"), CATALOGUES)
def test_every_plural_form_is_there(path: Path, language: str) -> None:
    catalogue = read_catalogue(path, language=language)
    categories = categories_of_forms(catalogue)
    assert set(categories) == Locale.parse(language).plural_form.tags | {"other"}
    assert set(categories.values()) == set(range(catalogue.num_plurals))
    for message in messages(catalogue):
        if message.pluralizable:
            assert len(strings(message.string)) == catalogue.num_plurals, message.context


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 rejonów"),
        (1, "1 rejon"),
        (2, "2 rejony"),
        (4, "4 rejony"),
        (5, "5 rejonów"),
        (11, "11 rejonów"),
        (12, "12 rejonów"),
        (21, "21 rejonów"),
        (22, "22 rejony"),
        (112, "112 rejonów"),
        (1.5, "1.5 rejonu"),
    ],
)
def test_polish_counts(n: float, text: str, tmp_path: Path) -> None:
    package = tmp_path / "beats"
    path = package / "locale/pl/LC_MESSAGES/beats.po"
    path.parent.mkdir(parents=True)
    catalogue = read_catalogue(CATALOGUES[0][0], language="pl")
    for message in messages(catalogue):
        catalogue.delete(message.id, message.context)
    catalogue.add(
        ("{n} beat", "{n} beats"),
        ("{n} rejon", "{n} rejony", "{n} rejonów", "{n} rejonu"),
        context="made.beats",
    )
    with path.open("wb") as file:
        write_po(file, catalogue)
    texts = Texts({"beats": Plural("{n} beat", "{n} beats")}, context="made", package=package)
    assert texts.say("pl", "beats", n=n) == text
    assert texts.say("en", "beats", n=n) == f"{n} beat{'' if n == 1 else 's'}"


def test_what_is_not_translated_is_english(tmp_path: Path) -> None:
    texts = Texts({"a": "A {b}", "n": Plural("{n} c", "{n} cs")}, context="x", package=tmp_path)
    assert texts.say("pl", "a", b=1) == "A 1"
    assert [texts.say("pl", "n", n=n) for n in (1, 2, 5)] == ["1 c", "2 cs", "5 cs"]
    assert texts.everywhere("a", b=2) == {"en": "A 2", "pl": "A 2"}


def test_what_cannot_be_said() -> None:
    texts = Texts({"n": Plural("{n} c", "{n} cs")}, context="x")
    with pytest.raises(UsageError, match=r"no language 'de': take one of en, pl"):
        texts.of("de")
    with pytest.raises(TypeError, match="needs a number n, and got '1'"):
        texts.say("en", "n", n="1")


def test_a_language_needs_nothing_but_its_files(tmp_path: Path) -> None:
    """Upper-case German, made of the templates: pages and problems speak it, numbers too."""
    for package in PACKAGES:
        copy = tmp_path / package.name
        subprocess.run(["cp", "-r", package, copy], check=True)
        template = read_catalogue(package / f"locale/{package.name}.pot", language="de")
        for message in messages(template):
            shouted = [re.sub(r"[^{}]+(?![^{]*\})", lambda m: m[0].upper(), text)
                       for text in strings(message.id)]  # fmt: skip
            message.string = tuple(shouted) if message.pluralizable else shouted[0]
        path = copy / f"locale/de/LC_MESSAGES/{package.name}.po"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_po(file, template)
    code = """
from api.negotiation import language_of
from api.pages.texts import say
from api.texts import problem_text, status_title
from geo.languages import language_names
from geo.maps.texts import texts_of
scope = {"query_string": b"lang=de", "headers": []}
print(language_of(scope), dict(language_names())["de"], say("de", "skip"), status_title(404, "de"))
print(problem_text("too-many", "de", seconds=7))
print(texts_of("de")["reports"])
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == [
        "de Deutsch SKIP TO THE CONTENT NOT FOUND",
        "TOO MANY REQUESTS. WAIT 7 S.",
        "{'one': '{n} REPORT', 'other': '{n} REPORTS'}",
    ]


def test_numbers_in_gaps_are_written_in_the_language(tmp_path: Path) -> None:
    texts = Texts(
        {"n": Plural("{n} c", "{n} of {all}")}, context="x", package=tmp_path, numbers=True
    )
    assert texts.say("en", "n", n=1234, all=56789.0) == "1,234 of 56,789"
    assert texts.say("pl", "n", n=1234, all="56789") == "1234 of 56789"
