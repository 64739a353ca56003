"""What earlier requests have made ready for the next one: the rule for a target, and the line a standing credential is.

All of it belongs to one set of rules and is forgotten with it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ...engine.shortcuts.fixed_header import Ready, ready
from ...engine.shortcuts.signed_head import stamp_of
from ...flow.protocols import Stamp
from ...message import Request
from ...octets import text_of
from ...origin import Origin
from ...rules.ruleset import Plan, RuleSet
from ..intake import Intake
from .fields import Fields, lines_of
from .head import RequestHead

_MOST: Final = 4096
_UNKNOWN: Final[Any] = object()
_ONCE: Final[Any] = object()
_MOST_HEADS: Final = 512
_LONGEST_HEAD: Final = 4096


class Stamped(NamedTuple):
    """What signs a request.

    Args:
        stamp: gives the lines that are added.
        block: those that stay of what the client said.
    """

    stamp: Stamp
    block: bytes


class ReadyCache:
    """What is ready, for every connection.

    Args:
        conduct: the house's rules for every request.
    """

    def __init__(self, conduct: Intake) -> None:
        self._house = conduct.house
        self._rules: RuleSet | None = None
        self._plans: dict[tuple[Origin, bytes, bytes], Plan | None] = {}
        self._decided: dict[str, bool] = {}
        self._ready: dict[tuple[int, Origin], tuple[Plan, Ready | None]] = {}
        self._stamps: dict[tuple[Fields, Origin, bytes, bytes, bytes], Stamped | None] = {}

    def rules(self) -> RuleSet:
        """The rules in force."""
        rules = self._house.rules.current
        if rules is not self._rules:
            self._rules = rules
            for kept in (self._plans, self._decided, self._ready, self._stamps):
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
            found = rules.plan(request_of(head, origin))
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

    def stamp(self, plan: Plan, origin: Origin, head: RequestHead, host: bytes) -> Stamped | None:
        """What signs a request that *plan* is for, with another *host* when one is given; ``None`` when an exchange must.

        A head is looked at when it comes for the second time: where it never does, that would be in vain.
        """
        fields = head.fields
        if fields.from_a_page or fields.chunked or len(head.raw) > _LONGEST_HEAD:
            return None
        key = (fields, origin, head.method, head.target, host)
        found: Stamped | None = self._stamps.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            _bounded(self._stamps, _MOST_HEADS)[key] = _ONCE
        elif found is _ONCE:
            found = self._stamps[key] = self._stamped(
                plan, request_of(head, origin, host).with_body(b"x" if fields.length else b"")
            )
        return found if isinstance(found, Stamped) else None

    def _stamped(self, plan: Plan, request: Request) -> Stamped | None:
        environment, memory = self._house.rules.current.environment, self._house.engine.memory
        stamp = stamp_of(plan.rule, request, lambda scheme: memory.of(plan.rule, scheme, request.origin, environment))
        return None if stamp is None else Stamped(stamp, lines_of(stamp.headers.fields))

    def _held(self, grant: Any) -> Any:
        return self._house.engine.broker.held(grant)

    def _target_decides(self, rules: RuleSet, host: str) -> bool:
        found = self._decided.get(host)
        if found is None:
            found = _bounded(self._decided)[host] = rules.target_decides(host)
        return found


def request_of(head: RequestHead, origin: Origin, host: bytes = b"", *, streamed: bool = False) -> Request:
    """The client's request as a value, without its body; with another *host* when one is given."""
    headers = head.fields.headers(host)
    return Request(_text(head.method), origin, _text(head.target), headers, b"", headers.get("Host") or "", streamed)


def _bounded[T: dict[Any, Any]](kept: T, most: int = _MOST) -> T:
    if len(kept) >= most:
        kept.clear()
    return kept


def _text(value: bytes) -> str:
    return text_of(value)
