"""``${command:argv …}``: the output of a program, started without a shell."""

from __future__ import annotations

import os
import shlex
import shutil
from typing import Final

from ..errors import SecretError
from .source import Holds, Source, SourceMeans, no_files
from .text import MAX_BYTES, decoded
from .value import SourceReference


def _accepts(argument: str) -> bool:
    return bool(argument) and "\0" not in argument


def _argv(reference: SourceReference) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(reference.argument))
    except ValueError:
        raise SecretError("the command has a quote that is not closed", hint="write ${command:pass show 'my api'}") from None


def _touches(reference: SourceReference, _means: SourceMeans) -> str:
    try:
        return shlex.join(_argv(reference))
    except SecretError:
        return reference.argument


def _lacks(reference: SourceReference, means: SourceMeans) -> None:
    program = _argv(reference)[0]
    if os.sep not in program and not shutil.which(program, path=means.environment.get("PATH")):
        raise SecretError(f"there is no command {program}", hint="install it, or write its whole path")


def _read(reference: SourceReference, means: SourceMeans) -> str:
    from .process import run  # brings subprocess with it

    argv = _argv(reference)
    data = run(argv, reference.base_dir, means.environment, means.timeout, MAX_BYTES)
    return decoded(data, f"what the command {argv[0]} prints")  # its arguments may hold a secret


COMMAND: Final = Source(
    kind="command",
    example="${command:pass show api}",
    noun="a command",
    meaning="what a program prints; no shell, 10 s, run once when first needed",
    cheap=False,
    holds=Holds.LOAD,
    accepts=_accepts,
    touches=_touches,
    lacks=_lacks,
    read=_read,
    files=no_files,
)
