"""Bring the gettext catalogues in step with the texts in the sources (`make texts`).

A new text comes without a translation. A text whose English has changed keeps its translation,
marked fuzzy, until a translator has looked at it. A text that is gone is kept as obsolete.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

import api
import geo
from geo.languages import LANGUAGES, SOURCE_LANGUAGE, Texts, read_catalogue

ROOT = Path(__file__).parents[1]
PACKAGES = tuple(Path(str(package.__file__)).parent for package in (geo, api))
WIDTH = 79

# These would change with every run or name a person; the history of the files tells both.
LEFT_OUT = (
    "Report-Msgid-Bugs-To",
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Last-Translator",
    "Language-Team",
    "Generated-By",
)


def catalogues(package: Path) -> dict[Path, str]:
    """What the template and every catalogue of a package should hold now."""
    template = texts_of_package(package)
    folder = package / "locale"
    found = {folder / f"{package.name}.pot": _written(template)}
    for language in LANGUAGES:
        path = folder / language / "LC_MESSAGES" / f"{package.name}.po"
        if language != SOURCE_LANGUAGE and path.exists():
            found[path] = _written(_updated(read_catalogue(path, language=language), template))
    return found


def texts_of_package(package: Path) -> Catalog:
    """Every text of a package in the order of the sources, without translations."""
    template = Catalog(project="Rewir", charset="utf-8", fuzzy=False)
    template.header_comment = "# Texts of Rewir."
    for path in sorted(package.rglob("*.py")):
        for texts in _texts_in(path):
            for key, text in texts.english.items():
                template.add(
                    text if isinstance(text, str) else tuple(text),
                    locations=[(path.relative_to(package.parent).as_posix(), 0)],
                    context=f"{texts.context}.{key}",
                )
    return template


def _texts_in(path: Path) -> list[Texts]:
    """The texts that a module makes, and does not only import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    made = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and _calls_texts(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    if not made:
        return []
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return [getattr(importlib.import_module(name), each) for each in made]


def _calls_texts(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == Texts.__name__


def _updated(catalogue: Catalog, template: Catalog) -> Catalog:
    catalogue.update(template, no_fuzzy_matching=True)
    by_context = {message.context: message for message in catalogue.obsolete.values()}
    for message in catalogue:
        old = by_context.get(message.context) if message.id else None
        if old is None or message.pluralizable != old.pluralizable:
            continue
        message.string = old.string
        message.flags.add("fuzzy")
        message.previous_id = list(old.id) if old.pluralizable else [str(old.id)]
        del catalogue.obsolete[catalogue._key_for(old.id, old.context)]  # noqa: SLF001 - no other way
    return catalogue


def _written(catalogue: Catalog) -> str:
    file = BytesIO()
    write_po(file, catalogue, width=WIDTH, include_lineno=False, include_previous=True)
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f'"{n}' for n in LEFT_OUT)))


def main() -> None:
    """Write the catalogues, or only say whether they are in step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of step")
    check = parser.parse_args().check
    wanted = {path: text for package in PACKAGES for path, text in catalogues(package).items()}
    stale = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if check and stale:
        names = ", ".join(path.relative_to(ROOT).as_posix() for path in stale)
        sys.exit(f"out of step with the texts: {names}; run make texts")
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")


if __name__ == "__main__":
    main()
