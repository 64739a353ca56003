"""``authwright version``."""

from __future__ import annotations

import platform
from importlib import metadata

from ... import __version__
from ..verb import Everywhere, verb


@verb("version")
def command(common: Everywhere) -> None:
    """Print the version; with --json those of Python and mitmproxy too."""
    if common.json:
        from ..output import print_json

        print_json({"authwright": __version__, "python": platform.python_version(), "mitmproxy": _version("mitmproxy")})
    else:
        print(f"authwright {__version__}")


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
