"""Compiles credentials: named ones, inline ones in a rule, and ones that extend another."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ..errors import ConfigError, SecretError
from ..rules.hosts import HostPattern, MatchSyntaxError
from ..rules.rule import Credential, Prepared
from ..schemes import SCHEMES
from ..secret import Redactor
from ..sources.reader import Sources
from .convert import Draft, Misfit, Resolver, draft_of
from .fields import spec_of
from .nodes import Mapping, Node, Scalar, Sequence
from .problems import problem, suggest
from .reading import Reading

BESIDE: Final = ("type", "hosts", "extends")
"""The keys that every credential may have beside its scheme's parameters."""

_NONE: Final = "none"


class Credentials:
    """The credentials of a configuration, each compiled once.

    Args:
        reading: notes the problems.
        nodes: the named ones.
    """

    def __init__(self, reading: Reading, nodes: Mapping | None) -> None:
        self._reading = reading
        self._nodes = {key.text: (key, node) for key, node in nodes.entries} if nodes else {}
        self._made: dict[str, Credential | None] = {}
        self._used: set[str] = set()
        self._making: list[str] = []
        reading.credential = self._source
        for name in self._nodes:
            self._credential(name)

    @property
    def made(self) -> dict[str, Credential]:
        """Every named credential that can be used."""
        return {name: credential for name, credential in self._made.items() if credential is not None}

    def use(self, node: Scalar, name: str) -> Credential | None:
        """The credential that a rule names; ``None`` after noting an unknown name."""
        if name not in self._nodes:
            hint = suggest(name, (*self._nodes, "none", "inherit")) or "name one under credentials"
            self._reading.report(node, "unknown_credential", f"there is no credential {name!r}", hint)
            return None
        self._used.add(name)
        return self._made[name]

    def inline(self, node: Mapping) -> Credential | None:
        """An inline credential of a rule, with ``type`` or ``extends``; ``None`` for ``type: none``."""
        whole = self._extended(node, ())
        return None if whole is None else self._compiled("", whole, node)

    def note_unused(self) -> None:
        """Note the credentials that no rule uses."""
        for name, (key, _) in self._nodes.items():
            if name not in self._used:
                hint = f"write auth: {name} in a rule, or take it away"
                self._reading.warn(key, "unused_credential", f"no rule uses the credential {name}", hint)

    def _credential(self, name: str) -> Credential | None:
        """The named credential, compiled at its first use."""
        if name not in self._made:
            self._making.append(name)
            self._made[name] = self._named(name)
            self._making.pop()
        return self._made[name]

    def _source(self, node: Scalar) -> Credential | None:
        """The credential whose token another one takes."""
        name = self._reading.expand(node)
        if name in self._making:
            chain = (*self._making[self._making.index(str(name)) :], name)
            self._reading.report(node, "source_cycle", f"{' takes the token of '.join(map(str, chain))}: that never ends")
            return None
        if not isinstance(name, str) or name not in self._nodes:
            hint = (suggest(name, self._nodes) if isinstance(name, str) else "") or "it is a credential's name"
            self._reading.report(node, "unknown_credential", f"there is no credential {name!r}", hint)
            return None
        self._used.add(name)
        return self._credential(name)

    def _named(self, name: str) -> Credential | None:
        key, node = self._nodes[name]
        if name in ("none", "inherit"):
            self._reading.report(key, "reserved_name", f"a credential cannot be called {name}: rules say that for something else")
            return None
        if not isinstance(node, Mapping):
            message = f"the credential {name} must be a mapping with type"
            self._reading.report(node, "wrong_type", message, f"{name}: {{type: bearer, token: …}}")
            return None
        whole = self._extended(node, (name,))
        return None if whole is None else self._compiled(name, whole, key)

    def _extended(self, node: Mapping, chain: tuple[str, ...]) -> Mapping | None:
        """*node* over the parameters of the credential that it extends."""
        base = node.get("extends")
        if base is None:
            return node
        name = self._reading.expand(base) if isinstance(base, Scalar) else ""
        if not isinstance(name, str) or name not in self._nodes:
            hint = (suggest(name, self._nodes) if isinstance(name, str) else "") or "extends is a credential's name"
            self._reading.report(base, "unknown_credential", f"there is no credential {name!r} to extend", hint)
            return None
        if name in chain:
            self._reading.report(base, "extends_cycle", f"{' extends '.join((*chain, name))}: that never ends")
            return None
        self._used.add(name)
        other = self._nodes[name][1]
        below = self._extended(other, (*chain, name)) if isinstance(other, Mapping) else None
        if below is None:
            return None
        self._narrowed(node.get("hosts"), below.get("hosts"), name)
        kept = [entry for entry in below.entries if node.get(entry[0].text) is None]
        return Mapping((*kept, *node.entries), node.mark, node.length)

    def _narrowed(self, own: Node | None, base: Node | None, name: str) -> None:
        """Refuse ``hosts`` that widen those of the extended credential, since its secret would go to further hosts."""
        allowed = self._hosts(base)
        if own is None or not allowed:
            return
        for pattern in self._hosts(own):
            if not any(wider.covers(pattern) for wider in allowed):
                hint = f"the hosts of {name} are: {', '.join(map(str, allowed))}"
                self._reading.report(own, "credential_host", f"the credential {name} may not go to {pattern}", hint)

    def _compiled(self, name: str, node: Mapping, place: Node) -> Credential | None:
        word = self._type(node, place)
        if word is None or word == _NONE:
            return None
        scheme = SCHEMES[word]
        hosts = self._hosts(node.get("hosts"))
        draft = draft_of(self._reading, spec_of(scheme), node, beside=BESIDE, place=place)
        if draft is None:
            return None
        self._confined(node, draft)
        sources = self._reading.sources
        credential = Credential(
            name=name,
            type=word,
            binds_connection=scheme.binds_connection,
            hosts=hosts,
            build=lambda: _prepared(sources, draft),
        )
        self._prepare(credential, draft)
        return credential

    def _confined(self, node: Mapping, draft: Draft) -> None:
        """Refuse a source credential whose ``hosts`` exclude the token endpoint that its token would go to.

        A source credential remembers that token endpoint: its token is bound to it, too.
        """
        for source in draft.sources:
            endpoint = node.get("token_endpoint")
            there = self._host_of(endpoint)
            source.presented_at += there or self._host_of(node.get("issuer"))
            if source.hosts and not any(allowed.covers(host) for allowed in source.hosts for host in there):
                place = endpoint or node.get("source_credential") or node
                message = f"the token of {source.name} may not go to this token endpoint"
                hint = f"the hosts of {source.name} are: {', '.join(map(str, source.hosts))}; add that of token_endpoint"
                self._reading.report(place, "credential_host", message, hint)

    def _type(self, node: Mapping, place: Node) -> str | None:
        kind = node.get("type")
        if kind is None:
            self._reading.report(place, "missing_key", "type is missing", f"type is one of: {', '.join(SCHEMES)}")
            return None
        word = self._reading.expand(kind) if isinstance(kind, Scalar) else None
        if not isinstance(word, str):
            self._reading.report(kind, "wrong_type", f"type must be one of: {', '.join(SCHEMES)}")
            return None
        return word if self._reading.choose(kind, word, (*SCHEMES, _NONE), "type") else None

    def _hosts(self, node: Node | None) -> tuple[HostPattern, ...]:
        items = () if node is None else node.items if isinstance(node, Sequence) else (node,)
        if node is not None and not items:
            self._reading.report(
                node, "empty_list", "hosts is empty: this credential could go nowhere", "name a host, or leave hosts out"
            )
        unread = self._reading.unread
        found = [self._host(item) for item in items]
        if self._reading.unread != unread:
            return ()
        return tuple(pattern for pattern in found if pattern is not None)

    def _host(self, node: Node) -> HostPattern | None:
        if not isinstance(node, Scalar):
            self._reading.report(node, "wrong_type", "hosts must be a list of hosts")
            return None
        value = self._reading.expand(node)
        text = None if value is None else self._reading.resolve_now(node, value)
        if text is None:
            return None
        try:
            return HostPattern.parse(text)
        except MatchSyntaxError as error:
            self._reading.report(node, "match_syntax", error.message, error.hint)
            return None

    def _host_of(self, node: Node | None) -> tuple[HostPattern, ...]:
        """The host of the URL that *node* gives; none where it gives none that is known yet."""
        url = self._reading.expand(node) if isinstance(node, Scalar) else None
        try:
            return (HostPattern.parse(urlsplit(url).hostname or ""),) if isinstance(url, str) else ()
        except (MatchSyntaxError, ValueError):
            return ()

    def _prepare(self, credential: Credential, draft: Draft) -> None:
        """Build the credential now if its secrets are at hand, so that loading finds an unusable key."""
        sources = self._reading.sources
        resolver = Resolver(sources)
        try:
            if not all(sources.readable(value) for _, value in draft.waiting) or not all(one.ready for one in draft.sources):
                raise SecretError("the source is asked when the credential is first used")
            scheme = draft.make(resolver)
        except SecretError:
            self._warn_of_missing(draft)
            return
        except Misfit as error:
            shown = Redactor(resolver.secrets)
            self._reading.report(error.node, "wrong_value", shown.redact(error.message), shown.redact(error.hint))
            return
        credential.prepare(Prepared(scheme, frozenset(resolver.secrets)))

    def _warn_of_missing(self, draft: Draft) -> None:
        for node, value in draft.waiting:
            for error in self._reading.sources.missing(value):
                self._reading.warn(node, "secret_missing", error.message, error.hint)


def _prepared(sources: Sources, draft: Draft) -> Prepared:
    """The scheme with its secrets read.

    Raises:
        SecretError: a source yields nothing.
        ConfigError: a parameter does not fit now that it is known.
    """
    resolver = Resolver(sources)
    try:
        scheme = draft.make(resolver)
    except Misfit as error:
        shown = Redactor(resolver.secrets)
        sentence, hint = shown.redact(error.message), shown.redact(error.hint)
        raise ConfigError((problem(error.node.mark, "wrong_value", sentence, hint=hint, length=error.node.length),)) from None
    return Prepared(scheme, frozenset(resolver.secrets))
