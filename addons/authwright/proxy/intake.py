"""Checks, plans, authorises and reports every request, for both carriers.

mitmproxy's HTTP layer (``addon``, ``stream``) and our own (``http1``) both stand on this; nothing here knows a mitmproxy
flow. So one guard, one set of rules, one engine and one trace decide, and the two differ only in how bytes move.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from mitmproxy.connection import Client

from ..errors import AuthwrightError, RequestError, kept
from ..origin import ProxiedOrigin, canonical_host
from ..record.bodies import PassingBodies
from ..record.events import CameFrom, Ended, Tunnelled
from ..record.recorder import Level, report
from . import guard, password
from .identity import Identity, unreadable
from .pem_files import pem_text
from .services import Services

if TYPE_CHECKING:
    from ..origin import Origin
    from ..record.events import Event
    from ..rules.rule import Rule
    from ..rules.ruleset import Plan

REPLAY_LIMIT: Final = 64 << 10
"""A body up to this many bytes is collected, so that a rejected token can be replaced and the request sent again."""


class Intake:
    """The work on every request that both carriers share.

    Args:
        services: rules, settings and engine.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.recorder = services.engine.recorder
        self.hears_bodies = self.recorder.level >= Level.BODIES
        """Whether a listener wants the bodies that stream past."""
        self.annotate = services.settings.annotate
        self.closing = False
        """True when the proxy ends: then connections are closed after the response they are at."""
        self.retired = False
        """True when no further request is served by these rules: connections are handed over, each at its next one."""
        self.authenticated: weakref.WeakSet[Client] = weakref.WeakSet()
        """Clients whose whole connection gave the password: with CONNECT, or with SOCKS."""
        self.in_flight = 0
        """How many requests of our own layer have come whose response is not delivered; that layer counts them itself."""
        self.active: weakref.WeakSet[Any] = weakref.WeakSet()
        """The same requests of mitmproxy's layer. They are held weakly, since mitmproxy may drop one without a word."""
        self.listening: Callable[[], Iterable[tuple[str, int]]] = tuple
        """The addresses that the server listens on; the server sets it."""
        self.exposed: Callable[[], bool] = lambda: False
        """True when other machines reach the port and clients give no password; set where another chose the port."""

    @property
    def busy(self) -> bool:
        """True while a request is in flight."""
        return self.in_flight > 0 or bool(self.active)

    def recognise(self, before: Intake) -> None:
        """Know the clients that gave the password *before*, if that is still the one."""
        if before.services.settings.password == self.services.settings.password:
            self.authenticated = before.authenticated

    def admit(self, claims: guard.Claims, client: Client) -> Origin:
        """The destination of the request.

        Raises:
            RequestError: the password is missing, the request can be read in two ways, or it asks for the proxy itself.
        """
        self.check_password(claims, client)
        origin = guard.target(claims)
        self._check_agreement(claims, origin)
        if self.exposed() and self.names((origin.host, origin.port)):
            raise RequestError(
                "Other machines can reach this proxy without a password, so it forwards nothing that a rule could match.",
                code="open_listener",
                hint='Set listen_host to 127.0.0.1, or settings.password: "${env:NAME}" in authwright.yaml.',
            )
        if not claims.reverse:
            self._refuse_own(origin.host, origin.port)
        return ProxiedOrigin(*origin) if client.proxy_mode.type_name == "upstream" else origin

    def admit_tunnel(self, claims: guard.Claims, client: Client) -> tuple[str, int]:
        """The destination of a CONNECT request's tunnel; from now on *client* is known.

        Raises:
            RequestError: as :meth:`admit`.
        """
        self.check_password(claims, client)
        self.authenticated.add(client)
        host, port = guard.tunnel_target(claims)
        self._refuse_own(host, port)
        return host, port

    def check_password(self, claims: guard.Claims, client: Client) -> None:
        """Refuse a client that has not given the password."""
        expected = self.services.settings.password
        if expected is not None and (claims.forward or client not in self.authenticated):
            password.check_header(expected, claims.fields)

    def names(self, address: tuple[Any, ...]) -> bool:
        """True when a rule could match a request to *address*."""
        return self.services.rules.current.names(canonical_host(address[0]), address[1])

    def binds(self, address: tuple[Any, ...]) -> bool:
        """True when a rule that could match a request to *address* authenticates connections."""
        return self.services.rules.current.names(canonical_host(address[0]), address[1], lambda each: each.binds_connection)

    def finish(
        self,
        events: Callable[[], Sequence[Event]],
        refusal: AuthwrightError | None,
        client: Client,
        *,
        aside: bool = False,
        bodies: PassingBodies | None = None,
    ) -> None:
        """Hand on an exchange that is over.

        Args:
            events: gives what happened; called only when a listener wants it.
            refusal: why the proxy answered in the origin's place, or gave up; ``None`` when it did neither.
            client: whose request it was.
            aside: whether the request passed without a credential.
            bodies: the bodies that streamed past, where a listener wants them.
        """
        failed = refusal is not None
        if not self.recorder.wants(failed=failed, aside=aside):
            return
        try:
            told = events() if bodies is None else bodies.among(events())
            whole = (*told, CameFrom(*client.peername[:2]), Ended(self.services.engine.ambient.now(), refusal and kept(refusal)))
            self.recorder.tell(whole, failed=failed, aside=aside)
        except Exception as error:  # noqa: BLE001 - the request is over
            report(error)

    def bodies(self) -> PassingBodies:
        """Hears of the bodies of one exchange."""
        return PassingBodies(self.services.engine.ambient.now)

    def tunnelled(self, host: str, port: int, client: Client, *, sealed: bool) -> None:
        """Tell that TLS began within a tunnel, which stays *sealed* or is opened."""
        if self.recorder.everything:
            came, at = CameFrom(*client.peername[:2]), self.services.engine.ambient.now()
            self.recorder.tell((Tunnelled(host, port, sealed, at), came), aside=True)

    def _check_agreement(self, claims: guard.Claims, origin: Origin) -> None:
        try:
            guard.agree(claims, origin)
        except RequestError as error:
            rules = self.services.rules.current
            if (
                error.code != "target_mismatch"
                or claims.reverse
                or any(rules.names(*name) for name in guard.names(claims, origin))
            ):
                raise

    def _refuse_own(self, host: str, port: int) -> None:
        if guard.is_own(host, port, self.listening()):
            raise RequestError("The proxy does not connect to itself.", code="own_port", hint="Ask for the server you mean.")


