"""Settings come from the environment, and a mistyped one is an error."""

from __future__ import annotations

import dataclasses

import pytest

from geo.errors import UsageError
from geo.settings import Settings


def test_without_variables_the_defaults_hold() -> None:
    settings = Settings.from_environment({"PATH": "/bin", "HOME": "/root"})
    assert settings == Settings()
    assert (settings.store, settings.city, settings.port) == ("store", "lodz", 8000)


def test_every_setting_can_be_set() -> None:
    given = {
        "REWIR_STORE": "memory://s",
        "REWIR_CITY": "chicago",
        "REWIR_HOST": "0.0.0.0",  # noqa: S104  (only read here)
        "REWIR_PORT": "9000",
        "REWIR_MAX_LIMIT": "50",
        "REWIR_MAX_FILE_ROWS": "70",
        "REWIR_FACES": "public",
        "REWIR_WORKERS": "2",
        "REWIR_LOG": "json",
        "REWIR_TRUSTED_PROXY": "10.0.0.1,10.0.0.2",
        "REWIR_RATE_LIMIT": "0",
        "REWIR_RATE_BURST": "7",
        "REWIR_MAX_UPLOAD_MB": "1",
        "REWIR_MAX_CONCURRENT": "9",
        "REWIR_REQUEST_TIMEOUT": "5",
        "REWIR_PUBLISHER": "Urząd Miasta",
        "REWIR_CONTACT": "dane@example.org",
        "REWIR_CONTACTS": "offices.csv",
        "REWIR_TILES_URL": "https://tiles.example/{z}/{x}/{y}.png",
        "REWIR_TILES_ATTRIBUTION": "Tiles: Example",
        "REWIR_TILES_MIN_ZOOM": "3",
        "REWIR_TILES_MAX_ZOOM": "17",
    }
    settings = Settings.from_environment(given)
    assert {f"REWIR_{f.name.upper()}" for f in dataclasses.fields(Settings)} == set(given)
    for name, value in given.items():
        assert str(getattr(settings, name.removeprefix("REWIR_").lower())) == value


def test_the_process_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWIR_STORE", "elsewhere")
    assert Settings.from_environment().store == "elsewhere"
    monkeypatch.setenv("REWIR_STORE", "back")
    assert Settings.from_environment().store == "back"


def test_an_unknown_variable_is_named_beside_the_known() -> None:
    with pytest.raises(UsageError, match="unknown setting REWIR_STROE: take one of REWIR_STORE, "):
        Settings.from_environment({"REWIR_STROE": "x"})


@pytest.mark.parametrize("value", ["", "eighty", "8 0", "-1", "80.5"])
def test_a_number_must_be_one(value: str) -> None:
    with pytest.raises(UsageError, match=f"REWIR_PORT={value!r} is not a whole number"):
        Settings.from_environment({"REWIR_PORT": value})


@pytest.mark.parametrize("value", ["", "internal", "Public"])
def test_a_choice_must_be_one_of_its_words(value: str) -> None:
    with pytest.raises(UsageError, match=f"REWIR_FACES={value!r}: take one of both, public"):
        Settings.from_environment({"REWIR_FACES": value})


def test_settings_cannot_be_changed() -> None:
    settings = Settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
