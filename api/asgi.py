"""The server's application, from the environment. The only module whose import does something."""

from __future__ import annotations

from api.app import create_app
from geo.settings import Settings

__all__ = ["app"]

app = create_app(Settings.from_environment())
