"""The server's application, from the environment. The only module whose import does something."""

from __future__ import annotations

import gc

from api.app import create_app
from api.logs import configure_logs
from geo.settings import Settings

__all__ = ["app"]

_settings = Settings.from_environment()
configure_logs(_settings.log)
app = create_app(_settings)
# What is made at the start lives as long as the process: the collector need not look at it again.
gc.collect()
gc.freeze()
