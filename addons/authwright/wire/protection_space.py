"""Protection spaces: the part of an origin that one challenge covers (RFC 9110 section 11.5, RFC 7616 section 3.3).

A challenge covers every path that its ``domain`` names, else the whole server. Servers with several realms seldom name them.
There the folder of a challenged request tells the realms apart. Spaces are kept for one rule, principal and origin.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final

from cachetools import LRUCache

from ..flow.commands import Await, Forward, Latch, forward
from ..message import Request, Response

_MOST: Final = 64
"""How many folders of one origin are kept."""


class Spaces[S]:
    """The known protection spaces of an origin. ``None`` stands for a folder where the origin asks for no credentials."""

    def __init__(self) -> None:
        self._roots: LRUCache[str, S | None] = LRUCache(_MOST)
        self._turn: Latch | None = None

    def at(self, path: str) -> S | None:
        """The space of *path*: that of the longest root it begins with."""
        root = self._root(path)
        return None if root is None else self._roots[root]

    def keep(self, space: S | None, path: str, roots: Iterable[str] = ("/",)) -> None:
        """Remember *space*, whose challenge came at *path* and covers everything under *roots*."""
        self._roots[path[: path.rfind("/") + 1] or "/"] = space
        if space is not None:
            self._roots.update((root, space) for root in roots)

    def forget(self, space: S) -> None:
        """Forget *space* everywhere."""
        for root in [root for root, kept in self._roots.items() if kept is space]:
            del self._roots[root]

    def find(self, path: str) -> Generator[Await, None, S | None]:
        """The space of *path*. While another request asks for the challenge, this one waits for it."""
        if self._turn is not None and self._root(path) is None:
            yield Await(self._turn)
        return self.at(path)

    def ask(self, request: Request, needs: str) -> Generator[Forward, Response, Response]:
        """Send *request* as it is, to be challenged. Requests that come meanwhile wait."""
        latch = None
        if self._turn is None and self._root(request.path) is None:
            latch = self._turn = Latch()
        try:
            return (yield from forward(request, needs=needs))
        finally:
            if latch is not None:
                self._turn = None
                latch.end()

    def _root(self, path: str) -> str | None:
        return max((root for root in self._roots if path.startswith(root)), key=len, default=None)
