"""The user's consent to a configuration that was found: asked for on a terminal, demanded by a sentence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..terminal import visible
from .output import say
from .verb import Everywhere

if TYPE_CHECKING:
    from ..config.consent import Consent, Consents, Untrusted
    from ..config.reach_lines import Fact

_LINES: Final = 40
_COLUMNS: Final = 400
_QUESTIONS: Final = 3


def consents() -> Consents:
    """The consents in this user's home."""
    from ..config.consent import Consents
    from ..home import home_dir

    return Consents(home_dir())


def with_consent[T](common: Everywhere, path: Path, home: Path, use: Callable[[Consent | None], T]) -> T:
    """Load the configuration at *path* with *use*, after the user's consent where that is needed.

    Args:
        common: the flags that stand everywhere.
        path: the configuration.
        home: the folder of all state.
        use: loads it; told whose consent it needs, ``None`` for one that was named with ``--config``.

    Raises:
        Untrusted: the user does not consent, or cannot be asked.
    """
    from ..config.consent import Untrusted, needed

    consent = needed(path, home, given=common.config is not None)
    try:
        return use(consent)
    except Untrusted as error:
        if consent is None or not may_ask(common) or not _consents_to(error):
            raise
        consent.consents.allow(path, error.reach)
    return use(consent)


def silent_consent(common: Everywhere, path: Path) -> Consent | None:
    """The consent that the configuration at *path* needs, for what must not ask for it."""
    from ..config.consent import needed
    from ..home import home_dir

    return needed(path, home_dir(), given=common.config is not None)


def may_ask(common: Everywhere) -> bool:
    """Tell if a person sits at the terminal and may be asked."""
    return not (common.no_input or common.json) and sys.stdin.isatty() and sys.stderr.isatty()


def asked(question: str) -> bool:
    """Ask *question*, and tell if the user says yes. Anything but yes is no in the end."""
    for _ in range(_QUESTIONS):
        print(f"{question} yes/no [no]: ", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        match answer.strip().lower():
            case "yes":
                return True
            case "no" | "":
                if not answer.endswith("\n"):
                    say("")
                return False
            case _:
                say("Please write yes or no.")
    return False


def shown(facts: Iterable[Fact], mark: str = " ", most: int = _LINES) -> list[str]:
    """The lines of *facts* for a person: what can do most harm first, no longer than a screen.

    Args:
        facts: what the configuration reaches.
        mark: what stands before each line.
        most: how many lines there may be.
    """
    from ..config.reach_lines import grouped

    lines = [visible(line) for line in grouped(facts)]
    cut = [line if len(line) <= _COLUMNS else f"{line[:_COLUMNS]}… ({len(line)} characters)" for line in lines[:most]]
    more = [f"… and {len(lines) - most} lines more: authwright trust | less"] if len(lines) > most else []
    return [f"{mark} {line}" for line in (*cut, *more)]


def told(path: Path, reach: Sequence[Fact], new: Sequence[Fact], *, known: bool, most: int = _LINES) -> list[str]:
    """The lines that tell a person what the configuration at *path* reaches, or what of that is new."""
    name = visible(str(path))
    if known and new:
        return [f"{name} reaches further than you have allowed. What is new: it", *shown(new, " +", most)]
    return [f"{name}, when it is used,", *(shown(reach, " ", most) or ["  reaches nothing"])]


def _consents_to(error: Untrusted) -> bool:
    say("\n".join(told(error.path, error.reach, error.new, known=error.known)))
    return asked("Do you allow that?")
