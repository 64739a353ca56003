"""The reach of a configuration, told from its document alone. No secret source is read for it.

The reach is a set of short lines, one for each fact: which secret source goes to which host, which commands run, which
files outside the configuration's folder are read, which servers are asked for tokens, which settings open something up.
It is the reach of the whole file, over all environments. An edit widens the reach when it brings a line that was not there.
Ports, paths, methods, scopes, header names, the names of rules and credentials, order and comments bring none.

Where a value comes from a source itself, the line holds the source's text. Texts that may be secrets stand in no line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import AuthwrightError
from ..rules.hosts import MatchSyntaxError
from ..rules.short_form import parse_short
from .nodes import Mapping, Node, Scalar, Sequence
from .reach_credential import Reached, reached
from .reach_lines import Fact, without_userinfo
from .reach_values import View, views

__all__ = ["Fact", "reach_of"]

OPTIONS_WITHOUT_REACH: Final = frozenset(("on_existing", "retry"))
"""Options of a rule that open nothing up."""

SETTINGS_WITHOUT_REACH: Final = frozenset(("engine", "max_signed_body", "annotate"))
"""Settings that open nothing up."""

_OF_A_RULE: Final = ("name", "match", "auth", "rules")
_FILES: Final = ("client_certificate", "client_key")
_MOST_GROUPS: Final = 64
_MOST_FACTS: Final = 300_000
"""No person reads more, and no consent keeps more (see ``consent.MOST_BYTES``)."""


def reach_of(document: Mapping, folders: MappingType[str, Path]) -> tuple[Fact, ...]:
    """The reach of *document*, sorted, each fact once.

    Args:
        document: the configuration, with its overlay merged.
        folders: each file's folder, by the name that marks give the file.

    Raises:
        AuthwrightError: its values grow so long, or its facts so many, that the reach cannot be told.
    """
    found: set[Fact] = set()
    for view in views(document, folders):
        for fact in _FactFinder(view, document).facts():
            found.add(fact)
            if len(found) > _MOST_FACTS:
                raise AuthwrightError(
                    "The configuration reaches more than can be shown.",
                    code="config_reach",
                    hint="match more with fewer rules: hosts and paths take patterns and lists",
                )
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class _Around:
    """The settings that a rule takes over from the group around it.

    Args:
        hosts: its hosts.
        auth: its credentials; ``None`` when no group says any.
        options: its options.
        depth: how many groups are around.
    """

    hosts: tuple[str, ...] = ()
    auth: tuple[Mapping, ...] | None = None
    options: MappingType[str, Node] | None = None
    depth: int = 0


class _FactFinder:
    """Finds the facts of one environment.

    Many rules share credentials, and groups hand hosts and options down to many rules. So what was told of a node and a
    host is not told again: else the time would grow with the square of the file.

    Args:
        view: the environment's values.
        document: the configuration.
    """

    def __init__(self, view: View, document: Mapping) -> None:
        self._view = view
        self._document = document
        section = document.get("credentials")
        nodes = section.entries if isinstance(section, Mapping) else ()
        self._named = {key.text: node for key, node in nodes if isinstance(node, Mapping)}
        self._whole: dict[int, Mapping] = {}
        self._reached: dict[int, Reached] = {}
        self._told: dict[int, set[str]] = {}

    def facts(self) -> Iterator[Fact]:
        """Every fact, some of them several times."""
        settings = self._document.get("settings")
        if isinstance(settings, Mapping):
            yield from self._settings(settings)
        for node in self._named.values():
            yield from self._credential(self._extended(node), ())
        yield from self._rules(self._document.get("rules"), _Around())

    def _credential(self, whole: Mapping, hosts: Iterable[str]) -> Iterator[Fact]:
        """The facts of a credential that goes to *hosts* and to its own."""
        found = self._reached.get(id(whole))
        if found is None:
            found = self._reached[id(whole)] = reached(self._view, whole, self._other)
            yield from found.always
            hosts = (*hosts, *self._view.texts(whole.get("hosts")))
        yield from found.at(self._untold(whole, hosts))

    def _untold(self, node: Node, hosts: Iterable[str]) -> list[str]:
        """Those of *hosts* for which *node* was not told yet."""
        told = self._told.setdefault(id(node), set())
        fresh = [host for host in hosts if host not in told]
        told.update(fresh)
        return fresh

    def _other(self, name: str) -> Mapping | None:
        """The credential whose token another one takes."""
        node = self._named.get(name)
        return None if node is None else self._extended(node)

    def _extended(self, node: Mapping) -> Mapping:
        """*node* with the parameters of the credentials that it extends under its own."""
        chain: dict[int, Mapping] = {}
        below: Mapping | None = node
        while below is not None and id(below) not in self._whole and id(below) not in chain:
            chain[id(below)] = below
            below = self._named.get(self._view.text(below.get("extends")))
        whole = None if below is None else self._whole.get(id(below))
        for key, above in reversed(chain.items()):
            whole = self._whole[key] = above if whole is None else _over(above, whole)
        return self._whole[id(node)]

    def _rules(self, nodes: Node | None, around: _Around) -> Iterator[Fact]:
        if around.depth > _MOST_GROUPS:
            return
        for node in nodes.items if isinstance(nodes, Sequence) else ():
            if isinstance(node, Mapping):
                yield from self._rule(node, around)

    def _rule(self, node: Mapping, around: _Around) -> Iterator[Fact]:
        match = node.get("match")
        yield from self._view.reading(match)
        own = {key.text: value for key, value in node.entries if key.text not in _OF_A_RULE}
        here = _Around(
            self._hosts(match) or around.hosts,
            self._auth(node.get("auth"), around),
            {**(around.options or {}), **own},
            around.depth + 1,
        )
        if here.auth is not around.auth or here.hosts is not around.hosts:
            for credential in here.auth or ():
                yield from self._credential(credential, here.hosts or ("any host",))
        if here.auth:
            yield from self._options(here, (around.options or {}) if around.auth and here.hosts is around.hosts else {})
        yield from self._rules(node.get("rules"), here)

    def _hosts(self, match: Node | None) -> tuple[str, ...]:
        if isinstance(match, Mapping):
            return tuple(map(_canonical, self._view.texts(match.get("host"))))
        if not isinstance(match, Scalar):
            return ()
        text, sources = self._view.marked(match)
        try:
            hosts = parse_short(text).host
        except MatchSyntaxError:
            hosts = (text,)
        return tuple(_put_back(_canonical(host), sources) for host in hosts)

    def _auth(self, node: Node | None, around: _Around) -> tuple[Mapping, ...] | None:
        if node is None:
            return around.auth
        found: list[Mapping] = []
        for item in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(item, Mapping):
                found.append(self._extended(item))
            elif (word := self._view.text(item)) == "inherit":
                found += around.auth or ()
            elif word in self._named:
                found.append(self._extended(self._named[word]))
        return tuple({id(credential): credential for credential in found}.values())

    def _options(self, here: _Around, told: MappingType[str, Node]) -> Iterator[Fact]:
        for key, node in (here.options or {}).items():
            if key in OPTIONS_WITHOUT_REACH or told.get(key) is node:
                continue
            if hosts := self._untold(node, here.hosts or ("any host",)):
                yield from self._option(key, node, hosts)

    def _option(self, key: str, node: Node, hosts: list[str]) -> Iterator[Fact]:
        match key:
            case "allow_http":
                if self._view.text(node) not in ("", "false"):
                    yield from (Fact("sends credentials in the clear to", host) for host in hosts)
            case "allow_origins":
                for origin in self._view.texts(node):
                    yield from (Fact(f"lets web pages of {origin} use the credential of", host) for host in hosts)
            case _:
                yield from self._view.reading(node, files=key in _FILES)
                yield from _sent(self._view.labels(node, files=key in _FILES), hosts)

    def _settings(self, settings: Mapping) -> Iterator[Fact]:
        for key, node in settings.entries:
            yield from self._view.reading(node, files=key.text == "upstream_ca")
            text = self._view.text(node)
            match key.text:
                case "listen":
                    yield from listening(text)
                case "mode" if text not in ("", "regular"):
                    yield Fact("works in the mode", without_userinfo(text))
                case "upstream_ca" if text:
                    yield Fact("trusts the CAs of", self._view.path(node) or "this file")
                case "inspect_all" if text not in ("", "false"):
                    yield Fact("opens the TLS of", "every host")
                case "password":
                    yield from (Fact("lets in clients that know", label) for label in self._view.labels(node))
                case "mode" | "upstream_ca" | "inspect_all":
                    pass
                case other if other not in SETTINGS_WITHOUT_REACH:
                    yield Fact("sets", other)


def listening(text: str) -> Iterator[Fact]:
    """The fact that *text*, HOST:PORT, is reached from other machines; loopback and ports are none."""
    host = text if "${" in text else text.rpartition(":")[0].rpartition("@")[2].strip("[]")
    if host not in ("", "127.0.0.1", "localhost", "::1"):
        yield Fact("listens on", host)


def _over(above: Mapping, below: Mapping) -> Mapping:
    kept = [entry for entry in below.entries if above.get(entry[0].text) is None]
    return Mapping((*kept, *above.entries), above.mark, above.length)


def _sent(labels: Iterable[str], hosts: Iterable[str]) -> Iterator[Fact]:
    places = tuple(hosts)
    return (Fact(f"sends {label} to", host) for label in labels for host in places)


def _canonical(host: str) -> str:
    return host if "${" in host else host.rpartition("@")[2].lower().rstrip(".")


def _put_back(text: str, sources: MappingType[str, str]) -> str:
    for mark, label in sources.items():
        text = text.replace(mark, label)
    return text
