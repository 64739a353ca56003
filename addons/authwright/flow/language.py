"""A flow is a generator: it yields commands, the engine answers each, and it returns its result."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any


class Command:
    """A question of a flow to the engine. ``commands`` holds every one."""

    __slots__ = ()


type Flow[T] = Generator[Command, Any, T]
