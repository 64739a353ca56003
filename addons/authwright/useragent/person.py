"""Sends a person at this machine to the authorization server, by browser or by a printed URL, and receives the response."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self

from ..errors import AuthwrightError, InteractionRequired
from ..flow.commands import Authorize, Verify
from . import page, redirect
from .browser import open_browser
from .code import instructions
from .listener import RedirectListener
from .loopback import bind, is_loopback
from .paste import lines
from .redirect import Accepted, RedirectParameters

PATIENCE: Final = 300.0
"""Seconds in which a person must sign in."""


class Person:
    """Brings a person to the authorization server, for one sign-in; used as ``async with``.

    Args:
        name: the credential's name in the configuration.
        tell: shows the person a text.
        browser: whether to open a browser; without one the person opens the URL.
        paste: whether to ask the person for the address at which their browser ended.
        patience: seconds in which the person must sign in.
    """

    def __init__(
        self, name: str, tell: Callable[[str], None], *, browser: bool = True, paste: bool = False, patience: float = PATIENCE
    ) -> None:
        self._name = name
        self._tell = tell
        self._browser = browser
        self._paste = paste
        self._patience = patience
        self._listener: RedirectListener | None = None
        self._code = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._listener is not None:
            await self._listener.close(_outcome(self._name, error))

    async def listen(self, redirect_uri: str) -> str:
        """Listen at the redirect URI. The person must paste a redirect to another machine."""
        if not is_loopback(redirect_uri):
            return redirect_uri
        self._listener = RedirectListener(bind(redirect_uri), self._tell)
        await self._listener.open()
        return self._listener.redirect_uri

    async def authorize(self, asked: Authorize) -> RedirectParameters:
        """Send the person to the authorization server; the parameters of the redirect, by browser or pasted."""
        ways = [self._directed(asked)]
        if self._listener is not None:
            self._listener.expect(asked)
            ways.append(self._listener.answer())
        try:
            async with asyncio.timeout(self._patience):
                return await _first(ways)
        except TimeoutError:
            raise InteractionRequired(f"Nobody signed in for {self._name} within {self._patience:.0f} seconds.") from None

    async def verify(self, asked: Verify) -> None:
        """Show the code, once, and wait for the interval."""
        if asked.user_code != self._code:
            self._code = asked.user_code
            self._tell(instructions(asked))
            if self._browser:
                await open_browser(asked.verification_uri_complete or asked.verification_uri)
        await asyncio.sleep(asked.interval)

    async def _directed(self, asked: Authorize) -> RedirectParameters:
        """Open the browser, or print the URL. The result is a pasted response; an unpasted one comes to the listener."""
        opened = self._browser and await open_browser(asked.url)
        pastes = self._paste and not (opened and self._listener is not None)
        if self._listener is None and not pastes:
            raise InteractionRequired("The redirect_uri does not lead to this machine: a person must paste the answer.")
        self._tell(_directions(asked.url, opened=opened, pastes=pastes))
        if pastes:
            async for line in lines():
                answer = _read(asked, line)
                if isinstance(answer, Accepted):
                    return answer.parameters
                self._tell(answer)
        if self._listener is None:
            raise InteractionRequired(f"Nobody pasted the answer for {self._name}.")
        return await asyncio.Future()  # nothing is pasted: wait for the browser


def _read(asked: Authorize, line: str) -> Accepted | str:
    """The response in a pasted address, or a sentence that says what is wrong with it."""
    again = "Paste the whole address that the browser ended at."
    base, mark, rest = line.partition("#" if asked.response_mode == "fragment" else "?")
    if not mark or base.rstrip("/") != asked.redirect_uri.rstrip("/"):
        return f"That is not {asked.redirect_uri} with an answer. {again}"
    verdict = redirect.read(asked.state, rest.partition("#")[0])
    return verdict if isinstance(verdict, Accepted) else f"{verdict.sentence} {again}"


async def _first(ways: list[Coroutine[Any, Any, RedirectParameters]]) -> RedirectParameters:
    """The result of the awaitable that ends first."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _directions(url: str, *, opened: bool, pastes: bool) -> str:
    if opened:
        begin = "Sign in with the browser that has just opened. If none has, open this address:"
    else:
        begin = "Open this address in a browser to sign in:"
    end = "If that browser is not on this machine, paste the address that it ends at here.\n" if pastes else ""
    return f"{begin}\n\n  {url}\n\n{end}".removesuffix("\n")


def _outcome(name: str, error: BaseException | None) -> page.Page:
    if error is None:
        return page.signed_in(name)
    if isinstance(error, AuthwrightError):
        return page.not_signed_in(error.message)
    return page.not_signed_in("The sign-in was ended before it was complete.")
