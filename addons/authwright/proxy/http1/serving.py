"""The layer, as the page of one request sees it (``request.py``). So the layer imports the page, and the page not the layer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from mitmproxy.connection import Client
from mitmproxy.net.server_spec import ServerSpec
from mitmproxy.proxy.context import Context

from ...engine.authorised import Authorised, Move
from ..intake import Intake
from .admission import Admission
from .client import ClientBuffer, Script
from .head import RequestHead
from .pool import Upstreams
from .ready_cache import ReadyCache
from .upload import Upload


class ServingLayer(Protocol):
    """One client's connection, and what serves its requests.

    Args:
        context: the connection, in mitmproxy's words.
        intake: what is done with every request.
        ready: what earlier requests have made ready.
        client: the bytes that the client has sent.
        upstreams: the connections to origins.
        admission: the guard of this connection.
        host: the value of ``Host`` that leaves; empty for the client's own.
        via: the proxy behind this one.
        moment: gives the time; ``None`` where no listener wants to know it.
        upload: makes the upload of a request.
    """

    context: Context
    intake: Intake
    ready: ReadyCache
    client: ClientBuffer
    upstreams: Upstreams
    admission: Admission
    host: bytes
    via: ServerSpec | None
    moment: Callable[[], datetime | None]
    upload: Callable[[RequestHead, ClientBuffer, Client], Upload]

    def wait_for(self, authorised: Authorised) -> Script[Move]:
        """Wait until *authorised* goes on; meanwhile nothing is read from the client, nor from the origin that answered.

        Raises:
            AuthwrightError: it failed.
            ClientGone: the client left meanwhile.
        """
