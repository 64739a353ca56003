"""Signing in: a person is asked once, for everyone who waits for the token.

A request never asks a person by itself. Where the proxy may not ask a person, it ends with the command that does; where it may,
it waits with a bound, and the sign-in goes on when it has stopped waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Final

from ..errors import AuthwrightError, InteractionRequired, kept
from ..flow.protocols import Ambient, Grant, InteractiveGrant, needs_person
from ..flow.token import Token
from ..record.events import Asking, Ended, Event, SignInBegan
from ..record.recorder import Recorder
from ..tokens.store import Label
from .driver import UserAgent

_REQUEST_WAITS: Final = 120.0
"""Seconds that a request waits for a person."""
_PAUSE: Final = timedelta(seconds=30)
"""Seconds before a person who said no, or was not there, is asked again."""


type OpenAgent = Callable[[Label], AbstractAsyncContextManager[UserAgent]]
type SignIn = Callable[[InteractiveGrant, Label, UserAgent], Awaitable[Token]]


class SignIns:
    """The sign-ins that are on their way, one for each token.

    Args:
        open_agent: a user agent for one sign-in; ``None`` where the proxy may not ask a person.
        ambient: time.
        request_waits: seconds that a request waits for a person.
    """

    def __init__(self, open_agent: OpenAgent | None, ambient: Ambient, request_waits: float = _REQUEST_WAITS) -> None:
        self._open_agent = open_agent
        self._ambient = ambient
        self._request_waits = request_waits
        self._going: dict[str, asyncio.Task[Token]] = {}
        self._closed = False
        self._failed: dict[str, tuple[datetime, AuthwrightError]] = {}

    async def token(self, grant: Grant, label: Label, needed: InteractionRequired, sign_in: SignIn) -> Token:
        """The token that a person obtains: by the sign-in that is going on, else by a new one.

        Args:
            grant: how it is obtained.
            label: what the token is for.
            needed: why someone must sign in.
            sign_in: drives the grant's flow and keeps the token.

        Raises:
            InteractionRequired: no person may be asked, none came in time, or the sign-in failed.
        """
        if self._closed or self._open_agent is None or not needs_person(grant):
            raise InteractionRequired(needed.message, hint=needed.hint or label.login_command) from needed
        try:
            task = self._going.get(grant.key) or self._begin(self._open_agent, grant, label, sign_in)
            async with asyncio.timeout(self._request_waits):
                return await asyncio.shield(task)
        except TimeoutError:
            raise InteractionRequired(
                f"Nobody has signed in for {label.credential} yet; the browser still waits.", hint="Sign in there, and try again"
            ) from None
        except AuthwrightError as error:
            raise InteractionRequired(f"Nobody is signed in: {error.message}", hint=label.login_command) from error
        except asyncio.CancelledError:
            if not self._closed:  # then it is the request that was cancelled
                raise
            raise InteractionRequired("The proxy is shutting down and asks nobody.", hint=label.login_command) from None

    async def close(self) -> None:
        """Ask no further person, and tell the requests that wait."""
        self._closed = True
        tasks = list(self._going.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(self, open_agent: OpenAgent, grant: InteractiveGrant, label: Label, sign_in: SignIn) -> asyncio.Task[Token]:
        self._refuse_too_soon(grant.key)
        task = asyncio.create_task(_signed_in(open_agent, grant, label, sign_in), name=f"sign-in {label.credential}")
        self._going[grant.key] = task
        task.add_done_callback(lambda done: self._ended(grant.key, done))
        return task

    def _refuse_too_soon(self, key: str) -> None:
        at, error = self._failed.get(key, (None, None))
        if error is not None and at is not None and timedelta(0) <= self._ambient.now() - at < _PAUSE:
            raise InteractionRequired(error.message)

    def _ended(self, key: str, task: asyncio.Task[Token]) -> None:
        del self._going[key]
        self._failed.pop(key, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, AuthwrightError):
            self._failed[key] = self._ambient.now(), kept(error)


@contextmanager
def told(recorder: Recorder, ambient: Ambient, grant: InteractiveGrant, label: Label) -> Iterator[Asking]:
    """Tell *recorder* of one sign-in when it is over; gives what is told of its requests."""
    events: list[Event] = [
        SignInBegan(label.credential, label.environment, grant.grant, grant.authorization_server, ambient.now())
    ]
    failure: AuthwrightError | None = None
    try:
        yield lambda asked: events.append(recorder.fitting(asked))
    except BaseException as error:
        failure = error if isinstance(error, AuthwrightError) else AuthwrightError("The sign-in was cut off.", code="interrupted")
        raise
    finally:
        recorder.tell((*events, Ended(ambient.now(), failure)), aside=True)


async def _signed_in(open_agent: OpenAgent, grant: InteractiveGrant, label: Label, sign_in: SignIn) -> Token:
    async with open_agent(label) as agent:
        return await sign_in(grant, label, agent)
