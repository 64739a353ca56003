"""``mitmdump -s addons/inject.py --set authwright_config=FILE`` (also mitmweb and mitmproxy).

mitmproxy puts this file's folder on ``sys.path``, so the package beside it needs no install.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from authwright.errors import AuthwrightError
from authwright.proxy.server.script import ScriptAddon, ScriptOptions

if TYPE_CHECKING:
    from authwright.assembly import Assembly


def build(asked: ScriptOptions) -> Assembly:
    """The same services as ``authwright run`` has, with what mitmproxy's options say on top."""
    from authwright.assembly import build as assemble
    from authwright.config.consent import needed
    from authwright.config.find import find
    from authwright.config.reload import Watch
    from authwright.home import home_dir

    config = Path(asked.config).expanduser() if asked.config else find(Path.cwd())
    if config is None:
        raise AuthwrightError("There is no authwright.yaml here.", code="config_missing", hint="Set authwright_config=FILE.")
    home = Path(asked.home).expanduser() if asked.home else home_dir()
    watch = Watch(config, asked.environment or None, needed(config, home, given=bool(asked.config)))
    settings = watch.current.settings
    settings = replace(
        settings, annotate=settings.annotate or asked.annotate, inspect_all=settings.inspect_all or asked.inspect_all
    )
    return assemble(watch, settings, home=home, warn=logging.getLogger("authwright").warning)


addons = [ScriptAddon(build)]
