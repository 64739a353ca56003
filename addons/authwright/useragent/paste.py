"""Reads the lines that a person pastes, without a thread. A thread that waits for a line could not be ended."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator


async def lines(descriptor: int = 0) -> AsyncIterator[str]:
    """The lines of *descriptor* as they come, until its end."""
    loop, chunks = asyncio.get_running_loop(), asyncio.Queue[bytes]()

    def read() -> None:
        chunk = os.read(descriptor, 65536)
        if not chunk:
            loop.remove_reader(descriptor)
        chunks.put_nowait(chunk)

    try:
        loop.add_reader(descriptor, read)
    except PermissionError:  # a file, which never blocks
        chunks.put_nowait(os.read(descriptor, 1 << 20))
        chunks.put_nowait(b"")
    try:
        rest = b""
        while chunk := await chunks.get():
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line.decode("utf-8", "replace").strip()
        if rest:
            yield rest.decode("utf-8", "replace").strip()
    finally:
        loop.remove_reader(descriptor)
