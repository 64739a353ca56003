"""The configuration that a verb is about, and names on the command line that mean something in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import AuthwrightError
from .failure import NotFound
from .verb import Everywhere, did_you_mean

if TYPE_CHECKING:
    from ..config.reload import Watch
    from ..rules.rule import Credential
    from ..rules.ruleset import RuleSet


def find_file(common: Everywhere) -> Path:
    """The file of ``--config``, or the one found from the working directory upward.

    Raises:
        AuthwrightError: there is none (``config_missing``).
    """
    from ..config.find import find

    path = common.config or find(Path.cwd())
    if path is None:
        raise AuthwrightError("There is no authwright.yaml here or above.", code="config_missing", hint="authwright init")
    if not path.exists() or path.is_dir():
        hint = "authwright init" if path.name == "authwright.yaml" else "check the name after --config"
        raise AuthwrightError(f"There is no file {path}.", code="config_missing", hint=hint)
    return path


def rules(common: Everywhere) -> RuleSet:
    """The rules of the configuration.

    Raises:
        AuthwrightError: there is no file, it has errors, or the user does not consent to what it reaches.
    """
    from ..config import load
    from .trusting import with_consent

    path = find_file(common)
    return with_consent(common, path, lambda consent: load(path, common.env, consent=consent))


def watch(common: Everywhere, environment: str | None = None) -> Watch:
    """The configuration, renewed when its file changes.

    Args:
        common: the flags that stand everywhere.
        environment: the environment to use instead of the one of ``--env``.

    Raises:
        AuthwrightError: there is no file, it has errors, or the user does not consent to what it reaches.
    """
    from ..config.reload import Watch
    from .trusting import with_consent

    path = find_file(common)
    return with_consent(common, path, lambda consent: Watch(path, environment or common.env, consent))


def credential(rules: RuleSet, name: str) -> Credential:
    """The credential called *name*, or the one that stands inline in the rule of that name.

    Raises:
        NotFound: there is none.
    """
    found = rules.credentials.get(name) or _inline(rules, name)
    if found is None:
        raise unknown(name, rules.credentials)
    return found


def _inline(rules: RuleSet, name: str) -> Credential | None:
    credentials = (rule.credential for rule in rules.rules if rule.name == name)
    return next((each for each in credentials if each is not None and not each.name), None)


def unknown(name: str, choices: Iterable[str]) -> NotFound:
    """The error for a name that names no credential."""
    known = sorted(choices)
    hint = f"there are: {', '.join(known)}" if known else "name one under `credentials:` in authwright.yaml"
    return NotFound(f"There is no credential called {name!r}.{did_you_mean(name, known)}", hint=hint)
