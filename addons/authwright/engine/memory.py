"""Keeps values for schemes between requests: a challenge's nonce, a server's clock.

Kept by rule, principal and origin, so that nothing a server says is used anywhere else; bounded, and forgotten with the
process.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any, Final, cast

from cachetools import LRUCache

from ..flow.protocols import Ambient, Remembering, Scheme
from ..origin import Origin
from ..rules.rule import Rule

_MOST: Final = 4096


class Memory:
    """Everything that is kept.

    Args:
        ambient: time and chance.
    """

    def __init__(self, ambient: Ambient) -> None:
        self._ambient = ambient
        self._kept: LRUCache[Hashable, Any] = LRUCache(_MOST)
        self._scopes: dict[tuple[int, int, Origin, str], _Scoped] = {}

    def of(self, rule: Rule, scheme: Scheme, origin: Origin, environment: str) -> Remembering:
        """Time, chance and memory for one rule's requests to *origin*; the scheme, with its parameters, is the principal."""
        which = (id(rule), id(scheme), origin, environment)
        found = self._scopes.get(which)
        if found is None:
            if len(self._scopes) >= _MOST:
                self._scopes.clear()
            # with its rule and scheme, so that the ids stay their own
            found = self._scopes[which] = _Scoped(self._ambient, self._kept, rule, scheme, origin, environment)
        return found


def scope_of(rule: Rule, environment: str) -> str:
    """The owner of a kept value: the named credential, whichever rules use it, else the rule; in one environment."""
    name = rule.credential.name if rule.credential else ""
    return f"{environment}\n{'credential' if name else 'rule'}\n{name or rule.name}"


class _Scoped:
    def __init__(
        self, ambient: Ambient, kept: LRUCache[Hashable, Any], rule: Rule, scheme: Scheme, origin: Origin, environment: str
    ) -> None:
        self.scope = scope_of(rule, environment)
        self.now = ambient.now
        self.nonce = ambient.nonce
        self._kept = kept
        self._whose = rule, scheme
        self._where = environment, origin

    @cached_property
    def _key(self) -> _Key:
        (rule, scheme), (environment, origin) = self._whose, self._where
        return _Key((rule.name, rule.location, environment, scheme, origin))

    def recall[T](self, make: Callable[[], T]) -> T:
        if (found := self._kept.get(self._key)) is None:
            found = self._kept[self._key] = make()
        return cast("T", found)


class Past:
    """The context of a scheme that has signed already: its clock shows when, once, and then the time.

    Args:
        ambient: what it is handed else.
        at: when that was.
    """

    def __init__(self, ambient: Remembering, at: datetime) -> None:
        self.scope, self.nonce, self.recall = ambient.scope, ambient.nonce, ambient.recall
        self._times = chain((at,), iter(ambient.now, None))

    def now(self) -> datetime:
        """See :class:`~authwright.flow.protocols.Ambient`."""
        return next(self._times)


class _Key:
    """The key of a kept value. Its hash is a scheme's, with all its parameters: made once."""

    __slots__ = ("_hash", "_of")

    def __init__(self, of: tuple[object, ...]) -> None:
        self._of = of
        self._hash = hash(of)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._of == other._of
