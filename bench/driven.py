"""One client's connection through our own HTTP/1.1 layer without a socket: events in, commands out, the origin answers at once.

So the layer's own work can be timed alone, without the kernel's and the event loop's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

from mitmproxy import options
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.proxy import commands, context, events, mode_specs

import place

sys.path.insert(0, str(place.ADDONS))

import authwright
from authwright.ambient import SystemAmbient
from authwright.engine.engine import Engine
from authwright.outbound.transport import HttpTransport
from authwright.proxy.http1.layer import Http1
from authwright.proxy.http1.ready_cache import ReadyCache
from authwright.proxy.intake import Intake
from authwright.record.recorder import Recorder
from authwright.rules.settings import Settings
from authwright.tokens.broker import Broker
from authwright.tokens.stores.memory import MemoryStore

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Connection:
    """A client's kept connection to a forward proxy.

    Args:
        document: the configuration.
        recorder: is told of every exchange.
    """

    def __init__(self, document: str, recorder: Recorder) -> None:
        self.rules = authwright.load(document)
        self.engine = Engine(HttpTransport(), Broker(MemoryStore(), SystemAmbient()), SystemAmbient(), recorder=recorder)
        services = SimpleNamespace(
            rules=SimpleNamespace(current=self.rules), settings=Settings(), engine=self.engine, home=Path()
        )
        intake = Intake(services)
        intake.listening = tuple
        whose = Client(
            peername=("127.0.0.1", 1),
            sockname=("127.0.0.1", 2),
            state=ConnectionState.OPEN,
            proxy_mode=mode_specs.ProxyMode.parse("regular"),
        )
        self._client = whose
        self._layer = Http1(context.Context(whose, options.Options()), intake, ReadyCache(intake))
        self.answered = b""
        self.sent = b""
        """What the origin was sent last."""

    def ask(self, raw: bytes) -> None:
        """A request, until its response is whole."""
        waiting: list[events.Event] = [events.DataReceived(self._client, raw)]
        for event in waiting:
            for command in self._layer.handle_event(event):
                if isinstance(command, commands.SendData):
                    if command.connection is self._client:
                        self.answered = command.data
                    else:
                        self.sent = command.data
                        waiting.append(events.DataReceived(command.connection, ANSWER))
                elif isinstance(command, commands.OpenConnection):
                    command.connection.state = ConnectionState.OPEN
                    waiting.append(events.OpenConnectionCompleted(command, None))
