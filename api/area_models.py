"""The shape of the answer that tells everything of one area."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.models import Link, Office

__all__ = [
    "AreaAnswer",
    "AreaBacklog",
    "AreaMonth",
    "AreaPlace",
    "AreaRows",
    "AreaWeek",
    "LikelyCount",
]

Row = dict[str, Any]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AreaPlace(_Model):
    """An area that holds this one, or borders on it."""

    level: str
    label: str = Field(description="Name of its level, in the language of the answer.")
    area_id: str
    name: str
    href: str = Field(description="Its own page, or this answer about it.")
    numbers: Row | None = Field(
        None, description="Its row of `area-periods` for the same period, all groups together."
    )


class LikelyCount(_Model):
    """What a period like this would likely bring: the exact Poisson interval of its episodes."""

    low: int
    high: int
    probability: float


class AreaMonth(_Model):
    """One month: its counts, and what to hold them against."""

    month: str = Field(examples=["2026-07"])
    reports: int
    episodes: int
    confirmed: int
    complete: bool = Field(description="Whether the data cover all its days.")
    city: float | None = Field(description="Episodes that as many residents have in the city.")
    usual_low: int | None = Field(
        description="Between these two, ends included, lie nine months of ten by chance alone "
        "while the area keeps its share of the city's episodes."
    )
    usual_high: int | None


class AreaWeek(_Model):
    """When in the week it happens, over twelve months."""

    shares: list[float] = Field(description="168 hours, Monday's midnight first.")
    shifts: dict[str, float] = Field(description="I 6-14, II 14-22, III 22-6.")
    peak_weekday: str | None
    peak_hours: str | None
    peak_shift: str | None


class AreaBacklog(_Model):
    """Reports that waited on the day of the release, and those that waited too long."""

    as_of: str
    new: int
    new_overdue: int = Field(description="New for more than two days.")
    verification: int
    verification_overdue: int = Field(description="In verification for more than five days.")


class AreaRows(_Model):
    """The first rows of a layer that belong to the area."""

    made: bool = Field(description="Whether the release has them for areas of this level.")
    numberMatched: int  # noqa: N815 - as in OGC's answers
    numberReturned: int  # noqa: N815 - as in OGC's answers
    rows: list[Row] = Field(description="As the feed has them, with their `id`.")


class AreaAnswer(_Model):
    """Everything that a release says of one area: the numbers of its page."""

    level: str
    label: str
    collection: str
    area_id: str
    name: str
    population: float | None
    area_km2: float | None
    period: str
    parents: list[AreaPlace] = Field(description="The areas that hold it, the smallest first.")
    contact: Office | None
    groups: list[Row] = Field(
        description="Rows of `area-periods` for the period, all groups together first."
    )
    likely_episodes: LikelyCount | None
    forecasts: list[Row] = Field(description="Rows of `forecasts`, of the release's period only.")
    months: list[AreaMonth]
    week: AreaWeek | None = Field(description="None where too few reports tell the time.")
    backlog: AreaBacklog | None
    hotspots: AreaRows
    plan_candidates: AreaRows = Field(description="Proposals for plans, not decisions.")
    neighbours: list[AreaPlace] = Field(description="The longest common border first.")
    hides: list[str] = Field(description="What the public face leaves out.")
    notices: list[str]
    simulated: bool
    status: str | None
    release: str
    as_of: str
    licence: str
    attribution: list[str]
    links: list[Link]
