"""All rules in force: the first that matches wins.

Rules are looked up by host, so that their number costs nothing: exact hosts and the parents of wildcards in a table each,
and the few rules without a host beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from pathlib import Path

from ..errors import RequestError
from ..message import Request
from .match import ANY_PORT, Match
from .paths import normalise
from .rule import Credential, Rule
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done with a request: the rule that applies, and why in one sentence."""

    rule: Rule
    why: str


class RuleSet:
    """The rules of a configuration, compiled.

    Args:
        rules: in order; a group's children before the group.
        environment: the active environment's name; empty when there is none.
        settings: the configuration's settings.
        files: every file that was read for it.
        credentials: the named credentials.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        environment: str = "",
        settings: Settings | None = None,
        files: tuple[Path, ...] = (),
        credentials: Mapping[str, Credential] | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self.environment = environment
        self.settings = settings or Settings()
        self.files = files
        self.credentials: Mapping[str, Credential] = credentials or {}
        self._exact: dict[str, list[int]] = {}
        self._below: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        for index, rule in enumerate(self.rules):
            self._add(index, rule)

    def _add(self, index: int, rule: Rule) -> None:
        patterns = rule.match.effective_hosts
        if not patterns:
            self._anywhere.append(index)
        for pattern in dict.fromkeys(patterns):
            table = self._below if pattern.wildcard else self._exact
            table.setdefault(pattern.base, []).append(index)

    def plan(self, request: Request) -> Plan | None:
        """The rule that applies to *request*; ``None`` when none does.

        Raises:
            RequestError: ``ambiguous_path``: raw and normalised path choose different rules.
        """
        path = request.path
        rule = self._first(request, path)
        normal = normalise(path)
        if normal != path and self._first(request, normal) is not rule:
            raise RequestError(
                "The path has two readings that different rules apply to.",
                code="ambiguous_path",
                hint=f"Send it as the server would read it: {normal[:200]}",
            )
        return None if rule is None else Plan(rule, f"rule {rule.name} ({rule.location}) matches")

    def why(self, request: Request) -> list[str]:
        """Rule by rule, up to the one that matches, what happened; rules of other hosts are counted, not named."""
        path = request.path
        lines: list[str] = []
        named = self._candidates(request.origin.host)
        for index in named:
            rule = self.rules[index]
            reason = rule.match.mismatch(request, path)
            if not reason:
                return [*lines, f"rule {rule.name} ({rule.location}) matches"]
            lines.append(f"rule {rule.name} ({rule.location}): {reason}")
        others = len(self.rules) - len(lines)
        if others:
            lines.append(f"{others} {'rule names' if others == 1 else 'rules name'} other hosts than {request.origin.host}")
        return [*lines, "no rule matches: the request passes as it is"]

    def names(self, host: str, port: int | None = None) -> bool:
        """Whether an injecting rule could match a request to *host* (a canonical one) and *port*."""
        candidates = (self.rules[index] for index in self._candidates(host))
        return any(rule.credential is not None and rule.match.could_reach(host, port) for rule in candidates)

    def unreachable(self) -> list[tuple[int, int]]:
        """Pairs of a rule that can never match and the earlier one that takes all its requests; only what is certain."""
        found = []
        for index, rule in enumerate(self.rules):
            earlier = next((other for other in self._shadows(rule) if other < index), None)
            if earlier is not None:
                found.append((index, earlier))
        return found

    def _shadows(self, rule: Rule) -> Iterator[int]:
        """The unconditional rules that cover every host and port of *rule*, first ones first."""
        patterns = rule.match.effective_hosts
        if not patterns:
            return
        for index in self._candidates(patterns[0].base, wildcard=bool(patterns[0].wildcard)):
            other = self.rules[index].match
            if other.is_only_hosts and self.rules[index] is not rule and _covers(other, rule):
                yield index

    def _first(self, request: Request, path: str) -> Rule | None:
        for index in self._candidates(request.origin.host):
            rule = self.rules[index]
            if rule.match.matches(request, path):
                return rule
        return None

    def _candidates(self, host: str, *, wildcard: bool = False) -> Iterator[int]:
        """The indices, in order, of the rules that could match *host* (or the hosts below it)."""
        lists = [self._anywhere] if self._anywhere else []
        if not wildcard and host in self._exact:
            lists.append(self._exact[host])
        if self._below:
            parent = host if wildcard else host.partition(".")[2]
            while parent:
                if parent in self._below:
                    lists.append(self._below[parent])
                parent = parent.partition(".")[2]
        if len(lists) == 1:
            return iter(lists[0])
        return merge(*lists)


def _covers(wide: Match, rule: Rule) -> bool:
    """Whether *wide*, which says only hosts and ports, takes every request of *rule*."""
    hosts = rule.match.effective_hosts
    narrow = {level.ports for level in rule.match.levels if level.hosts or level.ports}
    return all(
        (not level.hosts or all(any(pattern.covers(host) for pattern in level.hosts) for host in hosts))
        and (level.ports in narrow or ANY_PORT in level.ports)
        for level in wide.levels
        if level.hosts or level.ports
    )
