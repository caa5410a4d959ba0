"""What a file says of itself: title, release, source, licence, and what nobody may overlook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.formats.extract import Extract

__all__ = ["notices", "provenance"]

_APPROXIMATE = {
    "en": "Boundaries are approximate, unofficial.",
    "pl": "Granice są przybliżone, nieoficjalne.",
}
_SIMULATED = {"en": "The reports are simulated.", "pl": "Zgłoszenia są symulowane."}


def provenance(extract: Extract, *, language: str = "en") -> dict[str, str]:
    """Title, description, notice, release and what it was made from, licence, source, as texts.

    Parameters
    ----------
    extract
        What is written.
    language
        ``en`` or ``pl``.
    """
    meta, manifest = extract.collection.meta, extract.release.manifest
    inputs = manifest["inputs"]
    return {
        "title": str(meta["title"][language]),
        "description": str(meta["description"][language]),
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
    texts = [str(extract.release.manifest["city"]["notice"].get(language, ""))]
    if meta["status"] == "approximate":
        texts.append(_APPROXIMATE[language])
    if meta["simulated"]:
        texts.append(_SIMULATED[language])
    return [text for text in texts if text]
