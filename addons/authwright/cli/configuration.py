"""The configuration of a command: the one place where it is found, and the one where it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ..errors import AuthwrightError
from .failure import NotFound
from .verb import Everywhere, did_you_mean

if TYPE_CHECKING:
    from ..config.reload import Watch
    from ..rules.rule import Credential
    from ..rules.ruleset import RuleSet
    from ..rules.settings import Settings

type Overrides = Mapping[str, Any]
"""Settings to use instead of the file's, by name."""
_NONE: Final[Overrides] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LoadedConfiguration:
    """A configuration that a command works with.

    Args:
        file: its file.
        watch: its rules, and their renewal when the file changes.
        settings: its settings, with what the command line says on top.
        home: the folder of all state.
    """

    file: Path
    watch: Watch
    settings: Settings
    home: Path

    @property
    def rules(self) -> RuleSet:
        """The rules in force."""
        return self.watch.current


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


def load_configuration(
    common: Everywhere, overrides: Overrides = _NONE, *, environment: str | None = None
) -> LoadedConfiguration:
    """Find the configuration and load it, with its secrets, after the user's consent where that is needed.

    Args:
        common: the flags that stand everywhere.
        overrides: settings to use instead of the file's.
        environment: the environment to use, before that of ``--env`` and the file's.

    Raises:
        AuthwrightError: there is no file, it has errors, or the user does not consent to what it reaches.
    """
    file = find_file(common)
    from ..config.reload import Watch
    from ..home import home_dir
    from .trusting import with_consent

    home = home_dir()
    watch = with_consent(common, file, home, lambda consent: Watch(file, environment or common.env, consent))
    return _loaded(file, watch, overrides, home)


def load_file(file: Path, home: Path) -> LoadedConfiguration:
    """Load *file*, which this process wrote itself; all state is kept in *home*.

    Raises:
        ConfigError: it has errors.
    """
    from ..config.reload import Watch

    return _loaded(file, Watch(file), _NONE, home)


def _loaded(file: Path, watch: Watch, overrides: Overrides, home: Path) -> LoadedConfiguration:
    return LoadedConfiguration(file, watch, replace(watch.current.settings, **overrides), home)


def rules(common: Everywhere) -> RuleSet:
    """The rules of the configuration.

    Raises:
        AuthwrightError: there is no file, or it has errors.
    """
    return load_configuration(common).rules


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
