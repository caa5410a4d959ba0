"""SVG as markup: every text and every attribute is escaped, nothing is styled but by class."""

from __future__ import annotations

from markupsafe import Markup

__all__ = ["percent", "pixels", "tag"]


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """An element.

    Parameters
    ----------
    name
        Of the element.
    *children
        Markup stays as it is, other texts are escaped.
    **attributes
        An underscore stands for a hyphen; one at the end keeps a name apart from Python's own
        (``class_``). What is None is left out.
    """
    pairs = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{name}{pairs}>{inner}</{name}>").format(
        name=name, pairs=pairs, inner=Markup("").join(children)
    )


def percent(share: float) -> str:
    """A share of the picture's width; of widths in percent texts stay as large as they are."""
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + "%"


def pixels(length: float) -> str:
    """A length with a decimal at most."""
    return f"{length:.1f}".removesuffix(".0")
