"""The page of one area: its numbers are the feed's, in both languages, escaped, also of nothing."""

from __future__ import annotations

import itertools
import re
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asgi_client import Client
from evil_city import EVIL, EVIL_STREET, write_evil_store
from made_reports import fill, make_reports
from scipy import stats

from api.app import create_app
from api.area_models import AreaAnswer
from geo.pipeline import build_release
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from geo.city import City

ROWS = "/collections/{}/items?limit=1000&skipGeometry=true&{}"
PAGE = "text/html,*/*;q=0.8"
BEATS = [f"S-{number}" for number in range(1, 10)]
MARKUP = re.compile(r"<[^>]*>")


class Reader(HTMLParser):
    """What a page says, without markup, and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)
        self.text = " ".join("".join(self.said).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@pytest.fixture(scope="module")
def evil(nine_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A server on the city whose names are markup."""
    store = write_evil_store(nine_folder, tmp_path_factory.mktemp("evil"))
    return Client(create_app(Settings(store=str(store))))


@pytest.fixture(scope="module")
def quiet(nine: City, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A server on a city in which hardly anything is reported."""
    store = tmp_path_factory.mktemp("quiet")
    fill(Folder.open(store), make_reports(nine, n=14))
    build_release(nine, Folder.open(store))
    return Client(create_app(Settings(store=str(store))))


def told(client: Client, path: str) -> Any:
    answer = client.get(path, accept="application/json")
    assert answer.status == 200, answer.text
    return answer.json()


def rows_of(client: Client, collection: str, **equals: str) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in equals.items())
    found = told(client, ROWS.format(collection, query))["features"]
    return {each["id"]: {"id": each["id"], **each["properties"]} for each in found}


def read(client: Client, path: str, lang: str = "en") -> Reader:
    answer = client.get(path, accept=PAGE, accept_language=lang)
    assert (answer.status, answer.headers["content-language"]) == (200, lang)
    return Reader(answer.text)


@pytest.mark.parametrize("beat", BEATS)
def test_numbers_are_the_feeds(evil: Client, beat: str) -> None:
    area = told(evil, f"/beats/{beat}")
    period = area["period"]
    feed = rows_of(evil, "area-periods", level="beat", area_id=beat, period=period)
    assert {row["id"]: row for row in area["groups"]} == feed
    forecasts = rows_of(evil, "forecasts", area_id=beat)
    assert {row["id"]: row for row in area["forecasts"]} == forecasts
    spots = rows_of(evil, "hotspot-areas", period=period)
    assert {row["id"]: row for row in area["hotspots"]["rows"]}.items() <= spots.items()
    candidates = rows_of(evil, "plan-candidates", beat_id=beat)
    assert area["plan_candidates"]["numberMatched"] == len(candidates)
    rows = area["plan_candidates"]["rows"]
    assert rows == list(candidates.values())[: len(rows)]
    for place in area["neighbours"]:
        fid = f"beat.{place['area_id']}.{period}.all"
        assert place["numbers"] == rows_of(evil, "area-periods", area_id=place["area_id"])[fid]


@pytest.mark.parametrize("path", ["/beats/S-5", "/komisariaty/K2", "/city/nine"])
def test_answer_is_as_documented(evil: Client, path: str) -> None:
    area = told(evil, path)
    assert AreaAnswer.model_validate(area, strict=True).model_dump(exclude_unset=True) == area


def test_months_add_up_to_periods(evil: Client) -> None:
    """Another way to the same: the months of a half-year are its counts in the feed."""
    area = told(evil, "/beats/S-5")
    feed = rows_of(evil, "area-periods", level="beat", area_id="S-5", category_group="all")
    for row in feed.values():
        inside = [
            month for month in area["months"]
            if row["period_start"][:7] <= month["month"] <= row["period_end"][:7]
        ]  # fmt: skip
        for what in ("reports", "episodes", "confirmed"):
            assert sum(month[what] for month in inside) == row[f"n_{what}"], row["id"]


def test_likely_count_is_garwoods(evil: Client) -> None:
    for beat in BEATS:
        area = told(evil, f"/beats/{beat}")
        n, likely = area["groups"][0]["n_episodes"], area["likely_episodes"]
        low = stats.chi2.ppf(0.025, 2 * n) / 2 if n else 0.0
        high = stats.chi2.ppf(0.975, 2 * n + 2) / 2
        # Published densities have six figures.
        assert abs(likely["low"] - low) <= 0.501
        assert abs(likely["high"] - high) <= 0.501


def test_hot_spots_are_those_in_the_area(evil: Client) -> None:
    """Each hot spot of the release is on the page of a beat that it names, and on no other."""
    period = told(evil, "/beats/S-1")["period"]
    spots = rows_of(evil, "hotspot-areas", period=period).values()
    assert spots
    pages = {beat: told(evil, f"/beats/{beat}")["hotspots"] for beat in BEATS}
    for spot in spots:
        on = {
            beat for beat, found in pages.items() if spot["id"] in {r["id"] for r in found["rows"]}
        }
        full = {
            beat for beat, found in pages.items() if found["numberMatched"] > len(found["rows"])
        }
        named = set(spot["beat_ids"].split(","))
        assert on - full <= named
        assert named <= on | full


@pytest.mark.parametrize("lang", ["en", "pl"])
@pytest.mark.parametrize("path", ["/beats/S-5", "/beats/S-1", "/komisariaty/K2", "/city/nine"])
def test_page_says_what_the_answer_holds(evil: Client, path: str, lang: str) -> None:
    area, page = told(evil, f"{path}?lang={lang}"), read(evil, path, lang)
    whole = area["groups"][0]
    assert f"{whole['n_reports']} " in page.text
    if area["likely_episodes"]:
        limits = area["likely_episodes"]
        assert f"{limits['low']}–{limits['high']}" in page.text
    for place in area["parents"] + area["neighbours"]:
        assert " ".join(place["name"].split()) in page.text
        assert urlsplit(place["href"]).path in {urlsplit(each).path for each in page.links}
    for row in area["hotspots"]["rows"]:
        assert str(row["n_episodes"]) in page.text
    said = "reason_text" if lang == "en" else "reason_text_pl"
    for row in area["plan_candidates"]["rows"]:
        assert row[said] is None or row[said] in page.text
    if area["plan_candidates"]["rows"]:
        assert {"en": "not a decision", "pl": "nie decyzja"}[lang] in page.text
    for text in area["hides"]:
        assert text in page.text
    assert {"en": "simulated reports", "pl": "zgłoszenia symulowane"}[lang] in page.text


def test_charts_have_names_words_and_tables(evil: Client) -> None:
    text = evil.get("/beats/S-5", accept=PAGE).text
    pictures = re.findall(r'<svg[^>]*role="(?:img|group)"[^>]*>', text)
    assert len(pictures) == 2
    assert all(re.search(r'aria-label="[^"]+"', each) for each in pictures)
    months = told(evil, "/beats/S-5")["months"]
    tables = re.findall(r'<details class="twin">(.*?)</details>', text, re.DOTALL)
    assert len(tables) == 1
    cells = re.findall(r'<tr><th scope="row">[^<]*</th><td class="right">([^<]*)</td>', tables[0])
    assert [int(cell) for cell in cells] == [month["episodes"] for month in months]
    # These reports tell no time, so there is nothing to draw of hours.
    assert told(evil, "/beats/S-5")["week"] is None
    assert "Too few reports here tell when" in text


def test_page_needs_no_script_and_no_style_of_its_own(evil: Client) -> None:
    text = evil.get("/beats/S-5", accept=PAGE).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert " style=" not in text
    assert "<style" not in text
    assert not re.search(r'\son\w+="', text)


@pytest.mark.parametrize("path", ["/beats/S-5", "/beats/S-2", "/komisariaty/K2", "/city/nine"])
def test_names_stay_text(evil: Client, path: str) -> None:
    text = evil.get(path, accept=PAGE).text
    for bad in (EVIL, EVIL_STREET, "<b>bold", "<img"):
        assert bad not in text
    assert "script" not in {tag for tag in Reader(text).tags if tag == "b"}
    assert told(evil, "/beats/S-5")["name"] == EVIL


def test_links_lead_to_exactly_these_rows(evil: Client) -> None:
    area, page = told(evil, "/beats/S-5"), read(evil, "/beats/S-5")
    feeds = [each for each in page.links if "/collections/area-periods/items" in each]
    assert {parse_qs(urlsplit(each).query)["f"][0] for each in feeds} == {"json", "csv"}
    for each in feeds:
        answer = evil.get(each)
        assert answer.status == 200
        if "f=json" in each:
            found = [feature["id"] for feature in answer.json()["features"]]
            assert found == [row["id"] for row in area["groups"]]
    explorer = next(each for each in page.links if each.startswith("/maps/areas"))
    assert evil.get(explorer, accept=PAGE).status == 200
    assert parse_qs(urlsplit(explorer).query)["area"] == ["S-5"]


@pytest.mark.parametrize("path", ["/beats/S-5", "/komisariaty/K2", "/city/nine"])
def test_link_to_all_leads_to_the_areas_own(
    evil: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("geo.one_area.MOST_CANDIDATES", 1)
    # Answers are kept by their address: this one was not asked before.
    path = f"{path}?lang=en&period={told(evil, path)['period']}"
    area, page = told(evil, path), read(evil, path)
    (link,) = (each for each in page.links if re.search(r"/plan-candidates/items\b(?!/)", each))
    found = told(evil, link)["numberMatched"]
    assert found == area["plan_candidates"]["numberMatched"] > 1


def test_only_the_city_has_a_selection_of_its_hot_spots(
    evil: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.one_area.MOST_SPOTS", 0)
    period = told(evil, "/city/nine")["period"]
    # Answers are kept by their address: these were not asked before.
    asked = f"?period={period}&f=json&lang=pl"
    for beat in BEATS:
        spots = told(evil, f"/beats/{beat}{asked}")["hotspots"]
        assert spots["numberReturned"] == spots["numberMatched"]
    spots = told(evil, f"/city/nine{asked}")["hotspots"]
    assert spots["numberReturned"] == 0
    assert spots["numberMatched"] == len(rows_of(evil, "hotspot-areas", period=period)) > 0


def test_every_link_of_the_answer_is_there(evil: Client) -> None:
    for each in told(evil, "/beats/S-5")["links"]:
        path = each["href"].removeprefix("http://rewir.test")
        assert evil.get(path, accept=each["type"]).status == 200, each
    item = told(evil, "/collections/beats/items/S-5")
    (related,) = [each for each in item["links"] if each["rel"] == "related"]
    assert related["href"] == "http://rewir.test/beats/S-5"


def test_office_is_on_the_page(evil: Client, tmp_path: Path) -> None:
    assert told(evil, "/beats/S-5")["contact"] is None
    file = tmp_path / "offices.csv"
    file.write_text("level,area_id,unit,phone\nkomisariat,K2,<b>Desk</b>,112\n", encoding="utf-8")
    store = evil.app.state.settings.store
    client = Client(create_app(Settings(store=store, contacts=str(file))))
    assert told(client, "/beats/S-5")["contact"]["own"] is False
    assert told(client, "/komisariaty/K2")["contact"]["own"] is True
    assert told(client, "/beats/S-1")["contact"] is None
    page = read(client, "/beats/S-5")
    assert "<b>Desk</b>" in page.text
    assert "Contact of Area K2" in page.text
    assert "112" in page.text


def test_client_that_has_it_is_told_so(evil: Client) -> None:
    first = evil.get("/beats/S-5", accept=PAGE)
    again = evil.get("/beats/S-5", accept=PAGE, if_none_match=first.headers["etag"])
    assert (again.status, again.raw) == (304, b"")
    other = evil.get("/beats/S-5", accept="application/json")
    assert other.headers["etag"] != first.headers["etag"]


def test_period_of_the_past(evil: Client) -> None:
    area = told(evil, "/beats/S-5?period=2024H2")
    feed = rows_of(evil, "area-periods", level="beat", area_id="S-5", period="2024H2")
    assert {row["id"] for row in area["groups"]} == set(feed)
    assert area["forecasts"] == []
    page = read(evil, "/beats/S-5?period=2024H2")
    neighbour = next(each for each in page.links if each.startswith("/beats/S-2"))
    assert "period=2024H2" in neighbour


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/beats/S-5?period=1999H1", 400, "bad-value"),
        ("/beats/S-5?period=%00", 400, "bad-value"),
        ("/beats/S-5?colour=red", 400, "unknown-parameter"),
        ("/beats/S-5?f=pdf", 400, "bad-value"),
        ("/beats/S-99", 404, "no-area"),
        ("/beats/%3Cscript%3E", 404, "no-area"),
        ("/beats/" + "x" * 5000, 404, "no-area"),
        ("/beats/a%00b/c", 404, "no-area"),
        ("/beats/", 404, "no-area"),
        ("/beats", 404, "no-route"),
        ("/nowhere/S-5", 404, "no-route"),
        ("/hotspot-areas/1", 404, "no-route"),
    ],
)
def test_what_is_not_there(evil: Client, path: str, status: int, code: str) -> None:
    for accept in ("application/json", PAGE):
        answer = evil.get(path, accept=accept)
        assert answer.status == status
        assert accept != PAGE or "<script>" not in answer.text
    assert evil.get(path).json()["code"] == code


def test_near_ids_are_named(evil: Client) -> None:
    found = evil.get("/beats/s5").json()
    assert found["suggestions"][0] == "S-5"
    assert "S-5" in found["detail"]
    page = Reader(evil.get("/beats/s5", accept=PAGE).text)
    assert "S-5" in page.links


def test_reports_in_no_area_are_only_counted(client: Client) -> None:
    area = told(client, "/beats/unassigned")
    assert area["parents"] == area["neighbours"] == area["months"] == []
    assert (area["population"], area["hotspots"]["made"]) == (None, False)
    feed = rows_of(client, "area-periods", level="beat", area_id="unassigned", period="2026H1")
    assert {row["id"]: row for row in area["groups"]} == feed
    page = read(client, "/beats/unassigned")
    assert "only counted" in page.text
    assert "Outside every beat" in page.text


def test_without_any_such_report_there_is_no_such_page(quiet: Client) -> None:
    assert quiet.get("/city/unassigned").json()["code"] == "no-area"


def test_release_without_months_hours_and_neighbours(client: Client) -> None:
    """A release by an older version: what it does not hold is left out, and said."""
    page = read(client, "/beats/S-4")
    assert "There are no numbers by month" in page.text
    assert "Too few reports here tell when" in page.text
    top = read(client, "/komisariaty/K1")
    assert told(client, "/komisariaty/K1")["parents"] == []
    assert "Belongs to" not in top.text


def test_area_where_nothing_was_reported(quiet: Client) -> None:
    empty = [
        row for row in rows_of(quiet, "area-periods", level="beat", category_group="all").values()
        if row["n_reports"] == 0
    ]  # fmt: skip
    assert empty
    for row in empty[:3]:
        page = read(quiet, f"/beats/{row['area_id']}?period={row['period']}")
        assert "Nobody reported anything here" in page.text
        assert "does not make it safe" in page.text


def test_hidden_numbers_stay_hidden(quiet: Client) -> None:
    hidden = [
        row for row in rows_of(quiet, "area-periods").values()
        if row["suppressed"] and row["category_group"] == "all"
    ]  # fmt: skip
    for row in hidden:
        level = {"beat": "beats", "komisariat": "komisariaty", "city": "city"}[row["level"]]
        page = read(quiet, f"/{level}/{row['area_id']}?period={row['period']}")
        assert "are hidden" in page.text
        assert told(quiet, f"/{level}/{row['area_id']}")["likely_episodes"] is None


def test_usual_range_holds_nine_months_of_ten(evil: Client) -> None:
    """Against scipy: the range is the central one of a Poisson count with the mean that is said."""
    city = told(evil, "/city/nine")["months"]
    area = told(evil, "/beats/S-1")
    total = sum(month["episodes"] for month in area["months"])
    whole = sum(month["episodes"] for month in city)
    for month, around in zip(area["months"], city, strict=True):
        assert month["month"] == around["month"]
        mean = total / whole * around["episodes"]
        assert month["usual_low"] == stats.poisson.ppf(0.05, mean)
        assert month["usual_high"] == stats.poisson.ppf(0.95, mean)
        residents = area["population"] / told(evil, "/city/nine")["population"]
        assert month["city"] == pytest.approx(around["episodes"] * residents)
    assert all(month["usual_low"] is None for month in city)


def test_months_follow_one_another(evil: Client) -> None:
    names = [month["month"] for month in told(evil, "/beats/S-1")["months"]]
    days = [date.fromisoformat(f"{name}-01") for name in names]
    assert all(25 < (later - day).days < 32 for day, later in itertools.pairwise(days))
