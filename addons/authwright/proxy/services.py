"""The services that the proxy needs; ``assembly`` builds them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ..engine.engine import Engine
from ..rules.ruleset import RuleSet
from ..rules.settings import Settings


class Rules(Protocol):
    """The rules in force."""

    @property
    def current(self) -> RuleSet:
        """The rules as they are now; another value after a reload."""

    def refresh(self) -> str | None:
        """Look whether the file changed; a sentence when it did and cannot be used. May block."""


class Services(Protocol):
    """Rules, settings, engine and the folder of all state."""

    @property
    def rules(self) -> Rules:
        """The rules in force."""

    @property
    def settings(self) -> Settings:
        """How the proxy listens and what it may do."""

    @property
    def engine(self) -> Engine:
        """Drives the flows."""

    @property
    def home(self) -> Path:
        """The folder of all state."""

    async def resume(self) -> None:
        """Begin what a crash cut off."""

    async def follow(self) -> None:
        """Take over what other processes did with the tokens: log-outs, sign-ins, refreshes.

        Raises:
            AuthwrightError: the token store cannot be read.
        """

    async def close(self) -> None:
        """Finish and save what is being refreshed."""
