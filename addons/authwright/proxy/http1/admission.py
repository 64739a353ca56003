"""The guard of one connection: the origin of each request, and the permission to go there."""

from __future__ import annotations

from typing import Any, Final

from mitmproxy.proxy.context import Context

from ...origin import Origin
from .. import guard
from ..intake import Intake
from .head import RequestHead
from .keys import key_of

_MOST: Final = 64
_ADMITTED_BY: Final = key_of(guard.TARGET_READS | guard.AGREE_READS, given=guard.CONNECTION)


class Admission:
    """The guard of one client's connection. It looks once at all requests that say the same of where they go.

    Args:
        context: the context of the client's connection.
        intake: what is done with every request.
        scheme: of the one origin that is asked for here; empty for a forward proxy.
        reverse: whether the proxy stands for one origin.
    """

    def __init__(self, context: Context, intake: Intake, scheme: str, *, reverse: bool) -> None:
        self._context = context
        self._intake = intake
        self._scheme = scheme
        self._reverse = reverse
        self._origins: dict[Any, Origin] = {}
        self._origins_of: object = None

    def admit(self, head: RequestHead, rules: object) -> Origin:
        """The origin that the request goes to.

        Raises:
            RequestError: it may not go there.
        """
        if rules is not self._origins_of or len(self._origins) > _MOST:
            self._origins_of, self._origins = rules, {}
        key = _ADMITTED_BY(head)
        found = self._origins.get(key)
        if found is None:
            found = self._origins[key] = self._intake.admit(self.claims(head), self._context.client)
        else:
            if self._intake.services.settings.password is not None:
                self._intake.check_password(self.claims(head), self._context.client)
            guard.check_target(head.method, head.target)
        return found

    def admit_tunnel(self, head: RequestHead) -> tuple[str, int]:
        """Host and port that a CONNECT request's tunnel leads to.

        Raises:
            RequestError: it may not go there.
        """
        return self._intake.admit_tunnel(self.claims(head), self._context.client)

    def claims(self, head: RequestHead) -> guard.Claims:
        """The facts of the connection, and the client's claims."""
        client, address = self._context.client, self._context.server.address
        return guard.Claims(
            method=head.method,
            target=head.target,
            fields=head.fields.pairs,
            http_version=head.http_version,
            authority=head.authority,
            forward=not self._scheme,
            reverse=self._reverse,
            scheme=self._scheme or head.scheme.decode() or "http",
            host=address[0] if self._scheme and address else "",
            port=address[1] if self._scheme and address else 0,
            tls=client.tls,
            sni=client.sni,
        )

    def claimed(self, head: RequestHead) -> Origin:
        """The origin that the request claims, unchecked: for a person to read, and for nothing else."""
        return guard.claimed(head.scheme.decode() or self._scheme or "http", head.authority or head.fields.host or b"")
