"""What schemes keep between requests: a challenge's nonce, a server's clock.

Kept by rule, principal and origin, so that nothing a server says is used anywhere else; bounded, and forgotten with the
process.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from cachetools import LRUCache

from .flow import Ambient, Remembering, Scheme
from .origin import Origin
from .rules.rule import Rule

_MOST: Final = 4096


class Memory:
    """Everything that is kept.

    Args:
        ambient: time and chance.
    """

    def __init__(self, ambient: Ambient) -> None:
        self._ambient = ambient
        self._kept: LRUCache[Hashable, Any] = LRUCache(_MOST)

    def of(self, rule: Rule, scheme: Scheme, origin: Origin, environment: str) -> Remembering:
        """Time, chance and memory for one rule's requests to *origin*; the scheme, with its parameters, is the principal."""
        return _Scoped(self._ambient, self._kept, rule, scheme, origin, environment)


def scope_of(rule: Rule, environment: str) -> str:
    """Whose a kept thing is: the named credential's, wherever rules use it, else the rule's; in one environment."""
    name = rule.credential.name if rule.credential else ""
    return f"{environment}\n{'credential' if name else 'rule'}\n{name or rule.name}"


@dataclass(frozen=True, slots=True)
class _Scoped:
    ambient: Ambient
    kept: LRUCache[Hashable, Any]
    rule: Rule
    scheme: Scheme
    origin: Origin
    environment: str

    @property
    def scope(self) -> str:
        return scope_of(self.rule, self.environment)

    def now(self) -> datetime:
        return self.ambient.now()

    def nonce(self) -> str:
        return self.ambient.nonce()

    def recall[T](self, make: Callable[[], T]) -> T:
        key = (self.rule.name, self.rule.location, self.environment, self.scheme, self.origin)
        if (found := self.kept.get(key)) is None:
            found = self.kept[key] = make()
        return cast("T", found)
