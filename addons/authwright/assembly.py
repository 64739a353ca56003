"""The one composition root: ``authwright run``, ``exec`` and ``mitmdump -s addons/inject.py`` get the same house."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .ambient import SystemAmbient
from .config.reload import Watch
from .engine.engine import Engine
from .engine.signin import OpenAgent
from .outbound.transport import HttpTransport
from .rules.settings import Settings
from .secret import Secret
from .tokens.broker import Broker
from .tokens.child import RefresherSetup
from .tokens.detached import Detached
from .tokens.key import StoreKey, key_of, system_keyring
from .tokens.sqlite import SqliteStore
from .tokens.store import Store

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
                self.engine.in_background(self.engine.token(credential, label.environment, rejected=record.token))

    async def follow(self) -> None:
        """Take over what other processes did with the tokens."""
        await self.broker.follow()

    async def close(self) -> None:
        """Finish and save what is being refreshed, then let go of the store."""
        await self.engine.sign_ins.close()
        await self.broker.close()
        await self.engine.transport.close()
        self.store.close()


def home_dir() -> Path:
    """The folder of the token store, the proxy's own CA and its logs: ``AUTHWRIGHT_HOME``, else the platform's."""
    if home := os.environ.get("AUTHWRIGHT_HOME"):
        return Path(home).expanduser().absolute()
    import platformdirs  # 20 ms that most starts need not wait for

    return Path(platformdirs.user_data_dir("authwright", appauthor=False))


def open_store(home: Path) -> SqliteStore:
    """The token store of *home*, made when it is not there yet."""
    return SqliteStore(home / STORE, _key(home))


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
) -> Assembly:
    """Put the house together.

    Args:
        rules: the watched configuration.
        settings: its settings, with what the command line says on top.
        home: the folder of all state.
        store: where tokens rest; the one of *home* when it is not given.
        warn: told of what is not right and does not stop anything, in one sentence.
        open_agent: what brings a person to an authorization server while requests wait; ``None`` where nobody may be asked.
    """
    ambient = SystemAmbient()
    elsewhere = None
    if store is None:
        key = _key(home)
        store = SqliteStore(home / STORE, key)
        elsewhere = Detached(RefresherSetup(store.path, key, settings.upstream_ca))
    broker = Broker(store, ambient, warn, elsewhere)
    transport = HttpTransport(upstream_ca=settings.upstream_ca)
    return Assembly(rules, settings, Engine(transport, broker, ambient, open_agent), broker, store, home)
