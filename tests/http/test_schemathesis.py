"""schemathesis reads the API document and tries everything that it says, and what it does not.

All its checks: no 5xx, no status, media type, header or content that is not documented, what the
schemas allow is taken, what they forbid is refused. Drawn from a seed: each run sends the same.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from small_release import write_release
from two_faces import add_key

from api.app import create_app
from geo.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

LEAST = 3000
EXAMPLES = 52

SAID_IN_WORDS = [
    "getLandingPage", "getArea", "getFeatures", "getFeaturesOfRelease", "getMap",
    "getHotspotsMap",
    "locate", "locatePrivately", "getPriorities", "getStyle", "getChanges", "postReports",
]  # fmt: skip
"""Operations with conditions that no schema can say: which levels, columns and periods a release
has, the grammar of filters, south below north, either an address or a point."""

REFUSED = ["303", "400", "401", "403", "404", "405", "406", "414", "415", "422"]
"""303 leads who asks for a page to the address without its empty parameters."""


def configuration(document: Any, method: str, headers: dict[str, str]) -> SchemathesisConfig:
    known = {each["operationId"] for item in document["paths"].values() for each in item.values()}
    conditional = {"positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSED]}}
    strict = {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404"]},
        "negative_data_rejection": {"expected-statuses": REFUSED},
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": 20260801,
            "headers": headers,
            "continue-on-failure": True,
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": True,
                "no-shrink": True,
                "database": "none",
                # A key that is none would have 401 for everything.
                "with-security-parameters": False,
            },
            "cache": {"enabled": False},
            # Links between answers are followed by the tests of conformance.
            "phases": {"stateful": {"enabled": False}},
            "checks": strict,
            "operations": [
                {"exclude-method": method, "enabled": False},
                *(
                    {"include-operation-id": each, "checks": conditional}
                    for each in SAID_IN_WORDS
                    if each in known
                ),
            ],
        }
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, nine_folder: Path) -> list[Any]:
    """What happened, operation by operation: read by nobody in particular, written with a key."""
    store = tmp_path_factory.mktemp("store")
    write_release(store)
    app = create_app(Settings(store=str(store), city=str(nine_folder), rate_limit=0))
    token = add_key(store, "reports:write")[1]
    happened = []
    for method, headers in (("GET", {}), ("POST", {"X-API-Key": token})):
        config = configuration(app.openapi(), method, headers)
        schema = schemathesis.openapi.from_asgi("/api", app, config=config)
        happened += list(from_schema(schema).execute())
    return happened


def finished(run: list[Any]) -> list[Any]:
    return [event.recorder for event in run if isinstance(event, events.ScenarioFinished)]


def test_nothing_is_broken(run: list[Any]) -> None:
    found = [
        f"{recorder.label}: {check.name}: {check.failure_info.failure.message}\n"
        f"{check.failure_info.code_sample[:500]}"
        for recorder in finished(run)
        for checks in recorder.checks.values()
        for check in checks
        if check.status == Status.FAILURE
    ]
    assert not found, "\n\n".join(found[:10])
    assert not [event for event in run if isinstance(event, events.NonFatalError)]
    assert not [event for event in run if isinstance(event, events.FatalError)]


def test_enough_was_tried(run: list[Any]) -> None:
    """Enough cases, and of every operation one at least that had its answer."""
    cases = sum(len(recorder.cases) for recorder in finished(run))
    assert cases >= LEAST
    answered: Counter[str] = Counter()
    for recorder in finished(run):
        answers = [each.response for each in recorder.interactions.values() if each.response]
        answered[recorder.label] += sum(response.status_code == 200 for response in answers)
    # Counts are for the server's own machine, and schemathesis is none.
    assert {label for label, count in answered.items() if not count} <= {"GET /metrics"}
