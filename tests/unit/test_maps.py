"""The map page as a text: escaped, hashed, complete in both languages, the same every time."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from small_release import EVIL, write_release
from typer.testing import CliRunner

from geo.cli import map as map_command
from geo.errors import NotFoundError, UsageError
from geo.languages import LANGUAGES
from geo.layers.area_statistics import NOTES
from geo.maps import assets, config, vendor
from geo.maps import page as maps_page
from geo.maps.config import STATISTICS
from geo.maps.embed import COLUMNS
from geo.maps.page import areas_page, script_json
from geo.maps.texts import TEXTS, texts_of
from geo.release.reader import open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from geo.release.reader import Release

SCRIPTS = {
    path.relative_to(assets.FOLDER).as_posix(): path.read_text(encoding="utf-8")
    for path in (*assets.FOLDER.glob("*.js"), *assets.FOLDER.glob("views/*.js"))
}
TEMPLATE = (Path(assets.__file__).parent / "templates" / "page.html").read_text(encoding="utf-8")


class Elements(HTMLParser):
    """Collects the start tags of a page, and the text of each script and style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self.texts.append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.texts and self.get_starttag_text() and self.cdata_elem:
            tag, attrs, text = self.texts[-1]
            self.texts[-1] = (tag, attrs, text + data)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release written by hand, with an evil name in it."""
    store = tmp_path_factory.mktemp("store")
    write_release(store)
    return open_current(Folder.open(store), face="public")


def sha256(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def directives(csp: str) -> dict[str, list[str]]:
    parts = [part.split() for part in csp.split("; ")]
    return {part[0]: part[1:] for part in parts}


@pytest.mark.parametrize("inline", [False, True])
def test_the_policy_allows_exactly_the_scripts_of_the_page(
    release: Release, *, inline: bool
) -> None:
    page = areas_page(release, inline=inline)
    found = Elements(page.html).texts
    run = [text for tag, attrs, text in found if tag == "script" and not {"src", "type"} & {*attrs}]
    styles = [text for tag, _, text in found if tag == "style"]
    rules = directives(page.csp)
    own = [] if inline else ["'self'"]
    assert rules["script-src"] == own + [sha256(text) for text in run]
    assert rules["style-src"] == own + [sha256(text) for text in styles]
    assert rules["default-src"] == ["'none'"]
    assert "unsafe" not in page.csp
    assert len(run) == (len(assets.SCRIPTS) + 1 if inline else 1)


@pytest.mark.parametrize("inline", [False, True])
def test_no_attribute_holds_script_or_style(release: Release, *, inline: bool) -> None:
    for tag, attrs in Elements(areas_page(release, inline=inline).html).tags:
        assert not [name for name in attrs if name.startswith("on") or name == "style"], tag


def test_the_file_loads_nothing(release: Release) -> None:
    page = areas_page(release, inline=True)
    for _, attrs in Elements(page.html).tags:
        for name in ("src", "href"):
            assert str(attrs.get(name) or "#").startswith(("#", "data:"))
    meta = [attrs for tag, attrs in Elements(page.html).tags if "http-equiv" in attrs]
    assert [attrs["content"] for attrs in meta] == [page.csp]


def test_served_scripts_are_the_assets_by_hash(release: Release) -> None:
    tags = Elements(areas_page(release, base_url="/rewir").html).tags
    scripts = [attrs for tag, attrs in tags if tag == "script" and "src" in attrs]
    names = [str(attrs["src"]).partition("?")[0] for attrs in scripts]
    loaded = ["offline.js", *assets.SCRIPTS]
    assert names == [f"/rewir/assets/{n}" for n in loaded]
    for name, attrs in zip(loaded, scripts, strict=True):
        text = (assets.FOLDER / name).read_text(encoding="utf-8")
        assert f"'{attrs['integrity']}'" == sha256(text)


@pytest.mark.parametrize("inline", [False, True])
def test_the_same_release_gives_the_same_bytes(release: Release, *, inline: bool) -> None:
    assert areas_page(release, inline=inline) == areas_page(release, inline=inline)


def test_an_evil_name_is_data_in_the_file(release: Release) -> None:
    html = areas_page(release, inline=True).html
    assert EVIL not in html
    data = next(text for _, a, text in Elements(html).texts if a.get("id") == "rewir-data")
    names = json.loads(data)["collections"]["beats"]["columns"]["name"]
    assert EVIL in (names["of"] if isinstance(names, dict) else names)


def test_an_evil_city_is_text(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    city = release.manifest["city"]
    monkeypatch.setitem(city, "name", f"{EVIL} {{{{ 7 * 7 }}}}")
    monkeypatch.setitem(city, "notice", {"en": '"><svg onload=alert(1)>', "pl": ""})
    html = areas_page(release).html
    assert EVIL not in html
    assert "<svg onload" not in html
    assert "{{ 7 * 7 }}" in html


@given(st.recursive(st.text() | st.integers(-(2**53), 2**53) | st.none(), st.lists))
@settings(deadline=None)
def test_json_in_a_script_cannot_end_it(value: Any) -> None:
    text = str(script_json(value))
    assert "<" not in text
    assert json.loads(text) == value


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [
        ({"layer": "moon"}, "areas, hotspots"),
        ({"level": "moon"}, "beat, komisariat"),
        ({"period": "1999H1"}, "2025H2, 2026H1"),
        ({"category_group": "moon"}, "all, traffic"),
        ({"lang": "de"}, "en, pl"),
    ],
)
def test_a_choice_that_is_none_names_the_allowed(
    release: Release, choice: dict[str, str], allowed: str
) -> None:
    with pytest.raises(UsageError, match=f"no .*{next(iter(choice.values()))}.*{allowed}"):
        areas_page(release, **choice)


READERS = ("months.js", "panel.js", "views/areas.js")
MADE = {"fid", "summed", "months"}
"""What the page itself adds to a row."""


def test_every_column_the_page_reads_is_in_the_file() -> None:
    read = set(re.findall(r"\brow\.(\w+)", "".join(SCRIPTS[name] for name in READERS)))
    held = set(COLUMNS["area-periods"])
    assert len(read) > 10
    assert read - MADE <= held
    assert {statistic["id"] for statistic in STATISTICS} <= held


def test_every_text_that_is_said_exists_and_is_said() -> None:
    python = "".join(Path(m.__file__).read_text(encoding="utf-8") for m in (config, maps_page))
    # The search and the page that is shown without a network bring words of their own.
    others = {"search.js", "offline.js", "sw.js", "items.js"}
    code = "".join([*(text for n, text in SCRIPTS.items() if n not in others), TEMPLATE, python])
    said = set(re.findall(r"""say\(\s*["'](\w+)["']\s*[,)]""", code))
    quoted = set(re.findall(r"""["'](\w+)["']""", code))
    built = re.compile(
        r"(note|statistic|class|short|status|column|choose|layer|legend|badge|tip|title|pattern|funnel|weekday|shift|rule|nav|hatch|not|no_such|shapes|months|table|scan|none)_[\w-]+"
    )
    assert said <= set(TEXTS)
    quoted.add("shapes")  # the pages with a small map say it
    assert {key for key in TEXTS if key not in quoted and not built.fullmatch(key)} == set()


def test_every_reason_of_the_layer_has_a_text() -> None:
    # A hidden row is told in place of its numbers.
    assert {f"note_{code}" for code in NOTES} - {"note_suppressed"} <= set(TEXTS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_are_complete(lang: str) -> None:
    assert set(texts_of(lang)) == set(TEXTS)
    assert all(texts_of(lang).values())


def test_missing_leaflet_says_what_to_run(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    with pytest.raises(NotFoundError, match="make assets"):
        areas_page(release)


def config_of(release: Release, **choice: str) -> dict[str, Any]:
    found = Elements(areas_page(release, **choice).html).texts
    text = next(text for _, attrs, text in found if attrs.get("id") == "rewir-config")
    return dict(json.loads(text))


@pytest.mark.parametrize(
    ("time", "lang", "labels"),
    [
        (["2025-08-01", "2026-08-01"], "en", ["2025H2", "2026H1"]),
        (["2025-08-02", "2026-06-25"], "en", ["2025H2, from 2 Aug", "2026H1, to 24 Jun"]),
        (["2025-08-02", "2026-06-25"], "pl", ["2025H2, od 2 sie", "2026H1, do 24 cze"]),
    ],
)
def test_a_half_year_without_all_its_days_says_which(
    release: Release,
    monkeypatch: pytest.MonkeyPatch,
    time: list[str],
    lang: str,
    labels: list[str],
) -> None:
    monkeypatch.setitem(release.manifest, "time", time)
    periods = config_of(release, lang=lang)["periods"]
    assert [period["label"] for period in periods.values()] == labels
    assert periods["2026H1"]["until"] == ("2026-07-31" if labels[1] == "2026H1" else "2026-06-24")
    html = areas_page(release, lang=lang).html
    assert f">{labels[0]}</option>" in html
    assert f"{labels[1]} · Rewir</title>" in html


@pytest.mark.parametrize(
    ("time", "first", "n"),
    [
        (["2025-08-01", "2026-08-01"], "2025-08", 12),
        (["2025-08-31", "2026-08-02"], "2025-08", 13),
        (["2025-12-05", "2025-12-20"], "2025-12", 1),
        (["2024-12-01", "2026-01-01"], "2024-12", 13),
    ],
)
def test_months_are_those_that_the_data_reach_into(
    release: Release, monkeypatch: pytest.MonkeyPatch, time: list[str], first: str, n: int
) -> None:
    monkeypatch.setitem(release.manifest, "time", time)
    months = config.months_of(release)
    assert (months[0], len(months)) == (first, n)
    assert months == sorted(set(months))
    last = date.fromisoformat(time[1]) - timedelta(days=1)
    assert months[-1] == last.isoformat()[:7]
    assert all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) for month in months)
    told = config_of(release)
    assert told["months"] == {"first": first, "n": n, "series": False}
    assert told["time"] == [time[0], last.isoformat()]


def test_a_layer_is_offered_where_its_collection_and_its_script_are(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert config.layers_of(release) == ["areas", "hotspots", "patterns", "density", "candidates"]
    html = areas_page(release).html
    assert 'id="layer-candidates"' in html
    assert 'id="layer-clusters"' not in html
    few = [name for name in assets.SCRIPTS if name != "views/density.js"]
    monkeypatch.setattr(config, "SCRIPTS", few)
    assert config.layers_of(release) == ["areas", "hotspots", "patterns", "candidates"]


def test_any_months_are_offered_where_their_numbers_are(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert '<option value="custom"' not in areas_page(release).html
    periods = release.collections["area-periods"]
    monkeypatch.setitem(release.collections, "area-series", periods)
    assert '<option value="custom">any months…</option>' in areas_page(release).html


def test_a_map_that_was_not_made_says_why(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest's lists of maps made and not made; what is in neither had too few months."""
    sparse = {"period": "2026H1", "category_group": "traffic", "mean": 0.17}
    method = {
        "minimum_mean": 0.5,
        "maps": [{"period": "2026H1", "category_group": "all"}],
        "without_map": [sparse],
    }
    monkeypatch.setitem(release.collections["hotspot-areas"].meta, "method", method)
    hotspots = config_of(release)["hotspots"]
    months = {"few": False, "mean": None}
    assert hotspots["needed"] == 0.5
    assert hotspots["untested"] == {
        "2025H2.all": months,
        "2025H2.traffic": months,
        "2026H1.traffic": {"few": True, "mean": 0.17},
    }


def test_each_layer_has_a_title_of_its_own(release: Release) -> None:
    html = areas_page(release, layer="hotspots", lang="pl").html
    assert "<title>Nine: miejsca skupienia zgłoszeń, 2026H1 · Rewir</title>" in html
    assert '<span id="subtitle">miejsca skupienia zgłoszeń, 2026H1</span>' in html


def test_a_city_without_licence_or_sources_has_no_empty_words(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Licence: CC-BY-4.0. Sources: Made by hand. Leaflet." in areas_page(release).html
    monkeypatch.setitem(release.manifest, "licence", "")
    monkeypatch.setitem(release.manifest, "attribution", [])
    html = areas_page(release).html
    assert "Licence:" not in html.split("<script", maxsplit=1)[0]
    assert "Sources:" not in html.split("<script", maxsplit=1)[0]


def node_modules(folder: Path) -> Path:
    for package, names in vendor.FILES.items():
        for name in names:
            path = folder / "node_modules" / package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, encoding="utf-8")
    return folder / "node_modules"


def test_vendor_brings_scripts_and_licence(tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    (target / "old").mkdir(parents=True)
    written = vendor.install_vendor(node_modules(tmp_path), target=target)
    names = {path.relative_to(target).as_posix() for path in written}
    assert {"leaflet/leaflet.js", "leaflet/leaflet.css", "leaflet/LICENSE"} <= names
    assert {p for p in target.rglob("*") if p.is_file()} == set(written)


def test_vendor_changes_nothing_without_npm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "vendor"
    target.mkdir()
    (target / "kept").touch()
    with pytest.raises(NotFoundError, match="npm ci"):
        vendor.install_vendor(tmp_path / "node_modules", target=target)
    assert (target / "kept").exists()
    assert vendor._main([str(tmp_path)]) == 1
    assert "npm ci" in capsys.readouterr().err
    assert vendor._main([]) == 2


def test_the_style_names_only_files_that_are_brought() -> None:
    style = assets.read_asset("vendor/leaflet/leaflet.css").decode("utf-8")
    named = set(re.findall(r"url\((images/[^)]+)\)", style))
    assert named == {n.removeprefix("dist/") for n in vendor.FILES["leaflet"] if "images/" in n}


def test_the_command_writes_nothing_but_html(tmp_path: Path) -> None:
    app = typer.Typer()
    map_command.register(app)
    output = tmp_path / "map.txt"
    result = CliRunner().invoke(app, ["areas", "-o", str(output), "--store", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert "end in .html or .htm" in str(result.exception)
    assert not output.exists()


def test_the_command_tells_a_folder_that_is_missing(release: Release, tmp_path: Path) -> None:
    app = typer.Typer()
    map_command.register(app)
    store = str(Path(release.folder.root).parents[2])
    output = str(tmp_path / "nowhere" / "map.html")
    result = CliRunner().invoke(app, ["areas", "-o", output, "--store", store])
    assert "cannot write" in str(result.exception)
