"""Requests of our own on their way: looked at before they leave, recorded, and not sent again while an answer is fresh."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter
from typing import Final, NamedTuple, Protocol

from cachetools import LRUCache

from ..errors import AuthwrightError
from ..flow.commands import ClientCertificate, Fetch
from ..flow.protocols import Ambient
from ..message import Request, Response
from ..record.events import Asked, Asking
from ..wire.head import check_head

_MOST: Final = 64


class Transport(Protocol):
    """Sends requests of our own."""

    async def send(self, request: Request, certificate: ClientCertificate | None = None) -> Response:
        """Send *request* and read the whole answer; a connection belongs to one *certificate* alone.

        Raises:
            TransportError: the server cannot be reached, or does not answer in time.
        """

    async def close(self) -> None:
        """Let go of connections."""


class _Kept(NamedTuple):
    response: Response
    at: datetime


class Fetcher:
    """Does what a ``Fetch`` asks for.

    Args:
        transport: how requests are sent.
        ambient: the time, for the age of answers.
    """

    def __init__(self, transport: Transport, ambient: Ambient) -> None:
        self.transport = transport
        self._ambient = ambient
        self._kept: LRUCache[Fetch, _Kept] = LRUCache(_MOST)

    async def run(self, errand: Fetch, asking: Asking) -> Response:
        """The answer; *asking* is told of a request that was sent.

        Raises:
            RequestError: the request could be read as something else than it is.
            TransportError: the server cannot be reached, or does not answer in time.
        """
        kept = self._kept.get(errand) if errand.max_age else None
        if kept is not None and timedelta(0) <= self._ambient.now() - kept.at < errand.max_age:
            return kept.response
        response = await self._sent(errand, asking)
        if errand.max_age and response.status == 200:
            self._kept[errand] = _Kept(response, self._ambient.now())
        return response

    async def _sent(self, errand: Fetch, asking: Asking) -> Response:
        request = errand.request
        check_head(request)
        at, began = self._ambient.now(), perf_counter()
        try:
            response = await self.transport.send(request, errand.certificate)
        except AuthwrightError as error:
            asking(Asked(request, None, at, (perf_counter() - began) * 1000, error))
            raise
        asking(Asked(request, response, at, (perf_counter() - began) * 1000))
        return response
