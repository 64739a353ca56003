"""A client's connection through our own layer without a socket: bytes in, bytes out; the origin answers at once.

A connection may take every shortcut, or none: then each request is admitted, planned and authorised by a flow anew.
"""

from types import SimpleNamespace

from mitmproxy import options
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.proxy import commands, context, events, mode_specs

from authwright.engine.engine import Engine
from authwright.proxy.http1.layer import Http1
from authwright.proxy.http1.ready_cache import ReadyCache, request_of
from authwright.proxy.intake import Intake
from authwright.rules.settings import Settings

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class WithoutShortcuts(ReadyCache):
    """Nothing is ready."""

    def plan(self, rules, origin, head):
        return rules.plan(request_of(head, origin))

    def header(self, plan, origin, head):
        return None

    def stamp(self, plan, origin, head, host):
        return None


class Driven:
    """A connection.

    Args:
        rules: the rules in force.
        clock: time and chance.
        token: what the broker holds.
        shortcuts: whether any is taken.
        inside: scheme and address of the origin, inside a tunnel; ``None`` for a forward proxy.
        facts: more of the client's connection, such as ``sni``.
    """

    def __init__(self, rules, clock, token, *, shortcuts, inside=None, password=None, **facts):
        tokens = SimpleNamespace(held=lambda grant, rejected=None, host="": token)
        self.engine = Engine(SimpleNamespace(), tokens, clock)
        self.begun = 0
        begin = self.engine.begin

        def counted(*given, **named):
            self.begun += 1
            return begin(*given, **named)

        self.engine.begin = counted
        settings = Settings(password=password)
        services = SimpleNamespace(rules=SimpleNamespace(current=rules), settings=settings, engine=self.engine)
        intake = Intake(services)
        intake.listening = tuple
        mode = mode_specs.ProxyMode.parse("regular")
        self.client = Client(peername=("1.1.1.1", 1), sockname=("1.1.1.1", 2), state=ConnectionState.OPEN, proxy_mode=mode)
        for name, value in facts.items():
            setattr(self.client, name, value)
        around = context.Context(self.client, options.Options())
        if inside is not None:
            around.server.address = inside[1]
            intake.authenticated.add(self.client)
        ready = (ReadyCache if shortcuts else WithoutShortcuts)(intake)
        self.layer = Http1(around, intake, ready, inside[0] if inside else "")
        if not shortcuts:
            admission = self.layer.admission
            admission.admit = lambda head, _rules: intake.admit(admission.claims(head), self.client)
        self.open = True

    def ask(self, raw, answer=OK):
        """What leaves for which address, and what the client is answered."""
        sent, answered = [], b""
        waiting = [events.DataReceived(self.client, raw)]
        for event in waiting:
            for command in self.layer.handle_event(event):
                if isinstance(command, commands.SendData) and command.connection is self.client:
                    answered += command.data
                elif isinstance(command, commands.SendData):
                    sent.append((tuple(command.connection.address), command.data))
                    waiting.append(events.DataReceived(command.connection, answer))
                elif isinstance(command, commands.OpenConnection):
                    command.connection.state = ConnectionState.OPEN
                    waiting.append(events.OpenConnectionCompleted(command, None))
                elif isinstance(command, commands.CloseConnection):
                    self.open = self.open and command.connection is not self.client
        return sent, answered
