"""``${env:NAME}``: a variable of the environment that the process was started with."""

from __future__ import annotations

from typing import Final

from ..errors import SecretError
from .source import Holds, Source, SourceMeans, no_files
from .text import trimmed
from .value import SourceReference


def _accepts(argument: str) -> bool:
    return bool(argument) and not any(char in argument for char in "= \0")


def _touches(reference: SourceReference, _means: SourceMeans) -> str:
    return reference.argument


def _read(reference: SourceReference, means: SourceMeans) -> str:
    name = reference.argument
    text = trimmed(means.environment.get(name, ""))
    if text:
        return text
    state = "is empty" if name in means.environment else "is not set"
    raise SecretError(f"the environment variable {name} {state}", hint=f"export {name}=…")


ENV: Final = Source(
    kind="env",
    example="${env:NAME}",
    noun="an environment variable",
    meaning="an environment variable",
    cheap=True,
    holds=Holds.PROCESS,
    accepts=_accepts,
    touches=_touches,
    lacks=_read,
    read=_read,
    files=no_files,
)
