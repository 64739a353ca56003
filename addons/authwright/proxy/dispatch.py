"""Hooks, called without asking every addon each time.

mitmproxy looks every hook up in every addon on every event; with few addons that never change, who listens is known.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

from mitmproxy import exceptions, hooks
from mitmproxy.addonmanager import AddonManager

log = logging.getLogger("authwright")


class Dispatch(AddonManager):  # type: ignore[misc, unused-ignore]
    """An addon manager whose chain is complete before the first connection."""

    def __init__(self, master: Any) -> None:
        super().__init__(master)
        self._listeners: dict[str, list[Callable[..., Any]]] = {}

    async def handle_lifecycle(self, event: hooks.Hook) -> None:
        """Call who listens to *event*, in the chain's order; an addon that fails does not stop the others."""
        listeners = self._listeners.get(event.name)
        if listeners is None:
            listeners = self._listeners[event.name] = [call for addon in self.chain for _, call in self._iter_hooks(addon, event)]
        for call in listeners:
            try:
                result = call(*event.args())
                if result is not None and inspect.isawaitable(result):
                    await result
            except exceptions.AddonHalt:
                return
            except Exception as error:
                log.error("hook %s failed: %s", event.name, type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))  # noqa: TRY400 - no values of frames in a log
