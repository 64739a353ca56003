"""The warning that the proxy's own CA ends."""

from __future__ import annotations

from ..ambient import SystemAmbient
from ..home import home_dir
from ..proxy.server import ca
from .output import notice
from .verb import Everywhere


def warn_of_ca(common: Everywhere) -> None:
    """Say on stderr, in one sentence, that the CA ends soon or has ended; with ``-q`` only that it has."""
    found = ca.ending(home_dir(), SystemAmbient().now())
    if found is not None and (found.over or not common.quiet):
        notice(found.sentence)