def identity_of(plan: Plan, *, multiplexed: bool) -> Identity | None:
    """The identity of the plan's rule to the origin; ``None`` where the request may share a connection.

    Args:
        plan: what is to be done with the request.
        multiplexed: whether the client's connection speaks HTTP/2 or later.

    Raises:
        AuthwrightError: its client certificate cannot be read, or the scheme authenticates a connection and the client
            speaks a version of HTTP in which requests share one.
    """
    rule = plan.rule
    bound = rule.credential is not None and rule.credential.binds_connection
    if bound and multiplexed:
        raise AuthwrightError(
            f"{plan.rule.name} authenticates connections, which HTTP/2 cannot keep apart.",
            code="http_version",
            hint="Connect again: this host is now served over HTTP/1.1 alone.",
        )
    if not (bound or rule.options.client_certificate):
        return None
    chosen = _identity(rule, bound=bound)
    if chosen.certificate:
        chosen.loaded()
    return chosen


def _identity(rule: Rule, *, bound: bool) -> Identity:
    credential, options = rule.credential, rule.options
    principal: object = None
    if bound and credential is not None:  # before its secrets are read it is like no other
        principal = credential.scheme() if credential.ready else credential
    try:
        return Identity(pem_text(options.client_certificate), pem_text(options.client_key.reveal()), principal)
    except (OSError, ValueError) as error:
        raise unreadable(error) from error
