"""The conditions of a rule, and the short form in which most are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..message import Request
from ..origin import DEFAULT_PORTS
from ..wire.query import values
from .filters import Filter, parse_filter
from .globs import path_glob, text_glob
from .hosts import HostPattern, MatchSyntaxError

__all__ = ["HostPattern", "Match", "MatchSyntaxError", "ShortForm", "parse_short"]

ANY_PORT: Final = 0


class Condition(NamedTuple):
    """One key of a match: what it says, and whether a request (with the path to look at) meets it."""

    key: str
    text: str
    meets: Callable[[Request, str], bool]
    actual: Callable[[Request, str], str]


@dataclass(frozen=True, slots=True)
class Match:
    """A rule's conditions, joined by AND; a child's stand beside its parent's."""

    hosts: tuple[HostPattern, ...] = ()
    ports: frozenset[int] = frozenset()
    """Empty: the scheme's default port. Holding ``ANY_PORT``: every port."""
    conditions: tuple[Condition, ...] = field(default=(), repr=False)
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
        conditions = [
            *_host_conditions(hosts, ports),
            *_one_of("scheme", _read("scheme", scheme, _scheme), lambda request, _: request.origin.scheme),
            *_one_of("method", _read("method", method, _method), lambda request, _: request.method),
            *_paths(_read("path", path, _path)),
            *(_header(name, tuple(globs)) for name, globs in (header or {}).items()),
            *(_query(name, tuple(globs)) for name, globs in (query or {}).items()),
            *_filters(filter),
        ]
        return cls(hosts, ports, tuple(conditions), parent)

    @property
    def effective_hosts(self) -> tuple[HostPattern, ...]:
        """The hosts it is limited to, its own or its parent's; empty for any host."""
        return self.hosts or (self.parent.effective_hosts if self.parent else ())

    def matches(self, request: Request, path: str) -> bool:
        """Whether *request* meets every condition, *path* being the form of its path to look at."""
        for condition in self.conditions:
            if not condition.meets(request, path):
                return False
        return self.parent is None or self.parent.matches(request, path)

    def mismatch(self, request: Request, path: str) -> str:
        """The first condition that is not met, in words; empty when all are."""
        for condition in self.conditions:
            if not condition.meets(request, path):
                return f"{condition.key} is {condition.actual(request, path)}, not {condition.text}"
        return self.parent.mismatch(request, path) if self.parent else ""

    def could_reach(self, host: str, port: int | None) -> bool:
        """Whether some request to *host* (and *port*) could match."""
        if self.hosts and not any(pattern.matches(host) for pattern in self.hosts):
            return False
        ports = self.ports or (frozenset(DEFAULT_PORTS.values()) if self.hosts else ())
        if port is not None and ports and ANY_PORT not in ports and port not in ports:
            return False
        return self.parent is None or self.parent.could_reach(host, port)

    @property
    def levels(self) -> tuple[Match, ...]:
        """This match and its parents."""
        return (self, *(self.parent.levels if self.parent else ()))

    @property
    def is_only_hosts(self) -> bool:
        """Whether it says nothing but hosts and ports, so that it takes everything there."""
        own = all(condition.key in ("host", "port") for condition in self.conditions)
        return own and (self.parent is None or self.parent.is_only_hosts)


class ShortForm(NamedTuple):
    """``[METHOD[,METHOD] ][scheme://]host[:port][/path]`` taken apart."""

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
    if not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", text):
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


def _host_conditions(hosts: tuple[HostPattern, ...], ports: frozenset[int]) -> list[Condition]:
    found = []
    if hosts:
        exact = frozenset(pattern.base for pattern in hosts if not pattern.wildcard)
        wild = tuple(pattern for pattern in hosts if pattern.wildcard)
        found.append(
            Condition(
                "host",
                _listed(map(str, hosts)),
                lambda request, _: request.origin.host in exact or any(pattern.matches(request.origin.host) for pattern in wild),
                lambda request, _: request.origin.host,
            )
        )
    if (hosts or ports) and ANY_PORT not in ports:
        text = _listed(map(str, sorted(ports))) if ports else "the scheme's default"
        found.append(
            Condition("port", text, lambda request, _: _port_meets(request, ports), lambda request, _: str(request.origin.port))
        )
    return found


def _port_meets(request: Request, ports: frozenset[int]) -> bool:
    origin = request.origin
    return origin.port in ports if ports else origin.port == DEFAULT_PORTS[origin.scheme]


def _one_of(key: str, wanted: list[str], actual: Callable[[Request, str], str]) -> list[Condition]:
    accepted = frozenset(wanted)
    return [Condition(key, _listed(wanted), lambda request, path: actual(request, path) in accepted, actual)] if wanted else []


def _paths(globs: list[str]) -> list[Condition]:
    if not globs:
        return []
    patterns = tuple(path_glob(glob) for glob in globs)
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
        meets: Filter = parse_filter(text)
    except MatchSyntaxError as error:
        error.key = "filter"
        raise
    return [Condition("filter", text, lambda request, _: meets(request), lambda *_: "false")]


def _listed(texts: Iterable[str]) -> str:
    return " or ".join(texts)
