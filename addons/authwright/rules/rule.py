"""A compiled rule, its groups' conditions joined to its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..flow.protocols import Scheme
from ..parameters import param
from ..secret import Redactor, Secret
from .match import HostPattern, Match


class Prepared(NamedTuple):
    """A scheme with its secrets, and the texts that no output may show."""

    scheme: Scheme
    secrets: frozenset[str]


class Credential:
    """A credential of the configuration. Its secrets are read when it is first used, once.

    Args:
        name: its name in ``credentials``; empty when it stands inline in a rule.
        type: the authentication scheme's name.
        hosts: the hosts it may go to; empty for any that a rule sends it to.
        build: reads the secret sources and makes the scheme; raises SecretError or ConfigError. May block.
        binds_connection: whether the scheme authenticates a connection.
    """

    def __init__(
        self,
        *,
        name: str,
        type: str,
        hosts: tuple[HostPattern, ...],
        build: Callable[[], Prepared],
        binds_connection: bool = False,
    ) -> None:
        self.name = name
        self.type = type
        self.binds_connection = binds_connection
        self.hosts = hosts
        self._build = build
        self._lock = threading.Lock()
        self._prepared: Prepared | None = None
        self._redactor = Redactor()

    @property
    def ready(self) -> bool:
        """True when :meth:`scheme` answers without blocking."""
        return self._prepared is not None

    def prepare(self, prepared: Prepared) -> None:
        """Take a scheme whose secrets the loader has already read."""
        self._redactor = Redactor(prepared.secrets)
        self._prepared = prepared

    def scheme(self) -> Scheme:
        """The scheme.

        Raises:
            SecretError: a secret source yields nothing. The next call tries again.
        """
        if self._prepared is None:
            with self._lock:
                if self._prepared is None:
                    self.prepare(self._build())
        assert self._prepared is not None
        return self._prepared.scheme

    @property
    def redactor(self) -> Redactor:
        """The redactor of this credential's secrets. It knows none before :meth:`scheme` was called."""
        return self._redactor

    def __repr__(self) -> str:
        return f"Credential({self.name or 'inline'!r}, {self.type})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A rule's options."""

    on_existing: Literal["replace", "keep", "refuse"] = param(
        "What happens to a credential of the client's own.", default="replace"
    )
    allow_http: bool = param("Whether the credential may go over plain http to another machine.", default=False)
    retry: bool = param("Whether a challenge or a rejected token is answered, once.", default=True)
    client_certificate: str = param("A certificate for the origin server: PEM text, or its file.", default="", file=True)
    client_key: Secret = param("The certificate's private key: PEM text, or its file.", default=Secret(""), file=True)
    allow_origins: tuple[str, ...] = param("Web origins whose pages may use this rule.", default=())


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``credential`` is ``None`` for ``auth: none``."""

    name: str
    location: str
    """``authwright.yaml:31``"""
    match: Match
    credential: Credential | None
    options: Options = Options()
