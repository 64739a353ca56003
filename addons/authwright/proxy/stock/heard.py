"""The bodies of one request and its responses, as mitmproxy's stream gets them, for a listener that wants bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mitmproxy.proxy.layers.http import _events

if TYPE_CHECKING:
    from ...record.bodies import PassingBodies, PassingBody


class HeardBodies:
    """Takes in the content that a stream's events bring.

    Args:
        bodies: the bodies of the exchange.
        end_stream: whether the request's head is all of it.
    """

    def __init__(self, bodies: PassingBodies, *, end_stream: bool) -> None:
        self.bodies = bodies
        self._request = None if end_stream else bodies.begin("request")
        self._response: PassingBody | None = None

    def take(self, event: Any) -> None:
        """Take in what *event* says of a body, if it does."""
        match event:
            case _events.RequestData() if self._request is not None:
                self._request.take(event.data)
            case _events.RequestEndOfMessage() if self._request is not None:
                self._request.end()
            case _events.ResponseHeaders():
                self._response = None if event.end_stream else self.bodies.begin("response")
            case _events.ResponseData() if self._response is not None:
                self._response.take(event.data)
            case _events.ResponseEndOfMessage() if self._response is not None:
                self._response.end()
            case _:
                pass
