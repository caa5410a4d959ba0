"""Why a candidate stands where it stands: one sentence, with its doubt. Light, for serving too."""

from __future__ import annotations

__all__ = ["LANGUAGES", "reason_sentence"]

LANGUAGES = ("en", "pl")

_EPISODES = {
    "en": "Likely {range} confirmed episodes in {period}",
    "pl": "Prawdopodobnie {range} potwierdzonych zdarzeń w okresie {period}",
}
_NONE = {
    "en": "Likely no confirmed episode in {period}",
    "pl": "Prawdopodobnie żadnego potwierdzonego zdarzenia w okresie {period}",
}
_RANK = {
    "en": "among the city's first {k} with {chance} in 10",
    "pl": "wśród pierwszych {k} w mieście z szansą {chance} na 10",
}
_HARDLY = {
    "en": "hardly among the city's first {k}",
    "pl": "raczej nie wśród pierwszych {k} w mieście",
}
_SURELY = {
    "en": "almost surely among the city's first {k}",
    "pl": "niemal na pewno wśród pierwszych {k} w mieście",
}
_IDLE = {
    "en": "none of a category that a beat officer can act on",
    "pl": "żadne nie należy do kategorii, na które dzielnicowy ma wpływ",
}
_UNKNOWN = {
    "en": "little is known of this beat",
    "pl": "o tym rejonie wiadomo niewiele",
}
_HARDLY_BELOW, _SURELY_FROM = 0.05, 0.95


def reason_sentence(
    language: str,
    *,
    period: str,
    low: int,
    high: int,
    k: int,
    p_top_k: float,
    actionable: bool,
    low_information: bool,
) -> str:
    """Say what a candidate promises, and how sure that is.

    Parameters
    ----------
    language
        ``en`` or ``pl``.
    period
        Id of the period that the plan would be for.
    low, high
        Ends of the 80 % interval of confirmed episodes.
    k, p_top_k
        How many plans can be made, and the chance to be among that many first.
    actionable, low_information
        As the candidate's columns.

    Returns
    -------
    str
        One sentence.
    """
    many = f"{low}–{high}" if low < high else f"{high}"
    parts = [(_EPISODES if high else _NONE)[language].format(range=many, period=period)]
    if actionable:
        parts.append(_standing(language, k=k, p_top_k=p_top_k))
    else:
        parts.append(_IDLE[language])
    if low_information:
        parts.append(_UNKNOWN[language])
    return "; ".join(parts) + "."


def _standing(language: str, *, k: int, p_top_k: float) -> str:
    if p_top_k < _HARDLY_BELOW:
        return _HARDLY[language].format(k=k)
    if p_top_k >= _SURELY_FROM:
        return _SURELY[language].format(k=k)
    tenths = min(max(round(10 * p_top_k), 1), 9)
    chance = {"en": f"{tenths} chance{'s' if tenths > 1 else ''}", "pl": f"{tenths}"}[language]
    return _RANK[language].format(k=k, chance=chance)
