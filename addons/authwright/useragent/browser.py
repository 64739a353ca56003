"""Opens the person's browser: the one that ``BROWSER`` names, else the one that Python's ``webbrowser`` finds.

A child process without input and output opens it. So a browser's messages appear nowhere, and one that blocks blocks nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

from .. import core_dumps

_OPEN: Final = """
import os, sys, threading, webbrowser
opened = []
thread = threading.Thread(target=lambda: opened.append(webbrowser.open(sys.argv[1])), daemon=True)
thread.start()
thread.join(float(sys.argv[2]))
os._exit(0 if thread.is_alive() or opened == [True] else 1)
"""
_PATIENCE: Final = 3.0
"""Seconds after which a browser that blocks counts as open and runs on its own."""


async def open_browser(url: str) -> bool:
    """Open *url*. True when that seems to have worked."""
    if not _has_display():
        return False
    # A browser in the terminal would compete with us for it, and could not run today's sign-in pages.
    environment = {name: value for name, value in os.environ.items() if name != "TERM"}
    with core_dumps.allowed_to_children():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-c", _OPEN, url, str(_PATIENCE)),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        return await process.wait() == 0
    finally:
        if process.returncode is None:  # the person has already come back
            process.kill()
            await process.wait()


def _has_display() -> bool:
    if sys.platform != "linux" or os.environ.get("BROWSER"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or "microsoft" in os.uname().release.lower())
