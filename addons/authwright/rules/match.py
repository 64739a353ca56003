"""The conditions of a rule, and the short form that most rules use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..message import Request
from ..origin import DEFAULT_PORTS, Origin
from ..wire.grammar import TOKEN
from ..wire.query import values
from .filters import parse_filter
from .globs import path_glob, text_glob
from .hosts import HostPattern, MatchSyntaxError
from .paths import readable

__all__ = ["HostPattern", "Match", "MatchSyntaxError", "ShortForm", "parse_short"]

ANY_PORT: Final = 0


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
        ports = frozenset(_read("port", port, _port))
        paths = _read("path", path, _path)
        conditions = [
            *(parent.conditions if parent else ()),
            *_hosts(hosts),
            *_one_of("scheme", _read("scheme", scheme, _scheme), lambda request, _: request.origin.scheme),
            *_one_of("method", _read("method", method, _method), lambda request, _: request.method),
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


class ShortForm(NamedTuple):
    """The parts of ``[METHOD[,METHOD] ][scheme://]host[:port][/path]``."""

    method: tuple[str, ...]
    scheme: tuple[str, ...]
    host: tuple[str, ...]
    port: tuple[str, ...]
    path: tuple[str, ...]


_SHORT: Final = re.compile(
    r"(?:(?P<method>[A-Za-z-]+(?:,\s?[A-Za-z-]+)*)\s+)?(?:(?P<scheme>[A-Za-z]+)://)?(?P<host>\[[^\]]*\]|[^/:\s\[\]]+)(?::(?P<port>[^/\s]*))?(?P<path>/\S*)?\Z"
)


def parse_short(text: str) -> ShortForm:
    """Read the short form.

    Raises:
        MatchSyntaxError: it is none; ``offset`` says where, ``key`` which part.
    """
    match = _SHORT.match(text)
    if not match:
        offset = len(text) - len(text.lstrip())
        raise MatchSyntaxError(
            f"{text!r} is not a match",
            offset=offset,
            length=max(len(text.strip()), 1),
            hint="Write [METHOD ][scheme://]host[:port][/path]",
        )
    if "@" in match["host"] + (match["port"] or ""):
        raise MatchSyntaxError(
            "a match names no user and no password",
            offset=match.start("host"),
            length=max(match.end("port"), match.end("host")) - match.start("host"),
            hint="put them into a credential: {type: basic, username: …, password: …}",
        )
    for key, read in _SHORT_PARTS.items():
        if match[key] is not None:
            try:
                read(match[key])
            except MatchSyntaxError as error:
                raise MatchSyntaxError(
                    error.message, offset=match.start(key), length=max(len(match[key]), 1), hint=error.hint, key=key
                ) from None
    methods = tuple(part.strip() for part in match["method"].split(",")) if match["method"] else ()
    return ShortForm(methods, *(((match[key],) if match[key] is not None else ()) for key in ("scheme", "host", "port", "path")))


def _port(text: str) -> int:
    if text == "*":
        return ANY_PORT
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise MatchSyntaxError(f"{text!r} is not a port", length=max(len(text), 1), hint="A number from 1 to 65535, or * for any")
    return int(text)


def _scheme(text: str) -> str:
    if text.lower() not in DEFAULT_PORTS:
        raise MatchSyntaxError(
            f"{text!r} is not a scheme", length=max(len(text), 1), hint="http or https; WebSockets begin as one of these"
        )
    return text.lower()


def _method(text: str) -> str:
    if not TOKEN.match(text):
        raise MatchSyntaxError(f"{text!r} is not a method", length=max(len(text), 1), hint="Write GET, or a list of methods")
    return text.upper()


def _path(text: str) -> str:
    if not text.startswith(("/", "*")):
        raise MatchSyntaxError(f"the path {text!r} does not start with a slash", length=max(len(text), 1), hint=f"/{text}")
    if "?" in text or "#" in text:
        at = min(i for i in (text.find("?"), text.find("#")) if i >= 0)
        raise MatchSyntaxError(
            "a path holds no query and no fragment", offset=at, hint="Match the query with query: {name: glob}"
        )
    return text


READERS: Final[dict[str, Callable[[str], object]]] = {
    "host": HostPattern.parse,
    "port": _port,
    "scheme": _scheme,
    "path": _path,
    "method": _method,
    "filter": parse_filter,
}
"""The reader of each condition's texts; it raises MatchSyntaxError."""

_SHORT_PARTS: Final[dict[str, Callable[[str], object]]] = {
    "scheme": _scheme,
    "host": HostPattern.parse,
    "port": _port,
    "path": _path,
}


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
