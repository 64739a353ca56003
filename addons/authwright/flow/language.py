"""A flow is a generator: it yields commands, the engine answers each, and it returns its result."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any


class Command:
    """What a flow may ask of the engine; ``commands`` holds every one."""

    __slots__ = ()


type Flow[T] = Generator[Command, Any, T]
