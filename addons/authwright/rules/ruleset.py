"""All rules in force: the first that matches wins.

Rules are indexed by host, so a lookup does not depend on their number. There is a table of exact hosts, a table of the parents
of wildcards, and a list of the few rules without a host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Final

from ..errors import RequestError
from ..message import Request
from .hosts import HostPattern
from .match import Match, first_segment
from .paths import normalise, readable
from .reads import Reads, union
from .rule import Credential, Rule
from .settings import Settings

_FEW: Final = 30
_TARGET_CONDITIONS: Final = {
    "host": Reads.of("origin"),
    "scheme": Reads.of("origin"),
    "method": Reads.of("method"),
    "path": Reads.of("path"),
}
"""The conditions that read the request's target alone, by their key, and what each reads."""
TARGET_READS: Final = union(_TARGET_CONDITIONS.values()) | Reads.of("origin", "path")
"""All that decides which rule applies to a host of which :meth:`RuleSet.target_decides`: also its port, and the path's readings."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The rule that applies to a request."""

    rule: Rule

    @property
    def why(self) -> str:
        """The reason, in one sentence."""
        return f"rule {self.rule.name} ({self.rule.location}) matches"


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
        self._hosts: dict[Credential, tuple[HostPattern, ...]] = {}
        self._exact: dict[str, _Shelf] = {}
        self._below: dict[str, _Shelf] = {}
        self._anywhere = _Shelf()
        for index, rule in enumerate(self.rules):
            for shelf in self._shelves_of(rule.match):
                shelf.put(index, rule.match.segments)

    def _shelves_of(self, match: Match) -> list[_Shelf]:
        patterns = dict.fromkeys(match.effective_hosts)
        tables = [(self._below if pattern.wildcard else self._exact, pattern.base) for pattern in patterns]
        return [table.setdefault(base, _Shelf()) for table, base in tables] or [self._anywhere]

    def plan(self, request: Request) -> Plan | None:
        """The rule that applies to *request*; ``None`` when none does.

        Raises:
            RequestError: ``ambiguous_path``: raw and normalised path choose different rules.
        """
        path = readable(request.path)
        rule = self._first(request, path)
        normal = normalise(request.path)
        if normal != path and self._first(request, normal) is not rule:
            raise RequestError(
                "The path has two readings that different rules apply to.",
                code="ambiguous_path",
                hint=f"Send it as the server would read it: {normal[:200]}",
            )
        return None if rule is None else Plan(rule)

    def target_decides(self, host: str) -> bool:
        """True when :data:`TARGET_READS` decides the rule for a request to *host*, which is canonical."""
        conditions = (each for index in self._candidates(host) for each in self.rules[index].match.conditions)
        return all(condition.key in _TARGET_CONDITIONS for condition in conditions)

    def why(self, request: Request) -> list[str]:
        """The result of each rule, up to the one that matches. Of many rules, only those that could concern the host are listed."""
        path = readable(request.path)
        lines: list[str] = []
        few = len(self.rules) <= _FEW
        for index in range(len(self.rules)) if few else self._candidates(request.origin.host):
            rule = self.rules[index]
            reason = rule.match.mismatch(request, path)
            if not reason:
                return [*lines, Plan(rule).why]
            lines.append(f"rule {rule.name} ({rule.location}): {reason}")
        if not few:
            lines.append(f"{len(self.rules) - len(lines)} rules name other hosts than {request.origin.host}")
        return [*lines, "no rule matches: the request passes as it is"]

    def names(self, host: str, port: int | None = None, such: Callable[[Credential], bool] = lambda _: True) -> bool:
        """True when a rule that injects *such* a credential could match a request to *host* (a canonical one) and *port*."""
        candidates = (self.rules[index] for index in self._candidates(host))
        injecting = ((rule, rule.credential) for rule in candidates if rule.credential is not None)
        return any(such(credential) and rule.match.could_reach(host, port) for rule, credential in injecting)

    def hosts_of(self, credential: Credential) -> tuple[HostPattern, ...]:
        """The hosts that *credential* may go to: those that it declares, else those of the rules and credentials that use it."""
        if credential.hosts:
            return credential.hosts
        found = self._hosts.get(credential)
        if found is None:
            used = (host for rule in self.rules if rule.credential is credential for host in rule.match.effective_hosts)
            found = self._hosts[credential] = tuple(dict.fromkeys((*used, *credential.presented_at)))
        return found

    def unreachable(self) -> list[tuple[int, int]]:
        """Pairs of a rule that can never match and the earlier rule that takes all its requests. Uncertain pairs are left out."""
        wide = RuleSet([rule for rule in self.rules if rule.match.covers(rule.match)])
        places = {id(rule): index for index, rule in enumerate(self.rules)}
        found = []
        for index, rule in enumerate(self.rules):
            earlier = wide.covering(rule, places, index)
            if earlier is not None:
                found.append((index, earlier))
        return found

    def covering(self, rule: Rule, places: Mapping[int, int], before: int) -> int | None:
        """The place of the first of these rules that stands before *before* and takes every request of *rule*."""
        patterns = rule.match.effective_hosts
        if not patterns:
            return None
        for index in self._candidates(patterns[0].base, wildcard=bool(patterns[0].wildcard)):
            place = places[id(self.rules[index])]
            if place >= before:
                return None
            if self.rules[index].match.covers(rule.match):
                return place
        return None

    def _first(self, request: Request, path: str) -> Rule | None:
        for index in self._candidates(request.origin.host, first_segment(path)):
            rule = self.rules[index]
            if rule.match.matches(request, path):
                return rule
        return None

    def _candidates(self, host: str, segment: str | None = None, *, wildcard: bool = False) -> Iterator[int]:
        """The indices, in order, of the rules that could match *host* and a path that begins with *segment*."""
        shelves = [self._anywhere]
        if not wildcard and host in self._exact:
            shelves.append(self._exact[host])
        if self._below:
            parent = host if wildcard else host.partition(".")[2]
            while parent:
                if parent in self._below:
                    shelves.append(self._below[parent])
                parent = parent.partition(".")[2]
        lists = [found for shelf in shelves for found in shelf.get(segment)]
        if len(lists) == 1:
            return iter(lists[0])
        return (index for index, _ in groupby(merge(*lists)))


class _Shelf:
    """The indices of rules; rules whose path must begin with a certain segment are kept apart."""

    __slots__ = ("_any", "_by_segment")

    def __init__(self) -> None:
        self._any: list[int] = []
        self._by_segment: dict[str, list[int]] = {}

    def put(self, index: int, segments: frozenset[str]) -> None:
        for segment in segments:
            self._by_segment.setdefault(segment, []).append(index)
        if not segments:
            self._any.append(index)

    def get(self, segment: str | None) -> list[list[int]]:
        """The lists to search for a path that begins with *segment*; all of them without *segment*."""
        special = self._by_segment.values() if segment is None else [self._by_segment.get(segment)]
        return [found for found in (self._any, *special) if found]
