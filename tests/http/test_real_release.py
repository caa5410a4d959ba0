"""Reader and writer agree: a release made by the pipeline is served as it was built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely
from asgi_client import Client

from api.app import create_app
from api.models import CollectionInfo, FeatureCollection
from geo.demo import ensure_demo
from geo.release.reader import Release, open_current
from geo.settings import Settings
from geo.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def settings(nine_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a store that holds the demo of the city of nine squares."""
    made = Settings(store=str(tmp_path_factory.mktemp("store")), city=str(nine_folder))
    ensure_demo(made, lambda _: None)
    return made


@pytest.fixture(scope="module")
def release(settings: Settings) -> Release:
    return open_current(Folder.open(settings.store), face="public")


@pytest.fixture(scope="module")
def client(settings: Settings) -> Client:
    return Client(create_app(settings))


@pytest.fixture(scope="module")
def collections(client: Client) -> list[CollectionInfo]:
    found = client.get("/collections").json()["collections"]
    return [CollectionInfo.model_validate(info) for info in found]


def everything(client: Client, name: str, query: str = "") -> list[Any]:
    """The features of a collection, walked page by page."""
    target, found = f"/collections/{name}/items?limit=500{query}", []
    while target:
        answer = client.get(target)
        page = FeatureCollection.model_validate_json(answer.body)
        found += answer.json()["features"]
        following = [link.href for link in page.links if link.rel == "next"]
        target = following[0].removeprefix("http://rewir.test") if following else ""
    return found


def test_every_collection_is_served(collections: list[CollectionInfo]) -> None:
    names = {info.id for info in collections}
    assert names >= {"beats", "komisariaty", "city", "area-periods", "hotspot-cells"}
    for info in collections:
        assert info.title
        assert info.description
        assert all(column.title for column in info.properties.values())


def test_features_equal_the_columns(
    client: Client, release: Release, collections: list[CollectionInfo]
) -> None:
    """The GeoJSON says what the GeoParquet says, number by number, place by place."""
    for info in collections:
        served = everything(client, info.id)
        assert len(served) == info.count
        path = f"{release.folder.root}/{info.id}.parquet"
        built = gpd.read_parquet(path)
        assert [f["id"] for f in served] == built["fid"].tolist()
        for name in info.properties:
            column = built[name].astype(object).where(built[name].notna(), None)
            wanted = [
                v.isoformat() if info.properties[name].type == "date" and v else v for v in column
            ]
            assert [f["properties"][name] for f in served] == wanted, (info.id, name)
        shapes = [f["geometry"] and shapely.from_geojson(json.dumps(f["geometry"])) for f in served]
        for shape, exact in zip(shapes, built.geometry, strict=True):
            assert (shape is None) == (exact is None)
            if shape is not None:
                assert shapely.hausdorff_distance(shape, exact) < 1e-6


def test_time_of_rows_is_their_window(client: Client) -> None:
    rows = everything(client, "area-periods", "&datetime=2026-03-15&category_group=all")
    assert rows
    assert {row["properties"]["period"] for row in rows} == {"2026H1"}
    for row in rows:
        assert row["properties"]["period_start"] <= "2026-03-15" <= row["properties"]["period_end"]


@pytest.mark.parametrize("name", ["area-periods", "hotspot-cells"])
def test_every_type_of_column_filters(release: Release, name: str) -> None:
    """Whatever value a column has, asking for it gives just the rows that have it."""
    collection = release.collection(name)
    rows = [json.loads(f)["properties"] for f in collection.features(range(collection.count))]
    for column in collection.columns:
        value = next((row[column] for row in rows if row[column] is not None), None)
        if value is None:
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        matched = collection.select(equals={column: text}).matched
        assert matched == sum(row[column] == value for row in rows), column


@pytest.mark.parametrize("name", ["backtests", "near-repeats"])
def test_what_is_true_of_the_whole_city_has_no_place(client: Client, name: str) -> None:
    info = CollectionInfo.model_validate_json(client.get(f"/collections/{name}").body)
    assert info.count
    assert info.geometry is None
    assert info.extent.spatial is None
    assert info.extent.temporal is not None
    described = client.get(f"/collections/{name}/schema").json()["properties"]
    assert set(described) == set(info.properties)
    rows = everything(client, name)
    assert all(row["geometry"] is None for row in rows)
    # What has no geometry is nowhere else either, so every box holds it, as the standard asks.
    assert everything(client, name, "&bbox=0,0,1,1") == rows


def test_rows_without_a_place_are_filtered_by_what_they_say(client: Client) -> None:
    rows = everything(client, "backtests", "&model=eb-drift&level=cell&area_frac=0.05")
    assert rows
    assert {row["properties"]["model"] for row in rows} == {"eb-drift"}
    assert everything(client, "near-repeats", "&category_group=all") == []  # it holds traffic


def test_pages_and_look_up_work_on_it(client: Client) -> None:
    assert client.get("/", accept="text/html").status == 200
    assert client.get("/maps/hotspots", accept="text/html").status == 200
    assert client.get("/maps/basemap.json").json()["streets"]
    found = client.get("/locate?q=Row+2+11").json()
    assert found["status"] == "found"
    assert found["places"][0]["areas"][0]["area_id"] == "S-4"
