"""The shapes of the answers, for the API document and for the tests that hold answers to them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Area",
    "ChangeCounts",
    "ChangeEntry",
    "ChangesAnswer",
    "CollectionInfo",
    "Collections",
    "Conformance",
    "Extent",
    "Feature",
    "FeatureCollection",
    "Geometry",
    "Health",
    "HotspotNearby",
    "Landing",
    "Link",
    "LocateAnswer",
    "Office",
    "Place",
    "PlanWeights",
    "PrioritiesAnswer",
    "Problem",
    "Property",
    "Proposal",
    "Provenance",
    "Readiness",
    "RefusedRows",
    "ReleaseInfo",
    "Releases",
    "ReportsTaken",
    "SpatialExtent",
    "SuggestionOf",
    "Suggestions",
    "TemporalExtent",
    "Time",
]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Link(_Model):
    """A link with its relation."""

    href: str = Field(examples=["http://127.0.0.1:8000/collections/beats"])
    rel: str = Field(examples=["self"])
    type: str | None = Field(None, examples=["application/json"])
    title: str | None = None


class Landing(_Model):
    """What this server has, as links."""

    title: str
    description: str
    links: list[Link]
    release: str = Field(description="Id of the release being served.")
    as_of: str = Field(description="What was known on this day is what the release says.")
    attribution: list[str]


class Conformance(_Model):
    """The classes of OGC API standards that this server meets."""

    conformsTo: list[str]  # noqa: N815 - the standard's name


class SpatialExtent(_Model):
    """Boxes in longitude and latitude."""

    bbox: list[list[float]]
    crs: str = CRS84


class TemporalExtent(_Model):
    """Intervals; null is open."""

    interval: list[list[str | None]]
    trs: str = GREGORIAN


class Extent(_Model):
    """Where and when the features of a collection are."""

    spatial: SpatialExtent | None = None
    temporal: TemporalExtent | None = None


class Property(_Model):
    """A property of the features; its name is also a filter of the items."""

    type: Literal["string", "integer", "number", "boolean", "date"]
    title: str
    unit: str | None = None
    nullable: bool


class Provenance(_Model):
    """From what a collection was made: the same again gives the same bytes."""

    as_of: str = Field(description="What was known on this day is what the release says.")
    generated_at: str
    code_version: str = Field(description="Of the program that built it.")
    seed: int | None = Field(description="What all chance was drawn from.")
    parameters: dict[str, Any] = Field(description="Everything that was chosen.")
    inputs: dict[str, Any] = Field(description="SHA-256 of the reports and of the city's files.")
    files: dict[str, str] = Field(description="SHA-256 of the files that the release has of it.")


class CollectionInfo(_Model):
    """A collection: what it is, how it was made, what its properties mean."""

    id: str
    title: str
    description: str
    links: list[Link]
    extent: Extent
    itemType: Literal["feature"] = "feature"  # noqa: N815 - the standard's name
    crs: list[str]
    storageCrs: str  # noqa: N815 - as above
    count: int = Field(description="Number of features.")
    geometry: str | None = Field(description="Type of the geometries; null if there are none.")
    level: str | None = Field(None, description="The level of areas that this collection holds.")
    status: str | None = Field(None, description="`approximate` areas are no official ones.")
    simulated: bool = Field(description="Whether the reports behind it are simulated.")
    properties: dict[str, Property]
    method: dict[str, Any] = Field(description="How it was computed, with its parameters.")
    provenance: Provenance
    breaks: dict[str, Any] = Field(description="Class limits of the map, fixed per release.")
    release: str
    licence: str
    attribution: list[str]


class Collections(_Model):
    """All collections."""

    links: list[Link]
    collections: list[CollectionInfo]


class Geometry(BaseModel):
    """A GeoJSON geometry in longitude and latitude (WGS 84)."""

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class Time(_Model):
    """When a feature is, in JSON-FG: first and last day, `..` where it is open."""

    interval: tuple[str, str]


class Feature(_Model):
    """A GeoJSON feature (RFC 7946); JSON-FG has more members."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: dict[str, Any]
    links: list[Link] | None = None
    time: Time | None = None
    place: Geometry | None = Field(None, description="In the system of `coordRefSys` (JSON-FG).")
    conformsTo: list[str] | None = None  # noqa: N815 - JSON-FG's name
    featureType: str | None = None  # noqa: N815 - as above
    coordRefSys: str | None = None  # noqa: N815 - as above


class FeatureCollection(_Model):
    """A page of features (RFC 7946) with the links to the others."""

    type: Literal["FeatureCollection"]
    numberMatched: int = Field(ge=0, description="Features that pass the filters.")  # noqa: N815 - the standard's name
    numberReturned: int = Field(ge=0, description="Features on this page.")  # noqa: N815 - the standard's name
    links: list[Link]
    features: list[Feature]
    conformsTo: list[str] | None = None  # noqa: N815 - JSON-FG's name
    featureType: str | None = None  # noqa: N815 - as above
    coordRefSys: str | None = None  # noqa: N815 - as above
    geometryDimension: int | None = None  # noqa: N815 - as above


class Area(_Model):
    """An area that holds the place."""

    level: str = Field(examples=["beat"])
    label: str = Field(description="What the level is called.", examples=["beat"])
    area_id: str = Field(examples=["IV-3"])
    name: str
    status: str = Field(examples=["approximate"])
    href: str = Field(description="The area as a feature.")
    page: str = Field(description="All that is known of it.")


