"""The hosts that a token may be presented to, kept with the token from the moment it was obtained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .hosts import HostPattern


@dataclass(frozen=True, slots=True)
class Binding:
    """What a token is bound to.

    A configuration that repeats a grant's parameters finds the token, but takes it nowhere else.

    Args:
        hosts: the hosts that the token may be presented to.
        endpoints: the origins, beside the token endpoint's host, that may be asked about the token or told to revoke it.
        trust: SHA-256 fingerprints of the certificates that were trusted beside the system's roots.
    """

    hosts: tuple[HostPattern, ...] = ()
    endpoints: tuple[str, ...] = ()
    trust: tuple[str, ...] = ()

    def allows(self, host: str) -> bool:
        """True when the token may be presented to the canonical *host*."""
        return any(pattern.matches(host) for pattern in self.hosts)

    def lacking(self, hosts: Iterable[HostPattern]) -> tuple[HostPattern, ...]:
        """The patterns of *hosts* that stand for hosts to which the token may not go."""
        return tuple(host for host in hosts if not any(allowed.covers(host) for allowed in self.hosts))

    def trusts(self, trust: Iterable[str]) -> bool:
        """True when no certificate of *trust* was added since."""
        return set(trust) <= {*self.trust}

    def with_hosts(self, hosts: Iterable[HostPattern]) -> Binding:
        """The same with *hosts*, too."""
        return Binding((*self.hosts, *self.lacking(hosts)), self.endpoints, self.trust)

    def to_json(self) -> dict[str, list[str]]:
        """The binding as plain values."""
        return {"hosts": [str(host) for host in self.hosts], "endpoints": [*self.endpoints], "trust": [*self.trust]}

    @classmethod
    def of_json(cls, members: dict[str, Any]) -> Binding:
        """The binding that :meth:`to_json` wrote.

        Raises:
            KeyError, TypeError, MatchSyntaxError: these are not the members of one.
        """
        hosts = tuple(HostPattern.parse(text) for text in members["hosts"])
        return cls(hosts, tuple(members["endpoints"]), tuple(members["trust"]))


UNBOUND: Final = Binding()
"""The binding of a token that goes nowhere yet."""


def on_host(host: str) -> tuple[HostPattern, ...]:
    """The canonical *host* alone, as patterns."""
    return (HostPattern("", host),)
