"""Every route has a page: sound, in two languages, escaped, linked, and never instead of JSON."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from asgi_client import Client
from evil_city import EVIL, EVIL_CITY, EVIL_STREET, write_evil_store

from api.app import create_app
from api.pages.layout import FORMAT_NAMES
from api.routers.landing import CONFORMS_TO
from geo.maps.assets import integrity, read_asset
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from asgi_client import Answer

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ITEMS = "/collections/area-periods/items"
ROUTES = [
    "/collections",
    "/collections/beats",
    "/collections/area-periods",
    "/collections/hotspot-areas",
    "/collections/beats/items",
    f"{ITEMS}?level=beat&category_group=all&limit=4",
    f"{ITEMS}?level=beat&sortby=-n_reports&limit=3&offset=3",
    f"{ITEMS}?area_id=unassigned",
    f"{ITEMS}?filter=n_reports%20%3E%3D%203&limit=25",
    f"{ITEMS}?limit=5&properties=area_id,smr_eb",
    f"{ITEMS}?period=1999H1",
    "/collections/hotspot-areas/items",
    "/collections/hotspot-cells/items?limit=20",
    "/collections/plan-candidates/items?limit=20",
    "/collections/beats/items/S-5",
    "/collections/beats/queryables",
    "/collections/area-periods/schema",
    "/conformance",
    "/api",
    "/locate",
    "/locate?lon=19.4564&lat=51.749",
    "/beats/S-5",
    "/city/nine?period=2025H1",
    "/priorities?k=3",
    "/releases",
    "/dcat",
]
PROBLEMS = [
    ("/nothing", 404),
    ("/collections/plans", 404),
    ("/collections/beats/items/S-99", 404),
    (f"{ITEMS}?limit=0", 400),
    (f"{ITEMS}?colour=%3Cscript%3Ealert(1)%3C/script%3E", 400),
    ("/locate?q=%3Cscript%3E", 404),
    ("/locate?lon=0&lat=0", 404),
]
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Page(HTMLParser):
    """Reads a page: whether elements close in order, and what they say and lead to."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.seen if name == tag]

    def text(self, tag: str) -> str:
        return " ".join("".join(self.texts.get(tag, [])).split())


