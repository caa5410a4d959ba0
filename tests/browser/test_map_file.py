"""`rewir map`: one file that asks for nothing, and shows what the feed says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import typer
from evil_city import EVIL
from typer.testing import CliRunner

from geo.cli import map as map_command

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def map_file(evil_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of the release, as the command writes it."""
    path = tmp_path_factory.mktemp("file") / "map.html"
    app = typer.Typer()
    map_command.register(app)
    options = ["areas", "-o", str(path), "--store", str(evil_store), "--period", "2025H2"]
    result = CliRunner().invoke(app, [*options, "--level", "komisariat"])
    assert result.exit_code == 0, result.output
    assert "opens without a network" in result.output
    return path


def test_the_file_makes_no_request(page: Page, map_file: Path, requests: list[str]) -> None:
    page.goto(map_file.as_uri())
    page.wait_for_selector("path[data-area][aria-label]")
    page.select_option("#choose-level", "beat")
    page.wait_for_selector('[data-area="S-9"]')
    page.click("label[for=layer-hotspots]")
    page.evaluate("map_1.setZoom(14)")
    page.wait_for_timeout(500)
    assert requests == [map_file.as_uri()]


def test_the_file_and_the_feed_agree(page: Page, map_file: Path, feed: Any) -> None:
    page.goto(map_file.as_uri())
    page.wait_for_selector('[data-area="K2"][aria-label]')
    assert page.input_value("#choose-period") == "2025H2"
    page.select_option("#choose-period", "2025H1")
    page.select_option("#choose-category_group", "traffic")
    page.click('#table-areas tr[data-id="K2"] button')
    row = feed("/collections/area-periods/items/komisariat.K2.2025H1.traffic")["properties"]
    assert page.inner_text("#panel .figure strong") == f"{row['n_reports']} reports"
    page.reload()
    page.wait_for_selector('[data-area="K2"][aria-pressed="true"]')
    assert page.inner_text("#panel .figure strong") == f"{row['n_reports']} reports"


def test_the_file_keeps_evil_names_as_text(page: Page, map_file: Path) -> None:
    page.goto(map_file.as_uri())
    page.wait_for_selector("path[data-area][aria-label]")
    page.select_option("#choose-level", "beat")
    page.click('#table-areas tr[data-id="S-5"] button')
    assert page.inner_text("#panel h2") == EVIL
    assert page.locator("img").count() == 0


def test_the_file_tells_what_was_not_tested(page: Page, map_file: Path, feed: Any) -> None:
    tested = {one["period"] for one in feed("/collections/hotspot-areas")["method"]["maps"]}
    page.goto(map_file.as_uri())
    page.wait_for_selector("path[data-area][aria-label]")
    periods = page.eval_on_selector_all("#choose-period option", "all => all.map((o) => o.value)")
    page.select_option("#choose-period", min(set(periods) - tested))
    page.wait_for_selector("#untested", state="visible")
    for place in ("#untested", "#table-hotspots caption", "#status"):
        assert "not tested: fewer than 12 months" in page.locator(place).inner_text()


def test_the_file_has_the_layers_and_months_of_the_feed(
    page: Page, map_file: Path, feed: Any
) -> None:
    links = [link["href"] for link in feed("/?f=json")["links"]]
    served = [href.rpartition("/")[2] for href in links if "/maps/" in href]
    page.goto(f"{map_file.as_uri()}?months=2026-05/2026-06&statistic=n_reports&area=K2")
    page.wait_for_selector('[data-area="K2"][aria-pressed="true"]')
    held = page.eval_on_selector_all("[name=layer]", "all => all.map((one) => one.value)")
    assert held == served
    assert len(held) > 2
    series = feed("/collections/area-series/items/komisariat.K2.all")["properties"]
    counts = [int(n) for n in series["reports_by_month"].split(",")]
    year, month = map(int, series["month_first"].split("-"))
    may = 12 * (2026 - year) + 5 - month
    assert page.inner_text("#panel .figure strong") == f"{sum(counts[may : may + 2])} reports"
    assert page.inner_text("#months output") == "May 2026 – Jun 2026"
