"""Everything a proxy is made of, put together from a loaded configuration and closed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ..assembly import Assembly, build
from ..engine.signin import OpenAgent
from ..record.recorder import UNHEARD, Recorder
from .configuration import LoadedConfiguration
from .output import notice


def assemble(
    configuration: LoadedConfiguration, *, recorder: Recorder = UNHEARD, open_agent: OpenAgent | None = None
) -> Assembly:
    """Put it together; the caller closes it, as ``serve`` does.

    Args:
        configuration: what it is made from.
        recorder: is told of every exchange.
        open_agent: what brings a user to an authorization server while requests wait; ``None`` where no user may be asked.
    """
    chosen = configuration
    return build(chosen.watch, chosen.settings, home=chosen.home, warn=notice, open_agent=open_agent, recorder=recorder)


@asynccontextmanager
async def assembled(configuration: LoadedConfiguration) -> AsyncIterator[Assembly]:
    """The same for as long as this lasts: at the end tokens are saved and the store is closed."""
    made = assemble(configuration)
    try:
        yield made
    finally:
        await made.close()