@pytest.fixture(scope="module")
def evil(nine_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A server on the city whose names are markup."""
    store = write_evil_store(nine_folder, tmp_path_factory.mktemp("evil"))
    return Client(create_app(Settings(store=str(store))))


def ask(client: Client, target: str, lang: str = "en") -> Answer:
    return client.get(target, accept=BROWSER, accept_language=lang)


@pytest.mark.parametrize("lang", ["en", "pl"])
@pytest.mark.parametrize("target", ROUTES)
def test_page_is_sound(evil: Client, target: str, lang: str) -> None:
    answer = ask(evil, target, lang)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = Page(answer.text)
    assert page.all("html") == [{"lang": lang}]
    assert len(page.all("h1")) == len(page.all("main")) == 1
    # Shapes in charts have titles of their own.
    assert answer.text.partition("</head>")[0].count("<title>") == 1
    assert page.all("a")[0]["href"] == "#content"
    ids = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert all(th.get("scope") in {"col", "row"} for th in page.all("th"))
    labelled = {label["for"] for label in page.all("label")}
    for tag in ("input", "select"):
        for field in page.all(tag):
            assert field.get("type") == "hidden" or field["id"] in labelled


@pytest.mark.parametrize("target", ROUTES)
def test_headers_of_a_page(evil: Client, target: str) -> None:
    answer = ask(evil, target, "pl")
    headers = answer.headers
    assert headers["content-language"] == "pl"
    assert {"Accept", "Accept-Language"} <= set(headers["vary"].split(", "))
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    # Where somebody is is nobody's to keep.
    assert ("etag" in headers) == (not target.startswith("/locate"))
    tag = headers.get("etag", '"none"')
    again = evil.get(target, accept=BROWSER, accept_language="pl", if_none_match=tag)
    assert (again.status, again.raw == b"") == ((304, True) if "etag" in headers else (200, False))
    as_json = evil.get(target, accept="*/*")
    assert as_json.status == (400 if target == "/locate" else 200)
    assert as_json.headers["content-type"].partition(";")[0].endswith("json")
    assert as_json.headers.get("etag") != tag


@pytest.mark.parametrize("target", ROUTES)
def test_program_may_name_the_format(evil: Client, target: str) -> None:
    joined = f"{target}{'&' if '?' in target else '?'}f=html"
    answer = evil.get(joined, accept="application/json")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("lang", ["en", "pl"])
@pytest.mark.parametrize(("target", "status"), PROBLEMS)
def test_problem_is_a_page_for_readers(evil: Client, target: str, status: int, lang: str) -> None:
    answer = ask(evil, target, lang)
    told = evil.get(target, accept="*/*", accept_language=lang).json()
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    page = Page(answer.text)
    assert page.text("h1") == told["title"]
    assert " ".join(told["detail"].split()) in " ".join("".join(page.texts["p"]).split())
    assert told["code"] in page.texts["code"]


def test_reader_who_takes_only_pages_is_refused_with_one(evil: Client) -> None:
    answer = evil.get("/maps/basemap.json", accept="text/html")
    assert answer.status == 406
    assert Page(answer.text).text("h1") == "Not acceptable"


def test_problem_before_the_application_is_a_page(evil: Client) -> None:
    raw = [(b"host", b"a b"), (b"accept", b"text/html")]
    answer = evil.send("GET", "/collections", b"", raw)
    assert answer.status == 400
    assert Page(answer.text).all("main")


@pytest.mark.parametrize("target", ROUTES)
def test_names_stay_text(evil: Client, target: str) -> None:
    text = ask(evil, target).text
    for bad in (EVIL, EVIL_STREET, "<b>bold", '</script>"', "alert(1)</script> "):
        assert bad not in text
    # The city's name is in the head of every page: as it was written, and not computed.
    assert " ".join(EVIL_CITY.split()) in Page(text).text("title")


def test_evil_name_is_read_as_it_was_written(evil: Client) -> None:
    page = Page(ask(evil, "/collections/beats/items/S-5").text)
    assert page.text("h1") == EVIL


def kind_of(path: str, query: str) -> str:
    """Links of a kind lead to the same handler with the same parameters: one of them is tried."""
    names = sorted(parse_qs(query, keep_blank_values=True))
    form = parse_qs(query).get("f") if "beats" in path else None
    return f"{re.sub('/items/.*', '/items/*', path)} {names} {form}"


@pytest.mark.parametrize("lang", ["en", "pl"])
def test_every_link_leads_somewhere(evil: Client, lang: str) -> None:
    """Through all that the pages link to, and what that links to, one of each kind."""
    waiting, seen = [f"/collections?lang={lang}"], set[str]()
    while waiting:
        target = waiting.pop(0)
        answer = ask(evil, target)
        assert answer.status < 400, target
        if not answer.headers["content-type"].startswith("text/html") or target[:5] == "/maps":
            continue
        page = Page(answer.text)
        for link in [a["href"] for a in page.all("a")]:
            parts = urlsplit(link)
            path = parts.path or urlsplit(target).path
            kind = kind_of(path, parts.query)
            if not parts.netloc and not link.startswith("#") and kind not in seen:
                seen.add(kind)
                waiting.append(f"{path}?{parts.query}")
    assert len(seen) > 60


def test_scripts_and_styles_are_the_ones_that_were_meant(evil: Client) -> None:
    page = Page(ask(evil, f"{ITEMS}?level=beat&limit=3").text)
    loaded = [(s["src"], s["integrity"]) for s in page.all("script") if "src" in s]
    loaded += [(s["href"], s["integrity"]) for s in page.all("link") if s["rel"] == "stylesheet"]
    assert len(loaded) == 15
    for url, expected in loaded:
        assert integrity(read_asset(url.partition("?")[0].removeprefix("/assets/"))) == expected
        assert integrity(evil.get(url).body) == expected


def test_badges_say_what_holds(evil: Client) -> None:
    both = Page(ask(evil, f"{ITEMS}?limit=2").text).text("span")
    assert "simulated reports" in both
    assert "approximate, unofficial" in both
    polish = Page(ask(evil, "/collections/beats/items", "pl").text).text("span")
    assert "nieurzędowe" in polish
    assert "symulowane" not in polish


def test_table_says_what_the_feed_says(evil: Client) -> None:
    query = "level=beat&period=2026H1&category_group=all&sortby=-n_reports"
    features = evil.get(f"{ITEMS}?{query}").json()["features"]
    page = Page(ask(evil, f"{ITEMS}?{query}").text)
    assert [row["data-fid"] for row in page.all("tr") if "data-fid" in row] == [
        feature["id"] for feature in features
    ]
    exact = {float(data["value"]) for data in page.all("data")}
    for feature in features:
        for name in ("n_reports", "smr_eb", "smr_eb_lo90", "rate_per_1000_hi95"):
            value = feature["properties"][name]
            assert value is None or value in exact


def test_missing_number_says_why(evil: Client) -> None:
    page = Page(ask(evil, f"{ITEMS}?area_id=unassigned&limit=2").text)
    notes = evil.get("/collections/area-periods").json()["method"]["notes"]
    assert notes["unassigned"]["en"] in "".join(page.texts["p"])


def test_paging_goes_through_all(evil: Client) -> None:
    target: str | None = f"{ITEMS}?level=beat&category_group=all&period=2026H1&limit=4"
    found: list[str] = []
    while target:
        page = Page(ask(evil, target).text)
        found += [row["data-fid"] for row in page.all("tr") if "data-fid" in row]
        following = [a["href"] for a in page.all("a") if a.get("rel") == "next"]
        target = ITEMS + following[0] if following else None
    features = evil.get(f"{ITEMS}?level=beat&category_group=all&period=2026H1").json()["features"]
    assert found == [feature["id"] for feature in features]


def test_form_keeps_what_it_does_not_ask_for(evil: Client) -> None:
    query = "period=2026H1&area_id=S-1&sortby=area_id&lang=pl&offset=2"
    page = Page(ask(evil, f"{ITEMS}?{query}").text)
    hidden = {field["name"]: field["value"] for field in page.all("input") if "value" in field}
    assert hidden == {"area_id": "S-1", "sortby": "area_id", "lang": "pl", "filter": ""}


def test_empty_fields_of_a_form_mean_nothing(evil: Client) -> None:
    answer = ask(evil, f"{ITEMS}?period=2026H1&level=&filter=&limit=25")
    assert (answer.status, answer.headers["location"]) == (303, f"{ITEMS}?period=2026H1&limit=25")
    assert evil.get(f"{ITEMS}?limit=").status == 400
    away = ask(evil, "//example.org/?x=")
    assert not away.headers["location"].startswith("//")


def test_language_switch_keeps_the_rest(evil: Client) -> None:
    page = Page(ask(evil, f"{ITEMS}?period=2026H1&limit=3").text)
    [switch] = [a["href"] for a in page.all("a") if a.get("hreflang") == "pl"]
    assert switch == f"{ITEMS}?period=2026H1&limit=3&lang=pl"
    polish = Page(ask(evil, switch).text)
    assert polish.all("html") == [{"lang": "pl"}]
    inner = [a["href"] for a in polish.all("a") if a["href"].startswith("/collections/")]
    assert inner
    assert all("lang=pl" in href or "hreflang" in href for href in inner if "lang=en" not in href)


def test_every_format_of_a_page_is_linked(evil: Client) -> None:
    paths = evil.app.openapi()["paths"]
    page = Page(ask(evil, "/collections/beats/items").text)
    linked = {
        parse_qs(urlsplit(a["href"]).query)["f"][0]
        for a in page.all("a")
        if a.get("rel") == "alternate"
    }
    [f] = [
        p
        for p in paths["/collections/{collectionId}/items"]["get"]["parameters"]
        if p["name"] == "f"
    ]
    offered = set(re.findall(r"'([a-z]+)'", str(f["schema"]))) & set(FORMAT_NAMES)
    assert linked == offered - {"json"}


def test_page_of_routes_has_all(evil: Client) -> None:
    page = Page(ask(evil, "/api").text)
    paths = evil.get("/api").json()["paths"]
    assert set(paths) <= set(page.texts["code"])


def test_html_class_is_declared(evil: Client) -> None:
    html = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html"
    assert html in CONFORMS_TO
    assert html in {a["href"] for a in Page(ask(evil, "/conformance").text).all("a")}


def test_json_links_to_its_page(evil: Client) -> None:
    for target in ("/collections", "/collections/beats/items", "/collections/beats/items/S-1"):
        links = evil.get(target).json()["links"]
        [page] = [link for link in links if link["href"].endswith("f=html")]
        assert (page["rel"], page["type"]) == ("alternate", "text/html")
        assert evil.get(page["href"].removeprefix("http://rewir.test")).status == 200
