"""Carries out the commands that a flow may give outside any client's request.

Apart from the engine, so that a process which does nothing but refresh a token need not load rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn, Protocol, cast

from ..errors import AuthwrightError, InteractionRequired
from ..flow.commands import Authorize, Await, Compute, Fetch, GetToken, Latch, Listen, Note, Verify
from ..flow.language import Command, Flow
from ..flow.token import Token
from ..message import Response
from ..outbound.fetching import Fetcher
from ..record.events import Asking

NOT_HERE: Final = "not_here"
"""The code of an error that says: only the process which holds the rules can do that."""

PATIENCE: Final = 5.0
"""Seconds that a request waits for what another one asks."""

type Obtain = Callable[[GetToken], Awaitable[Token]]


async def _nowhere(command: GetToken) -> Token:
    raise AuthwrightError(f"The token of {command.credential} cannot be asked for here.", code=NOT_HERE)


class UserAgent(Protocol):
    """Brings a person to an authorization server, for one sign-in."""

    async def listen(self, redirect_uri: str) -> str:
        """Be ready for the redirect; the redirect URI as it is reachable.

        Raises:
            AuthwrightError: its port is not to be had.
        """

    async def authorize(self, asked: Authorize) -> Mapping[str, str]:
        """Send the person to a page; the parameters of the redirect that comes of it.

        Raises:
            InteractionRequired: the person did not come back in time, or cannot.
        """

    async def verify(self, asked: Verify) -> None:
        """Show the person a code and the page to enter it, and wait for the interval."""


class _Unattended:
    """The user agent where the proxy may not ask a person."""

    async def listen(self, redirect_uri: str) -> NoReturn:  # noqa: ARG002 - the protocol names it
        raise InteractionRequired("Someone must sign in first.")

    async def authorize(self, asked: Authorize) -> NoReturn:  # noqa: ARG002 - the protocol names it
        raise InteractionRequired("Someone must sign in first.")

    async def verify(self, asked: Verify) -> NoReturn:  # noqa: ARG002 - the protocol names it
        raise InteractionRequired("Someone must sign in first.")


UNATTENDED: Final[UserAgent] = _Unattended()


async def run_grant[T](
    fetcher: Fetcher, flow: Flow[T], asking: Asking, obtain: Obtain = _nowhere, agent: UserAgent = UNATTENDED
) -> T:
    """Drive a grant's flow to its end; what cannot be done is raised in it.

    Args:
        fetcher: sends its requests.
        flow: a grant's, or another that asks for nothing else than a grant's does.
        asking: told of each request it made.
        obtain: gives another credential's token.
        agent: brings a person.
    """
    answer: Any = None
    failure: AuthwrightError | None = None
    while True:
        try:
            command = flow.send(answer) if failure is None else flow.throw(failure)
        except StopIteration as done:
            return cast("T", done.value)
        try:
            answer, failure = await effect(fetcher, command, asking, obtain, agent), None
        except AuthwrightError as error:
            failure = error


async def effect(
    fetcher: Fetcher, command: Command, asking: Asking, obtain: Obtain = _nowhere, agent: UserAgent = UNATTENDED
) -> Response | Token | Mapping[str, str] | str | None:
    """Do what *command* asks for, outside any client's request; the answer to it.

    Raises:
        AuthwrightError: it cannot be done, or not here (``not_here``).
    """
    match command:
        case Fetch():
            return await fetcher.run(command, asking)
        case GetToken():
            return await obtain(command)
        case Note():
            return None
        case Await(latch):
            await over(latch)
            return None
        case Compute(work):
            return await asyncio.to_thread(work)
        case Listen(redirect_uri):
            return await agent.listen(redirect_uri)
        case Authorize():
            return await agent.authorize(command)
        case Verify():
            await agent.verify(command)
            return None
        case _:
            raise AuthwrightError(f"A grant cannot ask for {type(command).__name__}.")


async def over(latch: Latch) -> None:
    """Wait until *latch* is over, or has taken too long."""
    ended = asyncio.Event()
    latch.then(ended.set)
    with suppress(TimeoutError):
        await asyncio.wait_for(ended.wait(), PATIENCE)
