"""What a file says of itself: title, release, source, licence, and what nobody may overlook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.languages import Texts, in_language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.formats.extract import Extract

__all__ = ["notices", "notices_of", "provenance"]

_TEXTS = Texts(
    {
        "approximate": "Boundaries are approximate, unofficial.",
        "simulated": "The reports are simulated.",
    },
    context="notices",
)


def provenance(extract: Extract, *, language: str = "en") -> dict[str, str]:
    """Title, description, notice, release and what it was made from, licence, source, as texts.

    Parameters
    ----------
    extract
        What is written.
    language
        One of `geo.languages.LANGUAGES`.
    """
    meta, manifest = extract.collection.meta, extract.release.manifest
    inputs = manifest["inputs"]
    return {
        "title": in_language(meta["title"], language),
        "description": in_language(meta["description"], language),
        "notice": " ".join(notices(extract, language=language)),
        "release": extract.release.id,
        "as_of": str(manifest["as_of"]),
        "generated_at": str(manifest["generated_at"]),
        "code_version": str(manifest["code_version"]),
        "seed": "" if manifest["seed"] is None else str(manifest["seed"]),
        "reports_sha256": str(inputs["reports"]["sha256"]),
        "city_sha256": "; ".join(f"{name} {value}" for name, value in inputs["city"].items()),
        "licence": str(manifest["licence"]),
        "attribution": "; ".join(manifest["attribution"]),
    }


def notices(extract: Extract, *, language: str) -> list[str]:
    """Approximate boundaries, simulated reports, and the city's own notice."""
    meta = extract.collection.meta
    return notices_of(
        extract.release.manifest,
        status=meta["status"],
        simulated=meta["simulated"],
        language=language,
    )


def notices_of(
    manifest: Mapping[str, Any], *, status: str | None, simulated: bool, language: str
) -> list[str]:
    """The same for what is no file of one collection.

    Parameters
    ----------
    manifest
        Of the release; it has the city's own notice.
    status
        ``approximate`` if the boundaries are.
    simulated
        Whether the reports are.
    language
        Of the texts.
    """
    texts = [in_language(manifest["city"]["notice"], language)]
    if status == "approximate":
        texts.append(_TEXTS.say(language, "approximate"))
    if simulated:
        texts.append(_TEXTS.say(language, "simulated"))
    return [text for text in texts if text]
