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

from ..rules.match import MatchSyntaxError, parse_short
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
_OWN_OPTIONS: Final = ("allow_http", "allow_origins")
_FILES: Final = ("client_certificate", "client_key")
_MOST_GROUPS: Final = 64


def reach_of(document: Mapping, folders: MappingType[str, Path]) -> tuple[Fact, ...]:
    """The reach of *document*, sorted, each fact once.

    Args:
        document: the configuration, with its overlay merged.
        folders: each file's folder, by the name that marks give the file.

    Raises:
        AuthwrightError: its values grow so long that the reach cannot be told.
    """
    return tuple(sorted({fact for view in views(document, folders) for fact in _FactFinder(view, document).facts()}))


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
        self._reached: dict[int, Reached] = {}
        self._kept: list[Mapping] = []

    def facts(self) -> Iterator[Fact]:
        """Every fact, perhaps several times."""
        settings = self._document.get("settings")
        if isinstance(settings, Mapping):
            yield from self._settings(settings)
        for node in self._named.values():
            whole = self._extended(node)
            yield from self._of_credential(whole).facts(self._view.texts(whole.get("hosts")))
        yield from self._rules(self._document.get("rules"), _Around())

    def _of_credential(self, whole: Mapping) -> Reached:
        found = self._reached.get(id(whole))
        if found is None:
            self._kept.append(whole)  # or another mapping could get its id
            found = self._reached[id(whole)] = reached(self._view, whole, self._other)
        return found

    def _other(self, name: str) -> Mapping | None:
        """The credential whose token another one takes."""
        node = self._named.get(name)
        return None if node is None else self._extended(node)

    def _extended(self, node: Mapping, chain: tuple[int, ...] = ()) -> Mapping:
        """*node* with the parameters of the credential that it extends under its own."""
        name = self._view.text(node.get("extends"))
        below = self._named.get(name) if name else None
        if below is None or id(below) in chain or id(below) == id(node):
            return node
        base = self._extended(below, (*chain, id(node)))
        kept = [entry for entry in base.entries if node.get(entry[0].text) is None]
        return Mapping((*kept, *node.entries), node.mark, node.length)

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
        for credential in here.auth or ():
            hosts = here.hosts or ("any host",)
            yield from self._of_credential(credential).facts((*hosts, *self._view.texts(credential.get("hosts"))))
        if here.auth:
            yield from self._options(here)
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
        return tuple(found)

    def _options(self, here: _Around) -> Iterator[Fact]:
        hosts, options = here.hosts or ("any host",), here.options or {}
        clear = self._view.text(options.get("allow_http"))
        if clear not in ("", "false"):
            yield from (Fact("sends credentials in the clear to", host) for host in hosts)
        for origin in self._view.texts(options.get("allow_origins")):
            yield from (Fact(f"lets web pages of {origin} use the credential of", host) for host in hosts)
        for key, node in options.items():
            if key not in OPTIONS_WITHOUT_REACH and key not in _OWN_OPTIONS:
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
    host = text if "${" in text else text.rpartition(":")[0].strip("[]")
    if host not in ("", "127.0.0.1", "localhost", "::1"):
        yield Fact("listens on", host)


def _sent(labels: Iterable[str], hosts: Iterable[str]) -> Iterator[Fact]:
    places = tuple(hosts)
    return (Fact(f"sends {label} to", host) for label in labels for host in places)


def _canonical(host: str) -> str:
    return host if "${" in host else host.lower().rstrip(".")


def _put_back(text: str, sources: MappingType[str, str]) -> str:
    for mark, label in sources.items():
        text = text.replace(mark, label)
    return text
