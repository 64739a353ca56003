"""``${keyring:service/user}``: an entry of the operating system's keyring, by the package ``keyring``."""

from __future__ import annotations

import shlex
from typing import Any, Final

from ..errors import SecretError
from .source import Holds, Source, SourceMeans, no_files
from .text import filled, trimmed
from .value import SourceReference


def _accepts(argument: str) -> bool:
    service, slash, user = argument.rpartition("/")
    return bool(service and slash and user)


def _touches(reference: SourceReference, _means: SourceMeans) -> str:
    return reference.argument


def _package() -> Any:
    try:
        import keyring
    except ImportError:
        raise SecretError(
            "the package that reads the keyring is not installed", hint='pip install "authwright[keyring]"'
        ) from None
    return keyring


def _lacks(_reference: SourceReference, _means: SourceMeans) -> None:
    _package()  # the keyring itself may ask a person to unlock it


def _read(reference: SourceReference, _means: SourceMeans) -> str:
    package, argument = _package(), reference.argument
    service, _, user = argument.rpartition("/")
    try:
        password: str | None = package.get_password(service, user)
    except Exception as error:  # noqa: BLE001 - each system's keyring raises what it likes, and its text may quote anything
        raise SecretError(
            f"the keyring cannot be read ({type(error).__name__})", hint="unlock it, or look with: keyring diagnose"
        ) from None
    if password is None:
        raise SecretError(
            f"the keyring has nothing for {argument}", hint=f"keyring set {shlex.quote(service)} {shlex.quote(user)}"
        )
    return filled(trimmed(password), f"what the keyring has for {argument}")


KEYRING: Final = Source(
    kind="keyring",
    example="${keyring:service/user}",
    noun="the keyring",
    meaning='the operating system\'s keyring (`pip install "authwright[keyring]"`)',
    cheap=False,
    holds=Holds.LOAD,
    accepts=_accepts,
    touches=_touches,
    lacks=_lacks,
    read=_read,
    files=no_files,
)
