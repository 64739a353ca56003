"""``authwright run``: the proxy is started, announced, and ended by a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.signin import OpenAgent
from ..proxy.server.master import ListenAddresses, serve
from ..proxy.server.shared_port import accept_on, shared_port
from ..record.recorder import Level, Recorder
from ..secret import Secret
from .announcement import announcer
from .assembled import assemble
from .ca_ending import warn_of_ca
from .configuration import LoadedConfiguration, load_configuration
from .failure import CTRL_C
from .failure import report as report_failure
from .listeners import lines_on_stderr, objects_on_stdout
from .log_messages import log_to_stderr
from .output import notice
from .sign_in import agent_of
from .signals import ended_by
from .verb import Everywhere
from .workers import Workers, ready


def run(common: Everywhere, given: dict[str, Any], workers: int = 1, *, interactive: bool = False) -> int:
    """Run the proxy until a signal ends it; the exit code.

    Args:
        common: the flags that stand everywhere.
        given: the settings that flags say.
        workers: how many processes share the port.
        interactive: whether a browser is opened where a request needs a user to sign in.
    """
    log_to_stderr()
    warn_of_ca(common)
    if password := os.environ.get("AUTHWRIGHT_PASSWORD"):
        given = {**given, "password": Secret(password)}
    configuration = load_configuration(common, given)
    if workers > 1:
        return _shared(common, configuration, workers)
    return asyncio.run(_serve_alone(common, configuration, agent_of if interactive and not common.no_input else None))


async def _serve_alone(common: Everywhere, configuration: LoadedConfiguration, open_agent: OpenAgent | None) -> int:
    ending = ended_by(signal.SIGTERM, signal.SIGINT)
    await _serve(common, configuration, ending.stop, announcer(common, configuration), open_agent)
    return CTRL_C if ending.came_by(signal.SIGINT) else 0


def _shared(common: Everywhere, configuration: LoadedConfiguration, count: int) -> int:
    """Serve with several processes."""
    port = shared_port(configuration.settings)
    addresses = [address[:2] for _, address in port.places]
    announce = announcer(common, configuration)

    def work(sockets: Sequence[socket.socket], joined: socket.socket) -> int:
        try:
            return asyncio.run(_serve_on(common, configuration, sockets, joined))
        except Exception as error:  # noqa: BLE001 - whatever it is, people see a sentence
            return report_failure(error, common.json)

    return Workers(port, count, work, lambda: announce(addresses), notice).run()


async def _serve_on(
    common: Everywhere, configuration: LoadedConfiguration, sockets: Sequence[socket.socket], joined: socket.socket
) -> int:
    """Serve as one of several processes, until SIGTERM comes or the process that started us is gone."""
    stop = ended_by(signal.SIGTERM).stop
    loop = asyncio.get_running_loop()

    def alone() -> None:
        loop.remove_reader(joined)
        stop.set()

    loop.add_reader(joined, alone)
    accept_on(sockets)
    if problem := configuration.watch.refresh():  # it was loaded by our parent, perhaps long ago
        notice(problem)
    await _serve(common, configuration, stop, lambda _: ready(joined))
    return 0


async def _serve(
    common: Everywhere,
    configuration: LoadedConfiguration,
    stop: asyncio.Event,
    on_ready: Callable[[ListenAddresses], None],
    open_agent: OpenAgent | None = None,
) -> None:
    level = Level.NOTHING if common.quiet else Level.OUTCOMES
    recorder = Recorder(objects_on_stdout(common, level) if common.json else lines_on_stderr(common, level))
    assembly = assemble(configuration, recorder=recorder, open_agent=open_agent)
    await serve(assembly, assembly.settings, on_ready=on_ready, notice=notice, stop=stop)
