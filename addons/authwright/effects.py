"""What a flow may ask for outside any client's request, and how it is done.

Apart from the engine, so that a process which does nothing but refresh a token need not load rules.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol, cast

from .errors import AuthwrightError, InteractionRequired
from .flow import Authorize, Command, Fetch, Flow, Note, Token
from .message import Request, Response
from .wire.head import check_head


class Transport(Protocol):
    """Sends requests of our own."""

    async def send(self, request: Request) -> Response:
        """Send *request* and read the whole answer.

        Raises:
            TransportError: the server cannot be reached, or does not answer in time.
        """

    async def close(self) -> None:
        """Let go of connections."""


async def run_grant(transport: Transport, flow: Flow[Token], record: Callable[[str], None]) -> Token:
    """Drive a grant's flow to its token; *record* is told of each request it made."""
    answer: Any = None
    while True:
        try:
            command = flow.send(answer)
        except StopIteration as done:
            return cast("Token", done.value)
        answer = await effect(transport, command, record)


async def effect(transport: Transport, command: Command, record: Callable[[str], None]) -> Response | None:
    """Do what *command* asks for, outside any client's request; the answer to it.

    Raises:
        AuthwrightError: it cannot be done, or not here (``not_here``).
    """
    match command:
        case Fetch(request):
            check_head(request)
            began = perf_counter()
            response = await transport.send(request)
            path = request.target.partition("?")[0]
            took = (perf_counter() - began) * 1000
            record(f"{request.method} {request.origin}{path}: {response.status} in {took:.0f} ms")
            return response
        case Note():
            return None
        case Authorize():
            raise InteractionRequired("Someone must sign in with a browser first.")
        case _:
            raise AuthwrightError(f"A grant cannot ask for {type(command).__name__}.")
