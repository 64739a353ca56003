"""Protection spaces: which part of an origin one challenge speaks for (RFC 9110 section 11.5, RFC 7616 section 3.3).

A challenge is good for every path that its ``domain`` names, else for the whole server. Servers with several realms seldom
say so: there the folder in which a challenge was met tells them apart. Kept for one rule, principal and origin.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final

from cachetools import LRUCache

from ..flow.commands import Await, Forward, Latch, forward
from ..message import Request, Response

_MOST: Final = 64
"""Folders of one origin that are told apart."""


class Spaces[S]:
    """What is known of an origin's protection spaces; ``None`` is known of a folder that asks for nothing."""

    def __init__(self) -> None:
        self._roots: LRUCache[str, S | None] = LRUCache(_MOST)
        self._turn: Latch | None = None

    def at(self, path: str) -> S | None:
        """The space of *path*: that of the longest root it begins with."""
        root = self._root(path)
        return None if root is None else self._roots[root]

    def keep(self, space: S | None, path: str, roots: Iterable[str] = ("/",)) -> None:
        """Remember *space*, which was met at *path* and reaches over everything under *roots*."""
        self._roots[path[: path.rfind("/") + 1] or "/"] = space
        if space is not None:
            self._roots.update((root, space) for root in roots)

    def forget(self, space: S) -> None:
        """Remember nothing of *space*."""
        for root in [root for root, kept in self._roots.items() if kept is space]:
            del self._roots[root]

    def find(self, path: str) -> Generator[Await, None, S | None]:
        """The space of *path*; while another request asks for it, its answer is waited for."""
        if self._turn is not None and self._root(path) is None:
            yield Await(self._turn)
        return self.at(path)

    def ask(self, request: Request, needs: str) -> Generator[Forward, Response, Response]:
        """Send *request* as it is, to be challenged; who comes meanwhile waits."""
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
