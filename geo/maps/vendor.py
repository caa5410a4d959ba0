"""Take what the maps need out of an npm folder: ``python -m geo.maps.vendor node_modules``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from geo.errors import NotFoundError, RewirError, UsageError
from geo.maps.assets import FOLDER

__all__ = ["install_vendor"]

FILES = {
    "leaflet": (
        "LICENSE",
        "dist/leaflet.css",
        "dist/leaflet.js",
        "dist/images/layers.png",
        "dist/images/layers-2x.png",
        "dist/images/marker-icon.png",
    )
}
"""Package to its files; the style names the images."""


def install_vendor(node_modules: Path, *, target: Path = FOLDER / "vendor") -> list[Path]:
    """Copy the packages' files, with their licences, to where the maps are served from.

    Parameters
    ----------
    node_modules
        The folder that ``npm ci`` has filled.
    target
        Folder that gets one folder per package; its former content goes.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    NotFoundError
        If npm has not installed a file; nothing is changed then.
    """
    pairs = [
        (node_modules / package / name, target / package / name.removeprefix("dist/"))
        for package, names in FILES.items()
        for name in names
    ]
    if missing := [str(source) for source, _ in pairs if not source.is_file()]:
        msg = f"npm has not installed {', '.join(missing)}: run `npm ci` first"
        raise NotFoundError(msg, code="no-asset")
    shutil.rmtree(target, ignore_errors=True)
    for source, copy in pairs:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    return [copy for _, copy in pairs]


def _main(arguments: list[str]) -> int:
    try:
        if len(arguments) != 1:
            msg = "give one folder: python -m geo.maps.vendor node_modules"
            raise UsageError(msg)
        install_vendor(Path(arguments[0]))
    except RewirError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
