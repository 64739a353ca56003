"""Reads a YAML 1.2 document with lines and columns, safely also from an untrusted file.

Of YAML (https://yaml.org/spec/1.2.2/) a configuration needs mappings, sequences and scalars. Tags, anchors, aliases and
merge keys are refused: with them 645 bytes keep a usual loader busy for half a minute. Size, depth and number of nodes
are limited. Scalars are those of the core schema (section 10.3), but a number does not begin with a superfluous 0.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ..errors import ConfigError, Problem
from ..ownership import NotOwn, read_own
from .lines import split_lines
from .nodes import Mapping, Node, Scalar, Sequence
from .problems import Mark, problem

__all__ = ["Mapping", "Mark", "Node", "Scalar", "Sequence", "parse", "read"]

MAX_BYTES: Final = 5 * 1024 * 1024

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def parse(text: str, file: str) -> tuple[Mapping | None, list[Problem]]:
    """The document in *text*, and its problems as YAML.

    Args:
        text: the document.
        file: its name in problems.

    Returns:
        Its mapping and the problems. There may be both, so that the rest of the file is checked, too. An empty document
        is an empty mapping. ``None`` means that the document is unusable.
    """
    text = text.removeprefix("\ufeff")
    refused = _refused(text, file)
    if refused:
        return None, [refused]
    from .composer import compose  # imports yaml, which takes time

    return compose(text, file)


def read(path: Path) -> str:
    """The text of the file at *path*.

    Raises:
        ConfigError: it cannot be read, others can write to it, it is too large, or is not UTF-8.
    """
    try:
        data = read_own(path, MAX_BYTES)
    except NotOwn as error:
        mark = Mark(str(path), 1, 1)
        raise ConfigError((problem(mark, "file_ownership", error.message.rstrip("."), hint=error.hint),)) from None
    except OSError as error:
        raise ConfigError((_unreadable(path, error),)) from None
    if len(data) > MAX_BYTES:
        raise ConfigError((_too_large(str(path)),))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError((_not_utf8(str(path), data, error),)) from None


def _refused(text: str, file: str) -> Problem | None:
    """The reason not to parse *text*, if there is one."""
    if len(text) > MAX_BYTES:
        return _too_large(file)
    found = _UNPRINTABLE.search(text)
    if not found:
        return None
    lines = split_lines(text[: found.start()])
    mark = Mark(file, len(lines), len(lines[-1]) + 1)
    hint = "save the file as UTF-8" if found[0] == "\0" else f'in double quotes, write it as "{_escape(found[0])}"'
    message = f"the character {_escape(found[0])} is not allowed in YAML"
    return problem(mark, "yaml_character", message, hint=hint, lines=split_lines(text[: found.start() + 200]))


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}"


def _too_large(file: str) -> Problem:
    message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
    return problem(
        Mark(file, 1, 1), "yaml_too_large", message, hint="match more with fewer rules: hosts and paths take patterns and lists"
    )


def _unreadable(path: Path, error: OSError) -> Problem:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            message, hint = "there is no such file", "write one with `authwright init`, or name another with --config FILE"
        case IsADirectoryError():
            message, hint = "this is a folder, not a file", "name the file in it with --config FILE"
        case PermissionError():
            message, hint = "the file may not be read", "look at its owner and mode with `ls -l`"
        case _:
            message, hint = f"the file cannot be read: {error.strerror or error}", ""
    return problem(Mark(str(path), 1, 1), "file_unreadable", message, hint=hint)


def _not_utf8(file: str, data: bytes, error: UnicodeDecodeError) -> Problem:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return problem(Mark(file, 1, 1), "yaml_encoding", "the file is UTF-16, not UTF-8", hint="save the file as UTF-8")
    before = split_lines(data[: error.start].decode("utf-8-sig"))
    mark = Mark(file, len(before), len(before[-1]) + 1)
    message = f"the byte 0x{data[error.start]:02X} (offset {error.start}) is not UTF-8"
    shown = split_lines(data.decode("utf-8-sig", "replace"))
    return problem(mark, "yaml_encoding", message, hint="save the file as UTF-8", lines=shown)
