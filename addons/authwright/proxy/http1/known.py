"""What earlier requests have made ready for the next one: the rule for a target, and the line a standing credential is.

All of it belongs to one set of rules and is forgotten with it.
"""

from __future__ import annotations

from typing import Any, Final

from ...message import Headers, Request
from ...origin import Origin
from ...rules.ruleset import Plan, RuleSet
from ...standing import Ready, ready
from ..conduct import Conduct
from .fields import Fields, Pairs
from .head import RequestHead

_MOST: Final = 4096
_UNKNOWN: Final[Any] = object()


class Known:
    """What is ready, for every connection.

    Args:
        conduct: the house's rules for every request.
    """

    def __init__(self, conduct: Conduct) -> None:
        self._house = conduct.house
        self._rules: RuleSet | None = None
        self._plans: dict[tuple[Origin, bytes, bytes], Plan | None] = {}
        self._decided: dict[str, bool] = {}
        self._ready: dict[tuple[int, Origin], tuple[Plan, Ready | None]] = {}

    def rules(self) -> RuleSet:
        """The rules in force."""
        rules = self._house.rules.current
        if rules is not self._rules:
            self._rules = rules
            for kept in (self._plans, self._decided, self._ready):
                kept.clear()
        return rules

    def plan(self, rules: RuleSet, origin: Origin, head: RequestHead) -> Plan | None:
        """What *rules*, those in force, say of a request.

        Raises:
            RequestError: ``ambiguous_path``.
        """
        key = (origin, head.method, head.target.partition(b"?")[0])
        found: Plan | None = self._plans.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = rules.plan(request_of(head, origin, head.fields.forwardable))
            if self._target_decides(rules, origin.host):
                _bounded(self._plans)[key] = found
        return found

    def ready(self, plan: Plan, origin: Origin, fields: Fields) -> Ready | None:
        """The line that *plan* puts on a request with *fields*; ``None`` when an exchange must say."""
        if fields.from_a_page:
            return None
        key = (id(plan.rule), origin)
        _, found = self._ready.get(key, (None, None))
        if found is None or (found.grant is not None and self._held(found.grant) is not found.token):
            found = ready(plan, origin, self._held)
            _bounded(self._ready)[key] = (plan, found)  # with its plan, so that the id stays its own
        if found is not None and found.folded in fields.folded and plan.rule.options.on_existing != "replace":
            return None
        return found

    def _held(self, grant: Any) -> Any:
        return self._house.engine.broker.held(grant)

    def _target_decides(self, rules: RuleSet, host: str) -> bool:
        found = self._decided.get(host)
        if found is None:
            found = _bounded(self._decided)[host] = rules.target_decides(host)
        return found


def request_of(head: RequestHead, origin: Origin, pairs: Pairs, *, body: bytes = b"", streamed: bool = False) -> Request:
    """The client's request as a value; *pairs* are the fields that go on."""
    fields = tuple((_text(name), _text(value)) for name, value in pairs)
    authority = next((value for name, value in fields if name.lower() == "host"), "")
    return Request(_text(head.method), origin, _text(head.target), Headers(fields), body, authority, streamed)


def _bounded[T: dict[Any, Any]](kept: T) -> T:
    if len(kept) >= _MOST:
        kept.clear()
    return kept


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
