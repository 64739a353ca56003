"""Providers keep values of one kind for flows. A flow asks for a value by its kind and name (``flow.commands.Provide``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from ..access_keys.ring import KeyRing
from ..errors import AuthwrightError
from ..flow.protocols import Ambient
from ..wire.aws.access_keys import AccessKeys


class Provider[T](Protocol):
    """Keeps the values of one kind, by name."""

    def held(self, name: str) -> T | None:
        """The value called *name* when the provider holds a good one; never blocks."""

    async def obtain(self, name: str) -> T:
        """The value called *name*, obtained now.

        Raises:
            AuthwrightError: it cannot be had.
        """

    def at_hand(self, name: str) -> T | None:
        """The value called *name* as far as it can be told without asking anyone; ``explain`` uses it."""

    def need(self, name: str) -> str:
        """The words by which ``explain`` names the value when it is missing."""


class Providers:
    """The providers of an engine.

    Args:
        by_kind: the provider of each kind of value.
    """

    def __init__(self, by_kind: Mapping[type, Provider[Any]]) -> None:
        self._by_kind = by_kind

    def of[T](self, kind: type[T]) -> Provider[T]:
        """The provider of *kind*.

        Raises:
            AuthwrightError: the engine has none.
        """
        provider = self._by_kind.get(kind)
        if provider is None:
            raise AuthwrightError(f"The engine has no provider of {kind.__name__}.")
        return cast("Provider[T]", provider)


def system_providers(ambient: Ambient) -> Providers:
    """The providers that read this machine: its environment, its files, and what these name."""
    return Providers({AccessKeys: KeyRing(ambient)})
