"""Flattens rules and groups of rules: a group's children come before the group itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath

from ..rules.match import Match
from ..rules.rule import Credential, Options, Rule
from .conditions import Conditions
from .convert import Misfit, Resolver, draft_value
from .credentials import Credentials
from .fields import Field, spec_of
from .nodes import Mapping, Node, Scalar, Sequence
from .reading import Reading

_KEYS = ("name", "match", "auth", "rules")
_MAX_DEPTH = 16
_STAND_IN = Match.build(host=["unreadable.invalid"])

type Auth = Credential | None


@dataclass(frozen=True, slots=True)
class Group:
    """A group's properties that its rules inherit.

    Args:
        match: the conditions of all rules in the group.
        auth: the group's credential; ``None`` for ``none``.
        decided: whether the group or one around it has an ``auth``.
        options: the group's options.
        name: the group's name.
        depth: how many groups are around it.
    """

    match: Match | None = None
    auth: Auth = None
    decided: bool = False
    options: Options = field(default_factory=Options)
    name: str = ""
    depth: int = 0


class Rulebook:
    """Compiles rules.

    Args:
        reading: notes the problems.
        credentials: the named credentials.
    """

    def __init__(self, reading: Reading, credentials: Credentials) -> None:
        self._reading = reading
        self._credentials = credentials
        self._conditions = Conditions(reading)
        self.rules: list[Rule] = []
        self.places: list[Node] = []
        self._names: dict[str, str] = {}

    def add(self, nodes: Node, group: Group | None = None) -> None:
        """Compile a list of rules."""
        group = group or Group()
        if not isinstance(nodes, Sequence):
            self._reading.report(nodes, "wrong_type", "rules must be a list", "- match: api.example.com")
            return
        for index, node in enumerate(nodes.items):
            if isinstance(node, Mapping):
                self._rule(node, f"{group.name}.rules[{index}]" if group.name else f"rules[{index}]", group)
            else:
                hint = "- {match: api.example.com, auth: …}"
                self._reading.report(node, "wrong_type", "a rule must be a mapping with match and auth", hint)

    def _rule(self, node: Mapping, default_name: str, group: Group) -> None:
        self._known(node)
        name = self._name(node, default_name)
        match = self._conditions.match(node, group.match)
        auth, decided = self._auth(node, group)
        options = self._options(node, group.options)
        inner = node.get("rules")
        if match is None and inner is not None:
            match = _STAND_IN  # the file is refused already; compile the group to report its problems, too
        if match is None:
            return
        if inner is not None and group.depth >= _MAX_DEPTH:
            self._reading.report(inner, "too_deep", "groups lie too deep in one another")
        elif inner is not None:
            self.add(inner, Group(match, auth, decided, options, name, group.depth + 1))
        if decided:
            self._append(node, Rule(name, _location(node), match, auth, options))
        elif inner is None:
            hint = "auth is a credential's name, none, or a mapping with type"
            self._reading.report(node, "missing_key", "the rule says no auth", hint)

    def _append(self, node: Mapping, rule: Rule) -> None:
        place = node.get("match") or node
        if rule.credential is not None:
            if not rule.match.effective_hosts:
                message = "a rule that injects a credential must say to which host"
                self._reading.report(place, "host_missing", message, "match: api.example.com")
            self._within_hosts(place, rule, rule.credential)
        if node.get("name") is not None and rule.name in self._names:
            self._reading.report(
                place,
                "duplicate_name",
                f"another rule is called {rule.name} too ({self._names[rule.name]})",
                "name: tells them apart in logs",
            )
        self._names.setdefault(rule.name, rule.location)
        self.rules.append(rule)
        self.places.append(place)

    def _within_hosts(self, place: Node, rule: Rule, credential: Credential) -> None:
        if not credential.hosts or rule.match is _STAND_IN or any(_within(level, credential) for level in rule.match.levels):
            return
        for pattern in rule.match.effective_hosts:
            if not any(allowed.covers(pattern) for allowed in credential.hosts):
                who = f"the credential {credential.name}" if credential.name else "this credential"
                hint = f"its hosts are: {', '.join(map(str, credential.hosts))}"
                self._reading.report(place, "credential_host", f"{who} may not go to {pattern}", hint)

    def _known(self, node: Mapping) -> None:
        known = (*_KEYS, *spec_of(Options).fields)
        for key, _ in node.entries:
            if key.text not in known:
                self._reading.unknown_key(key, known, f"a rule has no key {key.text!r}", self._conditions.hint(key.text))

    def _name(self, node: Mapping, default: str) -> str:
        name, match = node.get("name"), node.get("match")
        if isinstance(name, Scalar) and name.text:
            return name.text
        if name is not None:
            self._reading.report(name, "wrong_type", "name must be a text")
        return match.text if isinstance(match, Scalar) and match.text else default

    def _auth(self, node: Mapping, group: Group) -> tuple[Auth, bool]:
        auth = node.get("auth")
        match auth:
            case None:
                return group.auth, group.decided
            case Mapping():
                return self._credentials.inline(auth), True
            case Scalar(value=str()):
                word = self._reading.expand(auth)
                if word == "inherit":
                    return self._inherited(auth, group), True
                return (None if word == "none" or not isinstance(word, str) else self._credentials.use(auth, word)), True
            case _:
                message = "auth must be a credential's name, none, inherit, or a mapping with type"
                self._reading.report(auth, "wrong_type", message)
                return None, True

    def _inherited(self, node: Node, group: Group) -> Auth:
        if not group.decided:
            self._reading.report(node, "nothing_to_inherit", "there is no group around this rule to inherit from")
        return group.auth

    def _options(self, node: Mapping, inherited: Options) -> Options:
        changed: dict[str, object] = {}
        for key, parameter in spec_of(Options).fields.items():
            value = node.get(key)
            if value is not None:
                self._option(changed, parameter, value)
        return replace(inherited, **changed) if changed else inherited  # type: ignore[arg-type]  # the names are Options' own

    def _option(self, values: dict[str, object], parameter: Field, node: Node) -> None:
        draft = draft_value(self._reading, parameter, node)
        if draft is None or not self._reading.known_now(draft.waiting):
            return
        try:
            values[parameter.name] = draft.make(Resolver(self._reading.sources))
        except Misfit as error:
            self._reading.report(error.node, "wrong_value", error.message, error.hint)


def _within(level: Match, credential: Credential) -> bool:
    """True when *level* alone keeps requests within the hosts of *credential*."""
    return bool(level.hosts) and all(any(allowed.covers(host) for allowed in credential.hosts) for host in level.hosts)


def _location(node: Mapping) -> str:
    return f"{PurePath(node.mark.file).name}:{node.mark.line}"
