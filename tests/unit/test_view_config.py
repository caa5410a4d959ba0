"""What views know of a release: limits as it published them, periods, words of its codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_release import PLAN_METHOD, write_release

from geo.maps.view_config import CELL_COLUMNS, view_config
from geo.release.reader import open_current
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from geo.release.reader import Release

LIMITS = {"all": [3.0, 4.0, 9.0], "traffic": [3.0, 5.0]}


@pytest.fixture
def release(tmp_path: Path) -> Release:
    write_release(tmp_path)
    return open_current(Folder.open(tmp_path), face="public")


def with_breaks(release: Release, monkeypatch: pytest.MonkeyPatch, *columns: str) -> dict[str, Any]:
    breaks = {f"{group}.{c}": one for group, one in LIMITS.items() for c in columns}
    monkeypatch.setitem(release.collections["hotspot-cells"].meta, "breaks", breaks)
    return dict(view_config(release, lang="en")["density"])


def test_a_face_without_densities_shows_counts(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    density = with_breaks(release, monkeypatch, "n_reports", "n_episodes")
    assert density["column"] == "n_reports"
    assert density["breaks"] == LIMITS
    held = set(release.collections["hotspot-cells"].columns)
    assert density["columns"] == [name for name in CELL_COLUMNS if name in held]
    assert "cell_id" in density["columns"]


def test_a_face_with_densities_shows_them(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    density = with_breaks(release, monkeypatch, "n_reports", "kde_per_km2")
    assert density["column"] == "kde_per_km2"
    assert density["breaks"] == LIMITS


@pytest.mark.parametrize("lang", ["en", "pl"])
def test_candidates_know_their_period_and_their_words(release: Release, lang: str) -> None:
    found = view_config(release, lang=lang)["candidates"]
    assert (found["period"], found["made_in"], found["k"]) == ("2026H2", "2026H1", 2)
    assert found["n"] == release.collections["plan-candidates"].count
    for kind in ("reasons", "notes"):
        assert found[kind] == {code: names[lang] for code, names in PLAN_METHOD[kind].items()}


def test_what_is_not_in_the_release_is_not_told(release: Release) -> None:
    assert set(view_config(release, lang="en")) == {"density", "candidates"}
