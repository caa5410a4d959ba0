"""Every picture of a page that the documents show is taken by the script, and is shown."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
SCRIPT = runpy.run_path(str(ROOT / "docs" / "take_pictures.py"))
VIEWS: dict[str, Any] = SCRIPT["VIEWS"]
TAKEN = {f"{name}{SCRIPT['SUFFIX']}" for name in VIEWS}
SHOWN = {
    name
    for page in PAGES
    for name in re.findall(r"!\[[^\]]+\]\((?:docs/)?pictures/([^)]+)\)", page.read_text("utf-8"))
}
"""With words for those who do not see it: a picture without any is not found here."""
MOST_BYTES = 3_000_000


def test_what_is_shown_exists_and_nothing_lies_about() -> None:
    assert {path.name for path in FOLDER.iterdir()} == SHOWN


def test_pages_are_shown_as_the_script_takes_them() -> None:
    by_others = {name for name in SHOWN if name.startswith(("proof-", "architecture."))}
    assert SHOWN - by_others == TAKEN


def test_no_picture_is_without_words() -> None:
    for page in PAGES:
        assert "![](" not in page.read_text("utf-8"), page.name


@pytest.mark.parametrize("name", VIEWS)
def test_a_picture_has_the_size_of_its_view(name: str) -> None:
    view = VIEWS[name]
    width, height = view.size
    with Image.open(FOLDER / f"{name}{SCRIPT['SUFFIX']}") as picture:
        assert picture.size == ((2 * width + 1, height) if view.on_paper else (width, height))


def test_pictures_are_light() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES
