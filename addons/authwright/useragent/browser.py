"""A person's browser: the one of ``BROWSER``, else the one that Python's ``webbrowser`` finds.

It is opened by a child process that hears and says nothing: what a browser prints belongs into nobody's output, and one that
blocks blocks nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

_OPEN: Final = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
_PATIENCE: Final = 3.0
"""Seconds after which a browser that blocks is taken as open."""


async def open_browser(url: str) -> bool:
    """Open *url*; whether that seems to have worked."""
    if not _has_display():
        return False
    # A browser of the terminal would fight for it with us, and could run nothing of today's sign-in pages.
    environment = {name: value for name, value in os.environ.items() if name != "TERM"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", _OPEN, url),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            return await process.wait() == 0
    except TimeoutError:
        return True


def _has_display() -> bool:
    if sys.platform != "linux" or os.environ.get("BROWSER"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or "microsoft" in os.uname().release.lower())