class Office(_Model):
    """Whom to turn to, from the operator's file. Never a person."""

    level: str
    area_id: str
    unit: str
    address: str
    phone: str
    email: str
    hours: str
    url: str
    own: bool = Field(description="False if it is the office of an area that holds this one.")


class Proposal(_Model):
    """What the release proposes to plan for the beat: chosen by rule, not decided."""

    candidate_id: str
    category_group: str
    label: str = Field(description="What the group is called.")
    name: str | None = None
    period: str
    reason: str | None = None
    href: str


class HotspotNearby(_Model):
    """A hot spot of the current period within a kilometre."""

    id: str
    name: str | None = None
    hot_class: int | None = None
    n_episodes: int | None = None
    distance_m: int = Field(description="Along the ellipsoid, to its nearest point; 0 inside.")
    direction: Literal["N", "NE", "E", "SE", "S", "SW", "W", "NW"] | None = None
    href: str


class Place(_Model):
    """A point, the address there, and the areas that hold it, finest first."""

    lon: float
    lat: float
    street: str | None = None
    number: str | None = None
    match: Literal["exact", "part-of-number", "street", "similar", "point", "area"] = Field(
        description="How the question was read; `similar` is another spelling than asked for."
    )
    areas: list[Area]
    contact: Office | None = None
    plan_candidates: list[Proposal]
    hotspots: list[HotspotNearby]


class LocateAnswer(_Model):
    """One place, or several among which the question does not decide."""

    status: Literal["found", "ambiguous"]
    query: str | None = None
    places: list[Place]


class SuggestionOf(_Model):
    """What somebody may be about to write; `text` finds it."""

    kind: Literal["area", "street", "address"]
    text: str
    area: Area | None = None


class Suggestions(_Model):
    """The likeliest first."""

    suggestions: list[SuggestionOf]


class PlanWeights(_Model):
    """Which weights of harm a list was made with."""

    id: str
    version: str
    status: str = Field(description="`assumption` until somebody answers for them.")


class PrioritiesAnswer(_Model):
    """The candidates for plans that come first, and all that one must know of the list."""

    period: str
    rewir: str | None = None
    k: int = Field(description="How many candidates come by their rank alone.")
    numberMatched: int  # noqa: N815 - as in OGC's answers
    numberReturned: int  # noqa: N815 - as in OGC's answers
    ranks_in: Literal["city"] = Field(description="Ranks are those in the whole city.")
    candidates: list[dict[str, Any]] = Field(
        description="The first `k` by rank, then the chosen ones (`selected`) that rank lower."
    )
    beats_without_candidates: list[str]
    weights: PlanWeights
    allocation: dict[str, Any] | None = Field(
        description="The best set under hours, the plain one beside it, and the first left out."
    )
    method: dict[str, Any]
    notices: list[str]
    simulated: bool
    status: str | None
    release: str
    as_of: str
    licence: str
    attribution: list[str]
    links: list[Link]


class ReleaseInfo(_Model):
    """A release: a state of all layers that never changes."""

    id: str = Field(examples=["2026-08-01-0123456789ab"])
    as_of: str = Field(description="What was known on this day is what the release says.")
    period: str = Field(description="Its latest period.", examples=["2026H1"])
    code_version: str = Field(description="The version of the program that built it.")
    generated_at: str
    simulated: bool = Field(description="Whether the reports behind it are simulated.")
    current: bool = Field(description="Whether it is the one at `/collections`.")
    links: list[Link]


class Releases(_Model):
    """All releases of the store, the newest first."""

    releases: list[ReleaseInfo]
    links: list[Link]


class ChangeCounts(_Model):
    """How many features of a collection are new, different, gone."""

    added: int
    changed: int
    gone: int


class ChangeEntry(_Model):
    """A feature that is not the same in both releases."""

    collection: str
    id: str
    change: Literal["added", "changed", "gone"]
    href: str = Field(description="The feature in the newer release, or if gone in the older one.")


class ChangesAnswer(_Model):
    """What differs between two releases, page by page, always in the same order."""

    since: str = Field(description="The release that is compared with.")
    until: str = Field(description="The release that is compared.")
    collection: str | None = Field(description="Whether only one collection is listed.")
    counts: dict[str, ChangeCounts] = Field(description="Of every collection that is listed.")
    numberMatched: int  # noqa: N815 - as in OGC's answers
    numberReturned: int  # noqa: N815 - as in OGC's answers
    changes: list[ChangeEntry]
    links: list[Link]


class Health(_Model):
    """The process is alive."""

    status: Literal["ok"]


class Readiness(_Model):
    """The process can answer; with the release that it serves."""

    status: Literal["ready"]
    release: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str = Field(examples=["Bad request"])
    status: int = Field(examples=[400])
    code: str = Field(description="A stable word for programs.", examples=["unknown-parameter"])
    detail: str = Field(description="What is wrong, which value, and what to do.")


class RefusedRows(_Model):
    """Rows that were quarantined for the same reason."""

    reason: str = Field(examples=["unknown_category"])
    rows: int
    meaning: str
    example_row: int = Field(description="One of the rows, counted from 1.")
    example: str = Field(description="What is wrong with it, and what to do.")


class ReportsTaken(_Model):
    """What became of the rows of a file: rows_in = accepted + duplicates + quarantined."""

    source: str = Field(description="SHA-256 of what was sent.")
    rows_in: int
    accepted: int
    duplicates: int
    quarantined: int
    reasons: list[RefusedRows]
