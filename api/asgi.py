"""The server's application, from the environment. The only module whose import does something."""

from __future__ import annotations

from api.app import create_app
from api.logs import configure_logs
from geo.settings import Settings

__all__ = ["app"]

_settings = Settings.from_environment()
configure_logs(_settings.log)
app = create_app(_settings)
