"""A tile service is one plain origin that is credited, or an error that says what to do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.maps.policy import policy_of
from geo.maps.tile_service import TileService
from geo.settings import Settings

WHOM = "© somebody <b>&"
GOOD = {
    "https://tiles.example.org/{z}/{x}/{y}.png": "https://tiles.example.org",
    "https://tiles.example.org:8443/a/{z}/{y}/{x}?key=a-b_c": "https://tiles.example.org:8443",
    "http://localhost:8080/{z}/{x}/{y}": "http://localhost:8080",
    "http://127.0.0.1/{z}/{x}/{y}.jpg": "http://127.0.0.1",
    "http://[::1]:9000/{z}/{x}/{y}.webp": "http://[::1]:9000",
    "/ground/{z}/{x}/{y}.png": "",
}
BAD = [
    "http://tiles.example.org/{z}/{x}/{y}.png",
    "ftp://tiles.example.org/{z}/{x}/{y}.png",
    "//tiles.example.org/{z}/{x}/{y}.png",
    "tiles.example.org/{z}/{x}/{y}.png",
    "javascript:alert(1)//{z}/{x}/{y}",
    "data:image/png,{z}{x}{y}",
    "https://tiles.example.org/{z}/{x}.png",
    "https://tiles.example.org/{z}/{x}/{y}/{y}.png",
    "https://{s}.tiles.example.org/{z}/{x}/{y}.png",
    "https://tiles.example.org/{z}/{x}/{y}{r}.png",
    "https://tiles.example.org/{z}/{x}/{y",
    "https://user:secret@tiles.example.org/{z}/{x}/{y}.png",
    "https://tiles.example.org; script-src */{z}/{x}/{y}.png",
    "https://*/{z}/{x}/{y}.png",
    "https://*.example.org/{z}/{x}/{y}.png",
    "https:///{z}/{x}/{y}.png",
    "https://{z}.{x}.{y}/",
    "https://tiles.example.org:99999/{z}/{x}/{y}.png",
    "https://[::1/{z}/{x}/{y}.png",
    "https://tiles.example.org/{z}/{x}/{y}.png\nX: 1",
    "https://tiles.example.org/'unsafe-inline' {z}/{x}/{y}.png",
]


def of(url: str = "", attribution: str = "", low: int = 0, high: int = 19) -> TileService | None:
    return TileService.of(
        Settings(
            tiles_url=url,
            tiles_attribution=attribution,
            tiles_min_zoom=low,
            tiles_max_zoom=high,
        )
    )


def test_without_one_there_is_none() -> None:
    assert of() is None


@pytest.mark.parametrize("url", GOOD)
def test_its_origin_is_the_one_that_pages_load_from(url: str) -> None:
    service = of(url, WHOM, 3, 17)
    assert service is not None
    assert service.origin == GOOD[url]
    assert service.for_page() == {"url": url, "attribution": WHOM, "min_zoom": 3, "max_zoom": 17}


@pytest.mark.parametrize("url", BAD)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"REWIR_TILES_URL=.*https://tiles\.example\.org"):
        of(url, WHOM)


def test_nobody_uses_it_without_credit() -> None:
    with pytest.raises(UsageError, match="REWIR_TILES_URL needs REWIR_TILES_ATTRIBUTION"):
        of(next(iter(GOOD)), "  ")
    with pytest.raises(UsageError, match="REWIR_TILES_ATTRIBUTION needs REWIR_TILES_URL"):
        of("", WHOM)


@pytest.mark.parametrize(("low", "high"), [(5, 4), (0, 23)])
def test_zooms_are_in_order(low: int, high: int) -> None:
    with pytest.raises(UsageError, match=f"REWIR_TILES_MIN_ZOOM={low} and .*={high}"):
        of(next(iter(GOOD)), WHOM, low, high)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_address_reaches_beyond_its_directive(host: str, tail: str) -> None:
    try:
        service = of(f"https://{host}/{{z}}/{{x}}/{{y}}{tail}", WHOM)
    except UsageError:
        return
    assert service is not None
    policy = policy_of("<p>", inline=False, images=service.origin)
    plain = policy_of("<p>", inline=False).split("; ")
    assert policy.split("; ") == [
        f"{each} {service.origin}" if each.startswith("img-src") else each for each in plain
    ]
