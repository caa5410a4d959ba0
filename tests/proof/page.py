"""The page that the experiments write to: parts, tables, marks and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

MET, MISSED = "✓", "✗"
OURS, PEER, OTHER = "#1f5f8b", "#b0413e", "#8a97a3"


@dataclass
class Part:
    """One experiment's place on the page."""

    name: str
    title: str
    lines: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add a paragraph."""
        self.lines += [text, ""]

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add a table; the first column is text."""
        self.lines.append("| " + " | ".join(heads) + " |")
        self.lines.append("|---" + "|--:" * (len(heads) - 1) + "|")
        self.lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
        self.lines.append("")

    def picture(self, figure: Figure, alt: str) -> None:
        """Show a picture, which `save` puts beside the page."""
        self.figures.append(figure)
        self.say(f"![{alt}](pictures/proof-{self.name.lower()}.png)")

    def save(self, folder: Path) -> None:
        """Write the picture."""
        for figure in self.figures:
            (folder / "pictures").mkdir(parents=True, exist_ok=True)
            path = folder / "pictures" / f"proof-{self.name.lower()}.png"
            figure.savefig(path, dpi=80, bbox_inches="tight", metadata={"Software": None})
            plt.close(figure)

    def text(self) -> str:
        """The part with the marks that let a later run replace it alone."""
        body = "\n".join(self.lines).strip()
        return f"<!-- {self.name} -->\n## {self.name}: {self.title}\n\n{body}\n<!-- end -->\n"


def axes(columns: int, *, height: float = 3.0) -> tuple[Figure, Any]:
    """A small picture with as many panels side by side."""
    return plt.subplots(1, columns, figsize=(3.6 * columns + 0.6, height), squeeze=False)


def share(hits: float, draws: int) -> str:
    """A share with its exact 95 % interval."""
    found = stats.binomtest(int(hits), int(draws)).proportion_ci(method="exact")
    return f"{hits / draws:.3f} ({found.low:.3f}–{found.high:.3f})"


def marked(value: str, *, met: bool) -> str:
    """A cell that has a target."""
    return f"{value} {MET}" if met else f"**{value} {MISSED}**"


def parts_of(text: str) -> dict[str, str]:
    """The parts of a page that was written before."""
    found = re.findall(r"<!-- (\w+) -->\n.*?<!-- end -->\n", text, flags=re.DOTALL)
    whole = re.findall(r"<!-- \w+ -->\n.*?<!-- end -->\n", text, flags=re.DOTALL)
    return dict(zip(found, whole, strict=True))


def overview(parts: dict[str, str]) -> str:
    """How many targets each part meets and misses."""
    lines = ["| experiment | targets met | missed |", "|---|--:|--:|"]
    for text in parts.values():
        title = re.search(r"^## (.*)$", text, flags=re.MULTILINE)
        missed = text.count(MISSED)
        met = text.count(MET)
        if title and met + missed:
            shown = f"**{missed} {MISSED}**" if missed else "0"
            lines.append(f"| {title[1]} | {met} | {shown} |")
    return "\n".join(lines)
