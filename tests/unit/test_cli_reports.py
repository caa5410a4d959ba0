"""`rewir ingest` and `rewir quarantine`: what is printed, what is stored, how it exits."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from geo.cli import reports as reports_command
from geo.errors import CityError, NotFoundError, RewirError, StoreError, UsageError
from geo.reports.store import ReportStore
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path

    from geo.city import City

TEXT = """Typ,Data utworzenia,x,y,opis
Żebractwo,2026-06-01 12:00,530500,430500,<b>[red]tajne[/red]</b>
Żebractwo,2026-06-01 12:00,530500,430500,again
[red]Nic[/red],2026-06-01 12:00,530500,430500,x
"""


@pytest.fixture
def place(tmp_path: Path, nine_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of reports; city and store come from the environment."""
    monkeypatch.setenv("REWIR_CITY", str(nine_folder))
    monkeypatch.setenv("REWIR_STORE", str(tmp_path / "store"))
    (tmp_path / "a.csv").write_text(TEXT, encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    reports_command.register(app)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def refused(*arguments: object) -> RewirError:
    error = run(*arguments).exception
    assert isinstance(error, RewirError)
    return error


def test_a_file_is_brought_in_and_accounted_for(place: Path, nine: City) -> None:
    result = run("ingest", place / "a.csv", "--crs", "EPSG:2180")
    assert result.exit_code == 0
    assert "a.csv: 3 rows in = 1 accepted + 1 duplicates + 1 quarantined" in result.stdout
    assert "unknown_category" in result.stdout
    # Square brackets are text here, no markup.
    assert "[red]Nic[/red]" in result.stdout
    assert "tajne" not in result.output
    assert len(ReportStore(Folder.open(place / "store")).view(None, nine)) == 1
    again = run("ingest", place / "a.csv", "--crs", "EPSG:2180")
    assert "3 rows in = 0 accepted + 2 duplicates + 1 quarantined" in again.stdout


def test_options_go_before_the_environment(place: Path, nine_folder: Path, nine: City) -> None:
    frame = pd.DataFrame(
        {"Rodzaj": ["Begging"], "reported_at": ["2026-06-01"], "x": [530500], "y": [430500]}
    )
    frame.to_csv(place / "b.csv", index=False)
    result = run(
        "ingest", place / "b.csv", "--crs", "EPSG:2180", "--map", "category=Rodzaj",
        "--city", nine_folder, "--store", place / "other", "--seen-at", "2026-06-10",
    )  # fmt: skip
    assert result.exit_code == 0
    view = ReportStore(Folder.open(place / "other")).view(None, nine)
    assert [str(t) for t in view["seen_at"]] == ["2026-06-09 22:00:00+00:00"]
    assert not (place / "store").exists()


def test_one_bad_file_does_not_hold_up_the_others(place: Path) -> None:
    result = run("ingest", place / "none.csv", place / "a.csv", "--crs", "EPSG:2180")
    assert result.exit_code == 1
    assert "rewir: there is no file" in result.stderr
    assert "1 accepted" in result.stdout


def test_a_file_without_rows_says_so(place: Path) -> None:
    (place / "a.csv").write_text("category,reported_at,lon,lat\n", encoding="utf-8")
    result = run("ingest", place / "a.csv")
    assert result.exit_code == 0
    assert "a.csv holds no rows: the store is unchanged." in result.stdout
    assert not (place / "store").exists()


def test_the_quarantine_is_listed_exported_corrected_and_closed(place: Path) -> None:
    missing = run("quarantine", "list")
    assert isinstance(missing.exception, NotFoundError)
    assert "there is no store at" in str(missing.exception)
    run("ingest", place / "a.csv", "--crs", "EPSG:2180")
    assert "[red]Nic[/red]" in run("quarantine", "list").stdout

    out = place / "q.csv"
    assert "1 rows written to" in run("quarantine", "export", "-o", out).stdout
    fixed = out.read_text(encoding="utf-8").replace(",[red]Nic[/red],", ",alkohol,")
    out.write_text(fixed, encoding="utf-8")
    assert "1 rows in = 1 accepted" in run("ingest", out).stdout
    assert "The quarantine is empty." in run("quarantine", "list").stdout
    assert "nothing was written" in run("quarantine", "export", "-o", out).stdout


def test_a_file_of_which_nothing_is_accepted_fails(place: Path) -> None:
    (place / "bad.csv").write_text("category,lon,lat,reported_at\nNic,19.4,51.7,2026-06-01\n")
    result = run("ingest", place / "bad.csv")
    assert result.exit_code == 1
    assert "no row of bad.csv could be accepted" in result.stderr


def test_a_store_is_of_one_city(place: Path) -> None:
    run("ingest", place / "a.csv", "--crs", "EPSG:2180")
    result = run("ingest", place / "a.csv", "--crs", "EPSG:2180", "--city", "lodz")
    assert isinstance(result.exception, UsageError)
    assert "holds reports of 'nine', not of 'lodz'" in str(result.exception)


def test_a_long_list_is_cut_and_says_so(place: Path) -> None:
    lines = [f"Nic {i},2026-06-01,530500,430500,x" for i in range(4)]
    (place / "a.csv").write_text("\n".join([TEXT.splitlines()[0], *lines]), encoding="utf-8")
    run("ingest", place / "a.csv", "--crs", "EPSG:2180")
    shown = run("quarantine", "list", "--limit", "3").stdout
    assert "… and 1 more" in shown


def test_mistakes_are_told_by_kind(place: Path) -> None:
    a = place / "a.csv"
    assert "write field=column" in refused("ingest", a, "--map", "Typ").message
    assert "there is no field kind" in run("ingest", a, "--map", "kind=Typ").stderr
    assert run("ingest", a, "--map", "kind=Typ").exit_code == 2
    assert run("ingest", a, "--crs", "EPSG:1").exit_code == 1
    assert isinstance(refused("ingest", a, "--city", "atlantis"), CityError)
    assert isinstance(refused("ingest", a, "--store", "nosuch://x"), StoreError)
    assert isinstance(refused("ingest", a, "--seen-at", "yesterday"), UsageError)
    run("ingest", a, "--crs", "EPSG:2180")
    assert "no .csv file" in refused("quarantine", "export", "-o", place / "q.xlsx").message
    assert "cannot be written" in refused("quarantine", "export", "-o", a / "q.csv").message


@pytest.mark.parametrize("command", [["ingest"], ["quarantine", "list"], ["quarantine", "export"]])
def test_every_command_has_an_example(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert f"Example: rewir {' '.join(command)}" in " ".join(result.stdout.split())


def test_the_commands_cost_nothing_until_they_are_used() -> None:
    code = (
        "import sys, geo.cli.reports; "
        "print([m for m in ('pandas', 'geopandas', 'numpy', 'pyproj') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
