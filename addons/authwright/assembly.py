"""The one composition root: ``authwright run``, ``exec`` and ``mitmdump -s addons/inject.py`` get the same services."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .ambient import SystemAmbient
from .config.reload import Watch
from .engine.engine import Engine
from .engine.signin import OpenAgent
from .home import home_dir as home_dir  # noqa: PLC0414 - asked for here by those who build a house
from .outbound.ca_bundle import fingerprints
from .outbound.transport import HttpTransport
from .record.recorder import UNHEARD, Recorder
from .rules.settings import Settings
from .secret import Secret
from .tokens.broker import Broker
from .tokens.detached.child import RefresherSetup
from .tokens.detached.detached import Detached
from .tokens.key import StoreKey, key_of, system_keyring
from .tokens.store import Store
from .tokens.stores.opening import Opening

STORE: Final = "tokens.db"


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything a running proxy is made of.

    Args:
        rules: the rules in force, and their renewal when the file changes.
        settings: how the proxy listens and what it may do; fixed while it runs.
        engine: drives the flows.
        broker: keeps tokens valid.
        store: where tokens rest.
        home: the folder of all state.
    """

    rules: Watch
    settings: Settings
    engine: Engine
    broker: Broker
    store: Store
    home: Path

    async def resume(self) -> None:
        """Try once more, in the background, what a crash cut off: soon, since a server allows that for a short time."""
        rules = self.rules.current
        for record in await self.broker.cut_off():
            credential, label = rules.credentials.get(record.label.credential), record.label
            if credential is not None and label.environment == rules.environment:
                self.engine.in_background(self.engine.token(rules, credential, record.token))

    async def follow(self) -> None:
        """Take over what other processes did with the tokens."""
        await self.broker.follow()

    async def close(self) -> None:
        """Finish and save what is being refreshed, let go of the store, and tell listeners what they have not heard yet."""
        await self.engine.sign_ins.close()
        await self.broker.close()
        await self.engine.transport.close()
        self.store.close()
        await asyncio.to_thread(self.engine.recorder.close)


def has_store(home: Path) -> bool:
    """True when the token store of *home* was made already. Its key is not asked for."""
    return (home / STORE).exists()


def opening_of(home: Path) -> Opening:
    """How the token store of *home* is opened. Its key is made when there is none yet."""
    return Opening("sqlite", str(home / STORE), _key(home))


def open_store(home: Path) -> Store:
    """The token store of *home*, made when it is not there yet."""
    return opening_of(home).open()


def _key(home: Path) -> StoreKey:
    passphrase = os.environ.get("AUTHWRIGHT_PASSPHRASE")
    return key_of(home, Secret(passphrase) if passphrase else None, system_keyring)


def build(
    rules: Watch,
    settings: Settings,
    *,
    home: Path,
    store: Store | None = None,
    warn: Callable[[str], None] = lambda _: None,
    open_agent: OpenAgent | None = None,
    recorder: Recorder = UNHEARD,
) -> Assembly:
    """Build the services.

    Args:
        rules: the watched configuration.
        settings: its settings, with what the command line says on top.
        home: the folder of all state.
        store: where tokens rest; the one of *home* when it is not given.
        warn: told of what is not right and does not stop anything, in one sentence.
        open_agent: what brings a person to an authorization server while requests wait; ``None`` where the proxy may not ask.
        recorder: is told of every exchange; closed with the services.
    """
    ambient = SystemAmbient()
    elsewhere = None
    if store is None:
        opening = opening_of(home)
        store = opening.open()
        elsewhere = Detached(RefresherSetup(opening, settings.upstream_ca)) if opening.shared else None
    broker = Broker(store, ambient, warn, elsewhere, fingerprints(settings.upstream_ca))
    transport = HttpTransport(upstream_ca=settings.upstream_ca)
    return Assembly(rules, settings, Engine(transport, broker, ambient, open_agent, recorder), broker, store, home)
