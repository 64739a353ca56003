"""Somebody else's mitmproxy in this process, with our script in it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from mitmproxy import options
from mitmproxy.tools.dump import DumpMaster
from tests.proxy.running import until

from authwright.proxy.server.script import ScriptAddon


@contextlib.asynccontextmanager
async def mitmproxy(
    folder: Path, script: ScriptAddon, *addons: object, **chosen: Any
) -> AsyncIterator[tuple[int, options.Options]]:
    """The port it listens on, and its options, which may change while it runs."""
    opts = options.Options(listen_host="127.0.0.1", listen_port=0, confdir=str(folder / "conf"))
    master = DumpMaster(opts, with_termlog=False, with_dumper=False)
    master.addons.remove(master.addons.get("errorcheck"))
    master.addons.add(*addons, script)
    opts.update(**chosen)
    running = asyncio.create_task(master.run())
    server = master.addons.get("proxyserver")
    try:
        await until(server.listen_addrs)
        yield server.listen_addrs()[0][1], opts
    finally:
        opts.update(server=False)
        await server.setup_servers()
        master.shutdown()
        await running
