"""Texts in the languages of readers: English in the sources, others in gettext catalogues.

A package keeps its translations in ``locale/<language>/LC_MESSAGES/<package>.po``. The context of
a message is the key of its text, so that equal words may differ and translators know where a text
stands. A language is there as soon as its files are: nothing else names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from geo.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babel import Locale
    from babel.messages.catalog import Catalog, Message

__all__ = [
    "LANGUAGES",
    "SOURCE_LANGUAGE",
    "Plural",
    "Text",
    "Texts",
    "categories_of_forms",
    "in_language",
    "language_names",
    "read_catalogue",
]

SOURCE_LANGUAGE = "en"
CATALOGUE = "LC_MESSAGES/{package}.po"

_HERE = Path(__file__).parent
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
_COUNTED = 1000

Text = str | dict[str, str]
"""A text in one language: a string with {gaps}, or one string for each plural category of CLDR."""


class Plural(NamedTuple):
    """The English forms of a text that counts: the gap ``n`` chooses between them."""

    one: str
    other: str


def _languages() -> tuple[str, ...]:
    files = (_HERE / "locale").glob("*/" + CATALOGUE.format(package=_HERE.name))
    return (SOURCE_LANGUAGE, *sorted(path.parents[1].name for path in files))


LANGUAGES = _languages()
"""Codes of all languages, that of the sources first."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """The texts of a module.

    Parameters
    ----------
    english
        Key to text, or to its two plural forms.
    context
        Goes before the keys in the catalogue: ``<context>.<key>``.
    package
        The folder of the package whose ``locale`` holds the catalogues.
    numbers
        Whether numbers in gaps are written as the language writes them.
    """

    english: Mapping[str, str | Plural]
    context: str
    package: Path = _HERE
    numbers: bool = False

    def of(self, language: str) -> Mapping[str, Text]:
        """Every text in one language; what is not translated yet is English.

        Parameters
        ----------
        language
            One of `LANGUAGES`.

        Raises
        ------
        UsageError
            If there is no such language.
        """
        if language not in LANGUAGES:
            msg = f"no language {language!r}: take one of {', '.join(LANGUAGES)}"
            raise UsageError(msg)
        return _translated(self, language)

    def say(self, language: str, key: str, **values: object) -> str:
        """A text in one language, its gaps filled.

        Parameters
        ----------
        language
            One of `LANGUAGES`.
        key
            A key of `english`.
        **values
            What fills the gaps. A text with plural forms takes the one of the number `n`.
        """
        text = self.of(language)[key]
        if not isinstance(text, str):
            category = _locale(language).plural_form(_count(values["n"]))
            text = text.get(category, text["other"])
        if self.numbers:
            values = {name: _written(value, language) for name, value in values.items()}
        return text.format_map(values) if values else text

    def everywhere(self, key: str, **values: object) -> dict[str, str]:
        """A text in all languages, as a release's manifest holds it.

        Parameters
        ----------
        key
            A key of `english`.
        **values
            What fills the gaps.
        """
        return {language: self.say(language, key, **values) for language in LANGUAGES}

    def everything(self) -> dict[str, dict[str, str]]:
        """All texts, none with gaps, in all languages: key to language to text."""
        return {key: self.everywhere(key) for key in self.english}


def in_language(names: Mapping[str, str], language: str) -> str:
    """What a release or a city calls something; in English if it does not speak the language.

    Parameters
    ----------
    names
        Language to name.
    language
        The language of the reader.
    """
    return names.get(language) or names.get(SOURCE_LANGUAGE, "")


@cache
def language_names() -> Mapping[str, str]:
    """Each language by its own name: ``{"en": "English", "pl": "Polski"}``."""
    names = {code: _locale(code).get_display_name() or code for code in LANGUAGES}
    return {code: name[:1].upper() + name[1:] for code, name in names.items()}


def read_catalogue(path: Path, *, language: str) -> Catalog:
    """A PO file.

    Parameters
    ----------
    path
        Its place.
    language
        The language it translates into.

    Raises
    ------
    PoFileError
        If the file is no PO file (of `babel.messages.pofile`).
    """
    from babel.messages.pofile import read_po  # noqa: PLC0415 - only where there is a catalogue

    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8", abort_invalid=True)


def categories_of_forms(catalogue: Catalog) -> dict[str, int]:
    """The plural categories of CLDR and the form of the catalogue that stands for each.

    Parameters
    ----------
    catalogue
        Its header says which whole number takes which form.

    Returns
    -------
    dict
        Category to the place of its form. A category of fractions alone, as Polish ``other``,
        takes the last form.
    """
    rule = _locale(str(catalogue.locale)).plural_form
    form_of = c2py(catalogue.plural_expr)
    forms = {rule(n): form_of(n) for n in range(_COUNTED)}
    last = catalogue.num_plurals - 1
    return {
        category: forms.get(category, last)
        for category in _CATEGORIES
        if category in rule.tags | {"other"}
    }


@cache
def _translated(texts: Texts, language: str) -> Mapping[str, Text]:
    """Every text of a module in one language; read once."""
    path = texts.package / "locale" / language / CATALOGUE.format(package=texts.package.name)
    if language == SOURCE_LANGUAGE or not path.is_file():
        return {key: _english(text) for key, text in texts.english.items()}
    catalogue, forms = _catalogue(path, language)
    return {
        key: _translation(catalogue, text, context=f"{texts.context}.{key}", forms=forms)
        for key, text in texts.english.items()
    }


@cache
def _catalogue(path: Path, language: str) -> tuple[Catalog, Mapping[str, int]]:
    """A catalogue and its plural forms, which take longer to find than a text."""
    catalogue = read_catalogue(path, language=language)
    return catalogue, categories_of_forms(catalogue)


def _translation(
    catalogue: Catalog, text: str | Plural, *, context: str, forms: Mapping[str, int]
) -> Text:
    message = catalogue.get(text if isinstance(text, str) else text.one, context)
    strings = _strings(message) if message and not message.fuzzy else ("",)
    if not all(strings):
        return _english(text)
    if isinstance(text, str):
        return strings[0]
    return {category: strings[form] for category, form in forms.items()}


def _strings(message: Message) -> tuple[str, ...]:
    strings = message.string or ""
    return (strings,) if isinstance(strings, str) else tuple(strings)


def _written(value: object, language: str) -> object:
    from geo.writing import write_number  # noqa: PLC0415 - modules that only name texts need no Babel

    if isinstance(value, int | float) and not isinstance(value, bool):
        return write_number(value, language)
    return value


def _count(n: object) -> float:
    if not isinstance(n, int | float):
        msg = f"a text with plural forms needs a number n, and got {n!r}"
        raise TypeError(msg)
    return n


@cache
def _locale(language: str) -> Locale:
    from babel import Locale  # noqa: PLC0415 - modules that only name texts need no Babel

    return Locale.parse(language, sep="-")


def _english(text: str | Plural) -> Text:
    return text if isinstance(text, str) else text._asdict()
