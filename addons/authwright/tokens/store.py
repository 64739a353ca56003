"""Token stores: records by key, and a lock for each key that holds across processes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ..flow.protocols import Grant
from ..flow.token import Token
from ..message import Request
from ..rules.binding import UNBOUND, Binding
from ..rules.hosts import HostPattern
from .backoff import Failure


@dataclass(frozen=True, slots=True)
class Label:
    """Says to a person which credential a token is for.

    Args:
        credential: its name in the configuration.
        environment: the active environment.
        grant: the grant's name.
        token_endpoint: the URL of the token endpoint; a store keeps its host only.
        binding: what a token that is obtained for it is bound to. A store keeps that with the token, not here.
    """

    credential: str
    environment: str
    grant: str
    token_endpoint: str
    binding: Binding = UNBOUND

    @classmethod
    def of(cls, credential: str, environment: str, grant: Grant, hosts: tuple[HostPattern, ...] = ()) -> Label:
        """What a token of *grant* is for.

        Args:
            credential: its name in the configuration.
            environment: the active environment.
            grant: how its token is obtained.
            hosts: the hosts that the configuration lets it go to.
        """
        endpoints = tuple(dict.fromkeys(str(Request.of("POST", url).origin) for url in grant.further_endpoints))
        return cls(credential, environment, grant.grant, grant.authorization_server, Binding(hosts, endpoints))

    @property
    def login_command(self) -> str:
        """The command that signs in for it."""
        environment = f"--env {shlex.quote(self.environment)} " if self.environment else ""
        return f"authwright {environment}login {shlex.quote(self.credential)}"


@dataclass(frozen=True, slots=True)
class Record:
    """A token at rest.

    Args:
        key: the grant's key (see ``wire.identity``).
        label: what it is for.
        token: the token.
        last_used: when a process last took it from the store or obtained it.
        refreshing_since: when a refresh of it began that has not been saved yet; still set after a crash within one.
        binding: what the token is bound to; ``None`` for nothing, when an earlier version obtained it.
        parameters: a short digest of each parameter that obtained it (``wire.identity.parameters_of``).
    """

    key: str
    label: Label
    token: Token
    last_used: datetime | None = None
    refreshing_since: datetime | None = None
    binding: Binding | None = UNBOUND
    parameters: Mapping[str, str] = field(default_factory=dict)


class Store(Protocol):
    """Keeps records. Every call may block and may come from any thread.

    Each raises AuthwrightError (``store_unusable``) when the store cannot be read or written.
    """

    def load(self, key: str) -> Record | None:
        """The record of *key*."""

    def save(self, record: Record) -> None:
        """Keep *record* in place of the one with its key. On return it outlives a power cut."""

    def touch(self, key: str, now: datetime) -> None:
        """Remember that the record of *key* was used at *now*."""

    def fail(self, key: str, failure: Failure | None) -> None:
        """Remember how the last attempt for *key* failed, or that it did not."""

    def failure(self, key: str) -> Failure | None:
        """How the last attempt for *key* failed, when it did."""

    def delete(self, key: str) -> bool:
        """Forget *key*; whether there was one."""

    def records(self) -> list[Record]:
        """Every record, by credential and environment."""

    def version(self) -> int:
        """Another number than before when another process has written since."""

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Holds *key* against every other thread and process; released when its process dies."""

    def close(self) -> None:
        """Let go of files."""
