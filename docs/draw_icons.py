"""Draw the icons of the installed app out of the one that we have, as points.

python docs/draw_icons.py
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ASSETS = Path(__file__).parents[1] / "geo" / "maps" / "assets"
FLAGS = ["--no-sandbox", "--disable-gpu"]
PLAIN = (192, 512)
CUT = 512
SAFE = 0.72
"""What is left of the drawing where a platform cuts the icon to its own shape: that needs a
circle of 80 % of the width, and the drawing is a square."""


def main() -> None:
    """Write every icon beside the first."""
    icon = (ASSETS / "icon.svg").read_text(encoding="utf-8")
    pictures = {f"icon-{size}.png": (icon, size) for size in PLAIN}
    pictures[f"icon-maskable-{CUT}.png"] = (without_corners(icon), CUT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (svg, size) in pictures.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>*{{margin:0;display:block}}</style>{sized(svg, size)}")
            page.screenshot(path=ASSETS / name, omit_background=True)
            page.close()
            sys.stdout.write(f"{name}\n")
        browser.close()


def sized(svg: str, size: int) -> str:
    """The drawing as wide and high as the picture."""
    return svg.replace("<svg ", f'<svg width="{size}" height="{size}" ', 1)


def without_corners(svg: str) -> str:
    """The ground over the whole square, and the drawing within what is never cut off."""
    first = svg.index("/>") + 2
    head, ground, drawing = svg[: svg.index("<rect")], svg[svg.index("<rect") : first], svg[first:]
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', head)[0])
    at = width * (1 - SAFE) / 2
    square = re.sub(r' rx="[\d.]+"', "", ground)
    inner = drawing.removesuffix("</svg>\n").removesuffix("</svg>")
    return f'{head}{square}<g transform="translate({at} {at}) scale({SAFE})">{inner}</g></svg>'


if __name__ == "__main__":
    main()
