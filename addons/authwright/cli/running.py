"""The proxy of ``run``: started, announced, and ended by a signal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..ambient import SystemAmbient
from ..assembly import build, home_dir
from ..proxy.server.master import serve
from ..proxy.server.shared_port import accept_on, shared_port
from ..record.queued import Queued
from ..record.recorder import Level, Listener, Recorder, TraceListener
from ..record.trace import Trace
from ..secret import Secret
from .announcing import ListenAddresses, Serving, announcing
from .configuration import watch
from .failure import CTRL_C
from .failure import report as report_failure
from .log import to_object
from .proxying import log_to_stderr, logging_to_stderr, notice, tell_lost, write
from .signing_in import agent_of
from .verb import Everywhere
from .workers import Workers, ready


def run(common: Everywhere, given: dict[str, Any], workers: int = 1, *, interactive: bool = False) -> int:
    """Run the proxy until a signal ends it; the exit code.

    Args:
        common: the flags that stand everywhere.
        given: the settings that flags say.
        workers: how many processes share the port.
        interactive: whether a browser is opened where a request needs a person.
    """
    log_to_stderr()
    watched = watch(common)
    if password := os.environ.get("AUTHWRIGHT_PASSWORD"):
        given = {**given, "password": Secret(password)}
    settings = replace(watched.current.settings, **given)
    place = Serving(watched, settings, home_dir(), watched.file, interactive and not common.no_input)
    if workers > 1:
        return _shared(common, place, workers)
    return asyncio.run(_serve(common, place))


async def _serve(common: Everywhere, place: Serving) -> int:
    stop, code = _ended_by_signals()
    await _work(common, place, stop, announcing(common, place))
    return code()


def _shared(common: Everywhere, place: Serving, count: int) -> int:
    """Serve with several processes."""
    port = shared_port(place.settings)
    addresses = [address[:2] for _, address in port.places]
    announce = announcing(common, place)

    def work(sockets: Sequence[socket.socket], joined: socket.socket) -> int:
        try:
            return asyncio.run(_serve_on(common, place, sockets, joined))
        except Exception as error:  # noqa: BLE001 - whatever it is, people see a sentence
            return report_failure(error, common.json)

    return Workers(port, count, work, lambda: announce(addresses), notice).run()


async def _serve_on(common: Everywhere, place: Serving, sockets: Sequence[socket.socket], joined: socket.socket) -> int:
    """Serve as one of several processes, until SIGTERM comes or the process that started us is gone."""
    stop, _ = _ended_by_signals(signal.SIGTERM)
    loop = asyncio.get_running_loop()

    def alone() -> None:
        loop.remove_reader(joined)
        stop.set()

    loop.add_reader(joined, alone)
    accept_on(sockets)
    if problem := place.watch.refresh():  # it was loaded by our parent, perhaps long ago
        notice(problem)
    await _work(common, place, stop, lambda _: ready(joined))
    return 0


async def _work(common: Everywhere, place: Serving, stop: asyncio.Event, on_ready: Callable[[ListenAddresses], None]) -> None:
    level = Level.NOTHING if common.quiet else Level.OUTCOMES
    recorder = Recorder(_objects(common, level) if common.json else logging_to_stderr(common, level))
    open_agent = agent_of if place.interactive else None
    house = build(place.watch, place.settings, home=place.home, warn=notice, open_agent=open_agent, recorder=recorder)
    await serve(house, house.settings, on_ready=on_ready, notice=notice, stop=stop)


def _ended_by_signals(*numbers: signal.Signals) -> tuple[asyncio.Event, Callable[[], int]]:
    """An event that the first SIGTERM or SIGINT sets, and the exit code it means; the second one ends us at once."""
    numbers = numbers or (signal.SIGTERM, signal.SIGINT)
    loop, stop, came = asyncio.get_running_loop(), asyncio.Event(), set[int]()

    def end(number: int) -> None:
        came.add(number)
        stop.set()
        for each in numbers:
            loop.remove_signal_handler(each)

    for each in numbers:
        loop.add_signal_handler(each, end, each)
    return stop, lambda: CTRL_C if signal.SIGINT in came else 0


def _objects(common: Everywhere, level: Level) -> Listener:
    clock = SystemAmbient()

    def tell(trace: Trace) -> None:
        write(sys.stdout, json.dumps(to_object(trace, clock.now(), changes=common.verbose > 0), ensure_ascii=False))

    return Queued(TraceListener(tell, level, tell_lost))
