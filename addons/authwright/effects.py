"""What a flow may ask for outside any client's request, and how it is done.

Apart from the engine, so that a process which does nothing but refresh a token need not load rules.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from .errands import Errands
from .errors import AuthwrightError, InteractionRequired
from .flow import Authorize, Command, Fetch, Flow, GetToken, Note, Token
from .message import Response

type Obtain = Callable[[GetToken], Awaitable[Token]]


async def _nowhere(command: GetToken) -> Token:
    raise AuthwrightError(f"The token of {command.credential} cannot be asked for here.", code="not_here")


async def run_grant[T](errands: Errands, flow: Flow[T], record: Callable[[str], None], obtain: Obtain = _nowhere) -> T:
    """Drive a grant's flow to its end.

    Args:
        errands: does its requests.
        flow: a grant's, or another that asks for nothing else than a grant's does.
        record: told of each request it made.
        obtain: gives another credential's token.
    """
    answer: Any = None
    while True:
        try:
            command = flow.send(answer)
        except StopIteration as done:
            return cast("T", done.value)
        answer = await effect(errands, command, record, obtain)


async def effect(
    errands: Errands, command: Command, record: Callable[[str], None], obtain: Obtain = _nowhere
) -> Response | Token | None:
    """Do what *command* asks for, outside any client's request; the answer to it.

    Raises:
        AuthwrightError: it cannot be done, or not here (``not_here``).
    """
    match command:
        case Fetch():
            return await errands.run(command, record)
        case GetToken():
            return await obtain(command)
        case Note():
            return None
        case Authorize():
            raise InteractionRequired("Someone must sign in with a browser first.")
        case _:
            raise AuthwrightError(f"A grant cannot ask for {type(command).__name__}.")
