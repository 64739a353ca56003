"""The conditions of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..message import Request
from ..origin import DEFAULT_PORTS, Origin
from ..wire.query import values
from .filters import parse_filter
from .globs import path_glob, text_glob
from .hosts import HostPattern, MatchSyntaxError
from .paths import readable
from .short_form import ANY_PORT, read_method, read_path, read_port, read_scheme

__all__ = ["HostPattern", "Match", "MatchSyntaxError"]


class Condition(NamedTuple):
    """One key of a match: its text, and the test of a request and the form of its path to look at."""

    key: str
    text: str
    meets: Callable[[Request, str], bool]
    actual: Callable[[Request, str], str]


@dataclass(frozen=True, slots=True)
class Match:
    """A rule's conditions, joined by AND: its own and those of the groups around it.

    Args:
        hosts: the hosts it names itself.
        ports: the sets of ports that it and the groups around it name; a request's port must be in each.
        conditions: every condition to look at, the groups' first, but for the port.
        segments: the first path segments that can fit, for looking rules up; empty when any can.
        parent: the group around it.
    """

    hosts: tuple[HostPattern, ...] = ()
    ports: tuple[frozenset[int], ...] = ()
    conditions: tuple[Condition, ...] = field(default=(), repr=False)
    segments: frozenset[str] = frozenset()
    parent: Match | None = None

    @classmethod
    def build(
        cls,
        *,
        host: Iterable[str] = (),
        port: Iterable[str] = (),
        scheme: Iterable[str] = (),
        path: Iterable[str] = (),
        method: Iterable[str] = (),
        header: Mapping[str, Iterable[str]] | None = None,
        query: Mapping[str, Iterable[str]] | None = None,
        filter: str = "",
        parent: Match | None = None,
    ) -> Match:
        """Compile conditions from their texts.

        Raises:
            MatchSyntaxError: one cannot be read; ``key`` and ``index`` say which.
        """
        hosts = tuple(_read("host", host, HostPattern.parse))
        ports = frozenset(_read("port", port, read_port))
        paths = _read("path", path, read_path)
        conditions = [
            *(parent.conditions if parent else ()),
            *_hosts(hosts),
            *_one_of("scheme", _read("scheme", scheme, read_scheme), lambda request, _: request.origin.scheme),
            *_one_of("method", _read("method", method, read_method), lambda request, _: request.method),
            *_paths(paths),
            *(_header(name, tuple(globs)) for name, globs in (header or {}).items()),
            *(_query(name, tuple(globs)) for name, globs in (query or {}).items()),
            *_filters(filter),
        ]
        named = (*(parent.ports if parent else ()), *([ports] if ports else ()))
        segments = first_segments(paths) or (parent.segments if parent else frozenset())
        return cls(hosts, named, tuple(conditions), segments, parent)

    @property
    def effective_hosts(self) -> tuple[HostPattern, ...]:
        """The hosts that the match or its group names; empty for any host."""
        return self.hosts or (self.parent.effective_hosts if self.parent else ())

    def matches(self, request: Request, path: str) -> bool:
        """True when *request* meets every condition; *path* is the form of its path to look at."""
        return self._port_fits(request.origin) and all(condition.meets(request, path) for condition in self.conditions)

    def mismatch(self, request: Request, path: str) -> str:
        """The first condition that *request* does not meet, in words; empty when it meets all."""
        for condition in self.conditions:
            if not condition.meets(request, path):
                return f"{condition.key} is {condition.actual(request, path)}, not {condition.text}"
        if self._port_fits(request.origin):
            return ""
        wanted = " and ".join(_listed(map(str, sorted(ports))) for ports in self.ports) or "the scheme's default"
        return f"port is {request.origin.port}, not {wanted}"

    def could_reach(self, host: str, port: int | None) -> bool:
        """True when some request to *host* (and *port*) could match."""
        if any(level.hosts and not any(pattern.matches(host) for pattern in level.hosts) for level in self.levels):
            return False
        return port is None or any(self._port_fits(Origin(scheme, host, port)) for scheme in DEFAULT_PORTS)

    def covers(self, other: Match) -> bool:
        """True when it takes every request of *other*: it names only hosts and ports, and they cover those of *other*."""
        if any(condition.key != "host" for condition in self.conditions):
            return False
        hosts = other.effective_hosts
        fits = all(any(pattern.covers(host) for pattern in level.hosts) for level in self.levels if level.hosts for host in hosts)
        if self.ports:
            return fits and all(ANY_PORT in ports or ports in other.ports for ports in self.ports)
        return fits and not other.ports

    @property
    def levels(self) -> tuple[Match, ...]:
        """This match and the groups around it."""
        return (self, *(self.parent.levels if self.parent else ()))

    def _port_fits(self, origin: Origin) -> bool:
        if self.ports:
            return all(origin.port in ports or ANY_PORT in ports for ports in self.ports)
        return origin.port == DEFAULT_PORTS[origin.scheme] or not self.effective_hosts


def first_segments(globs: Iterable[str]) -> frozenset[str]:
    """The first segments that a fitting path can have; empty when there is no such list."""
    segments = set()
    for glob in globs:
        segment = first_segment(readable(glob))
        if not glob.startswith("/") or "*" in segment:
            return frozenset()
        segments.add(segment)
    return frozenset(segments)


def first_segment(path: str) -> str:
    """The first segment of *path*, without its slashes."""
    return path[1:].partition("/")[0]


def _read[T](key: str, texts: Iterable[str], read: Callable[[str], T]) -> list[T]:
    results = []
    for index, text in enumerate(texts):
        try:
            results.append(read(text))
        except MatchSyntaxError as error:
            error.key, error.index = key, index
            raise
    return results


def _hosts(hosts: tuple[HostPattern, ...]) -> list[Condition]:
    if not hosts:
        return []
    exact = frozenset(pattern.base for pattern in hosts if not pattern.wildcard)
    wild = tuple(pattern for pattern in hosts if pattern.wildcard)

    def meets(request: Request, _: str) -> bool:
        host = request.origin.host
        return host in exact or any(pattern.matches(host) for pattern in wild)

    return [Condition("host", _listed(map(str, hosts)), meets, lambda request, _: request.origin.host)]


def _one_of(key: str, wanted: list[str], actual: Callable[[Request, str], str]) -> list[Condition]:
    accepted = frozenset(wanted)
    return [Condition(key, _listed(wanted), lambda request, path: actual(request, path) in accepted, actual)] if wanted else []


def _paths(globs: list[str]) -> list[Condition]:
    if not globs:
        return []
    patterns = tuple(path_glob(readable(glob)) for glob in globs)
    return [Condition("path", _listed(globs), lambda _, path: any(fits(path) for fits in patterns), lambda _, path: path)]


def _header(name: str, globs: tuple[str, ...]) -> Condition:
    patterns = tuple(text_glob(glob) for glob in globs)
    return Condition(
        f"header {name}",
        _listed(globs),
        lambda request, _: any(fits(value) for value in request.headers.get_all(name) for fits in patterns),
        lambda request, _: "not sent" if name not in request.headers else "another value",
    )


def _query(name: str, globs: tuple[str, ...]) -> Condition:
    patterns = tuple(text_glob(glob) for glob in globs)
    return Condition(
        f"query {name}",
        _listed(globs),
        lambda request, _: any(fits(value) for value in values(request.target, name) for fits in patterns),
        lambda request, _: "another value" if values(request.target, name) else "not sent",
    )


def _filters(text: str) -> list[Condition]:
    if not text:
        return []
    try:
        meets = parse_filter(text)
    except MatchSyntaxError as error:
        error.key = "filter"
        raise
    return [Condition("filter", text, meets, lambda *_: "false")]


def _listed(texts: Iterable[str]) -> str:
    return " or ".join(texts)
