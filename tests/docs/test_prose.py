"""Prose that names a command, an option, a make target, a setting, a route or a file is true."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from api.app import create_app
from geo.cli import app
from geo.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
TEXT = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
COMMAND = typer.main.get_command(app)


def code_in(text: str) -> list[str]:
    """Lines of code blocks and spans of inline code."""
    block = re.compile(r"^```\w*\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
    blocks, spans = block.findall(text), re.findall(r"`([^`\n]+)`", block.sub("", text))
    return [line for block in blocks for line in block.splitlines()] + spans


@pytest.mark.parametrize("page", TEXT)
def test_commands_and_their_options_exist(page: str) -> None:
    for line in code_in(TEXT[page]):
        words = line.strip().removeprefix("$ ").split(" #")[0].split()
        if len(words) < 2 or words[0] not in {"rewir", ".venv/bin/rewir"}:
            continue
        command, rest = COMMAND, words[1:]
        while rest and rest[0] in getattr(command, "commands", {}):
            command = command.commands[rest.pop(0)]
        for word in rest:
            if word.startswith("-") and not word.lstrip("-").replace(".", "").isdigit():
                option = word.rstrip("…,").split("=")[0]
                known = {o for p in command.params for o in [*p.opts, *p.secondary_opts]}
                assert option in known | {"--help", "-h"}, f"{page}: {line}"
        assert command is not COMMAND or words[1].startswith("-"), f"{page}: {line}"


@pytest.mark.parametrize("page", TEXT)
def test_make_targets_exist(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    variables = set(re.findall(r"\b([A-Z_]+)\b", makefile))
    for line in code_in(TEXT[page]):
        words = [w for w in line.split() if w != "NO_SKIPS=1"]
        if words[:1] == ["make"]:
            for word in words[1:]:
                name, _, value = word.partition("=")
                assert name in (variables if value else targets), f"{page}: {line}"


@pytest.mark.parametrize("page", TEXT)
def test_settings_exist(page: str) -> None:
    known = {f"REWIR_{field.name.upper()}" for field in fields(Settings)}
    assert set(re.findall(r"\bREWIR_[A-Z_]+", TEXT[page])) <= known


@pytest.mark.parametrize("page", TEXT)
def test_files_and_links_exist(page: str) -> None:
    here = next(p for p in PAGES if p.name == page).parent
    for target in re.findall(r"\]\(([^)#\s]+)", TEXT[page]):
        if "://" not in target:
            assert (here / target).exists(), f"{page}: {target}"
    for span in re.findall(r"`((?:geo|api|data|docs|tests|notebooks)/[\w./-]*)`", TEXT[page]):
        assert (ROOT / span).exists(), f"{page}: {span}"


@pytest.mark.parametrize("page", TEXT)
def test_routes_exist(page: str) -> None:
    patterns = [
        re.compile(re.sub(r"\{[^}]*\}", r"[^/]+", path))
        for path in create_app(Settings()).openapi()["paths"]
    ]
    for found in re.findall(r"http://127\.0\.0\.1:8000(/[^\s\"'`)?>]*)", TEXT[page]):
        assert any(p.fullmatch(found) for p in patterns), f"{page}: {found}"


def test_generated_documents_are_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_command_has_help_with_an_example() -> None:
    def walk(path: str, command: object) -> None:
        children = getattr(command, "commands", {})
        for name, child in children.items():
            walk(f"{path} {name}", child)
        if not children:
            assert f"Example: {path}" in " ".join((command.help or "").split()), path

    walk("rewir", COMMAND)


def test_python_in_the_readme_runs() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT["README.md"], flags=re.MULTILINE | re.DOTALL)
    # What asks a server, tests/clients/test_guide_examples.py runs.
    blocks = [block for block in blocks if "http://" not in block]
    assert blocks
    for block in blocks:
        names: dict[str, object] = {}
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102  (our own page)
        assert len(names["beat"]) == len(names["reports"])
