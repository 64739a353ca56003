"""Which stored tokens the present configuration uses, and under which name: nothing is run, asked or sent to find out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ..errors import AuthwrightError
from ..tokens.reasons import differing, listed
from ..wire.identity import parameters_of
from .configuration import find_file
from .trusting import silent_consent
from .verb import Everywhere

if TYPE_CHECKING:
    from ..rules.rule import Credential
    from ..rules.ruleset import RuleSet
    from ..tokens.store import Record

type Use = Literal["used", "not used", "unknown"]


@dataclass(frozen=True, slots=True)
class ConfiguredToken:
    """A stored token, and what the present configuration makes of it.

    Args:
        record: the token, under the credential's present name.
        use: whether a credential of the configuration finds it; unknown where none was read, or not all of its secrets.
        why: why it is not used; empty otherwise.
    """

    record: Record
    use: Use
    why: str = ""

    @property
    def configured(self) -> bool | None:
        """The same for programs; ``None`` for unknown."""
        return None if self.use == "unknown" else self.use == "used"


def configured(common: Everywhere, records: Iterable[Record]) -> list[ConfiguredToken]:
    """Each of *records*, beside the configuration for its environment."""
    held = list(records)
    environments = {record.label.environment for record in held}
    rules = {environment: _rules(common, environment) for environment in environments}
    return [_beside(record, rules[record.label.environment]) for record in held]


def _rules(common: Everywhere, environment: str) -> RuleSet | None:
    """The rules for *environment*, as far as they are known without running a command, asking the keyring or asking for consent.

    Without that environment nothing uses its tokens: there are no rules.
    """
    from ..config import inspect
    from ..rules.ruleset import RuleSet

    try:
        file = find_file(common)
        rules, problems = inspect(file, environment or None, consent=silent_consent(common, file))
    except AuthwrightError:
        return None
    gone = {each.code for each in problems if each.severity == "error"} == {"unknown_environment"}
    return RuleSet([]) if gone else rules


def _beside(record: Record, rules: RuleSet | None) -> ConfiguredToken:
    if rules is None:
        return ConfiguredToken(record, "unknown")
    named = list(_credentials(rules))
    for name, credential in named:
        grant = credential.scheme().grant if credential.ready else None
        if grant is not None and grant.key == record.key:
            return ConfiguredToken(replace(record, label=replace(record.label, credential=name)), "used")
    if any(not credential.ready or credential.type == "cookie" for _, credential in named):
        return ConfiguredToken(record, "unknown")
    return ConfiguredToken(record, "not used", _why(record, dict(named).get(record.label.credential)))


def _credentials(rules: RuleSet) -> Iterator[tuple[str, Credential]]:
    """Every credential, by its name or by that of the rule in which it stands."""
    yield from rules.credentials.items()
    for rule in rules.rules:
        if rule.credential is not None and not rule.credential.name:
            yield rule.name, rule.credential


def _why(record: Record, credential: Credential | None) -> str:
    grant = credential.scheme().grant if credential is not None else None
    if grant is None:
        return "no credential of that name has a token"
    if not record.parameters:
        return "made by an earlier version"
    return f"other {listed(differing(record.parameters, parameters_of(grant)))}"
