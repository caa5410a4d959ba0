"""Why a candidate stands where it stands: one sentence, with its doubt. Light, for serving too."""

from __future__ import annotations

from geo.languages import Plural, Texts

__all__ = ["COLUMNS", "reason_sentence"]

COLUMNS = {"en": "reason_text", "pl": "reason_text_pl"}
"""Language to the column that holds the sentence: columns are named in contracts, so a language
that is added has none."""

_SENTENCES = Texts(
    {
        "range": Plural(
            one="Likely {low}–{n} confirmed episodes in {period}",
            other="Likely {low}–{n} confirmed episodes in {period}",
        ),
        "number": Plural(
            one="Likely {n} confirmed episode in {period}",
            other="Likely {n} confirmed episodes in {period}",
        ),
        "none": "Likely no confirmed episode in {period}",
        "rank": Plural(
            one="among the city's first {k} with {n} chance in 10",
            other="among the city's first {k} with {n} chances in 10",
        ),
        "hardly": "hardly among the city's first {k}",
        "surely": "almost surely among the city's first {k}",
        "idle": "none of a category that a beat officer can act on",
        "unknown": "little is known of this beat",
    },
    context="sentences",
)
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
        One of `geo.languages.LANGUAGES`.
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
    parts = [_promise(language, low=low, high=high, period=period)]
    if actionable:
        parts.append(_standing(language, k=k, p_top_k=p_top_k))
    else:
        parts.append(_SENTENCES.say(language, "idle"))
    if low_information:
        parts.append(_SENTENCES.say(language, "unknown"))
    return "; ".join(parts) + "."


def _promise(language: str, *, low: int, high: int, period: str) -> str:
    key = ("range" if low < high else "number") if high else "none"
    return _SENTENCES.say(language, key, low=low, n=high, period=period)


def _standing(language: str, *, k: int, p_top_k: float) -> str:
    if p_top_k < _HARDLY_BELOW:
        return _SENTENCES.say(language, "hardly", k=k)
    if p_top_k >= _SURELY_FROM:
        return _SENTENCES.say(language, "surely", k=k)
    tenths = min(max(round(10 * p_top_k), 1), 9)
    return _SENTENCES.say(language, "rank", k=k, n=tenths)
