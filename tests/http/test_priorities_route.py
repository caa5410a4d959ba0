"""Priorities over HTTP: a list for any number of plans, in three formats, and every refusal."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from asgi_client import Client
from small_release import DRAWS, EVIL, PLAN_METHOD, write_release

from api.app import create_app
from api.models import PrioritiesAnswer
from api.pages.words import Words
from geo.layers.plan_candidates import COLLECTION as BUILT
from geo.layers.plan_collection import COUNTS_FILE as BUILT_FILE
from geo.priorities import COLLECTION, COUNTS_FILE
from geo.release.reader import open_current
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

FIDS = ["2026H2.S-1.traffic", "2026H2.S-2.traffic", "2026H2.S-1.water", "2026H2.S-4.traffic",
        "2026H2.S-9.traffic"]  # fmt: skip
CHOSEN = [FIDS[0], FIDS[3]]


def listed(k: int) -> list[str]:
    """The first k by rank, and the chosen one that ranks fourth."""
    return FIDS[:k] if k > 3 else [*FIDS[:k], FIDS[3]]


def ask(client: Client, query: str = "", **headers: str) -> PrioritiesAnswer:
    answer = client.get(f"/priorities{query}", **headers)
    assert answer.status == 200, answer.text
    return PrioritiesAnswer.model_validate_json(answer.body)


def ids(answer: PrioritiesAnswer) -> list[Any]:
    return [row["candidate_id"] for row in answer.candidates]


def test_writer_and_reader_mean_the_same_files() -> None:
    assert (BUILT, BUILT_FILE) == (COLLECTION, COUNTS_FILE)


def test_the_first_k_with_all_that_one_must_know(client: Client) -> None:
    found = ask(client)
    assert ids(found) == listed(2)
    assert (found.k, found.numberMatched, found.numberReturned) == (2, 5, 3)
    assert [row["candidate_id"] for row in found.candidates if row["selected"]] == CHOSEN
    assert (found.period, found.rewir, found.ranks_in) == ("2026H2", None, "city")
    assert found.weights.model_dump() == PLAN_METHOD["weights"]
    assert found.allocation == PLAN_METHOD["allocation"]
    assert found.simulated
    assert found.status == "approximate"
    assert any("simulated" in text for text in found.notices)
    assert any("approximate" in text for text in found.notices)
    assert found.beats_without_candidates == ["S-3", "S-5", "S-6", "S-7", "S-8"]
    assert found.candidates[0]["reason_text"] == "in words 1"
    assert {link.rel for link in found.links} == {"self", "collection", "alternate"}
    [csv_link] = [one.href for one in ask(client, "?k=4&rewir=K1").links if "f=csv" in one.href]
    assert csv_link == "http://rewir.test/priorities?k=4&rewir=K1&f=csv"
    for link in found.links:
        assert client.get(link.href.removeprefix("http://rewir.test")).status == 200


@pytest.mark.parametrize("k", range(1, 10))
def test_another_number_of_plans_is_a_look_up(client: Client, k: int) -> None:
    found = ask(client, f"?k={k}")
    assert ids(found) == listed(k)
    for row in found.candidates[:4]:
        assert row["p_top_k"] == DRAWS[FIDS.index(row["candidate_id"])][k - 1] / 100
    if k != 2:
        text = found.candidates[0]["reason_text"]
        assert text.startswith("Likely 5–13 confirmed episodes in 2026H2; ")
        assert f"the city's first {k}" in text
        assert f"pierwszych {k}" in found.candidates[0]["reason_text_pl"]
    if k > 4:
        assert found.candidates[4]["p_top_k"] is None
        assert found.candidates[4]["note"] == "suppressed"
        assert "beat officer can act on" in found.candidates[2]["reason_text"]
        assert "little is known" in found.candidates[3]["reason_text"]
    assert found.method["k"] == found.k == k


def test_a_rewir_alone(client: Client) -> None:
    found = ask(client, "?rewir=K1&period=2026H2&k=9")
    assert found.rewir == "K1"
    assert ids(found) == FIDS


def test_csv_and_xlsx_hold_the_same_rows(client: Client) -> None:
    rows = ask(client, "?k=4").candidates
    text = client.get("/priorities?k=4&f=csv")
    assert text.headers["content-type"].startswith("text/csv")
    table = list(csv.DictReader(io.StringIO(text.text, newline="")))
    assert [row["candidate_id"] for row in table] == FIDS[:4]
    assert [float(row["p_top_k"]) for row in table] == [row["p_top_k"] for row in rows]
    assert table[1]["beat_name"] == EVIL
    assert table[1]["lon"]
    assert "wkt" not in table[1]
    book = openpyxl.load_workbook(io.BytesIO(client.get("/priorities?k=4&f=xlsx").body))
    assert book.sheetnames == ["chosen plans", "by rank", "about"]
    chosen, sheet, about = book.worksheets
    head = [cell.value for cell in next(sheet.iter_rows())]
    assert [cell.value for cell in chosen["A"]] == ["fid", *CHOSEN]
    assert [cell.value for cell in sheet["A"]] == ["fid", *FIDS[:4]]
    assert [view.tabSelected for view in (chosen.sheet_view, sheet.sheet_view)] == [True, None]
    first = dict(zip(head, [cell.value for cell in sheet[2]], strict=True))
    assert first["p_top_k"] == rows[0]["p_top_k"]
    assert first["reason_text"] == rows[0]["reason_text"]
    assert first["selected"] is True
    assert first["selection_reason"] == "score"
    told = {line[0].value: line[1].value for line in about.iter_rows() if line[0].value}
    assert json.loads(told["method: weights"]) == PLAN_METHOD["weights"]
    assert told["method: k"] == "4"


def test_the_chosen_come_after_the_first_in_every_format(client: Client) -> None:
    text = client.get("/priorities?k=1&f=csv").text
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    told = [(row["candidate_id"], row["selected"], row["selection_reason"]) for row in table]
    assert told == [(FIDS[0], "true", "score"), (FIDS[3], "true", "exploration")]
    page = client.get("/priorities?k=3&f=html&lang=pl").text
    chosen, ranked = page.split('<h2 id="chosen_plans">')[1].split('<h2 id="by_rank">')
    assert [fid for fid in FIDS if f'data-fid="{fid}"' in chosen] == CHOSEN
    assert [fid for fid in FIDS if f'data-fid="{fid}"' in ranked] == FIDS[:3]
    assert "jeden z najwyższych" in chosen
    assert "może różnić się od publicznej" in page


def test_no_chance_is_told_as_certain(client: Client) -> None:
    page = client.get("/priorities?k=9&f=html").text.split('<h2 id="by_rank">')[1]
    assert page.count("&gt; 0.99</data>") == 4
    few = client.get("/priorities?k=1&f=html").text
    assert '<data value="0.0">&lt; 0.01</data>' in few
    assert ask(client, "?k=9").candidates[0]["p_top_k"] == 1


@pytest.mark.parametrize(
    ("value", "note", "shown"),
    [
        (1.0, None, "> 0.99"), (0.9949, None, "0.995"), (0.0, None, "< 0.01"),
        (0.005, None, "0.005"), (1.0, "part-of-beat", "> 0.97"), (0.0, "part-of-beat", "< 0.03"),
        (0.95, "part-of-beat", "0.95"),
    ],
)  # fmt: skip
def test_a_chance_of_twentieths_is_told_as_one(
    store: Path, value: float, note: str | None, shown: str
) -> None:
    """0.975 is told as 1 of a part of a beat, so more than 0.97 is all that one knows of it."""
    release = open_current(Folder.open(str(store)), face="public")
    collection = release.collections[COLLECTION]
    cell = Words(release, "en").cell(collection, "p_top_k", {"p_top_k": value, "note": note})
    assert cell.striptags() == shown


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd"),
        ("image/png, */*;q=0.1", "application/json"),
    ],
)
def test_accept_decides(client: Client, accept: str, media_type: str) -> None:
    answer = client.get("/priorities", accept=accept)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(media_type)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?k=0", 400, "bad-value"),
        ("?k=10", 400, "bad-value"),
        ("?k=two", 400, "bad-value"),
        ("?k=99999999999999999999", 400, "bad-value"),
        ("?period=soon", 400, "bad-value"),
        ("?period=2026H1", 404, "no-plan-period"),
        ("?rewir=K9", 404, "no-rewir"),
        ("?rewir=", 404, "no-rewir"),
        ("?rewir=%3Cscript%3E", 404, "no-rewir"),
        ("?rewirs=K1", 400, "unknown-parameter"),
        ("?k=1&k=2", 400, "repeated-parameter"),
        ("?f=geojson", 400, "bad-value"),
    ],
)
def test_what_cannot_be_answered_is_told(
    client: Client, query: str, status: int, code: str
) -> None:
    for language in ("en", "pl"):
        answer = client.get(f"/priorities{query}", accept_language=language)
        problem = answer.json()
        assert (answer.status, problem["code"]) == (status, code), answer.text
        assert answer.headers["content-language"] == language
        assert "{" not in problem["detail"]
    assert client.get("/priorities", accept="image/png").status == 406


def test_a_release_without_candidates_says_so(tmp_path: Path) -> None:
    home = write_release(tmp_path)
    manifest = json.loads((home / "manifest.json").read_text(encoding="utf-8"))
    del manifest["faces"]["public"]["collections"]["plan-candidates"]
    (home / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    client = Client(create_app(Settings(store=str(tmp_path))))
    answer = client.get("/priorities")
    assert (answer.status, answer.json()["code"]) == (404, "no-priorities")
    assert "/priorities" not in client.get("/", accept="application/json").text


def test_it_is_not_sent_twice(client: Client) -> None:
    first = client.get("/priorities?k=3")
    again = client.get("/priorities?k=3", if_none_match=first.headers["etag"])
    assert again.status == 304
    assert client.ask("HEAD", "/priorities?k=3").raw == b""
    hrefs = [one["href"] for one in client.get("/", accept="application/json").json()["links"]]
    assert "http://rewir.test/priorities" in hrefs
