"""Earlier requests make things ready for the next one: the rule for a target, a finished header line, a stamp.

All of it belongs to one set of rules, and is forgotten with it. Each key holds what the checks behind it declare that they
read (``keys.py``), so a check that reads more makes a longer key.
"""

from __future__ import annotations

from typing import Any, Final

from ...engine.shortcuts.fixed_header import ReadyHeader, ready_header
from ...engine.shortcuts.signed_head import ReadyStamp, ready_stamp
from ...message import Request
from ...octets import text_of
from ...origin import Origin
from ...rules import policy, ruleset
from ...rules.ruleset import Plan, RuleSet
from ..intake import Intake
from .fields import Fields
from .head import RequestHead
from .keys import key_of

_MOST: Final = 4096
_UNKNOWN: Final[Any] = object()
_ONCE: Final[Any] = object()
_MOST_HEADS: Final = 512
_LONGEST_HEAD: Final = 4096
_PLANNED_BY: Final = key_of(ruleset.TARGET_READS, given={"origin"})
_READY_BY: Final = key_of(policy.READS, given={"origin"}, absent=policy.READS.headers)
_STAMPABLE: Final = policy.READS.facts <= {"origin", "method", "target", "path", "query"}
"""True when the key of a stamp holds all that the policy reads; it holds every header."""


class ReadyCache:
    """The plans, lines and stamps that are ready, for every connection.

    Args:
        intake: what is done with every request.
    """

    def __init__(self, intake: Intake) -> None:
        self._services = intake.services
        self._rules: RuleSet | None = None
        self._plans: dict[tuple[Origin, Any], Plan | None] = {}
        self._decided: dict[str, bool] = {}
        self._headers: dict[tuple[int, Origin, Any], tuple[Plan, ReadyHeader | None]] = {}
        self._stamps: dict[tuple[Fields, Origin, bytes, bytes, bytes], ReadyStamp | None] = {}

    def rules(self) -> RuleSet:
        """The rules in force."""
        rules = self._services.rules.current
        if rules is not self._rules:
            self._rules = rules
            for kept in (self._plans, self._decided, self._headers, self._stamps):
                kept.clear()
        return rules

    def plan(self, rules: RuleSet, origin: Origin, head: RequestHead) -> Plan | None:
        """The plan for a request by *rules*, which are those in force.

        Raises:
            RequestError: ``ambiguous_path``.
        """
        key = (origin, _PLANNED_BY(head))
        found: Plan | None = self._plans.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = rules.plan(request_of(head, origin))
            if self._target_decides(rules, origin.host):
                _bounded(self._plans)[key] = found
        return found

    def header(self, plan: Plan, origin: Origin, head: RequestHead) -> ReadyHeader | None:
        """The line that *plan* puts on a request.

        Returns:
            The line; ``None`` when the policy reads one of the request's headers, or a flow must decide.
        """
        if head.fields.judged:
            return None
        key = (id(plan.rule), origin, _READY_BY(head))
        _, found = self._headers.get(key, (None, None))
        if found is None or (found.grant is not None and self._held(found.grant) is not found.token):
            broker = self._services.engine.broker
            found = ready_header(plan.rule, request_of(head, origin), lambda grant: broker.held(grant, host=origin.host))
            _bounded(self._headers)[key] = (plan, found)  # with its plan, so that the id stays its own
        return found if found is not None and found.fits(head.fields.folded) else None

    def stamp(self, plan: Plan, origin: Origin, head: RequestHead, host: bytes) -> ReadyStamp | None:
        """The stamp that signs a request under *plan*.

        A stamp is prepared when a head comes for the second time. Preparing it for a head that comes once costs more than
        it saves.

        Args:
            plan: the plan for the request.
            origin: the origin that it goes to.
            head: its head.
            host: another value for ``Host``; empty for the client's.

        Returns:
            The stamp; ``None`` when a flow must decide.
        """
        fields = head.fields
        if not _STAMPABLE or fields.judged or fields.framing.chunked or len(head.raw) > _LONGEST_HEAD:
            return None
        key = (fields, origin, head.method, head.target, host)
        found: ReadyStamp | None = self._stamps.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            _bounded(self._stamps, _MOST_HEADS)[key] = _ONCE
        elif found is _ONCE:
            body = b"x" if fields.framing.length else b""
            found = self._stamps[key] = self._stamp(plan, request_of(head, origin, host).with_body(body))
        return found if isinstance(found, ReadyStamp) else None

    def _stamp(self, plan: Plan, request: Request) -> ReadyStamp | None:
        environment, memory = self._services.rules.current.environment, self._services.engine.memory
        return ready_stamp(plan.rule, request, lambda scheme: memory.of(plan.rule, scheme, request.origin, environment))

    def _held(self, grant: Any) -> Any:
        return self._services.engine.broker.held(grant)

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
