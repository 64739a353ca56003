"""Hooks, called without asking every addon each time.

mitmproxy looks every hook up in every addon on every event; here the addons never change, so their hooks are looked up once.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from mitmproxy import exceptions, hooks
from mitmproxy.addonmanager import AddonManager

log = logging.getLogger("authwright")


class Dispatch(AddonManager):  # type: ignore[misc, unused-ignore]  # mitmproxy annotates it in one version only
    """An addon manager whose chain is complete before the first connection."""

    def __init__(self, master: Any) -> None:
        super().__init__(master)
        self._listeners: dict[str, list[Callable[..., Any]]] = {}
        self._begun: dict[int, tuple[Awaitable[None], Iterator[Callable[..., Any]]]] = {}

    def call_now(self, event: hooks.Hook) -> bool:
        """Call the hooks of *event*, and return whether all of them have ended.

        Where one must be awaited, *event* has to go on to :meth:`handle_lifecycle`, which takes up where this left off. A
        task for each hook would cost a tenth of a request's time.
        """
        return self._call(event, iter(self._listening(event)))

    async def handle_lifecycle(self, event: hooks.Hook) -> None:
        """Call the hooks of *event* in the chain's order; an addon that fails does not stop the others."""
        if id(event) not in self._begun and self.call_now(event):
            return
        while (begun := self._begun.pop(id(event), None)) is not None:
            waited, rest = begun
            try:
                await waited
            except exceptions.AddonHalt:
                return
            except Exception as error:  # noqa: BLE001 - as mitmproxy's own
                _failed(event, error)
            self._call(event, rest)

    def _call(self, event: hooks.Hook, calls: Iterator[Callable[..., Any]]) -> bool:
        for call in calls:
            try:
                result = call(*event.args())
            except exceptions.AddonHalt:
                return True
            except Exception as error:  # noqa: BLE001 - as mitmproxy's own
                _failed(event, error)
                continue
            if result is not None and inspect.isawaitable(result):
                self._begun[id(event)] = result, calls
                return False
        return True

    def _listening(self, event: hooks.Hook) -> list[Callable[..., Any]]:
        listeners = self._listeners.get(event.name)
        if listeners is None:
            listeners = [call for addon in self.chain for _, call in self._iter_hooks(addon, event)]
            self._listeners[event.name] = listeners
        return listeners


def _failed(event: hooks.Hook, error: Exception) -> None:
    # no values of frames in a log
    log.error("hook %s failed: %s", event.name, type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
